//! `wskey serve` by hand: what clients send to it over a socket, what they get, and what is told of them.

use crate::clients::CLIENT;
#[cfg(target_os = "linux")]
use crate::support::send;
use crate::support::{field, interrupt, switch, until};
use libtest2_mimic::Trial;
#[cfg(target_os = "linux")]
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, thread};
use wskey::Key;
use wskey::conformance::client_cases::CASES;

pub(crate) fn trials() -> Vec<Trial> {
    #[cfg_attr(not(target_os = "linux"), expect(unused_mut, reason = "there are no more"))]
    let mut trials = listed![
        an_honest_server,
        requests_that_are_wrong,
        a_case_for_every_path,
        a_key_that_comes_twice,
        a_client_that_speaks_before_the_answer,
        the_bytes_in_their_order,
        what_a_client_does,
        a_case_that_says_nothing,
        a_redirect_that_is_followed,
        what_is_no_handshake,
        a_path_that_is_nearly_a_case,
        credentials_are_not_shown,
        json,
        nobody_came,
        an_interrupt,
        an_interrupt_while_a_client_is_watched,
        nobody_reads_what_is_told,
        many_connections_at_once,
        a_thousand_connections_at_once,
        hostile_heads,
        a_head_that_drips,
        usage,
        the_cases,
    ];
    #[cfg(target_os = "linux")]
    trials.extend(listed![memory_is_bounded, a_terminal_that_is_gone]);
    trials
}

const REQUEST: &str = "GET PATH HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: Zx8rNEkBE4xnwifpuh8DHQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// A masked text frame, "Hello" (RFC 6455, section 5.7), and a masked Close frame with 1002.
pub(crate) const HELLO: &[u8] = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
const PROTOCOL_ERROR: &[u8] = b"\x88\x82\0\0\0\0\x03\xea";

/// `wskey serve` while it runs.
pub(crate) struct Server {
    pub(crate) child: Child,
    out: BufReader<Box<dyn Read>>,
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::of(Command::new(env!("CARGO_BIN_EXE_wskey")).arg("serve").args(args))
    }

    fn of(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
        let mut out: BufReader<Box<dyn Read>> = BufReader::new(Box::new(child.stdout.take().expect("it is piped")));
        let mut line = String::new();
        out.read_line(&mut line).expect("the address");
        let begin = line.find("127.0.0.1:").expect("the loopback");
        let address = line[begin..].split(['/', '"']).next().expect("an address").to_owned();
        if !line.starts_with('{') {
            line.clear();
            out.read_line(&mut line).expect("the page");
            assert_eq!(line, format!("browsers get a page at http://{address}/\n"));
        }
        Self { child, out, address }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
        stream
    }

    /// Sends these bytes, then the next ones once a head has come, and ends the sending; gives all that came.
    pub(crate) fn talk(&self, request: &str, frames: &[u8]) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut came = Vec::new();
        let mut byte = [0];
        while !came.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count > 0) {
            came.extend(byte);
        }
        let _ = stream.write_all(frames);
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.read_to_end(&mut came);
        String::from_utf8_lossy(&came).into_owned()
    }

    /// What it wrote, with PEER for the clients' addresses, and its exit code.
    pub(crate) fn end(mut self) -> (String, String, Option<i32>) {
        let (mut out, mut err) = (String::new(), String::new());
        self.out.read_to_string(&mut out).expect("text");
        self.child.stderr.take().expect("it is piped").read_to_string(&mut err).expect("text");
        let code = self.child.wait().expect("it ends").code();
        (peers(&out), peers(&err), code)
    }
}

/// With PEER for every address with a port.
fn peers(text: &str) -> String {
    let mut parts = text.split("127.0.0.1:");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "PEER" + part.trim_start_matches(|c: char| c.is_ascii_digit()))
}

pub(crate) fn to(path: &str) -> String {
    REQUEST.replace("PATH", path)
}

/// The same with a key of its own.
pub(crate) fn fresh(path: &str) -> String {
    to(path).replace("Zx8rNEkBE4xnwifpuh8DHQ==", Key::random().expect("random bytes").as_str())
}

