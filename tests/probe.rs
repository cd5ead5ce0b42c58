//! `wskey probe` against servers that are right, wrong, broken and hostile, over real sockets.
#![cfg(feature = "cli")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;
use tungstenite::handshake::derive_accept_key;

/// What a run of the program came to.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

/// Runs `wskey probe`; PORT stands for the port in the operands and in what comes back, N for the milliseconds.
fn run(port: u16, args: &[&str]) -> Ran {
    let args = args.iter().map(|arg| arg.replace("PORT", &port.to_string()));
    let output = Command::new(env!("CARGO_BIN_EXE_wskey")).arg("probe").args(args).output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8").replace(&format!(":{port}"), ":PORT");
    let mut out = String::new();
    for line in text(output.stdout).split_inclusive('\n') {
        match line.strip_suffix(" ms)\n") {
            Some(before) => out.extend([before.trim_end_matches(|c: char| c.is_ascii_digit()), "N ms)\n"]),
            None => out.push_str(line),
        }
    }
    Ran { code: output.status.code(), out, err: text(output.stderr) }
}

#[track_caller]
fn check(port: u16, args: &[&str], code: i32, out: &str, err: &str) {
    let ran = run(port, args);
    assert_eq!((ran.out.as_str(), ran.err.as_str(), ran.code), (out, err, Some(code)));
}

/// A server that does this with each connection, and counts from 0; it lives as long as the test.
fn serve(behave: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let behave = Arc::new(behave);
    thread::spawn(move || {
        for (number, socket) in listener.incoming().enumerate() {
            let behave = Arc::clone(&behave);
            thread::spawn(move || behave(socket.expect("a connection"), number));
        }
    });
    port
}

/// Reads a request's head.
fn request(socket: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && socket.read(&mut byte).is_ok_and(|count| count > 0) {
        head.extend(byte);
    }
    String::from_utf8_lossy(&head).into_owned()
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
}

/// The right answer to a request, with more lines in it.
fn switch(head: &str, more: &str) -> String {
    let accept = derive_accept_key(field(head, "Sec-WebSocket-Key").unwrap_or_default().as_bytes());
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n{more}\r\n"
    )
}

/// Reads until the client hangs up.
fn drain(socket: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    let _ = socket.read_to_end(&mut all);
    all
}

/// A server that reads a request, answers with these bytes, and closes when the client does.
fn answers(answer: impl Into<Vec<u8>>) -> u16 {
    let answer = answer.into();
    serve(move |mut socket, _| {
        request(&mut socket);
        let _ = socket.write_all(&answer);
        drain(&mut socket);
    })
}

/// A server that is right, with more lines in its answer.
fn right(more: &'static str) -> u16 {
    serve(move |mut socket, _| {
        let head = request(&mut socket);
        let _ = socket.write_all(switch(&head, more).as_bytes());
        drain(&mut socket);
    })
}

const URL: &str = "ws://127.0.0.1:PORT/chat";

#[test]
fn nobody_listens() {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
    check(port, &[URL], 3, "", "wskey: ws://127.0.0.1:PORT/chat: cannot connect: 127.0.0.1:PORT: connection refused\n");
}

#[test]
fn the_name_is_unknown() {
    // RFC 6761, section 6.4: it never resolves. What the system says of that differs.
    let ran = run(1, &["ws://nosuch.invalid/"]);
    assert_eq!((ran.out.as_str(), ran.code), ("", Some(3)));
    let begin = "wskey: ws://nosuch.invalid/: the name nosuch.invalid does not resolve: ";
    assert!(ran.err.starts_with(begin), "{}", ran.err);
}

#[test]
fn closed_without_a_byte() {
    let port = serve(|mut socket, _| drop(request(&mut socket)));
    check(
        port,
        &[URL],
        3,
        "",
        "wskey: ws://127.0.0.1:PORT/chat: the server closed the connection without a byte of an answer; a port that speaks TLS does so too: is it wss://?\n",
    );
}

/// Closing with unread bytes resets the connection.
fn reset(socket: &TcpStream) {
    let _ = socket.peek(&mut [0]);
}

#[test]
fn reset_without_a_byte() {
    let port = serve(|socket, _| reset(&socket));
    check(
        port,
        &[URL],
        3,
        "",
        "wskey: ws://127.0.0.1:PORT/chat: the server reset the connection without a byte of an answer; a port that speaks TLS does so too: is it wss://?\n",
    );
}

#[test]
fn reset_behind_the_answer() {
    let port = serve(|mut socket, _| {
        reset(&socket);
        let _ = socket.write_all(b"HTTP/1.1 503 Service Unavailable\r\n\r\n");
    });
    let out = "ws://127.0.0.1:PORT/chat: FAILED (HTTP/1.1 503 Service Unavailable; N ms)\n  \
               error between response-status: 503 instead of 101: a gateway got no answer from the server behind it (RFC 6455 4.1, 4.2.2)\n";
    check(port, &[URL], 1, out, "");
}

#[test]
fn silence() {
    let port = serve(|mut socket, _| drop(drain(&mut socket)));
    let err = "wskey: ws://127.0.0.1:PORT/chat: the server connected and said nothing within 0.2 s\n";
    check(port, &[URL, "--timeout", "0.2"], 3, "", err);
}

/// What comes back where an answer is no HTTP at all.
#[track_caller]
fn check_garbage(answer: &[u8], sentence: &str) {
    let out = format!("ws://127.0.0.1:PORT/chat: FAILED (N ms)\n  {sentence}\n");
    check(answers(answer), &[URL], 1, &out, "");
}

#[test]
fn not_http() {
    check_garbage(b"SSH-2.0-OpenSSH_9.2\r\n", r"the answer is not HTTP: it begins with `SSH-2.0-OpenSSH_9.2\r\n`");
    check_garbage(b"\x1b[2J\x00\x07\xff", r"the answer is not HTTP: it begins with `\x1b[2J\x00\x07\xff`");
    check_garbage(
        &b"<p>hello</p>".repeat(10),
        &format!("the answer is not HTTP: it begins with `{}<p>h`", "<p>hello</p>".repeat(5)),
    );
    check_garbage(b"http/1.1 101\r\n\r\n", r"the answer is not HTTP: it begins with `http/1.1 101\r\n\r\n`");
}

