//! `wskey probe --conformance` against servers that behave as each test says.

use crate::support::{URL, check, drain, field, request, responds, right, run, serve, switch};
use libtest2_mimic::Trial;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use tungstenite::handshake::derive_accept_key;
use wskey::conformance::server_cases::CASES;

pub(crate) fn trials() -> Vec<Trial> {
    listed![
        the_list_of_cases,
        a_server_that_refuses_everything_does_not_conform,
        cases_a_line_each,
        warnings_are_errors_with_strict_alone,
        cases_as_json,
        cases_as_junit,
        a_whole_head_without_a_status,
        a_server_that_goes_away,
        a_server_that_comes_back,
        the_rest_of_a_refusal_is_waited_for,
        a_wrong_accept_value_where_nothing_is_expected,
        the_same_key_twice_and_another,
        a_case_that_is_sent_byte_by_byte,
        colour_is_asked_for,
    ]
}

fn the_list_of_cases() {
    // Rows as a person would write them down from RFC 6455.
    let row = |id: &str| {
        let ran = run(1, &["--list-cases", "--only", id]);
        assert_eq!((ran.err.as_str(), ran.code), ("", Some(0)));
        ran.out
    };
    assert_eq!(row("key-missing"), "key-missing\trefuse\terror\t4.2.1 (5)\tno Sec-WebSocket-Key\n");
    // A name of its own is not a prefix.
    assert_eq!(row("head"), "head\trefuse\terror\t4.2.1 (1)\tHEAD\n");
    let ids = |args: &[&str]| {
        let ran = run(1, &[&["--list-cases"], args].concat());
        ran.out.lines().map(|line| line.split('\t').next().expect("an id").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&[]), CASES.iter().map(|case| case.id).collect::<Vec<_>>());
    assert_eq!(ids(&["--only", "http1"]), ["http10", "http10-keepalive", "http12"]);
    let skipped = ids(&["--only", "host-,valid", "--skip", "host-two-same", "--skip", "host-two,valid"]);
    assert_eq!(skipped, ["host-missing", "host-empty", "host-bad"]);
}

fn a_server_that_refuses_everything_does_not_conform() {
    for (response, finding) in [
        (
            "HTTP/1.1 404 Not Found\r\n\r\n",
            "404 instead of 101: there is nothing at `/chat`, or a proxy dropped Upgrade on the way and the server has no page there",
        ),
        (
            "HTTP/1.1 403 Forbidden\r\n\r\n",
            "403 instead of 101: forbidden, often because of the Origin: none was seen in the request",
        ),
    ] {
        let ran = run(responds(response), &["--conformance", URL]);
        assert!(ran.out.contains(finding), "{}", ran.out);
        assert_eq!(ran.out.lines().count(), 2);
        let err = "wskey: a valid handshake was not accepted, so no case was judged\n";
        assert_eq!((ran.err.as_str(), ran.code), (err, Some(1)));
    }
    let port = serve(|_, _| {});
    let ran = run(port, &["--conformance", URL]);
    assert_eq!((ran.out.as_str(), ran.code), ("", Some(3)));
}

/// A server for a few cases: it takes any key and any version but 12, closes on an empty key, says nothing to one that is
/// missing, garbles HTTP/1.0, and does not know the answer to a key with spaces around it.
fn lenient() -> u16 {
    serve(|mut socket, _| {
        let head = request(&mut socket);
        let response = match field(&head, "Sec-WebSocket-Key") {
            Some("") => return,
            None => return drop(drain(&mut socket)),
            Some(_) if head.contains(" HTTP/1.0\r\n") => "oh\x1b".to_owned(),
            Some(_) if head.contains(" \t") => switch("Sec-WebSocket-Key: other", ""),
            Some(_) if head.contains("Version: 12\r\n") => "HTTP/1.1 426 Upgrade Required\r\n\r\n".to_owned(),
            Some(_) => switch(&head, ""),
        };
        let _ = socket.write_all(response.as_bytes());
        drain(&mut socket);
    })
}

const FEW: &str = "valid,key-missing,key-empty,key-plain,key-ows,ver-8,ver-12,http10";

