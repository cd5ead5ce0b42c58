//! What a proxy made of a head: two heads compared, and the rules of that.

use crate::rules::{REQUEST, RESPONSE};
use wskey::changes::{Change, How, changes};
use wskey::head::{Behind, Exchange, FarSide, Head, Kind, StreamEnd};
use wskey::rules::{Finding, Unjudged, Verdict, disagreements, judge, verdict};

/// Another pair, published beside the one above in the wild.
const OTHER_KEY: &str = "N+GWswsViw18TfSpryLcVw==";
const OTHER_ACCEPT: &str = "4tRMuDpE6WErH7Gc0XqTBmfN/7U=";

/// The lines of a head, and its end.
fn head(lines: &[&str]) -> String {
    format!("{}\r\n\r\n", lines.join("\r\n"))
}

fn compared(sent: &str, arrived: &str) -> Vec<Change> {
    changes(&Head::parse(sent.as_bytes()), &Head::parse(arrived.as_bytes()))
}

fn told(sent: &str, arrived: &str) -> Vec<String> {
    compared(sent, arrived).iter().map(ToString::to_string).collect()
}

#[test]
fn each_change_is_told() {
    let sent = ["GET /a HTTP/1.1", "Host: a", "Upgrade: websocket", "X: 1", "X: 2"];
    let with = |old: &[&str], new: &[&str]| {
        let at = sent.windows(old.len()).position(|lines| lines == old).expect("lines of it");
        told(&head(&sent), &head(&[&sent[..at], new, &sent[at + old.len()..]].concat()))
    };
    assert_eq!(told(&head(&sent), &head(&sent)), Vec::<String>::new());
    assert_eq!(with(&["Host: a"], &["Host:a \t"]), Vec::<String>::new());
    for (old, new, expected) in [
        (
            &["GET /a HTTP/1.1"][..],
            &["POST /b?c HTTP/1.0"][..],
            &[
                "the method of the request is changed: `GET` became `POST`",
                "the target of the request is changed: `/a` became `/b?c`",
                "the version of the request is changed: `HTTP/1.1` became `HTTP/1.0`",
            ][..],
        ),
        (&["Upgrade: websocket"], &[], &["`Upgrade: websocket` is dropped from the request"]),
        (&["Host: a"], &["Host: b"], &["Host of the request is changed: `a` became `b`"]),
        (&["Host: a"], &["Host: a", "Via: 1.1 b"], &["`Via: 1.1 b` is added to the request"]),
        (&["Host: a"], &["Host: a", "Host: a"], &["Host is repeated in the request: sent once, arrived twice"]),
        (&["X: 2"], &["X: 2", "X: 3"], &["`X: 3` is added to the request"]),
        (&["X: 2"], &[], &["`X: 2` is dropped from the request"]),
        (&["X: 1", "X: 2"], &["X: 1, 2"], &["X of the request is changed: `1`, `2` became `1, 2`"]),
        (&["X: 1", "X: 2"], &["X: 2", "X: 1"], &["X of the request is changed: `1`, `2` became `2`, `1`"]),
        (
            &["Host: a", "Upgrade: websocket"],
            &["upgrade: websocket", "Host: a"],
            &[
                "names in the request are spelt otherwise: `Upgrade` became `upgrade`",
                "the fields of the request are reordered: `upgrade, Host, X`",
            ],
        ),
        (&["X: 2"], &["X: 2", "X: 1", "X: 2", "X: 1", "X: 2"], &["X is repeated in the request: sent twice, arrived 6 times"]),
        (
            &["Host: a"],
            &["Host: a", "Y: 1", "Y: 2", "Y: 3", "Y: 4", "Y: 5", "Y: 6"],
            &["`Y: 1`, `Y: 2`, `Y: 3`, `Y: 4`, 2 more is added to the request"],
        ),
    ] {
        assert_eq!(with(old, new), expected, "{new:?}");
    }
}

