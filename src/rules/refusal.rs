//! What a response other than the 101 means, and what to try, from what it shows.

use super::evidence::quote_all;
use super::refusals::{PASS_ON, Refusal};
use super::side::Side;
use super::subject::{has_token, is_extended_connect, lacks};
use super::violation::{Level, Said, Violation};
use super::words::{is_coded, telling_line, text};
use crate::escape::quote;
use crate::head::{Exchange, Head, VERSION, authority_and_target};

/// With `challenge`, Cloudflare says that it asked for proof of a person.
const MITIGATED: &str = "cf-mitigated";

/// Explains the status of `head`, the response of the exchange. `fault` is a rule that the request breaks, and who broke it; `followed`
/// tells that the capture goes on, so that a redirect or a demand for credentials was perhaps obeyed.
pub(super) fn explain(
    exchange: &Exchange,
    head: &Head,
    request: Option<&Head>,
    fault: Option<(&str, Option<Side>)>,
    followed: bool,
) -> Violation {
    let status = head.status().unwrap_or_default();
    if let 100..200 = status {
        return Violation::new(format!("{status} is an interim response: the final one was not seen")).weighs(Level::Note);
    }
    // Of what may have two reasons, nobody is named.
    let (meaning, side) = match (status, fault) {
        (304, _) => not_modified(request),
        (300..=399, _) => redirect(head, request, exchange.is_over_tls),
        // Without the field that names their scheme (RFC 9110, section 11.6.1), servers say this of other refusals too.
        (401, _) if lacks(head, "WWW-Authenticate") => {
            ("credentials are required, or the server refuses something else, such as the Origin".to_owned(), None)
        }
        (401, _) => credentials(head, request, "WWW-Authenticate", "Authorization"),
        (407, _) => credentials(head, request, "Proxy-Authenticate", "Proxy-Authorization"),
        (403, _) if head.has(MITIGATED) => (mitigated(head), Some(Side::Proxy)),
        (403, _) => (forbidden(request), None),
        (404, _) => (not_found(request), None),
        (429, _) => (too_many(head), Some(Side::Client)),
        (520..=526 | 530, _) if is_cloudflare(head) => (edge(status), None),
        (_, Some((rule, side))) => (format!("the request breaks {rule}"), side),
        (426, None) => (upgrade_required(head, request), None),
        (200..300, None) => (
            "an ordinary response: nothing at this path speaks WebSocket, or a proxy dropped Upgrade on the way".to_owned(),
            None,
        ),
        (400, None) => (bad_request(request), None),
        // It is at fault itself, or the server is down or slow.
        (502 | 504, _) => ("a gateway got no usable response from the server behind it".to_owned(), None),
        (503, _) => ("out of service: the server, or what a proxy has behind it".to_owned(), None),
        (500.., _) => ("an error of the server, or of a proxy before it; see their logs".to_owned(), None),
        _ => ("the server refuses the request".to_owned(), None),
    };
    let said = said(head, exchange.body.as_deref());
    let proof = said.as_ref().and_then(|said| said.refusal).filter(|refusal| refusal.is_proof());
    let (meaning, side) =
        proof.map_or((meaning, side), |proof| (proof.means.to_owned(), proof.side(request, exchange.is_over_tls)));
    let senders = ["Server", "Via", "cf-ray", "Retry-After"].map(|name| {
        // What is too many says when to come back.
        let is_told = head.has(name) && !(status == 429 && name == "Retry-After");
        if is_told { format!(" ({name}: {})", quote_all(head, name)) } else { String::new() }
    });
    let is_unexplained = fault.is_none() && said.as_ref().is_none_or(|said| said.refusal.is_none());
    let hints = [Some(not_read(exchange, head)), is_unexplained.then(|| of_nginx(head, status))];
    let hints = hints.into_iter().flatten().collect::<String>();
    let broken =
        Violation::new(format!("{status} instead of 101: {meaning}{}{hints}", senders.concat())).by_any(side).saying(said);
    // A client that obeys asks again; what it got then is judged there.
    if followed && matches!(status, 300..=399 | 401 | 407) { broken.weighs(Level::Note) } else { broken }
}