fn cases_a_line_each() {
    let args = ["--conformance", URL, "--only", FEW, "--case-timeout", "0.3"];
    let out = "\
OK     valid                 accepted: a valid handshake, fresh key
FAILED key-missing           the server accepted the connection and sent nothing within 0.3 s, expected a refusal: no Sec-WebSocket-Key breaks key-missing (RFC 6455 4.2.1 (5))
WARN   key-empty             the server closed the connection without a byte of a response: a status such as 400 would say why (RFC 6455 4.2.1 (5))
FAILED key-plain             accepted, expected a refusal: key 'hello' breaks key-malformed (RFC 6455 4.2.1 (5))
FAILED key-ows               accepted with the accept value Oqbm+K8A0QZ0xHZIyzQzlBLN1Gg= instead of RIGHT, expected 101 and the right accept value: spaces and tabs around the key (RFC 9110 5.5)
NOTE   ver-8                 accepted: Sec-WebSocket-Version: 8
OK     ver-12                refused with 426: Sec-WebSocket-Version: 12
WARN   http10                the response is not HTTP: it begins with `oh\\x1b`, expected a refusal: HTTP/1.0 breaks request-version (RFC 6455 4.2.1 (1))
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

fn warnings_are_errors_with_strict_alone() {
    for case in ["key-empty", "http10"] {
        assert_eq!(run(lenient(), &["--conformance", URL, "--only", case]).code, Some(0), "{case}");
        assert_eq!(run(lenient(), &["--conformance", URL, "--only", case, "--strict"]).code, Some(1), "{case}");
    }
    assert_eq!(run(lenient(), &["--conformance", URL, "--only", "valid,ver-8", "--strict"]).code, Some(0));
}

fn cases_as_json() {
    let ran = run(lenient(), &["--conformance", URL, "--only", FEW, "--case-timeout", "0.3", "--json"]);
    let objects: Vec<serde_json::Value> = ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let text = |object: &serde_json::Value, name: &str| object[name].as_str().unwrap_or_default().to_owned();
    let first = &objects[0];
    assert_eq!((text(first, "url"), &first["exchange"], &first["ok"]), (URL.to_owned(), &1.into(), &true.into()));
    let cases: Vec<_> = objects[1..]
        .iter()
        .map(|object| {
            let status = object["status"].as_u64();
            let parts = ["case", "expect", "outcome", "level"].map(|name| text(object, name));
            (parts.join(" "), status, object["ok"].as_bool(), object["message"].is_string(), object["received"].is_string())
        })
        .collect();
    let cases: Vec<_> = cases.iter().map(|(a, b, c, d, e)| (a.as_str(), *b, *c, *d, *e)).collect();
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
    assert_eq!(cases, expected);
    assert!(objects.iter().all(|object| object["schema"] == 1));
    assert!(text(&objects[4], "sent").contains("\r\nSec-WebSocket-Key: hello\r\n"));
    assert_eq!(text(&objects[8], "received"), "oh\u{1b}");
}

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

fn a_whole_head_without_a_status() {
    let port = serve(|mut socket, number| {
        let head = request(&mut socket);
        let response = if number == 0 { switch(&head, "") } else { "HTTP/1.1 banana\r\n\r\n".to_owned() };
        let _ = socket.write_all(response.as_bytes());
        drain(&mut socket);
    });
    let out = "\
FAILED key-missing           not-http, expected a refusal: no Sec-WebSocket-Key breaks key-missing (RFC 6455 4.2.1 (5))
";
    let err = "wskey: 1 case: 0 OK, 1 FAILED, 0 WARN, 0 NOTE\n";
    check(port, &["--conformance", URL, "--only", "key-missing"], 1, out, err);
}

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
    let gone = format!("the server is gone after 2 of {} cases, the last lowercase-names", CASES.len());
    let err = format!("wskey: {gone}\nwskey: 3 cases: 2 OK, 1 FAILED, 0 WARN, 0 NOTE\n");
    assert_eq!((ran.out.as_str(), ran.err, ran.code), (out, err, Some(3)));
    let xml = fs::read_to_string(file).expect("the file");
    assert!(xml.contains(r#"tests="4" failures="1" errors="1""#), "{xml}");
    assert!(xml.contains(&format!(r#"<error message="{gone}"/>"#)), "{xml}");
}

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
WARN   key-missing           the server closed the connection without a byte of a response: a status such as 400 would say why (RFC 6455 4.2.1 (5))
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
    check(port, &["--conformance", URL, "--only", "key-noncanonical"], 0, out, "wskey: 1 case: 0 OK, 0 FAILED, 0 WARN, 1 NOTE\n");
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
        "wskey: 1 case: 0 OK, 0 FAILED, 0 WARN, 1 NOTE\n",
    );
}

fn the_same_key_twice_and_another() {
    let case = ["--conformance", URL, "--only", "accept-same-different"];
    check(
        right(""),
        &case,
        0,
        "OK     accept-same-different accepted: same key twice gives one accept, another key another, both right\n",
        "wskey: 1 case: 1 OK, 0 FAILED, 0 WARN, 0 NOTE\n",
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

fn colour_is_asked_for() {
    let ran = run(right(""), &["--conformance", URL, "--only", "valid,ver-8", "--color", "always"]);
    let out = "\x1b[32mOK    \x1b[0m valid                 accepted: a valid handshake, fresh key\n\
               \x1b[33mNOTE  \x1b[0m ver-8                 accepted: Sec-WebSocket-Version: 8\n";
    assert_eq!(ran.out, out);
}