fn an_honest_server() {
    let server = Server::start(&["--count", "1"]);
    let came = server.talk(&to("/chat"), HELLO);
    let right = switch(REQUEST, "");
    // A Close frame follows (section 7.1.2): the status 1000.
    assert!(came.starts_with(&right) && came[right.len()..].starts_with("\u{fffd}\u{2}\u{3}"), "{came:?}");
    let line = "PEER: OK (GET /chat; answered rightly; the client opened: it sent a text frame)\n";
    assert_eq!(server.end(), (line.to_owned(), String::new(), Some(0)));
    // Who speaks TLS to a port without it is told at once.
    let server = Server::start(&["--count", "1"]);
    server.connect().write_all(b"\x16\x03\x01\x02\0\x01").expect("it reads");
    let (_, err, code) = server.end();
    let told = "wskey: PEER: no request: the client speaks TLS, and the port does not: use ws://, or --tls-cert and --tls-key\n";
    assert_eq!((err.strip_suffix("wskey: no handshake came\n"), code), (Some(told), Some(2)));
    // The target may be a whole URL.
    let server = Server::start(&["--count", "1"]);
    server.talk(&to("http://a.example/accept-wrong?x=http://b/"), HELLO);
    let (out, ..) = server.end();
    assert!(out.contains("; answered as accept-wrong: "), "{out}");
    // The first subprotocol that is requested.
    let server = Server::start(&["--count", "1", "-q"]);
    let asking = to("/chat").replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: soap, chat\r\n\r\n");
    let came = server.talk(&asking, HELLO);
    assert_eq!(field(&came, "Sec-WebSocket-Protocol"), Some("soap"));
    assert_eq!(server.end(), (String::new(), String::new(), Some(0)));
}

fn requests_that_are_wrong() {
    for (from, to_, status, version, line) in [
        (
            "Zx8rNEkBE4xnwifpuh8DHQ==",
            "Zx8rNEkBE4xnwifpug==",
            "400",
            None,
            "error client key-malformed: key decodes to 13 bytes, expected 16: `Zx8rNEkBE4xnwifpug==`",
        ),
        ("Version: 13", "Version: 8", "426", Some("13"), "error client version-unsupported: "),
        ("Upgrade: websocket\r\n", "", "400", None, "error client request-upgrade: Upgrade is missing, expected `websocket`"),
    ] {
        let server = Server::start(&["--count", "1"]);
        let came = server.talk(&to("/chat").replacen(from, to_, 1), b"");
        assert!(came.starts_with(&format!("HTTP/1.1 {status} ")), "{came}");
        assert_eq!(field(&came, "Sec-WebSocket-Version"), version);
        let (out, err, code) = server.end();
        let first =
            format!("PEER: FAILED (GET /chat; answered {status}; the client ended the connection without a frame)\n  {line}");
        assert!(out.starts_with(&first), "{out}");
        assert_eq!((err.as_str(), code), ("", Some(1)));
    }
}

fn a_case_for_every_path() {
    let server = Server::start(&["--count", "2", "--case", "accept-echo-key"]);
    for path in ["/chat", "/accept-missing?a=b"] {
        assert_eq!(field(&server.talk(&to(path), b""), "Sec-WebSocket-Accept"), Some("Zx8rNEkBE4xnwifpuh8DHQ=="), "{path}");
    }
    let (out, _, code) = server.end();
    let told = "answered as accept-echo-key: the key itself; the client ended the connection without a frame)\n";
    assert_eq!((out.matches(told).count(), code), (2, Some(0)), "{out}");
}

/// Whoever types it may do so.
fn a_key_that_comes_twice() {
    for (strict, word, level, expected) in [(&[][..], "OK", "warn ", 0), (&["--strict"], "FAILED", "error", 1)] {
        let server = Server::start(&[&["--count", "2"], strict].concat());
        server.talk(&to("/chat"), HELLO);
        server.talk(&to("/other"), HELLO);
        let (out, _, code) = server.end();
        let lines: Vec<_> = out.lines().collect();
        assert!(
            lines[0].starts_with("PEER: OK (GET /chat; ") && lines[1].starts_with(&format!("PEER: {word} (GET /other; ")),
            "{out}"
        );
        let finding = format!(
            "  {level} client key-reused: the key `Zx8rNEkBE4xnwifpuh8DHQ==` came over another connection too, expected a random one for \
             each (RFC 6455 4.1)"
        );
        assert_eq!((&lines[2..], code), (&[finding.as_str()][..], Some(expected)), "{out}");
    }
}

