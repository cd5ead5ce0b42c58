//! One connection: its two directions, and which response answers which request, by their order alone (RFC 9112, section 9.3).

use super::assembly::{Piece, index};
use super::direction::{Awaits, Direction, FoundHead, Protocol, body_length};
use super::file::PacketPlace;
use super::layers::TcpSegment;
use crate::capture::heads::SeenHead;
use crate::capture::raw::{self, Origin};
use crate::head::{Exchange, Fidelity, Flow, Kind, Unclear};
use std::collections::VecDeque;
use std::mem;
use std::net::SocketAddr;
use std::ops::Range;

/// The most requests of one connection that wait for their responses.
const MOST_REQUESTS: usize = 64;

/// The most places of one direction at which bytes were sent again as others.
const MOST_CONTRADICTED: usize = 16;

/// The most that is kept of what stands behind the head of a 101, and of a body.
const MOST_BEHIND: usize = 1 << 16;
const MOST_BODY: usize = 1 << 14;

/// A connection, as far as it was seen.
pub(super) struct TcpConnection {
    ends: [SocketAddr; 2],
    halves: [Half; 2],
    /// Whether nothing is missing since its beginning: then responses that were captured before their requests are known to be theirs.
    is_whole: bool,
    /// The packet of it that was seen last.
    pub(super) last: u64,
}

/// What one side sent.
#[derive(Default)]
struct Half {
    direction: Option<Direction>,
    /// The number of its first byte, where its SYN was seen.
    begun: Option<u32>,
    /// Where its last byte stands, where it said so.
    end: Option<u64>,
    /// Its requests that have no response yet.
    requests: VecDeque<FoundHead>,
    /// Its response whose body, or what stands in its place, is still coming, and what it answers.
    answer: Option<(Option<FoundHead>, FoundHead)>,
    /// Where bytes were sent again as others.
    contradicted: Vec<(Range<u64>, PacketPlace)>,
}

impl TcpConnection {
    pub(super) fn new(from: SocketAddr, to: SocketAddr) -> Self {
        Self { ends: [from, to], halves: [Half::default(), Half::default()], is_whole: true, last: 0 }
    }

    /// Whether a segment is of another connection between the same ends: it begins one, or what it carries stands behind the end.
    pub(super) fn is_over_for(&self, segment: &TcpSegment) -> bool {
        let half = &self.halves[self.side(segment.from)];
        let Some(direction) = &half.direction else {
            let other = &self.halves[1 - self.side(segment.from)];
            return segment.is_syn() && other.direction.is_some() && other.begun.is_none();
        };
        if segment.is_syn() {
            return half.begun != Some(segment.sequence.wrapping_add(1));
        }
        segment.length() > 0 && half.end.is_some_and(|end| direction.assembly.place_of(segment.sequence) >= end)
    }

    pub(super) fn is_tls(&self) -> bool {
        self.halves.iter().any(|half| half.direction.as_ref().is_some_and(|direction| direction.protocol == Some(Protocol::Tls)))
    }

    /// How many bytes are held, about.
    pub(super) fn held(&self) -> usize {
        self.halves.iter().map(Half::held).sum()
    }

    /// Whether a head, or what answers one, may be still to come.
    pub(super) fn is_unfinished(&self) -> bool {
        let is_amid = |half: &Half| half.direction.as_ref().is_some_and(Direction::is_unfinished);
        self.halves.iter().any(|half| is_amid(half) || half.requests.iter().any(|request| request.is_relevant))
    }

    fn side(&self, from: SocketAddr) -> usize {
        usize::from(self.ends[0] != from)
    }

    /// Takes a segment; `found` takes the exchanges that it completes.
    pub(super) fn take(&mut self, segment: &TcpSegment, place: PacketPlace, found: &mut Vec<Exchange>) {
        let side = self.side(segment.from);
        let half = &mut self.halves[side];
        let is_syn = segment.is_syn();
        let sequence = segment.sequence.wrapping_add(u32::from(is_syn));
        if is_syn && half.direction.is_none() {
            half.begun = Some(sequence);
        }
        let has_bytes = segment.length() > 0;
        if half.direction.is_none() && (is_syn || has_bytes) {
            half.direction = Some(Direction::new(sequence, is_syn));
            self.is_whole &= is_syn;
        }
        let Some(direction) = &mut half.direction else { return };
        if segment.is_fin() {
            half.end.get_or_insert(direction.assembly.place_of(sequence) + segment.length() as u64);
        }
        if has_bytes {
            self.push(side, sequence, segment, place);
            self.read(side, false, found);
        }
    }

    /// Nothing more comes.
    pub(super) fn end(&mut self, found: &mut Vec<Exchange>) {
        // What a client sent stands before what answers it.
        for side in self.clients_first() {
            self.read(side, true, found);
        }
        self.break_off(found);
    }

    fn clients_first(&self) -> [usize; 2] {
        let is_server = |half: &Half| half.direction.as_ref().is_some_and(Direction::is_of_server);
        if is_server(&self.halves[0]) { [1, 0] } else { [0, 1] }
    }

