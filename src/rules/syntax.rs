//! The checks of either head: its lines, and HTTP/2.

use super::evidence::{enumerate, quote_all};
use super::subject::{Subject, has_token, is_extended_connect};
use super::violation::{Level, Violation};
use crate::escape::quote;
use crate::head::{Head, Irregularity, KEY, Kind};

/// `line 2 in the request`, or `lines 2, 3 in the response`, for the irregularities that are meant.
fn lines_with(head: &Head, meant: &Irregularity) -> Option<String> {
    let of_kind = head.irregularities.iter().filter(|(_, irregularity)| irregularity == meant);
    let mut lines: Vec<_> = of_kind.map(|(line, _)| line.to_string()).collect();
    // All lines of one packet are on the line of the packet.
    lines.dedup();
    let noun = if lines.len() > 1 { "lines" } else { "line" };
    (!lines.is_empty()).then(|| format!("{noun} {} in the {}", enumerate(lines.into_iter()), kind(head)))
}

fn kind(head: &Head) -> &'static str {
    match head.kind() {
        Kind::Request => "request",
        Kind::Response => "response",
    }
}

pub(super) fn head_unterminated(_: &Subject, head: &Head) -> Option<Violation> {
    lines_with(head, &Irregularity::Unterminated).map(|lines| Violation::new(format!("no empty line after {lines}")))
}

pub(super) fn head_bare_lf(_: &Subject, head: &Head) -> Option<Violation> {
    lines_with(head, &Irregularity::BareLf).map(|lines| Violation::new(format!("LF without CR ends {lines}")))
}

/// The most bytes of empty lines that Chromium skips before a status line.
const MOST_EMPTY: usize = 4;

pub(super) fn head_empty_lines(_: &Subject, head: &Head) -> Option<Violation> {
    let bytes = head.irregularities.iter().find_map(|(_, irregularity)| match irregularity {
        Irregularity::EmptyLines(bytes) if *bytes > MOST_EMPTY => Some(bytes),
        _ => None,
    })?;
    Some(Violation::new(format!("{bytes} bytes of empty lines before the status line: Chromium skips {MOST_EMPTY} at most")))
}

pub(super) fn head_bare_cr(_: &Subject, head: &Head) -> Option<Violation> {
    lines_with(head, &Irregularity::BareCr).map(|lines| Violation::new(format!("CR without LF in {lines}")))
}

pub(super) fn head_folded(_: &Subject, head: &Head) -> Option<Violation> {
    let lines = lines_with(head, &Irregularity::Folded)?;
    Some(Violation::new(format!("folded {lines}, expected one line per field")))
}

pub(super) fn head_field_syntax(_: &Subject, head: &Head) -> Option<Violation> {
    let wrong = head.irregularities.iter().filter_map(|(line, irregularity)| {
        let what = match irregularity {
            Irregularity::SpaceBeforeColon => "a space before the colon".to_owned(),
            Irregularity::SpaceBeforeFirstField => "a space before the first field".to_owned(),
            Irregularity::NoColon(text) => format!("no colon in {}", quote(text)),
            Irregularity::InvalidName(name) => format!("the name {} is not a token", quote(name)),
            Irregularity::Control(byte) => format!("the control character {}", quote(&[*byte])),
            Irregularity::BareLf
            | Irregularity::BareCr
            | Irregularity::Folded
            | Irregularity::Unterminated
            | Irregularity::EmptyLines(_) => return None,
        };
        Some(format!("line {line} in the {}: {what}", kind(head)))
    });
    let wrong = enumerate(wrong);
    let weighed = |violation: Violation| if is_reason_alone(head) { violation.weighs(Level::Warn) } else { violation };
    (!wrong.is_empty()).then(|| weighed(Violation::new(wrong)))
}

/// Whether all that is wrong is a control character in the reason phrase, which clients skip; NUL they do not.
fn is_reason_alone(head: &Head) -> bool {
    // A packet has one line for all that is in it.
    let is_in_field = |byte: u8| head.fields.iter().any(|field| field.name.contains(&byte) || field.value.contains(&byte));
    let is_in_start = |byte: u8, line: usize| {
        head.fields.first().is_none_or(|first| line < first.line) || head.start_line.contains(&byte) && !is_in_field(byte)
    };
    head.kind() == Kind::Response
        && head.irregularities.iter().all(|(line, irregularity)| match irregularity {
            Irregularity::Control(byte) => *byte != 0 && is_in_start(*byte, *line),
            Irregularity::BareLf
            | Irregularity::BareCr
            | Irregularity::Folded
            | Irregularity::Unterminated
            | Irregularity::EmptyLines(_) => true,
            _ => false,
        })
}

const HTTP2_REMEDY: &str = "use HTTP/1.1 (`curl --http1.1`) or extended CONNECT";

pub(super) fn http2_upgrade(subject: &Subject, head: &Head) -> Option<Violation> {
    let is_request = subject.exchange().request.as_ref().is_some_and(|request| std::ptr::eq(request, head));
    let upgrade = has_token(head, "Upgrade", "websocket");
    let what = if !is_request {
        (head.status() == Some(101)).then(|| "HTTP/2 has no 101".to_owned())
    } else if head.method() == Some(b"CONNECT") {
        upgrade.then(|| "a CONNECT over HTTP/2 has no Upgrade".to_owned())
    } else {
        let what = if upgrade { "Upgrade" } else { "Sec-WebSocket-Key" };
        (upgrade || head.has(KEY)).then(|| format!("{what} has no meaning in HTTP/2"))
    };
    what.map(|what| Violation::new(format!("{what}: {HTTP2_REMEDY}")))
}

pub(super) fn http2_connect(_: &Subject, head: &Head) -> Option<Violation> {
    is_extended_connect(head).then(|| Violation::new("an extended CONNECT: there is no key to judge"))
}

pub(super) fn duplicate(head: &Head, name: &str) -> Option<Violation> {
    let count = head.get_all(name).count();
    (count > 1).then(|| Violation::new(format!("duplicate {name} ({count} lines): {}", quote_all(head, name))))
}
