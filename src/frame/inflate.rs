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
    is_taken_over: bool,
    /// Where less than the largest window was agreed on.
    narrow: Option<Narrow>,
    /// Whether a message was larger than what is looked at.
    pub(super) is_too_large: bool,
    /// Whether a message ended inside a block.
    pub(super) is_cut: bool,
    state: Option<Box<DecompressorOxide>>,
    /// The window, and behind it what the message has become so far.
    text: Vec<u8>,
    /// Where in it the message begins.
    begin: usize,
}

impl Inflater {
    pub(super) fn new(is_taken_over: bool, window_bits: u8) -> Self {
        let window = 1 << window_bits.min(15);
        let narrow = (window < WINDOW).then(|| Narrow { state: Box::default(), window: vec![0; window], at: 0 });
        Self { is_taken_over, narrow, is_too_large: false, is_cut: false, state: None, text: Vec::new(), begin: 0 }
    }

    /// What the next part of a message decompresses to; nothing from the message on that is larger than what is looked at. `is_end`
    /// tells that it is the last part, behind which the four bytes stand that the sender left out.
    pub(super) fn take(&mut self, part: &[u8], is_end: bool) -> Result<Option<Vec<u8>>, String> {
        let begin = self.text.len();
        let parts = [part, &[0, 0, 0xff, 0xff]];
        for part in parts.into_iter().take(1 + usize::from(is_end)) {
            self.inflate(part)?;
            // What is left of a message that is too large stands before the next one.
            if self.text.len() - self.begin >= MOST {
                self.is_too_large = true;
                return Ok(None);
            }
            if let Some(narrow) = &mut self.narrow {
                narrow.take(part)?;
            }
        }
        let text = self.text[begin..].to_vec();
        if is_end {
            self.end();
        }
        Ok(Some(text))
    }

    /// Ends a message, and keeps what the next one may refer to.
    fn end(&mut self) {
        self.is_cut |= !self.is_between_blocks();
        if !self.is_taken_over {
            self.text.clear();
            self.state = None;
            if let Some(narrow) = &mut self.narrow {
                *narrow.state = DecompressorOxide::default();
            }
        }
        self.text.drain(..self.text.len().saturating_sub(WINDOW));
        self.begin = self.text.len();
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
            // No more room than so few bytes need: there may be many messages.
            let room = (64 + 8 * input.len()).min(WINDOW);
            self.text.resize(at + room, 0);
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

    /// Whether the next bits begin a block: an empty one, the last of all, can stand there.
    fn is_between_blocks(&self) -> bool {
        let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        self.state.clone().is_none_or(|mut state| decompress(&mut state, &[1, 0, 0, 0xff, 0xff], &mut [], 0, flags).0 == Done)
    }

    fn fault(&self) -> String {
        if self.is_taken_over {
            "its payload is not compressed as permessage-deflate says (RFC 7692 7.2.2)"
        } else {
            "its payload does not decompress by itself, as server_no_context_takeover has it (RFC 7692 7.2.2, 7.1.1.1)"
        }
        .to_owned()
    }
}

/// Decompresses into no more than the window that was agreed on, which shows a reference beyond it.
struct Narrow {
    state: Box<DecompressorOxide>,
    window: Vec<u8>,
    at: usize,
}

impl Narrow {
    /// Takes the next part; says so where it refers to more than the window holds.
    fn take(&mut self, mut input: &[u8]) -> Result<(), String> {
        loop {
            let (status, read, written) =
                decompress(&mut self.state, input, &mut self.window, self.at, TINFL_FLAG_HAS_MORE_INPUT);
            self.at = (self.at + written) % self.window.len();
            input = &input[read..];
            match status {
                Done => self.state.init(),
                NeedsMoreInput | HasMoreOutput => {}
                _ => {
                    let bytes = self.window.len();
                    return Err(format!(
                        "its payload refers further back than the {bytes} bytes that were agreed on (RFC 7692 7.1.2.1)"
                    ));
                }
            }
            if input.is_empty() && status != HasMoreOutput {
                return Ok(());
            }
        }
    }
}
