//! A URL on the command line to what a handshake needs: where to connect, Host, target (RFC 6455, section 3).

use anyhow::{Context as _, Result, bail, ensure};
use std::ffi::OsStr;
use std::net::Ipv6Addr;
use wskey::visible;

/// What a URL says.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Target {
    /// The URL as it was given.
    pub(crate) url: String,
    /// Whether it asks for TLS.
    pub(crate) secure: bool,
    /// A name or an address, without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The value of Host: with the port where it is not the scheme's own.
    pub(crate) authority: String,
    /// The path and the query.
    pub(crate) path: String,
}

impl Target {
    /// Reads a URL of ws, wss, http or https, in ASCII.
    ///
    /// # Errors
    /// For what is none, for a fragment, and for a user name, which a URL of WebSocket has not.
    pub(crate) fn parse(url: &OsStr) -> Result<Self> {
        let url = ascii(url, "URL")?;
        ensure!(!url.is_empty(), "URL is empty, expected one like ws://localhost:8080/chat");
        // Not to be repeated in a message: what stands before an @ is a secret.
        let has_user =
            url.split_once("://").map_or(url, |(_, rest)| rest).split(['/', '?', '#']).next().unwrap_or_default().contains('@');
        ensure!(!has_user, "URL: there is a user or a password before '@'; -H 'Authorization: ...' sends one");
        let Some((scheme, rest)) = url.split_once("://") else {
            bail!("URL: {url} has no scheme, expected ws://{} or wss://{0}", url.trim_start_matches('/'));
        };
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "ws" | "http" => false,
            "wss" | "https" => true,
            _ => bail!("URL: the scheme is {scheme}, expected ws or wss"),
        };
        if let Some((before, fragment)) = url.split_once('#') {
            bail!("URL: '#{fragment}' is a fragment, which a WebSocket URL has not, expected {before}");
        }
        let (place, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let own_port = if secure { 443 } else { 80 };
        let (host, port) = host_and_port(place, Some(own_port)).context("URL")?;
        let name = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        Ok(Self {
            url: url.to_owned(),
            secure,
            authority: if port == own_port { name } else { format!("{name}:{port}") },
            host,
            port,
            path: if path.starts_with('/') { path.to_owned() } else { format!("/{path}") },
        })
    }
}

/// `text` where it is visible ASCII; `what` names it.
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
            bail!("{what}: '{}' cannot stand there, expected ASCII: a name in punycode, a path percent-encoded", visible(&wrong))
        }
    }
}

/// Reads the operand of --connect: a host and a port.
///
/// # Errors
/// For anything else.
pub(crate) fn place(text: &OsStr) -> Result<(String, u16)> {
    host_and_port(ascii(text, "--connect")?, None).context("--connect")
}

/// Reads `HOST`, `HOST:PORT`, or the same with an IPv6 address in brackets; `own_port` stands for one that is left out.
fn host_and_port(text: &str, own_port: Option<u16>) -> Result<(String, u16)> {
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let Some((address, port)) = rest.split_once(']') else { bail!("{text} has no ']' behind the address") };
        ensure!(address.parse::<Ipv6Addr>().is_ok(), "{address} is no IPv6 address");
        (address, port)
    } else {
        let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
        ensure!(
            !port.get(1..).unwrap_or_default().contains(':'),
            "{text} has too many colons; an IPv6 address stands in brackets"
        );
        ensure!(!host.is_empty(), "there is no host");
        let is_name = host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
        ensure!(is_name, "{host} is no name of a host");
        (host, port)
    };
    let number = match (port, own_port) {
        ("", Some(own_port)) => own_port,
        ("", None) => bail!("{text} has no port, expected HOST:PORT"),
        // A URL may end so (RFC 3986, section 3.2.3); in a script it is a variable that is empty.
        (":", _) => bail!("{text} has no port behind ':', expected 1 to 65535"),
        _ => {
            let digits = port.strip_prefix(':').filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
            let number = digits.and_then(|digits| digits.parse().ok()).filter(|&number| number != 0);
            number.with_context(|| format!("the port is '{}', expected 1 to 65535", port.trim_start_matches(':')))?
        }
    };
    Ok((host.to_owned(), number))
}
