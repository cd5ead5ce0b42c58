//! The checks of what follows the head of a 101: the first frames, and how the stream goes on.

use super::subject::Subject;
use super::violation::{Level, Violation};
use crate::escape::quote;
use crate::extensions::extensions;
use crate::frame::Frame;
use crate::head::{ACCEPT, Behind, Head, Irregularity, StreamEnd};

/// Whether the response agrees on permessage-deflate, which gives RSV1 a meaning (RFC 7692, section 6).
fn deflates(head: &Head) -> bool {
    extensions(head).is_ok_and(|names| names.iter().any(|name| name.eq_ignore_ascii_case(b"permessage-deflate")))
}

/// The server's frames in what follows a head, up to the Close frame, and what is wrong with the last of them.
fn read_frames<'a>(behind: &'a Behind, head: &Head) -> (Vec<Frame<'a>>, Option<String>) {
    let deflates = deflates(head);
    let (mut bytes, mut frames, mut is_inside) = (behind.bytes.as_slice(), Vec::new(), false);
    while let Some(frame) = Frame::read(bytes) {
        let is_clients = frame.masked && behind.is_mixed;
        let fault = if is_clients { None } else { frame.fault(deflates, is_inside) };
        if !is_clients {
            frames.push(frame);
            if fault.is_some() || frame.opcode == Frame::CLOSE {
                return (frames, fault);
            }
            if frame.opcode < Frame::CLOSE {
                is_inside = !frame.fin;
            }
        }
        bytes = usize::try_from(frame.size).ok().and_then(|size| bytes.get(size..)).unwrap_or_default();
    }
    // Of a frame that has just begun, the first byte tells enough.
    let first = bytes.first().map(|first| [*first, 0]);
    let fault = first.as_ref().and_then(|begun| Frame::read(begun)).and_then(|frame| frame.fault(deflates, is_inside));
    (frames, fault)
}

pub(super) fn after_101(subject: &Subject, head: &Head) -> Option<Violation> {
    let behind = subject.exchange().behind.as_ref()?;
    let (frames, fault) = read_frames(behind, head);
    let (fault, bytes) = (fault?, &behind.bytes);
    // What is no frame from the first byte on was not meant for one.
    let is_first = frames.len() <= 1;
    let is_text = bytes.iter().take(16).all(|b| matches!(b, b' '..=b'~' | b'\t' | b'\r' | b'\n'));
    Some(Violation::new(match bytes.as_slice() {
        [b'\r' | b'\n', ..] if is_first && accept_ends_in_lf(head) => {
            "the head ended early: a line feed follows the accept value, as encoders that wrap lines put there (encodebytes, \
             encode64, base64 without -w0); strip it"
                .to_owned()
        }
        [b'\r', b'\n', ..] | [b'\n', ..] if is_first => {
            "one line ending too many: the head ends with its first empty line, and what follows is frames".to_owned()
        }
        [b'<', ..] if is_first && is_text => format!("markup, where frames are expected: {}", quote(bytes)),
        _ if is_first && is_text => format!("text, where frames are expected: {}", quote(bytes)),
        _ => format!("not a frame that a server may send: {fault}: {}", quote(bytes.get(..16).unwrap_or(bytes))),
    }))
}

/// Whether LF alone ends the line of the accept value, and the head with it.
fn accept_ends_in_lf(head: &Head) -> bool {
    let line = head.fields.iter().rfind(|field| field.name.eq_ignore_ascii_case(ACCEPT.as_bytes())).map(|field| field.line);
    line.is_some_and(|line| head.irregularities.contains(&(line, Irregularity::BareLf)))
}

pub(super) fn ended_after_101(subject: &Subject, head: &Head) -> Option<Violation> {
    let behind = subject.exchange().behind.as_ref()?;
    let (frames, fault) = read_frames(behind, head);
    match frames.last().filter(|last| last.opcode == Frame::CLOSE && fault.is_none()) {
        Some(close) => {
            let code = close.close_code().map_or_else(|| "no code".to_owned(), |code| format!("the code {code}"));
            Some(Violation::new(format!("a Close frame with {code} follows at once")).weighs(Level::Note))
        }
        None if behind.end == StreamEnd::Server => {
            Some(Violation::new("the server ended the connection at once, without a Close frame: browsers report 1006"))
        }
        None => None,
    }
}
