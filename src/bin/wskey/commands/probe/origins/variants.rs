//! The variants of Origin: what is sent, derived from the right one, and how much it weighs where it enters.

use crate::net::url::parse_authority;
use crate::redact::without_tokens;
use anyhow::{Context as _, Result, bail, ensure};
use std::fmt;
use std::net::Ipv4Addr;
use wskey::escape::quote;
use wskey::rules::Level;

/// The right origin: the one that must enter.
pub(super) const OWN: &str = "own";

/// A letter that stands where a dot was, for a pattern whose dots are not escaped.
const LETTER: &str = "x";

/// A page's origin (RFC 6454, section 4).
#[derive(Clone)]
pub(super) struct PageOrigin {
    scheme: String,
    /// With the brackets of an IPv6 address.
    host: String,
    /// As it is written: nothing, or a colon and a number.
    port: String,
}

/// One variant.
pub(super) struct Variant {
    /// Its name: stable, since people put it into scripts.
    pub(super) id: &'static str,
    /// How much it weighs where it enters; of the right one, where it does not.
    pub(super) level: Level,
    /// What is to be known of it where it enters.
    pub(super) description: &'static str,
    /// The values of the field lines, given the right origin; nothing where there is no such variant of that. Of several, one after the
    /// other is sent until one enters.
    pub(super) values: fn(&PageOrigin) -> Vec<Vec<String>>,
}

const fn variant(
    id: &'static str,
    level: Level,
    description: &'static str,
    values: fn(&PageOrigin) -> Vec<Vec<String>>,
) -> Variant {
    Variant { id, level, description, values }
}

/// What stands below a country's domain where names are registered one label further down.
const SECOND_LEVEL: [&str; 10] = ["ac", "co", "com", "edu", "go", "gov", "ne", "net", "or", "org"];

const FOREIGN: &str = "https://attacker.example";
const TRUSTED: &str = "another origin, which a server may trust on purpose (RFC 6454 5)";

const BESIDE: &str = "another origin, which a server may trust on purpose (RFC 6454 5), unless anybody can have a name beside this one, as below github.io";

#[rustfmt::skip]
pub(super) static VARIANTS: [Variant; 12] = [
    variant(OWN, Level::Error, "the right one", |right| one(right)),
    variant("none", Level::Note, "browsers send one, other clients need not", |_| vec![vec![]]),
    variant("null", Level::Error, "any page can have a sandboxed frame, which sends this", |_| one("null")),
    variant("foreign", Level::Error, "another site", |_| one(FOREIGN)),
    variant("subdomain", Level::Warn, BESIDE, PageOrigin::subdomains),
    variant("superdomain", Level::Warn, TRUSTED, |right| right.with_hosts(right.parent())),
    variant("ends-with", Level::Error, "a foreign host, whose name ends like the right one",
        |right| right.with_hosts(right.registered().map(|name| format!("attacker{name}")))),
    variant("begins-with", Level::Error, "a foreign host, whose name begins like the right one",
        |right| right.with_hosts(right.name().or(right.address()).map(|host| format!("{host}.attacker.example")))),
    variant("scheme", Level::Warn, TRUSTED, |right| one(right.with_other_scheme())),
    variant("port", Level::Warn, TRUSTED, |right| one(right.with_other_port())),
    variant("dot", Level::Error, "a foreign host, whose name has a letter in place of a dot", PageOrigin::without_dots),
    variant("two", Level::Note, "no browser sends two", |right| vec![vec![right.to_string(), FOREIGN.to_owned()]]),
];

fn one(value: impl fmt::Display) -> Vec<Vec<String>> {
    vec![vec![value.to_string()]]
}

