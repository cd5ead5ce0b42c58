//! The key, the accept value, and whether they belong together (RFC 6455, section 4).

use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::{Engine as _, alphabet};
use rand::CryptoRng;
use sha1::{Digest as _, Sha1};
use std::fmt;
use std::str::FromStr;

/// The text that is appended to the key before hashing (RFC 6455, section 1.3): 36 ASCII characters, in upper case.
pub const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Base64 as most servers read it: padding required, unused trailing bits ignored.
const LENIENT: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// The SHA-1 state before the first block (RFC 3174, section 6.1).
pub(crate) const SHA1_START: [u32; 5] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0];

/// Key and GUID are 60 bytes, padded to two blocks of 64 (RFC 3174, section 4). All but the key is known beforehand.
const PADDED: [[u8; 64]; 2] = {
    let mut blocks = [[0; 64]; 2];
    let mut i = 0;
    while i < GUID.len() {
        blocks[0][Key::LEN + i] = GUID.as_bytes()[i];
        i += 1;
    }
    blocks[0][Key::LEN + GUID.len()] = 0x80;
    let bits = (8 * (Key::LEN + GUID.len()) as u64).to_be_bytes();
    blocks[1][62] = bits[6];
    blocks[1][63] = bits[7];
    blocks
};

/// A `Sec-WebSocket-Key` (RFC 6455, section 4.1): 16 bytes in padded standard base64, 24 characters.
///
/// It keeps the text that it was parsed from, for the text is what the server hashes.
///
/// ```
/// # fn main() -> Result<(), wskey::ParseError> {
/// use wskey::Key;
///
/// let key = Key::parse(b"dGhlIHNhbXBsZSBub25jZQ==")?;
/// assert_eq!(key.accept().to_string(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// assert_eq!(&key.nonce(), b"the sample nonce");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; Key::LEN]);

impl Key {
    /// The length of a key's text, in characters.
    pub const LEN: usize = 24;

    /// A fresh key from a cryptographic generator (RFC 6455, section 4.1: the nonce is random for each connection).
    ///
    /// ```
    /// use rand::{SeedableRng as _, rngs::{StdRng, SysRng}};
    /// use wskey::Key;
    ///
    /// # fn main() -> Result<(), rand::rngs::SysError> {
    /// let mut rng = StdRng::try_from_rng(&mut SysRng)?;
    /// assert_ne!(Key::generate(&mut rng), Key::generate(&mut rng));
    /// # Ok(())
    /// # }
    /// ```
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut nonce = [0; 16];
        rng.fill_bytes(&mut nonce);
        Self::from_nonce(nonce)
    }

    /// The key that carries these 16 bytes.
    #[must_use]
    pub fn from_nonce(nonce: [u8; 16]) -> Self {
        Self(encode(&nonce))
    }

    /// Reads a key from its text: exactly 24 characters of standard base64, the last two of them `=`.
    ///
    /// The four bits of the 22nd character that carry nothing may be set, since most servers take such keys and RFC 6455
    /// prints one in section 4.1; [`Key::has_trailing_bits`] tells, and [`Key::parse_strict`] refuses them. Nothing is
    /// trimmed: a blank or a line ending is not part of a key.
    ///
    /// # Errors
    /// [`ParseError`] for any other text; its message says what the text is instead.
    pub fn parse(text: &[u8]) -> Result<Self, ParseError> {
        match (<[u8; Self::LEN]>::try_from(text), LENIENT.decode_slice(text, &mut [0; 18])) {
            (Ok(key), Ok(16)) => Ok(Self(key)),
            _ => Err(ParseError::explain(Subject::Key, text)),
        }
    }

    /// Reads a key as [`Key::parse`] does, and demands that the unused bits are zero (RFC 4648, section 3.5).
    ///
    /// # Errors
    /// [`ParseError`] where [`Key::parse`] gives one, and for set trailing bits.
    pub fn parse_strict(text: &[u8]) -> Result<Self, ParseError> {
        let key = Self::parse(text)?;
        if key.has_trailing_bits() {
            return Err(ParseError::explain(Subject::Key, text));
        }
        Ok(key)
    }

    /// Whether any of the four bits that the 22nd character does not need is set: then it is none of `A`, `Q`, `g`, `w`.
    #[must_use]
    pub fn has_trailing_bits(&self) -> bool {
        !matches!(self.0[21], b'A' | b'Q' | b'g' | b'w')
    }

    /// The 16 bytes that the key carries.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "a key is base64 of 16 bytes by construction")]
    pub fn nonce(&self) -> [u8; 16] {
        let mut bytes = [0; 18];
        LENIENT.decode_slice(self.0, &mut bytes).expect("a key is base64 of 16 bytes by construction");
        std::array::from_fn(|i| bytes[i])
    }

    /// The key's text, as it was given.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "a key is ASCII by construction")]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a key is ASCII by construction")
    }

    /// The accept value that answers this key (RFC 6455, section 4.2.2, step 5.4).
    #[must_use]
    pub fn accept(&self) -> Accept {
        let [accept] = accept_each(&[*self]);
        accept
    }

    /// The accept values of many keys, in their order: the same as [`Key::accept`] of each, and faster.
    pub fn accept_all(keys: &[Self]) -> impl Iterator<Item = Accept> {
        // A block that was written just before it is hashed stalls the hashing; sixteen are written, then hashed.
        let (rows, rest) = keys.as_chunks::<16>();
        rows.iter().flat_map(accept_each).chain(rest.iter().map(Self::accept))
    }
}

