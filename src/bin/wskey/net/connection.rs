//! One exchange with a server: connects, sends a request, reads the response, and closes properly.

use super::channel::Channel;
use super::response::{ReadEnd, Response, Stage};
use super::socket::{Socket, time_until};
#[cfg(feature = "tls")]
use super::tls;
use super::visit::NO_STATUS;
use std::io::{self, Read as _};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::ops::Range;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use wskey::escape::visible;
use wskey::head::{Behind, Head, StreamEnd};
use wskey::rules::{are_plain, frames_behind};

/// How long what follows a 101 is looked at.
const LOOK: Duration = Duration::from_millis(300);

/// The most that is looked at.
const MAX_LOOK: usize = 16 * 1024 * 1024;

/// What is shorter is looked at whenever more of it comes.
const SHORT: usize = 64 * 1024;

/// The most that is kept of it where nothing is said of it.
const MAX_BEHIND: usize = 16 * 1024;

/// How long the peer's Close frame, and the end of the connection, are waited for.
const CLOSING: Duration = Duration::from_millis(250);

/// How long the end is waited for at most, behind the peer's Close frame.
const ENDING: Duration = Duration::from_secs(2);

/// The most that is read while waiting for the end.
const MAX_CLOSING: usize = 64 * 1024;

/// The most Pings that are answered.
const MOST_PONGS: usize = 64;

/// The pause between two bytes that are sent one at a time.
const DRIBBLE: Duration = Duration::from_millis(1);

/// The server to connect to.
#[derive(Clone)]
pub(crate) struct Server {
    host: String,
    port: u16,
    /// Resolved at the first use; the one that answered last comes first.
    addresses: Vec<SocketAddr>,
    /// How long its Close frame is waited for.
    pub(crate) closing: Duration,
    /// Whether the end is left to it behind both Close frames, as a browser does.
    pub(crate) ends_first: bool,
    /// What it is told in a message, once the one has come that it sends first.
    pub(crate) message: Option<Vec<u8>>,
    #[cfg(feature = "tls")]
    tls: Option<tls::Trust>,
}

impl Server {
    /// `host` is a name or an address without brackets.
    pub(crate) fn new(host: &str, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
            addresses: Vec::new(),
            closing: CLOSING,
            ends_first: false,
            message: None,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// Demands TLS and a certificate for `name`, signed by one of `trusted`, or of the platform's where none is given; any certificate
    /// where it is insecure.
    ///
    /// # Errors
    /// Where there are no certificates to trust, or `name` is none that a certificate can have.
    #[cfg(feature = "tls")]
    pub(crate) fn with_tls(mut self, name: &str, trusted: Option<&std::path::Path>, is_insecure: bool) -> anyhow::Result<Self> {
        self.tls = Some(if is_insecure { tls::Trust::anyone(name)? } else { tls::Trust::new(name, trusted)? });
        Ok(self)
    }

    /// Sends `request` over a connection of its own and reads the head of the response, all within `limit`; then what follows a
    /// 101. A connection that it opened is closed as RFC 6455, section 7.1.1, says.
    pub(crate) fn exchange(&mut self, request: &[u8], byte_by_byte: bool, limit: Duration) -> Response {
        let begin = Instant::now();
        let mut connection = match self.connect(begin + limit) {
            Ok(connection) => connection,
            Err(reason) => return Response::none(ReadEnd::Unreachable(reason), limit),
        };
        // The server may answer and close before it has read everything: what it sent is there all the same.
        let sent = connection.send(request, byte_by_byte, limit);
        let mut response = Response::read(&mut connection, limit);
        if sent.is_ok() {
            response.stage = connection.sent();
        }
        #[cfg(feature = "tls")]
        if let Some(error) = sent.as_ref().err().filter(|error| response.received.is_empty() && tls::is_fault(error)) {
            response = Response::none(ReadEnd::Alert(tls::explain(error, b"")), limit);
        }
        #[cfg(not(feature = "tls"))]
        drop(sent);
        response.took = begin.elapsed();
        connection.socket().wait_until(Instant::now() + CLOSING);
        let switch = response.split_switch();
        if let (Some(head), Some(behind)) = (switch, &mut response.behind)
            && let Some(closing) = connection.look_and_close(&head, behind, self.closing, self.message.as_deref())
        {
            let close = frames_behind(&head, &closing).close().map(|close| match close.payload {
                [] => NO_STATUS.to_be_bytes().to_vec(),
                payload => payload.to_vec(),
            });
            response.close = Some(close.unwrap_or_default());
            response.late = closing.bytes.get(behind.bytes.len()..).unwrap_or_default().to_vec();
        }
        if !response.received.is_empty() {
            let ends_first = self.ends_first && response.close.as_ref().is_some_and(|close| !close.is_empty());
            let most = response.to_come().unwrap_or(MAX_CLOSING).min(MAX_CLOSING);
            let (rest, stays_open) = connection.finish(most, ends_first);
            response.stays_open = stays_open;
            response.take_body(&rest);
        }
        response
    }

    fn connect(&mut self, deadline: Instant) -> Result<Channel, String> {
        let socket = Socket::new(self.open(deadline)?, deadline);
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            let mut socket = socket;
            return match tls.start(&mut socket) {
                Ok(session) => Ok(Channel::Tls(Box::new(session), socket)),
                Err(error) => Err(tls::explain(&error, &socket.first)),
            };
        }
        Ok(Channel::Plain(socket))
    }

