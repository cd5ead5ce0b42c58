//! Why a capture cannot be read.

use std::fmt;

/// Why a capture that begins as a HAR file is none.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct CaptureError {
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1.
    pub column: usize,
    /// Whether it ends there, before it is whole.
    pub is_cut: bool,
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, is_cut } = self;
        if *is_cut {
            write!(f, "begins as a HAR file and is cut off in line {line}")
        } else {
            write!(f, "begins as a HAR file, and is none: line {line}, column {column}")
        }
    }
}

impl std::error::Error for CaptureError {}
