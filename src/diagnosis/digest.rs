//! What becomes of the digest, and of its text where that cannot be undone: recognised by its relation to the right one.

use super::difference::{look, nearly};
use super::key::{OTHER, SAMPLE, is_made_up, latin1_to_utf8, widen};
use super::mistake::{Candidate, Mistake, Step};
use super::value::Received;
use crate::escape::hex;
use crate::handshake::batch::SHA1_START;
use crate::handshake::{Accept, Key};
use sha1::{Digest as _, Sha1};

/// Whether the mistake makes what was received of the candidate's digest: all of it, and of so much that it is not chance.
pub(super) type Relation = fn(&Candidate, &Received) -> bool;

/// The bits that must agree where a part of a digest is all there is to compare.
const ENOUGH: usize = 64;

/// Those that send something which was not hashed.
pub(super) const IS_KEY: &str = "accept-is-key";
pub(super) const NOT_HASHED: &str = "accept-not-hashed";
pub(super) const SUMMED: &str = "digest-summed";

/// Those that explain much of what others explain better: they are no second explanation.
pub(super) const GENERAL: [&str; 2] = [RETYPED, FRAMED];
const RETYPED: &str = "accept-retyped";
const FRAMED: &str = "accept-framed";

/// Whether the mistake is that another key was taken.
fn is_other(mistake: &str) -> bool {
    mistake == OTHER.id || mistake == SAMPLE.id
}

/// Where the digest's first zero byte stands, which ends a text in C.
fn first_zero(digest: &[u8; 20]) -> usize {
    digest.iter().position(|&b| b == 0).unwrap_or(digest.len())
}

/// Whether the digest was received with the bytes of each piece of this size reversed.
fn reversed(candidate: &Candidate, received: &Received, size: usize) -> bool {
    candidate.digest.chunks(size).flat_map(|piece| piece.iter().rev()).eq(&received.bytes)
}

/// Whether two texts of hexadecimal digits stand for the same number.
fn is_same(digits: &[u8], others: &str) -> bool {
    digits.eq_ignore_ascii_case(others.as_bytes())
}

