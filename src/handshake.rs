//! The key, the accept value, and whether they belong together (RFC 6455, section 4).

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use base64::engine::Simd;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::{Engine, alphabet};
use rand::CryptoRng;
use sha1::{Digest as _, Sha1};
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

/// The text that is appended to the key before hashing (RFC 6455, section 1.3): 36 ASCII characters, in upper case.
pub const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Base64 as most servers read it: padding required, unused trailing bits ignored.
const LENIENT: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// [`STANDARD`] by the vector instructions that the processor has. Made when it is first needed: to ask the processor takes
/// longer than many a key.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
static VECTORS: LazyLock<Simd> = LazyLock::new(|| Simd::standard(GeneralPurposeConfig::new()));
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
static VECTORS: LazyLock<GeneralPurpose> = LazyLock::new(|| STANDARD);

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
    #[inline]
    pub fn parse(text: &[u8]) -> Result<Self, ParseError> {
        as_key(text).map(|key| Self(*key)).ok_or_else(|| ParseError::explain(Subject::Key, text))
    }

    /// Reads a key as [`Key::parse`] does, and demands that the unused bits are zero (RFC 4648, section 3.5).
    ///
    /// # Errors
    /// [`ParseError`] where [`Key::parse`] gives one, and for set trailing bits.
    #[inline]
    pub fn parse_strict(text: &[u8]) -> Result<Self, ParseError> {
        // The bits are looked at before the key is made: taken out of the midst of it, they would have it moved in pieces.
        let key = as_key(text).filter(|key| !has_trailing_bits(key));
        key.map(|key| Self(*key)).ok_or_else(|| ParseError::explain(Subject::Key, text))
    }

    /// Whether any of the four bits that the 22nd character does not need is set: then it is none of `A`, `Q`, `g`, `w`.
    #[must_use]
    pub fn has_trailing_bits(&self) -> bool {
        has_trailing_bits(&self.0)
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
        let [accept] = Blocks::new().accept(&[*self], &STANDARD);
        accept
    }

    /// The accept values of many keys, in their order: the same as [`Key::accept`] of each, and faster.
    #[must_use]
    pub fn accept_all(keys: &[Self]) -> Vec<Accept> {
        let mut accepts = Vec::with_capacity(keys.len());
        let mut blocks = Blocks::<16>::new();
        let (rows, rest) = keys.as_chunks();
        for row in rows {
            accepts.extend_from_slice(&blocks.accept(row, &*VECTORS));
        }
        accepts.extend(rest.iter().map(Self::accept));
        accepts
    }
}

/// What is hashed for `N` keys. Each step is taken for all of them before the next: a processor waits where it reads at once
/// what it has just written in smaller pieces.
struct Blocks<const N: usize>([[[u8; 64]; 2]; N]);

impl<const N: usize> Blocks<N> {
    fn new() -> Self {
        Self([PADDED; N])
    }

    fn accept(&mut self, keys: &[Key; N], engine: &impl Engine) -> [Accept; N] {
        for (block, key) in self.0.iter_mut().zip(keys) {
            block[0][..Key::LEN].copy_from_slice(&key.0);
        }
        let mut states = [SHA1_START; N];
        for (state, block) in states.iter_mut().zip(&self.0) {
            sha1::block_api::compress(state, block);
        }
        // With a byte of zero behind it a digest is whole groups of base64, so that all are encoded in one go; what the
        // last character says is then nothing, which is written as padding.
        let mut digests = [[0; 21]; N];
        for (digest, state) in digests.iter_mut().zip(states) {
            for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
                *bytes = word.to_be_bytes();
            }
        }
        let mut texts = [[0; Accept::LEN]; N];
        engine.encode_slice(digests.as_flattened(), texts.as_flattened_mut()).expect("28 characters hold 21 bytes");
        texts.map(|mut text| {
            text[Accept::LEN - 1] = b'=';
            Accept(text)
        })
    }
}

impl FromStr for Key {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text.as_bytes())
    }
}

/// The key's text.
impl AsRef<[u8]> for Key {
    fn as_ref(&self) -> &[u8] {
        &self.0
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
/// The text is what is kept: it is what gets compared and written.
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
pub struct Accept([u8; Accept::LEN]);

impl Accept {
    /// The length of an accept value's text, in characters.
    pub const LEN: usize = 28;

    /// The value that a server computes which takes these bytes for the key, whatever they are: the base64 of the SHA-1
    /// of the bytes and the GUID.
    #[must_use]
    pub fn of(text: &[u8]) -> Self {
        Self::from_digest(Sha1::new().chain_update(text).chain_update(GUID).finalize().into())
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
            _ => Err(ParseError::explain(Subject::Accept, text)),
        }
    }

    /// The 20 bytes of the digest.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "an accept value is base64 of 20 bytes by construction")]
    pub fn digest(&self) -> [u8; 20] {
        let mut bytes = [0; 21];
        STANDARD.decode_slice(self.0, &mut bytes).expect("an accept value is base64 of 20 bytes by construction");
        std::array::from_fn(|i| bytes[i])
    }

    /// The value's text in ASCII.
    #[must_use]
    pub fn encode(&self) -> [u8; Self::LEN] {
        self.0
    }
}

impl FromStr for Accept {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text.as_bytes())
    }
}

/// The value's text.
impl AsRef<[u8]> for Accept {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Accept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&self.0).expect("an accept value is ASCII by construction"))
    }
}

/// The digest in hex.
impl fmt::LowerHex for Accept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.digest().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Accept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Accept").field(&self.to_string()).finish()
    }
}

/// Whether a byte is one of the 64 that base64 writes (RFC 4648, section 4).
fn is_symbol(byte: u8) -> bool {
    // The slash stands right before the digits.
    matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'/'..=b'9' | b'+')
}

/// The text as that of a key, if it is one: 22 symbols hold 132 bits, 16 bytes and four bits more. No decoder is needed to
/// know that, and all symbols are looked at, since that takes less time than to decide after each.
#[inline]
fn as_key(text: &[u8]) -> Option<&[u8; Key::LEN]> {
    let key: &[u8; Key::LEN] = text.try_into().ok()?;
    let (symbols, padding) = key.split_at(22);
    (padding == b"==" && symbols.iter().fold(true, |all, byte| all & is_symbol(*byte))).then_some(key)
}

fn has_trailing_bits(key: &[u8; Key::LEN]) -> bool {
    !matches!(key[21], b'A' | b'Q' | b'g' | b'w')
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
    #[cold]
    fn explain(subject: Subject, text: &[u8]) -> Self {
        let symbols = text.len() - text.iter().rev().take_while(|&&b| b == b'=').count();
        let padding = text.len() - symbols;
        let foreign = text.iter().position(|b| !is_symbol(*b) && *b != b'=');
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
