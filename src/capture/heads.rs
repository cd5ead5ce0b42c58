//! The heads of a capture in their order, and how many of them are read.

use super::names::is_websocket;
use crate::head::{Behind, Head, Kind};

/// The most heads that are taken from one capture, and the most lines of all of them.
const MOST_HEADS: usize = 1 << 16;
const MOST_LINES: usize = 1 << 20;

/// The longest head, in bytes and in lines; what stands after that is not read as part of it.
pub(super) const LONGEST_HEAD: usize = 1 << 18;
pub(super) const LONGEST_LINES: usize = 1 << 10;

/// A head where it was seen.
#[derive(Debug)]
pub(super) struct SeenHead {
    pub(super) kind: Kind,
    pub(super) head: Head,
    /// The line of the capture on which it begins.
    pub(super) line: usize,
    /// Which connection it came over, where the form shows that.
    pub(super) connection: Option<usize>,
    /// What stands behind it, where the form shows that.
    pub(super) behind: Option<Behind>,
}

impl SeenHead {
    pub(super) fn new(kind: Kind, head: Head, line: usize) -> Self {
        Self { kind, head, line, connection: None, behind: None }
    }
}

/// The heads of a capture, as many as are read.
#[derive(Default)]
pub(super) struct Heads {
    pub(super) all: Vec<SeenHead>,
    /// How many of them have to do with WebSocket, and the lines of those.
    count: usize,
    lines: usize,
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
    pub(super) fn push(&mut self, mut seen: SeenHead) {
        if !is_websocket(&seen.head) {
            seen.head.irregularities = Vec::new();
            seen.head.fields.retain(|field| field.value.len() < 256);
            seen.head.fields.truncate(32);
            self.all.push(seen);
            return;
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
}