/// The bits that must agree where a digest ends at its first zero byte. The place of the end is evidence too, and so the
/// right digest may end after its first byte already; but with each further mistake chance has more digests to hit.
fn enough_for_zero(candidate: &Candidate, received: &Received) -> usize {
    let mistakes = candidate.input.mistakes.iter().flatten();
    match mistakes.clone().count() + received.mistakes.len() {
        _ if mistakes.copied().any(is_other) => ENOUGH,
        0 => 16,
        1 => 32,
        _ => ENOUGH,
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
pub(super) const MISTAKES: &[Mistake<Relation>] = &[
    Mistake {
        id: "digest-words-reversed",
        step: Step::Digest,
        description: "the bytes of each 32-bit word of the digest are reversed",
        fix: "write each word of the digest highest byte first, whatever the processor: htonl()",
        how: |candidate, received| reversed(candidate, received, 4),
    },
    Mistake {
        id: "digest-pairs-reversed",
        step: Step::Digest,
        description: "the bytes of the digest are swapped in pairs",
        fix: "write the digest's bytes in their order",
        how: |candidate, received| reversed(candidate, received, 2),
    },
    Mistake {
        id: "digest-reversed",
        step: Step::Digest,
        description: "the digest's bytes are in reverse order",
        fix: "write the digest's first byte first",
        how: |candidate, received| reversed(candidate, received, 20),
    },
    Mistake {
        id: "digest-padding",
        step: Step::Digest,
        description: "SHA-1 was computed with wrong padding",
        fix: "test your SHA-1 with texts of 56 to 64 bytes: their length goes into a block of its own (RFC 3174, section 4)",
        how: |candidate, received| {
            let is_plain = candidate.input.mistakes == [None, None] && received.bytes.len() == 20;
            is_plain && wrongly_padded(&candidate.input.hashed()).iter().any(|digest| digest[..] == received.bytes)
        },
    },
    Mistake {
        id: SUMMED,
        step: Step::Digest,
        description: "a text was passed to the function that finishes the hash, which copies it out unhashed before the digest of the rest",
        fix: "give the hash all of its text first: in Go, h.Write([]byte(key + guid)), then h.Sum(nil)",
        how: |candidate, received| {
            let parts = received.bytes.len().checked_sub(20).and_then(|at| received.bytes.split_at_checked(at));
            parts.is_some_and(|(text, digest)| {
                let of = |hashed: &[u8]| digest == &Sha1::digest(hashed)[..];
                candidate.input.is(text) && of(b"") || text == &*candidate.input.guid && of(&candidate.input.key)
            })
        },
    },
    Mistake {
        id: "digest-top-bits",
        step: Step::Digest,
        description: "the top bit of a 32-bit word of the digest is wrong",
        fix: "pack the digest's words as unsigned 32-bit numbers: >>> instead of >>, pack('N')",
        how: |candidate, received| {
            let top = |(at, (a, b)): (usize, (&u8, &u8))| a == b || at % 4 == 0 && a ^ b == 0x80;
            received.bytes.len() == 20 && received.bytes.iter().zip(&candidate.digest).enumerate().all(top)
        },
    },
    Mistake {
        id: "digest-wide",
        step: Step::Digest,
        description: "SHA-1 was computed in 64-bit words",
        fix: "use 32-bit words in SHA-1: uint32_t instead of unsigned long",
        how: |candidate, received| {
            // Of each 64 bits, 32 are a word of the digest; what the others are depends on the code.
            let found = |at: usize, reversed: bool| {
                let places = received.bytes.chunks(8).filter_map(|place| place.get(at..at + 4));
                places.zip(candidate.digest.chunks(4)).all(
                    |(place, word)| {
                        if reversed { place.iter().rev().eq(word) } else { place == word }
                    },
                )
            };
            matches!(received.bytes.len(), 20 | 40) && (found(0, false) || found(0, true) || found(4, false))
        },
    },
    Mistake {
        id: "digest-cut-at-zero",
        step: Step::Digest,
        description: "the digest was cut at its first zero byte",
        fix: "always encode 20 bytes: a digest is not text, and one in thirteen has a zero byte, where strlen() stops",
        how: |candidate, received| {
            let zero = first_zero(&candidate.digest);
            8 * (zero + 1) >= enough_for_zero(candidate, received) && zero < 20 && received.bytes == candidate.digest[..zero]
        },
    },
    Mistake {
        id: "digest-zero-filled",
        step: Step::Digest,
        description: "the digest was copied up to its first zero byte",
        fix: "copy 20 bytes: memcpy() instead of strcpy() or strncpy()",
        how: |candidate, received| {
            let zero = first_zero(&candidate.digest);
            let (copied, rest) = received.bytes.split_at(zero.min(received.bytes.len()));
            let same = received.bytes.len() == 20 && copied == &candidate.digest[..zero] && rest.iter().all(|b| *b == 0);
            8 * (zero + 1) >= enough_for_zero(candidate, received) && same
        },
    },
    Mistake {
        id: "digest-cut",
        step: Step::Digest,
        description: "the digest was cut short",
        fix: "encode all 20 bytes of the digest",
        how: |candidate, received| 8 * received.bytes.len() >= ENOUGH && candidate.digest.starts_with(&received.bytes),
    },
    Mistake {
        id: "digest-long",
        step: Step::Digest,
        description: "the digest was encoded together with what follows it in memory",
        fix: "encode 20 bytes: the length of the digest, not of its buffer",
        how: |candidate, received| received.bytes.starts_with(&candidate.digest),
    },
    Mistake {
        id: "digest-signed",
        step: Step::Digest,
        description: "the digest was treated as a number, which added a leading zero byte or dropped its own",
        fix: "keep the digest as bytes: no BigInteger in between",
        how: |candidate, received| match candidate.digest {
            [0, ..] => received.bytes == candidate.digest.iter().copied().skip_while(|b| *b == 0).collect::<Vec<_>>(),
            _ => received.bytes.strip_prefix(b"\0") == Some(&candidate.digest),
        },
    },
    Mistake {
        id: "digest-as-text",
        step: Step::Digest,
        description: "the digest was turned into text and encoded as UTF-8 or UTF-16",
        fix: "keep the digest as bytes: digest('base64') instead of digest('binary'), no String in between",
        how: |candidate, received| {
            received.bytes.len() > 20 && received.bytes == latin1_to_utf8(&candidate.digest)
                || received.bytes.len() == 40 && received.bytes == widen(&candidate.digest, |b| [b, 0])
        },
    },
    Mistake {
        id: "digest-as-lost-text",
        step: Step::Digest,
        description: "the digest was turned into text, which lost the bytes that are not text",
        fix: "keep the digest as bytes: digest() instead of digest('utf8'), no new String(digest), no Encoding.ASCII.GetString(hash)",
        how: |candidate, received| {
            let kept = candidate.digest.iter().filter(|b| b.is_ascii()).count();
            let ascii = || candidate.digest.iter().map(|b| if b.is_ascii() { b } else { &b'?' });
            // What Node makes of 'ascii'.
            let seven_bits = || candidate.digest.iter().map(|b| b & 0x7f);
            let utf8 = || received.bytes == String::from_utf8_lossy(&candidate.digest).as_bytes();
            // Each byte that was lost tells that it is none of ASCII: one bit.
            7 * kept + 20 >= ENOUGH
                && (received.bytes.iter().eq(ascii())
                    || received.bytes.iter().copied().eq(seven_bits())
                    || received.bytes.len() > 20 && utf8())
        },
    },
    Mistake {
        id: "digest-hex-unpadded",
        step: Step::Digest,
        description: "the digest was written in hexadecimal without leading zeros",
        fix: "take the digest's raw bytes; where hexadecimal is wanted, two digits per byte: %02x, not %x",
        how: |candidate, received| {
            let bytes = || candidate.digest.iter().map(|b| format!("{b:x}")).collect::<Vec<_>>().concat();
            let words =
                || candidate.digest.chunks(4).map(|word| hex(word).trim_start_matches('0').to_owned()).collect::<String>();
            received.hex_digits(24..40).any(|digits| is_same(digits, &bytes()) || is_same(digits, &words()))
        },
    },
    Mistake {
        id: "digest-hex-signed",
        step: Step::Digest,
        description: "the digest was written in hexadecimal from signed bytes",
        fix: "take the digest's raw bytes; in C, unsigned char instead of char; in Java, b & 0xff",
        how: |candidate, received| {
            let sign = |b: &u8| if b.is_ascii() { "" } else { "ffffff" };
            let padded = || candidate.digest.iter().map(|b| format!("{}{b:02x}", sign(b))).collect::<Vec<_>>().concat();
            let unpadded = || candidate.digest.iter().map(|b| format!("{}{b:x}", sign(b))).collect::<Vec<_>>().concat();
            received.hex_digits(38..161).any(|digits| is_same(digits, &padded()) || is_same(digits, &unpadded()))
        },
    },
    Mistake {
        id: "digest-hex-cut",
        step: Step::Digest,
        description: "the digest was written in hexadecimal and cut short",
        fix: "take the digest's 20 raw bytes",
        how: |candidate, received| {
            let starts = |digits: &[u8]| hex(&candidate.digest).get(..digits.len()).is_some_and(|start| is_same(digits, start));
            received.hex_digits(16..40).any(starts)
        },
    },
    Mistake {
        id: "accept-case",
        step: Step::Digest,
        description: "the right value lost its letter case",
        fix: "change the letter case of field names only: base64 tells a from A",
        how: |candidate, received| {
            let right = candidate.accept.as_bytes();
            received.text == right.to_ascii_lowercase() || received.text == right.to_ascii_uppercase()
        },
    },
    Mistake {
        id: "accept-lookalike",
        step: Step::Digest,
        description: "characters of the right value were misread as others that look alike: {}",
        fix: "copy the value as text, not from a picture",
        how: |candidate, received| look(&received.text).eq(look(candidate.accept.as_bytes())),
    },
    Mistake {
        id: RETYPED,
        step: Step::Digest,
        description: "the right value was retyped wrongly: {}",
        fix: "copy the value, do not retype it",
        how: |candidate, received| {
            let right = candidate.accept.as_bytes();
            nearly(right, &received.text) || right.eq_ignore_ascii_case(&received.text)
        },
    },
    Mistake {
        id: "accept-cut",
        step: Step::Digest,
        description: "the right value was cut: {}",
        fix: "make room for all 28 characters of the value, and for a terminating zero byte in C",
        how: |candidate, received| {
            let right = candidate.accept.as_bytes();
            let is_part = right.starts_with(&received.text) || right.ends_with(&received.text);
            // The = at the end is no evidence.
            6 * received.text.len() >= ENOUGH + 6 && is_part
        },
    },
    Mistake {
        id: FRAMED,
        step: Step::Digest,
        description: "the right value has something around it",
        fix: "send the value's 28 characters alone, followed by CR LF",
        how: |candidate, received| received.text.windows(Accept::LEN).any(|part| part == candidate.accept.as_bytes()),
    },
    Mistake {
        id: IS_KEY,
        step: Step::OtherKey,
        description: "a key was sent, not an accept value: {}",
        fix: "answer with base64(SHA-1(key + GUID)), not with the key",
        how: |candidate, received| {
            // The key as it was sent, not what a mistake would make of it; and none that anyone may make up.
            let is_sent = match candidate.input.mistakes[0] {
                Some(mistake) if mistake == SAMPLE.id => !is_made_up(&candidate.input.key),
                mistake => mistake.is_none_or(is_other),
            };
            // Four bytes are eight characters of base64, and no more evidence than four.
            let evidence = if received.mistakes.is_empty() { received.text.len() } else { received.bytes.len() };
            is_sent && 8 * evidence >= ENOUGH && received.text == *candidate.input.key
        },
    },
    Mistake {
        id: NOT_HASHED,
        step: Step::Digest,
        description: "key and GUID were sent without hashing them",
        fix: "hash key and GUID with SHA-1 and encode the 20 bytes of the digest",
        how: |candidate, received| {
            // A shorter text is a word that stands for the GUID, with no key: anyone may send it.
            let is_hashed = |text: &[u8]| text.len() >= Key::LEN && candidate.input.is(text);
            is_hashed(&received.bytes) || is_hashed(&received.text)
        },
    },
];
