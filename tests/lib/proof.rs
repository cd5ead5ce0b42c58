//! A verdict is a proof: yes for what was seen and holds, no for what was seen and is wrong, else no verdict; whatever form the
//! handshake was captured in. Accept values were computed with Python's hashlib.

use proptest::prelude::*;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use wskey::Key;
use wskey::capture::Capture;
use wskey::head::{Exchange, Head};
use wskey::rules::{Finding, Verdict, judge, verdict};

const KEY: &str = "Zx8rNEkBE4xnwifpuh8DHQ==";
const ACCEPT: &str = "52Rg3vW4JQ1yWpkvFlsTsiezlqw=";
const WRONG: &str = "bm90IHRoZSByaWdodCB2YWx1ZSE=";

const REQUEST: &str = "GET /chat HTTP/1.1\r\nHost: chat.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: Zx8rNEkBE4xnwifpuh8DHQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const RESPONSE: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: 52Rg3vW4JQ1yWpkvFlsTsiezlqw=\r\n\r\n";

fn judged(capture: Capture) -> Vec<String> {
    let Capture { exchanges, .. } = capture;
    let findings = judge(&exchanges);
    let of = |at: usize| -> Vec<Finding> { findings.iter().filter(|finding| finding.exchange == at).cloned().collect() };
    let word = |(at, exchange): (usize, &Exchange)| match verdict(exchange, &of(at)) {
        Verdict::Unjudged(why) => format!("UNJUDGED: {why}"),
        Verdict::Failed => {
            let rules: Vec<_> = of(at).iter().map(|finding| finding.rule.id).collect();
            format!("FAILED: {}", rules.join(" "))
        }
        other => other.as_str().to_owned(),
    };
    exchanges.iter().enumerate().map(word).collect()
}

/// What is said of a capture, of each exchange.
fn text(capture: &[u8]) -> Vec<String> {
    judged(Capture::read(capture).expect("no broken HAR"))
}

fn raw(capture: &[u8]) -> Vec<String> {
    judged(Capture::read_raw(capture))
}

/// The same exchange as `curl -v` prints it.
fn curl(request: &str, response: &str) -> String {
    let lines = |mark: &str, head: &str| -> Vec<String> {
        head.replace("\r\n", "\n").lines().map(|line| format!("{mark} {line}\n")).collect()
    };
    let heads = lines(">", request).concat() + &lines("<", response).concat();
    // Of a half nobody knows what came of its connection.
    if request.is_empty() || response.is_empty() {
        heads
    } else {
        format!("*   Trying 127.0.0.1:8080...\n{heads}* Closing connection 0\n")
    }
}

fn without(head: &str, name: &str) -> String {
    head.split_inclusive("\r\n").filter(|line| !line.starts_with(name)).collect()
}

const NO_RESPONSE: &str = "UNJUDGED: no response was seen";

#[test]
fn a03_a_request_without_its_response_is_no_yes() {
    assert_eq!(text(REQUEST.as_bytes()), [NO_RESPONSE]);
    assert_eq!(text(curl(REQUEST, "").as_bytes()), [NO_RESPONSE]);
    assert_eq!(raw(REQUEST.as_bytes()), [NO_RESPONSE]);
    // What is wrong with it is wrong without one.
    assert_eq!(text(without(REQUEST, "Host").as_bytes()), ["FAILED: request-host"]);
}

#[test]
fn a04_a_lenient_server_makes_no_request_right() {
    for (missing, rules) in [("Sec-WebSocket-Version", "version-missing"), ("Upgrade", "request-upgrade")] {
        let request = without(REQUEST, missing);
        let failed = [format!("FAILED: {rules}")];
        assert_eq!(text(curl(&request, RESPONSE).as_bytes()), failed);
        assert_eq!(raw(format!("{request}{RESPONSE}").as_bytes()), failed);
    }
}

#[test]
fn a08_an_empty_value_was_seen() {
    let request = REQUEST.replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol:\r\n\r\n");
    for said in [text(curl(&request, RESPONSE).as_bytes()), raw(format!("{request}{RESPONSE}").as_bytes())] {
        assert_eq!(said, ["FAILED: request-protocol"]);
    }
}

#[test]
fn a09_what_stands_behind_a_body_or_a_frame_is_read() {
    let second = format!("{REQUEST}{RESPONSE}").replace(KEY, "AAECAwQFBgcICQoLDA0ODw==").replace(ACCEPT, WRONG);
    let refused = "HTTP/1.1 503 x\r\nContent-Length: 5\r\n\r\nsorry";
    let first = format!("{REQUEST}{RESPONSE}\u{1}\u{2}hi").into_bytes();
    let first: Vec<u8> = first.into_iter().map(|byte| if byte == 1 { 0x81 } else { byte }).collect();
    assert_eq!(raw(&[&first, second.as_bytes()].concat()), ["OK", "FAILED: accept-mismatch"]);
    let chunked = "HTTP/1.1 503 x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nsorry\r\n0\r\n\r\n";
    for body in [refused, chunked] {
        let capture = format!("{REQUEST}{body}{second}");
        assert_eq!(raw(capture.as_bytes()), ["FAILED: response-status", "FAILED: accept-mismatch"], "{body}");
    }
}

fn numbered(number: u32) -> Key {
    let mut nonce = [7; 16];
    nonce[..4].copy_from_slice(&number.to_be_bytes());
    Key::from_nonce(nonce)
}

fn request_of(number: u32) -> String {
    REQUEST.replace(KEY, numbered(number).as_str())
}

fn response_of(number: u32) -> String {
    RESPONSE.replace(ACCEPT, &numbered(number).accept().to_string())
}

#[test]
fn a10_as_many_refusals_as_requests() {
    let refusal = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
    let capture = format!("{}{}{refusal}{refusal}", request_of(1), request_of(2));
    assert_eq!(raw(capture.as_bytes()), ["FAILED: response-status", "FAILED: response-status"]);
    let capture = format!("{}{}{refusal}", request_of(1), request_of(2));
    let open = "UNJUDGED: 2 requests were open, and which response is whose cannot be told";
    assert_eq!(raw(capture.as_bytes()), [open, open]);
}

#[test]
fn a11_b05_segments_are_joined() {
    let exchange = |response: &str| packets(&[(REQUEST, 100), (response, 9)]);
    assert_eq!(text(exchange(RESPONSE).as_bytes()), ["OK"]);
    assert_eq!(text(exchange(&RESPONSE.replace(ACCEPT, WRONG)).as_bytes()), ["FAILED: accept-mismatch"]);
    // Cut anywhere, inside the key too.
    for size in [1, 2, 7, 110, 120, 130, 140] {
        assert_eq!(text(packets(&[(REQUEST, size), (RESPONSE, size)]).as_bytes()), ["OK"], "{size}");
    }
    // A segment that was not captured.
    let lines = packets(&[(REQUEST, 500), (RESPONSE, 40)]);
    let mut blocks: Vec<&str> = lines.split_inclusive("\n\n").collect();
    blocks.remove(2);
    let said = text(blocks.concat().as_bytes());
    assert!(!said.is_empty() && said.iter().all(|verdict| verdict.starts_with("UNJUDGED")), "{said:?}");
}

/// Messages as `tcpdump -A` prints them: the first from the client, the second from the server, in segments of a size.
fn packets(messages: &[(&str, usize)]) -> String {
    let mut text = String::new();
    for ((message, size), ends) in messages.iter().zip(["a.5000 > b.80", "b.80 > a.5000"]) {
        let mut at = 1;
        for segment in message.as_bytes().chunks(*size) {
            let length = segment.len();
            let header = "E...z9@.@............,%.;..2..\"f...@.......\na....eV.";
            let _ = writeln!(
                text,
                "11:26:55.556550 IP {ends}: Flags [P.], seq {at}:{}, ack 1, win 64, options [nop,nop,TS val 1 ecr 1], length {length}",
                at + length
            );
            // It leaves out a CR before an LF, and shows one by itself as a dot.
            let shown = String::from_utf8_lossy(segment).replace("\r\n", "\n").replace('\r', ".");
            let _ = write!(text, "{header}{shown}\n\n");
            at += length;
        }
    }
    text
}

#[test]
fn b01_any_number_of_handshakes_may_overlap() {
    for count in [1, 2, 64, 65, 1000, 20_000] {
        let requests: String = (0..count).map(request_of).collect();
        let responses: String = (0..count).map(response_of).collect();
        let said = raw(format!("{requests}{responses}").as_bytes());
        assert_eq!(said.len(), count as usize);
        assert!(said.iter().all(|verdict| verdict == "OK"));
    }
}

#[test]
fn b02_line_endings_of_a_text_are_the_editors() {
    let pasted = format!("{REQUEST}{RESPONSE}");
    for capture in [pasted.clone(), pasted.replace("\r\n", "\n"), format!("{}\n", pasted.replace("\r\n", "\n"))] {
        assert_eq!(text(capture.as_bytes()), ["OK"]);
        let findings = judge(&Capture::read(capture.as_bytes()).expect("no HAR").exchanges);
        assert!(findings.is_empty(), "{findings:?}");
    }
}

#[cfg(feature = "har")]
#[test]
fn b03_what_begins_as_a_har_is_read_as_one() {
    let entry = |status_text: &str| {
        let fields = |head: &str| {
            let lines = head.lines().skip(1).filter_map(|line| line.split_once(": "));
            lines.map(|(name, value)| format!("{{\"name\":\"{name}\",\"value\":\"{value}\"}}")).collect::<Vec<_>>().join(",")
        };
        format!(
            "{{\"log\":{{\"entries\":[{{\"request\":{{\"method\":\"GET\",\"url\":\"ws://chat.example/chat\",\"httpVersion\":\"HTTP/1.1\",\
             \"headers\":[{}]}},\"response\":{{\"status\":101,\"statusText\":{status_text},\"httpVersion\":\"HTTP/1.1\",\"headers\":[{}]}}}}]}}}}",
            fields(REQUEST),
            fields(RESPONSE)
        )
    };
    assert_eq!(text(entry("\"x\"").as_bytes()), ["OK"]);
    assert_eq!(text(entry("null").as_bytes()), ["OK"]);
    let strange = "UNJUDGED: the request has a control character, or a field with an invalid name";
    assert_eq!(text(entry("null").replace("/chat", "/ch\\u0001at").as_bytes()), [strange]);
    // What the browser says of the connection.
    let failed =
        entry("\"x\"").replace("}}]}}", "},\"_webSocketMessages\":[{\"type\":\"error\",\"data\":\"Invalid frame header\"}]}]}}");
    let reported = |error: &str| [format!("UNJUDGED: the browser reports an error of this connection: `{error}`")];
    assert_eq!(text(failed.as_bytes()), reported("Invalid frame header"));
    assert_eq!(text(failed.replace(",\"data\":\"Invalid frame header\"", "").as_bytes()), reported("without a text"));
    let contradicted = "Unexpected response code: 200";
    assert_eq!(text(failed.replace("Invalid frame header", contradicted).as_bytes()), reported(contradicted));
    let unsent = entry("\"x\"").replace("\"status\":101", "\"_failureText\":\"net::ERR_FAILED\",\"status\":101");
    assert_eq!(text(unsent.as_bytes()), reported("net::ERR_FAILED"));
    // Chromium shows nothing of a response that it refuses.
    let refused = include_bytes!("../captures/chromium-refused.har");
    assert_eq!(text(refused), reported("Error during WebSocket handshake: Incorrect 'Sec-WebSocket-Accept' header value"));
    // Chromium joins the lines of one field: `Connection: keep-alive` and `Connection: Upgrade` are right.
    assert_eq!(text(entry("\"x\"").replace("\"value\":\"Upgrade\"", "\"value\":\"keep-alive\\nUpgrade\"").as_bytes()), ["OK"]);
    // A version that the tool does not know was not seen.
    for word in ["websocket", "unknown", "HTTP/unknown", "1.1", "-"] {
        let said = text(entry("null").replace("HTTP/1.1", word).as_bytes());
        assert_eq!(
            said,
            ["UNJUDGED: not seen in the request: the version of HTTP; not seen in the response: the status"],
            "{word}"
        );
    }
    let error = |capture: &str| Capture::read(capture.as_bytes()).expect_err("no HAR").to_string();
    assert_eq!(error("{\"log\":{\"entries\":[{\"request\":{"), "begins as a HAR file and is cut off in line 1");
    assert_eq!(error("{\"log\":\n{\"entries\":7}}"), "begins as a HAR file but is not a valid one: line 2, column 12");
}

#[test]
fn b04_words_of_a_log_are_no_fields() {
    for word in ["cIsUpgrade: 1", "keepConnection: 1", "hasUpgrade: true", "targetHost: http://a/", "reusable connection: 0"] {
        let log = curl(REQUEST, RESPONSE).replace("* Closing", &format!("[ws] - {word}\n* Closing"));
        assert_eq!(text(log.as_bytes()), ["OK"], "{word}");
        let log = format!("[ws] - {word}\n{}", curl(REQUEST, RESPONSE));
        assert_eq!(text(log.as_bytes()), ["OK"], "{word}");
        // An Arduino client, which shows its key by a name of its own.
        let lines: String = RESPONSE.trim_end().lines().fold(String::new(), |log, line| log + "[ws] RX: " + line + "\n");
        let (start, fields) = lines.split_once('\n').expect("a start line");
        let log = format!("{start}\n[ws] - {word}\n{fields}[ws] Header read fin.\n[ws] - cKey: {KEY}\n");
        let why = "UNJUDGED: the key stands under a name that is not the RFC's: `wskey verify` judges a pair";
        assert_eq!(text(log.as_bytes()), [why], "{word}");
    }
}

#[test]
fn b08_a_redirect_that_was_followed_is_shown() {
    let moved = "HTTP/1.1 302 Found\r\nLocation: /chat\r\nContent-Length: 0\r\n\r\n";
    let capture = format!("{}{}", curl(&REQUEST.replace("/chat", "/redir"), moved), curl(REQUEST, RESPONSE));
    let exchanges = Capture::read(capture.as_bytes()).expect("no HAR").exchanges;
    let shown: Vec<_> = exchanges
        .iter()
        .map(|exchange| {
            let target = exchange.request.as_ref().and_then(|request| request.target()).map(String::from_utf8_lossy);
            (target.expect("a target").into_owned(), exchange.response.as_ref().and_then(Head::status))
        })
        .collect();
    assert_eq!(shown, [("/redir".to_owned(), Some(302)), ("/chat".to_owned(), Some(101))]);
    assert_eq!(text(capture.as_bytes()), ["OK", "OK"]);
}

#[test]
fn b09_of_a_head_that_was_cut_off_no_more_is_known() {
    let whole = format!("{REQUEST}{RESPONSE}");
    for end in 1..whole.len() {
        let said = raw(&whole.as_bytes()[..end]);
        assert!(said.iter().all(|verdict| verdict.starts_with("UNJUDGED")), "{end}: {said:?}");
        let said = text(&whole.as_bytes()[..end]);
        assert!(
            said.iter().all(|verdict| verdict.starts_with("UNJUDGED") || verdict == "OK" && whole[..end].contains(ACCEPT)),
            "{end}: {said:?}"
        );
    }
}

#[test]
fn b10_what_has_nothing_to_do_with_websocket_counts_against_no_limit() {
    let line = "{\"host\":\"a\",\"status\":200,\"method\":\"GET\",\"path\":\"/\"}\n";
    let broken = curl(REQUEST, &RESPONSE.replace(ACCEPT, WRONG));
    let page = "GET / HTTP/1.1\r\nHost: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let refused = curl(REQUEST, "HTTP/1.1 403 Forbidden\r\n\r\n");
    for (log, before) in [
        (line.repeat(200_000), ""),
        (curl(page, "").repeat(140_000), ""),
        // A request that was refused is answered: the pages behind it are no more than pages.
        (format!("{refused}{}", line.repeat(140_000)), "FAILED: response-status"),
    ] {
        let capture = Capture::read(format!("{log}{broken}").as_bytes()).expect("no HAR");
        assert!(!capture.is_cut);
        let expected: Vec<_> = [before, "FAILED: accept-mismatch"].into_iter().filter(|verdict| !verdict.is_empty()).collect();
        assert_eq!(judged(capture), expected);
    }
    assert_eq!(text(line.repeat(70_000).as_bytes()), [""; 0]);
}