    /// Connects to each address in turn: `localhost` is often `::1` first, where nobody listens.
    fn open(&mut self, deadline: Instant) -> Result<TcpStream, String> {
        if self.addresses.is_empty() {
            self.addresses = resolve(&self.host, self.port, deadline)?;
        }
        let mut failures = Vec::new();
        for (i, address) in self.addresses.iter().enumerate() {
            // One address that swallows packets leaves time for the others.
            let share = time_until(deadline) / u32::try_from(self.addresses.len() - i).unwrap_or(u32::MAX);
            match TcpStream::connect_timeout(address, share.max(Duration::from_millis(1))) {
                Ok(stream) => {
                    // A request in several pieces goes out as such.
                    let _ = stream.set_nodelay(true);
                    self.addresses.swap(0, i);
                    return Ok(stream);
                }
                Err(error) => failures.push(format!("{address}: {}", error.kind())),
            }
        }
        // It may be elsewhere when it is tried again.
        self.addresses.clear();
        Err(format!("cannot connect: {}", failures.join("; ")))
    }
}

/// The addresses of a host. The system's resolver knows no deadline, so it works in a thread that may be left behind.
fn resolve(host: &str, port: u16, deadline: Instant) -> Result<Vec<SocketAddr>, String> {
    let (sender, receiver) = mpsc::channel();
    let address = (host.to_owned(), port);
    thread::spawn(move || sender.send(address.to_socket_addrs().map(Vec::from_iter)));
    match receiver.recv_timeout(time_until(deadline)) {
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

impl Channel {
    /// How far it came once a request is sent over it.
    fn sent(&self) -> Stage {
        match self {
            Self::Plain(_) => Stage::Sent,
            #[cfg(feature = "tls")]
            Self::Tls(..) => Stage::SentOverTls,
        }
    }

    fn send(&mut self, request: &[u8], byte_by_byte: bool, limit: Duration) -> io::Result<()> {
        if !byte_by_byte {
            return self.write_all(request);
        }
        // However long the request is, three quarters of the time are left for the response.
        let pause = DRIBBLE.min(limit / 4 / u32::try_from(request.len()).unwrap_or(u32::MAX).max(1));
        for byte in request {
            self.write_all(std::slice::from_ref(byte))?;
            thread::sleep(pause);
        }
        Ok(())
    }

    /// Looks at what follows the `head` of a 101, sends a Close frame and waits for the peer's, so that its log stays clean. What
    /// has come by then, from the head on; nothing where none was sent.
    ///
    /// What comes behind our Close frame proves nothing of a server: some echo it as a message, or end the connection.
    /// Where there is a `message` to send, the peer's is waited for first, as long as its Close frame.
    fn look_and_close(&mut self, head: &Head, behind: &mut Behind, closing: Duration, message: Option<&[u8]>) -> Option<Behind> {
        let answered = self.read_frames(head, behind, LOOK, 0..MOST_PONGS, false);
        if message.is_some() && behind.end == StreamEnd::Open {
            self.read_frames(head, behind, closing, answered..MOST_PONGS, true);
        }
        let message = message.map(|message| masked_frame(0x82, message)).unwrap_or_default();
        // What came as the look ended has used up the time for that.
        self.socket().wait_until(Instant::now() + CLOSING);
        if behind.end != StreamEnd::Open || self.write_all(&[message, close_frame()].concat()).is_err() {
            return None;
        }
        let (deadline, mut behind) = (Instant::now() + closing, behind.clone());
        self.read_frames(head, &mut behind, closing, 0..0, false);
        // Behind it the end of the connection is near.
        let has_close = frames_behind(head, &behind).close().is_some();
        self.socket().wait_until(if has_close { Instant::now() + closing.min(ENDING) } else { deadline });
        Some(behind)
    }

    /// Reads a server's frames for so long; no further than a client would read. Answers so many Pings; behind a Close frame a client
    /// sends no more (RFC 6455, section 5.5.1). Ends with the first message if it is `to_message`. Returns the number of Pings that are
    /// answered then.
    fn read_frames(&mut self, head: &Head, behind: &mut Behind, time: Duration, pongs: Range<usize>, to_message: bool) -> usize {
        self.socket().wait_until(Instant::now() + time);
        behind.end = StreamEnd::Open;
        let mut buffer = vec![0; SHORT];
        let (mut answered, mut looked) = (pongs.start, 0);
        while behind.bytes.len() < MAX_LOOK {
            // What came is read again from its first byte each time: of much, when there is twice as much.
            let length = behind.bytes.len();
            if length <= SHORT || length >= 2 * looked {
                looked = length;
                let frames = frames_behind(head, behind);
                if frames.is_settled() || to_message && frames.has_message() {
                    break;
                }
                // A server may end the connection where its Ping is not answered (RFC 6455, section 5.5.2).
                let open = frames.pings().into_iter().take(pongs.end).skip(answered);
                let pongs: Vec<_> = open.map(|ping| masked_frame(0x8a, ping)).collect();
                answered += pongs.len();
                for pong in pongs {
                    let _ = self.write_all(&pong);
                }
            }
            match self.read(&mut buffer).map_err(|error| error.kind()) {
                Ok(count) if count > 0 => behind.bytes.extend(buffer.iter().take(count)),
                Err(io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => break,
                Err(io::ErrorKind::Interrupted) => {}
                Ok(_) | Err(_) => {
                    behind.end = StreamEnd::Server;
                    break;
                }
            }
        }
        if behind.bytes.len() > MAX_BEHIND && are_plain(&frames_behind(head, behind)) {
            behind.bytes.truncate(MAX_BEHIND);
        }
        answered
    }

    /// Lets the server send the rest, `most` bytes of it, and close first: what comes to a closed socket resets the
    /// connection, and servers have died of that while they wrote the body of a refusal. Where the server `ends_first`, it is not told
    /// before that nothing more comes, which is a reason to end for many. Returns the rest, as it came, and whether the time was over then.
    fn finish(mut self, most: usize, ends_first: bool) -> (Vec<u8>, bool) {
        if !ends_first {
            self.finish_writing();
        }
        let (mut rest, mut buffer) = (Vec::new(), [0; 4096]);
        while rest.len() < most {
            match self.read(&mut buffer).map_err(|error| error.kind()) {
                Ok(count) if count > 0 => rest.extend(buffer.iter().take(count)),
                Err(io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => return (rest, true),
                _ => break,
            }
        }
        (rest, false)
    }
}

/// Status 1000 (RFC 6455, sections 5.5.1 and 7.4.1).
fn close_frame() -> Vec<u8> {
    masked_frame(0x88, &1000_u16.to_be_bytes())
}

/// A frame of a client's, which is masked (RFC 6455, section 5.3), with a payload of at most 125 bytes.
fn masked_frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut mask = [0; 4];
    // Without a generator the mask is zero, which hides nothing here: the payload is the server's own, or always the same.
    let _ = rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut mask);
    let length = u8::try_from(payload.len()).unwrap_or(125) | 0x80;
    let masked = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask);
    [first, length].into_iter().chain(mask).chain(masked.take(125)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// `localhost` is often two addresses, and a server listens on one of them.
    #[test]
    fn every_address_is_tried() {
        let address = |listener: &TcpListener| listener.local_addr().expect("an address");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let open = address(&listener);
        let closed = address(&TcpListener::bind("127.0.0.1:0").expect("another free port"));
        let mut server = Server::new("localhost", 0);
        server.addresses = vec![closed, open];
        let stream = server.open(Instant::now() + Duration::from_secs(20)).expect("one of them listens");
        assert_eq!(stream.peer_addr().ok(), Some(open));
        assert_eq!(server.addresses, [open, closed], "the one that answered comes first the next time");
    }
}