/// That is no frame which shows that it opened; what comes behind it is, from where a frame begins. A body belongs to the request.
fn a_client_that_speaks_before_the_answer() {
    const WAITS: &str = "  error client request-waits: ";
    for (early, later, told, finding) in [
        (HELLO, &b""[..], "ended the connection without a frame", Some(11)),
        (&HELLO[..7], &HELLO[7..], "ended the connection without a frame", Some(7)),
        (HELLO, b"\x8a\x80\0\0\0\0", "opened: it sent a Pong frame", Some(11)),
        (b"\r\n", HELLO, "opened: it sent a text frame", Some(2)),
        (b"", HELLO, "opened: it sent a text frame", None),
    ] {
        let server = Server::start(&["--count", "1"]);
        let mut stream = server.connect();
        stream.write_all(&[to("/chat").as_bytes(), early].concat()).expect("it reads");
        // The head, and it alone.
        stream.read_exact(&mut [0; 129]).expect("a 101");
        let _ = stream.write_all(later).and_then(|()| stream.shutdown(Shutdown::Write));
        let _ = stream.read_to_end(&mut Vec::new());
        let (out, _, code) = server.end();
        let mut lines = out.lines();
        assert!(lines.next().is_some_and(|line| line.ends_with(&format!("; the client {told})"))), "{early:?}: {out}");
        let expected = finding.map(|count| {
            format!("{WAITS}{count} bytes came behind the request before it was answered, expected none (RFC 6455 4.1)")
        });
        assert_eq!((lines.next(), code), (expected.as_deref(), Some(i32::from(finding.is_some()))), "{out}");
    }
    let server = Server::start(&["--count", "1"]);
    let mut stream = server.connect();
    let request = to("/chat").replace("\r\n\r\n", "\r\nContent-Length: 5\r\n\r\nHello");
    stream.write_all(request.as_bytes()).expect("it reads");
    drop(stream);
    let (out, _, code) = server.end();
    assert_eq!((out.contains(WAITS), code), (false, Some(0)), "{out}");
}

/// What is shown stands in the order in which it was sent.
fn the_bytes_in_their_order() {
    let server = Server::start(&["--count", "1", "-v"]);
    let mut stream = server.connect();
    stream.write_all(&[to("/chat").as_bytes(), b"early\n"].concat()).expect("it reads");
    stream.read_exact(&mut [0; 129]).expect("a 101");
    stream.write_all(HELLO).expect("it reads");
    drop(stream);
    let (out, ..) = server.end();
    let places = ["> GET /chat HTTP/1.1\\r\\n\n", "> early\\n\n", "< HTTP/1.1 101 ", "> \\x81\\x85"].map(|text| out.find(text));
    assert!(places.is_sorted() && places.iter().all(Option::is_some), "{places:?}: {out}");
}

