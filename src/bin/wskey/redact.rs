//! Bytes that were sent and received, without credentials: these are taken out before anything quotes, cuts or shows the bytes.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use wskey::head::Head;

/// Fields whose values are nobody else's business.
const SECRET: [&str; 4] = ["Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"];

const REDACTED: &[u8] = b"<redacted>";

/// Less of a credential is in every text by chance; its own field line hides it.
const SHORTEST: usize = 6;

/// What must not be shown: the values that the user gave to fields that carry credentials, as a server may repeat them.
pub(crate) struct Secrets(Vec<Vec<u8>>);

impl Secrets {
    /// The credentials in a request. What stands in the rest of it too hides nothing, and is none.
    pub(crate) fn of(request: &Head) -> Self {
        let (secret, public): (Vec<_>, Vec<_>) = request.fields.iter().partition(|field| is_secret(&field.name));
        let mut secrets: BTreeSet<Vec<u8>> = secret.iter().flat_map(|field| parts(&field.value)).collect();
        let public: Vec<_> =
            public.iter().flat_map(|field| [field.name.as_slice(), &field.value]).chain([&request.start_line[..]]).collect();
        // `Basic dXNlcjpwYXNz` is a name and a password.
        let decoded: Vec<_> = secrets.iter().filter_map(|secret| STANDARD.decode(secret).ok()).collect();
        let passwords = decoded.iter().filter_map(|pair| pair.split(|&b| b == b':').nth(1).map(<[u8]>::to_vec));
        secrets.extend(passwords.collect::<Vec<_>>());
        secrets.extend(decoded);
        secrets.retain(|secret| secret.len() >= SHORTEST && !public.iter().any(|text| contains(text, secret)));
        Self(secrets.iter().flat_map(|secret| spellings(secret)).collect::<BTreeSet<_>>().into_iter().collect())
    }

    /// The bytes without the credentials, wherever they stand: whole, or their first bytes where they are cut.
    pub(crate) fn redact(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while at < bytes.len() {
            let length = self.length_at(&bytes[at..]);
            out.extend_from_slice(if length > 0 { REDACTED } else { &bytes[at..=at] });
            at += length.max(1);
        }
        out
    }

    /// The same, as long as before: frames have lengths.
    pub(crate) fn mask(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = bytes.to_vec();
        let mut at = 0;
        while at < out.len() {
            let length = self.length_at(&out[at..]);
            out[at..at + length].fill(b'*');
            at += length.max(1);
        }
        out
    }

    /// How much of a credential these bytes begin with.
    fn length_at(&self, bytes: &[u8]) -> usize {
        let common = |secret: &Vec<u8>| secret.iter().zip(bytes).take_while(|(a, b)| a == b).count();
        self.0.iter().map(common).filter(|length| *length >= SHORTEST).max().unwrap_or(0)
    }

    /// The bytes of a head, and what follows it, without the credentials and without the values of the fields that carry them.
    pub(crate) fn redact_head(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut is_redacted = false;
        for line in bytes.split_inclusive(|b| *b == b'\n') {
            // A CR alone ends no line: what stands behind it is of the same field.
            let end = line.len() - line.iter().rev().take_while(|b| b"\r\n".contains(b)).count();
            let (text, ending) = line.split_at(end);
            let name = text.split(|&b| b == b':').next().unwrap_or_default();
            if is_redacted && (text.starts_with(b" ") || text.starts_with(b"\t")) {
                // As many lines as before, and folded as before.
                out.extend_from_slice(b" <redacted>");
            } else {
                is_redacted = name.len() < text.len() && is_secret(name);
                out.extend_from_slice(if is_redacted { name } else { text });
                out.extend_from_slice(if is_redacted { b": <redacted>" } else { b"" });
            }
            out.extend_from_slice(ending);
        }
        self.redact(&out)
    }
}

/// The parts of a value that a server may repeat: `Bearer TOKEN`, `sid=VALUE; id="VALUE"`, `Digest response="VALUE"`.
fn parts(value: &[u8]) -> Vec<Vec<u8>> {
    // An `=` at the end is base64's.
    let behind_name = |part: &[u8]| {
        let at = part.iter().position(|&b| b == b'=').map_or(0, |at| at + 1);
        let value = part.get(at..).filter(|value| value.iter().any(|&b| b != b'=')).unwrap_or(part);
        value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value).to_vec()
    };
    let scheme = value.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let value = value.get(scheme..).and_then(|rest| rest.strip_prefix(b" ")).unwrap_or(value);
    let whole =
        value.split(|&b| b == b';').map(<[u8]>::trim_ascii).filter(|part| !contains(part, b"=\"") || part.ends_with(b"\""));
    let words = value.split(|b| b";, ".contains(b));
    whole.filter(|part| !part.contains(&b',')).chain(words).map(behind_name).collect()
}

/// The ways in which a server may write a value: as it is, percent-encoded, as a JSON string has it, in base64.
fn spellings(secret: &[u8]) -> Vec<Vec<u8>> {
    let percent = |is_plain: fn(&u8) -> bool, is_upper: bool| {
        secret.iter().fold(String::new(), |mut text, byte| {
            let _ = match byte {
                plain if is_plain(plain) => write!(text, "{}", char::from(*plain)),
                byte if is_upper => write!(text, "%{byte:02X}"),
                byte => write!(text, "%{byte:02x}"),
            };
            text
        })
    };
    let is_unreserved = |b: &u8| b.is_ascii_alphanumeric() || b"-._~".contains(b);
    let in_component = |b: &u8| b.is_ascii_alphanumeric() || b"-._~!*'()".contains(b);
    let mut all = vec![secret.to_vec(), String::from_utf8_lossy(secret).replace('\\', "\\\\").replace('"', "\\\"").into_bytes()];
    for is_upper in [true, false] {
        all.extend(
            [percent(is_unreserved, is_upper), percent(in_component, is_upper), percent(|_| false, is_upper)]
                .map(String::into_bytes),
        );
    }
    // In base64 its letters depend on how many bytes stand before it: the first and the last ones are others' too.
    for before in 0..3 {
        let padded = [vec![0; before], secret.to_vec()].concat();
        let inner = |text: String| {
            let text = text.into_bytes();
            let (begin, end) = ([0, 2, 3][before], text.len() - usize::from(padded.len() % 3 != 0));
            text.get(begin..end).unwrap_or_default().to_vec()
        };
        all.extend([STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)].map(inner));
    }
    all.retain(|text| text.len() >= SHORTEST);
    all
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn is_secret(name: &[u8]) -> bool {
    SECRET.iter().any(|secret| name.trim_ascii().eq_ignore_ascii_case(secret.as_bytes()))
}
