//! Finds the exchanges in the bytes of a capture: heads as they were sent, a HAR file as JSON, everything else by what can be
//! found in its text.

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

use crate::handshake::Accept;
use crate::head::{ACCEPT, Exchange, Fidelity, Head, KEY};
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
        let mut exchanges = correlate::exchanges(all);
        for Exchange { request, response } in &mut exchanges {
            if let (Some(request), Some(response)) = (request, response) {
                doubt(request, response);
            }
        }
        Self { exchanges, is_cut }
    }
}

/// Where the server gave the right accept value, what a copied request lacks was left out by whoever copied it.
fn doubt(request: &mut Head, response: &Head) {
    let is_right = request.get_all(KEY).any(|key| response.get(ACCEPT) == Some(Accept::of(key).as_bytes()));
    let lacks = ["Upgrade", "Connection", "Sec-WebSocket-Version"].iter().any(|name| !request.has(name));
    if request.fidelity == Fidelity::Complete && is_right && lacks {
        request.fidelity = Fidelity::Partial;
    }
}
