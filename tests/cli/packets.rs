//! Files of packets through the program: what it says of them, compressed or not, from a file or from a pipe.

use crate::support::wskey;
use flate2::Compression;
use flate2::write::GzEncoder;
use libtest2_mimic::Trial;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

pub(crate) fn trials() -> Vec<Trial> {
    listed![
        a_file_that_is_none,
        a_compressed_file_that_is_cut_off,
        a_capture_that_is_cut_off_is_told,
        tls_is_told_where_nothing_is_found,
        the_flow_is_named,
        the_flow_is_named_in_json,
        any_way_in_is_the_same,
        a_compressed_log_is_read_too,
    ]
}

fn fixture(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/captures").join(name);
    fs::read(path).expect("a fixture")
}

/// What `inspect` says of this on its stdin: the exit code, stdout, stderr.
fn said(options: &[&str], input: &[u8]) -> (Option<i32>, String, String) {
    let mut child = wskey(&[&["inspect"], options].concat());
    child.stdin.take().expect("a pipe").write_all(input).expect("all is read");
    let output = child.wait_with_output().expect("an end");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// As tshark shows it: the time of the fourth packet, its ports, the start line.
const SHOWN: &str = "-: exchange 1: OK (127.0.0.1:38442 > 127.0.0.1:42245; packet 4; 2026-11-29T01:38:34.043965Z; GET /chat; 101; \
    the accept value answers the key)\n";

fn a_file_that_is_none() {
    let nothing = "wskey: stdin: no handshake found: no request or response has Upgrade: websocket, Sec-WebSocket-Key or Sec-WebSocket-Accept\n";
    let (code, out, err) = said(&[], &[0xd4, 0xc3, 0xb2, 0xa1]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert_eq!(err, format!("wskey: stdin: cut off in packet 1, at byte 0\n{nothing}"));
    let header = [&[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0][..], &[0; 8], &[0, 0, 4, 0, 105, 0, 0, 0], &[0; 16]].concat();
    let link = "1 packet is of link type 105, which is not read, expected Ethernet (1), Linux cooked (113, 276), loopback (0, 108), or IP \
        (101, 228, 229)";
    assert_eq!(said(&[], &header).2, format!("wskey: stdin: {link}\n{nothing}"));
}

fn a_compressed_file_that_is_cut_off() {
    let whole = compressed(&fixture("curl-v.txt"));
    let (code, out, err) = said(&[], &whole[..whole.len() - 20]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert_eq!(err, "wskey: stdin: what gzip compressed is cut off\n");
    let corrupt = [&whole[..40], &[0xff; 40]].concat();
    assert_eq!(said(&[], &corrupt).2, "wskey: stdin: what gzip compressed is corrupt\n");
    // What was read of packets before counts.
    let whole = compressed(&[fixture("tcpdump-lo.pcap"), vec![0; 1 << 20]].concat());
    let (code, out, err) = said(&[], &whole[..whole.len() - 20]);
    assert_eq!((code, out.as_str()), (Some(2), SHOWN));
    assert!(err.ends_with(": what gzip compressed is cut off; it and what follows was not read\n"), "{err}");
}

/// Of the last packet a part is missing: 1740 bytes, the last 82 of which are its header and an acknowledgement.
fn a_capture_that_is_cut_off_is_told() {
    let file = fixture("tcpdump-lo.pcap");
    let (code, out, err) = said(&[], &file[..1739]);
    assert_eq!((code, out.as_str()), (Some(0), SHOWN));
    assert_eq!(err, "wskey: stdin: cut off in packet 16, at byte 1658\n");
}

fn tls_is_told_where_nothing_is_found() {
    // The request begins as a record of TLS does.
    let mut file = fixture("tcpdump-lo.pcap");
    let at = file.windows(9).position(|bytes| bytes == b"GET /chat").expect("a request");
    file[at..at + 3].copy_from_slice(&[0x16, 3, 1]);
    let (code, out, err) = said(&[], &file);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(
        err.starts_with("wskey: stdin: 1 flow is TLS: give SSLKEYLOGFILE to Wireshark, or capture behind the proxy\n"),
        "{err}"
    );
}

fn the_flow_is_named() {
    assert_eq!(said(&[], &fixture("tcpdump-lo.pcap")), (Some(0), SHOWN.to_owned(), String::new()));
}

fn the_flow_is_named_in_json() {
    let (code, out, err) = said(&["--json"], &fixture("dumpcap-ipv6.pcapng"));
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let object: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(object["flow"], "[::1]:41136 > [::1]:34275");
    assert_eq!((&object["packet"], &object["time"]), (&4.into(), &"2026-11-29T01:38:34.392788Z".into()));
    assert_eq!((object.get("line"), &object["ok"]), (None, &true.into()));
}

fn any_way_in_is_the_same() {
    let file = fixture("tcpdump-lo.pcap");
    let expected = (Some(0), SHOWN.to_owned(), String::new());
    assert_eq!(said(&["--raw"], &file), expected);
    assert_eq!(said(&[], &compressed(&file)), expected);
    // Two members, as `cat a.gz b.gz` makes them.
    assert_eq!(said(&[], &[compressed(&file[..100]), compressed(&file[100..])].concat()), expected);
}

fn a_compressed_log_is_read_too() {
    let (code, out, err) = said(&[], &compressed(&fixture("curl-v.txt")));
    assert_eq!((code, out, err), said(&[], &fixture("curl-v.txt")));
    assert_eq!(code, Some(0));
}
