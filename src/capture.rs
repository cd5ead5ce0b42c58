//! Finds the exchanges in the bytes of a capture. A HAR file and a text that holds nothing but heads are read by their grammar. Of
//! any other text, what is far from a handshake is left out (`far`), and the rest is read in windows (`windows`). In each of these,
//! what a stage takes is left out for the next: packets, dumps, transcripts (`transcript`, with its forms), and at last what is found
//! here and there (`decode`, `scan`, `assemble`, `exact`). `correlate` makes exchanges of the heads.

mod altered;
mod assemble;
mod batch;
mod breaks;
mod chopped;
mod correlate;
mod counted;
mod decode;
mod dump;
mod error;
mod exact;
mod far;
mod form;
#[cfg(feature = "har")]
mod har;
mod heads;
mod names;
mod packets;
#[cfg(feature = "pcap")]
mod pcap;
mod prefix;
mod prompt;
mod raw;
mod reader;
mod repeated;
mod scan;
mod start;
mod text;
mod together;
mod transcript;
mod value;
mod windows;

pub use error::CaptureError;
pub use heads::MOST_RESPONSES;
#[cfg(feature = "pcap")]
pub use pcap::PacketRemark;

use crate::head::Exchange;
use correlate::Correlator;
use heads::{Heads, SeenHead};
use memchr::memmem;
use raw::Origin;
use reader::{Collected, Collector};
use windows::Windows;

/// The exchanges of a capture, whatever form it has: what curl or a browser printed, a log, packets, a HAR file.
///
/// ```
/// use wskey::capture::Capture;
///
/// let log = b"-> GET /chat HTTP/1.1\n-> Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\
///     <- HTTP/1.1 101 Switching Protocols\n<- Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\n";
/// let exchange = Capture::read(log)?.exchanges.pop().expect("there is one");
/// let (request, response) = (exchange.request.unwrap(), exchange.response.unwrap());
/// assert_eq!(request.get("sec-websocket-key"), Some(&b"dGhlIHNhbXBsZSBub25jZQ=="[..]));
/// assert_eq!(response.get("sec-websocket-accept"), Some(&b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="[..]));
/// # Ok::<(), wskey::capture::CaptureError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Capture {
    /// The exchanges, in their order.
    pub exchanges: Vec<Exchange>,
    /// Where the capture has no request, the responses, whatever they have to do with: whoever knows that they answer handshakes may
    /// judge them. At most [`MOST_RESPONSES`]: where there are as many, there may be more.
    pub responses: Vec<Exchange>,
    /// Whether the capture goes on beyond what is read: 65536 heads that have to do with WebSocket, 1048576 lines of these, 1024 lines
    /// or 256 KiB of one head, 64 MiB of one dump or of packets that a tool printed. Of the heads, those count that
    /// [`CaptureReader::settled`] did not take.
    pub is_cut: bool,
    /// Whether it is a text that may be the bytes as they were sent: it begins with a head, and has CR LF.
    pub looks_raw: bool,
    /// How many heads it has, if it holds bytes as they were sent, whatever they have to do with; interim responses left out.
    heads: usize,
}

impl Capture {
    /// Finds the exchanges in a capture. A HAR file is read as one with the feature `har`, else as text like any other.
    ///
    /// Of text, the fields of a head are kept with their lines in the capture. A head is [`Complete`] if its start line, its
    /// fields and the empty line that ends it stand one after the other behind the same prefix (`> `, a logger's), in a form
    /// that marks the end in its own way, or in a file that holds nothing but heads; else it is [`Partial`]. What belongs
    /// together shows in the accept value, in the connection, or in an order that leaves no choice. A head that was seen twice
    /// is one. What has nothing to do with WebSocket is left out. Time and memory are proportional to the capture: the caller
    /// bounds the bytes.
    ///
    /// [`Complete`]: crate::head::Fidelity::Complete
    /// [`Partial`]: crate::head::Fidelity::Partial
    ///
    /// # Errors
    /// For a file that begins as a HAR and is none, for one in two encodings, and for a pcap file, which `read_packets` reads.
    pub fn read(bytes: &[u8]) -> Result<Self, CaptureError> {
        if Self::is_packets(bytes) {
            return Err(CaptureError::Packets);
        }
        if text::has_two_encodings(bytes) {
            return Err(CaptureError::MixedEncodings);
        }
        let text = text::utf8(bytes);
        #[cfg(feature = "har")]
        if har::begins(&text) {
            return Ok(Self::of(har::heads(&text)?, false));
        }
        // Editors write LF alone, peers hardly ever.
        let first = text.trim_ascii_start().split(|&b| b == b'\n').next().unwrap_or_default();
        let looks_raw = start::kind_of(first).is_some() && memmem::find(&text, b"\r\n").is_some();
        if text.len() <= reader::LONGEST_OF_HEADS
            && let Some(mut heads) = plain_heads(&text)
        {
            chopped::mark_cut(&mut heads, &text, 0, &(0..usize::MAX));
            return Ok(Self::of(heads, looks_raw));
        }
        let mut windows = Windows::default();
        windows.push(&text);
        Ok(Self::of_windows(windows, looks_raw))
    }

