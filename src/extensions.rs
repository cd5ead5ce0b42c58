//! Sec-WebSocket-Extensions to the extensions that it names (RFC 6455, section 9.1).

use crate::escape::quote;
use crate::head::{EXTENSIONS, Head, is_token, trim_ows};

/// The names in Sec-WebSocket-Extensions (RFC 6455, section 9.1), or why it does not follow the grammar there.
pub(crate) fn extensions(head: &Head) -> Result<Vec<&[u8]>, String> {
    let mut names = Vec::new();
    for value in head.get_all(EXTENSIONS) {
        for extension in split_unquoted(value, b',').into_iter().filter(|extension| !extension.is_empty()) {
            let mut parts = split_unquoted(extension, b';').into_iter();
            let name = parts.next().filter(|name| is_token(name));
            names.push(name.ok_or_else(|| format!("the extension {} does not begin with a token", quote(extension)))?);
            for part in parts {
                let mut halves = part.splitn(2, |&b| b == b'=').map(trim_ows);
                if !halves.next().is_some_and(is_token) || !halves.next().is_none_or(is_token_or_quoted) {
                    return Err(format!(
                        "the parameter {} of {} is neither a token nor `token=token`, quoted or not",
                        quote(part),
                        quote(extension)
                    ));
                }
            }
        }
    }
    if names.is_empty() && head.has(EXTENSIONS) {
        return Err("Sec-WebSocket-Extensions is empty, expected at least one token".to_owned());
    }
    Ok(names)
}

/// The parts between separators outside of quotes, trimmed.
fn split_unquoted(text: &[u8], separator: u8) -> Vec<&[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = text.split(|&b| {
        let cuts = b == separator && !quoted;
        quoted ^= b == b'"' && !escaped;
        escaped = b == b'\\' && quoted && !escaped;
        cuts
    });
    parts.map(trim_ows).collect()
}

/// What is quoted must be a token too once the quotes and backslashes are gone (RFC 6455, section 9.1).
fn is_token_or_quoted(value: &[u8]) -> bool {
    let [b'"', inner @ .., b'"'] = value else { return is_token(value) };
    let mut escaped = false;
    let text: Vec<u8> = inner
        .iter()
        .copied()
        .filter(|&b| {
            escaped = b == b'\\' && !escaped;
            !escaped
        })
        .collect();
    !escaped && is_token(&text)
}
