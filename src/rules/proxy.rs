//! The rules of what a proxy does with an exchange as a whole: whether the request arrives, and whose the answer is.

use super::subject::Subject;
use super::violation::{Level, Violation};
use crate::escape::quote;
use crate::head::{Exchange, Head, KEY, StreamEnd};

pub(super) fn proxy_forwards(subject: &Subject, _: &Head) -> Option<Violation> {
    let exchange = subject.exchange();
    let far = exchange.far.as_ref().filter(|far| far.request.is_none() && !far.is_uncertain)?;
    let what = match far.plain {
        0 => format!("nothing arrived at {}", far.place),
        _ => format!(
            "no handshake arrived at {}, and a plain request did: a health check, or what the proxy made of this one",
            far.place
        ),
    };
    match exchange.response.as_ref().filter(|response| !response.is_cut()) {
        Some(response) if response.status() == Some(101) => None,
        Some(response) if far.plain > 0 => Some(Violation::new(format!("{what}; {} came back", quote(&response.start_line)))),
        // Whoever gives the address may have the wrong one in mind.
        Some(response) => {
            let answered = format!("the proxy forwards to another address, or answered {} itself", quote(&response.start_line));
            Some(Violation::new(format!("{what}: {answered}")).by_any(None))
        }
        // It may be slow.
        None => Some(Violation::new(what).weighs(Level::Note)),
    }
}

pub(super) fn proxy_answers(subject: &Subject, head: &Head) -> Option<Violation> {
    let far = subject.exchange().far.as_ref().filter(|far| !far.is_uncertain && head.status() == Some(101))?;
    match (&far.request, &far.response) {
        (None, _) => {
            let whose = "the proxy forwards to another address, or answered 101 itself";
            Some(Violation::new(format!("nothing arrived at {}: {whose}", far.place)).by_any(None))
        }
        (Some(_), Some(given)) if given.status() != Some(101) => Some(Violation::new(format!(
            "the proxy answered 101 itself: what arrived at {} was answered with {}",
            far.place,
            quote(&given.start_line)
        ))),
        _ => None,
    }
}

pub(super) fn proxy_frames(subject: &Subject, head: &Head) -> Option<Violation> {
    let exchange = subject.exchange();
    // Who makes a handshake of its own ends it in its own way, and a Close frame is for one handshake.
    let far = exchange.far.as_ref().filter(|_| head.status() == Some(101) && !makes_its_own(exchange))?;
    // Who ended the connection first got no frame to pass on.
    exchange.behind.as_ref().filter(|behind| behind.end == StreamEnd::Open)?;
    if far.has_first_back == Some(false) {
        let found = "and not in time the frame that it sent in one segment with the 101";
        return Some(Violation::new(format!("what {} sent later came back, {found}", far.place)));
    }
    let what = match (far.has_frame, far.has_frame_back) {
        (Some(false), _) => format!("the Close frame that was sent behind it did not arrive at {}", far.place),
        (_, Some(false)) => format!("the Close frame that {} sent behind it did not come back", far.place),
        _ if far.has_message == Some(false) => format!("the message that was sent behind it did not arrive at {}", far.place),
        _ => return None,
    };
    Some(Violation::new(format!("a 101 came back, and {what} in time")))
}

pub(super) fn proxy_end(subject: &Subject, _: &Head) -> Option<Violation> {
    let far = subject.exchange().far.as_ref().filter(|far| far.has_end_back == Some(false))?;
    let place = &far.place;
    Some(Violation::new(format!(
        "both Close frames passed, and {place} ended the connection, which stayed open before the proxy"
    )))
}

/// Whether the proxy makes a handshake of its own: the key is another on each side.
pub(super) fn makes_its_own(exchange: &Exchange) -> bool {
    let arrived = exchange.far.as_ref().and_then(|far| far.request.as_ref());
    arrived.zip(exchange.request.as_ref()).is_some_and(|(arrived, sent)| arrived.get(KEY) != sent.get(KEY))
}

pub(super) fn proxy_once(subject: &Subject, _: &Head) -> Option<Violation> {
    let far = subject.exchange().far.as_ref().filter(|far| far.times > 1)?;
    Some(Violation::new(format!("the request arrived {} times at {}", far.times, far.place)))
}

pub(super) fn proxy_asks(subject: &Subject, _: &Head) -> Option<Violation> {
    let targets: Vec<_> = subject.exchange().far.as_ref()?.asked.iter().filter_map(Head::target).map(quote).collect();
    let (what, which) = match targets.len() {
        0 => return None,
        1 => ("a request of its own", "which was"),
        _ => ("requests of its own", "which were"),
    };
    Some(Violation::new(format!("the proxy sends {what} to {} too, {which} answered with 200", targets.join(", "))))
}