#[test]
fn tls_on_a_port_that_was_thought_plain() {
    // RFC 8446, section 6: alert, version 3.1, two bytes, fatal, protocol_version.
    check_garbage(
        b"\x15\x03\x01\x00\x02\x02\x46",
        r"the answer is not HTTP: it begins with `\x15\x03\x01\x00\x02\x02F`; that is a TLS alert: the port speaks TLS, use wss://",
    );
    let port = answers("HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n");
    let ran = run(port, &[URL]);
    let line = ran.out.lines().nth(1);
    assert_eq!((line, ran.code), (Some("  the answer says that the port speaks TLS: use wss://"), Some(1)));
}

#[test]
fn http2_on_a_plain_port() {
    check_garbage(
        b"\x00\x00\x00\x04\x00\x00\x00\x00\x00",
        r"the answer is not HTTP: it begins with `\x00\x00\x00\x04\x00\x00\x00\x00\x00`; that is HTTP/2, which knows no Upgrade",
    );
}

/// A head that is cut off: it is judged as far as it goes, and what cut it off is told.
#[track_caller]
fn check_cut(port: u16, args: &[&str], first: &str, sentence: &str) {
    let ran = run(port, args);
    let mut lines = ran.out.lines();
    let begin = format!("ws://127.0.0.1:PORT/chat: FAILED ({first}");
    let line = lines.next().unwrap_or_default();
    assert!(line.starts_with(&begin), "{line}");
    assert_eq!(lines.next(), Some(format!("  {sentence}").as_str()));
    assert!(ran.out.contains("head-unterminated"), "{}", ran.out);
    assert_eq!((ran.err.as_str(), ran.code), ("", Some(1)));
}

#[test]
fn closed_inside_the_head() {
    let port = serve(|mut socket, _| {
        request(&mut socket);
        let _ = socket.write_all(b"HTTP/1.1 101 Switching Protocols\r\nUpgr");
    });
    let sentence = "the connection was closed inside the head of the answer, after 38 bytes";
    check_cut(port, &[URL], "HTTP/1.1 101 Switching Protocols; N ms)", sentence);
}

#[test]
fn a_head_that_drips() {
    // It would be whole in ten seconds.
    let port = serve(|mut socket, _| {
        let head = request(&mut socket);
        for byte in switch(&head, "").bytes() {
            if socket.write_all(&[byte]).is_err() {
                break;
            }
            thread::sleep(Duration::from_millis(80));
        }
    });
    let ran = run(port, &[URL, "--timeout", "0.3"]);
    assert!(ran.out.contains("  nothing more came within 0.3 s inside the head of the answer, after "), "{}", ran.out);
    assert_eq!((ran.err.as_str(), ran.code), ("", Some(1)));
}

/// A server that says `begin`, and then `again`, up to a gigabyte, until the client hangs up.
fn floods(begin: &'static str, again: &'static str) -> u16 {
    let chunk = again.repeat(65536 / again.len());
    serve(move |mut socket, _| {
        request(&mut socket);
        let _ = socket.write_all(begin.as_bytes());
        for _ in 0..(1 << 30) / chunk.len() {
            if socket.write_all(chunk.as_bytes()).is_err() {
                break;
            }
        }
    })
}

#[test]
fn a_head_that_never_ends() {
    let too_long = "the head of the answer is longer than 65536 bytes";
    check_cut(
        floods("HTTP/1.1 101 Switching Protocols\r\nX: ", "a"),
        &[URL],
        "HTTP/1.1 101 Switching Protocols; N ms)",
        too_long,
    );
    check_cut(floods("HTTP/1.1 101 ", "a"), &[URL], "HTTP/1.1 101 aaaa", too_long);
    let too_many = "the head of the answer has more than 256 fields";
    check_cut(
        floods("HTTP/1.1 101 Switching Protocols\r\n", "A: b\r\n"),
        &[URL],
        "HTTP/1.1 101 Switching Protocols; N ms)",
        too_many,
    );
}

#[test]
fn a_gigabyte_of_garbage() {
    let out = format!("ws://127.0.0.1:PORT/chat: FAILED (N ms)\n  the answer is not HTTP: it begins with `{}`\n", "a".repeat(64));
    check(floods("", "a"), &[URL], 1, &out, "");
}

#[test]
fn interim_answers_without_end() {
    let ran = run(floods("", "HTTP/1.1 100 Continue\r\n\r\n"), &[URL]);
    assert!(ran.out.contains("\n  the head of the answer is longer than 65536 bytes\n"), "{}", ran.out);
    assert_eq!((ran.err.as_str(), ran.code), ("", Some(1)));
}

#[test]
fn an_interim_answer_alone() {
    let answer = "HTTP/1.1 100 Continue\r\n\r\n";
    let port = serve(move |mut socket, _| {
        request(&mut socket);
        let _ = socket.write_all(answer.as_bytes());
    });
    let out = "ws://127.0.0.1:PORT/chat: FAILED (N ms)\n  the connection was closed behind an interim answer, after 25 bytes\n";
    check(port, &[URL], 1, out, "");
    let out =
        "ws://127.0.0.1:PORT/chat: FAILED (N ms)\n  nothing more came within 0.2 s behind an interim answer, after 25 bytes\n";
    check(answers(answer), &[URL, "--timeout", "0.2"], 1, out, "");
}

#[test]
fn exactly_256_fields() {
    let more: &'static str = "X: y\r\n".repeat(253).leak();
    check(right(more), &[URL], 0, "ws://127.0.0.1:PORT/chat: OK (HTTP/1.1 101 Switching Protocols; N ms)\n", "");
    let more: &'static str = "X: y\r\n".repeat(254).leak();
    let ran = run(right(more), &[URL]);
    assert!(ran.out.contains("\n  the head of the answer has more than 256 fields\n"), "{}", ran.out);
    assert_eq!(ran.code, Some(1));
}

#[test]
fn an_answer_before_the_request_ends() {
    let port = serve(|mut socket, _| {
        let _ = socket.read(&mut [0]);
        let _ = socket.write_all(b"HTTP/1.1 431 Request Header Fields Too Large\r\n\r\n");
    });
    let header = format!("X-A: {}", "a".repeat(100_000));
    let out = "ws://127.0.0.1:PORT/chat: FAILED (HTTP/1.1 431 Request Header Fields Too Large; N ms)\n  \
               error server  response-status: 431 instead of 101: the server refuses the request (RFC 6455 4.1, 4.2.2)\n";
    check(port, &[URL, "-H", &header], 1, out, "");
}

