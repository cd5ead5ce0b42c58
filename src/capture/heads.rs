//! The heads of a capture in their order, and how many of them are read.

use crate::head::{Head, Kind};

/// The most heads that are taken from one capture, and the most lines of all of them.
pub(super) const MOST_HEADS: usize = 1 << 16;
const MOST_LINES: usize = 1 << 20;

/// The longest head, in bytes and in lines; what stands after that is not read as part of it.
pub(super) const LONGEST_HEAD: usize = 1 << 18;
pub(super) const LONGEST_LINES: usize = 1 << 10;

/// The heads of a capture, as many as are read.
#[derive(Default)]
pub(super) struct Heads {
    pub(super) all: Vec<(Kind, Head)>,
    lines: usize,
    /// Whether there was more than is read.
    pub(super) is_cut: bool,
}

impl Heads {
    /// Takes in one more, if there are not too many.
    pub(super) fn push(&mut self, kind: Kind, head: Head) {
        let lines = head.fields.len() + head.irregularities.len();
        if self.all.len() == MOST_HEADS || self.lines + lines > MOST_LINES {
            self.is_cut = true;
        } else {
            self.lines += lines;
            self.all.push((kind, head));
        }
    }
}
