//! Where a capture goes on elsewhere: what stands below such a line may be of another connection than what stands above.

use super::names::is_omission;
use super::text::find;
use std::borrow::Cow;
use std::collections::HashMap;

/// What those say who write logs where they leave out lines: syslog, journald, rsyslog, the kernel.
const LOSSES: [&[u8]; 5] = [b"last message repeated", b": Suppressed ", b"messages lost", b"messages dropped", b"drop messages"];

/// What has one exchange, and a number in headings.
const NUMBERED: [&[u8]; 6] = [b"connection", b"conn", b"exchange", b"session", b"socket", b"stream"];

/// The longest heading.
const LONGEST_HEADING: usize = 40;

/// The lines with a number, as `cat -n` writes it, that the numbered line above does not lead up to.
pub(super) fn gaps(lines: &[(usize, Cow<'_, [u8]>)]) -> Vec<usize> {
    let mut last = None;
    let mut is_gap = |line: &[u8]| {
        let before = last;
        let now = count(line);
        last = now.or(last);
        before.zip(now).is_some_and(|(before, now): (u64, u64)| before.checked_add(1) != Some(now))
    };
    lines.iter().filter(|(_, line)| is_gap(line)).map(|(number, _)| *number).collect()
}

/// The number that `cat -n` gave to a line.
fn count(line: &[u8]) -> Option<u64> {
    let line = line.trim_ascii_start();
    let end = line.iter().take(20).position(|b| !b.is_ascii_digit()).filter(|&end| line[end] == b'\t')?;
    str::from_utf8(&line[..end]).ok()?.parse().ok()
}

/// The lines that say that others were left out, that another file begins, or another connection.
pub(super) fn marks(lines: &[(usize, Cow<'_, [u8]>)]) -> Vec<usize> {
    let (mut found, mut last) = (Vec::new(), HashMap::new());
    for (at, (number, line)) in lines.iter().enumerate() {
        // A prefix is no heading: the next line has it too.
        let is_prefix = || lines.get(at + 1).is_some_and(|(_, next)| next.get(..4) == line.get(..4));
        let named = heading(line).filter(|_| !is_prefix());
        let is_other = named.is_some_and(|(word, number)| last.insert(word, number).is_some_and(|before| before != number));
        if is_other || is_break(line) {
            found.push(*number);
        }
    }
    found
}

/// What a heading names, and its number: `stream 3:`, `## Connection #2`.
fn heading(line: &[u8]) -> Option<(&'static [u8], &[u8])> {
    let text = Some(line.trim_ascii()).filter(|text| text.len() <= LONGEST_HEADING)?;
    let mut words = text.split(|b| !b.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let first = words.next()?;
    let word = NUMBERED.into_iter().find(|word| first.eq_ignore_ascii_case(word))?;
    let number = words.next().filter(|number| number.iter().all(u8::is_ascii_digit))?;
    words.next().is_none().then_some((word, number))
}

/// Whether a capture goes on elsewhere behind a line: others were left out, or another file begins, as `grep` and `tail` say.
pub(super) fn is_break(line: &[u8]) -> bool {
    let text = line.trim_ascii();
    let is_of_tool = is_omission(text) || text == b"--" || text.starts_with(b"==> ") && text.ends_with(b" <==");
    is_of_tool || LOSSES.iter().any(|words| find(text, words).is_some())
}
