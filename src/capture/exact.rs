//! Whether a text shows a head as it was sent, or in a form that may hide what was wrong with it.

use super::decode::dumped;
use super::prefix::Prefix;
use super::text::find;
use crate::head::{Field, Head, Unclear, is_token, trim_ows};
use std::borrow::Cow;

/// A line that is longer is not looked at: it may hold very many fields, each of which would be looked for in it.
const LONGEST_LINE: usize = 1 << 12;

/// Says so of a head that was put together from these lines, if one of them may hide something.
pub(super) fn mark(head: &mut Head, lines: &[(usize, Cow<'_, [u8]>)]) {
    let line = |number: usize| {
        let line = lines.get(number.saturating_sub(1)).map(|(_, line)| line.as_ref());
        line.filter(|line| line.len() <= LONGEST_LINE).unwrap_or_default()
    };
    // Developer tools show a name and its value on two lines.
    let is_alone = |number, text: &[u8]| trim_ows(line(number)).eq_ignore_ascii_case(text);
    let is_shown = |Field { name, value, line: number }: &Field| {
        shows(line(*number), name, value) || is_alone(*number, name) && trim_ows(line(number + 1)) == value
    };
    let inexact = head.fields.iter().find(|field| !is_shown(field)).map(|field| field.line);
    // Of a dump that does not begin with a head, it is not known where the head is cut.
    if inexact.is_some_and(|number| dumped(line(number), false).is_some()) {
        head.unclear.push(Unclear::CutOff);
        return;
    }
    // A start line that was put together of fields stands nowhere.
    let is_read = find(line(head.line), b"HTTP/").is_some() && !head.has(":method");
    let is_inexact = is_read && !shows(line(head.line), b"", &head.start_line);
    let stray = || {
        let wrapping = Wrapping::new(line(head.line), &head.start_line)?;
        let last = head.fields.iter().map(|field| field.line).max()?;
        (head.line + 1..last).find(|number| wrapping.holds_no_field(line(*number)))
    };
    let stray = || stray().filter(|_| is_read);
    head.unclear.extend(inexact.or(is_inexact.then_some(head.line)).or_else(stray).map(Unclear::Inexact));
}

/// What stands around a start line, and so, perhaps, around the fields behind it.
struct Wrapping {
    before: Prefix,
    after: Option<u8>,
}

impl Wrapping {
    fn new(line: &[u8], start_line: &[u8]) -> Option<Self> {
        let (before, rest) = line.split_at(find(line, start_line)?);
        Some(Self { before: Prefix::new(before), after: rest.get(start_line.len()).copied() })
    }

    /// Whether a line between the fields of a head shows something, and no field.
    fn holds_no_field(&self, line: &[u8]) -> bool {
        let unwrapped = self.before.strip(line).and_then(|(text, _)| text.split(|&b| Some(b) == self.after).next());
        let text = unwrapped.unwrap_or(line);
        let name = text.split(|&b| b == b':').next().unwrap_or_default();
        let has_name = name.len() < text.len() && (unwrapped.is_none() || is_token(name));
        text.iter().any(u8::is_ascii_alphanumeric) && !has_name
    }
}

/// Whether a line shows a text whole: up to its end behind `name:`, or in quotes or brackets.
fn shows(line: &[u8], name: &[u8], text: &[u8]) -> bool {
    let mut from = 0;
    while let Some(at) = line.get(from..).and_then(|rest| find(rest, text)).map(|at| from + at) {
        let (before, after) = (&line[..at], &line[at + text.len()..]);
        if is_whole(before, name, after) {
            return true;
        }
        from = at + 1;
    }
    false
}

fn is_whole(before: &[u8], name: &[u8], after: &[u8]) -> bool {
    let Some(closing) = after.trim_ascii_start().first() else { return is_behind(before, name).is_some() };
    if after.first() != Some(closing) || after.get(1) == Some(closing) || !b"\"'`]".contains(closing) {
        return false;
    }
    let opening = if *closing == b']' { b'[' } else { *closing };
    before.ends_with(&[opening]) || is_behind(before, name).is_some_and(|prefix| prefix.contains(&opening))
}

/// What stands before `name:`, where nothing else stands before a value; before a start line, all.
fn is_behind<'a>(before: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    if name.is_empty() {
        return Some(before);
    }
    let written = before.trim_ascii_end().strip_suffix(b":")?;
    let (prefix, written) = written.split_at_checked(written.len().checked_sub(name.len())?)?;
    let is_apart = !prefix.last().is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'-');
    (written.eq_ignore_ascii_case(name) && is_apart).then_some(prefix)
}
