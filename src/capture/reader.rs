//! A capture that comes in pieces: of a text no more is kept than a window, and what counts as a whole is kept as a whole.

use super::error::CaptureError;
use super::start::kind_of;
use super::text::{self, utf8};
use super::windows::Windows;
use crate::head::Exchange;
use std::borrow::Cow;
use std::mem;

/// The most that is kept of one capture.
const MOST_BYTES: usize = 64 << 20;

/// The longest text that is read as heads alone, by their grammar: a longer one that begins with a head is read as a log.
pub(super) const LONGEST_OF_HEADS: usize = 16 << 20;

/// How pcap files begin, in either byte order, with either unit of time, and in Kuznetzov's form of old; and pcapng files.
const PCAP: [[u8; 4]; 7] = [
    [0xa1, 0xb2, 0xc3, 0xd4],
    [0xd4, 0xc3, 0xb2, 0xa1],
    [0xa1, 0xb2, 0x3c, 0x4d],
    [0x4d, 0x3c, 0xb2, 0xa1],
    [0xa1, 0xb2, 0xcd, 0x34],
    [0x34, 0xcd, 0xb2, 0xa1],
    [10, 13, 13, 10],
];

/// Whether a file that begins so is one of packets.
pub(super) fn is_packets(first: &[u8]) -> bool {
    PCAP.iter().any(|magic| first.starts_with(magic))
}

/// What came of a capture.
pub(super) enum Collected {
    Whole(Vec<u8>),
    Windows(Box<Windows>),
}

/// Takes a capture in pieces.
#[derive(Clone)]
pub(super) struct Collector {
    /// What came, as long as it may count as a whole.
    whole: Vec<u8>,
    /// How much of it tells the form.
    enough: usize,
    text: Option<LogText>,
}

impl Default for Collector {
    fn default() -> Self {
        Self { whole: Vec::new(), enough: 1 << 16, text: None }
    }
}

/// A text with other things than heads.
#[derive(Clone, Default)]
struct LogText {
    windows: Windows,
    /// The end of what came last, in which a second encoding may begin, and whether there is one.
    last: Vec<u8>,
    has_two_encodings: bool,
}

impl Collector {
    /// Takes the next piece. Returns whether there is room for more.
    pub(super) fn push(&mut self, piece: &[u8]) -> bool {
        if let Some(text) = &mut self.text {
            return text.push(piece);
        }
        let before = self.whole.len();
        self.whole.extend_from_slice(piece);
        let passes = |length: usize| (before..self.whole.len()).contains(&length);
        if passes(self.enough - 1) && is_log(&self.whole) || passes(LONGEST_OF_HEADS) && is_text(&self.whole) {
            let whole = mem::take(&mut self.whole);
            return self.text.insert(LogText::default()).push(without_mark(&whole));
        }
        self.whole.len() <= MOST_BYTES
    }

    /// The exchanges that nothing later is to change, where there are enough for a batch.
    pub(super) fn settled(&mut self) -> Vec<Exchange> {
        self.text.as_mut().map(|text| text.windows.settled()).unwrap_or_default()
    }

    /// All that came.
    ///
    /// # Errors
    /// For a text in two encodings, and for too much of what is read as a whole.
    pub(super) fn end(self) -> Result<Collected, CaptureError> {
        match self.text {
            Some(text) if text.has_two_encodings => Err(CaptureError::MixedEncodings),
            Some(text) => Ok(Collected::Windows(Box::new(text.windows))),
            None if self.whole.len() > MOST_BYTES => Err(CaptureError::TooLong),
            None => Ok(Collected::Whole(self.whole)),
        }
    }
}

impl LogText {
    fn push(&mut self, piece: &[u8]) -> bool {
        if self.windows.is_full() {
            return false;
        }
        self.last.extend_from_slice(&piece[..piece.len().min(text::LONGEST_MARK)]);
        self.has_two_encodings |= text::has_utf16(&self.last) || text::has_utf16(piece);
        self.last.extend_from_slice(&piece[piece.len().min(text::LONGEST_MARK)..]);
        self.last.drain(..self.last.len().saturating_sub(text::LONGEST_MARK));
        self.windows.push(piece);
        !self.windows.is_full()
    }
}

/// What stands behind the byte order mark of UTF-8, if there is one.
fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

/// Whether what begins so is a log: a text that does not begin with a head.
fn is_log(begin: &[u8]) -> bool {
    let mut lines = without_mark(begin).trim_ascii_start().split(|&b| b == b'\n');
    let first = lines.next().unwrap_or_default();
    is_text(begin) && lines.next().is_some() && kind_of(first).is_none()
}

/// Whether what begins so need not be read as a whole: it is neither in UTF-16 nor a HAR nor one of packets.
fn is_text(begin: &[u8]) -> bool {
    let Cow::Borrowed(text) = utf8(begin) else { return false };
    #[cfg(feature = "har")]
    if super::har::begins(text) {
        return false;
    }
    !is_packets(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{Capture, CaptureReader};
    use proptest::prelude::*;
    use std::fs;
    use std::path::Path;

    /// What is said on the way is what the end would be there, and changes nothing of it: of every capture, byte by byte.
    #[test]
    fn on_the_way() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures");
        for file in fs::read_dir(folder).expect("the captures") {
            let path = file.expect("a file").path();
            let bytes = fs::read(&path).expect("a capture");
            if is_packets(&bytes) {
                continue;
            }
            let mut reader = CaptureReader { collector: Collector { enough: 100, ..Collector::default() } };
            let step = bytes.len() / 40 + 1;
            for at in 0..bytes.len() {
                assert!(reader.push(&bytes[at..=at]));
                if at % step == step - 1 {
                    assert_eq!(reader.so_far(), Capture::read(&bytes[..=at]), "{} up to {at}", path.display());
                }
            }
            assert_eq!(reader.end(), Capture::read(&bytes), "{}", path.display());
        }
    }

    /// Heads alone are read by their grammar behind a byte order mark too: what looks like a field may stand in a body.
    #[test]
    fn heads_behind_a_byte_order_mark() {
        let head = "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nContent-Length: 31\r\n\r\n";
        let text = ["\u{feff}", &[head, "Sec-WebSocket-Version: 8, 7\r\n\r\n"].concat().repeat(700)].concat();
        let mut reader = CaptureReader::default();
        assert!(text.as_bytes().chunks(1 << 12).all(|piece| reader.push(piece)));
        assert_eq!(reader.end(), Capture::read(text.as_bytes()));
    }

    proptest! {
        /// What comes in pieces of any length is what comes at once.
        #[test]
        fn any_pieces(lines in prop::collection::vec(prop::sample::select(LINES.to_vec()), 0..200), cuts in prop::collection::vec(1_usize..500, 1..8)) {
            let text = [OTHER.repeat(4000), lines.concat(), OTHER.repeat(4000), lines.concat()].concat();
            let mut collector = Collector { enough: 1, ..Collector::default() };
            let (mut rest, mut cuts) = (text.as_bytes(), cuts.iter().cycle());
            while !rest.is_empty() {
                let (piece, behind) = rest.split_at(rest.len().min(OTHER.len() + cuts.next().expect("there is one")));
                prop_assert!(collector.push(piece));
                rest = behind;
            }
            let reader = CaptureReader { collector };
            prop_assert_eq!(reader.end(), Capture::read(text.as_bytes()));
        }
    }

    const OTHER: &str = "2026-11-24 10:15:02 INFO words of a log\n";
    const LINES: [&str; 6] = [OTHER, "\n", "> GET / HTTP/1.1\n", "> Upgrade: websocket\n", "101\n", "## session 7\n"];
}
