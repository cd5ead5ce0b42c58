//! What becomes of the digest, and of its text where that cannot be undone: known by its relation to the right one.

use super::key::{hex, latin1_to_utf8, widen};
use super::value::Received;
use super::{OTHER, SAMPLE, Slip, Suspect};
use crate::handshake::SHA1_START;
use sha1::{Digest as _, Sha1};

/// Whether the slip makes what was received of the suspect's digest: all of it, and from so much that it is no chance.
pub(super) type Relation = fn(&Suspect, &Received) -> bool;

/// The bits that must agree where a part of a digest is all there is to compare.
const ENOUGH: usize = 64;

/// Those that send something which was not hashed.
pub(super) const IS_KEY: &str = "accept-is-key";
pub(super) const NOT_HASHED: &str = "accept-not-hashed";
pub(super) const SUMMED: &str = "digest-summed";

/// Whether the slip is that another key was taken.
fn is_other(slip: &str) -> bool {
    slip == OTHER.id || slip == SAMPLE.id
}

/// Where the digest's first zero byte stands, which ends a text in C.
fn first_zero(digest: &[u8; 20]) -> usize {
    digest.iter().position(|&b| b == 0).unwrap_or(digest.len())
}

/// Whether the digest was received with the bytes of each piece of this size reversed.
fn reversed(suspect: &Suspect, received: &Received, size: usize) -> bool {
    suspect.digest.chunks(size).flat_map(|piece| piece.iter().rev()).eq(&received.bytes)
}

/// Whether a text was received, in base64 or as it is.
fn is_text(received: &Received, text: &str) -> bool {
    received.bytes.eq_ignore_ascii_case(text.as_bytes()) || received.text.eq_ignore_ascii_case(text.as_bytes())
}

/// The bits that must agree where a digest ends at its first zero byte. The place of the end is evidence too, and so the
/// right digest may end after its first byte already; but only those of one slip, a few hundred, may end a little later.
fn enough_for_zero(suspect: &Suspect) -> usize {
    match suspect.input.slips {
        [None, None] => 16,
        [Some(slip), None] if !is_other(slip) => 32,
        _ => ENOUGH,
    }
}

/// `text` with the characters that look alike made the same.
fn look(text: &[u8]) -> impl Iterator<Item = u8> + '_ {
    text.iter().map(|b| match b {
        b'l' | b'I' | b'1' | b'|' | b'i' => b'1',
        b'O' | b'0' | b'o' | b'Q' => b'0',
        b'S' | b's' | b'5' => b'5',
        b'B' | b'8' => b'8',
        b'Z' | b'z' | b'2' => b'2',
        b => *b,
    })
}

/// Whether `a` becomes `b` when at most two characters are replaced, or one is dropped or inserted.
fn nearly(a: &[u8], b: &[u8]) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let same = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    match long.len() - short.len() {
        0 => short.iter().zip(long).filter(|(a, b)| a != b).count() <= 2,
        1 => short[same..] == long[same + 1..],
        _ => false,
    }
}

/// What SHA-1 gives where a text whose length no longer fits into its last block is padded wrongly (RFC 3174, section 4).
/// Code that was only tried with short texts does that to the 60 bytes of key and GUID.
fn wrongly_padded(text: &[u8]) -> Vec<[u8; 20]> {
    let (whole, rest) = text.as_chunks::<64>();
    if rest.len() < 56 {
        return Vec::new();
    }
    let block = |parts: [&[u8]; 2]| {
        let mut block = [0; 64];
        block.iter_mut().zip(parts.concat()).for_each(|(to, from)| *to = from);
        block
    };
    let last = block([rest, b"\x80"]);
    let (bits, bytes) = ((8 * text.len() as u64).to_be_bytes(), (text.len() as u64).to_be_bytes());
    let ends: [&[[u8; 64]]; 5] = [
        // No block for the length; the length over the text; what the buffer held before it; bytes for bits; no end mark.
        &[last],
        &[block([&last[..56], &bits])],
        &[last, block([&last[..56], &bits])],
        &[last, block([&[0; 56], &bytes])],
        &[block([rest, b""]), block([&[0; 56], &bits])],
    ];
    let digest = |end| {
        let mut state = SHA1_START;
        sha1::block_api::compress(&mut state, &[whole, end].concat());
        let mut words = state.iter().flat_map(|word| word.to_be_bytes());
        std::array::from_fn(|_| words.next().unwrap_or(0))
    };
    ends.into_iter().map(digest).collect()
}