/// That a body is there, and why it is not told.
fn not_read(exchange: &Exchange, head: &Head) -> String {
    let has_body = exchange.body.as_ref().is_some_and(|body| !body.is_empty());
    if !(has_body && is_coded(head)) {
        return String::new();
    }
    let asked = exchange.request.as_ref().is_some_and(|request| request.has("Accept-Encoding"));
    let allowed = if asked { ", as Accept-Encoding allows" } else { "" };
    format!("; its body is not read: Content-Encoding is {}{allowed}", quote_all(head, "Content-Encoding"))
}

/// What nginx itself is the server of has no Upgrade either, so it is no more than a hint.
fn of_nginx(head: &Head, status: u16) -> String {
    let is_nginx = head.get("Server").is_some_and(|server| server.starts_with(b"nginx"));
    let may_have_dropped = matches!(status, 200 | 400 | 404 | 426);
    if may_have_dropped && is_nginx { format!("; if nginx is a proxy here, {PASS_ON}") } else { String::new() }
}

/// What the response says beyond its status; nothing where it says nothing.
fn said(head: &Head, body: Option<&[u8]>) -> Option<Said> {
    let text = body.and_then(|body| text(head, body));
    let line = text.as_ref().and_then(|text| telling_line(head, text));
    let refusal = Refusal::find(head, text.as_deref().unwrap_or_default());
    (line.is_some() || refusal.is_some()).then_some(Said { line, refusal })
}

/// Words that the path or the host of a page has where one logs in.
const LOGIN: [&str; 11] =
    ["login", "signin", "sign-in", "sign_in", "logon", "sso", "auth", "oauth", "oauth2", "authorize", "saml"];

/// Parameters by which such a page leads back.
const BACK: [&str; 9] =
    ["redirect", "redirect_uri", "redirect_url", "return", "return_to", "returnurl", "next", "rd", "relaystate"];

/// How a server learns that a request came over TLS to the proxy before it.
const KNOW_TLS: &str = "pass X-Forwarded-Proto on in the proxy, and have the server trust it";

/// RFC 9110, section 15.4.5.
fn not_modified(request: Option<&Head>) -> (String, Option<Side>) {
    let condition = ["If-None-Match", "If-Modified-Since"].into_iter().find(|name| request.is_some_and(|head| head.has(name)));
    match condition {
        Some(name) => (format!("not modified: the request has {name}, which makes it conditional"), Some(Side::Client)),
        None => ("not modified, which answers If-None-Match or If-Modified-Since; perhaps a cache sent it".to_owned(), None),
    }
}

/// What a redirect means, and who is to act; nobody is named where that depends on whether the request went over TLS, or on what the
/// server knows of that.
fn redirect(head: &Head, request: Option<&Head>, is_over_tls: Option<bool>) -> (String, Option<Side>) {
    let Some(location) = head.get("Location") else {
        let without = if lacks(head, "Location") { ", without a Location" } else { "" };
        return (format!("a redirect, which browsers do not follow here{without}"), Some(Side::Client));
    };
    let (authority, target) = authority_and_target(location);
    let asked = request.and_then(Head::target).map(|asked| authority_and_target(asked).1);
    let host = request.and_then(|request| request.get("Host"));
    let is_same_host =
        authority.is_none_or(|authority| host.is_some_and(|host| name_of(authority).eq_ignore_ascii_case(name_of(host))));
    let begins = |schemes: [&[u8]; 2]| schemes.iter().any(|scheme| location.starts_with(scheme));
    let is_tls = begins([b"https:", b"wss:"]);
    let loses_tls = begins([b"http:", b"ws:"]) && is_over_tls == Some(true);
    let is_same_port = authority.is_none() || authority.map(without_default_port) == host.map(without_default_port);
    let (shown, url) = (quote(location), quote(&as_websocket(location)));
    let advice = if loses_tls {
        format!("{shown} would lose TLS, of which the server perhaps does not know: {KNOW_TLS}")
    } else {
        format!("use {url}")
    };
    let meaning = match asked {
        // A proxy that ends TLS may have another port than the server knows of.
        Some(asked) if is_same_host && is_tls && asked == target => return to_tls(&shown, is_over_tls),
        Some(asked) if is_same_host && is_same_port && asked == target && !loses_tls => return to_itself(&shown),
        Some(asked) if is_same_host && differ_by_slash(&asked, &target) => {
            // Nor does it know the port that a container's host forwards.
            let advice = if is_same_port { advice } else { format!("use the path {}", quote(&target)) };
            format!(
                "a redirect that only adds or drops the slash at the end of the path, which browsers do not follow here; {advice}"
            )
        }
        _ if is_login(authority, &target, is_same_host) => format!(
            "a redirect to what looks like a login page ({shown}), which no WebSocket client can fill in; send the cookie or the \
             token of a session"
        ),
        _ if loses_tls => format!("a redirect, which browsers do not follow here; {advice}"),
        // Where it leads may be known inside alone: whoever sent it, or passed it on, may be wrong.
        _ => return (format!("a redirect, which browsers do not follow here; it leads to {url}"), None),
    };
    (meaning, Some(Side::Client).filter(|_| !loses_tls))
}