#[test]
fn what_is_irregular_is_told() {
    let sent = "GET / HTTP/1.1\nHost: a\r\nX : 1\r\n y\r\n\r\n";
    let mended = [
        "a line that ends in LF alone is gone from the request",
        "a space before a colon is gone from the request",
        "a folded line is gone from the request",
    ];
    assert_eq!(told(sent, &head(&["GET / HTTP/1.1", "Host: a", "X: 1 y"])), mended);
    let made = ["a line that ends in LF alone is in the response, and was not sent"];
    assert_eq!(told("HTTP/1.1 101 x\r\n\r\n", "HTTP/1.1 101 x\n\r\n"), made);
}

#[test]
fn values_may_be_left_out() {
    let sent = head(&["GET / HTTP/1.1", "A: secret", "B: secret"]);
    let found = compared(&sent, &head(&["GET / HTTP/1.1", "A: other", "C: \u{1b}"]));
    let told: Vec<_> = found.iter().map(|change| change.without_values().to_string()).collect();
    assert_eq!(
        told,
        [
            "A of the request is changed; the values are not shown",
            "B, whose value is not shown, is dropped from the request",
            "C, whose value is not shown, is added to the request",
            "a control character is in the request, and was not sent",
        ]
    );
    assert_eq!(found[2].to_string(), "`C: \\x1b` is added to the request");
    assert_eq!((found[0].kind, found[0].how, found[0].before.len()), (Kind::Request, How::Changed, 1));
}

/// An exchange, and what was seen of it on the far side.
fn passed(response: &str, arrived: &str, given: &str) -> Exchange {
    let seen = |text: &str| (!text.is_empty()).then(|| Head::parse(text.as_bytes()));
    let mut far = FarSide::new("127.0.0.1:9000");
    (far.request, far.response) = (seen(arrived), seen(given));
    far.times = usize::from(far.request.is_some());
    let mut exchange = Exchange::new(seen(REQUEST), seen(response));
    exchange.far = Some(Box::new(far));
    exchange
}

#[track_caller]
fn finds(exchange: Exchange, expected: &[&str]) {
    let found = judge(&[exchange]);
    assert_eq!(found.iter().map(describe).collect::<Vec<_>>(), expected);
}

fn describe(finding: &Finding) -> String {
    let side = finding.side.map_or("nobody".to_owned(), |side| side.to_string());
    format!("{} {} {side}: {}", finding.rule.id, finding.level, finding.message)
}

#[test]
fn what_passes_as_it_was_breaks_nothing() {
    finds(passed(RESPONSE, REQUEST, RESPONSE), &[]);
}

#[test]
fn a_change_weighs_what_it_breaks() {
    finds(
        passed(RESPONSE, &REQUEST.replace("Host: server.example.com", "Host: 127.0.0.1:9000"), RESPONSE),
        &["proxy-changed note proxy: Host of the request is changed: `server.example.com` became `127.0.0.1:9000`"],
    );
    let refusal = head(&["HTTP/1.1 426 Upgrade Required", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]);
    let bare = REQUEST.replace("Upgrade: websocket\r\n", "").replace("Connection: Upgrade", "Connection: close");
    finds(
        passed(&refusal, &bare, &refusal),
        &[
            "response-status error proxy: 426 instead of 101: the request breaks request-upgrade",
            "proxy-dropped error proxy: `Upgrade: websocket` is dropped from the request, which breaks request-upgrade",
            "proxy-changed error proxy: Connection of the request is changed: `Upgrade` became `close`, which breaks request-connection",
        ],
    );
    finds(
        passed(&RESPONSE.replace("Connection: Upgrade\r\n", ""), REQUEST, RESPONSE),
        &[
            "response-connection error proxy: Connection is missing, expected `Upgrade`",
            "proxy-dropped error proxy: `Connection: Upgrade` is dropped from the response, which breaks response-connection",
        ],
    );
    let listed = RESPONSE.replace("Connection: Upgrade", "Connection: keep-alive, Upgrade");
    let found = judge(&[passed(&listed, REQUEST, RESPONSE)]);
    assert_eq!(found[1].change.as_ref().and_then(|change| change.breaks), Some("response-connection-list"));
    assert_eq!(found[1].level.to_string(), "warn");
}

