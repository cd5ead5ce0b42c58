//! A URL on the command line, and what a handshake needs of it: where to connect, Host, target (RFC 6455, section 3).

use crate::output::copied;
use crate::redact::without_tokens;
use anyhow::{Context as _, Result, bail, ensure};
use std::ffi::OsStr;
use std::net::Ipv6Addr;
use std::path::Path;
use wskey::escape::visible;

/// The URL of a WebSocket.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Url {
    /// As it was given, without credentials.
    pub(crate) shown: String,
    /// Whether it asks for TLS.
    pub(crate) secure: bool,
    /// A name or an address, without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The value of Host: with the port where it is not the scheme's own.
    pub(crate) authority: String,
    /// The path and the query.
    pub(crate) target: String,
}

impl Url {
    /// Reads a URL of ws, wss, http or https, in ASCII; `HOST:PORT` means ws.
    ///
    /// # Errors
    /// For anything else, for a fragment, and for a user name, which a WebSocket URL cannot have.
    pub(crate) fn parse(url: &OsStr) -> Result<Self> {
        let url = ascii(url, "URL")?;
        ensure!(!url.is_empty(), "URL is empty, expected one like ws://localhost:8080/chat");
        let has_user =
            url.split_once("://").map_or(url, |(_, rest)| rest).split(['/', '?', '#']).next().unwrap_or_default().contains('@');
        ensure!(!has_user, "URL: user or password before '@' is not allowed; -H 'Authorization: ...' sends credentials");
        // What is wrong with it is wrong with what may be shown of it too.
        Self::read(url).or_else(|_| match Self::read(&shown(url)) {
            Err(shown) if !url.contains('@') => Err(shown),
            _ => without_secret(),
        })
    }

    fn read(url: &str) -> Result<Self> {
        let Some((scheme, rest)) = url.split_once("://") else {
            if let Some((scheme, missing, rest)) = broken_scheme(url) {
                bail!("URL: missing '{missing}' in {url}, expected {scheme}://{}", with_host(rest));
            }
            if has_port(url) {
                return Self::read(&format!("ws://{url}"));
            }
            if Path::new(url).is_file() {
                bail!("URL: {url} is a file; 'wskey inspect {}' judges the handshakes in it", copied(url, "FILE"));
            }
            bail!("URL: {url} has no scheme, expected ws://{} or wss://{0}", with_host(url));
        };
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "ws" | "http" => false,
            "wss" | "https" => true,
            _ => bail!("URL: unsupported scheme {scheme}, expected ws or wss"),
        };
        if let Some((before, fragment)) = url.split_once('#') {
            bail!("URL: fragment '#{fragment}' is not allowed in a WebSocket URL, expected {before}");
        }
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let own_port = if secure { 443 } else { 80 };
        let (host, port) = parse_authority(authority, Some(own_port)).context("URL")?;
        let name = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        Ok(Self {
            shown: shown(url),
            secure,
            authority: if port == own_port { name } else { format!("{name}:{port}") },
            host,
            port,
            target: if path.starts_with('/') { path.to_owned() } else { format!("/{path}") },
        })
    }
}

fn shown(text: &str) -> String {
    String::from_utf8_lossy(&without_tokens(text.as_bytes())).into_owned()
}

/// Whether a text is a URL, or `HOST:PORT` with or without a path.
pub(crate) fn is_like(text: &str) -> bool {
    text.contains("://") || has_port(text)
}

