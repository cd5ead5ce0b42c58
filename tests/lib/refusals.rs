//! What refusals say: the responses of real software, and the texts of bodies.

use crate::rules::REQUEST;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use wskey::head::{Exchange, Head};
use wskey::rules::{Certainty, Finding, Level, REFUSALS, Refusal, Side, Sign, judge};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/refusals")
}

/// The response of real software that has this name.
fn kept(id: &str) -> Vec<u8> {
    fs::read(folder().join(format!("{id}.http"))).unwrap_or_else(|error| panic!("{id}: {error}"))
}

/// The head and the body of a response.
fn parts(response: &[u8]) -> (Head, Vec<u8>) {
    let head = Head::parse(response);
    let body = head.body(&response[head.len..]);
    (head, body)
}

/// What `response-status` finds in the response to a request.
fn found(request: &str, response: &[u8]) -> Finding {
    found_over(None, request, response)
}

/// The same where it is known whether the request went over TLS.
fn found_over(is_over_tls: Option<bool>, request: &str, response: &[u8]) -> Finding {
    let (head, body) = parts(response);
    let mut exchange = Exchange::new(Some(Head::parse(request.as_bytes())), Some(head));
    exchange.body = Some(body);
    exchange.is_over_tls = is_over_tls;
    judge(&[exchange]).into_iter().find(|finding| finding.rule.id == "response-status").expect("it is refused")
}

/// The line of the body that is told.
fn line(response: &str) -> Option<String> {
    found(REQUEST, response.as_bytes()).said.and_then(|said| said.line)
}

#[test]
fn each_refusal_was_made_by_real_software_and_is_no_other() {
    let names: Vec<_> = fs::read_dir(folder()).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect();
    let names = names.iter().filter_map(|name| name.to_str()?.strip_suffix(".http"));
    let names: BTreeSet<_> = names.collect();
    assert_eq!(names, REFUSALS.iter().map(|refusal| refusal.id).collect(), "responses, and rows");
    assert_eq!(names.len(), REFUSALS.len(), "an id is there twice");
    for name in names {
        let (head, body) = parts(&kept(name));
        let made: Vec<_> = REFUSALS.iter().filter(|refusal| refusal.is_made(&head, &body)).map(|refusal| refusal.id).collect();
        assert_eq!(made, [name]);
    }
}

#[test]
fn a_refusal_has_all_that_is_told() {
    for refusal in REFUSALS {
        assert!(!refusal.signs.is_empty(), "{}", refusal.id);
        for text in [refusal.who, refusal.means, refusal.fix, refusal.source] {
            assert!(!text.trim().is_empty() && !text.ends_with('.'), "{}: {text:?}", refusal.id);
        }
        let is_version = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
        assert!(refusal.source.split(' ').any(is_version), "{}: {} has no version", refusal.id, refusal.source);
    }
}

/// The request as it must be was sent: whoever got another one has an intermediary before it. What only suggests names the side that
/// the status names without it.
#[test]
fn whose_fault_it_is() {
    for refusal in REFUSALS {
        let response = kept(refusal.id);
        let (head, _) = parts(&response);
        let by_status = judge(&[Exchange::new(Some(Head::parse(REQUEST.as_bytes())), Some(head))]);
        let by_status = by_status.iter().find(|finding| finding.rule.id == "response-status").expect("it is refused");
        let finding = found(REQUEST, &response);
        let expected = match refusal.certainty {
            Certainty::Lost(_) => Some(Side::Proxy),
            Certainty::Plain => None,
            Certainty::Proves(side) => side,
            _ => by_status.side,
        };
        assert_eq!((finding.side, finding.level), (expected, Level::Error), "{}", refusal.id);
        assert_eq!(finding.message.contains(refusal.means), refusal.is_proof(), "{}: {}", refusal.id, finding.message);
    }
}

