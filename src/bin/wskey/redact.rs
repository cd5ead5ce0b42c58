//! Bytes that were sent and received, without credentials.

use std::cmp::Reverse;

/// Fields whose values are nobody else's business.
const SECRET: [&str; 4] = ["Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"];

const REDACTED: &[u8] = b"<redacted>";

/// What must not be shown: the values that the user gave to fields that carry credentials.
pub(crate) struct Secrets(Vec<Vec<u8>>);

impl Secrets {
    pub(crate) fn of(fields: &[(String, Vec<u8>)]) -> Self {
        let mut secrets = Vec::new();
        for (_, value) in fields.iter().filter(|(name, _)| is_secret(name.as_bytes())) {
            secrets.push(value.clone());
            // `Bearer TOKEN`, `sid=VALUE; id=VALUE`: a server may repeat a part.
            for part in value.split(|&b| b == b';').map(<[u8]>::trim_ascii) {
                secrets.extend(part.splitn(2, |b| b" =".contains(b)).skip(1).map(<[u8]>::to_vec));
            }
        }
        // Shorter ones are in every text by chance; their own field lines hide them.
        secrets.retain(|secret| secret.len() >= 6);
        secrets.sort_by_key(|secret| Reverse(secret.len()));
        Self(secrets)
    }

    /// `bytes` without the secrets, wherever they stand: a server may repeat what it was sent.
    pub(crate) fn redact(&self, bytes: &[u8]) -> Vec<u8> {
        self.0.iter().fold(bytes.to_vec(), |bytes, secret| {
            let mut out = Vec::new();
            let mut rest = bytes.as_slice();
            while let Some(at) = rest.windows(secret.len()).position(|window| window == secret) {
                out.extend_from_slice(&rest[..at]);
                out.extend_from_slice(REDACTED);
                rest = &rest[at + secret.len()..];
            }
            out.extend_from_slice(rest);
            out
        })
    }

    /// The bytes of a head, and what follows it, without the secrets and without the values of the fields that carry them.
    pub(crate) fn redact_head(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut is_redacted = false;
        for line in bytes.split_inclusive(|b| b"\r\n".contains(b)) {
            let text = line.strip_suffix(b"\r").or(line.strip_suffix(b"\n")).unwrap_or(line);
            let name = text.split(|&b| b == b':').next().unwrap_or_default();
            let goes_on = is_redacted && (text.is_empty() || text.starts_with(b" ") || text.starts_with(b"\t"));
            if !goes_on {
                is_redacted = name.len() < text.len() && is_secret(name);
                out.extend_from_slice(if is_redacted { name } else { text });
                out.extend_from_slice(if is_redacted { b": <redacted>" } else { b"" });
            }
            out.extend_from_slice(&line[text.len()..]);
        }
        self.redact(&out)
    }
}

fn is_secret(name: &[u8]) -> bool {
    SECRET.iter().any(|secret| name.trim_ascii().eq_ignore_ascii_case(secret.as_bytes()))
}