fn accept_each<const N: usize>(keys: &[Key; N]) -> [Accept; N] {
    let mut blocks = [PADDED; N];
    for (block, key) in blocks.iter_mut().zip(keys) {
        block[0][..Key::LEN].copy_from_slice(&key.0);
    }
    blocks.map(|block| {
        let mut state = SHA1_START;
        sha1::block_api::compress(&mut state, &block);
        let mut digest = [0; 20];
        for (bytes, word) in digest.chunks_exact_mut(4).zip(state) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
        Accept(digest)
    })
}

impl FromStr for Key {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text.as_bytes())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(&self.as_str()).finish()
    }
}

/// A `Sec-WebSocket-Accept` value (RFC 6455, section 4.2.2, step 5.4): a SHA-1 digest, 20 bytes, 28 characters of base64.
///
/// Strict base64 is one-to-one, so equal digests are equal texts, and `==` is the exact comparison that section 4.1
/// asks of a client. It takes no constant time: the value is public and proves no identity.
///
/// ```
/// # fn main() -> Result<(), wskey::ParseError> {
/// use wskey::{Accept, Key};
///
/// let key = Key::parse(b"dGhlIHNhbXBsZSBub25jZQ==")?;
/// assert_eq!(Accept::parse(b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")?, key.accept());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Accept([u8; 20]);

impl Accept {
    /// The length of an accept value's text, in characters.
    pub const LEN: usize = 28;

    /// The value that a server computes which takes these bytes for the key, whatever they are: the base64 of the SHA-1
    /// of the bytes and the GUID.
    #[must_use]
    pub fn of(text: &[u8]) -> Self {
        Self(Sha1::new().chain_update(text).chain_update(GUID).finalize().into())
    }

    /// The value whose digest is these 20 bytes.
    #[must_use]
    pub fn from_digest(digest: [u8; 20]) -> Self {
        Self(digest)
    }

    /// Reads an accept value from its text: exactly 28 characters of standard base64, the last of them `=`, unused bits
    /// zero. Nothing is trimmed.
    ///
    /// # Errors
    /// [`ParseError`] for any other text; its message says what the text is instead.
    pub fn parse(text: &[u8]) -> Result<Self, ParseError> {
        let mut bytes = [0; 21];
        if text.len() == Self::LEN && STANDARD.decode_slice(text, &mut bytes) == Ok(20) {
            return Ok(Self(std::array::from_fn(|i| bytes[i])));
        }
        Err(ParseError::explain(Subject::Accept, text))
    }

    /// The 20 bytes of the digest.
    #[must_use]
    pub fn digest(&self) -> [u8; 20] {
        self.0
    }

    /// The value's text in ASCII.
    #[must_use]
    pub fn encode(&self) -> [u8; Self::LEN] {
        encode(&self.0)
    }
}

impl FromStr for Accept {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text.as_bytes())
    }
}

