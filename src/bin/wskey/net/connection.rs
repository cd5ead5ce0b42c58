//! A socket, TLS, deadlines: performs one exchange, and says what came back.

#[cfg(feature = "tls")]
use super::tls;
use std::fmt;
use std::io::{self, Read, Write};
use std::mem;
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use wskey::conformance::Outcome;
use wskey::{Head, visible};

/// The longest head that is read, interim answers before it included.
const MAX_HEAD: usize = 64 * 1024;

/// The most field lines of a head.
const MAX_FIELDS: usize = 256;

/// How long the peer's Close frame, and the end of the connection, are waited for.
const CLOSING: Duration = Duration::from_millis(250);

/// The most that is read while waiting for either.
const MAX_CLOSING: usize = 64 * 1024;

/// The pause between two bytes that are sent one at a time.
const DRIBBLE: Duration = Duration::from_millis(1);

/// The server to connect to.
pub(crate) struct Peer {
    host: String,
    port: u16,
    /// Resolved at the first use; the one that answered last comes first.
    addresses: Vec<SocketAddr>,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<tls::Client>,
}

/// What came back.
pub(crate) struct Answer {
    /// Every byte, interim answers included.
    pub(crate) received: Vec<u8>,
    /// Where in `received` the final answer begins, behind the interim ones.
    pub(crate) start: usize,
    pub(crate) end: End,
    /// From the first step to connect to the last byte of the head.
    pub(crate) took: Duration,
    limit: Duration,
}

/// How an exchange ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum End {
    /// With a whole head.
    Head,
    /// With bytes that are no HTTP.
    NotHttp,
    TooLong,
    TooManyFields,
    /// The connection was closed inside the head.
    ClosedInside,
    ResetInside,
    /// The deadline came inside the head.
    SilentInside,
    /// The connection was closed before a byte.
    Closed,
    Reset,
    Silent,
    /// No connection; why.
    Unreachable(String),
}

impl Peer {
    /// `host` is a name or an address without brackets.
    pub(crate) fn new(host: &str, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
            addresses: Vec::new(),
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// Sends `request` over a connection of its own and reads the head of the answer, all within `limit`. A connection that
    /// it opened is closed as RFC 6455, section 7.1.1, says.
    pub(crate) fn exchange(&mut self, request: &[u8], byte_by_byte: bool, limit: Duration) -> Answer {
        let begin = Instant::now();
        let mut answer = Answer { received: Vec::new(), start: 0, end: End::Head, took: Duration::ZERO, limit };
        match self.connect(begin + limit) {
            Ok(mut connection) => {
                // The server may answer and close before it has read everything: what it said is there all the same.
                let sent = connection.send(request, byte_by_byte, limit);
                answer.end = answer.read(&mut connection);
                #[cfg(feature = "tls")]
                if let Some(error) = sent.as_ref().err().filter(|error| answer.received.is_empty() && tls::is_fault(error)) {
                    answer.end = End::Unreachable(tls::explain(error, b""));
                }
                #[cfg(not(feature = "tls"))]
                drop(sent);
                answer.took = begin.elapsed();
                connection.socket().wait_until(Instant::now() + CLOSING);
                if answer.outcome() == Outcome::Accepted {
                    let behind = answer.head().map_or(0, |head| answer.start + head.len);
                    connection.close(answer.received.get(behind..).unwrap_or_default().to_vec());
                }
                if !answer.received.is_empty() {
                    connection.finish(answer.to_come());
                }
            }
            Err(reason) => answer.end = End::Unreachable(reason),
        }
        answer
    }

    fn connect(&mut self, deadline: Instant) -> Result<Connection, String> {
        let mut socket = Timed { socket: self.open(deadline)?, deadline, overdue: false, first: Vec::new() };
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            return match tls.start(&mut socket) {
                Ok(session) => Ok(Connection::Tls(Box::new(session), socket)),
                Err(error) => Err(tls::explain(&error, &socket.first)),
            };
        }
        socket.first = Vec::new();
        Ok(Connection::Plain(socket))
    }

