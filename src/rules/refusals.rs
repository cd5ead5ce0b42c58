//! Refusals that real software makes, as data: by what each is known, who says it, what it proves, and what to do.

use super::side::Side;
use super::words::text;
use crate::handshake::Key;
use crate::head::{Fidelity, Head, KEY, VERSION};
use Certainty::{Lost, Plain, Proves, Suggests};
use Sign::{Begins, Field, Has, Is, Reason};
use std::fmt;

/// A refusal that some software makes. Its id is stable: people put it into scripts.
///
/// ```
/// use wskey::rules::REFUSALS;
///
/// let refusal = REFUSALS.iter().find(|refusal| refusal.id == "ws-key").unwrap();
/// assert!(refusal.is_proof());
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Refusal {
    /// Its name in reports.
    pub id: &'static str,
    /// The status it comes with.
    pub status: u16,
    /// How it is known: by all of these.
    pub signs: &'static [Sign],
    /// Who says it.
    pub who: &'static str,
    /// How sure it is.
    pub certainty: Certainty,
    /// What it means.
    pub means: &'static str,
    /// What to do.
    pub fix: &'static str,
    /// The software that made the response in `tests/data/refusals`.
    pub source: &'static str,
}

/// What a refusal is known by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Sign {
    /// The text of the body, without markup, is this.
    Is(&'static str),
    /// The text of the body begins with this.
    Begins(&'static str),
    /// The text of the body has this in it.
    Has(&'static str),
    /// The reason phrase begins with this.
    Reason(&'static str),
    /// The field of this name has a value that begins with this.
    Field(&'static str, &'static str),
}

/// How sure a refusal is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Certainty {
    /// It proves that one of these parts of the request did not arrive as it must: an intermediary dropped or changed it, where the
    /// client sent them so.
    Lost(&'static [&'static str]),
    /// It proves that the request came without TLS to who says so: from an intermediary, where the client sent it over TLS; else none
    /// is named, since one may have been on the way.
    Plain,
    /// It proves what it means, and that this side is to change something; none where it does not say which.
    Proves(Option<Side>),
    /// It suggests what it means, and names no side.
    Suggests,
}

impl fmt::Display for Certainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(if *self == Self::Suggests { "suggests" } else { "proves" })
    }
}

impl Sign {
    fn is_in(self, head: &Head, text: &str) -> bool {
        match self {
            Self::Is(phrase) => text == phrase,
            Self::Begins(phrase) => text.starts_with(phrase),
            Self::Has(phrase) => text.contains(phrase),
            Self::Reason(phrase) => {
                let reason = head.start_line.splitn(3, |&b| b == b' ').nth(2).unwrap_or_default();
                reason.starts_with(phrase.as_bytes())
            }
            Self::Field(name, begin) => head.get_all(name).any(|value| value.starts_with(begin.as_bytes())),
        }
    }
}

impl Refusal {
    /// The first one that a response is, given the text of its body.
    pub(super) fn find(head: &Head, text: &str) -> Option<&'static Self> {
        REFUSALS.iter().find(|refusal| refusal.is_in(head, text))
    }

    fn is_in(&self, head: &Head, text: &str) -> bool {
        head.status() == Some(self.status) && self.signs.iter().all(|sign| sign.is_in(head, text))
    }

    /// Whether a response is this one, given its head and its body.
    #[must_use]
    pub fn is_made(&self, head: &Head, body: &[u8]) -> bool {
        self.is_in(head, &text(head, body).unwrap_or_default())
    }

    /// Whether it proves what it means.
    #[must_use]
    pub fn is_proof(&self) -> bool {
        self.certainty != Certainty::Suggests
    }

    /// Whose it is to change something, where that is proven, given the request as the client sent it, and whether over TLS.
    pub(super) fn side(&self, request: Option<&Head>, is_over_tls: Option<bool>) -> Option<Side> {
        match self.certainty {
            Certainty::Suggests => None,
            Certainty::Plain => Some(Side::Proxy).filter(|_| is_over_tls == Some(true)),
            Certainty::Proves(side) => side,
            Certainty::Lost(parts) => {
                let request = request.filter(|request| request.fidelity >= Fidelity::Complete)?;
                // Of several lines some servers read the first alone.
                if parts.contains(&"Connection") && request.get_all("Connection").count() > 1 {
                    return None;
                }
                Some(if parts.iter().all(|part| has_sound(request, part)) { Side::Proxy } else { Side::Client })
            }
        }
    }
}

