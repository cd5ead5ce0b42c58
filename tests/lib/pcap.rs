//! Files of packets: what is found in them, exactly. The packets are put together here, by the formats' own documents.

use proptest::prelude::*;
use std::time::Duration;
use wskey::capture::{Capture, PacketRemark};
use wskey::head::{Exchange, Fidelity, Unclear};
use wskey::rules::{Finding, judge, verdict};

const REQUEST: &[u8] = b"GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
const CLIENT: u16 = 5123;
const SERVER: u16 = 8080;

const FIN: u8 = 1;
const SYN: u8 = 2;

/// A segment between the ports of one host.
#[derive(Clone, Debug)]
struct Tcp {
    from: u16,
    to: u16,
    sequence: u32,
    flags: u8,
    payload: Vec<u8>,
}

fn client(sequence: u32, payload: &[u8]) -> Tcp {
    Tcp { from: CLIENT, to: SERVER, sequence, flags: 0, payload: payload.to_vec() }
}

fn server(sequence: u32, payload: &[u8]) -> Tcp {
    Tcp { from: SERVER, to: CLIENT, sequence, flags: 0, payload: payload.to_vec() }
}

fn flagged(flags: u8, segment: Tcp) -> Tcp {
    Tcp { flags, ..segment }
}

/// Both SYNs: the client's bytes begin with number 1001, the server's with 5001.
fn begun() -> Vec<Tcp> {
    vec![flagged(SYN, client(1000, b"")), flagged(SYN, server(5000, b""))]
}

fn behind_begin(segments: impl IntoIterator<Item = Tcp>) -> Vec<Tcp> {
    begun().into_iter().chain(segments).collect()
}

/// RFC 9293, section 3.1: a header of 20 bytes.
fn tcp(segment: &Tcp) -> Vec<u8> {
    let ports = [segment.from.to_be_bytes(), segment.to.to_be_bytes()].concat();
    [&ports, &segment.sequence.to_be_bytes()[..], &[0; 4], &[0x50, segment.flags, 0, 64, 0, 0, 0, 0], &segment.payload].concat()
}

/// RFC 791: a header of 20 bytes; `place` is the field of the fragment.
fn ipv4_part(payload: &[u8], place: u16) -> Vec<u8> {
    let length = u16::try_from(20 + payload.len()).unwrap().to_be_bytes();
    let header = [&[0x45, 0][..], &length, &[0, 7], &place.to_be_bytes(), &[64, 6, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]].concat();
    [&header, payload].concat()
}

fn ipv4(segment: &Tcp) -> Vec<u8> {
    ipv4_part(&tcp(segment), 0)
}

/// RFC 8200: a header of 40 bytes.
fn ipv6_with(next: u8, payload: &[u8]) -> Vec<u8> {
    let mut address = [0; 16];
    address[15] = 1;
    let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
    [&[0x60, 0, 0, 0][..], &length, &[next, 64], &address, &address, payload].concat()
}

fn ethernet(kind: &[u8], packet: &[u8]) -> Vec<u8> {
    [&[2; 12], kind, packet].concat()
}

/// A record of a pcap file: what was captured, and how many bytes it had.
type Record = (Vec<u8>, usize);

/// <https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-03.html>; the n-th packet is of second n.
fn pcap_of(link: u32, records: &[Record]) -> Vec<u8> {
    let mut file = [&[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0][..], &link.to_le_bytes()].concat();
    for (second, (bytes, length)) in (1_u32..).zip(records) {
        let [captured, length] = [bytes.len(), *length].map(|length| u32::try_from(length).unwrap().to_le_bytes());
        file.extend([&second.to_le_bytes()[..], &500_000_u32.to_le_bytes(), &captured, &length, bytes].concat());
    }
    file
}

fn whole(packets: impl IntoIterator<Item = Vec<u8>>) -> Vec<Record> {
    packets.into_iter().map(|packet| (packet.clone(), packet.len())).collect()
}

/// Segments as raw IP.
fn pcap(segments: &[Tcp]) -> Vec<u8> {
    pcap_of(101, &whole(segments.iter().map(ipv4)))
}

fn read(file: &[u8]) -> (Vec<Exchange>, Vec<PacketRemark>) {
    let (capture, remarks) = Capture::read_packets(file);
    (capture.exchanges, remarks)
}

/// What is found in these segments, without remarks.
#[track_caller]
fn found(segments: &[Tcp]) -> Vec<Exchange> {
    let (exchanges, remarks) = read(&pcap(segments));
    assert_eq!(remarks, []);
    exchanges
}

#[track_caller]
fn only(segments: &[Tcp]) -> Exchange {
    let [exchange] = <[Exchange; 1]>::try_from(found(segments)).expect("one exchange");
    exchange
}

