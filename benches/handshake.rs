//! Times each part of the library: `cargo bench --bench handshake`. What hashing alone takes is `benches/bound.rs`.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use wskey::diagnosis::{Mismatch, diagnose};
use wskey::{Accept, Key};

fn main() {
    divan::main();
}

fn keys() -> Vec<Key> {
    // The golden ratio's digits spread the bits.
    (0..1024_u128).map(|i| Key::from_nonce(i.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835).to_be_bytes())).collect()
}

/// Times `work` on each of 1024 items.
fn each<T, R>(bencher: Bencher, items: &[T], work: impl Fn(&T) -> R + Sync) {
    bencher.counter(ItemsCount::new(items.len())).bench_local(|| {
        for item in items {
            black_box(work(black_box(item)));
        }
    });
}

#[divan::bench]
fn derive_one_by_one(bencher: Bencher) {
    each(bencher, &keys(), Key::accept);
}

#[divan::bench]
fn derive_all(bencher: Bencher) {
    let keys = keys();
    bencher.counter(ItemsCount::new(keys.len())).bench_local(|| Key::accept_all(black_box(&keys)));
}

/// What a server computes that takes any text.
#[divan::bench]
fn derive_from_any_text(bencher: Bencher) {
    each(bencher, &keys(), |key| Accept::of(key.as_bytes()));
}

#[divan::bench]
fn parse_key(bencher: Bencher) {
    each(bencher, &keys(), |key| Key::parse(key.as_bytes()));
}

#[divan::bench]
fn parse_accept(bencher: Bencher) {
    each(bencher, &Key::accept_all(&keys()), |accept| Accept::parse(accept.as_bytes()));
}

/// Why a text is not a key.
#[divan::bench]
fn explain(bencher: Bencher) {
    each(bencher, &[&b"SGVsbG8sIHdvcmxkIQ=="[..]; 1024], |text| Key::parse(text));
}

#[divan::bench]
fn from_nonce(bencher: Bencher) {
    let nonces: Vec<_> = keys().iter().map(Key::nonce).collect();
    each(bencher, &nonces, |nonce| Key::from_nonce(*nonce));
}

/// A value that nothing explains, so that the whole search is made; among so many other keys.
#[divan::bench(args = [0, 1024])]
fn diagnose_in_vain(bencher: Bencher, others: usize) {
    let others: Vec<Key> = keys().into_iter().take(others).collect();
    let others: Vec<&[u8]> = others.iter().map(|key| key.as_bytes().as_slice()).collect();
    let wrong = Accept::from_digest(*b"explained by nothing");
    let mismatch = Mismatch { key: b"dGhlIHNhbXBsZSBub25jZQ==", accept: wrong.as_bytes() };
    bencher.bench_local(|| diagnose(black_box(mismatch), &others));
}
