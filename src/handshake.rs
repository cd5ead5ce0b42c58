//! The key, the accept value, and how the one answers the other (RFC 6455, section 4).

pub(crate) mod batch;
mod error;

pub use error::ParseError;

use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::{Engine as _, alphabet};
use error::Wanted;
use rand::TryRng as _;
use sha1::{Digest as _, Sha1};
use std::str::FromStr;
use std::{array, fmt, io, str};

/// The text that a server appends to the key before hashing (RFC 6455, section 1.3): 36 ASCII characters, upper case.
pub const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A `Sec-WebSocket-Key` (RFC 6455, section 4.1): 16 bytes in padded standard base64, 24 characters.
///
/// It keeps the text that it was parsed from, since the text is what the server hashes.
///
/// ```
/// use wskey::Key;
///
/// let key = Key::parse(b"dGhlIHNhbXBsZSBub25jZQ==")?;
/// assert_eq!(key.accept().as_str(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// assert_eq!(&key.nonce(), b"the sample nonce");
/// # Ok::<(), wskey::ParseError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; Key::LEN]);

impl Key {
    /// The length of a key's text, in characters.
    pub const LEN: usize = 24;

    /// A fresh key from the system's random generator (RFC 6455, section 4.1: a new nonce for each connection).
    ///
    /// # Errors
    /// If the system's random generator fails.
    pub fn random() -> io::Result<Self> {
        let mut nonce = [0; 16];
        rand::rngs::SysRng.try_fill_bytes(&mut nonce).map_err(io::Error::other)?;
        Ok(Self::from_nonce(nonce))
    }

    /// The key that carries these 16 bytes, which must be random for each connection (RFC 6455, section 4.1).
    #[must_use]
    pub fn from_nonce(nonce: [u8; 16]) -> Self {
        Self(encode(&nonce))
    }

    /// Reads a key from its text: exactly 24 characters of standard base64, the last two of them `=`.
    ///
    /// The four unused bits of the 22nd character may be set, since most servers take such keys and RFC 6455 prints one in
    /// section 4.1; [`Key::has_trailing_bits`] tells, and [`Key::parse_strict`] refuses them. Nothing is trimmed: a space
    /// or a line ending is not part of a key.
    ///
    /// # Errors
    /// [`ParseError`] for any other text; its message says what the text is instead.
    #[inline]
    pub fn parse(text: &[u8]) -> Result<Self, ParseError> {
        as_key(text).map(|key| Self(*key)).ok_or_else(|| ParseError::explain(Wanted::Key, text))
    }

    /// Reads a key as [`Key::parse`] does, and demands that the unused bits are zero (RFC 4648, section 3.5).
    ///
    /// # Errors
    /// [`ParseError`] where [`Key::parse`] gives one, and for unused bits that are set.
    #[inline]
    pub fn parse_strict(text: &[u8]) -> Result<Self, ParseError> {
        let key = as_key(text).filter(|key| !has_trailing_bits(key));
        key.map(|key| Self(*key)).ok_or_else(|| ParseError::explain(Wanted::Key, text))
    }

    /// Whether any unused bit is set: then the 22nd character is none of `A`, `Q`, `g`, `w`.
    #[must_use]
    pub fn has_trailing_bits(&self) -> bool {
        has_trailing_bits(&self.0)
    }

    /// The 16 bytes that the key carries.
    #[must_use]
    pub fn nonce(&self) -> [u8; 16] {
        decode(&self.0)
    }

    /// The accept value that answers this key: the key's text followed by the [`GUID`], hashed with SHA-1, the 20 bytes in
    /// base64 (RFC 6455, section 4.2.2, step 5.4).
    #[must_use]
    pub fn accept(&self) -> Accept {
        Accept::of(&self.0)
    }
}

/// A `Sec-WebSocket-Accept` (RFC 6455, section 4.2.2, step 5.4): 20 bytes in padded standard base64, 28 characters.
///
/// ```
/// use wskey::{Accept, Key};
///
/// let key = Key::parse(b"dGhlIHNhbXBsZSBub25jZQ==")?;
/// assert_eq!(Accept::parse(b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")?, key.accept());
/// # Ok::<(), wskey::ParseError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Accept([u8; Accept::LEN]);

impl Accept {
    /// The length of an accept value's text, in characters.
    pub const LEN: usize = 28;

    /// The value that a server computes when it takes these bytes for the key, whatever they are: the base64 of the SHA-1 of
    /// the bytes followed by the GUID.
    #[must_use]
    pub fn of(text: &[u8]) -> Self {
        let digest = Sha1::new().chain_update(text).chain_update(GUID).finalize();
        Self(encode(&digest))
    }

    /// The value whose digest is these 20 bytes.
    #[must_use]
    pub fn from_digest(digest: [u8; 20]) -> Self {
        Self(encode(&digest))
    }

    /// Reads an accept value from its text: exactly 28 characters of standard base64, the last of them `=`, unused bits
    /// zero. Nothing is trimmed.
    ///
    /// # Errors
    /// [`ParseError`] for any other text; its message says what the text is instead.
    pub fn parse(text: &[u8]) -> Result<Self, ParseError> {
        match text.try_into() {
            Ok(accept) if STANDARD.decode_slice(text, &mut [0; 21]) == Ok(20) => Ok(Self(accept)),
            _ => Err(ParseError::explain(Wanted::Accept, text)),
        }
    }

    /// The 20 bytes of the digest.
    #[must_use]
    pub fn digest(&self) -> [u8; 20] {
        decode(&self.0)
    }
}

/// What a key and an accept value share: both are text.
macro_rules! text {
    ($type:ident) => {
        impl $type {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                str::from_utf8(&self.0).expect("ASCII by construction")
            }

            /// The text in bytes of ASCII.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; Self::LEN] {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                Self::parse(text.as_bytes())
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($type)).field(&self.as_str()).finish()
            }
        }
    };
}

text!(Key);
text!(Accept);

/// The text of a key, if it is one: 22 symbols hold 132 bits, 16 bytes and four more. That takes no decoder, and a stream of
/// keys is read a tenth faster without.
#[inline]
fn as_key(text: &[u8]) -> Option<&[u8; Key::LEN]> {
    let key: &[u8; Key::LEN] = text.try_into().ok()?;
    let (symbols, padding) = key.split_at(22);
    (padding == b"==" && symbols.iter().fold(true, |all, byte| all & error::is_symbol(*byte))).then_some(key)
}

fn has_trailing_bits(key: &[u8; Key::LEN]) -> bool {
    !matches!(key[21], b'A' | b'Q' | b'g' | b'w')
}

/// Base64 as most servers read it: padding required, unused trailing bits ignored.
const LENIENT: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// Padded base64 of `bytes`; `N` is the exact length of the text.
fn encode<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut text = [0; N];
    STANDARD.encode_slice(bytes, &mut text).expect("N is the encoded length");
    text
}

/// The `N` bytes that the text of a key or an accept value carries.
fn decode<const N: usize>(text: &[u8]) -> [u8; N] {
    let mut bytes = [0; 21];
    LENIENT.decode_slice(text, &mut bytes).expect("base64 by construction");
    array::from_fn(|i| bytes[i])
}
