//! What an intermediary made of a head: as it was sent and as it arrived, compared part by part.

use crate::escape::{quote, visible};
use crate::head::{Head, Irregularity, Kind};
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::fmt;

/// The most lines of one field that are told.
const MOST_LINES: usize = 4;

/// One change of a head on its way.
///
/// ```
/// use wskey::{changes::changes, head::Head};
///
/// let sent = Head::parse(b"GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\n\r\n");
/// let arrived = Head::parse(b"GET /chat HTTP/1.0\r\nHost: example.com\r\nVia: 1.1 a\r\n\r\n");
/// let told: Vec<_> = changes(&sent, &arrived).iter().map(ToString::to_string).collect();
/// assert_eq!(
///     told,
///     [
///         "the version of the request is changed: `HTTP/1.1` became `HTTP/1.0`",
///         "`Upgrade: websocket` is dropped from the request",
///         "`Via: 1.1 a` is added to the request",
///     ]
/// );
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Change {
    /// Which head it is.
    pub kind: Kind,
    /// What was done.
    pub how: How,
    /// To which part.
    pub part: HeadPart,
    /// The values that were sent: of a field that was dropped in part, those that are gone.
    pub before: Vec<Vec<u8>>,
    /// The values that arrived: of a field to which lines were added, those.
    pub after: Vec<Vec<u8>>,
    /// The rule that what arrived breaks by this, and what was sent does not; none where nobody has looked.
    pub breaks: Option<&'static str>,
}

/// What was done to a part of a head.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum How {
    /// It was sent, and did not arrive.
    Dropped,
    /// It arrived with another value, or on other lines.
    Changed,
    /// It arrived, and was not sent.
    Added,
    /// It arrived more often than it was sent.
    Repeated,
    /// It arrived in another order.
    Reordered,
    /// It arrived in other letters, capital or small.
    Respelt,
}

impl How {
    /// The word for it in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dropped => "dropped",
            Self::Changed => "changed",
            Self::Added => "added",
            Self::Repeated => "repeated",
            Self::Reordered => "reordered",
            Self::Respelt => "respelt",
        }
    }
}

/// A part of a head.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum HeadPart {
    /// Of a request.
    Method,
    /// Of a request.
    Target,
    /// Of HTTP.
    Version,
    /// Of a response.
    Status,
    /// Of a response.
    Reason,
    /// The field of this name, as it was sent, or as it arrived where it was not sent.
    Field(Vec<u8>),
    /// The order of the fields.
    Order,
    /// The letters of their names.
    Names,
    /// The interim responses before a response; the values are how many.
    Interim,
    /// Something that a strict reader would refuse or repair, in words.
    Irregularity(&'static str),
}

impl HeadPart {
    /// Whether it is the field of this name, in any letter case.
    #[must_use]
    pub fn is_field(&self, name: &str) -> bool {
        matches!(self, Self::Field(field) if field.eq_ignore_ascii_case(name.as_bytes()))
    }
}

impl fmt::Display for HeadPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method => f.write_str("method"),
            Self::Target => f.write_str("target"),
            Self::Version => f.write_str("version"),
            Self::Status => f.write_str("status"),
            Self::Reason => f.write_str("reason phrase"),
            Self::Field(name) => write!(f, "{}", visible(name)),
            Self::Order => f.write_str("order"),
            Self::Names => f.write_str("names"),
            Self::Interim => f.write_str("interim responses"),
            Self::Irregularity(words) => f.write_str(words),
        }
    }
}

/// What differs between a head as it was sent and as it arrived, in the order of its parts.
///
/// Spaces and tabs around a value are no part of it (RFC 9110, section 5.5), so they are not compared. Time and memory are proportional
/// to the heads.
#[must_use]
pub fn changes(sent: &Head, arrived: &Head) -> Vec<Change> {
    let kind = arrived.kind();
    let mut found = of_the_start_line(kind, sent, arrived);
    found.extend(of_the_fields(kind, sent, arrived));
    found.extend(of_the_syntax(kind, sent, arrived));
    found
}

/// What was made of the interim responses before a response (RFC 9110, section 15.2), of which so many were sent and so many came; nothing
/// where all came.
#[must_use]
pub fn interim_change(sent: usize, came: usize) -> Option<Change> {
    let how = match came.cmp(&sent) {
        Ordering::Less => How::Dropped,
        Ordering::Equal => return None,
        Ordering::Greater => How::Added,
    };
    let count = |count: usize| vec![count.to_string().into_bytes()];
    let (before, after) = (count(sent), count(came));
    Some(Change { kind: Kind::Response, how, part: HeadPart::Interim, before, after, breaks: None })
}