/// What is dropped from the request is missed in the answer.
#[test]
fn a_subprotocol_that_does_not_arrive() {
    let request = REQUEST.replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: chat\r\n\r\n");
    let mut exchange = passed(RESPONSE, REQUEST, RESPONSE);
    exchange.request = Some(Head::parse(request.as_bytes()));
    let found = judge(&[exchange]);
    assert_eq!(found[1].message, "`Sec-WebSocket-Protocol: chat` is dropped from the request, which breaks protocol-not-chosen");
    assert_eq!((found[1].rule.id, found[1].level.to_string().as_str()), ("proxy-dropped", "warn"));
}

/// What the server gave in its 101, and what the client got, breaks no rule by itself.
#[test]
fn what_the_two_ends_agree_on() {
    let request = REQUEST.replace(
        "\r\n\r\n",
        "\r\nSec-WebSocket-Protocol: chat, superchat\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x\r\n\r\n",
    );
    let with = |lines: &[&str]| RESPONSE.replace("\r\n\r\n", &format!("\r\n{}", head(lines).trim_start_matches("\r\n")));
    let between = |given: &[&str], got: &[&str]| {
        let [given, got] = [given, got].map(|lines| if lines.is_empty() { RESPONSE.to_owned() } else { with(lines) });
        let mut exchange = passed(&got, &request, &given);
        exchange.request = Some(Head::parse(request.as_bytes()));
        let found = judge(std::slice::from_ref(&exchange));
        let told = found.iter().filter(|finding| finding.message.starts_with("the two ends do not agree: "));
        assert_eq!(verdict(&exchange, &found).is_ok(), Some(told.clone().count() == 0), "{given} {got}");
        let part = |finding: &wskey::rules::Finding| finding.change.as_ref().map(|change| change.part.to_string());
        told.map(|finding| (finding.rule.id, finding.level.to_string(), part(finding).expect("a field"))).collect::<Vec<_>>()
    };
    let (protocol, extensions) = ("Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions");
    let [chat, superchat] = ["chat", "superchat"].map(|name| format!("{protocol}: {name}"));
    let [deflate, bits, both, other] = [
        "permessage-deflate",
        "permessage-deflate; client_max_window_bits=10",
        "permessage-deflate; client_max_window_bits=10; server_no_context_takeover",
        "x",
    ]
    .map(|value| format!("{extensions}: {value}"));
    let unlike: [(&[&str], &[&str], _, _); 8] = [
        (&[&chat], &[], "proxy-dropped", protocol),
        (&[&chat], &[&superchat], "proxy-changed", protocol),
        (&[], &[&chat], "proxy-added", protocol),
        (&[&deflate], &[], "proxy-dropped", extensions),
        (&[&deflate, &other], &[&deflate], "proxy-dropped", extensions),
        (&[], &[&deflate], "proxy-added", extensions),
        (&[&deflate], &[&bits], "proxy-changed", extensions),
        (&[&both], &[&bits], "proxy-changed", extensions),
    ];
    for (given, got, rule, name) in unlike {
        assert_eq!(between(given, got), [(rule, "error".to_owned(), name.to_owned())], "{given:?} {got:?}");
    }
    let spaced = format!("{extensions}:permessage-deflate;client_max_window_bits=10 ;  server_no_context_takeover");
    let turned = format!("{extensions}: permessage-deflate; server_no_context_takeover; client_max_window_bits=\"10\"");
    let joined = format!("{extensions}: permessage-deflate, x");
    let alike: [(&[&str], &[&str]); 5] = [
        (&[&chat, &both], &[&chat, &both]),
        (&[&chat], &["Sec-WebSocket-Protocol:chat \t"]),
        (&[&both], &[&spaced]),
        (&[&both], &[&turned]),
        (&[&deflate, &other], &[&joined]),
    ];
    for (given, got) in alike {
        assert_eq!(between(given, got), [], "{given:?} {got:?}");
    }
    // Two handshakes agree on two things.
    let mut own = passed(RESPONSE, &REQUEST.replace("Zx8rNEkBE4xnwifpuh8DHQ==", OTHER_KEY), &with(&[&chat]));
    own.response = Some(Head::parse(with(&[&superchat]).as_bytes()));
    own.request = Some(Head::parse(request.as_bytes()));
    assert!(judge(&[own]).iter().all(|finding| !finding.message.contains("do not agree")));
    // A refusal is no agreement.
    let refusal = format!("HTTP/1.1 400 Bad Request\r\n{chat}\r\n\r\n");
    let found = judge(&[passed(&refusal.replace(&chat, &superchat), REQUEST, &refusal)]);
    assert!(found.iter().any(|finding| finding.rule.id == "proxy-changed" && finding.level.to_string() == "note"), "{found:?}");
}