/// A request that gets no response leaves open which of the pages' responses is its own, whatever their number.
#[test]
fn pages_behind_an_open_request() {
    let page = curl("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let log = format!("{}{}", curl(REQUEST, ""), page.repeat(5000));
    let capture = Capture::read(log.as_bytes()).expect("no HAR");
    assert!(!capture.is_cut);
    let verdicts = judged(capture);
    assert!(verdicts.iter().all(|verdict| verdict.starts_with("UNJUDGED: ")) && !verdicts.is_empty(), "{verdicts:?}");
}

#[test]
fn every_response_counts() {
    let bad = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n";
    // A proxy: the request before it and behind it, the right answer, and what the client got.
    let proxied = raw(format!("{REQUEST}{REQUEST}{RESPONSE}{bad}").as_bytes());
    assert!(proxied.iter().any(|verdict| verdict.starts_with("FAILED")), "{proxied:?}");
    // What a framework writes on a connection that is a WebSocket already is no frame.
    assert_eq!(raw(format!("{REQUEST}{RESPONSE}{bad}").as_bytes()), ["FAILED: after-101"]);
}

/// Who reads the stream takes the first final response for the answer; Node's ws says `Unexpected server response: 403` here.
#[test]
fn a_refusal_before_the_right_response_is_no_yes() {
    let why = "UNJUDGED: another response stands between the request and this one, and no other request is there for it";
    for refusal in ["403 Forbidden", "200 OK", "302 Found", "426 Upgrade Required", "500 x"] {
        let refusal = format!("HTTP/1.1 {refusal}\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(raw(format!("{REQUEST}{refusal}{RESPONSE}").as_bytes()), [why], "{refusal}");
        assert_eq!(text(curl(REQUEST, &format!("{refusal}{RESPONSE}")).as_bytes()), [why], "{refusal}");
        let prefixed = format!("{REQUEST}{refusal}{RESPONSE}").replace("\r\n", "\n");
        let prefixed = prefixed.lines().map(|line| format!("2026-01-01T00:00:00Z app: {line}\n")).collect::<Vec<_>>().concat();
        assert_eq!(text(prefixed.as_bytes()), [why], "{refusal}");
    }
    // An interim response is none of these.
    assert_eq!(raw(format!("{REQUEST}HTTP/1.1 103 Early Hints\r\n\r\n{RESPONSE}").as_bytes()), ["OK"]);
}

/// Three responses to two requests: one refused a request that the accept value then acquits.
#[test]
fn a_refusal_too_many_is_no_yes() {
    let refusal = "HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n";
    let said = text(format!("{REQUEST}{}{refusal}{RESPONSE}{}", request_of(2), response_of(2)).replace("\r\n", "\n").as_bytes());
    assert!(said.iter().all(|word| word.starts_with("UNJUDGED: another response stands between")), "{said:?}");
}

/// What stands before a line in a log may name a connection, or who wrote the line.
#[test]
fn a_refusal_with_another_label_is_no_proof() {
    let labelled = |label: &str, head: &str| {
        let lines = head.trim_end().lines().map(|line| format!("[{label}] {line}\n")).collect::<Vec<_>>();
        lines.concat() + &format!("[{label}] \n")
    };
    let why = "UNJUDGED: another response stands between the request and this one, and no other request is there for it";
    for strays in [&["ws 1"][..], &["ws 2"], &["http"], &["ws 2", "ws 1"]] {
        let refusals: Vec<_> = strays.iter().map(|label| labelled(label, "HTTP/1.1 403 Forbidden")).collect();
        let log = [labelled("ws 1", REQUEST), refusals.concat(), labelled("ws 1", RESPONSE)].concat();
        assert_eq!(text(log.as_bytes()), [why], "{strays:?}");
    }
}

/// A line in a fence is meant as one of the head.
#[test]
fn a_stray_line_at_the_end_of_a_fence() {
    let head = |head: &str| head.trim_end().replace("\r\n", "\n");
    let text_of = |more: &str| format!("Request:\n```\n{}\n```\nResponse:\n```\n{}\n{more}```\n", head(REQUEST), head(RESPONSE));
    assert_eq!(text(text_of("").as_bytes()), ["OK"]);
    let said = text(text_of("garbage line\n").as_bytes());
    assert!(said.len() == 1 && said[0].starts_with("UNJUDGED"), "{said:?}");
}

/// `curl -vi --anyauth` shows the last head twice, and asks again with the same key.
#[test]
fn a_refused_request_is_not_answered_by_a_copy() {
    let again = REQUEST.replace("Host:", "Authorization: Basic dTpw\r\nHost:");
    let refusal = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
    let capture = format!("{REQUEST}{refusal}{again}{RESPONSE}{RESPONSE}").replace("\r\n", "\n");
    let exchanges = Capture::read(capture.as_bytes()).expect("no HAR").exchanges;
    let statuses: Vec<_> = exchanges.iter().map(|exchange| exchange.response.as_ref().and_then(Head::status)).collect();
    assert_eq!(statuses, [Some(401), Some(101)]);
    assert_eq!(text(capture.as_bytes()), ["OK", "OK"]);
}

/// A text that ends without a line ending may end inside a value: that the field was sent is seen all the same.
#[test]
fn a_field_that_the_end_of_the_text_may_cut() {
    for field in ["Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Protocol: ch"] {
        let response = format!("{}{field}", RESPONSE.trim_end_matches("\r\n").to_owned() + "\r\n");
        let shown = curl(REQUEST, &response).split("\n* Closing").next().unwrap_or_default().to_owned();
        for (capture, expected) in
            [(format!("{REQUEST}{response}"), "FAILED"), (shown, "UNJUDGED: the head of the response is cut off")]
        {
            let said = text(capture.as_bytes());
            assert!(said.iter().all(|word| word.starts_with("UNJUDGED")) && said.len() == 1, "{capture}: {said:?}");
            // curl shows the empty line of each head.
            let whole = text(format!("{capture}\n").as_bytes());
            assert!(whole.iter().all(|word| word.starts_with(expected)) && whole.len() == 1, "{capture}: {whole:?}");
        }
    }
}

/// Who writes the end of each head leaves none out.
#[test]
fn a_log_that_ends_inside_a_head() {
    let block = |name: &str, head: &str| {
        let lines = head.trim_end().lines().map(|line| format!("D/nsHttp   {line}\n"));
        format!("D/nsHttp http {name} [\n{}D/nsHttp ]\n", lines.collect::<Vec<_>>().concat())
    };
    let log = block("request", REQUEST) + &block("response", RESPONSE);
    assert_eq!(text(log.as_bytes()), ["OK"]);
    let cut = "UNJUDGED: the head of the response is cut off";
    assert_eq!(text(log.trim_end_matches("D/nsHttp ]\n").as_bytes()), [cut]);
    let lines = |number: usize, head: &str| head.lines().map(|line| format!("[{number}] {line}\n")).collect::<Vec<_>>().concat();
    let exchange = |number| lines(number, &request_of(7)) + &lines(number, &response_of(7));
    let (first, second) = (exchange(41), lines(52, REQUEST) + &lines(52, RESPONSE));
    assert_eq!(text((first.clone() + &second).as_bytes()), ["OK", "OK"]);
    assert_eq!(text((first + second.trim_end_matches("[52] \n")).as_bytes()), ["OK", cut]);
}

/// What was captured before a packet that is missing stands behind the head.
#[test]
fn what_was_captured_before_a_gap_is_judged() {
    let dump = |behind: &str| {
        let rest = "x".repeat(100);
        let packets = dumps(REQUEST, &format!("{RESPONSE}{behind}{rest}"), 4);
        // Without the last but one of its packets.
        let mut packets: Vec<_> = packets.split_inclusive("\n\n").collect();
        packets.remove(packets.len() - 2);
        packets.concat()
    };
    assert_eq!(text(dump("\r\n").as_bytes()), ["FAILED: after-101"]);
    assert_eq!(text(dump("<html>").as_bytes()), ["FAILED: after-101"]);
}

/// `curl --trace-ascii` wraps at 64 columns; its offsets tell which lines go on.
#[test]
fn what_curl_wraps_is_joined() {
    let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
    let request = REQUEST.replace("Upgrade: websocket\r\n", &format!("{offer}Upgrade: websocket\r\n"));
    let response = RESPONSE.replace("\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
    let block = |title: &str, head: &str| {
        let mut at = 0;
        let lines = head.split_inclusive("\r\n").flat_map(|line| {
            let text = line.trim_end();
            let pieces = text.as_bytes().chunks(64).map(|piece| String::from_utf8_lossy(piece).into_owned()).collect::<Vec<_>>();
            let begin = at;
            at += line.len();
            let pieces = if pieces.is_empty() { vec![String::new()] } else { pieces };
            pieces.into_iter().enumerate().map(move |(number, piece)| format!("{:04x}: {piece}\n", begin + 64 * number))
        });
        format!("{title}\n{}", lines.collect::<String>())
    };
    let trace = block("=> Send header", &request) + &block("<= Recv header", &response);
    assert!(trace.contains("client_max_window_\n"), "{trace}");
    assert_eq!(text(trace.as_bytes()), ["OK"]);
}

#[test]
fn another_clients_request_follows_no_refusal() {
    let second = format!("{}{}", request_of(2), response_of(2));
    for refusal in ["401 Unauthorized", "304 Not Modified", "302 Found\r\nLocation: https://other.example/chat"] {
        let capture = format!("{REQUEST}HTTP/1.1 {refusal}\r\nContent-Length: 0\r\n\r\n{second}");
        assert_eq!(raw(capture.as_bytes()), ["FAILED: response-status", "OK"], "{refusal}");
    }
    // A client asks again, as Node's ws does, which has no name and a fresh key; with another name, or another cookie, it is another
    // one; and so is a browser, which obeys no such response.
    let asks_again = |first: &str, then: &str| {
        let [first, then] = [first, then].map(|fields| format!("{fields}Host:"));
        let request = REQUEST.replace("Host:", &first);
        let second = second.replace("Host:", &format!("Authorization: Basic dTpw\r\n{then}"));
        raw(format!("{request}HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n{second}").as_bytes())
    };
    assert_eq!(asks_again("", ""), ["OK", "OK"]);
    assert_eq!(asks_again("User-Agent: a/1\r\n", "User-Agent: a/1\r\n"), ["OK", "OK"]);
    let not = ["FAILED: response-status", "OK"];
    assert_eq!(asks_again("User-Agent: a/1\r\n", "User-Agent: b/1\r\n"), not);
    assert_eq!(asks_again("Cookie: id=1\r\n", "Cookie: id=2\r\n"), not);
    assert_eq!(asks_again("User-Agent: Mozilla/5.0\r\n", "User-Agent: Mozilla/5.0\r\n"), not);
}

#[test]
fn a_port_that_is_used_again_is_another_connection() {
    let syn = |ends: &str| {
        format!("11:26:55.5 IP {ends}: Flags [S], seq 7, win 1, length 0\nE...z9@.@............,%.;..2..\"f...@....\n\n")
    };
    let syns = format!("{}{}", syn("a.5000 > b.80"), syn("b.80 > a.5000").replace("[S]", "[S.]"));
    let wrong = response_of(2).replace(&numbered(2).accept().to_string(), WRONG);
    let capture = format!(
        "{syns}{}{syns}{}",
        packets(&[(REQUEST, 1448), (RESPONSE, 1448)]),
        packets(&[(&request_of(2), 1448), (&wrong, 1448)])
    );
    assert_eq!(text(capture.as_bytes()), ["OK", "FAILED: accept-mismatch"]);
}

#[test]
fn a_request_that_was_cut_off_convicts_no_response() {
    let response = RESPONSE.replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: chat\r\n\r\n");
    for end in [REQUEST.len() - 60, REQUEST.len() - 40, REQUEST.len() - 4] {
        let said = text(packets(&[(&REQUEST[..end], 1448), (&response, 1448)]).as_bytes());
        assert_eq!(said, ["UNJUDGED: the head of the request is cut off"], "{end}");
    }
}

/// With `tcpdump -x -s 92`: what was captured of the request shows nothing of WebSocket.
#[test]
fn a_request_that_was_cut_off_before_its_key_is_not_convicted() {
    let ends = |ends: &str, length: usize| {
        format!(
            "11:26:55.5 IP {ends}: Flags [P.], seq 1:{}, ack 1, win 64, options [nop,nop,TS val 1 ecr 1], length {length}\n",
            length + 1
        )
    };
    let request = "\t0x0000:  4500 011b 7a39 4000 4006 0000 0a00 0001\n\t0x0010:  0a00 0002 902c 2581 3b19 8032 c806 2266\n\
        \t0x0020:  8018 0040 feeb 0000 0101 080a 61af b004\n\t0x0030:  1465 5692 4745 5420 2f63 6861 7420 4854\n\
        \t0x0040:  5450 2f31 2e31 0d0a 486f 7374 3a20 6368\n\t0x0050:  6174 2e65 7861 6d70 6c65 0d0a\n";
    let response = "\t0x0000:  4500 0101 7a39 4000 4006 0000 0a00 0002\n\t0x0010:  0a00 0001 2581 902c 3b19 8032 c806 2266\n\
        \t0x0020:  8018 0040 feeb 0000 0101 080a 61af b004\n\t0x0030:  1465 5692 4854 5450 2f31 2e31 2031 3031\n\
        \t0x0040:  2053 7769 7463 6869 6e67 2050 726f 746f\n\t0x0050:  636f 6c73 0d0a 5570 6772 6164\n";
    let capture = format!("{}{request}{}{response}", ends("a.36908 > b.9601", 231), ends("b.9601 > a.36908", 205));
    assert_eq!(text(capture.as_bytes()), ["UNJUDGED: the head of the request is cut off"]);
}

#[test]
fn a_capture_that_begins_amid_a_method_convicts_nobody() {
    let said = text(packets(&[(&REQUEST[2..], 1448), (RESPONSE, 1448)]).as_bytes());
    assert_eq!(said, ["UNJUDGED: the head of the request is cut off"]);
}

/// A refusal says nothing of WebSocket by itself; the request on the same connection does.
#[test]
fn a_refusal_in_packets_is_seen() {
    let refusal = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(text(packets(&[(REQUEST, 50), (refusal, 20)]).as_bytes()), ["FAILED: response-status"]);
    assert_eq!(Capture::read(refusal.as_bytes()).expect("no HAR").exchanges, []);
}

/// A log that numbers its connections shows who got which response.
#[test]
fn responses_that_were_crossed_are_no_yes() {
    let behind = |prefix: &str, head: &str| {
        head.replace("\r\n", "\n").lines().map(|line| format!("{prefix}{line}\n")).collect::<Vec<_>>().concat()
    };
    let marks = [
        ("[1] > ", "[2] > ", "[1] < ", "[2] < "),
        ("conn-a > ", "conn-b > ", "conn-a < ", "conn-b < "),
        (
            "2026/11/22 11:27:53 [debug] 9#9: *1 ",
            "2026/11/22 11:27:53 [debug] 9#9: *2 ",
            "2026/11/22 11:27:54 [debug] 9#9: *1 ",
            "2026/11/22 11:27:54 [debug] 9#9: *2 ",
        ),
    ];
    for (first, second, to_first, to_second) in marks {
        let requests = format!("{}{}", behind(first, &request_of(1)), behind(second, &request_of(2)));
        let right = format!("{requests}{}{}", behind(to_first, &response_of(1)), behind(to_second, &response_of(2)));
        assert_eq!(text(right.as_bytes()), ["OK", "OK"]);
        let crossed = format!("{requests}{}{}", behind(to_first, &response_of(2)), behind(to_second, &response_of(1)));
        let why = "UNJUDGED: the response is right for this key, but the capture shows it as that of another request";
        assert_eq!(text(crossed.as_bytes()), [why, why]);
        // One of the two was not captured.
        let half = format!("{requests}{}", behind(to_first, &response_of(2)));
        assert!(text(half.as_bytes()).iter().all(|verdict| verdict.starts_with("UNJUDGED")));
        // A response may be written by another thread.
        let threads = format!("{}{}", behind(first, &request_of(1)), behind(to_second, &response_of(1)));
        assert_eq!(text(threads.as_bytes()), ["OK"]);
    }
}

/// As people copy it out of developer tools: the response first, no empty line, the target in absolute form.
#[test]
fn a_pasted_response_ends_where_its_request_begins() {
    let request = REQUEST
        .replace("GET /", "GET ws://chat.example/")
        .replace("\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n");
    assert_eq!(text(format!("{}{request}", RESPONSE.replace("\r\n\r\n", "\r\n")).as_bytes()), ["OK"]);
    // The method and the URL above the response, the fields of the request below it.
    let lines =
        |head: &str| head.trim_end().lines().skip(1).map(|line| line.replace(": ", "\n") + "\n").collect::<Vec<_>>().concat();
    let pane = |method: &str| {
        format!(
            "General\nRequest URL\nws://chat.example/chat\nRequest Method\n{method}\nStatus Code\n101 Switching Protocols\n\n\
             Response Headers\n{}\nRequest Headers\n{}",
            lines(RESPONSE),
            lines(REQUEST)
        )
    };
    assert_eq!(text(pane("GET").as_bytes()), ["OK"]);
    assert_eq!(text(pane("POST").as_bytes()), ["FAILED: request-method"]);
    // A field twice is left over, and what it belongs to is not known.
    let twice = format!("{}Sec-WebSocket-Version\n8\n", pane("GET"));
    assert!(text(twice.as_bytes())[0].starts_with("UNJUDGED"));
}

/// Numbers of connections that differ by one are no counter of lines: each head gets its own lines.
#[test]
fn lines_of_two_connections_are_kept_apart() {
    let nginx = |connection: u32, head: &str| -> Vec<String> {
        let mut lines = head.trim_end().lines();
        let start = lines.next().unwrap_or_default();
        let mark = |text: &str| format!("2026/11/22 11:27:53 [debug] 9#9: *{connection} {text}\n");
        let start = mark(&format!("http request line: \"{start}\""));
        let fields = lines.map(|line| mark(&format!("http header: \"{line}\"")));
        [start].into_iter().chain(fields).chain([mark("http header done")]).collect()
    };
    let (first, second) = (nginx(1, &without(&request_of(1), "Host")), nginx(2, &request_of(2)));
    let mut mixed = String::new();
    for at in 0..first.len().max(second.len()) {
        mixed.extend([&first, &second].into_iter().filter_map(|lines| lines.get(at).cloned()));
    }
    assert_eq!(text(mixed.as_bytes()), ["FAILED: request-host", NO_RESPONSE]);
    // Behind one prefix there is nothing to keep them apart by.
    let requests: String = curl(&request_of(1), "")
        .lines()
        .zip(curl(&request_of(2), "").lines())
        .fold(String::new(), |log, (a, b)| log + a + "\n" + b + "\n");
    let said = text(format!("{requests}{}{}", curl("", &response_of(1)), curl("", &response_of(2))).as_bytes());
    assert!(said.iter().all(|verdict| verdict != "OK" && !verdict.starts_with("FAILED: key")), "{said:?}");
}

/// What was seen twice may differ in what a comparison of fields does not show.
#[test]
fn the_second_copy_of_a_head_counts() {
    let junk = format!("{REQUEST}{REQUEST}{RESPONSE}{RESPONSE}<html>");
    assert_eq!(raw(junk.as_bytes()), ["FAILED: after-101", "OK"]);
    let broken = RESPONSE.replace("Upgrade: websocket", "Upgrade : websocket");
    let said = raw(format!("{REQUEST}{REQUEST}{RESPONSE}{broken}").as_bytes());
    assert!(said.iter().any(|verdict| verdict.starts_with("FAILED")), "{said:?}");
    let unreadable = RESPONSE.replace("HTTP/1.1 101", "HTTP/1.1 1010");
    let said = text(format!("{}{}", curl(REQUEST, RESPONSE), curl(REQUEST, &unreadable)).as_bytes());
    assert!(said.iter().any(|verdict| verdict != "OK"), "{said:?}");
}

/// A log goes on where the body of a page seems to.
#[test]
fn a_log_is_no_body() {
    let page = "GET /page HTTP/1.1\r\nHost: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi\r\n";
    let log: String = [request_of(1), response_of(2)]
        .concat()
        .lines()
        .map(str::to_owned)
        .fold(String::new(), |log, line| log + "[x] " + &line + "\r\n");
    let said = text(format!("{REQUEST}{RESPONSE}{page}{log}").as_bytes());
    assert_eq!(said, ["OK", "FAILED: accept-mismatch"]);
}

/// What `tcpdump -A` prints of a packet without options, with line endings of its own behind it.
fn printed_packet(ends: &str, begin: usize, length: usize, shown: &str, own: &str) -> String {
    let (end, header) = (begin + length, ".".repeat(39));
    let shown = shown.replace("\r\n", "\n");
    format!("12:00:00.1 IP {ends}: Flags [P.], seq {begin}:{end}, ack 1, win 64, length {length}\nE{header}{shown}{own}")
}

/// Two bytes that were not captured look like the line ending that tcpdump adds to each packet, where its version adds two.
#[test]
fn a_packet_that_lacks_two_bytes_is_cut() {
    let with_subprotocol = |head: &str| head.replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: chatter\r\n\r\n");
    let (request, response) = (with_subprotocol(REQUEST), with_subprotocol(RESPONSE));
    let request = request.strip_suffix("\r\n\r\n").expect("its end");
    let parts = |shown: &str| {
        let packet = |ends, begin, length, shown| printed_packet(ends, begin, length, shown, "\n\n");
        [
            packet("c.1 > s.80", 1, request.len(), shown),
            packet("c.1 > s.80", 1 + request.len(), 4, "\r\n\r\n"),
            packet("s.80 > c.1", 1, response.len(), &response),
        ]
    };
    let judge = |parts: &[String]| judged(Capture::read(parts.concat().as_bytes()).expect("no HAR"));
    assert_eq!(judge(&parts(request)), ["OK"]);
    let [cut, rest, answer] = parts(request.strip_suffix("er").expect("its end"));
    let expected = ["UNJUDGED: the head of the request is cut off"];
    assert_eq!(judge(&[cut.clone(), rest.clone(), answer.clone()]), expected);
    assert_eq!(judge(&[rest, answer, cut]), expected);
    // What was not captured may be the empty line of a head.
    let whole = |ends, head: &str, shown| printed_packet(ends, 1, head.len(), shown, "\n\n");
    let cut = REQUEST.strip_suffix("\r\n").expect("its end");
    let parts =
        [whole("c.1 > s.80", REQUEST, cut), whole("s.80 > c.1", RESPONSE, RESPONSE), whole("c.1 > s.80", "hello", "hello")];
    assert_eq!(judge(&parts), expected);
}

/// A limit cuts every packet at the same place, and what two of them lack looks like an empty line.
#[test]
fn packets_that_all_lack_their_ends_are_cut() {
    // So many bytes are shown: two lines of the request.
    let limit = REQUEST.match_indices("\r\n").nth(1).expect("two lines").0 + 2;
    let parts = [("c.1 > s.80", REQUEST), ("s.80 > c.1", RESPONSE)].map(|(ends, message)| {
        let (first, rest) = message.split_at(limit + 2);
        let first = printed_packet(ends, 1, first.len(), &first[..limit], "\n\n");
        first + &printed_packet(ends, 1 + limit + 2, rest.len(), &rest[..limit], "\n\n")
    });
    let said = judged(Capture::read(parts.concat().as_bytes()).expect("no HAR"));
    assert_eq!(said, ["UNJUDGED: the head of the request is cut off"]);
}

/// A body whose lines end in LF alone may have two bytes less than it seems to.
#[test]
fn a_body_with_bare_line_feeds_hides_no_handshake() {
    for own in ["\n", "\n\n"] {
        for body in ["data: hello\n\n", "{\"a\":1,\n\"b\":2}\n"] {
            let parts = [
                printed_packet("s.80 > c.9", 1, body.len(), body, own),
                printed_packet("c.1 > s.80", 1, REQUEST.len(), REQUEST, own),
                printed_packet("s.80 > c.1", 1, RESPONSE.len(), RESPONSE, own),
            ];
            assert_eq!(judged(Capture::read(parts.concat().as_bytes()).expect("no HAR")), ["OK"], "{own:?} {body:?}");
        }
    }
}

/// What tcpdump prints of a packet that cannot be read takes its bytes with it; a line of a log takes nothing.
#[test]
fn a_line_of_a_log_hides_no_handshake() {
    let wrong = curl(&request_of(2), &response_of(3));
    for line in ["client IP 1.2.3.4 > proxy", "[x] IP a > b: hello", "IP is 1.2.3.4", "12:00:00 IP blocked > see below"] {
        let capture = format!("{}{line}\n{wrong}", curl(REQUEST, RESPONSE));
        assert_eq!(text(capture.as_bytes()), ["OK", "FAILED: accept-mismatch"], "{line}");
    }
    // With `-v`, and with `-i any`.
    for interface in ["", "lo    In  ", "eth0  Out ", "docker0 P   "] {
        let header = format!(
            "11:26:55.556550 {interface}IP (tos 0x0, ttl 64, id 55453, offset 0, flags [DF], proto TCP (6), length 60)\n    "
        );
        let verbose = packets(&[(REQUEST, 100), (RESPONSE, 100)]).replace("11:26:55.556550 IP ", &header);
        assert_eq!(text(verbose.as_bytes()), ["OK"], "{interface}");
    }
}

#[test]
fn a_word_of_a_log_is_no_response() {
    for word in
        ["health check status: 200 OK", "{\"msg\":\"pushed\",\"status\":200}", "a probe got HTTP/1.1 503 Service Unavailable"]
    {
        assert_eq!(text(format!("{}{word}\n", curl(REQUEST, "")).as_bytes()), [NO_RESPONSE], "{word}");
    }
    for line in ["HTTP/1.1 503 is what another service says", "status: 503 from health check"] {
        let said = text(format!("{}{line}\n", curl(REQUEST, "")).as_bytes());
        assert_eq!(said, ["UNJUDGED: line 8, inside the head of the response, may not show it as it was sent"], "{line}");
    }
    let refused = curl(REQUEST, "HTTP/1.1 503 Service Unavailable\r\n\r\n");
    assert_eq!(text(refused.as_bytes()), ["FAILED: response-status"]);
}

#[test]
fn a_response_that_stands_first_may_be_another_requests() {
    let capture = format!("{}{REQUEST}", response_of(2));
    let said = ["UNJUDGED: the request was not seen, and so not the key that the response answers", NO_RESPONSE];
    assert_eq!(raw(capture.as_bytes()), said);
    assert_eq!(text(format!("{}{}", curl("", &response_of(2)), curl(REQUEST, "")).as_bytes()), said);
}

#[test]
fn a_masked_frame_may_be_the_clients() {
    let masked = "UNJUDGED: a masked frame follows the 101: right from a client, wrong from a server, and the capture mixes the two directions";
    for frame in [b"\x81\x80\0\0\0\0".as_slice(), b"\x81\x85"] {
        assert_eq!(raw(&[REQUEST.as_bytes(), RESPONSE.as_bytes(), frame].concat()), [masked]);
    }
}

/// A library writes what it read, block by block: a head may be cut between two of them.
#[test]
fn a_head_in_two_blocks_of_a_dump_is_cut_off() {
    let dump = |bytes: &[u8]| {
        let line = |(at, row): (usize, &[u8])| {
            let digits: Vec<_> = row.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("|{:08x}| {} |\n", 16 * at, digits.join(" "))
        };
        let lines: Vec<_> = bytes.chunks(16).enumerate().map(line).collect();
        format!("DEBUG LoggingHandler - [id: 0x1f] READ: {}B\n{}", bytes.len(), lines.concat())
    };
    for end in [2, 3, 5, 15, 30, 100, 120, 140, REQUEST.len() - 2] {
        let (first, second) = REQUEST.split_at(end);
        let said = text(format!("{}{}{}", dump(first.as_bytes()), dump(second.as_bytes()), dump(RESPONSE.as_bytes())).as_bytes());
        assert!(!said.is_empty() && said.iter().all(|verdict| verdict.starts_with("UNJUDGED")), "{end}: {said:?}");
        let rest = second.as_bytes().chunks(48).map(dump).collect::<String>();
        let said = text(format!("{}{rest}{}", dump(first.as_bytes()), dump(RESPONSE.as_bytes())).as_bytes());
        assert!(said.iter().all(|verdict| verdict.starts_with("UNJUDGED")), "{end}: {said:?}");
    }
    assert_eq!(text(format!("{}{}", dump(REQUEST.as_bytes()), dump(RESPONSE.as_bytes())).as_bytes()), ["OK"]);
}

/// The line of an exchange is that of its start line, whatever stands before its fields.
#[test]
fn c04_lines_are_those_of_start_lines() {
    let lines = |capture: &[u8]| {
        let capture = Capture::read(capture).expect("no HAR");
        capture
            .exchanges
            .iter()
            .map(|exchange| exchange.heads().map(|(_, head)| head.line).collect::<Vec<_>>())
            .collect::<Vec<_>>()
    };
    let copied = curl(REQUEST, RESPONSE);
    // A line of curl's own; behind the first line of the head five field lines and an empty one.
    assert_eq!(lines(copied.as_bytes()), [[2, 9]]);
    assert_eq!(lines(format!("*   Trying 127.0.0.1:80...\n* Connected\n{copied}").as_bytes()), [[4, 11]]);
    assert_eq!(lines([REQUEST, RESPONSE].concat().as_bytes()), [[1, 8]]);
    // As `grep -n` of `http request line:` has it.
    let nginx = include_bytes!("../captures/nginx-debug.txt");
    assert_eq!(lines(nginx).first().and_then(|lines| lines.first()), Some(&4));
}

/// As Windows PowerShell 5 writes what stands behind `>`.
#[test]
fn c09_utf_16_is_read() {
    let text = curl(REQUEST, RESPONSE).replace('\n', "\r\n");
    let units = |unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<_>>();
    for capture in [[&b"\xff\xfe"[..], &units(u16::to_le_bytes)].concat(), [&b"\xfe\xff"[..], &units(u16::to_be_bytes)].concat()]
    {
        assert_eq!(judged(Capture::read(&capture).expect("no HAR")), ["OK"]);
    }
}

#[test]
fn two_encodings_in_one_file_are_told() {
    let utf16: Vec<u8> = curl(REQUEST, RESPONSE).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf8 = curl(REQUEST, RESPONSE).into_bytes();
    for capture in [[utf8.as_slice(), &utf16].concat(), [b"\xff\xfe".as_slice(), &utf16, &utf8].concat()] {
        let error = Capture::read(&capture).expect_err("two encodings").to_string();
        assert_eq!(error, "is UTF-16 in one part and UTF-8 in another, expected one of them throughout");
    }
}

#[test]
fn a_file_of_packets_is_told() {
    for magic in [b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\n\r\r\n"] {
        let error = Capture::read(&[magic.as_slice(), REQUEST.as_bytes()].concat()).expect_err("a pcap").to_string();
        assert_eq!(error, "is a pcap file, expected text: `tcpdump -X -r FILE | wskey inspect`");
    }
}

/// `curl --trace-ascii` and `tcpdump -A` print a dot for each byte that they do not show.
#[test]
fn a_dot_may_stand_for_another_byte() {
    let traced = |label: &str, head: &str| {
        let lines = head.trim_end().lines().chain([""]).map(|line| format!("0000: {line}\n")).collect::<Vec<_>>();
        format!("{label}, {} bytes (0x{:x})\n{}", head.len(), head.len(), lines.concat())
    };
    let both = |response: &str| format!("{}{}", traced("=> Send header", REQUEST), traced("<= Recv header", response));
    assert_eq!(text(both(RESPONSE).as_bytes()), ["OK"]);
    let hidden = RESPONSE.replace("websocket", "websocket.").replace("lqw=", "lqw=.");
    assert_eq!(text(both(&hidden).as_bytes()), ["UNJUDGED: not seen in the response: Upgrade, Sec-WebSocket-Accept"]);
}

/// What a capture shows as dots, and what looks like a colour, is not seen: a head says so.
#[test]
fn what_may_be_hidden_is_told() {
    let hides = |capture: &str| {
        let capture = Capture::read(capture.as_bytes()).expect("no HAR");
        let [exchange] = &capture.exchanges[..] else { panic!("one exchange") };
        let any = |has: fn(&Head) -> bool| exchange.heads().any(|(_, head)| has(head));
        (any(|head| head.has_dots), any(|head| head.has_colours))
    };
    let plain = curl(REQUEST, RESPONSE);
    let followed = |mode: &str| {
        format!("Follow: tcp,{mode}\nFilter: tcp.stream eq 0\n{}", format!("{REQUEST}{RESPONSE}").replace("\r\n", "\n"))
    };
    assert_eq!(hides(&plain), (false, false));
    assert_eq!(hides(&plain.replace("websocket\n", "websocket\x1b[0m\n")), (false, true));
    assert_eq!(hides(&packets(&[(REQUEST, 1448), (RESPONSE, 1448)])), (true, false));
    assert_eq!(hides(&dumps(REQUEST, RESPONSE, 4)), (false, false));
    assert_eq!(hides(&followed("ascii")), (true, false));
    // However far above it is said what the dots are.
    let far = "eq 0\n".to_owned() + &"the body has a Sec-WebSocket-Key\n".repeat(100_000);
    assert_eq!(hides(&followed("ascii").replace("eq 0\n", &far)), (true, false));
    let kept = |line: &str| format!("{{\"log\":\"{}\\n\",\"stream\":\"stdout\"}}\n", line.replace('\u{1b}', "\\u001b"));
    let docker = |text: &str| text.lines().map(kept).collect::<String>();
    if cfg!(feature = "har") {
        assert_eq!(hides(&docker(&plain)), (false, false));
        assert_eq!(hides(&docker(&plain.replace("websocket\n", "\x1b[33mwebsocket\x1b[0m\n"))), (false, true));
    }
}

/// What whoever wrote or pasted a head did to it is no fault of the peer's, and no proof that there is none.
#[test]
fn what_a_writer_did_to_a_head_is_no_verdict() {
    let whole = curl(REQUEST, RESPONSE);
    let each = |write: &dyn Fn(&str) -> String| [REQUEST, RESPONSE].map(|head| lined(head, write)).concat();
    let captures = [
        // Blacked out.
        whole.replace(KEY, "[redacted]"),
        whole.replace(KEY, "************************").replace(ACCEPT, "<accept>"),
        whole.replace("chat.example", "<redacted>"),
        // With comments.
        whole.replace("Upgrade: websocket\n", "Upgrade: websocket   <-- good\n"),
        whole.replace(ACCEPT, &format!("{ACCEPT} (correct)")),
        whole.replace(KEY, &format!("{KEY} # ours")),
        // Wrapped by a terminal.
        whole.replace("Zx8rNEkBE4xnwifpuh8DHQ==", "Zx8rNEkBE4xnwi\nfpuh8DHQ=="),
        whole.replace("Upgrade: websocket\n", "Upgrade: websocket\njunk\n"),
        // A line ending inside a line.
        whole.replace("Upgrade: websocket\n", "Upgrade: websocket\n> X-A: a\rSec-WebSocket-Protocol: b\n"),
        // Line endings made visible, and looks.
        each(&|line| format!("{line}\\r\n")),
        each(&|line| format!("{line}^M\n")),
        each(&|line| format!("{line}.\n")),
        each(&|line| format!("> {line}[CRLF]\n")),
        each(&|line| format!("| {line} |\n")),
        each(&|line| format!(">> \"{line}[\\r][\\n]\"\n")),
        each(&|line| format!("{line}<br>\n")),
        each(&|line| line.split_once(": ").map_or(format!("{line}\n"), |(name, value)| format!("**{name}:** {value}\n"))),
        // One head behind the other without the empty line.
        format!("sent:\n{}Response headers:\n{}", REQUEST.trim_end(), RESPONSE.split_once("\r\n").expect("a line").1),
    ];
    for capture in captures {
        let said = text(capture.as_bytes());
        assert!(!said.is_empty() && said.iter().all(|verdict| verdict.starts_with("UNJUDGED: ")), "{capture}: {said:?}");
    }
    // What is odd and legal, and a target that nothing depends on.
    for (from, to) in [
        ("/chat", "/chat?token=<my token>"),
        ("/chat", "/redactor?range=1...5&x=***"),
        ("chat.example", "www"),
        ("chat.example", "redacted.example:8080"),
        ("101 Switching Protocols", "101 <none>"),
        ("Version: 13\n", "Version: 13\n> Sec-WebSocket-Protocol: xxx, a***\n"),
        ("Version: 13\n", "Version: 13\n> User-Agent: [x] (y) <z> ... # a\n"),
    ] {
        assert_eq!(text(whole.replace(from, to).as_bytes()), ["OK"], "{to}");
        let wrong = whole.replace(from, to).replace(ACCEPT, WRONG);
        assert!(text(wrong.as_bytes())[0].starts_with("FAILED: accept-mismatch"), "{to}");
    }
}

/// A copy that shows more, or less, or other things than the first is no copy, or leaves the verdict open.
#[test]
fn a_second_copy_that_differs_counts() {
    let (right, no_empty_line) = (curl(REQUEST, RESPONSE), RESPONSE.trim_end());
    let again = |response: &str| format!("{right}{}", curl(REQUEST, response));
    let verdicts = |capture: &str| text(capture.as_bytes());
    assert_eq!(verdicts(&again(RESPONSE)), ["OK"]);
    for second in [
        format!("{no_empty_line}\r\nSec-WebSocket-Protocol: chat"),
        format!("{no_empty_line}\r\nSec-WebSocket-Extensions: permessage-deflate"),
        format!("{no_empty_line}\r\nSec-WebSocket-Accept: {ACCEPT}\r\n\r\n"),
        RESPONSE.replace("Upgrade: websocket\r\n", ""),
        RESPONSE.replace("Upgrade: websocket\r\n", "Upgrade: websocket\r\nno field\r\n"),
    ] {
        let said = verdicts(&again(&second));
        assert!(said.iter().any(|verdict| verdict != "OK"), "{second}: {said:?}");
        let reversed = verdicts(&format!("{}{right}", curl(REQUEST, &second)));
        assert!(reversed.iter().any(|verdict| verdict != "OK"), "{second}: {reversed:?}");
    }
    // A run that got no answer, and the next one with the same key.
    let said = verdicts(&format!("{}* Empty reply from server\n{right}", curl(REQUEST, "")));
    assert!(said.iter().any(|verdict| verdict != "OK"), "{said:?}");
}

/// Another protocol's Upgrade is no handshake of a WebSocket.
#[test]
fn other_upgrades_are_no_exchanges() {
    let h2c = curl(
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    );
    assert_eq!(text(h2c.as_bytes()), [""; 0]);
    assert_eq!(text(format!("{h2c}{}", curl(REQUEST, RESPONSE)).as_bytes()), ["OK"]);
    let refused = curl(REQUEST, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
    assert_eq!(text(refused.as_bytes()), ["FAILED: response-upgrade accept-missing"]);
}

/// A response to HEAD has the length of a body, and none.
#[test]
fn a_head_request_has_no_body_behind_it() {
    let health = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n";
    let padded =
        "GET / HTTP/1.1\r\nHost: a\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5  \r\nhello\r\n0\r\n\r\n";
    for before in [health, padded] {
        assert_eq!(raw(format!("{before}{REQUEST}{RESPONSE}").as_bytes()), ["OK"]);
        assert_eq!(raw(format!("{before}{REQUEST}{}", RESPONSE.replace(ACCEPT, WRONG)).as_bytes()), ["FAILED: accept-mismatch"]);
    }
}

/// The lines of a head, each as it is written; the empty one stays.
fn lined(head: &str, write: &dyn Fn(&str) -> String) -> String {
    head.split_terminator("\r\n").map(|line| if line.is_empty() { "\n".to_owned() } else { write(line) }).collect()
}

/// Of a value that stands twice one counts, and the other may be what was sent.
#[test]
fn another_value_is_not_forgotten() {
    let pane = "Request URL:\nwss://chat.example/chat\nRequest Method:\nGET\nStatus Code:\n101 Switching Protocols\n\
        upgrade:\nwebsocket\nconnection:\nUpgrade\nsec-websocket-accept:\n52Rg3vW4JQ1yWpkvFlsTsiezlqw=\n\
        host:\nchat.example\nconnection:\nUpgrade\nupgrade:\nwebsocket\nsec-websocket-version:\n13\n\
        sec-websocket-key:\nZx8rNEkBE4xnwifpuh8DHQ==\n";
    assert_eq!(text(pane.as_bytes()), ["OK"]);
    for second in ["sec-websocket-version:\n8\n", "host:\nother.example\n", "upgrade:\nh2c\n", "connection:\nclose\n"] {
        let said = text(format!("{pane}{second}").as_bytes());
        assert!(said.len() == 1 && said[0].starts_with("UNJUDGED: line 23"), "{second}: {said:?}");
    }
    // The other one may stand first.
    let first = pane.replacen("upgrade:\n", "upgrade:\nh2c\nupgrade:\n", 1);
    assert_eq!(text(first.as_bytes()), ["UNJUDGED: line 7 may show another value of a field of the response"]);
    // The server's own log of the same request.
    let log = format!(
        "{}GET /chat HTTP/1.1 map[Connection:[Upgrade] Upgrade:[h2c] Sec-Websocket-Key:[{KEY}]]\n{}",
        curl(REQUEST, ""),
        curl("", RESPONSE)
    );
    let may_be_other = "UNJUDGED: line 8 may show another value of a field of the request";
    assert_eq!(text(log.as_bytes()), ["UNJUDGED: no response was seen", may_be_other]);
    let har = |field: &str, answer: &str| {
        format!(
            "{{\"log\":{{\"entries\":[{{\"request\":{{\"method\":\"GET\",\"url\":\"ws://a/\",\"httpVersion\":\"HTTP/1.1\",\"headers\":[\
             {{\"name\":\"Host\",\"value\":\"a\"}},{field}]}},\"response\":{{\"status\":101,\"httpVersion\":\"HTTP/1.1\",\"headers\":[\
             {{\"name\":\"Upgrade\",\"value\":\"websocket\"}},{answer}]}}}}]}}}}"
        )
    };
    let twice = "{\"name\":\"Sec-WebSocket-Extensions\",\"value\":\"permessage-deflate\"},\
        {\"name\":\"Sec-WebSocket-Extensions\",\"value\":\"permessage-deflate\"}";
    if cfg!(feature = "har") {
        let found = Capture::read(har(twice, twice).as_bytes()).expect("a HAR");
        let rules: Vec<_> = judge(&found.exchanges).into_iter().map(|finding| finding.rule.id).collect();
        assert!(!rules.contains(&"extension-duplicate"), "{rules:?}");
    }
}

/// One key on both sides of a proxy: whichever response is whose, the right value is known.
#[test]
fn requests_with_one_key() {
    let sides = [
        REQUEST.to_owned(),
        REQUEST.replace("HTTP/1.1\r\n", "HTTP/1.1\r\nX-Forwarded-For: 10.0.0.1\r\n").replace("chat.", "in."),
    ];
    let wrong = [
        RESPONSE.replace(ACCEPT, WRONG),
        RESPONSE.replace(ACCEPT, WRONG).replace("websocket\r\n", "websocket\r\nVia: 1.1 a\r\n"),
    ];
    let log = format!("{}{}{}{}", curl(&sides[0], ""), curl(&sides[1], ""), curl("", &wrong[0]), curl("", &wrong[1]));
    let exchanges = Capture::read(log.as_bytes()).expect("no HAR").exchanges;
    let findings = judge(&exchanges);
    let messages: Vec<_> =
        findings.iter().filter(|found| found.rule.id == "accept-mismatch").map(|found| &found.message).collect();
    let expected = format!("got `{WRONG}`, expected `{ACCEPT}`");
    assert!(messages.len() == 2 && messages.iter().all(|message| message.starts_with(&expected)), "{messages:?}");
}

/// In raw bytes all that follows a head is judged, however much it is, and all that stands before one.
#[test]
fn raw_bytes_are_judged_to_their_end() {
    let frame = [b"\x82\x7e\x13\x88".as_slice(), &[b'a'; 5000]].concat();
    let behind = |more: &[u8]| [RESPONSE.as_bytes(), &frame, more].concat();
    let answered = |more: &[u8]| raw(&[REQUEST.as_bytes(), &behind(more)].concat());
    assert_eq!(answered(b""), ["OK"]);
    assert_eq!(answered(b"\x81\x02ok"), ["OK"]);
    assert_eq!(answered(b"<html>no frame</html>"), ["FAILED: after-101"]);
    assert_eq!(
        raw(format!("{REQUEST}junk\r\n{RESPONSE}").as_bytes()),
        ["UNJUDGED: line 8, before the response, belongs to no head, body or frame"]
    );
}

/// A masked frame is the client's where a client may send it, and a response behind a 101 may be another connection's.
#[test]
fn what_stands_behind_a_101_in_both_directions() {
    let answered = |more: &[u8]| raw(&[REQUEST.as_bytes(), RESPONSE.as_bytes(), b"\x81\x02ok", more].concat());
    for clients in [b"\x81\x85".as_slice(), b"\x81\x80\0\0\0\0\x89\x80\0\0\0\0"] {
        assert_eq!(answered(clients), ["OK"], "{clients:?}");
    }
    for nobodys in [
        b"\xff".as_slice(),
        b"\xff\xff\xff",
        b"\x09\x80\0\0\0\0",
        b"\x8a\xfe\x00\x7e\0\0\0\0",
        b"\x81\x80\0\0\0\0\xc1\x80\0\0\0\0",
    ] {
        assert_eq!(answered(nobodys), ["FAILED: after-101"], "{nobodys:?}");
    }
    let page = |behind: &str| {
        let more = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
        raw(format!("{REQUEST}GET /y HTTP/1.1\r\nHost: a\r\n\r\n{RESPONSE}{behind}{more}").as_bytes())
    };
    let two = "UNJUDGED: line 16, behind the response, begins another: right on another connection, wrong on this one";
    assert_eq!((page(""), page("\u{1}\u{0}")), (vec![two.to_owned()], vec![two.to_owned()]));
}

/// tshark shows the bytes that it follows, but for those that it cannot print: a CR before a line ending too.
#[test]
fn a_cr_in_what_tshark_follows() {
    let said = |response: &str, end: &str| {
        let (rule, lengths) = ("=".repeat(67), [REQUEST.len(), response.len()]);
        let nodes = "Filter: tcp.stream eq 0\nNode 0: 127.0.0.1:5000\nNode 1: 127.0.0.1:80";
        let [first, second] = lengths;
        let shown = format!("\n{rule}\nFollow: tcp,ascii\n{nodes}\n{first}\n{REQUEST}\n\t{second}\n{response}\n{rule}\n")
            .replace('\n', end);
        text(shown.as_bytes())
    };
    for end in ["\n", "\r\n"] {
        assert_eq!(said(RESPONSE, end), ["OK"], "{end:?}");
        for (from, line) in [("Protocols", 17), ("websocket", 18), ("lqw=", 20)] {
            let inexact = format!("UNJUDGED: line {line}, inside the head of the response, may not show it as it was sent");
            assert_eq!(said(&RESPONSE.replace(from, &format!("{from}\r")), end), [inexact], "{end:?}");
        }
        let ended = format!("{}\r\r\n", &RESPONSE[..RESPONSE.len() - 2]);
        let inexact = "UNJUDGED: line 21, inside the head of the response, may not show it as it was sent";
        assert_eq!(said(&ended, end), [inexact], "{end:?}");
    }
}

/// The fixtures in other clothes: what is said of them is the same, or there is no verdict.
#[test]
fn every_fixture_in_other_clothes() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures");
    let utf16 = |text: &str, unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<_>>();
    let prefixed = |text: &str, prefix: &dyn Fn(usize) -> String| -> Vec<u8> {
        text.lines().enumerate().map(|(at, line)| prefix(at) + line + "\n").collect::<Vec<_>>().concat().into_bytes()
    };
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the fixtures") {
        let path = entry.expect("a file").path();
        let bytes = std::fs::read(&path).expect("a fixture");
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Ok(capture) = std::str::from_utf8(&bytes) else { continue };
        if matches!(path.extension().and_then(|extension| extension.to_str()), Some("har")) || name == "README.md" {
            continue;
        }
        count += 1;
        let expected = text(&bytes);
        let lf = capture.replace("\r\n", "\n");
        for (form, changed) in [
            ("CR LF", lf.replace('\n', "\r\n").into_bytes()),
            ("UTF-16 LE", [b"\xff\xfe".to_vec(), utf16(capture, u16::to_le_bytes)].concat()),
            ("UTF-16 BE", [b"\xfe\xff".to_vec(), utf16(capture, u16::to_be_bytes)].concat()),
            ("a BOM", [b"\xef\xbb\xbf".to_vec(), bytes.clone()].concat()),
            ("docker logs -t", prefixed(&lf, &|at| format!("2026-11-24T10:00:{:02}.{at:09}Z ", at % 60))),
            ("docker compose", prefixed(&lf, &|_| "web-1  | ".to_owned())),
            ("kubectl", prefixed(&lf, &|at| format!("[pod/web-7d4/app] 2026-11-24T10:00:{:02}.{at:06}Z ", at % 60))),
            ("journald", prefixed(&lf, &|at| format!("Nov 24 10:00:{:02} host web[812]: ", at % 60))),
            ("docker's JSON", {
                let escaped = |line: &str| line.escape_default().to_string().replace("\\'", "'").replace("\\u{1b}", "\\u001b");
                let line = |line: &str| format!("{{\"log\":\"{}\\n\",\"stream\":\"stdout\"}}\n", escaped(line));
                lf.lines().map(line).collect::<Vec<_>>().concat().into_bytes()
            }),
        ] {
            let said = text(&changed);
            let is_same = said == expected || said.iter().all(|verdict| verdict.starts_with("UNJUDGED"));
            assert!(is_same, "{name} as {form}:\n{said:#?}\nexpected {expected:#?}");
        }
        // Twice in a row, it is the same, seen twice; or another attempt.
        let twice = text(&[lf.as_bytes(), b"\n", lf.as_bytes()].concat());
        let is_said = |verdict: &String| verdict.starts_with("UNJUDGED") || expected.contains(verdict);
        assert!(twice.iter().all(is_said), "{name} twice:\n{twice:#?}\nexpected {expected:#?}");
    }
    assert!(count > 50, "{count}");
}

/// A TCP segment with its IP header, as `tshark -x` and `tcpdump -x` print it: an offset, and the bytes in groups of so many digits.
fn dumped(source: u16, destination: u16, sequence: u32, payload: &[u8], width: usize) -> String {
    let total = u16::try_from(40 + payload.len()).expect("a short head").to_be_bytes();
    let mut bytes = vec![0x45, 0, total[0], total[1], 0, 0, 0, 0, 64, 6, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1];
    bytes.extend([source.to_be_bytes(), destination.to_be_bytes()].concat());
    bytes.extend([sequence.to_be_bytes(), [0; 4], [0x50, 0x18, 2, 0], [0; 4]].concat());
    bytes.extend(payload);
    let mut text = String::new();
    for (at, row) in bytes.chunks(16).enumerate() {
        let groups: Vec<_> =
            row.chunks(width / 2).map(|group| group.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().concat()).collect();
        let shown: String = row.iter().map(|b| if (0x20..0x7f).contains(b) { char::from(*b) } else { '.' }).collect();
        let (offset, digits) = (16 * at, groups.join(" "));
        let _ = if width == 2 {
            writeln!(text, "{offset:04x}  {digits:47}   {shown}")
        } else {
            writeln!(text, "\t0x{offset:04x}:  {digits:39}  {shown}")
        };
    }
    text
}

/// The same exchange in packets: a head in segments of 50 bytes.
fn dumps(request: &str, response: &str, width: usize) -> String {
    let mut text = String::new();
    for (source, destination, head) in [(4000, 80, request), (80, 4000, response)] {
        let mut sequence = 1;
        for segment in head.as_bytes().chunks(50) {
            let next = sequence + u32::try_from(segment.len()).expect("a short segment");
            if width == 4 {
                let _ = writeln!(
                    text,
                    "10:00:00.000001 IP 127.0.0.1.{source} > 127.0.0.1.{destination}: Flags [P.], seq {sequence}:{next}, ack 1, win 512, length {}",
                    segment.len()
                );
            }
            text += &dumped(source, destination, sequence, segment, width);
            text.push('\n');
            sequence = next;
        }
    }
    text
}

/// A HAR of the exchange, unless it has what a HAR cannot show.
fn har(request: &str, response: &str) -> Option<String> {
    let heads = [request, response].map(|head| Head::parse(head.as_bytes()));
    let escaped =
        |bytes: &[u8]| String::from_utf8_lossy(bytes).replace('\\', "\\\\").replace('"', "\\\"").replace('\u{1b}', "\\u001b");
    let fields = |head: &Head| {
        let field = |field: &wskey::head::Field| {
            format!("{{\"name\":\"{}\",\"value\":\"{}\"}}", escaped(&field.name), escaped(&field.value))
        };
        head.fields.iter().map(field).collect::<Vec<_>>().join(",")
    };
    let is_lossy = heads.iter().any(|head| !head.irregularities.is_empty());
    let [method, target, version] = request.split("\r\n").next()?.splitn(3, ' ').collect::<Vec<_>>().try_into().ok()?;
    let [shown, status, reason] = response.split("\r\n").next()?.splitn(3, ' ').collect::<Vec<_>>().try_into().ok()?;
    let text = format!(
        "{{\"log\":{{\"entries\":[{{\"request\":{{\"method\":\"{method}\",\"url\":\"ws://chat.example{target}\",\"httpVersion\":\"{version}\",\
         \"headers\":[{}]}},\"response\":{{\"status\":{status},\"statusText\":\"{reason}\",\"httpVersion\":\"{shown}\",\"headers\":[{}]}}}}]}}}}",
        fields(&heads[0]),
        fields(&heads[1])
    );
    (!is_lossy && target.starts_with('/')).then_some(text)
}

/// The exchange in the pane of a browser's developer tools, which shows no version; `between` stands between a name and its value.
fn pane(request: &str, response: &str, between: &str) -> Option<String> {
    let [method, target, "HTTP/1.1"] = request.lines().next()?.splitn(3, ' ').collect::<Vec<_>>()[..] else { return None };
    let status =
        response.lines().next()?.strip_prefix("HTTP/1.1 ").filter(|_| target.starts_with('/') && !request.contains(" :"))?;
    let fields =
        |head: &str| head.trim_end().lines().skip(1).map(|line| line.replacen(": ", between, 1) + "\n").collect::<String>();
    let general = [
        ("Request URL", format!("ws://chat.example{target}")),
        ("Request Method", method.into()),
        ("Status Code", status.into()),
    ];
    let general = general.map(|(name, value)| format!("{name}{between}{value}\n")).concat();
    Some(format!("General\n{general}Response Headers\n{}Request Headers\n{}", fields(response), fields(request)))
}

/// The same exchange in other clothes.
fn forms(request: &str, response: &str) -> Vec<(&'static str, Vec<u8>)> {
    let both = format!("{request}{response}");
    let copied = curl(request, response);
    let meter = "\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0";
    let stamped = |line: &str, at: usize| format!("2026-11-24T10:00:{:02}.{:03}Z {line}\n", at % 60, at * 7 % 1000);
    let utf16 = |unit: fn(u16) -> [u8; 2], mark: [u8; 2]| mark.into_iter().chain(copied.encode_utf16().flat_map(unit)).collect();
    vec![
        ("raw", both.clone().into_bytes()),
        ("text", both.replace("\r\n", "\n").into_bytes()),
        ("no empty line", both.replace("\r\n\r\nHTTP", "\nHTTP").replace("\r\n", "\n").into_bytes()),
        ("curl -v", copied.clone().into_bytes()),
        ("CR LF", copied.replace('\n', "\r\n").into_bytes()),
        ("UTF-16LE", utf16(u16::to_le_bytes, [0xff, 0xfe])),
        ("UTF-16BE", utf16(u16::to_be_bytes, [0xfe, 0xff])),
        ("BOM", [b"\xef\xbb\xbf".as_slice(), copied.as_bytes()].concat()),
        (
            "meter",
            copied.replace("< HTTP", &format!("{meter}< HTTP")).replace("*   Trying", &format!("{meter}*   Trying")).into_bytes(),
        ),
        ("log", copied.lines().enumerate().map(|(at, line)| stamped(line, at)).collect::<Vec<_>>().concat().into_bytes()),
        ("kubectl", copied.lines().map(|line| format!("[pod/a-0/web] {line}\n")).collect::<Vec<_>>().concat().into_bytes()),
        ("trimmed", copied.lines().map(|line| format!("{}\n", line.trim_end())).collect::<Vec<_>>().concat().into_bytes()),
        ("twice", copied.repeat(2).into_bytes()),
        ("tcpdump -A", packets(&[(request, 1448), (response, 1448)]).into_bytes()),
        ("tshark -x", dumps(request, response, 2).into_bytes()),
        ("tcpdump -X", dumps(request, response, 4).into_bytes()),
        ("pane", pane(request, response, ": ").unwrap_or_else(|| copied.clone()).into_bytes()),
        ("pane of two lines", pane(request, response, ":\n").unwrap_or_else(|| copied.clone()).into_bytes()),
        ("pane without colons", pane(request, response, "\n").unwrap_or_else(|| copied.clone()).into_bytes()),
        ("HAR", har(request, response).filter(|_| cfg!(feature = "har")).unwrap_or_else(|| copied.clone()).into_bytes()),
    ]
}

/// The same exchange where a program or a log quotes it: what cannot be read as it was sent is no yes.
fn quoted(request: &str, response: &str) -> Vec<(&'static str, String)> {
    let heads = [("send", request), ("reply", response)];
    let each = |write: &dyn Fn(&str, &str) -> String| heads.map(|(word, head)| write(word, head)).concat();
    let lines = |head: &str, write: &dyn Fn(&str) -> String| head.trim_end().split("\r\n").map(write).collect::<Vec<_>>();
    let escaped = |head: &str| head.replace('\r', "\\r").replace('\n', "\\n");
    let fields = |head: &str, write: &dyn Fn(&str, &str) -> String| {
        lines(head, &|line| line.split_once(": ").map_or(String::new(), |(name, value)| write(name.trim_end(), value)))[1..]
            .join(", ")
    };
    let start = |head: &str| head.split("\r\n").next().unwrap_or_default().to_owned();
    vec![
        ("repr", each(&|word, head| format!("{word}: b'{}'\n", escaped(head)))),
        ("JSON log", each(&|word, head| format!("{{\"level\":\"debug\",\"{word}\":\"{}\"}}\n", escaped(head)))),
        ("JSON twice", each(&|word, head| format!("\"{{\\\"{word}\\\":\\\"{}\\\"}}\"\n", escaped(head).replace('\\', "\\\\")))),
        ("quoted lines", each(&|_, head| lines(head, &|line| format!("    \"{line}\",\n")).concat())),
        ("lines in brackets", each(&|_, head| lines(head, &|line| format!("[{line}]\n")).concat())),
        ("a list in brackets", each(&|word, head| format!("{word} [{}]\n", lines(head, &str::to_owned).join(", ")))),
        ("repr of lines", each(&|word, head| lines(head, &|line| format!("{word}: b'{line}\\r\\n'\n")).concat())),
        (
            "JSON log of lines",
            each(&|_, head| lines(head, &|line| format!("{{\"level\":\"debug\",\"msg\":\"> {line}\"}}\n")).concat()),
        ),
        (
            "JSON object",
            each(&|word, head| {
                let fields = fields(head, &|name, value| format!("\"{name}\": \"{value}\""));
                format!("{{\"{word}\": \"{}\", \"headers\": {{{fields}}}}}\n", start(head))
            }),
        ),
        (
            "tuples",
            each(&|word, head| {
                let fields = fields(head, &|name, value| format!("(b'{}', b'{value}')", name.to_lowercase()));
                format!("{word} {} [{fields}]\n", start(head))
            }),
        ),
        (
            "Go",
            each(&|word, head| {
                let fields = fields(head, &|name, value| format!("\"{name}\":[]string{{\"{value}\"}}"));
                format!("{word} \"{}\" http.Header{{{fields}}}\n", start(head))
            }),
        ),
        (
            "braces",
            each(&|word, head| {
                let fields = fields(head, &|name, value| format!("{name}={value}"));
                format!("{word} {} {{{fields}}}\n", start(head))
            }),
        ),
        ("colours", each(&|_, head| lines(head, &|line| format!("\x1b[36m{line}\x1b[0m\n")).concat() + "\n")),
        ("HTML", format!("<pre>{}</pre>\n", each(&|_, head| lines(head, &|line| format!("<b>{line}</b><br>\n")).concat()))),
        ("Markdown", each(&|_, head| lines(head, &|line| format!("- `{line}`\n")).concat())),
    ]
}

#[test]
fn one_exchange_is_judged_alike_in_every_form() {
    for (form, capture) in forms(REQUEST, RESPONSE) {
        assert_eq!(text(&capture), ["OK"], "{form}");
    }
    for (form, capture) in quoted(REQUEST, RESPONSE) {
        let said = text(capture.as_bytes());
        let is_exact = form == "colours";
        assert!(if is_exact { said == ["OK"] } else { said[0].ends_with("may not show it as it was sent") }, "{form}: {said:?}");
    }
    assert_eq!(raw(format!("{REQUEST}{RESPONSE}").as_bytes()), ["OK"]);
}

/// Faults, one at a time: what is replaced in the exchange, by what, and the rule.
const FAULTS: &[(&str, &str, &str)] = &[
    ("GET /chat", "POST /chat", "request-method"),
    ("/chat HTTP/1.1", "/chat HTTP/1.0", "request-version"),
    ("/chat HTTP", "chat HTTP", "request-target"),
    ("Host: chat.example\r\n", "", "request-host"),
    ("Host: chat.example\r\n", "Host: chat.example\r\nHost: chat.example\r\n", "request-host"),
    ("Host: chat.example\r\nUpgrade: websocket", "Host: chat.example\r\nUpgrade: h2c", "request-upgrade"),
    ("Connection: Upgrade\r\nSec-WebSocket-Key", "Connection: close\r\nSec-WebSocket-Key", "request-connection"),
    ("Connection: Upgrade\r\nSec-WebSocket-Key", "Sec-WebSocket-Key", "request-connection"),
    ("Sec-WebSocket-Key: Zx8rNEkBE4xnwifpuh8DHQ==\r\n", "", "key-missing"),
    (
        "Sec-WebSocket-Key: Zx8rNEkBE4xnwifpuh8DHQ==\r\n",
        "Sec-WebSocket-Key: Zx8rNEkBE4xnwifpuh8DHQ==\r\nSec-WebSocket-Key: Zx8rNEkBE4xnwifpuh8DHQ==\r\n",
        "key-duplicate",
    ),
    ("Zx8rNEkBE4xnwifpuh8DHQ==", "Zx8rNEkBE4xnwifpuh8D", "key-malformed"),
    ("8DHQ==", "8DHQ==;", "key-malformed"),
    ("8DHQ==", "8DHQ== x", "key-malformed"),
    ("Sec-WebSocket-Version: 13\r\n", "", "version-missing"),
    ("Version: 13", "Version: 13;", "version-unsupported"),
    ("Version: 13", "Version: 13\"", "version-unsupported"),
    ("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8", "version-unsupported"),
    ("Version: 13\r\n", "Version: 13\r\nSec-WebSocket-Version: 13\r\n", "version-duplicate"),
    ("Version: 13\r\n", "Version: 13\r\nSec-WebSocket-Protocol: a b\r\n", "request-protocol"),
    ("Version: 13\r\n", "Version: 13\r\nSec-WebSocket-Extensions: ;\r\n", "request-extensions"),
    ("Host: chat", "Host : chat", "head-field-syntax"),
    ("Host: chat.example", "Host: chat.example\r\nno field", "head-field-syntax"),
    ("101 Switching", "200 Switching", "response-status"),
    ("HTTP/1.1 101", "HTTP/1.0 101", "response-version"),
    ("Protocols\r\nUpgrade: websocket\r\n", "Protocols\r\n", "response-upgrade"),
    ("Protocols\r\nUpgrade: websocket\r\n", "Protocols\r\nUpgrade: h2c\r\n", "response-upgrade"),
    ("Protocols\r\n", "Protocols\r\nUpgrade: websocket\r\n", "response-upgrade"),
    ("Connection: Upgrade\r\nSec-WebSocket-Accept", "Sec-WebSocket-Accept", "response-connection"),
    ("Connection: Upgrade\r\nSec-WebSocket-Accept", "Connection: close\r\nSec-WebSocket-Accept", "response-connection"),
    ("Sec-WebSocket-Accept: 52Rg3vW4JQ1yWpkvFlsTsiezlqw=\r\n", "", "accept-missing"),
    ("52Rg3vW4JQ1yWpkvFlsTsiezlqw=", "bm90IHRoZSByaWdodCB2YWx1ZSE=", "accept-mismatch"),
    ("52Rg3vW4JQ1yWpkvFlsTsiezlqw=", "52Rg3vW4JQ1yWpkvFlsTsiezlqw", "accept-mismatch"),
    ("lqw=\r\n", "lqw=,\r\n", "accept-mismatch"),
    ("lqw=\r\n", "lqw=\"\r\n", "accept-mismatch"),
    ("lqw=\r\n", "lqw= (cached)\r\n", "accept-mismatch"),
    ("Protocols\r\nUpgrade: websocket\r\n", "Protocols\r\nUpgrade: websocket;\r\n", "response-upgrade"),
    ("Protocols\r\nUpgrade: websocket\r\n", "Protocols\r\nUpgrade: web\x1b[1msocket\r\n", "response-upgrade"),
    ("Protocols\r\nUpgrade: websocket\r\n", "Protocols\r\nUpgrade: websocket|\r\n", "response-upgrade"),
    ("Protocols\r\nUpgrade: websocket\r\n", "Protocols\r\nUpgrade: websocket\\\r\n", "response-upgrade"),
    ("Connection: Upgrade\r\nSec-WebSocket-Accept", "Connection: Upgrade.\r\nSec-WebSocket-Accept", "response-connection"),
    ("lqw=\r\n", "lqw=\r\nSec-WebSocket-Accept: 52Rg3vW4JQ1yWpkvFlsTsiezlqw=\r\n", "accept-duplicate"),
    ("lqw=\r\n", "lqw=\r\nSec-WebSocket-Protocol: chat\r\n", "protocol-unrequested"),
    ("lqw=\r\n", "lqw=\r\nSec-WebSocket-Extensions: permessage-deflate\r\n", "extension-unrequested"),
    ("lqw=\r\n", "lqw=\r\nSec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=7\r\n", "extension-parameters"),
    ("lqw=\r\n", "lqw=\r\nSec-WebSocket-Extensions: permessage-deflate; nosuch\r\n", "extension-parameters"),
    ("Host: chat.example\r\n", "Host: chat.example:port\r\n", "request-host"),
    ("Host: chat", "Accept-Language: a\x01b\r\nHost: chat", "head-field-syntax"),
    ("8DHQ==\r\n", "8DHQ==\r\nX-Trace: a\x7fb\r\n", "head-field-syntax"),
    ("Version: 13\r\n", "Version: 13\r\nX-Trace: \x02\r\n", "head-field-syntax"),
    ("Protocols\r\n", "Protocols\r\nDate: \x1b\r\n", "head-field-syntax"),
    ("Protocols\r\nUpgrade: websocket\r\n", "Protocols\r\nUpgrade: websocket\r\nX Y: z\r\n", "head-field-syntax"),
    ("lqw=\r\n", "lqw=\r\nServer: a\x00b\r\n", "head-field-syntax"),
];

/// A fault is found in every form, or there is no verdict: it is never OK. (Line endings, and what stands behind the head, no
/// text shows; the program says so.)
#[test]
fn a_fault_is_never_ok_in_any_form() {
    let right = format!("{REQUEST}{RESPONSE}");
    for (from, to, rule) in FAULTS {
        assert_eq!(right.matches(from).count(), 1, "{from}");
        let wrong = right.replace(from, to);
        let at = wrong
            .find("HTTP/1.1 101")
            .or_else(|| wrong.find("HTTP/1.1 200"))
            .or_else(|| wrong.find("HTTP/1.0 101"))
            .expect("a response");
        let (request, response) = wrong.split_at(at);
        let said = raw(wrong.as_bytes());
        assert!(said.iter().any(|verdict| verdict.contains(rule)), "raw, {rule}: {said:?}");
        for (form, capture) in forms(request, response) {
            let said = text(&capture);
            assert!(!said.is_empty() && said.iter().all(|verdict| verdict != "OK"), "{form}, {to:?}: {said:?}");
        }
        for (form, capture) in quoted(request, response) {
            let said = text(capture.as_bytes());
            assert!(!said.is_empty() && said.iter().all(|verdict| verdict != "OK"), "{form}, {to:?}: {said:?}");
        }
    }
}

/// A line that no head has is found wherever it stands in one, or there is no verdict.
#[test]
fn a_wrong_line_is_never_ok_at_any_place() {
    // What the other side may send as it likes is not among these.
    let both = ["X Y: z", ":foo: bar", "foo", "a\x01: b", "X-A: b\x7f"];
    let of_requests = [&both[..], &["Sec-WebSocket-Version: x", "Sec-WebSocket-Key: foo"]].concat();
    let of_responses = [&both[..], &["Sec-WebSocket-Accept: foo", "HTTP/1.1 200 OK"]].concat();
    let with_more = |head: &str| head.replace("\r\n\r\n", "\r\nX-Trace: 1\r\n\r\n");
    for (request, response) in [(REQUEST.to_owned(), RESPONSE.to_owned()), (with_more(REQUEST), with_more(RESPONSE))] {
        let places =
            |head: &str| head.match_indices("\r\n").map(|(at, _)| at + 2).filter(|at| *at < head.len()).collect::<Vec<_>>();
        let planted = |head: &str, line: &str, at: usize| format!("{}{line}\r\n{}", &head[..at], &head[at..]);
        let of_request = of_requests.iter().flat_map(|line| places(&request).into_iter().map(move |at| (*line, at)));
        let of_request = of_request.map(|(line, at)| (line, planted(&request, line, at), response.clone()));
        let of_response = of_responses.iter().flat_map(|line| places(&response).into_iter().map(move |at| (*line, at)));
        let of_response = of_response.map(|(line, at)| (line, request.clone(), planted(&response, line, at)));
        for (line, request, response) in of_request.chain(of_response) {
            for (form, capture) in forms(&request, &response) {
                let said = text(&capture);
                assert!(
                    said.iter().all(|verdict| verdict != "OK"),
                    "{form}, {line:?}: {said:?}\n{}",
                    String::from_utf8_lossy(&capture)
                );
            }
        }
    }
}

/// Of two start lines, one behind the other, the first is the one that was sent; a refusal is an answer, wherever it stands.
#[test]
fn a_start_line_before_the_right_one() {
    for (right, wrong) in [
        ("GET /chat", "POST /chat HTTP/1.1"),
        ("GET /chat", "GET /other HTTP/1.1"),
        ("GET /chat", "OPTIONS * HTTP/1.1"),
        ("HTTP/1.1 101", "HTTP/1.0 101 Switching Protocols"),
        ("HTTP/1.1 101", "HTTP/1.1 101 Switching Protocols"),
        ("HTTP/1.1 101", "HTTP/1.1 403 Forbidden"),
    ] {
        for more in ["", "X-A: a\r\n"] {
            let doubled = |head: &str| head.replacen(right, &format!("{wrong}\r\n{more}{right}"), 1);
            let forms = forms(&doubled(REQUEST), &doubled(RESPONSE)).into_iter();
            for (form, capture) in forms.filter(|(form, _)| *form != "HAR" && !form.starts_with("pane")) {
                let said = text(&capture);
                assert!(said.iter().all(|verdict| verdict != "OK"), "{form}, {wrong:?}: {said:?}");
            }
        }
    }
    // Of the other side, where the mark before it says whose it is; one without Host, where none does.
    let marked = curl(REQUEST, RESPONSE).replace("< Sec-WebSocket-Accept", "< GET / HTTP/1.1\n< Sec-WebSocket-Accept");
    let plain = format!("{REQUEST}{}GET / HTTP/1.1\r\n\r\n", RESPONSE.strip_suffix("\r\n").expect("its end")).replace('\r', "");
    let message =
        format!("10:00:00.1 DEBUG sent: POST /chat HTTP/1.1\n{REQUEST}10:00:00.2 DEBUG got: {RESPONSE}").replace('\r', "");
    let shark = |head: &str| {
        head.split_inclusive("\r\n").map(|line| format!("    {}\\r\\n\n", line.trim_end())).collect::<Vec<_>>().concat()
    };
    let tshark = [shark(REQUEST), shark("HTTP/1.1 403 Forbidden\r\n"), shark(RESPONSE)].concat();
    assert_eq!(text([shark(REQUEST), shark(RESPONSE)].concat().as_bytes()), ["OK"]);
    let asterisk = curl(REQUEST, RESPONSE).replace("> Sec-WebSocket-Key", "> OPTIONS * HTTP/1.1\n> Sec-WebSocket-Key");
    let bracket = [shark(REQUEST), shark(RESPONSE).replacen("    Upgrade", "    [...]\\r\\n\n    Upgrade", 1)].concat();
    for capture in [marked, plain, message, tshark, asterisk, bracket] {
        let said = text(capture.as_bytes());
        assert!(!said.is_empty() && said.iter().all(|verdict| verdict != "OK"), "{capture}: {said:?}");
    }
    for between in ["* Closing connection 0\n", "\n", ""] {
        let capture = curl(REQUEST, RESPONSE).replacen("< HTTP", &format!("< HTTP/1.1 403 Forbidden\n{between}< HTTP"), 1);
        let said = text(capture.as_bytes());
        assert!(said.iter().all(|verdict| verdict.starts_with("UNJUDGED")), "{between:?}: {said:?}");
    }
}

/// A field may stand behind another number: a thread's, a clock's. Then it is not known whose it is; a counter goes on.
#[test]
fn a_number_in_the_prefix_that_changes_inside_a_head() {
    let logged = |head: &str, mark: &str, number: &dyn Fn(usize) -> String, is_ended: bool| -> String {
        let lines = head.trim_end().lines().chain(is_ended.then_some("")).enumerate();
        lines.map(|(at, line)| format!("{} {mark} {line}\n", number(at))).collect::<Vec<_>>().concat()
    };
    let response = RESPONSE.replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: chat\r\n\r\n");
    for is_ended in [true, false] {
        let request = logged(REQUEST, ">", &|_| "[pool-1-thread-3]".to_owned(), is_ended);
        let log = |head: &str, number: &dyn Fn(usize) -> String| {
            text((request.clone() + &logged(head, "<", number, is_ended)).as_bytes())
        };
        assert_eq!(log(RESPONSE, &|_| "[pool-1-thread-3]".to_owned()), ["OK"]);
        // Without the empty line, a subprotocol may have been requested on a line that is not there.
        let expected =
            if is_ended { "FAILED: protocol-unrequested" } else { "UNJUDGED: not seen in the request: Sec-WebSocket-Protocol" };
        assert_eq!(log(&response, &|_| "[pool-1-thread-3]".to_owned()), [expected]);
        let changed = log(&response, &|at| format!("[pool-1-thread-{}]", if at < 4 { 3 } else { 7 }));
        let line = if is_ended { 12 } else { 11 };
        assert_eq!(changed, [format!("UNJUDGED: line {line}, inside the head of the response, may not show it as it was sent")]);
    }
    // The line that is named is one of the connection's own.
    let connection = |number: usize, at: usize, mark: &str, line: &str| (at, number, format!("[conn-{number}] {mark} {line}\n"));
    let stray = RESPONSE.trim_end().to_owned() + "\r\nfoo";
    let of = |number: usize, request: &str, response: &str| -> Vec<(usize, usize, String)> {
        let heads = [(">", request.trim_end().to_owned() + "\r\n"), ("<", response.trim_end().to_owned() + "\r\n")];
        let lines = heads.iter().flat_map(|(mark, head)| head.split("\r\n").map(move |line| (*mark, line)));
        lines.enumerate().map(|(at, (mark, line))| connection(number, at, mark, line)).collect()
    };
    let mut lines = [of(700, REQUEST, &stray), of(701, &request_of(1), &response_of(1))].concat();
    lines.sort();
    let lines: String = lines.into_iter().map(|(.., line)| line).collect();
    let place = lines.lines().position(|line| line.ends_with("700] < foo")).expect("it is there") + 1;
    let unclear = format!("UNJUDGED: line {place}, inside the head of the response, may not show it as it was sent");
    assert_eq!(text(lines.as_bytes()), [unclear.as_str(), "OK"]);
    // What `cat -n` prints, whose numbers are aligned.
    let both: String = curl(REQUEST, &response).replace("\r\n", "\n");
    for first in [1, 5, 95, 9_990] {
        let numbered =
            both.lines().zip(first..).map(|(line, number)| format!("{number:6}\t{line}\n")).collect::<Vec<_>>().concat();
        assert_eq!(text(numbered.as_bytes()), ["FAILED: protocol-unrequested"], "{first}");
    }
}

/// Lines of another process may stand between those of a head.
#[test]
fn lines_of_another_process_inside_a_head() {
    let lines = |head: &str| head.trim_end().lines().map(|line| format!("web-1  | < {line}\n")).collect::<Vec<_>>();
    let request: String = lines(REQUEST).concat().replace('<', ">") + "web-1  | > \n";
    let (head, other) = (lines(RESPONSE), "db-1   | 2026-11-22 11:26:55.100 UTC [1] LOG:  checkpoint starting: time\n");
    let log = |head: &[&str]| text((request.clone() + &head.concat() + "web-1  | < \n").as_bytes());
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    for at in 1..head.len() {
        let (before, behind) = head.split_at(at);
        assert_eq!(log(&[before, &[other], behind].concat()), ["OK"], "{at}");
        for stray in ["web-1  | < foo\n", "web-1  | < HTTP/1.1 101 Switching Protocols\n"] {
            let said = log(&[before, &[other, stray], behind].concat());
            assert!(said.iter().all(|verdict| verdict != "OK"), "{stray} at {at}: {said:?}");
        }
    }
    let said = log(&[head.as_slice(), &[other, "web-1  | < foo\n"]].concat());
    assert_eq!(said, ["UNJUDGED: line 13, inside the head of the response, may not show it as it was sent"]);
}

/// The first of two attempts with one key may have got no answer; so may one of two connections that a log names.
#[test]
fn the_second_attempt_answers_no_first_one() {
    let first = curl(REQUEST, "").replace("< \n", "");
    let second = curl(&REQUEST.replace("\r\n\r\n", "\r\nCookie: sid=1\r\n\r\n"), RESPONSE);
    assert_eq!(text((first + &second).as_bytes()), [NO_RESPONSE, "OK"]);
    let attempts = format!("{REQUEST}{}{RESPONSE}", REQUEST.replace("\r\n\r\n", "\r\nCookie: sid=1\r\n\r\n"));
    assert_eq!(raw(attempts.as_bytes()), [NO_RESPONSE, "OK"]);
    let named = |head: &str, name: u8| {
        lined(head, &|line| format!("[conn-{name}] {line}\n")).replace("\n\n", &format!("\n[conn-{name}] \n"))
    };
    for (answered, expected) in [(7, ["OK", NO_RESPONSE]), (8, [NO_RESPONSE, "OK"])] {
        let log = [named(REQUEST, 7), named(REQUEST, 8), named(RESPONSE, answered)].concat();
        assert_eq!(text(log.as_bytes()), expected, "{log}");
    }
}

/// What a server sends before its status line, such as the notice of an interpreter, is no head.
#[test]
fn bytes_before_the_status_line() {
    let junk = format!("Notice: x\r\n{RESPONSE}");
    let said = raw(format!("{REQUEST}{junk}").as_bytes());
    assert_eq!(said, ["UNJUDGED: line 8, before the response, belongs to no head, body or frame"]);
    let said = text(dumps(REQUEST, &junk, 4).as_bytes());
    assert!(
        said.len() == 1 && said[0].starts_with("UNJUDGED: line ") && said[0].ends_with("belongs to no head, body or frame"),
        "{said:?}"
    );
    let shark = |head: &str| {
        head.split_inclusive("\r\n").map(|line| format!("    {}\\r\\n\n", line.trim_end())).collect::<Vec<_>>().concat()
    };
    for (request, response) in [(REQUEST, junk.as_str()), (&format!("x: y\r\n{REQUEST}"), RESPONSE)] {
        let capture = format!("Hypertext Transfer Protocol\n{}Hypertext Transfer Protocol\n{}", shark(request), shark(response));
        let said = text(capture.as_bytes());
        assert!(said.len() == 1 && said[0].starts_with("UNJUDGED: line "), "{said:?}");
    }
}

/// Chromium skips four bytes of empty lines before a status line, Node's clients any number (as `tests/peers/opinion` finds).
#[test]
fn empty_lines_before_the_status_line() {
    let found = |lines: &str| {
        let Capture { exchanges, .. } = Capture::read_raw(format!("{REQUEST}{lines}{RESPONSE}").as_bytes());
        judge(&exchanges)
            .iter()
            .map(|finding| format!("{} {}: {}", finding.level, finding.rule.id, finding.message))
            .collect::<Vec<_>>()
    };
    for few in ["", "\r\n", "\r\n\r\n", "\n\n\n\n"] {
        assert_eq!(found(few), [""; 0], "{few:?}");
    }
    let warning =
        |bytes| [format!("warn head-empty-lines: {bytes} bytes of empty lines before the status line: Chromium skips 4 at most")];
    assert_eq!(found("\r\n\r\n\r\n"), warning(6));
    assert_eq!(found("\n\n\n\n\n"), warning(5));
    // In a text they are the writer's.
    assert_eq!(text(format!("{REQUEST}\n\n\n\n\n\n{RESPONSE}").replace('\r', "").as_bytes()), ["OK"]);
}

/// A CR inside a reason phrase is none that ends a line.
#[test]
fn a_cr_inside_the_reason() {
    let response = RESPONSE.replace("101 Switching", "101 \rSwitching");
    assert_eq!(raw(format!("{REQUEST}{response}").as_bytes()), ["FAILED: head-bare-cr"]);
    let copied = curl(REQUEST, RESPONSE).replace("101 Switching", "101 \rSwitching");
    let expected = "UNJUDGED: line 9, inside the head of the response, may not show it as it was sent";
    assert_eq!(text(copied.as_bytes()), [expected]);
}

/// tshark 4 spells control characters as C does, or in octal, but no backslash: an escape may be what was sent. A line that ends in CR
/// alone or in LF alone it shows as a line of its own.
#[test]
fn what_tshark_spells_out() {
    let shark = |head: &str| {
        head.split_inclusive("\r\n").map(|line| format!("    {}\\r\\n\n", line.trim_end())).collect::<Vec<_>>().concat()
    };
    let (request, response) = (shark(REQUEST), shark(RESPONSE));
    let inexact = |line| format!("UNJUDGED: line {line}, inside the head of the response, may not show it as it was sent");
    let and = |more: &str| response.replace("    Upgrade", &format!("    {more}\n    Upgrade"));
    for spelt in ["\\a", "\\b", "\\v", "\\f", "\\r\\n", "\\001", "\\177"] {
        let shown = and(&format!("Server: ng{spelt}inx\\r\\n"));
        assert_eq!(text([&*request, &shown].concat().as_bytes()), [inexact(9)], "{spelt}");
    }
    for harmless in ["ng\\tinx\\r\\n", "\"a\\\"\\\\\"\\r\\n"] {
        let shown = and(&format!("Server: {harmless}"));
        assert_eq!(text([&*request, &shown].concat().as_bytes()), ["OK"], "{harmless}");
    }
    for bare in ["X-A: a\\r", "X-A: a\\n", "Sec-WebSocket-Accept: x\\r"] {
        assert_eq!(text([&*request, &and(bare)].concat().as_bytes()), [inexact(9)], "{bare}");
    }
    let replaced = |from: &str, to: &str| text([&*request, &response.replace(from, to)].concat().as_bytes());
    assert_eq!(replaced("Protocols", "Protocols\\000"), [inexact(8)]);
    for (name, from, to) in [
        ("Connection", "Connection: ", "Connection: \\t"),
        ("Connection", "Upgrade\\r\\n", "Upgrade\\r"),
        ("Sec-WebSocket-Accept", "lqw=", "lqw=\\v"),
    ] {
        assert_eq!(replaced(from, to), [format!("UNJUDGED: not seen in the response: {name}")], "{to}");
    }
}

/// Over HTTP/2 a browser sends no key, and shows the rest as if it were HTTP/1.1. Another status is a refusal in both.
#[test]
fn a_browser_that_shows_no_key() {
    let expected = [
        "UNJUDGED: the browser shows no key in the request: over HTTP/2 it sends none, and a 2xx is right for its extended CONNECT",
    ];
    let captured = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures/chromium-http2.har")).expect("a HAR");
    assert_eq!(text(&captured), expected);
    for status in ["200 OK", "403 Forbidden"] {
        let response = format!("HTTP/1.1 {status}\r\ndate: Sat, 28 Nov 2026 04:33:17 GMT\r\n\r\n");
        let shown = pane(&without(REQUEST, "Sec-WebSocket-Key"), &response, ": ").expect("a pane");
        let is_refusal = status.starts_with("403");
        assert_eq!(text(shown.as_bytes()), if is_refusal { ["FAILED: response-status"] } else { expected }, "{status}");
        let shown = pane(REQUEST, &response, ": ").expect("a pane");
        assert_eq!(text(shown.as_bytes()), ["FAILED: response-status"], "{status}");
    }
    let copied = curl(&without(REQUEST, "Sec-WebSocket-Key"), "HTTP/1.1 200 OK\r\n\r\n");
    assert_eq!(text(copied.as_bytes()), ["FAILED: key-missing response-status"]);
}

/// White space at an end of a start line may have been sent: one that all lines have is the writer's.
#[test]
fn white_space_beside_a_start_line() {
    let both = format!("{REQUEST}{RESPONSE}");
    for (right, wrong, line) in [
        ("/chat HTTP/1.1", "/chat HTTP/1.1 ", "line 1, inside the head of the request"),
        ("GET", " GET", "line 1, inside the head of the request"),
        ("HTTP/1.1 101", " HTTP/1.1 101", "line 8, inside the head of the response"),
    ] {
        let said = text(both.replacen(right, wrong, 1).replace('\r', "").as_bytes());
        assert_eq!(said, [format!("UNJUDGED: {line}, may not show it as it was sent")], "{wrong:?}");
    }
    assert_eq!(text(lined(&both, &|line| format!("  {line}\n")).as_bytes()), ["OK"]);
    // A reason phrase may end in a space (RFC 9112, section 4).
    assert_eq!(text(both.replace("Protocols", "Protocols ").replace('\r', "").as_bytes()), ["OK"]);
}

/// Behind a prefix, what stands below a field is a line of its head, a heading or not.
#[test]
fn a_line_behind_the_prefix_is_one_of_the_head() {
    let logged = |head: &str, mark: &str| {
        let lines = head.trim_end().lines().enumerate().map(|(at, line)| format!("2026-11-24T10:00:{at:02}Z {mark} {line}\n"));
        lines.collect::<Vec<_>>().concat()
    };
    let log = |more: &str| {
        format!("{}{}", logged(REQUEST, ">>"), logged(&RESPONSE.replace("\r\n\r\n", &format!("\r\n{more}\r\n")), "<<"))
    };
    assert_eq!(text(log("X-A: b").as_bytes()), ["OK"]);
    for more in ["foo bar", "Via", "Response", "X-Foo\r\nfoo bar"] {
        let said = text(log(more).as_bytes());
        assert!(said.iter().all(|verdict| verdict.starts_with("UNJUDGED")), "{more:?}: {said:?}");
    }
}

/// A control character in the reason phrase is a warning in packets as it is in the bytes.
#[test]
fn a_control_character_in_the_reason() {
    let response = RESPONSE.replace("Protocols", "Proto\x01cols");
    assert_eq!(raw(format!("{REQUEST}{response}").as_bytes()), ["OK"]);
    assert_eq!(text(dumps(REQUEST, &response, 4).as_bytes()), ["OK"]);
    let both = response.replace("lqw=\r\n", "lqw=\r\nX-A: \x01\r\n");
    assert_eq!(text(dumps(REQUEST, &both, 4).as_bytes()), ["FAILED: head-field-syntax"]);
}

/// What stands in a browser's pane besides: what is right stays so.
#[test]
fn a_right_pane_stays_right() {
    let more = REQUEST.replace("Upgrade: websocket", "Accept: */*\r\nKey: 1\r\nUpgrade: websocket");
    for between in [": ", ":\n", "\n"] {
        let shown = pane(&more, RESPONSE, between).expect("a pane");
        assert_eq!(text(format!("10 %\r100 %\n\x1b[2J\n{shown}").as_bytes()), ["OK"], "{between:?}");
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures");
    for fixture in ["devtools-headings.txt", "devtools-no-headings.txt", "devtools-alternating.txt"] {
        assert_eq!(text(&fs::read(folder.join(fixture)).expect(fixture)), ["OK"], "{fixture}");
    }
    for heading in ["Request", "### Request", "▼ Request Headers", "Request Headers (5)\nview source", "```\n\nAnfrage:"] {
        let shown = pane(REQUEST, RESPONSE, ": ").expect("a pane").replace("Request Headers", heading);
        assert_eq!(text(shown.as_bytes()), ["OK"], "{heading}");
    }
    // An empty value, or a name that takes the next line's place.
    let pane = pane(REQUEST, RESPONSE, "\n").expect("a pane");
    for (from, to) in [
        ("Host\n", "Sec-WebSocket-Protocol\nHost\n"),
        ("Sec-WebSocket-Version\n13\n", "Sec-WebSocket-Version\n13\nSec-WebSocket-Accept\nfoo\n"),
        ("Host\n", "Date\nHost: chat.example\nHost\n"),
        ("Host\n", "Via: 1.1 a\nHost\n"),
        ("13\n", "13\n...\nX-A: \x01\n"),
        ("Sec-WebSocket-Version\n", "Response\nSec-WebSocket-Version\n"),
    ] {
        let said = text(pane.replacen(from, to, 1).as_bytes());
        assert!(said.iter().all(|verdict| verdict.starts_with("UNJUDGED")), "{to:?}: {said:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    /// Whatever order overlapping handshakes are captured in, each request before its response, all are right.
    #[test]
    fn the_order_of_overlapping_handshakes_does_not_matter(order in Just((0..12_u32).flat_map(|n| [n, n]).collect::<Vec<_>>()).prop_shuffle()) {
        let mut seen = std::collections::HashSet::new();
        let capture: String = order.iter().map(|&n| if seen.insert(n) { request_of(n) } else { response_of(n) }).collect();
        prop_assert!(raw(capture.as_bytes()).iter().all(|verdict| verdict == "OK"));
        prop_assert_eq!(raw(capture.as_bytes()).len(), 12);
    }

    /// A text that is cut anywhere comes to no other verdict than the whole.
    #[test]
    fn a_cut_text_is_never_failed(end in 0_usize..700) {
        for (form, capture) in forms(REQUEST, RESPONSE).into_iter().filter(|(form, _)| *form != "HAR") {
            let said = text(&capture[..end.min(capture.len())]);
            prop_assert!(said.iter().all(|verdict| !verdict.starts_with("FAILED")), "{form}: {said:?}");
        }
    }
}

/// Each read may be a message of its own: an empty line behind it is the writer's, and a value may be cut at its end.
#[test]
fn a_head_that_came_in_pieces() {
    let label = [
        "recv: ",
        "DEBUG:ws:",
        "09:00:00.123 [7] ",
        "2026-11-28T09:26:19.326Z received ",
        "received:\n",
        "--- 33 bytes ---\n",
        "",
    ];
    for (label, end) in label.into_iter().flat_map(|label| [(label, "\n"), (label, "")]) {
        let written = |pieces: &[&str]| {
            let messages = pieces.iter().map(|piece| format!("{label}{piece}{end}"));
            text(format!("a log\n\n{}{end}{}", label.to_owned() + REQUEST, messages.collect::<String>()).as_bytes())
        };
        let whole = written(&[RESPONSE]);
        assert!(whole.iter().all(|verdict| !verdict.starts_with("FAILED")), "{label:?} {end:?}: {whole:?}");
        let head = RESPONSE.strip_suffix("\r\n").expect("an empty line");
        let said = written(&[head, "Sec-WebSocket-Extensions: foo\r\n\r\n"]);
        assert!(said.iter().all(|verdict| verdict != "OK"), "{label:?} {end:?}: {said:?}");
        // The accept value goes on in the next message: nothing is wrong.
        let (begin, rest) = RESPONSE.split_at(RESPONSE.find(ACCEPT).expect("it is there") + 16);
        let said = written(&[begin, rest]);
        assert!(end.is_empty() || said.iter().all(|verdict| verdict.starts_with("UNJUDGED")), "{label:?} {end:?}: {said:?}");
    }
    // Each line behind a mark, and the empty piece behind the last line ending too.
    let lines = |mark: &str, piece: &str| piece.split("\r\n").map(|line| format!("{mark} {line}\n")).collect::<Vec<_>>().concat();
    let head = RESPONSE.strip_suffix("\r\n").expect("an empty line");
    let response = lines("<", head) + &lines("<", "Sec-WebSocket-Extensions: foo\r\n\r\n");
    let unclear = "UNJUDGED: line 14, inside the head of the response, may not show it as it was sent";
    assert_eq!(text((lines(">", REQUEST) + &response).as_bytes()), [unclear]);
    assert_eq!(text((lines(">", REQUEST) + &lines("<", RESPONSE)).as_bytes()), ["OK"]);
}

/// Where curl says something behind the last field, no empty line came.
#[test]
fn a_head_that_curl_did_not_see_end() {
    for remark in
        ["* Operation timed out", "* Recv failure: Connection reset by peer", "* Nul byte in header", "* Closing connection 0"]
    {
        let capture = curl(REQUEST, RESPONSE.strip_suffix("\r\n").expect("an empty line"));
        let capture = capture.replace("* Closing connection 0", &format!("{remark}\n* Closing connection 0"));
        assert_eq!(text(capture.as_bytes()), ["UNJUDGED: the head of the response is cut off"], "{remark}");
        let timed = capture.lines().map(|line| format!("09:12:18.120898 {line}\n")).collect::<Vec<_>>().concat();
        assert_eq!(text(timed.as_bytes()), ["UNJUDGED: the head of the response is cut off"], "{remark}");
    }
}

/// A line of white space goes on with the field above it (RFC 9112, section 5.2): what stands below is a field all the same.
#[test]
fn a_line_of_white_space_is_no_end() {
    for space in [" ", "\t", "\u{c}", "   "] {
        let response = RESPONSE.replace("\r\n\r\n", &format!("\r\n{space}\r\nSec-WebSocket-Protocol: chat\r\n\r\n"));
        let unclear = "UNJUDGED: line 13, inside the head of the response, may not show it as it was sent";
        assert_eq!(text(curl(REQUEST, &response).as_bytes()), [unclear], "{space:?}");
    }
}

/// A start line that stands inside a line, however long that is, may be what somebody wrote of another.
#[test]
fn a_start_line_inside_a_long_line() {
    for length in [600, 5000] {
        let long = "x".repeat(length);
        let inside = |head: &str| {
            let (line, fields) = head.split_once("\r\n").expect("a start line");
            format!("{long} {line} {long}\n{}", fields.replace("\r\n", "\n"))
        };
        for log in [inside(REQUEST) + RESPONSE, REQUEST.to_owned() + &inside(RESPONSE)] {
            let said = text(format!("a log\n\n{log}").as_bytes());
            assert!(said.iter().all(|verdict| verdict.starts_with("UNJUDGED")), "{length}: {said:?}");
        }
    }
}

/// The order proves nothing where the two stand behind other names, or something was left out between them.
#[test]
fn a_response_of_another_connection() {
    let behind = |mark: &str, head: &str| head.split("\r\n").map(|line| format!("{mark}{line}\n")).collect::<Vec<_>>().concat();
    let head = |head: &str| head.strip_suffix("\r\n").expect("an empty line").to_owned();
    let (request, other) = (head(REQUEST), head(&response_of(1)));
    let refusal = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n";
    let unseen = "UNJUDGED: the response that came next stands behind another name or number, or in another part of the capture: \
                  it may be another connection's";
    for (first, between, second) in [
        ("web-1  | > ", "", "web-2  | < "),
        ("Nov 28 09:00:00 host app[100]: ", "", "Nov 28 09:00:00 host app[200]: "),
        ("[7] ", "", "[9] "),
        ("logs/a.log:> ", "", "logs/b.log:< "),
        ("> ", "\n==> server.log <==\n", "< "),
        ("> ", "--\n", "< "),
        ("> ", "[...]\n", "< "),
        ("app: > ", "<...>\n", "app: < "),
        ("app[1]: ", "systemd-journald[50]: Suppressed 12 messages from app.service\n", "app[1]: "),
    ] {
        let log = |response: &str| text((behind(first, &request) + between + &behind(second, response)).as_bytes());
        assert_eq!(log(&other)[0], unseen, "{first:?} {between:?}");
        assert_eq!(log(refusal), [unseen], "{first:?} {between:?}");
        assert_eq!(log(&head(RESPONSE)), ["OK"], "{first:?} {between:?}");
        // Of one connection it is the answer.
        let alone = |response: &str| text((behind(first, &request) + &behind(first, response)).as_bytes());
        assert_eq!(alone(&other), ["FAILED: accept-mismatch"], "{first:?}");
        assert_eq!(alone(refusal), ["FAILED: response-status"], "{first:?}");
    }
    // Its ends may change places, and the numbers of lines name nothing.
    let ends = ["10.0.0.1.40000-10.0.0.2.80: ", "10.0.0.2.80-10.0.0.1.40000: "];
    assert_eq!(text((behind(ends[0], &request) + &behind(ends[1], &other)).as_bytes()), ["FAILED: accept-mismatch"]);
    // `cat -n`, of which lines were left out between the two.
    let count = |head: &str, from: usize| {
        let lines = head.split("\r\n").zip(from..).map(|(line, number)| format!("{number:6}\t{line}\n"));
        lines.collect::<String>()
    };
    assert_eq!(text((count(&request, 7) + &count(&other, 14)).as_bytes()), ["FAILED: accept-mismatch"]);
    assert_eq!(text((count(&request, 7) + &count(&other, 500)).as_bytes())[0], unseen);
    assert_eq!(text((count(&request, 7) + &count(&head(RESPONSE), 500)).as_bytes()), ["OK"]);
}

/// A program that prints the fields of a head indents them: that is no folding of the peer's (RFC 9112, section 5.2).
#[test]
fn fields_that_are_indented() {
    for (indent, ends) in [("  ", "\n"), ("\t", "\n"), ("    ", "\r\n")] {
        let indented = |head: &str| head.trim_end().replace("\r\n", &format!("{ends}{indent}")) + ends + ends;
        let response = RESPONSE.replacen("\r\n", "\r\nServer: nginx\r\n", 1);
        let wrong = response.replacen("\r\n", "\r\nSec-WebSocket-Protocol: chat\r\n", 1);
        for (response, never) in [(&response, "FAILED"), (&wrong, "OK")] {
            for log in [indented(REQUEST) + &indented(response), indented(response)] {
                let said = text(log.as_bytes());
                assert!(!said.is_empty() && !said.iter().any(|verdict| verdict.starts_with(never)), "{said:?}\n{log}");
            }
        }
    }
}

/// A proxy that marks each chunk it passes on does so in the middle of a line too.
#[test]
fn a_mark_inside_a_value() {
    let log = format!("[C->S] {REQUEST}[S->C] {RESPONSE}").replace("\r\n", "\n");
    assert_eq!(text(log.as_bytes()), ["OK"]);
    let cut = log.replace("Connection: Upgrade\nSec-WebSocket-Accept", "Connection: Up[S->C] grade\nSec-WebSocket-Accept");
    assert_eq!(text(cut.as_bytes()), ["UNJUDGED: line 10, inside the head of the response, may not show it as it was sent"]);
    let cut = log.replace("/chat", "/ch[C->S] at");
    assert_eq!(text(cut.as_bytes()), ["UNJUDGED: line 1, inside the head of the request, may not show it as it was sent"]);
}

/// What a hex dump shows behind a 101 is another exchange, in the same dump or in the next, which may begin on the next line.
#[test]
fn exchanges_one_after_the_other_in_hex_dumps() {
    let dump = |bytes: &str| {
        let lines = bytes.as_bytes().chunks(16).enumerate().map(|(at, row)| {
            let digits = row.chunks(2).map(|pair| match pair {
                [one, other] => format!("{one:02x}{other:02x} "),
                rest => format!("{:02x}", rest[0]),
            });
            format!("{:08x}: {:<40} .\n", at * 16, digits.collect::<Vec<_>>().concat())
        });
        lines.collect::<Vec<_>>().concat()
    };
    let (first, wrong) = (format!("{REQUEST}{RESPONSE}"), request_of(1) + &response_of(2));
    for log in [dump(&first) + &dump(&wrong), dump(&(first.clone() + &wrong)), dump(REQUEST) + &dump(RESPONSE) + &dump(&wrong)] {
        assert_eq!(text(log.as_bytes()), ["OK", "FAILED: accept-mismatch"], "{log}");
    }
}

/// A browser drops such a connection; but the bytes may be what a buffer held before.
#[test]
fn a_dump_that_goes_on_with_no_frame() {
    let dump = |bytes: &[u8]| {
        let row = |(at, row): (usize, &[u8])| {
            let digits: Vec<_> = row.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{:08x}  {}\n", 16 * at, digits.join(" "))
        };
        bytes.chunks(16).enumerate().map(row).collect::<String>()
    };
    let no_frame = "UNJUDGED: the dump on line 12 goes on behind the response with bytes that are no server's frame: a client's, or left in a \
                    buffer";
    let response = |behind: &[u8]| format!("{}read\n{}", dump(REQUEST.as_bytes()), dump(&[RESPONSE.as_bytes(), behind].concat()));
    assert_eq!(response(b"").lines().nth(11), dump(RESPONSE.as_bytes()).lines().next());
    for behind in [b"<html>nope</html>".as_slice(), b"\n", b"\r\n", b"\x81\x82abcd12", b"\0\0\0\0", b"\xc1\x02hi"] {
        assert_eq!(text(response(behind).as_bytes()), [no_frame], "{behind:?}");
    }
    for behind in [b"".as_slice(), b"\x81\x02hi", b"\x81"] {
        assert_eq!(text(response(behind).as_bytes()), ["OK"], "{behind:?}");
    }
}

/// Where a capture ends amid a frame, the request of the next one in the file is no payload.
#[test]
fn a_capture_behind_one_that_ends_amid_a_frame() {
    let both =
        [REQUEST.as_bytes(), RESPONSE.as_bytes(), b"\x81\x20hello", request_of(1).as_bytes(), response_of(1).as_bytes()].concat();
    let other = "UNJUDGED: line 13, behind the response, begins another: right on another connection, wrong on this one";
    assert_eq!(raw(&both), [other, "OK"]);
}

/// `less -S`, emacs and others put a mark where they chop a line.
#[test]
fn lines_that_are_chopped() {
    let chopped = |head: &str, name: &str, mark: &str| {
        let line = head.lines().find(|line| line.starts_with(name)).expect("the field");
        head.replace(line, &format!("{}{mark}", &line[..line.len() - 6])).replace("\r\n", "\n")
    };
    for mark in [">", "$", "...", "…"] {
        for name in ["Sec-WebSocket-Key", "Connection", "Host"] {
            let said = text((chopped(REQUEST, name, mark) + RESPONSE).as_bytes());
            assert!(said.iter().all(|verdict| verdict.starts_with("UNJUDGED")), "{name} {mark}: {said:?}");
        }
        for name in ["Sec-WebSocket-Accept", "Upgrade"] {
            let said = text((REQUEST.to_owned() + &chopped(RESPONSE, name, mark)).as_bytes());
            assert!(said.iter().all(|verdict| verdict.starts_with("UNJUDGED")), "{name} {mark}: {said:?}");
        }
    }
}

/// `cut -c`, editors and copies of a screen put none: of the longest lines, more may have been sent.
#[test]
fn lines_that_are_chopped_without_a_mark() {
    let request = REQUEST.replace(
        "\r\n\r\n",
        "\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36\r\n\
         Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\
         Sec-WebSocket-Protocol: v4.channel.k8s.io, graphql-transport-ws, v5.channel.k8s.io\r\n\r\n",
    );
    let response = RESPONSE.replace(
        "\r\n\r\n",
        "\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_max_window_bits=15\r\n\
         Sec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n",
    );
    let chopped = |lines: &str, width: usize| -> Vec<String> {
        text(lines.lines().map(|line| format!("{line:.width$}\n")).collect::<Vec<_>>().concat().as_bytes())
    };
    let prefixed =
        |mark: &str| format!("{request}{response}").lines().map(|line| format!("{mark}{line}\n")).collect::<Vec<_>>().concat();
    for whole in [prefixed(""), curl(&request, &response), prefixed("app  | ")] {
        for width in 60..125 {
            let said = chopped(&whole, width);
            assert!(!said.iter().any(|verdict| verdict.starts_with("FAILED")), "{width}: {said:?}");
        }
        assert_eq!(chopped(&whole, 125), ["OK"]);
    }
    // Where no other line is as long, the one that is may be whole.
    let without_agent = curl(&without(&request, "User-Agent"), &response);
    assert_eq!(chopped(&without_agent, 125), ["OK"]);
    assert!(chopped(&without_agent, 99)[0].starts_with("UNJUDGED"));
    let wrong = without_agent.replace("client_max_window_bits=15", "client_max_window_bits=15; color=red");
    assert_eq!(chopped(&wrong, 125), ["FAILED: extension-parameters"]);
    let unpadded = REQUEST.replace("DHQ==", "DHQ");
    assert_eq!(text(unpadded.replace("\r\n", "\n").as_bytes()), ["FAILED: key-malformed"]);
    // In the middle, systemctl leaves out what is too long.
    let said = text(without_agent.replace("deflate; client_", "de…_").as_bytes());
    assert!(said[0].starts_with("UNJUDGED"), "{said:?}");
}

/// Threads whose numbers follow each other are no counter of lines.
#[test]
fn lines_of_threads_whose_numbers_follow_each_other() {
    let head = |head: &str| head.trim_end().lines().map(|line| format!("[7] {line}\n")).collect::<Vec<_>>().concat();
    let log = format!("{}[7] \n{}[8] Sec-WebSocket-Protocol: chat\n[9] \n[7] \n", head(REQUEST), head(RESPONSE));
    let said = text(log.as_bytes());
    assert!(said.iter().all(|verdict| verdict.starts_with("UNJUDGED")), "{said:?}");
}

/// Who logs a head line by line may log one of them in another way: that line is of the head all the same.
#[test]
fn a_line_of_a_head_behind_another_prefix() {
    let wrong = RESPONSE.replace("\r\n\r\n", "\r\nSec-WebSocket-Extensions: x-zz-frame\r\n\r\n");
    let logged = |response: &str, form: &dyn Fn(&str, &str) -> String| {
        let lines = |mark: &str, head: &str| head.lines().map(|line| form(mark, line) + "\n").collect::<Vec<_>>().concat();
        text((lines("> ", REQUEST) + &lines("< ", response)).as_bytes())
    };
    let is_apart = |line: &str| line.contains("Extensions") || line.contains("Connection");
    let level = |mark: &str, line: &str| {
        let level = if is_apart(line) { "WARN" } else { "DEBUG" };
        format!("2026-11-28T09:00:00.123Z {level} ws: {mark}{line}")
    };
    let stream = |mark: &str, line: &str| {
        let stream = if is_apart(line) { "stdout F" } else { "stderr F" };
        format!("2026-11-28T09:00:00.123456789Z {stream} {mark}{line}")
    };
    let thread = |mark: &str, line: &str| format!("[{:>2}] {mark}{line}", if is_apart(line) { 9 } else { 10 });
    let first =
        |mark: &str, line: &str| format!("ThreadId({:02}) {mark}{line}", if line.starts_with("HTTP/1.1") { 9 } else { 5 });
    // In CSV a value with a comma has quotes.
    let csv = |mark: &str, line: &str| {
        let quote = if is_apart(line) { "\"" } else { "" };
        format!("2026-11-28T09:00:00.123Z,{quote}{mark}{line}{quote}")
    };
    for response in [RESPONSE, &wrong] {
        let all = [
            logged(response, &level),
            logged(response, &stream),
            logged(response, &thread),
            logged(response, &first),
            logged(response, &csv),
        ];
        for (at, said) in all.iter().enumerate() {
            assert!(said.iter().all(|verdict| verdict.starts_with("UNJUDGED")), "{at}: {said:?}");
        }
    }
    // GitLab goes on with a line so.
    let (accept, rest) = RESPONSE.split_at(RESPONSE.find("siezlqw").expect("the accept value"));
    let response = format!("{accept}\r\nrest{rest}");
    let said = logged(&response, &|mark, line| match line.strip_prefix("rest") {
        Some(rest) => format!("2026-11-28T09:00:00.123456Z 01E+{rest}"),
        None => format!("2026-11-28T09:00:00.123456Z 01E {mark}{line}"),
    });
    assert!(said.iter().all(|verdict| verdict.starts_with("UNJUDGED")), "{said:?}");
}

/// Where a log, a pager or a person says that lines were left out of a head, nothing is proven.
#[test]
fn words_of_loss_inside_a_head() {
    for words in [
        "message repeated 2 times: [ < Sec-WebSocket-Accept: a]",
        "rsyslogd-2177: imuxsock lost 250 messages from pid 31 due to rate-limiting",
        "I chatty  : uid=10085(com.app) identical 1 line",
        "<snip>",
        "*** 3 lines deleted ***",
        "--More--(50%)",
        "tail: app.log: file truncated",
    ] {
        for mark in ["", "< ", "Nov 28 09:00:00 host app[31]: "] {
            let lines = |head: &str| head.lines().map(|line| format!("{mark}{line}\n")).collect::<Vec<_>>();
            let mut response = lines(RESPONSE);
            response.insert(3, format!("{words}\n"));
            let said = text((lines(REQUEST).concat() + &response.concat()).as_bytes());
            assert!(said.iter().all(|verdict| verdict.starts_with("UNJUDGED")), "{mark}{words}: {said:?}");
        }
    }
}

/// The letters of a key are no word, whatever they make.
#[test]
fn words_in_a_key() {
    for (key, accept) in [
        ("epC7QBGkrznk0AXetDkr/Q==", "gv6OEouZ1EGSnIpx1SlEjFnrGls="),
        ("oSR2XtsFFmqgEZFf9SoW0g==", "sNIplS1syd4pUSY4pZyfJ6PJZWw="),
    ] {
        let request = REQUEST.replace("Zx8rNEkBE4xnwifpuh8DHQ==", key);
        let response = RESPONSE.replace("52Rg3vW4JQ1yWpkvFlsTsiezlqw=", accept);
        let shown = |mark: &str, head: &str| head.lines().flat_map(|line| [mark, " ", line, "\n"]).collect::<String>();
        assert_eq!(text((shown(">", &request) + &shown("<", &response)).as_bytes()), ["OK"]);
    }
}

/// Mail, chats and documents change characters.
#[test]
fn characters_that_others_changed() {
    let both = format!("{REQUEST}{RESPONSE}").replace("\r\n", "\n");
    let colons = both.replace(": ", ":\u{200b} ");
    for shown in [
        both.replace('=', "=3D"),
        both.replace("==", "%3D%3D"),
        colons,
        both.replace('-', "\u{2011}"),
        both.replace('\n', "\u{240d}\n"),
    ] {
        let said = text(shown.as_bytes());
        assert!(!said.iter().any(|verdict| verdict.starts_with("FAILED")), "{shown}{said:?}");
    }
    // Printers put values in quotes, and spaces before colons; converters escape, link and join.
    let quoted = |head: &str| {
        head.lines()
            .map(|line| line.replacen(": ", ": \"", 1) + if line.contains(": ") { "\"\n" } else { "\n" })
            .collect::<Vec<_>>()
            .concat()
    };
    let offer = both.replacen(
        "Upgrade: websocket\n",
        "Upgrade: websocket\nSec-WebSocket-Extensions: permessage-deflate; client\\_max\\_window\\_bits\n",
        1,
    );
    let link = both.replace("Host: chat.example", "Host: [chat.example](http://chat.example)");
    for shown in
        [quoted(&both), offer, link, both.replace(": ", " : "), both.replace("EBE4", "EB E4"), both.replace("fi", "\u{fb01}")]
    {
        let said = text(shown.as_bytes());
        assert!(!said.iter().any(|verdict| verdict.starts_with("FAILED")), "{shown}{said:?}");
    }
    // One of them alone is what was sent.
    let one = both.replacen("Upgrade: websocket", "Upgrade : websocket", 1);
    assert_eq!(text(one.as_bytes()), ["FAILED: head-field-syntax"]);
}

/// One handshake behind the other, in a log without empty lines that tells directions.
#[test]
fn handshakes_in_a_log_without_empty_lines() {
    let lines =
        |mark: &str, head: &str| head.trim_end().lines().map(|line| format!("app: {mark}{line}\n")).collect::<Vec<_>>().concat();
    let exchange = |request: &str, response: &str| lines("> ", request) + &lines("< ", response);
    let log =
        exchange(REQUEST, RESPONSE) + &exchange(&request_of(1), &response_of(1)) + &exchange(&request_of(2), &response_of(3));
    assert_eq!(text(log.as_bytes()), ["OK", "OK", "FAILED: accept-mismatch"]);
}

/// Of HTTP/2 no accept value tells whose response it is: a heading with another number is another stream's.
#[test]
fn a_response_of_another_stream() {
    let request = ":method: CONNECT\n:protocol: websocket\n:scheme: https\n:path: /chat\n:authority: a.example\nsec-websocket-version: 13\n\n";
    let response = ":status: 200\n\n";
    let said = |first: &str, second: &str| text(format!("{first}\n{request}{second}\n{response}").as_bytes());
    assert_eq!(said("stream 1:", "stream 1:"), ["OK"]);
    assert_eq!(said("Request:", "Response:"), ["OK"]);
    let unseen = "UNJUDGED: the response that came next stands behind another name or number, or in another part of the capture: \
                  it may be another connection's";
    for (first, second) in [("stream 1:", "stream 3:"), ("## Connection #1", "## Connection #2"), ("Session 7", "Session 8")] {
        assert_eq!(said(first, second), [unseen], "{first}");
    }
}

/// Two clients of one program, whose lines come as they happen: behind the same prefix nobody can tell them apart.
#[test]
fn two_handshakes_whose_lines_are_mixed() {
    let faults = ["", "Sec-WebSocket-Protocol: chat\r\n", "Sec-WebSocket-Extensions: foo\r\n"];
    for seed in 0..3000_u64 {
        // A linear congruential generator (Knuth's), of which the high bits are used.
        let mut state = seed;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let fault = faults[usize::try_from(next(3)).expect("a small number")];
        let wrong = response_of(1).strip_suffix("\r\n").expect("an empty line").to_owned() + fault + "\r\n";
        let both = [request_of(0) + &response_of(0), request_of(1) + &wrong];
        let mut lines = both.each_ref().map(|one| one.split_terminator("\r\n").peekable());
        let prefix = ["app | ", "09:00:00.123 ", "DEBUG ws: "][usize::try_from(next(3)).expect("a small number")];
        let mut log = String::new();
        while lines.iter_mut().any(|lines| lines.peek().is_some()) {
            let whose = usize::from(next(2) == 1);
            for line in lines[whose].by_ref().take([1, 1, 2, 3, 8][usize::try_from(next(5)).expect("a small number")]) {
                log.extend([prefix, line, "\n"]);
            }
        }
        let said = text(log.as_bytes());
        let count = |word: &str| said.iter().filter(|verdict| verdict.starts_with(word)).count();
        let is_right = if fault.is_empty() { count("FAILED") == 0 } else { count("OK") < 2 };
        assert!(is_right, "{fault:?}: {said:?}\n{log}");
    }
}

/// Who writes the log may have left out lines of a head, or show one of them elsewhere.
#[test]
fn lines_that_are_missing_inside_a_head() {
    let request = REQUEST
        .trim_end()
        .lines()
        .chain([""])
        .map(|line| format!("Nov 28 09:00:00 host app[1]: {line}\n"))
        .collect::<Vec<_>>()
        .concat();
    let response: Vec<_> = RESPONSE.trim_end().lines().map(|line| format!("Nov 28 09:00:00 host app[1]: {line}\n")).collect();
    let (end, place) = ("Nov 28 09:00:00 host app[1]: \n", request.lines().count() + response.len() + 1);
    for (line, expected) in [
        ("Nov 28 09:00:00 host systemd-journald[50]: Suppressed 12 messages from app.service\n", false),
        ("Nov 28 09:00:00 host rsyslogd: imuxsock[pid 1]: begin to drop messages due to rate-limiting\n", false),
        ("Nov 28 09:00:00 host last message repeated 2 times\n", false),
        ("Nov 28 09:00:00 --- last message repeated 1 time ---\n", false),
        ("Nov 28 09:00:00 host app[3]: Sec-WebSocket-Extensions: foo\n", false),
        ("Nov 28 09:00:00 host app[3]: connected\n", true),
    ] {
        let said = text([request.as_str(), &response.concat(), line, end].concat().as_bytes());
        assert_eq!(said == ["OK"], expected, "{line}: {said:?}");
        assert!(expected || said[0].starts_with(&format!("UNJUDGED: line {place}, inside")), "{said:?}");
    }
    // Commented out, or as `diff` marks it.
    for (prefix, line) in [
        (" ", "+Sec-WebSocket-Extensions: foo"),
        (" ", "-Sec-WebSocket-Extensions: foo"),
        ("# ", "#Sec-WebSocket-Extensions: foo"),
    ] {
        let both = format!("{REQUEST}{}{line}\n\n", RESPONSE.strip_suffix("\r\n").expect("an empty line")).replace("\r\n", "\n");
        let behind = |text: &str| if text == line { format!("{text}\n") } else { format!("{prefix}{text}\n") };
        let said = text(both.lines().map(behind).collect::<String>().as_bytes());
        assert!(said.iter().all(|verdict| verdict.starts_with("UNJUDGED")), "{line}: {said:?}");
    }
    // The newest line first: a status line, and below it the end of the request.
    let both: String = request + &response.concat() + end;
    let reversed: Vec<_> = both.lines().rev().map(|line| line.to_owned() + "\n").collect();
    let said = text(reversed.concat().as_bytes());
    assert!(said.iter().all(|verdict| verdict.starts_with("UNJUDGED")), "{said:?}");
}

/// Two writers behind one prefix, line by line: a line may be of either head, and no head ends for certain where an empty line stands.
#[test]
fn two_heads_mixed_line_by_line() {
    let (first, second) = ([request_of(1), response_of(1)], [request_of(2), response_of(2)]);
    let lines = |[request, response]: &[String; 2]| -> Vec<String> {
        [request, response].iter().flat_map(|head| head.split_terminator("\r\n")).map(|line| format!("app: {line}\n")).collect()
    };
    let (first, second) = (lines(&first), lines(&second));
    for seed in 0..500_u32 {
        let (mut state, mut mixed, mut rest) = (seed, String::new(), [first.iter(), second.iter()]);
        while rest.iter().any(|lines| lines.len() > 0) {
            // The constants of Numerical Recipes.
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            mixed.extend(rest[(state >> 31) as usize].next().map(String::as_str));
        }
        let said = text(mixed.as_bytes());
        assert!(!said.iter().any(|verdict| verdict.starts_with("FAILED")), "{mixed}{said:?}");
    }
    // A response inside a request, and one that goes on behind it.
    let mixed = [&first[..8], &second[..3], &first[8..], &second[3..]].map(<[String]>::concat).concat();
    let said = text(mixed.as_bytes());
    assert!(said.iter().all(|verdict| verdict.starts_with("UNJUDGED")), "{said:?}");
    // Without empty lines: the Upgrade of the response stands in the request, which has none.
    let lines = |[request, response]: [&str; 2]| lines(&[request.to_owned(), response.to_owned()]);
    let (own, other) = (
        lines([REQUEST.trim_end(), RESPONSE.trim_end()]),
        lines([without(&request_of(2), "Upgrade").trim_end(), response_of(2).trim_end()]),
    );
    let mixed = [&own[..7], &own[9..], &other[..2], &own[7..9], &other[2..]].map(<[String]>::concat).concat();
    let said = text(mixed.as_bytes());
    assert!(said.iter().all(|verdict| verdict.starts_with("UNJUDGED")), "{mixed}{said:?}");
    // One after the other they are judged.
    assert_eq!(text([first.concat(), second.concat()].concat().as_bytes()), ["OK", "OK"]);
    let wrong = [first.concat(), second.concat().replace("Connection: Upgrade", "Connection: close")].concat();
    assert_eq!(text(wrong.as_bytes()), ["OK", "FAILED: request-connection response-connection"]);
}

/// Where a key was not seen, a value that answers no other one may answer that.
#[test]
fn a_key_that_was_not_seen_may_be_the_one() {
    let unseen = "GET /a HTTP/1.1\r\nHost: a.example\r\n";
    let capture = curl(&format!("{unseen}{REQUEST}"), &format!("{}{}", response_of(1), response_of(2)));
    let said = text(capture.as_bytes());
    assert!(said.iter().all(|verdict| verdict.starts_with("UNJUDGED")), "{said:?}");
}

/// `cat -n`, `nl` and `grep -n` number lines: where a number is left out, a line of a head is, or the response of a request.
#[test]
fn a_number_that_is_left_out() {
    let numbered = |text: &str, form: &dyn Fn(usize, &str) -> String| -> Vec<String> {
        text.lines().zip(9..).map(|(line, at)| form(at, line)).collect()
    };
    let both = |response: &str| format!("{REQUEST}{response}").replace("\r\n", "\n");
    let refusal = "HTTP/1.1 404 Not Found\nContent-Length: 0\n\n";
    // As `cat -n`, `grep -n` of one file and of several, and vim show them.
    for (before, width, behind) in [("", 6, "\t"), ("", 1, ":"), ("app2.log:", 1, ":> "), ("", 5, " < ")] {
        let form = &|at: usize, line: &str| format!("{before}{at:width$}{behind}{line}\n");
        assert_eq!(text(numbered(&both(RESPONSE), form).concat().as_bytes()), ["OK"], "{behind:?}");
        assert_eq!(text(numbered(&both(refusal), form).concat().as_bytes()), ["FAILED: response-status"], "{behind:?}");
        let mut lines = numbered(&both(&RESPONSE.replace("\r\n\r\n", "\r\nSec-WebSocket-Extensions: foo\r\nX: y\r\n\r\n")), form);
        lines.remove(12);
        let unclear = "UNJUDGED: line 13, inside the head of the response, may not show it as it was sent";
        assert_eq!(text(lines.concat().as_bytes()), [unclear], "{behind:?}");
        // A response and the next request are left out.
        let mut lines = numbered(&format!("{}{}{refusal}", both(RESPONSE), both("")), form);
        lines.drain(7..19);
        let said = text(lines.concat().as_bytes());
        assert!(said[0].starts_with("UNJUDGED: the response that came next"), "{behind:?}: {said:?}");
    }
    // Names of fields are no numbers of lines.
    let more = [1, 10, 11, 12, 13, 14, 15, 16, 17, 2, 3, 4, 5].map(|number| format!("X-{number}: a\n")).concat();
    let logged = both(&RESPONSE.replace("\r\n\r\n", &format!("\n{more}\n")));
    assert_eq!(text(format!("request:\n{logged}").as_bytes()), ["OK"]);
    // `nl` numbers no empty line: what is missing beside one may be of the head.
    let nl = |head: &str, from: usize| -> String {
        let lines = head.split_terminator("\r\n").zip(from..);
        lines.map(|(line, at)| if line.is_empty() { "       \n".to_owned() } else { format!("{at:6}\t{line}\n") }).collect()
    };
    assert_eq!(text((nl(REQUEST, 1) + &nl(RESPONSE, 7)).as_bytes()), ["OK"]);
    let unclear = "UNJUDGED: line 6, inside the head of the request, may not show it as it was sent";
    assert_eq!(text((nl(REQUEST, 1) + &nl(RESPONSE, 8)).as_bytes()), [unclear]);
}

/// `tcpdump -S` prints the numbers of segments as they are.
#[test]
fn segments_with_absolute_numbers_are_joined() {
    let absolute = |packets: &str| -> String {
        let number = |digits: &str| 3_000_000_000 + digits.parse::<u32>().expect("a number");
        let line =
            |line: &str| match line.split_once(", seq ").and_then(|(before, rest)| Some((before, rest.split_once(", ack")?))) {
                Some((before, (numbers, rest))) => {
                    let (begin, end) = numbers.split_once(':').expect("two numbers");
                    format!("{before}, seq {}:{}, ack{rest}\n", number(begin), number(end))
                }
                None => line.to_owned() + "\n",
            };
        packets.split_terminator('\n').map(line).collect()
    };
    for size in [7, 60, 500] {
        let of = |response: &str| text(absolute(&packets(&[(REQUEST, size), (response, size)])).as_bytes());
        assert_eq!(of(RESPONSE), ["OK"], "{size}");
        assert_eq!(of(&RESPONSE.replace(ACCEPT, WRONG)), ["FAILED: accept-mismatch"], "{size}");
    }
    let lines = absolute(&packets(&[(REQUEST, 500), (RESPONSE, 40)]));
    let mut blocks: Vec<&str> = lines.split_inclusive("\n\n").collect();
    blocks.remove(2);
    let said = text(blocks.concat().as_bytes());
    assert!(!said.is_empty() && said.iter().all(|verdict| verdict.starts_with("UNJUDGED")), "{said:?}");
}

/// `tshark -z follow,tcp,hex` shows what both sides sent, in its order, that of the second behind a tab.
#[test]
fn both_sides_of_what_tshark_follows_in_hexadecimal() {
    let dump = |side: &str, begin: usize, bytes: &str| -> String {
        let line = |(at, row): (usize, &[u8])| {
            let digits: Vec<_> = row.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{side}{:08X}  {:48}  {}\n", begin + 16 * at, digits.join(" "), ".".repeat(row.len()))
        };
        bytes.as_bytes().chunks(16).enumerate().map(line).collect()
    };
    let follow = |blocks: &[String]| {
        text(format!("Follow: tcp,hex\nNode 0: a:5000\nNode 1: b:80\n{}===================\n", blocks.concat()).as_bytes())
    };
    assert_eq!(follow(&[dump("", 0, REQUEST), dump("\t", 0, RESPONSE)]), ["OK"]);
    assert_eq!(follow(&[dump("", 0, REQUEST), dump("\t", 0, &without(RESPONSE, "Upgrade"))]), ["FAILED: response-upgrade"]);
    // The server answers before it has all of the request.
    let (first, rest) = REQUEST.split_at(30);
    let said = follow(&[dump("", 0, first), dump("\t", 0, RESPONSE), dump("", 30, rest)]);
    assert!(said.iter().all(|verdict| verdict.starts_with("UNJUDGED")), "{said:?}");
}

/// Two headings that name different things divide a text; those of a request and of its response do not.
#[test]
fn headings_of_two_connections() {
    let unseen = "UNJUDGED: the response that came next stands behind another name or number, or in another part of the capture: \
                  it may be another connection's";
    let document = |above: &str, between: &str, response: &str| {
        text(format!("{above}\n{REQUEST}\n{between}\n{response}").replace("\r\n", "\n").as_bytes())
    };
    let other = response_of(1);
    for (above, between) in [
        ("## client A", "## client B"),
        ("# Two clients\n\n### Client 1: request", "### Client 2: response"),
        ("=== stream 1 ===", "=== stream 3 ==="),
        ("## Request of the phone", "## Response to the desktop"),
        ("Chrome:", "Firefox:"),
        ("client.log:", "server.log:"),
        ("Client A:", "Client B:"),
        ("req 7:", "resp 9:"),
        ("**Working:**", "**Not working:**"),
        ("Attempt 1", "Attempt 2"),
        ("Response (session 7):", "Response (session 9):"),
    ] {
        assert_eq!(document(above, between, &other)[0], unseen, "{between}");
        assert_eq!(document(above, between, RESPONSE), ["OK"], "{between}");
    }
    for (above, between) in [
        ("## Request", "## Response"),
        ("# What fails\n\n## 1. Request", "## 2. Response"),
        ("# What fails\n\n### Client request", "### Server response (raw)"),
        ("### Client A: request", "### Client A: response"),
        ("Chrome sends:", "nginx answers:"),
        ("My request:", "The server's response:"),
        ("=> Send header, 245 bytes (0xf5)", "<= Recv header, 34 bytes (0x22)"),
        ("* Connected to localhost", "* Mark bundle as not supporting multiuse"),
        ("## Stream 1", "## Response of stream 1"),
        ("", "# What came back"),
        ("=== request ===", "=== response ==="),
    ] {
        assert_eq!(document(above, between, &other), ["FAILED: accept-mismatch"], "{between}");
        assert_eq!(document(above, between, RESPONSE), ["OK"], "{between}");
    }
}

const CUT: &str = "UNJUDGED: the head of the response is cut off";

/// curl shows the empty line of every head; its progress meter may stand before the remark that it reads no further.
#[test]
fn a_head_without_its_end_behind_curls_meter() {
    let meter = format!("\r{}\n", "  0     0    0     0    0     0      0      0 --:--:--  0:00:01 --:--:--     0");
    let copied = curl(REQUEST, RESPONSE);
    for between in [meter.as_str(), "#=#=#        \r##O#-#       \r\n", "\n", "curl: (28) Operation timed out\n"] {
        let cut = copied.replacen("< \n", between, 1);
        assert_eq!(text(cut.as_bytes()), [CUT], "{between:?}");
    }
    assert_eq!(text(copied.replacen("< \n", &format!("< \n{meter}"), 1).as_bytes()), ["OK"]);
    // As `curl -i` has it: with the line endings that were sent.
    let heads = format!("{REQUEST}{}", RESPONSE.strip_suffix("\r\n").expect("its end"));
    assert_eq!(text(heads.as_bytes()), [CUT]);
    assert_eq!(text(heads.replace("\r\n", "\n").as_bytes()), ["OK"]);
}

/// A start line alone has none of a log's lines for its fields, though they have a colon.
#[test]
fn a_start_line_alone_before_a_log() {
    let logged = |response: &str| {
        let line = |mark: &str, line: &str| format!("DEBUG:websockets.server:{mark} {line}\n");
        let lines = |mark: &str, head: &str| {
            head.lines().filter(|text| !text.is_empty()).map(|text| line(mark, text)).collect::<String>()
        };
        format!("{}{}DEBUG:websockets.server:= connection is OPEN\n\n", lines("<", REQUEST), lines(">", response))
    };
    let (right, wrong) = (logged(RESPONSE), logged(&RESPONSE.replace(ACCEPT, WRONG)));
    for above in ["HTTP/1.1 200 OK\n", "GET /health HTTP/1.1\n"] {
        for prefix in ["", "app_1  | ", "[debug] "] {
            let behind = |log: &str| {
                format!("{above}{log}").lines().flat_map(|line| [prefix, line, "\n"].map(str::to_owned)).collect::<String>()
            };
            let said = |log: &str| text(behind(log).as_bytes());
            let is_seen = |log: &str, verdicts: [&str; 2]| {
                said(log).iter().all(|said| verdicts.iter().any(|verdict| said.starts_with(verdict)))
            };
            assert!(!said(&wrong).is_empty() && is_seen(&wrong, ["FAILED: accept-mismatch", "UNJUDGED"]), "{:?}", said(&wrong));
            assert!(!said(&right).is_empty() && is_seen(&right, ["OK", "UNJUDGED"]), "{:?}", said(&right));
        }
        // Without a prefix it is no request that could have had the response.
        assert_eq!(text(format!("{above}{}", curl(REQUEST, RESPONSE)).as_bytes()), ["OK"], "{above}");
    }
}

/// `Response:` between the two heads is a heading, and no field.
#[test]
fn a_heading_that_could_be_the_name_of_a_field() {
    for heading in ["Response:", "Server:", "Actual:", "my-server:"] {
        let document = |response: &str| format!("Request:\n\n{REQUEST}{heading}\n\n{response}").replace("\r\n", "\n");
        assert_eq!(text(document(RESPONSE).as_bytes()), ["OK"], "{heading}");
        assert_eq!(text(document(&RESPONSE.replace(ACCEPT, WRONG)).as_bytes()), ["FAILED: accept-mismatch"], "{heading}");
    }
    // Behind the empty line of a message it may go on with the head.
    let said = text(format!("Request:\n\n{REQUEST}Server:\nUpgrade: h2c\n\n{RESPONSE}").replace("\r\n", "\n").as_bytes());
    assert!(said[0].starts_with("UNJUDGED"), "{said:?}");
}

/// libwebsockets and others put a colon before the milliseconds.
#[test]
fn a_clock_with_a_colon_before_its_fraction() {
    for clock in ["[2026/11/28 21:00:00:{:04}] ", "21:00:00:{:03} "] {
        let prefix = |at: usize| clock.replace("{:04}", &format!("{:04}", 7 * at)).replace("{:03}", &format!("{:03}", 7 * at));
        let heads = format!("{REQUEST}{RESPONSE}");
        let log: String =
            heads.split("\r\n").enumerate().flat_map(|(at, line)| [prefix(at), line.to_owned(), "\n".to_owned()]).collect();
        assert_eq!(text(log.as_bytes()), ["OK"], "{clock}");
    }
}

/// curl's remarks may stand between two lines of one head.
#[test]
fn a_remark_inside_what_curl_traces_in_hexadecimal() {
    let block = |label: &str, bytes: &str| {
        let row = |(at, row): (usize, &[u8])| {
            let digits: Vec<_> = row.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{:04x}: {:<47} {}\n", 16 * at, digits.join(" "), ".".repeat(row.len()))
        };
        format!("{label}, {} bytes\n", bytes.len()) + &bytes.as_bytes().chunks(16).enumerate().map(row).collect::<String>()
    };
    let lines: Vec<_> = RESPONSE.split_inclusive("\r\n").map(|line| block("<= Recv header", line)).collect();
    let (last, first) = lines.split_last().expect("there are some");
    let traced = |between: &str| format!("{}{}{between}{last}", block("=> Send header", REQUEST), first.concat());
    assert_eq!(text(traced("").as_bytes()), ["OK"]);
    assert_eq!(text(traced("== Info: no chunk, no close, no size. Assume close to signal end\n").as_bytes()), ["OK"]);
}

/// What stands behind the packets of tcpdump is not theirs, whether it prints their bytes or not.
#[test]
fn what_stands_behind_packets() {
    let summary = "12:00:00.1 IP c.1 > s.80: Flags [P.], seq 1:9, ack 1, win 64, length 8\n";
    let wrong = curl(&request_of(1), &response_of(2));
    assert_eq!(text(format!("{}{summary}{wrong}", curl(REQUEST, RESPONSE)).as_bytes()), ["OK", "FAILED: accept-mismatch"]);
    for own in ["\n", "\n\n"] {
        let packets = [
            printed_packet("c.1 > s.80", 1, REQUEST.len(), REQUEST, own),
            printed_packet("s.80 > c.1", 1, RESPONSE.len(), RESPONSE, own),
        ];
        assert_eq!(text(format!("{}{wrong}", packets.concat()).as_bytes()), ["OK", "FAILED: accept-mismatch"], "{own:?}");
    }
}

/// What `tcpdump -A` shows behind a 101: a dot may be the first byte of a frame, and so may a letter where messages are compressed.
#[test]
fn what_packets_show_behind_a_101() {
    let request = printed_packet("c.1 > s.80", 1, REQUEST.len(), REQUEST, "\n");
    for (behind, expected) in [
        ("", "OK"),
        (".~", "OK"),
        ("..hello", "OK"),
        ("A.", "OK"),
        ("\r\n", "FAILED: after-101"),
        ("<html>", "FAILED: after-101"),
        ("hello", "FAILED: after-101"),
    ] {
        let response = format!("{RESPONSE}{behind}");
        for cut in [RESPONSE.len() / 2, RESPONSE.len(), response.len()] {
            let (first, second) = response.split_at(cut);
            let first = printed_packet("s.80 > c.1", 1, cut, first, "\n");
            let second = printed_packet("s.80 > c.1", 1 + cut, second.len(), second, "\n");
            assert_eq!(text((request.clone() + &first + &second).as_bytes()), [expected], "{behind:?} {cut}");
        }
    }
}

/// Of packets whose headings do not tell where their bytes are (`-q`, options without a known length) nothing is read: as text they
/// would hide what stands behind a head.
#[test]
fn packets_that_cannot_be_read() {
    let response = format!("{RESPONSE}<html>");
    let packet = |ends, bytes: &str| printed_packet(ends, 1, bytes.len(), bytes, "\n");
    let readable = packet("c.1 > s.80", REQUEST) + &packet("s.80 > c.1", &response);
    assert_eq!(text(readable.as_bytes()), ["FAILED: after-101"]);
    let unknown_option = readable.replace(", length", ", options [new 12], length");
    assert_eq!(text(unknown_option.as_bytes()), [""; 0]);
    let quiet = readable.split_inclusive('\n').map(|line| match line.split_once(": Flags") {
        Some((ends, rest)) => format!("{ends}: tcp {}", rest.rsplit_once(' ').expect("its length").1),
        None => line.into(),
    });
    assert_eq!(text(quiet.collect::<String>().as_bytes()), [""; 0]);
}

/// The body of a refusal, whose lines end in LF alone, is no reason to miss it.
#[test]
fn a_refusal_in_packets_with_bare_line_feeds() {
    let refusal = "HTTP/1.1 403 Forbidden\r\nContent-Length: 14\r\n\r\nfor\nbid\nden\n!\n";
    let packet = |ends, begin, bytes: &str| printed_packet(ends, begin, bytes.len(), bytes, "\n");
    let first = [packet("c.1 > s.80", 1, REQUEST), packet("s.80 > c.1", 1, refusal)].concat();
    assert_eq!(text(first.as_bytes()), ["FAILED: response-status"]);
    // The next handshake on this connection has its own response.
    let (request, response) = (request_of(1), response_of(1));
    let second = packet("c.1 > s.80", 1 + REQUEST.len(), &request) + &packet("s.80 > c.1", 1 + refusal.len(), &response);
    assert_eq!(text((first + &second).as_bytes()), ["FAILED: response-status", "OK"]);
}

/// Behind packets that are missing it is not known whose a response is; and what came before a request answers none.
#[test]
fn responses_beside_a_gap_in_packets() {
    let syn =
        |ends: &str, number| format!("12:00:00.1 IP {ends}: Flags [S], seq {number}, win 64, length 0\nE{}\n", ".".repeat(39));
    let packet = |ends, begin, bytes: &str| printed_packet(ends, begin, bytes.len(), bytes, "\n");
    let plain = "GET /plain HTTP/1.1\r\nHost: chat.example\r\n\r\n";
    let page = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let begin = syn("c.1 > s.80", 7) + &syn("s.80 > c.1", 9);
    let whole = [
        packet("c.1 > s.80", 1, plain),
        packet("s.80 > c.1", 1, page),
        packet("c.1 > s.80", 1 + plain.len(), REQUEST),
        packet("s.80 > c.1", 1 + page.len(), RESPONSE),
    ];
    assert_eq!(text((begin.clone() + &whole.concat()).as_bytes()), ["OK"]);
    let [asked, _, request, response] = &whole;
    let said = text(format!("{begin}{asked}{request}{response}").as_bytes());
    assert!(!said.is_empty() && said.iter().all(|said| said.starts_with("UNJUDGED")), "{said:?}");
    let [_, before, request, _] = &whole;
    assert_eq!(text(format!("{before}{request}").as_bytes()), [NO_RESPONSE]);
}

/// The bytes behind a line of hexadecimal digits that is missing are another place's.
#[test]
fn a_line_that_is_missing_in_a_packet() {
    let mut count = 0;
    for width in [2, 4] {
        let lines = dumps(REQUEST, RESPONSE, width);
        assert_eq!(text(lines.as_bytes()), ["OK"]);
        let dump: Vec<&str> = lines.split_inclusive('\n').collect();
        for lost in (0..dump.len()).filter(|at| dump[*at].starts_with("00") || dump[*at].starts_with("\t0x00")) {
            let said = text([&dump[..lost], &dump[lost + 1..]].concat().concat().as_bytes());
            assert!(said.iter().all(|said| said.starts_with("UNJUDGED")), "{lost}: {said:?}");
            count += 1;
        }
    }
    assert!(count > 50, "{count}");
}

/// What nginx writes with `error_log ... debug` of a connection.
fn nginx_debug(connection: usize, request: &str, response: &str) -> Vec<String> {
    let line = |text: String| format!("2026/11/29 02:24:40 [debug] 7#7: *{connection} {text}\n");
    let head = |head: &str, name: &str| {
        let fields = head.split("\r\n").skip(1).filter(|field| !field.is_empty());
        fields.map(|field| line(format!("{name}: \"{field}\""))).chain([line(format!("{name} done"))]).collect::<Vec<_>>()
    };
    let first = request.split("\r\n").next().expect("its first line");
    let status = response.split("\r\n").next().and_then(|line| line.strip_prefix("HTTP/1.1 ")).expect("its status");
    let (code, _) = status.split_once(' ').expect("a reason");
    let start = [line(format!("http request line: \"{first}\""))].into_iter().chain(head(request, "http header"));
    let answer = [line(format!("http proxy status {code} \"{status}\""))].into_iter().chain(head(response, "http proxy header"));
    start.chain(answer).collect()
}

/// A log of nginx that begins inside a head shows what is left of it.
#[test]
fn a_log_of_nginx_that_begins_inside_a_head() {
    let refused = nginx_debug(1, REQUEST, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    let right = nginx_debug(2, &request_of(1), &response_of(1)).concat();
    assert_eq!(text((refused.concat() + &right).as_bytes()), ["FAILED: response-status", "OK"]);
    let key = refused.iter().position(|line| line.contains("Sec-WebSocket-Key")).expect("the key");
    for begin in 1..=key {
        let said = text((refused[begin..].concat() + &right).as_bytes());
        assert!(said.len() > 1 && !said[..said.len() - 1].contains(&"OK".to_owned()), "{begin}: {said:?}");
    }
}

/// However many connections nginx serves at once, none is lost.
#[test]
fn a_log_of_nginx_with_many_connections() {
    for count in [64, 65, 200] {
        let all = (0..count).map(|number| {
            let response = response_of(if number == 0 { 5000 } else { number });
            nginx_debug(number as usize, &request_of(number), &response)
        });
        let all: Vec<_> = all.collect();
        let rows = 0..all[0].len();
        let mixed: String = rows.flat_map(|row| all.iter().map(move |lines| lines[row].as_str())).collect();
        let said = text(mixed.as_bytes());
        let right = said.iter().filter(|said| *said == "OK").count();
        assert!(right < count as usize && said.len() > right, "{count}: {right} of {}", said.len());
    }
}

/// A client that has one key, or who tries twice with the same command, may get two answers.
#[test]
fn another_attempt_with_the_same_key() {
    let log = |name: &str, request: &str, response: &str| {
        let lines = |head: &str, mark| lined(head.trim_end(), &|line| format!("{name}{mark} {line}\n"));
        lines(request, '<') + &lines(response, '>') + "connection is OPEN\n"
    };
    let right = log("server:", REQUEST, RESPONSE);
    for name in ["Sec-WebSocket-Accept", "Connection", "Upgrade"] {
        let said = text((right.clone() + &log("server:", REQUEST, &without(RESPONSE, name))).as_bytes());
        assert!(said.len() == 2 && said[1] != "OK", "{name}: {said:?}");
    }
    let refused = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
    let two = log("web_2  | ", REQUEST, refused) + &log("web_1  | ", REQUEST, RESPONSE);
    assert!(text(two.as_bytes()).iter().any(|said| said != "OK"));
}

/// A line of one handshake that falls into another convicts nobody.
#[test]
fn a_list_that_is_shown_twice() {
    let lines = |head: &str, mark| lined(head.trim_end(), &|line| format!("DEBUG {mark}: {line}\n"));
    for (field, is_of_client) in [("Sec-WebSocket-Extensions: permessage-deflate", false), ("Sec-WebSocket-Protocol: chat", true)]
    {
        let more = |head: &str| head.replace("\r\n\r\n", &format!("\r\n{field}\r\n\r\n"));
        let (request, response) = (lines(&more(REQUEST), "client"), lines(&more(RESPONSE), "server"));
        let again = format!("DEBUG {}: {field}\n", if is_of_client { "client" } else { "server" });
        let log = if is_of_client { request + &again + &response } else { request + &response + &again };
        let said = text(log.as_bytes());
        assert!(said.len() == 1 && said[0].starts_with("UNJUDGED: the capture shows"), "{said:?}");
    }
}

/// Who selects a text may miss its first letters.
#[test]
fn a_selection_that_begins_inside_the_method() {
    let pasted = (REQUEST.to_owned() + RESPONSE).replace("\r\n", "\n");
    assert_eq!(text(pasted.as_bytes()), ["OK"]);
    for begin in 1..3 {
        assert_eq!(text(&pasted.as_bytes()[begin..]), ["UNJUDGED: the head of the request is cut off"]);
    }
    assert_eq!(text(pasted.replacen("GET", "POST", 1).as_bytes()), ["FAILED: request-method"]);
}

/// Who hands on a HAR blacks out what is secret.
#[cfg(feature = "har")]
#[test]
fn what_is_blacked_out_in_a_har() {
    let whole = har(REQUEST, RESPONSE).expect("it can be one");
    assert_eq!(text(whole.as_bytes()), ["OK"]);
    for mark in ["[REDACTED]", "***", "<redacted>", "XXXXXXXX"] {
        let unseen = "UNJUDGED: not seen in the request: Sec-WebSocket-Key";
        assert_eq!(text(whole.replace(KEY, mark).as_bytes()), [unseen], "{mark}");
        let unseen = "UNJUDGED: not seen in the response: Sec-WebSocket-Accept";
        assert_eq!(text(whole.replace(ACCEPT, mark).as_bytes()), [unseen], "{mark}");
    }
}

/// A client that gets no answer tries again, perhaps with the same key: the first attempt is not the second one seen twice.
#[test]
fn an_attempt_without_an_answer_is_not_forgotten() {
    let again = curl(REQUEST, RESPONSE);
    let lost = "UNJUDGED: no response was seen";
    let http_client = "send: b'GET /chat HTTP/1.1\\r\\nHost: chat.example\\r\\nUpgrade: websocket\\r\\n\\r\\n'\ntimed out\n\n";
    let without_key = REQUEST.replace("Sec-WebSocket-Key: Zx8rNEkBE4xnwifpuh8DHQ==\r\n", "");
    let paste = |head: &str| format!("Request:\n\n{}\nResponse:\n\n", head.replace("\r\n", "\n"));
    let answered = paste(REQUEST) + &RESPONSE.replace("\r\n", "\n");
    let okhttp = "--> GET http://chat.example/chat\nHost: chat.example\nUpgrade: websocket\nConnection: Upgrade\n\
        Sec-WebSocket-Key: Zx8rNEkBE4xnwifpuh8DHQ==\nSec-WebSocket-Version: 13\n--> END GET\n\
        <-- 403 Forbidden http://chat.example/chat (12ms)\n<-- END HTTP\n\n";
    let command = "$ curl -i -H 'Upgrade: websocket' -H 'Connection: Upgrade' -H 'Sec-WebSocket-Key: Zx8rNEkBE4xnwifpuh8DHQ==' \
        -H 'Sec-WebSocket-Version: 13' http://chat.example/chat\n";
    for (first, second) in [
        (curl(REQUEST, "") + "Error: socket hang up\n\n", &again),
        (curl(&without_key, "") + "Error: socket hang up\n\n", &again),
        (paste(REQUEST) + "Error: socket hang up\n\n", &answered),
        (paste(&without_key) + "Error: socket hang up\n\n", &answered),
        (okhttp.to_owned(), &again),
        (command.to_owned() + "curl: (52) Empty reply from server\n", &again),
        (http_client.to_owned(), &again),
    ] {
        let said = text(format!("{first}{second}").as_bytes());
        let is_told = ["UNJUDGED", "FAILED: key-missing"].iter().any(|verdict| said[0].starts_with(verdict));
        assert!(said.len() == 2 && is_told && said[1] == "OK", "{first}: {said:?}");
    }
    // The command is no attempt of its own where what it did stands directly below, whether it takes one line or more.
    assert_eq!(text(format!("{command}{again}").as_bytes()), ["OK"]);
    assert_eq!(text(format!("{}{again}", command.replace(" -H", " \\\n  -H")).as_bytes()), ["OK"]);
    // Nor is what a server says of a key.
    let mention = "Sec-WebSocket-Key: Zx8rNEkBE4xnwifpuh8DHQ== seen\n";
    assert_eq!(text((curl(REQUEST, "") + mention + &curl("", RESPONSE)).as_bytes()), ["OK"]);
    assert_eq!(text((curl(REQUEST, "") + &curl("", "")).as_bytes()), [lost]);
}

/// Where the client says that it got nothing, a right response below is another's, and one that is not right too.
#[test]
fn a_client_that_ended_got_no_more() {
    let apart = "UNJUDGED: the response that came next stands behind another name or number, or in another part of the capture: it may be \
        another connection's";
    let alone = "UNJUDGED: the request was not seen, and so not the key that the response answers";
    for end in ["curl: (28) Operation timed out\n", "client-1  | curl: (52) Empty reply from server\n", "^C\n"] {
        let asked = curl(REQUEST, "") + end;
        assert_eq!(text(format!("{asked}$ ./again.sh\n{}", curl("", RESPONSE)).as_bytes()), [apart, alone], "{end}");
        let other = "$ curl -I http://localhost:8080/health\nHTTP/1.1 200 OK\nContent-Type: text/plain\n\n";
        let said = text(format!("{asked}{other}").as_bytes());
        assert!(said.iter().all(|said| said.starts_with("UNJUDGED")), "{end}: {said:?}");
    }
}

/// Two that were answered are one only if they show the same.
#[test]
fn an_attempt_that_shows_less_is_another() {
    let node = "\nGET /chat {\n  host: 'chat.example',\n  upgrade: 'websocket',\n  connection: 'Upgrade',\n  \
        'sec-websocket-key': 'Zx8rNEkBE4xnwifpuh8DHQ==',\n  'sec-websocket-version': '13'\n}\n\
        101 {\n  connection: 'Upgrade',\n  'sec-websocket-accept': '52Rg3vW4JQ1yWpkvFlsTsiezlqw='\n}\n";
    let said = text((curl(REQUEST, RESPONSE) + node).as_bytes());
    assert!(said.len() == 2 && said[0] == "OK" && said[1].starts_with("UNJUDGED"), "{said:?}");
}

/// An accept value answers every request with its key: where these ask for different things, which response is whose is not known.
#[test]
fn requests_with_one_key_that_ask_for_different_things() {
    let asks = |protocol: &str| REQUEST.replace("\r\n\r\n", &format!("\r\nSec-WebSocket-Protocol: {protocol}\r\n\r\n"));
    let gives = |protocol: &str| RESPONSE.replace("\r\n\r\n", &format!("\r\nSec-WebSocket-Protocol: {protocol}\r\n\r\n"));
    let overlapping = |first: &str, second: &str, one: &str, other: &str| {
        text((curl(first, "") + &curl(second, "") + &curl("", one) + &curl("", other)).as_bytes())
    };
    for (one, other) in [(gives("chat"), gives("mqtt")), (gives("mqtt"), gives("chat")), (gives("chat"), RESPONSE.to_owned())] {
        let said = overlapping(&asks("chat"), &asks("mqtt"), &one, &other);
        assert!(said.len() == 4 && said.iter().all(|said| said.starts_with("UNJUDGED")), "{said:?}");
    }
    // Of two that ask for the same it makes no difference.
    assert_eq!(overlapping(&asks("chat"), &asks("chat"), &gives("chat"), &gives("chat")), ["OK"]);
}

/// What somebody put in place of a value is none.
#[test]
fn a_value_that_was_masked_or_encoded_is_not_judged() {
    for (value, shown) in [
        (KEY, "XXXXXXXXXXXXXXXXXXXXXX=="),
        (KEY, "(hidden)"),
        (KEY, "removed"),
        (KEY, "`Zx8rNEkBE4xnwifpuh8DHQ==`"),
        (ACCEPT, "52Rg3vW4JQ1yWpkvFlsTsiezlqw&#61;"),
        (ACCEPT, "52Rg3vW4JQ1yWpkvFlsTsiezlqw=3D"),
    ] {
        let plain = format!("{REQUEST}{RESPONSE}").replace(value, shown);
        let pane = "General\nRequest URL: ws://chat.example/chat\nRequest Method: GET\nStatus Code: 101 Switching Protocols\n\n\
            Response Headers\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Accept: 52Rg3vW4JQ1yWpkvFlsTsiezlqw=\n\n\
            Request Headers\nHost: chat.example\nUpgrade: websocket\nConnection: Upgrade\n\
            Sec-WebSocket-Key: Zx8rNEkBE4xnwifpuh8DHQ==\nSec-WebSocket-Version: 13\n";
        for capture in [plain.replace("\r\n", "\n"), curl(REQUEST, RESPONSE).replace(value, shown), pane.replace(value, shown)] {
            let said = text(capture.as_bytes());
            assert!(said.len() == 1 && said[0].starts_with("UNJUDGED"), "{capture}: {said:?}");
        }
    }
    // Another byte sixteen times over is no mask.
    let zero = REQUEST.replace(KEY, "AAAAAAAAAAAAAAAAAAAAAA==") + RESPONSE;
    assert_eq!(text(zero.as_bytes()), ["FAILED: key-well-known accept-mismatch"]);
}

/// Where a head ends is not certain in a text that has other lines: what stands behind may be its own.
#[test]
fn a_field_behind_other_lines_may_be_the_heads() {
    let heads = format!("{REQUEST}{RESPONSE}").replace("\r\n", "\n");
    let split = |what: &str, field: &str| text(format!("{heads}{what}\n\n{field}\n\n").as_bytes());
    for (what, field) in
        [("2026-11-29 06:20:00 INFO tick", "Sec-WebSocket-Protocol: mqtt"), ("Page 1 of 2", "Sec-WebSocket-Extensions: x-foo")]
    {
        assert_eq!(split(what, field), ["UNJUDGED: line 15, inside the head of the response, may not show it as it was sent"]);
    }
    // The same once more says nothing, and behind a prefix the head has its end.
    assert_eq!(split("and so it said", "Upgrade: websocket"), ["OK"]);
    let behind = format!("{}tick\n\nSec-WebSocket-Protocol: mqtt\n", curl(REQUEST, RESPONSE));
    assert_eq!(text(behind.as_bytes()), ["OK"]);
}

/// The lines of a head as `curl -i` shows them, without a mark.
fn unmarked(head: &str) -> String {
    head.replace("\r\n", "\n")
}

const REFUSED: &str = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
const COMMAND: &str = "$ curl -v -H 'Upgrade: websocket' -H 'Connection: Upgrade' -H 'Sec-WebSocket-Version: 13' \
    -H 'Sec-WebSocket-Key: Zx8rNEkBE4xnwifpuh8DHQ==' http://chat.example/chat\n";
const HEALTH: &str = "$ curl -i http://chat.example/health\nHTTP/1.1 200 OK\nServer: nginx\n\n";
const TRACED: &str = "=> Send header, 163 bytes (0xa3)\n0000: GET /chat HTTP/1.1\n0014: Host: chat.example\n002a: Connection: Upgrade\n\
    003f: Upgrade: websocket\n0053: Sec-WebSocket-Version: 13\n006e: Sec-WebSocket-Key: Zx8rNEkBE4xnwifpuh8DHQ==\n009b: \n";
const NOTHING: &str = "* Empty reply from server\n";

/// The first word of what is said of each exchange.
fn words(capture: &str) -> Vec<String> {
    let word = |said: &String| said.split(':').next().unwrap_or_default().to_owned();
    text(capture.as_bytes()).iter().map(word).collect()
}

/// `curl -iv` shows the head of a response behind a mark, and once more without: that copy answers no other request.
#[test]
fn a_head_that_is_shown_in_two_forms_answers_one_request() {
    let both = curl(REQUEST, RESPONSE) + &unmarked(RESPONSE);
    assert_eq!(words(&both), ["OK"]);
    assert_eq!(words(&format!("{both}{}", curl(REQUEST, REFUSED))), ["OK", "FAILED"]);
    assert_eq!(words(&format!("{both}{}{NOTHING}", curl(REQUEST, ""))), ["OK", "UNJUDGED"]);
    let other_key = REQUEST.replace(KEY, "iPiuNlvOLhGr3DVNThqvFA==");
    for first in [REQUEST, &other_key] {
        assert_eq!(words(&format!("{}{NOTHING}{both}", curl(first, ""))), ["UNJUDGED", "OK"]);
    }
    assert_eq!(words(&format!("{}{NOTHING}{both}", curl("GET / HTTP/1.1\r\nHost: chat.example\r\n\r\n", ""))), ["OK"]);
    let asks = |head: &str| head.replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: chat\r\n\r\n");
    let other = curl(&asks(REQUEST), &asks(RESPONSE)) + &unmarked(&asks(RESPONSE));
    assert_eq!(words(&format!("{other}{}", curl(REQUEST, ""))), ["OK", "UNJUDGED"]);
    // A second run of the client gets one of its own.
    let again = text(format!("{}{COMMAND}{}", curl(REQUEST, RESPONSE), unmarked(RESPONSE)).as_bytes());
    assert_eq!(again, ["OK", "UNJUDGED: not seen in the request: the method, Host"]);
    // So does another client that has the same key, whichever of them marks its lines.
    let asks = |head: &str| head.replace("/chat", "/other");
    assert_eq!(words(&format!("{}{}", curl(REQUEST, RESPONSE), unmarked(&(asks(REQUEST) + RESPONSE)))), ["OK", "OK"]);
    assert_eq!(words(&format!("notes\n{}{}", unmarked(&(asks(REQUEST) + RESPONSE)), curl(REQUEST, RESPONSE))), ["OK", "OK"]);
}

/// A response above its request is the request's only in one form and in one run, and where no other stands below.
#[test]
fn a_response_above_a_request_that_got_another() {
    let above = format!("$ ./ws.sh -i\n{}curl: (28) Operation timed out\n$ ./ws.sh -v\n", unmarked(RESPONSE));
    assert_eq!(words(&(above + &curl(REQUEST, REFUSED))), ["UNJUDGED", "FAILED"]);
    let raw = raw(format!("{RESPONSE}{REQUEST}{REFUSED}").as_bytes());
    assert!(raw.len() == 1 && raw[0].starts_with("UNJUDGED"), "{raw:?}");
}

/// A prompt with a command begins another run, and what curl says of a connection on which nothing came ends one.
#[test]
fn what_another_run_got_is_no_answer() {
    let silent = COMMAND.replace("-v", "-s");
    for nothing in
        ["* Empty reply from server", "* Recv failure: Connection reset by peer", "* Operation timed out after 2001 ms"]
    {
        let asked = format!("{}{nothing}\n* Closing connection 0\n", curl(REQUEST, ""));
        assert_eq!(words(&format!("{asked}$ ./ws.sh -i\n{}", unmarked(RESPONSE))), ["UNJUDGED", "UNJUDGED"], "{nothing}");
        assert_eq!(words(&format!("{asked}{HEALTH}")), ["UNJUDGED"], "{nothing}");
    }
    for prompt in ["$ ", "❯ ", "me@host:~/chat$ ", "[root@host ~]# ", "PS C:\\chat> ", "C:\\chat>"] {
        let other = HEALTH.replacen("$ ", prompt, 1);
        assert_eq!(words(&format!("{silent}{other}")), ["UNJUDGED"], "{prompt}");
        assert_eq!(words(&format!("{COMMAND}{}{other}", curl(REQUEST, RESPONSE))), ["OK"], "{prompt}");
    }
    // What a client prints below its command is what it got.
    assert_eq!(words(&format!("{silent}{}", unmarked(REFUSED))), ["FAILED"]);
}

/// Prompts are as many as shells and those who set them up. What logs and documents write with their marks is none.
#[test]
fn prompts_of_shells() {
    let asked = curl(REQUEST, "");
    for prompt in [
        "me@mac ~ %",
        "me@host ~>",
        "me@host ~/chat (main)>",
        "PS /home/me>",
        "PS>",
        "/ #",
        "/app $",
        "~ $",
        "(venv) $",
        "(venv) ~/chat $",
        "sh-5.2$",
        "bash-5.1#",
        "-bash-4.2$",
        "MacBook-Pro:~ me$",
        "host%",
        "host:~ #",
        "λ",
        "~/chat main ❯",
        "└─$",
        "me@host ~/chat (main) $",
        "#",
        "%",
    ] {
        let again = format!("{asked}{prompt} ./again.sh\n{}", unmarked(RESPONSE));
        assert_eq!(words(&again), ["UNJUDGED", "UNJUDGED"], "{prompt}");
        let other = HEALTH.replacen('$', prompt, 1);
        assert_eq!(words(&format!("{}{other}", COMMAND.replace("-v", "-s"))), ["UNJUDGED"], "{prompt}");
        assert_eq!(words(&format!("{}{}{other}", COMMAND.replacen('$', prompt, 1), curl(REQUEST, RESPONSE))), ["OK"], "{prompt}");
    }
    for line in [
        "30% done",
        "30 % done",
        "cpu 30% used",
        "db=# select 1;",
        "$ 5 credited",
        "# Response",
        "# it answers",
        "C# client waits",
        "level=info cost=5$ paid",
        "% Total    % Received % Xferd",
        "a -> b",
    ] {
        assert_eq!(words(&format!("{asked}{line}\n{}", curl("", RESPONSE))), ["OK"], "{line}");
    }
    // A line of a head in quotes is no command.
    let quoted = lined(&format!("{REQUEST}{RESPONSE}"), &|line| format!("/chat # \"{line}\"\n"));
    assert_eq!(words(&quoted), ["UNJUDGED"]);
}

/// A command may leave its key to the shell: what came of it is not known, and a failed one is not forgotten beside a right one.
#[test]
fn a_command_whose_key_the_shell_writes() {
    for key in ["$KEY", "${KEY}", "$(openssl rand -base64 16)", "`openssl rand -base64 16`"] {
        let command = COMMAND.replace(KEY, key);
        let right = format!("{command}{}", curl(REQUEST, RESPONSE));
        assert_eq!(words(&right), ["OK"], "{key}");
        for failed in ["curl: (52) Empty reply from server\n", "Forbidden\n"] {
            assert_eq!(words(&format!("{right}{command}{failed}")), ["OK", "UNJUDGED"], "{key}: {failed}");
            assert_eq!(words(&format!("{command}{failed}{right}")), ["UNJUDGED", "OK"], "{key}: {failed}");
        }
        let refused = words(&format!("{right}{command}{}", unmarked(REFUSED)));
        assert_eq!(refused, ["OK", "UNJUDGED"], "{key}");
    }
}

/// A server may name what to upgrade to in answer to any request: a refusal convicts only beside the handshake that it refused.
#[test]
fn a_refusal_whose_request_was_not_seen() {
    let right = curl(REQUEST, RESPONSE);
    for status in ["426 Upgrade Required", "400 Bad Request", "404 Not Found"] {
        let refused = format!("HTTP/1.1 {status}\nUpgrade: websocket\nConnection: Upgrade\n\n");
        for command in ["$ curl -i http://chat.example/chat", "me@host:~$ curl -is 'http://chat.example/chat'"] {
            assert_eq!(words(&format!("{COMMAND}{right}{command}\n{refused}")), ["OK"], "{command}");
            assert_eq!(words(&format!("{command}\n{refused}{COMMAND}{right}")), ["OK"], "{command}");
        }
        for command in
            ["curl -i http://chat.example/chat -H @fields", "curl -i ws://chat.example/chat", "./ws.sh", "curl -i $URL"]
        {
            assert_eq!(words(&format!("{right}$ {command}\n{refused}")), ["OK", "UNJUDGED"], "{command}");
        }
        assert_eq!(words(&format!("{right}\n{refused}")), ["OK", "UNJUDGED"]);
        let of_handshake = refused.replace("\n\n", "\nSec-WebSocket-Accept: 52Rg3vW4JQ1yWpkvFlsTsiezlqw=\n\n");
        assert_eq!(words(&of_handshake), ["FAILED"]);
    }
}

/// A key that was set above the command is one with the request that has it, and that is of the run below.
#[test]
fn a_key_that_was_set_in_another_run() {
    let set = format!("$ KEY={KEY}\n");
    assert_eq!(words(&format!("{set}$ ./ws.sh\n{}", curl(REQUEST, RESPONSE))), ["OK"]);
    // The command that stands between the two is the same request, where nothing else was printed below it.
    let command = COMMAND.replace(KEY, "$KEY");
    let right = command.clone() + &curl(REQUEST, RESPONSE);
    assert_eq!(words(&format!("{set}{right}")), ["OK"]);
    assert_eq!(words(&format!("{set}{command}{right}")), ["OK", "UNJUDGED"]);
    assert_eq!(words(&format!("{set}{command}Forbidden\n{right}")), ["OK", "UNJUDGED"]);
    assert_eq!(words(&format!("{set}{command}Forbidden\n{}", curl(REQUEST, RESPONSE))), ["OK", "UNJUDGED"]);
    assert_eq!(words(&format!("{set}{command}{}", curl(REQUEST, REFUSED))), ["FAILED"]);
    assert_eq!(
        words(&format!("{set}$ ./ws.sh\n{}$ ./again.sh\n{}", curl(REQUEST, ""), unmarked(RESPONSE))),
        ["UNJUDGED", "UNJUDGED"]
    );
}

/// A client that marks the lines it sends marks those it gets: what stands without a mark below was got in another run, whether anything
/// tells that the first one ended or not.
#[test]
fn a_response_without_the_mark_of_its_request() {
    let asked = curl(REQUEST, "");
    for end in ["", "Killed\n", "[1]+  Terminated              ./ws.sh\n", "\nreal\t0m2.003s\n"] {
        assert_eq!(words(&format!("{asked}{end}{}", unmarked(RESPONSE))), ["UNJUDGED", "UNJUDGED"], "{end}");
        assert_eq!(words(&format!("{asked}{end}{}", curl("", RESPONSE))), ["OK"], "{end}");
    }
    // The mark of a prompt is none of its.
    let command = COMMAND.replacen('$', "PS /home/me>", 1);
    assert_eq!(words(&format!("{command}{TRACED}{}", unmarked(RESPONSE))), ["OK"]);
}

/// A request that a file shows is the one that is sent from it, once.
#[test]
fn a_request_that_is_sent_from_a_file() {
    let (shown, answer) = (format!("$ cat req.txt\n{}", unmarked(REQUEST)), unmarked(RESPONSE));
    for send in ["nc chat.example 80 < req.txt", "nc -q1 chat.example 80 <req.txt | head -5"] {
        assert_eq!(words(&format!("{shown}$ {send}\n{answer}")), ["OK"], "{send}");
        assert_eq!(words(&format!("{shown}$ {send}\n{}", unmarked(REFUSED))), ["FAILED"], "{send}");
        assert_eq!(words(&format!("{shown}$ {send}\n$ {send}\n{answer}")), ["UNJUDGED", "UNJUDGED"], "{send}");
        assert_eq!(words(&format!("{shown}$ ./ws.sh\n$ {send}\n{answer}")), ["UNJUDGED", "UNJUDGED"], "{send}");
    }
    for send in ["nc chat.example 80 < other.txt", "sed s/chat/x/ req.txt | nc chat.example 80", "cat res.txt"] {
        assert_eq!(words(&format!("{shown}$ {send}\n{answer}")), ["UNJUDGED", "UNJUDGED"], "{send}");
    }
}

/// Before a request went, curl tries one address after the other, and tells of each: the run goes on.
#[test]
fn a_client_that_tries_another_address() {
    let right = curl(REQUEST, RESPONSE);
    for failed in [
        "*   Trying [::1]:8080...\n* connect to ::1 port 8080 failed: Connection refused\n",
        "* connect to ::1 port 8080 from ::1 port 40000 failed: Connection refused\n",
        "* connect to ::1 port 8080 failed: Connection timed out\n* Failed to connect to localhost port 8080 after 0 ms\n\
            * Closing connection 0\nWarning: Problem: connection refused. Will retry in 1 seconds. 1 retries left.\n",
        "* Operation timed out\n* Connection timed out\n",
        "12:10:00.625998 *   Trying [::1]:8080...\n",
    ] {
        assert_eq!(words(&format!("{COMMAND}{failed}{right}")), ["OK"], "{failed}");
    }
}

/// Behind a request that has no response, the end of its connection and the beginning of another are the end of its run, in `-v` and
/// in `--trace`; behind one that has its response they are not.
#[test]
fn a_connection_that_closed_gave_no_more() {
    for said in [
        "Empty reply from server",
        "Recv failure: Connection reset by peer",
        "Operation timed out after 2001 milliseconds with 0 bytes received",
        "Received HTTP/0.9 when not allowed\n* Closing connection 0",
        "closing connection #0",
        "  Trying 127.0.0.1:8080...",
        "Connected to localhost (127.0.0.1) port 8080 (#0)",
    ] {
        let plain = format!("{}* {said}\n", curl(REQUEST, ""));
        let info = format!("{TRACED}== Info: {}\n", said.replace("* ", "== Info: "));
        let timed = format!("{TRACED}12:10:00.625998 == Info: {}\n", said.replace("* ", "== Info: "));
        for asked in [plain, info, timed] {
            assert_eq!(words(&format!("{asked}{}", unmarked(RESPONSE))), ["UNJUDGED", "UNJUDGED"], "{asked}");
        }
        assert_eq!(words(&format!("{}* {said}\n{}", curl(REQUEST, RESPONSE), unmarked(RESPONSE))), ["OK"], "{said}");
    }
    assert_eq!(words(&format!("{TRACED}{}", unmarked(RESPONSE))), ["OK"]);
}

/// What `--trace` says between a command and its head is curl's own.
#[test]
fn a_command_that_traces() {
    let right = TRACED.to_owned() + &unmarked(RESPONSE);
    let command = COMMAND.replace("-v", "--trace-ascii -");
    for said in [
        "",
        "== Info:   Trying 127.0.0.1:8080...\n== Info: Connected to localhost (127.0.0.1) port 8080 (#0)\n",
        "12:10:00.625998 == Info: Connected to localhost (127.0.0.1) port 8080 (#0)\n",
        "=> Send SSL data, 5 bytes (0x5)\n0000: .....\n<= Recv SSL data, 5 bytes (0x5)\n0000: ....z\n",
    ] {
        assert_eq!(words(&format!("{command}{said}{right}")), ["OK"], "{said}");
    }
    assert_eq!(words(&format!("{command}403\n{right}")), ["UNJUDGED", "OK"]);
}

/// A command or a mention of a key is due no response more.
#[test]
fn a_request_that_was_told_again_gets_no_response() {
    let right = curl(REQUEST, RESPONSE);
    assert_eq!(words(&format!("{COMMAND}{right}HTTP/1.1 404 Not Found\n\n")), ["OK"]);
    let mention = "debug: Sec-WebSocket-Key: Zx8rNEkBE4xnwifpuh8DHQ==\n\n";
    assert_eq!(words(&format!("{right}{mention}HTTP/1.1 200 OK\nServer: nginx\n\n")), ["OK", "UNJUDGED"]);
}

/// Whatever a command printed of its failure, the next head is not what it sent.
#[test]
fn a_command_that_failed_in_other_words() {
    let right = curl(REQUEST, RESPONSE);
    for said in ["403", "2026-11-24 10:00:00 ERROR 502: Bad Gateway.", "error: Unexpected server response: 403", "Forbidden"] {
        for next in ["", "$ ./ws.sh\n"] {
            assert_eq!(words(&format!("{COMMAND}{said}\n{next}{right}")), ["UNJUDGED", "OK"], "{said}");
        }
    }
    let meter = "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n\
        \x20                                Dload  Upload   Total   Spent    Left  Speed\n";
    for said in ["", "\n", "```\n", meter, "Note: Unnecessary use of -X or --request, GET is already inferred.\n"] {
        assert_eq!(words(&format!("{COMMAND}{said}{right}")), ["OK"], "{said}");
    }
}

/// An attempt whose lines a tool altered is not forgotten beside a right one.
#[test]
fn an_altered_attempt_has_to_do_with_websocket() {
    let other = format!("{REQUEST}{REFUSED}").replace(KEY, "7b+IRl8Dre0pqxTCVufYUA==").replace("\r\n", "\n");
    let altered = |line: &dyn Fn(&str) -> String| other.lines().map(|text| line(text) + "\n").collect::<String>();
    let names = |line: &str, open: &str, close: &str| match line.split_once(": ") {
        Some((name, value)) => format!("{open}{name}{close}: {value}"),
        None => line.to_owned(),
    };
    for first in [
        altered(&|line| format!("{line}$")),
        altered(&|line| format!("{line}^M$")),
        altered(&|line| format!("{line}<CR><LF>")),
        altered(&|line| format!("{line}\u{240d}\u{240a}")),
        altered(&|line| format!("^[[32m{line}^[[0m")),
        altered(&|line| names(line, "[1m", "[0m")),
        altered(&|line| names(line, "**", "**")),
    ] {
        let said = words(&format!("{first}\n{}", curl(REQUEST, RESPONSE)));
        assert!(said.len() > 1 && said[0] != "OK" && said.last().is_some_and(|said| said == "OK"), "{first}: {said:?}");
    }
}

/// The same of what a browser shows.
#[test]
fn an_altered_pane_has_to_do_with_websocket() {
    let pane = "Request URL: ws://chat.example/chat\nRequest Method: GET\nStatus Code: 403 Forbidden\nResponse Headers\n\
        Content-Length: 0\nRequest Headers\nHost: chat.example\nConnection: Upgrade\nUpgrade: websocket\n\
        Sec-WebSocket-Version: 13\nSec-WebSocket-Key: 7b+IRl8Dre0pqxTCVufYUA==\n";
    let said = words(&format!("{}\n{}", pane.replace('\n', "$\n"), curl(REQUEST, RESPONSE)));
    assert_eq!(said, ["UNJUDGED", "OK"]);
}

/// However far below a head a line stands that has its mark, it may be one of its own.
#[test]
fn a_line_far_below_its_head() {
    let begun = curl(REQUEST, RESPONSE).replace("< \n* Closing connection 0\n", "");
    assert_eq!(words(&format!("{begun}{}", "tick\n".repeat(3000))), ["OK"]);
    for field in ["Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Protocol : chat", "Connection: close", "upgrade: h2c"] {
        for count in [2100, 5000] {
            let far = format!("{begun}{}< {field}\n< \n", "tick\n".repeat(count));
            assert_eq!(words(&far), ["UNJUDGED"], "{field} behind {count}");
        }
    }
}

/// A line that broke inside a name is no line of others.
#[test]
fn a_broken_line_in_a_form_that_marks_its_lines() {
    let spelt = |head: &str| head.lines().map(|line| format!("    {line}\\r\\n\n")).collect::<Vec<_>>().concat();
    let shown = spelt(REQUEST) + "\n" + &spelt(RESPONSE);
    assert_eq!(words(&shown), ["OK"]);
    let end = shown.rfind("    \\r\\n").expect("its end");
    let (head, end) = shown.split_at(end);
    assert_eq!(words(&format!("{head}    Sec-WebSocket-\nProtocol: chat\\r\\n\n{end}")), ["UNJUDGED"]);
    assert_eq!(words(&format!("{head}    [Full request URI: http://chat.example/chat]\n{end}")), ["OK"]);
}

/// What a command sends is no part of what stands above it.
#[test]
fn a_command_below_the_pane_of_another_page() {
    let pane = "Request URL: http://chat.example/login\nRequest Method: GET\nStatus Code: 404 Not Found\nResponse Headers\n\
        Server: nginx\nRequest Headers\nHost: chat.example\n\n";
    let command = "curl 'ws://chat.example/chat' \\\n  -H 'Upgrade: websocket' \\\n  -H 'Connection: Upgrade' \\\n  \
        -H 'Sec-WebSocket-Version: 13' \\\n  -H 'Sec-WebSocket-Key: Zx8rNEkBE4xnwifpuh8DHQ=='\n";
    assert_eq!(words(&format!("{pane}{command}")), ["UNJUDGED"]);
}

/// What a writer put in place of a value or around it is none; what a client may have sent is judged.
#[test]
fn a_value_that_a_writer_altered() {
    let masked = curl(REQUEST, RESPONSE).replace(KEY, "Zx8rNXXXXXXXXXXXXXXXXX==");
    assert_eq!(words(&masked.replace(ACCEPT, "52Rg3XXXXXXXXXXXXXXXXXXXXXX=")), ["UNJUDGED"]);
    for shown in [
        format!("**{ACCEPT}**"),
        format!("({ACCEPT})"),
        format!("{ACCEPT},"),
        format!("{ACCEPT};"),
        format!("{ACCEPT}."),
        ACCEPT.replace('=', "\\u003d"),
        "YOUR_ACCEPT_HERE".to_owned(),
        "TODO".to_owned(),
        format!("{ACCEPT}]"),
        format!("{ACCEPT}\u{b6}"),
        ACCEPT.replace('=', "&equals;"),
    ] {
        assert_eq!(words(&curl(REQUEST, RESPONSE).replace(ACCEPT, &shown)), ["UNJUDGED"], "{shown}");
    }
    let right = curl(REQUEST, RESPONSE);
    for shown in
        ["____==", "----------------------==", "Zx8r________________8DHQ==", "52Rgxxxqw=", "Zx8r??????DHQ==", "Zx8rNEkBE4..HQ=="]
    {
        assert_eq!([words(&right.replace(KEY, shown)), words(&right.replace(ACCEPT, shown))], [["UNJUDGED"]; 2], "{shown}");
    }
    for shown in ["not shown", "as above", "secret", "Zx8r(hidden)", "<redacted:24>", "--sanitized--", "anonymized"] {
        assert_eq!([words(&right.replace(KEY, shown)), words(&right.replace(ACCEPT, shown))], [["UNJUDGED"]; 2], "{shown}");
    }
    for sent in ["null", "None", "undefined", "-", "b'52Rg3vW4JQ1yWpkvFlsTsiezlqw='", "not-base64", "invalid", "foo", "$KEY"] {
        assert_eq!([words(&right.replace(KEY, sent)), words(&right.replace(ACCEPT, sent))], [["FAILED"]; 2], "{sent}");
    }
    for sent in ["52Rg3vW4JQ1yWpkvFlsTsiezlqw=\\r\\n", "000000000000000000000000000=", "52Rg__vW4JQ1yWpkvFlsTsiezlqw="] {
        assert_eq!(words(&right.replace(ACCEPT, sent)), ["FAILED"], "{sent}");
    }
}

/// An editor may wrap a line inside a word, with an indent; a tool shows CR LF as it likes; a screen ends at a column.
#[test]
fn a_value_that_was_wrapped_or_chopped() {
    let asks = |head: &str| unmarked(head).replace("\n\n", "\nSec-WebSocket-Protocol: graphql-\n  transport-ws\n\n");
    assert_eq!(words(&(asks(REQUEST) + &asks(RESPONSE))), ["UNJUDGED"]);
    let pane = format!(
        "General\nRequest URL: ws://chat.example/chat\nRequest Method: GET\nStatus Code: 101 Switching Protocols\n\
        Response Headers\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Accept: {ACCEPT}\nRequest Headers\n\
        Host: chat.example\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Key: {KEY}\nSec-WebSocket-Version: 13\n"
    );
    assert_eq!(words(&pane), ["OK"]);
    assert_eq!(words(&pane.replace('\n', "^M\n")), ["UNJUDGED"]);
    let two_lines = |offer: &str, grant: &str| {
        format!(
            "Request URL\nws://chat.example/chat\nRequest Method\nGET\nStatus Code\n101 Switching Protocols\nupgrade\nwebsocket\n\
            connection\nUpgrade\nsec-websocket-accept\n{ACCEPT}\nsec-websocket-extensions\n{grant}\nhost\nchat.example\n\
            connection\nUpgrade\nupgrade\nwebsocket\nsec-websocket-version\n13\nsec-websocket-key\n{KEY}\n\
            sec-websocket-extensions\n{offer}\n"
        )
    };
    let whole = two_lines("permessage-deflate; client_max_window_bits", "permessage-deflate; server_max_window_bits=15");
    assert_eq!(words(&whole), ["OK"]);
    assert_eq!(words(&two_lines("permessage-deflate; client_max_wi", "permessage-deflate; server_max_wi")), ["UNJUDGED"]);
}

/// `script` keeps what a shell writes to a terminal: escapes, what a CR overwrites, and what is taken back.
#[test]
fn prompts_of_a_recorded_session() {
    let asked = curl(REQUEST, "").replace('\n', "\r\n");
    let command = COMMAND.replace(KEY, "$KEY");
    for begin in ["\r", "\x1b[?2004l\r\x1b[?2004h", "\x1b]0;me@host: ~\x07", "\x1b[7m%\x1b[27m     \r \r\x1b[J", "\x1b[?1h\x1b="]
    {
        for prompt in ["bash-5.2# ", "me@mac ~ % \x1b[K\x1b[?2004h"] {
            let again = format!("{asked}{begin}{prompt}.\x08./again.sh\r\n{}", unmarked(RESPONSE));
            assert_eq!(words(&again), ["UNJUDGED", "UNJUDGED"], "{begin:?} {prompt:?}");
            let command = command.replacen("$ ", &format!("{begin}{prompt}"), 1).replace('\n', "\r\n");
            let right = format!("{command}\x1b[?2004l\r{}", curl(REQUEST, RESPONSE));
            assert_eq!(words(&right), ["OK"], "{begin:?} {prompt:?}");
            assert_eq!(words(&format!("{command}{right}")), ["UNJUDGED", "OK"], "{begin:?} {prompt:?}");
        }
    }
}

/// A command that opens a WebSocket is an attempt, whatever prompt stands before it.
#[test]
fn a_command_behind_any_prompt() {
    let long = "me@host:~/work/company/customer-project/services/gateway/websocket/test$ ";
    let prompts =
        ["", long, "MacBook-Pro:proj me$ ", "(base) PS C:\\Users\\me> ", "(base) C:\\Users\\me>", "p $ ", "[14:20] ~/p $ "];
    for prompt in prompts.iter().chain(&["~/p> ", ">>> ", "time ", "~/p> /usr/bin/"]) {
        for key in ["$KEY", "${KEY}", "$(openssl rand -base64 16)", "`openssl rand -base64 16`"] {
            let one = COMMAND.replacen("$ ", prompt, 1).replace(KEY, key);
            for command in [one.replace(" -H", " \\\n  -H"), one] {
                let right = format!("{command}{}", curl(REQUEST, RESPONSE));
                assert_eq!(words(&right), ["OK"], "{command}");
                for nothing in ["", "^C\n", "*   Trying 127.0.0.1:8080...\n^C\n"] {
                    assert_eq!(words(&format!("{command}{nothing}{right}")), ["UNJUDGED", "OK"], "{command}{nothing}");
                }
            }
        }
    }
    // What a shell traces is the command above.
    let traced = COMMAND.replacen('$', "+", 1) + &curl(REQUEST, RESPONSE);
    assert_eq!(words(&format!("{}{traced}", COMMAND.replace(KEY, "$KEY"))), ["OK"]);
    assert_eq!(words(&format!("$ sh -x ws.sh\n{traced}")), ["OK"]);
}

/// Two commands may have one key, which the shell writes: each is one with the request that it sent.
#[test]
fn two_commands_with_one_key_of_the_shell() {
    let exchange = |field: &str, response: &str| {
        let command = COMMAND.replace(KEY, "$KEY").replace("-v", &format!("-v -H '{field}'"));
        command + &curl(&REQUEST.replace("\r\n\r\n", &format!("\r\n{field}\r\n\r\n")), response)
    };
    let [bad, good] = ["Origin: https://bad.example", "Origin: https://good.example"];
    assert_eq!(words(&(exchange(bad, REFUSED) + &exchange(good, RESPONSE))), ["FAILED", "OK"]);
    assert_eq!(words(&(exchange(bad, RESPONSE) + &exchange(good, REFUSED))), ["OK", "FAILED"]);
    assert_eq!(words(&(exchange(bad, REFUSED) + &exchange(good, REFUSED))), ["FAILED", "FAILED"]);
    assert_eq!(words(&(exchange(bad, "") + NOTHING + &exchange(good, RESPONSE))), ["UNJUDGED", "OK"]);
    // Which of two that ask for different things was answered is not known, and the response stands alone.
    let [chat, other] = ["Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Protocol: superchat"];
    assert_eq!(words(&(exchange(chat, "") + &exchange(other, RESPONSE))), ["UNJUDGED"; 3]);
}
