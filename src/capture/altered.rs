//! Values in the heads of a text that may not be what was sent: what somebody blacked out or wrote behind them, what a tool shows as a
//! dot, what a log says in the same words, what the end of the text cuts.

use super::names::{is_plausible, is_websocket};
use super::text::websocket;
use crate::head::{ACCEPT, EXTENSIONS, Fidelity, Field, Head, KEY, Kind, PROTOCOL, Unclear, VERSION, trim_ows};

/// The fields whose values have one form in every head.
const PLAIN: [&str; 8] = ["Host", "Upgrade", "Connection", KEY, VERSION, ACCEPT, PROTOCOL, EXTENSIONS];

/// The words that say in place of a key or an accept value, or of a part of it, that it is not shown. What may be meant as one
/// (`invalid`, `not-base64`) is none of them.
const MASKS: &str = "above anonymized censored deleted elided filtered hidden masked obfuscated omitted private redacted removed sanitized \
                     scrubbed secret shown stripped suppressed withheld";

/// How many equal letters in a row black out a part of a value: of one that is as long as it should be no random one has as many.
const LEAST_MASKED: usize = 8;
const LEAST_MASKED_SHORT: usize = 3;

/// How mail, URLs, HTML, JSON and programs encode a padding, a plus or a slash, in small letters.
const ESCAPES: [&[u8]; 9] = [b"=3d", b"%3d", b"%253d", b"&#", b"&equals;", b"\\u00", b"\\x3d", b"\\075", b"\\/"];

/// The length from which on a word is taken for a key or an accept value.
const LONG: usize = 16;

pub(super) fn is_one_of(names: &[&str], field: &Field) -> bool {
    names.iter().any(|name| field.name.eq_ignore_ascii_case(name.as_bytes()))
}

/// Takes out what whoever wrote the text put in place of a value or behind it, and says so; `line` is that of the start line. What had
/// to do with WebSocket still has.
pub(super) fn drop_words_of_writers(head: &mut Head, line: usize) {
    let is_marked = |field: &Field| field.name.starts_with(b"**") && websocket(&field.name).is_some();
    head.shows_websocket |= is_websocket(head) || head.fields.iter().any(is_marked);
    let mut edited = Vec::new();
    edited.extend(has_marked_lines(head).then_some(line));
    if head.kind() == Kind::Request {
        drop_words_of_target(head);
    }
    // A field of the other kind of head: two were written as one.
    let others = if head.kind() == Kind::Request { ACCEPT } else { KEY };
    for field in head.fields.iter_mut().filter(|field| is_one_of(&PLAIN, field)) {
        let end = comment(&field.value);
        if end.is_some() || is_one_of(&[others], field) || is_blacked_out(field) {
            edited.push(field.line);
        }
        field.value.truncate(end.filter(|end| *end >= LONG).unwrap_or(field.value.len()));
    }
    if !edited.is_empty() {
        head.fields.retain(|field| !is_one_of(&PLAIN, field) || !is_blacked_out(field));
        head.fidelity = Fidelity::Partial;
        head.irregularities.clear();
        head.unclear.extend(edited.into_iter().map(Unclear::Edited));
    }
}

/// Takes `<my token>` out of a target. What it stands for does not matter to the handshake; but the start line was not seen.
fn drop_words_of_target(head: &mut Head) {
    let line = &head.start_line;
    let begin = line.iter().position(|&b| b == b'<');
    let end = line.iter().rposition(|&b| b == b'>');
    if let Some((begin, end)) = begin.zip(end).filter(|(begin, end)| begin < end) {
        head.start_line.drain(begin..=end);
        head.fidelity = Fidelity::Partial;
    }
}

/// Whether every line has the same mark at its end, or around its name: the writer's, for a line ending or for looks.
fn has_marked_lines(head: &Head) -> bool {
    let common = |value: &[u8]| head.start_line.iter().rev().zip(value.iter().rev()).take_while(|(a, b)| a == b).count();
    let length = head.fields.iter().map(|field| common(&field.value)).min().unwrap_or(0);
    let is_mark = head.start_line.iter().rev().take(length).any(|b| !b.is_ascii_alphanumeric());
    head.fields.len() > 1 && (is_mark || head.fields.iter().any(|field| field.name.starts_with(b"**")))
}

