//! The payload of a message, frame by frame: decompressed where it is compressed, and UTF-8 where it is text.

#[cfg(feature = "deflate")]
use super::inflate::Inflater;
use std::borrow::Cow;

pub(super) const NOT_UTF8: &str = "its text is not UTF-8 (8.1)";

/// What was agreed on about compressing the server's messages (RFC 7692, section 7.1.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Compression {
    /// Nothing.
    #[default]
    None,
    /// permessage-deflate.
    Deflate {
        /// Whether a message may refer to those before it.
        is_taken_over: bool,
        /// How far back it may refer at most, as a power of two: 8 to 15.
        window_bits: u8,
    },
}

/// What a data frame has of its message, as far as it was seen.
pub(super) struct Fragment<'a> {
    /// 1 and 2 begin a message, 0 goes on with it.
    pub(super) opcode: u8,
    /// Whether the first frame says so of the message.
    pub(super) is_compressed: bool,
    pub(super) payload: &'a [u8],
    /// Whether all of the payload was seen.
    pub(super) is_whole: bool,
    pub(super) is_last: bool,
}

/// What the messages of one direction have in common, and the one that was begun.
#[cfg_attr(not(feature = "deflate"), derive(Default))]
pub(super) struct Messages {
    begun: Option<Begun>,
    #[cfg(feature = "deflate")]
    inflater: Inflater,
}

/// A message that was begun and not ended.
struct Begun {
    is_text: bool,
    is_compressed: bool,
    /// The first bytes of a character that ends in its next frame.
    tail: Vec<u8>,
}

impl Messages {
    #[cfg_attr(not(feature = "deflate"), expect(unused_variables, reason = "nothing is decompressed without the feature"))]
    pub(super) fn of(compression: Compression) -> Self {
        #[cfg(feature = "deflate")]
        return match compression {
            Compression::Deflate { is_taken_over, window_bits } => {
                Self { begun: None, inflater: Inflater::new(is_taken_over, window_bits) }
            }
            Compression::None => Self { begun: None, inflater: Inflater::new(true, 15) },
        };
        #[cfg(not(feature = "deflate"))]
        Self::default()
    }

    /// Whether a compressed message was larger than what is looked at, so that nothing is known of it and of those behind it.
    pub(super) fn is_too_large(&self) -> bool {
        #[cfg(feature = "deflate")]
        return self.inflater.is_too_large;
        #[cfg(not(feature = "deflate"))]
        {
            let _ = self;
            false
        }
    }

    /// Whether a compressed message ended inside a block, which leaves the next one without a beginning.
    pub(super) fn is_cut(&self) -> bool {
        #[cfg(feature = "deflate")]
        return self.inflater.is_cut;
        #[cfg(not(feature = "deflate"))]
        {
            let _ = self;
            false
        }
    }

    /// Whether a message was begun and not ended.
    pub(super) fn is_inside(&self) -> bool {
        self.begun.is_some()
    }

    /// Takes the next part of a message, or the first; says why it cannot be one, if so.
    pub(super) fn take(&mut self, part: &Fragment) -> Option<String> {
        let Fragment { opcode, is_compressed, is_whole, is_last, .. } = *part;
        let begun = self.begun.take().filter(|_| opcode == 0);
        let mut begun = begun.unwrap_or_else(|| Begun { is_text: opcode == 1, is_compressed, tail: Vec::new() });
        let is_end = is_last && is_whole;
        let text = match self.decompressed(&begun, part.payload, is_end) {
            Ok(text) => text,
            Err(fault) => return Some(fault),
        };
        if let Some(text) = text.filter(|_| begun.is_text) {
            let text = [begun.tail.as_slice(), &text].concat();
            match str::from_utf8(&text) {
                Ok(_) => begun.tail.clear(),
                Err(error) if is_end || error.error_len().is_some() => return Some(NOT_UTF8.to_owned()),
                Err(error) => begun.tail = text[error.valid_up_to()..].to_vec(),
            }
        }
        self.begun = Some(begun).filter(|_| !is_last);
        None
    }

    /// The text of a part; nothing where it is not known.
    #[cfg_attr(
        not(feature = "deflate"),
        expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "nothing is decompressed without the feature")
    )]
    fn decompressed<'a>(&mut self, begun: &Begun, payload: &'a [u8], is_end: bool) -> Result<Option<Cow<'a, [u8]>>, String> {
        if !begun.is_compressed {
            return Ok(Some(Cow::Borrowed(payload)));
        }
        #[cfg(feature = "deflate")]
        return Ok(self.inflater.take(payload, is_end)?.map(Cow::Owned));
        #[cfg(not(feature = "deflate"))]
        {
            let _ = is_end;
            Ok(None)
        }
    }
}
