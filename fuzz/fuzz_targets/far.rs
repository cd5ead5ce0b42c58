//! Logs: what is said of a text does not depend on how many lines of a log stand before it and behind it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wskey::capture::Capture;
use wskey_fuzz::words;

/// The number of lines that are near each other whatever they are, and one that leaves some far.
const FEW: usize = 40;
const MANY: usize = 3000;

fuzz_target!(|bytes: &[u8]| {
    let said = |count| {
        let lines = b"2026-11-24 10:15:02 INFO words of a log\n".repeat(count);
        Capture::read(&[&lines, bytes, b"\n", &lines].concat()).map(|capture| words(&capture)).ok()
    };
    assert_eq!(said(FEW), said(MANY));
});
