//! `wskey probe --check-origins` against servers that check Origin rightly, in the usual wrong ways, or not at all.

use crate::support::{URL, check, drain, request, responds, run, serve, switch};
use libtest2_mimic::Trial;
use std::io::Write as _;
use std::sync::mpsc;

pub(crate) fn trials() -> Vec<Trial> {
    listed![
        a_server_that_compares_the_beginning,
        a_server_that_compares_the_end,
        a_server_whose_pattern_has_a_dot,
        what_is_registered,
        a_dot_further_right,
        siblings,
        a_server_that_looks_for_the_domain,
        a_server_that_lets_in_whoever_has_one,
        servers_with_a_list,
        no_origin_is_called_right,
        nobody_enters,
        the_right_one_is_refused,
        not_a_byte,
        a_broken_101,
        silence_to_one,
        a_connection_that_is_closed,
        a_close_frame_at_once,
        a_close_frame_to_everybody,
        what_a_client_sends,
        a_limit_is_no_check,
        what_the_server_wants_is_sent,
        json,
        usage,
    ]
}

const RIGHT: &str = "https://chat.example.com";

/// The values of the Origin fields of a request.
fn origins(head: &str) -> Vec<String> {
    head.lines().filter_map(|line| line.strip_prefix("Origin: ")).map(str::to_owned).collect()
}

/// A server that lets in whom this lets in, given the values of the Origin fields.
fn admits(is_admitted: impl Fn(&[String]) -> bool + Send + Sync + 'static) -> u16 {
    serve(move |mut socket, _| {
        let head = request(&mut socket);
        let response = if is_admitted(&origins(&head)) {
            switch(&head, "")
        } else {
            "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n".to_owned()
        };
        let _ = socket.write_all(response.as_bytes());
        drain(&mut socket);
    })
}

const HIJACKED: &str = "; foreign pages can open this WebSocket from a visitor's browser, with its cookies (RFC 6455 10.2)";

fn a_server_that_compares_the_beginning() {
    let port = admits(|origins| origins.first().is_none_or(|origin| origin.starts_with(RIGHT)));
    let out = "\
OK       own         enters           https://chat.example.com
NOTE     none        enters           (no Origin): browsers send one, other clients need not
OK       null        refused with 403 null
OK       foreign     refused with 403 https://attacker.example
OK       subdomain   refused with 403 https://sub.chat.example.com
OK       superdomain refused with 403 https://example.com
OK       ends-with   refused with 403 https://attackerexample.com
FAILED   begins-with enters           https://chat.example.com.attacker.example: a foreign host, whose name begins like the right one
OK       scheme      refused with 403 http://chat.example.com
WARN     port        enters           https://chat.example.com:8443: another origin, which a server may trust on purpose (RFC 6454 5)
OK       dot         refused with 403 https://chatxexample.com
NOTE     two         enters           https://chat.example.com, https://attacker.example: no browser sends two
";
    let err = "wskey: ws://127.0.0.1:PORT/chat: 5 of 12 variants enter: own, none, begins-with, port, two";
    check(port, &[URL, "--check-origins", "--origin", RIGHT], 1, out, &format!("{err}{HIJACKED}\n"));
    let failures: String = out.split_inclusive('\n').filter(|line| line.starts_with(['F', 'W'])).collect();
    check(port, &[URL, "--check-origins", "--origin", RIGHT, "-q"], 1, &failures, &format!("{err}{HIJACKED}\n"));
}

/// What is not as it must be, and the exit code.
#[track_caller]
fn check_failures(is_admitted: fn(&str) -> bool, more: &[&str], failures: &[&str], code: i32) {
    let port = admits(move |origins| origins.first().is_some_and(|origin| is_admitted(origin)));
    let ran = run(port, &[&[URL, "--check-origins", "--origin", RIGHT], more].concat());
    let words = |line: &str| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    let found: Vec<_> =
        ran.out.lines().map(words).filter(|words| !words.starts_with("OK") && !words.starts_with("NOTE")).collect();
    let found: Vec<_> = found.iter().map(String::as_str).collect();
    assert_eq!((found.as_slice(), ran.out.lines().count(), ran.code), (failures, 12, Some(code)));
}

