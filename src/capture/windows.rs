//! A text that is read in windows, and what was found in them: whatever its length, no more of it is held than a window, but for one
//! dump and for packets, which are read as one.

use super::breaks::Breaks;
use super::chopped::mark_cut;
use super::correlate::Correlator;
use super::decode::decode;
use super::far::{BEHIND, Sifter};
use super::form;
use super::heads::{Heads, Merged, SeenHead};
use super::text::{Lines, line_of};
use super::transcript::{self, Ended};
use super::{assemble, dump, packets, start, text};
use crate::head::Exchange;
use std::borrow::Cow;
use std::ops::Range;

/// How many bytes of lines near a sign are read at once. What is read of them takes some twenty times as much.
const WINDOW: usize = 1 << 20;

/// How much of a text is looked through at once: what the processor's cache holds.
const STEP: usize = 1 << 18;

/// The least lines of a window: a head may be spread over a fourth of them.
const LEAST_LINES: usize = 4 * BEHIND;

/// How many bytes are enough for a window of fewer lines.
const WIDEST_WINDOW: usize = 16 << 20;

/// The most bytes, where one dump or one capture of packets does not end.
const MOST_BYTES: usize = 64 << 20;

/// Takes a text in pieces.
#[derive(Clone)]
pub(super) struct Windows {
    sifter: Sifter,
    /// How much is enough for a window, after how many bytes it is looked whether there is as much, and how many came since.
    enough: usize,
    step: usize,
    taken: usize,
    /// The first line of which it was not told yet whether a head begins on it: above it stands what is near it.
    begin: usize,
    /// Those of the window that is being read, and how many there were before.
    heads: Heads,
    ended: Ended,
    breaks: Breaks,
    announced: Announcement,
    /// What was found in the windows before.
    correlator: Correlator,
    responses: Vec<SeenHead>,
}

impl Default for Windows {
    fn default() -> Self {
        Self::from(Sifter::default())
    }
}

impl From<Sifter> for Windows {
    fn from(sifter: Sifter) -> Self {
        Self {
            sifter,
            enough: WINDOW,
            step: STEP,
            taken: 0,
            begin: 1,
            heads: Heads::default(),
            ended: Ended::default(),
            breaks: Breaks::default(),
            announced: Announcement::default(),
            correlator: Correlator::default(),
            responses: Vec::new(),
        }
    }
}

impl Windows {
    /// Takes the next piece. Where windows end does not depend on how long it is.
    pub(super) fn push(&mut self, mut piece: &[u8]) {
        while !piece.is_empty() {
            let (own, rest) = piece.split_at(piece.len().min(self.step - self.taken));
            self.sifter.push(own);
            self.taken += own.len();
            if self.taken == self.step {
                self.taken = 0;
                self.read_if_enough();
            }
            piece = rest;
        }
    }

    fn read_if_enough(&mut self) {
        let kept = self.sifter.near().text.len();
        let is_enough = kept >= self.enough && self.sifter.lines() >= LEAST_LINES || kept >= WIDEST_WINDOW;
        // A dump is read as one.
        if is_enough && !self.sifter.is_one() && !self.sifter.is_in_dump() {
            self.read_window();
        }
    }

    /// Whether it holds so much that nothing more is taken.
    pub(super) fn is_full(&self) -> bool {
        self.sifter.kept() > MOST_BYTES
    }

    /// The exchanges that nothing later is to change, where there are enough for a batch.
    pub(super) fn settled(&mut self) -> Vec<Exchange> {
        let settled = self.correlator.settle();
        self.heads.hold(self.correlator.held());
        settled
    }

    /// All that came: the heads that were taken by now, and what else there is of them.
    pub(super) fn end(mut self) -> (Correlator, Heads) {
        let is_full = self.is_full();
        self.sifter.end();
        self.read(usize::MAX..usize::MAX);
        self.heads.is_cut |= is_full;
        self.heads.responses = self.responses;
        (self.correlator, self.heads)
    }

    /// Reads the heads that begin far enough above the end, and leaves out what is far above what comes next.
    fn read_window(&mut self) {
        let margin = BEHIND.min(self.sifter.lines() / 4);
        let end = self.read(self.begin + margin..self.sifter.lines() - margin);
        let behind = end - 1 - margin;
        self.sifter.forget(behind);
        self.breaks.forget(behind);
        self.announced.forget(behind);
        self.begin = end - behind;
    }

