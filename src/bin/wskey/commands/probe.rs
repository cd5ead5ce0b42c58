//! `wskey probe`: handshakes with a live server, judged.

mod client;
mod conformance;
mod handshakes;
mod jobs;

use crate::cli::ProbeArgs;
use crate::exit::Exit;
use anyhow::Result;
use client::Client;
use handshakes::Handshakes;

pub(super) fn run(args: &ProbeArgs) -> Result<Exit> {
    let cases = conformance::select(&args.only, &args.skip)?;
    if args.list_cases {
        return conformance::list(&cases, args.json);
    }
    let mut client = Client::new(args)?;
    if args.conformance {
        return conformance::run(args, &mut client, &cases);
    }
    let handshakes = Handshakes::perform(&mut client, 2, args.strict)?;
    handshakes.show(args, &client)?;
    Ok(handshakes.exit)
}
