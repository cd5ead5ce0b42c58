//! Lines that are chopped at a column without a mark, as `cut -c`, editors and copies of a screen leave them.

use super::altered::is_one_of;
use super::heads::{Heads, SeenHead};
use crate::head::{ACCEPT, EXTENSIONS, Fidelity, Field, KEY, Kind, PROTOCOL, Unclear, VERSION};
use std::collections::BTreeSet;
use std::ops::Range;

/// Nobody chops lines to less, and no screen is wider.
const NARROWEST: usize = 20;
const WIDEST: usize = 1024;

/// A key or an accept value may be too short on a line that alone is as long as that.
const LEAST_ALONE: usize = 40;

/// What is in many heads.
const WORDS: [&str; 9] = [
    "HTTP/1.1",
    "websocket",
    "Upgrade",
    "keep-alive",
    "permessage-deflate",
    "client_max_window_bits",
    "server_max_window_bits",
    "client_no_context_takeover",
    "server_no_context_takeover",
];

/// How many heads before and behind one are looked at for lines that are as long.
const NEAR: usize = 2;

/// Marks what of a text was cut off: at the end of its lines, or before its first one. `left_out` is how wide the widest of the lines is that
/// `text` does not have; the heads stand on these of its lines.
pub(super) fn mark_cut(heads: &mut Heads, text: &[u8], left_out: usize, core: &Range<usize>) {
    drop_chopped(heads, text, left_out, core);
    for seen in heads.all.iter_mut().filter(|seen| seen.begins_amid_a_method()) {
        seen.head.unclear.push(Unclear::CutOff);
        seen.head.fidelity = Fidelity::Partial;
    }
}

/// Takes out the fields that may go on beyond the column where lines are chopped, and says so. No line of a head is wider than that: it
/// is one if several lines near it are as wide, or if the one that is ends amid a word. Messages may be chopped before they are logged.
fn drop_chopped(heads: &mut Heads, text: &[u8], left_out: usize, core: &Range<usize>) {
    let mut all: Vec<_> =
        heads.all.iter_mut().chain(&mut heads.responses).filter(|seen| seen.head.fidelity != Fidelity::Bytes).collect();
    if all.is_empty() {
        return;
    }
    let text = Text {
        lines: text.split(|&b| b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect(),
        left_out,
        core,
    };
    let fields = || all.iter().flat_map(|seen| &seen.head.fields);
    let subprotocols = fields().filter(|field| is_one_of(&[PROTOCOL], field)).flat_map(|field| members(&field.value));
    let words: BTreeSet<_> = subprotocols.chain(WORDS.map(str::as_bytes)).map(<[u8]>::to_ascii_lowercase).collect();
    let numbers = fields().flat_map(|field| [Some(field.line), text.place(field.line, &field.value).map(|at| at + 1)]);
    let numbers = numbers.flatten().collect();
    let mut chopped = Vec::new();
    for is_message in [false, true] {
        let shown: Vec<_> = all.iter().map(|seen| Widths::new(seen, &text, is_message)).collect();
        let most = shown.iter().map(|shown| shown.widest).max().unwrap_or(0);
        let is_of_other_line = !is_message && text.has_another(most, &numbers);
        for (at, shown_head) in shown.iter().enumerate() {
            let near = &shown[at.saturating_sub(NEAR)..shown.len().min(at + NEAR + 1)];
            // By chance, two lines of one field are equally long, but hardly two others.
            let names: BTreeSet<_> = near.iter().flat_map(|near| near.names_at(shown_head.widest)).collect();
            let is_certain = names.len() + usize::from(is_of_other_line && shown_head.widest == most) > 1;
            chopped.extend(shown_head.chopped(is_certain, &words).map(|line| (at, line)));
        }
    }
    for (at, line) in chopped {
        let head = &mut all[at].head;
        head.fields.retain(|field| field.line != line);
        head.fidelity = Fidelity::Partial;
        head.unclear.push(Unclear::Inexact(line));
    }
}

/// A head, and how wide its lines are.
struct Widths<'a> {
    seen: &'a SeenHead,
    start: usize,
    fields: Vec<(&'a Field, usize)>,
    widest: usize,
}

impl<'a> Widths<'a> {
    fn new(seen: &'a SeenHead, text: &Text<'_>, is_message: bool) -> Self {
        let start_line = &seen.head.start_line;
        let start = if start_line.is_empty() { 0 } else { text.width(seen.line, start_line, is_message.then_some(0)) };
        let width = |field: &Field| match field.value.as_slice() {
            [] => text.width(field.line, b":", is_message.then_some(field.name.len())),
            value => text.width(field.line, value, is_message.then_some(field.name.len() + 2)),
        };
        let fields: Vec<_> = seen.head.fields.iter().map(|field| (field, width(field))).collect();
        let widest = fields.iter().map(|(_, width)| *width).max().unwrap_or(0).max(start);
        Self { seen, start, fields, widest }
    }

    /// The fields whose lines are as wide as that.
    fn at(&self, widest: usize) -> impl Iterator<Item = &'a Field> {
        // A space at the end is lost where lines are pasted.
        let lost = |field: &Field| usize::from(matches!(field.value.last(), None | Some(b',' | b';')));
        let is_at_end = move |(field, width): &&(&Field, usize)| *width <= widest && *width + lost(field) >= widest;
        self.fields.iter().filter(is_at_end).map(|(field, _)| *field)
    }

    fn names_at(&self, widest: usize) -> impl Iterator<Item = Vec<u8>> {
        self.at(widest).map(|field| field.name.to_ascii_lowercase())
    }

    /// The lines of which more may have been sent; it `is_certain` that lines are chopped, or only where one ends amid a word.
    fn chopped(&self, is_certain: bool, words: &BTreeSet<Vec<u8>>) -> impl Iterator<Item = usize> {
        let Self { seen, start, widest, .. } = *self;
        let is_open = move |field: &&Field| {
            if is_one_of(&[KEY, ACCEPT], field) {
                is_short(field) && (is_certain || widest >= LEAST_ALONE && !is_unpadded(field))
            } else if is_certain {
                may_go_on(field)
            } else {
                // A response gives a number of bits (RFC 7692, section 7.1.2), a request need not.
                ends_amid_word(&field.value, words) || seen.kind == Kind::Response && field.value.ends_with(b"_bits")
            }
        };
        let start_line = &seen.head.start_line;
        let is_whole = seen.kind == Kind::Response || start_line.ends_with(b"HTTP/1.1");
        let is_start_chopped = start == widest && !is_whole && (is_certain || ends_amid_word(start_line, words));
        let is_width = (NARROWEST..=WIDEST).contains(&widest);
        let fields = self.at(widest).filter(is_open).map(|field| field.line);
        fields.chain(is_start_chopped.then_some(seen.line)).filter(move |_| is_width)
    }
}

