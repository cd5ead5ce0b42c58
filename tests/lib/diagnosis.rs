//! What the diagnosis names, and what it does not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::{BTreeMap, BTreeSet};
use wskey::diagnosis::{Cause, Mismatch, causes, describe, well_known};
use wskey::escape::hex;
use wskey::{Accept, Key};

const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// Wrong values from an implementation of each mistake in Python: id, key, value, hashed bytes, another key.
const MISTAKES: &str = include_str!("../data/mistakes.tsv");

/// The likeliest of the mistakes that make `accept`.
fn diagnose(key: &[u8], accept: &[u8], others: &[&[u8]]) -> Option<Cause> {
    wskey::diagnosis::diagnose(Mismatch { key, accept }, others).into_iter().next()
}

/// Its name, or nothing.
fn named(key: &[u8], accept: &[u8], others: &[&[u8]]) -> String {
    diagnose(key, accept, others).map(|cause| cause.id).unwrap_or_default()
}

/// The names of all mistakes that make `accept`, the likeliest first.
fn all_named(key: &[u8], accept: &[u8], others: &[&[u8]]) -> Vec<String> {
    wskey::diagnosis::diagnose(Mismatch { key, accept }, others).into_iter().map(|cause| cause.id).collect()
}

#[track_caller]
fn describes(key: &str, accept: &str, id: &str, description: &str) {
    let cause = diagnose(key.as_bytes(), accept.as_bytes(), &[]).expect("it is known");
    assert_eq!((cause.id.as_str(), cause.description.as_str()), (id, description));
}

/// Undoes `\xNN` and `\\`.
fn bytes(text: &str) -> Vec<u8> {
    let mut rest = text;
    let mut bytes = Vec::new();
    while let Some(first) = rest.chars().next() {
        let (byte, length) = match rest.strip_prefix("\\x") {
            Some(digits) => (u8::from_str_radix(&digits[..2], 16).expect("two digits"), 4),
            None if first == '\\' => (b'\\', 2),
            None => (u8::try_from(first).expect("ASCII"), 1),
        };
        bytes.push(byte);
        rest = &rest[length..];
    }
    bytes
}

/// Numbers that look random, the same in every run (`SplitMix64`).
fn random(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }
}

fn random_bytes<const N: usize>(next: &mut impl FnMut() -> u64) -> [u8; N] {
    std::array::from_fn(|_| next().to_le_bytes()[0])
}

/// Beside each value that a mistake makes stands one that is a step away, and that none makes: what is less than 64 bits of
/// the digest may be chance.
#[test]
fn near_misses_have_no_cause() {
    let mut next = random(1);
    for _ in 0..20 {
        let key = Key::from_nonce(random_bytes(&mut next));
        let digest = key.accept().digest();
        let other = Key::from_nonce(random_bytes(&mut next)).accept().digest();
        let text = key.accept().to_string();
        let hex: String = hex(&digest);
        let with = |change: fn(&mut [u8; 20])| {
            let mut changed = digest;
            change(&mut changed);
            Accept::from_digest(changed).to_string()
        };
        let half = |front: usize| Accept::from_digest([&digest[..front], &other[front..]].concat().try_into().expect("20 bytes"));
        let pairs = [
            ("digest-cut", STANDARD.encode(&digest[..8]), STANDARD.encode(&digest[..7])),
            ("digest-hex-cut", hex[..16].to_owned(), hex[..15].to_owned()),
            ("accept-cut", text[..13].to_owned(), text[..10].to_owned()),
            ("accept-cut", text[16..].to_owned(), text[17..].to_owned()),
            // A bit of every word: the top one, and one that is not; of every second byte of a word.
            (
                "digest-top-bits",
                with(|digest| digest.iter_mut().step_by(4).for_each(|byte| *byte ^= 0x80)),
                with(|digest| digest.iter_mut().step_by(4).for_each(|byte| *byte ^= 0x40)),
            ),
            // The bytes of each word; the words themselves.
            (
                "digest-words-reversed",
                with(|digest| digest.as_chunks_mut::<4>().0.iter_mut().for_each(|word| word.reverse())),
                with(|digest| digest.as_chunks_mut::<4>().0.reverse()),
            ),
            ("accept-retyped", format!("??{}", &text[2..]), format!("???{}", &text[3..])),
            ("accept-retyped", text[1..].to_owned(), format!("?{}", &text[2..])),
            ("", half(16).to_string(), with(|digest| digest.rotate_left(10))),
        ];
        for (cause, made, near) in pairs {
            assert_eq!(named(key.as_bytes(), made.as_bytes(), &[]), cause, "{key} {made}");
            assert_eq!(named(key.as_bytes(), near.as_bytes(), &[]), "", "{key} {near}");
        }
    }
}

