//! Verdicts: any bytes, read as a capture and as bytes that were sent. No yes without a proof, and line endings change nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wskey::capture::Capture;
use wskey_fuzz::{verdicts, words};

fuzz_target!(|bytes: &[u8]| {
    verdicts(&Capture::read_raw(bytes));
    let said = |bytes: &[u8]| Capture::read(bytes).map(|capture| words(&capture)).ok();
    said(bytes);
    // Of what is no ASCII, or UTF-16 of it, line endings may be a part: of a frame, of a length.
    if bytes.is_ascii() && !bytes.contains(&0) {
        let lf: Vec<u8> = bytes.iter().copied().filter(|&b| b != b'\r').collect();
        let crlf = lf.split(|&b| b == b'\n').collect::<Vec<_>>().join(b"\r\n".as_slice());
        assert_eq!(said(&lf), said(&crlf));
    }
});
