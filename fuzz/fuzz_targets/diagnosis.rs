//! Diagnosis: any key and any accept value, with the keys beside them, one per line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wskey::diagnosis::{Mismatch, describe, diagnose};

fuzz_target!(|bytes: &[u8]| {
    let mut lines = bytes.split(|&b| b == b'\n');
    let (key, accept) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let others: Vec<&[u8]> = lines.take(4).collect();
    let _ = diagnose(Mismatch { key, accept }, &others);
    let _ = describe(accept);
});
