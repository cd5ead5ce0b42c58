//! Sec-WebSocket-Extensions to the extensions that it names (RFC 6455, section 9.1), and the parameters of permessage-deflate
//! (RFC 7692, section 7.1).

use crate::escape::quote;
use crate::head::{EXTENSIONS, Head, Kind, is_token, trim_ows};

/// One extension, offered or agreed on.
pub(crate) struct Extension<'a> {
    pub(crate) name: &'a [u8],
    /// Each with its value, without the quotes around it.
    parameters: Vec<(&'a [u8], Option<Vec<u8>>)>,
}

/// The extensions in Sec-WebSocket-Extensions (RFC 6455, section 9.1), or why it does not follow the grammar there.
pub(crate) fn extensions(head: &Head) -> Result<Vec<Extension<'_>>, String> {
    let texts = head.get_all(EXTENSIONS).flat_map(|value| split_unquoted(value, b','));
    // A server reads over empty members (RFC 9110, section 5.6.1.2); clients fail the connection over one.
    let is_offer = head.kind() == Kind::Request;
    let all: Vec<_> = texts.filter(|text| !is_offer || !text.is_empty()).map(Extension::read).collect::<Result<_, _>>()?;
    if all.is_empty() && head.has(EXTENSIONS) {
        return Err("Sec-WebSocket-Extensions is empty, expected at least one token".to_owned());
    }
    Ok(all)
}

impl<'a> Extension<'a> {
    fn read(text: &'a [u8]) -> Result<Self, String> {
        let mut parts = split_unquoted(text, b';').into_iter();
        let name = parts.next().filter(|name| is_token(name));
        let name = name.ok_or_else(|| match text {
            [] => "Sec-WebSocket-Extensions has an empty member, expected a token".to_owned(),
            _ => format!("the extension {} does not begin with a token", quote(text)),
        })?;
        let parameter = |part: &'a [u8]| {
            let mut halves = part.splitn(2, |&b| b == b'=').map(trim_ows);
            let name = halves.next().filter(|name| is_token(name));
            let value = halves.next().map_or(Some(None), |value| unquoted(value).map(Some));
            name.zip(value).ok_or_else(|| {
                format!("the parameter {} of {} is neither a token nor `token=token`, quoted or not", quote(part), quote(text))
            })
        };
        Ok(Self { name, parameters: parts.map(parameter).collect::<Result<_, _>>()? })
    }

    /// Whether it is the same with the same parameters, in any order.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let sorted = |extension: &Self| {
            let mut parameters = extension.parameters.clone();
            parameters.sort();
            parameters
        };
        self.name == other.name && sorted(self) == sorted(other)
    }

    pub(crate) fn is_deflate(&self) -> bool {
        self.name == b"permessage-deflate"
    }

    pub(crate) fn has(&self, parameter: &str) -> bool {
        self.parameters.iter().any(|(name, _)| *name == parameter.as_bytes())
    }

    pub(crate) fn value(&self, parameter: &str) -> Option<&[u8]> {
        self.parameters.iter().find(|(name, _)| *name == parameter.as_bytes())?.1.as_deref()
    }
}

/// The parts between separators outside of quotes, trimmed.
pub(crate) fn split_unquoted(text: &[u8], separator: u8) -> Vec<&[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = text.split(|&b| {
        let cuts = b == separator && !quoted;
        quoted ^= b == b'"' && !escaped;
        escaped = b == b'\\' && quoted && !escaped;
        cuts
    });
    parts.map(trim_ows).collect()
}

/// A value without its quotes and backslashes, which must be a token then (RFC 6455, section 9.1).
fn unquoted(value: &[u8]) -> Option<Vec<u8>> {
    let [b'"', inner @ .., b'"'] = value else { return is_token(value).then(|| value.to_vec()) };
    let mut escaped = false;
    let text: Vec<u8> = inner
        .iter()
        .copied()
        .filter(|&b| {
            escaped = b == b'\\' && !escaped;
            !escaped
        })
        .collect();
    (!escaped && is_token(&text)).then_some(text)
}

/// Whose parameters they are: a client's offer, a server's answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Party {
    Client,
    Server,
}

/// The parameters of permessage-deflate (RFC 7692, section 7.1).
#[derive(Default)]
pub(crate) struct Deflate {
    pub(crate) server_bits: Option<u8>,
    client_bits: bool,
    pub(crate) no_server_takeover: bool,
    no_client_takeover: bool,
}

impl Deflate {
    /// Reads the parameters, each of which stands there once at most (RFC 7692, section 7.1).
    ///
    /// # Errors
    /// Why they are not valid.
    pub(crate) fn read(extension: &Extension, party: Party) -> Result<Self, String> {
        let mut deflate = Self::default();
        for (name, value) in &extension.parameters {
            let is_repeated = match (*name, value) {
                (b"server_no_context_takeover" | b"client_no_context_takeover", Some(value)) => {
                    return Err(format!("{} takes no value, got {}", quote(name), quote(value)));
                }
                (b"server_no_context_takeover", None) => std::mem::replace(&mut deflate.no_server_takeover, true),
                (b"client_no_context_takeover", None) => std::mem::replace(&mut deflate.no_client_takeover, true),
                // An offer may have it without a value.
                (b"client_max_window_bits", None) if party == Party::Client => std::mem::replace(&mut deflate.client_bits, true),
                (b"client_max_window_bits", value) => {
                    bits(name, value.as_ref())?;
                    std::mem::replace(&mut deflate.client_bits, true)
                }
                (b"server_max_window_bits", value) => deflate.server_bits.replace(bits(name, value.as_ref())?).is_some(),
                _ => return Err(format!("the parameter {} is not known", quote(name))),
            };
            if is_repeated {
                return Err(format!("the parameter {} stands there twice", quote(name)));
            }
        }
        Ok(deflate)
    }

    /// What of this offer an answer does not satisfy, if anything (RFC 7692, sections 7.1.1 and 7.1.2).
    pub(crate) fn unsatisfied_by(&self, answer: &Self) -> Option<String> {
        match (self.server_bits, answer.server_bits) {
            (Some(offered), None) => return Some(format!("server_max_window_bits={offered} is not answered")),
            (Some(offered), Some(answered)) if answered > offered => {
                return Some(format!("server_max_window_bits={answered} is more than {offered}, which was offered"));
            }
            _ => {}
        }
        if self.no_server_takeover && !answer.no_server_takeover {
            return Some("server_no_context_takeover is not answered".to_owned());
        }
        (answer.client_bits && !self.client_bits).then(|| "client_max_window_bits was not offered".to_owned())
    }
}

/// 8 to 15, without a leading zero (RFC 7692, section 7.1.2).
fn bits(name: &[u8], value: Option<&Vec<u8>>) -> Result<u8, String> {
    let Some(value) = value else { return Err(format!("{} has no value, expected 8 to 15", quote(name))) };
    match value.as_slice() {
        [digit @ b'8'..=b'9'] => Ok(digit - b'0'),
        [b'1', digit @ b'0'..=b'5'] => Ok(10 + digit - b'0'),
        _ => Err(format!("{} is {}, expected 8 to 15", quote(name), quote(value))),
    }
}
