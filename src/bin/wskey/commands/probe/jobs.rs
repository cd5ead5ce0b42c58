//! Cases side by side: several at once, each result where it belongs in the table's order, and what of it counts.

use crate::report::JudgedCase;
use anyhow::Result;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{RwLock, RwLockWriteGuard};
use std::thread;
use std::time::Instant;
use wskey::conformance::{Expectation, Judgement, Outcome};

/// How many cases that get silence beside others are tried again alone before silence is believed of a server that answers
/// others meanwhile: each takes all of its time, and they would add up.
const DOUBTED: usize = 5;

/// The cases that several workers judge, by their numbers.
#[derive(Default)]
pub(super) struct SideBySide {
    /// Each case is sent under its read lock; whoever must be alone takes the write lock.
    gate: RwLock<()>,
    next: AtomicUsize,
    is_over: AtomicBool,
}

/// A case that was judged beside others.
pub(super) struct Beside {
    pub(super) judged: JudgedCase,
    begun: Instant,
    ended: Instant,
}

impl SideBySide {
    /// Waits until no case is under way, and keeps others from being begun.
    pub(super) fn alone(&self) -> RwLockWriteGuard<'_, ()> {
        self.gate.write().expect("whoever is alone does not panic")
    }

    /// Has no more cases begun.
    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Judges one after the other of so many cases that nobody else has begun.
    pub(super) fn work(
        &self,
        count: usize,
        results: &Sender<(usize, Result<Beside>)>,
        mut judge: impl FnMut(usize) -> Result<JudgedCase>,
    ) {
        loop {
            let _beside = self.gate.read().expect("whoever is alone does not panic");
            if self.is_over.load(Ordering::Relaxed) {
                return;
            }
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return;
            }
            let begun = Instant::now();
            let judged = judge(number).map(|judged| Beside { judged, begun, ended: Instant::now() });
            if results.send((number, judged)).is_err() {
                return;
            }
        }
    }
}

/// Whether a server accepts so many valid handshakes at once: where it does not, what it says to one case depends on the others. `perform`
/// sends one, and tells whether it is accepted.
pub(super) fn accepts_at_once(count: usize, perform: impl Fn() -> Result<bool> + Sync) -> Result<bool> {
    thread::scope(|scope| {
        let all: Vec<_> = (0..count).map(|_| scope.spawn(&perform)).collect();
        let accepted = all.into_iter().map(|one| one.join().expect("an exchange does not panic"));
        accepted.collect::<Result<Vec<_>>>().map(|accepted| accepted.iter().all(|is_accepted| *is_accepted))
    })
}

/// The results of the workers, and what is known of the server from them.
pub(super) struct Results<'a> {
    receiver: Receiver<(usize, Result<Beside>)>,
    workers: &'a SideBySide,
    early: HashMap<usize, Result<Beside>>,
    /// When those were begun and had ended that were answered.
    answered: Vec<(Instant, Instant)>,
    /// How many got silence beside others and alone.
    silent: usize,
}

impl<'a> Results<'a> {
    pub(super) fn new(receiver: Receiver<(usize, Result<Beside>)>, workers: &'a SideBySide) -> Self {
        Self { receiver, workers, early: HashMap::new(), answered: Vec::new(), silent: 0 }
    }

    /// The result of the case of this number; nothing where no worker judges it.
    ///
    /// # Errors
    /// What judging it failed with.
    pub(super) fn take(&mut self, number: usize) -> Result<Option<Beside>> {
        loop {
            if let Some(result) = self.early.remove(&number) {
                return result.map(Some);
            }
            let Ok((other, result)) = self.receiver.recv() else { return Ok(None) };
            if let Ok(Beside { judged, begun, ended }) = &result
                && matches!(judged.outcome, Outcome::Accepted | Outcome::Refused)
            {
                self.answered.push((*begun, *ended));
            }
            self.early.insert(other, result);
        }
    }

    /// Whether a result counts: it is none that a server may give because it is busy with others, or proves that it is not.
    pub(super) fn is_certain(&self, beside: &Beside) -> bool {
        let Beside { judged, begun, ended } = beside;
        match (judged.outcome, judged.status) {
            // One that began later was answered meanwhile.
            (Outcome::Silent, _) => {
                self.silent >= DOUBTED && self.answered.iter().any(|(other, answered)| other > begun && answered < ended)
            }
            (Outcome::Refused, status) => {
                !matches!(status, Some(429 | 500..)) && matches!(judged.case.expectation, Expectation::Refuse(_))
            }
            (Outcome::Accepted, _) => {
                // That it is accepted at all may be what is wrong.
                let is_right = matches!(judged.judgement, Judgement::Met | Judgement::Open);
                is_right || matches!(judged.case.expectation, Expectation::Refuse(_))
            }
            _ => false,
        }
    }

    /// Compares a result with that of the same case alone. A server that answers more alone gets one case at a time from now on.
    pub(super) fn compare(&mut self, beside: Option<&Beside>, alone: &JudgedCase) {
        let Some(Beside { judged, .. }) = beside else { return };
        if judged.outcome == Outcome::Silent && alone.outcome == Outcome::Silent {
            self.silent += 1;
        } else if (judged.outcome, judged.status) != (alone.outcome, alone.status) {
            self.workers.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;
    use wskey::conformance::server_cases::CASES;

    /// Silence is believed where it was seen alone often enough, and another was answered meanwhile.
    #[test]
    fn silence() {
        let start = Instant::now();
        let second = |number| start + Duration::from_secs(number);
        let result = |outcome, begun, ended| {
            let judged = JudgedCase { outcome, ..JudgedCase::unreachable(&CASES[0], "") };
            Beside { judged, begun: second(begun), ended: second(ended) }
        };
        let (sender, receiver) = mpsc::channel();
        let workers = SideBySide::default();
        let mut results = Results::new(receiver, &workers);
        let silent = result(Outcome::Silent, 2, 4);
        for (number, begun, ended) in [(0, 1, 3), (1, 3, 5)] {
            sender.send((number, Ok(result(Outcome::Accepted, begun, ended)))).expect("a receiver");
            results.take(number).expect("a result");
        }
        (0..DOUBTED).for_each(|_| results.compare(Some(&silent), &silent.judged));
        assert!(!results.is_certain(&silent), "each began before it or ended after it");
        sender.send((2, Ok(result(Outcome::Refused, 3, 3)))).expect("a receiver");
        results.take(2).expect("a result");
        assert!(results.is_certain(&silent));
        results.silent -= 1;
        assert!(!results.is_certain(&silent));
        // Alone it answers: from now on one at a time.
        results.compare(Some(&silent), &result(Outcome::Refused, 0, 0).judged);
        assert!(workers.is_over.into_inner());
    }
}
