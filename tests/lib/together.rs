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
    let mut captures: Vec<_> = texts.iter().map(|text| Capture::read_raw(text.as_bytes())).collect();
    Capture::join(&mut captures);
    let told = |exchange: &Exchange| {
        let verdict: Verdict = verdict(exchange, &judge(std::slice::from_ref(exchange)));
        (verdict.as_str(), exchange.answered_in)
    };
    captures.iter().map(|capture| capture.exchanges.iter().map(told).collect()).collect()
}

#[test]
fn two_directions_of_one_connection() {
    assert_eq!(joined(&[REQUEST, RESPONSE]), [vec![("OK", Some(1))], vec![]]);
    assert_eq!(joined(&[RESPONSE, REQUEST]), [vec![], vec![("OK", Some(0))]]);
    // What stands behind the head of a 101 is judged with it, and an interim response is none of them.
    let masked = format!("HTTP/1.1 103 Early Hints\r\n\r\n{RESPONSE}<html>");
    assert_eq!(joined(&[REQUEST, &masked]), [vec![("FAILED", Some(1))], vec![]]);
}

/// Whose a response is cannot be told where it is not right, or where there is any other head.
#[test]
fn what_is_no_other_direction() {
    let lost = ("UNJUDGED", None);
    let refusal = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    let plain = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    assert_eq!(joined(&[REQUEST, &other_response()]), [[lost], [lost]]);
    assert_eq!(joined(&[&other_request(), RESPONSE]), [[lost], [lost]]);
    assert_eq!(joined(&[REQUEST, &format!("{refusal}{RESPONSE}")]), [[lost], [lost]]);
    assert_eq!(joined(&[&format!("{plain}{REQUEST}"), RESPONSE]), [[lost], [lost]]);
    assert_eq!(joined(&[REQUEST, REQUEST, RESPONSE]), [[lost], [lost], [lost]]);
    assert_eq!(joined(&[&format!("{REQUEST}{RESPONSE}"), RESPONSE]), [[("OK", None)], [lost]]);
    // In a text other lines may say that nothing came.
    let mut captures = [REQUEST, RESPONSE].map(|text| Capture::read(text.as_bytes()).unwrap());
    let before = captures.clone();
    Capture::join(&mut captures);
    assert_eq!(captures, before);
}
