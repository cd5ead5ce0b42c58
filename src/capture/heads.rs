//! The heads of a capture in their order, and how many of them are read.

use super::names::is_websocket;
use super::scan::METHODS;
use crate::head::{Behind, Fidelity, Head, Irregularity, Kind};
use std::mem;

/// The most heads that are taken from one capture, and the most lines of all of them.
const MOST_HEADS: usize = 1 << 16;
const MOST_LINES: usize = 1 << 20;

/// The longest head, in bytes and in lines; what stands after that is not read as part of it.
pub(super) const LONGEST_HEAD: usize = 1 << 18;
pub(super) const LONGEST_LINES: usize = 1 << 10;

/// The most requests that were open before one and matter for the order.
const MOST_OTHERS: usize = 1 << 10;

/// A head where it was seen.
#[derive(Debug)]
pub(super) struct SeenHead {
    pub(super) kind: Kind,
    pub(super) head: Head,
    /// The line of the capture on which it begins.
    pub(super) line: usize,
    /// Which connection it came over, where the form shows that.
    pub(super) connection: Option<usize>,
    /// What stands before it in a log, without times and what marks a direction: perhaps it names a connection.
    pub(super) label: Vec<u8>,
    /// What stands behind it, where the form shows that.
    pub(super) behind: Option<Behind>,
}

impl SeenHead {
    pub(super) fn new(kind: Kind, mut head: Head, line: usize) -> Self {
        head.line = line;
        Self { kind, head, line, connection: None, label: Vec::new(), behind: None }
    }

    /// Whether it is a request at the beginning of what was captured, and lacks its own beginning: its method is none.
    pub(super) fn begins_amid_a_method(&self) -> bool {
        self.line == 1 && self.head.method().is_some_and(|method| !METHODS.contains(&method))
    }
}

/// The heads of a capture, as many as are read.
#[derive(Default)]
pub(super) struct Heads {
    pub(super) all: Vec<SeenHead>,
    /// How many of them have to do with WebSocket, and the lines of those.
    count: usize,
    lines: usize,
    /// How many of those requests have no response yet, and how many others.
    open: usize,
    others: usize,
    /// The only head, where that is a response which has nothing to do with WebSocket by itself, and whether there was another
    /// such head.
    pub(super) lone: Option<SeenHead>,
    has_other: bool,
    /// The last of those others.
    last_other: Option<SeenHead>,
    /// Whether there was more than is read.
    pub(super) is_cut: bool,
}

impl Heads {
    pub(super) fn of(all: impl IntoIterator<Item = SeenHead>, is_cut: bool) -> Self {
        let mut heads = Self { is_cut, ..Self::default() };
        all.into_iter().for_each(|seen| heads.push(seen));
        heads
    }

    /// Takes in one more, if there are not too many. What has nothing to do with WebSocket counts against no limit: of it, all
    /// that is kept is that it was there.
    pub(super) fn push(&mut self, seen: SeenHead) {
        if !is_websocket(&seen.head) {
            self.push_other(seen);
            return;
        }
        if seen.kind == Kind::Request {
            // Which response is whose may depend on those that are open before it.
            let open = mem::take(&mut self.others).min(MOST_OTHERS);
            let unknown = || SeenHead::new(Kind::Request, Head::from_fields([], Vec::new(), Fidelity::Partial), 0);
            self.all.extend((1..open).map(|_| unknown()).chain(self.last_other.take().filter(|_| open > 0)));
            self.open += 1;
        } else {
            self.open = self.open.saturating_sub(1);
        }
        let lines = seen.head.fields.len() + seen.head.irregularities.len();
        if self.count == MOST_HEADS || self.lines + lines > MOST_LINES {
            self.is_cut = true;
        } else {
            self.count += 1;
            self.lines += lines;
            self.all.push(seen);
        }
    }

    /// Takes in a head, whatever it has to do with.
    pub(super) fn keep(&mut self, seen: SeenHead) {
        if self.all.len() < 2 * MOST_HEADS {
            self.all.push(seen);
        } else {
            self.is_cut = true;
        }
    }

    /// Takes in a head that has nothing to do with WebSocket: while no request is open that has, it is counted, no more.
    fn push_other(&mut self, mut seen: SeenHead) {
        match seen.kind {
            _ if seen.connection.is_some() || self.open > 0 => {
                if self.all.len() >= 2 * MOST_HEADS {
                    self.is_cut = true;
                    return;
                }
                // A few fields explain a refusal. What was cut off stays so.
                seen.head.irregularities.retain(|(_, irregularity)| *irregularity == Irregularity::Unterminated);
                seen.head.fields.retain(|field| field.value.len() < 1024);
                seen.head.fields.truncate(64);
                self.all.push(seen);
            }
            Kind::Request => {
                (self.lone, self.has_other) = (None, true);
                self.others += 1;
                self.last_other = Some(seen);
            }
            Kind::Response => {
                self.others = self.others.saturating_sub(1);
                self.lone = if mem::replace(&mut self.has_other, true) { None } else { Some(seen) };
            }
        }
    }
}
