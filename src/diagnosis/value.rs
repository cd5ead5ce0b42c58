//! What becomes of the value's text, undone; and what a text is that is not an accept value.

use super::key::{LENIENT, from_hex, replace};
use super::mistake::{Mistake, Step};
use crate::escape::visible;
use crate::handshake::Accept;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The text from which a mistake made the received one, if it can have done so.
pub(super) type Undo = fn(&[u8]) -> Option<Vec<u8>>;

/// What was received, or the text from which it may have been made, and what it decodes to: nothing where it is not base64.
pub(super) struct Received {
    pub(super) text: Vec<u8>,
    pub(super) bytes: Vec<u8>,
    pub(super) mistakes: Vec<&'static str>,
}

impl Received {
    fn new(text: Vec<u8>, mistakes: Vec<&'static str>) -> Self {
        Self { bytes: STANDARD.decode(&text).unwrap_or_default(), text, mistakes }
    }

    /// The fewest hexadecimal digits, in base64 or as they are, that are compared.
    pub(super) fn hex_digits(&self, length: std::ops::Range<usize>) -> impl Iterator<Item = &[u8]> {
        let texts = [&*self.bytes, &*self.text].into_iter();
        texts.filter(move |text| length.contains(&text.len()) && text.iter().all(u8::is_ascii_hexdigit))
    }
}

/// What was received, then everything that one mistake can have made it of, then two.
pub(super) fn undone(accept: &[u8]) -> Vec<Received> {
    let mut all = vec![Received::new(accept.to_vec(), Vec::new())];
    let mut from = 0;
    for _ in 0..2 {
        let to = all.len();
        for at in from..to {
            for mistake in MISTAKES {
                if let Some(text) = (mistake.how)(&all[at].text)
                    && all[at].mistakes.iter().all(|done| *done != mistake.id)
                {
                    // The last to be undone was the first to be made.
                    let mistakes = [mistake.id].into_iter().chain(all[at].mistakes.iter().copied()).collect();
                    all.push(Received::new(text, mistakes));
                }
            }
        }
        from = to;
    }
    all
}

/// The digest that stands in `text` as 40 hexadecimal digits, with or without separators, and what a shell command puts
/// around it: `sha1sum` a dash, `openssl` a name.
fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    let run = text.split(|b| !b.is_ascii_hexdigit()).find(|run| run.len() == 40).map(<[u8]>::to_vec);
    let joined = || {
        let bare = String::from_utf8_lossy(text).replace("0x", "").replace("\\x", "");
        let digits: Vec<u8> = bare.bytes().filter(|b| !b" :-,{}[]<>\t\r\n".contains(b)).collect();
        (digits.len() == 40 && digits.iter().all(u8::is_ascii_hexdigit)).then_some(digits)
    };
    let digits = run.or_else(joined)?;
    from_hex(&digits)
}

/// The digest that stands in `text` as 20 decimal numbers, as languages print a list of bytes; Java's are signed.
fn unlist(text: &[u8]) -> Option<Vec<u8>> {
    let words = text.split(|b| !b.is_ascii_digit() && *b != b'-').filter(|word| !word.is_empty());
    let byte = |word| match std::str::from_utf8(word).ok()?.parse() {
        Ok(number @ -128..=255_i16) => u8::try_from(number.rem_euclid(256)).ok(),
        _ => None,
    };
    words.take(21).map(byte).collect::<Option<Vec<_>>>().filter(|bytes| bytes.len() == 20)
}

/// `text`, if it differs from what was received: a mistake that changes nothing did not happen.
fn changed(text: Vec<u8>, received: &[u8]) -> Option<Vec<u8>> {
    (text != received).then_some(text)
}

fn trim_padding(text: &[u8]) -> &[u8] {
    text.split_at(text.len() - text.iter().rev().take_while(|b| **b == b'=').count()).0
}

/// `text` with as many `=` as its length demands.
fn pad(text: &[u8]) -> Vec<u8> {
    let missing = text.len().next_multiple_of(4) - text.len();
    [text, &vec![b'='; missing]].concat()
}