    /// Finds the exchanges in bytes as they were sent, in one direction or in both in turn. Every head is
    /// [`Bytes`](crate::head::Fidelity::Bytes); bodies and frames are skipped by their lengths.
    #[must_use]
    pub fn read_raw(bytes: &[u8]) -> Self {
        let stream = raw::read(bytes, Origin::Raw);
        let heads = stream.heads.seen;
        Self { heads, ..Self::of(stream.heads, false) }
    }

    /// Whether a file that begins so is one of packets, pcap or pcapng.
    #[must_use]
    pub fn is_packets(first: &[u8]) -> bool {
        reader::is_packets(first)
    }

    /// Finds the exchanges in a file of packets, pcap or pcapng, of any length, and says what else there is to say of it. Memory is
    /// bounded whatever the length.
    ///
    /// Each direction of a connection is put in order, and its heads are [`Bytes`]. Those behind a gap are [`Partial`], and so are
    /// those of a connection whose beginning was not captured, and those of which a part was sent again with other bytes. Which
    /// response is whose shows in the connection: [`Exchange::flow`].
    ///
    /// [`Bytes`]: crate::head::Fidelity::Bytes
    /// [`Partial`]: crate::head::Fidelity::Partial
    #[cfg(feature = "pcap")]
    pub fn read_packets(reader: impl std::io::Read) -> (Self, Vec<PacketRemark>) {
        let (kept, remarks) = pcap::read(reader);
        let pcap::Kept { exchanges, responses, is_cut, .. } = kept;
        (Self { exchanges, responses, is_cut, looks_raw: false, heads: 0 }, remarks)
    }

    fn of(heads: Heads, looks_raw: bool) -> Self {
        Self::with(Correlator::default(), heads, looks_raw)
    }

    fn of_windows(windows: Windows, looks_raw: bool) -> Self {
        let (correlator, heads) = windows.end();
        Self::with(correlator, heads, looks_raw)
    }

    /// What came of the heads that a correlator has, and of these.
    fn with(mut correlator: Correlator, heads: Heads, looks_raw: bool) -> Self {
        let is_cut = heads.is_cut;
        let alone = |seen: SeenHead| Exchange { behind: seen.behind, body: seen.body, ..Exchange::new(None, Some(seen.head)) };
        let responses = heads.responses.into_iter().map(alone).collect();
        for seen in heads.all {
            correlator.push(seen);
        }
        Self { exchanges: correlator.end(), responses, is_cut, looks_raw, heads: 0 }
    }
}

/// Takes a capture in pieces, as they come: a text of any length, and 64 MiB of a HAR or in UTF-16; of packets nothing, which
/// `Capture::read_packets` reads. It finds what [`Capture::read`] finds.
///
/// ```
/// use wskey::capture::CaptureReader;
///
/// let mut reader = CaptureReader::default();
/// for piece in [&b"-> Sec-WebSocket-Key: dGhlIHNhbXBs"[..], b"ZSBub25jZQ==\n"] {
///     assert!(reader.push(piece));
/// }
/// assert_eq!(reader.end()?.exchanges.len(), 1);
/// # Ok::<(), wskey::capture::CaptureError>(())
/// ```
#[derive(Clone, Default)]
pub struct CaptureReader {
    collector: Collector,
}

impl CaptureReader {
    /// Takes the next piece. Returns whether there is room for more: what comes then is passed over.
    pub fn push(&mut self, piece: &[u8]) -> bool {
        self.collector.push(piece)
    }

    /// The exchanges that nothing that comes later is to change, of a log with very many heads: they are given once, and forgotten. Mostly
    /// there are none. Who asks behind each piece holds any number of heads in bounded memory; else they are 65536 at most.
    pub fn settled(&mut self) -> Vec<Exchange> {
        self.collector.settled()
    }

    /// The exchanges in what came so far, as [`end`](Self::end) would have them: what comes later may add to them, and change them. It takes
    /// as long as `end`, and as much memory again as is kept.
    ///
    /// # Errors
    /// Those of `end`: what is no HAR file yet may become one.
    pub fn so_far(&self) -> Result<Capture, CaptureError> {
        self.clone().end()
    }

    /// The exchanges in all that came.
    ///
    /// # Errors
    /// Those of [`Capture::read`], and for more than 64 MiB of a HAR, or in UTF-16.
    pub fn end(self) -> Result<Capture, CaptureError> {
        match self.collector.end()? {
            Collected::Whole(bytes) => Capture::read(&bytes),
            Collected::Windows(windows) => Ok(Capture::of_windows(*windows, false)),
        }
    }
}

/// The heads of a text that holds nothing else, but for their bodies and frames.
fn plain_heads(text: &[u8]) -> Option<Heads> {
    let begin = text.iter().position(|b| !b.is_ascii_whitespace())?;
    let line = text[begin..].split(|&b| b == b'\n').next().unwrap_or_default();
    start::kind_of(line)?;
    let stream = raw::read(text, Origin::Text);
    (!stream.has_other).then_some(stream.heads)
}