#[test]
fn values_of_unknown_keys_have_no_cause() {
    let mut next = random(2);
    for _ in 0..20 {
        let [key, unknown] = [(); 2].map(|()| Key::from_nonce(random_bytes(&mut next)));
        assert_eq!(named(key.as_str().as_bytes(), unknown.accept().as_bytes(), &[]), "");
    }
}

#[test]
fn values_of_wrong_length_are_described_and_have_no_cause() {
    for (value, description) in [
        ("", "is empty, expected 28 characters"),
        ("AA==", "decodes to 1 byte; an accept value has 20"),
        ("AAECAwQFBgcICQoLDA0ODxA=", "decodes to 17 bytes; an accept value has 20"),
        ("W0JANmQwNmQ2OWM=", "decodes to 11 bytes, the text `[B@6d06d69c`; an accept value has 20"),
        ("\u{1b}[2J", r"is malformed: '\x1b' at offset 0 is not base64"),
        ("AAECAwQFBgcICQoLDA0ODw==", "decodes to 16 bytes, as a key does, or MD5; an accept value has 20"),
        ("mpJ5zQ==", "decodes to 4 bytes; an accept value has 20"),
        ("LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564=", "decodes to 32 bytes, as SHA-256 does; an accept value has 20"),
        ("5d41402abc4b2a76b9719d911017c592", "is 32 hexadecimal digits, the length of an MD5 digest; an accept value is base64"),
        (
            "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
            "is 40 hexadecimal digits, the length of a SHA-1 digest; an accept value is base64",
        ),
        (
            "NWQ0MTQwMmFiYzRiMmE3NmI5NzE5ZDkxMTAxN2M1OTI=",
            "decodes to 32 bytes: as many hexadecimal digits as an MD5 digest has; an accept value has 20",
        ),
        (
            "aaaaLMBiTxaQ9kYGzz_ZRbK-xOo=",
            "is malformed: '_' at offset 18 is not base64, expected '/' ('_' belongs to the URL alphabet)",
        ),
        ("hello, world", "is malformed: ',' at offset 5 is not base64"),
        ("undefined", "is not padded base64: 9 symbols and 0 '=', expected 27 and 1"),
        ("aGVsbG8gd29ybGQgaGVsbG8gMTI=", ""),
    ] {
        assert_eq!(describe(value.as_bytes()).unwrap_or_default(), description, "{value}");
        assert_eq!(named(KEY.as_bytes(), value.as_bytes(), &[]), "", "{value}");
    }
}

#[test]
fn a_short_value_is_named_only_where_the_digest_has_a_zero_byte_there() {
    // The digest of this key begins 8f 00.
    let key = b"kGt1gEywO7kgdrz62ZYFBw==";
    assert_eq!(named(key, b"jw==", &[]), "digest-cut-at-zero");
    assert_eq!(named(key, b"jwA=", &[]), "");
    assert_eq!(named(key, b"jg==", &[]), "");
    assert_eq!(named(KEY.as_bytes(), b"jw==", &[]), "");
    // The first bytes of the right value, but no zero byte ends them.
    assert_eq!(named(KEY.as_bytes(), b"s3pPLMBi", &[]), "");
    // A few bytes that end at a zero byte of another key's digest are chance.
    assert_eq!(named(KEY.as_bytes(), b"jw==", &[key]), "");
}

#[test]
fn hostile_input_is_survived() {
    let long = vec![b'A'; 65_536];
    let zeros = vec![0; 65_536];
    let texts: [&[u8]; 11] =
        [b"", b"\0", b"\xff\xfe", b"====", b"=", b"A", &long, &zeros, KEY.as_bytes(), b"\xe2\x80", &[b'l'; 128]];
    for key in texts {
        for accept in texts {
            // The key itself, or the RFC's; nothing else here is an accept value.
            let is_key = accept.len() >= 8 && accept.len() <= 1024 && (accept == key || accept == KEY.as_bytes());
            let cause = named(key, accept, &[&long, b"", b"\xff"]);
            assert_eq!(cause, if is_key { "accept-is-key" } else { "" }, "{:.9}", accept.escape_ascii().to_string());
        }
    }
    for text in texts {
        assert_eq!(describe(text).is_some(), Accept::parse(text).is_err());
    }
}