    /// Connects to each address in turn: `localhost` is often `::1` first, where nobody listens.
    fn open(&mut self, deadline: Instant) -> Result<TcpStream, String> {
        if self.addresses.is_empty() {
            self.addresses = resolve(&self.host, self.port, deadline)?;
        }
        let mut failures = Vec::new();
        for (i, address) in self.addresses.iter().enumerate() {
            // One address that swallows packets leaves time for the others.
            let share = left(deadline) / u32::try_from(self.addresses.len() - i).unwrap_or(u32::MAX);
            match TcpStream::connect_timeout(address, share.max(Duration::from_millis(1))) {
                Ok(socket) => {
                    // A request in several pieces goes out as such.
                    let _ = socket.set_nodelay(true);
                    self.addresses.swap(0, i);
                    return Ok(socket);
                }
                Err(error) => failures.push(format!("{address}: {}", error.kind())),
            }
        }
        Err(format!("cannot connect: {}", failures.join("; ")))
    }
}

/// The addresses of a host. The system's resolver knows no deadline, so it works in a thread that may be left behind.
fn resolve(host: &str, port: u16, deadline: Instant) -> Result<Vec<SocketAddr>, String> {
    let (sender, receiver) = mpsc::channel();
    let target = (host.to_owned(), port);
    thread::spawn(move || sender.send(target.to_socket_addrs().map(Vec::from_iter)));
    match receiver.recv_timeout(left(deadline)) {
        Ok(Ok(addresses)) if !addresses.is_empty() => Ok(addresses),
        Ok(Ok(_)) => Err(format!("the name {host} has no address")),
        Ok(Err(error)) => {
            let error = error.to_string();
            let reason = error.strip_prefix("failed to lookup address information: ").unwrap_or(&error);
            Err(format!("the name {host} does not resolve: {}", visible(reason.as_bytes())))
        }
        Err(_) => Err(format!("the name {host} did not resolve in time")),
    }
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

/// A socket whose every wait ends at a deadline.
pub(super) struct Timed {
    socket: TcpStream,
    deadline: Instant,
    /// Whether the deadline has passed once: then what has arrived may still be taken, but nothing is waited for.
    overdue: bool,
    /// The first bytes that came, to tell what speaks there when TLS fails.
    first: Vec<u8>,
}

impl Timed {
    fn wait_until(&mut self, deadline: Instant) {
        (self.deadline, self.overdue) = (deadline, false);
    }

    fn wait(&mut self) -> io::Result<Duration> {
        let left = left(self.deadline);
        if left.is_zero() && mem::replace(&mut self.overdue, true) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(left.max(Duration::from_millis(1)))
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wait = self.wait()?;
        self.socket.set_read_timeout(Some(wait))?;
        let count = self.socket.read(buffer)?;
        if self.first.len() < 16 {
            self.first.extend(buffer.iter().take(count.min(16)));
        }
        Ok(count)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let wait = self.wait()?;
        self.socket.set_write_timeout(Some(wait))?;
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Connection {
    Plain(Timed),
    #[cfg(feature = "tls")]
    Tls(Box<rustls::ClientConnection>, Timed),
}

impl Connection {
    fn socket(&mut self) -> &mut Timed {
        match self {
            Self::Plain(socket) => socket,
            #[cfg(feature = "tls")]
            Self::Tls(_, socket) => socket,
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            #[cfg(feature = "tls")]
            Self::Tls(session, socket) => tls::read(session, socket, buffer),
        }
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.write_all(bytes),
            #[cfg(feature = "tls")]
            Self::Tls(session, socket) => rustls::Stream::new(session.as_mut(), socket).write_all(bytes),
        }
    }

    fn send(&mut self, request: &[u8], byte_by_byte: bool, limit: Duration) -> io::Result<()> {
        if !byte_by_byte {
            return self.write_all(request);
        }
        // However long the request is, three quarters of the time are left for the answer.
        let pause = DRIBBLE.min(limit / 4 / u32::try_from(request.len()).unwrap_or(u32::MAX).max(1));
        for byte in request {
            self.write_all(std::slice::from_ref(byte))?;
            thread::sleep(pause);
        }
        Ok(())
    }

    /// Sends a Close frame and waits for the peer's, so that its log stays clean; `pending` came behind the head.
    fn close(&mut self, mut pending: Vec<u8>) {
        if self.write_all(&close_frame()).is_ok() {
            let mut buffer = [0; 4096];
            while !has_close_frame(&pending) && pending.len() < MAX_CLOSING {
                match self.read(&mut buffer) {
                    Ok(count) if count > 0 => pending.extend(buffer.iter().take(count)),
                    _ => break,
                }
            }
        }
    }

    /// Lets the server say the rest, `most` bytes of it, and close first: what comes to a closed socket resets the connection,
    /// and servers have died of that while they wrote the body of a refusal.
    fn finish(mut self, most: usize) {
        #[cfg(feature = "tls")]
        if let Self::Tls(session, socket) = &mut self {
            session.send_close_notify();
            let _ = session.write_tls(socket);
        }
        let socket = self.socket();
        let _ = socket.socket.shutdown(Shutdown::Write);
        let (mut buffer, mut count) = ([0; 4096], 0);
        while count < most {
            match socket.read(&mut buffer) {
                Ok(more) if more > 0 => count += more,
                _ => break,
            }
        }
    }
}

/// Status 1000, masked (RFC 6455, sections 5.3, 5.5.1 and 7.4.1).
fn close_frame() -> [u8; 8] {
    let mut mask = [0; 4];
    // Without a generator the mask is zero, which hides nothing here: the frame is always the same.
    let _ = rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut mask);
    let [a, b, c, d] = mask;
    let [high, low] = 1000_u16.to_be_bytes();
    [0x88, 0x82, a, b, c, d, high ^ a, low ^ b]
}

/// Whether a server's frames have one that closes (RFC 6455, section 5.2).
fn has_close_frame(mut bytes: &[u8]) -> bool {
    while let [first, second, rest @ ..] = bytes {
        if first & 0x0f == 8 {
            return true;
        }
        let length = match second & 0x7f {
            126 => rest.split_first_chunk().map(|(length, rest)| (u64::from(u16::from_be_bytes(*length)), rest)),
            127 => rest.split_first_chunk().map(|(length, rest)| (u64::from_be_bytes(*length), rest)),
            length => Some((u64::from(length), rest)),
        };
        let next = length.and_then(|(length, rest)| rest.get(usize::try_from(length).ok()?..));
        let Some(next) = next else { return false };
        bytes = next;
    }
    false
}

impl Answer {
    /// Reads until the head ends, or until it is clear that it will not.
    fn read(&mut self, connection: &mut Connection) -> End {
        let mut buffer = [0; 4096];
        let (mut line, mut seen, mut lines) = (0, 0, 0);
        'answer: loop {
            let head = self.received.get(self.start..).unwrap_or_default();
            if head.iter().zip(b"HTTP/").any(|(a, b)| a != b) {
                return End::NotHttp;
            }
            while let Some(length) = self.received.get(seen..).and_then(|rest| rest.iter().position(|&b| b == b'\n')) {
                let end = seen + length;
                let text = self.received.get(line..end).unwrap_or_default();
                let is_last = text.strip_suffix(b"\r").unwrap_or(text).is_empty();
                (line, seen, lines) = (end + 1, end + 1, lines + 1);
                if is_last && self.is_interim() {
                    (self.start, lines) = (line, 0);
                    continue 'answer;
                }
                if is_last {
                    return End::Head;
                }
                // The status line is no field.
                if lines > 1 + MAX_FIELDS {
                    return End::TooManyFields;
                }
            }
            seen = self.received.len();
            let room = MAX_HEAD.saturating_sub(seen).min(buffer.len());
            if room == 0 {
                return End::TooLong;
            }
            let inside = !self.received.is_empty();
            match connection.read(buffer.get_mut(..room).unwrap_or_default()) {
                Ok(0) => return if inside { End::ClosedInside } else { End::Closed },
                Ok(count) => self.received.extend(buffer.iter().take(count)),
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                        return if inside { End::SilentInside } else { End::Silent };
                    }
                    _ if inside => return End::ResetInside,
                    #[cfg(feature = "tls")]
                    _ if tls::is_fault(&error) => return End::Unreachable(tls::explain(&error, b"")),
                    _ => return End::Reset,
                },
            }
        }
    }

    /// Whether what has come so far is a 1xx other than 101: another answer follows (RFC 9110, section 15.2).
    fn is_interim(&self) -> bool {
        self.status().is_some_and(|status| status / 100 == 1 && status != 101)
    }

    /// The bytes of the body that may still come: a server that keeps the connection sends no more than Content-Length says.
    fn to_come(&self) -> usize {
        let body = self.head().filter(|_| self.outcome() != Outcome::Accepted).and_then(|head| {
            let value = head.all("Content-Length").next()?;
            Some(head.len.saturating_add(std::str::from_utf8(value).ok()?.parse().ok()?))
        });
        body.map_or(MAX_CLOSING, |end| end.saturating_sub(self.received.len() - self.start).min(MAX_CLOSING))
    }

    /// The final answer, as far as it came; none where that is not HTTP.
    pub(crate) fn head(&self) -> Option<Head> {
        let bytes = self.received.get(self.start..).filter(|bytes| bytes.starts_with(b"HTTP/"))?;
        Some(Head::parse(bytes))
    }

    pub(crate) fn status(&self) -> Option<u16> {
        self.head()?.status()
    }

    pub(crate) fn outcome(&self) -> Outcome {
        match (&self.end, self.status()) {
            (End::Unreachable(_), _) => Outcome::Unreachable,
            (_, Some(101)) => Outcome::Accepted,
            (_, Some(_)) => Outcome::Refused,
            (End::Closed | End::Reset, None) => Outcome::Closed,
            (End::Silent, None) => Outcome::Silent,
            // An interim answer, and nothing behind it.
            (End::ClosedInside | End::ResetInside, None) if self.start == self.received.len() => Outcome::Closed,
            (End::SilentInside, None) if self.start == self.received.len() => Outcome::Silent,
            (_, None) => Outcome::NotHttp,
        }
    }
}

