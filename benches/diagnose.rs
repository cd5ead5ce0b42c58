//! How long one diagnosis takes, in accept values of one key: `cargo bench --bench diagnose`.
//!
//! The value is one that nothing explains, so that the whole search is made.

use std::hint::black_box;
use std::time::{Duration, Instant};
use wskey::{Accept, diagnose};

/// The median of 101 runs.
fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<_> = (0..101)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[50]
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its result")]
fn main() {
    let key = b"dGhlIHNhbXBsZSBub25jZQ==";
    let wrong = Accept::from_digest(*b"explained by nothing").encode();
    let others: Vec<String> = (0..1024_u128).map(|n| wskey::Key::from_nonce(n.to_le_bytes()).to_string()).collect();
    let others: Vec<_> = others.iter().map(String::as_bytes).collect();

    let accepts = || {
        for _ in 0..10_000 {
            black_box(Accept::of(black_box(key)));
        }
    };
    let one = median(accepts) / 10_000;
    for (name, others) in [("no other keys", &others[..0]), ("1024 other keys", &others)] {
        let time = median(|| drop(black_box(diagnose(black_box(key), black_box(&wrong), others))));
        println!("diagnose, {name}: {time:?}, {} times Accept::of ({one:?})", time.as_nanos() / one.as_nanos().max(1));
    }
}
