//! What becomes of the GUID, and how it is put together with the key.

use super::key::{from_hex, replace, widen};
use super::mistake::{Mistake, Step, Texts};
use crate::escape::hex;
use crate::handshake::GUID;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

/// Misspellings found in public code, one per line.
const MISSPELLINGS: &str = include_str!("guid-misspellings.txt");

/// How two texts become the one that is hashed.
pub(super) type Join = fn(key: &[u8], guid: &[u8]) -> Vec<Vec<u8>>;

/// The GUID with some of its four dashes, every choice of them, written as `dash`.
fn dashes(guid: &[u8], dash: &[u8]) -> Vec<Vec<u8>> {
    let wrong = |chosen: u8| {
        let mut text = Vec::with_capacity(guid.len() + 4 * dash.len());
        for (nth, group) in guid.split(|b| *b == b'-').enumerate() {
            if nth > 0 {
                text.extend_from_slice(if chosen >> (nth - 1) & 1 == 1 { dash } else { b"-" });
            }
            text.extend_from_slice(group);
        }
        text
    };
    // All four first, for that is what a formatted page makes.
    if guid.split(|b| *b == b'-').count() == 5 { (1..16).rev().map(wrong).collect() } else { Vec::new() }
}

/// The 16 bytes that a GUID's text stands for.
fn raw(guid: &[u8]) -> Option<[u8; 16]> {
    from_hex(&replace(guid, b'-', b""))?.try_into().ok()
}

/// The order in which Windows keeps a GUID's bytes: the first three groups are numbers, lowest byte first.
fn mixed_endian(b: [u8; 16]) -> [u8; 16] {
    [b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]]
}

