//! Bytes made visible: nothing that moves a cursor comes through, and nothing is lost.

use proptest::prelude::*;
use wskey::escape::visible;

#[track_caller]
fn shows(bytes: &[u8], text: &str) {
    assert_eq!(visible(bytes).to_string(), text);
}

#[test]
fn each_kind() {
    shows(b"", "");
    shows(b"plain 'text' \"quoted\"", "plain 'text' \"quoted\"");
    shows("dash \u{2013}, \u{e9}, \u{1f600}".as_bytes(), "dash \u{2013}, \u{e9}, \u{1f600}");
    shows(b"\r\n\t", r"\r\n\t");
    shows(b"\0\x1b[2J\x7f", r"\x00\x1b[2J\x7f");
    shows(b"\\r", r"\\r");
    shows(b"\xff\xc3(", r"\xff\xc3(");
    shows(b"\xe2\x80", r"\xe2\x80");
    // C1, as characters and as bytes: CSI is one of them.
    shows("\u{80}\u{9b}\u{9f}\u{a0}".as_bytes(), "\\u{80}\\u{9b}\\u{9f}\u{a0}");
    shows(b"\x9b", r"\x9b");
    // What UAX #9 calls explicit formatting, and line separators.
    shows("\u{61c}\u{200e}\u{200f}".as_bytes(), "\\u{61c}\\u{200e}\\u{200f}");
    shows("\u{2027}\u{2028}\u{2029}\u{202a}\u{202e}\u{202f}".as_bytes(), "\u{2027}\\u{2028}\\u{2029}\\u{202a}\\u{202e}\u{202f}");
    shows("\u{205f}\u{2066}\u{2069}\u{206a}".as_bytes(), "\u{205f}\\u{2066}\\u{2069}\\u{206a}");
}

/// What has no width hides between letters, and a byte order mark before them.
#[test]
fn c07_what_cannot_be_seen() {
    shows("HT\u{200b}TP\u{200c}/\u{200d}1".as_bytes(), "HT\\u{200b}TP\\u{200c}/\\u{200d}1");
    shows("\u{feff}HTTP/1.1 \u{2060}101".as_bytes(), "\\u{feff}HTTP/1.1 \\u{2060}101");
    // A soft hyphen, a filler, a selector, a tag: ignorable (UAX #44).
    shows("a\u{ad}b\u{3164}c\u{fe0f}d\u{e0041}".as_bytes(), "a\\u{ad}b\\u{3164}c\\u{fe0f}d\\u{e0041}");
}

/// Turns the visible form back.
fn undo(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c != '\\' {
            bytes.extend_from_slice(c.to_string().as_bytes());
            continue;
        }
        let (kind, behind) = rest.split_at(1);
        rest = behind;
        match kind {
            "r" => bytes.push(b'\r'),
            "n" => bytes.push(b'\n'),
            "t" => bytes.push(b'\t'),
            "\\" => bytes.push(b'\\'),
            "x" => {
                bytes.push(u8::from_str_radix(&rest[..2], 16).expect("two digits"));
                rest = &rest[2..];
            }
            "u" => {
                let (number, behind) = rest[1..].split_once('}').expect("braces");
                let c = char::from_u32(u32::from_str_radix(number, 16).expect("digits")).expect("a character");
                bytes.extend_from_slice(c.to_string().as_bytes());
                rest = behind;
            }
            other => panic!("\\{other}"),
        }
    }
    bytes
}

proptest! {
    #[test]
    fn nothing_is_lost(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        prop_assert_eq!(undo(&visible(&bytes).to_string()), bytes);
    }

    #[test]
    fn no_character_is_lost(text in any::<String>()) {
        let escaped = visible(text.as_bytes()).to_string();
        prop_assert!(!escaped.contains(char::is_control));
        prop_assert_eq!(undo(&escaped), text.into_bytes());
    }
}
