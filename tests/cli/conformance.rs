//! `wskey probe --conformance` against servers that behave as each test says.

use crate::support::{URL, check, drain, field, request, responds, right, run, serve, switch};
use libtest2_mimic::Trial;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
#[cfg(unix)]
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};
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
        a06_the_opening_handshake_is_in_the_file,
        c11_a_run_that_does_not_end,
        a_whole_head_without_a_status,
        b07_a_server_that_goes_away,
        a05_a_101_is_judged_by_every_rule,
        a05_what_follows_the_101_of_a_case,
        a05_a_server_that_answers_no_close_frame,
        a05_refusals_that_blame_the_server,
        a05_an_extension_that_must_be_declined,
        b09_a_case_whose_head_is_cut_off,
        a_server_that_comes_back,
        a_refusal_proves_nothing_where_everything_is_refused,
        a_refusal_that_is_cut_is_no_refusal,
        an_answer_to_our_close_frame_convicts_nothing,
        the_rest_of_a_refusal_is_waited_for,
        a_wrong_accept_value_where_nothing_is_expected,
        the_same_key_twice_and_another,
        a_case_that_is_sent_byte_by_byte,
        colour_is_asked_for,
        side_by_side_comes_to_the_same,
        a_busy_server_is_asked_again_alone,
        a_limit_is_no_refusal,
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
    assert_eq!(row("http10"), "http10\trefuse\terror\tRFC 9110 7.8; 4.2.1 (1)\tHTTP/1.0\n");
    assert_eq!(row("ext-badparam2"), "ext-badparam2\tdecline\terror\tRFC 7692 7\tpermessage-deflate; nosuch=1\n");
    assert_eq!(row("ver-13-backslash"), "ver-13-backslash\trefuse\terror\t4.2.1 (6), 4.2.2, 4.4\tSec-WebSocket-Version: 13\\\n");
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
            "403 instead of 101: forbidden, often because of the Origin (none was seen in the request), the path or credentials",
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
/// missing, garbles a subprotocol that is named twice, and does not know the answer to a key with spaces around it.
fn lenient() -> u16 {
    serve(|mut socket, _| {
        let head = request(&mut socket);
        let response = match field(&head, "Sec-WebSocket-Key") {
            Some("") => return,
            None => return drop(drain(&mut socket)),
            Some(_) if head.contains(": chat, chat\r\n") => "oh\x1b".to_owned(),
            Some(_) if head.contains(" \t") => switch("Sec-WebSocket-Key: other", ""),
            Some(_) if head.contains("Version: 12\r\n") => "HTTP/1.1 426 Upgrade Required\r\n\r\n".to_owned(),
            Some(_) => switch(&head, ""),
        };
        let _ = socket.write_all(response.as_bytes());
        drain(&mut socket);
    })
}

const FEW: &str = "valid,key-missing,key-empty,key-plain,key-ows,ver-8,ver-12,proto-dup";

fn cases_a_line_each() {
    let args = ["--conformance", URL, "--only", FEW, "--case-timeout", "0.3"];
    let out = "\
OK     valid                 accepted: a valid handshake, fresh key
FAILED key-missing           the server accepted the connection and sent nothing within 0.3 s; the request was sent, expected a refusal: no Sec-WebSocket-Key breaks key-missing (RFC 6455 4.2.1 (5))
WARN   key-empty             the server closed the connection without a byte of a response: a status such as 400 would say why (RFC 6455 4.2.1 (5))
FAILED key-plain             accepted, expected a refusal: key 'hello' breaks key-malformed (RFC 6455 4.2.1 (5))
FAILED key-ows               accepted, and the 101 breaks accept-mismatch: got `Oqbm+K8A0QZ0xHZIyzQzlBLN1Gg=`, expected `RIGHT`; no known mistake produces it; sent: spaces and tabs around the key (RFC 9110 5.5)
NOTE   ver-8                 accepted: Sec-WebSocket-Version: 8
OK     ver-12                refused with 426: Sec-WebSocket-Version: 12
WARN   proto-dup             the response is not HTTP: it begins with `oh\\x1b`, expected a refusal: chat, chat breaks request-protocol (RFC 6455 4.1 (10))
";
    let masked = |out: String| {
        let right = out.split("expected `").nth(1).and_then(|rest| rest.split('`').next()).unwrap_or_default().to_owned();
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
    for case in ["key-empty", "proto-dup"] {
        assert_eq!(run(lenient(), &["--conformance", URL, "--only", case]).code, Some(0), "{case}");
        assert_eq!(run(lenient(), &["--conformance", URL, "--only", case, "--strict"]).code, Some(1), "{case}");
    }
    assert_eq!(run(lenient(), &["--conformance", URL, "--only", "valid,ver-8", "--strict"]).code, Some(0));
    // What a 101 is warned of is told, and counted, of the handshake before the cases: a case may provoke such a warning itself.
    let port = then(|head| switch(head, "").replace(": Upgrade", ": keep-alive, Upgrade").into_bytes());
    assert_eq!(run(port, &["--conformance", URL, "--only", "conn-list", "--strict"]).code, Some(0));
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
        ("key-empty refuse closed warn", None, Some(true), true, true),
        ("key-plain refuse accepted error", Some(101), Some(false), true, true),
        ("key-ows accept accepted error", Some(101), Some(false), true, true),
        ("ver-8 open accepted note", Some(101), Some(true), false, false),
        ("ver-12 refuse refused error", Some(426), Some(true), false, false),
        ("proto-dup refuse not-http warn", None, Some(false), true, true),
    ];
    assert_eq!(cases, expected);
    assert!(objects.iter().all(|object| object["schema"] == 2));
    assert!(text(&objects[4], "sent").contains("\r\nSec-WebSocket-Key: hello\r\n"));
    assert_eq!(text(&objects[8], "received"), "oh\u{1b}");
}