fn of_the_start_line(kind: Kind, sent: &Head, arrived: &Head) -> Vec<Change> {
    type Of = fn(&Head) -> Option<&[u8]>;
    let parts: &[(HeadPart, Of)] = match kind {
        Kind::Request => {
            &[(HeadPart::Method, Head::method), (HeadPart::Target, Head::target), (HeadPart::Version, Head::version)]
        }
        Kind::Response => &[
            (HeadPart::Version, Head::version),
            (HeadPart::Status, |head| word(head, 1)),
            (HeadPart::Reason, |head| word(head, 2)),
        ],
    };
    let differ = parts.iter().map(|(part, of)| (part, of(sent).unwrap_or_default(), of(arrived).unwrap_or_default()));
    differ
        .filter(|(_, before, after)| before != after)
        .map(|(part, before, after)| Change {
            kind,
            how: How::Changed,
            part: part.clone(),
            before: vec![before.to_vec()],
            after: vec![after.to_vec()],
            breaks: None,
        })
        .collect()
}

/// A word of a status line; the last one goes on to its end.
fn word(head: &Head, number: usize) -> Option<&[u8]> {
    head.start_line.splitn(3, |&b| b == b' ').nth(number)
}

/// The values of a field, sent and arrived.
#[derive(Default)]
struct Values<'a> {
    before: Vec<&'a [u8]>,
    after: Vec<&'a [u8]>,
}

fn of_the_fields(kind: Kind, sent: &Head, arrived: &Head) -> Vec<Change> {
    let mut values: HashMap<Vec<u8>, Values> = HashMap::new();
    // The names, each as it is spelt where it stands first.
    let (mut names, mut there): (Vec<&[u8]>, Vec<&[u8]>) = (Vec::new(), Vec::new());
    for field in &sent.fields {
        let of = values.entry(field.name.to_ascii_lowercase()).or_default();
        names.extend(of.before.is_empty().then_some(&field.name[..]));
        of.before.push(&field.value);
    }
    for field in &arrived.fields {
        let of = values.entry(field.name.to_ascii_lowercase()).or_default();
        there.extend(of.after.is_empty().then_some(&field.name[..]));
        of.after.push(&field.value);
    }
    let of = |name: &[u8]| &values[&name.to_ascii_lowercase()];
    let added = there.iter().filter(|name| of(name).before.is_empty());
    let mut found: Vec<_> = names.iter().chain(added).filter_map(|name| of_a_field(kind, name, of(name))).collect();
    let is_common = |name: &&&[u8]| !of(name).before.is_empty() && !of(name).after.is_empty();
    let before: Vec<&[u8]> = names.iter().filter(is_common).copied().collect();
    let after: Vec<&[u8]> = there.iter().filter(is_common).copied().collect();
    let list = |names: &[&[u8]]| vec![names.join(&b", "[..])];
    let change = |how, part, before: &[&[u8]], after: &[&[u8]]| Change {
        kind,
        how,
        part,
        before: list(before),
        after: list(after),
        breaks: None,
    };
    let spelt: HashMap<_, _> = after.iter().map(|name| (name.to_ascii_lowercase(), *name)).collect();
    let respelt = before.iter().map(|name| (*name, spelt[&name.to_ascii_lowercase()])).filter(|(name, other)| name != other);
    let (was, is): (Vec<_>, Vec<_>) = respelt.unzip();
    found.extend((!was.is_empty()).then(|| change(How::Respelt, HeadPart::Names, &was, &is)));
    let is_same_order = before.iter().zip(&after).all(|(one, other)| one.eq_ignore_ascii_case(other));
    found.extend((!is_same_order).then(|| change(How::Reordered, HeadPart::Order, &before, &after)));
    found
}

/// What was made of the lines of one field.
fn of_a_field(kind: Kind, name: &[u8], Values { before, after }: &Values) -> Option<Change> {
    if before == after {
        return None;
    }
    let (gone, new) = (without(before, after), without(after, before));
    let was: HashSet<_> = before.iter().collect();
    let (how, before, after) = match (gone.is_empty(), new.is_empty()) {
        (true, false) if new.iter().all(|value| was.contains(value)) => (How::Repeated, before, after),
        (true, false) if !new.iter().any(|value| was.contains(value)) => (How::Added, &Vec::new(), &new),
        (false, true) => (How::Dropped, &gone, &Vec::new()),
        _ => (How::Changed, before, after),
    };
    let owned = |values: &[&[u8]]| values.iter().map(|value| value.to_vec()).collect();
    Some(Change { kind, how, part: HeadPart::Field(name.to_vec()), before: owned(before), after: owned(after), breaks: None })
}