/// What it sends and when it ends the connection, whatever the answer was.
fn what_a_client_does() {
    for (path, frames, told) in [
        ("/accept-wrong", HELLO, "opened: it sent a text frame"),
        ("/accept-wrong", b"", "ended the connection without a frame"),
        ("/behind-crlf", PROTOCOL_ERROR, "opened, and failed the connection at once with Close 1002"),
        ("/status-403", b"", "ended the connection without a frame"),
        ("/hangup", b"", "ended the connection without a frame"),
    ] {
        let server = Server::start(&["--count", "1"]);
        server.talk(&to(path), frames);
        let (out, _, code) = server.end();
        assert!(out.ends_with(&format!("; the client {told})\n")) && code == Some(0), "{path}: {out}");
    }
    // It hears a Ping, and answers it.
    let server = Server::start(&["--count", "1"]);
    let mut stream = server.connect();
    stream.write_all(to("/chat").as_bytes()).expect("it reads");
    let mut came = [0; 136];
    stream.read_exact(&mut came).expect("a 101, and a Ping");
    assert_eq!(came[129..], *b"\x89\x05wskey", "{}", String::from_utf8_lossy(&came));
    stream.write_all(b"\x8a\x80\0\0\0\0").expect("it reads");
    drop(stream);
    let (out, ..) = server.end();
    assert!(out.ends_with("; the client opened: it sent a Pong frame)\n"), "{out}");
    // It does nothing at all, or sends what is no frame.
    for (bytes, told) in [
        (&b""[..], "neither sent a frame nor ended the connection"),
        (b"\x81\x05Hello", "sent what is no frame of a client, and kept the connection"),
    ] {
        let server = Server::start(&["--count", "1", "--timeout", "0.9"]);
        let mut stream = server.connect();
        stream.write_all(to("/chat").as_bytes()).expect("it reads");
        stream.read_exact(&mut [0; 129]).expect("a 101");
        stream.write_all(bytes).expect("it reads");
        let (out, ..) = server.end();
        assert!(out.ends_with(&format!("; the client {told})\n")), "{out}");
        drop(stream);
    }
}

fn a_case_that_says_nothing() {
    let server = Server::start(&["--count", "1"]);
    let came = server.talk(&to("/proto-other"), HELLO);
    assert!(came.starts_with(&switch(REQUEST, "")), "{came}");
    let told = "answered rightly: proto-other needs a request that asks for the subprotocol chat, and not for nope; ";
    let (out, ..) = server.end();
    assert!(out.contains(told), "{out}");
}

fn a_redirect_that_is_followed() {
    let server = Server::start(&["--count", "2"]);
    let came = server.talk(&to("/redirect-307?a=b"), b"");
    assert_eq!(field(&came, "Location"), Some("ws://a.example/redirect-307/followed?a=b"));
    let came = server.talk(&to("/redirect-307/followed?a=b"), HELLO);
    assert!(came.starts_with(&switch(REQUEST, "")), "{came}");
    let (out, err, code) = server.end();
    assert!(out.contains("(GET /redirect-307/followed?a=b; answered rightly; "), "{out}");
    assert_eq!((err.as_str(), code), ("", Some(0)));
}

/// Health checks, browsers that connect ahead, and others: told, and judged by nothing.
fn what_is_no_handshake() {
    let server = Server::start(&["--count", "3"]);
    let came = server.talk("GET /health\x1b[2J HTTP/1.1\r\nHost: a\r\n\r\n", b"");
    assert!(came.starts_with("HTTP/1.1 426 Upgrade Required\r\n"), "{came}");
    drop(server.connect());
    thread::sleep(Duration::from_millis(200));
    server.connect().write_all(b"GET / HTTP/1.1\r\nHost").expect("it reads");
    let (out, err, code) = server.end();
    let mut lines: Vec<_> = err.lines().collect();
    lines.sort_unstable();
    let expected = [
        "wskey: PEER: no handshake: `GET /health\\x1b[2J HTTP/1.1`",
        "wskey: PEER: no request: the client closed the connection inside the head",
        "wskey: PEER: no request: the client closed the connection without a byte",
        "wskey: no handshake came",
    ];
    assert_eq!((out.as_str(), lines.as_slice(), code), ("", &expected[..], Some(2)));
}

/// The nearest case, and none where the path names one that the request, without a key, cannot be answered as.
fn a_path_that_is_nearly_a_case() {
    let keyless = to("/status-403").replace("Sec-WebSocket-Key: Zx8rNEkBE4xnwifpuh8DHQ==\r\n", "");
    for (request, answered, err) in [
        (to("/accept-wrnog"), "answered rightly", "wskey: PEER: /accept-wrnog is no case, perhaps /accept-wrong was meant\n"),
        (to("/status-4033"), "answered rightly", "wskey: PEER: /status-4033 is no case, perhaps /status-403 was meant\n"),
        (keyless, "answered 400", ""),
    ] {
        let server = Server::start(&["--count", "1"]);
        server.talk(&request, HELLO);
        let (out, told, _) = server.end();
        assert!(out.contains(&format!("; {answered}; ")), "{out}");
        assert_eq!(told, err);
    }
}

