//! Dumps in hexadecimal, as tools print them. Whatever was dumped, no yes without its proof; a right handshake, in segments that
//! are cut anywhere, is never failed; one whose accept value is wrong is never OK.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wskey::capture::Capture;
use wskey::rules::Verdict;
use wskey::{Accept, Key};
use wskey_fuzz::verdicts;

/// What one side sent at once, and where in its stream that begins.
#[derive(Clone)]
struct Segment {
    is_client: bool,
    at: usize,
    bytes: Vec<u8>,
    /// How many of the bytes were captured, where that is limited.
    most: usize,
}

const STYLES: [fn(&[Segment]) -> String; 8] = [xxd, xxd_g1, hexdump, netty, curl, tcpdump_x, tcpdump_a, tshark];

/// The first of them that prints packets: those may be lost, come twice, come out of order, or be captured in part.
const PACKETS: usize = 5;

fuzz_target!(|bytes: &[u8]| {
    let [style, how, nonce, rest @ ..] = bytes else { return };
    let style = usize::from(*style) % STYLES.len();
    let said = |segments: &[Segment]| {
        let dump = STYLES[style](segments);
        (verdicts(&Capture::read(dump.as_bytes()).expect("no HAR")), dump)
    };
    // The bytes themselves.
    let (sent, received) = rest.split_at(rest.len() / 2);
    let whole = &mut std::iter::empty();
    said(&[cut(true, sent, whole), cut(false, received, whole)].concat());
    // A handshake, cut as the bytes say.
    let key = Key::from_nonce([*nonce; 16]);
    let request = format!(
        "GET /chat HTTP/1.1\r\nHost: chat.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Protocol: chat\r\n\r\n"
    );
    let frame: &[u8] = if how & 1 == 0 { b"" } else { b"\x81\x02hi" };
    for (accept, never) in [(key.accept(), Verdict::Failed), (Accept::of(b""), Verdict::Ok)] {
        let head = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\
             Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
        );
        let mut sizes = rest.iter().map(|&size| usize::from(size).max(1));
        let mut segments = cut(true, request.as_bytes(), &mut sizes);
        segments.extend(cut(false, &[head.as_bytes(), frame].concat(), &mut sizes));
        if style >= PACKETS {
            disturb(&mut segments, how >> 1);
        }
        let (said, dump) = said(&segments);
        assert!(!said.contains(&never), "{said:?}\n{dump}");
    }
});

/// What one side sent, in segments of these sizes; the last one takes the rest.
fn cut(is_client: bool, stream: &[u8], sizes: &mut dyn Iterator<Item = usize>) -> Vec<Segment> {
    let (mut segments, mut at) = (Vec::new(), 0);
    while at < stream.len() {
        let bytes = &stream[at..stream.len().min(at.saturating_add(sizes.next().unwrap_or(usize::MAX)))];
        segments.push(Segment { is_client, at, bytes: bytes.into(), most: usize::MAX });
        at += bytes.len();
    }
    segments
}

/// What happens to packets.
fn disturb(segments: &mut Vec<Segment>, how: u8) {
    let at = usize::from(how / 5) % segments.len();
    match how % 5 {
        1 => drop(segments.remove(at)),
        2 => segments.push(segments[at].clone()),
        3 => segments.rotate_left(at),
        4 => segments.iter_mut().for_each(|segment| segment.most = 8 * usize::from(how / 5)),
        _ => {}
    }
}

/// Rows of sixteen bytes: where each begins, its bytes in groups of so many, and the same as text.
fn rows(bytes: &[u8], group: usize, row: impl Fn(usize, String, String) -> String) -> String {
    let all = bytes.chunks(16).enumerate().map(|(at, bytes)| {
        let groups = bytes.chunks(group).map(|group| group.iter().map(|b| format!("{b:02x}")).collect::<String>());
        let text = bytes.iter().map(|b| if matches!(b, b' '..=b'~') { char::from(*b) } else { '.' }).collect();
        row(16 * at, groups.collect::<Vec<_>>().join(" "), text) + "\n"
    });
    all.collect()
}

fn all<'a>(segments: impl IntoIterator<Item = &'a Segment>) -> Vec<u8> {
    segments.into_iter().flat_map(|segment| segment.bytes.clone()).collect()
}

fn xxd(segments: &[Segment]) -> String {
    rows(&all(segments), 2, |at, hex, text| format!("{at:08x}: {hex:<39}  {text}"))
}

/// With `-g1`.
fn xxd_g1(segments: &[Segment]) -> String {
    rows(&all(segments), 1, |at, hex, text| format!("{at:08x}: {hex:<47}  {text}"))
}

/// With `-C`.
fn hexdump(segments: &[Segment]) -> String {
    rows(&all(segments), 1, |at, mut hex, text| {
        hex.insert(23.min(hex.len()), ' ');
        format!("{at:08x}  {hex:<48}  |{text}|")
    })
}

