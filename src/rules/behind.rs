//! The checks of what follows the head of a 101: the first frames, and how the stream goes on.

use super::subject::Subject;
use super::violation::{Level, Violation};
use crate::escape::quote;
use crate::extensions::{Deflate, Party, extensions};
use crate::frame::{Compression, Frame, Frames};
use crate::head::{ACCEPT, Behind, Head, Irregularity, StreamEnd};

/// The longest payload that Node's ws takes unless it is told otherwise.
const NODES_MOST: u64 = 100 << 20;

/// The most frames of one message that it takes.
const NODES_MOST_FRAGMENTS: usize = 16 << 10;

/// What the response agrees on about compression, which gives RSV1 a meaning (RFC 7692, section 6).
fn compression(head: &Head) -> Compression {
    let agreed = extensions(head).unwrap_or_default();
    let Some(deflate) = agreed.iter().find(|extension| extension.is_deflate()) else { return Compression::None };
    let agreed = Deflate::read(deflate, Party::Server).unwrap_or_default();
    Compression::Deflate { is_taken_over: !agreed.no_server_takeover, window_bits: agreed.server_bits.unwrap_or(15) }
}

/// The server's frames in what follows a head, and what is wrong with the last of them.
#[must_use]
pub fn frames_behind<'a>(head: &Head, behind: &'a Behind) -> Frames<'a> {
    Frames::read(&behind.bytes, compression(head), behind.is_mixed)
}

/// What some clients take and others fail the connection over.
fn contested(frames: &Frames) -> Option<String> {
    if frames.fault.is_some() {
        return None;
    }
    if let Some(long) = frames.all.iter().find(|frame| frame.length > NODES_MOST) {
        return Some(format!("a frame of {} bytes: Node's clients take 100 MiB", long.length));
    }
    let mut data = frames.all.iter().filter(|frame| frame.opcode < Frame::CLOSE);
    let mut fragments = 0;
    let is_one_too_many = |frame: &Frame| {
        fragments += 1;
        let is_one_too_many = fragments > NODES_MOST_FRAGMENTS;
        fragments = if frame.fin { 0 } else { fragments };
        is_one_too_many
    };
    if data.any(is_one_too_many) {
        return Some(format!("a message in more than {NODES_MOST_FRAGMENTS} frames: Node's ws takes no more"));
    }
    if frames.is_message_too_large {
        let found = "a compressed message becomes 16 MiB or more: compressed messages are not looked at from there on";
        return Some(found.to_owned());
    }
    let found = "a compressed message must end with an empty stored block whose last four bytes, 00 00 ff ff, are left out \
                 (RFC 7692 7.2.1): some clients fail over the next message";
    frames.is_message_cut.then(|| found.to_owned())
}

/// Whether nothing more is said of these frames than of their beginning.
#[must_use]
pub fn are_plain(frames: &Frames) -> bool {
    !frames.is_settled() && contested(frames).is_none()
}

pub(super) fn after_101(subject: &Subject, head: &Head) -> Option<Violation> {
    let behind = subject.exchange().behind.as_ref()?;
    let frames = frames_behind(head, behind);
    let found = contested(&frames);
    let Frames { all, last_at, fault, behind_close, .. } = frames;
    if !behind_close.is_empty() {
        let count = behind_close.len();
        let noun = if count == 1 { "byte" } else { "bytes" };
        return Some(
            Violation::new(format!("{count} {noun} behind a Close frame, which is the last: {}", quote(behind_close)))
                .weighs(Level::Warn),
        );
    }
    if let Some(found) = found {
        return Some(Violation::new(found).weighs(Level::Warn));
    }
    let (fault, bytes) = (fault?, &behind.bytes);
    // What is no frame from the first byte on was not meant for one.
    let is_first = all.len() <= 1;
    let is_text = bytes.iter().take(16).all(|b| matches!(b, b' '..=b'~' | b'\t' | b'\r' | b'\n'));
    let frame = bytes.get(last_at..).unwrap_or_default();
    let shown = quote(frame.get(..16).unwrap_or(frame));
    // A masked frame may be the client's, and this is wrong from either.
    if behind.is_mixed && frame.get(1).is_some_and(|second| second & 0x80 != 0) {
        return Some(Violation::new(format!("not a frame that either side may send: {fault}: {shown}")).by_any(None));
    }
    Some(Violation::new(match bytes.as_slice() {
        _ if is_first && is_text && accept_ends_in_lf(head) => {
            "the head ended early: a line feed follows the accept value, as encoders that wrap lines put there (encodebytes, \
             encode64, base64 without -w0); strip it"
                .to_owned()
        }
        [b'\r', b'\n', ..] | [b'\n', ..] if is_first => {
            "one line ending too many: the head ends with its first empty line, and what follows is frames".to_owned()
        }
        [b'<', ..] if is_first && is_text => format!("markup, where frames are expected: {}", quote(bytes)),
        _ if is_first && is_text => format!("text, where frames are expected: {}", quote(bytes)),
        _ => format!("not a frame that a server may send: {fault}: {shown}"),
    }))
}

/// Whether LF alone ends the line of the accept value and no other line, and so makes the line ending behind it an empty line.
fn accept_ends_in_lf(head: &Head) -> bool {
    let last = head.fields.last().filter(|last| last.name.eq_ignore_ascii_case(ACCEPT.as_bytes()));
    let mut ends = head.irregularities.iter().filter(|(_, irregularity)| *irregularity == Irregularity::BareLf);
    last.is_some_and(|last| ends.next().is_some_and(|(line, _)| *line == last.line)) && ends.next().is_none()
}

pub(super) fn ended_after_101(subject: &Subject, head: &Head) -> Option<Violation> {
    let behind = subject.exchange().behind.as_ref()?;
    let frames = frames_behind(head, behind);
    match frames.close() {
        Some(close) => {
            let code = close.close_code().map_or_else(|| "no code".to_owned(), |code| format!("the code {code}"));
            let when = if behind.end == StreamEnd::Unseen { "" } else { " at once" };
            let found = format!("a Close frame with {code} follows{when}");
            Some(match close.close_code() {
                // RFC 6455, section 7.4.
                Some(1004 | 1016..=2999) => {
                    Violation::new(format!("{found}: it is reserved, and some clients fail the connection")).weighs(Level::Warn)
                }
                // In a capture of a whole session it is the usual end.
                _ if behind.end == StreamEnd::Unseen && frames.all.len() > 1 => return None,
                _ => Violation::new(found).weighs(Level::Note),
            })
        }
        None if behind.end == StreamEnd::Server => {
            Some(Violation::new("the server ended the connection at once, without a Close frame: browsers report 1006"))
        }
        None => None,
    }
}
