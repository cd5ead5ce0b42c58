//! What becomes of the key's text before it is hashed, and the keys that documentation prints.

use super::mistake::{Mistake, Named, Step, Texts};
use crate::escape::hex;
use crate::handshake::Accept;
use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::{alphabet, engine::DecodePaddingMode};
use sha1::{Digest as _, Sha1};

/// Base64 as the most careless server reads it: padding or none, unused bits ignored.
pub(super) const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The keys that documentation prints, and where each is from.
const SAMPLES: &[(&str, &str)] = &[
    ("dGhlIHNhbXBsZSBub25jZQ==", "the sample of RFC 6455, section 1.3"),
    ("AQIDBAUGBwgJCgsMDQ4PEC==", "the sample of RFC 6455, section 4.1"),
    ("x3JJHMbDL1EzLkh9GBhXDw==", "the sample of Wikipedia's article on WebSocket"),
    ("Iv8io/9s+lYFgZWcXczP8Q==", "the sample of a tutorial at javascript.info"),
    ("w4v7O6xFTi36lq3RNcgctw==", "the sample of a widely copied introduction to WebSocket"),
    ("sN9cRrP/n9NdMgdcy2VJFQ==", "the sample of a widely copied tutorial"),
    ("E4WSEcseoWr4csPLS2QJHA==", "the sample of a widely copied tutorial"),
];

/// The keys of documentation and copied code that anyone may make up: they are base64 of what a program starts with, or of
/// what is quickly typed.
const MADE_UP: &[(&str, &str)] = &[
    ("AQIDBAUGBwgJCgsMDQ4PEA==", "the bytes 1 to 16, the sample of RFC 6455, section 4.1"),
    ("SGVsbG8sIHdvcmxkIQ==", "\"Hello, world!\", the key of a widely copied curl command"),
    ("AAAAAAAAAAAAAAAAAAAAAA==", "sixteen zero bytes"),
    ("MTIzNDU2Nzg5MGFiY2RlZg==", "\"1234567890abcdef\", the key of copied curl commands"),
    ("dGVzdA==", "\"test\", the key of copied curl commands"),
];

/// The keys that documentation and copied code print, and where each is from.
pub(super) fn documented() -> impl Iterator<Item = (&'static [u8], &'static str)> {
    SAMPLES.iter().chain(MADE_UP).map(|(key, from)| (key.as_bytes(), *from))
}

/// Whether a key of documentation is one that anyone may make up.
pub(super) fn is_made_up(key: &[u8]) -> bool {
    MADE_UP.iter().any(|(text, _)| text.as_bytes() == key)
}

/// Says where a well-known key comes from: documentation that prints it, or readable text instead of random bytes; `None` for
/// any other key. A key that many know proves nothing (RFC 6455, section 4.1, demands a nonce that is selected randomly).
///
/// ```
/// use wskey::diagnosis::well_known;
///
/// assert_eq!(well_known(b"dGhlIHNhbXBsZSBub25jZQ=="), Some("the sample of RFC 6455, section 1.3"));
/// assert_eq!(well_known(b"Zx8rNEkBE4xnwifpuh8DHQ=="), None);
/// ```
#[must_use]
pub fn well_known(key: &[u8]) -> Option<&'static str> {
    let readable = |nonce: Vec<u8>| nonce.len() >= 16 && nonce.iter().all(|b| matches!(b, b' '..=b'~'));
    match documented().find(|(text, _)| *text == key) {
        Some((_, from)) => Some(from),
        // Of random keys, one in seven million reads like this.
        None if LENIENT.decode(key).is_ok_and(readable) => Some("readable text, not random bytes"),
        None => None,
    }
}

/// `text` with each of these after it, before it, and around it.
fn around(text: &[u8], each: &[&str]) -> Vec<Vec<u8>> {
    each.iter().flat_map(|with| [("", *with), (*with, ""), (*with, *with)]).map(|(a, b)| wrapped(text, a, b)).collect()
}

/// `text` between two others.
fn wrapped(text: &[u8], before: &str, after: &str) -> Vec<u8> {
    [before.as_bytes(), text, after.as_bytes()].concat()
}

/// `text` with each byte of `from` written as `to`.
pub(super) fn replace(text: &[u8], from: u8, to: &[u8]) -> Vec<u8> {
    text.iter().flat_map(|b| if *b == from { to } else { std::slice::from_ref(b) }).copied().collect()
}

/// Each byte as the character of its number, in UTF-8: what a byte string becomes in a language whose strings are text.
pub(super) fn latin1_to_utf8(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|&b| char::from(b)).collect::<String>().into_bytes()
}

