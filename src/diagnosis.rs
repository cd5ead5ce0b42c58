//! From a key and a wrong accept value to the mistake that explains it.
//!
//! An accept value is base64( SHA-1( key + GUID ) ), and each step has its known mistakes. Those made with the key, with the
//! GUID and in joining the two run forwards, to everything that may have been hashed; those made with the value's text run
//! backwards, to everything that it may have been made of. They meet at the digest, which has mistakes of its own. A mistake
//! is a row in a table.

mod difference;
mod digest;
mod guid;
mod key;
mod mistake;
mod value;

pub use key::well_known;
pub use value::describe;

use crate::handshake::{Accept, GUID, Key};
use difference::{difference, in_words, look, nearly};
use key::{OTHER, SAMPLE};
use mistake::{Candidate, HashInput, Mistake, Named, Step, Texts};
use value::Received;

/// How many texts a mistake contributes where it comes second.
const SECOND: usize = 3;

/// How many of the other keys given to [`diagnose`] are tried.
pub const OTHER_KEYS: usize = 1024;

/// A longer key is compared, but what mistakes would make of it is not tried: no program that made it meant a key.
const LONGEST_KEY: usize = 128;

/// What shares fewer characters with a key is not taken for a form of it.
const RECOGNISABLE: usize = 8;

/// No mistake makes a longer accept value.
const LONGEST_ACCEPT: usize = 1024;

const RIGHT: Named = Mistake {
    id: "accept-right",
    step: Step::Nothing,
    description: "the value is right for this key{}",
    fix: "look elsewhere: strict servers refuse a key that is not base64 of 16 bytes; a client may compare field names \
          case-sensitively, or hash wrongly itself; a response must end with an empty line, and have no line feed inside the value",
    how: (),
};
const SWAPPED: Named = Mistake {
    id: "swapped",
    step: Step::Nothing,
    description: "key and accept value stand in each other's place",
    fix: "give the key first: it has 24 characters, the accept value 28",
    how: (),
};
const GUID_EDITED: Named = Mistake {
    id: "guid-edited",
    step: Step::Guid,
    description: "the GUID is misspelt: {}",
    fix: "copy it from RFC 6455, section 1.3: 258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
    how: (),
};
const KEY_LOOKALIKE: Named = Mistake {
    id: "key-lookalike",
    step: Step::Key,
    description: "the value is right for a key that looks like this one: {}",
    fix: "copy the key as text, not from a picture",
    how: (),
};
const KEY_EDITED: Named = Mistake {
    id: "key-edited",
    step: Step::Key,
    description: "the value is right for a key that is almost this one: {}",
    fix: "copy the key, do not retype it",
    how: (),
};
const KEYS_JOINED: Named = Mistake {
    id: "keys-joined",
    step: Step::Key,
    description: "two keys were hashed as one: {}",
    fix: "refuse a request with two Sec-WebSocket-Key fields (RFC 6455, section 11.3.1)",
    how: (),
};

/// All mistakes that have a name.
fn all() -> impl Iterator<Item = Named> {
    let forwards = guid::MISTAKES.iter().chain(key::MISTAKES).map(Mistake::named).chain(guid::JOINS.iter().map(Mistake::named));
    let backwards = digest::MISTAKES.iter().map(Mistake::named).chain(value::MISTAKES.iter().map(Mistake::named));
    let whole = [RIGHT, OTHER, SAMPLE, SWAPPED].into_iter();
    whole.chain(forwards).chain(backwards).chain([GUID_EDITED, KEY_LOOKALIKE, KEY_EDITED, KEYS_JOINED])
}

/// Every mistake that can be named: its stable id, and what it is in one line.
///
/// ```
/// use wskey::diagnosis::causes;
///
/// assert!(causes().any(|(id, description)| id == "guid-missing" && description == "the GUID was not hashed, the key alone"));
/// ```
pub fn causes() -> impl Iterator<Item = (&'static str, &'static str)> {
    all().map(|mistake| (mistake.id, mistake.bare()))
}

/// A mistake that produces exactly a given wrong accept value; see [`diagnose`].
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Cause {
    /// Its stable name, one of those that [`causes`] lists; two that came together are joined by `+`.
    pub id: String,
    /// What happened, in one line; what it quotes is escaped.
    pub description: String,
    /// The bytes that were hashed, if any were.
    pub hashed: Option<Vec<u8>>,
    /// What to do about it, in one line.
    pub fix: String,
}

