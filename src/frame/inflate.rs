//! Compressed messages (RFC 7692, section 7.2.2), whose payloads every client decompresses.

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

/// The most that one message may become; what is larger is not looked at any further.
const MOST: usize = 1 << 24;

/// The decompressor of one direction. It keeps its window from one message to the next, unless the sender agreed to begin each with an
/// empty one.
pub(super) struct Inflater {
    has_no_takeover: bool,
    state: Option<Box<InflateState>>,
    /// How much the message has become so far.
    length: usize,
}

impl Inflater {
    pub(super) fn new(has_no_takeover: bool) -> Self {
        Self { has_no_takeover, state: None, length: 0 }
    }

    /// What the next part of a message decompresses to; nothing from the message on that is larger than what is looked at. `is_end`
    /// tells that it is the last part, behind which the four bytes stand that the sender left out.
    pub(super) fn take(&mut self, part: &[u8], is_end: bool) -> Result<Option<Vec<u8>>, String> {
        let mut text = self.inflate(part)?;
        if is_end {
            text.extend(self.inflate(&[0, 0, 0xff, 0xff])?);
        }
        // What is left of a message that is too large stands before the next one.
        let is_too_large = self.length >= MOST;
        if is_end && !is_too_large {
            self.length = 0;
            self.state.take_if(|_| self.has_no_takeover);
        }
        Ok((!is_too_large).then_some(text))
    }

    fn inflate(&mut self, mut input: &[u8]) -> Result<Vec<u8>, String> {
        let state = self.state.get_or_insert_with(|| InflateState::new_boxed(DataFormat::Raw));
        let (mut text, mut output) = (Vec::new(), vec![0; 1 << 15]);
        while self.length < MOST {
            let result = inflate(state, input, &mut output, MZFlush::None);
            input = &input[result.bytes_consumed..];
            text.extend_from_slice(&output[..result.bytes_written]);
            self.length += result.bytes_written;
            match result.status {
                // A last block may be followed by another (section 7.2.3.4).
                Ok(MZStatus::StreamEnd) => **state = InflateState::new(DataFormat::Raw),
                Ok(_) | Err(MZError::Buf) => {}
                Err(_) => return Err("its payload is not compressed as permessage-deflate says (RFC 7692 7.2.2)".to_owned()),
            }
            if input.is_empty() && result.bytes_written < output.len() {
                break;
            }
        }
        Ok(text)
    }
}
