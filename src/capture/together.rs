//! Several captures of one traffic: a response in one to a request in another, and the two sides of a proxy.

use super::Capture;
use crate::diagnosis::well_known;
use crate::handshake::Accept;
use crate::head::{ACCEPT, Exchange, FarSide, Head, KEY};
use std::collections::HashMap;
use std::hash::Hash;
use std::mem;
use std::time::Duration;

/// How far apart two captures may show the two sides of a proxy: the clocks of two machines differ.
const MOST_APART: Duration = Duration::from_mins(1);

/// Which capture an exchange is in, and which one of that it is.
type Place = (usize, usize);

impl Capture {
    /// Takes several captures for one.
    ///
    /// Of two that hold bytes as they were sent, the requests in one and the responses in the other are the two directions of one
    /// connection if they are as many, and each accept value is right for the key in its place: [`Exchange::answered_in`] says where the
    /// response stands. The exchange stands where its request does.
    ///
    /// In packets, a request that came over two connections with one random key was passed on by a proxy if the second begins where the
    /// first ends: its far side ([`Exchange::far`]) is the one that comes later, in the order of the captures, or inside one of them in
    /// that of the packets.
    pub fn join(captures: &mut [Self]) {
        if let Some([requests, responses]) = directions(captures) {
            let given = mem::take(&mut captures[responses].exchanges);
            for (exchange, given) in captures[requests].exchanges.iter_mut().zip(given) {
                exchange.interim += given.interim;
                (exchange.response, exchange.behind, exchange.body) = (given.response, given.behind, given.body);
                exchange.answered_in = Some(responses);
            }
        }
        for ((at, near), (other, far)) in sides(captures) {
            let far = far_side(&captures[other].exchanges[far]);
            captures[at].exchanges[near].far = Some(Box::new(far));
        }
    }
}

/// Which of two captures has the requests of a connection, and which the responses, if they are its two directions.
fn directions(captures: &[Capture]) -> Option<[usize; 2]> {
    let [one, other] = captures else { return None };
    let answers = |asking: &Capture, answering: &Capture| {
        let pairs = asking.exchanges.iter().zip(&answering.exchanges);
        // Any other head may have been what a request got.
        let is_all = [asking, answering].iter().all(|capture| capture.heads > 0 && capture.heads == asking.exchanges.len());
        is_all
            && answering.exchanges.len() == asking.exchanges.len()
            && pairs.clone().all(|(asked, given)| is_answer(asked, given))
    };
    match (answers(one, other), answers(other, one)) {
        (true, _) => Some([0, 1]),
        (_, true) => Some([1, 0]),
        _ => None,
    }
}

/// Whether a response without a request is right for a request without a response.
fn is_answer(asked: &Exchange, given: &Exchange) -> bool {
    let (Some(request), None, None, Some(response)) = (&asked.request, &asked.response, &given.request, &given.response) else {
        return false;
    };
    request.get(KEY).zip(response.get(ACCEPT)).is_some_and(|(key, accept)| Accept::of(key).as_bytes() == accept)
}

/// The exchanges that were seen on both sides of a proxy, and that which is behind it.
fn sides(captures: &[Capture]) -> Vec<(Place, Place)> {
    let shown = by(captures, |exchange| {
        let request = exchange.request.as_ref().filter(|head| exchange.flow.is_some() && is_exact(head))?;
        request.get(KEY).filter(|key| well_known(key).is_none()).map(<[u8]>::to_vec)
    });
    let are_sides = |(at, number): Place, (other, far): Place| {
        let (near, far) = (&captures[at].exchanges[number], &captures[other].exchanges[far]);
        let (Some(one), Some(two)) = (&near.flow, &far.flow) else { return false };
        let times = [one.time, two.time, two.answered_at, one.answered_at];
        let is_during = match times {
            _ if at == other => {
                one.packet < two.packet && one.answered.zip(two.answered).is_some_and(|(outer, inner)| inner < outer)
            }
            // The clocks of two machines differ.
            [Some(one_time), Some(two_time), ..] if !one.server.ip().is_loopback() => one_time.abs_diff(two_time) <= MOST_APART,
            [Some(a), Some(b), Some(c), Some(d)] => a <= b && c <= d,
            _ => false,
        };
        // A client that has one key for two servers is no proxy.
        one.server.ip() == two.client.ip() && one.server != two.server && is_during
    };
    let chains = shown.values().filter(|places| places.windows(2).all(|pair| are_sides(pair[0], pair[1])));
    chains.flat_map(|places| places.windows(2).map(|pair| (pair[0], pair[1]))).collect()
}

/// Whether a head shows all that was sent, so that what it lacks was not there.
fn is_exact(head: &Head) -> bool {
    head.is_complete() && head.unclear.is_empty()
}

/// What stands on the other side of a proxy.
fn far_side(exchange: &Exchange) -> FarSide {
    FarSide {
        request: exchange.request.clone(),
        response: exchange.response.clone().filter(is_exact),
        interim: exchange.interim,
        times: 1,
        ..FarSide::new(exchange.flow.as_ref().map(ToString::to_string).unwrap_or_default())
    }
}

/// The places of the exchanges that have this to be told by.
fn by<T: Eq + Hash>(captures: &[Capture], of: impl Fn(&Exchange) -> Option<T>) -> HashMap<T, Vec<Place>> {
    let mut found: HashMap<T, Vec<Place>> = HashMap::new();
    for (at, capture) in captures.iter().enumerate() {
        for (number, exchange) in capture.exchanges.iter().enumerate() {
            if let Some(mark) = of(exchange) {
                found.entry(mark).or_default().push((at, number));
            }
        }
    }
    found
}