/// A key and an accept value that does not answer it: any bytes, without spaces or a line ending around them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mismatch<'a> {
    /// What the client sent.
    pub key: &'a [u8],
    /// What the server answered.
    pub accept: &'a [u8],
}

/// Finds the mistake that makes this accept value of this key; empty where none is known. Where several make it, all are
/// found, the likeliest first. Among the mistakes is to answer one of `other_keys`, the likeliest first, of which
/// [`OTHER_KEYS`] are tried.
///
/// ```
/// use wskey::diagnosis::{Mismatch, diagnose};
///
/// let mismatch = Mismatch { key: b"dGhlIHNhbXBsZSBub25jZQ==", accept: b"zvnId+CMmoYWpbuFiCx6kU/bpAw=" };
/// let causes = diagnose(mismatch, &[]);
/// let [cause] = causes.as_slice() else { panic!("one mistake makes it") };
/// assert_eq!(cause.id, "key-cr");
/// assert_eq!(cause.description, r"a carriage return was hashed with the key: \r after it");
/// assert_eq!(cause.hashed.as_deref(), Some(&b"dGhlIHNhbXBsZSBub25jZQ==\r258EAFA5-E914-47DA-95CA-C5AB0DC85B11"[..]));
///
/// assert!(diagnose(Mismatch { accept: b"bm90IHRoZSByaWdodCB2YWx1ZSE=", ..mismatch }, &[]).is_empty());
/// ```
#[must_use]
pub fn diagnose(mismatch: Mismatch, other_keys: &[&[u8]]) -> Vec<Cause> {
    Candidates::of(mismatch.key, other_keys).explain(mismatch.accept)
}

