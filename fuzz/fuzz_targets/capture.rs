//! Captures: no panic, and no more is found than there is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wskey::capture::Capture;

fuzz_target!(|bytes: &[u8]| {
    let Ok(Capture { exchanges: found, .. }) = Capture::read(bytes) else { return };
    let heads = || found.iter().flat_map(|exchange| exchange.request.iter().chain(&exchange.response));
    assert!(found.iter().all(|exchange| exchange.request.is_some() || exchange.response.is_some()));
    assert!(heads().flat_map(|head| &head.fields).map(|field| field.value.len()).sum::<usize>() <= bytes.len());
});
