//! Compressed messages (RFC 7692, section 7.2.2), whose payloads every client decompresses.

use miniz_oxide::inflate::TINFLStatus::{Done, HasMoreOutput, NeedsMoreInput};
use miniz_oxide::inflate::core::inflate_flags::{TINFL_FLAG_HAS_MORE_INPUT, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

/// The most that one message may become; what is larger is not looked at any further.
const MOST: usize = 1 << 24;

/// How far back a message may refer (RFC 1951, section 2).
const WINDOW: usize = 1 << 15;

/// The decompressor of one direction. It keeps its window from one message to the next, unless the sender agreed to begin each with
/// an empty one.
pub(super) struct Inflater {
    has_no_takeover: bool,
    state: Option<Box<DecompressorOxide>>,
    /// The window, and behind it what the message has become so far.
    text: Vec<u8>,
    /// Where in it the message begins.
    begin: usize,
    /// Whether a message came before this one.
    is_later: bool,
}

impl Inflater {
    pub(super) fn new(has_no_takeover: bool) -> Self {
        Self { has_no_takeover, state: None, text: Vec::new(), begin: 0, is_later: false }
    }

    /// What the next part of a message decompresses to; nothing from the message on that is larger than what is looked at. `is_end`
    /// tells that it is the last part, behind which the four bytes stand that the sender left out.
    pub(super) fn take(&mut self, part: &[u8], is_end: bool) -> Result<Option<Vec<u8>>, String> {
        let begin = self.text.len();
        self.inflate(part)?;
        if is_end {
            self.inflate(&[0, 0, 0xff, 0xff])?;
        }
        // What is left of a message that is too large stands before the next one.
        if self.text.len() - self.begin >= MOST {
            return Ok(None);
        }
        let text = self.text[begin..].to_vec();
        if is_end {
            self.end();
        }
        Ok(Some(text))
    }

    /// Ends a message, and keeps what the next one may refer to.
    fn end(&mut self) {
        if self.has_no_takeover {
            self.text.clear();
            self.state = None;
        }
        self.text.drain(..self.text.len().saturating_sub(WINDOW));
        self.begin = self.text.len();
        self.is_later = true;
    }

    fn inflate(&mut self, mut input: &[u8]) -> Result<(), String> {
        let state = self.state.get_or_insert_default();
        // What was written is the window: a distance beyond it is found.
        let flags = TINFL_FLAG_HAS_MORE_INPUT | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        loop {
            let at = self.text.len();
            if at - self.begin >= MOST {
                return Ok(());
            }
            self.text.resize(at + WINDOW, 0);
            let (status, read, written) = decompress(state, input, &mut self.text, at, flags);
            self.text.truncate(at + written);
            input = &input[read..];
            match status {
                // A last block may be followed by another (section 7.2.3.4).
                Done => state.init(),
                NeedsMoreInput | HasMoreOutput => {}
                _ => return Err(self.fault()),
            }
            if input.is_empty() && status != HasMoreOutput {
                return Ok(());
            }
        }
    }

    fn fault(&self) -> String {
        if self.has_no_takeover && self.is_later {
            "its payload is not compressed as agreed: with server_no_context_takeover each message stands by itself (RFC 7692 7.1.1.1)"
        } else {
            "its payload is not compressed as permessage-deflate says (RFC 7692 7.2.2)"
        }
        .to_owned()
    }
}
