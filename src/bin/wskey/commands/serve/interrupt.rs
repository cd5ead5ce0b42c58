//! Ctrl-C, and the signals that end a program.

use crate::exit::Exit;
use crate::net::visit::{Service, TICK};
use anyhow::{Context as _, Result};
#[cfg(unix)]
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM},
    iterator::Signals,
};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::{process, thread};

/// How long what is known may take to be told.
const TELLING: Duration = Duration::from_secs(2);

/// Has the service know of an interrupt. Where nobody reads what is told then, the program would never end: it ends without that, once
/// nothing `is_left` of what it started.
pub(super) fn wait_for(service: &Service, is_left: impl Fn() -> bool + Send + 'static) -> Result<()> {
    let is_over = Arc::clone(&service.is_over);
    let end = move || {
        is_over.store(true, Ordering::Relaxed);
        while is_left() {
            thread::sleep(TICK);
        }
        thread::sleep(TELLING);
        process::exit(Exit::Trouble as i32);
    };
    on_signal(end).context("cannot wait for an interrupt")
}

/// Does this once a signal has come that would end the program, and leave behind what it started.
#[cfg(unix)]
fn on_signal(end: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT])?;
    thread::spawn(move || {
        signals.wait();
        end();
    });
    Ok(())
}

#[cfg(not(unix))]
fn on_signal(end: impl FnMut() + Send + 'static) -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(end)
}
