//! A capture of any length in bounded memory: what nothing later is to change is given, and forgotten, in batches.
//!
//! What is given was judged with at least `ahead` heads behind it; a request that is open for longer got no answer. A batch ends where
//! no exchange goes on. Where there is no such place it is cut by force, where twice as many heads came behind it: the answers to
//! requests that are given go with them.

use super::heads::SeenHead;
use super::repeated::Memory;
use crate::head::Exchange;
use std::mem;

/// How many bytes of a head count as much as a head, and how many fields. How much is held beyond a batch: that is cut whatever comes
/// behind it.
const BYTES: usize = 512;
const FIELDS: usize = 16;
const MOST_BEYOND: usize = 1 << 15;

/// How long batches are.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    /// How many heads one has at least.
    pub(super) batch: usize,
    /// How many heads must have come behind an exchange.
    pub(super) ahead: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { batch: 1 << 13, ahead: 1 << 10 }
    }
}

/// What is known of the heads since the last batch.
#[derive(Clone, Default)]
pub(super) struct Batch {
    /// None where nobody asks for a batch.
    pub(super) pace: Option<Pace>,
    /// How much came.
    weight: usize,
    /// What came last, once there is enough for a batch: it may have to be taken again in the next one.
    pub(super) recent: Vec<SeenHead>,
    /// Which heads are part of which exchange, or have to do with it.
    pub(super) uses: Vec<(usize, usize)>,
    /// Whether a request of an earlier batch would be open still, since none that is right came for it.
    pub(super) has_open_before: bool,
    pub(super) memory: Memory,
    /// The last exchange before it.
    last: Option<Exchange>,
}

impl Batch {
    /// Keeps from now on what batches take.
    pub(super) fn begin(&mut self) {
        self.pace.get_or_insert_default();
    }

    pub(super) fn note(&mut self, seen: &SeenHead) {
        let Some(pace) = self.pace else { return };
        if self.weight >= pace.batch {
            self.recent.push(seen.clone());
        }
        let fields = seen.head.fields.iter().map(|field| field.name.len() + field.value.len());
        let behind = seen.behind.as_ref().map_or(0, |behind| behind.bytes.len());
        let body = seen.body.as_ref().map_or(0, Vec::len);
        self.weight +=
            1 + (fields.sum::<usize>() + seen.head.start_line.len() + behind + body) / BYTES + seen.head.fields.len() / FIELDS;
    }

    pub(super) fn is_due(&self) -> bool {
        self.pace.is_some_and(|pace| self.recent.len() >= 2 * pace.ahead || self.weight >= pace.batch + MOST_BEYOND)
    }

    /// The last head behind which no exchange goes on, among the older half of what came last, which this head stands before; by force
    /// that one. Exchanges go from one head to another.
    pub(super) fn place_to_cut(&self, first: usize, exchanges: &[(usize, usize)]) -> usize {
        let late: Vec<_> = exchanges.iter().filter(|(_, end)| *end > first).map(|(begin, end)| *begin..*end).collect();
        let is_quiet = |place: &usize| !late.iter().any(|heads| heads.contains(place));
        (first..=first + self.recent.len() / 2).rev().find(is_quiet).unwrap_or(first)
    }

    /// The next one.
    pub(super) fn next(&mut self, has_open: bool) -> Self {
        let has_open_before = self.has_open_before || has_open;
        Self { pace: self.pace, has_open_before, memory: mem::take(&mut self.memory), last: self.last.take(), ..Self::default() }
    }

    /// Gives these, but for the last one: it is judged with the one that comes next, which may do what it asks for.
    pub(super) fn give(&mut self, exchanges: Vec<Exchange>) -> Vec<Exchange> {
        let mut given = self.end(exchanges);
        self.last = given.pop();
        given
    }

    /// Gives all that is left.
    pub(super) fn end(&mut self, exchanges: Vec<Exchange>) -> Vec<Exchange> {
        self.last.take().into_iter().chain(self.memory.leave_out(exchanges)).collect()
    }
}
