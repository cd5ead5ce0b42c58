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
    let signals = [SIGINT, SIGTERM, SIGQUIT, SIGHUP];
    let mut signals = Signals::new(&signals[..if is_hangup_ignored() { 3 } else { 4 }])?;
    thread::spawn(move || {
        signals.wait();
        end();
    });
    Ok(())
}

/// Whether the program was started so that it outlives the terminal, as nohup does (proc(5): a mask in hexadecimal).
#[cfg(unix)]
fn is_hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 << (SIGHUP - 1) != 0)
}

#[cfg(not(unix))]
fn on_signal(end: impl FnMut() + Send + 'static) -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(end)
}