    /// Reads the heads that begin before a line, the last one of these at which that is known, and returns which that is.
    fn read(&mut self, ends: Range<usize>) -> usize {
        let near = self.sifter.near();
        let jumps = self.sifter.jumps();
        let is_ended = near.text.ends_with(b"\n");
        let mut lines: Vec<_> = text::lines(&near.text).collect();
        form::join_traced(&mut lines);
        let all = all_heads(&mut lines, is_ended, &mut self.ended, &mut self.heads.is_cut);
        let core = self.begin..seam(&all, ends);
        for seen in all.into_iter().filter(|seen| core.contains(&seen.line)) {
            self.heads.push(seen);
        }
        let heads = &mut self.heads;
        for seen in heads.placed() {
            seen.has_arrow |= start::has_arrow(line_of(&lines, seen.line));
            seen.mark_jump(&jumps);
        }
        self.breaks.divide(heads, &lines, &core, &jumps);
        heads.all.retain(|seen| !seen.is_of_plain_command(&lines));
        self.announced.mark(&mut heads.all, &lines);
        mark_cut(heads, &near.text, near.widest, &core);
        if near.has_colours {
            heads.all.iter_mut().chain(&mut heads.responses).for_each(|seen| seen.head.has_colours = true);
        }
        near.renumber(heads);
        heads.leave_lines();
        for seen in heads.all.drain(..) {
            self.correlator.push(seen);
        }
        heads.give_responses(&mut self.responses);
        core.end
    }
}

/// Where one window ends and the next one begins: at a head that is not mixed with the one before, if there is one.
fn seam(heads: &[SeenHead], ends: Range<usize>) -> usize {
    let is_seam = |pair: &&[SeenHead]| ends.contains(&pair[1].line) && pair[0].last_line() < pair[1].line;
    heads.windows(2).rev().find(is_seam).map_or(ends.end, |pair| pair[1].line)
}

/// All heads of a window, whatever they have to do with.
fn all_heads(lines: &mut Lines<'_>, is_ended: bool, ended: &mut Ended, is_cut: &mut bool) -> Vec<SeenHead> {
    let (mut found, mut is_taken) = packets::heads(lines).unwrap_or_else(|| (Vec::new(), vec![false; lines.len()]));
    found.extend(dump::heads(lines, &mut is_taken));
    leave_empty(lines, &is_taken);
    let transcript = transcript::read(lines, is_ended, ended);
    found.extend(transcript.heads);
    leave_empty(lines, &transcript.is_taken);
    let mut rest: Vec<u8> = Vec::new();
    for (_, line) in &*lines {
        rest.extend_from_slice(line);
        rest.push(b'\n');
    }
    // The decoder ends the last line.
    rest.pop();
    found.sort_by_key(|seen| seen.line);
    let mut merged = Merged::new(&found, lines, &transcript.mixed);
    *is_cut |= assemble::heads(&decode(&rest), is_ended, &mut merged) | transcript.is_cut;
    merged.end()
}

/// Leaves those lines empty that are taken.
fn leave_empty(lines: &mut Lines<'_>, is_taken: &[bool]) {
    for (_, line) in lines.iter_mut().zip(is_taken).filter(|(_, is_taken)| **is_taken).map(|(line, _)| line) {
        *line = Cow::Borrowed(b"");
    }
}

/// Marks the heads before which the one stands that announces them.
#[derive(Clone, Default)]
struct Announcement {
    /// Of the head above, where it announces another: its run, and the last line of the command, if it is one.
    before: Option<(usize, Option<usize>)>,
}

impl Announcement {
    fn mark(&mut self, heads: &mut [SeenHead], lines: &Lines<'_>) {
        for seen in heads.iter_mut().filter(|seen| seen.is_placed()) {
            // What a command printed in other words is what came of it.
            let between = |last: usize| lines.get(last..seen.line.saturating_sub(1)).unwrap_or_default();
            let is_directly = |last| between(last).iter().all(|(_, line)| form::is_dressing(line));
            seen.is_announced = self.before.is_some_and(|(run, last)| run == seen.run && last.is_none_or(is_directly));
            let is_command = seen.is_command(lines);
            self.before = (is_command || seen.head.start_line.is_empty() && seen.shows(lines, form::is_of_proxy))
                .then(|| (seen.run, is_command.then(|| end_of_command(lines, seen.last_line()))));
        }
    }

