//! Clients that connect: each is served in a thread of its own.

use crate::output::remark;
use anyhow::{Context as _, Result, ensure};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;
use wskey::escape::{quote, visible};

/// The most connections that are open at once.
const MOST_OPEN: usize = 256;

/// Listens at an address, `HOST:PORT`; says so where others than this machine reach it.
///
/// # Errors
/// Where the address is none, or is taken.
pub(crate) fn bind(address: &str) -> Result<(TcpListener, SocketAddr)> {
    let is_one = address.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    ensure!(is_one, "{} is no address, expected HOST:PORT as in 127.0.0.1:8080", quote(address.as_bytes()));
    let listener = TcpListener::bind(address).with_context(|| format!("cannot listen on {}", visible(address.as_bytes())))?;
    let address = listener.local_addr().context("the address that is listened on")?;
    if !address.ip().is_loopback() {
        remark(format_args!("{address} is not the loopback: whoever reaches this machine may connect"));
    }
    Ok((listener, address))
}

/// Serves each connection that comes, for as long as the program runs.
pub(crate) fn accept(listener: TcpListener, serve: impl Fn(TcpStream) + Send + Sync + 'static) {
    let (open, serve) = (Arc::new(AtomicUsize::new(0)), Arc::new(serve));
    let mut is_told = false;
    thread::spawn(move || {
        for stream in listener.incoming() {
            // Where there are no more descriptors, some are free again soon.
            let Ok(stream) = stream else {
                thread::sleep(Duration::from_millis(10));
                continue;
            };
            if open.fetch_add(1, Ordering::Relaxed) >= MOST_OPEN {
                open.fetch_sub(1, Ordering::Relaxed);
                if !is_told {
                    remark(format_args!("{MOST_OPEN} connections are open, the most at once: others are closed"));
                }
                is_told = true;
                continue;
            }
            let (still_open, serve) = (Arc::clone(&open), Arc::clone(&serve));
            let started = thread::Builder::new().spawn(move || {
                serve(stream);
                still_open.fetch_sub(1, Ordering::Relaxed);
            });
            // Where a container has no more threads, the connection is closed.
            if started.is_err() {
                open.fetch_sub(1, Ordering::Relaxed);
            }
        }
    });
}
