//! The packets of a file, pcap or pcapng, one after the other. Blocks are cut out here, so that a length that lies asks for no
//! memory and no block for more than itself; pcap-parser reads what is in them.

use pcap_parser::{
    Block, InterfaceDescriptionBlock, Linktype, OptionCode, PcapHeader, parse_block_be, parse_block_le, parse_pcap_frame,
    parse_pcap_frame_be, parse_pcap_header,
};
use std::io::{self, Read};
use std::time::Duration;

/// The longest packet, as in libpcap, and the longest block of pcapng that is read: a packet, and what is said of it.
const LONGEST_PACKET: usize = 1 << 18;
const LONGEST_BLOCK: usize = LONGEST_PACKET + (1 << 17);

/// The most interfaces of one section.
const MOST_INTERFACES: usize = 1 << 12;

/// The types of blocks that are read, and of the obsolete one that held packets.
const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const OBSOLETE: u32 = 2;
const SIMPLE: u32 = 3;
const ENHANCED: u32 = 6;

/// Where in a capture a packet is: its number, counted from 1, and its time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct PacketPlace {
    pub(super) packet: u64,
    /// Since the beginning of 1970.
    pub(super) time: Option<Duration>,
}

/// A packet of the file.
pub(super) struct Packet<'a> {
    pub(super) place: PacketPlace,
    /// What it begins with: <https://www.tcpdump.org/linktypes.html>.
    pub(super) link: u16,
    pub(super) bytes: &'a [u8],
    /// How many bytes it had when it was sent.
    pub(super) length: usize,
}