/// The values that are left where each of `others` takes one away.
fn without<'a>(values: &[&'a [u8]], others: &[&[u8]]) -> Vec<&'a [u8]> {
    let mut counts: HashMap<&[u8], usize> = HashMap::new();
    for value in others {
        *counts.entry(value).or_default() += 1;
    }
    let is_left = |value: &&&[u8]| match counts.get_mut(**value) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    values.iter().filter(is_left).copied().collect()
}

fn of_the_syntax(kind: Kind, sent: &Head, arrived: &Head) -> Vec<Change> {
    let words = |head: &Head| head.irregularities.iter().map(|(_, irregularity)| named(irregularity)).collect::<Vec<_>>();
    let (before, after) = (words(sent), words(arrived));
    let mut told = HashSet::new();
    let differ = before.iter().chain(&after).filter(|words| before.contains(words) != after.contains(words));
    differ
        .filter(|words| told.insert(**words))
        .map(|words| {
            let how = if before.contains(words) { How::Dropped } else { How::Added };
            Change { kind, how, part: HeadPart::Irregularity(words), before: Vec::new(), after: Vec::new(), breaks: None }
        })
        .collect()
}

fn named(irregularity: &Irregularity) -> &'static str {
    match irregularity {
        Irregularity::BareLf => "a line that ends in LF alone",
        Irregularity::BareCr => "a CR without LF",
        Irregularity::Folded => "a folded line",
        Irregularity::SpaceBeforeColon => "a space before a colon",
        Irregularity::SpaceBeforeFirstField => "a space before the first field",
        Irregularity::NoColon(_) => "a line without a colon",
        Irregularity::InvalidName(_) => "a name that is no token",
        Irregularity::Control(_) => "a control character",
        Irregularity::Unterminated => "a head without its end",
        Irregularity::EmptyLines(_) => "empty lines before the status line",
    }
}

impl Change {
    /// The same without the values, for one that must not be shown.
    #[must_use]
    pub fn without_values(&self) -> Self {
        Self { before: Vec::new(), after: Vec::new(), ..self.clone() }
    }

    /// Whether another is the same change of the same part, whatever the values.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let is_same_part = match (&self.part, &other.part) {
            (HeadPart::Field(name), HeadPart::Field(other)) => name.eq_ignore_ascii_case(other),
            (part, other) => part == other,
        };
        (self.kind, self.how) == (other.kind, other.how) && is_same_part
    }

    /// The lines of the field with these values, the first of them.
    fn lines(&self, values: &[Vec<u8>]) -> String {
        let name = match &self.part {
            HeadPart::Field(name) => name.as_slice(),
            _ => b"",
        };
        let line = |value: &Vec<u8>| quote(&[name, b": ", value].concat());
        list_of(values, line).unwrap_or_else(|| format!("{}, whose value is not shown,", self.part))
    }
}

/// The first of these values, each written so, and how many more there are; nothing where there is none.
fn list_of(values: &[Vec<u8>], written: impl Fn(&Vec<u8>) -> String) -> Option<String> {
    let mut shown: Vec<_> = values.iter().take(MOST_LINES).map(written).collect();
    shown.extend((values.len() > MOST_LINES).then(|| format!("{} more", values.len() - MOST_LINES)));
    (!shown.is_empty()).then(|| shown.join(", "))
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, how, part, before, after, breaks } = self;
        let head = if *kind == Kind::Request { "request" } else { "response" };
        let values = |values| list_of(values, |value| quote(value)).unwrap_or_default();
        let became = match (before.as_slice(), after.as_slice()) {
            ([], []) => "; the values are not shown".to_owned(),
            (before, after) => format!(": {} became {}", values(before), values(after)),
        };
        match (how, part) {
            (How::Dropped, HeadPart::Irregularity(words)) => write!(f, "{words} is gone from the {head}"),
            (_, HeadPart::Irregularity(words)) => write!(f, "{words} is in the {head}, and was not sent"),
            (_, HeadPart::Interim) => {
                write!(f, "interim responses before the {head}: {} sent, {} arrived", values(before), values(after))
            }
            (How::Dropped, _) => write!(f, "{} is dropped from the {head}", self.lines(before)),
            (How::Added, _) => write!(f, "{} is added to the {head}", self.lines(after)),
            (How::Repeated, _) => {
                write!(f, "{} is repeated in the {head}: sent {}, arrived {}", part, times(before.len()), times(after.len()))
            }
            (How::Reordered, _) => write!(f, "the fields of the {head} are reordered: {}", values(after)),
            (How::Respelt, _) => write!(f, "names in the {head} are spelt otherwise{became}"),
            (How::Changed, HeadPart::Field(_)) => write!(f, "{part} of the {head} is changed{became}"),
            (How::Changed, _) => write!(f, "the {part} of the {head} is changed{became}"),
        }?;
        breaks.map_or(Ok(()), |rule| write!(f, ", which breaks {rule}"))
    }
}

fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{count} times"),
    }
}
