//! From a captured packet to the TCP segment in it: Ethernet with VLAN tags, Linux cooked captures, loopback, raw IP; IPv4 and IPv6
//! with fragments. Every byte is read by `get`, since a packet may be cut anywhere: etherparse 0.21 reads out of bounds there.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

/// The types of links that are read: <https://www.tcpdump.org/linktypes.html>.
mod link {
    pub(super) const NULL: u16 = 0;
    pub(super) const ETHERNET: u16 = 1;
    /// Raw IP, as the systems write it and as the list has it.
    pub(super) const RAW: [u16; 5] = [12, 14, 101, 228, 229];
    pub(super) const LOOP: u16 = 108;
    pub(super) const COOKED: u16 = 113;
    pub(super) const COOKED_2: u16 = 276;
}

/// The most datagrams whose fragments are waited for, and the most fragments of one.
const MOST_DATAGRAMS: usize = 64;
const MOST_FRAGMENTS: usize = 256;

const TCP: u8 = 6;

/// A segment, with what was captured of it.
#[derive(Debug)]
pub(super) struct TcpSegment {
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(super) sequence: u32,
    flags: u8,
    pub(super) payload: Vec<u8>,
    /// How many bytes of the payload were not captured.
    pub(super) missing: usize,
}

impl TcpSegment {
    pub(super) fn is_syn(&self) -> bool {
        self.flags & 2 != 0
    }

    /// Whether its sender sends nothing more.
    pub(super) fn is_fin(&self) -> bool {
        self.flags & 1 != 0
    }

    /// How many bytes were sent in it.
    pub(super) fn length(&self) -> usize {
        self.payload.len() + self.missing
    }
}

/// An IP packet, or a fragment of one.
struct IpPacket<'a> {
    from: IpAddr,
    to: IpAddr,
    protocol: u8,
    payload: &'a [u8],
    /// How many bytes of the payload were not captured.
    missing: usize,
    fragment: Option<FragmentPlace>,
}

#[derive(Clone, Copy)]
struct FragmentPlace {
    id: u32,
    offset: usize,
    is_last: bool,
}

/// Whether packets with this link are read.
pub(super) fn is_known(number: u16) -> bool {
    [link::NULL, link::ETHERNET, link::LOOP, link::COOKED, link::COOKED_2].contains(&number) || link::RAW.contains(&number)
}

/// Takes packets, and gives the segments in them.
#[derive(Default)]
pub(super) struct Layers {
    datagrams: VecDeque<Datagram>,
}

/// A datagram of which fragments were seen.
struct Datagram {
    ends: (IpAddr, IpAddr, u8, u32),
    /// Where each begins, and its bytes; in this order, and none over another.
    fragments: Vec<(usize, Vec<u8>)>,
    length: Option<usize>,
}

impl Layers {
    /// The segment in a packet, which had `length` bytes when it was sent; nothing where there is none, or where not even its
    /// header was captured.
    pub(super) fn segment(&mut self, link: u16, packet: &[u8], length: usize) -> Option<TcpSegment> {
        let bytes = behind_link(link, packet)?;
        let sent = length.saturating_sub(packet.len() - bytes.len());
        let ip = match bytes.first()? >> 4 {
            4 => ipv4(bytes, sent)?,
            6 => ipv6(bytes, sent)?,
            _ => return None,
        };
        let Some(place) = ip.fragment else { return tcp(&ip) };
        let whole = self.join(&ip, place)?;
        let (protocol, payload) = match ip.from {
            IpAddr::V4(_) => (ip.protocol, whole.as_slice()),
            IpAddr::V6(_) => {
                let extended = behind_extensions(ip.protocol, &whole, whole.len())?;
                (extended.protocol, extended.payload)
            }
        };
        tcp(&IpPacket { protocol, payload, missing: 0, fragment: None, ..ip })
    }

    /// Adds a fragment; gives the whole where none is missing any more.
    fn join(&mut self, ip: &IpPacket<'_>, place: FragmentPlace) -> Option<Vec<u8>> {
        if ip.missing > 0 {
            return None;
        }
        let ends = (ip.from, ip.to, ip.protocol, place.id);
        let at = self.datagrams.iter().position(|datagram| datagram.ends == ends).unwrap_or_else(|| {
            if self.datagrams.len() == MOST_DATAGRAMS {
                self.datagrams.pop_front();
            }
            self.datagrams.push_back(Datagram { ends, fragments: Vec::new(), length: None });
            self.datagrams.len() - 1
        });
        let datagram = self.datagrams.get_mut(at)?;
        if !datagram.add(place, ip.payload) {
            // RFC 5722: fragments that overlap are an attack.
            self.datagrams.remove(at);
            return None;
        }
        let whole = datagram.whole()?;
        self.datagrams.remove(at);
        Some(whole)
    }
}

impl Datagram {
    /// Adds a fragment, if it can be one: whether it can.
    fn add(&mut self, place: FragmentPlace, payload: &[u8]) -> bool {
        let end = place.offset + payload.len();
        let at = self.fragments.partition_point(|(begin, _)| *begin < place.offset);
        if self.fragments.get(at).is_some_and(|(begin, there)| *begin == place.offset && there == payload) {
            return true;
        }
        let is_behind = at
            .checked_sub(1)
            .and_then(|at| self.fragments.get(at))
            .is_none_or(|(begin, there)| begin + there.len() <= place.offset);
        let is_before = self.fragments.get(at).is_none_or(|(begin, _)| end <= *begin);
        if place.is_last {
            self.length = Some(end);
        }
        if !is_behind || !is_before || self.fragments.len() == MOST_FRAGMENTS || end > usize::from(u16::MAX) {
            return false;
        }
        self.fragments.insert(at, (place.offset, payload.to_vec()));
        true
    }