/// A URL with the scheme that a WebSocket client takes; a path stays one.
fn as_websocket(location: &[u8]) -> Vec<u8> {
    match location.strip_prefix(b"http") {
        Some(rest) if rest.starts_with(b":") || rest.starts_with(b"s:") => [b"ws", rest].concat(),
        _ => location.to_vec(),
    }
}

/// A redirect to the same place over TLS.
fn to_tls(location: &str, is_over_tls: Option<bool>) -> (String, Option<Side>) {
    let (side, fix) = match is_over_tls {
        Some(false) => (Some(Side::Client), "use wss://".to_owned()),
        // It would lead there for ever, or until a cookie comes back.
        Some(true) => (None, format!("the request went over TLS: {KNOW_TLS}; or send the cookie that it sets")),
        None => (None, format!("use wss://; if the request went over TLS, {KNOW_TLS}, or send the cookie that it sets")),
    };
    (format!("a redirect to the same place over TLS, which browsers do not follow here; {fix} ({location})"), side)
}

fn to_itself(location: &str) -> (String, Option<Side>) {
    let meaning = "a redirect to the very place that was asked for, which browsers do not follow here: perhaps it sets a cookie that \
                   is to come back";
    (format!("{meaning} ({location})"), None)
}

fn without_default_port(authority: &[u8]) -> Vec<u8> {
    let port = [b":443".as_slice(), b":80"].into_iter().find(|port| authority.ends_with(port)).unwrap_or_default();
    authority[..authority.len() - port.len()].to_ascii_lowercase()
}

/// An authority without its port.
fn name_of(authority: &[u8]) -> &[u8] {
    let colon =
        authority.iter().rposition(|&b| b == b':').filter(|&colon| authority[colon..].iter().skip(1).all(u8::is_ascii_digit));
    &authority[..colon.unwrap_or(authority.len())]
}

/// Whether two targets have the same path but for a slash at its end, and the same query.
fn differ_by_slash(one: &[u8], other: &[u8]) -> bool {
    let parts = |target: &[u8]| {
        let (path, query) = target.split_at(target.iter().position(|&b| b == b'?').unwrap_or(target.len()));
        (path.strip_suffix(b"/").unwrap_or(path).to_vec(), query.to_vec())
    };
    one != other && parts(one) == parts(other)
}

/// Whether a redirect leads to where one logs in: its path or its host says so, or it leaves the host and tells where to come back to.
fn is_login(authority: Option<&[u8]>, target: &[u8], is_same_host: bool) -> bool {
    let target = target.to_ascii_lowercase();
    let (path, query) = target.split_at(target.iter().position(|&b| b == b'?').unwrap_or(target.len()));
    let is_one_of = |words: &[&str], found: &[u8]| words.iter().any(|word| found == word.as_bytes());
    let authority = authority.unwrap_or_default().to_ascii_lowercase();
    let mut words = path.split(|b| b"/.;".contains(b)).chain(authority.split(|&b| b == b'.'));
    let mut names = query.split(|b| b"?&".contains(b)).filter_map(|pair| pair.split(|&b| b == b'=').next());
    let is_new_session = [b"/session/new".as_slice(), b"/sessions/new"].iter().any(|end| path.ends_with(end));
    is_new_session || words.any(|word| is_one_of(&LOGIN, word)) || !is_same_host && names.any(|name| is_one_of(&BACK, name))
}