#[test]
fn a_handshake_of_its_own() {
    let other = REQUEST.replace("Zx8rNEkBE4xnwifpuh8DHQ==", OTHER_KEY);
    let given = RESPONSE.replace("52Rg3vW4JQ1yWpkvFlsTsiezlqw=", OTHER_ACCEPT);
    let own = "the proxy makes a handshake of its own: Sec-WebSocket-Key of the request is changed: `Zx8rNEkBE4xnwifpuh8DHQ==` became \
               `N+GWswsViw18TfSpryLcVw==`";
    finds(passed(RESPONSE, &other, &given), &[&format!("proxy-key note proxy: {own}")]);
    // It passes on what answers its own key.
    let found = judge(&[passed(&given, &other, &given)]);
    assert_eq!(found[0].rule.id, "accept-mismatch");
    assert_eq!((found[1].rule.id, found[1].message.clone()), ("proxy-key", format!("{own}, which breaks accept-mismatch")));
    assert_eq!(found[1].level.to_string(), "error");
}

#[test]
fn whose_the_answer_is() {
    finds(
        passed(RESPONSE, "", ""),
        &[
            "proxy-answers error nobody: nothing arrived at 127.0.0.1:9000: the proxy forwards to another address, or answered 101 itself",
        ],
    );
    let refusal = "HTTP/1.1 400 Bad Request\r\n\r\n";
    finds(
        passed(RESPONSE, REQUEST, refusal),
        &[
            "proxy-answers error proxy: the proxy answered 101 itself: what arrived at 127.0.0.1:9000 was answered with \
         `HTTP/1.1 400 Bad Request`",
            "proxy-changed note proxy: the status of the response is changed: `400` became `101`",
        ],
    );
    let gone = "HTTP/1.1 502 Bad Gateway\r\n\r\n";
    let status = "response-status error nobody: 502 instead of 101: a gateway got no usable response from the server behind it";
    finds(
        passed(gone, "", ""),
        &[
            status,
            "proxy-forwards error nobody: nothing arrived at 127.0.0.1:9000: the proxy forwards to another address, or answered `HTTP/1.1 502 Bad Gateway` itself",
        ],
    );
    finds(
        passed(gone, REQUEST, RESPONSE),
        &[
            &status.replace("nobody", "proxy"),
            "proxy-changed error proxy: the status of the response is changed: `101` became `502`, which breaks response-status",
        ],
    );
    let mut exchange = passed(gone, "", "");
    exchange.far.as_mut().expect("a far side").plain = 2;
    let plain = "proxy-forwards error proxy: no handshake arrived at 127.0.0.1:9000, and a plain request did: a health check, or what the \
                 proxy made of this one; `HTTP/1.1 502 Bad Gateway` came back";
    finds(exchange, &[status, plain]);
    finds(passed("", "", ""), &["proxy-forwards note proxy: nothing arrived at 127.0.0.1:9000"]);
}

