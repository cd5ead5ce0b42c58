//! The network: URLs, connections, TLS.

pub(crate) mod connection;
#[cfg(feature = "tls")]
mod tls;
pub(crate) mod url;
