//! The bound: what the block function of the sha1 crate needs for two blocks a key, with nothing around it, on one core.
//!
//! Usage: `cargo bench --bench bound [-- FILE]`, with a key on each line of FILE. Prints nanoseconds a key: of the plain loop,
//! which lays a key into its block and hashes it, and of the best one that is known, which lays out sixteen keys before it
//! hashes them, so that no block is read while it is still being written.

use std::hint::black_box;
use std::time::Instant;

type Key = [u8; 24];
type Blocks = [[u8; 64]; 2];

const START: [u32; 5] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0];

/// The blocks of a key that is all zero bytes.
fn blocks() -> Blocks {
    let mut blocks = [[0; 64]; 2];
    blocks[0][24..60].copy_from_slice(wskey::GUID.as_bytes());
    blocks[0][60] = 0x80;
    blocks[1][62..].copy_from_slice(&(8 * 60_u16).to_be_bytes());
    blocks
}

fn hash(blocks: &Blocks) -> [u32; 5] {
    let mut state = START;
    sha1::block_api::compress(&mut state, blocks);
    state
}

fn plain(keys: &[Key]) {
    let empty = black_box(blocks());
    for key in keys {
        let mut blocks = empty;
        blocks[0][..24].copy_from_slice(key);
        black_box(hash(&blocks));
    }
}

fn sixteen(keys: &[Key]) {
    let mut row = [blocks(); 16];
    for keys in keys.chunks(16) {
        for (blocks, key) in row.iter_mut().zip(keys) {
            blocks[0][..24].copy_from_slice(key);
        }
        for blocks in &row[..keys.len()] {
            black_box(hash(blocks));
        }
    }
}

/// Nanoseconds a key: the best of five tries for each piece of the keys, since others use the machine too.
fn best(keys: &[Key], pass: fn(&[Key])) -> f64 {
    let seconds = |keys| {
        let start = Instant::now();
        pass(keys);
        start.elapsed().as_secs_f64()
    };
    let pieces = keys.chunks(1 << 14).map(|keys| (0..5).map(|_| seconds(keys)).fold(f64::INFINITY, f64::min));
    pieces.sum::<f64>() * 1e9 / f64::from(u32::try_from(keys.len()).expect("fewer keys than 2^32"))
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn main() {
    let keys: Vec<Key> = match std::env::args().nth(1).filter(|argument| argument != "--bench") {
        Some(file) => {
            let text = std::fs::read(file).expect("a file of keys");
            text.split(|byte| *byte == b'\n').filter_map(|line| line.try_into().ok()).collect()
        }
        None => (0..1 << 17)
            .map(|i: u128| wskey::Key::from_nonce(i.to_be_bytes()).as_str().as_bytes().try_into().expect("24"))
            .collect(),
    };
    println!("{:.1} plain", best(&keys, plain));
    println!("{:.1} sixteen", best(&keys, sixteen));
}