/// The likeliest first.
pub(super) const MISTAKES: &[Mistake<Undo>] = &[
    Mistake {
        id: "accept-hex-encoded",
        step: Step::Value,
        description: "the digest was encoded from its hexadecimal text, not from its bytes",
        fix: "encode the digest's 20 raw bytes: digest() instead of hexdigest(), sha1($x, true), digest('base64') instead of \
              digest('hex'), openssl dgst -sha1 -binary instead of sha1sum",
        how: |text| unhex(&STANDARD.decode(text).ok()?).map(|digest| STANDARD.encode(digest).into_bytes()),
    },
    Mistake {
        id: "accept-hex",
        step: Step::Value,
        description: "the digest was sent in hexadecimal, not in base64",
        fix: "encode the digest's 20 raw bytes in base64: digest('base64') instead of digest('hex'), base64_encode(sha1($x, true))",
        how: |text| unhex(text).map(|digest| STANDARD.encode(digest).into_bytes()),
    },
    Mistake {
        id: "accept-list",
        step: Step::Value,
        description: "the digest was written as a list of decimal numbers",
        fix: "encode the digest's 20 raw bytes, not the list as it is printed: btoa(String.fromCharCode(...bytes)) instead of btoa(bytes)",
        how: |text| {
            let decoded = || unlist(&STANDARD.decode(text).ok()?);
            unlist(text).or_else(decoded).map(|digest| STANDARD.encode(digest).into_bytes())
        },
    },
    Mistake {
        id: "accept-unpadded",
        step: Step::Value,
        description: "the value has no padding",
        fix: "encode with padding, so that the value ends in one =: StdEncoding instead of RawStdEncoding",
        how: |text| if text.ends_with(b"=") { None } else { changed(pad(text), text) },
    },
    Mistake {
        id: "accept-padding",
        step: Step::Value,
        description: "the value's padding is wrong",
        fix: "encode the digest's 20 bytes in one piece, and add nothing: the value ends in one =",
        how: |text| if text.ends_with(b"=") { changed(pad(trim_padding(text)), text) } else { None },
    },
    Mistake {
        id: "accept-url-alphabet",
        step: Step::Value,
        description: "the value is in the URL alphabet",
        fix: "encode in standard base64, with + and /: StdEncoding instead of URLEncoding, b64encode() instead of urlsafe_b64encode()",
        how: |text| changed(replace(&replace(text, b'-', b"+"), b'_', b"/"), text),
    },
    Mistake {
        id: "accept-broken",
        step: Step::Value,
        description: "the value contains spaces or line breaks",
        fix: "encode without line breaks: base64 -w0, Base64.strict_encode64, NO_WRAP; strip the one at the end",
        how: |text| changed(text.iter().filter(|b| !b.is_ascii_whitespace()).copied().collect(), text),
    },
    Mistake {
        id: "accept-encoded-twice",
        step: Step::Value,
        description: "the value was encoded in base64 twice",
        fix: "encode once: digest('base64') is encoded already",
        how: |text| {
            let inner = STANDARD.decode(text).ok()?.trim_ascii().to_vec();
            STANDARD.decode(&inner).is_ok_and(|bytes| bytes.len() > 7).then_some(inner)
        },
    },
    Mistake {
        id: "accept-trailing-bits",
        step: Step::Value,
        description: "unused bits of the value's last character are set",
        fix: "encode with a library that sets unused bits to zero (RFC 4648, section 3.5)",
        how: |text| {
            let plain = STANDARD.encode(LENIENT.decode(text).ok()?).into_bytes();
            // Padding that is missing is no unused bit.
            changed(plain, text).filter(|plain| plain.len() == text.len())
        },
    },
    Mistake {
        id: "accept-url-encoded",
        step: Step::Value,
        description: "the value was URL-encoded",
        fix: "send the value as it is: a field needs no %2B, %2F and %3D",
        how: |text| {
            let plain = String::from_utf8_lossy(text).replace("%3D", "=").replace("%2B", "+").replace("%2F", "/");
            changed(plain.replace("%3d", "=").replace("%2b", "+").replace("%2f", "/").into_bytes(), text)
        },
    },
    Mistake {
        id: "accept-url-decoded",
        step: Step::Value,
        description: "the value was URL-decoded, which turned its + into a space",
        fix: "send the value as it is: a field's value is not a URL",
        how: |text| changed(replace(text, b' ', b"+"), text),
    },
    Mistake {
        id: "accept-escaped",
        step: Step::Value,
        description: "characters of the value are escaped",
        fix: "send the value's 28 characters as they are, not as JSON or HTML writes them",
        how: |text| {
            let escapes = [("\\/", "/"), ("\\u002b", "+"), ("\\u002B", "+"), ("\\u003d", "="), ("\\u003D", "=")];
            let entities = [("&#43;", "+"), ("&#x2B;", "+"), ("&#47;", "/"), ("&#x2F;", "/"), ("&#61;", "="), ("&#x3D;", "=")];
            let plain = String::from_utf8_lossy(text).into_owned();
            let plain = escapes.iter().chain(&entities).fold(plain, |text, (from, to)| text.replace(from, to));
            changed(plain.into_bytes(), text)
        },
    },
    Mistake {
        id: "accept-raw",
        step: Step::Value,
        description: "the value was not encoded in base64",
        fix: "encode the digest's 20 bytes in base64",
        how: |text| Some(STANDARD.encode(text).into_bytes()),
    },
];

