//! The cases for clients, held against the rules: each refusal breaks the rule that it names, and what must be accepted breaks none.

use std::collections::BTreeSet;
use wskey::Key;
use wskey::conformance::client_cases::CASES;
use wskey::conformance::{Case, Delivery, Expectation, Judgement, Message, Outcome};
use wskey::head::{Behind, Exchange, Head, StreamEnd};
use wskey::rules::{Level, RULES, Verdict, judge, verdict};

const KEY: &[u8] = b"1Jo0ZvFFDQ3u4UMfqKvPLQ==";

/// Requests of which one has what a case needs.
const FIELDS: [(&str, &str); 17] = [
    ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
    ("Sec-WebSocket-Extensions", "permessage-deflate"),
    ("Sec-WebSocket-Extensions", "permessage-deflate; server_no_context_takeover"),
    ("Sec-WebSocket-Extensions", "permessage-deflate; server_max_window_bits=10"),
    ("Sec-WebSocket-Extensions", "permessage-deflate, x-other"),
    ("Sec-WebSocket-Extensions", "x-other"),
    ("Sec-WebSocket-Protocol", "soap, chat"),
    ("Sec-WebSocket-Protocol", "chat"),
    ("Origin", "http://server.example:8080"),
    // What a case answers may be what such a request asks for.
    ("Sec-WebSocket-Protocol", "chat, nope"),
    ("Sec-WebSocket-Protocol", "CHAT, chat"),
    ("Sec-WebSocket-Extensions", "x-foo, permessage-deflate"),
    ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits, permessage-deflate"),
    ("Sec-WebSocket-Extensions", "permessage-deflate; server_no_context_takeover, permessage-deflate; server_max_window_bits=12"),
    ("Sec-WebSocket-Extensions", "permessage-deflate; server_max_window_bits=8, permessage-deflate; server_max_window_bits=15"),
    ("Sec-WebSocket-Extensions", "permessage-deflate; server_no_context_takeover; client_no_context_takeover"),
    ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits=8; server_max_window_bits=\"9\""),
];

fn requests() -> Vec<Head> {
    let key = || Key::parse(KEY).expect("a key");
    let with = |(name, value): (&str, &str)| {
        let mut request = Message::request(false, "server.example:8080", "/chat", key());
        request.set(name, value);
        Head::parse(&request.to_bytes())
    };
    FIELDS.into_iter().map(with).collect()
}

/// The requests that have what a case needs, each with the response of this case to it.
fn answered(case: &Case) -> Vec<(Head, Message)> {
    let is_met = |request: &Head| case.needs.is_none_or(|need| (need.is_met)(request));
    let requests: Vec<_> = requests().into_iter().filter(is_met).collect();
    assert!(!requests.is_empty(), "{}: no request has what it needs", case.id);
    let answer = |request: Head| {
        let mut response = Message::response(false, &request).expect("there is a key");
        (case.alter)(&mut response);
        (request, response)
    };
    requests.into_iter().map(answer).collect()
}

fn exchanges(case: &Case) -> Vec<Exchange> {
    answered(case).into_iter().map(|(request, response)| exchange(request, response)).collect()
}

fn exchange(request: Head, mut response: Message) -> Exchange {
    let behind = std::mem::take(&mut response.after);
    // An interim response is another head.
    if response.before.starts_with(b"HTTP") {
        response.before = b"";
    }
    let bytes = response.to_bytes();
    let (bytes, end) = match response.delivery {
        Delivery::Whole | Delivery::ThenEnd => (&bytes[..], StreamEnd::Open),
        Delivery::HalfThenEnd => (&bytes[..bytes.len() / 2], StreamEnd::Server),
        _ => (&b""[..], StreamEnd::Server),
    };
    let mut exchange = Exchange::new(Some(request), Some(Head::parse(bytes)));
    exchange.behind = Some(Behind::new(behind, end));
    exchange
}

#[test]
fn as_many_as_there_are() {
    let ids: BTreeSet<_> = CASES.iter().map(|case| case.id).collect();
    assert_eq!((ids.len(), CASES.len()), (135, 135));
    let count = |expectation: &str| CASES.iter().filter(|case| case.expectation.as_str() == expectation).count();
    assert_eq!([count("accept"), count("refuse"), count("open")], [18, 88, 29]);
}