struct Text<'a> {
    lines: Vec<&'a [u8]>,
    left_out: usize,
    core: &'a Range<usize>,
}

impl Text<'_> {
    /// How wide a line is, by its number, if it ends so: all of it, or this end and so much before it.
    fn width(&self, number: usize, end: &[u8], before: Option<usize>) -> usize {
        let line = self.place(number, end).map(|at| self.lines[at]);
        line.map_or(0, |line| before.map_or_else(|| width(line), |before| before + width(end)))
    }

    /// Where a line stands that ends so: it has this number, or is the value below a name.
    fn place(&self, number: usize, end: &[u8]) -> Option<usize> {
        let at = number.checked_sub(1)?;
        let ends = |line: &&&[u8]| line.trim_ascii_end().ends_with(end);
        let is_below = |line: &&&[u8]| line.trim_ascii() == end;
        let own = self.lines.get(at).filter(ends).map(|_| at);
        own.or_else(|| self.lines.get(at + 1).filter(is_below).map(|_| at + 1))
    }

    /// Whether another line than these is as wide as that, and none is wider.
    fn has_another(&self, widest: usize, numbers: &BTreeSet<usize>) -> bool {
        let long = || (1..).zip(&self.lines).filter(|(number, line)| line.len() >= widest && self.core.contains(number));
        self.left_out <= widest
            && long().all(|(_, line)| line.len() <= 4 * WIDEST && width(line) <= widest)
            && (self.left_out == widest || long().any(|(number, line)| width(line) == widest && !numbers.contains(&number)))
    }
}

/// How wide the wider one is of a line and others that are so wide.
pub(super) fn wider(line: &[u8], others: usize) -> usize {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.len() > 4 * WIDEST {
        usize::MAX
    } else if line.len() <= others {
        others
    } else {
        others.max(width(line))
    }
}

/// In characters, unless they are more than any screen has.
fn width(line: &[u8]) -> usize {
    if line.len() > 4 * WIDEST { 0 } else { String::from_utf8_lossy(line).chars().count() }
}

fn members(value: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    value.split(|b| b" \t,;".contains(b))
}

/// Whether more of a value may have been sent than stands before the end of a line.
fn may_go_on(field: &Field) -> bool {
    let last = members(&field.value).next_back().unwrap_or_default();
    let is_open = |name: &str, words: &[&str]| {
        is_one_of(&[name], field) && !words.iter().any(|word| last.eq_ignore_ascii_case(word.as_bytes()))
    };
    let is_list = is_one_of(&[PROTOCOL, EXTENSIONS], field);
    let is_word =
        is_open("Upgrade", &["websocket"]) || is_open("Connection", &["upgrade", "keep-alive"]) || is_open(VERSION, &["13"]);
    is_list || is_word
}

/// Whether a key or an accept value lacks a part of its length (sections 4.1 and 4.2.2), and is not padded to be shorter.
pub(super) fn is_short(field: &Field) -> bool {
    let length = field.value.len();
    let is_padded = length.is_multiple_of(4) && field.value.ends_with(b"=");
    !is_padded && (is_one_of(&[KEY], field) && length < 24 || is_one_of(&[ACCEPT], field) && length < 28)
}

/// Whether a key or an accept value lacks its padding, as encoders without one leave it.
fn is_unpadded(field: &Field) -> bool {
    is_one_of(&[KEY], field) && field.value.len() == 22 || is_one_of(&[ACCEPT], field) && field.value.len() == 27
}

/// Whether the last word is the beginning of one of these, or a parameter lacks a part of its value.
fn ends_amid_word(value: &[u8], words: &BTreeSet<Vec<u8>>) -> bool {
    let last = members(value).next_back().unwrap_or_default().to_ascii_lowercase();
    let longer = words.range(last.clone()..).find(|word| **word != last);
    last.ends_with(b"=") || last.ends_with(b"_bits=1") || longer.is_some_and(|word| word.starts_with(&last))
}
