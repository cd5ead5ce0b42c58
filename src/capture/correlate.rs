//! Heads to exchanges: which response is whose.
//!
//! An accept value that is right for a key proves it, and so does the connection, where the form shows one. The order proves
//! it where one request alone was open. Where several were open and as many responses came, none of which is right for any,
//! each of the requests failed, whoever got which. What is left is not known.

use super::batch::Batch;
use super::heads::SeenHead;
use super::names::is_websocket;
use super::repeated::{is_copy_of, is_mention, is_same, is_same_request, leave_out, merge};
use crate::handshake::Accept;
use crate::head::{ACCEPT, EXTENSIONS, Exchange, Fidelity, Head, KEY, Kind, PROTOCOL, Pairing};
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::mem;

/// How many requests with one key are looked at for the label of a response.
const MOST_WANTING: usize = 64;

/// Takes heads in their order, and gives the exchanges at the end, or in batches.
#[derive(Clone, Default)]
pub(super) struct Correlator {
    slots: Vec<Slot>,
    /// What neither an accept value nor a connection decided when it came, in order.
    undecided: Vec<Event>,
    /// The exchanges that want this accept value, and have no response yet.
    wanted: HashMap<Accept, Vec<usize>>,
    /// Those of which several were open at once that ask for different things: which response is whose matters then.
    mixed: HashMap<Accept, Mixed>,
    /// The last exchange whose response has this accept value.
    answered: HashMap<Accept, usize>,
    /// The exchanges whose requests have no response yet.
    open: BTreeSet<usize>,
    /// Those during which a response with another status came, while no other request was open.
    refused: HashSet<usize>,
    /// Which heads were responses with another status that are nobody's.
    strays: Vec<usize>,
    connections: HashMap<usize, Waiting>,
    /// How many heads came, and how many responses are undecided.
    heads: usize,
    responses: usize,
    batch: Batch,
}

/// An exchange in the making.
#[derive(Clone)]
struct Slot {
    exchange: Exchange,
    /// Which head of the capture it began with.
    order: usize,
    /// Whether it has to do with WebSocket. Others are needed for the order alone.
    is_relevant: bool,
    /// How many responses were undecided when it came.
    responses: usize,
    /// What stands before its request in a log, and before its response; and whether that marks which way they go.
    labels: [Vec<u8>; 2],
    have_arrows: [bool; 2],
    /// The part of the capture in which its request stands, and the run of a client.
    part: usize,
    run: usize,
    /// Which head answered it, where the accept value said so and not the order.
    claimed: Option<usize>,
    /// Whether its other half may come yet.
    waits: bool,
}

impl Slot {
    /// Whether its client marks each line of its request, and a response is shown without a mark: by another one, or in another run.
    fn marks_otherwise(&self, seen: &SeenHead) -> bool {
        let is_marked = |request: &Head| self.have_arrows[0] && request.fidelity >= Fidelity::Complete;
        !seen.has_arrow && !seen.head.fields.is_empty() && self.exchange.request.as_ref().is_some_and(is_marked)
    }
}

/// Requests with one key that ask for different things.
#[derive(Clone, Default)]
struct Mixed {
    /// How many were open at once.
    open: usize,
    /// Whether no name tells two of them apart.
    is_nameless: bool,
}

/// A head that the order must decide on.
#[derive(Clone)]
enum Event {
    Request(usize),
    Response { seen: Box<SeenHead>, order: usize, open: Open },
}

/// The requests that were open when a response came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    None,
    One(usize),
    Several,
}

/// What waits for its other half on one connection.
#[derive(Clone, Default)]
struct Waiting {
    requests: VecDeque<usize>,
    /// Each with its order among the heads.
    responses: VecDeque<(SeenHead, usize)>,
}

fn accept_of(head: &Head) -> Option<Accept> {
    Accept::parse(head.get_all(ACCEPT).next()?).ok()
}

/// Whether what a response is held against, beside the key, is the same in two requests.
fn asks_for_same(one: &Exchange, other: &Exchange) -> bool {
    let heads = one.request.as_ref().zip(other.request.as_ref());
    heads.is_some_and(|(one, other)| [PROTOCOL, EXTENSIONS].iter().all(|name| one.get_all(name).eq(other.get_all(name))))
}