/// Whether `HOST:` and digits come before the path. How many digits are a port is said later.
fn has_port(url: &str) -> bool {
    let place = authority(url).rsplit_once(':');
    place.is_some_and(|(host, port)| !host.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

/// What stands before the path, in a URL without a scheme.
fn authority(url: &str) -> &str {
    url.split(['/', '?', '#']).next().unwrap_or_default()
}

/// The scheme behind which `:` or `//` is missing, which of them, and what comes after.
fn broken_scheme(url: &str) -> Option<(&str, &str, &str)> {
    let end = url.find([':', '/'])?;
    let (scheme, rest) = url.split_at(end);
    let missing = match rest.as_bytes() {
        [b'/', b'/', ..] => ":",
        // Behind a host's name stands a port.
        [b':', next, ..] if !next.is_ascii_digit() => "//",
        _ => return None,
    };
    let rest = rest.strip_prefix(':').unwrap_or(rest).trim_start_matches('/');
    matches!(scheme, "ws" | "wss" | "http" | "https").then_some((scheme, missing, rest))
}

/// A URL without a scheme, with the host that it lacks: of a path, of a port.
fn with_host(url: &str) -> String {
    let is_port = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match url.strip_prefix("//") {
        Some(rest) => rest.to_owned(),
        None if url.starts_with([':', '/', '?']) => format!("localhost{url}"),
        None if is_port(authority(url)) => format!("localhost:{url}"),
        None => url.to_owned(),
    }
}

/// An error that does not repeat what it is about: what stands before an `@` may be a password.
fn without_secret<T>() -> Result<T> {
    bail!("URL: invalid, and not repeated, since a password may stand before the '@'; expected one like ws://localhost:8080/chat")
}

/// `text`, if it is visible ASCII; `what` names it.
fn ascii<'a>(text: &'a OsStr, what: &str) -> Result<&'a str> {
    let bytes = text.as_encoded_bytes();
    match text.to_str() {
        Some(text) if bytes.iter().all(u8::is_ascii_graphic) => Ok(text),
        _ => {
            let wrong = bytes.utf8_chunks().flat_map(|chunk| {
                let invalid = Some(chunk.invalid()).filter(|bytes| !bytes.is_empty()).map(<[u8]>::to_vec);
                chunk.valid().chars().filter(|c| !c.is_ascii_graphic()).map(|c| c.to_string().into_bytes()).chain(invalid)
            });
            let wrong = wrong.into_iter().next().unwrap_or_default();
            bail!(
                "{what}: '{}' is not allowed, expected visible ASCII: a name in punycode, a percent-encoded path",
                visible(&wrong)
            )
        }
    }
}

/// Reads the argument of --connect: a host and a port.
///
/// # Errors
/// For anything else.
pub(crate) fn host_and_port(text: &OsStr) -> Result<(String, u16)> {
    let text = ascii(text, "--connect")?;
    ensure!(!text.contains('@'), "--connect: user or password before '@' is not allowed, expected HOST:PORT");
    parse_authority(text, None).context("--connect")
}

/// Reads `HOST`, `HOST:PORT`, or the same with an IPv6 address in brackets; `own_port` stands for one that is left out.
///
/// # Errors
/// For anything else.
pub(crate) fn parse_authority(text: &str, own_port: Option<u16>) -> Result<(String, u16)> {
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let Some((address, port)) = rest.split_once(']') else { bail!("{text} has no ']' after the address") };
        ensure!(address.parse::<Ipv6Addr>().is_ok(), "invalid IPv6 address {address}");
        (address, port)
    } else {
        let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
        ensure!(
            !port.get(1..).unwrap_or_default().contains(':'),
            "{text} has too many colons; write an IPv6 address in brackets"
        );
        ensure!(!host.is_empty(), "missing host");
        let is_name = host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
        ensure!(is_name, "invalid host name '{host}'");
        (host, port)
    };
    let number = match (port, own_port) {
        ("", Some(own_port)) => own_port,
        ("", None) => bail!("missing port in {text}, expected HOST:PORT"),
        // A URL may end so (RFC 3986, section 3.2.3); in a script it is a variable that is empty.
        (":", _) => bail!("missing port after ':', expected 1 to 65535"),
        _ => {
            let digits = port.strip_prefix(':').filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
            let number = digits.and_then(|digits| digits.parse().ok()).filter(|&number| number != 0);
            number.with_context(|| format!("invalid port '{}', expected 1 to 65535", port.trim_start_matches(':')))?
        }
    };
    Ok((host.to_owned(), number))
}