/// Why no packet follows.
#[derive(Debug)]
pub(super) enum FileError {
    /// The file ends inside a packet, or inside what stands before one.
    CutOff,
    /// It is not what it should be.
    Malformed(&'static str),
    /// It cannot be read.
    Unreadable(io::Error),
}

/// Reads packets.
pub(super) struct PacketFile<R> {
    reader: R,
    form: Option<FileForm>,
    /// What was read last: a packet of pcap, a block of pcapng.
    block: Vec<u8>,
    /// The number of the packet that was asked for last, and where in the file the last block begins.
    pub(super) number: u64,
    pub(super) begin: u64,
}

enum FileForm {
    Pcap(PcapHeader),
    Pcapng { is_big_endian: bool, interfaces: Vec<Interface> },
}

struct Interface {
    link: u16,
    /// The most bytes of a packet that are captured; 0 for all.
    snap: usize,
    /// How many units of time make a second, and how many seconds are added.
    units: u128,
    offset: i64,
}

impl<R: Read> PacketFile<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, form: None, block: Vec::new(), number: 0, begin: 0 }
    }

    /// The next packet; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Packet<'_>>, FileError> {
        self.number += 1;
        if self.form.is_none() {
            self.fill(4)?;
            if self.block == SECTION.to_be_bytes() {
                self.form = Some(FileForm::Pcapng { is_big_endian: false, interfaces: Vec::new() });
                self.read_section()?;
            } else {
                self.fill(20)?;
                let header = match parse_pcap_header(&self.block) {
                    Ok((_, header)) if !header.is_modified_format() => header,
                    _ => {
                        return Err(FileError::Malformed(
                            "the file has the form of pcap that Kuznetzov modified, expected pcap or pcapng",
                        ));
                    }
                };
                self.form = Some(FileForm::Pcap(header));
            }
        }
        match &self.form {
            Some(FileForm::Pcap(header)) => {
                let header = header.clone();
                self.next_of_pcap(&header)
            }
            _ => self.next_of_pcapng(),
        }
    }

    fn next_of_pcap(&mut self, header: &PcapHeader) -> Result<Option<Packet<'_>>, FileError> {
        if !self.begin_block(16)? {
            return Ok(None);
        }
        let is_big_endian = header.is_bigendian();
        let length = number(&self.block, 8, is_big_endian) as usize;
        if length > LONGEST_PACKET {
            return Err(FileError::Malformed("it claims to be longer than 262144 bytes"));
        }
        self.fill(length)?;
        let parse = if is_big_endian { parse_pcap_frame_be } else { parse_pcap_frame };
        let frame = parse(&self.block).map_err(|_| FileError::Malformed("it has no header"))?.1;
        let unit = if header.is_nanosecond_precision() { 1 } else { 1000 };
        let time = Duration::from_secs(frame.ts_sec.into()) + Duration::from_nanos(u64::from(frame.ts_usec) * unit);
        Ok(Some(Packet {
            place: PacketPlace { packet: self.number, time: Some(time) },
            link: link_type(header.network),
            bytes: frame.data,
            length: (frame.origlen as usize).max(frame.data.len()),
        }))
    }

    fn next_of_pcapng(&mut self) -> Result<Option<Packet<'_>>, FileError> {
        loop {
            if !self.begin_block(4)? {
                return Ok(None);
            }
            if self.block == SECTION.to_be_bytes() {
                self.read_section()?;
                continue;
            }
            let Some(FileForm::Pcapng { is_big_endian, .. }) = self.form else { return Ok(None) };
            let kind = number(&self.block, 0, is_big_endian);
            if !matches!(kind, INTERFACE | OBSOLETE | SIMPLE | ENHANCED) {
                self.skip_block(is_big_endian)?;
                continue;
            }
            self.read_block(is_big_endian)?;
            if kind == OBSOLETE {
                return Err(FileError::Malformed(
                    "it is in a block of the obsolete type 2, expected type 6: editcap rewrites it",
                ));
            }
            if kind == INTERFACE {
                self.add_interface(is_big_endian)?;
            } else {
                return self.packet_of_block(is_big_endian).map(Some);
            }
        }
    }

    /// Reads a section's header, of which the type was read: the order of its bytes. It forgets the interfaces of the one before.
    fn read_section(&mut self) -> Result<(), FileError> {
        self.fill(8)?;
        let is_big_endian = match self.block.get(8..12) {
            Some([0x1a, 0x2b, 0x3c, 0x4d]) => true,
            Some([0x4d, 0x3c, 0x2b, 0x1a]) => false,
            _ => return Err(FileError::Malformed("its section does not tell the order of bytes")),
        };
        self.form = Some(FileForm::Pcapng { is_big_endian, interfaces: Vec::new() });
        self.skip_block(is_big_endian)
    }

    fn add_interface(&mut self, is_big_endian: bool) -> Result<(), FileError> {
        let Ok(Block::InterfaceDescription(block)) = parsed(&self.block, is_big_endian) else {
            return Err(FileError::Malformed("the interface before it is malformed"));
        };
        let interface = Interface::read(&block, is_big_endian);
        match &mut self.form {
            Some(FileForm::Pcapng { interfaces, .. }) if interfaces.len() < MOST_INTERFACES => interfaces.push(interface),
            _ => return Err(FileError::Malformed("more than 4096 interfaces stand before it")),
        }
        Ok(())
    }

    /// The packet in the block that was read.
    fn packet_of_block(&self, is_big_endian: bool) -> Result<Packet<'_>, FileError> {
        let block = parsed(&self.block, is_big_endian)?;
        let interface = |number: usize| match &self.form {
            Some(FileForm::Pcapng { interfaces, .. }) => interfaces.get(number),
            _ => None,
        };
        let unknown = FileError::Malformed("its interface is not described before it");
        let (interface, bytes, length, stamp) = match block {
            Block::EnhancedPacket(block) => {
                let interface = interface(block.if_id as usize).ok_or(unknown)?;
                let stamp = u64::from(block.ts_high) << 32 | u64::from(block.ts_low);
                let bytes = block.data.get(..block.caplen as usize).ok_or(FileError::Malformed("it is longer than its block"))?;
                (interface, bytes, block.origlen, Some(stamp))
            }
            Block::SimplePacket(block) => {
                let interface = interface(0).ok_or(unknown)?;
                let snap = if interface.snap == 0 { usize::MAX } else { interface.snap };
                let captured = block.data.len().min(snap).min(block.origlen as usize);
                (interface, block.data.get(..captured).unwrap_or_default(), block.origlen, None)
            }
            _ => return Err(FileError::Malformed("its block holds no packet")),
        };
        let time = stamp.and_then(|stamp| interface.time(stamp));
        let place = PacketPlace { packet: self.number, time };
        Ok(Packet { place, link: interface.link, bytes, length: (length as usize).max(bytes.len()) })
    }

    /// Begins a block with so many bytes; whether there is one.
    fn begin_block(&mut self, size: usize) -> Result<bool, FileError> {
        self.begin += self.block.len() as u64;
        self.block.clear();
        match self.fill(size) {
            Err(FileError::CutOff) if self.block.is_empty() => Ok(false),
            filled => filled.map(|()| true),
        }
    }

    /// How many bytes of this block are not read yet.
    fn rest_of_block(&mut self, is_big_endian: bool) -> Result<u64, FileError> {
        if self.block.len() < 8 {
            self.fill(4)?;
        }
        let length = number(&self.block, 4, is_big_endian);
        let rest = u64::from(length).checked_sub(self.block.len() as u64);
        rest.filter(|_| length >= 12 && length.is_multiple_of(4))
            .ok_or(FileError::Malformed("the length of its block is impossible"))
    }

    fn read_block(&mut self, is_big_endian: bool) -> Result<(), FileError> {
        let rest = self.rest_of_block(is_big_endian)?;
        let rest = usize::try_from(rest).ok().filter(|rest| *rest <= LONGEST_BLOCK);
        self.fill(rest.ok_or(FileError::Malformed("its block is longer than that of a packet"))?)?;
        let length = number(&self.block, 4, is_big_endian);
        let again = self.block.len().checked_sub(4).map(|at| number(&self.block, at, is_big_endian));
        if again == Some(length) { Ok(()) } else { Err(FileError::Malformed("the two lengths of its block differ")) }
    }

    fn skip_block(&mut self, is_big_endian: bool) -> Result<(), FileError> {
        let rest = self.rest_of_block(is_big_endian)?;
        let skipped = io::copy(&mut self.reader.by_ref().take(rest), &mut io::sink()).map_err(FileError::Unreadable)?;
        self.begin += skipped;
        if skipped == rest { Ok(()) } else { Err(FileError::CutOff) }
    }

    /// Adds so many bytes to the block.
    fn fill(&mut self, size: usize) -> Result<(), FileError> {
        let read = self.reader.by_ref().take(size as u64).read_to_end(&mut self.block).map_err(FileError::Unreadable)?;
        if read == size { Ok(()) } else { Err(FileError::CutOff) }
    }
}

