//! `wskey gen`: fresh keys.

use crate::cli::GenArgs;
use crate::exit::{Exit, Written};
use crate::output::{json, print};
use crate::report::json::{KeyObject, SCHEMA};
use anyhow::{Context as _, Result};
use rand::rngs::{StdRng, SysRng};
use rand::{Rng as _, SeedableRng as _};
use wskey::Key;

/// How many keys are written at once: 25 KiB.
const BATCH: u64 = 1024;

pub(super) fn run(args: &GenArgs) -> Result<Exit> {
    // Seeded once: asking the system for each key takes several times as long.
    let mut rng = StdRng::try_from_rng(&mut SysRng).context("the system's random generator")?;
    let mut out = Vec::new();
    let mut left = args.count;
    while left > 0 {
        out.clear();
        let batch = left.min(BATCH);
        for _ in 0..batch {
            let mut nonce = [0; 16];
            rng.fill_bytes(&mut nonce);
            let key = Key::from_nonce(nonce);
            if args.json {
                out.extend_from_slice(object(&key).as_bytes());
            } else {
                out.extend_from_slice(key.as_bytes());
                out.push(b'\n');
            }
        }
        if !print(&out)? {
            break;
        }
        left -= batch;
    }
    Ok(Exit::Yes)
}

fn object(key: &Key) -> String {
    json(&KeyObject { schema: SCHEMA, kind: "key", key: key.as_str() })
}

/// What `gen --json` comes to.
///
/// # Errors
/// Where the system has no random bytes.
pub(super) fn told() -> Result<Written> {
    let key = Key::random().context("the system's random generator")?;
    Ok(Written { out: object(&key), remarks: Vec::new(), exit: Exit::Yes })
}
