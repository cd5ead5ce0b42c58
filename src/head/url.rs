//! What a URL says of a request for it.

use std::borrow::Cow;

/// The authority of a URL, if it has one, and the target of a request for it in origin form: its path and query, without the
/// fragment (RFC 9112, section 3.2.1). Of a relative reference it is what is written.
pub(crate) fn authority_and_target(url: &[u8]) -> (Option<&[u8]>, Cow<'_, [u8]>) {
    let url = url.split(|&b| b == b'#').next().unwrap_or_default();
    let Some(at) = url.windows(3).position(|window| window == b"://") else { return (None, Cow::Borrowed(url)) };
    let rest = &url[at + 3..];
    let (authority, target) = rest.split_at(rest.iter().position(|b| b"/?".contains(b)).unwrap_or(rest.len()));
    let is_origin_form = target.starts_with(b"/");
    (Some(authority), if is_origin_form { Cow::Borrowed(target) } else { Cow::Owned([b"/", target].concat()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        for (url, authority, target) in [
            ("ws://chat.example:81/chat?a=b://c#top", Some("chat.example:81"), "/chat?a=b://c"),
            ("wss://chat.example", Some("chat.example"), "/"),
            ("wss://chat.example?a=b", Some("chat.example"), "/?a=b"),
            ("/chat?a=b", None, "/chat?a=b"),
            ("", None, ""),
        ] {
            let expected = (authority.map(str::as_bytes), Cow::Borrowed(target.as_bytes()));
            assert_eq!(authority_and_target(url.as_bytes()), expected, "{url}");
        }
    }
}
