//! The frames of a WebSocket (RFC 6455, section 5.2), as far as the opening handshake needs them: where one ends, and whether
//! a server may send it.

#[cfg(feature = "deflate")]
mod inflate;
mod message;

pub use message::Compression;
use message::{Fragment, Messages, NOT_UTF8};

/// One frame, as far as it was seen.
///
/// ```
/// use wskey::frame::Frame;
///
/// let frame = Frame::read(b"\x81\x05Hello...").expect("its length is there");
/// assert_eq!((frame.opcode, frame.payload, frame.size), (1, &b"Hello"[..], 7));
/// assert_eq!(frame.fault(false, false), None);
///
/// let masked = Frame::read(b"\x81\x80\0\0\0\0").expect("its length is there");
/// assert_eq!(masked.fault(false, false).as_deref(), Some("it is masked, as a client's frames are (5.1)"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Frame<'a> {
    /// Whether it is the last frame of its message.
    pub fin: bool,
    /// RSV1 to RSV3, as a number of three bits; RSV1 is 4.
    pub rsv: u8,
    /// What it is: 0 to 15.
    pub opcode: u8,
    /// Whether it is masked, as a client's frames are.
    pub masked: bool,
    /// How many bytes of payload it has, whether they were seen or not.
    pub length: u64,
    /// How many bytes it takes in all.
    pub size: u64,
    /// The payload as it was sent, as far as it was seen.
    pub payload: &'a [u8],
}

/// A server's frames in their order, as far as a client would read them: up to a Close frame, or to one over which it must fail
/// the connection.
///
/// ```
/// use wskey::frame::{Compression, Frames};
///
/// let frames = Frames::read(b"\x89\0\x81\x05Hello\r\n", Compression::None, false);
/// assert_eq!(frames.all.len(), 3);
/// assert_eq!(frames.fault.as_deref(), Some("its opcode is 13, which is reserved (5.2)"));
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Frames<'a> {
    /// The frames. The payload of the last one may go on.
    pub all: Vec<Frame<'a>>,
    /// Where the last of them begins, or what has begun behind them.
    pub last_at: usize,
    /// Why a client must fail the connection over it, if it must.
    pub fault: Option<String>,
    /// Whether a compressed message ended inside a block of DEFLATE, which some clients find out with the next one.
    pub is_message_cut: bool,
    /// Whether a compressed message is larger than what is looked at, 16 MiB: what it and those behind it hold is not known.
    pub is_message_too_large: bool,
    /// What stands behind a Close frame, which no client reads.
    pub behind_close: &'a [u8],
}

impl<'a> Frames<'a> {
    /// Reads the frames that `bytes` begin with. `compression` is what was agreed on, `is_mixed` whether a client's frames may stand
    /// among them, which are masked and left out where a client may send them.
    #[must_use]
    pub fn read(mut bytes: &'a [u8], compression: Compression, is_mixed: bool) -> Self {
        let deflates = compression != Compression::None;
        let (mut frames, mut messages) = (Self::default(), Messages::of(compression));
        let length = bytes.len();
        while let Some(frame) = Frame::read(bytes) {
            let begin = length - bytes.len();
            let at = usize::try_from(frame.size).ok();
            bytes = at.and_then(|size| bytes.get(size..)).unwrap_or_default();
            let fault = frame.fault(deflates, messages.is_inside());
            if is_mixed && fault.as_deref() == Some(MASKED) {
                continue;
            }
            frames.all.push(frame);
            frames.last_at = begin;
            frames.fault = fault;
            if frames.fault.is_none() && !frame.is_control() {
                frames.fault = messages.take(&frame.fragment());
                frames.is_message_cut = messages.is_cut();
                frames.is_message_too_large = messages.is_too_large();
            }
            if frames.is_settled() {
                frames.behind_close = if frames.close().is_some() && !is_mixed { bytes } else { &[] };
                return frames;
            }
        }
        // Of a frame that has just begun, the opcode and the flags tell enough.
        if let [first, rest @ ..] = bytes {
            let mask = rest.first().map_or(0, |second| second & 0x80);
            let begun = [*first, mask, 0, 0, 0, 0];
            let fault = Frame::read(&begun).and_then(|begun| begun.fault(deflates, messages.is_inside()));
            frames.last_at = length - bytes.len();
            frames.fault = fault.filter(|fault| !is_mixed || fault != MASKED);
        }
        frames
    }

    /// Whether they tell all that there is to tell: after a whole Close frame, or one that is wrong, a client reads no more.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.fault.is_some() || self.close().is_some()
    }

    /// The payloads of the Pings that are whole, each of which a client answers (RFC 6455, section 5.5.2).
    #[must_use]
    pub fn pings(&self) -> Vec<&'a [u8]> {
        self.all.iter().filter(|frame| frame.opcode == 9 && frame.is_whole()).map(|frame| frame.payload).collect()
    }

    /// Whether a message among them is whole.
    #[must_use]
    pub fn has_message(&self) -> bool {
        self.all.iter().any(|frame| !frame.is_control() && frame.fin && frame.is_whole())
    }

    /// The payloads of the messages in one, as far as they came; nothing where a part of it is compressed.
    #[must_use]
    pub fn data(&self) -> Option<Vec<u8>> {
        let data = self.all.iter().filter(|frame| !frame.is_control());
        data.clone().all(|frame| frame.rsv == 0).then(|| data.flat_map(|frame| frame.payload).copied().collect())
    }

    /// The Close frame that they end with, if they do and it is whole and right.
    #[must_use]
    pub fn close(&self) -> Option<&Frame<'a>> {
        self.all.last().filter(|last| last.opcode == Frame::CLOSE && last.is_whole() && self.fault.is_none())
    }
}