/// Whether a request has this part as it must be.
fn has_sound(request: &Head, part: &str) -> bool {
    let has_token = |token: &str| request.tokens(part).any(|member| member.eq_ignore_ascii_case(token.as_bytes()));
    match part {
        "HTTP/1.1" => request.version() == Some(part.as_bytes()),
        // Most servers compare the value as a whole.
        "Upgrade" => request.get(part).is_some_and(|value| value.eq_ignore_ascii_case(b"websocket")),
        "Connection" => has_token("Upgrade"),
        KEY => request.get(part).is_some_and(|key| Key::parse(key).is_ok()),
        VERSION => request.get(part) == Some(b"13"),
        _ => request.has(part),
    }
}

macro_rules! refusal {
    ($id:literal, $status:literal, $who:expr, $certainty:expr, $source:literal, [$($sign:expr),+], $means:expr, $fix:expr $(,)?) => {
        Refusal {
            id: $id,
            status: $status,
            signs: &[$($sign),+],
            who: $who,
            certainty: $certainty,
            means: $means,
            fix: $fix,
            source: $source,
        }
    };
}

/// Who has the two sentences of Tornado; some say either where the other field is wrong.
const UPGRADE_WORDS: &str = "Tornado, Spring, SockJS servers and others";

const UPGRADE: Certainty = Lost(&["Upgrade"]);
const CONNECTION: Certainty = Lost(&["Connection"]);
const BOTH: Certainty = Lost(&["Upgrade", "Connection"]);
const HTTP11: Certainty = Lost(&["HTTP/1.1"]);
const HOST: Certainty = Lost(&["Host"]);
const OF_KEY: Certainty = Lost(&[KEY]);
const OF_VERSION: Certainty = Lost(&[VERSION]);

const NO_UPGRADE: &str = "the request that reached the server has no Upgrade that is `websocket` alone: it is missing, another, or there is more than one";
const NO_CONNECTION: &str = "the request that reached the server has no Connection that names Upgrade";
const NOT_BOTH: &str = "the request that reached the server lacks Upgrade: websocket, Connection: Upgrade or both";
const NO_KEY: &str = "no key reached the server, or one that is malformed";
const NO_VERSION: &str = "no Sec-WebSocket-Version: 13 reached the server, or more than one";
const OLD_HTTP: &str = "the request reached the server in HTTP/1.0, which has no Upgrade";
const NO_HOST: &str = "no Host reached the server";
const NO_SESSION: &str = "the process that answers does not know this session: it has ended, its id was copied or made up, the process was \
    started anew, or requests of one session reach several processes";
const BAD_ORIGIN: &str = "the server does not accept this Origin";
const OTHER_HOST: &str = "the host of the Origin is not that of Host as it reached the server";
const PLAIN: &str = "a request without TLS reached a port that speaks TLS";

pub(super) const PASS_ON: &str = "pass Upgrade and Connection on in the proxy, over HTTP/1.1 (nginx: proxy_http_version 1.1; \
    proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade)";
const PASS_ONE: &str = "pass one Upgrade and Connection on in the proxy, over HTTP/1.1, with no other Upgrade beside it (nginx: \
    proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade)";
const SEND: &str = "send it with each handshake; a proxy must pass it on as it is";
const USE_TLS: &str = "use wss://; where a proxy is on the way, have it speak TLS to the server behind it (https:// there)";
const USE_ENGINE: &str = "use /socket.io/?EIO=4&transport=websocket (where that was sent, the server lacks this transport: see its option \
    transports); better a Socket.IO client, since a plain WebSocket cannot talk to it";

const BEGIN_SESSION: &str = "leave sid out of the URL to begin a new session; where there are several processes, make sessions sticky in \
    the load balancer, or let clients use the transport websocket alone";

