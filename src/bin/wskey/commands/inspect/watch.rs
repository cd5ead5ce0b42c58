//! What is told of a text that goes on: verdicts on what came so far.

use super::exchange::JudgedExchange;
use super::judged::{CaptureFile, judged, narrow, take_responses};
use super::live::{Coming, Live};
use super::progress::Progress;
use super::told::Place;
use crate::cli::InspectArgs;
use crate::exit::Exit;
use crate::output::print;
use anyhow::{Context as _, Result};
use std::collections::HashMap;
use std::time::{Duration, Instant};
use std::{mem, slice};
use wskey::capture::{Capture, CaptureReader};
use wskey::head::Exchange;

/// How long nothing must come for silence, and how far two looks are apart.
const PAUSE: Duration = Duration::from_millis(400);

/// How often the time that a look takes must pass before it: where nothing comes for a moment, and where a stream does not stop, which
/// looks hold up.
const REST: u32 = 10;
const REST_IN_STREAM: u32 = 20;
const MOMENT: Duration = Duration::from_millis(50);

/// What takes as long to look at as less does.
const SMALL: usize = 1 << 18;

/// An exchange that has a verdict, as it may be told.
struct Tellable {
    place: Place,
    words: String,
    told: String,
}

/// Looks at a text while it goes on. An exchange is told once two looks in a row say the same of it, or one and then silence: what has no
/// verdict yet may get one.
pub(super) struct Watch<'a> {
    args: &'a InspectArgs,
    file: &'a CaptureFile<'a>,
    progress: &'a mut Progress,
    /// What the last look found, and was not told.
    candidates: Vec<Tellable>,
    /// When that look ended, how long it took, and how much there was to look at.
    looked: Instant,
    took: Duration,
    seen: usize,
    /// How much there is now.
    size: usize,
    /// When anything came first since then, and last, if it did.
    came: Option<[Instant; 2]>,
}

impl<'a> Watch<'a> {
    pub(super) fn new(args: &'a InspectArgs, file: &'a CaptureFile<'a>, progress: &'a mut Progress) -> Self {
        let (looked, took) = (Instant::now(), Duration::ZERO);
        Self { args, file, progress, candidates: Vec::new(), looked, took, seen: 0, size: 0, came: None }
    }

    /// Reads it up to its end, or until enough was told.
    ///
    /// # Errors
    /// What reading fails with, and writing.
    pub(super) fn read(mut self, live: &mut Live) -> Result<Capture> {
        let mut capture = CaptureReader::default();
        while !self.progress.is_enough(self.args) {
            match live.next(self.next_look()).with_context(|| self.file.place.clone())? {
                Coming::End => break,
                Coming::Silence => self.look(&capture)?,
                Coming::Piece(piece) => {
                    let now = Instant::now();
                    let [first, _] = *self.came.get_or_insert([now; 2]);
                    self.came = Some([first, now]);
                    self.size += piece.len();
                    if !capture.push(&piece) {
                        break;
                    }
                    let settled = capture.settled();
                    if !settled.is_empty() {
                        self.candidates.clear();
                        self.progress.settle(self.args, self.file, settled)?;
                    }
                    // The first look, at little, tells how long the others may take.
                    if self.seen == 0 || now - first > self.rest_in_stream() {
                        self.look(&capture)?;
                    }
                }
            }
        }
        capture.end().with_context(|| self.file.place.clone())
    }

    /// When to look, or to tell what was found, if nothing comes up to then.
    fn next_look(&self) -> Option<Instant> {
        match self.came {
            Some([_, last]) => Some((self.looked + PAUSE.max(self.took * REST)).max(last + MOMENT)),
            None => (!self.candidates.is_empty()).then(|| self.looked + PAUSE),
        }
    }

    /// How long to put off a look while more and more comes: it takes the longer the more there is.
    fn rest_in_stream(&self) -> Duration {
        let growth = u32::try_from(self.size / self.seen.max(SMALL)).unwrap_or(u32::MAX).max(1);
        PAUSE.max(self.took.saturating_mul(REST_IN_STREAM).saturating_mul(growth))
    }

    fn look(&mut self, capture: &CaptureReader) -> Result<()> {
        let before = mem::take(&mut self.candidates);
        if self.came.take().is_none() {
            return self.tell(before);
        }
        let begin = Instant::now();
        let before: HashMap<_, _> = before.into_iter().map(|before| (before.place, before.words)).collect();
        let is_same = |now: &Tellable| before.get(&now.place) == Some(&now.words);
        let (same, others) = self.verdicts(capture).into_iter().partition(is_same);
        self.candidates = others;
        self.looked = Instant::now();
        self.took = self.looked - begin;
        self.seen = self.size;
        self.tell(same)
    }

    /// Tells these, as far as they are to be judged.
    fn tell(&mut self, verdicts: Vec<Tellable>) -> Result<()> {
        let mut text = String::new();
        for Tellable { place, words, told } in verdicts {
            if self.progress.is_enough(self.args) {
                break;
            }
            text += &told;
            self.progress.told.words.insert(place, words);
        }
        if !text.is_empty() {
            self.progress.told.is_any_shown = true;
            print(text.as_bytes())?;
        }
        Ok(())
    }

    /// The verdicts on what came so far that were not told. Where that is nothing that could be judged, it may become so.
    fn verdicts(&self, capture: &CaptureReader) -> Vec<Tellable> {
        let Ok(mut capture) = capture.so_far() else { return Vec::new() };
        let Progress { told, judges, count, .. } = &*self.progress;
        if *count == 0 {
            take_responses(self.args, &mut capture);
        }
        narrow(self.args, &mut capture.exchanges);
        let places = told.places(&capture.exchanges).into_iter();
        let look = |all: &[Exchange], shown: Option<&[Exchange]>| judges.look(all, shown);
        let all = places.zip(judged(self.args, slice::from_ref(self.file), *count, capture.exchanges, look));
        let new = all.filter(|(place, judged)| judged.exit() != Exit::Trouble && !told.words.contains_key(place));
        let candidate = |(place, judged): (_, JudgedExchange)| {
            let (words, told) = (judged.words(false), judged.told(self.args, self.file.name));
            Tellable { place, words, told }
        };
        new.map(candidate).collect()
    }
}