    /// Adds the bytes of a segment, the first of which has this number.
    fn push(&mut self, side: usize, sequence: u32, segment: &TcpSegment, place: PacketPlace) {
        let Some(assembly) = self.halves[side].direction.as_ref().map(|direction| &direction.assembly) else { return };
        let (begin, next) = (assembly.place_of(sequence), assembly.next());
        let end = begin + segment.payload.len() as u64;
        // A byte before the next one keeps a connection alive, whatever it is (RFC 1122, section 4.2.3.6).
        let is_kept_alive = segment.payload.len() == 1 && end == next;
        let mut others = if is_kept_alive { Vec::new() } else { self.differs(side, begin, &segment.payload) };
        let half = &mut self.halves[side];
        let Some(direction) = &mut half.direction else { return };
        if direction.awaits == Awaits::Nothing {
            direction.assembly.pass(sequence.wrapping_add(u32::try_from(segment.length()).unwrap_or_default()));
        } else {
            let other = direction.assembly.push(sequence, &segment.payload, segment.missing, place);
            others.extend(other.map(|at| at..end));
        }
        // Where so many are, more make no difference.
        let count = MOST_CONTRADICTED.saturating_sub(half.contradicted.len());
        half.contradicted.extend(others.into_iter().take(count).map(|range| (range, place)));
    }

    /// Where bytes that were given out before, and that are held, are others.
    fn differs(&self, side: usize, begin: u64, bytes: &[u8]) -> Vec<Range<u64>> {
        let half = &self.halves[side];
        let mut held: Vec<(u64, &[u8])> = Vec::new();
        held.extend(half.direction.as_ref().map(Direction::held_bytes));
        let answered = self.halves[1 - side].answer.iter().filter_map(|(request, _)| request.as_ref());
        held.extend(half.requests.iter().chain(answered).map(|head| (head.begin, head.bytes.as_slice())));
        if let Some((_, response)) = &half.answer {
            held.push((response.begin, &response.bytes));
            let tail = half.direction.as_ref().and_then(Direction::tail).unwrap_or_default();
            held.push((response.range().end, tail));
        }
        let end = begin + bytes.len() as u64;
        let differs = |(at, there): (u64, &[u8])| {
            let (low, high) = (begin.max(at), end.min(at + there.len() as u64));
            let is_same = || bytes.get(index(low - begin)..index(high - begin)) == there.get(index(low - at)..index(high - at));
            (low < high && !is_same()).then_some(low..high)
        };
        held.into_iter().filter_map(differs).collect()
    }

    /// Reads the pieces of one side that are in order; with `is_over` all of them.
    fn read(&mut self, side: usize, is_over: bool, found: &mut Vec<Exchange>) {
        while let Some(piece) = self.direction(side).and_then(|direction| direction.assembly.pop(is_over)) {
            self.read_piece(side, &piece, found);
        }
    }

    fn direction(&mut self, side: usize) -> Option<&mut Direction> {
        self.halves[side].direction.as_mut()
    }

    fn read_piece(&mut self, side: usize, piece: &Piece, found: &mut Vec<Exchange>) {
        let Some(direction) = self.direction(side) else { return };
        if piece.gap > 0 && !direction.passes(piece.gap) {
            self.break_off(found);
        }
        let Some(direction) = self.direction(side) else { return };
        direction.take(piece);
        while let Some(head) = self.direction(side).and_then(Direction::next_head) {
            self.take_head(side, head, found);
        }
        let protocol = self.direction(side).and_then(|direction| direction.protocol);
        if matches!(protocol, Some(Protocol::Other | Protocol::Tls)) {
            self.close();
        }
        self.settle(side, false, found);
    }

    /// Nothing more of it matters.
    fn close(&mut self) {
        self.halves.iter_mut().filter_map(|half| half.direction.as_mut()).for_each(Direction::close);
    }

    /// Something is missing, or nothing follows: what was begun stays as it is, and what comes then answers nothing that came before.
    fn break_off(&mut self, found: &mut Vec<Exchange>) {
        self.is_whole = false;
        for side in self.clients_first() {
            if let Some(head) = self.direction(side).and_then(Direction::lose) {
                self.take_head(side, head, found);
                // Nothing that follows is its body.
                self.direction(side).map(Direction::lose);
            }
        }
        for side in [0, 1] {
            self.settle(side, true, found);
            for request in mem::take(&mut self.halves[side].requests) {
                self.tell(side, Some(&request), None, found);
            }
        }
    }

