//! Heads: what is read, every irregularity with its line, and the same reading as httparse's of whatever that accepts.

use proptest::prelude::*;
use wskey::head::{Fidelity, Head, Irregularity, Kind};

/// Asserts the fields and the irregularities of a head, all bytes of which belong to it.
#[track_caller]
fn reads(bytes: &[u8], first: &str, fields: &[(usize, &str, &str)], irregularities: &[(usize, Irregularity)]) {
    let head = Head::parse(bytes);
    assert_eq!(String::from_utf8_lossy(&head.start_line), first);
    let read: Vec<_> = head
        .fields
        .iter()
        .map(|field| (field.line, String::from_utf8_lossy(&field.name), String::from_utf8_lossy(&field.value)))
        .collect();
    let read: Vec<_> = read.iter().map(|(line, name, value)| (*line, &**name, &**value)).collect();
    assert_eq!(read, fields);
    assert_eq!(head.irregularities, irregularities);
    assert_eq!(head.len, bytes.len());
    assert_eq!(head.fidelity, Fidelity::Bytes);
}

#[test]
fn irregularities_are_kept_with_their_lines() {
    reads(b"", "", &[], &[(1, Irregularity::Unterminated)]);
    reads(b"\r\n\n", "", &[], &[(2, Irregularity::Unterminated)]);
    reads(b"GET / HTTP/1.1", "GET / HTTP/1.1", &[], &[(1, Irregularity::Unterminated)]);
    reads(b"GET / HTTP/1.1\r", "GET / HTTP/1.1", &[], &[(1, Irregularity::Unterminated)]);
    reads(b"G\r\nA: b\r\n", "G", &[(2, "A", "b")], &[(2, Irregularity::Unterminated)]);
    reads(b"G\r\nA: b", "G", &[(2, "A", "b")], &[(2, Irregularity::Unterminated)]);
    reads(b"G\nA: b\r\n\n", "G", &[(2, "A", "b")], &[(1, Irregularity::BareLf), (3, Irregularity::BareLf)]);
    reads(b"G\r\nA: b\rC: d\r\n\r\n", "G", &[(2, "A", "b\rC: d")], &[(2, Irregularity::BareCr)]);
    reads(b"G\r\nA: b\r\r\n\r\n", "G", &[(2, "A", "b\r")], &[(2, Irregularity::BareCr)]);
    reads(b"G\rA: b\r\r", "G\rA: b\r", &[], &[(1, Irregularity::BareCr), (1, Irregularity::Unterminated)]);
    reads(
        b"G\r\nA: b\r\n\t c \r\n d\r\n\r\n",
        "G",
        &[(2, "A", "b c d")],
        &[(3, Irregularity::Folded), (4, Irregularity::Folded)],
    );
    reads(b"G\r\nA:\r\n b\r\n \r\n\r\n", "G", &[(2, "A", "b")], &[(3, Irregularity::Folded), (4, Irregularity::Folded)]);
    reads(b"G\r\nA \t: b\r\n\r\n", "G", &[(2, "A", "b")], &[(2, Irregularity::SpaceBeforeColon)]);
    reads(b"G\r\n A: b\r\n\r\n", "G", &[(2, "A", "b")], &[(2, Irregularity::SpaceBeforeFirstField)]);
    reads(b"G\r\nnothing\r\nA: b\r\n\r\n", "G", &[(3, "A", "b")], &[(2, Irregularity::NoColon(b"nothing".to_vec()))]);
    reads(b"G\r\nA b: c\r\n\r\n", "G", &[(2, "A b", "c")], &[(2, Irregularity::InvalidName(b"A b".to_vec()))]);
    reads(b"G\r\n: c\r\n\r\n", "G", &[(2, "", "c")], &[(2, Irregularity::InvalidName(Vec::new()))]);
    reads(b"G\r\n:\r\n\r\n", "G", &[(2, "", "")], &[(2, Irregularity::InvalidName(Vec::new()))]);
    reads(b"G\r\n:path: /\r\n\r\n", "G", &[(2, ":path", "/")], &[(2, Irregularity::InvalidName(b":path".to_vec()))]);
    reads(b"G\r\nA: b\0c\x1b\r\n\r\n", "G", &[(2, "A", "b\0c\x1b")], &[(2, Irregularity::Control(0))]);
    reads(b"G\x7f\r\n\r\n", "G\x7f", &[], &[(1, Irregularity::Control(0x7f))]);
}