/// All refusals; of several that a response shows, the first is told.
#[rustfmt::skip]
pub static REFUSALS: &[Refusal] = &[
    refusal!("ws-key", 400, "ws (Node.js)", OF_KEY, "ws 8.23.0",
        [Is("Missing or invalid Sec-WebSocket-Key header")],
        NO_KEY,
        SEND),
    refusal!("ws-version", 400, "ws (Node.js)", OF_VERSION, "ws 8.23.0",
        [Is("Missing or invalid Sec-WebSocket-Version header")],
        NO_VERSION,
        SEND),
    refusal!("ws-upgrade", 400, "ws (Node.js)", UPGRADE, "ws 8.23.0",
        [Is("Invalid Upgrade header")],
        NO_UPGRADE,
        PASS_ONE),
    refusal!("ws-no-upgrade", 426, "ws (Node.js)", Suggests, "ws 8.23.0",
        [Is("Upgrade Required"), Field("Content-Type", "text/plain"), Field("Content-Length", "16")],
        NOT_BOTH,
        PASS_ON),
    refusal!("ws-path", 400, "ws (Node.js)", Suggests, "ws 8.23.0",
        [Is("Bad Request"), Field("Content-Type", "text/html"), Field("Connection", "close")],
        "no WebSocket server is set up for this path (its option path)",
        "use the path that the server was given"),
    refusal!("ws-client", 401, "ws (Node.js)", Suggests, "ws 8.23.0",
        [Is("Unauthorized"), Field("Content-Type", "text/html"), Field("Connection", "close")],
        "its verifyClient said no: to the Origin, a cookie or a token",
        "send what verifyClient looks for"),
    refusal!("express-route", 404, "Express (Node.js)", Suggests, "express 5.3.0",
        [Begins("Error\nCannot GET /"), Field("Content-Type", "text/html")],
        "the request went to the routes for HTTP, and none is at this path: no WebSocket server is attached to this port, or Upgrade was dropped on the way",
        "attach the WebSocket server to the http.Server that listens; in a proxy, pass Upgrade and Connection on"),
    refusal!("fastify-route", 404, "Fastify (Node.js)", Suggests, "fastify 5.12.8",
        [Begins("{\"message\":\"Route GET:"), Has(" not found\",\"error\":\"Not Found\",\"statusCode\":404}")],
        "no route is at this path",
        "check the path; the plugin for WebSocket must be registered before its routes"),
    refusal!("engine-transport", 400, "Engine.IO (Socket.IO)", Proves(None), "socket.io 4.8.4",
        [Is("Transport unknown"), Field("Content-Type", "text/html"), Field("Connection", "close")],
        "the query names no transport that the server has",
        USE_ENGINE),
    refusal!("engine-transport-http", 400, "Engine.IO (Socket.IO)", Proves(None), "socket.io 4.8.4",
        [Is("{\"code\":0,\"message\":\"Transport unknown\"}")],
        "the query names no transport that the server has",
        USE_ENGINE),
    refusal!("engine-session", 400, "Engine.IO (Socket.IO)", Proves(None), "socket.io 4.8.4",
        [Is("Session ID unknown"), Field("Content-Type", "text/html"), Field("Connection", "close")],
        NO_SESSION,
        BEGIN_SESSION),
    refusal!("engine-session-http", 400, "Engine.IO (Socket.IO)", Proves(None), "socket.io 4.8.4",
        [Is("{\"code\":1,\"message\":\"Session ID unknown\"}")],
        NO_SESSION,
        BEGIN_SESSION),
    refusal!("engine-request", 400, "Engine.IO (Socket.IO)", Suggests, "socket.io 4.8.4",
        [Is("{\"code\":3,\"message\":\"Bad request\"}")],
        "the query names the transport websocket, and no Upgrade reached the server",
        PASS_ON),
    refusal!("engine-client", 400, "Engine.IO (Socket.IO)", Suggests, "socket.io 4.8.4",
        [Is("Forbidden"), Field("Content-Type", "text/html"), Field("Connection", "close")],
        "its allowRequest said no: to the Origin, a cookie or a token",
        "send what allowRequest looks for"),
    refusal!("python-engine-protocol", 400, "python-engineio", Proves(None), "python-engineio 4.15.1",
        [Is("\"The client is using an unsupported version of the Socket.IO or Engine.IO protocols\"")],
        "the query has no EIO that the server has",
        USE_ENGINE),
    refusal!("python-engine-transport", 400, "python-engineio", Proves(None), "python-engineio 4.15.1",
        [Is("\"Invalid transport\"")],
        "the query names no transport that the server has, or it names websocket for a session that exists, and no Upgrade reached the server",
        USE_ENGINE),
    refusal!("sockjs-upgrade", 400, "SockJS (Node.js)", BOTH, "sockjs 0.3.24",
        [Is("Not a valid websocket request")],
        NOT_BOTH,
        PASS_ON),
    refusal!("faye-key", 400, "websocket-driver (Node.js)", OF_KEY, "websocket-driver 0.7.5 under sockjs",
        [Is("Missing handshake request header: Sec-WebSocket-Key")],
        NO_KEY,
        SEND),
    refusal!("faye-version", 400, "websocket-driver (Node.js)", Suggests, "websocket-driver 0.7.5 under sockjs",
        [Begins("Unsupported WebSocket version: ")],
        NO_VERSION,
        SEND),
    refusal!("websocket-node-key", 400, "WebSocket-Node", OF_KEY, "websocket 1.0.35",
        [Field("X-WebSocket-Reject-Reason", "Client must provide a value for Sec-WebSocket-Key.")],
        NO_KEY,
        SEND),
    refusal!("websocket-node-version", 400, "WebSocket-Node", OF_VERSION, "websocket 1.0.35",
        [Field("X-WebSocket-Reject-Reason", "Client must provide a value for Sec-WebSocket-Version.")],
        NO_VERSION,
        SEND),
    refusal!("websockets-connection", 426, "websockets (Python)", CONNECTION, "websockets 17.4",
        [Begins("Failed to open a WebSocket connection: invalid Connection header: ")],
        NO_CONNECTION,
        PASS_ON),
    refusal!("websockets-no-connection", 426, "websockets (Python)", CONNECTION, "websockets 17.4",
        [Begins("Failed to open a WebSocket connection: missing Connection header.")],
        NO_CONNECTION,
        PASS_ON),
    refusal!("websockets-empty-connection", 426, "websockets (Python)", CONNECTION, "websockets 17.4, its legacy server",
        [Begins("Failed to open a WebSocket connection: empty Connection header.")],
        NO_CONNECTION,
        PASS_ON),
    refusal!("websockets-upgrade", 426, "websockets (Python)", UPGRADE, "websockets 17.4",
        [Begins("Failed to open a WebSocket connection: invalid Upgrade header: ")],
        NO_UPGRADE,
        PASS_ONE),
    refusal!("websockets-no-upgrade", 426, "websockets (Python)", UPGRADE, "websockets 17.4",
        [Begins("Failed to open a WebSocket connection: missing Upgrade header.")],
        NO_UPGRADE,
        PASS_ONE),
    refusal!("websockets-empty-upgrade", 426, "websockets (Python)", UPGRADE, "websockets 17.4, its legacy server",
        [Begins("Failed to open a WebSocket connection: empty Upgrade header.")],
        NO_UPGRADE,
        PASS_ONE),
    refusal!("websockets-http10", 505, "websockets (Python)", HTTP11, "websockets 17.4",
        [Begins("Failed to open a WebSocket connection: unsupported HTTP version: HTTP/1.0.")],
        OLD_HTTP,
        PASS_ON),
    refusal!("websockets-legacy-http10", 400, "websockets (Python)", HTTP11, "websockets 17.4, its legacy server",
        [Begins("Failed to open a WebSocket connection: did not receive a valid HTTP request; unsupported HTTP version: HTTP/1.0.")],
        OLD_HTTP,
        PASS_ON),
    refusal!("websockets-key", 400, "websockets (Python)", OF_KEY, "websockets 17.4",
        [Begins("Failed to open a WebSocket connection: invalid Sec-WebSocket-Key header: ")],
        "the key that reached the server is malformed, or there is more than one",
        SEND),
    refusal!("websockets-no-key", 400, "websockets (Python)", OF_KEY, "websockets 17.4",
        [Begins("Failed to open a WebSocket connection: missing Sec-WebSocket-Key header")],
        NO_KEY,
        SEND),
    refusal!("websockets-version", 400, "websockets (Python)", OF_VERSION, "websockets 17.4",
        [Begins("Failed to open a WebSocket connection: invalid Sec-WebSocket-Version header: ")],
        NO_VERSION,
        SEND),
    refusal!("websockets-no-version", 400, "websockets (Python)", OF_VERSION, "websockets 17.4",
        [Begins("Failed to open a WebSocket connection: missing Sec-WebSocket-Version header")],
        NO_VERSION,
        SEND),
    refusal!("websockets-origin", 403, "websockets (Python)", Proves(None), "websockets 17.4",
        [Begins("Failed to open a WebSocket connection: invalid Origin header: ")],
        BAD_ORIGIN,
        "add the Origin to the origins of serve()"),
    refusal!("websockets-no-origin", 403, "websockets (Python)", Proves(None), "websockets 17.4",
        [Begins("Failed to open a WebSocket connection: missing Origin header.")],
        "the server demands an Origin, and none reached the server",
        "send the Origin of a page that the server lets in (--origin), or add None to the origins of serve()"),
    refusal!("websockets-subprotocol", 400, "websockets (Python)", Proves(None), "websockets 17.4",
        [Begins("Failed to open a WebSocket connection: missing subprotocol.")],
        "the server demands a subprotocol, and none reached the server",
        "request the one that it has (--subprotocol), or have its select_subprotocol choose none"),
    refusal!("aiohttp-upgrade", 400, "aiohttp (Python)", UPGRADE, "aiohttp 3.14.5",
        [Begins("No WebSocket UPGRADE hdr: ")],
        NO_UPGRADE,
        PASS_ONE),
    refusal!("aiohttp-connection", 400, "aiohttp (Python)", CONNECTION, "aiohttp 3.14.5",
        [Begins("No CONNECTION upgrade hdr: ")],
        NO_CONNECTION,
        PASS_ON),
    refusal!("aiohttp-key", 400, "aiohttp (Python)", Suggests, "aiohttp 3.14.5",
        [Begins("Handshake error: "), Field("Content-Type", "text/plain; charset=utf-8")],
        NO_KEY,
        SEND),
    refusal!("aiohttp-version", 400, "aiohttp (Python)", Suggests, "aiohttp 3.14.5",
        [Begins("Unsupported version:"), Field("Content-Type", "text/plain; charset=utf-8")],
        NO_VERSION,
        SEND),
    refusal!("tornado-upgrade", 400, UPGRADE_WORDS, BOTH, "tornado 6.6.1",
        [Is("Can \"Upgrade\" only to \"WebSocket\".")],
        NOT_BOTH,
        PASS_ONE),
    refusal!("tornado-connection", 400, UPGRADE_WORDS, BOTH, "tornado 6.6.1",
        [Is("\"Connection\" must be \"Upgrade\".")],
        NOT_BOTH,
        PASS_ONE),
    refusal!("tornado-fields", 400, "Tornado (Python)", Lost(&["Host", KEY, VERSION]), "tornado 6.6.1",
        [Is("Missing/Invalid WebSocket headers")],
        "Host, the key or the version did not reach the server",
        SEND),
    refusal!("tornado-origin", 403, "Tornado (Python)", Proves(None), "tornado 6.6.1",
        [Is("Cross origin websockets not allowed")],
        "its check_origin said no; where the application has none of its own, the host of the Origin is not that of Host as it reached the server",
        "pass Host on in the proxy, or let the Origin in by check_origin"),
    refusal!("starlette-route", 404, "Starlette, FastAPI (Python)", Suggests, "fastapi 0.165.0 under uvicorn 0.54.0",
        [Is("{\"detail\":\"Not Found\"}")],
        "the request came as one of HTTP, and no route is at this path: Upgrade was dropped on the way, or uvicorn has no library for WebSocket",
        "pass Upgrade and Connection on in the proxy; install uvicorn[standard]"),
    refusal!("autobahn-connection", 400, "Autobahn, daphne (Python)", CONNECTION, "autobahn 26.10.2",
        [Reason("HTTP Connection headers do not include \"upgrade\" value")],
        NO_CONNECTION,
        PASS_ON),
    refusal!("autobahn-upgrade", 400, "Autobahn, daphne (Python)", UPGRADE, "autobahn 26.10.2",
        [Reason("HTTP Upgrade headers do not include \"websocket\" value")],
        NO_UPGRADE,
        PASS_ONE),
    refusal!("autobahn-key", 400, "Autobahn, daphne (Python)", OF_KEY, "autobahn 26.10.2",
        [Reason("bad Sec-WebSocket-Key (")],
        NO_KEY,
        SEND),
    refusal!("autobahn-no-key", 400, "Autobahn, daphne (Python)", OF_KEY, "autobahn 26.10.2",
        [Reason("HTTP Sec-WebSocket-Key header missing")],
        NO_KEY,
        SEND),
    refusal!("autobahn-version", 400, "Autobahn, daphne (Python)", OF_VERSION, "autobahn 26.10.2",
        [Reason("WebSocket connection denied - Hixie76 protocol not supported.")],
        NO_VERSION,
        SEND),
    refusal!("autobahn-http10", 505, "Autobahn, daphne (Python)", HTTP11, "autobahn 26.10.2",
        [Reason("Unsupported HTTP version \"HTTP/1.0\"")],
        OLD_HTTP,
        PASS_ON),
    refusal!("autobahn-origin", 400, "Autobahn, daphne (Python)", Proves(None), "autobahn 26.10.2",
        [Reason("WebSocket connection denied: origin '")],
        BAD_ORIGIN,
        "add the Origin to allowedOrigins"),
    refusal!("daphne-denied", 403, "daphne (Django Channels)", Suggests, "daphne 4.2.3 with channels 4.3.2",
        [Reason("Access denied")],
        "the application closed the connection before it accepted it: the host of the Origin is none of ALLOWED_HOSTS, or the consumer said no",
        "add that host to ALLOWED_HOSTS; look at connect() of the consumer"),
    refusal!("flask-sock", 400, "Flask-Sock on Werkzeug (Python)", Suggests, "flask-sock 0.7.0 on Werkzeug 3.1.9",
        [Begins("400 Bad Request\nBad Request\nThe browser (or proxy) sent a request that this server could not understand.")],
        NOT_BOTH,
        PASS_ON),
    refusal!("python-files", 404, "http.server (Python)", Suggests, "Python 3.11",
        [Begins("Error response\nError response\nError code: 404\nMessage: File not found.\nError code explanation: 404 - Nothing matches the given URI.")],
        "a server of files answered: Upgrade was dropped on the way to a WebSocket server, or none is here",
        "pass Upgrade and Connection on in the proxy; check the port and the path"),
    refusal!("go-host", 400, "net/http (Go)", HOST, "Go 1.19",
        [Reason("Bad Request: missing required Host header")],
        NO_HOST,
        SEND),
    refusal!("go-tls", 400, "net/http (Go)", Plain, "Go 1.19",
        [Is("Client sent an HTTP request to an HTTPS server.")],
        PLAIN,
        USE_TLS),
    refusal!("go-route", 404, "net/http (Go)", Suggests, "Go 1.19",
        [Is("404 page not found"), Field("X-Content-Type-Options", "nosniff")],
        "no handler is at this path",
        "check the path; a pattern without a slash at its end matches that path alone"),
    refusal!("xnet-upgrade", 400, "golang.org/x/net/websocket", Suggests, "golang-golang-x-net-dev 0.7.0",
        [Is("not websocket protocol")],
        NOT_BOTH,
        PASS_ON),
    refusal!("xnet-key", 400, "golang.org/x/net/websocket", OF_KEY, "golang-golang-x-net-dev 0.7.0",
        [Is("mismatch challenge/response")],
        NO_KEY,
        SEND),
    refusal!("xnet-version", 400, "golang.org/x/net/websocket", OF_VERSION, "golang-golang-x-net-dev 0.7.0",
        [Is("missing or bad WebSocket Version")],
        NO_VERSION,
        SEND),
    refusal!("nhooyr-connection", 426, "nhooyr.io/websocket (Go)", CONNECTION, "golang-nhooyr-websocket-dev 1.8.7",
        [Begins("WebSocket protocol violation: Connection header \"")],
        NO_CONNECTION,
        PASS_ON),
    refusal!("nhooyr-upgrade", 426, "nhooyr.io/websocket (Go)", UPGRADE, "golang-nhooyr-websocket-dev 1.8.7",
        [Begins("WebSocket protocol violation: Upgrade header \"")],
        NO_UPGRADE,
        PASS_ONE),
    refusal!("nhooyr-http10", 426, "nhooyr.io/websocket (Go)", HTTP11, "golang-nhooyr-websocket-dev 1.8.7",
        [Begins("WebSocket protocol violation: handshake request must be at least HTTP/1.1: \"")],
        OLD_HTTP,
        PASS_ON),
    refusal!("nhooyr-key", 400, "nhooyr.io/websocket (Go)", OF_KEY, "golang-nhooyr-websocket-dev 1.8.7",
        [Is("WebSocket protocol violation: missing Sec-WebSocket-Key")],
        NO_KEY,
        SEND),
    refusal!("nhooyr-version", 400, "nhooyr.io/websocket (Go)", OF_VERSION, "golang-nhooyr-websocket-dev 1.8.7",
        [Begins("unsupported WebSocket protocol version (only 13 is supported): ")],
        NO_VERSION,
        SEND),
    refusal!("nhooyr-origin", 403, "nhooyr.io/websocket (Go)", Proves(None), "golang-nhooyr-websocket-dev 1.8.7",
        [Begins("request Origin \""), Has("\" is not authorized for Host \"")],
        OTHER_HOST,
        "pass Host on in the proxy, or add the host to OriginPatterns"),
    refusal!("gorilla-request", 400, "gorilla/websocket (Go)", Suggests, "golang-github-gorilla-websocket-dev 1.5.0",
        [Is("Bad Request"), Field("Sec-WebSocket-Version", "13"), Field("X-Content-Type-Options", "nosniff")],
        "Upgrade, Connection, the version or the key did not reach the server as it must be",
        PASS_ON),
    refusal!("gorilla-origin", 403, "gorilla/websocket (Go)", Suggests, "golang-github-gorilla-websocket-dev 1.5.0",
        [Is("Forbidden"), Field("Sec-WebSocket-Version", "13"), Field("X-Content-Type-Options", "nosniff")],
        "its CheckOrigin said no; where the program has none of its own, the host of the Origin is not that of Host as it reached the server",
        "pass Host on in the proxy, or let the Origin in by CheckOrigin"),
    refusal!("nginx-tls", 400, "nginx", Plain, "nginx 1.22.1",
        [Begins("400 The plain HTTP request was sent to HTTPS port\n")],
        PLAIN,
        USE_TLS),
    refusal!("nginx-certificate", 400, "nginx", Proves(None), "nginx 1.22.1",
        [Begins("400 No required SSL certificate was sent\n")],
        "nginx demands a certificate of its client (ssl_verify_client), and none came",
        "send one; where a proxy is before nginx, it is the client (proxy_ssl_certificate)"),
    refusal!("nginx-header", 400, "nginx", Proves(None), "nginx 1.22.1",
        [Begins("400 Request Header Or Cookie Too Large\n")],
        "a field line of the request is longer than nginx takes, or all together are",
        "send fewer or shorter cookies, or raise large_client_header_buffers"),
    refusal!("nginx-gateway", 502, "nginx", Proves(None), "nginx 1.22.1",
        [Begins("502 Bad Gateway\n502 Bad Gateway\nnginx")],
        "nginx got no connection to the server behind it or no response that it understands, or is told to say so (return 502)",
        "see nginx's error log; start the server, and compare its address with proxy_pass"),
    refusal!("apache-tls", 400, "Apache httpd", Plain, "Apache httpd 2.4.71",
        [Has(" Reason: You're speaking plain HTTP to an SSL-enabled server port.")],
        PLAIN,
        USE_TLS),
    refusal!("apache-gateway", 503, "Apache httpd", Suggests, "Apache httpd 2.4.71",
        [Begins("503 Service Unavailable\nService Unavailable\nThe server is temporarily unable to service your request due to maintenance downtime or capacity problems.")],
        "mod_proxy has no connection to the server behind it",
        "see Apache's error log; start the server, and compare its address with ProxyPass"),
    refusal!("haproxy-servers", 503, "HAProxy", Proves(None), "HAProxy 2.6.12",
        [Is("503 Service Unavailable\nNo server is available to handle this request.")],
        "HAProxy found no server to give the request to, got no connection to it, or a rule says so (deny_status 503)",
        "start the servers, or correct their health check; without a backend for the path, or with a full queue (maxconn), it says the same"),
    refusal!("haproxy-request", 400, "HAProxy", Suggests, "HAProxy 2.6.12",
        [Is("400 Bad request\nYour browser sent an invalid request.")],
        "HAProxy takes the request for malformed: it wants a key where Upgrade is websocket",
        "see what HAProxy kept of it: show errors"),
    refusal!("haproxy-rule", 403, "HAProxy", Proves(Some(Side::Proxy)), "HAProxy 2.6.12",
        [Is("403 Forbidden\nRequest forbidden by administrative rules.")],
        "a rule of HAProxy denies the request",
        "exempt this path from the rule (http-request deny)"),
    refusal!("varnish-backend", 503, "Varnish", Proves(None), "Varnish 7.1.1",
        [Begins("503 Backend fetch failed\nError 503 Backend fetch failed\n"), Has("\nGuru Meditation:\n")],
        "Varnish got no usable response from the server behind it",
        "start that server; in vcl_recv, return (pipe) where Upgrade is websocket, and pass Upgrade on in vcl_pipe"),
    refusal!("php-files", 404, "the built-in server of PHP", Suggests, "PHP 8.2.36",
        [Begins("404 Not Found\nNot Found\nThe requested resource /"), Has(" was not found on this server.")],
        "PHP's built-in server answers, which knows no WebSocket",
        "connect to the port of the WebSocket server"),
    refusal!("beast-connection", 400, "Boost.Beast (C++)", CONNECTION, "libboost1.74-dev 1.74.0",
        [Is("The WebSocket handshake Connection field is missing")],
        NO_CONNECTION,
        PASS_ON),
    refusal!("beast-connection-token", 400, "Boost.Beast (C++)", CONNECTION, "libboost1.74-dev 1.74.0",
        [Is("The WebSocket handshake Connection field is missing the upgrade token")],
        "the first Connection of the request that reached the server does not name Upgrade",
        PASS_ON),
    refusal!("beast-upgrade", 400, "Boost.Beast (C++)", UPGRADE, "libboost1.74-dev 1.74.0",
        [Is("The WebSocket handshake Upgrade field is missing")],
        NO_UPGRADE,
        PASS_ONE),
    refusal!("beast-upgrade-token", 400, "Boost.Beast (C++)", UPGRADE, "libboost1.74-dev 1.74.0",
        [Is("The WebSocket handshake Upgrade field is missing the websocket token")],
        NO_UPGRADE,
        PASS_ONE),
    refusal!("beast-no-key", 400, "Boost.Beast (C++)", OF_KEY, "libboost1.74-dev 1.74.0",
        [Is("The WebSocket handshake Sec-WebSocket-Key field is missing")],
        NO_KEY,
        SEND),
    refusal!("beast-key", 400, "Boost.Beast (C++)", OF_KEY, "libboost1.74-dev 1.74.0",
        [Is("The WebSocket handshake Sec-WebSocket-Key field is invalid")],
        NO_KEY,
        SEND),
    refusal!("beast-no-version", 400, "Boost.Beast (C++)", OF_VERSION, "libboost1.74-dev 1.74.0",
        [Is("The WebSocket handshake Sec-WebSocket-Version field is missing")],
        NO_VERSION,
        SEND),
    refusal!("beast-host", 400, "Boost.Beast (C++)", HOST, "libboost1.74-dev 1.74.0",
        [Is("The WebSocket handshake Host field is missing")],
        NO_HOST,
        SEND),
    refusal!("beast-http10", 400, "Boost.Beast (C++)", HTTP11, "libboost1.74-dev 1.74.0",
        [Is("The WebSocket handshake was not HTTP/1.1")],
        OLD_HTTP,
        PASS_ON),
    refusal!("beast-version", 426, "Boost.Beast (C++)", OF_VERSION, "libboost1.74-dev 1.74.0",
        [Is("The WebSocket handshake Sec-WebSocket-Version field is invalid")],
        NO_VERSION,
        SEND),
];