fn a_server_that_compares_the_end() {
    let failures = ["WARN subdomain", "WARN superdomain", "FAILED ends-with", "WARN scheme", "FAILED dot"];
    check_failures(|origin| origin.ends_with("example.com"), &[], &failures, 1);
}

/// The names beside the right one and below it are of the same owner.
fn siblings() {
    check_failures(|origin| origin.ends_with("chat.example.com"), &[], &["WARN subdomain", "WARN scheme"], 0);
    let wildcard = |origin: &str| origin.starts_with("https://") && origin.ends_with(".example.com");
    check_failures(wildcard, &[], &["WARN subdomain"], 0);
    check_failures(|origin| [RIGHT, "https://sub.chat.example.com"].contains(&origin), &[], &["WARN subdomain"], 0);
}

/// The hosts that are sent of one whose variants depend on what somebody registers.
fn what_is_registered() {
    for (host, expected) in [
        ("example.com", &["sub.example.com", "attackerexample.com"][..]),
        ("localhost", &["sub.localhost", "attackerlocalhost"]),
        (
            "a.b.example.com",
            &["attackera.b.example.com", "sub.a.b.example.com", "b.example.com", "attackerexample.com", "a.bxexample.com"],
        ),
        ("example.co.uk", &["sub.example.co.uk", "attackerexample.co.uk", "examplexco.uk"]),
        (
            "app.example.co.uk",
            &[
                "attackerapp.example.co.uk",
                "sub.app.example.co.uk",
                "example.co.uk",
                "attackerexample.co.uk",
                "appxexample.co.uk",
                "app.examplexco.uk",
            ],
        ),
    ] {
        let (sender, receiver) = mpsc::channel();
        let port = serve(move |mut socket, _| {
            drop(sender.send(origins(&request(&mut socket))));
            let _ = socket.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
            drain(&mut socket);
        });
        run(port, &[URL, "--check-origins", "--origin", &format!("https://{host}")]);
        let others = ["null", "https://attacker.example"].map(str::to_owned);
        let is_other = |sent: &[String]| sent.len() != 1 || others.contains(&sent[0]);
        let sent: Vec<_> = receiver.try_iter().filter(|sent| !is_other(sent)).flatten().collect();
        let names: Vec<_> = sent.iter().filter_map(|origin| origin.strip_prefix("https://")).collect();
        let [own, same] = [host.to_owned(), format!("{host}:8443")];
        let names: Vec<_> =
            names.into_iter().filter(|name| *name != own && *name != same && !name.ends_with(".attacker.example")).collect();
        assert_eq!(names, expected, "{host}");
    }
}

/// As the pattern `^https://app\.example.co.uk$` does.
fn a_dot_further_right() {
    let port = admits(|origins| {
        let entering = ["https://app.example.co.uk", "https://app.examplexco.uk", "https://app.example.coxuk"];
        origins.first().is_some_and(|origin| entering.contains(&origin.as_str()))
    });
    let out = "FAILED   dot         enters           https://app.examplexco.uk: a foreign host, whose name has a letter in place of a dot\n";
    let err = format!("wskey: ws://127.0.0.1:PORT/chat: 3 of 12 variants enter: own, dot, two{HIJACKED}\n");
    check(port, &[URL, "--check-origins", "--origin", "https://app.example.co.uk", "-q"], 1, out, &err);
}

/// As the pattern `^https://chat.example.com$` does.
fn a_server_whose_pattern_has_a_dot() {
    let pattern = |origin: &str| {
        let is_taken = |(byte, expected)| expected == b'.' || byte == expected;
        origin.len() == RIGHT.len() && origin.bytes().zip(RIGHT.bytes()).all(is_taken)
    };
    check_failures(pattern, &[], &["FAILED dot"], 1);
}

fn a_server_that_looks_for_the_domain() {
    let failures = [
        "WARN subdomain",
        "WARN superdomain",
        "FAILED ends-with",
        "FAILED begins-with",
        "WARN scheme",
        "WARN port",
        "FAILED dot",
    ];
    check_failures(|origin| origin.contains("example.com"), &[], &failures, 1);
}

