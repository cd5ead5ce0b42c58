//! Whether a text shows a head as it was sent, or in a form that may hide what was wrong with it.

use super::decode::dumped;
use super::form::sends_head;
use super::names::{is_boundary, is_known_field, is_label, shows_no_key};
use super::start::start;
use super::text::{Lines, line_of};
use crate::head::{Field, Head, Unclear, is_token, trim_ows};
use std::collections::HashSet;

/// How much of a line is looked at for the start line of a head without fields.
const MOST_LOOKED_AT: usize = 512;

/// The longest line of which it is looked for whether it is a start line.
const LONGEST_LOOKED_AT: usize = 4 << 10;

/// How many lines above the first field of a head may be its own, and below the last one.
const MOST_ABOVE: usize = 64;
const MOST_BELOW: usize = 1 << 10;

/// Says so of a head that was put together from these lines. Only what stands on lines of its own is exact: what was cut out of its
/// surroundings may have had more, or be another's. `claimed` tells of each line whether something of a head was found on it.
pub(super) fn mark(head: &mut Head, lines: &Lines<'_>, claimed: &[bool]) {
    let inexact = head.fields.iter().find(|field| !is_shown(field, lines)).map(|field| field.line);
    // Of a dump that does not begin with a head, it is not known where the head is cut.
    if inexact.is_some_and(|number| dumped(line_of(lines, number), false).is_some()) {
        head.unclear.push(Unclear::CutOff);
        return;
    }
    // What the shell wrote into a command does not show there.
    let is_command = || head.fields.iter().any(|field| sends_head(line_of(lines, field.line)));
    if !has_read_start_line(head, lines) && shows_no_key(head) && !is_command() {
        head.unclear.push(Unclear::NoKey);
    }
    // A start line with nothing behind it may be what somebody wrote of another, if no form marks it.
    let is_marked = matches!(line_of(lines, head.line).first(), Some(b'<' | b':'));
    let lone = Some(head.line).filter(|_| head.fields.is_empty() && !is_marked);
    let inexact = inexact.or(lone).or_else(|| inexact_start_line(head, lines)).or_else(|| stray_line(head, lines, claimed));
    head.unclear.extend(inexact.map(Unclear::Inexact));
}

/// Whether this is a status among the words of a log, and no head.
pub(super) fn is_word(head: &Head, lines: &Lines<'_>) -> bool {
    let text = line_of(lines, head.line).trim_ascii_start();
    let text = text.get(..MOST_LOOKED_AT).unwrap_or(text);
    let begins = |word: &[u8]| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    // A mark before it says which way it goes; a word speaks of it.
    let is_marked =
        || start(text).is_some_and(|(_, begin)| !text[..begin].trim_ascii_end().last().is_some_and(u8::is_ascii_alphanumeric));
    head.fields.is_empty() && !begins(b"status") && !begins(b":status") && !is_marked()
}

/// Whether a field stands on a line of its own, or, as developer tools show it, its name on one and its value on the next.
fn is_shown(Field { name, value, line: number, .. }: &Field, lines: &Lines<'_>) -> bool {
    let (written, next) = (line_of(lines, *number), line_of(lines, number + 1));
    let Some((start, rest)) = trim_ows(written).split_at_checked(name.len()) else { return false };
    let is_one_line = rest.strip_prefix(b":").is_some_and(|rest| trim_ows(rest) == value);
    // A line that is a field itself, or the name of one, is no value, but for the one that is both.
    let is_field = || {
        let is_name = next.split(|&b| b == b':').next().is_some_and(is_known_field);
        is_name && !(name == b"Connection" && value.eq_ignore_ascii_case(b"upgrade"))
    };
    let are_two_lines = (rest.is_empty() || rest == b":") && trim_ows(next) == value && !is_field();
    start.eq_ignore_ascii_case(name) && !written.starts_with(b" ") && (is_one_line || are_two_lines)
}

/// Whether the start line was read, and not put together of what a pane or HTTP/2 shows in its place.
fn has_read_start_line(head: &Head, lines: &Lines<'_>) -> bool {
    let shown = line_of(lines, head.line);
    // Many heads may stand on one line, and each looks at it. What is longer is taken for a start line: nothing else may stand there.
    let has_version = || shown.windows(5).any(|window| window.eq_ignore_ascii_case(b"HTTP/"));
    (shown.len() > LONGEST_LOOKED_AT || has_version()) && !head.has(":method")
}

