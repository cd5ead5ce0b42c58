//! The WebSocket opening handshake (RFC 6455, section 4): keys, accept values, and what is wrong with them.
//!
//! Everything here is pure: bytes in, values out. Nothing is printed, and no socket is opened.

pub mod capture;
pub mod conformance;
pub mod diagnosis;
pub mod escape;
mod handshake;
pub mod head;
pub mod rules;

pub use handshake::{Accept, GUID, Key, ParseError};

/// The README's example of the library, as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