fn cases_as_junit() {
    let file = format!("{}/cases.xml", env!("CARGO_TARGET_TMPDIR"));
    let port = lenient();
    let ran = run(port, &["--conformance", URL, "--only", "valid,key-empty,ver-8,proto-dup,key-plain", "--junit", &file]);
    assert_eq!(ran.code, Some(1));
    let xml = fs::read_to_string(&file).expect("the file").replace(&format!(":{port}"), ":PORT");
    // The times and the key differ from run to run.
    let masked: String = xml.lines().map(|line| mask(line) + "\n").collect();
    let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="wskey probe --conformance ws://127.0.0.1:PORT/chat" tests="6" failures="1" errors="0" skipped="0" time="T">
  <testcase classname="wskey.handshake" name="handshake 1" time="T"/>
  <testcase classname="wskey.conformance" name="valid" time="T"/>
  <testcase classname="wskey.conformance" name="key-empty" time="T">
    <system-out>WARN the server closed the connection without a byte of a response: a status such as 400 would say why</system-out>
  </testcase>
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
  <testcase classname="wskey.conformance" name="proto-dup" time="T">
    <system-out>WARN the response is not HTTP: it begins with `oh\x1b`, expected a refusal: chat, chat breaks request-protocol</system-out>
  </testcase>
</testsuite>
"#;
    assert_eq!(masked.replace(&derive_accept_key(b"hello"), "ACCEPT"), expected);
}

