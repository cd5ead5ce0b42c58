//! The accept values of many keys at once: what `Key::accept` gives for each, in less time.

use super::{Accept, GUID, Key};
use base64::Engine as _;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use base64::engine::Simd;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use base64::engine::general_purpose::GeneralPurposeConfig;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
use base64::engine::general_purpose::{GeneralPurpose, STANDARD};
use std::sync::LazyLock;

/// Standard base64 by the vector instructions that the processor has. Made when first needed: asking the processor takes
/// longer than encoding a few keys.
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

/// How many keys are hashed side by side.
const ROW: usize = 16;

impl Key {
    /// The accept values of many keys, in their order: the same as [`Key::accept`] of each, and faster.
    #[must_use]
    pub fn accept_all(keys: &[Self]) -> Vec<Accept> {
        let mut accepts = Vec::with_capacity(keys.len());
        let mut blocks = [PADDED; ROW];
        let (rows, rest) = keys.as_chunks();
        for row in rows {
            accepts.extend_from_slice(&accept_row(&mut blocks, row));
        }
        accepts.extend(rest.iter().map(Self::accept));
        accepts
    }
}

/// Each step is taken for all keys before the next: a processor stalls where it reads what it has just written in smaller
/// pieces.
fn accept_row(blocks: &mut [[[u8; 64]; 2]; ROW], keys: &[Key; ROW]) -> [Accept; ROW] {
    for (block, key) in blocks.iter_mut().zip(keys) {
        block[0][..Key::LEN].copy_from_slice(&key.0);
    }
    let mut states = [SHA1_START; ROW];
    for (state, block) in states.iter_mut().zip(blocks) {
        sha1::block_api::compress(state, block);
    }
    // With a zero byte behind it a digest is whole groups of base64, so that all are encoded in one go. The last character
    // then carries nothing, and is written as padding.
    let mut digests = [[0; 21]; ROW];
    for (digest, state) in digests.iter_mut().zip(states) {
        for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
            *bytes = word.to_be_bytes();
        }
    }
    let mut texts = [[0; Accept::LEN]; ROW];
    VECTORS.encode_slice(digests.as_flattened(), texts.as_flattened_mut()).expect("28 characters hold 21 bytes");
    texts.map(|mut text| {
        text[Accept::LEN - 1] = b'=';
        Accept(text)
    })
}