/// What is wrong, in a sentence; nothing for a whole head.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.limit.as_secs_f64();
        let count = self.received.len();
        let place = if self.start == count { "behind an interim answer" } else { "inside the head of the answer" };
        match &self.end {
            End::Head => Ok(()),
            End::NotHttp => {
                let shown = self.received.get(self.start..).unwrap_or_default();
                let shown = shown.get(..64).unwrap_or(shown);
                write!(f, "the answer is not HTTP: it begins with `{}`", visible(shown))?;
                match shown {
                    // A TLS alert record (RFC 8446, section 5.1).
                    [0x15, 3, ..] => f.write_str("; that is a TLS alert: the port speaks TLS, use wss://"),
                    // An HTTP/2 SETTINGS frame on stream 0 (RFC 9113, section 6.5).
                    [0, 0, _, 4, _, 0, 0, 0, 0, ..] => f.write_str("; that is HTTP/2, which knows no Upgrade"),
                    _ => Ok(()),
                }
            }
            End::TooLong => write!(f, "the head of the answer is longer than {MAX_HEAD} bytes"),
            End::TooManyFields => write!(f, "the head of the answer has more than {MAX_FIELDS} fields"),
            End::ClosedInside => write!(f, "the connection was closed {place}, after {count} bytes"),
            End::ResetInside => write!(f, "the connection was reset {place}, after {count} bytes"),
            End::SilentInside => write!(f, "nothing more came within {seconds} s {place}, after {count} bytes"),
            End::Closed => f.write_str("the server closed the connection without a byte of an answer"),
            End::Reset => f.write_str("the server reset the connection without a byte of an answer"),
            End::Silent => write!(f, "the server connected and said nothing within {seconds} s"),
            End::Unreachable(reason) => f.write_str(reason),
        }
    }
}
