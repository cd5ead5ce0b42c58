//! `wskey serve`: answers handshakes, rightly or wrongly in one way, and judges the clients: those that come, or a command.

mod command;
mod conformance;
mod connection;
mod hand;
#[cfg(target_os = "linux")]
mod left;

use super::cases;
use crate::cli::ServeArgs;
use crate::exit::Exit;
use crate::output::remark;
use anyhow::{Context as _, Result};
use std::net::TcpListener;
use wskey::conformance::client_cases::CASES;
use wskey::escape::visible;

pub(super) fn run(args: &ServeArgs) -> Result<Exit> {
    let cases = cases::select(CASES, &args.only, &args.skip)?;
    if args.list_cases {
        return cases::list(&cases, args.json);
    }
    let address = &args.address;
    let listener = TcpListener::bind(address).with_context(|| format!("cannot listen on {}", visible(address.as_bytes())))?;
    let address = listener.local_addr().context("the address that is listened on")?;
    if !address.ip().is_loopback() {
        remark(format_args!("{address} is not the loopback: whoever reaches this machine may connect"));
    }
    let url = format!("ws://{address}/");
    if args.conformance { conformance::run(args, listener, &url, &cases) } else { hand::run(args, listener, &url) }
}
