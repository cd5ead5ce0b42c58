//! Frames, with the values of RFC 6455, section 5.7, and of RFC 7692, section 7.2.3.

use proptest::prelude::*;
use wskey::frame::{Compression, Frame, Frames};

const TAKEN_OVER: Compression = Compression::Deflate { is_taken_over: true, window_bits: 15 };
#[cfg(feature = "deflate")]
const ALONE: Compression = Compression::Deflate { is_taken_over: false, window_bits: 15 };

/// FIN and masked; RSV, opcode, length and size; and as much of the payload as was there.
type Parts = ([bool; 2], [u64; 4], Vec<u8>);

fn parts(bytes: &[u8]) -> Option<Parts> {
    let Frame { fin, rsv, opcode, masked, length, size, payload, .. } = Frame::read(bytes)?;
    Some(([fin, masked], [rsv.into(), opcode.into(), length, size], payload.to_vec()))
}

#[test]
fn the_examples_of_the_rfc() {
    let hello = b"Hello".to_vec();
    assert_eq!(parts(b"\x81\x05\x48\x65\x6c\x6c\x6f"), Some(([true, false], [0, 1, 5, 7], hello.clone())));
    let masked = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
    assert_eq!(parts(masked), Some(([true, true], [0, 1, 5, 11], b"\x7f\x9f\x4d\x51\x58".to_vec())));
    assert_eq!(parts(b"\x01\x03\x48\x65\x6c"), Some(([false, false], [0, 1, 3, 5], b"Hel".to_vec())));
    assert_eq!(parts(b"\x80\x02\x6c\x6f"), Some(([true, false], [0, 0, 2, 4], b"lo".to_vec())));
    assert_eq!(parts(b"\x89\x05\x48\x65\x6c\x6c\x6f"), Some(([true, false], [0, 9, 5, 7], hello.clone())));
    assert_eq!(parts(b"\x82\x7e\x01\x00"), Some(([true, false], [0, 2, 256, 260], vec![])));
    assert_eq!(parts(b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"), Some(([true, false], [0, 2, 65536, 65546], vec![])));
    // RFC 7692, section 7.2.3.1: Hello, compressed.
    assert_eq!(parts(b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00").map(|parts| parts.1), Some([4, 1, 7, 9]));
}

/// A frame is read as soon as its length and its mask are there.
#[test]
fn as_much_as_there_is() {
    for cut in [&b""[..], b"\x81", b"\x82\x7e\x01", b"\x82\x7f\0\0\0\0\0\x01\0", b"\x81\x85\x37\xfa\x21"] {
        assert_eq!(Frame::read(cut), None, "{cut:?}");
    }
    assert_eq!(parts(b"\x81\x05\x48"), Some(([true, false], [0, 1, 5, 7], b"H".to_vec())));
    assert_eq!(parts(b"\x81\x01\x48\x65"), Some(([true, false], [0, 1, 1, 3], b"H".to_vec())));
    let huge = Frame::read(b"\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0").expect("its length is there");
    assert_eq!((huge.length, huge.size), (u64::MAX, u64::MAX));
}

/// What a client must fail the connection over, and the section that says so.
#[test]
fn faults() {
    let fault = |bytes: &[u8], deflates, is_inside| Frame::read(bytes).expect("a frame").fault(deflates, is_inside);
    let cases: [(&[u8], bool, bool, &str); 21] = [
        (b"\x83\x00", false, false, "its opcode is 3, which is reserved (5.2)"),
        (b"\x8b\x00", false, false, "its opcode is 11, which is reserved (5.2)"),
        (b"\xa1\x00", true, false, "RSV2 or RSV3 is set, which no extension gave a meaning (5.2)"),
        (b"\x91\x00", true, false, "RSV2 or RSV3 is set, which no extension gave a meaning (5.2)"),
        (b"\xc1\x00", false, false, "RSV1 is set without permessage-deflate (5.2)"),
        (b"\xc9\x00", true, false, "RSV1 is set, and it does not begin a message (RFC 7692 6.1)"),
        (b"\xc0\x00", true, true, "RSV1 is set, and it does not begin a message (RFC 7692 6.1)"),
        (b"\x81\x80\0\0\0\0", false, false, "it is masked, as a client's frames are (5.1)"),
        (b"\x80\x00", false, false, "it continues a message, and none was begun (5.4)"),
        (b"\x81\x00", false, true, "it begins a message inside another (5.4)"),
        (b"\x09\x00", false, false, "a control frame in fragments (5.5)"),
        (b"\x89\x7e\x00\x7e", false, false, "a control frame of 126 bytes, at most 125 (5.5)"),
        (b"\x82\x7f\x80\0\0\0\0\0\0\0", false, false, "the highest bit of its length is set (5.2)"),
        (b"\x82\x7e\x00\x7d", false, false, "its length, 125, is not written in as few bytes as it takes (5.2)"),
        (b"\x82\x7f\0\0\0\0\0\0\xff\xff", false, false, "its length, 65535, is not written in as few bytes as it takes (5.2)"),
        (b"\x88\x01\x03", false, false, "a Close frame with one byte, expected a code of two (5.5.1)"),
        (b"\x88\x02\x03\xed", false, false, "a Close frame with the code 1005, which is never sent (7.4.1)"),
        (b"\x88\x02\x03\xe7", false, false, "a Close frame with the code 999, which is never sent (7.4.1)"),
        (b"\x88\x03\x03\xe8\xff", false, false, "a Close frame whose reason is not UTF-8 (5.5.1)"),
        (b"\x81\x01\xff", false, false, "its text is not UTF-8 (8.1)"),
        (b"\x81\x02\xc3\x28", false, false, "its text is not UTF-8 (8.1)"),
    ];
    for (bytes, deflates, is_inside, expected) in cases {
        assert_eq!(fault(bytes, deflates, is_inside).as_deref(), Some(expected), "{bytes:?}");
    }
    // A character of which the rest comes in the next frame, or has not come yet.
    for right in [&b"\x01\x01\xc3"[..], b"\x81\x02\xc3", b"\x81\x02\xc3\xa9", b"\x88\x00", b"\x88\x02\x0f\xa0", b"\x8a\x00"] {
        assert_eq!(fault(right, false, false), None, "{right:?}");
    }
    assert_eq!(fault(b"\xc1\x01\xff", true, false), None, "it is compressed");
}

/// Up to where a client reads.
#[test]
fn frames_in_their_order() {
    let read = |bytes: &'static [u8]| {
        let frames = Frames::read(bytes, Compression::None, false);
        let close = frames.close().map(Frame::close_code);
        (frames.all.iter().map(|frame| frame.opcode).collect::<Vec<_>>(), frames.fault.is_some(), frames.is_settled(), close)
    };
    assert_eq!(read(b""), (vec![], false, false, None));
    assert_eq!(read(b"\x01\x03Hel\x89\x00\x80\x02lo\x81\x05H"), (vec![1, 9, 0, 1], false, false, None));
    // What has begun tells its opcode and its mask before it has a length.
    assert_eq!(read(b"\x81"), (vec![], false, false, None));
    assert_eq!(read(b"\r"), (vec![], true, true, None));
    assert_eq!(read(b"\x81\xfe"), (vec![], true, true, None));
    assert_eq!(read(b"\x88\x02\x03\xe9rest"), (vec![8], false, true, Some(Some(1001))));
    assert_eq!(read(b"\x88\x02\x03"), (vec![8], false, false, None));
    assert_eq!(read(b"\x88\x81\0\0\0\0\0"), (vec![8], true, true, None));
    assert_eq!(read(b"\x81\x00\x83\x00\x88\x00"), (vec![1, 3], true, true, None));
    // A client's frames are left out of a mixture.
    let mixed = Frames::read(b"\x81\x81\0\0\0\0a\x8a\x00\x88\x80\0\0\0\0\x81", Compression::None, true);
    assert_eq!((mixed.all.len(), mixed.fault.is_some(), mixed.is_settled()), (1, false, false));
}

/// A part of a Close frame is none: what ends inside it ended without one.
#[test]
fn a_close_frame_that_is_cut_is_no_close_frame() {
    for cut in [&b"\x88"[..], b"\x88\x02", b"\x88\x02\x03", b"\x88\x7d\x03\xe8abc"] {
        assert_eq!(Frames::read(cut, Compression::None, false).close(), None, "{cut:?}");
    }
    assert!(Frames::read(b"\x88\x02\x03\xe8", Compression::None, false).close().is_some());
    // What stands behind a whole one is told; in a mixture it may be the client's.
    assert_eq!(Frames::read(b"\x88\x00\x89\x00", Compression::None, false).behind_close, b"\x89\x00");
    assert_eq!(Frames::read(b"\x88\x00\x88\x80", Compression::None, true).behind_close, b"");
}

/// A character may be cut by the end of a frame, and a control frame may stand there.
#[test]
fn the_text_of_several_frames_is_utf_8_as_a_whole() {
    let fault = |bytes: &'static [u8], deflates: bool| {
        let compression = if deflates { TAKEN_OVER } else { Compression::None };
        Frames::read(bytes, compression, false).fault
    };
    let not_utf8 = Some("its text is not UTF-8 (8.1)".to_owned());
    // c3 a9 is a letter, f0 9f 98 80 a face.
    assert_eq!(fault(b"\x01\x01\xc3\x80\x01\xa9", false), None);
    assert_eq!(fault(b"\x01\x01\xc3\x89\x00\x80\x01\xa9", false), None);
    assert_eq!(fault(b"\x01\x01\xf0\x00\x01\x9f\x00\x00\x80\x02\x98\x80", false), None);
    assert_eq!(fault(b"\x01\x01\xc3\x80\x02\xa9", false), None, "the rest of it is not there");
    assert_eq!(fault(b"\x01\x01\xc3\x80\x01\x28", false), not_utf8);
    assert_eq!(fault(b"\x01\x01\xc3\x80\x00", false), not_utf8);
    assert_eq!(fault(b"\x01\x01\xc3\x89\x00\x80\x01\x28", false), not_utf8);
    assert_eq!(fault(b"\x01\x01a\x80\x01\xff", false), not_utf8);
    // Other messages are no text.
    assert_eq!(fault(b"\x02\x01\xc3\x80\x01\x28", false), None);
    assert_eq!(fault(b"\x01\x01a\x80\x00\x02\x01\xc3\x80\x01\x28", false), None);
}

/// Compressed with Python's zlib (raw, a sync flush, without the last four bytes of it).
#[cfg(feature = "deflate")]
#[test]
fn compressed_messages() {
    let fault = |bytes: &[u8]| Frames::read(bytes, TAKEN_OVER, false).fault;
    // `hello hello` twice, the second with the window of the first; the example of RFC 7692, section 7.2.3.1.
    assert_eq!(fault(b"\xc1\x0b\xca\x48\xcd\xc9\xc9\x57\xc8\x00\x91\x00\x00\xc1\x05\xca\x40\x30\x01\x00"), None);
    assert_eq!(fault(b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"), None);
    // The first of these, where each was agreed to stand by itself (section 7.1.1.1).
    let alone = |bytes: &[u8]| Frames::read(bytes, ALONE, false).fault;
    let refers = "its payload does not decompress by itself, as server_no_context_takeover has it (RFC 7692 7.2.2, 7.1.1.1)";
    let second = b"\xc1\x0b\xca\x48\xcd\xc9\xc9\x57\xc8\x00\x91\x00\x00\xc1\x05\xca\x40\x30\x01\x00";
    assert_eq!(alone(second).as_deref(), Some(refers));
    assert_eq!(alone(b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"), None);
    // In two frames, a Ping between them; the same where not all of it was seen.
    assert_eq!(fault(b"\x41\x03\xf2\x48\xcd\x89\x00\x80\x04\xc9\xc9\x07\x00"), None);
    assert_eq!(fault(b"\xc1\x07\xf2\x48\xcd"), None);
    // Its last block is marked as such (section 7.2.3.4), and another message follows.
    assert_eq!(fault(b"\xc1\x08\xf3\x48\xcd\xc9\xc9\x07\x00\x00\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"), None);
    let expected = Some("its payload is not compressed as permessage-deflate says (RFC 7692 7.2.2)".to_owned());
    assert_eq!(fault(b"\xc1\x05hello"), expected);
    // The second of the messages above, with nothing before it.
    assert_eq!(fault(b"\xc1\x05\xca\x40\x30\x01\x00"), expected);
    assert_eq!(fault(b"\xc1\x06\xff\xff\xff\xff\xff\xff"), expected);
    // A letter, then 17 MiB of letters of two bytes, in blocks that are stored as they are (RFC 1951, section 3.2.4): more than is
    // looked at. A message behind it.
    let letters = [b"a".as_slice(), &"\u{e9}".repeat(17 << 19).into_bytes()].concat();
    let block = |data: &[u8]| {
        let length = u16::try_from(data.len()).expect("a short block");
        [&[0], length.to_le_bytes().as_slice(), (!length).to_le_bytes().as_slice(), data].concat()
    };
    // Without the four bytes behind an empty block, which ends it.
    let stored = letters.chunks(0xffff).flat_map(block).chain([0]).collect::<Vec<_>>();
    let length = (stored.len() as u64).to_be_bytes();
    let large = [b"\xc1\x7f".as_slice(), &length, &stored, b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"].concat();
    assert_eq!(fault(&large), None);
    // ff fe, compressed.
    assert_eq!(fault(b"\xc1\x04\xfa\xff\x0f\x00").as_deref(), Some("its text is not UTF-8 (8.1)"));
    assert_eq!(fault(b"\xc2\x04\xfa\xff\x0f\x00"), None);
}

/// By hand: a message, and one that refers 258 bytes back, into it.
#[cfg(feature = "deflate")]
#[test]
fn a_window_that_was_agreed_on() {
    let fault =
        |window_bits, bytes: &[u8]| Frames::read(bytes, Compression::Deflate { is_taken_over: true, window_bits }, false).fault;
    // Stored (RFC 1951, section 3.2.4): 259 bytes; then one match of three letters, 258 bytes back: fixed codes, length 3, distance
    // 257 to 384 with seven bits more.
    let stored = [b"\xc2\x7e\x01\x09".as_slice(), &[0, 3, 1, 0xfc, 0xfe], &[b'a'; 259], &[0]].concat();
    let back = |bits: &[u8]| [&[0xc2, u8::try_from(bits.len()).expect("short")], bits].concat();
    // The bits in their order: 010 begins the block, 0000001 is length 3, 10000 distances from 257 on, 1000000 one more: 258; 0000000
    // ends the block, 000 begins an empty one.
    let match_258 = back(&[0b0000_0010, 0b1000_0110, 0, 0]);
    let far = [stored.as_slice(), &match_258].concat();
    assert_eq!(fault(9, &far), None);
    let says = "its payload refers further back than the 256 bytes that were agreed on (RFC 7692 7.1.2.1)";
    assert_eq!(fault(8, &far).as_deref(), Some(says));
    // The same with 256 back: 0000000 and no more bits that are set.
    let match_257 = back(&[0b0000_0010, 0b0000_0110, 0, 0]);
    assert_eq!(fault(8, &[stored.as_slice(), &match_257].concat()).as_deref(), Some(says));
    // Distances from 193 on have the code 15 and six bits more, 01111 and 111111: 256.
    let match_256 = back(&[0b0000_0010, 0b1111_1010, 0b0001_1111, 0]);
    let near = [stored.as_slice(), &match_256].concat();
    assert_eq!(fault(8, &near), None);
    // Where each message stands by itself, so does the window.
    let twice = [stored.as_slice(), &stored].concat();
    let alone = Frames::read(&twice, Compression::Deflate { is_taken_over: false, window_bits: 8 }, false);
    assert_eq!((alone.all.len(), alone.fault), (2, None));
}

/// `hello` with the four bytes 00 00 ff ff left at its end.
#[cfg(feature = "deflate")]
#[test]
fn a_message_that_ends_inside_a_block() {
    let is_cut = |bytes: &[u8]| Frames::read(bytes, ALONE, false).is_message_cut;
    assert!(is_cut(b"\xc1\x0b\xca\x48\xcd\xc9\xc9\x07\x00\0\0\xff\xff"));
    assert!(is_cut(b"\xc1\x0b\xca\x48\xcd\xc9\xc9\x07\x00\0\0\xff\xff\xc1\x07\xca\x48\xcd\xc9\xc9\x07\x00"));
    // The end of a message is not there.
    assert!(!is_cut(b"\xc1\x0b\xca\x48\xcd\xc9\xc9\x07\x00\0\0\xff"));
    assert!(!is_cut(b"\xc1\x07\xca\x48\xcd\xc9\xc9\x07\x00"));
    // The last block is marked as such, without and with the byte that RFC 7692, section 7.2.3.4, puts behind it.
    assert!(is_cut(b"\xc1\x07\xcb\x48\xcd\xc9\xc9\x07\x00"));
    assert!(!is_cut(b"\xc1\x08\xf3\x48\xcd\xc9\xc9\x07\x00\x00"));
    // An empty text without a block, and as section 7.2.3.6 has it.
    assert!(is_cut(b"\xc1\x00"));
    assert!(!is_cut(b"\xc1\x01\x00"));
}

/// 2^31 - 1 bytes are the most that Chromium takes.
#[test]
fn a_payload_that_clients_do_not_take() {
    let fault = |bytes| Frame::read(bytes).expect("a frame").fault(false, false);
    assert_eq!(fault(b"\x82\x7f\0\0\0\0\x7f\xff\xff\xff"), None);
    let expected = "its length is 2147483648, which clients do not take";
    assert_eq!(fault(b"\x82\x7f\0\0\0\0\x80\0\0\0").as_deref(), Some(expected));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Frames that are wrong stay wrong, whatever comes behind them, and so does the Close frame.
    #[test]
    fn what_is_settled_stays(bytes in prop::collection::vec(any::<u8>(), 0..40), cut in 0_usize..40, deflates: bool) {
        let compression = if deflates { TAKEN_OVER } else { Compression::None };
        let begun = Frames::read(&bytes[..cut.min(bytes.len())], compression, false);
        let whole = Frames::read(&bytes, compression, false);
        if begun.is_settled() {
            prop_assert!(whole.is_settled());
            prop_assert_eq!(begun.fault.is_some(), whole.fault.is_some());
        }
    }
}

/// In one frame or in several, with a Ping between, and cut; of what is compressed nothing is known.
#[test]
fn the_payloads_of_messages() {
    for (bytes, data, has_message) in [
        (&b"\x82\x05Hello"[..], Some("Hello"), true),
        (b"\x02\x03Hel\x89\0\x80\x02lo", Some("Hello"), true),
        (b"\x02\x03Hel", Some("Hel"), false),
        (b"\x82\x05Hel", Some("Hel"), false),
        (b"\x89\x05Hello", Some(""), false),
        (b"\xc2\x07\xf2\x48\xcd\xc9\xc9\x07\0", None, true),
    ] {
        let frames = Frames::read(bytes, Compression::None, false);
        assert_eq!((frames.data().as_deref(), frames.has_message()), (data.map(str::as_bytes), has_message), "{bytes:?}");
    }
}
