//! The heads of a capture in their order, and how many of them are read.

use super::altered::{drop_words_of_writers, is_dressed, is_one_of};
use super::exact;
use super::form;
use super::names::is_websocket;
use super::prompt::{command, is_plain};
use super::start::METHODS;
use super::text::{Lines, line_of};
use crate::head::{Behind, EXTENSIONS, Fidelity, Field, Head, Irregularity, Kind, PROTOCOL, Unclear, VERSION};
use std::collections::HashMap;
use std::mem;

/// The most heads that are taken from one capture, and the most lines of all of them.
pub(super) const MOST_HEADS: usize = 1 << 16;
const MOST_LINES: usize = 1 << 20;

/// The longest head, in bytes and in lines; what stands after that is not read as part of it.
pub(super) const LONGEST_HEAD: usize = 1 << 18;
pub(super) const LONGEST_LINES: usize = 1 << 10;

/// How many lines a head may take with what others write between its own.
pub(super) const LONGEST_SPAN: usize = 2 * LONGEST_LINES;

/// What stands farther than so many lines from any sign of a handshake is no part of one.
pub(super) const FARTHEST: usize = LONGEST_LINES;

/// How many lines behind a head are looked at for its empty line, or for what else may be its own.
pub(super) const MOST_BEHIND: usize = 64;

/// How many lines behind a head something is still near it.
pub(super) const NEAR: usize = 16;

/// The most requests of one group that have nothing to do with WebSocket and matter for the order.
const MOST_OTHERS: usize = 1 << 10;

/// The most responses that are kept of a capture without any request.
pub const MOST_RESPONSES: usize = 1 << 10;

/// A head where it was seen.
#[derive(Clone, Debug)]
pub(super) struct SeenHead {
    pub(super) kind: Kind,
    pub(super) head: Head,
    /// The line of the capture on which it begins.
    pub(super) line: usize,
    /// Which connection it came over, where the form shows that.
    pub(super) connection: Option<usize>,
    /// What stands before it in a log, without times and what marks a direction: perhaps it names a connection.
    pub(super) label: Vec<u8>,
    /// Whether that marks which way it goes, as `<` does.
    pub(super) has_arrow: bool,
    /// How many marks stand above it behind which a capture goes on elsewhere.
    pub(super) part: usize,
    /// How many runs of a client ended above it, as the capture says.
    pub(super) run: usize,
    /// Whether the head before it is no more than the command that sent it, or what nginx shows of a head before it shows the head.
    pub(super) is_announced: bool,
    /// What stands behind it, where the form shows that.
    pub(super) behind: Option<Behind>,
    /// The beginning of its body, where the form shows that for certain.
    pub(super) body: Option<Vec<u8>>,
}

impl SeenHead {
    pub(super) fn new(kind: Kind, mut head: Head, line: usize) -> Self {
        head.line = line;
        Self {
            kind,
            head,
            line,
            connection: None,
            label: Vec::new(),
            has_arrow: false,
            part: 0,
            run: 0,
            is_announced: false,
            behind: None,
            body: None,
        }
    }

    /// Whether one of its fields stands on a line that is such a one.
    pub(super) fn shows(&self, lines: &Lines<'_>, is_one: fn(&[u8]) -> bool) -> bool {
        self.head.fields.iter().any(|field| is_one(line_of(lines, field.line)))
    }

    /// Whether it is no more than the command that sends it.
    pub(super) fn is_command(&self, lines: &Lines<'_>) -> bool {
        self.head.start_line.is_empty() && self.shows(lines, form::sends_head)
    }

    /// Whether it refuses what a command asked that sends no handshake.
    pub(super) fn is_of_plain_command(&self, lines: &Lines<'_>) -> bool {
        let mut above = lines[..self.line.saturating_sub(1)].iter().rev().map(|(_, line)| line).take(NEAR);
        let is_refusal = self.head.status().is_some_and(|status| status != 101);
        is_refusal
            && above
                .find(|line| !form::is_dressing(line))
                .and_then(|line| command(line))
                .is_some_and(|command| is_plain(&command))
    }

    /// Whether it stands in these lines: not so one of which no more is known than that it was there, or that was told above them.
    pub(super) fn is_placed(&self) -> bool {
        self.line > 0
    }

    /// Says that the lines it stands on are left out.
    fn leave_lines(&mut self) {
        self.head
            .fields
            .iter_mut()
            .map(|field| &mut field.line)
            .chain([&mut self.line, &mut self.head.line])
            .for_each(|line| *line = 0);
    }

    /// The line of its last field.
    pub(super) fn last_line(&self) -> usize {
        self.head.fields.iter().map(|field| field.line).max().unwrap_or(self.line)
    }