fn netty(segments: &[Segment]) -> String {
    let blocks = segments.iter().map(|Segment { is_client, bytes, .. }| {
        let (label, length) = (if *is_client { "WRITE" } else { "READ" }, bytes.len());
        let (indent, rule, end) = (" ".repeat(9), "-".repeat(49), "-".repeat(16));
        let rows = rows(bytes, 1, |at, hex, text| format!("|{at:08x}| {hex:<47} |{text:<16}|"));
        format!(
            "DEBUG LoggingHandler - [id: 0x1f] {label}: {length}B\n{indent}+{rule}+\n\
             {indent}|  0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f |\n+--------+{rule}+{end}+\n{rows}+--------+{rule}+{end}+\n"
        )
    });
    blocks.collect()
}

/// With `--trace`: it shows a request at once, and a response line by line.
fn curl(segments: &[Segment]) -> String {
    let block = |label: &str, bytes: &[u8]| {
        let length = bytes.len();
        let rows = rows(bytes, 1, |at, hex, text| format!("{at:04x}: {hex:<47} {text}"));
        format!("{label}, {length} bytes (0x{length:x})\n{rows}")
    };
    let received = all(segments.iter().filter(|segment| !segment.is_client));
    let mut label = "<= Recv header";
    let lines = received.split_inclusive(|&b| b == b'\n').map(|line| {
        let shown = block(label, line);
        label = if line == b"\r\n" { "<= Recv data" } else { label };
        shown
    });
    let sent = block("=> Send header", &all(segments.iter().filter(|segment| segment.is_client)));
    format!("== Info: Connected to 127.0.0.1 (127.0.0.1) port 9601 (#0)\n{sent}{}", lines.collect::<String>())
}

/// What tcpdump says of a packet before it prints it.
fn heading(Segment { is_client, at, bytes, .. }: &Segment) -> String {
    let (ends, begin, length) = (if *is_client { "a.36908 > b.9601" } else { "b.9601 > a.36908" }, at + 1, bytes.len());
    let seq = format!("seq {begin}:{}, ack 1, win 64, options [nop,nop,TS val 1 ecr 1], length {length}", begin + length);
    format!("11:26:55.556550 IP {ends}: Flags [P.], {seq}\n")
}

fn tcpdump_x(segments: &[Segment]) -> String {
    let rows = |segment| rows(&packet(segment), 2, |at, hex, text| format!("\t0x{at:04x}:  {hex:<39}  {text}"));
    segments.iter().map(|segment| heading(segment) + &rows(segment)).collect()
}

/// It leaves out the CR before an LF.
fn tcpdump_a(segments: &[Segment]) -> String {
    let mut dump = String::new();
    for segment in segments {
        dump += &heading(segment);
        let packet = packet(segment);
        for (at, &byte) in packet.iter().enumerate() {
            match byte {
                b'\r' if packet.get(at + 1) == Some(&b'\n') => {}
                b'\n' | b' '..=b'~' => dump.push(byte.into()),
                _ => dump.push('.'),
            }
        }
        dump += "\n\n";
    }
    dump
}

/// With `-x`, of Ethernet.
fn tshark(segments: &[Segment]) -> String {
    let frame = |segment| [&[2; 12][..], &[8, 0], &packet(segment)].concat();
    let rows = |segment| rows(&frame(segment), 1, |at, hex, text| format!("{at:04x}  {hex:<47}   {text}"));
    segments.iter().map(|segment| rows(segment) + "\n").collect()
}

/// The segment behind the headers of IP and TCP (RFC 791, RFC 9293).
fn packet(Segment { is_client, at, bytes, most }: &Segment) -> Vec<u8> {
    let mut packet = vec![0x45, 0, 0, 0, 0x7a, 0x39, 0x40, 0, 64, 6, 0, 0];
    packet[2..4].copy_from_slice(&((52 + bytes.len()) as u16).to_be_bytes());
    let (client, server) = ([10, 0, 0, 1, 0x90, 0x2c], [10, 0, 0, 2, 0x25, 0x81]);
    let (from, to) = if *is_client { (client, server) } else { (server, client) };
    packet.extend([&from[..4], &to[..4], &from[4..], &to[4..]].concat());
    packet.extend((0x3b19_8032 + *at as u32).to_be_bytes());
    packet.extend([
        0xc8, 6, 0x22, 0x66, 0x80, 0x18, 0, 64, 0xfe, 0xeb, 0, 0, 1, 1, 8, 10, 0x61, 0xaf, 0xb0, 4, 0x14, 0x65, 0x56, 0x92,
    ]);
    packet.extend(bytes.iter().take(*most));
    packet
}