#[test]
fn an_arrival_that_may_be_anothers() {
    let mut exchange = passed(RESPONSE, "", "");
    exchange.far.as_mut().expect("a far side").is_uncertain = true;
    assert_eq!(judge(std::slice::from_ref(&exchange)).len(), 0);
    assert_eq!(verdict(&exchange, &[]), Verdict::Unjudged(Unjudged::Arrival));
}

/// Only where the client could send a frame is it missed.
#[test]
fn a_101_without_frames() {
    let with = |has_frame, end| {
        let mut exchange = passed(RESPONSE, REQUEST, RESPONSE);
        exchange.far.as_mut().expect("a far side").has_frame = has_frame;
        exchange.behind = Some(Behind::new(Vec::new(), end));
        exchange
    };
    let lost = "proxy-frames error proxy: a 101 came back, and the Close frame that was sent behind it did not arrive at 127.0.0.1:9000 in time";
    finds(with(Some(false), StreamEnd::Open), &[lost]);
    // Of what did not arrive no answer can come.
    let back = |has_frame, end| {
        let mut exchange = with(has_frame, end);
        exchange.far.as_mut().expect("a far side").has_frame_back = Some(false);
        exchange
    };
    finds(back(Some(false), StreamEnd::Open), &[lost]);
    let swallowed = "proxy-frames error proxy: a 101 came back, and the Close frame that 127.0.0.1:9000 sent behind it did not come back in time";
    finds(back(Some(true), StreamEnd::Open), &[swallowed]);
    finds(with(Some(true), StreamEnd::Open), &[]);
    finds(with(None, StreamEnd::Open), &[]);
    let mut message = with(Some(true), StreamEnd::Open);
    message.far.as_mut().expect("a far side").has_message = Some(false);
    let lost = "proxy-frames error proxy: a 101 came back, and the message that was sent behind it did not arrive at 127.0.0.1:9000 in time";
    finds(message, &[lost]);
    let mut unknown = with(None, StreamEnd::Open);
    unknown.far.as_mut().expect("a far side").is_frame_unknown = true;
    assert_eq!(verdict(&unknown, &[]), Verdict::Unjudged(Unjudged::Frames));
    // A Close frame is for one handshake, and here are two.
    let key = Head::parse(REQUEST.as_bytes()).get("Sec-WebSocket-Key").map(|key| String::from_utf8_lossy(key).into_owned());
    let mut own = passed(RESPONSE, &REQUEST.replace(&key.expect("a key"), OTHER_KEY), RESPONSE);
    own.far.as_mut().expect("a far side").has_frame = Some(false);
    own.behind = Some(Behind::new(Vec::new(), StreamEnd::Open));
    assert_eq!(verdict(&own, &[]), Verdict::Ok);
    own.far.as_mut().expect("a far side").has_frame_back = Some(false);
    assert_eq!(verdict(&own, &[]), Verdict::Unjudged(Unjudged::Frames));
    let found = judge(&[own]);
    assert!(!found.is_empty() && found.iter().all(|finding| finding.rule.id != "proxy-frames"), "{found:?}");
    let ended =
        "ended-after-101 error proxy: the server ended the connection at once, without a Close frame: browsers report 1006";
    finds(with(Some(false), StreamEnd::Server), &[ended]);
}

/// What the server sent too is its own.
#[test]
fn an_end_that_does_not_come_back() {
    let with = |has_end_back| {
        let mut exchange = passed(RESPONSE, REQUEST, RESPONSE);
        exchange.far.as_mut().expect("a far side").has_end_back = has_end_back;
        exchange
    };
    let stays = "proxy-end warn proxy: both Close frames passed, and 127.0.0.1:9000 ended the connection, which stayed open before the proxy";
    finds(with(Some(false)), &[stays]);
    finds(with(Some(true)), &[]);
    finds(with(None), &[]);
}