/// What stands before lines, whatever the numbers in it are: of two workers it is the same.
fn sort_of(label: &[u8]) -> Vec<u8> {
    label.split(u8::is_ascii_digit).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(&b'0')
}

/// Whether a response that answers no key is wrong for every request, whichever it belongs to.
fn is_wrong_for_all(head: &Head) -> bool {
    match head.status() {
        Some(101) | None => head.has(ACCEPT),
        Some(200..300) => !head.is_http2(),
        Some(_) => true,
    }
}

impl Correlator {
    pub(super) fn push(&mut self, seen: SeenHead) {
        self.heads += 1;
        self.batch.note(&seen);
        match seen.kind {
            Kind::Request => self.request(seen),
            Kind::Response => self.response(seen),
        }
    }

    fn request(&mut self, seen: SeenHead) {
        let wanted = seen.head.get_all(KEY).next().map(Accept::of);
        if let Some(id) = seen.connection {
            let at = self.add(seen);
            let connection = self.connections.entry(id).or_default();
            // What came before it is no answer, unless it is right for its key: packets come in any order.
            let is_right = |(response, _): &(SeenHead, usize)| wanted.is_some() && accept_of(&response.head) == wanted;
            let before = if connection.responses.back().is_some_and(is_right) { connection.responses.pop_back() } else { None };
            match before {
                Some((response, order)) => self.answer(at, response, order),
                None => connection.requests.push_back(at),
            }
            return;
        }
        // Another process of the same sort may have got another request with this key, and what came of that is not known then.
        let may_be_same = |at: &usize| {
            let label = &self.slots[*at].labels[0];
            *label == seen.label || sort_of(label) != sort_of(&seen.label)
        };
        let open = wanted.and_then(|wanted| self.wanted.get(&wanted)?.last().copied()).filter(may_be_same);
        let last = self.slots.len().checked_sub(1).filter(|_| seen.is_announced);
        // The shell may have written the key of a command.
        let is_keyless = |at: &usize| self.slots[*at].exchange.request.as_ref().is_some_and(|request| !request.has(KEY));
        let is_its = |at: &usize| {
            let request = self.slots[*at].exchange.request.as_ref().filter(|_| self.slots[*at].responses == self.responses);
            request
                .is_some_and(|request| is_same_request(request, &seen.head) && is_copy_of(request, &seen.head, last == Some(*at)))
        };
        let candidates = [open, self.begun(&seen.head), last.filter(is_keyless)];
        if let Some(there) = candidates.into_iter().flatten().find(is_its) {
            self.show_again(there, seen, wanted);
            return;
        }
        let before = self.shown_before(wanted, &seen);
        let at = self.add(seen);
        self.undecided.push(Event::Request(at));
        if let Some((response, order)) = before {
            self.answer(at, response, order);
            return;
        }
        self.open.insert(at);
        if let Some(wanted) = wanted {
            self.want(at, wanted);
        }
    }

    /// Says that a request waits for this accept value.
    fn want(&mut self, at: usize, wanted: Accept) {
        let wanting = self.wanted.entry(wanted).or_default();
        if wanting.last() == Some(&at) {
            return;
        }
        let own = &self.slots[at];
        // One during which another response came may have got that.
        let is_other = |other: &&Slot| other.responses == own.responses && !asks_for_same(&own.exchange, &other.exchange);
        let slots = wanting.iter().rev().take(MOST_WANTING).map(|at| &self.slots[*at]);
        let others: Vec<_> = slots.filter(is_other).map(|other| &other.labels[0]).collect();
        if !others.is_empty() || self.mixed.contains_key(&wanted) {
            let mixed = self.mixed.entry(wanted).or_default();
            mixed.open = wanting.len() + 1;
            mixed.is_nameless |= others.iter().any(|name| **name == own.labels[0] || name.is_empty());
        }
        wanting.push(at);
    }

    /// Takes a request that is there as shown again.
    fn show_again(&mut self, there: usize, seen: SeenHead, wanted: Option<Accept>) {
        let command = if seen.is_announced { self.take_command(there, &seen.head) } else { None };
        self.batch.uses.push((self.heads, there));
        let slot = &mut self.slots[there];
        // A prompt above a command has one too.
        let is_command = slot.exchange.request.as_ref().is_some_and(|request| request.start_line.is_empty());
        slot.have_arrows[0] = seen.has_arrow || slot.have_arrows[0] && !is_command;
        if let Some(request) = &mut slot.exchange.request {
            // What was mentioned before is of the run that sent it.
            if is_mention(request) {
                (slot.run, slot.part) = (seen.run, seen.part);
            }
            merge(request, seen.head);
            if let Some(command) = command {
                merge(request, command);
            }
        }
        slot.is_relevant = slot.exchange.heads().any(|(_, head)| is_websocket(head));
        if let Some(wanted) = wanted {
            self.want(there, wanted);
        }
    }