/// The verdict on each exchange, and why there is none.
fn verdicts(exchanges: &[Exchange]) -> Vec<String> {
    let findings = judge(exchanges);
    let of = |at: usize| findings.iter().filter(|finding| finding.exchange == at).cloned().collect::<Vec<_>>();
    let show = |(at, exchange): (usize, &Exchange)| match verdict(exchange, &of(at)) {
        wskey::rules::Verdict::Unjudged(why) => format!("UNJUDGED: {why}"),
        verdict => verdict.as_str().to_owned(),
    };
    exchanges.iter().enumerate().map(show).collect()
}

/// The heads of an exchange are those of these bytes, and nothing is left open.
#[track_caller]
fn is_as_sent(exchange: &Exchange, request: &[u8], response: &[u8]) {
    let first = |bytes: &[u8]| Capture::read_raw(bytes).exchanges.swap_remove(0);
    assert_eq!(exchange.request, first(request).request);
    assert_eq!(exchange.response, first(response).response);
    assert_eq!(exchange.behind, first(response).behind);
    assert_eq!(verdicts(std::slice::from_ref(exchange)), ["OK"]);
}

fn handshake() -> Vec<Tcp> {
    behind_begin([client(1001, REQUEST), server(5001, RESPONSE)])
}

/// A lost packet leaves a head that is cut off, and no verdict.
#[test]
fn what_was_lost_is_not_seen() {
    let (first, rest) = REQUEST.split_at(100);
    let (lost, rest) = rest.split_at(10);
    let sequence = |bytes: &[u8]| u32::try_from(1001 + bytes.len()).unwrap();
    let mut segments =
        behind_begin([client(1001, first), client(sequence(&[first, lost].concat()), rest), server(5001, RESPONSE)]);
    let found_now = found(&segments);
    assert_eq!(
        verdicts(&found_now),
        [
            "UNJUDGED: the head of the request is cut off",
            "UNJUDGED: the request was not seen, and so not the key that the response answers"
        ]
    );
    // It comes at last.
    segments.push(client(sequence(first), lost));
    is_as_sent(&only(&segments), REQUEST, RESPONSE);
}

/// Behind a gap which request is whose response is not known.
#[test]
fn a_response_behind_a_gap_answers_nothing_before_it() {
    let segments = behind_begin([client(1001, REQUEST), server(5021, RESPONSE)]);
    let exchanges = found(&segments);
    assert_eq!(exchanges.len(), 2);
    assert_eq!(exchanges[1].response.as_ref().map(|head| head.fidelity), Some(Fidelity::Partial));
    assert_eq!(verdicts(&exchanges)[0], "UNJUDGED: no response was seen");
}

#[test]
fn bytes_that_were_sent_again_as_others_are_not_known() {
    let other = String::from_utf8(REQUEST.to_vec()).unwrap().replace("/chat", "/evil");
    for at in [3, 4] {
        let mut segments = handshake();
        segments.insert(at, client(1001, &other.as_bytes()[..20]));
        let exchange = only(&segments);
        let request = exchange.request.clone().unwrap();
        assert_eq!((request.fidelity, request.target()), (Fidelity::Partial, Some(&b"/chat"[..])));
        assert_eq!(request.unclear, [Unclear::SentAgain(at as u64 + 1)]);
        let why = format!(
            "UNJUDGED: packet {} sends a part of the request again, with other bytes: which of them arrived is not known",
            at + 1
        );
        assert_eq!(verdicts(&[exchange]), [why]);
    }
}

/// A byte that was sent before keeps a connection alive, and may be any (RFC 1122, section 4.2.3.6).
#[test]
fn a_keep_alive_is_no_contradiction() {
    let mut segments = handshake();
    segments.insert(3, client(1000 + u32::try_from(REQUEST.len()).unwrap(), b"\0"));
    is_as_sent(&only(&segments), REQUEST, RESPONSE);
}

#[test]
fn a_connection_whose_beginning_was_not_captured_is_seen_in_part() {
    let exchange = only(&[client(1001, REQUEST), server(5001, RESPONSE)]);
    assert_eq!(exchange.heads().map(|(_, head)| head.fidelity).collect::<Vec<_>>(), [Fidelity::Partial; 2]);
    assert_eq!(verdicts(&[exchange]), ["OK"]);
    // Amid a method.
    let exchange = only(&[client(1003, &REQUEST[2..]), server(5001, RESPONSE)]);
    assert_eq!(verdicts(&[exchange]), ["UNJUDGED: the head of the request is cut off"]);
    // What was sent before it is not taken for a part.
    let exchange = only(&[client(1001, b"xyz\r\n"), client(1006, REQUEST), server(5001, RESPONSE)]);
    assert_eq!(verdicts(&[exchange]), ["OK"]);
}

