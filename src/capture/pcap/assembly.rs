//! The segments of one direction of a connection, put in order by their sequence numbers (RFC 9293, section 3.4).

use super::file::PacketPlace;
use std::collections::BTreeMap;

/// The most segments that wait for one before them, and the most bytes of them.
const MOST_WAITING: usize = 1 << 10;
pub(super) const MOST_WAITING_BYTES: usize = 1 << 18;

/// Where the first byte of a direction stands: so far behind 0 that one which seems to be before it has a place too.
const FIRST: u64 = 1 << 32;

/// Bytes that stand together in a direction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Piece {
    /// Where they begin in the direction.
    pub(super) begin: u64,
    pub(super) bytes: Vec<u8>,
    /// How many bytes are missing before them.
    pub(super) gap: u64,
    pub(super) place: PacketPlace,
}

/// Takes segments in any order, and gives what they carry in theirs. Of bytes that came twice the first count.
pub(super) struct Assembly {
    /// The sequence number of the next byte, and where it stands.
    sequence: u32,
    next: u64,
    /// Pieces behind it, none of which overlaps another; for each, how many bytes behind it were not captured.
    waiting: BTreeMap<u64, (Piece, usize)>,
    waiting_bytes: usize,
    /// Up to where bytes were sent that were not captured, and will not come.
    lost: u64,
}

impl Assembly {
    /// Begins with the byte of this number.
    pub(super) fn new(sequence: u32) -> Self {
        Self { sequence, next: FIRST, waiting: BTreeMap::new(), waiting_bytes: 0, lost: 0 }
    }

    /// Where the next byte stands that is to be given out.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    pub(super) fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    /// Whether something is known to be missing next.
    pub(super) fn is_missing(&self) -> bool {
        self.lost > self.next || !self.waiting.is_empty()
    }

    /// Where the byte with this number stands: the nearest place.
    pub(super) fn place_of(&self, sequence: u32) -> u64 {
        self.next.saturating_add_signed(sequence.wrapping_sub(self.sequence).cast_signed().into())
    }

    /// Takes the bytes that begin at this number, of which `missing` more were sent and not captured. Gives the first place at which
    /// bytes that wait are others.
    pub(super) fn push(&mut self, sequence: u32, bytes: &[u8], missing: usize, place: PacketPlace) -> Option<u64> {
        let begin = self.place_of(sequence);
        let end = begin + bytes.len() as u64;
        let part = |from: u64, to: u64| bytes.get(index(from - begin)..index(to - begin)).unwrap_or_default();
        let mut from = begin.max(self.next);
        let mut other = None;
        let before = self.waiting.range(..from).next_back().map(|(&at, _)| at);
        let there: Vec<u64> = before.into_iter().chain(self.waiting.range(from..end.max(from)).map(|(&at, _)| at)).collect();
        for at in there {
            let Some((piece, _)) = self.waiting.get(&at) else { continue };
            let piece_end = at + piece.bytes.len() as u64;
            let (low, high) = (from.max(at), end.min(piece_end));
            if low < high {
                let known = piece.bytes.get(index(low - at)..index(high - at)).unwrap_or_default();
                if other.is_none() && known != part(low, high) {
                    other = Some(low);
                }
            }
            if from < at {
                self.wait(from, part(from, at.min(end)), 0, place);
            }
            from = from.max(piece_end);
        }
        if from < end {
            self.wait(from, part(from, end), missing, place);
        } else if end == self.next {
            self.lose(missing);
        }
        other
    }

    fn wait(&mut self, begin: u64, bytes: &[u8], missing: usize, place: PacketPlace) {
        self.waiting_bytes += bytes.len();
        self.waiting.insert(begin, (Piece { begin, bytes: bytes.to_vec(), gap: 0, place }, missing));
    }

    /// The next piece, if it is there; with `is_over` what is missing will not come, and is passed over.
    pub(super) fn pop(&mut self, is_over: bool) -> Option<Piece> {
        let (&begin, _) = self.waiting.first_key_value()?;
        let is_full = self.waiting.len() > MOST_WAITING || self.waiting_bytes > MOST_WAITING_BYTES;
        if begin > self.next.max(self.lost) && !is_over && !is_full {
            return None;
        }
        let (_, (mut piece, missing)) = self.waiting.pop_first()?;
        piece.gap = begin - self.next;
        self.waiting_bytes -= piece.bytes.len();
        self.advance(begin + piece.bytes.len() as u64);
        self.lose(missing);
        Some(piece)
    }

    /// Passes over what comes before the byte with this number: it does not matter.
    pub(super) fn pass(&mut self, sequence: u32) {
        let next = self.place_of(sequence).max(self.next);
        self.waiting.clear();
        self.waiting_bytes = 0;
        self.advance(next);
    }

    /// Of what comes next so many bytes were not captured.
    fn lose(&mut self, missing: usize) {
        if missing > 0 {
            self.lost = self.next + missing as u64;
        }
    }

    fn advance(&mut self, next: u64) {
        let [.., a, b, c, d] = (next - self.next).to_be_bytes();
        self.sequence = self.sequence.wrapping_add(u32::from_be_bytes([a, b, c, d]));
        self.next = next;
    }
}

/// A distance within what is held.
pub(super) fn index(distance: u64) -> usize {
    usize::try_from(distance).unwrap_or(usize::MAX)
}