    /// The command directly before a request that is there, whose key the shell wrote: the same request, which stands between the two.
    fn take_command(&mut self, there: usize, head: &Head) -> Option<Head> {
        let at = self.slots.len().checked_sub(1).filter(|at| *at != there)?;
        let is_last = matches!(self.undecided.last(), Some(Event::Request(last)) if *last == at);
        let is_same = |request: &Head| !request.has(KEY) && is_same_request(request, head);
        if !is_last || !self.slots[at].exchange.request.as_ref().is_some_and(is_same) {
            return None;
        }
        self.undecided.pop();
        self.open.remove(&at);
        let command = self.slots.pop()?;
        let uses = self.batch.uses.iter_mut().rev().take_while(|(order, _)| *order >= command.order);
        uses.filter(|(_, used)| *used == at).for_each(|(_, used)| *used = there);
        command.exchange.request
    }

    /// The request over HTTP/2 directly before this one, where no more than a part of it was seen and its start line is the same: curl
    /// shows the fields one by one, and then the whole head.
    fn begun(&self, head: &Head) -> Option<usize> {
        let Some(Event::Request(at)) = self.undecided.last() else { return None };
        let request = self.slots[*at].exchange.request.as_ref()?;
        let is_begun = request.fidelity == Fidelity::Partial && !request.has(KEY) && request.is_http2();
        (is_begun && request.start_line == head.start_line).then_some(*at)
    }

    /// The response that stands directly before its request, as browsers show it: in one form, and with nothing between them.
    fn shown_before(&mut self, wanted: Option<Accept>, request: &SeenHead) -> Option<(SeenHead, usize)> {
        let Some(Event::Response { seen, open: Open::None, .. }) = self.undecided.last() else { return None };
        let is_beside = (seen.run, seen.part, seen.has_arrow) == (request.run, request.part, request.has_arrow);
        if !is_beside || wanted.is_none() || accept_of(&seen.head) != wanted {
            return None;
        }
        self.responses -= 1;
        self.undecided
            .pop()
            .and_then(|event| if let Event::Response { seen, order, .. } = event { Some((*seen, order)) } else { None })
    }

    fn response(&mut self, mut seen: SeenHead) {
        let is_interim = seen.head.is_interim();
        if let Some(id) = seen.connection {
            let connection = self.connections.entry(id).or_default();
            match connection.requests.front().copied() {
                Some(at) if is_interim => self.count_interim(at),
                Some(at) => {
                    connection.requests.pop_front();
                    self.answer(at, seen, self.heads);
                }
                None if is_interim => {}
                None => connection.responses.push_back((seen, self.heads)),
            }
            return;
        }
        if is_interim {
            // It uses up no request, and which one it is for does not matter.
            if let Some(&at) = self.open.last() {
                self.count_interim(at);
            }
            return;
        }
        if self.shows_another_form(&seen) && self.takes_repeated(None, &mut seen, self.heads) {
            return;
        }
        if let Some(at) = accept_of(&seen.head).filter(|_| !self.is_copy(&seen)).and_then(|accept| self.wanting(&accept, &seen)) {
            self.open.remove(&at);
            if let Pairing::Unknown(_) = self.slots[at].exchange.pairing {
                self.add_alone(seen, self.heads);
                return;
            }
            self.answer(at, seen, self.heads);
            self.slots[at].claimed = Some(self.heads);
            return;
        }
        let open = match (self.open.len() + usize::from(self.batch.has_open_before), self.open.first()) {
            (1, Some(&at)) => Open::One(at),
            (0, _) => Open::None,
            _ => Open::Several,
        };
        let is_refusal = seen.head.status().is_some_and(|status| status != 101);
        self.refused.extend(self.open.first().copied().filter(|_| is_refusal && matches!(open, Open::One(_))));
        self.responses += 1;
        self.undecided.push(Event::Response { seen: Box::new(seen), order: self.heads, open });
    }