/// Everything that may have been hashed for one key.
struct Candidates<'a> {
    key: &'a [u8],
    others: Vec<&'a [u8]>,
    /// What one mistake makes of the key, and of the GUID.
    keys: Vec<(Vec<u8>, &'static str)>,
    guids: Vec<(Vec<u8>, &'static str)>,
    /// By the number of their mistakes: none, with the other keys; one.
    near: [Vec<Candidate<'a>>; 2],
}

impl<'a> Candidates<'a> {
    fn of(key: &'a [u8], others: &[&'a [u8]]) -> Self {
        let others = others.iter().copied().take(OTHER_KEYS);
        let others: Vec<_> = others.filter(|other| *other != key && other.len() <= LONGEST_KEY).collect();
        let mut candidates = Self { key, others, keys: Vec::new(), guids: Vec::new(), near: [Vec::new(), Vec::new()] };
        if key.len() <= LONGEST_KEY {
            candidates.keys = made_by(key::MISTAKES, key, usize::MAX);
            candidates.guids = made_by(guid::MISTAKES, GUID.as_bytes(), usize::MAX);
            candidates.near[1] = candidates.with_one_mistake();
        }
        candidates.near[0] = candidates.with_right_guid();
        candidates
    }

    /// The key, and every other one. One that is this key but for a mistake is named by that mistake too: before a sample, since
    /// it tells why that key, of all keys, was hashed; after one at hand, which somebody sent.
    fn with_right_guid(&self) -> Vec<Candidate<'a>> {
        let right = |(key, mistake): (&'a [u8], _)| Candidate::from(HashInput::new(key, GUID.as_bytes(), [mistake, None]));
        let made = |text: &'a [u8]| self.mistake_that_makes(text).map(|mistake| (text, Some(mistake)));
        let samples = key::documented().map(|(text, _)| text).filter(|text| *text != self.key);
        let samples = samples.flat_map(|text| made(text).into_iter().chain([(text, Some(SAMPLE.id))]));
        let others = self.others.iter().flat_map(|text| [(*text, Some(OTHER.id))].into_iter().chain(made(text)));
        [(self.key, None)].into_iter().chain(samples).chain(others).map(right).collect()
    }

    /// The mistake by which this key would become `other`, or may have been `other` before.
    fn mistake_that_makes(&self, other: &[u8]) -> Option<&'static str> {
        if let Some((_, mistake)) = self.keys.iter().find(|(text, _)| text == other) {
            return Some(mistake);
        }
        let (short, long) = if self.key.len() < other.len() { (self.key, other) } else { (other, self.key) };
        if short.len() < RECOGNISABLE {
            None
        } else if look(short).eq(look(long)) {
            Some(KEY_LOOKALIKE.id)
        } else {
            let is_part = || long.windows(short.len()).any(|part| part == short);
            (nearly(short, long) || short.eq_ignore_ascii_case(long) || is_part()).then_some(KEY_EDITED.id)
        }
    }

    /// Every input that one mistake makes, but for the edits.
    fn with_one_mistake(&self) -> Vec<Candidate<'a>> {
        let guids = self.guids.iter().map(|(guid, mistake)| HashInput::new(self.key, guid.clone(), [Some(*mistake), None]));
        let keys = self.keys.iter().map(|(key, mistake)| HashInput::new(key.clone(), GUID.as_bytes(), [Some(*mistake), None]));
        guids.chain(keys).chain(joined(self.key, GUID.as_bytes(), None, usize::MAX)).map(Candidate::from).collect()
    }

    /// Every input that a single edit makes: many, and so compared as whole digests only.
    fn with_one_edit(&self) -> impl Iterator<Item = HashInput<'_>> {
        let (key, guid) = (self.key, GUID.as_bytes());
        let edited_guids = edits(guid, b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-");
        let guids = edited_guids.map(move |text| HashInput::new(key, text, [Some(GUID_EDITED.id), None]));
        let alike = lookalikes(key).into_iter().map(|text| (text, KEY_LOOKALIKE.id));
        let edited = edits(key, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");
        let both_ways = self.others.iter().flat_map(move |other| [(key, *other), (*other, key)]);
        let two_keys = both_ways.flat_map(|(a, b)| [", ", ",", ""].map(|between| [a, between.as_bytes(), b].concat()));
        let keys = alike.chain(edited.map(|text| (text, KEY_EDITED.id))).chain(two_keys.map(|text| (text, KEYS_JOINED.id)));
        guids.chain(keys.map(move |(text, mistake)| HashInput::new(text, guid, [Some(mistake), None])))
    }

    /// Of the second mistake the likeliest texts alone: even so two mistakes make tens of thousands, compared as those are.
    fn with_two_mistakes(&self) -> impl Iterator<Item = HashInput<'_>> {
        let (key, guid) = (self.key, GUID.as_bytes());
        let one_each = made_by(key::MISTAKES, key, SECOND).into_iter().flat_map(|(text, second)| {
            self.guids
                .iter()
                .map(move |(guid, first)| HashInput::new(text.clone(), guid.as_slice(), [Some(*first), Some(second)]))
        });
        // To a GUID that is missing nothing else happens.
        let two_of_guid = self.guids.iter().filter(|(text, _)| !text.is_empty()).flat_map(move |(text, first)| {
            twice(text, guid::MISTAKES, first).map(move |(text, second)| HashInput::new(key, text, [Some(*first), Some(second)]))
        });
        let two_of_key = self.keys.iter().flat_map(move |(text, first)| {
            twice(text, key::MISTAKES, first).map(move |(text, second)| HashInput::new(text, guid, [Some(*first), Some(second)]))
        });
        let joined_key = self.keys.iter().flat_map(move |(text, first)| joined(text, guid, Some(*first), SECOND));
        let joined_guid = self.guids.iter().flat_map(move |(text, first)| joined(key, text, Some(*first), SECOND));
        one_each.chain(two_of_key).chain(two_of_guid).chain(joined_key).chain(joined_guid)
    }

    /// Finds the mistakes that make `accept`: the fewest, in the order of their tables.
    fn explain(&self, accept: &[u8]) -> Vec<Cause> {
        if accept.len() > LONGEST_ACCEPT {
            return Vec::new();
        }
        if accept.len() == Key::LEN && self.key == Accept::of(accept).as_bytes() {
            let input = HashInput::new(accept, GUID.as_bytes(), [Some(SWAPPED.id), None]);
            return self.causes([Explanation { input: &input, digest: None, value: &[], text: accept }]);
        }
        let received = value::undone(accept);
        for mistakes in 0_usize..=2 {
            let causes = self.causes(self.explain_near(mistakes, &received));
            if !causes.is_empty() {
                return causes;
            }
            // After one mistake, before two: it has the edits, and then the pairs.
            if mistakes == 1 {
                let inputs = self.find_far(accept);
                let explain = |input| Explanation { input, digest: None, value: &[], text: accept };
                let causes = self.causes(inputs.iter().map(explain));
                if !causes.is_empty() {
                    return causes;
                }
            }
        }
        Vec::new()
    }

    /// How so many mistakes make what was received: first where the digest is right, then where it is related.
    fn explain_near<'s>(&'s self, mistakes: usize, received: &'s [Received]) -> impl Iterator<Item = Explanation<'s>> {
        let near = move |undone: usize| mistakes.checked_sub(undone).and_then(|made| self.near.get(made)).into_iter().flatten();
        let explain = |candidate: &'s Candidate, digest, text: &'s Received| Explanation {
            input: &candidate.input,
            digest,
            value: &text.mistakes,
            text: &text.text,
        };
        let exact = received.iter().flat_map(move |text| {
            let same = near(text.mistakes.len()).filter(|candidate| candidate.digest == *text.bytes);
            same.map(move |candidate| explain(candidate, None, text))
        });
        let related = received.iter().flat_map(move |text| {
            near(text.mistakes.len() + 1).flat_map(move |candidate| {
                let made = digest::MISTAKES.iter().filter(|mistake| (mistake.how)(candidate, text));
                made.map(move |mistake| explain(candidate, Some(mistake.id), text))
            })
        });
        exact.chain(related)
    }

    /// The edit that makes `accept`, or all pairs of mistakes that do.
    fn find_far(&self, accept: &[u8]) -> Vec<HashInput<'_>> {
        let Ok(accept) = Accept::parse(accept) else { return Vec::new() };
        if self.keys.is_empty() {
            return Vec::new();
        }
        let digest = accept.digest();
        match self.with_one_edit().find(|input| input.digest() == digest) {
            Some(edit) => vec![edit],
            None => self.with_two_mistakes().filter(|input| input.digest() == digest).collect(),
        }
    }

    /// Puts explanations into words, each once.
    fn causes<'s>(&self, explanations: impl IntoIterator<Item = Explanation<'s>>) -> Vec<Cause> {
        let mut causes: Vec<Cause> = Vec::new();
        for explanation in explanations {
            let is_general = explanation.digest.is_some_and(|id| digest::GENERAL.contains(&id));
            let id = explanation.ids().join("+");
            if causes.is_empty() || !is_general && causes.iter().all(|cause| cause.id != id) {
                causes.push(self.cause(&explanation, id));
            }
        }
        causes
    }

    /// Puts into words what was found.
    fn cause(&self, explanation: &Explanation, id: String) -> Cause {
        let ids = explanation.ids();
        let mistakes: Vec<_> = ids.iter().filter_map(|id| all().find(|mistake| mistake.id == *id)).collect();
        // Two mistakes of one step make one difference: the last one states it.
        let words = |(at, mistake): (usize, &Named)| {
            let is_last = mistakes.iter().skip(at + 1).all(|later| later.step != mistake.step);
            if !is_last || !mistake.description.contains("{}") {
                return mistake.bare().to_owned();
            }
            mistake.description.replace("{}", &self.detail(mistake.step, explanation.input, explanation.text))
        };
        let descriptions: Vec<_> = mistakes.iter().enumerate().map(words).collect();
        let fixes: Vec<_> = mistakes.iter().map(|mistake| mistake.fix).collect();
        let is_hashed = !matches!(explanation.digest, Some(digest::IS_KEY | digest::NOT_HASHED | digest::SUMMED));
        Cause {
            id,
            description: descriptions.join("; and "),
            hashed: is_hashed.then(|| explanation.input.hashed()),
            fix: fixes.join("; and "),
        }
    }

    /// What exactly differs at a step.
    fn detail(&self, step: Step, input: &HashInput, text: &[u8]) -> String {
        match step {
            Step::Key => difference(self.key, &input.key),
            Step::Guid => difference(GUID.as_bytes(), &input.guid),
            Step::Join => difference(&[&*input.key, &*input.guid].concat(), &input.hashed()),
            Step::Digest | Step::Value => difference(Accept::from_digest(input.digest()).as_bytes(), text),
            Step::OtherKey => in_words(&input.key),
            Step::DocumentedKey => well_known(&input.key).unwrap_or_default().to_owned(),
            Step::Nothing => Key::parse(self.key).err().map(|error| format!("; but the {error}")).unwrap_or_default(),
        }
    }
}