#[test]
fn a_refusal_case_breaks_the_rule_that_it_names() {
    let mut wrong = Vec::new();
    for case in CASES {
        let Expectation::Refuse(rule) = case.expectation else { continue };
        assert!(RULES.iter().any(|known| known.id == rule), "{}: {rule} is no rule", case.id);
        for exchange in exchanges(case) {
            let asked = exchange.request.as_ref().and_then(|request| request.fields.last()).map(|field| field.value.clone());
            let found = judge(&[exchange]);
            // Of an interim response the final one is not known, and so no rule is broken yet.
            if ["status-100", "status-102"].contains(&case.id) {
                assert!(found.iter().all(|finding| finding.level == Level::Note), "{}: {found:?}", case.id);
                continue;
            }
            let errors: Vec<_> =
                found.iter().filter(|finding| finding.level == Level::Error).map(|finding| finding.rule.id).collect();
            if !errors.contains(&rule) {
                let asked = String::from_utf8_lossy(&asked.unwrap_or_default()).into_owned();
                wrong.push(format!("{} to `{asked}`: breaks {errors:?}, expected {rule}", case.id));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn an_acceptance_case_breaks_no_rule() {
    for case in CASES.iter().filter(|case| case.expectation == Expectation::Accept) {
        for exchange in exchanges(case) {
            assert_eq!(verdict(&exchange, &judge(std::slice::from_ref(&exchange))), Verdict::Ok, "{}", case.id);
        }
    }
}

/// The body of a refusal runs up to the end of the connection where nothing says how long it is (RFC 9112, section 6.3): a right client
/// may wait for it. A 1xx has none.
#[test]
fn a_refusal_says_where_it_ends() {
    for (case, (_, response)) in CASES.iter().flat_map(|case| answered(case).into_iter().map(move |answered| (case, answered))) {
        let is_kept = response.delivery == Delivery::Whole && response.start_line.len() > 1;
        if is_kept && !matches!(&response.start_line[1][..], [b'1', _, _]) {
            assert_eq!(response.get("Content-Length"), Some(&b"0"[..]), "{}", case.id);
        }
    }
}

/// A redirect leads to the same server, and to a path that no case has; a query stays what it is.
#[test]
fn redirects() {
    for (id, target, expected) in [
        ("redirect-301", "/chat", "ws://server.example:8080/chat/followed"),
        ("redirect-302-http", "/chat", "http://server.example:8080/chat/followed"),
        ("redirect-307", "/chat?token=a/b", "ws://server.example:8080/chat/followed?token=a/b"),
        ("redirect-308", "ws://server.example:8080/chat?x=http://a/", "ws://server.example:8080/chat/followed?x=http://a/"),
        ("redirect-301", "ws://server.example:8080?x", "ws://server.example:8080/followed?x"),
    ] {
        let case = CASES.iter().find(|case| case.id == id).expect("a case of this name");
        let request = Message::request(false, "server.example:8080", target, Key::parse(KEY).expect("a key"));
        let mut response = Message::response(false, &Head::parse(&request.to_bytes())).expect("there is a key");
        (case.alter)(&mut response);
        assert_eq!(response.get("Location"), Some(expected.as_bytes()), "{id}");
        assert_eq!(response.delivery, Delivery::ThenEnd, "{id}");
    }
}

/// What each outcome is worth. A client that is still there is right where the final response has not come.
#[test]
fn judgements() {
    use Judgement::{Met, MetWithWarning, Open, Unjudged, Unmet};
    for (id, expected) in [
        ("accept-wrong", [Unmet, Met, MetWithWarning, Unjudged]),
        ("accept-ows", [Met, Unmet, Unmet, Unjudged]),
        ("accept-folded", [Open, Open, Open, Unjudged]),
        ("silent", [Unmet, Met, Met, Unjudged]),
        ("status-100", [Unmet, Met, Met, Unjudged]),
        ("status-102", [Unmet, Met, Met, Unjudged]),
        ("status-200", [Unmet, Met, MetWithWarning, Unjudged]),
    ] {
        let case = CASES.iter().find(|case| case.id == id).expect("a case of this name");
        let outcomes = [Outcome::Accepted, Outcome::Refused, Outcome::Silent, Outcome::Absent];
        assert_eq!(outcomes.map(|outcome| case.judge_client(outcome)), expected, "{id}");
    }
}

#[test]
fn the_subprotocol_that_a_case_needs() {
    let request = |subprotocol: Option<&str>| {
        let mut request = Message::request(false, "server.example:8080", "/chat", Key::parse(KEY).expect("a key"));
        if let Some(subprotocol) = subprotocol {
            request.set("Sec-WebSocket-Protocol", subprotocol);
        }
        Head::parse(&request.to_bytes())
    };
    let (plain, asking) = (request(None), request(Some("chat")));
    // A request that asks for it has what the case needs, and one that asks for none has not.
    let hangs_on_it = |case: &Case| case.needs.is_some_and(|need| (need.is_met)(&asking) && !(need.is_met)(&plain));
    for case in CASES {
        assert_eq!(case.subprotocol(), hangs_on_it(case).then_some("chat"), "{}", case.id);
    }
    assert!(CASES.iter().any(hangs_on_it));
}