#[test]
fn the_flow_and_the_time_are_those_of_the_request() {
    let flow = *only(&handshake()).flow.unwrap();
    assert_eq!(flow.to_string(), "127.0.0.1:5123 > 127.0.0.1:8080");
    assert_eq!((flow.packet, flow.time), (3, Some(Duration::from_millis(3500))));
}

#[test]
fn ports_that_are_used_again_make_another_connection() {
    let again =
        || vec![flagged(SYN, client(9000, b"")), flagged(SYN, server(7000, b"")), client(9001, REQUEST), server(7001, RESPONSE)];
    for end in [vec![], vec![flagged(FIN, client(1001 + 160, b"")), flagged(FIN, server(5001 + 129, b""))]] {
        let exchanges = found(&[handshake(), end, again()].concat());
        assert_eq!(exchanges.len(), 2);
        is_as_sent(&exchanges[1], REQUEST, RESPONSE);
    }
    // A SYN that is sent again begins nothing.
    is_as_sent(&only(&[begun(), handshake()].concat()), REQUEST, RESPONSE);
}

/// Bodies are passed over by their lengths, those of a HEAD by its method; a part of one that was not captured matters to nobody.
#[test]
fn a_connection_that_was_used_before() {
    let before = b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /";
    let answers = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n\
        HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9;x=y\r\nHTTP/1.1 \r\n1\r\n2\r\n0\r\nTrailer: a\r\n\r\n\
        HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";
    let get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let (sent, answered) = ([before, &get[..], REQUEST].concat(), [&answers[..], RESPONSE].concat());
    let split = answers.len();
    let last = u32::try_from(5001 + split + 100).unwrap();
    let segments = behind_begin([client(1001, &sent), server(5001, &answered[..split]), server(last, &answered[split..])]);
    is_as_sent(&only(&segments), REQUEST, RESPONSE);
}

/// A proxy that is asked for a tunnel answers first (RFC 9110, section 9.3.6).
#[test]
fn a_handshake_behind_a_connect() {
    let connect = b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n";
    let connected = b"HTTP/1.1 200 Connection established\r\n\r\n";
    let segments = [client(1001, &[connect, REQUEST].concat()), server(5001, &[connected, RESPONSE].concat())];
    is_as_sent(&only(&behind_begin(segments)), REQUEST, RESPONSE);
}

/// What belongs to nothing is told, as in raw bytes.
#[test]
fn what_stands_before_a_head_and_belongs_to_nothing() {
    let segments = [client(1001, &[b"PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n", REQUEST].concat()), server(5001, RESPONSE)];
    let why = "UNJUDGED: line 1, before the request, belongs to no head, body or frame";
    assert_eq!(verdicts(&[only(&behind_begin(segments))]), [why]);
}

#[test]
fn a_refusal_has_its_body() {
    let refusal = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 6\r\n\r\nno key";
    let exchange = only(&behind_begin([client(1001, REQUEST), server(5001, refusal)]));
    assert_eq!(exchange.body.as_deref(), Some(&b"no key"[..]));
    assert_eq!(verdicts(&[exchange]), ["FAILED"]);
}

/// The first frame of a server is judged as in raw bytes: RFC 6455, section 5.7, has this one as a client's.
#[test]
fn what_stands_behind_the_head_is_judged() {
    let masked = [RESPONSE, &[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]].concat();
    assert_eq!(verdicts(&[only(&behind_begin([client(1001, REQUEST), server(5001, &masked)]))]), ["FAILED"]);
    let unmasked = [RESPONSE, &[0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]].concat();
    is_as_sent(&only(&behind_begin([client(1001, REQUEST), server(5001, &unmasked)])), REQUEST, &unmasked);
}

/// Several capture points write one file, whose packets may be in another order than the two directions were.
#[test]
fn a_response_that_was_captured_before_its_request() {
    let (first, rest) = REQUEST.split_at(50);
    is_as_sent(&only(&behind_begin([client(1051, rest), server(5001, RESPONSE), client(1001, first)])), REQUEST, RESPONSE);
}

#[test]
fn a_refusal_that_was_captured_before_its_request() {
    let refusal = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 6\r\n\r\nno key";
    let exchange = only(&behind_begin([server(5001, refusal), client(1001, REQUEST)]));
    assert_eq!(exchange.body.as_deref(), Some(&b"no key"[..]));
    assert_eq!(verdicts(&[exchange]), ["FAILED"]);
}

/// What directly follows a head and was not captured is no sign that nothing follows it.
#[test]
fn what_follows_a_head_may_be_missing() {
    let next = 5001 + u32::try_from(RESPONSE.len()).unwrap();
    let exchange = only(&behind_begin([client(1001, REQUEST), server(5001, RESPONSE), server(next + 2, b"llo")]));
    assert_eq!(exchange.behind, None);
    assert_eq!(verdicts(&[exchange]), ["OK"]);
}

