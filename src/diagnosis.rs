//! From a key and a wrong accept value to the mistake that explains it.
//!
//! An accept value is base64( SHA-1( key + GUID ) ), and each step has its slips. Those of the key, of the GUID and of
//! putting them together run forwards, to all that may have been hashed; those of the value's text run backwards, to all
//! that it may have been made of. They meet at the digest, which has slips of its own. A slip is a row in a table.

mod digest;
mod guid;
mod key;
mod value;

pub use key::well_known;
pub use value::describe;

use crate::{Accept, GUID, Key, visible};
use sha1::{Digest as _, Sha1};
use std::borrow::Cow;
use std::sync::OnceLock;

/// A mistake that a server, a client or a person makes; `how` says what it does, `()` where the search itself does it.
///
/// The word before the id's first dash is the step that it belongs to. `{}` in `says` is what exactly differs.
#[derive(Clone, Copy, Debug)]
struct Slip<How> {
    id: &'static str,
    says: &'static str,
    fix: &'static str,
    how: How,
}

/// What a slip is called.
type Named = Slip<()>;

/// All texts that a slip may make of one.
type Texts = fn(&[u8]) -> Vec<Vec<u8>>;

/// How many texts a slip brings where it comes second.
const SECOND: usize = 3;

impl<How> Slip<How> {
    fn named(&self) -> Named {
        Slip { id: self.id, says: self.says, fix: self.fix, how: () }
    }

    /// The step that it belongs to.
    fn step(&self) -> &'static str {
        self.id.split('-').next().unwrap_or(self.id)
    }

    /// What it says, but for what exactly differs.
    fn bare(&self) -> &'static str {
        self.says.trim_end_matches("{}").trim_end_matches([':', ',', ' '])
    }
}

const RIGHT: Named = Slip {
    id: "accept-right",
    says: "the value is right for this key{}",
    fix: "look elsewhere: strict servers refuse a key that is not base64 of 16 bytes; a client may compare field names with their \
          letter case, or hash wrongly itself; a response must end with an empty line, and have no line feed inside the value",
    how: (),
};
const OTHER: Named = Slip {
    id: "other-key",
    says: "the value is right for another key: {}",
    fix: "answer each request with the value of its own key: look for a proxy that makes a handshake of its own, a cached answer, \
          a client object used for two connections, and two key fields in one request",
    how: (),
};
const SAMPLE: Named = Slip {
    id: "sample-key",
    says: "the value is right for a key that documents print, {}",
    fix: "compute the value from the key of each request; this one was copied",
    how: (),
};
const SWAPPED: Named = Slip {
    id: "swapped",
    says: "key and accept value stand in each other's place",
    fix: "give the key first: it has 24 characters, the accept value 28",
    how: (),
};
const GUID_EDITED: Named = Slip {
    id: "guid-edited",
    says: "the GUID is misspelt: {}",
    fix: "copy it from RFC 6455, section 1.3: 258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
    how: (),
};
const KEY_LOOKALIKE: Named = Slip {
    id: "key-lookalike",
    says: "the value is right for a key that looks like this one: {}",
    fix: "copy the key as text, not from a picture",
    how: (),
};
const KEY_EDITED: Named = Slip {
    id: "key-edited",
    says: "the value is right for a key that is nearly this one: {}",
    fix: "copy the key, do not retype it",
    how: (),
};
const KEYS_JOINED: Named = Slip {
    id: "keys-joined",
    says: "two keys were hashed as one: {}",
    fix: "refuse a request with two Sec-WebSocket-Key fields (RFC 6455, section 11.3.1)",
    how: (),
};

/// All slips that have a name.
fn all() -> impl Iterator<Item = Named> {
    let forwards = guid::SLIPS.iter().chain(key::SLIPS).map(Slip::named).chain(guid::JOINS.iter().map(Slip::named));
    let backwards = digest::SLIPS.iter().map(Slip::named).chain(value::SLIPS.iter().map(Slip::named));
    let whole = [RIGHT, OTHER, SAMPLE, SWAPPED].into_iter();
    whole.chain(forwards).chain(backwards).chain([GUID_EDITED, KEY_LOOKALIKE, KEY_EDITED, KEYS_JOINED])
}

/// Every mistake that can be named: its stable id, and what it is in one line.
///
/// ```
/// assert!(wskey::causes().any(|(id, says)| id == "guid-missing" && says == "the GUID was not hashed, the key alone"));
/// ```
pub fn causes() -> impl Iterator<Item = (&'static str, &'static str)> {
    all().map(|slip| (slip.id, slip.bare()))
}