    fn count_interim(&mut self, at: usize) {
        self.batch.uses.push((self.heads, at));
        self.slots[at].exchange.interim += 1;
    }

    /// Takes the request that waits for this accept value: of several the last one, or, where they have labels, the one with this.
    fn wanting(&mut self, accept: &Accept, seen: &SeenHead) -> Option<usize> {
        let wanting = self.wanted.get_mut(accept)?;
        let last = wanting.len().checked_sub(1)?;
        let label_of = |place: &usize| &self.slots[wanting[*place]].labels[0];
        let mut near = (last.saturating_sub(MOST_WANTING)..=last).rev().filter(|_| !label_of(&last).is_empty());
        let named = near.find(|place| *label_of(place) == seen.label);
        let place = named.unwrap_or(last);
        // A client that ended got no more.
        let slot = &self.slots[wanting[place]];
        if slot.run != seen.run || slot.marks_otherwise(seen) {
            return None;
        }
        let at = wanting.remove(place);
        if let Some(mixed) = self.mixed.get(accept).filter(|mixed| mixed.is_nameless || named.is_none()) {
            self.slots[at].exchange.pairing = Pairing::Unknown(mixed.open);
        }
        if wanting.is_empty() {
            self.mixed.remove(accept);
        }
        Some(at)
    }

    /// Whether it is the right response once more, while the request that waits for it was refused: curl shows heads twice, and a
    /// client that is refused may ask again with the same key.
    fn is_copy(&self, seen: &SeenHead) -> bool {
        let Some(accept) = accept_of(&seen.head) else { return false };
        let waits = self.wanted.get(&accept).and_then(|wanting| wanting.last());
        let answered = self.answered.get(&accept).and_then(|at| self.slots[*at].exchange.response.as_ref());
        waits.is_some_and(|at| self.refused.contains(at)) && answered.is_some_and(|there| is_same(there, &seen.head))
    }

    /// Whether a response with this accept value was seen in another form, and no later request waits for one in this form: `curl -iv`
    /// shows each head behind a mark, and once more without.
    fn shows_another_form(&self, seen: &SeenHead) -> bool {
        let Some(accept) = accept_of(&seen.head) else { return false };
        let Some(&answered) = self.answered.get(&accept) else { return false };
        let waits = self.wanted.get(&accept).and_then(|wanting| wanting.last()).filter(|at| **at > answered);
        let is_its = |at: &usize| (self.slots[*at].run, self.slots[*at].have_arrows[0]) == (seen.run, seen.has_arrow);
        self.slots[answered].have_arrows[1] != seen.has_arrow && !waits.is_some_and(is_its)
    }

    /// Adds a request.
    fn add(&mut self, seen: SeenHead) -> usize {
        self.batch.uses.push((self.heads, self.slots.len()));
        self.slots.push(Slot {
            order: self.heads,
            is_relevant: is_websocket(&seen.head),
            responses: self.responses,
            labels: [seen.label, Vec::new()],
            have_arrows: [seen.has_arrow, false],
            part: seen.part,
            run: seen.run,
            claimed: None,
            waits: false,
            exchange: Exchange::new(Some(seen.head), None),
        });
        self.slots.len() - 1
    }

    fn answer(&mut self, at: usize, seen: SeenHead, order: usize) {
        self.batch.uses.push((order, at));
        let slot = &mut self.slots[at];
        slot.is_relevant |= is_websocket(&seen.head);
        if let Some(accept) = accept_of(&seen.head) {
            self.answered.insert(accept, at);
        }
        slot.exchange.response = Some(seen.head);
        slot.exchange.behind = seen.behind;
        slot.exchange.body = seen.body;
        slot.labels[1] = seen.label;
        slot.have_arrows[1] = seen.has_arrow;
    }

    /// The exchanges that have to do with WebSocket, in the order of their first heads.
    pub(super) fn end(mut self) -> Vec<Exchange> {
        self.decide();
        self.batch.end(exchanges(self.slots))
    }

