//! Where a capture goes on elsewhere: what stands below such a line may be of another connection than what stands above.

use super::names::{is_known_name, is_omission};
use super::text::find;
use std::borrow::Cow;

/// What those say who write logs where they leave out lines: syslog, journald, rsyslog, the kernel.
const LOSSES: [&[u8]; 5] = [b"last message repeated", b": Suppressed ", b"messages lost", b"messages dropped", b"drop messages"];

/// What has one exchange, and a number in headings.
const NUMBERED: [&[u8]; 6] = [b"connection", b"conn", b"exchange", b"session", b"socket", b"stream"];

/// The longest heading that nothing marks as one.
const LONGEST_HEADING: usize = 40;

/// What the heading above a head says of any handshake.
const OF_HANDSHAKES: &str = "answer answers by client for from got handshake head header headers http of opening raw received reply \
                             request requests response responses returned sends sent server the to upgrade websocket";

/// The lines that say that others were left out, that another file begins, or another connection.
pub(super) fn marks(lines: &[(usize, Cow<'_, [u8]>)]) -> Vec<usize> {
    let (mut found, mut above) = (Vec::new(), None);
    for (at, (number, line)) in lines.iter().enumerate() {
        // A prefix is no heading: the next line has it too.
        let is_prefix = || lines.get(at + 1).is_some_and(|(_, next)| next.get(..4) == line.get(..4));
        let named = named_by_heading(line).or_else(|| numbered(line).filter(|_| !is_prefix()));
        // What is named first may stand above all of them.
        let is_other = named.is_some_and(|named| above.replace(named.clone()).is_some_and(|above| above != named));
        if is_other || is_break(line) {
            found.push(*number);
        }
    }
    found
}

/// What a line by itself names, and its number: `stream 3:`.
fn numbered(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let text = Some(line.trim_ascii()).filter(|text| text.len() <= LONGEST_HEADING)?;
    let words = text.split(|b| !b.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).map(<[u8]>::to_ascii_lowercase);
    let mut words: Vec<_> = words.collect();
    let is_numbered = words.len() == 2 && NUMBERED.contains(&words[0].as_slice()) && words[1].iter().all(u8::is_ascii_digit);
    words.sort_unstable();
    is_numbered.then_some(words)
}

/// What a heading names beside that, `## client A` or `=== stream 3 ===`: its words, in the order of the alphabet.
fn named_by_heading(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let text = line.trim_ascii();
    let level = text.iter().take_while(|b| **b == b'#').count();
    let is_markdown = (1..=6).contains(&level) && text.get(level) == Some(&b' ');
    if !(is_markdown || text.starts_with(b"==") && text.ends_with(b"==")) {
        return None;
    }
    let text = text.get(level..).unwrap_or_default().trim_ascii();
    // Of a head that is commented out, it is a line.
    let name = text.split(|&b| b == b':').next().unwrap_or_default();
    let is_field = name.len() < text.len() && !name.contains(&b' ') && (name.contains(&b'-') || is_known_name(name));
    if is_field || find(text, b"HTTP/").is_some() {
        return None;
    }
    // `1. Request`
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let text = text[digits..].strip_prefix(b".").filter(|_| digits > 0).unwrap_or(text);
    let words = text.split(|b| !b.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).map(<[u8]>::to_ascii_lowercase);
    let mut words: Vec<_> = words.filter(|word| !OF_HANDSHAKES.split(' ').any(|other| other.as_bytes() == word)).collect();
    words.sort_unstable();
    (!words.is_empty()).then_some(words)
}

/// Whether a capture goes on elsewhere behind a line: others were left out, or another file begins, as `grep` and `tail` say.
pub(super) fn is_break(line: &[u8]) -> bool {
    let text = line.trim_ascii();
    let is_of_tool = is_omission(text) || text == b"--" || text.starts_with(b"==> ") && text.ends_with(b" <==");
    is_of_tool || LOSSES.iter().any(|words| find(text, words).is_some())
}