    /// Says so where lines may be missing in it: they are behind these, which are in their order.
    pub(super) fn mark_jump(&mut self, jumps: &[usize]) {
        let last = self.last_line();
        let next = jumps.get(jumps.partition_point(|line| *line < self.line));
        if let Some(jump) = next.filter(|line| **line <= last) {
            self.head.fidelity = Fidelity::Partial;
            self.head.unclear.push(Unclear::Inexact(*jump));
        }
    }

    /// Whether it is a request at the beginning of what was captured, and lacks its own beginning: its method is none.
    pub(super) fn begins_amid_a_method(&self) -> bool {
        self.line == 1 && self.head.method().is_some_and(|method| !METHODS.contains(&method))
    }
}

/// The heads of a capture, as many as are read.
#[derive(Clone, Default)]
pub(super) struct Heads {
    pub(super) all: Vec<SeenHead>,
    /// How many of them have to do with WebSocket, and the lines of those.
    count: usize,
    lines: usize,
    group: OpenRequests,
    /// The responses, as long as there is no request: whoever knows that they answer handshakes may judge them.
    pub(super) responses: Vec<SeenHead>,
    has_request: bool,
    /// How many there were, whatever they have to do with; interim responses do not count.
    pub(super) seen: usize,
    /// Whether there was more than is read.
    pub(super) is_cut: bool,
}

/// The requests that were sent since none was open, of which some have no response yet. Which response is whose may depend on all of
/// them.
#[derive(Clone, Default)]
struct OpenRequests {
    open: usize,
    /// Whether one of them has to do with WebSocket.
    is_kept: bool,
    /// The last request before that one.
    last: Option<SeenHead>,
    /// How many of those that have nothing to do with it are kept, and how many open ones are not: beyond so many it does not matter
    /// any more that there are more.
    others: usize,
    surplus: usize,
}

impl Heads {
    /// Takes in one more, if there are not too many. What has nothing to do with WebSocket counts against no limit: of it, no more is
    /// kept than the order needs.
    pub(super) fn push(&mut self, seen: SeenHead) {
        self.note_response(&seen);
        self.seen += usize::from(!seen.head.is_interim());
        let is_relevant = is_websocket(&seen.head);
        if seen.connection.is_none() && !seen.head.is_interim() {
            match seen.kind {
                Kind::Request if is_relevant => {
                    self.all.extend(self.group.begin());
                    self.group.open += 1;
                }
                Kind::Request => {
                    self.group.open += 1;
                    if !self.group.is_kept {
                        self.group.last = Some(seen);
                        return;
                    }
                    if self.group.others == MOST_OTHERS {
                        self.group.surplus += 1;
                        return;
                    }
                    self.group.others += 1;
                }
                Kind::Response => {
                    let (is_kept, is_surplus) = (self.group.is_kept || is_relevant, !is_relevant && self.group.surplus > 0);
                    self.group.end_one(is_surplus);
                    if !is_kept || is_surplus {
                        return;
                    }
                }
            }
        } else if seen.head.is_interim() && seen.connection.is_none() && !self.group.is_kept {
            return;
        }
        if is_relevant { self.push_relevant(seen) } else { self.push_other(seen) }
    }

    fn push_relevant(&mut self, seen: SeenHead) {
        let lines = seen.head.fields.len() + seen.head.irregularities.len();
        if self.count == MOST_HEADS || self.lines + lines > MOST_LINES {
            self.is_cut = true;
        } else {
            self.count += 1;
            self.lines += lines;
            self.all.push(seen);
        }
    }

    fn push_other(&mut self, mut seen: SeenHead) {
        // A few fields explain a refusal. What was cut off stays so.
        seen.head.irregularities.retain(|(_, irregularity)| *irregularity == Irregularity::Unterminated);
        seen.head.fields.retain(|field| field.value.len() < 1024);
        seen.head.fields.truncate(64);
        self.all.push(seen);
    }

    /// Adds the responses to those that came before.
    pub(super) fn give_responses(&mut self, before: &mut Vec<SeenHead>) {
        before.append(&mut self.responses);
        before.truncate(if self.has_request { 0 } else { MOST_RESPONSES });
    }

    /// Says that no more than so many heads are held still.
    pub(super) fn hold(&mut self, count: usize) {
        if self.count > count {
            (self.count, self.lines) = (count, 0);
        }
    }

    /// Those that stand in the lines which were read last, with the request that may be taken in later.
    pub(super) fn placed(&mut self) -> impl Iterator<Item = &mut SeenHead> {
        self.all.iter_mut().chain(&mut self.group.last).filter(|seen| seen.is_placed())
    }

    /// Says that these lines are left out.
    pub(super) fn leave_lines(&mut self) {
        if let Some(last) = &mut self.group.last {
            last.leave_lines();
        }
    }

