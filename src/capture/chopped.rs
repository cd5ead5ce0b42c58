//! Lines that are chopped at a column without a mark, as `cut -c`, editors and copies of a screen leave them.

use super::heads::{Heads, SeenHead};
use crate::head::{ACCEPT, EXTENSIONS, Fidelity, Field, KEY, Kind, PROTOCOL, Unclear, VERSION};
use std::collections::BTreeSet;

/// Nobody chops lines to less, and no screen is wider.
const NARROWEST: usize = 20;
const WIDEST: usize = 1024;

/// Beside shorter lines alone, a key or an accept value may be too short on a narrower one.
const LEAST_ALONE: usize = 60;

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

/// Takes out the fields that may go on beyond the column where lines are chopped, and says so. No line of a head is wider than that: it
/// is one if several lines are as wide, or if the one that is ends amid a word.
pub(super) fn drop_chopped(heads: &mut Heads, text: &[u8]) {
    let all = || heads.all.iter().chain(&heads.responses).filter(|seen| seen.head.fidelity != Fidelity::Bytes);
    if all().next().is_none() {
        return;
    }
    let text = Text { lines: text.split(|&b| b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect() };
    let fields = || all().flat_map(|seen| &seen.head.fields);
    let starts = all().map(|seen| text.width(seen.line, &seen.head.start_line));
    let widths = fields().map(|field| text.width_of(field)).chain(starts);
    let Some(widest) = widths.max().filter(|width| (NARROWEST..=WIDEST).contains(width)) else { return };
    let is_at_end = |field: &Field| {
        // A space at the end is lost where lines are pasted.
        let lost = usize::from(matches!(field.value.last(), None | Some(b',' | b';')));
        (widest - lost..=widest).contains(&text.width_of(field))
    };
    // By chance, two lines of one field are equally long, but hardly two others.
    let names: BTreeSet<_> = fields().filter(|field| is_at_end(field)).map(|field| field.name.to_ascii_lowercase()).collect();
    let is_certain = names.len() + usize::from(text.has_another(widest, &fields().map(|field| field.line).collect())) > 1;
    let subprotocols = fields().filter(|field| is(field, PROTOCOL)).flat_map(|field| members(&field.value));
    let words: BTreeSet<_> = subprotocols.chain(WORDS.map(str::as_bytes)).map(<[u8]>::to_ascii_lowercase).collect();
    let is_chopped = |kind: Kind, field: &Field| {
        let is_open = if is(field, KEY) || is(field, ACCEPT) {
            is_short(field) && (is_certain || widest >= LEAST_ALONE)
        } else if is_certain {
            may_go_on(field)
        } else {
            // A response gives a number of bits (RFC 7692, section 7.1.2), a request need not.
            ends_amid_word(&field.value, &words) || kind == Kind::Response && field.value.ends_with(b"_bits")
        };
        is_open && is_at_end(field)
    };
    let is_start_chopped = |seen: &SeenHead| {
        let start = &seen.head.start_line;
        let is_whole = seen.kind == Kind::Response || start.ends_with(b"HTTP/1.1");
        text.width(seen.line, start) == widest && !is_whole && (is_certain || ends_amid_word(start, &words))
    };
    let seen = heads.all.iter_mut().chain(&mut heads.responses).filter(|seen| seen.head.fidelity != Fidelity::Bytes);
    for seen in seen {
        let fields = seen.head.fields.iter().filter(|field| is_chopped(seen.kind, field)).map(|field| field.line);
        let chopped: Vec<_> = fields.chain(is_start_chopped(seen).then_some(seen.line)).collect();
        if !chopped.is_empty() {
            seen.head.fields.retain(|field| !is_chopped(seen.kind, field));
            seen.head.fidelity = Fidelity::Partial;
            seen.head.unclear.extend(chopped.into_iter().map(Unclear::Inexact));
        }
    }
}

struct Text<'a> {
    lines: Vec<&'a [u8]>,
}

impl Text<'_> {
    /// How wide a line is, by its number, if it ends so.
    fn width(&self, number: usize, end: &[u8]) -> usize {
        let line = number.checked_sub(1).and_then(|at| self.lines.get(at)).filter(|line| line.trim_ascii_end().ends_with(end));
        line.map_or(0, |line| width(line))
    }

    /// How wide the line of a field is that has it for itself.
    fn width_of(&self, field: &Field) -> usize {
        self.width(field.line, if field.value.is_empty() { b":" } else { &field.value })
    }

    /// Whether another line than these is as wide as that, and none is wider.
    fn has_another(&self, widest: usize, numbers: &BTreeSet<usize>) -> bool {
        let long = || (1..).zip(&self.lines).filter(|(_, line)| line.len() >= widest);
        long().all(|(_, line)| line.len() <= 4 * WIDEST && width(line) <= widest)
            && long().any(|(number, line)| width(line) == widest && !numbers.contains(&number))
    }
}

/// In characters, unless they are more than any screen has.
fn width(line: &[u8]) -> usize {
    if line.len() > 4 * WIDEST { 0 } else { String::from_utf8_lossy(line).chars().count() }
}

fn is(field: &Field, name: &str) -> bool {
    field.name.eq_ignore_ascii_case(name.as_bytes())
}

fn members(value: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    value.split(|b| b" \t,;".contains(b))
}

/// Whether more of a value may have been sent than stands before the end of a line.
fn may_go_on(field: &Field) -> bool {
    let last = members(&field.value).next_back().unwrap_or_default();
    let is_open =
        |name: &str, words: &[&str]| is(field, name) && !words.iter().any(|word| last.eq_ignore_ascii_case(word.as_bytes()));
    let is_list = is(field, PROTOCOL) || is(field, EXTENSIONS);
    let is_word =
        is_open("Upgrade", &["websocket"]) || is_open("Connection", &["upgrade", "keep-alive"]) || is_open(VERSION, &["13"]);
    is_list || is_word
}

/// Whether a key or an accept value lacks a part of its length (sections 4.1 and 4.2.2).
fn is_short(field: &Field) -> bool {
    is(field, KEY) && field.value.len() < 24 || is(field, ACCEPT) && field.value.len() < 28
}

/// Whether the last word is the beginning of one of these, or a parameter lacks a part of its value.
fn ends_amid_word(value: &[u8], words: &BTreeSet<Vec<u8>>) -> bool {
    let last = members(value).next_back().unwrap_or_default().to_ascii_lowercase();
    let longer = words.range(last.clone()..).find(|word| **word != last);
    last.ends_with(b"=") || last.ends_with(b"_bits=1") || longer.is_some_and(|word| word.starts_with(&last))
}