#[test]
fn more_than_1024_other_keys_are_not_tried() {
    let mut next = random(3);
    let keys: Vec<_> = (0..1025).map(|_| Key::from_nonce(random_bytes(&mut next))).collect();
    let others: Vec<_> = keys.iter().map(|key| key.as_str().as_bytes()).collect();
    assert_eq!(named(KEY.as_bytes(), keys[1023].accept().as_bytes(), &others), "other-key");
    assert_eq!(named(KEY.as_bytes(), keys[1024].accept().as_bytes(), &others), "");
}

#[test]
fn every_mistake_is_named_by_its_id_and_shows_what_was_hashed() {
    let mut wrong = Vec::new();
    for line in MISTAKES.lines() {
        let fields: Vec<_> = line.split('\t').collect();
        let [id, key, value, hashed, other] = fields[..] else { panic!("five fields: {line}") };
        let other = bytes(other);
        let others: Vec<&[u8]> = if other.is_empty() { Vec::new() } else { vec![&other] };
        let cause = diagnose(&bytes(key), &bytes(value), &others);
        let found = cause.as_ref().map(|cause| (cause.id.as_str(), cause.hashed.clone().unwrap_or_default()));
        if found != Some((id, bytes(hashed))) {
            wrong.push(format!("{line}\n    {cause:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_id_is_unique_and_has_a_mistake() {
    let ids: Vec<_> = causes().map(|(id, _)| id).collect();
    let unique: BTreeSet<_> = ids.iter().copied().collect();
    assert_eq!(unique.len(), ids.len());
    let shown: BTreeSet<_> = MISTAKES.lines().filter_map(|line| line.split('\t').next()).filter(|id| !id.contains('+')).collect();
    assert_eq!(shown, unique);
}

#[test]
fn every_cause_says_what_and_what_to_do() {
    let mut by_id = BTreeMap::new();
    for line in MISTAKES.lines() {
        let fields: Vec<_> = line.split('\t').map(bytes).collect();
        let cause = diagnose(&fields[1], &fields[2], &[&fields[4]]).expect("it is known");
        by_id.insert(cause.id.clone(), cause);
    }
    for (id, cause) in by_id {
        for text in [&cause.description, &cause.fix] {
            assert!(!text.is_empty() && !text.contains("{}") && !text.ends_with('.') && !text.ends_with(": "), "{id}: {text}");
            assert!(text.bytes().all(|b| !b.is_ascii_control()), "{id}: {text}");
        }
    }
    for (id, line) in causes() {
        assert!(!line.is_empty() && !line.contains("{}") && !line.ends_with([':', ',', ' ', '.']), "{id}: {line}");
    }
}

/// Values for the RFC's key that were published beside a mistake, or reported with one.
#[test]
fn published_values_are_named() {
    for (accept, id) in [
        ("zvnId+CMmoYWpbuFiCx6kU/bpAw=", "key-cr"),
        ("kex8Ji4w0ek1Mc3Dwcf4mOpf5b4=", "key-crlf"),
        ("r9/ho7dygrDPAQf/zFnJxWqPVO4=", "key-lf"),
        ("xytUlkF2rVz2XzwONMCug9nn1qA=", "key-blank"),
        ("Y6TOdg1QjlS+tQ/s6eBvjlYcCwk=", "key-tab"),
        ("BXhwxM0SZasKmCD9S4BfpPmCnEw=", "key-decoded"),
        ("Kfh9QIsMVZcl6xEPYxPHzW8SZ8w=", "key-empty"),
        ("hHLtf2V1k8aDQZfNjw3Ia1hCwt0=", "guid-missing"),
        ("2QLIQafFyQaRfQDdHJJlE8VjrBI=", "guid-dash"),
        ("bVcK2ZBdRcWfVf3DIo8MIz+kdWo=", "guid-dash"),
        ("KSHIMsZA8h7ZKvxeMrHDH9RVvJs=", "guid-dash"),
        ("PfUKCpBSFbnPEiGprQuExWId5fM=", "guid-dash"),
        ("WJfwerbIozKsJXHxxI0JTO1SQgU=", "guid-lower"),
        ("JIHeMZnl8ROjNurMkr8yikGGwBg=", "guid-line-break"),
        ("BQgomKt49tqcGtJYe4ASzQz1IXI=", "guid-line-end"),
        ("YjM3YTRmMmNjMDYyNGYxNjkwZjY0NjA2Y2YzODU5NDViMmJlYzRlYQ==", "accept-hex-encoded"),
        ("b37a4f2cc0624f1690f64606cf385945b2bec4ea", "accept-hex"),
        ("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "accept-right"),
    ] {
        assert_eq!(named(KEY.as_bytes(), accept.as_bytes(), &[]), id, "{accept}");
    }
    assert_eq!(named(b"kGt1gEywO7kgdrz62ZYFBw==", b"jw==", &[]), "digest-cut-at-zero");
    assert_eq!(named(b"kGt1gEywO7kgdrz62ZYFBw==", b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", &[]), "sample-key");
}

/// The values are SHA-1 by Python of the key and the GUID that the sentence tells.
#[test]
fn what_was_done_is_told() {
    for (accept, id, text) in [
        ("zvnId+CMmoYWpbuFiCx6kU/bpAw=", "key-cr", r"a carriage return was hashed with the key: \r after it"),
        ("WJfwerbIozKsJXHxxI0JTO1SQgU=", "guid-lower", "the GUID was hashed in lower case"),
        (
            "s3pPLMBiTxaQ9kYGzzhZRbK+x0o=",
            "accept-lookalike",
            "characters of the right value were misread as others that look alike: character 26 is 0 instead of O",
        ),
        // Two mistakes of one step are one difference.
        (
            "uOhBYnRLdPxvhSD/86UNQccusgI=",
            "key-cr+key-line",
            r"a carriage return was hashed with the key; and the field's name was hashed with the key: it reads Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r",
        ),
        ("xytUlkF2rVz2XzwONMCug9nn1qA=", "key-blank", "a space was hashed with the key: ' ' after it"),
        ("s3pPLMBiTxaQ9kYGzzhZRbK", "accept-cut", "the right value was cut: its last 5 characters are missing"),
    ] {
        describes(KEY, accept, id, text);
    }
    for (guid, id, text) in [
        ("258EAFA5-E914-47DA-95CA-5AB0DC85B11F", "guid-misspelt", "the GUID is misspelt: the last group reads 5AB0DC85B11F"),
        ("258EAFA5-E914-47DA-95CA-C5ABODC85B11", "guid-misspelt", "the GUID is misspelt: character 29 is O instead of 0"),
        ("258EAFA5E91447DA95CAC5AB0DC85B11", "guid-misspelt", "the GUID is misspelt: its dashes are missing"),
        ("258EAFA5-E914-47DA-95CA-C5AB0DC85B1", "guid-misspelt", "the GUID is misspelt: character 36, 1, is missing"),
        ("258EAFA5-E914-47DA-95CA-C5AB0DC855B11", "guid-edited", "the GUID is misspelt: character 33 is doubled"),
        ("258EAFA5-E914-47DA-95AC-C5AB0DC85B11", "guid-edited", "the GUID is misspelt: characters 22 and 23 are swapped"),
        ("258EAFA5-E914-47DA95CA-C5AB0DC85B11", "guid-edited", "the GUID is misspelt: character 19, -, is missing"),
        ("258EAFA5-E914-47DA-95CA-", "guid-cut", "the GUID was cut short: its last 12 characters are missing"),
    ] {
        // The text itself, for `Accept::of` puts the right GUID behind.
        let digest = <sha1::Sha1 as sha1::Digest>::digest(format!("{KEY}{guid}"));
        describes(KEY, &Accept::from_digest(digest.into()).to_string(), id, text);
    }
    describes(
        "SGVsbG8sIHdvcmxkIQ==",
        "qGEgH3En71di5rrssAZTmtRTyFk=",
        "accept-right",
        "the value is right for this key; but the key decodes to 13 bytes, expected 16",
    );
}

#[test]
fn what_is_shown_of_other_keys_is_escaped() {
    let other = b"\x1b[2J\r\n";
    let cause = diagnose(KEY.as_bytes(), Accept::of(other).as_bytes(), &[other]).expect("it is another key's");
    assert_eq!(cause.description, r"the value is right for another key: \x1b[2J\r\n");
}

#[test]
fn documented_and_readable_keys_are_well_known() {
    for (key, from) in [
        (KEY, Some("the sample of RFC 6455, section 1.3")),
        ("AQIDBAUGBwgJCgsMDQ4PEC==", Some("the sample of RFC 6455, section 4.1")),
        ("AAAAAAAAAAAAAAAAAAAAAA==", Some("sixteen zero bytes")),
        // Sixteen characters of a UUID, from a published capture.
        ("Yzg2MDllOTctZGYzMC00ZQ==", Some("readable text, not random bytes")),
        ("NUguGpy+IHnzGoT7z40vlg==", None),
        ("", None),
    ] {
        assert_eq!(well_known(key.as_bytes()), from, "{key}");
    }
}

/// Words that programs print, or that stand for a key, a GUID and a value in code.
const WORDS: [&str; 24] = [
    "undefined",
    "null",
    "None",
    "nil",
    "(null)",
    "false",
    "true",
    "NaN",
    "test",
    "hello",
    "key",
    "GUID",
    "WS_GUID",
    "MAGIC_STRING",
    "accept",
    "websocket",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Accept:",
    "13",
    "Hello, world!",
    "1234567890abcdef",
    "the",
    "value",
    "sample",
];

/// What keys and values are written in, hexadecimal digits to words.
fn alphabets() -> Vec<Vec<Vec<u8>>> {
    let characters = |of: &[u8]| of.iter().map(|b| vec![*b]).collect::<Vec<_>>();
    vec![
        characters(b"0123456789abcdef"),
        characters(b"0123456789ABCDEF"),
        characters(b"0123456789abcdefABCDEF"),
        characters(b"0123456789"),
        characters(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"),
        characters(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
        characters(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
        characters(&(b' '..=b'~').collect::<Vec<_>>()),
        characters(&(0..=255).collect::<Vec<_>>()),
        WORDS.map(|word| format!("{word} ").into_bytes()).to_vec(),
    ]
}

/// A text of so many bytes; with the padding that base64 would have, or without.
fn text_in(alphabet: &[Vec<u8>], length: usize, next: &mut impl FnMut() -> u64) -> Vec<u8> {
    let mut text = Vec::new();
    while text.len() < length {
        text.extend(&alphabet[usize::try_from(next()).unwrap() % alphabet.len()]);
    }
    text.truncate(length);
    if next().is_multiple_of(2) {
        text.resize(length.next_multiple_of(4), b'=');
    }
    text
}

/// What is not base64 decodes to nothing, with which every digest begins.
#[test]
fn a12_random_texts_have_no_cause() {
    let mut next = random(12);
    for alphabet in alphabets() {
        let random_key = Key::from_nonce(random_bytes(&mut next)).to_string();
        for (length, key) in (0..=120).flat_map(|length| [(length, random_key.as_str()), (length, KEY)]) {
            let text = text_in(&alphabet, length, &mut next);
            assert_eq!(named(key.as_bytes(), &text, &[]), "", "{key} {}", text.escape_ascii());
        }
    }
}

#[test]
fn a12_repeated_characters_have_no_cause() {
    let random_key = Key::from_nonce(random_bytes(&mut random(13))).to_string();
    for character in [0, b' ', b'1', b'a', b'A', b'=', 0xff] {
        for length in 0..=120 {
            for key in [random_key.as_str(), KEY] {
                let text = vec![character; length];
                assert_eq!(named(key.as_bytes(), &text, &[]), "", "{key} {length} x {}", text[..length.min(1)].escape_ascii());
            }
        }
    }
}

/// What anyone may send proves nothing: numbers, and words that the program knows.
#[test]
fn a12_words_and_numbers_have_no_cause() {
    let numbers =
        ["1234567890123456789", "11111111111111111111111", "3141592653589793238462643383279502884", "0123456789abcdef0"];
    let cases = numbers.into_iter().chain(WORDS).chain(["Hello, world!", "1234567890abcdef", "dGVzdA==", "test"]);
    for text in cases {
        for key in ["Zx8rNEkBE4xnwifpuh8DHQ==", KEY, ""] {
            assert_eq!(named(key.as_bytes(), text.as_bytes(), &[]), "", "{key} {text}");
        }
    }
}

/// Beside more mistakes more must agree: the digest of this key begins 8f 00.
#[test]
fn a12_two_mistakes_need_more_than_a_byte() {
    let key = b"kGt1gEywO7kgdrz62ZYFBw==";
    for text in [&b"jw"[..], b"\x8f", b"jw=", b" jw=="] {
        assert_eq!(named(key, text, &[]), "", "{}", text.escape_ascii());
    }
}

/// The values are SHA-1 by Python of a key of documentation and the GUID.
#[test]
fn a13_a_damaged_key_of_documentation_is_no_copied_one() {
    let sample = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    for (key, accept, ids) in [
        ("AQIDBAUGBwgJCgsMDQ4PEC==", "C/0nmHhBztSRGR1CwL6Tf4ZjwpY=", &["key-reencoded", "sample-key"][..]),
        ("AQIDBAUGBwgJCgsMDQ4PEA==", "OfS0wDaT5NoxF2gqm7Zj2YtetzM=", &["key-edited", "sample-key"]),
        ("dGhlIHNhbXBsZSBub25jZR==", sample, &["key-reencoded", "sample-key"]),
        ("dGhlIHNhbXBsZSBub25jZQ", sample, &["key-reencoded", "sample-key"]),
        ("the sample nonce", sample, &["key-encoded", "sample-key"]),
        ("dGhlIHNhbXBsZSBub25jZQ==\r", sample, &["key-cut", "sample-key"]),
        ("dGhIIHNhbXBsZSBub25jZQ==", sample, &["key-lookalike", "sample-key"]),
        // Swapped neighbours, two wrong characters, another letter case, a part, quotes.
        ("dGlhIHNhbXBsZSBub25jZQ==", sample, &["key-edited", "sample-key"]),
        ("dGhlIHNxbXBsZSBub25jZx==", sample, &["key-edited", "sample-key"]),
        ("dghlihnhbxbszsbub25jzq==", sample, &["key-edited", "sample-key"]),
        ("dGhlIHNhbXBsZSBu", sample, &["key-edited", "sample-key"]),
        ("\"dGhlIHNhbXBsZSBub25jZQ==\"", sample, &["key-edited", "sample-key"]),
        // These say nothing of the sample.
        ("Zx8rNEkBE4xnwifpuh8DHQ==", sample, &["sample-key"]),
        ("", sample, &["sample-key"]),
        ("undefined", sample, &["sample-key"]),
        ("dGhlIHN", sample, &["sample-key"]),
        ("dGhlIHNhbXBsZSBub25jZR==", "s3pplmbitxaq9kygzzhzrbk+xoo=", &["key-reencoded+accept-case", "sample-key+accept-case"]),
    ] {
        assert_eq!(all_named(key.as_bytes(), accept.as_bytes(), &[]), ids, "{key}");
    }
    describes(
        "dGhlIHNhbXBsZSBub25jZR==",
        sample,
        "key-reencoded",
        "the key was decoded and encoded again, which changed it: character 22 is Q instead of R",
    );
}

#[test]
fn a13_a_damaged_key_at_hand_is_both() {
    let (key, accept) = ("Zx8rNEkBE4xnwifpuh8DHQ==", "52Rg3vW4JQ1yWpkvFlsTsiezlqw=");
    for (damaged, ids) in [
        ("Zx8rNEkBE4xnwifpuh8DHR==", &["other-key", "key-reencoded"][..]),
        ("ZxBrNEkBE4xnwifpuh8DHQ==", &["other-key", "key-lookalike"]),
        ("zx8rnekbe4xnwifpuh8dhq==", &["other-key", "key-edited"]),
        ("x3JJHMbDL1EzLkh9GBhXDw==", &["other-key"]),
    ] {
        assert_eq!(all_named(damaged.as_bytes(), accept.as_bytes(), &[key.as_bytes()]), ids, "{damaged}");
    }
    // A sample that somebody sent is both.
    let ids = all_named(key.as_bytes(), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", &[KEY.as_bytes()]);
    assert_eq!(ids, ["sample-key", "other-key"]);
}

#[test]
fn a13_letter_case_is_lost_as_a_whole() {
    for (accept, id, description) in [
        ("s3pplmbitxaq9kygzzhzrbk+xoo=", "accept-case", "the right value lost its letter case"),
        ("S3PPLMBITXAQ9KYGZZHZRBK+XOO=", "accept-case", "the right value lost its letter case"),
        ("s3ppLMBiTxaQ9kYGzzhZRbK+xOo=", "accept-retyped", "the right value was retyped wrongly: character 4 is p instead of P"),
        (
            "s3pPLMBiTxaQ9kygzzhZRbK+xOo=",
            "accept-retyped",
            "the right value was retyped wrongly: characters 15 to 16 are yg instead of YG",
        ),
        (
            "s3pPLMBiTxaQ9kYGzzhzrbk+xOo=",
            "accept-retyped",
            "the right value was retyped wrongly: characters 20 to 23 are zrbk instead of ZRbK",
        ),
        (
            "s3pPLMBiTxaQ9kYGzzhZRbK+xoo=",
            "accept-lookalike",
            "characters of the right value were misread as others that look alike: character 26 is o instead of O",
        ),
    ] {
        describes(KEY, accept, id, description);
    }
}

#[test]
fn a13_a_key_is_sent_where_it_is_known() {
    let key = "Zx8rNEkBE4xnwifpuh8DHQ==";
    // Keys of documentation that anyone may make up: what a buffer holds, what is quickly typed.
    for made_up in
        ["AAAAAAAAAAAAAAAAAAAAAA==", "AQIDBAUGBwgJCgsMDQ4PEA==", "SGVsbG8sIHdvcmxkIQ==", "MTIzNDU2Nzg5MGFiY2RlZg==", "dGVzdA=="]
    {
        let accept = made_up.as_bytes();
        assert_eq!(named(key.as_bytes(), accept, &[]), "", "{made_up}");
        assert_eq!(named(KEY.as_bytes(), accept, &[]), "", "{made_up}");
        assert_eq!(named(accept, accept, &[]), "accept-is-key", "{made_up}");
        assert_eq!(named(key.as_bytes(), accept, &[accept]), "accept-is-key", "{made_up}");
    }
    for text in [&[0; 16][..], b"AAAAAAAAAAAAAAAAAAAAAA"] {
        assert_eq!(named(key.as_bytes(), text, &[]), "", "{}", text.escape_ascii());
    }
    assert_eq!(named(key.as_bytes(), KEY.as_bytes(), &[]), "accept-is-key");
    assert_eq!(
        describe(b"AAAAAAAAAAAAAAAAAAAAAA==").as_deref(),
        Some("decodes to 16 bytes, all of them zero; an accept value has 20")
    );
}

/// The values are SHA-1 by Python.
#[test]
fn a13_every_explanation_is_found() {
    let key = "Zx8rNEkBE4xnwifpuh8DHQ==";
    for (accept, ids) in [
        // The GUID without its last character; without its dashes; with underscores for them; and a CR with the first.
        ("IA+8Nz0Wip3HbcI2MgwNyHq6QEE=", &["guid-misspelt", "guid-cut"][..]),
        ("Fzldg2gxR0J00VklzqLXvxG4Gl0=", &["guid-misspelt", "guid-dash"]),
        ("XGiDOzeDy5icWWMpw2xPI3L7jCo=", &["guid-dash"]),
        ("bWuydM5fBWmC8mYn6bC5c5C/sTg=", &["guid-misspelt+key-cr", "guid-cut+key-cr"]),
        // The key without its padding, which base64url leaves out; without half of it.
        ("vNEYMWMy2g5KulKp9YV7oxxsIwc=", &["key-unpadded", "key-url-alphabet", "key-cut"]),
        ("/K32mjV8OIaJ2OLxQjtwHGWc2dM=", &["key-unpadded", "key-cut"]),
        // The right value without its last character; its first 24 characters, which are 18 bytes.
        ("52Rg3vW4JQ1yWpkvFlsTsiezlqw", &["accept-unpadded", "accept-cut"]),
        ("52Rg3vW4JQ1yWpkvFlsTsiez", &["digest-cut", "accept-cut"]),
        // One explanation: the key and a line feed, the GUID missing; the right value and a quote.
        ("lRdjmaBqeTf8KCg498ycLX0Rdrs=", &["guid-missing+key-lf"]),
        ("52Rg3vW4JQ1yWpkvFlsTsiezlqw=\"", &["accept-retyped"]),
    ] {
        assert_eq!(all_named(key.as_bytes(), accept.as_bytes(), &[]), ids, "{accept}");
    }
    // A digest whose eleventh byte is zero.
    assert_eq!(all_named(b"eR8GPfTGH1AFDr1+0unbrw==", b"tVsvzb6nd/GdMg==", &[]), ["digest-cut-at-zero", "digest-cut"]);
}