/// Where a status may have two reasons, nobody is named; the request is right.
#[test]
fn a_status_that_may_have_two_reasons_names_nobody() {
    let ask = "WWW-Authenticate: Basic realm=a\r\nProxy-Authenticate: Basic\r\n";
    let bot = "cf-mitigated: challenge\r\n";
    for (status, fields, side) in [
        (200, "", None),
        (200, "Via: 1.1 a\r\n", None),
        (302, "Location: /\r\n", None),
        (302, "Location: /chat\r\nSet-Cookie: a=b\r\n", None),
        (304, "", None),
        (400, "", None),
        (401, "", None),
        (401, ask, Some(Side::Client)),
        (403, "", None),
        (403, bot, Some(Side::Proxy)),
        (404, "", None),
        (407, ask, Some(Side::Client)),
        (410, "", None),
        (426, "", None),
        (429, "", Some(Side::Client)),
        (500, "", None),
        (502, "", None),
        (503, "", None),
        (504, "", None),
        (520, "Server: MyApp\r\n", None),
        (522, "", None),
        (522, "Server: cloudflare\r\n", None),
        (526, "cf-ray: 8a-FRA\r\n", None),
        (530, "cf-ray: 8a-FRA\r\n", None),
    ] {
        let response = format!("HTTP/1.1 {status} A\r\n{fields}Content-Length: 0\r\n\r\n");
        assert_eq!(found(REQUEST, response.as_bytes()).side, side, "{status} {fields}");
    }
}

/// What nginx says of itself does not tell whether it is a proxy here.
#[test]
fn a_hint_for_nginx() {
    let response = |status: &str, server: &str| format!("HTTP/1.1 {status}\r\nServer: {server}\r\nContent-Length: 0\r\n\r\n");
    let has_hint = |status: &str, server: &str| {
        let message = found(REQUEST, response(status, server).as_bytes()).message;
        message.contains("if nginx is a proxy here") && message.contains("proxy_set_header Upgrade $http_upgrade")
    };
    for status in ["200 OK", "400 Bad Request", "404 Not Found", "426 Upgrade Required"] {
        assert!(has_hint(status, "nginx/1.22.1"), "{status}");
        assert!(!has_hint(status, "Apache"), "{status}");
    }
    assert!(!has_hint("403 Forbidden", "nginx"));
    for id in ["nginx-certificate", "nginx-header"] {
        assert!(!found(REQUEST, &kept(id)).message.contains("if nginx is a proxy here"), "{id}");
    }
}

/// A 304 answers what makes a request conditional (RFC 9110, section 13.1).
#[test]
fn not_modified() {
    for name in ["If-None-Match", "If-Modified-Since"] {
        let request = REQUEST.replace("Upgrade: websocket\r\n", &format!("Upgrade: websocket\r\n{name}: a\r\n"));
        let finding = found(&request, b"HTTP/1.1 304 Not Modified\r\n\r\n");
        let expected = format!("304 instead of 101: not modified: the request has {name}, which makes it conditional");
        assert_eq!((finding.side, finding.message), (Some(Side::Client), expected));
    }
}

/// Who refuses TLS where there should be none proves that an intermediary speaks so where the client did not; else it may be either.
#[test]
fn whose_fault_a_plain_request_is() {
    for (id, is_over_tls, side) in
        [("nginx-tls", Some(false), None), ("go-tls", Some(true), Some(Side::Proxy)), ("apache-tls", None, None)]
    {
        assert_eq!(found_over(is_over_tls, REQUEST, &kept(id)).side, side, "{id}");
    }
}

/// Of two lines Beast reads the first; others join them (RFC 9110, section 5.3).
#[test]
fn two_connection_lines() {
    let two = REQUEST.replace("Connection: Upgrade\r\n", "Connection: keep-alive\r\nConnection: Upgrade\r\n");
    for id in ["beast-connection-token", "websockets-connection"] {
        assert_eq!((found(&two, &kept(id)).side, found(REQUEST, &kept(id)).side), (None, Some(Side::Proxy)), "{id}");
    }
}

/// A client that sends it wrong is told so.
#[test]
fn a_part_that_the_client_did_not_send_was_not_lost() {
    let without = |line: &str| {
        assert!(REQUEST.contains(line), "{line}");
        REQUEST.replace(line, "")
    };
    for (id, request) in [
        ("ws-key", without("Sec-WebSocket-Key: Zx8rNEkBE4xnwifpuh8DHQ==\r\n")),
        ("ws-key", REQUEST.replace("DHQ==", "DHQ")),
        ("ws-version", without("Sec-WebSocket-Version: 13\r\n")),
        ("autobahn-connection", without("Connection: Upgrade\r\n")),
        ("tornado-upgrade", without("Upgrade: websocket\r\n")),
        ("sockjs-upgrade", without("Connection: Upgrade\r\n")),
        ("go-host", without("Host: server.example.com\r\n")),
        ("websockets-http10", REQUEST.replace("HTTP/1.1", "HTTP/1.0")),
    ] {
        assert_eq!(found(&request, &kept(id)).side, Some(Side::Client), "{id}");
    }
}

