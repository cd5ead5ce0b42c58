//! A capture that is still being made: what comes on stdin, up to its end or to Ctrl-C.

use crate::exit::Exit;
use crate::input::Patient;
use crate::interrupt::on_signal;
use anyhow::{Context as _, Result};
use std::io::{self, ErrorKind, Read};
use std::mem;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// How much is read at once, and how many of these wait to be judged.
const PIECE: usize = 1 << 18;
const MOST_WAITING: usize = 4;

/// How long what was seen may take to be judged and told.
const TELLING: Duration = Duration::from_secs(10);

/// Stdin, which ends where the program is interrupted.
pub(super) struct Live {
    /// What came; nothing where it ended.
    pieces: Receiver<Option<io::Result<Vec<u8>>>>,
    piece: Vec<u8>,
    /// How much of the piece was taken.
    taken: usize,
    is_over: bool,
    is_interrupted: Arc<AtomicBool>,
}

/// What comes of a capture.
pub(super) enum Coming {
    Piece(Vec<u8>),
    /// Nothing, up to the time until which it was waited.
    Silence,
    End,
}

impl Live {
    /// Begins to read.
    ///
    /// # Errors
    /// Where it is not possible to wait for an interrupt.
    pub(super) fn stdin() -> Result<Self> {
        let (sender, pieces) = sync_channel(MOST_WAITING);
        let is_interrupted = Arc::new(AtomicBool::new(false));
        let (end, flag) = (sender.clone(), Arc::clone(&is_interrupted));
        let interrupt = move || {
            flag.store(true, Ordering::Relaxed);
            // Whoever does not listen any more has all that came.
            let _ = end.send(None);
            thread::sleep(TELLING);
            process::exit(Exit::Trouble as i32);
        };
        on_signal(interrupt).context("cannot wait for an interrupt")?;
        thread::spawn(move || {
            let mut stdin = Patient(io::stdin().lock());
            loop {
                let mut piece = vec![0; PIECE];
                let read = match stdin.read(&mut piece) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    read => read,
                };
                let is_last = !matches!(read, Ok(1..));
                let message = read.map(|count| {
                    piece.truncate(count);
                    piece
                });
                if sender.send(Some(message)).is_err() || is_last {
                    return;
                }
            }
        });
        Ok(Self { pieces, piece: Vec::new(), taken: 0, is_over: false, is_interrupted })
    }

    /// The first bytes, four of them if there are as many: they are still to be read.
    ///
    /// # Errors
    /// What reading fails with.
    pub(super) fn begin(&mut self) -> io::Result<&[u8]> {
        let mut all = Vec::new();
        while all.len() < 4
            && let Coming::Piece(piece) = self.next(None)?
        {
            all.extend(piece);
        }
        (self.piece, self.taken) = (all, 0);
        Ok(&self.piece)
    }

    /// What comes next, up to this time if there is one.
    ///
    /// # Errors
    /// What reading fails with.
    pub(super) fn next(&mut self, until: Option<Instant>) -> io::Result<Coming> {
        if self.taken < self.piece.len() {
            return Ok(Coming::Piece(mem::take(&mut self.piece).split_off(mem::take(&mut self.taken))));
        }
        if self.is_over {
            return Ok(Coming::End);
        }
        let message = match until {
            Some(until) => self.pieces.recv_timeout(until.saturating_duration_since(Instant::now())),
            None => self.pieces.recv().map_err(Into::into),
        };
        match message {
            Err(RecvTimeoutError::Timeout) => return Ok(Coming::Silence),
            Ok(Some(piece)) => {
                let piece = piece?;
                if !piece.is_empty() {
                    return Ok(Coming::Piece(piece));
                }
            }
            Ok(None) | Err(RecvTimeoutError::Disconnected) => {}
        }
        self.is_over = true;
        Ok(Coming::End)
    }

    /// Tells whether the program was interrupted.
    pub(super) fn is_interrupted(&self) -> bool {
        self.is_interrupted.load(Ordering::Relaxed)
    }
}

impl Read for Live {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.piece.len()
            && let Coming::Piece(piece) = self.next(None)?
        {
            (self.piece, self.taken) = (piece, 0);
        }
        let count = (&self.piece[self.taken..]).read(buffer)?;
        self.taken += count;
        Ok(count)
    }
}
