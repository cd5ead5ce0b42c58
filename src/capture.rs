//! The bytes of any capture to the exchanges in it: heads as they were sent, a HAR file as JSON, everything else by what can
//! be found in its text.

mod assemble;
mod correlate;
mod decode;
#[cfg(feature = "har")]
mod har;
mod heads;
mod names;
mod raw;
mod scan;
mod value;

use crate::head::Exchange;
use heads::Heads;

/// The exchanges of a capture, whatever form it has: heads as they were sent, what curl or a browser printed, a log, a HAR file.
///
/// ```
/// use wskey::capture::Capture;
///
/// let log = b"-> GET /chat HTTP/1.1\n-> Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\
///     <- HTTP/1.1 101 Switching Protocols\n<- Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\n";
/// let exchange = Capture::read(log).exchanges.pop().expect("there is one");
/// let (request, response) = (exchange.request.unwrap(), exchange.response.unwrap());
/// assert_eq!(request.get("sec-websocket-key"), Some(&b"dGhlIHNhbXBsZSBub25jZQ=="[..]));
/// assert_eq!(response.get("sec-websocket-accept"), Some(&b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="[..]));
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Capture {
    /// The exchanges, in their order.
    pub exchanges: Vec<Exchange>,
    /// Whether the capture goes on beyond what is read: 65536 heads, 1048576 lines of heads, 1024 lines or 256 KiB of one head.
    pub is_cut: bool,
}

impl Capture {
    /// Finds the exchanges in a capture. A HAR file is read as one with the feature `har`, else as text like any other.
    ///
    /// Heads as they were sent are [`Fidelity::Bytes`]. From other forms the fields of the handshake are kept, each with its
    /// line in the capture; such a head is [`Fidelity::Complete`] if it was evidently seen whole, else [`Fidelity::Partial`].
    /// What belongs together shows in the accept value, else in the order. A head that was seen twice is one. Exchanges that
    /// have nothing to do with WebSocket are left out, unless there are no others. Time and memory are proportional to the
    /// capture: the caller bounds the bytes.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        let heads = raw::heads(bytes);
        #[cfg(feature = "har")]
        let heads = heads.or_else(|| har::heads(bytes));
        let Heads { all, is_cut, .. } = heads.unwrap_or_else(|| assemble::heads(&decode::decode(bytes)));
        let exchanges = correlate::exchanges(all);
        Self { exchanges, is_cut }
    }
}
