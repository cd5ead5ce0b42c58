//! The library through its public API.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod capture;
mod changes;
mod clients;
mod conformance;
mod diagnosis;
mod escape;
mod frame;
mod handshake;
mod head;
#[cfg(feature = "pcap")]
mod pcap;
mod proof;
mod refusals;
mod rules;
mod together;
