//! A capture of any length in bounded memory: what nothing later is to change is given, and forgotten, in batches.
//!
//! What is given was judged with at least `ahead` heads behind it; a request that is open for longer got no answer. A batch ends where
//! no exchange goes on. Where there is no such place it is cut by force: the answers of requests that are given go with them, and
//! requests that are open go over, so that no response is taken for that of another request.

use super::heads::SeenHead;
use super::repeated::Memory;

/// How many bytes of a head count as much as a head, and how much is held beyond a batch: that is cut whatever comes behind it.
const BYTES: usize = 512;
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
        Self { batch: 1 << 14, ahead: 1 << 10 }
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
}

impl Batch {
    pub(super) fn new(pace: Option<Pace>, has_open_before: bool) -> Self {
        Self { pace, has_open_before, ..Self::default() }
    }

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
        self.weight += 1 + (fields.sum::<usize>() + seen.head.start_line.len() + behind + body) / BYTES;
    }

    pub(super) fn is_due(&self) -> bool {
        self.pace.is_some_and(|pace| self.recent.len() >= 2 * pace.ahead || self.weight >= pace.batch + MOST_BEYOND)
    }

    /// The last head behind which no exchange goes on, among the older half of what came last, which this head stands before; by force
    /// the last one of these. Exchanges go from one head to another.
    pub(super) fn place_to_cut(&self, first: usize, mut exchanges: Vec<(usize, usize)>) -> usize {
        exchanges.retain(|(_, end)| *end > first);
        let last = first + self.recent.len() / 2;
        let is_quiet = |place: &usize| !exchanges.iter().any(|(begin, end)| (*begin..*end).contains(place));
        (first..=last).rev().find(is_quiet).unwrap_or(last)
    }
}
