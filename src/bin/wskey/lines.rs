//! Lines in, replies out: bounded, in order, without delay, on all cores.

use memchr::{memchr, memchr_iter, memrchr};
use std::io::{self, Read};
use std::num::NonZero;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::{mem, process, thread};

/// The longest line that is kept, in bytes, its line ending not counted. A longer one is refused by its number.
pub(crate) const MAX_LINE: usize = 64 * 1024;

/// How much one read asks for: few calls for a file or a pipe, and blocks that stay in the cache.
const READ: usize = 32 * 1024;

/// The most lines in a block, so that even the replies to empty lines stay small.
const MAX_LINES: usize = 2048;

/// The most workers, so that their blocks and replies stay within the program's bound on memory.
const MAX_WORKERS: usize = 8;

/// Whole lines of the input, one after the other.
#[derive(Default)]
pub(crate) struct Block {
    /// The number of the first line, from 1.
    first: u64,
    text: Vec<u8>,
    /// The block is one line, and its text was too long to keep.
    too_long: bool,
}

/// One line: its number, and its text with its line ending; none where it is longer than [`MAX_LINE`].
pub(crate) struct Line<'a> {
    pub(crate) number: u64,
    pub(crate) text: Option<&'a [u8]>,
}

impl Block {
    /// Its lines, the first of the input without a byte order mark.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let mut rest = &self.text[..];
        let texts = std::iter::from_fn(move || {
            let line = rest.split_off(..memchr(b'\n', rest).map_or(rest.len(), |end| end + 1))?;
            (!line.is_empty()).then_some((line.len() <= MAX_LINE || without_end(line).len() <= MAX_LINE).then_some(line))
        });
        let lines = self.too_long.then_some(None).into_iter().chain(texts);
        lines.zip(self.first..).map(|(text, number)| Line { number, text: text.map(|text| without_mark(number, text)) })
    }
}

fn without_mark(number: u64, line: &[u8]) -> &[u8] {
    line.strip_prefix(b"\xef\xbb\xbf").filter(|_| number == 1).unwrap_or(line)
}

fn without_end(line: &[u8]) -> &[u8] {
    let text = line.strip_suffix(b"\n").unwrap_or(line);
    text.strip_suffix(b"\r").unwrap_or(text)
}

/// The reply to a block: what goes to stdout, and notes at places in it, in their order.
pub(crate) struct Reply<N> {
    pub(crate) out: Vec<u8>,
    pub(crate) notes: Vec<(usize, N)>,
}

impl<N> Reply<N> {
    pub(crate) fn new() -> Self {
        Self { out: Vec::new(), notes: Vec::new() }
    }

    /// Puts a note where the output ends so far.
    pub(crate) fn note(&mut self, note: N) {
        self.notes.push((self.out.len(), note));
    }
}

/// Processes the lines of `reader` block by block, and returns how many lines there were.
///
/// `process` runs on all cores. `deliver` gets the replies in the order of the input, one at a time, and each as soon as it
/// can be had: a read returns a typed line, and nothing waits for more. Helpers start when the first read comes back large.
///
/// # Errors
/// What reading fails with, after everything read before it has been delivered.
pub(crate) fn run<N: Send>(
    reader: impl Read + Send,
    process: impl Fn(&Block, &mut Reply<N>) + Sync,
    deliver: impl FnMut(&mut Reply<N>) + Send,
) -> io::Result<u64> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get).min(MAX_WORKERS);
    run_by(workers, reader, process, deliver)
}

fn run_by<N: Send>(
    workers: usize,
    reader: impl Read + Send,
    process: impl Fn(&Block, &mut Reply<N>) + Sync,
    deliver: impl FnMut(&mut Reply<N>) + Send,
) -> io::Result<u64> {
    let work = Work {
        source: Mutex::new(Source { reader, rest: Vec::new(), lines: 0, blocks: 0, end: None }),
        sink: Mutex::new(Sink { deliver, turn: 0 }),
        turned: Condvar::new(),
        process,
    };
    thread::scope(|scope| {
        work.run(|| {
            for _ in 1..workers {
                // A system that gives no thread leaves the work to those there are.
                let _ = thread::Builder::new().spawn_scoped(scope, || work.run(|| ()));
            }
        });
    });
    let source = work.source.into_inner().unwrap_or_else(PoisonError::into_inner);
    source.end.unwrap_or(Ok(())).map(|()| source.lines)
}

/// What the workers share.
struct Work<R, P, D> {
    source: Mutex<Source<R>>,
    process: P,
    sink: Mutex<Sink<D>>,
    turned: Condvar,
}

