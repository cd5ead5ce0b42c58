//! The cases of the conformance run, held against the rules.

use std::collections::BTreeSet;
use wskey::Key;
use wskey::conformance::server_cases::CASES;
use wskey::conformance::{Case, Delivery, Expectation, Judgement, Message, Outcome};
use wskey::head::{Exchange, Head, Kind};
use wskey::rules::{Level, RULES, Unjudged as why, Verdict, judge};

const KEY: &[u8] = b"1Jo0ZvFFDQ3u4UMfqKvPLQ==";

fn altered(case: &Case) -> Message {
    let mut request = Message::request(false, "server.example:8080", "/chat", Key::parse(KEY).expect("a key"));
    (case.alter)(&mut request);
    request
}

/// The rules that a request breaks, and how much that weighs.
fn broken(request: &Message) -> Vec<(&'static str, Level)> {
    let exchange = Exchange::new(Some(Head::parse(&request.to_bytes())), None);
    judge(&[exchange]).iter().map(|finding| (finding.rule.id, finding.level)).collect()
}

#[track_caller]
fn case(id: &str) -> &'static Case {
    CASES.iter().find(|case| case.id == id).expect("a case of this name")
}

#[test]
fn ids_are_unique() {
    let ids: BTreeSet<_> = CASES.iter().map(|case| case.id).collect();
    assert_eq!(ids.len(), CASES.len());
}

#[test]
fn a_refusal_case_breaks_the_rule_that_it_names() {
    let known: Vec<_> = RULES.iter().map(|rule| rule.id).collect();
    for case in CASES {
        let Expectation::Refuse(rule) = case.expectation else { continue };
        assert!(known.contains(&rule), "{}: {rule} is no rule", case.id);
        let broken = broken(&altered(case));
        assert!(broken.contains(&(rule, Level::Error)), "{}: breaks {broken:?}, expected {rule}", case.id);
        // What else is broken by the same change.
        let others = broken.iter().filter(|(id, level)| *id != rule && *level == Level::Error);
        let others: Vec<_> = others.map(|(id, _)| *id).collect();
        let follow: &[&str] = match case.id {
            "plain-get" => &["request-connection", "key-missing", "version-missing"],
            "key-nul" => &["head-field-syntax"],
            "ver-dup-13-8" | "ver-dup-8-13" => &["version-unsupported"],
            _ => &[],
        };
        assert_eq!(others, follow, "{}", case.id);
    }
}

#[test]
fn an_acceptance_case_breaks_no_rule() {
    for case in CASES.iter().filter(|case| case.expectation == Expectation::Accept) {
        // One offer of two that is wrong is declined, and the other is a right one.
        let expected = if case.id == "ext-pmd-bad-then-good" { vec![("extension-offer", Level::Warn)] } else { Vec::new() };
        assert_eq!(broken(&altered(case)), expected, "{}", case.id);
    }
}

/// A case differs from a valid handshake in one line, which is lost, found or another; those that differ in more are counted
/// by hand.
#[test]
fn a_handshake_is_altered_in_one_place() {
    let lines = |case| {
        let bytes = altered(case).to_bytes();
        let lines = bytes.split_inclusive(|&b| b == b'\n').map(<[u8]>::to_vec);
        lines.collect::<Vec<_>>()
    };
    let valid = lines(case_valid());
    for case in CASES {
        let mut found = lines(case);
        let mut lost = valid.clone();
        lost.retain(|line| match found.iter().position(|other| other == line) {
            Some(at) => found.remove(at).is_empty(),
            None => true,
        });
        let expected = match case.id {
            "valid" | "dribble" | "origin-none" | "accept-same-different" => (0, 0),
            "lowercase-names" | "uppercase-names" | "no-space-colon" | "tab-ows" => (5, 5),
            "post" | "put" | "obs-fold-conn" | "obs-fold-key" | "hybi-08" => (1, 2),
            "http10-keepalive" => (2, 2),
            "proto-two-lines" | "ext-pmd-two-lines" | "origin-two" | "obs-fold" | "body-cl5" => (0, 2),
            "plain-get" => (4, 0),
            "lone-lf" => (7, 7),
            "lone-cr" => (7, 1),
            "hixie-75" => (3, 2),
            "hixie-76" => (3, 5),
            "body-chunked" => (0, 5),
            "headers-90" => (0, 90),
            "headers-500" => (0, 500),
            "early-frame" => (0, 1),
            _ => (lost.len().min(1), found.len().min(1)),
        };
        assert_eq!((lost.len(), found.len()), expected, "{}", case.id);
        assert!(!lost.is_empty() || !found.is_empty() || expected == (0, 0), "{}", case.id);
    }
}

fn case_valid() -> &'static Case {
    case("valid")
}

/// What is sent, spelt out for the cases that are more than a value.
#[track_caller]
fn sends(id: &str, expected: &[u8]) {
    let sent = altered(case(id)).to_bytes();
    assert_eq!(sent.escape_ascii().to_string(), expected.escape_ascii().to_string(), "{id}");
}

