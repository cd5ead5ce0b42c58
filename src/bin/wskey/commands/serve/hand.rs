//! `wskey serve` by hand: each connection is reported, until it is interrupted.

use super::connection::{Served, Treatment};
use crate::cli::ServeArgs;
use crate::exit::Exit;
use crate::input::unknown;
use crate::net::listener;
use crate::net::visit::Service;
use crate::output::{json, print, remark};
use crate::report::json::{ListeningObject, SCHEMA};
use anyhow::{Context as _, Result};
use std::net::TcpListener;
use std::sync::mpsc;
use wskey::conformance::client_cases::CASES;

/// What ends a wait.
enum Came {
    Client(Box<Served>),
    Interrupted,
}

pub(super) fn run(args: &ServeArgs, service: Service, listener: TcpListener, url: &str) -> Result<Exit> {
    let find = |id: &String| {
        let case = CASES.iter().find(|case| case.id == id);
        case.ok_or_else(|| unknown("case", id, CASES.iter().map(|case| case.id), "--list-cases"))
    };
    let case = args.case.as_ref().map(find).transpose()?;
    print(
        if args.json {
            json(&ListeningObject { schema: SCHEMA, kind: "listening", url })
        } else {
            format!("listening on {url}\n")
        }
        .as_bytes(),
    )?;
    // Where nobody reads what is told, clients wait, and nothing is piled up.
    let (sender, receiver) = mpsc::sync_channel(16);
    let interrupted = sender.clone();
    ctrlc::set_handler(move || drop(interrupted.send(Came::Interrupted))).context("cannot wait for an interrupt")?;
    listener::accept(listener, move |stream| {
        let served = Served::new(stream, &service, |request| Treatment::to(request, service.is_secure, case));
        // Nobody waits for it any more.
        let _ = served.map(|served| sender.send(Came::Client(Box::new(served))));
    });
    let (mut exit, mut count) = (None, 0);
    while args.count.is_none_or(|most| count < most) {
        let Ok(Came::Client(served)) = receiver.recv() else { break };
        count += 1;
        let Some(verdict) = served.show(args)? else { continue };
        exit = exit.max(Some(Exit::from(&verdict)));
    }
    if exit.is_none() {
        remark(format_args!("no handshake came"));
    }
    Ok(exit.unwrap_or(Exit::Trouble))
}
