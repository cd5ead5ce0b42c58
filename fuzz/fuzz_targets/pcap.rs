//! Files of packets, pcap or pcapng: no panic, an end, no OK without a proof.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wskey::capture::Capture;
use wskey_fuzz::verdicts;

fuzz_target!(|bytes: &[u8]| {
    let (capture, _) = Capture::read_packets(bytes);
    assert!(capture.exchanges.iter().all(|exchange| exchange.flow.is_some()));
    verdicts(&capture);
});