#[test]
fn tls_is_counted_and_other_protocols_are_not_read() {
    let hello = [0x16, 3, 1, 2, 0, 1];
    let of = |port: u16, mut segments: Vec<Tcp>| {
        for segment in &mut segments {
            let end = if segment.from == CLIENT { &mut segment.from } else { &mut segment.to };
            *end = port;
        }
        segments
    };
    let tls = || behind_begin([client(1001, &hello), server(5001, &hello), client(1007, REQUEST)]);
    let (exchanges, remarks) = read(&pcap(&[tls(), of(6000, tls())].concat()));
    assert_eq!((exchanges, &remarks[..]), (vec![], &[PacketRemark::Tls(2)][..]));
    assert_eq!(remarks[0].to_string(), "2 flows are TLS: give SSLKEYLOGFILE to Wireshark, or capture behind the proxy");
    // Behind a CONNECT.
    let connect = b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n";
    let tunnel = behind_begin([
        client(1001, connect),
        server(5001, b"HTTP/1.1 200 Connection established\r\n\r\n"),
        client(1001 + 39, &hello),
    ]);
    assert_eq!(read(&pcap(&tunnel)), (vec![], vec![PacketRemark::Tls(1)]));
    // One byte in each segment.
    let bytes = (0..).zip(hello).map(|(at, byte)| client(1001 + at, &[byte]));
    assert_eq!(read(&pcap(&behind_begin(bytes))).1, [PacketRemark::Tls(1)]);
    let banner = behind_begin([server(5001, b"220 mail.example ESMTP\r\n"), client(1001, REQUEST)]);
    assert_eq!(found(&banner), []);
}

#[test]
fn a_response_alone_is_kept_for_whoever_knows_the_key() {
    let (capture, _) = Capture::read_packets(&pcap(&behind_begin([server(5001, RESPONSE)]))[..]);
    assert_eq!((capture.exchanges.len(), capture.responses.len()), (1, 1));
    let (capture, _) = Capture::read_packets(&pcap(&handshake())[..]);
    assert_eq!((capture.exchanges.len(), capture.responses.len()), (1, 0));
}

/// The link types: <https://www.tcpdump.org/linktypes.html>.
#[test]
fn every_link() {
    let mut cooked = [0; 16];
    cooked[14] = 8;
    let mut cooked_2 = [0; 20];
    cooked_2[0] = 8;
    let heads: [(u32, &[u8]); 12] = [
        (0, &[2, 0, 0, 0]),
        (0, &[0, 0, 0, 2]),
        (108, &[0, 0, 0, 2]),
        (1, &[2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 8, 0]),
        // A VLAN; one within another, in both ways.
        (1, &[2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0x81, 0, 0, 5, 8, 0]),
        (1, &[2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 8, 0]),
        (1, &[2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0x91, 0, 0, 5, 0x81, 0, 0, 6, 8, 0]),
        // The link says that each packet ends in a check sum of four bytes.
        (0x4400_0001, &[2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 8, 0]),
        (113, &cooked),
        (276, &cooked_2),
        (12, &[]),
        (228, &[]),
    ];
    for (link, head) in heads {
        // Ethernet fills up short packets.
        let packets = handshake().into_iter().map(|segment| [head, &ipv4(&segment), &[0; 6]].concat());
        let (exchanges, remarks) = read(&pcap_of(link, &whole(packets)));
        assert_eq!(remarks, [], "{link}");
        is_as_sent(&exchanges[0], REQUEST, RESPONSE);
    }
    let packets = handshake().into_iter().map(|segment| ethernet(&[0x86, 0xdd], &ipv6_with(6, &tcp(&segment))));
    let (exchanges, _) = read(&pcap_of(1, &whole(packets)));
    assert_eq!(exchanges[0].flow.as_ref().unwrap().to_string(), "[::1]:5123 > [::1]:8080");
    is_as_sent(&exchanges[0], REQUEST, RESPONSE);
}

#[test]
fn a_link_that_is_not_read_is_told() {
    let (exchanges, remarks) = read(&pcap_of(105, &whole(handshake().iter().map(ipv4))));
    assert_eq!((exchanges, &remarks[..]), (vec![], &[PacketRemark::UnknownLink { number: 105, packets: 4 }][..]));
    assert!(remarks[0].is_trouble());
    assert_eq!(
        remarks[0].to_string(),
        "4 packets are of link type 105, which is not read, expected Ethernet (1), Linux cooked (113, 276), loopback (0, 108), or IP (101, 228, 229)"
    );
}

