//! The WebSocket opening handshake (RFC 6455, section 4): keys, accept values, and what is wrong with them.
//!
//! Bytes in, values out: nothing is printed and no socket is opened. [`Key::random`] alone asks the system, for random bytes.
//!
//! - [`Key`] and [`Accept`]: the two values, and how the one follows from the other.
//! - [`head`]: parses the head of a request or a response. [`rules`]: what is wrong with a handshake.
//! - [`changes`]: what a proxy made of a head. [`frame`]: what may follow the head of a 101.
//! - [`diagnosis`]: why an accept value is wrong.
//! - [`capture`]: the handshakes in a log, a HAR file, what curl printed.
//! - [`escape`]: bytes made fit for a terminal.
//! - [`conformance`]: altered handshakes, and what a peer must do with each.
//!
//! # A server
//!
//! Its half of the handshake, from the crate's `examples/server.rs`:
//!
//! ```no_run
#![doc = include_str!("../examples/server.rs")]
//! ```

pub mod capture;
pub mod changes;
pub mod conformance;
pub mod diagnosis;
pub mod escape;
mod extensions;
pub mod frame;
mod handshake;
pub mod head;
mod latest;
pub mod rules;

pub use handshake::{Accept, GUID, Key, ParseError};

/// The README's example of the library, as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
