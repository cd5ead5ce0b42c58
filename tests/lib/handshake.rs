//! The core through its public API. Expected values come from RFC 6455, from captures, and from other implementations.

use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, alphabet};
use proptest::prelude::*;
use wskey::{Accept, GUID, Key};

/// RFC 6455, section 1.3.
const SAMPLE: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const SAMPLE_ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

#[track_caller]
fn refuses_key(text: &[u8], message: &str) {
    assert_eq!(Key::parse(text).map_err(|error| error.to_string()), Err(message.to_owned()), "{}", text.escape_ascii());
    assert_eq!(Key::parse_strict(text).map_err(|error| error.to_string()), Err(message.to_owned()));
}

#[track_caller]
fn refuses_accept(text: &[u8], message: &str) {
    assert_eq!(Accept::parse(text).map_err(|error| error.to_string()), Err(message.to_owned()), "{}", text.escape_ascii());
}

#[test]
fn keys_that_are_none() {
    refuses_key(b"", "key is empty, expected 24 characters");
    refuses_key(b"=", "key is not padded base64: 0 symbols and 1 '=', expected 22 and 2");
    refuses_key(b"====", "key is not padded base64: 0 symbols and 4 '=', expected 22 and 2");
    refuses_key(b"AAAA", "key decodes to 3 bytes, expected 16");
    refuses_key(b"A", "key is not padded base64: 1 symbol and 0 '=', expected 22 and 2");
    refuses_key(b"AA==", "key decodes to 1 byte, expected 16");
    refuses_key(b"hello", "key is not padded base64: 5 symbols and 0 '=', expected 22 and 2");
    refuses_key(b"SGVsbG8sIHdvcmxkIQ==", "key decodes to 13 bytes, expected 16");
    refuses_key(b"AAAAAAAAAAAAAAAAAAAA", "key decodes to 15 bytes, expected 16");
    refuses_key(b"AAAAAAAAAAAAAAAAAAAAAAA=", "key decodes to 17 bytes, expected 16");
    refuses_key(b"AAAAAAAAAAAAAAAAAAAAAAAA", "key decodes to 18 bytes, expected 16");
    refuses_key(SAMPLE_ACCEPT.as_bytes(), "key decodes to 20 bytes, expected 16");
    refuses_key(&[b'A'; 32], "key decodes to 24 bytes, expected 16");
    refuses_key(b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "key decodes to 32 bytes, expected 16");
    refuses_key(&vec![b'A'; 65536], "key decodes to 49152 bytes, expected 16");
    refuses_key(b"dGhlIHNhbXBsZSBub25jZQ", "key is not padded base64: 22 symbols and 0 '=', expected 22 and 2");
    refuses_key(b"dGhlIHNhbXBsZSBub25jZQ=", "key is not padded base64: 22 symbols and 1 '=', expected 22 and 2");
    refuses_key(b"dGhlIHNhbXBsZSBub25jZQ===", "key is not padded base64: 22 symbols and 3 '=', expected 22 and 2");
    refuses_key(b"dGhlIHNhbXBsZSBub25jZ=Q=", "key: '=' at offset 21 is not base64, expected padding only at the end");
    refuses_key(
        b"_GhlIHNhbXBsZSBub25jZQ==",
        "key: '_' at offset 0 is not base64, expected '/' ('_' belongs to the URL alphabet)",
    );
    refuses_key(
        b"dGhlIHNhbXBsZSBub25j-Q==",
        "key: '-' at offset 20 is not base64, expected '+' ('-' belongs to the URL alphabet)",
    );
    refuses_key(b" dGhlIHNhbXBsZSBub25jZQ==", "key: ' ' at offset 0 is not base64");
    refuses_key(b"dGhlIHNhbXBs ZSBub25jZQ==", "key: ' ' at offset 12 is not base64");
    refuses_key(b"dGhlIHNhbXBsZSBub25jZQ==\r", r"key: '\r' at offset 24 is not base64");
    refuses_key(b"dGhlIHNhbXBsZSBub25jZQ==x", "key: '=' at offset 22 is not base64, expected padding only at the end");
    refuses_key(b"dGhlIHNhbXBsZSBub25jZ\0==", r"key: '\x00' at offset 21 is not base64");
    refuses_key(b"dGhlIHNhbXBsZSBub25jZ\xff==", r"key: '\xff' at offset 21 is not base64");
    refuses_key(b"\x1b[2JIHNhbXBsZSBub25jZQ==", r"key: '\x1b' at offset 0 is not base64");
    refuses_key(b"\xEF\xBB\xBFdGhlIHNhbXBsZSBub25jZQ==", "key begins with a UTF-8 byte order mark, expected only base64");
}