#[test]
fn what_is_legal_is_not_irregular() {
    reads(b"\r\n\nG\r\n\r\n", "G", &[], &[]);
    reads(b"G\r\nA:b\r\nA:\t b \t\r\nC:\r\n\r\n", "G", &[(2, "A", "b"), (3, "A", "b"), (4, "C", "")], &[]);
    reads(b"G\r\nA: b\tc\r\n\r\n", "G", &[(2, "A", "b\tc")], &[]);
    reads("G\r\nA: ü\r\n\r\n".as_bytes(), "G", &[(2, "A", "ü")], &[]);
    reads(b"G\r\n!#$%&'*+-.^_`|~09aZ: :\r\n\r\n", "G", &[(2, "!#$%&'*+-.^_`|~09aZ", ":")], &[]);
}

#[test]
fn a_tab_behind_a_value_is_told() {
    for text in [&b"G\r\nA:b\t\r\n\r\n"[..], b"G\r\nA: b \t \r\n\r\n", b"G\nA:b\t\n\n"] {
        let head = Head::parse(text);
        assert_eq!(head.get("A"), Some(&b"b"[..]));
        assert!(head.fields[0].has_tab_behind, "{text:?}");
    }
    for text in [&b"G\r\nA:\tb\r\n\r\n"[..], b"G\r\nA: b\tc \r\n\r\n", b"G\r\nA:\t\r\n\r\n"] {
        assert!(!Head::parse(text).fields[0].has_tab_behind, "{text:?}");
    }
}

#[test]
fn a_head_ends_at_its_empty_line() {
    let head = Head::parse(b"HTTP/1.1 101 \r\n\r\n\x81\x02hi");
    assert_eq!((head.len, &head.irregularities[..], head.is_complete()), (17, &[][..], true));
    assert!(!Head::parse(b"HTTP/1.1 101 \r\n\r").is_complete());
    assert!(!Head::parse(b"").is_complete());
}