    /// The exchanges that nothing later is to change, which are forgotten, once there are enough for a batch; nothing up to then. Who asks
    /// once has to ask after every few heads.
    pub(super) fn settle(&mut self) -> Vec<Exchange> {
        self.batch.begin();
        if !self.batch.is_due() {
            return Vec::new();
        }
        self.decide();
        let first = self.heads - self.batch.recent.len();
        let spans = self.spans(first);
        let cut = self.batch.place_to_cut(first, &spans);
        let uses = self.batch.uses.iter().filter(|(_, at)| spans.get(*at).is_some_and(|(begin, _)| *begin <= cut));
        let taken: HashSet<_> = uses.map(|(order, _)| *order).collect();
        let recent = (first + 1..).zip(mem::take(&mut self.batch.recent));
        let again = recent.filter(|(order, _)| *order > cut && !taken.contains(order)).map(|(_, seen)| seen);
        let has_open = self.open.iter().any(|at| spans[*at].0 <= cut);
        let next = Self { batch: self.batch.next(has_open), ..Self::default() };
        let all = mem::replace(self, next).slots.into_iter().zip(spans);
        // What is of no request may speak against one that is given.
        let given = all.filter(|(slot, (begin, _))| *begin <= cut || taken.contains(&slot.order)).map(|(slot, _)| slot);
        let given: Vec<_> = given.collect();
        again.for_each(|seen| self.push(seen));
        for slot in &given {
            self.batch.memory.remember_label(&slot.labels[0]);
        }
        self.batch.give(exchanges(given))
    }

    /// How many heads it holds.
    pub(super) fn held(&self) -> usize {
        self.heads
    }

    /// From which head to which exchanges go.
    fn spans(&self, first: usize) -> Vec<(usize, usize)> {
        let of = |slot: &Slot| (slot.order, if slot.waits && slot.order > first { self.heads } else { slot.order });
        let mut spans: Vec<_> = self.slots.iter().map(of).collect();
        for (order, at) in &self.batch.uses {
            if let Some((begin, end)) = spans.get_mut(*at) {
                (*begin, *end) = ((*begin).min(*order), (*end).max(*order));
            }
        }
        spans
    }

    /// Makes exchanges of all that came.
    fn decide(&mut self) {
        self.decide_by_order();
        for connection in mem::take(&mut self.connections).into_values() {
            connection.requests.into_iter().for_each(|at| self.slots[at].waits = true);
            for (response, order) in connection.responses {
                let at = self.add_alone(response, order);
                self.slots[at].waits = true;
            }
        }
        self.compare_labels();
        self.compare_order();
    }

    /// Where a log names its connections, an accept value that is right for a request on another one proves no answer.
    fn compare_labels(&mut self) {
        let requests: HashSet<Vec<u8>> = self.slots.iter().map(|slot| slot.labels[0].clone()).collect();
        for Slot { exchange, labels: [request, response], .. } in &mut self.slots {
            let is_other = !request.is_empty() && !response.is_empty() && request != response;
            if is_other && (requests.contains(response) || self.batch.memory.has_label(response)) {
                exchange.pairing = Pairing::Contradicted;
            }
        }
    }

    /// A response that is nobody's, between a request and the one that is right for it, may have been its answer.
    fn compare_order(&mut self) {
        self.strays.sort_unstable();
        for Slot { exchange, order, claimed, labels, .. } in &mut self.slots {
            exchange.label.clone_from(&labels[0]);
            let next = self.strays.partition_point(|stray| stray <= order);
            if claimed.zip(self.strays.get(next)).is_some_and(|(claimed, stray)| *stray < claimed) {
                exchange.pairing = Pairing::AfterAnother;
            }
        }
    }

    fn decide_by_order(&mut self) {
        let mut group = Group::default();
        let mut events = mem::take(&mut self.undecided).into_iter().peekable();
        // The request directly above, if its response stands before it.
        let mut above = None;
        while let Some(event) = events.next() {
            let answered = above.take();
            match event {
                Event::Request(at) if self.slots[at].exchange.response.is_some() => {
                    above = Some(at).filter(|at| self.slots[*at].claimed.is_none());
                }
                Event::Request(at) => group.requests.push(at),
                Event::Response { mut seen, order, open } if group.requests.is_empty() => {
                    if let Some((was_open, at)) = self.stands_before(&seen, open) {
                        self.answer(at, *seen, order);
                        for at in [was_open, at] {
                            self.contradict(at, order);
                        }
                    } else if !self.takes_repeated(group.last, &mut seen, order) {
                        // It stands behind a request that has another response, and before none: it may be the answer.
                        let answered = answered.filter(|_| !matches!(events.peek(), Some(Event::Request(_))));
                        if let Some(at) = answered {
                            self.contradict(at, order);
                        }
                        self.add_alone(*seen, order);
                    }
                }
                Event::Response { seen, order, .. } => group.responses.push((*seen, order)),
            }
            if group.requests.len() == group.responses.len() {
                self.close(&mut group);
            }
        }
        // Fewer responses than requests: whose they are cannot be told.
        let count = group.requests.len();
        for at in group.requests {
            self.slots[at].waits = true;
            if !group.responses.is_empty() {
                self.slots[at].exchange.pairing = Pairing::Unknown(count);
            }
        }
        for (seen, order) in group.responses {
            let at = self.add_alone(seen, order);
            self.slots[at].waits = true;
        }
    }