/// What the exit code says, the file says too, and the JSON.
fn a06_the_opening_handshake_is_in_the_file() {
    let file = format!("{}/opening.xml", env!("CARGO_TARGET_TMPDIR"));
    let wrong = || {
        serve(|mut socket, _| {
            let head = request(&mut socket);
            let _ = socket.write_all(switch(&head, "").replace("Connection: Upgrade", "Connection: close").as_bytes());
            drain(&mut socket);
        })
    };
    let warned = || right("Content-Length: 0\r\n");
    let refused = || responds("HTTP/1.1 404 Not Found\r\n\r\n");
    for (port, strict, code, counts, part) in [
        (
            wrong(),
            false,
            1,
            r#"tests="2" failures="1" errors="0""#,
            r#"<failure message="Connection is `close`, expected `Upgrade`" type="error">"#,
        ),
        (
            warned(),
            false,
            0,
            r#"tests="2" failures="0" errors="0""#,
            "<system-out>WARN Content-Length is `0` in a 101, which has no body</system-out>",
        ),
        (
            warned(),
            true,
            1,
            r#"tests="2" failures="1" errors="0""#,
            r#"<failure message="Content-Length is `0` in a 101, which has no body" type="error">"#,
        ),
        (
            refused(),
            false,
            1,
            r#"tests="2" failures="1" errors="0" skipped="1""#,
            r#"<skipped message="a valid handshake was not accepted, so no case was judged"/>"#,
        ),
    ] {
        let args = ["--conformance", URL, "--only", "ver-8", "--junit", &file, "--json"];
        let ran = run(port, &[&args[..], if strict { &["--strict"] } else { &[] }].concat());
        let xml = fs::read_to_string(&file).expect("the file");
        assert_eq!(ran.code, Some(code), "{xml}");
        assert!(
            xml.contains(counts) && xml.contains(part) && xml.contains(r#"classname="wskey.handshake" name="handshake 1""#),
            "{xml}"
        );
        let first: serde_json::Value = serde_json::from_str(ran.out.lines().next().expect("a handshake")).expect("JSON");
        assert_eq!(first["ok"], code == 0);
    }
}

/// A run that is interrupted leaves a whole file, which says so; one that nobody reads any more ends.
fn c11_a_run_that_does_not_end() {
    let file = format!("{}/interrupted.xml", env!("CARGO_TARGET_TMPDIR"));
    let slow = || {
        serve(|mut socket, number| {
            let head = request(&mut socket);
            if number < 3 {
                let _ = socket.write_all(switch(&head, "").as_bytes());
            }
            drain(&mut socket);
        })
    };
    let url = URL.replace("PORT", &slow().to_string());
    let mut child = Command::new(env!("CARGO_BIN_EXE_wskey"))
        .args(["probe", "--conformance", &url, "--jobs", "1", "--junit", &file, "--case-timeout", "60"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("wskey");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    assert!(lines.next().expect("a case").expect("a line").starts_with("OK     valid "));
    thread::sleep(Duration::from_millis(300));
    child.kill().and_then(|()| child.wait()).expect("an end");
    let xml = fs::read_to_string(&file).expect("the file");
    assert!(xml.contains(r#"name="valid""#) && xml.ends_with("</testsuite>\n"), "{xml}");
    assert!(xml.contains(r#"<error message="the run has not ended: the other cases are not judged"/>"#), "{xml}");
    // What was in the file before is there until the new one is whole; a link stays one.
    let link = format!("{file}.link");
    let _ = fs::remove_file(&link);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        let ran = run(right(""), &["--conformance", URL, "--only", "valid", "--junit", &link]);
        assert_eq!((ran.code, fs::read_link(&link).ok()), (Some(0), Some(PathBuf::from(&file))));
        assert!(fs::read_to_string(&file).expect("the file").contains(r#"tests="2" failures="0" errors="0" skipped="0""#));
    }
    let url = URL.replace("PORT", &right("").to_string());
    let mut child = Command::new(env!("CARGO_BIN_EXE_wskey"))
        .args(["probe", "--conformance", &url])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("wskey");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("an end");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.starts_with("wskey: stdout is closed: the run ends after 1 of 155 cases\n"), "{said}");
    assert_eq!(output.status.code(), Some(2));
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

/// The cases that a server did not live to see are not judged.
fn b07_a_server_that_goes_away() {
    let gone = || {
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
        port
    };
    let file = format!("{}/gone.xml", env!("CARGO_TARGET_TMPDIR"));
    let args = ["--conformance", URL, "--jobs", "1", "--junit", &file, "--case-timeout", "0.3"];
    let out = "\
OK     valid                 accepted: a valid handshake, fresh key
OK     lowercase-names       accepted: header names in lower case
UNJUDGED uppercase-names       cannot connect: 127.0.0.1:PORT: connection refused (RFC 9110 5.1)
";
    let err = "wskey: the server is gone after 2 of 155 cases, the last lowercase-names: 153 not judged\n\
               wskey: 155 cases: 2 OK, 0 FAILED, 0 WARN, 0 NOTE, 153 UNJUDGED\n";
    check(gone(), &args, 2, out, err);
    let xml = fs::read_to_string(file).expect("the file");
    assert!(xml.contains(r#"tests="156" failures="0" errors="153""#), "{xml}");
    assert_eq!(xml.matches(r#"<error message="the server is gone"/>"#).count(), 152, "{xml}");
    assert_eq!(xml.matches("connection refused").count(), 1, "{xml}");

    let ran = run(gone(), &["--conformance", URL, "--jobs", "1", "--case-timeout", "0.3", "--json", "--only", "valid,conn-"]);
    let objects: Vec<serde_json::Value> = ran.out.lines().skip(3).map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((objects.len(), ran.code), (8, Some(2)));
    let last = serde_json::json!({
        "schema": 2, "type": "case", "case": "conn-substring", "expect": "refuse", "outcome": "unreachable",
        "verdict": "UNJUDGED", "level": "error", "section": "4.2.1 (4); RFC 9110 5.3", "message": "the server is gone",
    });
    assert_eq!(objects.last(), Some(&last));
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
        &["--conformance", URL, "--jobs", "1", "--only", "valid", "--only", "key-missing", "--only", "origin-none"],
        0,
        out,
        err,
    );
}

/// A server that is overloaded refuses whatever it is sent.
fn a_refusal_proves_nothing_where_everything_is_refused() {
    let args = ["--conformance", URL, "--only", "key-missing,key-empty", "--case-timeout", "1"];
    let nothing = "the server accepts no valid handshake any more, so what came proves nothing (RFC 6455 4.2.1 (5))";
    let out = format!("UNJUDGED key-missing           {nothing}\nUNJUDGED key-empty             {nothing}\n");
    let err = "wskey: 2 cases: 0 OK, 0 FAILED, 0 WARN, 0 NOTE, 2 UNJUDGED\n";
    for status in ["302 Found", "400 x", "401 x", "403 x", "407 x", "429 x", "500 x", "503 x"] {
        check(then(move |_| format!("HTTP/1.1 {status}\r\n\r\n").into_bytes()), &args, 2, &out, err);
    }
    let closes = serve(|mut socket, number| {
        let head = request(&mut socket);
        if number == 0 {
            let _ = socket.write_all(switch(&head, "").as_bytes());
            drain(&mut socket);
        }
    });
    check(closes, &args, 2, &out, err);
    // Nor is it proven that a right request would have been refused at another time.
    let port = then(|_| b"HTTP/1.1 429 x\r\n\r\n".to_vec());
    assert_eq!(judged(port, "conn-list").1, Some(2));
    assert_eq!(judged(once("HTTP/1.1 403 x\r\n\r\n"), "conn-list").1, Some(0));
    // Who refuses each time, or closes, means the case.
    for refusal in ["HTTP/1.1 403 x\r\n\r\n", ""] {
        let each_time = serve(move |mut socket, _| {
            let head = request(&mut socket);
            let is_list = head.contains("keep-alive, Upgrade");
            let _ = socket.write_all(if is_list { refusal.to_owned() } else { switch(&head, "") }.as_bytes());
            if !is_list {
                drain(&mut socket);
            }
        });
        assert_eq!(judged(each_time, "conn-list").1, Some(1), "{refusal:?}");
    }
    // A limit that is over by the next handshake is still none of the case.
    for status in [429, 503] {
        let limited = || once(format!("HTTP/1.1 {status} x\r\n\r\n"));
        assert_eq!((judged(limited(), "conn-list").1, judged(limited(), "key-empty").1), (Some(0), Some(1)), "{status}");
    }
    // Nor is a case refused by a server that takes longer for a valid handshake too.
    let slow = serve(|mut socket, number| {
        let head = request(&mut socket);
        thread::sleep(Duration::from_millis(if number == 2 { 2000 } else { 0 }));
        let _ = socket.write_all(if number == 1 { "HTTP/1.1 403 x\r\n\r\n".to_owned() } else { switch(&head, "") }.as_bytes());
        drain(&mut socket);
    });
    assert_eq!(judged(slow, "conn-list").1, Some(0));
    // One that refuses these two alone.
    let port = serve(|mut socket, _| {
        let head = request(&mut socket);
        let is_right = field(&head, "Sec-WebSocket-Key").is_some_and(|key| !key.is_empty());
        let refusal = "HTTP/1.1 403 Forbidden\r\n\r\n".to_owned();
        let _ = socket.write_all(if is_right { switch(&head, "") } else { refusal }.as_bytes());
        drain(&mut socket);
    });
    let out = "\
OK     key-missing           refused with 403: no Sec-WebSocket-Key
OK     key-empty             refused with 403: Sec-WebSocket-Key: (empty)
";
    check(port, &args, 0, out, "wskey: 2 cases: 2 OK, 0 FAILED, 0 WARN, 0 NOTE\n");
    // In a long run too.
    let ran = run(then(|_| b"HTTP/1.1 503 x\r\n\r\n".to_vec()), &["--conformance", URL, "--only", "key-"]);
    let err = "wskey: 23 cases: 0 OK, 0 FAILED, 0 WARN, 0 NOTE, 23 UNJUDGED\n";
    assert_eq!((ran.err.as_str(), ran.code), (err, Some(2)));
}

/// A status counts where the head is whole, and from 200 to 599.
fn a_refusal_that_is_cut_is_no_refusal() {
    let closes = |bytes: &'static str| {
        serve(move |mut socket, number| {
            let head = request(&mut socket);
            let _ = socket.write_all(if number == 1 { bytes.to_owned() } else { switch(&head, "") }.as_bytes());
            if number != 1 {
                drain(&mut socket);
            }
        })
    };
    let cut =
        "WARN the connection was closed inside the head of the response, after 19 bytes: a status such as 400 would say why";
    assert_eq!(judged(closes("HTTP/1.1 400 Bad Re"), "ver-12"), (cut.to_owned(), Some(0)));
    let failed = |what: &str| {
        (format!("FAILED {what}, expected a refusal: Sec-WebSocket-Version: 12 breaks version-unsupported"), Some(1))
    };
    let late = "not all came within 1 s: it ends inside the head of the response, after 19 bytes";
    assert_eq!(judged(once("HTTP/1.1 400 Bad Re"), "ver-12"), failed(late));
    assert_eq!(judged(once("HTTP/1.1 999 x\r\n\r\n"), "ver-12"), failed("not-http"));
    assert_eq!(judged(once("HTTP/1.1 099 x\r\n\r\n"), "ver-12"), failed("not-http"));
}

/// Servers echo what they get, a Close frame too: what they would do without it, a look tells.
fn an_answer_to_our_close_frame_convicts_nothing() {
    let answers = |answer: &'static [u8]| {
        serve(move |mut socket, _| {
            let head = request(&mut socket);
            let _ = socket.write_all(switch(&head, "").as_bytes());
            let _ = socket.read_exact(&mut [0; 8]);
            let _ = socket.write_all(answer);
            drain(&mut socket);
        })
    };
    let ok = ("OK accepted: Connection: keep-alive, Upgrade".to_owned(), Some(0));
    // An echo as text, as it came, a code that is never sent, and no frame at all.
    for answer in [&b"\x81\x02\x03\xe8"[..], b"\x88\x82\0\0\0\0\x03\xe8", b"\x88\x02\x03\xee", b"bye\n"] {
        assert_eq!(judged(answers(answer), "conn-list"), ok, "{answer:?}");
    }
    let late = serve(|mut socket, number| {
        let head = request(&mut socket);
        let _ = socket.write_all(switch(&head, "").as_bytes());
        if number > 0 {
            thread::sleep(Duration::from_millis(200));
            let _ = socket.write_all(b"bye\n");
        }
        drain(&mut socket);
    });
    let message = "FAILED accepted, and the 101 breaks after-101: text, where frames are expected: `bye\\n`; sent: Connection: keep-alive, Upgrade";
    assert_eq!(judged(late, "conn-list"), (message.to_owned(), Some(1)));
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
NOTE   key-noncanonical      accepted, and the 101 breaks accept-mismatch: got `s3pPLMBiTxaQ9kYGzzhZRbK+xOo=`, expected `Zgw8jYXtqX5qJr7MJ1Q/MqzeSRI=`: \
the key was decoded and encoded again, which changed it: character 22 is Q instead of R; hash the key's text as it was sent; \
do not decode and encode it on the way; or: the value is right for a key that documentation prints, the sample of RFC 6455, section 1.3; compute the value from the key of each request; \
this one was copied (RFC 6455 4.2.1 (5))
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
        ran.out.starts_with(
            "FAILED accept-same-different accepted, and the 101 breaks accept-mismatch: got `s3pPLMBiTxaQ9kYGzzhZRbK+xOo=`, expected `"
        ),
        "{}",
        ran.out
    );
    assert_eq!(ran.code, Some(1));
}

/// A server that is right in the handshake before the cases; in the cases it answers so, and closes when the client does.
fn then(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> u16 {
    serve(move |mut socket, number| {
        let head = request(&mut socket);
        let bytes = if number == 0 { switch(&head, "").into_bytes() } else { answer(&head) };
        let _ = socket.write_all(&bytes);
        drain(&mut socket);
    })
}

/// A server that responds so to the first case, and is right before and after it.
fn once(response: impl Into<Vec<u8>>) -> u16 {
    let response = response.into();
    serve(move |mut socket, number| {
        let head = request(&mut socket);
        let right = switch(&head, "").into_bytes();
        let _ = socket.write_all(if number == 1 { &response } else { &right });
        drain(&mut socket);
    })
}

/// What a run of one case says, without the word, the name and the section; and its exit code.
fn judged(port: u16, case: &str) -> (String, Option<i32>) {
    let ran = run(port, &["--conformance", URL, "--only", case, "--case-timeout", "1"]);
    let line = ran.out.lines().next().unwrap_or_default();
    let (word, rest) = line.split_once(' ').unwrap_or_default();
    let text = rest.trim_start().strip_prefix(case).unwrap_or(rest).trim_start();
    (format!("{word} {}", text.rsplit_once(" (RFC").map_or(text, |(text, _)| text)), ran.code)
}

/// What a client must fail the connection over is no acceptance, whatever the status.
fn a05_a_101_is_judged_by_every_rule() {
    let sent = "; sent: Connection: keep-alive, Upgrade";
    for (old, new, broken) in [
        ("Upgrade: websocket\r\n", "", "response-upgrade: Upgrade is missing, expected `websocket`"),
        ("Connection: Upgrade\r\n", "", "response-connection: Connection is missing, expected `Upgrade`"),
        (
            "Upgrade: websocket\r\nConnection: Upgrade\r\n",
            "",
            "response-upgrade, response-connection: Upgrade is missing, expected `websocket`; Connection is missing, expected `Upgrade`",
        ),
        ("HTTP/1.1", "HTTP/1.0", "response-version: the version is `HTTP/1.0`, expected `HTTP/1.1`"),
        ("\r\n\r\n", "\r\nSec-WebSocket-Protocol: chat\r\n\r\n", "protocol-unrequested: selected `chat`, none requested"),
        (
            "\r\n\r\n",
            "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
            "extension-unrequested: selected extension `permessage-deflate`, none offered",
        ),
        ("\r\n\r\n", "\r\nX : y\r\n\r\n", "head-field-syntax: line 5 in the response: a space before the colon"),
    ] {
        let port = || then(move |head| switch(head, "").replacen(old, new, 1).into_bytes());
        let expected = format!("FAILED accepted, and the 101 breaks {broken}{sent}");
        assert_eq!(judged(port(), "conn-list"), (expected, Some(1)));
        // Where nothing is expected it is told; where a refusal is, the 101 alone is what is wrong.
        assert_eq!(judged(port(), "ver-8"), (format!("NOTE accepted, and the 101 breaks {broken}"), Some(0)));
        assert_eq!(
            judged(port(), "ver-12"),
            ("FAILED accepted, expected a refusal: Sec-WebSocket-Version: 12 breaks version-unsupported".to_owned(), Some(1))
        );
    }
    // What is worth a warning is told of the handshake before the cases.
    let port = then(|head| switch(head, "").replace(": Upgrade", ": keep-alive, Upgrade").into_bytes());
    assert_eq!(judged(port, "conn-list"), ("OK accepted: Connection: keep-alive, Upgrade".to_owned(), Some(0)));
    // One value for every key is found within the case, too.
    let port = then(|_| switch("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "").into_bytes());
    let (text, code) = judged(port, "accept-same-different");
    assert!(
        text.starts_with(
            "FAILED accepted, and the 101 breaks accept-mismatch, accept-constant: got `s3pPLMBiTxaQ9kYGzzhZRbK+xOo=`, expected `"
        ),
        "{text}"
    );
    assert_eq!(code, Some(1));
}

fn a05_what_follows_the_101_of_a_case() {
    let behind = |bytes: &'static [u8]| judged(then(move |head| [switch(head, "").as_bytes(), bytes].concat()), "conn-list");
    let failed = |message: &str| {
        (format!("FAILED accepted, and the 101 breaks {message}; sent: Connection: keep-alive, Upgrade"), Some(1))
    };
    let ok = ("OK accepted: Connection: keep-alive, Upgrade".to_owned(), Some(0));
    let too_many = "after-101: one line ending too many: the head ends with its first empty line, and what follows is frames";
    assert_eq!(behind(b"\r\n"), failed(too_many));
    assert_eq!(behind(b"<html>"), failed("after-101: markup, where frames are expected: `<html>`"));
    assert_eq!(behind(b"\x81\x05Hello"), ok);
    assert_eq!(behind(b"\x88\x02\x03\xe8"), ok);
    // The answer to the client's Close frame comes behind what is wrong.
    let port = serve(move |mut socket, number| {
        let head = request(&mut socket);
        let more = if number > 0 { "\r\n" } else { "" };
        let _ = socket.write_all(format!("{}{more}", switch(&head, "")).as_bytes());
        let _ = socket.read_exact(&mut [0; 8]);
        let _ = socket.write_all(b"\x88\x02\x03\xe8");
        drain(&mut socket);
    });
    assert_eq!(judged(port, "conn-list"), failed(too_many));
    let ended = "ended-after-101: the server ended the connection at once, without a Close frame: browsers report 1006";
    let ends = serve(|mut socket, number| {
        let head = request(&mut socket);
        let _ = socket.write_all(switch(&head, "").as_bytes());
        if number == 0 {
            drain(&mut socket);
        }
    });
    assert_eq!(judged(ends, "conn-list"), failed(ended));
}

/// It ends the connection when it gets a Close frame: that is its answer, and no end of its own.
fn a05_a_server_that_answers_no_close_frame() {
    let port = serve(|mut socket, _| {
        let head = request(&mut socket);
        let _ = socket.write_all(switch(&head, "").as_bytes());
        let _ = socket.read(&mut [0; 64]);
    });
    let out = "\
OK     conn-list             accepted: Connection: keep-alive, Upgrade
OK     conn-lower            accepted: Connection: upgrade
OK     accept-same-different accepted: same key twice gives one accept, another key another, both right
";
    let args = ["--conformance", URL, "--only", "conn-list,conn-lower,accept-same-different"];
    check(port, &args, 0, out, "wskey: 3 cases: 3 OK, 0 FAILED, 0 WARN, 0 NOTE\n");
}

fn a05_refusals_that_blame_the_server() {
    let refuses = |case: &str, status: &'static str| judged(once(format!("HTTP/1.1 {status} x\r\n\r\n")), case);
    let blames = |status: &str| {
        (format!("WARN refused with {status}, which blames the server: a status such as 400 would blame the request"), Some(0))
    };
    let proxy = |status: &str| {
        let by = "by a proxy that got no usable response from the server behind it: a status such as 400 would say why";
        (format!("WARN refused with {status} {by}"), Some(0))
    };
    assert_eq!(refuses("key-empty", "500"), blames("500"));
    let always = serve(|mut socket, _| {
        let head = request(&mut socket);
        let is_right = field(&head, "Sec-WebSocket-Key").is_some_and(|key| !key.is_empty());
        let _ = socket.write_all(if is_right { switch(&head, "") } else { "HTTP/1.1 503 x\r\n\r\n".to_owned() }.as_bytes());
        drain(&mut socket);
    });
    assert_eq!(judged(always, "key-empty"), blames("503"));
    assert_eq!(refuses("key-empty", "502"), proxy("502"));
    assert_eq!(refuses("key-empty", "504"), proxy("504"));
    assert_eq!(refuses("key-empty", "501"), blames("501"));
    assert_eq!(refuses("post", "501"), ("OK refused with 501: POST, Content-Length: 0".to_owned(), Some(0)));
    assert_eq!(refuses("http10", "505"), ("OK refused with 505: HTTP/1.0".to_owned(), Some(0)));
    assert_eq!(refuses("ver-12", "505"), blames("505"));
    let port = once("HTTP/1.1 500 x\r\n\r\n");
    assert_eq!(run(port, &["--conformance", URL, "--only", "key-empty", "--strict"]).code, Some(1));
}

fn a05_an_extension_that_must_be_declined() {
    let case = "ext-badparam2";
    let ok = ("OK accepted: permessage-deflate; nosuch=1".to_owned(), Some(0));
    assert_eq!(judged(right(""), case), ok);
    let takes = then(|head| switch(head, "Sec-WebSocket-Extensions: permessage-deflate\r\n").into_bytes());
    let expected = "FAILED accepted, and the 101 breaks extension-parameters: permessage-deflate: no offer was valid, expected it to be declined; sent: permessage-deflate; nosuch=1";
    assert_eq!(judged(takes, case), (expected.to_owned(), Some(1)));
    let refuses = once("HTTP/1.1 400 x\r\n\r\n");
    let expected = "WARN refused with 400: a 101 without permessage-deflate would do: permessage-deflate; nosuch=1";
    assert_eq!(judged(refuses, case), (expected.to_owned(), Some(0)));
    let closes = "WARN the server closed the connection without a byte of a response: a status such as 400 would say why";
    let port = serve(|mut socket, number| {
        let head = request(&mut socket);
        if number != 1 {
            let _ = socket.write_all(switch(&head, "").as_bytes());
            drain(&mut socket);
        }
    });
    assert_eq!(judged(port, case), (closes.to_owned(), Some(0)));
    let silent = "FAILED the server accepted the connection and sent nothing within 1 s; the request was sent, expected 101 without permessage-deflate: \
                  permessage-deflate; nosuch=1";
    assert_eq!(judged(then(|_| Vec::new()), case), (silent.to_owned(), Some(1)));
    let another = then(|head| switch(head, "Sec-WebSocket-Extensions: x\r\n").into_bytes());
    let expected = "FAILED accepted, and the 101 breaks extension-unrequested: selected extension `x`, offered `permessage-deflate`; \
                    sent: permessage-deflate; nosuch=1";
    assert_eq!(judged(another, case), (expected.to_owned(), Some(1)));
}

/// Of a case's answer that was cut off nothing but that is told.
fn b09_a_case_whose_head_is_cut_off() {
    let cut = |ends: bool| {
        serve(move |mut socket, number| {
            let head = request(&mut socket);
            if number == 0 {
                let _ = socket.write_all(switch(&head, "").as_bytes());
                drain(&mut socket);
            } else {
                let _ = socket.write_all(b"HTTP/1.1 101 x\r\nConnection: Upg");
                if !ends {
                    drain(&mut socket);
                }
            }
        })
    };
    let sent = "; sent: Connection: keep-alive, Upgrade";
    let closed = "FAILED the connection was closed inside the head of the response, after 31 bytes";
    assert_eq!(judged(cut(true), "conn-list"), (format!("{closed}{sent}"), Some(1)));
    let late = "FAILED not all came within 1 s: it ends inside the head of the response, after 31 bytes";
    assert_eq!(judged(cut(false), "conn-list"), (format!("{late}{sent}"), Some(1)));
    // A browser takes more than we do: no verdict, but that it is no refusal is seen.
    let long = || then(|head| switch(head, &"X: y\r\n".repeat(11000)).into_bytes());
    let too_long = "the head of the response is longer than 65536 bytes";
    assert_eq!(judged(long(), "conn-list"), (format!("UNJUDGED {too_long}"), Some(2)));
    let (text, code) = judged(long(), "ver-12");
    assert_eq!(text, format!("FAILED {too_long}, expected a refusal: Sec-WebSocket-Version: 12 breaks version-unsupported"));
    assert_eq!(code, Some(1));
    let refuses = once(format!("HTTP/1.1 400 x\r\n{}\r\n", "X: y\r\n".repeat(11000)));
    assert_eq!(judged(refuses, "ver-12"), ("OK refused with 400: Sec-WebSocket-Version: 12".to_owned(), Some(0)));
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

/// Some cases come to the same one at a time and four at a time, in the table's order.
#[track_caller]
fn check_side_by_side(port: u16, more: &[&str]) {
    let some = "ver-12,valid,key-missing,key-1byte,key-list,conn-list,lowercase-names,key-nul";
    let words = |jobs| {
        let ran = run(port, &[&["--conformance", URL, "--only", some, "--jobs", jobs], more].concat());
        let words = |line: &str| line.split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>();
        (ran.out.lines().map(words).collect::<Vec<_>>(), ran.code)
    };
    let (alone, beside) = (words("1"), words("4"));
    assert_eq!(beside, alone);
    let ids = CASES.iter().map(|case| case.id).filter(|id| some.split(',').any(|one| one == *id)).collect::<Vec<_>>();
    assert_eq!(alone.0.iter().map(|words| words[1].as_str()).collect::<Vec<_>>(), ids);
}

/// Whether the key is one that a strict server takes.
fn has_key(head: &str) -> bool {
    field(head, "Sec-WebSocket-Key").is_some_and(|key| key.len() == 24 && key.ends_with("=="))
}

/// The verdicts do not depend on how many cases are sent at once, and come in the table's order.
fn side_by_side_comes_to_the_same() {
    check_side_by_side(lenient(), &[]);
    // One that is silent to what it does not like.
    let silent = serve(|mut socket, _| {
        let head = request(&mut socket);
        if has_key(&head) {
            let _ = socket.write_all(switch(&head, "").as_bytes());
        }
        drain(&mut socket);
    });
    check_side_by_side(silent, &["--case-timeout", "0.2"]);
}

/// What a server says because it is busy with others is none of its own.
fn a_busy_server_is_asked_again_alone() {
    let answer = |socket: &mut TcpStream| {
        let head = request(socket);
        let refusal = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".to_owned();
        let _ = socket.write_all(if has_key(&head) { switch(&head, "") } else { refusal }.as_bytes());
        drain(socket);
    };
    // One connection after the other: the second waits longer than a case may take.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || listener.incoming().for_each(|socket| answer(&mut socket.expect("a connection"))));
    check_side_by_side(port, &["--case-timeout", "0.4"]);
    // The same, and slow: what was sent at once is worked off before a case alone is.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let slowly = move |socket: &mut TcpStream| {
        thread::sleep(Duration::from_millis(500));
        answer(socket);
    };
    thread::spawn(move || listener.incoming().for_each(|socket| slowly(&mut socket.expect("a connection"))));
    let ran = run(port, &["--conformance", URL, "--only", "valid,conn-list,key-missing,lowercase-names", "--case-timeout", "1"]);
    assert_eq!((ran.err.as_str(), ran.code), ("wskey: 4 cases: 4 OK, 0 FAILED, 0 WARN, 0 NOTE\n", Some(0)), "{}", ran.out);
    // One connection at once: to the others it says that it is busy, or nothing.
    for busy in ["HTTP/1.1 503 Busy\r\n\r\n", "HTTP/1.1 409 Conflict\r\n\r\n", "HTTP/1.1 403 x\r\n\r\n", ""] {
        let one = Mutex::new(());
        let port = serve(move |mut socket, _| {
            // The connection before it may be at its end.
            let is_free = (0..10).any(|_| {
                one.try_lock().is_ok() || {
                    thread::sleep(Duration::from_millis(10));
                    false
                }
            });
            match one.try_lock() {
                Ok(_one) if is_free => answer(&mut socket),
                _ => drop(socket.write_all(busy.as_bytes())),
            }
        });
        check_side_by_side(port, &[]);
    }
}

/// What a server says to whatever is too much for it is no verdict on a case, whichever status it takes for it.
fn a_limit_is_no_refusal() {
    let args = ["--conformance", URL, "--only", "valid,key-missing,key-empty,key-plain", "--color", "never"];
    let failed = |case: &str, sent: &str, rule: &str| {
        format!("FAILED {case:<21} accepted, expected a refusal: {sent} breaks {rule} (RFC 6455 4.2.1 (5))\n")
    };
    let out = "OK     valid                 accepted: a valid handshake, fresh key\n".to_owned()
        + &failed("key-missing", "no Sec-WebSocket-Key", "key-missing")
        + &failed("key-empty", "Sec-WebSocket-Key: (empty)", "key-malformed")
        + &failed("key-plain", "key 'hello'", "key-malformed");
    let err = "wskey: 4 cases: 1 OK, 3 FAILED, 0 WARN, 0 NOTE\n";
    for busy in ["HTTP/1.1 400 x\r\n\r\n", "HTTP/1.1 403 x\r\n\r\n", "HTTP/1.1 503 x\r\n\r\n", ""] {
        // Five connections at once, each a while longer than it is open: more than the first handshakes need.
        let open = AtomicUsize::new(0);
        let crowded = serve(move |mut socket, _| {
            let is_free = open.fetch_add(1, Ordering::SeqCst) < 5;
            let head = request(&mut socket);
            let _ = socket.write_all(if is_free { switch(&head, "") } else { busy.to_owned() }.as_bytes());
            if is_free {
                drain(&mut socket);
                thread::sleep(Duration::from_millis(400));
            }
            open.fetch_sub(1, Ordering::SeqCst);
        });
        check(crowded, &args, 1, &out, err);
        // Two connections, then none for a while.
        let closed = Mutex::new(None);
        let exhausted = serve(move |mut socket, number| {
            let head = request(&mut socket);
            let is_free = number < 2 || {
                let begin = *closed.lock().expect("no panic").get_or_insert_with(Instant::now);
                begin.elapsed() > Duration::from_secs(1)
            };
            let _ = socket.write_all(if is_free { switch(&head, "") } else { busy.to_owned() }.as_bytes());
            if is_free {
                drain(&mut socket);
            }
        });
        check(exhausted, &[&args[..], &["--jobs", "1"]].concat(), 1, &out, err);
    }
}