#[test]
fn interim_responses_on_the_way() {
    let with = |sent, came| {
        let mut exchange = passed(RESPONSE, REQUEST, RESPONSE);
        exchange.far.as_mut().expect("a far side").interim = sent;
        exchange.interim = came;
        exchange
    };
    let warns = "interim response before the 101: Chromium fails the connection";
    finds(with(1, 1), &[&format!("response-interim warn server: 1 {warns}")]);
    finds(
        with(0, 1),
        &[
            &format!("response-interim warn proxy: 1 {warns}"),
            "proxy-added warn proxy: interim responses before the response: `0` sent, `1` arrived, which breaks response-interim",
        ],
    );
    finds(with(2, 0), &["proxy-dropped note proxy: interim responses before the response: `2` sent, `0` arrived"]);
}

/// Behind another key the proxy has agreed with each end by itself, and may translate. A browser fails where it asked and gets none.
#[test]
fn what_a_handshake_of_the_proxys_own_agrees_on() {
    let own = REQUEST.replace("Zx8rNEkBE4xnwifpuh8DHQ==", OTHER_KEY);
    let given = RESPONSE.replace("52Rg3vW4JQ1yWpkvFlsTsiezlqw=", OTHER_ACCEPT);
    let with = |head: &str, line: &str| head.replace("\r\n\r\n", &format!("\r\n{line}\r\n\r\n"));
    let (asks, chosen) = ("Sec-WebSocket-Protocol: chat, v2", "Sec-WebSocket-Protocol: chat");
    let disagree = |asked: &str, given: &str, got: &str| {
        let [sent, arrived, given, got] = [asked, &own, given, got].map(|head| Head::parse(head.as_bytes()));
        disagreements((&sent, &arrived), (&given, &got))
    };
    assert_eq!(disagree(&with(REQUEST, asks), &with(&given, chosen), RESPONSE), ["Sec-WebSocket-Protocol"]);
    let mut exchange = passed(RESPONSE, &with(&own, chosen), &with(&given, chosen));
    exchange.request = Some(Head::parse(with(REQUEST, chosen).as_bytes()));
    let dropped = "proxy-dropped error proxy: the two ends do not agree: `Sec-WebSocket-Protocol: chat` is dropped from the response, which \
                   breaks protocol-not-chosen";
    assert!(judge(&[exchange]).iter().any(|finding| describe(finding) == dropped));
    assert_eq!(disagree(REQUEST, &with(&given, chosen), RESPONSE), [""; 0]);
    assert_eq!(disagree(&with(REQUEST, asks), &given, RESPONSE), [""; 0]);
    assert_eq!(disagree(&with(REQUEST, asks), &with(&given, chosen), &with(RESPONSE, "Sec-WebSocket-Protocol: v2")), [""; 0]);
    let deflate = "Sec-WebSocket-Extensions: permessage-deflate";
    assert_eq!(disagree(&with(REQUEST, deflate), &with(&given, deflate), RESPONSE), [""; 0]);
}

#[test]
fn a_request_that_arrives_again() {
    let mut exchange = passed(RESPONSE, REQUEST, RESPONSE);
    exchange.far.as_mut().expect("a far side").times = 3;
    finds(exchange, &["proxy-once note proxy: the request arrived 3 times at 127.0.0.1:9000"]);
    let mut exchange = passed(RESPONSE, REQUEST, RESPONSE);
    let may_it = || Head::parse(b"GET /may-it?pass HTTP/1.1\r\n\r\n");
    exchange.far.as_mut().expect("a far side").asked = vec![may_it()];
    let asks = "proxy-asks note proxy: the proxy sends a request of its own to `/may-it?pass` too, which was answered with 200";
    finds(exchange.clone(), &[asks]);
    exchange.far.as_mut().expect("a far side").asked = vec![may_it(), Head::parse(b"GET /copy HTTP/1.1\r\n\r\n")];
    let asks =
        "proxy-asks note proxy: the proxy sends requests of its own to `/may-it?pass`, `/copy` too, which were answered with 200";
    finds(exchange, &[asks]);
}
