//! What a service does that is interrupted.

use crate::exit::Exit;
use crate::interrupt::on_signal;
use crate::net::visit::{Service, TICK};
use anyhow::{Context as _, Result};
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
