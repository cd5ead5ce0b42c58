//! `wskey probe`: handshakes with a live server, judged.

mod backend;
mod client;
mod clients;
mod conformance;
mod curl;
mod differences;
mod from;
mod handshakes;
mod jobs;
mod origins;
mod through;

use super::cases;
use crate::cli::ProbeArgs;
use crate::exit::{Exit, usage};
use crate::output::remark;
use anyhow::{Result, ensure};
use backend::Backend;
use client::Client;
use handshakes::Handshakes;
use wskey::conformance::server_cases::CASES;
use wskey::conformance::{Case, client_cases};

pub(super) fn run(args: &ProbeArgs) -> Result<Exit> {
    // A proxy is given the answers of `serve` too.
    let tables: &[&'static [Case]] = if args.behind.is_some() { &[CASES, client_cases::CASES] } else { &[CASES] };
    let cases = cases::select_of(tables, &args.only, &args.skip)?;
    if args.list_cases {
        return cases::list(&cases, args.json);
    }
    let is_stdin = args.from.as_ref().is_some_and(|file| file == "-");
    ensure!(args.urls.len() < 2 || !is_stdin, "--from -: {} URLs, expected one: stdin is read once", args.urls.len());
    let mut clients = args.urls.iter().map(|url| Client::new(args, url)).collect::<Result<Vec<_>>>()?;
    let uses_tls = clients.iter().any(Client::is_secure);
    ensure!(uses_tls || args.cacert.is_none(), "--cacert has no effect without wss://");
    ensure!(uses_tls || !args.insecure, "--insecure has no effect without wss://");
    let [first, others @ ..] = &mut clients[..] else { return Err(usage("probe", "no URL")) };
    if args.insecure {
        remark(format_args!("--insecure: no certificate is verified, so anybody may be answering"));
    }
    let option = if args.conformance { "--conformance" } else { "--check-origins" };
    ensure!(others.is_empty() || !(args.conformance || args.check_origins), "{option}: {} URLs, expected one", others.len() + 1);
    let backend = args.behind.as_ref().map(|address| Backend::listen(address, first.limit)).transpose()?;
    if args.conformance {
        return match &backend {
            Some(backend) => through::run(args, first, backend, &cases),
            None => conformance::run(args, first, &cases),
        };
    }
    if args.check_origins {
        return origins::run(args, first);
    }
    let (mut exit, mut all) = (Exit::Yes, Vec::new());
    for client in &mut clients {
        let handshakes = Handshakes::perform(client, 2, args.strict, backend.as_ref())?;
        handshakes.show(args, client)?;
        exit = exit.worse(handshakes.exit);
        all.push(handshakes);
    }
    if clients.len() > 1 && !(args.quiet && exit == Exit::Yes) {
        differences::show(args, &clients, &all)?;
    }
    Ok(exit)
}
