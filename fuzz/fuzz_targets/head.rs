//! Heads: whatever the bytes are, the parser takes no more than there is, and reads on from where it stopped.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wskey::head::Head;

fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    while !rest.is_empty() {
        let head = Head::parse(rest);
        assert!((1..=rest.len()).contains(&head.len));
        rest = rest.get(head.len..).unwrap_or_default();
    }
});
