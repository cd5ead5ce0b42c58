//! The library by the piece: `cargo bench --bench handshake`. What hashing alone takes is `benches/bound.rs`.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use wskey::{Accept, Key, diagnose};

fn main() {
    divan::main();
}

fn keys() -> Vec<Key> {
    let mut rng = StdRng::seed_from_u64(0);
    (0..1024).map(|_| Key::generate(&mut rng)).collect()
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
    each(bencher, &keys(), |key| Accept::of(key.as_ref()));
}

#[divan::bench]
fn parse_key(bencher: Bencher) {
    each(bencher, &keys(), |key| Key::parse(key.as_ref()));
}

#[divan::bench]
fn parse_accept(bencher: Bencher) {
    each(bencher, &Key::accept_all(&keys()), |accept| Accept::parse(accept.as_ref()));
}

/// Why a text is no key.
#[divan::bench]
fn explain(bencher: Bencher) {
    each(bencher, &[&b"SGVsbG8sIHdvcmxkIQ=="[..]; 1024], |text| Key::parse(text));
}

#[divan::bench]
fn generate(bencher: Bencher) {
    let mut rng = StdRng::seed_from_u64(0);
    bencher.counter(ItemsCount::new(1024_usize)).bench_local(|| {
        for _ in 0..1024 {
            black_box(Key::generate(&mut rng));
        }
    });
}

/// A value that nothing explains, so that the whole search is made; among so many other keys.
#[divan::bench(args = [0, 1024])]
fn diagnose_in_vain(bencher: Bencher, others: usize) {
    let others: Vec<Key> = keys().into_iter().take(others).collect();
    let others: Vec<&[u8]> = others.iter().map(AsRef::as_ref).collect();
    let wrong = Accept::from_digest(*b"explained by nothing");
    bencher.bench_local(|| diagnose(black_box(b"dGhlIHNhbXBsZSBub25jZQ=="), black_box(wrong.as_ref()), &others));
}
