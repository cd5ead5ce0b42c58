//! The connections of a capture, as many as are followed at once.

use super::connection::TcpConnection;
use super::file::PacketPlace;
use super::layers::TcpSegment;
use crate::head::Exchange;
use std::collections::HashMap;
use std::net::SocketAddr;

/// The most connections that are followed at once, and the most bytes that are held of them.
const MOST_FLOWS: usize = 1 << 13;
const MOST_HELD: usize = 24 << 20;

/// What one connection takes by itself, about.
const OWN: usize = size_of::<TcpConnection>() + 256;

/// Takes segments, and gives the exchanges of their connections.
#[derive(Default)]
pub(super) struct Flows {
    /// By their ends, the lesser first.
    open: HashMap<(SocketAddr, SocketAddr), Box<TcpConnection>>,
    held: usize,
    /// How many segments came.
    count: u64,
    /// How many connections were TLS.
    pub(super) tls: usize,
    /// How many were given up to make room, amid something.
    pub(super) given_up: usize,
    /// Whether any segment was not captured whole.
    pub(super) is_snapped: bool,
}

impl Flows {
    /// Takes a segment; `found` takes the exchanges that it completes.
    pub(super) fn take(&mut self, segment: &TcpSegment, place: PacketPlace, found: &mut Vec<Exchange>) {
        self.count += 1;
        self.is_snapped |= segment.missing > 0;
        let ends = (segment.from.min(segment.to), segment.from.max(segment.to));
        if self.open.get(&ends).is_some_and(|connection| connection.is_over_for(segment)) {
            self.end(ends, found);
        }
        // What carries nothing, and begins nothing, does not matter.
        if !self.open.contains_key(&ends) && segment.length() == 0 && !segment.is_syn() {
            return;
        }
        let connection = self.open.entry(ends).or_insert_with(|| Box::new(TcpConnection::new(segment.from, segment.to)));
        let (held, was_tls) = (connection.held(), connection.is_tls());
        connection.last = self.count;
        connection.take(segment, place, found);
        self.held = self.held + connection.held() - held;
        self.tls += usize::from(!was_tls && connection.is_tls());
        if self.open.len() > MOST_FLOWS || self.held + OWN * self.open.len() > MOST_HELD {
            self.make_room(found);
        }
    }

    /// Gives up those that were not seen for the longest time: half of them, and half of what is held.
    fn make_room(&mut self, found: &mut Vec<Exchange>) {
        let mut all: Vec<_> = self.open.iter().map(|(ends, connection)| (connection.last, *ends)).collect();
        all.sort_unstable();
        for (_, ends) in all {
            if self.open.len() <= MOST_FLOWS / 2 && self.held + OWN * self.open.len() <= MOST_HELD / 2 {
                break;
            }
            self.given_up += usize::from(self.open.get(&ends).is_some_and(|connection| connection.is_unfinished()));
            self.end(ends, found);
        }
    }

    fn end(&mut self, ends: (SocketAddr, SocketAddr), found: &mut Vec<Exchange>) {
        if let Some(mut connection) = self.open.remove(&ends) {
            self.held -= connection.held();
            connection.end(found);
        }
    }

    /// Nothing more comes.
    pub(super) fn end_all(&mut self, found: &mut Vec<Exchange>) {
        for (_, mut connection) in self.open.drain() {
            connection.end(found);
        }
        self.held = 0;
    }
}
