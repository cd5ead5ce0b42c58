//! Why a text is not a key or not an accept value.

use base64::alphabet;
use std::fmt;

/// Why a text is not a key or not an accept value. Its message names the value, says what the text is, and what would be
/// right: `key decodes to 13 bytes, expected 16`.
///
/// ```
/// use wskey::Key;
///
/// let error = Key::parse(b"dGhlIHNhbXBsZSBub25j").unwrap_err();
/// assert_eq!(error.to_string(), "key decodes to 15 bytes, expected 16");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ParseError {
    wanted: Wanted,
    reason: Reason,
}

/// What the text should have been.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wanted {
    Key,
    Accept,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Reason {
    Empty,
    ByteOrderMark,
    Character { byte: u8, offset: usize },
    PaddingInside { offset: usize },
    Padding { symbols: usize, padding: usize },
    Bytes(usize),
    TrailingBits { found: u8, zero: u8 },
}

impl ParseError {
    /// Finds out what `text` is, given that it is not what `wanted` demands.
    #[cold]
    pub(super) fn explain(wanted: Wanted, text: &[u8]) -> Self {
        let symbols = text.len() - text.iter().rev().take_while(|&&b| b == b'=').count();
        let padding = text.len() - symbols;
        // Four symbols carry three bytes; a last group of two or three symbols is filled up with `=`.
        let bytes = symbols / 4 * 3 + (symbols % 4).saturating_sub(1);
        let foreign = text.iter().position(|b| !is_symbol(*b) && *b != b'=');
        let inside = text[..symbols].iter().position(|b| *b == b'=');
        let reason = match (foreign, inside) {
            _ if text.is_empty() => Reason::Empty,
            (Some(0), _) if text.starts_with(b"\xEF\xBB\xBF") => Reason::ByteOrderMark,
            (Some(offset), _) => Reason::Character { byte: text[offset], offset },
            (None, Some(offset)) => Reason::PaddingInside { offset },
            _ if !(symbols + padding).is_multiple_of(4) || padding > 2 => Reason::Padding { symbols, padding },
            _ if bytes != wanted.bytes() => Reason::Bytes(bytes),
            _ => {
                let found = text[symbols - 1];
                Reason::TrailingBits { found, zero: without_unused_bits(found, padding) }
            }
        };
        Self { wanted, reason }
    }
}

/// Whether a byte is one of the 64 that base64 writes (RFC 4648, section 4).
pub(super) fn is_symbol(byte: u8) -> bool {
    // The slash stands right before the digits.
    matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'/'..=b'9' | b'+')
}

/// The symbol that `symbol` becomes when the bits that the last group does not use are zero: four with two `=`, two with one.
fn without_unused_bits(symbol: u8, padding: usize) -> u8 {
    let alphabet = alphabet::STANDARD.as_str().as_bytes();
    let value = alphabet.iter().position(|&s| s == symbol).unwrap_or(0);
    alphabet[value >> (2 * padding) << (2 * padding)]
}

impl Wanted {
    fn bytes(self) -> usize {
        match self {
            Self::Key => 16,
            Self::Accept => 20,
        }
    }

    /// How many symbols, and how many `=` after them, the right text has.
    fn shape(self) -> (usize, usize) {
        match self {
            Self::Key => (22, 2),
            Self::Accept => (27, 1),
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "key",
            Self::Accept => "accept value",
        })
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { wanted, reason } = self;
        let (right_symbols, right_padding) = wanted.shape();
        match *reason {
            Reason::Empty => write!(f, "{wanted} is empty, expected {} characters", right_symbols + right_padding),
            Reason::ByteOrderMark => write!(f, "{wanted} begins with a UTF-8 byte order mark, expected only base64"),
            Reason::Character { byte, offset } => {
                write!(f, "{wanted}: '{}' at offset {offset} is not base64", byte.escape_ascii())?;
                match byte {
                    b'-' => f.write_str(", expected '+' ('-' belongs to the URL alphabet)"),
                    b'_' => f.write_str(", expected '/' ('_' belongs to the URL alphabet)"),
                    _ => Ok(()),
                }
            }
            Reason::PaddingInside { offset } => {
                write!(f, "{wanted}: '=' at offset {offset} is not base64, expected padding only at the end")
            }
            Reason::Padding { symbols, padding } => {
                let noun = if symbols == 1 { "symbol" } else { "symbols" };
                write!(f, "{wanted} is not padded base64: {symbols} {noun} and {padding} '=', ")?;
                write!(f, "expected {right_symbols} and {right_padding}")
            }
            Reason::Bytes(bytes) => {
                let noun = if bytes == 1 { "byte" } else { "bytes" };
                write!(f, "{wanted} decodes to {bytes} {noun}, expected {}", wanted.bytes())
            }
            Reason::TrailingBits { found, zero } => {
                let (found, zero) = (char::from(found), char::from(zero));
                write!(f, "{wanted} has unused bits set: '{found}' before the padding, expected '{zero}'")
            }
        }
    }
}

impl std::error::Error for ParseError {}