fn credentials_are_not_shown() {
    for args in [&["--count", "1", "-v"][..], &["--count", "1", "--json", "-v"]] {
        let server = Server::start(args);
        let asking = to("/chat?access_token=s3cretTOKEN").replace("\r\n\r\n", "\r\nCookie: sid=s3cretCOOKIE\r\n\r\n");
        server.talk(&asking, b"\x81\x8d\0\0\0\0s3cretCOOKIE!");
        let (out, err, _) = server.end();
        assert!(out.contains("<redacted>") && !out.contains("s3cret") && err.is_empty(), "{out}{err}");
    }
}

fn json() {
    let server = Server::start(&["--count", "1", "--json"]);
    server.talk(&to("/accept-wrong"), HELLO);
    let (out, err, code) = server.end();
    let object: serde_json::Value = serde_json::from_str(&out).expect("one object");
    let expected = serde_json::json!({"schema": 2, "type": "connection", "peer": "PEER", "verdict": "OK", "ok": true,
        "key": "Zx8rNEkBE4xnwifpuh8DHQ==", "target": "/accept-wrong", "case": "accept-wrong", "status": 101, "outcome": "accepted",
        "message": "opened: it sent a text frame", "findings": []});
    assert_eq!((object, err.as_str(), code), (expected, "", Some(0)));
    // What a case needs, and the bytes of a request that is wrong.
    let server = Server::start(&["--count", "2", "--json"]);
    server.talk(&fresh("/proto-right"), HELLO);
    let wrong = fresh("/chat").replace("Version: 13", "Version: 8");
    server.talk(&wrong, b"");
    let (out, _, code) = server.end();
    let objects: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let [lacking, failed] = &objects[..] else { panic!("{out}") };
    assert_eq!((&lacking["case"], &lacking["lacks"]), (&"proto-right".into(), &"asks for the subprotocol chat".into()));
    assert_eq!((lacking.get("sent"), lacking.get("received")), (None, None));
    assert_eq!((failed["received"].as_str(), &failed["status"], code), (Some(&wrong[..]), &426.into(), Some(1)));
    assert!(failed["sent"].as_str().is_some_and(|sent| sent.starts_with("HTTP/1.1 426 Upgrade Required\r\n")), "{out}");
}

fn nobody_came() {
    let server = Server::start(&["--count", "1", "--timeout", "0.2"]);
    let stream = server.connect();
    let err = "wskey: PEER: no request: no byte came within 0.2 s\nwskey: no handshake came\n";
    assert_eq!(server.end(), (String::new(), err.to_owned(), Some(2)));
    drop(stream);
}

/// What came until then counts.
fn an_interrupt() {
    for (path, expected) in [("/chat", 0), ("chat", 1)] {
        let mut server = Server::start(&[]);
        server.talk(&to(path), HELLO);
        let mut line = String::new();
        server.out.read_line(&mut line).expect("a report");
        interrupt(&server.child);
        assert_eq!(server.end().2, Some(expected), "{line}");
    }
}

/// As nohup starts it, it outlives the terminal, and else it does not.
#[cfg(target_os = "linux")]
fn a_terminal_that_is_gone() {
    // Whoever runs the tests may ignore the signal, as nohup does.
    let mut command = Command::new("env");
    command.args(["--default-signal=HUP", env!("CARGO_BIN_EXE_wskey"), "serve"]);
    let server = Server::of(&mut command);
    send("-HUP", &server.child);
    assert_eq!(server.end().2, Some(2));
    let mut command = Command::new("nohup");
    command.arg(env!("CARGO_BIN_EXE_wskey")).args(["serve", "--count", "1"]);
    let server = Server::of(&mut command);
    send("-HUP", &server.child);
    assert!(server.talk(&to("/chat"), HELLO).starts_with("HTTP/1.1 101 "));
    assert_eq!(server.end().2, Some(0));
}