/// A mistake that produces exactly a given wrong accept value.
///
/// ```
/// let cause = wskey::diagnose(b"dGhlIHNhbXBsZSBub25jZQ==", b"zvnId+CMmoYWpbuFiCx6kU/bpAw=", &[]).expect("it is known");
/// assert_eq!(cause.id, "key-cr");
/// assert_eq!(cause.says, r"a carriage return was hashed with the key: \r behind it");
/// assert_eq!(cause.hashed.as_deref(), Some(&b"dGhlIHNhbXBsZSBub25jZQ==\r258EAFA5-E914-47DA-95CA-C5AB0DC85B11"[..]));
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cause {
    /// Its stable name, of those that [`causes`] lists; two that came together are joined by `+`.
    pub id: String,
    /// What happened, in one line; what is shown of the input is escaped.
    pub says: String,
    /// The bytes that were hashed, if any were.
    pub hashed: Option<Vec<u8>>,
    /// What to do about it, in one line.
    pub fix: String,
}

/// Finds the mistake that makes `accept` of `key`, or the one of `others` that it answers; nothing where none is known.
///
/// It takes any bytes, without blanks or a line ending around them. Of the other keys at hand, 1,024 are used.
///
/// ```
/// let cause = wskey::diagnose(b"dGhlIHNhbXBsZSBub25jZQ==", b"hHLtf2V1k8aDQZfNjw3Ia1hCwt0=", &[]).expect("it is known");
/// assert_eq!(cause.id, "guid-missing");
/// assert_eq!(wskey::diagnose(b"dGhlIHNhbXBsZSBub25jZQ==", b"bm90IHRoZSByaWdodCB2YWx1ZSE=", &[]), None);
/// ```
#[must_use]
pub fn diagnose(key: &[u8], accept: &[u8], others: &[&[u8]]) -> Option<Cause> {
    Suspects::of(key, others).explain(accept)
}

/// A key and a GUID, or what was made of both, as a mistaken program may have hashed them.
struct Input<'a> {
    key: Cow<'a, [u8]>,
    guid: Cow<'a, [u8]>,
    /// Where it is more than the key and the GUID behind it.
    joined: Option<Vec<u8>>,
    slips: [Option<&'static str>; 2],
}

impl Input<'_> {
    fn hashed(&self) -> Vec<u8> {
        self.joined.clone().unwrap_or_else(|| [&*self.key, &*self.guid].concat())
    }

    fn is(&self, text: &[u8]) -> bool {
        match &self.joined {
            Some(joined) => joined == text,
            None => text.strip_prefix(&*self.key) == Some(&*self.guid),
        }
    }

    fn digest(&self) -> [u8; 20] {
        match &self.joined {
            Some(joined) => Sha1::digest(joined).into(),
            None => Sha1::new().chain_update(&self.key).chain_update(&self.guid).finalize().into(),
        }
    }
}

/// An input with its digest and the value that it makes.
struct Suspect<'a> {
    input: Input<'a>,
    digest: [u8; 20],
    accept: [u8; Accept::LEN],
}

impl<'a> From<Input<'a>> for Suspect<'a> {
    fn from(input: Input<'a>) -> Self {
        let digest = input.digest();
        Self { input, digest, accept: Accept::from_digest(digest).encode() }
    }
}

