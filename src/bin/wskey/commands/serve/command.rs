//! One run of the command that is the client: its start, what it printed, its end with all that it started.

use super::awaited::POLL;
#[cfg(target_os = "linux")]
use super::left;
use crate::lines::lock;
use crate::report::Ran;
use anyhow::{Context as _, Result};
use process_wrap::std::{ChildWrapper, CommandWrap};
use std::collections::HashSet;
use std::ffi::OsString;
use std::io::{self, PipeReader, Read as _};
use std::process::{ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use wskey::escape::visible;

/// How long what was killed may take to be gone.
const DYING: Duration = Duration::from_secs(1);

/// The most that is kept of what a command printed.
const MOST_PRINTED: usize = 64 << 10;

/// The variable by which a process is known that a command started and that left its group; its value is the run's token.
const MARK: &str = "WSKEY_CASE";

/// The commands that run.
pub(super) struct Commands {
    running: Mutex<HashSet<u32>>,
    /// Whether a child may be one that this program was given by who ran it: such are not its to end.
    #[cfg(target_os = "linux")]
    inherits: bool,
}

/// A command that runs.
pub(super) struct Running<'a> {
    commands: &'a Commands,
    child: Box<dyn ChildWrapper>,
    token: String,
    has_ended: bool,
    /// Whether it was there when the connection came: else its status is not the client's, which it started.
    pub(super) is_client: bool,
    /// How it ended by itself, where that is known.
    status: Option<ExitStatus>,
    printed: Arc<Mutex<Vec<u8>>>,
    /// Says that nobody has the pipe open any more.
    is_read: Receiver<()>,
}

impl Commands {
    pub(super) fn new() -> Self {
        #[cfg(target_os = "linux")]
        return Self { running: Mutex::default(), inherits: left::adopt() };
        #[cfg(not(target_os = "linux"))]
        Self { running: Mutex::default() }
    }

    /// Whether one runs.
    pub(super) fn is_any(&self) -> bool {
        !lock(&self.running).is_empty()
    }

    /// Starts a command, its name first; `token` marks it.
    pub(super) fn start(&self, words: &[OsString], token: String) -> Result<Running<'_>> {
        let (name, arguments) = words.split_first().context("no command")?;
        let cannot = || {
            let name = name.as_encoded_bytes();
            let hint = if name.contains(&b' ') { " (sh -c runs a line of shell)" } else { "" };
            format!("cannot start {}{hint}", visible(name))
        };
        let (reader, writer) = io::pipe().with_context(cannot)?;
        let other = writer.try_clone().with_context(cannot)?;
        let mut command = CommandWrap::with_new(name, |command| {
            command.args(arguments).env(MARK, &token).stdin(Stdio::null()).stdout(writer).stderr(other);
        });
        #[cfg(unix)]
        command.wrap(process_wrap::std::ProcessGroup::leader());
        #[cfg(windows)]
        command.wrap(process_wrap::std::JobObject);
        // Who reaps what is left of others must know it first.
        let mut running = lock(&self.running);
        let child = command.spawn().with_context(cannot)?;
        running.insert(child.id());
        drop(running);
        let printed = Arc::default();
        let is_read = keep_last(reader, Arc::clone(&printed));
        Ok(Running { commands: self, child, token, has_ended: false, is_client: false, status: None, printed, is_read })
    }
}

/// Reads what a command prints, as long as it does, and keeps the last of it.
fn keep_last(mut reader: PipeReader, printed: Arc<Mutex<Vec<u8>>>) -> Receiver<()> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = [0; 16 << 10];
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            let mut printed = lock(&printed);
            printed.extend_from_slice(&buffer[..count]);
            let most = printed.len().saturating_sub(MOST_PRINTED);
            printed.drain(..most);
        }
        drop(sender);
    });
    receiver
}

impl Running<'_> {
    /// Whether it has ended by itself, whatever became of what it started.
    pub(super) fn has_ended(&mut self) -> bool {
        if !self.has_ended {
            // Not that of the group, which loses the status where others of it are there. Where whoever runs this program ignores
            // SIGCHLD there is no status, but an error.
            let status = self.child.inner_mut().try_wait();
            self.has_ended = !matches!(status, Ok(None));
            self.status = status.ok().flatten();
        }
        self.has_ended
    }

    /// Whether something lives that it started; always no where that cannot be known.
    pub(super) fn has_left_any(&self) -> bool {
        #[cfg(target_os = "linux")]
        return left::is_any(&self.commands.running, self.commands.inherits, &self.mark());
        #[cfg(not(target_os = "linux"))]
        false
    }

    #[cfg(target_os = "linux")]
    fn mark(&self) -> String {
        format!("{MARK}={}", self.token)
    }

    /// Ends it, and all that it started.
    pub(super) fn end(mut self) -> Ran {
        let _ = self.child.start_kill();
        let deadline = Instant::now() + DYING;
        while matches!(self.child.inner_mut().try_wait(), Ok(None)) && Instant::now() < deadline {
            thread::sleep(POLL);
        }
        lock(&self.commands.running).remove(&self.child.id());
        #[cfg(target_os = "linux")]
        left::end(&self.commands.running, self.commands.inherits, &self.mark(), deadline);
        // What was printed is there once nobody has the pipe open: mostly at once.
        let _ = self.is_read.recv_timeout(Duration::from_millis(200));
        let printed = std::mem::take(&mut *lock(&self.printed));
        Ran { has_ended: self.has_ended, is_client: self.is_client, status: self.status, printed, browser: None }
    }
}