#[test]
fn interim_answers_first() {
    let port = serve(|mut socket, _| {
        let head = request(&mut socket);
        let _ = socket.write_all(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
        let _ = socket.write_all(switch(&head, "").as_bytes());
        drain(&mut socket);
    });
    check(port, &[URL], 0, "ws://127.0.0.1:PORT/chat: OK (HTTP/1.1 101 Switching Protocols; N ms)\n", "");
}

#[test]
fn a_proper_close() {
    let (sender, receiver) = mpsc::channel();
    let port = serve(move |mut socket, _| {
        let head = request(&mut socket);
        // A text frame and a long binary one right behind the head.
        let frames = [b"\x81\x05hello\x82\x7e\x01\x00".as_slice(), &[7; 256]].concat();
        let _ = socket.write_all(&[switch(&head, "").as_bytes(), &frames].concat());
        let mut close = [0; 8];
        socket.read_exact(&mut close).expect("a Close frame");
        let _ = socket.write_all(b"\x88\x02\x03\xe8");
        let behind = drain(&mut socket);
        sender.send((close, behind)).expect("the test waits");
    });
    check(port, &[URL], 0, "ws://127.0.0.1:PORT/chat: OK (HTTP/1.1 101 Switching Protocols; N ms)\n", "");
    for (close, behind) in receiver.iter().take(2) {
        let [opcode, length, a, b, c, d, high, low] = close;
        assert_eq!((opcode, length, [high ^ a, low ^ b]), (0x88, 0x82, 1000_u16.to_be_bytes()));
        assert_ne!([a, b, c, d], [0; 4], "a mask");
        assert_eq!(behind, b"");
    }
}

#[test]
fn controls_in_a_head_are_escaped() {
    let ran = run(right("Server: \x1b[2Jevil\x00\x07\u{202e}\r\n"), &[URL, "-v"]);
    assert!(ran.out.bytes().all(|b| b == b'\n' || !b.is_ascii_control()), "{:?}", ran.out);
    let line = ran.out.lines().find(|line| line.starts_with("ws://"));
    let expected =
        r"ws://127.0.0.1:PORT/chat: FAILED (HTTP/1.1 101 Switching Protocols; server \x1b[2Jevil\x00\x07\u{202e}; N ms)";
    assert_eq!((line, ran.code), (Some(expected), Some(1)));
    assert!(ran.out.contains("< Server: \\x1b[2Jevil\\x00\\x07\\u{202e}\\r\\n\n"), "{}", ran.out);
}

#[test]
fn yes_tells_what_was_chosen() {
    let more = "Server: test/1\r\nSec-WebSocket-Protocol: superchat\r\n";
    let out = "ws://127.0.0.1:PORT/chat: OK (HTTP/1.1 101 Switching Protocols; server test/1; subprotocol superchat; N ms)\n";
    check(right(more), &[URL, "--subprotocol", "chat", "--subprotocol", "superchat"], 0, out, "");
    check(right(more), &[URL, "--subprotocol", "chat,superchat", "-q"], 0, "", "");
}

#[test]
fn a_redirection_is_shown_and_not_followed() {
    static CONNECTIONS: AtomicUsize = AtomicUsize::new(0);
    let port = serve(|mut socket, _| {
        CONNECTIONS.fetch_add(1, Ordering::SeqCst);
        request(&mut socket);
        let _ = socket.write_all(b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n");
        drain(&mut socket);
    });
    let out = "ws://127.0.0.1:PORT/chat: FAILED (HTTP/1.1 302 Found; N ms)\n  \
               error client  response-status: 302 instead of 101: a redirection, which browsers do not follow here; \
               ask `/login` instead (RFC 6455 4.1, 4.2.2)\n";
    check(port, &[URL], 1, out, "");
    assert_eq!(CONNECTIONS.load(Ordering::SeqCst), 1);
}

#[test]
fn an_accept_value_that_never_changes() {
    let port = answers(switch("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", ""));
    let ran = run(port, &[URL]);
    assert!(ran.out.contains("accept-mismatch"), "{}", ran.out);
    assert!(ran.out.contains("accept-constant"), "{}", ran.out);
    assert_eq!((ran.err.as_str(), ran.code), ("", Some(1)));
}

#[test]
fn a_second_handshake_that_is_refused() {
    let once = || {
        serve(|mut socket, number| {
            let head = request(&mut socket);
            let refusal = "HTTP/1.1 409 Conflict\r\n\r\n".to_owned();
            let _ = socket.write_all(if number == 0 { switch(&head, "") } else { refusal }.as_bytes());
            drain(&mut socket);
        })
    };
    let warning = "server  response-status: the first handshake was accepted, the second not: 409 instead of 101: \
                   the server refuses the request (RFC 6455 4.1, 4.2.2)\n";
    let first = "ws://127.0.0.1:PORT/chat: OK (HTTP/1.1 101 Switching Protocols; N ms)\n";
    check(once(), &[URL], 0, &format!("{first}  warn  {warning}"), "");
    check(once(), &[URL, "--strict"], 1, &format!("{}  error {warning}", first.replace("OK", "FAILED")), "");
    check(once(), &[URL, "--quiet"], 0, "", "");
    let port = serve(|mut socket, number| {
        let head = request(&mut socket);
        if number == 0 {
            let _ = socket.write_all(switch(&head, "").as_bytes());
            drain(&mut socket);
        }
    });
    let out = format!(
        "{first}  warn  the first handshake was accepted, the second not: \
         the server closed the connection without a byte of an answer; a port that speaks TLS does so too: is it wss://?\n"
    );
    check(port, &[URL], 0, &out, "");
}

#[test]
fn every_address_of_a_name_is_tried() {
    // Where localhost has ::1 too, nobody listens there.
    let port = right("");
    check(port, &["ws://localhost:PORT/"], 0, "ws://localhost:PORT/: OK (HTTP/1.1 101 Switching Protocols; N ms)\n", "");
}

/// What a server is sent with these options.
fn sent(args: &[&str]) -> String {
    let (sender, receiver) = mpsc::channel();
    let port = serve(move |mut socket, _| {
        let _ = sender.send(request(&mut socket));
        let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    assert_eq!(run(port, args).code, Some(1));
    let head = receiver.recv().expect("a request").replace(&format!(":{port}"), ":PORT");
    let key = field(&head, "Sec-WebSocket-Key").unwrap_or_default();
    assert_eq!(key.len(), 24);
    head.replace(key, "KEY")
}

#[test]
fn the_request() {
    let rest = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: KEY\r\nSec-WebSocket-Version: 13\r\n";
    assert_eq!(sent(&["http://127.0.0.1:PORT"]), format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n{rest}\r\n"));
    assert_eq!(
        sent(&["WS://Example.com?a=b", "--connect", "localhost:PORT", "--origin", "https://a.example", "--subprotocol", "a, b"]),
        format!(
            "GET /?a=b HTTP/1.1\r\nHost: Example.com\r\n{rest}Origin: https://a.example\r\nSec-WebSocket-Protocol: a, b\r\n\r\n"
        )
    );
    let replaced = ["-H", "host: other", "-H", "X-A: 1", "-H", "X-A:2", "-H", "Origin: x", "--origin", "y"];
    assert_eq!(
        sent(&[&["ws://[::1]:81/p?q", "--connect", "127.0.0.1:PORT"], &replaced[..]].concat()),
        format!("GET /p?q HTTP/1.1\r\nhost: other\r\n{rest}Origin: x\r\nX-A: 1\r\nX-A: 2\r\n\r\n")
    );
}

const SECRETS: [&str; 8] = [
    "-H",
    "Authorization: Bearer s3cret-token",
    "-H",
    "proxy-authorization: Basic s3cret-basic",
    "-H",
    "Cookie: a=s3cret-cookie; b=s3cret-second",
    "-H",
    "Cookie: c",
];

#[test]
fn secrets_are_not_shown() {
    let shown = |port, args: &[&str]| {
        let ran = run(port, &[&[URL], args, &SECRETS[..]].concat());
        let all = ran.out + &ran.err;
        assert!(!all.contains("s3cret"), "{all}");
        all
    };
    let port = right("Set-Cookie: s3cret=1\r\n\tcontinued s3cret\r\nX-Echo: Bearer s3cret-token\r\n");
    for args in [&["-v"][..], &["--json", "-v"], &["-v", "--conformance", "--only", "valid"]] {
        let all = shown(port, args);
        let count = |text: &str| all.matches(text).count();
        assert!(count("Authorization: <redacted>") >= 1, "{all}");
        assert!(count("proxy-authorization: <redacted>") >= 1, "{all}");
        assert!(count("Set-Cookie: <redacted>") >= 1, "{all}");
        // Each request has two.
        assert!(count("Cookie: <redacted>") >= 3, "{all}");
        assert!(count("X-Echo: <redacted>") >= 1, "{all}");
    }
    // A server that echoes, and one that tells them in places where they are quoted.
    let echo = serve(|mut socket, _| {
        let head = request(&mut socket);
        let _ = socket.write_all(&head.as_bytes()[head.find("s3cret").unwrap_or_default()..]);
    });
    shown(echo, &[]);
    shown(echo, &["--json"]);
    shown(answers("HTTP/1.1 302 Found\r\nLocation: /?t=s3cret-token\r\nServer: s3cret-cookie\r\n\r\n"), &[]);
    let folder = env!("CARGO_TARGET_TMPDIR");
    let file = format!("{folder}/secrets.xml");
    shown(echo, &["--conformance", "--junit", &file]);
    shown(port, &["--conformance", "--only", "key-empty", "--junit", &file]);
    let xml = fs::read_to_string(&file).expect("the file");
    assert!(xml.contains("&lt;redacted&gt;") && !xml.contains("s3cret"), "{xml}");
}

#[test]
fn usage() {
    let cases: &[(&[&str], &str)] = &[
        (&[""], "URL is empty, expected one like ws://localhost:8080/chat"),
        (&["example.com/chat"], "URL: example.com/chat has no scheme, expected ws://example.com/chat or wss://example.com/chat"),
        (&["localhost:8080"], "URL: localhost:8080 has no scheme, expected ws://localhost:8080 or wss://localhost:8080"),
        (&["ftp://example.com/"], "URL: the scheme is ftp, expected ws or wss"),
        (&["ws://example.com/chat#x"], "URL: '#x' is a fragment, which a WebSocket URL has not, expected ws://example.com/chat"),
        (&["ws://me:secret@h/"], "URL: there is a user or a password before '@'; -H 'Authorization: ...' sends one"),
        (&["me:secret@h/"], "URL: there is a user or a password before '@'; -H 'Authorization: ...' sends one"),
        (&["ws:///chat"], "URL: there is no host"),
        (&["ws://h:/"], "URL: h: has no port behind ':', expected 1 to 65535"),
        (&["ws://h:0/"], "URL: the port is '0', expected 1 to 65535"),
        (&["ws://h:65536/"], "URL: the port is '65536', expected 1 to 65535"),
        (&["ws://h:+80/"], "URL: the port is '+80', expected 1 to 65535"),
        (&["ws://::1/"], "URL: ::1 has too many colons; an IPv6 address stands in brackets"),
        (&["ws://[::1/"], "URL: [::1 has no ']' behind the address"),
        (&["ws://[::g]/"], "URL: ::g is no IPv6 address"),
        (&["ws://a,b/"], "URL: a,b is no name of a host"),
        (&["ws://h/ä"], "URL: 'ä' cannot stand there, expected ASCII: a name in punycode, a path percent-encoded"),
        (&["ws://h/a b"], "URL: ' ' cannot stand there, expected ASCII: a name in punycode, a path percent-encoded"),
        (&["ws://h/\x1b[2J"], r"URL: '\x1b' cannot stand there, expected ASCII: a name in punycode, a path percent-encoded"),
        (&["ws://h/", "-H", "A: b\r\nC: d"], "-H: there is a CR, LF or NUL in it, expected one line"),
        (&["ws://h/", "-H", "Authorization s3cret"], "-H: there is no colon, expected `Name: value`"),
        (&["ws://h/", "-H", "A b: c"], "-H: 'A b' is no field that can be sent, expected `Name: value`"),
        (&["ws://h/", "-H", ": c"], "-H: '' is no field that can be sent, expected `Name: value`"),
        (&["ws://h/", "--origin", "a\nb"], "--origin: there is a CR, LF or NUL in it, expected one line"),
        (&["ws://h/", "--subprotocol", "a\rb"], "--subprotocol: there is a CR, LF or NUL in it, expected one line"),
        (&["ws://h/", "--connect", "h"], "--connect: h has no port, expected HOST:PORT"),
        (&["ws://h/", "--timeout", "0"], "--timeout: 0 seconds, expected more than 0 and at most 86400"),
        (&["ws://h/", "--timeout", "inf"], "--timeout: inf seconds, expected more than 0 and at most 86400"),
        (&["ws://h/", "--cacert", "x"], "--cacert has no use without wss://"),
        (&["ws://h/", "--conformance", "--only", "nosuch"], "no case is called 'nosuch'; --list-cases lists them"),
        (&["ws://h/", "--conformance", "--skip", ""], "no case is called ''; --list-cases lists them"),
        (&["ws://h/", "--conformance", "--only", "key-nul", "--skip", "key-"], "--skip leaves no case"),
        (&["ws://h/", "--conformance", "--junit", "/nosuch/x.xml"], "/nosuch/x.xml: No such file or directory (os error 2)"),
    ];
    for (args, message) in cases {
        let ran = run(4711, args);
        assert_eq!((ran.out.as_str(), ran.err.as_str(), ran.code), ("", format!("wskey: {message}\n").as_str(), Some(2)));
    }
}

#[test]
fn the_list_of_cases() {
    let all: Vec<_> = include_str!("data/probe-cases.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').map(str::trim).collect::<Vec<_>>().join("\t") + "\n")
        .collect();
    check(1, &["--list-cases"], 0, &all.concat(), "");
    let some = |begins: fn(&str) -> bool| all.iter().filter(|line| begins(line)).map(String::as_str).collect::<String>();
    check(1, &["--list-cases", "--only", "http1"], 0, &some(|line| line.starts_with("http1")), "");
    // A name of its own is no prefix.
    check(1, &["--list-cases", "--only", "head"], 0, &some(|line| line.starts_with("head\t")), "");
    let skipped = some(|line| line.starts_with("host-") && !line.starts_with("host-two"));
    check(1, &["--list-cases", "--only", "host-,valid", "--skip", "host-two-same", "--skip", "host-two,valid"], 0, &skipped, "");
}

#[test]
fn a_server_that_refuses_everything_does_not_conform() {
    for (answer, said) in [
        (
            "HTTP/1.1 404 Not Found\r\n\r\n",
            "404 instead of 101: there is nothing at `/chat`, or a proxy dropped Upgrade on the way and the server has no page there",
        ),
        (
            "HTTP/1.1 403 Forbidden\r\n\r\n",
            "403 instead of 101: forbidden, often for the Origin, and none was seen in the request",
        ),
    ] {
        let ran = run(answers(answer), &["--conformance", URL]);
        assert!(ran.out.contains(said), "{}", ran.out);
        assert_eq!(ran.out.lines().count(), 2);
        let err = "wskey: a valid handshake was not accepted, so no case was judged\n";
        assert_eq!((ran.err.as_str(), ran.code), (err, Some(1)));
    }
    let port = serve(|_, _| {});
    let ran = run(port, &["--conformance", URL]);
    assert_eq!((ran.out.as_str(), ran.code), ("", Some(3)));
}

/// A server for a few cases: it takes any key and any version but 12, closes on an empty key, says nothing to one that is
/// missing, garbles HTTP/1.0, and does not know the answer to a key with blanks around it.
fn lenient() -> u16 {
    serve(|mut socket, _| {
        let head = request(&mut socket);
        let answer = match field(&head, "Sec-WebSocket-Key") {
            Some("") => return,
            None => return drop(drain(&mut socket)),
            Some(_) if head.contains(" HTTP/1.0\r\n") => "oh\x1b".to_owned(),
            Some(_) if head.contains(" \t") => switch("Sec-WebSocket-Key: other", ""),
            Some(_) if head.contains("Version: 12\r\n") => "HTTP/1.1 426 Upgrade Required\r\n\r\n".to_owned(),
            Some(_) => switch(&head, ""),
        };
        let _ = socket.write_all(answer.as_bytes());
        drain(&mut socket);
    })
}

const FEW: &str = "valid,key-missing,key-empty,key-plain,key-ows,ver-8,ver-12,http10";

#[test]
fn cases_a_line_each() {
    let args = ["--conformance", URL, "--only", FEW, "--case-timeout", "0.3"];
    let out = "\
OK     valid                 accepted: a valid handshake, fresh key
FAILED key-missing           the server connected and said nothing within 0.3 s, expected a refusal: no Sec-WebSocket-Key breaks key-missing (RFC 6455 4.2.1 (5))
WARN   key-empty             the server closed the connection without a byte of an answer: a status such as 400 would tell why (RFC 6455 4.2.1 (5))
FAILED key-plain             accepted, expected a refusal: key 'hello' breaks key-malformed (RFC 6455 4.2.1 (5))
FAILED key-ows               accepted with the accept value Oqbm+K8A0QZ0xHZIyzQzlBLN1Gg= instead of RIGHT, expected 101 and the right accept value: spaces and tabs around the key (RFC 9110 5.5)
NOTE   ver-8                 accepted: Sec-WebSocket-Version: 8
OK     ver-12                refused with 426: Sec-WebSocket-Version: 12
WARN   http10                the answer is not HTTP: it begins with `oh\\x1b`, expected a refusal: HTTP/1.0 breaks request-version (RFC 6455 4.2.1 (1))
";
    let masked = |out: String| {
        let right = out.split("instead of ").nth(1).and_then(|rest| rest.split(',').next()).unwrap_or_default().to_owned();
        assert_eq!(right.len(), 28);
        out.replace(&right, "RIGHT").replace(&derive_accept_key(b"other"), "Oqbm+K8A0QZ0xHZIyzQzlBLN1Gg=")
    };
    let ran = run(lenient(), &args);
    assert_eq!(masked(ran.out), out);
    assert_eq!((ran.err.as_str(), ran.code), ("wskey: 8 cases: 2 OK, 3 FAILED, 2 WARN, 1 NOTE\n", Some(1)));

    let quiet: String = out.split_inclusive('\n').filter(|line| !line.starts_with("OK") && !line.starts_with("NOTE")).collect();
    assert_eq!(masked(run(lenient(), &[&args[..], &["-q"]].concat()).out), quiet);
    let strict = masked(run(lenient(), &[&args[..], &["-q", "--strict"]].concat()).out);
    assert_eq!(strict, quiet.replace("WARN  ", "FAILED"));
}

#[test]
fn warnings_are_errors_with_strict_alone() {
    for case in ["key-empty", "http10"] {
        assert_eq!(run(lenient(), &["--conformance", URL, "--only", case]).code, Some(0), "{case}");
        assert_eq!(run(lenient(), &["--conformance", URL, "--only", case, "--strict"]).code, Some(1), "{case}");
    }
    assert_eq!(run(lenient(), &["--conformance", URL, "--only", "valid,ver-8", "--strict"]).code, Some(0));
}

#[test]
fn cases_as_json() {
    let ran = run(lenient(), &["--conformance", URL, "--only", FEW, "--case-timeout", "0.3", "--json"]);
    let objects: Vec<serde_json::Value> = ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let text = |object: &serde_json::Value, name: &str| object[name].as_str().unwrap_or_default().to_owned();
    let first = &objects[0];
    assert_eq!((text(first, "url"), &first["exchange"], &first["ok"]), (URL.to_owned(), &1.into(), &true.into()));
    let told: Vec<_> = objects[1..]
        .iter()
        .map(|object| {
            let status = object["status"].as_u64();
            let parts = ["case", "expect", "outcome", "level"].map(|name| text(object, name));
            (parts.join(" "), status, object["ok"].as_bool(), object["message"].is_string(), object["received"].is_string())
        })
        .collect();
    let told: Vec<_> = told.iter().map(|(a, b, c, d, e)| (a.as_str(), *b, *c, *d, *e)).collect();
    let expected = [
        ("valid accept accepted error", Some(101), Some(true), false, false),
        ("key-missing refuse silent error", None, Some(false), true, true),
        ("key-empty refuse closed warn", None, Some(true), true, false),
        ("key-plain refuse accepted error", Some(101), Some(false), true, true),
        ("key-ows accept accepted error", Some(101), Some(false), true, true),
        ("ver-8 open accepted note", Some(101), Some(true), false, false),
        ("ver-12 refuse refused error", Some(426), Some(true), false, false),
        ("http10 refuse not-http warn", None, Some(false), true, true),
    ];
    assert_eq!(told, expected);
    assert!(objects.iter().all(|object| object["schema"] == 1));
    assert!(text(&objects[4], "sent").contains("\r\nSec-WebSocket-Key: hello\r\n"));
    assert_eq!(text(&objects[8], "received"), "oh\u{1b}");
}

#[test]
fn cases_as_junit() {
    let file = format!("{}/cases.xml", env!("CARGO_TARGET_TMPDIR"));
    let port = lenient();
    let ran = run(port, &["--conformance", URL, "--only", "valid,key-empty,ver-8,http10,key-plain", "--junit", &file]);
    assert_eq!(ran.code, Some(1));
    let xml = fs::read_to_string(&file).expect("the file").replace(&format!(":{port}"), ":PORT");
    // The times and the key differ from run to run.
    let masked: String = xml.lines().map(|line| mask(line) + "\n").collect();
    let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="wskey probe --conformance ws://127.0.0.1:PORT/chat" tests="5" failures="1" errors="0" time="T">
  <testcase classname="wskey.conformance" name="valid" time="T"/>
  <testcase classname="wskey.conformance" name="key-empty" time="T"/>
  <testcase classname="wskey.conformance" name="key-plain" time="T">
    <failure message="accepted, expected a refusal: key &apos;hello&apos; breaks key-malformed" type="error">RFC 6455 4.2.1 (5)
&gt; GET /chat HTTP/1.1\r\n
&gt; Host: 127.0.0.1:PORT\r\n
&gt; Upgrade: websocket\r\n
&gt; Connection: Upgrade\r\n
&gt; Sec-WebSocket-Key: hello\r\n
&gt; Sec-WebSocket-Version: 13\r\n
&gt; \r\n
&lt; HTTP/1.1 101 Switching Protocols\r\n
&lt; Upgrade: websocket\r\n
&lt; Connection: Upgrade\r\n
&lt; Sec-WebSocket-Accept: ACCEPT\r\n
&lt; \r\n
</failure>
  </testcase>
  <testcase classname="wskey.conformance" name="ver-8" time="T"/>
  <testcase classname="wskey.conformance" name="http10" time="T"/>
</testsuite>
"#;
    assert_eq!(masked.replace(&derive_accept_key(b"hello"), "ACCEPT"), expected);
}

/// `line` with T for the value of its attribute `time`.
fn mask(line: &str) -> String {
    let Some((before, rest)) = line.split_once(" time=\"") else { return line.to_owned() };
    let (time, behind) = rest.split_once('"').expect("a value");
    assert!(time.parse::<f64>().is_ok(), "{time}");
    format!("{before} time=\"T\"{behind}")
}

#[test]
fn a_server_that_goes_away() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    // The handshake before the cases, and two of them.
    thread::spawn(move || {
        let mut listener = Some(listener);
        for number in 1..=3 {
            let (mut socket, _) = listener.as_ref().expect("not yet closed").accept().expect("a connection");
            let head = request(&mut socket);
            if number == 3 {
                listener = None;
            }
            let _ = socket.write_all(switch(&head, "").as_bytes());
            drain(&mut socket);
        }
    });
    let file = format!("{}/gone.xml", env!("CARGO_TARGET_TMPDIR"));
    let ran = run(port, &["--conformance", URL, "--junit", &file, "--case-timeout", "0.3"]);
    let out = "\
OK     valid                 accepted: a valid handshake, fresh key
OK     lowercase-names       accepted: header names in lower case
FAILED uppercase-names       cannot connect: 127.0.0.1:PORT: connection refused, expected 101 and the right accept value: header names in upper case (RFC 9110 5.1)
";
    let err = "wskey: the server is gone after 2 of 139 cases, the last lowercase-names\nwskey: 3 cases: 2 OK, 1 FAILED, 0 WARN, 0 NOTE\n";
    assert_eq!((ran.out.as_str(), ran.err.as_str(), ran.code), (out, err, Some(3)));
    let xml = fs::read_to_string(file).expect("the file");
    assert!(xml.contains(r#"tests="4" failures="1" errors="1""#), "{xml}");
    assert!(xml.contains(r#"<error message="the server is gone after 2 of 139 cases, the last lowercase-names"/>"#), "{xml}");
}

#[test]
fn a_server_that_comes_back() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        let mut listener = Some(listener);
        for number in 1..=4 {
            let open = listener.take().unwrap_or_else(|| TcpListener::bind(address).expect("the same port"));
            let (mut socket, _) = open.accept().expect("a connection");
            let head = request(&mut socket);
            // The second case is its end: it starts anew after a while.
            if number == 3 {
                drop((open, socket));
                thread::sleep(Duration::from_millis(300));
            } else {
                listener = Some(open);
                let _ = socket.write_all(switch(&head, "").as_bytes());
                drain(&mut socket);
            }
        }
    });
    let out = "\
OK     valid                 accepted: a valid handshake, fresh key
WARN   key-missing           the server closed the connection without a byte of an answer: a status such as 400 would tell why (RFC 6455 4.2.1 (5))
NOTE   origin-none           accepted: no Origin
";
    let err = "wskey: 3 cases: 1 OK, 0 FAILED, 1 WARN, 1 NOTE\n";
    check(
        address.port(),
        &["--conformance", URL, "--only", "valid", "--only", "key-missing", "--only", "origin-none"],
        0,
        out,
        err,
    );
}

#[test]
fn the_rest_of_a_refusal_is_waited_for() {
    let (sender, receiver) = mpsc::channel();
    let port = serve(move |mut socket, _| {
        request(&mut socket);
        let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        // The client has read the head and will say no more; a closed socket would answer the next bytes with a reset.
        let silence = drain(&mut socket);
        let written: Vec<_> = (0..3).map(|_| socket.write_all(b"why").is_ok()).collect();
        let _ = sender.send((silence, written));
    });
    assert_eq!(run(port, &[URL]).code, Some(1));
    assert_eq!(receiver.recv_timeout(Duration::from_secs(10)).expect("a connection"), (Vec::new(), vec![true; 3]));
}

#[test]
fn a_wrong_accept_value_where_nothing_is_expected() {
    let port = serve(|mut socket, number| {
        let head = request(&mut socket);
        let head = if number == 0 { &head } else { "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" };
        let _ = socket.write_all(switch(head, "").as_bytes());
        drain(&mut socket);
    });
    // The value for dGhlIHNhbXBsZSBub25jZR== is computed with OpenSSL.
    let out = "\
NOTE   key-noncanonical      accepted with the accept value s3pPLMBiTxaQ9kYGzzhZRbK+xOo= instead of Zgw8jYXtqX5qJr7MJ1Q/MqzeSRI= (RFC 6455 4.2.1 (5))
";
    check(
        port,
        &["--conformance", URL, "--only", "key-noncanonical"],
        0,
        out,
        "wskey: 1 cases: 0 OK, 0 FAILED, 0 WARN, 1 NOTE\n",
    );
    // A key that is folded is right without the fold.
    let port = serve(|mut socket, _| {
        let head = request(&mut socket).replace("\r\n ", " ");
        let _ = socket.write_all(switch(&head, "").as_bytes());
        drain(&mut socket);
    });
    check(
        port,
        &["--conformance", URL, "--only", "obs-fold-key"],
        0,
        "NOTE   obs-fold-key          accepted: the key folded\n",
        "wskey: 1 cases: 0 OK, 0 FAILED, 0 WARN, 1 NOTE\n",
    );
}

#[test]
fn the_same_key_twice_and_another() {
    let case = ["--conformance", URL, "--only", "accept-same-different"];
    check(
        right(""),
        &case,
        0,
        "OK     accept-same-different accepted: same key twice gives one accept, another key another, both right\n",
        "wskey: 1 cases: 1 OK, 0 FAILED, 0 WARN, 0 NOTE\n",
    );
    // Right until the third handshake of the case, which is the fourth.
    let port = serve(|mut socket, number| {
        let head = request(&mut socket);
        let head = if number == 3 { "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" } else { &head };
        let _ = socket.write_all(switch(head, "").as_bytes());
        drain(&mut socket);
    });
    let ran = run(port, &case);
    assert!(
        ran.out.starts_with("FAILED accept-same-different accepted with the accept value s3pPLMBiTxaQ9kYGzzhZRbK+xOo= instead"),
        "{}",
        ran.out
    );
    assert_eq!(ran.code, Some(1));
}

#[test]
fn a_case_that_is_sent_byte_by_byte() {
    let (sender, receiver) = mpsc::channel();
    let port = serve(move |mut socket, number| {
        if number == 0 {
            let head = request(&mut socket);
            let _ = socket.write_all(switch(&head, "").as_bytes());
            return drop(drain(&mut socket));
        }
        let (mut head, mut buffer, mut pieces) = (String::new(), [0; 4096], 0);
        while !head.ends_with("\r\n\r\n") {
            let count = socket.read(&mut buffer).expect("the request");
            head += &String::from_utf8_lossy(&buffer[..count]);
            pieces += 1;
        }
        let _ = sender.send(pieces);
        let _ = socket.write_all(switch(&head, "").as_bytes());
        drain(&mut socket);
    });
    assert_eq!(run(port, &["--conformance", URL, "--only", "dribble"]).code, Some(0));
    let pieces: i32 = receiver.recv().expect("a count");
    assert!(pieces > 10, "{pieces} pieces");
}

#[test]
fn colour_is_asked_for() {
    let ran = run(right(""), &["--conformance", URL, "--only", "valid,ver-8", "--color", "always"]);
    let out = "\x1b[32mOK    \x1b[0m valid                 accepted: a valid handshake, fresh key\n\
               \x1b[33mNOTE  \x1b[0m ver-8                 accepted: Sec-WebSocket-Version: 8\n";
    assert_eq!(ran.out, out);
}

#[cfg(feature = "tls")]
mod tls {
    use super::{check, switch};
    use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, date_time_ymd};
    use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
    use rustls::{ServerConfig, ServerConnection, StreamOwned};
    use std::fs;
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::sync::Arc;
    use std::thread;

    /// A private CA, and the file that holds its certificate.
    struct Authority {
        issuer: Issuer<'static, KeyPair>,
        file: String,
    }

    impl Authority {
        fn new(name: &str) -> Self {
            let key = KeyPair::generate().expect("a key");
            let mut params = CertificateParams::default();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            let certificate = params.self_signed(&key).expect("a certificate");
            let file = format!("{}/{name}.pem", env!("CARGO_TARGET_TMPDIR"));
            fs::write(&file, certificate.pem()).expect("a file");
            Self { issuer: Issuer::new(params, key), file }
        }

        /// A server with a certificate of this authority for `name`, valid up to the year `until`.
        fn serve(&self, name: &str, until: i32, protocols: &[&str]) -> u16 {
            let key = KeyPair::generate().expect("a key");
            let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
            params.not_before = date_time_ymd(2001, 1, 1);
            params.not_after = date_time_ymd(until, 1, 1);
            let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
            serve(certificate.into(), &key, protocols)
        }
    }

    fn serve(certificate: CertificateDer<'static>, key: &KeyPair, protocols: &[&str]) -> u16 {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
        let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        let mut config = config.with_no_client_auth().with_single_cert(vec![certificate], key).expect("a key pair");
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        thread::spawn(move || {
            for socket in listener.incoming() {
                let session = ServerConnection::new(Arc::clone(&config)).expect("a session");
                let mut stream = StreamOwned::new(session, socket.expect("a connection"));
                let (mut head, mut byte) = (Vec::new(), [0]);
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count > 0) {
                    head.extend(byte);
                }
                let _ = stream.write_all(switch(&String::from_utf8_lossy(&head), "").as_bytes());
                let _ = stream.read_to_end(&mut Vec::new());
            }
        });
        port
    }

    const URL: &str = "wss://localhost:PORT/chat";
    const YES: &str = "wss://localhost:PORT/chat: OK (HTTP/1.1 101 Switching Protocols; N ms)\n";

    #[test]
    fn a_private_authority() {
        let authority = Authority::new("private");
        let port = authority.serve("localhost", 2100, &[]);
        check(port, &[URL, "--cacert", &authority.file], 0, YES, "");
        let err = "wskey: wss://localhost:PORT/chat: TLS: the certificate's issuer is unknown; --cacert FILE names certificates to trust\n";
        check(port, &[URL], 3, "", err);
        // It has the same name, and another key.
        let other = Authority::new("other");
        let err = "wskey: wss://localhost:PORT/chat: TLS: the certificate's issuer is unknown: one of its name is trusted, with another key\n";
        check(port, &[URL, "--cacert", &other.file], 3, "", err);
        // The name is the URL's, whatever is connected to.
        let args = ["wss://localhost/chat", "--connect", "127.0.0.1:PORT", "--cacert", &authority.file];
        check(port, &args, 0, "wss://localhost/chat: OK (HTTP/1.1 101 Switching Protocols; N ms)\n", "");
    }

    /// What `openssl req -x509` makes: a certificate for a server that is also a CA's.
    #[test]
    fn a_certificate_that_signs_itself() {
        let start = |name: &str, until: i32| {
            let key = KeyPair::generate().expect("a key");
            let mut params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.not_before = date_time_ymd(2001, 1, 1);
            params.not_after = date_time_ymd(until, 1, 1);
            let certificate = params.self_signed(&key).expect("a certificate");
            let file = format!("{}/{name}.pem", env!("CARGO_TARGET_TMPDIR"));
            fs::write(&file, certificate.pem()).expect("a file");
            (file, serve(certificate.into(), &key, &[]))
        };
        let (file, port) = start("itself", 2100);
        check(port, &[URL, "--cacert", &file], 0, YES, "");
        let err = "wskey: wss://localhost:PORT/chat: TLS: the certificate's issuer is unknown: \
                   it signs itself; --cacert FILE names certificates to trust\n";
        check(port, &[URL], 3, "", err);
        check(port, &[URL, "--cacert", &Authority::new("another").file], 3, "", err);
        let err = "wskey: wss://127.0.0.1:PORT/: TLS: the certificate is for another name: expected 127.0.0.1, found localhost\n";
        check(port, &["wss://127.0.0.1:PORT/", "--cacert", &file], 3, "", err);
        let (file, port) = start("itself-expired", 2002);
        let err = "wskey: wss://localhost:PORT/chat: TLS: the certificate has expired\n";
        check(port, &[URL, "--cacert", &file], 3, "", err);
    }

    #[test]
    fn an_expired_certificate() {
        let authority = Authority::new("expired");
        let port = authority.serve("localhost", 2002, &[]);
        let err = "wskey: wss://localhost:PORT/chat: TLS: the certificate has expired\n";
        check(port, &[URL, "--cacert", &authority.file], 3, "", err);
    }

    #[test]
    fn a_certificate_for_another_name() {
        let authority = Authority::new("name");
        let port = authority.serve("other.example", 2100, &[]);
        let err = "wskey: wss://localhost:PORT/chat: TLS: the certificate is for another name: expected localhost, found other.example\n";
        check(port, &[URL, "--cacert", &authority.file], 3, "", err);
    }

    #[test]
    fn a_server_of_http2_alone() {
        let authority = Authority::new("h2");
        let port = authority.serve("localhost", 2100, &["h2"]);
        let err =
            "wskey: wss://localhost:PORT/chat: TLS: the server does not speak HTTP/1.1 (it refused the ALPN protocol http/1.1)\n";
        check(port, &[URL, "--cacert", &authority.file], 3, "", err);
        let port = authority.serve("localhost", 2100, &["h2", "http/1.1"]);
        check(port, &[URL, "--cacert", &authority.file], 0, YES, "");
    }

    #[test]
    fn cases_over_tls() {
        let authority = Authority::new("cases");
        let port = authority.serve("localhost", 2100, &[]);
        let args = ["--conformance", URL, "--only", "valid,dribble,header-64k", "--cacert", &authority.file];
        let out = "\
OK     valid                 accepted: a valid handshake, fresh key
OK     dribble               accepted: the head one byte at a time
NOTE   header-64k            accepted: a header of 64 KiB
";
        check(port, &args, 0, out, "wskey: 3 cases: 2 OK, 0 FAILED, 0 WARN, 1 NOTE\n");
    }

    #[test]
    fn a_port_without_tls() {
        let plain = |answer: &'static [u8]| {
            super::serve(move |mut socket: TcpStream, _| {
                let _ = socket.read(&mut [0; 4096]);
                let _ = socket.write_all(answer);
            })
        };
        let err = "wskey: wss://localhost:PORT/chat: TLS: the server answers in plain text (`HTTP/1.1 400 Bad`): \
                   the port does not speak TLS, use ws://\n";
        check(plain(b"HTTP/1.1 400 Bad Request\r\n\r\n"), &[URL], 3, "", err);
        let err = "wskey: wss://localhost:PORT/chat: TLS: the server closed the connection during the handshake\n";
        check(plain(b""), &[URL], 3, "", err);
        let silent = super::serve(|mut socket, _| drop(super::drain(&mut socket)));
        let err = "wskey: wss://localhost:PORT/chat: TLS: the server did not finish the handshake in time; \
                   a port without TLS often says nothing: is it ws://?\n";
        check(silent, &[URL, "--timeout", "0.3"], 3, "", err);
    }

    #[test]
    fn certificates_to_trust() {
        let file = |name: &str, text: &str| {
            let file = format!("{}/{name}", env!("CARGO_TARGET_TMPDIR"));
            fs::write(&file, text).expect("a file");
            file
        };
        let none = file("none.pem", "nothing\n");
        let err = format!("wskey: {none}: no certificate in it, expected `-----BEGIN CERTIFICATE-----`\n");
        check(1, &["wss://h/", "--cacert", &none], 2, "", &err);
        let bad = file("bad.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        check(1, &["wss://h/", "--cacert", &bad], 2, "", &format!("wskey: {bad}: a certificate that cannot be read\n"));
        check(1, &["wss://h/", "--cacert", "/nosuch"], 2, "", "wskey: /nosuch: No such file or directory (os error 2)\n");
    }
}

#[cfg(not(feature = "tls"))]
#[test]
fn without_tls() {
    check(1, &["wss://h/"], 2, "", "wskey: this wskey was built without TLS and knows no wss://\n");
}