impl Interface {
    fn read(block: &InterfaceDescriptionBlock<'_>, is_big_endian: bool) -> Self {
        let offset = block.options.iter().find(|option| option.code == OptionCode::IfTsoffset);
        let offset = offset.and_then(|option| option.value.first_chunk().copied()).unwrap_or_default();
        let exponent = u32::from(block.if_tsresol & 0x7f);
        let base: u128 = if block.if_tsresol & 0x80 == 0 { 10 } else { 2 };
        Self {
            link: link_type(block.linktype),
            snap: block.snaplen as usize,
            units: base.checked_pow(exponent).unwrap_or(u128::MAX),
            offset: if is_big_endian { i64::from_be_bytes(offset) } else { i64::from_le_bytes(offset) },
        }
    }

    /// The time since 1970; nothing for one before.
    fn time(&self, stamp: u64) -> Option<Duration> {
        let (seconds, rest) = (u128::from(stamp) / self.units, u128::from(stamp) % self.units);
        let nanoseconds = u32::try_from((rest * 1_000_000_000).checked_div(self.units)?).ok()?;
        Some(Duration::new(u64::try_from(seconds).ok()?.checked_add_signed(self.offset)?, nanoseconds))
    }
}

/// What is in a block.
fn parsed(block: &[u8], is_big_endian: bool) -> Result<Block<'_>, FileError> {
    let parse = if is_big_endian { parse_block_be } else { parse_block_le };
    parse(block).map(|(_, block)| block).map_err(|_| FileError::Malformed("its block is malformed"))
}

/// The number of the type; the upper bits tell of check sums.
fn link_type(link: Linktype) -> u16 {
    let [.., high, low] = link.0.to_be_bytes();
    u16::from_be_bytes([high, low])
}

fn number(bytes: &[u8], at: usize, is_big_endian: bool) -> u32 {
    let four = bytes.get(at..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default();
    if is_big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
}
