//! The network: URLs, sockets, TLS, and one exchange with a server.

mod channel;
pub(crate) mod connection;
pub(crate) mod listener;
pub(crate) mod response;
mod socket;
#[cfg(feature = "tls")]
mod tls;
pub(crate) mod url;
pub(crate) mod visit;
