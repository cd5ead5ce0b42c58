//! The rules of what a proxy does with an exchange as a whole: whether the request arrives, and whose the answer is.

use super::subject::Subject;
use super::violation::{Level, Violation};
use crate::escape::quote;
use crate::head::{Head, KEY, StreamEnd};

pub(super) fn proxy_forwards(subject: &Subject, _: &Head) -> Option<Violation> {
    let exchange = subject.exchange();
    let far = exchange.far.as_ref().filter(|far| far.request.is_none() && !far.is_uncertain)?;
    let what = match far.plain {
        0 => format!("the proxy does not forward to {}", far.place),
        _ => format!(
            "no handshake arrived at {}, and a plain request did: a health check, or what the proxy made of this one",
            far.place
        ),
    };
    match exchange.response.as_ref().filter(|response| !response.is_cut()) {
        Some(response) if response.status() == Some(101) => None,
        Some(response) if far.plain > 0 => Some(Violation::new(format!("{what}; {} came back", quote(&response.start_line)))),
        Some(response) => Some(Violation::new(format!("{what}: it answered {} itself", quote(&response.start_line)))),
        // It may be slow.
        None => Some(Violation::new(format!("{what}: nothing arrived there")).weighs(Level::Note)),
    }
}

pub(super) fn proxy_answers(subject: &Subject, head: &Head) -> Option<Violation> {
    let far = subject.exchange().far.as_ref().filter(|far| !far.is_uncertain && head.status() == Some(101))?;
    match (&far.request, &far.response) {
        (None, _) => Some(Violation::new(format!("the proxy answered 101 itself: nothing arrived at {}", far.place))),
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
    let far = exchange.far.as_ref().filter(|far| far.has_frame == Some(false) && head.status() == Some(101))?;
    // Who makes a handshake of its own ends it in its own way: the frame may be a Close.
    let keys = [&exchange.request, &far.request].map(|request| request.as_ref().and_then(|request| request.get(KEY)));
    if keys[0] != keys[1] {
        return None;
    }
    // Who ended the connection first got no frame to pass on.
    exchange.behind.as_ref().filter(|behind| behind.end == StreamEnd::Open)?;
    Some(Violation::new(format!(
        "a 101 came back, and the frame that was sent behind it did not arrive at {} in time",
        far.place
    )))
}

pub(super) fn proxy_once(subject: &Subject, _: &Head) -> Option<Violation> {
    let far = subject.exchange().far.as_ref().filter(|far| far.times > 1)?;
    Some(Violation::new(format!("the request arrived {} times at {}", far.times, far.place)))
}
