//! Whose fault something is.

use std::fmt;

/// Who is at fault.
#[non_exhaustive]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// Who sent the request.
    Client,
    /// Who answered it.
    Server,
    /// An intermediary (RFC 9110, section 3.7): a proxy, a load balancer, a cache.
    Proxy,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Client => "client",
            Self::Server => "server",
            Self::Proxy => "proxy",
        })
    }
}