/// RFC 8200, section 4: hop-by-hop options, routing, destination options, authentication (RFC 4302), each of 16 bytes.
fn extended(segment: &Tcp) -> Vec<u8> {
    let header = |next: u8, length: u8| [&[next, length][..], &[0; 14]].concat();
    ipv6_with(0, &[header(43, 1), header(60, 1), header(51, 1), header(6, 2), tcp(segment)].concat())
}

#[test]
fn extension_headers_are_passed_over() {
    let packets: Vec<_> = handshake().iter().map(extended).collect();
    is_as_sent(&read(&pcap_of(101, &whole(packets.clone()))).0[0], REQUEST, RESPONSE);
    // Wherever a packet is cut.
    for size in 0..packets[2].len() {
        let mut records = whole(packets.clone());
        records[2].0.truncate(size);
        let (exchanges, _) = read(&pcap_of(101, &records));
        assert!(exchanges.iter().all(|exchange| exchange.request.as_ref().is_none_or(|head| !head.is_complete())), "{size}");
    }
}

#[test]
fn fragments_are_joined() {
    let segment = tcp(&client(1001, REQUEST));
    let (first, rest) = segment.split_at(64);
    let (second, third) = rest.split_at(32);
    let parts = [ipv4_part(first, 0x2000), ipv4_part(second, 0x2000 | 8), ipv4_part(third, 12)];
    let ipv6_part = |bytes: &[u8], place: u16| ipv6_with(44, &[&[6, 0][..], &place.to_be_bytes(), &[0, 0, 0, 7], bytes].concat());
    let parts_6 = [ipv6_part(first, 1), ipv6_part(second, 64 + 1), ipv6_part(third, 96)];
    let all = |begin: [Vec<u8>; 2], parts: Vec<Vec<u8>>, end: Vec<u8>| [begin.to_vec(), parts, vec![end]].concat();
    let begin = || <[Vec<u8>; 2]>::try_from(begun().iter().map(ipv4).collect::<Vec<_>>()).unwrap();
    let begin_6 =
        || <[Vec<u8>; 2]>::try_from(begun().iter().map(|segment| ipv6_with(6, &tcp(segment))).collect::<Vec<_>>()).unwrap();
    let end = server(5001, RESPONSE);
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
        let in_order = |parts: &[Vec<u8>; 3]| order.map(|at: usize| parts[at].clone()).to_vec();
        for packets in [all(begin(), in_order(&parts), ipv4(&end)), all(begin_6(), in_order(&parts_6), ipv6_with(6, &tcp(&end)))]
        {
            is_as_sent(&read(&pcap_of(101, &whole(packets))).0[0], REQUEST, RESPONSE);
        }
    }
    // RFC 5722: those that overlap are none. One that came twice is one.
    let overlapping = [parts[0].clone(), ipv4_part(&[b"x", second].concat(), 0x2000 | 7), parts[2].clone()];
    let (exchanges, _) = read(&pcap_of(101, &whole(all(begin(), overlapping.to_vec(), ipv4(&end)))));
    assert!(exchanges.iter().all(|exchange| exchange.request.is_none()));
    let twice = [parts[0].clone(), parts[0].clone(), parts[1].clone(), parts[2].clone()];
    is_as_sent(&read(&pcap_of(101, &whole(all(begin(), twice.to_vec(), ipv4(&end))))).0[0], REQUEST, RESPONSE);
}

/// Of a packet that was cut the rest is missing, and what follows stands behind a gap.
#[test]
fn packets_that_were_not_captured_whole() {
    let mut records = whole(handshake().iter().map(ipv4));
    records[3].0.truncate(20 + 20 + 60);
    let (exchanges, remarks) = read(&pcap_of(101, &records));
    assert_eq!(verdicts(&exchanges), ["UNJUDGED: the head of the response is cut off"]);
    assert_eq!(remarks, [PacketRemark::Snapped]);
}

/// The card cuts segments to pieces after they were captured, and their length in IP is 0.
#[test]
fn segments_without_a_length() {
    let packets = handshake().into_iter().map(|segment| {
        let mut packet = ipv4(&segment);
        packet[2..4].fill(0);
        packet
    });
    is_as_sent(&read(&pcap_of(101, &whole(packets))).0[0], REQUEST, RESPONSE);
}

/// Wherever a file ends, what was read before counts, and where it ends is told.
#[test]
fn a_file_that_is_cut_off() {
    let file = pcap(&handshake());
    let packets = handshake().iter().map(|segment| 16 + ipv4(segment).len()).collect::<Vec<_>>();
    let begins: Vec<_> = packets.iter().scan(24, |at, size| Some(std::mem::replace(at, *at + size))).collect();
    for size in 1..file.len() {
        let (exchanges, remarks) = read(&file[..size]);
        let at = begins.iter().rposition(|begin| *begin <= size).unwrap_or_default();
        let expected = PacketRemark::CutOff { packet: at as u64 + 1, offset: if size < 24 { 0 } else { begins[at] as u64 } };
        let is_whole = size >= 24 && size == begins[at];
        assert_eq!(remarks, Vec::from_iter((!is_whole).then_some(expected)), "{size}");
        assert_eq!(exchanges.len(), usize::from(size >= begins[3]), "{size}");
    }
    assert!(!PacketRemark::CutOff { packet: 1, offset: 24 }.is_trouble());
}