/// What is known by then is told.
fn an_interrupt_while_a_client_is_watched() {
    for json in [false, true] {
        let server = Server::start(if json { &["--timeout", "60", "--json"] } else { &["--timeout", "60"] });
        let mut stream = server.connect();
        // In this case nothing is sent that it could answer.
        stream.write_all(to("/silent").as_bytes()).expect("it reads");
        let mut idle = server.connect();
        idle.write_all(b"GET / HTTP/1.1\r\n").expect("it reads");
        let came = server.talk(&fresh("/chat"), HELLO);
        assert!(came.starts_with("HTTP/1.1 101 "), "{came}");
        interrupt(&server.child);
        let (out, err, code) = server.end();
        let told = "had neither sent a frame nor ended the connection when wskey was interrupted";
        if json {
            let object: serde_json::Value = serde_json::from_str(out.lines().last().expect("a line")).expect("an object");
            let found = (&object["verdict"], &object["message"], object.get("outcome"));
            assert_eq!(found, (&"OK".into(), &told.into(), None), "{out}");
        } else {
            let line = format!("PEER: OK (GET /silent; answered as silent: no byte, connection kept; the client {told})\n");
            assert!(out.ends_with(&line), "{out}");
        }
        assert_eq!((err.as_str(), code), ("", Some(0)));
        drop((stream, idle));
    }
}

/// A pipe that is full, and then one that is closed.
fn nobody_reads_what_is_told() {
    let mut server = Server::start(&["--json", "--verbose"]);
    let long = to("/chat").replace("\r\n\r\n", &format!("\r\nX: {}\r\n\r\n", "a".repeat(60 << 10)));
    (0..3).for_each(|_| drop(server.talk(&long, HELLO)));
    interrupt(&server.child);
    until(|| server.child.try_wait().expect("its state").is_some());
    assert_eq!(server.end().2, Some(2));
    let mut server = Server::start(&[]);
    server.out = BufReader::new(Box::new(io::empty()));
    server.talk(&to("/chat"), HELLO);
    until(|| server.child.try_wait().expect("its state").is_some());
    let (_, err, code) = server.end();
    assert_eq!((err.as_str(), code), ("wskey: stdout is closed: the run ends after 1 connection\n", Some(2)));
}

/// One that is idle keeps nobody from being served.
fn many_connections_at_once() {
    let server = Server::start(&["--count", "1", "--timeout", "20"]);
    let idle: Vec<_> = (0..200).map(|_| server.connect()).collect();
    assert!(server.talk(&to("/chat"), HELLO).starts_with("HTTP/1.1 101 "));
    assert_eq!(server.end().2, Some(0));
    drop(idle);
}

/// They come from a process of its own, since each takes a descriptor.
fn a_thousand_connections_at_once() {
    let server = Server::start(&["--count", "257", "--timeout", "20", "--quiet"]);
    let mut crowd = Command::new(env::current_exe().expect("this program"));
    let crowd = crowd.arg(format!("ws://{}/", server.address)).env(CLIENT, "crowd").output().expect("it runs");
    assert_eq!(String::from_utf8_lossy(&crowd.stderr), "256\n");
    // As soon as one of them is gone there is room again.
    while !server.talk(&to("/chat"), HELLO).starts_with("HTTP/1.1 101 ") {}
    let told = "wskey: 256 connections are open, the most at once: others are closed\n";
    assert_eq!(server.end(), (String::new(), told.to_owned(), Some(0)));
}

fn a_head_that_drips() {
    let server = Server::start(&["--count", "1", "--timeout", "0.4"]);
    let mut stream = server.connect();
    while stream.write_all(b"G").is_ok() {
        thread::sleep(Duration::from_millis(20));
    }
    let told = "wskey: PEER: no request: the head was not complete in time\nwskey: no handshake came\n";
    assert_eq!(server.end(), (String::new(), told.to_owned(), Some(2)));
}

