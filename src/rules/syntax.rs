//! The checks of either head: its lines, and HTTP/2.

use super::broken::Broken;
use super::evidence::{enumerate, quote, quote_all};
use super::scene::{Scene, has_token, is_extended_connect};
use crate::head::{Head, Irregularity, KEY, Kind};

/// `line 2 in the request`, or `lines 2, 3 in the response`, for the irregularities that are meant.
fn lines_with(head: &Head, meant: &Irregularity) -> Option<String> {
    let of_kind = head.irregularities.iter().filter(|(_, irregularity)| irregularity == meant);
    let lines: Vec<_> = of_kind.map(|(line, _)| line.to_string()).collect();
    let noun = if lines.len() > 1 { "lines" } else { "line" };
    (!lines.is_empty()).then(|| format!("{noun} {} in the {}", enumerate(lines.into_iter()), kind(head)))
}

fn kind(head: &Head) -> &'static str {
    match head.kind() {
        Kind::Request => "request",
        Kind::Response => "response",
    }
}

pub(super) fn head_unterminated(_: &Scene, head: &Head) -> Option<Broken> {
    lines_with(head, &Irregularity::Unterminated).map(|lines| Broken::new(format!("no empty line after {lines}")))
}

pub(super) fn head_bare_lf(_: &Scene, head: &Head) -> Option<Broken> {
    lines_with(head, &Irregularity::BareLf).map(|lines| Broken::new(format!("LF without CR ends {lines}")))
}

pub(super) fn head_bare_cr(_: &Scene, head: &Head) -> Option<Broken> {
    lines_with(head, &Irregularity::BareCr).map(|lines| Broken::new(format!("CR without LF in {lines}")))
}

pub(super) fn head_folded(_: &Scene, head: &Head) -> Option<Broken> {
    let lines = lines_with(head, &Irregularity::Folded)?;
    Some(Broken::new(format!("folded {lines}, expected one line per field")))
}

pub(super) fn head_field_syntax(_: &Scene, head: &Head) -> Option<Broken> {
    let wrong = head.irregularities.iter().filter_map(|(line, irregularity)| {
        let what = match irregularity {
            Irregularity::SpaceBeforeColon => "a space before the colon".to_owned(),
            Irregularity::SpaceBeforeFirstField => "a space before the first field".to_owned(),
            Irregularity::NoColon(text) => format!("no colon in {}", quote(text)),
            Irregularity::InvalidName(name) => format!("the name {} is not a token", quote(name)),
            Irregularity::Control(byte) => format!("the control character {}", quote(&[*byte])),
            Irregularity::BareLf | Irregularity::BareCr | Irregularity::Folded | Irregularity::Unterminated => return None,
        };
        Some(format!("line {line} in the {}: {what}", kind(head)))
    });
    let wrong = enumerate(wrong);
    (!wrong.is_empty()).then(|| Broken::new(wrong))
}

const HTTP2_REMEDY: &str = "use HTTP/1.1 (`curl --http1.1`) or extended CONNECT";

pub(super) fn http2_upgrade(scene: &Scene, head: &Head) -> Option<Broken> {
    let is_request = scene.exchange().request.as_ref().is_some_and(|request| std::ptr::eq(request, head));
    let upgrade = has_token(head, "Upgrade", "websocket");
    let what = if !is_request {
        (head.status() == Some(101)).then(|| "HTTP/2 has no 101".to_owned())
    } else if head.method() == Some(b"CONNECT") {
        upgrade.then(|| "a CONNECT over HTTP/2 has no Upgrade".to_owned())
    } else {
        let what = if upgrade { "Upgrade" } else { "Sec-WebSocket-Key" };
        (upgrade || head.has(KEY)).then(|| format!("{what} has no meaning in HTTP/2"))
    };
    what.map(|what| Broken::new(format!("{what}: {HTTP2_REMEDY}")))
}

pub(super) fn http2_connect(_: &Scene, head: &Head) -> Option<Broken> {
    is_extended_connect(head).then(|| Broken::new("an extended CONNECT: there is no key to judge"))
}

pub(super) fn duplicate(head: &Head, name: &str) -> Option<Broken> {
    let count = head.get_all(name).count();
    (count > 1).then(|| Broken::new(format!("duplicate {name} ({count} lines): {}", quote_all(head, name))))
}