/// RFC 9110, sections 11.6 and 11.7.
fn credentials(head: &Head, request: Option<&Head>, name: &str, answer: &str) -> (String, Option<Side>) {
    let wanted = if head.has(name) { format!(" ({name}: {})", quote_all(head, name)) } else { String::new() };
    if request.is_some_and(|request| request.has(answer)) {
        return (format!("the {answer} that was sent is not accepted, or did not arrive{wanted}"), None);
    }
    (format!("credentials are required{wanted}"), request.map(|_| Side::Client))
}

fn forbidden(request: Option<&Head>) -> String {
    let origin = match request.map(|request| request.get("Origin").map(quote)) {
        Some(Some(origin)) => format!(" ({origin})"),
        Some(None) => " (none was seen in the request)".to_owned(),
        None => String::new(),
    };
    format!("forbidden, often because of the Origin{origin}, the path or credentials")
}

fn mitigated(head: &Head) -> String {
    let values = quote_all(head, MITIGATED);
    format!(
        "a bot check of the edge stopped it ({MITIGATED}: {values}), which no WebSocket client can answer; exempt this path from it"
    )
}

/// RFC 6585, section 4.
fn too_many(head: &Head) -> String {
    let wait = if head.has("Retry-After") { format!("; Retry-After: {}", quote_all(head, "Retry-After")) } else { String::new() };
    format!("too many requests{wait}")
}

/// Whether Cloudflare's edge answered, as far as its fields tell; others use its codes for what they like.
fn is_cloudflare(head: &Head) -> bool {
    head.has("cf-ray") || head.get("Server").is_some_and(|server| server.eq_ignore_ascii_case(b"cloudflare"))
}

/// The codes of Cloudflare's own, with which its edge speaks of the server behind it.
fn edge(status: u16) -> String {
    let what = match status {
        521 => "refuses the connection",
        522 => "did not answer the connection in time",
        523 => "is unreachable",
        524 => "sent no response in time",
        525 => "failed the TLS handshake",
        526 => "has a certificate that is not valid",
        530 => "cannot be found, or its tunnel is down: the body has a code from 1000 on",
        _ => "sent something that is no response",
    };
    format!("Cloudflare's edge got no usable response: the server behind it {what}")
}

fn not_found(request: Option<&Head>) -> String {
    let target = request.and_then(Head::target).map_or_else(|| "this path".to_owned(), quote);
    // An extended CONNECT has no Upgrade to lose.
    let dropped = if request.is_some_and(is_extended_connect) {
        ""
    } else {
        ", or a proxy dropped Upgrade on the way and the server has no page there"
    };
    format!("there is nothing at {target}{dropped}")
}

/// Nothing that was seen of the request is wrong.
fn upgrade_required(head: &Head, request: Option<&Head>) -> String {
    let versions =
        if head.has(VERSION) { format!("; the server supports version {}", quote_all(head, VERSION)) } else { String::new() };
    if request.is_some_and(|request| has_token(request, "Upgrade", "websocket")) {
        return format!("the request asks for the upgrade: perhaps a proxy dropped it on the way{versions}");
    }
    format!("the server saw no Upgrade, or no version that it supports{versions}")
}

fn bad_request(request: Option<&Head>) -> String {
    match request {
        Some(_) => "nothing that was seen of the request is wrong: a proxy may have dropped Upgrade on the way, or the server \
                    wants something else (another path, an Origin, a subprotocol, credentials)"
            .to_owned(),
        None => "a bad request; the request was not seen".to_owned(),
    }
}