/// The likeliest first.
pub(super) const MISTAKES: &[Mistake<Texts>] = &[
    Mistake {
        id: "guid-missing",
        step: Step::Guid,
        description: "the GUID was not hashed, the key alone",
        fix: "append 258EAFA5-E914-47DA-95CA-C5AB0DC85B11 to the key before hashing",
        how: |_| vec![Vec::new()],
    },
    Mistake {
        id: "guid-misspelt",
        step: Step::Guid,
        description: "the GUID is misspelt: {}",
        fix: "copy it from RFC 6455, section 1.3: 258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
        how: |guid| {
            if guid == GUID.as_bytes() { MISSPELLINGS.lines().map(|line| line.as_bytes().to_vec()).collect() } else { Vec::new() }
        },
    },
    Mistake {
        id: "guid-lower",
        step: Step::Guid,
        description: "the GUID was hashed in lower case",
        fix: "keep the GUID as a text in upper case; a UUID type prints it in lower case",
        how: |guid| vec![guid.to_ascii_lowercase()],
    },
    Mistake {
        id: "guid-dash",
        step: Step::Guid,
        description: "some dashes of the GUID are not ASCII hyphens: {}",
        fix: "retype the GUID's dashes: a formatted page turned them into other characters",
        how: |guid| {
            // En dash: as UTF-8, its low byte, and as Windows-1252 has it.
            let some = ["\u{2013}".as_bytes(), b"\x13", b"\x96"].into_iter().flat_map(|dash| dashes(guid, dash));
            let all = ["\u{2014}", "\u{2010}", "\u{2011}", "\u{2212}", "\u{ad}", "?", "_", " ", ""];
            some.chain(all.iter().map(|dash| replace(guid, b'-', dash.as_bytes()))).collect()
        },
    },
    Mistake {
        id: "guid-line-break",
        step: Step::Guid,
        description: "the line break of a document was kept inside the GUID: {}",
        fix: "write the GUID as 36 characters without a break: the RFC's text wraps it",
        how: |guid| {
            let breaks: [&[u8]; 5] = [b" ", b"\n", b"\r\n", b"   ", b"\n   "];
            let ends = || guid.iter().enumerate().filter(|(_, b)| **b == b'-').map(|(at, _)| at + 1);
            breaks.into_iter().flat_map(|with| ends().map(move |at| [&guid[..at], with, &guid[at..]].concat())).collect()
        },
    },
    Mistake {
        id: "guid-line-end",
        step: Step::Guid,
        description: "a line ending was hashed with the GUID: {}",
        fix: "hash the key and the GUID without a line ending: `printf %s` instead of `echo`, or `echo -n`",
        how: |guid| ["\n", "\r\n", "\r", "\r\n\r\n"].into_iter().map(|end| [guid, end.as_bytes()].concat()).collect(),
    },
    Mistake {
        id: "guid-nul",
        step: Step::Guid,
        description: "zero bytes were hashed after the GUID: {}",
        fix: "hash strlen(text) bytes: sizeof counts the zero byte at the end, or the whole buffer",
        how: |guid| (1..=8).map(|n| [guid, &vec![0; n]].concat()).collect(),
    },
    Mistake {
        id: "guid-blank",
        step: Step::Guid,
        description: "a space or tab was hashed with the GUID: {}",
        fix: "append the GUID's 36 characters alone",
        how: |guid| vec![[guid, b" "].concat(), [b" ", guid, b" "].concat(), [guid, b"\t"].concat()],
    },
    Mistake {
        id: "guid-quoted",
        step: Step::Guid,
        description: "braces or quotes were hashed with the GUID: {}",
        fix: "append the GUID's 36 characters alone; a UUID type may print it in braces: ToString(\"D\")",
        how: |guid| {
            [("{", "}"), ("(", ")"), ("<", ">"), ("[", "]"), ("\"", "\""), ("'", "'"), ("`", "`"), ("b'", "'"), ("urn:uuid:", "")]
                .into_iter()
                .map(|(before, after)| [before.as_bytes(), guid, after.as_bytes()].concat())
                .collect()
        },
    },
    Mistake {
        id: "guid-twice",
        step: Step::Guid,
        description: "the GUID was hashed twice in a row",
        fix: "append the GUID once; look for a helper that appends it too",
        how: |guid| vec![[guid, guid].concat()],
    },
    Mistake {
        id: "guid-bytes",
        step: Step::Guid,
        description: "the GUID was hashed as 16 bytes",
        fix: "append the GUID as a text of 36 characters, not as a UUID's bytes",
        how: |guid| raw(guid).into_iter().flat_map(|bytes| [bytes.to_vec(), mixed_endian(bytes).to_vec()]).collect(),
    },
    Mistake {
        id: "guid-encoded",
        step: Step::Guid,
        description: "the GUID was encoded in base64 before it was hashed",
        fix: "append the GUID's 36 characters as they are",
        how: |guid| raw(guid).map(|b| STANDARD.encode(b)).into_iter().chain([STANDARD.encode(guid)]).map(Into::into).collect(),
    },
    Mistake {
        id: "guid-literal",
        step: Step::Guid,
        description: "a word of the programming language was hashed instead of the GUID: {}",
        fix: "define the GUID's constant where it is used",
        how: |_| {
            [
                "undefined",
                "null",
                "None",
                "nil",
                "NULL",
                "(null)",
                "GUID",
                "WS_GUID",
                "MAGIC",
                "MAGIC_STRING",
                "guid",
                "magic",
                "NaN",
            ]
            .into_iter()
            .map(|word| word.as_bytes().to_vec())
            .collect()
        },
    },
    Mistake {
        id: "guid-cut",
        step: Step::Guid,
        description: "the GUID was cut short: {}",
        fix: "make room for 60 characters of key and GUID, and for a terminating zero byte in C",
        how: |guid| (1..guid.len()).rev().map(|n| guid[..n].to_vec()).collect(),
    },
];

