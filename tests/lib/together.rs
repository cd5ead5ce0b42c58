//! Several captures taken for one.

use wskey::capture::Capture;
use wskey::head::Exchange;
use wskey::rules::{Verdict, judge, verdict};

const REQUEST: &str = "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const RESPONSE: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
/// Another pair, of a key that is in no document.
const OTHER: [&str; 2] = ["Zx8rNEkBE4xnwifpuh8DHQ==", "52Rg3vW4JQ1yWpkvFlsTsiezlqw="];

fn other_request() -> String {
    REQUEST.replace("dGhlIHNhbXBsZSBub25jZQ==", OTHER[0])
}

fn other_response() -> String {
    RESPONSE.replace("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", OTHER[1])
}

/// The verdict on each exchange of each capture, and in which its response stands if that is another.
fn joined(texts: &[&str]) -> Vec<Vec<(&'static str, Option<usize>)>> {
    let mut captures: Vec<_> = texts.iter().map(|text| Capture::read(text.as_bytes()).unwrap()).collect();
    Capture::join(&mut captures);
    let told = |exchange: &Exchange| {
        let verdict: Verdict = verdict(exchange, &judge(std::slice::from_ref(exchange)));
        (verdict.as_str(), exchange.answered_in)
    };
    captures.iter().map(|capture| capture.exchanges.iter().map(told).collect()).collect()
}

#[test]
fn an_accept_value_answers_a_key_in_another_capture() {
    let requests = REQUEST.to_owned() + &other_request();
    let responses = other_response() + RESPONSE;
    let both = vec![("OK", Some(1)), ("OK", Some(1))];
    assert_eq!(joined(&[&requests, &responses]), [both, vec![]]);
    assert_eq!(joined(&[RESPONSE, &requests]), [vec![], vec![("OK", Some(0)), ("UNJUDGED", None)]]);
    // In three as in two.
    assert_eq!(joined(&[&other_response(), RESPONSE, REQUEST]), [vec![("UNJUDGED", None)], vec![], vec![("OK", Some(1))]]);
}

/// Any of them may be its own: they may differ in the rest.
#[test]
fn of_several_that_are_right_none_is_taken() {
    let twice = RESPONSE.to_owned() + RESPONSE;
    assert_eq!(joined(&[REQUEST, &twice])[0], [("UNJUDGED", None)]);
    assert_eq!(joined(&[REQUEST, REQUEST, RESPONSE]).concat(), [("UNJUDGED", None); 3]);
}

#[test]
fn a_request_and_a_response_alone_belong_together() {
    let refusal = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(joined(&[REQUEST, &other_response()]), [vec![("FAILED", Some(1))], vec![]]);
    assert_eq!(joined(&[&other_response(), REQUEST]), [vec![], vec![("FAILED", Some(0))]]);
    assert_eq!(joined(&[REQUEST, refusal]), [vec![("FAILED", Some(1))], vec![]]);
    assert_eq!(joined(&[REQUEST, &format!("HTTP/1.1 103 Early Hints\r\n\r\n{RESPONSE}")]), [vec![("OK", Some(1))], vec![]]);
}

/// Whose a wrong response is cannot be told where there are others, whatever they have to do with.
#[test]
fn order_is_no_proof_over_several_captures() {
    let plain = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned() + REQUEST;
    let wrong = other_response();
    assert_eq!(joined(&[&plain, &wrong]), [vec![("UNJUDGED", None)], vec![("UNJUDGED", None)]]);
    let two = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_owned() + &wrong;
    assert_eq!(joined(&[REQUEST, &two]), [vec![("UNJUDGED", None)], vec![("UNJUDGED", None)]]);
    assert_eq!(joined(&[REQUEST, &wrong, ""]).concat(), [("UNJUDGED", None); 2]);
    // What has its answer needs none.
    let whole = REQUEST.to_owned() + RESPONSE;
    assert_eq!(joined(&[&whole, &wrong]), [vec![("OK", None)], vec![("UNJUDGED", None)]]);
}