/// Whether a head shows what was not sent: marks on all of its lines, or typography.
pub(super) fn is_dressed(head: &Head) -> bool {
    let has_typography = |field: &Field| String::from_utf8_lossy(&field.value).contains(is_typography);
    has_marked_lines(head) || head.fields.iter().any(|field| is_one_of(&PLAIN, field) && has_typography(field))
}

/// Whether a value is what documentation and cautious people write in its place. What cannot be a key or an accept value may be a
/// subprotocol or a host.
fn is_blacked_out(field: &Field) -> bool {
    let value = field.value.as_slice();
    let is_enclosed = matches!(value, [b'<', .., b'>'] | [b'{', .., b'}']) || value.starts_with(b"[") && !value.contains(&b':');
    let low = value.to_ascii_lowercase();
    let has = |mark: &[u8]| low.windows(mark.len()).any(|window| window == mark);
    let is_one_byte = value.len() > 2 && value.iter().all(|b| *b == value[0]);
    let body = value.split(|b| *b == b'=').next().unwrap_or_default();
    let least = if [24, 28].contains(&value.len()) { LEAST_MASKED } else { LEAST_MASKED_SHORT };
    let is_mask = |run: &[u8]| match run[0] {
        b'X' | b'x' | b'_' | b'-' => run.len() > 2 && (run.len() == body.len() || run.len() >= least),
        b'#' | b'*' | b'?' => run.len() > 2,
        b'.' => run.len() > 1,
        _ => false,
    };
    let is_masked = body.chunk_by(|a, b| a == b).any(is_mask);
    let is_symbol = |letter: char| !letter.is_ascii() && !letter.is_alphanumeric() && !letter.is_control();
    let is_word = |word: &[u8]| MASKS.split(' ').any(|mask| mask.as_bytes() == word);
    let is_remark = low == b"n/a" || low.split(|b| !b.is_ascii_alphabetic()).any(is_word);
    // A program's punctuation stands behind a padding, and words are joined where none is: a client that sends the name of a variable, or
    // what stands for nothing in its language (`$KEY`, `null`, `b'...'`), may have sent it.
    let is_punctuated = || matches!(value, [.., b'=', mark] if b",.;:!?)]}*_~|".contains(mark));
    let is_placeholder =
        || !value.ends_with(b"=") && [b"your".as_slice(), b"here", b"todo", b"placeholder"].iter().any(|word| has(word));
    let has_mark = || {
        is_one_byte
            || is_masked
            || is_remark
            || ESCAPES.iter().any(|escape| has(escape))
            || is_punctuated()
            || is_placeholder()
            || str::from_utf8(value).is_ok_and(|text| text.contains(is_symbol))
    };
    // Where a pager or an editor chops a line, or leaves out its middle, it says so with a mark.
    let is_chopped = value.ends_with(b">") || value.ends_with(b"$") || has(b"...") || has("…".as_bytes()) || has(b"^m");
    // A printer's quotes, a link and an escape of Markdown, and a line of base64 that was wrapped and joined again.
    let is_quoted =
        matches!(value, [b'"', .., b'"'] | [b'\'', .., b'\''] | [b'`', .., b'`'] | [b'*', .., b'*'] | [b'(', .., b')']);
    let is_markdown = has(b"](") || has(b"\\_");
    let is_joined = is_one_of(&[KEY, ACCEPT], field) && [25, 29].contains(&value.len()) && value.contains(&b' ');
    is_enclosed
        || is_chopped
        || is_quoted
        || is_markdown
        || is_joined
        || String::from_utf8_lossy(value).contains(is_typography)
        || value.len() > 2 && value.iter().all(|b| *b == b'*')
        || is_one_of(&["Host", PROTOCOL], field) && value.contains(&b'<')
        || is_one_of(&[KEY, ACCEPT], field) && has_mark()
}

/// Whether it is what documents and chats put in place of a space, a hyphen, a quote or two letters, or what shows a control character.
fn is_typography(letter: char) -> bool {
    matches!(letter, '\u{a0}' | '\u{ad}' | '\u{2000}'..='\u{206f}' | '\u{2400}'..='\u{25ff}' | '\u{fb00}'..='\u{fb06}' | '\u{feff}')
}