    /// Says that a head speaks against what answers this request.
    fn contradict(&mut self, at: usize, order: usize) {
        self.batch.uses.push((order, at));
        self.slots[at].exchange.pairing = Pairing::Contradicted;
    }

    /// The request that was open when a response came which is right for another one, behind it, and that other one: somebody mixed
    /// up the two, or the order is not that of time.
    fn stands_before(&self, seen: &SeenHead, open: Open) -> Option<(usize, usize)> {
        let Open::One(was_open) = open else { return None };
        let at = *self.wanted.get(&accept_of(&seen.head)?)?.last()?;
        self.slots[at].exchange.response.is_none().then_some((was_open, at))
    }

    /// Whether a response is one that was seen before, which then takes what this one shows beyond it.
    fn takes_repeated(&mut self, last: Option<usize>, seen: &mut SeenHead, order: usize) -> bool {
        let of_key = accept_of(&seen.head).and_then(|accept| self.answered.get(&accept).copied());
        let Some(at) = of_key.or(last) else { return false };
        let exchange = &mut self.slots[at].exchange;
        let Some(there) = exchange.response.as_mut().filter(|there| is_same(there, &seen.head)) else { return false };
        merge(there, seen.head.clone());
        self.batch.uses.push((order, at));
        if exchange.behind.as_ref().is_none_or(|behind| behind.bytes.is_empty()) {
            exchange.behind = seen.behind.take().or(exchange.behind.take());
        }
        true
    }

    /// Gives the requests of a group its responses: they are as many.
    fn close(&mut self, group: &mut Group) {
        let count = group.requests.len();
        let key = |at: &usize| self.slots[*at].exchange.request.as_ref().and_then(|request| request.get(KEY));
        let mut keys = group.requests.iter().map(key);
        let first = keys.next().flatten();
        let is_one_key = first.is_some() && keys.all(|key| key == first);
        // A key that was not seen may be the one that a value answers.
        let is_keyless =
            |request: &Head| request.fidelity == Fidelity::Partial && !request.has(KEY) && !request.start_line.is_empty();
        let lacks_key = group.requests.iter().filter_map(|at| self.slots[*at].exchange.request.as_ref()).any(is_keyless);
        let pairing = match group.responses.as_slice() {
            _ if self.are_apart(group) || self.is_told_again(group) => Pairing::Apart,
            [_] => Pairing::Certain,
            several if lacks_key && several.iter().any(|(seen, _)| seen.head.has(ACCEPT)) => Pairing::Unknown(count),
            several if is_one_key && several.iter().all(|(seen, _)| is_wrong_for_all(&seen.head)) => Pairing::SameKey(count),
            several if several.iter().all(|(seen, _)| is_wrong_for_all(&seen.head)) => Pairing::OneOf(count),
            _ => Pairing::Unknown(count),
        };
        for (at, (seen, order)) in group.requests.drain(..).zip(group.responses.drain(..)) {
            self.slots[at].exchange.pairing = pairing;
            group.last = Some(at);
            if matches!(pairing, Pairing::Unknown(_) | Pairing::Apart) {
                self.batch.uses.push((order, at));
                self.add_alone(seen, order);
            } else {
                self.answer(at, seen, order);
            }
        }
    }