#[test]
fn start_lines_come_apart() {
    type Parts = (Option<&'static str>, Option<&'static str>, Option<&'static str>, Option<u16>);
    let table: &[(&str, Parts)] = &[
        ("GET /chat HTTP/1.1", (Some("GET"), Some("/chat"), Some("HTTP/1.1"), None)),
        ("GET /a b HTTP/1.1", (Some("GET"), Some("/a b"), Some("HTTP/1.1"), None)),
        ("GET  / HTTP/1.1", (Some("GET"), Some(" /"), Some("HTTP/1.1"), None)),
        ("GET / http/1.1", (Some("GET"), Some("/"), Some("http/1.1"), None)),
        ("GET /chat", (Some("GET"), Some("/chat"), None, None)),
        ("GET HTTP/1.1", (Some("GET"), None, Some("HTTP/1.1"), None)),
        ("GET", (Some("GET"), None, None, None)),
        ("HTTP/1.1 101 Switching Protocols", (None, None, Some("HTTP/1.1"), Some(101))),
        ("HTTP/1.1 101", (None, None, Some("HTTP/1.1"), Some(101))),
        ("HTTP/2 200", (None, None, Some("HTTP/2"), Some(200))),
        ("http/1.1 101 x", (None, None, Some("http/1.1"), Some(101))),
        ("HTTP/1.1  101", (None, None, Some("HTTP/1.1"), None)),
        ("HTTP/1.1 1010", (None, None, Some("HTTP/1.1"), None)),
        ("HTTP/1.1 +10", (None, None, Some("HTTP/1.1"), None)),
        ("HTTP/1.1", (None, None, Some("HTTP/1.1"), None)),
    ];
    for (first, parts) in table {
        let head = Head::parse(format!("{first}\r\n\r\n").as_bytes());
        let text = |bytes: Option<&[u8]>| bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let read = (text(head.method()), text(head.target()), text(head.version()), head.status());
        let (method, target, version, status) = *parts;
        let parts = (method.map(str::to_owned), target.map(str::to_owned), version.map(str::to_owned), status);
        assert_eq!(read, parts, "{first}");
        let is_response = first.to_lowercase().starts_with("http/");
        assert_eq!(head.kind(), if is_response { Kind::Response } else { Kind::Request }, "{first}");
        assert_eq!(head.is_http2(), *first == "HTTP/2 200", "{first}");
    }
}

#[test]
fn http2_has_fields_instead_of_a_start_line() {
    let mut request = Head::parse(b"\r\nx\r\n:method: CONNECT\r\n:path: /chat\r\n:protocol: websocket\r\n\r\n");
    request.start_line.clear();
    assert_eq!((request.method(), request.target()), (Some(&b"CONNECT"[..]), Some(&b"/chat"[..])));
    assert_eq!((request.is_http2(), request.kind()), (true, Kind::Request));
    let mut response = Head::parse(b"x\r\n:status: 200\r\n\r\n");
    response.start_line.clear();
    assert_eq!((response.is_http2(), response.kind()), (true, Kind::Response));
    assert_eq!(response.status(), Some(200));
}

#[test]
fn fields_are_found_in_any_letter_case() {
    let head = Head::parse(b"G\r\nconnection: a, b\r\nCONNECTION: ,c ,\r\nHost: x\r\n\r\n");
    assert_eq!(head.get_all("Connection").collect::<Vec<_>>(), [&b"a, b"[..], b",c ,"]);
    assert_eq!(head.tokens("Connection").collect::<Vec<_>>(), [b"a", b"b", b"c"]);
    assert_eq!(head.get("Connection"), None);
    assert_eq!(head.get("hOST"), Some(&b"x"[..]));
    assert_eq!(head.get("Upgrade"), None);
}

/// Lines of heads, right and wrong, and their ends.
fn heads(first: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let junk = prop::collection::vec(any::<u8>(), 0..12);
    let field = ("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,9}", "[ \t]{0,2}", "[ -~\u{80}-\u{ff}]{0,12}", "[ \t]{0,2}")
        .prop_map(|(name, before, value, behind)| format!("{name}:{before}{value}{behind}").into_bytes());
    let line = prop_oneof![8 => field, 1 => junk];
    let end = prop_oneof![8 => Just("\r\n"), 2 => Just("\n"), 1 => Just("\r")];
    let lines = prop::collection::vec((line, end.clone()), 0..8);
    (prop::sample::select(first), end.clone(), lines, end, prop::collection::vec(any::<u8>(), 0..4)).prop_map(
        |(first, first_end, lines, last, behind)| {
            let mut bytes = [first, first_end].concat().into_bytes();
            for (line, end) in lines {
                bytes.extend(line);
                bytes.extend(end.bytes());
            }
            bytes.extend(last.bytes());
            bytes.extend(behind);
            bytes
        },
    )
}

#[track_caller]
fn same_fields(head: &Head, fields: &[httparse::Header], len: usize) {
    let read: Vec<_> = head.fields.iter().map(|field| (&*field.name, &*field.value)).collect();
    let theirs: Vec<_> = fields.iter().map(|field| (field.name.as_bytes(), field.value)).collect();
    assert_eq!(read, theirs);
    assert_eq!(head.len, len);
}

/// How often httparse accepted what was generated: a comparison that never happens proves nothing.
fn compare(bytes: &[u8], is_response: bool) -> bool {
    let head = Head::parse(bytes);
    let mut fields = [httparse::EMPTY_HEADER; 32];
    if is_response {
        let mut response = httparse::Response::new(&mut fields);
        let Ok(httparse::Status::Complete(len)) = response.parse(bytes) else { return false };
        same_fields(&head, response.headers, len);
        assert_eq!(head.status(), response.code);
        assert_eq!(head.version().map(<[u8]>::to_vec), response.version.map(|minor| format!("HTTP/1.{minor}").into_bytes()));
    } else {
        let mut request = httparse::Request::new(&mut fields);
        let Ok(httparse::Status::Complete(len)) = request.parse(bytes) else { return false };
        same_fields(&head, request.headers, len);
        assert_eq!(head.method(), request.method.map(str::as_bytes));
        assert_eq!(head.target(), request.path.map(str::as_bytes));
        assert_eq!(head.version().map(<[u8]>::to_vec), request.version.map(|minor| format!("HTTP/1.{minor}").into_bytes()));
    }
    true
}

#[test]
fn what_httparse_accepts_is_read_the_same() {
    const REQUESTS: &[&str] = &["GET / HTTP/1.1", "\r\nGET /a?b#c HTTP/1.0", "\n\nX http://a/ HTTP/1.1", "GET", "GET / HTTP/1.2"];
    const RESPONSES: &[&str] =
        &["HTTP/1.1 101 Switching Protocols", "HTTP/1.0 200", "HTTP/1.1 404 ", "\r\nHTTP/1.1 101 x\ty", "HTTP/2 200"];
    for (first, is_response) in [(REQUESTS, false), (RESPONSES, true)] {
        let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
            failure_persistence: None,
            cases: 5000,
            ..ProptestConfig::default()
        });
        let accepted = std::cell::Cell::new(0);
        runner
            .run(&heads(first), |bytes| {
                accepted.set(accepted.get() + u32::from(compare(&bytes, is_response)));
                Ok(())
            })
            .expect("the same reading");
        assert!(accepted.get() > 500, "httparse accepted {} of 5000", accepted.get());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// No input makes it panic, lose count of its bytes, or hold more than it was given.
    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(&b"\r\n: \tA"[..])], 0..200)) {
        let head = Head::parse(&bytes);
        prop_assert!(head.len <= bytes.len());
        let held: usize = head.fields.iter().map(|field| field.name.len() + field.value.len()).sum();
        prop_assert!(head.start_line.len() + held <= bytes.len());
        prop_assert!(head.is_complete() || head.len == bytes.len());
    }
}