/// The likeliest first.
pub(super) const JOINS: &[Mistake<Join>] = &[
    Mistake {
        id: "joined-nothing",
        step: Step::Join,
        description: "nothing was hashed: the value is that of an empty text",
        fix: "give key and GUID to the hash before asking for its digest: update() before digest(), and on the same object",
        how: |_, _| vec![Vec::new()],
    },
    Mistake {
        id: "joined-reversed",
        step: Step::Join,
        description: "the GUID was hashed before the key",
        fix: "append the GUID to the key",
        how: |key, guid| vec![[guid, key].concat()],
    },
    Mistake {
        id: "joined-separator",
        step: Step::Join,
        description: "something was hashed between the key and the GUID: {}",
        fix: "append the GUID directly to the key, with nothing in between",
        how: |key, guid| {
            [":", "-", "+", "|", "&", "/", "_", " + ", ": ", " - "]
                .into_iter()
                .map(|between| [key, between.as_bytes(), guid].concat())
                .collect()
        },
    },
    Mistake {
        id: "joined-quoted",
        step: Step::Join,
        description: "quotes were hashed around key and GUID: {}",
        fix: "hash the text without its quotes; a shell keeps those inside other quotes",
        how: |key, guid| {
            [("\"", "\""), ("'", "'"), ("b'", "'"), ("\"", "\"\n")]
                .into_iter()
                .map(|(before, after)| [before.as_bytes(), key, guid, after.as_bytes()].concat())
                .collect()
        },
    },
    Mistake {
        id: "joined-utf16",
        step: Step::Join,
        description: "key and GUID were hashed as UTF-16 or UTF-32",
        fix: "hash the text's ASCII bytes: Encoding.ASCII instead of Encoding.Unicode, StandardCharsets.US_ASCII, UTF8String",
        how: |key, guid| {
            let text = [key, guid].concat();
            let (le, be) = (widen(&text, |b| [b, 0]), widen(&text, |b| [0, b]));
            let wide = [widen(&text, |b| [b, 0, 0, 0]), widen(&text, |b| [0, 0, 0, b])];
            let marked = [[b"\xFF\xFE", &le[..]].concat(), [b"\xFE\xFF", &be[..]].concat()];
            [le, be].into_iter().chain(marked).chain(wide).collect()
        },
    },
    Mistake {
        id: "joined-padded",
        step: Step::Join,
        description: "key and GUID were hashed with the rest of their buffer: {}",
        fix: "hash strlen(text) bytes, not sizeof(buffer)",
        how: |key, guid| {
            let text = [key, guid].concat();
            let size = |size: usize| Some([&text[..], &vec![0; size.checked_sub(text.len()).filter(|n| *n > 8)?]].concat());
            [80, 96, 100, 127, 128, 200, 255, 256, 500, 512, 1000, 1024].into_iter().filter_map(size).collect()
        },
    },
    Mistake {
        id: "joined-encoded",
        step: Step::Join,
        description: "key and GUID were encoded in base64 before they were hashed",
        fix: "hash the text itself; base64 comes after the hash, once",
        how: |key, guid| vec![STANDARD.encode([key, guid].concat()).into_bytes()],
    },
    Mistake {
        id: "joined-hashed",
        step: Step::Join,
        description: "the digest was hashed again",
        fix: "hash once",
        how: |key, guid| {
            let digest = Sha1::digest([key, guid].concat());
            vec![digest.to_vec(), hex(&digest).into_bytes(), STANDARD.encode(digest).into_bytes()]
        },
    },
    Mistake {
        id: "joined-hmac",
        step: Step::Join,
        description: "HMAC was used instead of SHA-1",
        fix: "compute plain SHA-1 of key and GUID as one text: no hash_hmac(), createHmac() or hmac.new()",
        how: |key, guid| {
            let text = [key, guid].concat();
            [(guid, key), (key, guid), (guid, &text[..]), (key, &text[..])]
                .map(|(secret, text)| outer_of_hmac(secret, text))
                .into()
        },
    },
];

/// What HMAC-SHA1 hashes last (RFC 2104, section 2), so that its SHA-1 is the HMAC.
fn outer_of_hmac(secret: &[u8], text: &[u8]) -> Vec<u8> {
    let mut block = [0; 64];
    let short = if secret.len() > 64 { Sha1::digest(secret).to_vec() } else { secret.to_vec() };
    for (to, from) in block.iter_mut().zip(short) {
        *to = from;
    }
    let inner = Sha1::new().chain_update(block.map(|b| b ^ 0x36)).chain_update(text).finalize();
    [&block.map(|b| b ^ 0x5C)[..], &inner].concat()
}
