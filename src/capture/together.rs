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
    /// A request without a response, and a response without a request in another capture, are one exchange if the accept value is right
    /// for this key and no other's, or if these are the only two heads. It stands where the request does, and
    /// [`Exchange::answered_in`] says where the response does.
    ///
    /// In packets, a request that came over two connections with one random key, to two addresses, was passed on by a proxy, whose far
    /// side ([`Exchange::far`]) is the one that comes later: in the order of the captures, or inside one of them in that of the packets.
    pub fn join(captures: &mut [Self]) {
        let pairs = only_heads(captures).map_or_else(|| answers(captures), |pair| vec![pair]);
        for ((at, number), (other, response)) in pairs {
            let given = mem::take(&mut captures[other].exchanges[response]);
            let exchange = &mut captures[at].exchanges[number];
            exchange.interim += given.interim;
            (exchange.response, exchange.behind, exchange.body) = (given.response, given.behind, given.body);
            exchange.answered_in = Some(other);
        }
        for capture in captures.iter_mut() {
            capture.exchanges.retain(|exchange| exchange.heads().next().is_some());
        }
        for ((at, near), (other, far)) in sides(captures) {
            let far = far_side(&captures[other].exchanges[far]);
            captures[at].exchanges[near].far = Some(Box::new(far));
        }
    }
}

/// A request and a response, if two captures hold nothing else: then the response need not speak of WebSocket.
fn only_heads(captures: &mut [Capture]) -> Option<(Place, Place)> {
    let [one, other] = captures else { return None };
    let is_asking = |capture: &Capture| matches!(&*capture.exchanges, [Exchange { request: Some(_), response: None, .. }]);
    let (answer, pair) = match (is_asking(one), is_asking(other)) {
        _ if one.heads != 1 || other.heads != 1 => return None,
        (true, false) => (other, ((0, 0), (1, 0))),
        (false, true) => (one, ((1, 0), (0, 0))),
        _ => return None,
    };
    answer.exchanges = mem::take(&mut answer.responses);
    (answer.exchanges.len() == 1).then_some(pair)
}

/// The requests without responses, each with the response in another capture whose accept value is right for it.
fn answers(captures: &[Capture]) -> Vec<(Place, Place)> {
    let wanted = by(captures, |exchange| match (&exchange.request, &exchange.response) {
        (Some(request), None) => request.get_all(KEY).next().map(Accept::of),
        _ => None,
    });
    let offered = by(captures, |exchange| match (&exchange.request, &exchange.response) {
        (None, Some(response)) => Accept::parse(response.get_all(ACCEPT).next()?).ok(),
        _ => None,
    });
    let pairs = wanted.iter().filter_map(|(accept, requests)| match (requests.as_slice(), offered.get(accept)?.as_slice()) {
        ([request], [response]) if request.0 != response.0 => Some((*request, *response)),
        _ => None,
    });
    pairs.collect()
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
        // A client that has one key for all its connections makes them one after the other.
        let is_during = match (at == other, one.time.zip(two.time)) {
            (true, _) => one.packet < two.packet && one.answered.zip(two.answered).is_some_and(|(outer, inner)| inner < outer),
            (false, times) => times.is_some_and(|(one, two)| one.abs_diff(two) <= MOST_APART),
        };
        one.server != two.server && is_during
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
