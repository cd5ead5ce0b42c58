//! Whether a text shows a head as it was sent, or in a form that may hide what was wrong with it.

use super::decode::dumped;
use super::names::is_known_name;
use crate::head::{Field, Head, Unclear, is_token, trim_ows};
use std::borrow::Cow;
use std::collections::HashSet;

/// How many lines from a head, without an empty one between, something may be part of it.
const NEAR: usize = 64;

type Lines<'a> = [(usize, Cow<'a, [u8]>)];

/// Says so of a head that was put together from these lines. Only what stands on lines of its own is exact: what was cut out of its
/// surroundings may have had more, or be another's. `controls` are the lines with a control character.
pub(super) fn mark(head: &mut Head, lines: &Lines<'_>, controls: &[usize]) {
    let inexact = head.fields.iter().find(|field| !is_shown(field, lines)).map(|field| field.line);
    // Of a dump that does not begin with a head, it is not known where the head is cut.
    if inexact.is_some_and(|number| dumped(line(lines, number), false).is_some()) {
        head.unclear.push(Unclear::CutOff);
        return;
    }
    // A start line with nothing behind it may be what somebody wrote of another, if no form marks it.
    let is_marked = matches!(line(lines, head.line).first(), Some(b'<' | b':'));
    let lone = Some(head.line).filter(|_| head.fields.is_empty() && !is_marked);
    let inexact = inexact
        .or(lone)
        .or_else(|| inexact_start_line(head, lines))
        .or_else(|| stray_line(head, lines))
        .or_else(|| control_line(head, lines, controls));
    head.unclear.extend(inexact.map(Unclear::Inexact));
}

/// Whether this is a status among the words of a log, and no head.
pub(super) fn is_word(head: &Head, lines: &Lines<'_>) -> bool {
    let text = line(lines, head.line).trim_ascii_start();
    let begins = |word: &[u8]| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    head.fields.is_empty() && !begins(b"HTTP/") && !begins(b"status") && !begins(b":status")
}

fn line<'a>(lines: &'a Lines<'_>, number: usize) -> &'a [u8] {
    lines.get(number.saturating_sub(1)).map(|(_, line)| line.as_ref()).unwrap_or_default()
}

/// Whether a field stands on a line of its own, or, as developer tools show it, its name on one and its value on the next.
fn is_shown(Field { name, value, line: number, .. }: &Field, lines: &Lines<'_>) -> bool {
    let (written, next) = (line(lines, *number), line(lines, number + 1));
    let Some((start, rest)) = trim_ows(written).split_at_checked(name.len()) else { return false };
    let is_one_line = rest.strip_prefix(b":").is_some_and(|rest| trim_ows(rest) == value);
    let are_two_lines = (rest.is_empty() || rest == b":") && trim_ows(next) == value;
    start.eq_ignore_ascii_case(name) && !written.starts_with(b" ") && (is_one_line || are_two_lines)
}

/// Whether the start line was read, and not put together of what a pane or HTTP/2 shows in its place.
fn has_read_start_line(head: &Head, lines: &Lines<'_>) -> bool {
    let shown = line(lines, head.line);
    shown.windows(5).any(|window| window.eq_ignore_ascii_case(b"HTTP/")) && !head.has(":method")
}

/// The line of the start line, where that is not all that stands on it.
fn inexact_start_line(head: &Head, lines: &Lines<'_>) -> Option<usize> {
    let is_inexact = has_read_start_line(head, lines) && trim_ows(line(lines, head.line)) != head.start_line;
    is_inexact.then_some(head.line)
}

/// The lines on which its fields stand.
fn taken(head: &Head) -> HashSet<usize> {
    head.fields.iter().map(|field| field.line).collect()
}

/// A line between the fields that is neither one of them nor another field: what is shown may be another head's, or not all of this one.
fn stray_line(head: &Head, lines: &Lines<'_>) -> Option<usize> {
    let taken = taken(head);
    let (first, last) = taken.iter().min().zip(taken.iter().max())?;
    // Developer tools show a name on one line, with a colon or without, and on the next its value, which may be spelt as a name is.
    let is_alone = |number: &usize| matches!(behind_name(line(lines, *number)), Some((_, b"" | b":")));
    let is_paired = taken.iter().any(is_alone);
    let mut at = if has_read_start_line(head, lines) { head.line + 1 } else { *first };
    while at < *last {
        let has_value = is_paired && is_alone(&at) && (taken.contains(&at) || !taken.contains(&(at + 1)));
        let is_other_field = || match behind_name(line(lines, at)) {
            Some((name, rest)) => !is_known_name(name) && (has_value || rest.starts_with(b":")),
            None => line(lines, at).trim_ascii().is_empty(),
        };
        if !taken.contains(&at) && !is_other_field() {
            return Some(at);
        }
        at += if has_value { 2 } else { 1 };
    }
    None
}

/// A line with a control character, in the head or beside it: in a field that is not the handshake's it is as wrong (RFC 9110, section
/// 5.5).
fn control_line(head: &Head, lines: &Lines<'_>, controls: &[usize]) -> Option<usize> {
    let last = taken(head).into_iter().max().unwrap_or(head.line).max(head.line);
    let behind = controls.partition_point(|number| *number < head.line);
    let before = behind.checked_sub(1).and_then(|at| controls.get(at));
    let is_beside = |from: usize, to: usize| to - from <= NEAR && (from..to).all(|number| !line(lines, number).is_empty());
    let at = controls.get(behind).filter(|at| **at <= last || is_beside(last, **at));
    at.or(before.filter(|at| is_beside(**at, head.line))).copied()
}

/// The lines that have a control character, in their order.
pub(super) fn controls(lines: &Lines<'_>) -> Vec<usize> {
    let has_control = |line: &[u8]| line.iter().any(|b| b.is_ascii_control() && *b != b'\t');
    lines.iter().filter(|(_, line)| has_control(line)).map(|(number, _)| *number).collect()
}

/// What may be the name of a field at the beginning of a line, and what stands behind it. HTTP/2 has some that begin with a colon.
fn behind_name(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = trim_ows(line);
    let end = text.iter().skip(1).position(|&b| b == b':').map_or(text.len(), |at| at + 1);
    text.split_at_checked(end).filter(|(name, _)| is_token(name.strip_prefix(b":").unwrap_or(name)))
}