/// Those that explain most of what was received first.
pub(super) const SLIPS: &[Slip<Relation>] = &[
    Slip {
        id: "digest-words-reversed",
        says: "the bytes of each 32-bit word of the digest are reversed",
        fix: "write each word of the digest highest byte first, whatever the processor: htonl()",
        how: |suspect, received| reversed(suspect, received, 4),
    },
    Slip {
        id: "digest-pairs-reversed",
        says: "the bytes of the digest are swapped in pairs",
        fix: "write the digest's bytes in their order",
        how: |suspect, received| reversed(suspect, received, 2),
    },
    Slip {
        id: "digest-reversed",
        says: "the digest's bytes are in reverse order",
        fix: "write the digest's first byte first",
        how: |suspect, received| reversed(suspect, received, 20),
    },
    Slip {
        id: "digest-padding",
        says: "SHA-1 was computed with wrong padding",
        fix: "try your SHA-1 with texts of 56 to 64 bytes: their length goes into a block of its own (RFC 3174, section 4)",
        how: |suspect, received| {
            let is_plain = suspect.input.slips == [None, None] && received.bytes.len() == 20;
            is_plain && wrongly_padded(&suspect.input.hashed()).iter().any(|digest| digest[..] == received.bytes)
        },
    },
    Slip {
        id: SUMMED,
        says: "a text was given to the function that ends the hash, which sends it on unhashed, before the digest of the rest",
        fix: "give the hash all of its text first: in Go, h.Write([]byte(key + guid)), then h.Sum(nil)",
        how: |suspect, received| {
            let parts = received.bytes.len().checked_sub(20).and_then(|at| received.bytes.split_at_checked(at));
            parts.is_some_and(|(text, digest)| {
                let of = |hashed: &[u8]| digest == &Sha1::digest(hashed)[..];
                suspect.input.is(text) && of(b"") || text == &*suspect.input.guid && of(&suspect.input.key)
            })
        },
    },
    Slip {
        id: "digest-top-bits",
        says: "the top bit of a 32-bit word of the digest is wrong",
        fix: "pack the digest's words as unsigned 32-bit numbers: >>> for >>, pack('N')",
        how: |suspect, received| {
            let top = |(at, (a, b)): (usize, (&u8, &u8))| a == b || at % 4 == 0 && a ^ b == 0x80;
            received.bytes.len() == 20 && received.bytes.iter().zip(&suspect.digest).enumerate().all(top)
        },
    },
    Slip {
        id: "digest-wide",
        says: "SHA-1 was computed in 64-bit words",
        fix: "use 32-bit words in SHA-1: uint32_t for unsigned long",
        how: |suspect, received| {
            // Of each 64 bits, 32 are a word of the digest; what the others are depends on the code.
            let found = |at: usize, reversed: bool| {
                let places = received.bytes.chunks(8).filter_map(|place| place.get(at..at + 4));
                places.zip(suspect.digest.chunks(4)).all(
                    |(place, word)| {
                        if reversed { place.iter().rev().eq(word) } else { place == word }
                    },
                )
            };
            matches!(received.bytes.len(), 20 | 40) && (found(0, false) || found(0, true) || found(4, false))
        },
    },
    Slip {
        id: "digest-cut-at-zero",
        says: "the digest was cut at its first zero byte",
        fix: "encode 20 bytes, always: a digest is no text, and one in thirteen has a zero byte, where strlen() ends",
        how: |suspect, received| {
            let zero = first_zero(&suspect.digest);
            8 * (zero + 1) >= enough_for_zero(suspect) && zero < 20 && received.bytes == suspect.digest[..zero]
        },
    },
    Slip {
        id: "digest-zero-filled",
        says: "the digest was copied up to its first zero byte",
        fix: "copy 20 bytes: memcpy() for strcpy() and strncpy()",
        how: |suspect, received| {
            let zero = first_zero(&suspect.digest);
            let (copied, rest) = received.bytes.split_at(zero.min(received.bytes.len()));
            let same = received.bytes.len() == 20 && copied == &suspect.digest[..zero] && rest.iter().all(|b| *b == 0);
            8 * (zero + 1) >= enough_for_zero(suspect) && same
        },
    },
    Slip {
        id: "digest-cut",
        says: "the digest was cut short",
        fix: "encode all 20 bytes of the digest",
        how: |suspect, received| 8 * received.bytes.len() >= ENOUGH && suspect.digest.starts_with(&received.bytes),
    },
    Slip {
        id: "digest-long",
        says: "the digest was encoded with what stands behind it in memory",
        fix: "encode 20 bytes: the length of the digest, not of its buffer",
        how: |suspect, received| received.bytes.starts_with(&suspect.digest),
    },
    Slip {
        id: "digest-signed",
        says: "the digest was taken for a number, which put a zero byte before it or took its own away",
        fix: "keep the digest as bytes: no BigInteger in between",
        how: |suspect, received| match suspect.digest {
            [0, ..] => received.bytes == suspect.digest.iter().copied().skip_while(|b| *b == 0).collect::<Vec<_>>(),
            _ => received.bytes.strip_prefix(b"\0") == Some(&suspect.digest),
        },
    },
    Slip {
        id: "digest-as-text",
        says: "the digest was turned into a text and encoded as UTF-8 or UTF-16",
        fix: "keep the digest as bytes: digest('base64') for digest('binary'), no String in between",
        how: |suspect, received| {
            received.bytes.len() > 20 && received.bytes == latin1_to_utf8(&suspect.digest)
                || received.bytes.len() == 40 && received.bytes == widen(&suspect.digest, |b| [b, 0])
        },
    },
    Slip {
        id: "digest-as-lost-text",
        says: "the digest was turned into a text, which lost the bytes that are none",
        fix: "keep the digest as bytes: digest() for digest('utf8'), no new String(digest), no Encoding.ASCII.GetString(hash)",
        how: |suspect, received| {
            let kept = suspect.digest.iter().filter(|b| b.is_ascii()).count();
            let ascii = || suspect.digest.iter().map(|b| if b.is_ascii() { b } else { &b'?' });
            // What Node makes of 'ascii'.
            let seven_bits = || suspect.digest.iter().map(|b| b & 0x7f);
            let utf8 = || received.bytes == String::from_utf8_lossy(&suspect.digest).as_bytes();
            // Each byte that was lost tells that it is none of ASCII: one bit.
            7 * kept + 20 >= ENOUGH
                && (received.bytes.iter().eq(ascii())
                    || received.bytes.iter().copied().eq(seven_bits())
                    || received.bytes.len() > 20 && utf8())
        },
    },
    Slip {
        id: "digest-hex-unpadded",
        says: "the digest was written in hexadecimal without leading zeros",
        fix: "take the digest's raw bytes; where hexadecimal is wanted, two digits a byte: %02x for %x",
        how: |suspect, received| {
            let bytes = || suspect.digest.iter().map(|b| format!("{b:x}")).collect::<Vec<_>>().concat();
            let words = || suspect.digest.chunks(4).map(|word| hex(word).trim_start_matches('0').to_owned()).collect::<String>();
            received.is_hex(24..40) && (is_text(received, &bytes()) || is_text(received, &words()))
        },
    },
    Slip {
        id: "digest-hex-signed",
        says: "the digest was written in hexadecimal from signed bytes",
        fix: "take the digest's raw bytes; in C, unsigned char for char; in Java, b & 0xff",
        how: |suspect, received| {
            let sign = |b: &u8| if b.is_ascii() { "" } else { "ffffff" };
            let padded = || suspect.digest.iter().map(|b| format!("{}{b:02x}", sign(b))).collect::<Vec<_>>().concat();
            let unpadded = || suspect.digest.iter().map(|b| format!("{}{b:x}", sign(b))).collect::<Vec<_>>().concat();
            received.is_hex(38..161) && (is_text(received, &padded()) || is_text(received, &unpadded()))
        },
    },
    Slip {
        id: "digest-hex-cut",
        says: "the digest was written in hexadecimal and cut short",
        fix: "take the digest's 20 raw bytes",
        how: |suspect, received| {
            let starts = |text: &[u8]| hex(&suspect.digest).get(..text.len()).is_some_and(|hex| is_text(received, hex));
            received.is_hex(16..40) && (starts(&received.bytes) || starts(&received.text))
        },
    },
    Slip {
        id: "accept-case",
        says: "the right value lost its letter case",
        fix: "change the letter case of field names only: base64 tells a from A",
        how: |suspect, received| suspect.accept.eq_ignore_ascii_case(&received.text),
    },
    Slip {
        id: "accept-lookalike",
        says: "characters of the right value were misread for others that look like them: {}",
        fix: "copy the value as text, not from a picture",
        how: |suspect, received| look(&received.text).eq(look(&suspect.accept)),
    },
    Slip {
        id: "accept-retyped",
        says: "the right value was retyped wrongly: {}",
        fix: "copy the value, do not retype it",
        how: |suspect, received| nearly(&suspect.accept, &received.text),
    },
    Slip {
        id: "accept-cut",
        says: "the right value was cut: {}",
        fix: "make room for all 28 characters of the value, and for a zero byte behind them in C",
        how: |suspect, received| {
            let part = suspect.accept.starts_with(&received.text) || suspect.accept.ends_with(&received.text);
            // The = at the end is no evidence.
            6 * received.text.len() >= ENOUGH + 6 && part
        },
    },
    Slip {
        id: "accept-framed",
        says: "the right value has something around it",
        fix: "send the value's 28 characters alone, and CR LF behind them",
        how: |suspect, received| received.text.windows(suspect.accept.len()).any(|part| part == suspect.accept),
    },
    Slip {
        id: IS_KEY,
        says: "a key was sent, not an accept value: {}",
        fix: "answer with base64(SHA-1(key + GUID)), not with the key",
        how: |suspect, received| {
            // The key as it was sent, not what a slip would make of it.
            let sent = suspect.input.slips[0].is_none_or(is_other);
            sent && 8 * received.text.len() >= ENOUGH && received.text == *suspect.input.key
        },
    },
    Slip {
        id: NOT_HASHED,
        says: "key and GUID were sent without hashing them",
        fix: "hash key and GUID with SHA-1 and encode the 20 bytes of the digest",
        how: |suspect, received| {
            let is_hashed = |text: &[u8]| 8 * text.len() >= ENOUGH && suspect.input.is(text);
            is_hashed(&received.bytes) || is_hashed(&received.text)
        },
    },
];