/// Heads without an end, and frames without an end behind a request, up to a gibibyte of each: 64 of them side by side.
#[cfg(target_os = "linux")]
fn memory_is_bounded() {
    let server = Server::start(&["--count", "65"]);
    thread::scope(|scope| {
        for number in 0..64 {
            let mut stream = server.connect();
            scope.spawn(move || {
                // Before the answer, behind it, or in a head.
                let (first, then) = match number % 4 {
                    0 | 2 => ("GET / HTTP/1.1\r\nX: ".to_owned(), &b"a"[..]),
                    1 => (fresh("/chat"), HELLO),
                    _ => (fresh("/chat") + &"a".repeat(70 << 10), HELLO),
                };
                let many = then.repeat((1 << 16) / then.len());
                let is_taken = stream.write_all(first.as_bytes()).is_ok();
                if number % 4 == 1 {
                    stream.read_exact(&mut [0; 129]).expect("a 101");
                }
                let taken = is_taken && (0..1 << 14).all(|_| stream.write_all(&many).is_ok());
                assert!(!taken, "it took a gibibyte");
            });
        }
    });
    let status = fs::read_to_string(format!("/proc/{}/status", server.child.id())).expect("it runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the kernel tells");
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(peak < 40 * 1024, "{peak} KiB");
    assert!(server.talk(&fresh("/chat"), HELLO).starts_with("HTTP/1.1 101 "));
    let (out, err, code) = server.end();
    let count = |told: &str| out.matches(&format!("; the client {told}")).count();
    let counts = (count("opened: it sent a text frame)\n"), count("sent more than 64 KiB "));
    assert_eq!((counts, code), ((17, 16), Some(1)), "{out}");
    assert_eq!(err, "wskey: PEER: no request: the head is longer than 64 KiB\n".repeat(32));
}

fn hostile_heads() {
    for (head, told) in [
        (format!("GET / HTTP/1.1\r\nX: {}", "a".repeat(70 << 10)), "the head is longer than 64 KiB"),
        (format!("GET / HTTP/1.1\r\n{}", "X: a\r\n".repeat(300)), "the head has more than 256 lines"),
    ] {
        let server = Server::start(&["--count", "1"]);
        let mut stream = server.connect();
        let _ = stream.write_all(head.as_bytes());
        let (_, err, code) = server.end();
        assert_eq!((err, code), (format!("wskey: PEER: no request: {told}\nwskey: no handshake came\n"), Some(2)));
    }
}

fn run(args: &[&str]) -> (String, String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_wskey")).arg("serve").args(args).output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (text(output.stdout), text(output.stderr), output.status.code())
}

fn usage() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let err = format!("wskey: cannot listen on {address}: Address already in use (os error 98)\n");
    assert_eq!(run(&[&address]), (String::new(), err, Some(2)));
    let (_, err, code) = run(&["--case", "accept-wrng"]);
    assert_eq!((err.as_str(), code), ("wskey: unknown case 'accept-wrng', did you mean 'accept-wrong'?\n", Some(2)));
    assert_eq!(run(&["--count", "0"]).2, Some(2));
    #[cfg(not(feature = "tls"))]
    assert_eq!(
        run(&["--tls-cert", "a", "--tls-key", "b"]),
        (String::new(), "wskey: this wskey was built without TLS, so it cannot serve wss://\n".to_owned(), Some(2))
    );
    assert_eq!(run(&["nowhere.invalid:1"]).2, Some(2));
    for wrong in ["localhost", "8080", ":8080", "localhost:", "ws://127.0.0.1:0/", "127.0.0.1:65536"] {
        let err = format!("wskey: `{wrong}` is no address, expected HOST:PORT as in 127.0.0.1:8080\n");
        assert_eq!(run(&[wrong]), (String::new(), err, Some(2)));
    }
    let (_, err, code) = run(&["--conformance", "node", "client.mjs"]);
    assert!(err.contains("COMMAND stands behind '--': 'wskey serve --conformance -- COMMAND {}'"), "{err}");
    assert_eq!(code, Some(2));
}

fn the_cases() {
    let (out, err, code) = run(&["--list-cases"]);
    assert_eq!((out.lines().count(), err.as_str(), code), (CASES.len(), "", Some(0)));
    assert!(out.starts_with("correct\taccept\terror\t4.1\ta right answer\naccept-wrong\trefuse\terror\t4.1 (4)\t"), "{out}");
}