    /// Takes a head that this side sent.
    fn take_head(&mut self, side: usize, head: FoundHead, found: &mut Vec<Exchange>) {
        self.settle(side, true, found);
        let parsed = head.head();
        let is_whole = self.is_whole;
        if head.kind == Kind::Request {
            let length = body_length(&parsed, Kind::Request, b"");
            if let Some(direction) = self.direction(side).filter(|_| parsed.is_complete()) {
                direction.await_body(length);
            }
            // Packets of the two directions may have been captured in another order.
            if let Some((request @ None, response)) = self.halves[1 - side].answer.as_mut().filter(|_| is_whole) {
                *request = Some(head);
                if response.head().status() == Some(101) {
                    self.direction(side).into_iter().for_each(Direction::close);
                }
                self.settle(1 - side, false, found);
                return;
            }
            if self.halves[side].requests.len() == MOST_REQUESTS {
                self.break_off(found);
            }
            self.halves[side].requests.push_back(head);
            return;
        }
        let requests = &mut self.halves[1 - side].requests;
        if parsed.is_interim() {
            if let Some(request) = requests.front_mut() {
                request.interim += 1;
            }
            return;
        }
        let request = requests.pop_front();
        let (method, is_answer) = (request.as_ref().map(method_of).unwrap_or_default(), request.is_some());
        // A request that is still to come may matter.
        let is_wanted = head.is_relevant || request.as_ref().is_none_or(|request| request.is_relevant);
        let is_switch = parsed.status() == Some(101);
        self.halves[side].answer = Some((request, head));
        let Some(direction) = self.direction(side).filter(|_| parsed.is_complete()) else { return };
        if is_switch {
            direction.keep_tail(if is_wanted { MOST_BEHIND } else { 0 }, None);
            if is_answer {
                self.direction(1 - side).into_iter().for_each(Direction::close);
            }
        } else {
            direction.keep_tail(if is_wanted { MOST_BODY } else { 0 }, body_length(&parsed, Kind::Response, &method));
        }
    }

    /// Tells of the response of this side, if all that is wanted of its body came; in any case if `is_over`.
    fn settle(&mut self, side: usize, is_over: bool, found: &mut Vec<Exchange>) {
        let (half, is_whole) = (&mut self.halves[side], self.is_whole);
        // Its request may have been captured later.
        let is_due = |(request, _): &(Option<FoundHead>, FoundHead)| is_over || !is_whole || request.is_some();
        let Some(direction) = half.direction.as_mut().filter(|_| half.answer.as_ref().is_some_and(is_due)) else { return };
        let (has_tail, is_tail_cut) = (direction.tail().is_some(), direction.is_tail_cut());
        let tail = direction.take_tail(is_over);
        if has_tail && tail.is_none() {
            return;
        }
        if let Some((request, mut response)) = half.answer.take() {
            response.tail = tail.unwrap_or_default();
            response.is_tail_cut = is_tail_cut;
            if response.head().status() == Some(101) {
                self.close();
            }
            self.tell(1 - side, request.as_ref(), Some(&response), found);
        }
    }

    /// Tells of an exchange whose request this side sent.
    fn tell(&self, side: usize, request: Option<&FoundHead>, response: Option<&FoundHead>, found: &mut Vec<Exchange>) {
        // Who knows the key may judge responses alone.
        let is_relevant = request.is_none() || request.into_iter().chain(response).any(|head| head.is_relevant);
        let Some(first) = request.or(response).filter(|_| is_relevant) else { return };
        let method = request.map(method_of).unwrap_or_default();
        let [client, server] = [self.ends[side], self.ends[1 - side]];
        let mut exchange = Exchange {
            request: request.and_then(|head| self.halves[side].judged(head, &[])).map(|seen| seen.head),
            interim: request.map_or(0, |request| request.interim),
            flow: Some(Box::new(Flow {
                client,
                server,
                packet: first.place.packet,
                time: first.place.time,
                answered: response.map(|response| response.place.packet),
                answered_at: response.and_then(|response| response.place.time),
            })),
            ..Exchange::default()
        };
        if let Some(seen) = response.and_then(|head| self.halves[1 - side].judged(head, &method)) {
            exchange.behind = seen.behind;
            exchange.body = seen.body;
            exchange.response = Some(seen.head);
        }
        found.push(exchange);
    }
}

impl Half {
    fn held(&self) -> usize {
        let heads =
            self.requests.iter().chain(self.answer.iter().flat_map(|(request, response)| request.iter().chain([response])));
        let direction = self.direction.as_ref().map_or(0, Direction::held);
        direction + heads.map(|head| head.bytes.len() + 256).sum::<usize>()
    }

    /// A head as it is judged.
    fn judged(&self, found: &FoundHead, method: &[u8]) -> Option<SeenHead> {
        let bytes = [found.bytes.as_slice(), &found.tail].concat();
        let open = VecDeque::from([method.to_vec()]);
        let mut seen = raw::read_behind(&bytes, Origin::Direction, open).heads.all.into_iter().next()?;
        if found.is_sought {
            if seen.begins_amid_a_method() {
                seen.head.unclear.push(Unclear::CutOff);
            }
            seen.head.fidelity = Fidelity::Partial;
        }
        if found.is_tail_cut && found.tail.is_empty() {
            (seen.behind, seen.body) = (None, None);
        }
        let range = found.range();
        if let Some((_, place)) = self.contradicted.iter().find(|(other, _)| other.start < range.end && range.start < other.end) {
            seen.head.fidelity = Fidelity::Partial;
            seen.head.unclear.push(Unclear::SentAgain(place.packet));
        }
        Some(seen)
    }
}

fn method_of(request: &FoundHead) -> Vec<u8> {
    request.head().method().unwrap_or_default().to_vec()
}