#[track_caller]
fn is_malformed(file: &[u8], exchanges: usize, remark: &str) {
    let (found, remarks) = read(file);
    assert_eq!(remarks.iter().map(ToString::to_string).collect::<Vec<_>>(), [remark]);
    assert!(remarks[0].is_trouble());
    assert_eq!(found.len(), exchanges);
}

#[test]
fn malformed_files() {
    let file = pcap(&handshake());
    let and = |more: &[u8]| [&file[..], more].concat();
    let offset = file.len();
    let long = [&[0; 8][..], &262_145_u32.to_le_bytes(), &[0; 4], &[0; 64]].concat();
    is_malformed(
        &and(&long),
        1,
        &format!("packet 5, at byte {offset}: it claims to be longer than 262144 bytes; it and what follows was not read"),
    );
    for magic in [[0xa1, 0xb2, 0xcd, 0x34], [0x34, 0xcd, 0xb2, 0xa1]] {
        assert!(Capture::is_packets(&magic));
        is_malformed(
            &[&magic[..], &file[4..]].concat(),
            0,
            "packet 1, at byte 0: the file has the form of pcap that Kuznetzov modified, expected pcap or pcapng; it and what follows was not read",
        );
    }
}

/// A block of pcapng: <https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html>.
fn block(kind: u32, body: &[u8], number: fn(u32) -> [u8; 4]) -> Vec<u8> {
    let padded = [body, &[0; 3]].concat();
    let padded = &padded[..body.len().next_multiple_of(4)];
    let length = number(u32::try_from(12 + padded.len()).unwrap());
    [&number(kind), &length[..], padded, &length].concat()
}

fn section(number: fn(u32) -> [u8; 4]) -> Vec<u8> {
    let versions = if number(1) == [0, 0, 0, 1] { [0, 1, 0, 0] } else { [1, 0, 0, 0] };
    block(0x0a0d_0d0a, &[&number(0x1a2b_3c4d)[..], &versions, &[0xff; 8]].concat(), number)
}

/// An interface of raw IP with these options.
fn interface(options: &[u8], number: fn(u32) -> [u8; 4]) -> Vec<u8> {
    let link = if number(1) == [0, 0, 0, 1] { [0, 101, 0, 0] } else { [101, 0, 0, 0] };
    block(1, &[&link[..], &number(0), options].concat(), number)
}

fn enhanced(interface: u32, stamp: u64, packet: &[u8], number: fn(u32) -> [u8; 4]) -> Vec<u8> {
    let length = number(u32::try_from(packet.len()).unwrap());
    let [high, low] = [stamp >> 32, stamp & 0xffff_ffff].map(|half| number(u32::try_from(half).unwrap()));
    block(6, &[&number(interface)[..], &high, &low, &length, &length, packet].concat(), number)
}

fn pcapng(options: &[u8], stamp: u64, number: fn(u32) -> [u8; 4]) -> Vec<u8> {
    let packets = handshake().iter().flat_map(|segment| enhanced(0, stamp, &ipv4(segment), number)).collect();
    // A block that nobody knows, between.
    [section(number), interface(options, number), block(0x0bad_cafe, &[7; 9], number), packets].concat()
}

#[test]
fn pcapng_in_either_byte_order() {
    // 2012-06-29T07:28:25.298858Z, as the document's example of a time has it.
    let stamp = 0x0004_c397_64ca_47aa;
    let time = Duration::new(1_340_954_905, 298_858_000);
    for number in [u32::to_le_bytes, u32::to_be_bytes] {
        let (exchanges, remarks) = read(&pcapng(&[], stamp, number));
        assert_eq!(remarks, []);
        is_as_sent(&exchanges[0], REQUEST, RESPONSE);
        assert_eq!(exchanges[0].flow.as_ref().unwrap().time, Some(time));
    }
    // Two sections of different orders, one after the other, each with its own interfaces; the second connection has the same ends.
    let both = [pcapng(&[], stamp, u32::to_le_bytes), pcapng(&[], stamp, u32::to_be_bytes)].concat();
    assert_eq!(read(&both).0.len(), 1);
    // A packet without a time.
    let simple = handshake().into_iter().flat_map(|segment| {
        let packet = ipv4(&segment);
        block(3, &[&u32::to_le_bytes(u32::try_from(packet.len()).unwrap())[..], &packet].concat(), u32::to_le_bytes)
    });
    let simple = [section(u32::to_le_bytes), interface(&[], u32::to_le_bytes), simple.collect()].concat();
    let (exchanges, _) = read(&simple);
    is_as_sent(&exchanges[0], REQUEST, RESPONSE);
    assert_eq!(exchanges[0].flow.as_ref().unwrap().time, None);
}

