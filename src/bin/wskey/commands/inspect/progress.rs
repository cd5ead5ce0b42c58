//! What a capture came to so far. What settled is told at once, and forgotten.

use super::exchange::NotJudged;
use super::judged::{CaptureFile, Judges, judged, narrow, nothing_found, take_responses};
use super::summary::Summary;
use super::told::Told;
use crate::cli::InspectArgs;
use crate::exit::{Exit, Written};
use crate::output::{path, print};
use crate::report::text::is_coloured;
use anyhow::Result;
use std::slice;
use wskey::capture::{Capture, PacketRemark};
use wskey::head::Exchange;

/// What is said of a text that may be the bytes as they were sent, and of one that is not read to its end.
const MAY_BE_RAW: &str =
    "read as text; if it holds the bytes as they were sent, --raw judges line endings and what follows a head too";
const TOO_LONG: &str = "too long, the rest was not judged (limits: 1024 lines or 256 KiB of one head, 64 MiB of one dump or of printed \
                        packets; of several files, and of heads alone, 65536 heads and 1048576 lines of them)";

#[derive(Default)]
pub(super) struct Progress {
    pub(super) told: Told,
    pub(super) judges: Judges,
    /// How many exchanges were judged, and their worst verdict.
    pub(super) count: usize,
    exit: Option<Exit>,
    summary: Summary,
    not_judged: NotJudged,
    /// Whether the key was given to one of them.
    is_key_used: bool,
}

impl Progress {
    /// Whether there are as many exchanges as are to be judged.
    pub(super) fn is_enough(&self, args: &InspectArgs) -> bool {
        args.limit.is_some_and(|limit| self.count + self.told.count() >= limit.get())
    }

    /// Judges what nothing later changes, and tells it.
    ///
    /// # Errors
    /// What writing fails with.
    pub(super) fn settle(&mut self, args: &InspectArgs, source: &CaptureFile, mut settled: Vec<Exchange>) -> Result<()> {
        if settled.is_empty() {
            return Ok(());
        }
        self.is_key_used |= narrow(args, &mut settled).is_none();
        let text = self.take(args, slice::from_ref(source), 0, settled);
        if !text.is_empty() {
            self.told.is_any_shown = true;
            print(text.as_bytes())?;
        }
        Ok(())
    }

    /// Judges the next exchanges. Returns what is to be told of them, beyond what was.
    fn take(&mut self, args: &InspectArgs, sources: &[CaptureFile], at: usize, mut exchanges: Vec<Exchange>) -> String {
        let CaptureFile { name, is_interrupted, .. } = &sources[at];
        let places = self.told.places(&exchanges);
        if let Some(limit) = args.limit {
            exchanges.truncate(limit.get().saturating_sub(self.count).max(self.told.reach(&places)));
        }
        let all = judged(args, sources, self.count, exchanges, |all, shown| self.judges.judge(all, shown));
        self.count += all.len();
        let mut text = String::new();
        for (place, judged) in places.iter().zip(&all) {
            if !(*is_interrupted && judged.is_open()) {
                self.exit = self.exit.max(Some(judged.exit()));
            }
            self.summary.push(&judged.verdict, &judged.findings);
            self.not_judged.add(judged);
            if !self.told.has(*place, judged) {
                text += &judged.told(args, name);
            }
        }
        self.told.forget(&places);
        text
    }

    /// Judges the rest of the capture of one of the sources. Returns what is to be told of it, beyond what was.
    ///
    /// # Errors
    /// Where there was nothing to judge.
    pub(super) fn end(mut self, args: &InspectArgs, sources: &[CaptureFile], at: usize, mut capture: Capture) -> Result<Written> {
        let source @ CaptureFile { name, place, packets, .. } = &sources[at];
        if self.count == 0 {
            take_responses(args, &mut capture);
        }
        let Capture { mut exchanges, is_cut, looks_raw, .. } = capture;
        let ignored = narrow(args, &mut exchanges).filter(|_| !self.is_key_used);
        if self.count == 0 && exchanges.is_empty() && !is_cut {
            return Err(nothing_found(args, source));
        }
        let mut text = self.take(args, sources, at, exchanges);
        let is_trouble = is_cut || packets.iter().any(PacketRemark::is_trouble);
        let exit = self.exit.unwrap_or(Exit::Trouble).max(if is_trouble { Exit::Trouble } else { Exit::Yes });
        let shown_name = path(name);
        if args.summary && !(args.quiet && self.summary.is_ok()) {
            text = if args.json { self.summary.json(name) } else { self.summary.text(&shown_name, is_coloured(args.color)) };
        }
        if !args.json && (self.told.is_any_shown || !text.is_empty()) {
            text += &self.not_judged.line(&shown_name);
        }
        let raw = looks_raw.then_some(MAY_BE_RAW);
        let long = (is_cut && !packets.contains(&PacketRemark::TooMany)).then_some(TOO_LONG);
        let said = [ignored, raw, long].into_iter().flatten().map(str::to_owned);
        let remarks = packets.iter().map(ToString::to_string).chain(said).chain(self.told.left());
        Ok(Written { out: text, remarks: remarks.map(|told| format!("{place}: {told}")).collect(), exit })
    }
}