/// Mistakes that together make an accept value: in what was hashed, in the digest, and in the value's `text`.
struct Explanation<'a> {
    input: &'a HashInput<'a>,
    digest: Option<&'static str>,
    value: &'a [&'static str],
    text: &'a [u8],
}

impl Explanation<'_> {
    fn ids(&self) -> Vec<&'static str> {
        // A key that was sent is no value that is right for it.
        let of_input = self.input.mistakes.iter().copied().flatten().filter(|_| self.digest != Some(digest::IS_KEY));
        let ids: Vec<_> = of_input.chain(self.digest).chain(self.value.iter().copied()).collect();
        if ids.is_empty() { vec![RIGHT.id] } else { ids }
    }
}

/// What each of the mistakes makes of `text`, so many texts each.
fn made_by(mistakes: &[Mistake<Texts>], text: &[u8], each: usize) -> Vec<(Vec<u8>, &'static str)> {
    mistakes.iter().flat_map(|mistake| (mistake.how)(text).into_iter().take(each).map(|text| (text, mistake.id))).collect()
}

/// What the mistakes that stand after the first in their table make of its text.
fn twice(text: &[u8], mistakes: &[Mistake<Texts>], first: &str) -> impl Iterator<Item = (Vec<u8>, &'static str)> {
    let after = mistakes.iter().position(|mistake| mistake.id == first).map_or(mistakes.len(), |at| at + 1);
    made_by(&mistakes[after..], text, SECOND).into_iter()
}

