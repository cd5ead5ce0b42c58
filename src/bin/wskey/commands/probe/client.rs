//! The client of `wskey probe`: its requests, with the fields that the user gave, and the server they go to.

use super::{clients, from};
use crate::cli::ProbeArgs;
use crate::input::seconds;
use crate::net::connection::Server;
use crate::net::response::Response;
use crate::net::url::{self, Url};
use crate::output::{progress, remark};
use crate::redact::{Secrets, is_secret};
use anyhow::{Context as _, Result, bail, ensure};
use std::ffi::{OsStr, OsString};
use std::thread;
use std::time::{Duration, Instant};
use wskey::Key;
use wskey::conformance::{Delivery, Message};
use wskey::escape::visible;
use wskey::head::{EXTENSIONS, Head, KEY, PROTOCOL};

/// The pause before the next attempt, where a server is starting, went away or may have.
pub(super) const PAUSE: Duration = Duration::from_millis(100);

/// How long what passes through a proxy is waited for at least, and the end of its connection.
pub(super) const LEAST_WAITED: Duration = Duration::from_secs(2);

/// What browsers offer in every handshake: a server that selects it wrongly fails in them, and shows it to nobody else.
const BROWSERS_OFFER: &str = "permessage-deflate; client_max_window_bits";

/// What is needed for a handshake with the server that the arguments name.
#[derive(Clone)]
pub(super) struct Client {
    /// As it may be shown.
    pub(super) url: String,
    server: Server,
    request: Message,
    /// Whether the user gave a key, which then stands in every request.
    has_key: bool,
    pub(super) limit: Duration,
    /// How long a first byte is waited for, over several attempts.
    pub(super) wait: Option<Duration>,
    pub(super) secrets: Secrets,
}

impl Client {
    pub(super) fn new(args: &ProbeArgs, url: &OsStr) -> Result<Self> {
        let url = Url::parse(url)?;
        let server = server(args, &url)?;
        let fields = args.header.iter().map(field).collect::<Result<Vec<_>>>()?;
        let request = request(args, &url, &fields)?;
        let secrets = Secrets::of(&Head::parse(&request.to_bytes()));
        Ok(Self {
            url: url.shown,
            server,
            request,
            has_key: fields.iter().any(|(name, _)| name.eq_ignore_ascii_case(KEY)),
            limit: seconds(args.timeout, "--timeout")?,
            wait: args.wait.map(|wait| seconds(wait, "--wait")).transpose()?,
            secrets,
        })
    }

    /// A valid handshake with a fresh key, and the fields that the user gave.
    ///
    /// # Errors
    /// If the system's random generator fails.
    pub(super) fn request(&self) -> Result<Message> {
        let mut request = self.request.clone();
        if !self.has_key {
            let key = fresh_key()?;
            request.alter(KEY, |line| line.value = key.as_bytes().to_vec());
        }
        Ok(request)
    }

    /// The first exchange with a server that may be starting: it is tried again while `is_there` says that what came of it is not what is
    /// waited for.
    pub(super) fn first_exchange(&mut self, request: &Message, is_there: impl Fn(&Response) -> bool) -> Response {
        let begin = Instant::now();
        loop {
            // Rounded up, as it is printed where nothing comes: to hundredths of a second.
            let left = self.wait.map(|wait| wait.saturating_sub(begin.elapsed()).as_millis().div_ceil(10).max(1));
            let left = left.map(|left| Duration::from_millis(u64::try_from(left * 10).unwrap_or(u64::MAX)));
            let response = self.exchange(request, left.map_or(self.limit, |left| left.min(self.limit)));
            let is_over = self.wait.is_none_or(|wait| begin.elapsed() + PAUSE >= wait);
            if is_over || is_there(&response) {
                progress(format_args!(""));
                return response;
            }
            progress(format_args!("waiting for {}", self.url));
            thread::sleep(PAUSE);
        }
    }

    /// Says that not one byte of a response came, and why.
    pub(super) fn remark_nobody(&self, why: &str) {
        let waited = self.wait.map(|wait| format!(" (waited {} s)", wait.as_secs_f64())).unwrap_or_default();
        remark(format_args!("{}: {why}{waited}", self.url));
    }

    /// The Origin that it sends.
    pub(super) fn origin(&self) -> Option<Vec<u8>> {
        self.request.get("Origin").map(<[u8]>::to_vec)
    }

    /// Sends this in a message behind each 101 from now on, once the server's has come.
    pub(super) fn say(&mut self, message: Vec<u8>) {
        self.server.message = Some(message);
    }

    /// Whether it speaks TLS.
    pub(super) fn is_secure(&self) -> bool {
        self.request.secure
    }

    /// What was sent of a request, without credentials.
    pub(super) fn sent(&self, request: &Message, response: &Response) -> Vec<u8> {
        if response.is_unreachable() { Vec::new() } else { self.secrets.redact_head(&request.to_bytes()) }
    }

    /// Whether the server accepts a valid handshake.
    ///
    /// # Errors
    /// If the system's random generator fails.
    pub(super) fn is_accepted(&mut self, limit: Duration) -> Result<bool> {
        Ok(self.exchange(&self.request()?, limit).is_switch())
    }