impl<R: Read, P, D> Work<R, P, D> {
    /// Takes blocks and processes them until none is left; calls `help` when it is worth it.
    fn run<N>(&self, help: impl FnOnce())
    where
        P: Fn(&Block, &mut Reply<N>),
        D: FnMut(&mut Reply<N>),
    {
        let _abort = Abort;
        let (mut block, mut reply, mut help) = (Block::default(), Reply::new(), Some(help));
        loop {
            // Not the condition of a `while let`: the lock would be held until the reply is written.
            let next = lock(&self.source).next(&mut block);
            let Some(ticket) = next else { break };
            if let Some(help) = help.take_if(|_| block.text.len() >= READ / 2) {
                help();
            }
            (self.process)(&block, &mut reply);
            let waited = self.turned.wait_while(lock(&self.sink), |sink| sink.turn != ticket);
            let mut sink = waited.unwrap_or_else(PoisonError::into_inner);
            (sink.deliver)(&mut reply);
            sink.turn += 1;
            self.turned.notify_all();
            drop(sink);
            reply.out.clear();
            reply.notes.clear();
        }
    }
}

/// A lock that a panic poisoned holds nothing that another could misread; here [`Abort`] ends the program anyway.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the program if a worker panics: the others would wait forever for its turn to pass.
struct Abort;

impl Drop for Abort {
    fn drop(&mut self) {
        if thread::panicking() {
            process::abort();
        }
    }
}

struct Sink<D> {
    deliver: D,
    /// The ticket that is delivered next.
    turn: u64,
}

struct Source<R> {
    reader: R,
    /// What was read beyond the last block.
    rest: Vec<u8>,
    lines: u64,
    blocks: u64,
    /// How reading ended, once it has.
    end: Option<io::Result<()>>,
}

impl<R: Read> Source<R> {
    /// Fills `block` with the next whole lines, reading no more than it takes to have one, and returns its ticket.
    fn next(&mut self, block: &mut Block) -> Option<u64> {
        block.text.clear();
        block.too_long = false;
        mem::swap(&mut block.text, &mut self.rest);
        let whole = self.read_line(block);
        if matches!(self.end, Some(Err(_))) || (block.text.is_empty() && !block.too_long) {
            return None;
        }
        let most = if block.too_long { 1 } else { MAX_LINES };
        let (lines, cut) = first_lines(&block.text[..whole], most);
        self.rest.extend_from_slice(&block.text[cut..]);
        // The text of a line that is too long is not kept.
        block.text.truncate(if block.too_long { 0 } else { cut });
        block.first = self.lines + 1;
        self.lines += lines as u64;
        self.blocks += 1;
        Some(self.blocks - 1)
    }

    /// Reads until the block has a whole line, and returns where its last whole line ends. What has grown too long to be a
    /// line is dropped, and the block marked.
    fn read_line(&mut self, block: &mut Block) -> usize {
        let text = &mut block.text;
        let mut last_end = memrchr(b'\n', text);
        while last_end.is_none() && self.end.is_none() {
            // A line ending has two characters at most: no longer text can still become a line.
            if text.len() > MAX_LINE + 1 {
                block.too_long = true;
                text.clear();
            }
            let before = text.len();
            self.read(text);
            last_end = memrchr(b'\n', &text[before..]).map(|end| before + end);
        }
        last_end.map_or(text.len(), |end| end + 1)
    }

    /// Appends what one read gives.
    fn read(&mut self, text: &mut Vec<u8>) {
        let before = text.len();
        text.resize(before + READ, 0);
        let read = loop {
            match self.reader.read(&mut text[before..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        text.truncate(before + *read.as_ref().unwrap_or(&0));
        match read {
            Ok(0) => self.end = Some(Ok(())),
            Ok(_) => {}
            Err(error) => self.end = Some(Err(error)),
        }
    }
}

/// How many lines of `text` are taken, at most `most`, and where they end. A text without a line ending is one line.
fn first_lines(text: &[u8], most: usize) -> (usize, usize) {
    let lines = memchr_iter(b'\n', text).count().max(1);
    if lines <= most {
        return (lines, text.len());
    }
    (most, memchr_iter(b'\n', text).nth(most - 1).map_or(text.len(), |end| end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::{Duration, Instant};

    /// Two blocks are processed at the same time: each waits until another one has begun.
    #[test]
    fn blocks_are_processed_side_by_side() {
        let begun = AtomicUsize::new(0);
        let process = |_: &Block, reply: &mut Reply<bool>| {
            begun.fetch_add(1, Ordering::SeqCst);
            let start = Instant::now();
            while begun.load(Ordering::SeqCst) < 2 && start.elapsed() < Duration::from_secs(20) {
                thread::yield_now();
            }
            reply.note(begun.load(Ordering::SeqCst) >= 2);
        };
        let mut met = Vec::new();
        let input = b"dGhlIHNhbXBsZSBub25jZQ==\n".repeat(READ);
        let lines = run_by(2, &input[..], process, |reply| met.extend(reply.notes.iter().map(|(_, met)| *met)));
        assert_eq!(lines.expect("a slice can be read"), READ as u64);
        assert!(met[0], "the second block was taken when the first had been processed");
    }
}