/// All that may have been hashed for one key: made once, it explains many accept values.
///
/// ```
/// use wskey::Suspects;
///
/// let suspects = Suspects::of(b"dGhlIHNhbXBsZSBub25jZQ==", &[b"Ia3dQjfWrAug/6qm7mTZOg=="]);
/// assert_eq!(suspects.explain(b"JkE58n3uIigYDMvC+KsBbGZsp1A=").map(|cause| cause.id).as_deref(), Some("other-key"));
/// assert_eq!(suspects.explain(b"WJfwerbIozKsJXHxxI0JTO1SQgU=").map(|cause| cause.id).as_deref(), Some("guid-lower"));
/// ```
pub struct Suspects<'a> {
    key: &'a [u8],
    others: Vec<&'a [u8]>,
    /// What one slip makes of the key, and of the GUID.
    keys: Vec<(Vec<u8>, &'static str)>,
    guids: Vec<(Vec<u8>, &'static str)>,
    /// By the number of their slips: none, with the other keys; one.
    near: [Vec<Suspect<'a>>; 2],
    /// The first bytes of each digest of [`Suspects::far`], in its order; made when first needed. To look all of them through
    /// takes less than to sort them.
    far: OnceLock<Vec<u64>>,
}

impl<'a> Suspects<'a> {
    /// The most other keys that are used.
    pub const OTHERS: usize = 1024;

    /// A longer key is compared, but what slips would make of it is not tried: no program that made it meant a key.
    const LONGEST_KEY: usize = 128;

    /// A longer accept value is none that a slip made.
    const LONGEST_ACCEPT: usize = 1024;

    /// Works out what may have been hashed for `key`; `others` are the other keys at hand, the likeliest first.
    #[must_use]
    pub fn of(key: &'a [u8], others: &[&'a [u8]]) -> Self {
        let others: Vec<_> =
            others.iter().copied().take(Self::OTHERS).filter(|other| *other != key && other.len() <= Self::LONGEST_KEY).collect();
        let right = |key: &'a [u8], slip| input(key, GUID.as_bytes(), [slip, None]).into();
        let documented = key::DOCUMENTED.iter().map(|(text, _)| text.as_bytes());
        let is_documented = |other: &&[u8]| documented.clone().any(|text| text == *other);
        let strange = others.iter().filter(|other| !is_documented(other)).map(|other| right(other, Some(OTHER.id)));
        let samples = documented.clone().filter(|text| *text != key).map(|text| right(text, Some(SAMPLE.id)));
        let mut suspects = Self {
            key,
            near: [[right(key, None)].into_iter().chain(strange).chain(samples).collect(), Vec::new()],
            keys: Vec::new(),
            guids: Vec::new(),
            others,
            far: OnceLock::new(),
        };
        if key.len() <= Self::LONGEST_KEY {
            suspects.keys = slipped(key, key::SLIPS, usize::MAX);
            suspects.guids = slipped(GUID.as_bytes(), guid::SLIPS, usize::MAX);
            suspects.near[1] = suspects.one_slip();
        }
        suspects
    }

    /// Every input that one slip makes, but for the edits.
    fn one_slip(&self) -> Vec<Suspect<'a>> {
        let guids = self.guids.iter().map(|(guid, slip)| input(self.key, guid.clone(), [Some(*slip), None]));
        let keys = self.keys.iter().map(|(key, slip)| input(key.clone(), GUID.as_bytes(), [Some(*slip), None]));
        guids.chain(keys).chain(joined(self.key, GUID.as_bytes(), None, usize::MAX)).map(Suspect::from).collect()
    }

    /// Every input that a single edit makes, then all that two slips make: many, and so compared as whole digests only.
    fn far(&self) -> impl Iterator<Item = Input<'_>> {
        let key = self.key;
        let guid = GUID.as_bytes();
        let edited_guids = edits(guid, b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-");
        let alike = lookalikes(key).into_iter().map(move |text| (text, KEY_LOOKALIKE.id));
        let edited =
            edits(key, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=").map(|text| (text, KEY_EDITED.id));
        let two_keys = self.others.iter().flat_map(move |other| {
            [(key, *other), (*other, key)]
                .into_iter()
                .flat_map(|(a, b)| [", ", ",", ""].map(|join| [a, join.as_bytes(), b].concat()))
        });
        let one = edited_guids.map(move |text| input(key, text, [Some(GUID_EDITED.id), None])).chain(
            alike
                .chain(edited)
                .chain(two_keys.map(|text| (text, KEYS_JOINED.id)))
                .map(move |(text, slip)| input(text, guid, [Some(slip), None])),
        );

        // Of the second slip, the likeliest texts alone: two slips are tens of thousands of texts even so.
        let both = slipped(key, key::SLIPS, SECOND).into_iter().flat_map(|(key, k)| {
            self.guids.iter().map(move |(guid, g)| input(key.clone(), guid.as_slice(), [Some(*g), Some(k)]))
        });
        let two_of_guid = self.guids.iter().flat_map(move |(text, first)| {
            twice(text, guid::SLIPS, first).map(move |(text, second)| input(key, text, [Some(*first), Some(second)]))
        });
        let two_of_key = self.keys.iter().flat_map(move |(text, first)| {
            twice(text, key::SLIPS, first).map(move |(text, second)| input(text, guid, [Some(*first), Some(second)]))
        });
        let joined_key = self.keys.iter().flat_map(move |(text, slip)| joined(text, guid, Some(*slip), SECOND));
        let joined_guid = self.guids.iter().flat_map(move |(text, slip)| joined(key, text, Some(*slip), SECOND));
        one.chain(both).chain(two_of_key).chain(two_of_guid).chain(joined_key).chain(joined_guid)
    }

    /// Finds the mistake that makes `accept`; nothing where none is known. It goes by the number of slips, then by their
    /// order in the tables.
    #[must_use]
    pub fn explain(&self, accept: &[u8]) -> Option<Cause> {
        if accept.len() > Self::LONGEST_ACCEPT {
            return None;
        }
        if accept.len() == Key::LEN && self.key == Accept::of(accept).encode() {
            let swapped = input(accept, GUID.as_bytes(), [Some(SWAPPED.id), None]);
            return Some(self.cause(&swapped, None, &[], accept));
        }
        let received = value::undone(accept);
        for slips in 0_usize..=2 {
            let near = |undone: usize| self.near.get(slips.checked_sub(undone)?).map(Vec::as_slice);
            for text in &received {
                let suspects = near(text.slips.len()).unwrap_or_default();
                if let Some(suspect) = suspects.iter().find(|suspect| suspect.digest == *text.bytes) {
                    return Some(self.cause(&suspect.input, None, &text.slips, &text.text));
                }
            }
            for text in &received {
                let suspects = near(text.slips.len() + 1).unwrap_or_default();
                let related = |suspect| digest::SLIPS.iter().find(|slip| (slip.how)(suspect, text)).map(|slip| (suspect, slip));
                if let Some((suspect, slip)) = suspects.iter().find_map(related) {
                    return Some(self.cause(&suspect.input, Some(slip.id), &text.slips, &text.text));
                }
            }
            // After one slip, before two: it has the edits, and then the pairs.
            if slips == 1
                && let Ok(parsed) = Accept::parse(accept)
                && let Some(input) = self.find_far(parsed.digest())
            {
                return Some(self.cause(&input, None, &[], accept));
            }
        }
        None
    }

    fn find_far(&self, digest: [u8; 20]) -> Option<Input<'_>> {
        if self.keys.is_empty() {
            return None;
        }
        let far = self.far.get_or_init(|| {
            let mut far = Vec::new();
            self.far().for_each(|input| far.push(first_bytes(&input.digest())));
            far
        });
        let first = first_bytes(&digest);
        let input = self.far().nth(far.iter().position(|other| *other == first)?)?;
        (input.digest() == digest).then_some(input)
    }

    /// Puts into words what was found.
    fn cause(&self, input: &Input, digest: Option<&'static str>, value: &[&'static str], text: &[u8]) -> Cause {
        let key_sent = digest == Some(digest::IS_KEY);
        // A key that was sent is no value that is right for it.
        let of_input = input.slips.iter().copied().flatten().filter(|_| !key_sent);
        let ids: Vec<_> = of_input.chain(digest).chain(value.iter().copied()).collect();
        let ids = if ids.is_empty() { vec![RIGHT.id] } else { ids };
        let slips: Vec<_> = ids.iter().filter_map(|id| all().find(|slip| slip.id == *id)).collect();
        let exactly = |slip: &Named| match slip.step() {
            _ if slip.id == RIGHT.id => Key::parse(self.key).err().map(|error| format!("; but the {error}")).unwrap_or_default(),
            "other" => shown(&input.key),
            "sample" => key::well_known(&input.key).unwrap_or_default().to_owned(),
            "key" | "keys" => difference(self.key, &input.key),
            "guid" => difference(GUID.as_bytes(), &input.guid),
            "joined" => difference(&[&*input.key, &*input.guid].concat(), &input.hashed()),
            _ if key_sent => shown(&input.key),
            _ => difference(&Accept::from_digest(input.digest()).encode(), text),
        };
        // Two slips of one step make one difference: the last says it.
        let words = |(at, slip): (usize, &Named)| {
            let is_last = slips.iter().skip(at + 1).all(|later| later.step() != slip.step());
            if is_last { slip.says.replace("{}", &exactly(slip)) } else { slip.bare().to_owned() }
        };
        let says: Vec<_> = slips.iter().enumerate().map(words).collect();
        let fixes: Vec<_> = slips.iter().map(|slip| slip.fix).collect();
        let hashed = !key_sent && !matches!(digest, Some(digest::NOT_HASHED | digest::SUMMED));
        Cause { id: ids.join("+"), says: says.join("; and "), hashed: hashed.then(|| input.hashed()), fix: fixes.join("; and ") }
    }
}