    /// Whether the requests of a group, and what seem to be its responses, stand in several parts of the capture, or behind other names.
    fn are_apart(&self, group: &Group) -> bool {
        let requests = || group.requests.iter().map(|at| &self.slots[*at]);
        let parts: HashSet<_> =
            requests().map(|slot| slot.part).chain(group.responses.iter().map(|(seen, _)| seen.part)).collect();
        let mut names = [
            requests().map(|slot| &slot.labels[0]).collect::<Vec<_>>(),
            group.responses.iter().map(|(seen, _)| &seen.label).collect(),
        ];
        for names in &mut names {
            names.sort_unstable();
        }
        let is_unmarked = |(seen, _): &(SeenHead, usize)| requests().any(|slot| slot.marks_otherwise(seen));
        parts.len() > 1
            || group.responses.iter().all(is_unmarked)
            || names[0] != names[1] && names.iter().flatten().all(|name| !name.is_empty())
    }

    /// Whether one of the requests is no more than the key of one that was answered: a program may tell of it.
    fn is_told_again(&self, group: &Group) -> bool {
        group.requests.iter().filter_map(|at| self.slots[*at].exchange.request.as_ref()).any(|request| {
            let is_answered = |accept: &Accept| self.answered.contains_key(accept) || self.batch.memory.has_given(accept);
            is_mention(request) && request.get(KEY).is_some_and(|key| is_answered(&Accept::of(key)))
        })
    }

    /// A response whose request is not known.
    fn add_alone(&mut self, seen: SeenHead, order: usize) -> usize {
        self.batch.uses.push((order, self.slots.len()));
        let is_relevant = is_websocket(&seen.head);
        if seen.head.status().is_some_and(|status| status != 101) {
            self.strays.push(order);
        }
        let exchange = Exchange { behind: seen.behind, body: seen.body, ..Exchange::new(None, Some(seen.head)) };
        let labels = [Vec::new(), seen.label];
        self.slots.push(Slot {
            exchange,
            order,
            is_relevant,
            responses: 0,
            labels,
            have_arrows: [false, seen.has_arrow],
            part: seen.part,
            run: seen.run,
            claimed: None,
            waits: false,
        });
        self.slots.len() - 1
    }
}

/// The exchanges that have to do with WebSocket, in the order of their first heads.
fn exchanges(mut slots: Vec<Slot>) -> Vec<Exchange> {
    slots.retain(|slot| slot.is_relevant);
    slots.sort_by_key(|slot| slot.order);
    leave_out(slots.into_iter().map(|slot| slot.exchange).collect())
}

/// Requests that are open, in order, and responses that came since none was.
#[derive(Default)]
struct Group {
    requests: Vec<usize>,
    responses: Vec<(SeenHead, usize)>,
    /// The request that got a response last.
    last: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::batch::Pace;
    use crate::head::Field;
    use crate::rules::{Verdict, judge, verdict};
    use proptest::prelude::*;
    use std::slice;

    /// A head of a script: `Q` asks with the key of its number, `A` is right for it, `a` is that in another form, `W` has a value of its own
    /// that answers no key, `R` refuses, `I` comes before a final response; `q` and `p` are on a connection of their own.
    fn heads(script: &str) -> Vec<SeenHead> {
        let head = |at: usize, word: &str| {
            let (letter, number) = word.split_at(1);
            let key = format!("{number:A<22}==");
            let (accept, wrong) = (Accept::of(key.as_bytes()).to_string(), Accept::of(number.as_bytes()).to_string());
            let (kind, status) = match letter {
                "Q" | "q" => (Kind::Request, 0),
                "R" => (Kind::Response, 403),
                "I" => (Kind::Response, 103),
                _ => (Kind::Response, 101),
            };
            let own = match letter {
                "Q" | "q" => vec![("Host", "a"), (KEY, &key), ("Sec-WebSocket-Version", "13")],
                "A" | "a" | "p" => vec![(ACCEPT, accept.as_str())],
                "W" => vec![(ACCEPT, wrong.as_str())],
                _ => Vec::new(),
            };
            let both = [("Upgrade", "websocket"), ("Connection", "Upgrade")];
            let fields = both.into_iter().chain(own).map(|(name, value)| Field::new(name, value, at + 1)).collect();
            let mut head = Head::from_fields([], fields, Fidelity::Complete);
            let line = if status == 0 { "GET / HTTP/1.1".to_owned() } else { format!("HTTP/1.1 {status} {number}") };
            head.start_line = line.into();
            let mut seen = SeenHead::new(kind, head, at + 1);
            seen.connection = "qp".contains(letter).then(|| number.parse().expect("a number"));
            seen.has_arrow = letter == "a";
            seen
        };
        script.split_whitespace().enumerate().map(|(at, word)| head(at, word)).collect()
    }

