//! A capture of any length in bounded memory: what nothing later is to change is given, and forgotten, in batches.
//!
//! What is given was judged with at least `ahead` heads behind it; a request that is open for longer got no answer. A batch ends where
//! no exchange goes on. Where there is no such place it is cut by force: the answers of requests that are given go with them, and
//! requests that are open go over, so that no response is taken for that of another request.

use super::{Correlator, Slot};
use crate::capture::heads::SeenHead;
use crate::capture::repeated::{Memory, leave_out};
use crate::head::Exchange;
use std::collections::HashSet;
use std::mem;

/// How many bytes of a head count as much as a head, and how much is held beyond a batch: that is cut whatever comes behind it.
const BYTES: usize = 512;
const MOST_BEYOND: usize = 1 << 15;

/// How long batches are.
#[derive(Clone, Copy)]
pub(in crate::capture) struct Pace {
    /// How many heads one has at least.
    pub(in crate::capture) batch: usize,
    /// How many heads must have come behind an exchange.
    pub(in crate::capture) ahead: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { batch: 1 << 14, ahead: 1 << 10 }
    }
}

/// What is known of the heads since the last batch.
#[derive(Clone, Default)]
pub(super) struct Batch {
    /// None where all are given at the end.
    pace: Option<Pace>,
    /// How much came.
    weight: usize,
    /// What came last, once there is enough for a batch: it may have to be taken again in the next one.
    recent: Vec<SeenHead>,
    /// Which heads are part of which exchange, or have to do with it.
    pub(super) uses: Vec<(usize, usize)>,
    /// Whether a request of an earlier batch would be open still, since none that is right came for it.
    pub(super) has_open_before: bool,
    pub(super) memory: Memory,
}

impl Batch {
    pub(super) fn note(&mut self, seen: &SeenHead) {
        let Some(pace) = self.pace else { return };
        if self.weight >= pace.batch {
            self.recent.push(seen.clone());
        }
        let fields = seen.head.fields.iter().map(|field| field.name.len() + field.value.len());
        let behind = seen.behind.as_ref().map_or(0, |behind| behind.bytes.len());
        let body = seen.body.as_ref().map_or(0, Vec::len);
        self.weight += 1 + (fields.sum::<usize>() + seen.head.start_line.len() + behind + body) / BYTES;
    }

    fn is_due(&self) -> bool {
        self.pace.is_some_and(|pace| self.recent.len() >= 2 * pace.ahead || self.weight >= pace.batch + MOST_BEYOND)
    }
}

impl Correlator {
    /// One that gives batches.
    pub(in crate::capture) fn in_batches(pace: Pace) -> Self {
        Self { batch: Batch { pace: Some(pace), ..Batch::default() }, ..Self::default() }
    }

    /// The exchanges that nothing later is to change, which are forgotten, once there are enough for a batch; nothing up to then.
    pub(in crate::capture) fn settle(&mut self) -> Vec<Exchange> {
        if !self.batch.is_due() {
            return Vec::new();
        }
        self.decide();
        let first = self.heads - self.batch.recent.len();
        let cut = self.place_to_cut(first);
        let goes_over = |slot: &Slot| slot.order > cut || slot.waits && slot.order > first;
        let uses = || self.batch.uses.iter();
        let taken: HashSet<_> = uses().filter(|(_, at)| !goes_over(&self.slots[*at])).map(|(order, _)| *order).collect();
        let left: HashSet<_> = uses().filter(|(_, at)| goes_over(&self.slots[*at])).map(|(order, _)| *order).collect();
        let is_given = |slot: &Slot| !goes_over(slot) || taken.contains(&slot.order);
        let has_open = self.open.iter().any(|at| is_given(&self.slots[*at]));
        let (given, _): (Vec<_>, Vec<_>) = mem::take(&mut self.slots).into_iter().partition(is_given);
        let mut memory = mem::take(&mut self.batch.memory);
        given.iter().for_each(|slot| memory.remember_label(&slot.labels[0]));
        let batch = Batch { pace: self.batch.pace, has_open_before: self.batch.has_open_before || has_open, ..Batch::default() };
        let orders = first + 1..;
        let again = orders
            .zip(mem::take(&mut self.batch.recent))
            .filter(|(order, _)| !taken.contains(order) && (*order > cut || left.contains(order)));
        *self = Self { batch, ..Self::default() };
        for (_, seen) in again {
            self.push(seen);
        }
        let given = memory.leave_out(exchanges(given));
        self.batch.memory = memory;
        given
    }

    /// The last head behind which no exchange goes on, among the older half of those that came last; by force the last one of these.
    fn place_to_cut(&self, first: usize) -> usize {
        let of = |slot: &Slot| (slot.order, if slot.waits && slot.order > first { self.heads } else { slot.order });
        let mut spans: Vec<_> = self.slots.iter().map(of).collect();
        for (order, at) in &self.batch.uses {
            let (begin, end) = spans[*at];
            spans[*at] = (begin.min(*order), end.max(*order));
        }
        spans.retain(|(_, end)| *end > first);
        let last = first + self.batch.recent.len() / 2;
        let is_quiet = |place: &usize| !spans.iter().any(|(begin, end)| (*begin..*end).contains(place));
        (first..=last).rev().find(is_quiet).unwrap_or(last)
    }
}

/// The exchanges that have to do with WebSocket, in the order of their first heads.
pub(super) fn exchanges(mut slots: Vec<Slot>) -> Vec<Exchange> {
    slots.retain(|slot| slot.is_relevant);
    slots.sort_by_key(|slot| slot.order);
    leave_out(slots.into_iter().map(|slot| slot.exchange).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handshake::Accept;
    use crate::head::{ACCEPT, Fidelity, Field, Head, KEY, Kind};
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
        heads(script).into_iter().for_each(|seen| correlator.push(seen));
        correlator.end()
    }

    fn in_batches(script: &str, batch: usize, ahead: usize) -> Vec<Vec<Exchange>> {
        let mut correlator = Correlator::in_batches(Pace { batch, ahead });
        let mut given = Vec::new();
        for seen in heads(script) {
            correlator.push(seen);
            given.push(correlator.settle());
        }
        given.push(correlator.end());
        given.retain(|given| !given.is_empty());
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
        // So many come before what is kept of the next batch, and with it.
        let script = script(&["QN AN"; 20]);
        let counts = |batch| in_batches(&script, batch, 4).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(counts(33), [20]);
        assert_eq!(counts(32), [18, 2]);
        assert_eq!(counts(16), [10, 10]);
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