fn first_bytes(digest: &[u8; 20]) -> u64 {
    digest.iter().take(8).fold(0, |bytes, byte| bytes << 8 | u64::from(*byte))
}

fn input<'a>(key: impl Into<Cow<'a, [u8]>>, guid: impl Into<Cow<'a, [u8]>>, slips: [Option<&'static str>; 2]) -> Input<'a> {
    Input { key: key.into(), guid: guid.into(), joined: None, slips }
}

/// What each of the slips makes of `text`, so many texts each.
fn slipped(text: &[u8], slips: &[Slip<Texts>], each: usize) -> Vec<(Vec<u8>, &'static str)> {
    slips.iter().flat_map(|slip| (slip.how)(text).into_iter().take(each).map(|text| (text, slip.id))).collect()
}

/// What the slips that stand behind the first in their table make of its text.
fn twice(text: &[u8], slips: &[Slip<Texts>], first: &str) -> impl Iterator<Item = (Vec<u8>, &'static str)> {
    let behind = slips.iter().position(|slip| slip.id == first).map_or(slips.len(), |at| at + 1);
    slipped(text, &slips[behind..], SECOND).into_iter()
}

/// What each way of putting the two together wrongly makes of them, so many texts each.
fn joined<'a>(key: &'a [u8], guid: &'a [u8], first: Option<&'static str>, each: usize) -> impl Iterator<Item = Input<'a>> {
    guid::JOINS.iter().flat_map(move |slip| {
        let slips = if first.is_some() { [first, Some(slip.id)] } else { [Some(slip.id), None] };
        let texts = (slip.how)(key, guid).into_iter().take(each);
        texts.map(move |text| Input { joined: Some(text), ..input(key, guid, slips) })
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

/// What is wrong with `wrong`, in words.
fn difference(right: &[u8], wrong: &[u8]) -> String {
    let front = right.iter().zip(wrong).take_while(|(a, b)| a == b).count();
    let rest = right.iter().rev().zip(wrong.iter().rev()).take_while(|(a, b)| a == b).count();
    let back = rest.min(right.len().min(wrong.len()) - front);
    let (lost, found) = (&right[front..right.len() - back], &wrong[front..wrong.len() - back]);
    let (at, end) = (front + 1, front + lost.len());
    let is_whole = |text: &[u8]| text.len() == right.len() || text.len() == wrong.len();
    match (lost, found) {
        ([], [b]) if front > 0 && right.get(front - 1) == Some(b) => format!("character {front} is doubled"),
        ([], _) if front == right.len() => format!("{} behind it", shown(found)),
        ([], _) if front == 0 => format!("{} before it", shown(found)),
        ([], _) => format!("{} behind character {front}", shown(found)),
        ([b], []) => format!("character {at}, {}, is missing", shown(&[*b])),
        (_, []) if front == 0 => format!("its first {} characters are missing", lost.len()),
        (_, []) if back == 0 => format!("its last {} characters are missing", lost.len()),
        (_, []) => format!("characters {at} to {end} are missing"),
        ([a], [b]) => format!("character {at}: {} for {}", shown(&[*b]), shown(&[*a])),
        ([a, b], [c, d]) if (a, b) == (d, c) => format!("characters {at} and {end} are swapped"),
        _ => match group(right, wrong) {
            Some((which, reads)) => format!("the {which} group reads {}", shown(reads)),
            None if wrong == key::replace(right, b'-', b"") => "its dashes are missing".to_owned(),
            None if is_whole(lost) || found.len() > 4 => format!("it reads {}", shown(wrong)),
            None => format!("characters {at} to {end}: {} for {}", shown(found), shown(lost)),
        },
    }
}

/// The one of a GUID's five groups that differs.
fn group<'a>(right: &[u8], wrong: &'a [u8]) -> Option<(&'static str, &'a [u8])> {
    let (right, wrong): (Vec<_>, Vec<_>) = (right.split(|b| *b == b'-').collect(), wrong.split(|b| *b == b'-').collect());
    if right.len() != 5 || wrong.len() != 5 {
        return None;
    }
    let mut wrong = ["first", "second", "third", "fourth", "last"]
        .into_iter()
        .zip(right.into_iter().zip(wrong))
        .filter_map(|(which, (right, wrong))| (right != wrong).then_some((which, wrong)));
    wrong.next().filter(|_| wrong.next().is_none())
}

/// `text` escaped, and shortened where it is long.
fn shown(text: &[u8]) -> String {
    match text.split_at_checked(64) {
        _ if !text.is_empty() && text.iter().all(|b| *b == b' ') => format!("'{}'", visible(text)),
        Some((front, rest)) if !rest.is_empty() => format!("{}... ({} bytes)", visible(front), text.len()),
        _ => visible(text).to_string(),
    }
}