#[test]
fn accept_values_that_are_none() {
    refuses_accept(b"", "accept value is empty, expected 28 characters");
    refuses_accept(SAMPLE.as_bytes(), "accept value decodes to 16 bytes, expected 20");
    refuses_accept(b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo", "accept value is not padded base64: 27 symbols and 0 '=', expected 27 and 1");
    refuses_accept(
        b"s3pPLMBiTxaQ9kYGzzhZRbK-xOo=",
        "accept value: '-' at offset 23 is not base64, expected '+' ('-' belongs to the URL alphabet)",
    );
    refuses_accept(b"s3pPLMBiTxaQ9kYGzzhZRbK+xOp=", "accept value has unused bits set: 'p' before the padding, expected 'o'");
    refuses_accept(b"AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "accept value decodes to 21 bytes, expected 20");
    refuses_accept(b"AAAAAAAAAAAAAAAAAAAAAAAAAA==", "accept value decodes to 19 bytes, expected 20");
}

#[test]
fn trailing_bits_are_allowed_and_strictly_refused() {
    // Section 4.1 of RFC 6455 prints this key, with unused bits that are not zero.
    let key = Key::parse(b"AQIDBAUGBwgJCgsMDQ4PEC==").expect("bits that carry nothing are allowed");
    assert!(key.has_trailing_bits());
    assert_eq!(key.as_str(), "AQIDBAUGBwgJCgsMDQ4PEC==");
    assert_eq!(key.nonce(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
    let error = Key::parse_strict(b"AQIDBAUGBwgJCgsMDQ4PEC==").expect_err("strict");
    assert_eq!(error.to_string(), "key has unused bits set: 'C' before the padding, expected 'A'");
    let error = Key::parse_strict(b"dGhlIHNhbXBsZSBub25jZR==").expect_err("strict");
    assert_eq!(error.to_string(), "key has unused bits set: 'R' before the padding, expected 'Q'");
    assert!(!Key::parse(SAMPLE.as_bytes()).expect("the RFC's").has_trailing_bits());
}

/// Every way to put an ASCII byte at a position of the RFC's key. The counts are made by hand: 21 positions take 64 symbols,
/// the 22nd takes four that leave the unused bits zero (64 that do not), and the two of the padding take `=`.
#[test]
fn every_ascii_byte_at_every_position() {
    let (mut strict, mut lenient) = (0, 0);
    for position in 0..24 {
        for byte in 0..128_u8 {
            let mut text = SAMPLE.as_bytes().to_vec();
            text[position] = byte;
            let symbol = byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
            let escaped = byte.escape_ascii();
            let message = match (position, byte) {
                (..=21, _) if symbol => None,
                (22.., b'=') => None,
                (22, _) if symbol => Some("key decodes to 17 bytes, expected 16".to_owned()),
                (23, _) if symbol => Some("key: '=' at offset 22 is not base64, expected padding only at the end".to_owned()),
                (21, b'=') => Some("key is not padded base64: 21 symbols and 3 '=', expected 22 and 2".to_owned()),
                (_, b'=') => Some(format!("key: '=' at offset {position} is not base64, expected padding only at the end")),
                (_, b'-') => {
                    Some(format!("key: '-' at offset {position} is not base64, expected '+' ('-' belongs to the URL alphabet)"))
                }
                (_, b'_') => {
                    Some(format!("key: '_' at offset {position} is not base64, expected '/' ('_' belongs to the URL alphabet)"))
                }
                _ => Some(format!("key: '{escaped}' at offset {position} is not base64")),
            };
            assert_eq!(Key::parse(&text).err().map(|error| error.to_string()), message, "{byte} at {position}");
            lenient += usize::from(Key::parse(&text).is_ok());
            strict += usize::from(Key::parse_strict(&text).is_ok());
        }
    }
    assert_eq!((strict, lenient), (21 * 64 + 4 + 2, 21 * 64 + 64 + 2));
    assert_eq!((strict, lenient), (1350, 1410));
}

#[test]
fn published_pairs() {
    let mut count = 0;
    for line in include_str!("../data/published-pairs.tsv").lines().filter(|line| !line.starts_with('#')) {
        let (key, accept) = line.split_once('\t').expect("two columns");
        assert_eq!(Key::parse(key.as_bytes()).expect(key).accept().to_string(), accept);
        assert_eq!(Accept::of(key.as_bytes()), Accept::parse(accept.as_bytes()).expect(accept));
        count += 1;
    }
    assert_eq!(count, 19);
}

#[test]
fn values_of_any_text() {
    assert_eq!(GUID, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    // From Python's hashlib: b64encode(sha1(text + GUID).digest()).
    assert_eq!(Accept::of(b"").to_string(), "Kfh9QIsMVZcl6xEPYxPHzW8SZ8w=");
    assert_eq!(Accept::of(b"dGhlIHNhbXBsZSBub25jZQ==\r").to_string(), "zvnId+CMmoYWpbuFiCx6kU/bpAw=");
    let accept = Accept::parse(SAMPLE_ACCEPT.as_bytes()).expect("the RFC's");
    let digest = accept.digest().map(|byte| format!("{byte:02x}")).concat();
    assert_eq!(digest, "b37a4f2cc0624f1690f64606cf385945b2bec4ea");
    assert_eq!(Accept::from_digest(accept.digest()), accept);
    assert_eq!((accept.as_str(), &accept.as_bytes()[..]), (SAMPLE_ACCEPT, SAMPLE_ACCEPT.as_bytes()));
}

#[test]
fn ten_thousand_keys_agree_with_tungstenite() {
    let keys: Vec<Key> = (0..10_000).map(|_| Key::random().expect("the system's generator")).collect();
    for (key, accept) in keys.iter().zip(Key::accept_all(&keys)) {
        assert_eq!(accept.to_string(), tungstenite::handshake::derive_accept_key(key.as_str().as_bytes()));
    }
}

#[test]
fn random_keys_are_strict_and_differ() {
    let [first, second] = [(); 2].map(|()| Key::random().expect("the system's generator"));
    assert_ne!(first, second);
    assert_eq!([first, second].map(|key| Key::parse_strict(key.as_bytes())), [Ok(first), Ok(second)]);
}

#[test]
fn a_key_carries_the_nonce_it_was_made_of() {
    for i in 0..1000_u128 {
        let nonce = i.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835).to_be_bytes();
        assert_eq!(Key::from_nonce(nonce).nonce(), nonce);
    }
}

#[test]
fn keys_and_values_show_their_text() {
    let key: Key = SAMPLE.parse().expect("the RFC's");
    let accept: Accept = SAMPLE_ACCEPT.parse().expect("the RFC's");
    assert_eq!(
        format!("{key} {key:?} {accept} {accept:?}"),
        format!("{SAMPLE} Key({SAMPLE:?}) {SAMPLE_ACCEPT} Accept({SAMPLE_ACCEPT:?})")
    );
    assert_eq!(Key::from_nonce(*b"the sample nonce"), key);
    assert_eq!((&key.as_bytes()[..], &accept.as_bytes()[..]), (SAMPLE.as_bytes(), SAMPLE_ACCEPT.as_bytes()));
}

proptest! {
    /// The rows of sixteen and what is left of them give what one key alone gives, and the plain function of any text.
    #[test]
    fn many_keys_at_once_are_the_same_as_one(nonces in prop::collection::vec(any::<[u8; 16]>(), 0..40)) {
        let keys: Vec<Key> = nonces.iter().map(|nonce| Key::from_nonce(*nonce)).collect();
        let all: Vec<Accept> = Key::accept_all(&keys);
        let each: Vec<Accept> = keys.iter().map(Key::accept).collect();
        let plain: Vec<Accept> = keys.iter().map(|key| Accept::of(key.as_str().as_bytes())).collect();
        prop_assert_eq!(&all, &each);
        prop_assert_eq!(all, plain);
    }

    /// A key is judged by its alphabet and never decoded; the decoder agrees on which texts are keys.
    #[test]
    fn parsing_agrees_with_a_decoder(text in "[A-Za-z0-9+/]{20}[A-Za-z0-9+/=_ \n]{1,3}=?=?") {
        let engine = GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));
        let decoded = engine.decode(&text).ok().filter(|nonce| nonce.len() == 16);
        prop_assert_eq!(Key::parse(text.as_bytes()).ok().map(|key| key.nonce().to_vec()), decoded);
    }

    #[test]
    fn any_bytes_parse_or_are_explained(text in prop::collection::vec(any::<u8>(), 0..64)) {
        for error in [Key::parse(&text).err(), Accept::parse(&text).err()].into_iter().flatten() {
            prop_assert!(!error.to_string().contains(char::is_control));
        }
    }
}
