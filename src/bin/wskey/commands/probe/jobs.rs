//! Cases side by side: several at once, each result where it belongs in the table's order, and what of it counts.

use super::client::Client;
use crate::report::JudgedCase;
use anyhow::Result;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{RwLock, RwLockWriteGuard};
use std::thread;
use std::time::{Duration, Instant};
use wskey::conformance::{Expectation, Judgement, Outcome};

/// How many cases of an outcome must come to the same alone before it is believed beside others: each is sent twice, and those that
/// take long would add up.
const DOUBTED: usize = 3;

/// How many refusals a worker takes, and for how long, before it tries a valid handshake.
const MAX_HELD: (usize, Duration) = (8, Duration::from_secs(1));

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
    judged: JudgedCase,
    /// Whether a valid handshake behind it was accepted beside others.
    is_confirmed: bool,
}

impl Beside {
    pub(super) fn is_silent(&self) -> bool {
        self.judged.outcome == Outcome::Silent
    }
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

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Judges one after the other of so many cases that nobody else has begun. Those that are not accepted are held until it is known
    /// whether a valid handshake is; where it is not, the server limits what it takes, and no more are begun.
    pub(super) fn work(
        &self,
        count: usize,
        results: &Sender<(usize, Result<Beside>)>,
        (client, limit): (&mut Client, Duration),
        judge: impl Fn(usize, &mut Client) -> Result<JudgedCase>,
    ) {
        let (mut held, mut since, mut is_end) = (Vec::new(), Instant::now(), false);
        while !is_end {
            let _beside = self.gate.read().expect("whoever is alone does not panic");
            let number = if self.is_over() { count } else { self.next.fetch_add(1, Ordering::Relaxed) };
            is_end = number >= count;
            match (!is_end).then(|| judge(number, client)) {
                Some(Ok(judged)) if judged.outcome != Outcome::Accepted => {
                    if held.is_empty() {
                        since = Instant::now();
                    }
                    held.push((number, judged));
                }
                Some(result) => {
                    let _ = results.send((number, result.map(|judged| Beside { judged, is_confirmed: true })));
                }
                None => {}
            }
            let is_due = is_end || held.len() >= MAX_HELD.0 || since.elapsed() >= MAX_HELD.1;
            if is_due && !held.is_empty() {
                let is_confirmed = !self.is_over() && client.is_accepted(limit).unwrap_or(false);
                if !is_confirmed {
                    self.end();
                }
                for (number, judged) in held.drain(..) {
                    let _ = results.send((number, Ok(Beside { judged, is_confirmed })));
                }
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
    /// What cases came to alone as beside others.
    alike: Vec<Outcome>,
}

impl<'a> Results<'a> {
    pub(super) fn new(receiver: Receiver<(usize, Result<Beside>)>, workers: &'a SideBySide) -> Self {
        Self { receiver, workers, early: HashMap::new(), alike: Vec::new() }
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
            self.early.insert(other, result);
        }
    }

    /// The case, where its result counts: it is none that a server may give because it is busy with others.
    ///
    /// # Errors
    /// The result that does not count.
    pub(super) fn certain(&self, beside: Beside) -> Result<JudgedCase, Box<Beside>> {
        let Beside { judged, is_confirmed } = &beside;
        let must_refuse = matches!(judged.case.expectation, Expectation::Refuse(_));
        let is_certain = match (judged.outcome, judged.status) {
            // That it is accepted at all may be what is wrong.
            (Outcome::Accepted, _) => must_refuse || matches!(judged.judgement, Judgement::Met | Judgement::Open),
            (Outcome::Unreachable, _) | (_, Some(429 | 503)) => false,
            (outcome, _) => {
                let is_known = self.alike.iter().filter(|other| **other == outcome).count() >= DOUBTED;
                *is_confirmed && is_known && (must_refuse || outcome == Outcome::Silent)
            }
        };
        if is_certain && !self.workers.is_over() { Ok(beside.judged) } else { Err(Box::new(beside)) }
    }

    /// Compares a result with that of the same case alone. A server that answers more alone gets one case at a time from now on.
    pub(super) fn compare(&mut self, Beside { judged, .. }: &Beside, alone: &JudgedCase) {
        if (judged.outcome, judged.status) == (alone.outcome, alone.status) {
            self.alike.push(alone.outcome);
        } else {
            self.workers.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use wskey::conformance::server_cases::CASES;

    fn result(outcome: Outcome, status: Option<u16>, is_confirmed: bool) -> Beside {
        let case = CASES.iter().find(|case| case.id == "key-missing").expect("a case of this name");
        Beside { judged: JudgedCase { outcome, status, ..JudgedCase::unreachable(case, "") }, is_confirmed }
    }

    /// An outcome is believed where it was seen alone often enough, and a valid handshake was accepted behind it.
    #[test]
    fn belief() {
        for (outcome, status, is_ever_certain) in [
            (Outcome::Silent, None, true),
            (Outcome::Closed, None, true),
            (Outcome::NotHttp, None, true),
            (Outcome::Refused, Some(400), true),
            (Outcome::Refused, Some(500), true),
            (Outcome::Refused, Some(429), false),
            (Outcome::Refused, Some(503), false),
            (Outcome::Unreachable, None, false),
        ] {
            let workers = SideBySide::default();
            let mut results = Results::new(mpsc::channel().1, &workers);
            let certain = |results: &Results, is_confirmed| results.certain(result(outcome, status, is_confirmed)).is_ok();
            for _ in 0..DOUBTED {
                assert!(!certain(&results, true), "{outcome:?}");
                results.compare(&result(outcome, status, true), &result(outcome, status, false).judged);
            }
            assert_eq!(certain(&results, true), is_ever_certain, "{outcome:?} {status:?}");
            assert!(!certain(&results, false), "{outcome:?} {status:?}");
            // Alone it answers otherwise: from now on one at a time, and nothing counts that was seen beside others.
            results.compare(&result(outcome, status, true), &result(Outcome::Accepted, Some(101), false).judged);
            assert!(!certain(&results, true) && workers.is_over(), "{outcome:?} {status:?}");
        }
    }
}