impl fmt::Display for Accept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&STANDARD.encode(self.0))
    }
}

/// The digest in hex.
impl fmt::LowerHex for Accept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Accept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Accept").field(&self.to_string()).finish()
    }
}

/// Padded base64 of `bytes`; `N` is the exact length of the text.
fn encode<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut text = [0; N];
    STANDARD.encode_slice(bytes, &mut text).expect("N is the encoded length");
    text
}

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
    subject: Subject,
    reason: Reason,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Subject {
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
    /// Finds out what `text` is, given that it is not what `subject` demands.
    fn explain(subject: Subject, text: &[u8]) -> Self {
        let is_symbol = |&b: &u8| b.is_ascii_alphanumeric() || b == b'+' || b == b'/';
        let symbols = text.len() - text.iter().rev().take_while(|&&b| b == b'=').count();
        let padding = text.len() - symbols;
        let foreign = text.iter().position(|b| !is_symbol(b) && *b != b'=');
        let inside = text[..symbols].iter().position(|b| *b == b'=');
        let reason = match (foreign, inside) {
            _ if text.is_empty() => Reason::Empty,
            (Some(0), _) if text.starts_with(b"\xEF\xBB\xBF") => Reason::ByteOrderMark,
            (Some(offset), _) => Reason::Character { byte: text[offset], offset },
            (None, Some(offset)) => Reason::PaddingInside { offset },
            // Four symbols carry three bytes; a last group of two or three symbols is filled up with `=`.
            _ if !(symbols + padding).is_multiple_of(4) || padding > 2 => Reason::Padding { symbols, padding },
            _ if symbols / 4 * 3 + (symbols % 4).saturating_sub(1) != subject.bytes() => {
                Reason::Bytes(symbols / 4 * 3 + (symbols % 4).saturating_sub(1))
            }
            _ => {
                let found = text[symbols - 1];
                Reason::TrailingBits { found, zero: without_unused_bits(found, padding) }
            }
        };
        Self { subject, reason }
    }
}

/// The symbol that `symbol` becomes when the bits that the last group does not use are zero: four with two `=`, two with one.
fn without_unused_bits(symbol: u8, padding: usize) -> u8 {
    let alphabet = alphabet::STANDARD.as_str().as_bytes();
    let value = alphabet.iter().position(|&s| s == symbol).unwrap_or(0);
    alphabet[value >> (2 * padding) << (2 * padding)]
}

impl Subject {
    fn bytes(self) -> usize {
        match self {
            Self::Key => 16,
            Self::Accept => 20,
        }
    }

    /// How many symbols, and how many `=` behind them, the right text has.
    fn shape(self) -> (usize, usize) {
        match self {
            Self::Key => (22, 2),
            Self::Accept => (27, 1),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "key",
            Self::Accept => "accept value",
        })
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, reason } = self;
        let (right_symbols, right_padding) = subject.shape();
        match *reason {
            Reason::Empty => write!(f, "{subject} is empty, expected {} characters", right_symbols + right_padding),
            Reason::ByteOrderMark => write!(f, "{subject} begins with a UTF-8 byte order mark, expected base64 alone"),
            Reason::Character { byte, offset } => {
                write!(f, "{subject}: '{}' at offset {offset} is not base64", byte.escape_ascii())?;
                match byte {
                    b'-' => f.write_str(", expected '+' (it is of the URL alphabet)"),
                    b'_' => f.write_str(", expected '/' (it is of the URL alphabet)"),
                    _ => Ok(()),
                }
            }
            Reason::PaddingInside { offset } => {
                write!(f, "{subject}: '=' at offset {offset} is not base64, expected padding at the end alone")
            }
            Reason::Padding { symbols, padding } => write!(
                f,
                "{subject} is not padded base64: {symbols} symbols and {padding} '=', expected {right_symbols} and {right_padding}"
            ),
            Reason::Bytes(bytes) => write!(f, "{subject} decodes to {bytes} bytes, expected {}", subject.bytes()),
            Reason::TrailingBits { found, zero } => {
                write!(
                    f,
                    "{subject} has unused bits set: '{}' before the padding, expected '{}'",
                    char::from(found),
                    char::from(zero)
                )
            }
        }
    }
}

impl std::error::Error for ParseError {}