    pub(super) fn exchange(&mut self, request: &Message, limit: Duration) -> Response {
        self.server.exchange(&request.to_bytes(), request.delivery == Delivery::ByteByByte, limit)
    }
}

fn server(args: &ProbeArgs, url: &Url) -> Result<Server> {
    let (host, port) = match &args.connect {
        Some(place) => url::host_and_port(place)?,
        None => (url.host.clone(), url.port),
    };
    let mut server = Server::new(&host, port);
    if let Some(address) = &args.behind {
        ensure!(!leads_to(&host, port, address), "{}: leads to {address} itself, expected the proxy's URL", url.shown);
        // Behind the proxy is who answers a Close frame.
        server.closing = seconds(args.timeout, "--timeout")?.max(LEAST_WAITED);
        server.ends_first = true;
    }
    #[cfg(feature = "tls")]
    let server = if url.secure { server.with_tls(&url.host, args.cacert.as_deref(), args.insecure)? } else { server };
    #[cfg(not(feature = "tls"))]
    ensure!(!url.secure, "this wskey was built without TLS, so it cannot use wss://");
    Ok(server)
}

/// Whether a host and a port are the address at which this program listens.
fn leads_to(host: &str, port: u16, address: &str) -> bool {
    let Some((own, own_port)) = address.rsplit_once(':') else { return false };
    let number = |name| if str::eq_ignore_ascii_case(name, "localhost") { "127.0.0.1" } else { name };
    let (own, host) = (number(own.trim_matches(['[', ']'])), number(host));
    // Nobody else can listen at this port of an address that all are part of.
    let is_part = |all: &str, one: &str| ["0.0.0.0", "::"].contains(&all) && ["127.0.0.1", "::1"].contains(&one);
    own_port.parse() == Ok(port) && (own == host || is_part(own, host) || is_part(host, own))
}

fn request(args: &ProbeArgs, url: &Url, fields: &[(String, Vec<u8>)]) -> Result<Message> {
    let key = fresh_key()?;
    let mut request = match (args.as_client, &args.from) {
        (Some(client), _) => clients::request(client, url, key),
        (None, Some(file)) => from::request(file, url, key)?,
        (None, None) => Message::request(url.secure, &url.authority, &url.target, key),
    };
    for (option, is_given, name) in
        [("--origin", args.origin.is_some(), "Origin"), ("--subprotocol", !args.subprotocol.is_empty(), PROTOCOL)]
    {
        let is_field = fields.iter().any(|(field, _)| field.eq_ignore_ascii_case(name));
        ensure!(!(is_given && is_field), "{option} and -H '{name}: ...' give the same field, expected one of them");
    }
    if let Some(origin) = &args.origin {
        request.set("Origin", one_line(origin, "--origin")?);
    }
    if !args.subprotocol.is_empty() {
        let names = args.subprotocol.iter().map(|name| Ok(one_line(name, "--subprotocol")?.trim_ascii()));
        request.set(PROTOCOL, names.collect::<Result<Vec<_>>>()?.join(&b", "[..]));
    }
    if !args.conformance && args.as_client.is_none() && args.from.is_none() {
        request.set(EXTENSIONS, BROWSERS_OFFER);
    }
    for (i, (name, value)) in fields.iter().enumerate() {
        let is_first = !fields.iter().take(i).any(|(other, _)| other.eq_ignore_ascii_case(name));
        if is_first { request.set(name, value.as_slice()) } else { request.add(name, value.as_slice()) }
    }
    Ok(request)
}

pub(super) fn fresh_key() -> Result<Key> {
    Key::random().context("the system's random generator")
}

/// The name and the value of `-H`.
fn field(text: &OsString) -> Result<(String, Vec<u8>)> {
    // Not to be repeated in messages beyond the name: the value may be a password.
    let line = one_line(text, "-H")?;
    let name = line.split(|&b| b == b':').next().unwrap_or_default();
    let word = name.split(|b| b" \t=".contains(b)).next().unwrap_or_default();
    let name = visible(if is_secret(word) { word } else { name });
    let head = Head::parse(&[b"GET / HTTP/1.1\r\n", line, b"\r\n\r\n"].concat());
    match head.fields.as_slice() {
        [only] if head.irregularities.is_empty() => Ok((String::from_utf8_lossy(&only.name).into_owned(), only.value.clone())),
        _ if !line.contains(&b':') => bail!("-H: missing colon, expected `Name: value`"),
        _ => bail!("-H: invalid field name '{name}', expected `Name: value`"),
    }
}

/// The bytes of an argument that becomes part of a line: one that could end the line would smuggle in another.
fn one_line<'a>(text: &'a OsString, option: &str) -> Result<&'a [u8]> {
    let bytes = text.as_encoded_bytes();
    ensure!(!bytes.iter().any(|b| b"\r\n\0".contains(b)), "{option}: contains a CR, LF or NUL, expected one line");
    Ok(bytes)
}
