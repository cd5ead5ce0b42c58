//! A handshake in segments, which come in any order, twice, over each other, with other bytes, or not at all: what is found is what a
//! reader finds who puts down each byte where it belongs, the first that comes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wskey::capture::Capture;
use wskey::head::{Exchange, Fidelity, Head};
use wskey::rules::Verdict;
use wskey_fuzz::verdicts;

const REQUEST: &[u8] = b"GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// What came of one direction.
struct Came {
    sent: &'static [u8],
    bytes: Vec<Option<u8>>,
    is_contradicted: bool,
}

impl Came {
    fn new(sent: &'static [u8]) -> Self {
        Self { sent, bytes: vec![None; sent.len()], is_contradicted: false }
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        for (place, &byte) in self.bytes.iter_mut().skip(at).zip(bytes) {
            self.is_contradicted |= place.get_or_insert(byte) != &byte;
        }
    }

    fn whole(&self) -> Option<Vec<u8>> {
        self.bytes.iter().copied().collect()
    }
}

/// A packet of raw IP in a pcap file.
fn record(is_client: bool, sequence: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    let ports = if is_client { [0x14, 0x03, 0x1f, 0x90] } else { [0x1f, 0x90, 0x14, 0x03] };
    let length = u16::try_from(40 + payload.len()).expect("a short one");
    let size = u32::from(length).to_le_bytes();
    let ip = [&[0x45, 0][..], &length.to_be_bytes(), &[0, 0, 0, 0, 64, 6, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]].concat();
    let tcp = [&ports[..], &sequence.to_be_bytes(), &[0; 4], &[0x50, flags, 0, 64, 0, 0, 0, 0]].concat();
    [&[0; 8][..], &size, &size, &ip, &tcp, payload].concat()
}

/// The segments that four bytes each tell of: the direction, whether a byte of it is another, where it begins, how long it is.
fn file(numbers: [u32; 2], told: &[u8], came: &mut [Came; 2]) -> Vec<u8> {
    let mut file = [&[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0][..], &[0; 8], &[0, 0, 4, 0, 101, 0, 0, 0]].concat();
    file.extend(record(true, numbers[0], 2, b""));
    file.extend(record(false, numbers[1], 2, b""));
    for [flags, at, size, other] in told.as_chunks().0.iter().copied().take(256) {
        let side = usize::from(flags & 1);
        let at = usize::from(at) % came[side].sent.len();
        // One byte alone may keep a connection alive, whatever it is.
        let end = (at + 2 + usize::from(size)).min(came[side].sent.len());
        let mut payload = came[side].sent[at..end].to_vec();
        let length = payload.len();
        if flags & 6 == 6 && length > 1 {
            payload[usize::from(other) % length] ^= 1;
        }
        if length == 1 {
            continue;
        }
        came[side].put(at, &payload);
        file.extend(record(side == 0, numbers[side].wrapping_add(1).wrapping_add(at as u32), 0, &payload));
    }
    file
}

fn first(bytes: &[u8]) -> Exchange {
    Capture::read_raw(bytes).exchanges.into_iter().next().unwrap_or_default()
}

/// A head that by itself has nothing to do with WebSocket is not found in raw bytes.
fn is_same(head: &Head, expected: Option<Head>) {
    assert!(expected.is_none_or(|expected| expected == *head), "{head:#?}");
}

fuzz_target!(|bytes: &[u8]| {
    let Some((numbers, told)) = bytes.split_first_chunk::<8>() else { return };
    let [a, b, c, d, e, f, g, h] = *numbers;
    let numbers = [u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h])];
    let mut came = [Came::new(REQUEST), Came::new(RESPONSE)];
    let file = file(numbers, told, &mut came);
    let (capture, _) = Capture::read_packets(&file[..]);
    let found = verdicts(&capture);
    let [request, response] = came.each_ref().map(Came::whole);
    let is_proof = |came: &Came, whole: &Option<Vec<u8>>| whole.as_deref() == Some(came.sent) && !came.is_contradicted;
    if is_proof(&came[0], &request) && is_proof(&came[1], &response) {
        assert_eq!(found, [Verdict::Ok]);
    }
    if request.is_none() || response.is_none() || came.iter().any(|came| came.is_contradicted) {
        assert!(!found.contains(&Verdict::Ok), "{:#?}", capture.exchanges);
    }
    // Each head that was seen whole is the one that was put together.
    for exchange in &capture.exchanges {
        let is_seen = |head: &&Head| head.fidelity == Fidelity::Bytes && head.is_complete();
        if let Some(head) = exchange.request.as_ref().filter(is_seen) {
            is_same(head, first(request.as_deref().expect("all of it came")).request);
        }
        if let Some(head) = exchange.response.as_ref().filter(is_seen) {
            is_same(head, first(response.as_deref().expect("all of it came")).response);
        }
    }
});
