//! Packets in binary form, pcap or pcapng: from the file to segments, to the bytes of each direction, to exchanges. The judge of the
//! bytes is `raw`, as of any others.

mod assembly;
mod connection;
mod direction;
mod file;
mod flows;
mod layers;

use super::heads::{MOST_HEADS, MOST_RESPONSES};
use super::names::is_websocket;
use crate::head::Exchange;
use file::{FileError, PacketFile};
use flows::Flows;
use layers::Layers;
use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

/// The most bytes of heads, bodies and frames that are kept.
const MOST_KEPT: usize = 14 << 20;

/// What is to be said of a capture of packets beside its exchanges.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum PacketRemark {
    /// It ends inside a packet: its number, and where in the file it begins.
    CutOff {
        /// Its number, counted from 1.
        packet: u64,
        /// How many bytes stand before it.
        offset: u64,
    },
    /// What comes cannot be read, and was not.
    Malformed {
        /// The number of the packet, counted from 1.
        packet: u64,
        /// How many bytes stand before it.
        offset: u64,
        /// What is wrong with it.
        message: String,
    },
    /// So many packets have a link of this type, which is not read.
    UnknownLink {
        /// The number of the type: <https://www.tcpdump.org/linktypes.html>.
        number: u16,
        /// How many packets.
        packets: u64,
    },
    /// So many connections were TLS.
    Tls(usize),
    /// Packets were not captured whole.
    Snapped,
    /// There were more handshakes than are kept.
    TooMany,
    /// So many connections were given up, since too many were open at once.
    GivenUp(usize),
}

impl PacketRemark {
    /// Whether a part of the file was not read that may have held a handshake.
    #[must_use]
    pub fn is_trouble(&self) -> bool {
        matches!(self, Self::Malformed { .. } | Self::UnknownLink { .. } | Self::TooMany | Self::GivenUp(_))
    }
}

impl fmt::Display for PacketRemark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flows = |count: usize| if count == 1 { "1 flow is".to_owned() } else { format!("{count} flows are") };
        match self {
            Self::CutOff { packet, offset } => write!(f, "cut off in packet {packet}, at byte {offset}"),
            Self::Malformed { packet, offset, message } => {
                write!(f, "packet {packet}, at byte {offset}: {message}; it and what follows was not read")
            }
            Self::UnknownLink { number, packets } => write!(
                f,
                "{packets} packet{} of link type {number}, which is not read, expected Ethernet (1), Linux cooked (113, 276), loopback \
                 (0, 108), or IP (101, 228, 229)",
                if *packets == 1 { " is" } else { "s are" }
            ),
            Self::Tls(count) => {
                write!(f, "{} TLS: give SSLKEYLOGFILE to Wireshark, or capture behind the proxy", flows(*count))
            }
            Self::Snapped => f.write_str("packets were not captured whole: `tcpdump -s 0` captures all of each"),
            Self::TooMany => f.write_str("too many handshakes, the rest was not judged (limits: 65536, or 14 MiB of them)"),
            Self::GivenUp(count) => write!(
                f,
                "{count} of the connections that were open at once were not read to their end (limits: 8192, or 24 MiB)"
            ),
        }
    }
}

/// Finds the exchanges in a file of packets.
pub(super) fn read(reader: impl Read) -> (Kept, Vec<PacketRemark>) {
    let mut file = PacketFile::new(reader);
    let (mut layers, mut flows, mut kept) = (Layers::default(), Flows::default(), Kept::default());
    let (mut found, mut remarks) = (Vec::new(), Vec::new());
    let mut unknown: BTreeMap<u16, u64> = BTreeMap::new();
    loop {
        match file.next() {
            Ok(Some(packet)) if !layers::is_known(packet.link) => *unknown.entry(packet.link).or_default() += 1,
            Ok(Some(packet)) => {
                if let Some(segment) = layers.segment(packet.link, packet.bytes, packet.length) {
                    flows.take(&segment, packet.place, &mut found);
                    kept.add(&mut found);
                }
            }
            Ok(None) => break,
            Err(error) => {
                remarks.push(error.remark(file.number, file.begin));
                break;
            }
        }
    }
    flows.end_all(&mut found);
    kept.add(&mut found);
    remarks.extend(unknown.into_iter().map(|(number, packets)| PacketRemark::UnknownLink { number, packets }));
    remarks.extend(kept.is_cut.then_some(PacketRemark::TooMany));
    remarks.extend((flows.given_up > 0).then_some(PacketRemark::GivenUp(flows.given_up)));
    remarks.extend((flows.tls > 0).then_some(PacketRemark::Tls(flows.tls)));
    remarks.extend(flows.is_snapped.then_some(PacketRemark::Snapped));
    kept.sort();
    (kept, remarks)
}

impl FileError {
    /// The file fails so in the packet of this number, or in what stands before it and begins there.
    fn remark(self, packet: u64, offset: u64) -> PacketRemark {
        match self {
            Self::CutOff => PacketRemark::CutOff { packet, offset },
            Self::Malformed(message) => PacketRemark::Malformed { packet, offset, message: message.to_owned() },
            Self::Unreadable(error) => PacketRemark::Malformed { packet, offset, message: error.to_string() },
        }
    }
}

/// The exchanges that are kept.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) exchanges: Vec<Exchange>,
    /// The responses without requests, as long as there is no request.
    pub(super) responses: Vec<Exchange>,
    has_request: bool,
    bytes: usize,
    /// Whether there were more than are kept.
    pub(super) is_cut: bool,
}

impl Kept {
    fn add(&mut self, found: &mut Vec<Exchange>) {
        for exchange in found.drain(..) {
            if exchange.request.is_some() && !self.has_request {
                self.has_request = true;
                self.responses = Vec::new();
            }
            if !self.has_request && self.responses.len() < MOST_RESPONSES {
                self.responses.push(exchange.clone());
            }
            if !exchange.heads().any(|(_, head)| is_websocket(head)) {
                continue;
            }
            let bytes = size(&exchange);
            if self.exchanges.len() == MOST_HEADS || self.bytes + bytes > MOST_KEPT {
                self.is_cut = true;
            } else {
                self.bytes += bytes;
                self.exchanges.push(exchange);
            }
        }
    }

    fn sort(&mut self) {
        let packet = |exchange: &Exchange| exchange.flow.as_ref().map(|flow| flow.packet);
        self.exchanges.sort_by_key(packet);
        self.responses.sort_by_key(packet);
    }
}

/// How much memory an exchange takes, about.
fn size(exchange: &Exchange) -> usize {
    let fields = exchange.heads().flat_map(|(_, head)| &head.fields);
    let fields: usize = fields.map(|field| field.name.len() + field.value.len() + 64).sum();
    let behind = exchange.behind.as_ref().map_or(0, |behind| behind.bytes.len());
    512 + fields + behind + exchange.body.as_ref().map_or(0, Vec::len)
}