    fn note_response(&mut self, seen: &SeenHead) {
        if seen.kind == Kind::Request {
            self.has_request = true;
            self.responses.clear();
        } else if !self.has_request && !seen.head.is_interim() && self.responses.len() < MOST_RESPONSES {
            self.responses.push(seen.clone());
        }
    }
}

/// Heads that were found before, and those that the scanner finds between them, in the order of their lines.
pub(super) struct Merged<'a> {
    found: &'a [SeenHead],
    /// The next of those.
    next: usize,
    lines: &'a Lines<'a>,
    /// For each line, by its number, whether the scanner found something of a head on it.
    claimed: Vec<bool>,
    /// The lines near which two heads are mixed.
    mixed: &'a [usize],
    /// The lines on which heads begin that may have another field, and where that stands.
    left_over: HashMap<usize, usize>,
    heads: Vec<SeenHead>,
}

impl<'a> Merged<'a> {
    pub(super) fn new(found: &'a [SeenHead], lines: &'a Lines<'a>, mixed: &'a [usize]) -> Self {
        Self { found, next: 0, lines, claimed: vec![false; lines.len() + 1], mixed, left_over: HashMap::new(), heads: Vec::new() }
    }

    /// Begins again: the text is scanned a second time.
    pub(super) fn restart(&mut self) {
        *self = Self::new(self.found, self.lines, self.mixed);
    }

    pub(super) fn push(&mut self, mut seen: SeenHead) {
        if exact::is_word(&seen.head, self.lines) {
            return;
        }
        exact::mark(&mut seen.head, self.lines, &self.claimed);
        seen.head.unclear.extend(is_dressed(&seen.head).then_some(Unclear::Edited(seen.line)));
        if !seen.head.start_line.is_empty() {
            drop_words_of_writers(&mut seen.head, seen.line);
        }
        // Its fields may be those of either.
        let near = self.mixed.get(self.mixed.partition_point(|line| line + MOST_BEHIND < seen.line));
        seen.head.unclear.extend(near.filter(|line| **line <= seen.line + MOST_BEHIND).map(|line| Unclear::Inexact(*line)));
        self.push_found(seen.line);
        self.heads.push(seen);
    }

    /// The lines on which heads stand that were found before, and the first and the last one, in their order.
    pub(super) fn places(&self) -> Vec<usize> {
        let found = self.found.iter().map(|seen| seen.line);
        [1].into_iter().chain(found).chain([self.lines.len()]).collect()
    }

    /// Says that something of a head was found on this line.
    pub(super) fn claim(&mut self, line: usize) {
        if let Some(is_claimed) = self.claimed.get_mut(line) {
            *is_claimed = true;
        }
    }

    /// Says that a field belongs to no head. What it asks for or selects is perhaps the part of the head that was found directly
    /// before it, and whose end is not certain.
    pub(super) fn leave_over(&mut self, field: &Field) {
        let next = self.found.partition_point(|seen| seen.line < field.line);
        let Some(seen) = next.checked_sub(1).and_then(|at| self.found.get(at)) else { return };
        let is_there = |there: &Field| there.name.eq_ignore_ascii_case(&field.name) && there.value == field.value;
        let is_its = is_one_of(&[VERSION, PROTOCOL, EXTENSIONS], field) && !seen.head.fields.iter().any(is_there);
        if seen.head.fidelity == Fidelity::Partial && is_its && field.line <= seen.last_line() + NEAR {
            self.left_over.entry(seen.line).or_insert(field.line);
        }
    }

    /// Those up to this line.
    fn push_found(&mut self, line: usize) {
        while let Some(seen) = self.found.get(self.next).filter(|seen| seen.line <= line) {
            self.heads.push(seen.clone());
            self.next += 1;
        }
    }

    pub(super) fn end(mut self) -> Vec<SeenHead> {
        self.push_found(usize::MAX);
        for seen in &mut self.heads {
            seen.head.unclear.extend(self.left_over.get(&seen.line).map(|line| Unclear::Inexact(*line)));
        }
        self.heads
    }
}

impl OpenRequests {
    /// Begins with a request that has to do with WebSocket: what was open before it takes part in the order.
    fn begin(&mut self) -> Vec<SeenHead> {
        if mem::replace(&mut self.is_kept, true) {
            return Vec::new();
        }
        self.others = self.open.min(MOST_OTHERS);
        self.surplus = self.open - self.others;
        let unknown = || SeenHead::new(Kind::Request, Head::from_fields([], Vec::new(), Fidelity::Partial), 0);
        let last = self.last.take().filter(|_| self.open > 0);
        (1..self.others).map(|_| unknown()).chain(last).collect()
    }

    /// Takes one of them as answered, one of the surplus if so. Where none is left open, another group begins.
    fn end_one(&mut self, is_surplus: bool) {
        self.open = self.open.saturating_sub(1);
        self.surplus -= usize::from(is_surplus);
        if self.open == 0 {
            *self = Self::default();
        }
    }
}
