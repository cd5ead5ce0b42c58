//! Why a capture cannot be read.

use std::fmt;

/// Why a capture cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum CaptureError {
    /// It begins as a HAR file and is none.
    NoHar {
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1.
        column: usize,
        /// Whether it ends there, before it is whole.
        is_cut: bool,
    },
    /// It is UTF-16 in one part and UTF-8 in another, and one of them cannot be read.
    MixedEncodings,
    /// It is a file of packets in binary form, pcap or pcapng.
    Packets,
    /// It has more than 64 MiB, and is a HAR file or in UTF-16.
    TooLong,
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHar { line, is_cut: true, .. } => write!(f, "begins as a HAR file and is cut off in line {line}"),
            Self::NoHar { line, column, .. } => {
                write!(f, "begins as a HAR file but is not a valid one: line {line}, column {column}")
            }
            Self::MixedEncodings => f.write_str("is UTF-16 in one part and UTF-8 in another, expected one of them throughout"),
            Self::TooLong => f.write_str("more than 64 MiB, the most that is read of a HAR file, and of a text in UTF-16"),
            Self::Packets => f.write_str("is a pcap file, expected text: `tcpdump -X -r FILE | wskey inspect`"),
        }
    }
}

impl std::error::Error for CaptureError {}
