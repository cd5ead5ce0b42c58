//! The WebSocket opening handshake (RFC 6455, section 4): keys, accept values, and what is wrong with them.
//!
//! Everything here is pure: bytes in, values out. Nothing is printed, and no socket is opened.

mod capture;
pub mod conformance;
mod diagnosis;
mod escape;
mod handshake;
mod head;
mod rules;

pub use capture::Capture;
pub use diagnosis::{Cause, Suspects, causes, describe, diagnose, well_known};
pub use escape::{Visible, is_unsafe, visible};
pub use handshake::{Accept, GUID, Key, ParseError};
pub use head::{Exchange, Field, Head, Oddity, Seen, trim};
pub use rules::{Finding, Level, RULES, Rule, Side, judge, unjudged};

/// The README's example of the library, as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
