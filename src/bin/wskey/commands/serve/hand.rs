//! `wskey serve` by hand: each connection is reported, until it is interrupted.

use super::awaited::{Judge, Runs};
use super::browser::Browser;
use super::connection::{Keys, Served};
use super::interrupt;
use super::page::{At, Page};
use crate::cli::ServeArgs;
use crate::commands::treatment::{Treatment, case_of};
use crate::exit::Exit;
use crate::input::unknown;
use crate::net::listener;
use crate::net::visit::{Service, TICK};
use crate::output::{json, print, remark};
use crate::report::json::{ListeningObject, SCHEMA};
use anyhow::Result;
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use wskey::conformance::Case;
use wskey::conformance::client_cases::CASES;
use wskey::rules::Level;

pub(super) fn run(args: &ServeArgs, service: Service, listener: TcpListener, at: At, cases: &[&'static Case]) -> Result<Exit> {
    let find = |id: &String| {
        let case = CASES.iter().find(|case| case.id == id);
        case.ok_or_else(|| unknown("case", id, CASES.iter().map(|case| case.id), "--list-cases"))
    };
    let case = args.case.as_ref().map(find).transpose()?;
    // Whoever reads that it listens may end it.
    interrupt::wait_for(&service, || false)?;
    let line = if args.json {
        json(&ListeningObject { schema: SCHEMA, kind: "listening", url: &at.url, page: &at.page })
    } else {
        format!("listening on {}\nbrowsers get a page at {}\n", at.url, at.page)
    };
    if !print(line.as_bytes())? {
        return Ok(end_unread(0));
    }
    let (is_over, answered) = (Arc::clone(&service.is_over), Arc::new(AtomicUsize::new(0)));
    // Where nobody reads what is told, clients wait, and nothing is piled up.
    let (sender, receiver) = mpsc::sync_channel(16);
    let untold = Arc::clone(&answered);
    let (waiting, keys) = (Runs::default(), Keys::default());
    let judge = Judge { strict: args.strict, limit: service.limit, others: Arc::default(), success: None };
    let browser = Browser::new(cases, waiting.clone(), judge, Arc::clone(&is_over), None);
    let page = Page::new(at, browser);
    listener::accept(listener, move |stream| {
        let (mut claim, mut is_counted, mut key_reused) = (None, false, None);
        let served = Page::serve(Some(&page), stream, &service, |request| {
            answered.fetch_add(1, Ordering::Relaxed);
            is_counted = true;
            // Whoever types a request may type it twice.
            key_reused = keys.take(request).then_some(Level::Warn);
            claim = waiting.claim(request);
            let claimed = claim.as_ref().map(|claim| claim.answer(request, service.is_secure));
            claimed.unwrap_or_else(|| Treatment::to(request, service.is_secure, case.or_else(|| case_of(request))))
        });
        let Some(served) = served.map(|served| Arc::new(Served { key_reused, ..served })) else { return };
        if let Some(claim) = claim {
            waiting.end(claim, &served);
        }
        if !page.is_ahead(&served) {
            // Nobody waits for it any more.
            let _ = sender.send(served);
        }
        answered.fetch_sub(usize::from(is_counted), Ordering::Relaxed);
    });
    let (mut exit, mut count) = (None, 0);
    while args.count.is_none_or(|most| count < most) {
        let served = match receiver.recv_timeout(TICK) {
            Ok(served) => served,
            // What is known of those that are answered is told.
            Err(_) if is_over.load(Ordering::Relaxed) && untold.load(Ordering::Relaxed) == 0 => break,
            Err(_) => continue,
        };
        count += 1;
        let (verdict, is_read) = served.show(args)?;
        if !is_read {
            return Ok(end_unread(count));
        }
        exit = exit.max(verdict.as_ref().map(Exit::from));
    }
    if exit.is_none() {
        remark(format_args!("no handshake came"));
    }
    Ok(exit.unwrap_or(Exit::Trouble))
}

/// Says that nobody reads what is told.
fn end_unread(count: u64) -> Exit {
    remark(format_args!("stdout is closed: the run ends after {count} connection{}", if count == 1 { "" } else { "s" }));
    Exit::Trouble
}
