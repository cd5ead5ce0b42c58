//! Ctrl-C, and the signals that end a program.

#[cfg(unix)]
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM},
    iterator::Signals,
};
#[cfg(unix)]
use std::thread;

/// Does this once a signal has come that would end the program.
///
/// # Errors
/// Where the system does not have that.
#[cfg(unix)]
pub(crate) fn on_signal(end: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
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

/// Does this once a signal has come that would end the program.
///
/// # Errors
/// Where the system does not have that.
#[cfg(not(unix))]
pub(crate) fn on_signal(end: impl FnMut() + Send + 'static) -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(end)
}
