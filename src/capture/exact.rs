//! Whether a text shows a head as it was sent, or in a form that may hide what was wrong with it.

use super::decode::dumped;
use super::names::is_known_name;
use crate::head::{Field, Head, Unclear, is_token, trim_ows};
use std::borrow::Cow;
use std::collections::HashSet;

type Lines<'a> = [(usize, Cow<'a, [u8]>)];

/// Says so of a head that was put together from these lines. Only what stands on lines of its own is exact: what was cut out of its
/// surroundings may have had more, or be another's.
pub(super) fn mark(head: &mut Head, lines: &Lines<'_>) {
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
        .or_else(|| lone_name(head, lines));
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

/// A line between the fields that is the name of one, as developer tools show it, and was not taken.
fn lone_name(head: &Head, lines: &Lines<'_>) -> Option<usize> {
    let taken = taken(head);
    let (first, last) = taken.iter().min().zip(taken.iter().max())?;
    let is_name = |number: usize| {
        let text = trim_ows(line(lines, number));
        is_known_name(text.strip_suffix(b":").unwrap_or(text))
    };
    // A value may be spelt as a name is: Connection's is `Upgrade`.
    let is_free = |number: usize| !taken.contains(&number) && !taken.contains(&(number - 1));
    (*first..*last).find(|number| is_free(*number) && is_name(*number))
}

/// A line between the start line and the last field that is none, or one of a field that was not taken.
fn stray_line(head: &Head, lines: &Lines<'_>) -> Option<usize> {
    let taken = taken(head);
    let last = taken.iter().max().filter(|_| has_read_start_line(head, lines))?;
    let is_stray = |number: &usize| {
        let text = trim_ows(line(lines, *number));
        let name = text.split(|&b| b == b':').next().unwrap_or_default();
        let is_other_field = name.len() < text.len() && is_token(name) && !is_known_name(name);
        !text.is_empty() && !is_other_field && !taken.contains(number)
    };
    (head.line + 1..*last).find(is_stray)
}