/// The line of the start line, where that is not all that stands on it.
fn inexact_start_line(head: &Head, lines: &Lines<'_>) -> Option<usize> {
    let is_inexact = has_read_start_line(head, lines) && trim_ows(line_of(lines, head.line)) != head.start_line;
    is_inexact.then_some(head.line)
}

/// The lines on which its fields stand.
fn taken(head: &Head) -> HashSet<usize> {
    head.fields.iter().map(|field| field.line).collect()
}

/// A line among the fields or directly beside them that is neither one of them nor another field as it may be sent (RFC 9110, section
/// 5.5): what is shown may be another head's, or not all of this one.
fn stray_line(head: &Head, lines: &Lines<'_>, claimed: &[bool]) -> Option<usize> {
    let taken = taken(head);
    let (first, last) = taken.iter().min().zip(taken.iter().max())?;
    // Developer tools show a name on one line, with a colon or without, and on the next its value, which may be spelt as a name is.
    let is_alone = |number: usize| matches!(behind_name(head, line_of(lines, number)), Some((_, b"" | b":")));
    let mut pairs = head.fields.iter().filter(|field| !field.value.is_empty() && is_alone(field.line)).map(|field| field.line);
    let (count, pair) = (head.fields.iter().filter(|field| !field.value.is_empty()).count(), pairs.next());
    let is_paired = pair.is_some();
    if is_paired && pairs.count() + 1 < count {
        return pair;
    }
    let is_open = |number: usize| !is_boundary(line_of(lines, number)) && !claimed.get(number).is_some_and(|is| *is);
    let mut at = if has_read_start_line(head, lines) { head.line + 1 } else { begin(head, lines, *first, is_paired, &is_open) };
    while at <= *last || at <= *last + MOST_BELOW && is_open(at) {
        let (text, next) = (line_of(lines, at), line_of(lines, at + 1));
        // An empty value has an empty line.
        let is_empty = || next.is_empty() && (at < *last || is_label(line_of(lines, at + 2)));
        let is_followed = || !taken.contains(&(at + 1)) && (!next.is_empty() && !is_label(next) || is_empty());
        let has_value = is_paired && is_alone(at) && (taken.contains(&at) || is_followed());
        let is_other_field = || match behind_name(head, text) {
            Some((name, rest)) => !is_known_field(name) && !text.starts_with(b" ") && (has_value || rest.starts_with(b":")),
            None => text.trim_ascii().is_empty(),
        };
        let has_control = |text: &[u8]| text.iter().any(|b| b.is_ascii_control() && *b != b'\t');
        let is_right = taken.contains(&at) || is_other_field();
        if has_control(text) || has_value && has_control(next) || !is_right {
            return Some(at);
        }
        at += if has_value { 2 } else { 1 };
    }
    None
}

/// The first line that may be part of a head whose start line was not read, before the first of its fields.
fn begin(head: &Head, lines: &Lines<'_>, first: usize, is_paired: bool, is_open: &dyn Fn(usize) -> bool) -> usize {
    let begin = (1..first).rev().take(MOST_ABOVE).take_while(|number| is_open(*number)).last().unwrap_or(first);
    let before = if begin > 1 { line_of(lines, begin - 1).trim_ascii() } else { b"" };
    // Below an empty line it is a heading; below a name, which may have a space (`Status Code`), its value.
    let may_be_heading = match behind_name(head, line_of(lines, begin)) {
        Some((_, behind)) => !is_paired && behind.is_empty(),
        None => true,
    };
    let is_heading = before.is_empty() && may_be_heading;
    let has_value = before.iter().position(|&b| b == b':').is_some_and(|at| at + 1 < before.len());
    let is_value = is_paired && !is_boundary(before) && !has_value;
    if begin < first && (is_heading || is_value) { begin + 1 } else { begin }
}

/// What may be the name of a field at the beginning of a line, and what stands behind it. HTTP/2 has some that begin with a colon.
fn behind_name<'a>(head: &Head, line: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let text = trim_ows(line);
    let skipped = usize::from(head.is_http2());
    let end = text.iter().skip(skipped).position(|&b| b == b':').map_or(text.len(), |at| at + skipped);
    let is_name = |(name, _): &(&[u8], _)| is_token(name.strip_prefix(b":").filter(|_| skipped > 0).unwrap_or(name));
    text.split_at_checked(end).filter(is_name)
}