    /// Says that so many lines are left out before those that come next.
    fn forget(&mut self, lines: usize) {
        if let Some((_, Some(last))) = &mut self.before {
            *last = last.saturating_sub(lines);
        }
    }
}

/// The last line of a command: a mark at the end of a line goes on with it.
fn end_of_command(lines: &Lines<'_>, line: usize) -> usize {
    let goes_on = |number: &usize| matches!(line_of(lines, *number).trim_ascii_end().last(), Some(b'\\' | b'^' | b'`'));
    (line..=lines.len()).find(|number| !goes_on(number)).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Capture;
    use crate::head::Exchange;
    use crate::rules::{judge, verdict};
    use std::fs;
    use std::path::Path;

    /// What is read of a text in windows of this many bytes at least.
    fn read(text: &[u8], enough: usize) -> Capture {
        in_pieces(text, enough, 1 << 12)
    }

    fn in_pieces(text: &[u8], enough: usize, length: usize) -> Capture {
        let mut windows = Windows { enough, step: 5000, ..Windows::default() };
        for piece in text.chunks(length) {
            windows.push(piece);
        }
        Capture::of_windows(windows, false)
    }

    /// What the exchanges come to, one after the other; which of those with the same verdict are one does not matter.
    fn verdicts(capture: &Capture) -> Vec<String> {
        let findings = judge(&capture.exchanges);
        let own = |at| findings.iter().filter(|finding| finding.exchange == at).cloned().collect::<Vec<_>>();
        let verdict = |(at, exchange)| verdict(exchange, &own(at)).as_str().to_owned();
        let mut all: Vec<_> = capture.exchanges.iter().enumerate().map(verdict).collect();
        all.dedup();
        all
    }

    /// A handshake of twelve lines, the second head on the eighth.
    fn handshake(target: &str) -> String {
        format!(
            "> GET {target} HTTP/1.1\n> Host: a\n> Upgrade: websocket\n> Connection: Upgrade\n\
             > Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n> Sec-WebSocket-Version: 13\n>\n\
             < HTTP/1.1 101 Switching Protocols\n< Upgrade: websocket\n< Connection: Upgrade\n\
             < Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\n<\n"
        )
    }

    /// The lines on which the heads of a text begin, read in windows.
    fn begins(text: &str) -> Vec<usize> {
        read(text.as_bytes(), 1).exchanges.iter().flat_map(Exchange::heads).map(|(_, head)| head.line).collect()
    }

    /// Where no line stands above what is near the next window, none is left out.
    #[test]
    fn a_seam_at_the_top() {
        // It is near a handshake, and no head.
        let other = |count: usize| "Sec-WebSocket-Key\n".repeat(count);
        let text = [handshake("/1"), other(BEHIND - 12 - 7), handshake("/2"), other(LEAST_LINES), handshake("/3")].concat();
        let (second, third) = (1 + BEHIND - 7, 1 + BEHIND - 7 + 12 + LEAST_LINES);
        assert_eq!(begins(&text), [1, 8, second, second + 7, third, third + 7]);
    }

    /// A line that is longer than any window, and has not ended yet.
    #[test]
    fn a_line_beyond_a_window() {
        let text = ["a".repeat(2 * WIDEST_WINDOW + (1 << 13)).as_str(), "\n", &handshake("/")].concat();
        assert_eq!(begins(&text), [2, 9]);
    }

    /// Every capture, so often that it takes several windows, comes to what it comes to as one.
    #[test]
    fn every_capture_in_windows() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures");
        for file in fs::read_dir(folder).expect("the captures") {
            let path = file.expect("a file").path();
            if path.extension().is_some_and(|end| ["pcap", "pcapng", "har", "md"].iter().any(|of| end == *of)) {
                continue;
            }
            let capture = fs::read(&path).expect("a capture");
            let lines = capture.split(|&b| b == b'\n').count();
            let text = [capture, b"\n\n".to_vec()].concat().repeat(6 * BEHIND / lines + 1);
            let (whole, parted) = (read(&text, usize::MAX), read(&text, 1));
            assert_eq!(verdicts(&parted), verdicts(&whole), "{}", path.display());
            assert_eq!(in_pieces(&text, 1, 9001), parted, "{}", path.display());
        }
    }
}
