//! What an answer other than the 101 means, and what to try, from what it shows.

use super::{Broken, Level, Side, has_token, lacks, show, show_all};
use crate::head::Head;

/// Explains `status`. `fault` is a rule that the request breaks, and who broke it; `followed` tells that the capture goes on,
/// so that a redirection or a demand for credentials was perhaps obeyed.
pub(super) fn explain(status: u16, head: &Head, request: Option<&Head>, fault: Option<(&str, Side)>, followed: bool) -> Broken {
    if let 100..200 = status {
        return Broken::new(format!("{status} is an interim answer: the final one was not seen")).weighs(Level::Note);
    }
    let (means, side) = match (status, fault) {
        (300..=399, _) => (redirection(head), Side::Client),
        (401, _) => (credentials(head, "WWW-Authenticate"), Side::Client),
        (407, _) => (credentials(head, "Proxy-Authenticate"), Side::Client),
        (403, _) => (forbidden(request), Side::Client),
        (404, _) => (not_found(request), Side::Client),
        (_, Some((rule, side))) => (format!("the request breaks {rule}"), side),
        (426, None) => upgrade_required(head, request),
        (200..300, None) => ordinary(head),
        (400, None) => (bad_request(request), Side::Server),
        (502..505, _) => ("a gateway got no answer from the server behind it".to_owned(), Side::Between),
        (500.., _) => ("the server failed at it: its log says why".to_owned(), Side::Server),
        _ => ("the server refuses the request".to_owned(), Side::Server),
    };
    let shown = ["Server", "Via"].map(|name| match head.all(name).next() {
        Some(_) => format!(" ({name}: {})", show_all(head, name)),
        None => String::new(),
    });
    let broken = Broken::new(format!("{status} instead of 101: {means}{}", shown.concat())).by(side);
    // A client that obeys asks again; what it got then is judged there.
    if followed && matches!(status, 300..=399 | 401 | 407) { broken.weighs(Level::Note) } else { broken }
}

fn redirection(head: &Head) -> String {
    let there = match head.one("Location") {
        Some(place) => format!("; ask {} instead", show(place)),
        None if lacks(head, "Location") => "; it names no Location".to_owned(),
        None => String::new(),
    };
    format!("a redirection, which browsers do not follow here{there}")
}

fn credentials(head: &Head, name: &str) -> String {
    let wanted = head.all(name).next().map(|_| format!(" ({name}: {})", show_all(head, name)));
    format!("credentials are asked for{}", wanted.unwrap_or_default())
}

fn forbidden(request: Option<&Head>) -> String {
    let known = request.map(|request| request.one("Origin").map(show));
    match known {
        Some(Some(origin)) => format!("forbidden, often for the Origin, which is {origin}"),
        Some(None) => "forbidden, often for the Origin, and none was seen in the request".to_owned(),
        None => "forbidden, often for the Origin of the request".to_owned(),
    }
}

fn not_found(request: Option<&Head>) -> String {
    let target = request.and_then(Head::target).map_or_else(|| "this path".to_owned(), show);
    format!("there is nothing at {target}, or a proxy dropped Upgrade on the way and the server has no page there")
}

/// Nothing that was seen of the request is wrong.
fn upgrade_required(head: &Head, request: Option<&Head>) -> (String, Side) {
    let versions = head.all("Sec-WebSocket-Version").next().map(|_| show_all(head, "Sec-WebSocket-Version"));
    let spoken = versions.map(|versions| format!("; the server speaks version {versions}")).unwrap_or_default();
    if request.is_some_and(|request| has_token(request, "Upgrade", "websocket")) {
        return (format!("the request asks for the Upgrade, so something on the way dropped it{spoken}"), Side::Between);
    }
    (format!("the server saw no Upgrade, or no version that it speaks{spoken}"), Side::Client)
}

fn ordinary(head: &Head) -> (String, Side) {
    let means = "an ordinary answer: nothing at this path speaks WebSocket, or a proxy dropped Upgrade on the way";
    (means.to_owned(), if head.all("Via").next().is_some() { Side::Between } else { Side::Server })
}

fn bad_request(request: Option<&Head>) -> String {
    match request {
        Some(_) => "a bad request, though nothing is wrong with it as it was seen: a proxy may have dropped Upgrade on the way, \
                    or the server wants more (Origin, a subprotocol, credentials)"
            .to_owned(),
        None => "a bad request, which was not seen".to_owned(),
    }
}