#[test]
fn what_a_real_refusal_says() {
    for (id, expected) in [
        ("ws-key", "Missing or invalid Sec-WebSocket-Key header"),
        ("websockets-connection", "Failed to open a WebSocket connection: invalid Connection header: keep-alive."),
        ("express-route", "Cannot GET /chat"),
        ("fastify-route", "Route GET:/chat not found"),
        ("engine-session-http", "Session ID unknown"),
        ("nginx-tls", "400 The plain HTTP request was sent to HTTPS port"),
        ("haproxy-servers", "No server is available to handle this request."),
        (
            "apache-tls",
            "Your browser sent a request that this server could not understand. Reason: You're speaking plain HTTP to an \
            SSL-enabled server port. Instead use the HTTPS scheme to access this URL, please.",
        ),
    ] {
        let said = found(REQUEST, &kept(id)).said.expect("text");
        assert_eq!(said.line.as_deref(), Some(expected), "{id}");
    }
    for id in ["nginx-gateway", "ws-no-upgrade", "gorilla-origin"] {
        let said = found(REQUEST, &kept(id)).said.expect("it is known");
        assert_eq!(said.line, None, "{id} says no more than its status does");
    }
}

#[test]
fn the_line_that_says_most() {
    for (body, expected) in [
        ("", None),
        ("  \r\n", None),
        ("no\r\nmore", Some("no")),
        ("\u{feff}no", Some("no")),
        ("<p>one</p><p>two</p>", Some("one")),
        ("<style>a { b }</style><script>if (a < b) { c(\"</p>\") }</script><P>no</P>", Some("no")),
        (
            "<!-- <p>hidden</p> --><title>Bad Request</title><h1>no <b>cookie</b> &amp; no&nbsp;token &lt;&#39;&#x41;&quot;&gt;</h1>",
            Some("no cookie & no token <'A\">"),
        ),
        ("<p>a &b; &#xfffffff; & c</p>", Some("a &b; &#xfffffff; & c")),
        ("<html", None),
        ("<script>never ends", None),
        ("1 < 2", Some("1 < 2")),
        ("Bad request.\n", Some("Bad request.")),
        ("<h1>Error 400: Bad Request</h1>", None),
        ("<h1>Bad Request</h1><p>Bad Requests are refused</p>", Some("Bad Requests are refused")),
        (r#"{"error":{"code":7,"message":"token \"a\" \u0041\n expired"}}"#, Some("token \"a\" A expired")),
        (r#"{"error":"no token"}"#, Some("no token")),
        (r#"{"detail": "no", "error": "Bad Request"}"#, Some("no")),
        // As NestJS, OAuth servers and Tomcat write.
        (r#"{"message":["id must be a UUID","a"],"error":"Bad Request","statusCode":400}"#, Some("id must be a UUID")),
        (r#"{"message":"Bad Request","reason":"no tenant"}"#, Some("no tenant")),
        (r#"{"error":"invalid_token","message":"Bad Request"}"#, Some("invalid_token")),
        (r#"{"message":"Bad Request"}"#, Some("Bad Request")),
        (
            "<h1>HTTP Status 400 \u{2013} Bad Request</h1><p><b>Type</b> Status Report</p><p><b>Message</b> no room</p>",
            Some("Message no room"),
        ),
        (r#"{"code":1}"#, Some(r#"{"code":1}"#)),
        ("{\n  \"code\": 4001,\n  \"info\": \"token expired\"\n}", Some("token expired")),
        ("{\n  \"code\": 4001\n}", Some(r#"{ "code": 4001 }"#)),
        ("{\n}", None),
        ("[error]\nno token", Some("[error]")),
        (
            r#"{"message":"a \ud83d\ude00 b \ud83d c \ude00 d \ud83d\u0041 \uzzzz"}"#,
            Some("a \u{1f600} b \u{fffd} c \u{fffd} d \u{fffd}A \u{fffd}"),
        ),
        ("<p title=\"a > b\" class='>'>no</p>", Some("no")),
        ("<p title=\"a>no</p>", Some("no")),
        (r#"[{"message":"#, Some(r#"[{"message":"#)),
        ("a\0b", None),
        ("\x1b[2Jno", Some("\x1b[2Jno")),
    ] {
        let response = format!("HTTP/1.1 400 Bad Request\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        assert_eq!(line(&response).as_deref(), expected, "{body}");
    }
}

#[test]
fn the_line_is_bounded_and_its_last_character_whole() {
    let long = |text: &str| line(&format!("HTTP/1.1 400 Bad Request\r\n\r\n{text}")).expect("text");
    assert_eq!(long(&"a".repeat(200)), "a".repeat(200));
    assert_eq!(long(&"a".repeat(201)), "a".repeat(200) + "...");
    assert_eq!(long(&"\u{20ac}".repeat(70)), "\u{20ac}".repeat(66) + "...");
    // The 16 KiB that are kept end inside a character.
    assert_eq!(long(&("a\n".to_owned() + &"\u{20ac}".repeat(16 * 1024))), "a");
}

#[test]
fn what_is_no_text_says_nothing() {
    for response in [
        "HTTP/1.1 400 Bad Request\r\nContent-Encoding: gzip\r\n\r\nno".as_bytes(),
        b"HTTP/1.1 400 Bad Request\r\n\r\n\xff\xfe\x00no",
        b"HTTP/1.1 400 Bad Request\r\n\r\nno \xff and more of it",
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\nno",
        b"HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nno",
    ] {
        assert_eq!(found(REQUEST, response).said.and_then(|said| said.line), None, "{}", String::from_utf8_lossy(response));
    }
    let not_read = |request: &str, body: &str| {
        found(request, format!("HTTP/1.1 418 x\r\nContent-Encoding: gzip\r\n\r\n{body}").as_bytes()).message
    };
    let asking = REQUEST.replace("\r\n\r\n", "\r\nAccept-Encoding: gzip\r\n\r\n");
    let coded = "; its body is not read: Content-Encoding is `gzip`";
    assert_eq!(
        [not_read(REQUEST, "a"), not_read(&asking, "a"), not_read(&asking, "")],
        [coded, &format!("{coded}, as Accept-Encoding allows"), ""]
            .map(|more| format!("418 instead of 101: the server refuses the request{more}"))
    );
}

/// Credentials that were sent may be wrong, or may not have arrived.
#[test]
fn credentials_that_are_not_enough() {
    let response = b"HTTP/1.1 401 x\r\nWWW-Authenticate: Bearer\r\n\r\n";
    let with = REQUEST.replace("\r\n\r\n", "\r\nAuthorization: Bearer abc\r\n\r\n");
    let found = |request| {
        let Finding { side, message, .. } = found(request, response);
        (side, message)
    };
    let without = "401 instead of 101: credentials are required (WWW-Authenticate: `Bearer`)";
    assert_eq!(found(REQUEST), (Some(Side::Client), without.to_owned()));
    let refused =
        "401 instead of 101: the Authorization that was sent is not accepted, or did not arrive (WWW-Authenticate: `Bearer`)";
    assert_eq!(found(&with), (None, refused.to_owned()));
}

/// Who was on the way, and when to come back.
#[test]
fn fields_that_help() {
    let message = |fields: &str| found(REQUEST, format!("HTTP/1.1 503 x\r\n{fields}\r\n").as_bytes()).message;
    let text = "503 instead of 101: out of service: the server, or what a proxy has behind it";
    assert_eq!(message("Retry-After: 30\r\n"), format!("{text} (Retry-After: `30`)"));
    assert_eq!(message("cf-ray: 8a-FRA\r\nVia: 1.1 a\r\n"), format!("{text} (Via: `1.1 a`) (cf-ray: `8a-FRA`)"));
    let proven = found(REQUEST, b"HTTP/1.1 400 x\r\nVia: 1.1 a\r\n\r\nMissing or invalid Sec-WebSocket-Key header");
    assert_eq!(proven.message, "400 instead of 101: no key reached the server, or one that is malformed (Via: `1.1 a`)");
}

/// A redirect to TLS, to a slash, to a login page, and another one.
#[test]
fn where_a_redirect_leads() {
    let perhaps_over_tls = "to the same place over TLS, which browsers do not follow here; use wss://; if the request went over \
        TLS, pass X-Forwarded-Proto on in the proxy, and have the server trust it, or send the cookie that it sets (";
    let slash = "that only adds or drops the slash at the end of the path, which browsers do not follow here; use";
    let inner =
        "that only adds or drops the slash at the end of the path, which browsers do not follow here; use the path `/chat/`";
    let login = "to what looks like a login page (";
    let itself = "to the very place that was asked for, which browsers do not follow here: perhaps it sets a cookie that is to come back (";
    let other = ", which browsers do not follow here; it leads to `";
    for (location, expected) in [
        ("https://server.example.com/chat", perhaps_over_tls),
        ("https://server.example.com:443/chat", perhaps_over_tls),
        ("https://server.example.com:8443/chat", perhaps_over_tls),
        ("wss://SERVER.example.com/chat", perhaps_over_tls),
        ("https://www.server.example.com/chat", other),
        ("http://server.example.com/chat", itself),
        ("http://server.example.com:80/chat", itself),
        ("/chat", itself),
        ("/chat/", slash),
        ("http://server.example.com/chat/", slash),
        ("http://server.example.com:8080/chat/", inner),
        ("https://server.example.com/chat/", slash),
        ("/chat/?a", other),
        ("/chats", other),
        ("/login", login),
        ("/Login.aspx?ReturnUrl=%2Fchat", login),
        ("/users/sign_in", login),
        ("https://sso.example.com/", login),
        ("https://idp.example.com/x?client=1&redirect_uri=https%3A%2F%2Fserver.example.com", login),
        ("https://server.example.com/oauth2/start?rd=%2Fchat", login),
        ("/x?next=/chat", other),
        ("/blogin", other),
        ("", other),
    ] {
        let response = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\n\r\n");
        let Finding { message, side, .. } = found(REQUEST, response.as_bytes());
        let is_known = ![perhaps_over_tls, itself, other].contains(&expected);
        assert_eq!(side, is_known.then_some(Side::Client), "{location}");
        let begin = format!("302 instead of 101: a redirect{}{expected}", if expected == other { "" } else { " " });
        assert!(message.starts_with(&begin), "{location}: {message}");
    }
}

/// Of a request that went over TLS, nobody is told to go on without it, and none is proven to be at fault: a proxy that says nothing of
/// TLS, a server that does not believe it, or one that only sets a cookie.
#[test]
fn a_redirect_of_a_request_over_tls() {
    let told = "pass X-Forwarded-Proto on in the proxy, and have the server trust it";
    let here = "which browsers do not follow here";
    let loses = |location: &str| format!("`{location}` would lose TLS, of which the server perhaps does not know: {told}");
    for (location, side, expected) in [
        (
            "https://server.example.com/chat",
            None,
            format!(
                " to the same place over TLS, {here}; the request went over TLS: {told}; or send the cookie that it sets \
                 (`https://server.example.com/chat`)"
            ),
        ),
        // To the proxy it came over another port than to the server.
        (
            "https://server.example.com:8443/chat",
            None,
            format!(
                " to the same place over TLS, {here}; the request went over TLS: {told}; or send the cookie that it sets \
                 (`https://server.example.com:8443/chat`)"
            ),
        ),
        ("http://server.example.com/chat", None, format!(", {here}; {}", loses("http://server.example.com/chat"))),
        ("ws://b.example/", None, format!(", {here}; {}", loses("ws://b.example/"))),
        (
            "http://server.example.com/chat/",
            None,
            format!(
                " that only adds or drops the slash at the end of the path, {here}; {}",
                loses("http://server.example.com/chat/")
            ),
        ),
        ("/b", None, format!(", {here}; it leads to `/b`")),
        ("https://b.example/", None, format!(", {here}; it leads to `wss://b.example/`")),
    ] {
        let response = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\n\r\n");
        let finding = found_over(Some(true), REQUEST, response.as_bytes());
        assert_eq!((finding.side, finding.message), (side, format!("302 instead of 101: a redirect{expected}")));
    }
}

/// A name that is nearly that of a field which is missing is told, and makes nothing right.
#[test]
fn a_name_that_is_nearly_right() {
    let response = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Accept: 52Rg3vW4JQ1yWpkvFlsTsiezlqw=\r\n\r\n";
    let messages = |request: &str, response: &str| {
        let heads = [request, response].map(|head| Some(Head::parse(head.as_bytes())));
        let [request, response] = heads;
        judge(&[Exchange::new(request, response)]).into_iter().map(|finding| finding.message).collect::<Vec<_>>()
    };
    for near in
        ["Sec-Websocket-Acept", "Sec-WebSocket-Accept-Key", "Sec_WebSocket_Accept", "X-Sec-WebSocket-Accept", "WebSocket-Accept"]
    {
        let expected = format!("Sec-WebSocket-Accept is missing; `{near}` has nearly that name");
        assert_eq!(messages(REQUEST, &response.replace("Sec-WebSocket-Accept", near)), [expected]);
    }
    for far in ["Sec-WebSocket-Ack", "Accept", "X-Accept"] {
        assert_eq!(messages(REQUEST, &response.replace("Sec-WebSocket-Accept", far)), ["Sec-WebSocket-Accept is missing"]);
    }
    let upgrade = |name: &str| messages(REQUEST, &response.replace("Upgrade:", &format!("{name}:")));
    assert_eq!(upgrade("Upgarde"), ["Upgrade is missing, expected `websocket`; `Upgarde` has nearly that name"]);
    assert_eq!(upgrade("Upgrade-Insecure-Requests"), ["Upgrade is missing, expected `websocket`"]);
    let connection = messages(REQUEST, &response.replace("Connection:", "Conection:"));
    assert_eq!(connection, ["Connection is missing, expected `Upgrade`; `Conection` has nearly that name"]);
    assert_eq!(
        messages(&REQUEST.replace("Sec-WebSocket-Key", "Sec-WebSocket-Kye"), response)[0],
        "Sec-WebSocket-Key is missing; `Sec-WebSocket-Kye` has nearly that name"
    );
    assert_eq!(
        messages(&REQUEST.replace("Sec-WebSocket-Version", "Sec-WebSocket-Versoin"), response)[0],
        "Sec-WebSocket-Version is missing, expected `13`; `Sec-WebSocket-Versoin` has nearly that name"
    );
}

/// `docs/refusals.md` has a row for each; with `WSKEY_REFRESH` set it is written anew.
#[test]
fn the_documentation_has_each() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/refusals.md");
    let text = fs::read_to_string(&file).expect("the document");
    let (before, _) = text.split_once("| id |").expect("its table");
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " / ");
    let sign = |sign: &Sign| match sign {
        Sign::Is(text) | Sign::Has(text) => format!("`{}`", cell(text)),
        Sign::Begins(text) => format!("`{}`...", cell(text)),
        Sign::Reason(text) => format!("reason phrase `{}`", cell(text)),
        Sign::Field(name, value) => format!("`{name}: {}`", cell(value)),
        _ => unreachable!("it is new"),
    };
    let rows = REFUSALS.iter().map(|refusal| {
        let signs: Vec<_> = refusal.signs.iter().map(sign).collect();
        let Refusal { id, status, who, certainty, means, fix, source, .. } = refusal;
        format!("| `{id}` | {status}; {} | {who} | {certainty} | {means} | {} | {source} |\n", signs.join("; "), cell(fix))
    });
    let header = "| id | known by | who says it | | what it means | what to do | made by |\n|---|---|---|---|---|---|---|\n";
    let expected = format!("{before}{header}{}", rows.collect::<String>());
    if std::env::var_os("WSKEY_REFRESH").is_some() {
        fs::write(&file, &expected).expect("a file that can be written");
    }
    assert!(text == expected, "docs/refusals.md is not what the table says: WSKEY_REFRESH=1 cargo test --test lib refusals");
}

/// Whoever quotes the words of another without its status or its fields is not that other.
#[test]
fn a_refusal_that_is_not_known() {
    for response in [
        "HTTP/1.1 403 Forbidden\r\n\r\nMissing or invalid Sec-WebSocket-Key header",
        "HTTP/1.1 400 Bad Request\r\n\r\nWe say: Missing or invalid Sec-WebSocket-Key header",
        "HTTP/1.1 400 Bad Request\r\n\r\nBad Request",
        "HTTP/1.1 404 Not Found\r\n\r\n404 page not found",
    ] {
        let said = found(REQUEST, response.as_bytes()).said;
        assert!(said.is_none_or(|said| said.refusal.is_none()), "{response}");
    }
}
