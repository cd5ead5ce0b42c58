//! What the targets share: how a capture is judged, and what must hold of every verdict.

use wskey::Accept;
use wskey::capture::Capture;
use wskey::head::{ACCEPT, Exchange, Head, KEY};
use wskey::rules::{Verdict, judge, verdict};

/// The verdict on each exchange. An OK that nothing proves is a bug.
pub fn verdicts(capture: &Capture) -> Vec<Verdict> {
    let exchanges = &capture.exchanges;
    let findings = judge(exchanges);
    let mut rest = findings.as_slice();
    let verdicts = exchanges.iter().enumerate().map(|(at, exchange)| {
        let (own, more) = rest.split_at(rest.partition_point(|finding| finding.exchange <= at));
        rest = more;
        let verdict = verdict(exchange, own);
        let is_last = at + 1 == exchanges.len();
        assert!(verdict != Verdict::Ok || is_proven(exchange, is_last), "OK without a proof: {exchange:#?}");
        verdict
    });
    verdicts.collect()
}

/// The verdicts as words: why there is none may name a line.
pub fn words(capture: &Capture) -> Vec<&'static str> {
    let word = |verdict: &Verdict| match verdict {
        Verdict::Ok => "OK",
        Verdict::Unjudged(_) => "UNJUDGED",
        _ => "FAILED",
    };
    verdicts(capture).iter().map(word).collect()
}

/// Whether there is a 101 whose accept value answers a key of its request, or what stands in its place.
fn is_proven(exchange: &Exchange, is_last: bool) -> bool {
    let (request, response) = (exchange.request.as_ref(), exchange.response.as_ref());
    match response.and_then(Head::status) {
        Some(101) => response.is_some_and(|response| {
            let keys = || request.iter().flat_map(|request| request.get_all(KEY));
            let is_right = |accept| keys().any(|key| Accept::of(key).as_bytes() == accept);
            response.has(ACCEPT) && response.get_all(ACCEPT).all(is_right)
        }),
        // HTTP/2 has no accept value: an extended CONNECT gets a 2xx.
        Some(200..300) => request.is_some_and(|request| request.is_http2() && request.method() == Some(b"CONNECT")),
        // A later exchange does what it asks for.
        Some(300..=399 | 401 | 407) => request.is_some() && !is_last,
        _ => false,
    }
}
