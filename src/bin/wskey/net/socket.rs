//! A TCP socket whose every wait ends at a deadline.

use std::io::{self, Read, Write};
use std::mem;
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// A socket with a deadline.
pub(super) struct Socket {
    stream: TcpStream,
    deadline: Instant,
    /// Whether the deadline has passed once: then what has arrived may still be taken, but nothing is waited for.
    overdue: bool,
    /// The first bytes that came, to tell what speaks there when TLS fails.
    pub(super) first: Vec<u8>,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, deadline: Instant) -> Self {
        Self { stream, deadline, overdue: false, first: Vec::new() }
    }

    pub(super) fn wait_until(&mut self, deadline: Instant) {
        (self.deadline, self.overdue) = (deadline, false);
    }

    /// Says that nothing more will be sent.
    pub(super) fn finish_writing(&self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    fn time_left(&mut self) -> io::Result<Duration> {
        let left = time_until(self.deadline);
        if left.is_zero() && mem::replace(&mut self.overdue, true) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(left.max(Duration::from_millis(1)))
    }
}

pub(super) fn time_until(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.time_left()?;
        self.stream.set_read_timeout(Some(left))?;
        let count = self.stream.read(buffer)?;
        if self.first.len() < 16 {
            self.first.extend(buffer.iter().take(count.min(16)));
        }
        Ok(count)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let left = self.time_left()?;
        self.stream.set_write_timeout(Some(left))?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
