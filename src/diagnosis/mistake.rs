//! What a mistake is, and what a mistaken program may have hashed.

use crate::handshake::Accept;
use sha1::{Digest as _, Sha1};
use std::borrow::Cow;

/// A mistake that a server, a client or a person makes; `how` is what it does, `()` where the search itself does it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mistake<How> {
    pub(super) id: &'static str,
    pub(super) step: Step,
    /// What happened; `{}` stands for what exactly differs.
    pub(super) description: &'static str,
    pub(super) fix: &'static str,
    pub(super) how: How,
}

/// Where in the making of an accept value a mistake is made: it tells which two texts differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// The key's text, before it is hashed.
    Key,
    /// The GUID's text, before it is hashed.
    Guid,
    /// Putting the two together.
    Join,
    /// The digest, or its text where that cannot be undone.
    Digest,
    /// The digest's text.
    Value,
    /// The choice of the key.
    OtherKey,
    /// The choice of the key, which is one that documentation prints.
    DocumentedKey,
    /// None of these: the value is right.
    Nothing,
}

/// A mistake without what it does.
pub(super) type Named = Mistake<()>;

/// All texts that a mistake may make of one.
pub(super) type Texts = fn(&[u8]) -> Vec<Vec<u8>>;

impl<How> Mistake<How> {
    pub(super) fn named(&self) -> Named {
        let Self { id, step, description, fix, how: _ } = *self;
        Mistake { id, step, description, fix, how: () }
    }

    /// The description, but for what exactly differs.
    pub(super) fn bare(&self) -> &'static str {
        self.description.trim_end_matches("{}").trim_end_matches([':', ',', ' '])
    }
}

/// A key and a GUID, or what was made of both, as a mistaken program may have hashed them.
pub(super) struct HashInput<'a> {
    pub(super) key: Cow<'a, [u8]>,
    pub(super) guid: Cow<'a, [u8]>,
    /// Where it is more than the key followed by the GUID.
    pub(super) joined: Option<Vec<u8>>,
    pub(super) mistakes: [Option<&'static str>; 2],
}

impl<'a> HashInput<'a> {
    pub(super) fn new(
        key: impl Into<Cow<'a, [u8]>>,
        guid: impl Into<Cow<'a, [u8]>>,
        mistakes: [Option<&'static str>; 2],
    ) -> Self {
        Self { key: key.into(), guid: guid.into(), joined: None, mistakes }
    }

    pub(super) fn hashed(&self) -> Vec<u8> {
        self.joined.clone().unwrap_or_else(|| [&*self.key, &*self.guid].concat())
    }

    pub(super) fn is(&self, text: &[u8]) -> bool {
        match &self.joined {
            Some(joined) => joined == text,
            None => text.strip_prefix(&*self.key) == Some(&*self.guid),
        }
    }

    pub(super) fn digest(&self) -> [u8; 20] {
        match &self.joined {
            Some(joined) => Sha1::digest(joined).into(),
            None => Sha1::new().chain_update(&self.key).chain_update(&self.guid).finalize().into(),
        }
    }
}

/// An input with its digest and the value that it makes.
pub(super) struct Candidate<'a> {
    pub(super) input: HashInput<'a>,
    pub(super) digest: [u8; 20],
    pub(super) accept: Accept,
}

impl<'a> From<HashInput<'a>> for Candidate<'a> {
    fn from(input: HashInput<'a>) -> Self {
        let digest = input.digest();
        Self { input, digest, accept: Accept::from_digest(digest) }
    }
}