/// `text` with each byte written as `N` bytes.
pub(super) fn widen<const N: usize>(text: &[u8], byte: impl Fn(u8) -> [u8; N]) -> Vec<u8> {
    text.iter().flat_map(|&b| byte(b)).collect()
}

/// The bytes that an even number of hexadecimal digits stands for.
pub(super) fn from_hex(digits: &[u8]) -> Option<Vec<u8>> {
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.chunks(2).map(byte).collect()
}

fn unpadded(key: &[u8]) -> &[u8] {
    key.strip_suffix(b"==").or(key.strip_suffix(b"=")).unwrap_or(key)
}

/// The likeliest first.
pub(super) const MISTAKES: &[Mistake<Texts>] = &[
    Mistake {
        id: "key-cr",
        step: Step::Key,
        description: "a carriage return was hashed with the key: {}",
        fix: "split the head's lines at CR LF, not at LF, or trim the value before hashing it: key.trim(), rtrim($key), \
              key.strip(), ${key%$'\\r'}",
        how: |key| around(key, &["\r"]),
    },
    Mistake {
        id: "key-lf",
        step: Step::Key,
        description: "a line feed was hashed with the key: {}",
        fix: "strip the line ending before hashing: `printf %s` instead of `echo`, key.trim(), chomp",
        how: |key| around(key, &["\n"]),
    },
    Mistake {
        id: "key-crlf",
        step: Step::Key,
        description: "a line ending was hashed with the key: {}",
        fix: "strip the line ending before hashing: key.trim(), rtrim($key), key.strip()",
        how: |key| around(key, &["\r\n", "\r\n\r\n", "\n\r", "\r\r\n", "\n\n"]),
    },
    Mistake {
        id: "key-blank",
        step: Step::Key,
        description: "a space was hashed with the key: {}",
        fix: "spaces around a field's value are not part of it: trim the value before hashing it",
        how: |key| around(key, &[" ", "  "]),
    },
    Mistake {
        id: "key-tab",
        step: Step::Key,
        description: "a tab was hashed with the key: {}",
        fix: "tabs around a field's value are not part of it: trim the value before hashing it",
        how: |key| around(key, &["\t"]),
    },
    Mistake {
        id: "key-nul",
        step: Step::Key,
        description: "zero bytes were hashed with the key: {}",
        fix: "hash the key's 24 characters alone: strlen(key), not the size of its buffer",
        how: |key| {
            // A few, or as many as fill a buffer.
            let fill = [32, 40, 64, 128, 256].into_iter().filter_map(|size: usize| size.checked_sub(key.len()));
            let mut texts: Vec<_> = (1..=8).chain(fill).map(|n| wrapped(key, "", &"\0".repeat(n))).collect();
            texts.push(wrapped(key, "\0", ""));
            texts
        },
    },
    Mistake {
        id: "key-decoded",
        step: Step::Key,
        description: "the key was decoded from base64, and the bytes were hashed",
        fix: "hash the key's text as it stands in the request; never decode it",
        how: |key| {
            let bytes = LENIENT.decode(key).unwrap_or_default();
            let texts = [latin1_to_utf8(&bytes), String::from_utf8_lossy(&bytes).into_owned().into_bytes()];
            if bytes.is_empty() { Vec::new() } else { [bytes].into_iter().chain(texts).collect() }
        },
    },
    Mistake {
        id: "key-reencoded",
        step: Step::Key,
        description: "the key was decoded and encoded again, which changed it: {}",
        fix: "hash the key's text as it was sent; do not decode and encode it on the way",
        how: |key| LENIENT.decode(key).map(|bytes| STANDARD.encode(bytes).into_bytes()).into_iter().collect(),
    },
    Mistake {
        id: "key-unpadded",
        step: Step::Key,
        description: "the key was hashed without all of its padding: {}",
        fix: "keep the = at the end of the key: split a field at its first colon only, never at =",
        how: |key| match key.len() - unpadded(key).len() {
            2 => vec![unpadded(key).to_vec(), key[..key.len() - 1].to_vec()],
            1 => vec![unpadded(key).to_vec()],
            _ => Vec::new(),
        },
    },
    Mistake {
        id: "key-empty",
        step: Step::Key,
        description: "no key was hashed, the GUID alone",
        fix: "field names are case-insensitive: look up sec-websocket-key in any letter case, and refuse a request without one",
        how: |_| vec![Vec::new()],
    },
    Mistake {
        id: "key-literal",
        step: Step::Key,
        description: "a word of the programming language was hashed instead of the key: {}",
        fix: "the key's field was not found or not yet read when it was hashed: look up its name case-insensitively",
        how: |_| {
            ["undefined", "null", "None", "nil", "NULL", "(null)", "false", "true", "NaN", "0", "[object Object]", "Array"]
                .into_iter()
                .chain(["Sec-WebSocket-Key", "sec-websocket-key", "key", "Key", "$key", "{key}"])
                .map(|word| word.as_bytes().to_vec())
                .collect()
        },
    },
    Mistake {
        id: "key-line",
        step: Step::Key,
        description: "the field's name was hashed with the key: {}",
        fix: "hash the field's value alone: what follows the colon, trimmed",
        how: |key| {
            let names = ["Sec-WebSocket-Key", "sec-websocket-key", "Sec-Websocket-Key", "SEC-WEBSOCKET-KEY", "Key", ""];
            [": ", ":", "="]
                .into_iter()
                .flat_map(|colon| names.map(|name| format!("{name}{colon}")))
                .map(|name| wrapped(key, &name, ""))
                .collect()
        },
    },
    Mistake {
        id: "key-run-on",
        step: Step::Key,
        description: "the next field, or its name, was hashed with the key: {}",
        fix: "split the head at its line endings first: split at spaces alone, a value runs on into the next line",
        how: |key| {
            let next = ["Sec-WebSocket-Version", "Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol", "Connection", "Upgrade"]
                .into_iter()
                .chain(["Origin", "User-Agent", "Host", "Cookie", "Pragma", "Cache-Control", "Accept-Encoding"]);
            let names = next.flat_map(|name| [name.to_owned(), name.to_ascii_lowercase()]).map(|name| name + ":");
            // What browsers and common clients send after the key.
            let lines = ["Version: 13", "Extensions: permessage-deflate; client_max_window_bits"]
                .into_iter()
                .flat_map(|line| ["", "\r", "\r\n", "\r\n\r\n"].map(|end| format!("Sec-WebSocket-{line}{end}")));
            names.chain(lines).flat_map(|text| ["\r\n", "\n"].map(|end| wrapped(key, "", &format!("{end}{text}")))).collect()
        },
    },
    Mistake {
        id: "key-quoted",
        step: Step::Key,
        description: "quotes were hashed with the key: {}",
        fix: "strip the quotes from the key before hashing; parse JSON, do not cut it",
        how: |key| around(key, &["\"", "'", "`"]),
    },
    Mistake {
        id: "key-printed",
        step: Step::Key,
        description: "the key was hashed as the programming language prints it: {}",
        fix: "hash the text, not its printed form: key.decode() instead of str(key), the first value instead of a list of values",
        how: |key| {
            [
                ("b'", "'"),
                ("b\"", "\""),
                ("['", "']"),
                ("[\"", "\"]"),
                ("[b'", "']"),
                ("[", "]"),
                ("{", "}"),
                ("<", ">"),
                ("(", ")"),
            ]
            .into_iter()
            .map(|(before, after)| wrapped(key, before, after))
            .collect()
        },
    },
    Mistake {
        id: "key-lower",
        step: Step::Key,
        description: "the key was hashed in lower case",
        fix: "change the letter case of field names only: a key's letters are data",
        how: |key| vec![key.to_ascii_lowercase()],
    },
    Mistake {
        id: "key-upper",
        step: Step::Key,
        description: "the key was hashed in upper case",
        fix: "change the letter case of field names only: a key's letters are data",
        how: |key| vec![key.to_ascii_uppercase()],
    },
    Mistake {
        id: "key-url-decoded",
        step: Step::Key,
        description: "the key was URL-decoded, which turned its + into a space",
        fix: "a field's value is not a URL: do not decode it",
        how: |key| vec![replace(key, b'+', b" ")],
    },
    Mistake {
        id: "key-url-encoded",
        step: Step::Key,
        description: "the key was URL-encoded: {}",
        fix: "hash the key as it was sent: no encodeURIComponent(), no urlencode()",
        how: |key| {
            let padding = replace(key, b'=', b"%3D");
            let all = replace(&replace(&padding, b'+', b"%2B"), b'/', b"%2F");
            let lower = replace(&replace(&replace(key, b'=', b"%3d"), b'+', b"%2b"), b'/', b"%2f");
            vec![all, lower, padding]
        },
    },
    Mistake {
        id: "key-url-alphabet",
        step: Step::Key,
        description: "the key was converted to the URL alphabet: {}",
        fix: "hash the key as it was sent, with its + and /",
        how: |key| {
            let url = replace(&replace(key, b'+', b"-"), b'/', b"_");
            vec![unpadded(&url).to_vec(), url]
        },
    },
    Mistake {
        id: "key-escaped",
        step: Step::Key,
        description: "escapes were hashed as they are written: {}",
        fix: "write line endings in double quotes, \"\\r\\n\" instead of '\\r\\n', and parse JSON before use",
        how: |key| {
            let mut texts = around(key, &["\\r\\n", "\\r", "\\n"]);
            texts.extend([replace(key, b'=', b"\\u003d"), replace(key, b'/', b"\\/"), replace(key, b'+', b"\\u002b")]);
            texts
        },
    },
    Mistake {
        id: "key-punctuation",
        step: Step::Key,
        description: "punctuation that does not belong to the key was hashed with it: {}",
        fix: "hash the key alone",
        how: |key| [",", ";", ".", ", ", "; ", "%", "="].into_iter().map(|sign| wrapped(key, "", sign)).collect(),
    },
    Mistake {
        id: "key-twice",
        step: Step::Key,
        description: "the key was hashed twice in a row: {}",
        fix: "hash the key once; refuse a request with two Sec-WebSocket-Key fields",
        how: |key| ["", ", ", ",", "\r\n"].into_iter().map(|join| [key, join.as_bytes(), key].concat()).collect(),
    },
    Mistake {
        id: "key-encoded",
        step: Step::Key,
        description: "the key was encoded in base64 once more before it was hashed",
        fix: "the key is base64 already: hash it as it was sent",
        how: |key| vec![STANDARD.encode(key).into_bytes(), wrapped(STANDARD.encode(key).as_bytes(), "", "\n")],
    },
    Mistake {
        id: "key-hex",
        step: Step::Key,
        description: "the key's bytes were hashed in hexadecimal: {}",
        fix: "hash the key's text as it stands in the request",
        how: |key| {
            let bytes = [LENIENT.decode(key).unwrap_or_default(), key.to_vec()];
            bytes.iter().map(|b| hex(b)).flat_map(|hex| [hex.to_ascii_uppercase(), hex]).map(String::into_bytes).collect()
        },
    },
    Mistake {
        id: "key-hashed",
        step: Step::Key,
        description: "the key was hashed before the GUID was appended, and the result was hashed again",
        fix: "hash once: SHA-1 of key and GUID together",
        how: |key| {
            let digest = Sha1::digest(key);
            let text = STANDARD.encode(digest).into_bytes();
            vec![digest.to_vec(), hex(&digest).into_bytes(), text, Accept::of(key).as_bytes().to_vec()]
        },
    },
    Mistake {
        id: "key-bom",
        step: Step::Key,
        description: "a byte order mark was hashed with the key",
        fix: "write the key's file without a byte order mark",
        how: |key| vec![wrapped(key, "\u{feff}", "")],
    },
    Mistake {
        id: "key-utf16",
        step: Step::Key,
        description: "the key alone was hashed as UTF-16",
        fix: "convert the key to ASCII bytes before hashing it: Encoding.ASCII instead of Encoding.Unicode, UTF8String",
        how: |key| vec![widen(key, |b| [b, 0]), widen(key, |b| [0, b])],
    },
    Mistake {
        id: "key-cut",
        step: Step::Key,
        description: "the key was cut short: {}",
        fix: "make room for all 24 characters of the key, and for a terminating zero byte in C",
        how: |key| (8..key.len()).rev().take(32).map(|n| key[..n].to_vec()).collect(),
    },
    Mistake {
        id: "key-cut-front",
        step: Step::Key,
        description: "the start of the key was cut off: {}",
        fix: "take the value from after the colon and any spaces, not from a fixed offset",
        how: |key| (1..(key.len() + 1).saturating_sub(8)).take(16).map(|n| key[n..].to_vec()).collect(),
    },
];

/// Another key was taken, one of those at hand.
pub(super) const OTHER: Named = Mistake {
    id: "other-key",
    step: Step::OtherKey,
    description: "the value is right for another key: {}",
    fix: "answer each request with the value of its own key: look for a proxy that makes a handshake of its own, a cached response, \
          a client object used for two connections, and two key fields in one request",
    how: (),
};
/// Another key was taken, one that documentation prints.
pub(super) const SAMPLE: Named = Mistake {
    id: "sample-key",
    step: Step::DocumentedKey,
    description: "the value is right for a key that documentation prints, {}",
    fix: "compute the value from the key of each request; this one was copied",
    how: (),
};
