//! `wskey gen`: fresh keys.

use super::{Outcome, json, print};
use crate::cli::Gen;
use anyhow::{Context as _, Result};
use rand::SeedableRng as _;
use rand::rngs::{StdRng, SysRng};
use serde::Serialize;
use wskey::Key;

/// How many keys are written at once: 25 KiB.
const BATCH: u64 = 1024;

#[derive(Serialize)]
struct Record<'a> {
    schema: u8,
    key: &'a str,
}

pub(super) fn run(args: &Gen) -> Result<Outcome> {
    let mut rng = StdRng::try_from_rng(&mut SysRng).context("the system's random generator")?;
    let mut out = Vec::new();
    let mut left = args.count;
    while left > 0 {
        out.clear();
        let batch = left.min(BATCH);
        for _ in 0..batch {
            let key = Key::generate(&mut rng);
            if args.json {
                out.extend_from_slice(json(&Record { schema: 1, key: key.as_str() }).as_bytes());
            } else {
                out.extend_from_slice(key.as_str().as_bytes());
                out.push(b'\n');
            }
        }
        if !print(&out)? {
            break;
        }
        left -= batch;
    }
    Ok(Outcome::Yes)
}