fn a_server_that_lets_in_whoever_has_one() {
    let failures = [
        "FAILED null",
        "FAILED foreign",
        "WARN subdomain",
        "WARN superdomain",
        "FAILED ends-with",
        "FAILED begins-with",
        "WARN scheme",
        "WARN port",
        "FAILED dot",
    ];
    check_failures(|_| true, &[], &failures, 1);
}

fn servers_with_a_list() {
    check_failures(|origin| origin == RIGHT, &["--strict"], &[], 0);
    check_failures(|origin| [RIGHT, "null"].contains(&origin), &[], &["FAILED null"], 1);
    let also_plain = |origin: &str| [RIGHT, "http://chat.example.com"].contains(&origin);
    check_failures(also_plain, &[], &["WARN scheme"], 0);
    check_failures(also_plain, &["--strict"], &["FAILED scheme"], 1);
}

/// What enters is told, and nothing is claimed.
fn no_origin_is_called_right() {
    let out = "\
own         enters           http://127.0.0.1:PORT
none        enters           (no Origin)
null        enters           null
foreign     enters           https://attacker.example
subdomain   not sent         http://127.0.0.1:PORT has no such variant
superdomain not sent         http://127.0.0.1:PORT has no such variant
ends-with   not sent         http://127.0.0.1:PORT has no such variant
begins-with enters           http://127.0.0.1.attacker.example:PORT
scheme      enters           https://127.0.0.1:PORT
port        enters           http://127.0.0.1:8443
dot         not sent         http://127.0.0.1:PORT has no such variant
two         enters           http://127.0.0.1:PORT, https://attacker.example
";
    let err = "wskey: ws://127.0.0.1:PORT/chat: all 8 variants enter: the server lets any page in\n";
    // Without one that is right there is nothing to be judged by, so this is no failure.
    check(admits(|_| true), &[URL, "--check-origins"], 0, out, err);
    // A name of one label has no dot and nothing above it; an IPv6 address is the beginning of no name.
    for (host, missing) in [
        ("localhost", &["superdomain", "dot"][..]),
        ("example.com", &["superdomain", "dot"]),
        ("[::1]:3000", &["subdomain", "superdomain", "ends-with", "begins-with", "dot"]),
    ] {
        let ran = run(admits(|_| true), &[URL, "--check-origins", "--origin", &format!("https://{host}")]);
        let unsent = ran.out.lines().filter(|line| line.contains(" not sent ")).filter_map(|line| line.split_whitespace().next());
        assert_eq!(unsent.collect::<Vec<_>>(), missing, "{host}");
    }
}

fn nobody_enters() {
    let port = admits(|_| false);
    let ran = run(port, &[URL, "--check-origins"]);
    let err = "wskey: ws://127.0.0.1:PORT/chat: none of 8 variants enters; `wskey probe ws://127.0.0.1:PORT/chat` says more\n";
    assert_eq!((ran.err.as_str(), ran.code), (err, Some(1)));
}

/// That others are refused too proves nothing then; that one enters does.
fn the_right_one_is_refused() {
    let port = admits(|origins| origins.first().is_some_and(|origin| origin == "null"));
    let ran = run(port, &[URL, "--check-origins", "--origin", RIGHT]);
    let begin = "\
FAILED   own         refused with 403 https://chat.example.com: the right one, which must enter
         none        refused with 403 (no Origin)
FAILED   null        enters           null: any page can have a sandboxed frame, which sends this
         foreign     refused with 403 https://attacker.example
";
    assert!(ran.out.starts_with(begin), "{}", ran.out);
    assert_eq!(ran.code, Some(1));
}

fn not_a_byte() {
    let port = serve(|mut socket, _| drop(request(&mut socket)));
    let err = "wskey: ws://127.0.0.1:PORT/chat: the server closed the connection without a byte of a response\n";
    check(port, &[URL, "--check-origins"], 3, "", err);
    let ran = run(port, &[URL, "--check-origins", "--json"]);
    let object: serde_json::Value = serde_json::from_str(&ran.out).expect("one object");
    let found = ["variant", "outcome", "verdict", "message"].map(|name| object[name].as_str().unwrap_or_default());
    let message = "the server closed the connection without a byte of a response";
    assert_eq!((found, ran.err.as_str(), ran.code), (["own", "closed", "UNJUDGED", message], err, Some(3)));
}