/// What is wrong with a frame that only a client may send.
const MASKED: &str = "it is masked, as a client's frames are (5.1)";

/// The longest payload that Chromium takes.
const MAX_LENGTH: u64 = (1 << 31) - 1;

impl<'a> Frame<'a> {
    /// The opcode of a Close frame (RFC 6455, section 5.5.1).
    pub const CLOSE: u8 = 8;

    /// Reads the frame that `bytes` begin with; nothing where they end before its payload begins.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let [first, second, rest @ ..] = bytes else { return None };
        let (length, rest) = match second & 0x7f {
            126 => rest.split_first_chunk().map(|(length, rest)| (u64::from(u16::from_be_bytes(*length)), rest))?,
            127 => rest.split_first_chunk().map(|(length, rest)| (u64::from_be_bytes(*length), rest))?,
            length => (u64::from(length), rest),
        };
        let masked = second & 0x80 != 0;
        let rest = if masked { rest.get(4..)? } else { rest };
        let seen = usize::try_from(length).unwrap_or(usize::MAX).min(rest.len());
        Some(Self {
            fin: first & 0x80 != 0,
            rsv: first >> 4 & 7,
            opcode: first & 15,
            masked,
            length,
            size: length.saturating_add((bytes.len() - rest.len()) as u64),
            payload: &rest[..seen],
        })
    }

    /// Why a client must fail the connection over this frame of a server's, if it must. `deflates` is whether
    /// permessage-deflate was agreed on, `is_inside` whether a message was begun and not ended.
    #[must_use]
    pub fn fault(&self, deflates: bool, is_inside: bool) -> Option<String> {
        let is_control = self.is_control();
        let fault = match self {
            Self { opcode: 3..=7 | 11.., .. } => format!("its opcode is {}, which is reserved (5.2)", self.opcode),
            Self { rsv: 1..=3 | 5.., .. } => "RSV2 or RSV3 is set, which no extension gave a meaning (5.2)".to_owned(),
            Self { rsv: 4, .. } if !deflates => "RSV1 is set without permessage-deflate (5.2)".to_owned(),
            Self { rsv: 4, opcode: 0 | 8.., .. } => "RSV1 is set, and it does not begin a message (RFC 7692 6.1)".to_owned(),
            Self { fin: false, .. } if is_control => "a control frame in fragments (5.5)".to_owned(),
            Self { length: 126.., .. } if is_control => format!("a control frame of {} bytes, at most 125 (5.5)", self.length),
            Self { length, .. } if *length > i64::MAX as u64 => "the highest bit of its length is set (5.2)".to_owned(),
            // What is wrong from a client too stands above this.
            Self { masked: true, .. } => MASKED.to_owned(),
            Self { opcode: 0, .. } if !is_inside => "it continues a message, and none was begun (5.4)".to_owned(),
            Self { opcode: 1 | 2, .. } if is_inside => "it begins a message inside another (5.4)".to_owned(),
            Self { length, .. } if *length > MAX_LENGTH => format!("its length is {length}, which clients do not take"),
            _ if !self.is_minimal() => format!("its length, {}, is not written in as few bytes as it takes (5.2)", self.length),
            Self { opcode: Self::CLOSE, .. } => return self.fault_of_close(),
            Self { opcode: 1, rsv: 0, .. } if !self.is_utf8(self.payload) => NOT_UTF8.to_owned(),
            _ => return None,
        };
        Some(fault)
    }

    fn fragment(&self) -> Fragment<'a> {
        let Self { fin, rsv, opcode, payload, .. } = *self;
        Fragment { opcode, is_compressed: rsv == 4, payload, is_whole: self.is_whole(), is_last: fin }
    }

    /// Whether it is a Close, a Ping or a Pong, which may stand inside a message (RFC 6455, section 5.5).
    fn is_control(&self) -> bool {
        self.opcode >= Self::CLOSE
    }

    /// Whether all of its payload was seen.
    fn is_whole(&self) -> bool {
        self.payload.len() as u64 == self.length
    }

    fn is_minimal(&self) -> bool {
        let head = self.size - self.length - 4 * u64::from(self.masked);
        head == if self.length < 126 {
            2
        } else if self.length < 0x1_0000 {
            4
        } else {
            10
        }
    }

    fn fault_of_close(&self) -> Option<String> {
        match (self.length, self.close_code()) {
            (1, _) => Some("a Close frame with one byte, expected a code of two (5.5.1)".to_owned()),
            (_, Some(code @ (..1000 | 1005 | 1006 | 1015 | 5000..))) => {
                Some(format!("a Close frame with the code {code}, which is never sent (7.4.1)"))
            }
            (_, Some(_)) if !self.is_utf8(self.payload.get(2..).unwrap_or_default()) => {
                Some("a Close frame whose reason is not UTF-8 (5.5.1)".to_owned())
            }
            _ => None,
        }
    }

    /// The code of a server's Close frame, if it has one (RFC 6455, section 7.4).
    #[must_use]
    pub fn close_code(&self) -> Option<u16> {
        let code = self.payload.first_chunk().filter(|_| self.opcode == Self::CLOSE && !self.masked)?;
        Some(u16::from_be_bytes(*code))
    }

    /// Whether a text at the end of the payload is UTF-8; its last character may be cut where more of it follows.
    fn is_utf8(&self, text: &[u8]) -> bool {
        let is_end = self.fin && self.is_whole();
        str::from_utf8(text).map_or_else(|error| !is_end && error.error_len().is_none(), |_| true)
    }
}
