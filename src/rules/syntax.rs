//! The checks of either head: its lines, and HTTP/2.

use super::{Broken, KEY, Scene, connects, enumerate, has_token, show};
use crate::head::{Head, Oddity};

/// `line 2 in the request`, or `lines 2, 3 in the response`, for those oddities that are meant.
pub(super) fn odd_lines(head: &Head, meant: &Oddity) -> Option<String> {
    let lines: Vec<_> = head.odd.iter().filter(|(_, oddity)| oddity == meant).map(|(line, _)| line.to_string()).collect();
    let noun = if lines.len() > 1 { "lines" } else { "line" };
    (!lines.is_empty()).then(|| format!("{noun} {} in the {}", enumerate(lines.into_iter()), kind(head)))
}

pub(super) fn kind(head: &Head) -> &'static str {
    if head.is_response() { "response" } else { "request" }
}

pub(super) fn head_unterminated(_: &Scene, head: &Head) -> Option<Broken> {
    odd_lines(head, &Oddity::Unterminated).map(|lines| Broken::new(format!("no empty line after {lines}")))
}

pub(super) fn head_bare_lf(_: &Scene, head: &Head) -> Option<Broken> {
    odd_lines(head, &Oddity::BareLf).map(|lines| Broken::new(format!("LF without CR ends {lines}")))
}

pub(super) fn head_bare_cr(_: &Scene, head: &Head) -> Option<Broken> {
    odd_lines(head, &Oddity::BareCr).map(|lines| Broken::new(format!("CR without LF in {lines}")))
}

pub(super) fn head_folded(_: &Scene, head: &Head) -> Option<Broken> {
    odd_lines(head, &Oddity::Folded).map(|lines| Broken::new(format!("a fold on {lines}, expected one line a field")))
}

pub(super) fn head_field_syntax(_: &Scene, head: &Head) -> Option<Broken> {
    let said = head.odd.iter().filter_map(|(line, oddity)| {
        let what = match oddity {
            Oddity::BlankBeforeColon => "a blank before the colon".to_owned(),
            Oddity::BlankBeforeFirst => "a blank before the first field".to_owned(),
            Oddity::NoColon(text) => format!("no colon in {}", show(text)),
            Oddity::BadName(name) => format!("the name {} is not a token", show(name)),
            Oddity::Control(byte) => format!("the control character {}", show(&[*byte])),
            Oddity::BareLf | Oddity::BareCr | Oddity::Folded | Oddity::Unterminated => return None,
        };
        Some(format!("line {line} in the {}: {what}", kind(head)))
    });
    let said = enumerate(said);
    (!said.is_empty()).then(|| Broken::new(said))
}

const HTTP2_REMEDY: &str = "use HTTP/1.1 (`curl --http1.1`) or extended CONNECT";

pub(super) fn http2_upgrade(scene: &Scene, head: &Head) -> Option<Broken> {
    let is_request = scene.exchange.request.as_ref().is_some_and(|request| std::ptr::eq(request, head));
    let upgrade = has_token(head, "Upgrade", "websocket");
    let what = if !is_request {
        (head.status() == Some(101)).then(|| "HTTP/2 has no 101".to_owned())
    } else if head.method() == Some(b"CONNECT") {
        upgrade.then(|| "a CONNECT over HTTP/2 has no Upgrade".to_owned())
    } else {
        let key = head.all(KEY).next().is_some();
        let what = if upgrade { "Upgrade" } else { "Sec-WebSocket-Key" };
        (upgrade || key).then(|| format!("{what} means nothing over HTTP/2"))
    };
    what.map(|what| Broken::new(format!("{what}: {HTTP2_REMEDY}")))
}

pub(super) fn http2_connect(_: &Scene, head: &Head) -> Option<Broken> {
    connects(head).then(|| Broken::new("an extended CONNECT: there is no key to judge"))
}