/// The options of an interface: its unit of time, of ten or of two, and seconds to be added.
#[test]
fn units_of_time() {
    let cases: [(&[u8], u64, Option<Duration>); 5] = [
        (&[9, 0, 1, 0, 9, 0, 0, 0], 1_500_000_000, Some(Duration::from_millis(1500))),
        (&[9, 0, 1, 0, 0x81, 0, 0, 0], 3, Some(Duration::from_millis(1500))),
        (&[9, 0, 1, 0, 0, 0, 0, 0, 14, 0, 8, 0, 10, 0, 0, 0, 0, 0, 0, 0], 5, Some(Duration::from_secs(15))),
        // Before 1970.
        (&[14, 0, 8, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 0, None),
        (&[9, 0, 1, 0, 127, 0, 0, 0], 3, Some(Duration::ZERO)),
    ];
    for (options, stamp, time) in cases {
        let (exchanges, _) = read(&pcapng(options, stamp, u32::to_le_bytes));
        assert_eq!(exchanges[0].flow.as_ref().unwrap().time, time, "{options:?}");
    }
}

#[test]
fn malformed_pcapng() {
    let number = u32::to_le_bytes;
    let file = pcapng(&[], 0, number);
    let offset = file.len();
    let behind = |more: Vec<u8>| [file.clone(), more].concat();
    let say = |what: &str| format!("packet 5, at byte {offset}: {what}; it and what follows was not read");
    is_malformed(&behind(enhanced(1, 0, b"", number)), 1, &say("its interface is not described before it"));
    let mut differs = enhanced(0, 0, b"abcd", number);
    let last = differs.len() - 1;
    differs[last] = 1;
    is_malformed(&behind(differs), 1, &say("the two lengths of its block differ"));
    let mut lies = enhanced(0, 0, b"abcd", number);
    lies[20] = 5;
    is_malformed(&behind(lies), 1, &say("its block is malformed"));
    let obsolete = "it is in a block of the obsolete type 2, expected type 6: editcap rewrites it";
    is_malformed(&behind(block(2, &[0; 20], number)), 1, &say(obsolete));
    is_malformed(&behind(vec![9, 0, 0, 0, 13, 0, 0, 0]), 1, &say("the length of its block is impossible"));
    is_malformed(&behind(vec![9, 0, 0, 0, 8, 0, 0, 0]), 1, &say("the length of its block is impossible"));
}

/// More connections than are followed at once, each with a request that waits: the oldest are given up, and told so.
#[test]
fn many_connections() {
    let of = |port: u32| {
        let from = u16::try_from(port % 60_000).unwrap();
        let segments = [flagged(SYN, client(1000, b"")), client(1001, REQUEST)];
        let address = u8::try_from(port / 60_000).unwrap();
        segments.map(|segment| {
            let mut packet = ipv4(&Tcp { from, ..segment });
            packet[13] = address;
            packet
        })
    };
    let (exchanges, remarks) = read(&pcap_of(101, &whole((1..=9_000).flat_map(of))));
    assert_eq!(exchanges.len(), 9_000);
    assert!(matches!(remarks[..], [PacketRemark::GivenUp(count)] if (4096..9_000).contains(&count)), "{remarks:?}");
}

/// Cuts bytes at random places, and gives the parts with their sequence numbers.
fn cut(bytes: &[u8], sequence: u32, places: &[usize]) -> Vec<(u32, Vec<u8>)> {
    let mut places: Vec<usize> = places.iter().map(|place| place % bytes.len()).chain([0, bytes.len()]).collect();
    places.sort_unstable();
    places.dedup();
    let part = |pair: &[usize]| (sequence.wrapping_add(u32::try_from(pair[0]).unwrap()), bytes[pair[0]..pair[1]].to_vec());
    places.windows(2).map(part).collect()
}

proptest! {
    /// In segments of any sizes, in any order, some twice, some over others, with numbers that wrap: the heads are as they were sent.
    #[test]
    fn any_segments_in_any_order(
        places in prop::collection::vec(0..400_usize, 0..40),
        again in prop::collection::vec((0..400_usize, 1..200_usize), 0..8),
        order in prop::collection::vec(any::<u32>(), 100),
        numbers in prop::array::uniform2(any::<u32>()),
    ) {
        let response = [RESPONSE, b"\x81\x05Hello"].concat();
        let mut segments = Vec::new();
        for (bytes, from, to, number) in [(REQUEST, CLIENT, SERVER, numbers[0]), (&response[..], SERVER, CLIENT, numbers[1])] {
            let mut parts = cut(bytes, number.wrapping_add(1), &places);
            for (begin, size) in &again {
                let begin = begin % bytes.len();
                let end = bytes.len().min(begin + size);
                parts.push((number.wrapping_add(1).wrapping_add(u32::try_from(begin).unwrap()), bytes[begin..end].to_vec()));
            }
            segments.extend(parts.into_iter().map(|(sequence, payload)| Tcp { from, to, sequence, flags: 0, payload }));
        }
        let mut keyed: Vec<_> = order.iter().cycle().zip(segments).collect();
        keyed.sort_by_key(|(key, _)| **key);
        let begin = [flagged(SYN, client(numbers[0], b"")), flagged(SYN, server(numbers[1], b""))];
        let all: Vec<_> = begin.into_iter().chain(keyed.into_iter().map(|(_, segment)| segment)).collect();
        is_as_sent(&only(&all), REQUEST, &response);
    }
}

/// A connection with a request of a key that is in no document, and the response to it, between two ports.
fn passed(ports: [u16; 2], request: &[u8]) -> [Vec<Tcp>; 2] {
    const KEYS: [&str; 2] = ["dGhlIHNhbXBsZSBub25jZQ==", "Zx8rNEkBE4xnwifpuh8DHQ=="];
    const VALUES: [&str; 2] = ["s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "52Rg3vW4JQ1yWpkvFlsTsiezlqw="];
    let other = |bytes: &[u8], [one, other]: [&str; 2]| String::from_utf8_lossy(bytes).replace(one, other).into_bytes();
    let port = |port| ports[usize::from(port == SERVER)];
    let between = |segment: Tcp| Tcp { from: port(segment.from), to: port(segment.to), ..segment };
    let asked = behind_begin([client(1001, &other(request, KEYS))]);
    [asked, vec![server(5001, &other(RESPONSE, VALUES))]].map(|segments| segments.into_iter().map(between).collect())
}

/// What is told of the exchanges of each capture when they are joined.
fn told_together(captures: &[&[Tcp]]) -> Vec<Vec<String>> {
    let mut captures: Vec<_> = captures.iter().map(|segments| Capture::read_packets(&*pcap(segments)).0).collect();
    Capture::join(&mut captures);
    let told = |capture: &Capture| {
        let told = |found: &Finding| format!("{}: {}: {}", found.exchange, found.rule.id, found.message);
        judge(&capture.exchanges).iter().map(told).collect()
    };
    captures.iter().map(told).collect()
}

#[test]
fn what_a_proxy_changed_is_told() {
    let changed = String::from_utf8_lossy(REQUEST).replace("Host: a", "Host: b\r\nVia: 1.1 c").into_bytes();
    let ([asked, came], [passed_on, given]) = (passed([5123, 8080], REQUEST), passed([6000, 9000], &changed));
    let expected = [
        "0: proxy-changed: Host of the request is changed: `a` became `b`",
        "0: proxy-added: `Via: 1.1 c` is added to the request",
    ];
    // Each side in a capture of its own, and both in one.
    let [near, far] = [[&*asked, &came].concat(), [&*passed_on, &given].concat()];
    assert_eq!(told_together(&[&near, &far]), [&expected[..], &[]]);
    assert_eq!(told_together(&[&[&*asked, &passed_on, &given, &came].concat()]), [expected]);
    // One after the other they are those of a client that has one key for two servers.
    assert_eq!(told_together(&[&[near.clone(), far.clone()].concat()]), [[""; 0]]);
    // What comes behind the response is another attempt.
    let later = [handshake(), passed([6000, 9000], &changed).concat()].concat();
    assert_eq!(told_together(&[&near, &later])[0].len(), 0);
    // At one address they are one connection seen twice, or a client's that has one key.
    let again = passed([6000, 8080], &changed).concat();
    assert_eq!(told_together(&[&near, &again]), [[""; 0]; 2]);
}

/// The change that breaks the handshake is the proxy's fault, as it is where `probe --behind` looks.
#[test]
fn what_a_proxy_broke_is_told() {
    let dropped = String::from_utf8_lossy(REQUEST).replace("Upgrade: websocket\r\n", "").into_bytes();
    let ([asked, came], [passed_on, given]) = (passed([5123, 8080], REQUEST), passed([6000, 9000], &dropped));
    let told = told_together(&[&[asked, came].concat(), &[passed_on, given].concat()]);
    assert_eq!(told[0], ["0: proxy-dropped: `Upgrade: websocket` is dropped from the request, which breaks request-upgrade"]);
    assert_eq!(told[1].len(), 1, "{:?}", told[1]);
}