fn a_broken_101() {
    // The accept value of the key in RFC 6455, section 1.3.
    let port = responds(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
    );
    let ran = run(port, &[URL, "--check-origins"]);
    let begin = "FAILED   own         broken 101       http://127.0.0.1:PORT: accepted, and the 101 breaks accept-mismatch: ";
    assert!(ran.out.starts_with(begin), "{}", ran.out);
    let err = "wskey: ws://127.0.0.1:PORT/chat: the first 101 is broken, so no other variant was sent; `wskey probe ws://127.0.0.1:PORT/chat` says more\n";
    assert_eq!((ran.out.lines().count(), ran.err.as_str(), ran.code), (1, err, Some(1)));
}

fn silence_to_one() {
    let port = serve(|mut socket, _| {
        let head = request(&mut socket);
        match origins(&head).first().map(String::as_str) {
            Some("null") => {}
            Some(RIGHT) => drop(socket.write_all(switch(&head, "").as_bytes())),
            _ => drop(socket.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")),
        }
        drain(&mut socket);
    });
    let out = "UNJUDGED null        silent           null: the server accepted the connection and sent nothing within 1 s; the request was sent\n";
    let err = "wskey: ws://127.0.0.1:PORT/chat: 2 of 12 variants enter: own, two\n";
    check(port, &[URL, "--check-origins", "--origin", RIGHT, "--timeout", "1", "-q"], 2, out, err);
}

/// A server may close the connection in place of a refusal: twice, and the right one enters before and after.
fn a_connection_that_is_closed() {
    let port = serve(|mut socket, _| {
        let head = request(&mut socket);
        if origins(&head) == [RIGHT] {
            let _ = socket.write_all(switch(&head, "").as_bytes());
            drain(&mut socket);
        }
    });
    let ran = run(port, &[URL, "--check-origins", "--origin", RIGHT]);
    let line = "\nOK       null        closed           null\n";
    assert!(ran.out.contains(line), "{}", ran.out);
    let err = "wskey: ws://127.0.0.1:PORT/chat: 1 of 12 variants enters: own\n";
    assert_eq!((ran.out.matches("OK ").count(), ran.err.as_str(), ran.code), (12, err, Some(0)));
    let ran = run(port, &[URL, "--check-origins", "--origin", RIGHT, "--json"]);
    let object: serde_json::Value = serde_json::from_str(ran.out.lines().nth(2).expect("three")).expect("an object");
    let found = ["variant", "outcome", "verdict"].map(|name| object[name].as_str().unwrap_or_default());
    assert_eq!((found, object.get("status")), (["null", "closed", "OK"], None));
    // Once is no proof.
    let port = serve(|mut socket, number| {
        let head = request(&mut socket);
        if number != 1 {
            let _ = socket.write_all(switch(&head, "").as_bytes());
            drain(&mut socket);
        }
    });
    let ran = run(port, &[URL, "--check-origins", "-q"]);
    let line =
        "UNJUDGED none        closed           (no Origin): the server closed the connection without a byte of a response\n";
    assert_eq!((ran.out.as_str(), ran.code), (line, Some(2)));
}

/// A 101, and at once this Close frame, for whoever is not let in.
fn closes(is_admitted: impl Fn(&[String]) -> bool + Send + Sync + 'static, close: &'static [u8]) -> u16 {
    serve(move |mut socket, _| {
        let head = request(&mut socket);
        let close = if is_admitted(&origins(&head)) { b"" } else { close };
        let _ = socket.write_all(&[switch(&head, "").as_bytes(), close].concat());
        drain(&mut socket);
    })
}

/// The page sees its WebSocket open, and close.
fn a_close_frame_at_once() {
    let args = [URL, "--check-origins", "--origin", RIGHT];
    let ran = run(closes(|origins| origins == [RIGHT], b"\x88\x05\x03\xf0no!"), &args);
    let line = "\nOK       null        closed with 1008 null: opened, and closed at once\n";
    assert!(ran.out.contains(line), "{}", ran.out);
    let err = "wskey: ws://127.0.0.1:PORT/chat: 1 of 12 variants enters: own\n";
    assert_eq!((ran.out.matches("OK ").count(), ran.err.as_str(), ran.code), (12, err, Some(0)));
    // A Ping is nothing that a page sees. A message is: that applications tell a reason so, as Starlette's do, proves nothing.
    let ran = run(closes(|origins| origins == [RIGHT], b"\x89\x00\x88\x02\x0f\xa1"), &args);
    assert_eq!((ran.out.matches("OK ").count(), ran.err.as_str(), ran.code), (12, err, Some(0)), "{}", ran.out);
    let ran = run(closes(|origins| origins == [RIGHT], b"\x81\x01a\x88\x02\x03\xf0"), &args);
    let line = "\nUNJUDGED null        accepted         null: opened, and closed behind a message, which the page can read\n";
    assert!(ran.out.contains(line), "{}", ran.out);
    assert_eq!((ran.out.matches("UNJUDGED ").count(), ran.code), (11, Some(2)), "{}", ran.out);
    // Try again later.
    let ran = run(closes(|origins| origins != ["null"], b"\x88\x02\x03\xf5"), &[&args[..], &["-q"]].concat());
    let line = "\nUNJUDGED null        closed with 1013 null: opened, and closed at once, with a code that has nothing to do with the Origin\n";
    assert!(format!("\n{}", ran.out).contains(line), "{}", ran.out);
    assert_eq!(ran.code, Some(2));
}

fn a_close_frame_to_everybody() {
    for (more, sent) in [(&["--origin", RIGHT][..], 12), (&[], 8)] {
        let ran = run(closes(|_| false, b"\x88\x00"), &[&[URL, "--check-origins"], more].concat());
        let message = ": opened, and closed at once; the right one does not enter, or no longer\n";
        let words = ["UNJUDGED ", " closed           ", message].map(|word| ran.out.matches(word).count());
        let err = format!(
            "wskey: ws://127.0.0.1:PORT/chat: none of {sent} variants enters; `wskey probe ws://127.0.0.1:PORT/chat` says more\n"
        );
        assert_eq!((words, ran.err, ran.code), ([sent, sent, sent - 1], err, Some(2)), "{}", ran.out);
    }
}

/// Of another client, Origin stands where that has it.
fn what_a_client_sends() {
    let (sender, receiver) = mpsc::channel();
    let port = serve(move |mut socket, _| {
        let head = request(&mut socket);
        let _ = socket.write_all(switch(&head, "").as_bytes());
        drop(sender.send(head));
        drain(&mut socket);
    });
    let ran = run(port, &[URL, "--check-origins", "--as", "chromium", "--origin", RIGHT]);
    assert_eq!((ran.out.matches(" enters ").count(), ran.code), (12, Some(1)), "{}", ran.out);
    let names =
        |head: &str| head.lines().filter_map(|line| line.split_once(": ")).map(|(name, _)| name.to_owned()).collect::<Vec<_>>();
    let heads: Vec<_> = receiver.try_iter().map(|head| names(&head)).collect();
    let is_origin = |name: &String| name == "Origin";
    let place = heads[0].iter().position(is_origin).expect("an Origin");
    assert!(place + 1 < heads[0].len(), "{:?}", heads[0]);
    for (at, head) in heads.iter().enumerate().filter(|(at, _)| *at != 1) {
        assert_eq!(head.iter().position(is_origin), Some(place), "{at}");
    }
    assert_eq!(heads[1], heads[0].iter().filter(|name| !is_origin(name)).cloned().collect::<Vec<_>>());
}

/// A server that takes two connections and no more checks nothing.
fn a_limit_is_no_check() {
    let port = serve(|mut socket, number| {
        let head = request(&mut socket);
        let limited = "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n".to_owned();
        let _ = socket.write_all(if number < 2 { switch(&head, "") } else { limited }.as_bytes());
        drain(&mut socket);
    });
    let ran = run(port, &[URL, "--check-origins", "--origin", RIGHT]);
    let line = "\nUNJUDGED null        refused with 429 null: a status that has nothing to do with the Origin\n";
    assert!(ran.out.contains(line), "{}", ran.out);
    let err = "wskey: ws://127.0.0.1:PORT/chat: 2 of 12 variants enter: own, none; what was let in before is now refused too, so the refusals prove nothing\n";
    assert_eq!((ran.err.as_str(), ran.code), (err, Some(2)));
}

/// Fields and subprotocols go with each variant; what is a credential is not shown.
fn what_the_server_wants_is_sent() {
    let port = serve(|mut socket, _| {
        let head = request(&mut socket);
        let is_known = head.contains("\r\nCookie: id=SECRET77\r\n") && head.contains("\r\nSec-WebSocket-Protocol: chat\r\n");
        let response = if is_known {
            switch(&head, "Sec-WebSocket-Protocol: chat\r\n")
        } else {
            "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n".to_owned()
        };
        let _ = socket.write_all(response.as_bytes());
        drain(&mut socket);
    });
    let ran = run(port, &[URL, "--check-origins", "-H", "Cookie: id=SECRET77", "--subprotocol", "chat", "-v"]);
    assert_eq!((ran.out.matches(" enters ").count(), ran.code), (8, Some(0)), "{}", ran.out);
    assert_eq!(
        (ran.out.matches("> Cookie: <redacted>\\r\\n\n").count(), ran.out.contains("SECRET77")),
        (8, false),
        "{}",
        ran.out
    );
}

fn json() {
    let port = admits(|origins| origins.first().is_some_and(|origin| [RIGHT, "null"].contains(&origin.as_str())));
    let ran = run(port, &[URL, "--check-origins", "--origin", RIGHT, "--json"]);
    let mut objects: Vec<serde_json::Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    for (name, begin) in [("sent", "GET /chat HTTP/1.1\r\n"), ("received", "HTTP/1.1 101 ")] {
        let bytes = objects[2].as_object_mut().expect("an object").remove(name).expect("bytes");
        assert!(bytes.as_str().expect("text").starts_with(begin), "{bytes}");
    }
    let url = "ws://127.0.0.1:PORT/chat";
    let expected = [
        serde_json::json!({"schema": 2, "type": "origin", "url": url, "variant": "own", "origins": [RIGHT],
            "outcome": "accepted", "status": 101, "verdict": "OK", "ok": true, "level": "error"}),
        serde_json::json!({"schema": 2, "type": "origin", "url": url, "variant": "none", "origins": [],
            "outcome": "refused", "status": 403, "verdict": "OK", "ok": true, "level": "note"}),
        serde_json::json!({"schema": 2, "type": "origin", "url": url, "variant": "null", "origins": ["null"],
            "outcome": "accepted", "status": 101, "verdict": "FAILED", "ok": false, "level": "error",
            "message": "any page can have a sandboxed frame, which sends this"}),
    ];
    assert_eq!((&objects[..3], objects.len(), ran.code), (&expected[..], 12, Some(1)));
}

fn usage() {
    for (args, err) in [
        (
            &["-H", "origin: https://a.example"][..],
            "wskey: -H: --check-origins sends its own Origin; --origin says which is the right one\n",
        ),
        (
            &["--origin", "https://a.example/"],
            "wskey: --origin: `https://a.example/` is no origin, expected SCHEME://HOST[:PORT]: invalid host name 'a.example/'\n",
        ),
        (
            &["--origin", "https://me:SECRET99@a.example"],
            "wskey: --origin: user or password before '@' is not allowed, expected SCHEME://HOST[:PORT]\n",
        ),
        (
            &["--origin", "https://a.example/?token=SECRET99"],
            "wskey: --origin: `https://a.example/?token=<redacted>` is no origin, expected SCHEME://HOST[:PORT]: invalid host name \
             'a.example/?token=<redacted>'\n",
        ),
        (&["--origin", "null"], "wskey: --origin: `null` is no origin, expected SCHEME://HOST[:PORT]\n"),
        (
            &["--origin", "wss://a.example:8443"],
            "wskey: --origin: `wss://a.example:8443` is no page's origin, expected https://a.example:8443\n",
        ),
    ] {
        check(1, &[&[URL, "--check-origins"], args].concat(), 2, "", err);
    }
    assert_eq!(run(1, &[URL, "--check-origins", "--conformance"]).code, Some(2));
}