#[test]
fn fields_byte_for_byte() {
    sends(
        "valid",
        b"GET /chat HTTP/1.1\r\nHost: server.example:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
          Sec-WebSocket-Key: 1Jo0ZvFFDQ3u4UMfqKvPLQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    sends(
        "lowercase-names",
        b"GET /chat HTTP/1.1\r\nhost: server.example:8080\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
          sec-websocket-key: 1Jo0ZvFFDQ3u4UMfqKvPLQ==\r\nsec-websocket-version: 13\r\n\r\n",
    );
    sends(
        "tab-ows",
        b"GET /chat HTTP/1.1\r\nHost:\tserver.example:8080\t\r\nUpgrade:\twebsocket\t\r\nConnection:\tUpgrade\t\r\n\
          Sec-WebSocket-Key:\t1Jo0ZvFFDQ3u4UMfqKvPLQ==\t\r\nSec-WebSocket-Version:\t13\t\r\n\r\n",
    );
    sends(
        "host-two",
        b"GET /chat HTTP/1.1\r\nHost: server.example:8080\r\nHost: other.example\r\nUpgrade: websocket\r\n\
          Connection: Upgrade\r\nSec-WebSocket-Key: 1Jo0ZvFFDQ3u4UMfqKvPLQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    sends(
        "first-line-space",
        b"GET /chat HTTP/1.1\r\n Host: server.example:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
          Sec-WebSocket-Key: 1Jo0ZvFFDQ3u4UMfqKvPLQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    sends(
        "obs-fold-key",
        b"GET /chat HTTP/1.1\r\nHost: server.example:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
          Sec-WebSocket-Key: \r\n 1Jo0ZvFFDQ3u4UMfqKvPLQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    sends(
        "no-colon",
        b"GET /chat HTTP/1.1\r\nHost: server.example:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
          Sec-WebSocket-Key: 1Jo0ZvFFDQ3u4UMfqKvPLQ==\r\nSec-WebSocket-Version: 13\r\nX-A\r\n\r\n",
    );
}

#[test]
fn start_lines_line_endings_and_bodies_byte_for_byte() {
    sends(
        "absolute-form",
        b"GET http://server.example:8080/chat HTTP/1.1\r\nHost: server.example:8080\r\nUpgrade: websocket\r\n\
          Connection: Upgrade\r\nSec-WebSocket-Key: 1Jo0ZvFFDQ3u4UMfqKvPLQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    sends(
        "http-none",
        b"GET /chat\r\nHost: server.example:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
          Sec-WebSocket-Key: 1Jo0ZvFFDQ3u4UMfqKvPLQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    sends("plain-get", b"GET /chat HTTP/1.1\r\nHost: server.example:8080\r\n\r\n");
    sends(
        "lone-cr",
        b"GET /chat HTTP/1.1\rHost: server.example:8080\rUpgrade: websocket\rConnection: Upgrade\r\
          Sec-WebSocket-Key: 1Jo0ZvFFDQ3u4UMfqKvPLQ==\rSec-WebSocket-Version: 13\r\r",
    );
    sends(
        "pre-crlf",
        b"\r\nGET /chat HTTP/1.1\r\nHost: server.example:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
          Sec-WebSocket-Key: 1Jo0ZvFFDQ3u4UMfqKvPLQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    sends(
        "body-chunked",
        b"GET /chat HTTP/1.1\r\nHost: server.example:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
          Sec-WebSocket-Key: 1Jo0ZvFFDQ3u4UMfqKvPLQ==\r\nSec-WebSocket-Version: 13\r\nTransfer-Encoding: chunked\r\n\r\n\
          5\r\nhello\r\n0\r\n\r\n",
    );
    sends(
        "hixie-76",
        b"GET /chat HTTP/1.1\r\nHost: server.example:8080\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\
          Origin: http://server.example:8080\r\nSec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\n\
          Sec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n\r\n^n:ds[4U",
    );
}

/// Counted by hand.
#[test]
fn lengths() {
    let added = |id: &str| altered(case(id)).to_bytes().len() - altered(case_valid()).to_bytes().len();
    assert_eq!(added("header-8k"), "X-A: \r\n".len() + 8000);
    assert_eq!(added("header-64k"), "X-A: \r\n".len() + 65536);
    assert_eq!(altered(case("headers-90")).fields.len(), 5 + 90);
    assert_eq!(altered(case("headers-500")).fields.len(), 5 + 500);
    assert_eq!(added("early-frame"), 2 + 4 + 5);
}

#[test]
fn deliveries() {
    for case in CASES {
        let expected = match case.id {
            "dribble" => Delivery::ByteByByte,
            "accept-same-different" => Delivery::SameThenAnother,
            _ => Delivery::Whole,
        };
        assert_eq!(altered(case).delivery, expected, "{}", case.id);
    }
}

#[test]
fn the_fields_of_the_user_stay() {
    for case in CASES {
        let mut request = Message::request(true, "server.example", "/?token=1", Key::parse(KEY).expect("a key"));
        request.add("Cookie", "sid=31337");
        (case.alter)(&mut request);
        assert_eq!(request.get("cookie"), Some(&b"sid=31337"[..]), "{}", case.id);
    }
}

#[test]
fn over_tls_with_a_query() {
    let altered = |id| {
        let mut request = Message::request(true, "server.example", "/?token=1", Key::parse(KEY).expect("a key"));
        (case(id).alter)(&mut request);
        (String::from_utf8_lossy(&request.start_line[1]).into_owned(), request.get("Origin").map(<[u8]>::to_vec))
    };
    assert_eq!(altered("query"), ("/?token=1&a=1".into(), None));
    assert_eq!(altered("absolute-form"), ("https://server.example/?token=1".into(), None));
    assert_eq!(altered("origin-same"), ("/?token=1".into(), Some(b"https://server.example".to_vec())));
}

/// What RFC and case demand: what is expected, what came, and what that is worth.
#[test]
fn a05_judgements() {
    use Judgement::{Met, MetWithWarning, Open, Unjudged, Unmet};
    use Outcome::{Accepted, Closed, NotHttp, Refused, Silent, Unreachable};
    #[track_caller]
    fn check(id: &str, outcome: Outcome, response: &str, verdict: &Verdict, expected: Judgement) {
        let head = (!response.is_empty()).then(|| Head::parse(format!("HTTP/1.1 {response}\r\n\r\n").as_bytes()));
        assert_eq!(case(id).judge(outcome, head.as_ref(), verdict), expected, "{id} {outcome:?} {response}");
    }
    let cut = Verdict::Unjudged(why::End(Kind::Response));
    // A 101 by the rules, one that breaks them, and one that was not seen whole.
    for (id, expected) in [
        ("valid", [Met, Unmet, Unjudged]),
        ("key-empty", [Unmet, Unmet, Unmet]),
        ("ext-badparam", [Met, Unmet, Unjudged]),
        ("ver-8", [Open, Open, Open]),
    ] {
        for (verdict, expected) in [&Verdict::Ok, &Verdict::Failed, &cut].into_iter().zip(expected) {
            check(id, Accepted, "101 x", verdict, expected);
        }
    }
    check("ext-badparam", Accepted, "101 x\r\nSec-WebSocket-Extensions: permessage-deflate", &Verdict::Ok, Unmet);
    check("ext-badparam", Accepted, "101 x\r\nSec-WebSocket-Extensions: x", &Verdict::Ok, Met);
    for (id, refused, by_server, closed) in [
        ("valid", Unmet, Unmet, Unmet),
        ("key-empty", Met, MetWithWarning, MetWithWarning),
        ("ext-badparam", MetWithWarning, MetWithWarning, MetWithWarning),
        ("ver-8", Open, Open, Open),
    ] {
        for status in ["200 x", "302 x", "400 x", "403 x", "426 x", "499 x"] {
            check(id, Refused, status, &Verdict::Ok, refused);
        }
        for status in ["500 x", "501 x", "502 x", "503 x", "504 x", "505 x", "520 x"] {
            check(id, Refused, status, &Verdict::Ok, by_server);
        }
        check(id, Closed, "", &Verdict::Failed, closed);
        let nothing = if id == "ver-8" { Open } else { Unmet };
        check(id, Silent, "", &Verdict::Failed, nothing);
        check(id, NotHttp, "", &Verdict::Failed, nothing);
        check(id, Unreachable, "", &Verdict::Failed, Unjudged);
    }
    // The two statuses of the server's that say what of the request it does not have.
    for (id, status, expected) in [
        ("post", "501 x", Met),
        ("post", "505 x", MetWithWarning),
        ("http10", "505 x", Met),
        ("http10", "501 x", MetWithWarning),
        ("ver-12", "505 x", MetWithWarning),
    ] {
        check(id, Refused, status, &Verdict::Ok, expected);
    }
}

/// What an answer is judged against: what a server that accepts the request takes it for.
#[test]
fn a05_a_request_as_it_was_accepted() {
    for case in CASES {
        let request = altered(case).as_accepted();
        assert_eq!((request.irregularities.len(), request.version()), (0, Some(&b"HTTP/1.1"[..])), "{}", case.id);
        assert_eq!(
            request.get("Sec-WebSocket-Key").is_some(),
            altered(case).get("Sec-WebSocket-Key").is_some() && !case.id.starts_with("key-dup"),
            "{}",
            case.id
        );
    }
    let key = |id| altered(case(id)).as_accepted().get("Sec-WebSocket-Key").map(<[u8]>::to_vec);
    for id in ["valid", "key-ows", "obs-fold-key", "lone-cr", "name-space", "http20", "no-colon"] {
        assert_eq!(key(id).as_deref(), Some(KEY), "{id}");
    }
}