    fn whole(&self) -> Option<Vec<u8>> {
        let mut whole = Vec::new();
        for (begin, bytes) in &self.fragments {
            if *begin != whole.len() {
                return None;
            }
            whole.extend_from_slice(bytes);
        }
        (self.length == Some(whole.len())).then_some(whole)
    }
}

/// What stands behind the header of the link, if it is IP.
fn behind_link(link: u16, packet: &[u8]) -> Option<&[u8]> {
    let (mut kind, mut rest) = match link {
        link::NULL | link::LOOP => return packet.get(4..),
        link::ETHERNET => (short(packet, 12)?, packet.get(14..)?),
        link::COOKED => (short(packet, 14)?, packet.get(16..)?),
        link::COOKED_2 => (short(packet, 0)?, packet.get(20..)?),
        _ => return link::RAW.contains(&link).then_some(packet),
    };
    // Tags of VLANs (IEEE 802.1Q, 802.1ad), each of four bytes.
    while matches!(kind, 0x8100 | 0x88a8 | 0x9100) {
        (kind, rest) = (short(rest, 2)?, rest.get(4..)?);
    }
    matches!(kind, 0x0800 | 0x86dd).then_some(rest)
}

/// RFC 791. `sent` is how many bytes were sent.
fn ipv4(bytes: &[u8], sent: usize) -> Option<IpPacket<'_>> {
    let header = 4 * usize::from(bytes.first()? & 15);
    // The card cuts a segment to pieces after it was captured, and fills in their lengths.
    let total = match short(bytes, 2)? {
        0 => sent,
        total => usize::from(total),
    };
    let payload = bytes.get(header..).filter(|_| header >= 20)?;
    let length = total.checked_sub(header)?;
    let place = short(bytes, 6)?;
    let (offset, is_last) = (8 * usize::from(place & 0x1fff), place & 0x2000 == 0);
    let fragment = FragmentPlace { id: short(bytes, 4)?.into(), offset, is_last };
    Some(IpPacket {
        from: IpAddr::from(*bytes.get(12..)?.first_chunk::<4>()?),
        to: IpAddr::from(*bytes.get(16..)?.first_chunk::<4>()?),
        protocol: *bytes.get(9)?,
        payload: payload.get(..length).unwrap_or(payload),
        missing: length.saturating_sub(payload.len()),
        fragment: (offset > 0 || !is_last).then_some(fragment),
    })
}

/// RFC 8200.
fn ipv6(bytes: &[u8], sent: usize) -> Option<IpPacket<'_>> {
    let length = match short(bytes, 4)? {
        0 => sent.checked_sub(40)?,
        length => usize::from(length),
    };
    let payload = bytes.get(40..)?;
    let extended = behind_extensions(*bytes.get(6)?, payload.get(..length).unwrap_or(payload), length)?;
    Some(IpPacket {
        from: IpAddr::from(*bytes.get(8..)?.first_chunk::<16>()?),
        to: IpAddr::from(*bytes.get(24..)?.first_chunk::<16>()?),
        protocol: extended.protocol,
        payload: extended.payload,
        missing: extended.missing,
        fragment: extended.fragment,
    })
}

/// What stands behind the extension headers of IPv6.
struct Extended<'a> {
    protocol: u8,
    payload: &'a [u8],
    missing: usize,
    fragment: Option<FragmentPlace>,
}

/// Skips extension headers (RFC 8200, section 4; RFC 4302) up to the payload or, in a fragment, up to what is cut there. Of the
/// bytes `length` were sent.
fn behind_extensions(mut protocol: u8, mut bytes: &[u8], mut length: usize) -> Option<Extended<'_>> {
    loop {
        let size = match protocol {
            0 | 43 | 60 => 8 + 8 * usize::from(*bytes.get(1)?),
            51 => 8 + 4 * usize::from(*bytes.get(1)?),
            44 => 8,
            _ => break,
        };
        let place = short(bytes, 2)?;
        let fragment = FragmentPlace { id: long(bytes, 4)?, offset: usize::from(place & 0xfff8), is_last: place & 1 == 0 };
        let is_fragment = protocol == 44 && (fragment.offset > 0 || !fragment.is_last);
        protocol = *bytes.first()?;
        bytes = bytes.get(size..)?;
        length = length.checked_sub(size)?;
        if is_fragment {
            let missing = length.saturating_sub(bytes.len());
            return Some(Extended { protocol, payload: bytes, missing, fragment: Some(fragment) });
        }
    }
    Some(Extended { protocol, payload: bytes, missing: length.saturating_sub(bytes.len()), fragment: None })
}

/// RFC 9293, section 3.1.
fn tcp(ip: &IpPacket<'_>) -> Option<TcpSegment> {
    let bytes = ip.payload;
    let header = 4 * usize::from(bytes.get(12)? >> 4);
    let length = (bytes.len() + ip.missing).checked_sub(header).filter(|_| header >= 20 && ip.protocol == TCP)?;
    let payload = bytes.get(header..).unwrap_or_default();
    Some(TcpSegment {
        from: SocketAddr::new(ip.from, short(bytes, 0)?),
        to: SocketAddr::new(ip.to, short(bytes, 2)?),
        sequence: long(bytes, 4)?,
        flags: *bytes.get(13)?,
        payload: payload.to_vec(),
        missing: length - payload.len(),
    })
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().copied().map(u16::from_be_bytes)
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().copied().map(u32::from_be_bytes)
}