impl PageOrigin {
    /// Reads `SCHEME://HOST[:PORT]`, as browsers write it; `place` is where it stands.
    ///
    /// # Errors
    /// For anything else, such as a URL with a path.
    pub(super) fn parse(value: &[u8], place: &str) -> Result<Self> {
        ensure!(!value.contains(&b'@'), "{place}: user or password before '@' is not allowed, expected SCHEME://HOST[:PORT]");
        let value = &without_tokens(value);
        let wrong = || format!("{place}: {} is no origin, expected SCHEME://HOST[:PORT]", quote(value));
        let text = str::from_utf8(value).ok().with_context(wrong)?;
        let (scheme, authority) = text.split_once("://").with_context(wrong)?;
        let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
        ensure!(is_scheme, wrong());
        if matches!(scheme, "ws" | "wss") {
            bail!(
                "{place}: {} is no page's origin, expected http{}://{authority}",
                quote(value),
                scheme.trim_start_matches("ws")
            );
        }
        // A port that is left out is the scheme's own, whatever that is.
        parse_authority(authority, Some(1)).with_context(wrong)?;
        let end = authority.rfind(']').map_or(0, |end| end + 1);
        let (host, port) = authority.split_at(authority[end..].find(':').map_or(authority.len(), |colon| end + colon));
        Ok(Self { scheme: scheme.to_owned(), host: host.to_owned(), port: port.to_owned() })
    }

    /// The host, where it is a name.
    fn name(&self) -> Option<&str> {
        Some(&*self.host).filter(|host| !host.starts_with('[') && self.address().is_none())
    }

    /// The host, where it is an IPv4 address: it may be the beginning of a name, and the end of none.
    fn address(&self) -> Option<&str> {
        Some(&*self.host).filter(|host| host.parse::<Ipv4Addr>().is_ok())
    }

    /// The end of a name that somebody registers, below which every name is theirs: without a list of public suffixes, the last two
    /// labels, or three where the last are as in `co.uk`.
    fn registered(&self) -> Option<&str> {
        let name = self.name()?;
        let labels: Vec<_> = name.rsplit('.').collect();
        let is_deep = matches!(labels[..], [top, second, ..] if top.len() == 2 && SECOND_LEVEL.contains(&second));
        name.rmatch_indices('.').nth(if is_deep { 2 } else { 1 }).map_or(Some(name), |(dot, _)| name.get(dot + 1..))
    }

    /// The domain above a name, where it is of the same owner.
    fn parent(&self) -> Option<&str> {
        let name = self.name().filter(|name| self.registered() != Some(name))?;
        name.split_once('.').map(|(_, parent)| parent)
    }

    /// A name beside this one, which ends like it, and one below it: both are of the same owner.
    fn subdomains(&self) -> Vec<Vec<String>> {
        let name = self.name().unwrap_or_default();
        let beside = self.parent().map(|_| format!("attacker{name}"));
        self.with_hosts(beside.into_iter().chain(self.name().map(|name| format!("sub.{name}"))))
    }

    /// A letter in place of each dot where that makes a name of another owner: none further left, and not the last.
    fn without_dots(&self) -> Vec<Vec<String>> {
        let (name, registered) = (self.name().unwrap_or_default(), self.registered().unwrap_or_default());
        let left = (name.len() - registered.len()).saturating_sub(1);
        let last = name.rfind('.').unwrap_or_default();
        let dots = name.match_indices('.').map(|(dot, _)| dot).filter(|dot| (left..last).contains(dot));
        self.with_hosts(dots.map(|dot| [&name[..dot], LETTER, &name[dot + 1..]].concat()))
    }

    fn with_hosts(&self, hosts: impl IntoIterator<Item = impl Into<String>>) -> Vec<Vec<String>> {
        let with = |host: String| vec![Self { host, ..self.clone() }.to_string()];
        hosts.into_iter().map(|host| with(host.into())).collect()
    }

    fn with_other_scheme(&self) -> Self {
        let scheme = if self.scheme == "https" { "http" } else { "https" };
        Self { scheme: scheme.to_owned(), ..self.clone() }
    }

    fn with_other_port(&self) -> Self {
        let port = if self.port == ":8443" { ":8444" } else { ":8443" };
        Self { port: port.to_owned(), ..self.clone() }
    }
}

impl fmt::Display for PageOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.host, self.port)
    }
}