/// What each way of joining the two wrongly makes of them, so many texts each.
fn joined<'a>(key: &'a [u8], guid: &'a [u8], first: Option<&'static str>, each: usize) -> impl Iterator<Item = HashInput<'a>> {
    guid::JOINS.iter().flat_map(move |mistake| {
        let mistakes = if first.is_some() { [first, Some(mistake.id)] } else { [Some(mistake.id), None] };
        let texts = (mistake.how)(key, guid).into_iter().take(each);
        texts.map(move |text| HashInput { joined: Some(text), ..HashInput::new(key, guid, mistakes) })
    })
}

/// Every text that a single edit makes of `text`: a character replaced, dropped, inserted, or swapped with its neighbour.
fn edits(text: &[u8], alphabet: &'static [u8]) -> impl Iterator<Item = Vec<u8>> {
    let around = move |at: usize, lost: usize, found: &[u8]| [&text[..at], found, &text[at + lost..]].concat();
    let replaced = (0..text.len()).flat_map(move |at| alphabet.iter().map(move |b| around(at, 1, &[*b])));
    let dropped = (0..text.len()).map(move |at| around(at, 1, &[]));
    let inserted = (0..=text.len()).flat_map(move |at| alphabet.iter().map(move |b| around(at, 0, &[*b])));
    let swapped = (1..text.len()).map(move |at| around(at - 1, 2, &[text[at], text[at - 1]]));
    replaced.chain(dropped).chain(inserted).chain(swapped)
}

/// Every text that looks like `text` for the characters l, I and 1, O and 0: the first six of them in every reading, and
/// each of them taken for the same one everywhere.
fn lookalikes(text: &[u8]) -> Vec<Vec<u8>> {
    const ALIKE: [&[u8]; 2] = [b"lI1", b"O0"];
    let alike = |b: u8| ALIKE.into_iter().find(|group| group.contains(&b)).unwrap_or_default();
    let mut texts = vec![text.to_vec()];
    for at in (0..text.len()).filter(|at| !alike(text[*at]).is_empty()).take(6) {
        texts = texts
            .iter()
            .flat_map(|text| alike(text[at]).iter().map(move |b| [&text[..at], &[*b], &text[at + 1..]].concat()))
            .collect();
    }
    for group in ALIKE {
        texts.extend(group.iter().map(|to| text.iter().map(|b| if group.contains(b) { *to } else { *b }).collect()));
    }
    texts.retain(|other| other != text);
    texts
}