/// Where a comment begins behind a value: two words that no comma separates are no list. The first is as long as a key, or a mark
/// follows it: else the value may be wrong as it stands.
fn comment(value: &[u8]) -> Option<usize> {
    let mut spaces = value.iter().enumerate().filter(|(_, b)| b" \t".contains(b)).map(|(at, _)| at);
    let is_between = |at: &usize| {
        let (before, after) = value.split_at(*at);
        let is_joint = |b: Option<&u8>| b.is_none_or(|b| b",;".contains(b));
        let is_marked = |b: &u8| b"#<([{/-!*|".contains(b) || !b.is_ascii();
        !before.contains(&b'"')
            && !is_joint(trim_ows(before).last())
            && !trim_ows(before).ends_with(b" =")
            && !is_joint(trim_ows(after).first())
            && !trim_ows(after).starts_with(b"=")
            && (*at >= LONG || trim_ows(after).first().is_some_and(is_marked))
    };
    spaces.find(is_between)
}

/// Takes out what may be a word of a log behind a head whose end was not seen, and says so.
pub(super) fn drop_words_of_logs(head: &mut Head) {
    let is_word = |field: &Field| str::from_utf8(&field.name).is_ok_and(|name| !is_plausible(name, &field.value));
    let words: Vec<_> = head.fields.iter().filter(|field| is_word(field)).map(|field| Unclear::Line(field.line)).collect();
    head.fields.retain(|field| !is_word(field));
    head.unclear.extend(words);
}

/// Takes out the fields that a dot shows to have had other bytes, in forms that print one for each byte that they do not show. Where a
/// dot may stand, it tells nothing.
pub(super) fn drop_hidden_bytes(head: &mut Head) {
    head.has_dots = true;
    let has_dot = |field: &Field| {
        let has_none =
            ["Upgrade", "Connection", VERSION, KEY, ACCEPT].iter().any(|name| field.name.eq_ignore_ascii_case(name.as_bytes()));
        has_none && field.value.contains(&b'.')
    };
    let hidden: Vec<_> = head.fields.iter().filter(|field| has_dot(field)).map(|field| Unclear::Inexact(field.line)).collect();
    if !hidden.is_empty() {
        head.fields.retain(|field| !has_dot(field));
        head.fidelity = Fidelity::Partial;
        head.unclear.extend(hidden);
    }
}

/// Takes out the fields of which a form may have written a byte as an escape, where that matters: a control character, or what the
/// handshake compares; `line` is that of the start line.
pub(super) fn drop_escapes(head: &mut Head, line: usize) {
    let is_control = |pair: &[u8]| pair[0] == b'\\' && b"abfnrv01x".contains(&pair[1]);
    let is_escape = |field: &Field| {
        let is_compared = is_one_of(&PLAIN, field) && field.value.contains(&b'\\');
        is_compared || field.value.windows(2).any(is_control)
    };
    let mut escapes: Vec<_> =
        head.fields.iter().filter(|field| is_escape(field)).map(|field| Unclear::Inexact(field.line)).collect();
    escapes.extend(head.start_line.contains(&b'\\').then_some(Unclear::Inexact(line)));
    if !escapes.is_empty() {
        head.fields.retain(|field| !is_escape(field));
        head.fidelity = Fidelity::Partial;
        head.irregularities.clear();
        head.unclear.extend(escapes);
    }
}

/// Takes out the last field of a head where the text ends with its value, without a line ending: it may be cut. What is as it
/// must be is whole, or what is missing of it does not matter.
pub(super) fn drop_cut_field(head: &mut Head, text: &[u8]) {
    let spaces = text.iter().rev().take_while(|b| b" \t".contains(b)).count();
    let text = &text[..text.len() - spaces];
    let Some(field) = head.fields.last().filter(|field| text.ends_with(&field.value)) else { return };
    let is_padded = matches!((field.value.len(), field.value.as_slice()), (24, [.., b'=', b'=']) | (28, [.., b'=']));
    let is_word = [b"websocket".as_slice(), b"upgrade", b"13"].iter().any(|word| field.value.eq_ignore_ascii_case(word));
    if !is_padded && !is_word {
        let cut = head.fields.pop().filter(|cut| is_one_of(&PLAIN, cut));
        head.unclear.extend(cut.map(|cut| Unclear::Inexact(cut.line)));
    }
}