    fn at_once(script: &str) -> Vec<Exchange> {
        let mut correlator = Correlator::default();
        for seen in heads(script) {
            correlator.push(seen);
        }
        correlator.end()
    }

    fn in_batches(script: &str, batch: usize, ahead: usize) -> Vec<Vec<Exchange>> {
        let pace = Pace { batch, ahead };
        let mut correlator = Correlator::default();
        correlator.batch.pace = Some(pace);
        let mut given = Vec::new();
        for seen in heads(script) {
            correlator.push(seen);
            given.push(correlator.settle());
        }
        given.push(correlator.end());
        given.retain(|given: &Vec<_>| !given.is_empty());
        given
    }

    /// The lines of its heads, and what it comes to.
    fn came_to(exchange: &Exchange) -> (Vec<usize>, Verdict) {
        let lines = exchange.heads().map(|(_, head)| head.line).collect();
        (lines, verdict(exchange, &judge(slice::from_ref(exchange))))
    }

    /// Scripts with the numbers that stand for `N`, `M`, each script with its own.
    fn script(parts: &[&str]) -> String {
        let numbered =
            |(at, part): (usize, &&str)| part.replace('N', &(10 + at).to_string()).replace('M', &(500 + at).to_string());
        parts.iter().enumerate().map(numbered).collect::<Vec<_>>().join(" ")
    }

    /// Each request gets an answer, however they overlap.
    const ANSWERED: &[&str] = &[
        "QN AN",
        "QN QM AM AN",
        "QN RN",
        "QN RN AN",
        "QN QM RN RM",
        "QN AN aN",
        "QN WN",
        "QN IN AN",
        "QN AN QN AN",
        "WN",
        "RN",
        "qN pN",
        "qN QM pN AM",
    ];

    #[test]
    fn what_goes_on_is_not_torn_apart() {
        let script = script(&[&["AN QN"], ANSWERED].concat());
        let whole = at_once(&script);
        for batch in 1..heads(&script).len() {
            assert_eq!(in_batches(&script, batch, 6).concat(), whole, "{batch}");
        }
    }

    #[test]
    fn few_heads_are_given_at_the_end() {
        // The last exchange of a batch waits for the next one.
        let script = script(&["QN AN"; 20]);
        let counts = |batch| in_batches(&script, batch, 4).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(counts(33), [20]);
        assert_eq!(counts(32), [17, 3]);
        assert_eq!(counts(16), [9, 11]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Where there is always a place to cut, batches are what all is.
        #[test]
        fn batches_are_the_whole(parts in prop::collection::vec(prop::sample::select(ANSWERED.to_vec()), 1..60), batch in 1_usize..60) {
            let script = script(&parts);
            prop_assert_eq!(in_batches(&script, batch, 6).concat(), at_once(&script));
        }

        /// Where there may be none, a batch says no yes and no no that the whole does not, and loses no request.
        #[test]
        fn cut_by_force(
            parts in prop::collection::vec((prop::sample::select(ANSWERED.to_vec()), 0..8_usize), 1..100),
            batch in 1_usize..60,
        ) {
            // Each part begins before the one above it has ended.
            let mut words: Vec<(usize, String)> = Vec::new();
            for (at, (part, shift)) in parts.iter().enumerate() {
                let part = part.replace('N', &(10 + at).to_string()).replace('M', &(500 + at).to_string());
                words.extend(part.split(' ').enumerate().map(|(place, word)| (3 * at + place * shift, word.to_owned())));
            }
            words.sort_by_key(|(place, _)| *place);
            let script = words.into_iter().map(|(_, word)| word).collect::<Vec<_>>().join(" ");
            let whole: Vec<_> = at_once(&script).iter().map(came_to).collect();
            let batches: Vec<_> = in_batches(&script, batch, 40).concat().iter().map(came_to).collect();
            for (lines, verdict) in &batches {
                let is_same = || whole.iter().any(|(there, other)| there == lines && other == verdict);
                prop_assert!(matches!(verdict, Verdict::Unjudged(_)) || is_same(), "{script}: {lines:?}: {verdict:?}");
            }
            let requests = |all: &[(Vec<usize>, Verdict)]| all.iter().map(|(lines, _)| lines[0]).collect::<HashSet<_>>();
            prop_assert!(requests(&whole).is_subset(&requests(&batches)), "{script}");
        }
    }
}