/// Says what is wrong with the form of an accept value (`decodes to 17 bytes; an accept value has 20`); `None` for a
/// well-formed one. It describes the text, and names no cause.
///
/// ```
/// use wskey::diagnosis::describe;
///
/// assert_eq!(describe(b"mpJ5zQ==").as_deref(), Some("decodes to 4 bytes; an accept value has 20"));
/// assert_eq!(describe(b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), None);
/// ```
#[must_use]
pub fn describe(accept: &[u8]) -> Option<String> {
    let error = Accept::parse(accept).err()?;
    let digits = |text: &[u8]| text.iter().all(u8::is_ascii_hexdigit).then_some(text.len()).and_then(hash_of_digits);
    if let Some(hash) = digits(accept) {
        return Some(format!("is {} hexadecimal digits, the length of {hash} digest; an accept value is base64", accept.len()));
    }
    if let Ok(bytes) = STANDARD.decode(accept)
        && !bytes.is_empty()
    {
        let seen = match (digits(&bytes), bytes.len()) {
            (Some(hash), _) => format!(": as many hexadecimal digits as {hash} digest has"),
            (None, 16) if bytes.iter().all(|b| *b == 0) => ", all of them zero".to_owned(),
            (None, 16) => ", as a key does, or MD5".to_owned(),
            // A printed object, say, or a language's name of an array.
            (None, 0..=64) if bytes.iter().all(|b| matches!(b, b' '..=b'~')) => format!(", the text `{}`", visible(&bytes)),
            (None, 28) => ", as SHA-224 does".to_owned(),
            (None, 32) => ", as SHA-256 does".to_owned(),
            (None, 48) => ", as SHA-384 does".to_owned(),
            (None, 64) => ", as SHA-512 does".to_owned(),
            _ => String::new(),
        };
        if bytes.len() != 20 {
            let unit = if bytes.len() == 1 { "byte" } else { "bytes" };
            return Some(format!("decodes to {} {unit}{seen}; an accept value has 20", bytes.len()));
        }
    }
    let error = error.to_string();
    Some(match error.strip_prefix("accept value: ") {
        Some(where_and_what) => format!("is malformed: {where_and_what}"),
        None => error.strip_prefix("accept value ").unwrap_or(&error).to_owned(),
    })
}

/// The hash whose digest has so many hexadecimal digits, with its article.
fn hash_of_digits(digits: usize) -> Option<&'static str> {
    [(32, "an MD5"), (40, "a SHA-1"), (56, "a SHA-224"), (64, "a SHA-256"), (96, "a SHA-384"), (128, "a SHA-512")]
        .into_iter()
        .find_map(|(length, hash)| (length == digits).then_some(hash))
}
