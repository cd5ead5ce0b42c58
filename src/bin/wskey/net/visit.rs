//! One connection of a client: reads its request, answers, and sees what the client makes of the answer.

use super::channel::Channel;
use super::response::HeadLines;
use super::socket::{Socket, time_until};
#[cfg(feature = "tls")]
use super::tls;
use std::io::{self, Read as _};
use std::iter;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use wskey::conformance::{Delivery, Message, Outcome};
use wskey::frame::Frame;
use wskey::head::{EXTENSIONS, Head, KEY};

/// The longest head that is read, in bytes and in lines.
const LONGEST_HEAD: usize = 64 << 10;
const LONGEST_LINES: usize = 256;

/// The most that is read behind it.
const MOST_BEHIND: usize = 64 << 10;

/// When a Ping is sent, so that a quiet client speaks, and when a Close frame, counted from the answer.
const PING_AFTER: Duration = Duration::from_millis(20);
const CLOSE_AFTER: Duration = Duration::from_millis(520);

/// How long a client that opened may take to end the connection.
const CLOSING: Duration = Duration::from_millis(500);

/// How often it is looked whether the run is over.
pub(crate) const TICK: Duration = Duration::from_millis(50);

/// How long a connection may stay without a byte: it takes the place of others.
const IDLE: Duration = Duration::from_mins(1);

/// How long it is looked, before the answer is sent, whether the client speaks though it has none.
const EARLY: Duration = Duration::from_millis(5);

/// The opcode of a Pong frame (RFC 6455, section 5.5.3).
const PONG: u8 = 10;

/// The Ping, with a payload of its own: a Pong that nobody asked for is no answer to it (RFC 6455, section 5.5.3).
const PING: &[u8] = b"\x89\x05wskey";
const CLOSE: &[u8] = b"\x88\x02\x03\xe8";

/// What is answered to the Close frame of a client that is left to end: with a reason, so that it is known again.
pub(crate) const REPLY: &[u8] = b"\x88\x07\x03\xe8wskey";

/// That a Close frame has no status (RFC 6455, section 7.1.5).
pub(crate) const NO_STATUS: u16 = 1005;

/// The statuses with which a client fails a connection that it has opened (RFC 6455, sections 7.1.7 and 7.4.1).
const FAILING: [u16; 4] = [1002, 1003, 1007, 1010];

/// What came of a connection.
pub(crate) struct Visit {
    /// The bytes of the request, as far as they came.
    pub(crate) request: Vec<u8>,
    /// The bytes of the answer.
    pub(crate) sent: Vec<u8>,
    /// What came behind the request.
    pub(crate) behind: Vec<u8>,
    /// Whether there was a request to answer.
    pub(crate) is_answered: bool,
    /// What the client made of the answer; nothing where the run was over before it had done anything.
    pub(crate) outcome: Option<Outcome>,
    /// The same in words.
    pub(crate) told: String,
    /// Whether a frame shows that the client opened, though it may have failed the connection then.
    pub(crate) is_opened: bool,
    /// The status of its Close frame, where one came: 1005 for none (RFC 6455, section 7.1.5).
    pub(crate) closed_with: Option<u16>,
    /// How many bytes came behind the request before it was answered.
    pub(crate) early: usize,
    /// Why what the client did may be neither.
    pub(crate) doubt: Option<Doubt>,
}

/// Why it cannot be told whether a client that opened failed the connection then.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Doubt {
    /// It closed the connection with a status that says nothing of a fault, or without one.
    Closed,
    /// It ended the connection without a Close frame, as programs do that have said what they had to say.
    Left,
    /// It sent what is no frame of a client, and ended the connection.
    Malformed,
    /// It sent more than is read, and what it said to what stands behind the head may come behind that.
    Full,
}

/// What a client did.
struct Seen {
    outcome: Option<Outcome>,
    told: String,
    doubt: Option<Doubt>,
}

impl Seen {
    fn new(outcome: impl Into<Option<Outcome>>, told: impl Into<String>) -> Self {
        Self { outcome: outcome.into(), told: told.into(), doubt: None }
    }
}

/// How clients are served.
#[derive(Clone)]
pub(crate) struct Service {
    /// How long a client may take for its head, and then until it has done something.
    pub(crate) limit: Duration,
    /// Whether it is over TLS.
    pub(crate) is_secure: bool,
    /// Whether a quiet client is made to speak, and the connection ended once it has.
    is_prompting: bool,
    /// Whether the run was interrupted.
    pub(crate) is_over: Arc<AtomicBool>,
    #[cfg(feature = "tls")]
    identity: Option<tls::Identity>,
}

impl Service {
    pub(crate) fn new(limit: Duration) -> Self {
        Self {
            limit,
            is_secure: false,
            is_prompting: true,
            is_over: Arc::default(),
            #[cfg(feature = "tls")]
            identity: None,
        }
    }

    /// Leaves it to the client when to speak, and when to end.
    pub(crate) fn without_prompts(self) -> Self {
        Self { is_prompting: false, ..self }
    }

    /// Speaks TLS, with this certificate and its key.
    ///
    /// # Errors
    /// Where one of the files is not what it must be, or they do not belong together.
    #[cfg(feature = "tls")]
    pub(crate) fn with_tls(mut self, certificate: &std::path::Path, key: &std::path::Path) -> anyhow::Result<Self> {
        (self.identity, self.is_secure) = (Some(tls::Identity::read(certificate, key)?), true);
        Ok(self)
    }

    /// Reads the request that comes over a connection, sends what `answer` gives for it, and watches what the client does.
    pub(crate) fn serve(&self, stream: TcpStream, answer: impl FnOnce(&Head, &mut Body<'_, '_>) -> Message) -> Visit {
        // What is to come in segments of its own is sent at once.
        let _ = stream.set_nodelay(true);
        let nothing = |request, told: String| {
            let (sent, behind) = (Vec::new(), Vec::new());
            let (is_answered, is_opened) = (false, false);
            let closed_with = None;
            Visit { request, sent, behind, is_answered, outcome: None, told, is_opened, closed_with, early: 0, doubt: None }
        };
        if let Err(why) = wait_for_a_byte(&stream, self.limit.min(IDLE)) {
            return nothing(Vec::new(), why);
        }
        let socket = Socket::new(stream, Instant::now() + self.limit);
        #[cfg(not(feature = "tls"))]
        let channel = Channel::Plain(socket);
        #[cfg(feature = "tls")]
        let channel = match self.start(socket) {
            Ok(channel) => channel,
            Err(why) => return nothing(Vec::new(), why),
        };
        let (request, behind) = (Vec::new(), Vec::new());
        let mut client = Visitor { channel, is_over: &self.is_over, is_prompting: self.is_prompting, request, behind, early: 0 };
        if let Err(why) = client.read_head() {
            return nothing(client.request, why.to_owned());
        }
        let head = Head::parse(&client.request);
        let message = answer(&head, &mut Body { client: &mut client, deadline: Instant::now() + self.limit });
        let sent = message.delivered();
        if self.is_prompting && head.has(KEY) {
            client.read_until(Instant::now() + EARLY, usize::MAX);
        }
        client.early = client.behind.len();
        let Seen { outcome, told, doubt } = client.watch(&message, &sent, self.limit);
        let is_opened = client.first_right(message.get(EXTENSIONS).is_some()).is_some();
        let closed_with = closed_with(client.frames());
        let Visitor { request, behind, early, .. } = client;
        Visit { request, sent, behind, is_answered: true, outcome, told, is_opened, closed_with, early, doubt }
    }

    #[cfg(feature = "tls")]
    fn start(&self, mut socket: Socket) -> Result<Channel, String> {
        let Some(identity) = &self.identity else { return Ok(Channel::Plain(socket)) };
        match identity.start(&mut socket) {
            Ok(session) => Ok(Channel::Tls(Box::new(session), socket)),
            Err(error) => Err(tls::explain_client(&error, &socket.first)),
        }
    }
}

/// Waits for the first byte, which is left where it is; why there is none, in words.
fn wait_for_a_byte(stream: &TcpStream, limit: Duration) -> Result<(), String> {
    let _ = stream.set_read_timeout(Some(limit));
    match stream.peek(&mut [0]).map_err(|error| error.kind()) {
        Err(io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => Err(format!("no byte came within {} s", limit.as_secs_f64())),
        // What ended it is found out again.
        _ => Ok(()),
    }
}

/// A client that is connected.
struct Visitor<'a> {
    channel: Channel,
    is_over: &'a AtomicBool,
    is_prompting: bool,
    request: Vec<u8>,
    behind: Vec<u8>,
    /// How much of that came before the answer was sent.
    early: usize,
}

/// The body of a request, which is read where it is wanted: behind a handshake there are frames.
pub(crate) struct Body<'a, 'b> {
    client: &'a mut Visitor<'b>,
    deadline: Instant,
}

impl Body<'_, '_> {
    /// The bytes of the request before it.
    pub(crate) fn request(&self) -> &[u8] {
        &self.client.request
    }

    /// Reads so many bytes; nothing where they do not come in time.
    pub(crate) fn read(&mut self, length: usize) -> Option<Vec<u8>> {
        let mut buffer = [0; 4096];
        self.client.channel.socket().wait_until(self.deadline);
        while self.client.behind.len() < length {
            match self.client.channel.read(&mut buffer) {
                Ok(count @ 1..) => self.client.behind.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                _ => return None,
            }
        }
        let rest = self.client.behind.split_off(length);
        Some(std::mem::replace(&mut self.client.behind, rest))
    }
}

/// What a client was told behind the head.
#[expect(clippy::struct_excessive_bools, reason = "each is asked for by itself")]
struct Prompted {
    /// Whether something stands behind the head that it is to read first.
    is_behind: bool,
    /// Whether that is a Close frame, which is to be answered (RFC 6455, section 5.5.1).
    is_close: bool,
    /// Whether the answer has extensions.
    deflates: bool,
    /// Whether a Close frame was sent.
    is_closed: bool,
}

/// How the reading of a connection ended.
enum Ended {
    /// By the client.
    Gone,
    Reset,
    /// By the clock.
    Time,
    /// More came than is read.
    Full,
}

impl Visitor<'_> {
    /// Reads up to the end of a head; why there is none, in words.
    fn read_head(&mut self) -> Result<(), &'static str> {
        let mut lines = HeadLines::default();
        let mut buffer = [0; 4096];
        loop {
            while let Some(is_empty) = lines.next(&self.request) {
                // Empty lines before the request line are skipped (RFC 9112, section 2.2).
                if is_empty && !self.request[..lines.begin].trim_ascii().is_empty() {
                    self.behind = self.request.split_off(lines.begin);
                    return Ok(());
                }
                if lines.count > LONGEST_LINES {
                    return Err("the head has more than 256 lines");
                }
            }
            // A TLS handshake record (RFC 8446, section 5.1).
            if self.request.starts_with(b"\x16\x03") {
                return Err("the client speaks TLS, and the port does not: use ws://, or --tls-cert and --tls-key");
            }
            if self.request.len() > LONGEST_HEAD {
                return Err("the head is longer than 64 KiB");
            }
            match self.channel.read(&mut buffer).map_err(|error| error.kind()) {
                Ok(0) if self.request.is_empty() => return Err("the client closed the connection without a byte"),
                Ok(0) => return Err("the client closed the connection inside the head"),
                Ok(count) => self.request.extend_from_slice(&buffer[..count]),
                Err(io::ErrorKind::Interrupted) => {}
                Err(io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => return Err("the head was not complete in time"),
                Err(_) => return Err("the client reset the connection inside the head"),
            }
        }
    }

    /// Sends the answer, and makes the client speak; what it did.
    fn watch(&mut self, message: &Message, sent: &[u8], limit: Duration) -> Seen {
        let begin = Instant::now();
        // Who is quiet until the Close frame comes has not had its time before that.
        let deadline = begin + if self.is_prompting { limit.max(CLOSE_AFTER + CLOSING) } else { limit };
        // The answer may have taken longer than the head was given.
        self.channel.socket().wait_until(deadline);
        // Who has heard enough may have gone.
        let _ = self.channel.write_all(sent);
        let is_ended = matches!(message.delivery, Delivery::ThenEnd | Delivery::HalfThenEnd | Delivery::End);
        if is_ended {
            self.channel.finish_writing();
        }
        let deflates = message.get(EXTENSIONS).is_some();
        let may_speak = !is_ended && message.delivery != Delivery::Never;
        let is_speaking = may_speak && self.is_prompting;
        let mut prompts: &[(Duration, &[u8])] = match message.after.first() {
            _ if !is_speaking => &[],
            // Behind a Close frame nothing more is sent (RFC 6455, section 5.5.1).
            Some(0x88) => &[],
            _ => &[(PING_AFTER, PING), (CLOSE_AFTER, CLOSE)],
        };
        let is_close = message.after.first() == Some(&0x88);
        let is_behind = is_speaking && !message.after.is_empty() && !is_close;
        let mut prompted = Prompted { is_behind, is_close, deflates, is_closed: is_close };
        loop {
            if let Some(seen) = self.decide(&prompted) {
                // It opened: the rest is good manners.
                if may_speak && !prompted.is_closed {
                    let _ = self.channel.write_all(if self.is_prompting { CLOSE } else { REPLY });
                }
                self.end();
                return seen;
            }
            let next = prompts.first().map_or(deadline, |(after, _)| (begin + *after).min(deadline));
            let Some(ended) = self.read_until(next, self.behind.len()) else { continue };
            if let (Ended::Time, [(_, frame), rest @ ..]) = (&ended, prompts)
                && !self.is_over()
                && time_until(deadline) > Duration::ZERO
            {
                prompted.is_closed |= *frame == CLOSE;
                let _ = self.channel.write_all(frame);
                prompts = rest;
                continue;
            }
            return self.ended(&ended, &prompted);
        }
    }

    /// What a client has shown by its frames, if that is enough.
    fn decide(&self, prompted: &Prompted) -> Option<Seen> {
        for (bytes, frame) in masked_frames(self.frames()) {
            let Some((outcome, told)) = first_frame(bytes, prompted.deflates) else { continue };
            let is_close = frame.opcode == Frame::CLOSE;
            // Who has read the Close frame has read the Ping before it, and answered that.
            let doubt = (prompted.is_behind && is_close && outcome == Outcome::Accepted).then_some(Doubt::Closed);
            // Who speaks as soon as it is open may not have read yet what is wrong behind the head: what it says to what came
            // behind that shows that it has.
            let is_answer = is_close || frame.opcode == PONG && payload(bytes, &frame).eq(PING[2..].iter().copied());
            // Who leaves it to the client when to end waits for its Close frame.
            let is_enough = self.is_prompting && !prompted.is_behind && !prompted.is_close;
            if is_enough || is_answer || outcome == Outcome::Refused {
                return Some(Seen { doubt, ..Seen::new(outcome, told) });
            }
        }
        None
    }

    /// What a client did that showed nothing more before the end.
    fn ended(&self, ended: &Ended, prompted: &Prompted) -> Seen {
        // It spoke, and that it read on is not known.
        if let Some((_, told)) = self.first_right(prompted.deflates) {
            return match (ended, prompted.is_closed) {
                (Ended::Gone | Ended::Reset, true) if !prompted.is_close => {
                    Seen { doubt: Some(Doubt::Closed), ..Seen::new(Outcome::Accepted, told) }
                }
                (Ended::Gone | Ended::Reset, _) => {
                    let told = format!("{told}, and ended the connection without a Close frame");
                    Seen { doubt: Some(Doubt::Left), ..Seen::new(Outcome::Refused, told) }
                }
                (Ended::Full, _) if prompted.is_behind || prompted.is_close => {
                    let told = format!("{told}, and more than 64 KiB before it answered what stands behind the head");
                    let outcome = if prompted.is_close { Outcome::Silent } else { Outcome::Accepted };
                    Seen { doubt: Some(Doubt::Full), ..Seen::new(outcome, told) }
                }
                (Ended::Time, _) if prompted.is_close && !self.is_over() => {
                    Seen::new(Outcome::Silent, format!("{told}, and did not answer the Close frame"))
                }
                _ => Seen::new(Outcome::Accepted, told),
            };
        }
        match ended {
            Ended::Gone | Ended::Reset if !self.frames().is_empty() => {
                let told = "sent what is no frame of a client, and ended the connection";
                Seen { doubt: Some(Doubt::Malformed), ..Seen::new(Outcome::Refused, told) }
            }
            Ended::Gone => Seen::new(Outcome::Refused, "ended the connection without a frame"),
            Ended::Reset => Seen::new(Outcome::Refused, "reset the connection without a frame"),
            Ended::Full if self.frames().is_empty() => Seen::new(Outcome::Silent, "sent more than 64 KiB before it was answered"),
            Ended::Full => Seen::new(Outcome::Silent, "sent more than 64 KiB that are no frame"),
            Ended::Time if self.is_over() => {
                Seen::new(None, "had neither sent a frame nor ended the connection when wskey was interrupted")
            }
            Ended::Time if self.frames().is_empty() => {
                Seen::new(Outcome::Silent, "neither sent a frame nor ended the connection")
            }
            Ended::Time => Seen::new(Outcome::Silent, "sent what is no frame of a client, and kept the connection"),
        }
    }

    /// What its first right frame says, behind others that are whole and masked.
    fn first_right(&self, deflates: bool) -> Option<(Outcome, String)> {
        masked_frames(self.frames()).find_map(|(bytes, _)| first_frame(bytes, deflates))
    }

    /// What came once the answer was sent: from the end of a frame on that began before.
    fn frames(&self) -> &[u8] {
        let mut at = 0;
        while at < self.early {
            let frame = Frame::read(&self.behind[at..]).filter(|frame| frame.masked);
            at = frame.map_or(self.early, |frame| at.saturating_add(usize::try_from(frame.size).unwrap_or(usize::MAX)));
        }
        self.behind.get(at..).unwrap_or_default()
    }

    /// Waits for the Close frame of a client that opened, and ends the connection, which is the server's to end first (RFC 6455, section
    /// 7.1.1): many a client waits for that.
    fn end(&mut self) {
        let deadline = Instant::now() + CLOSING;
        while !is_closed(self.frames()) && self.read_until(deadline, self.behind.len()).is_none() {}
        self.channel.finish_writing();
        self.read_until(deadline, usize::MAX);
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Reads what comes until then, and how that ended; nothing as soon as more than so many bytes are there.
    fn read_until(&mut self, deadline: Instant, enough: usize) -> Option<Ended> {
        let mut buffer = [0; 4096];
        while self.behind.len() <= enough {
            if self.behind.len() > MOST_BEHIND {
                return Some(Ended::Full);
            }
            self.channel.socket().wait_until(deadline.min(Instant::now() + TICK));
            match self.channel.read(&mut buffer) {
                Ok(0) => return Some(Ended::Gone),
                Ok(count) => {
                    self.behind.extend_from_slice(&buffer[..count]);
                    // Who never pauses would never be overdue.
                    if time_until(deadline).is_zero() {
                        return Some(Ended::Time);
                    }
                }
                // An alert, or bytes that are no TLS.
                #[cfg(feature = "tls")]
                Err(error) if tls::is_fault(&error) => return Some(Ended::Gone),
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
                        if time_until(deadline) > Duration::ZERO && !self.is_over() => {}
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => return Some(Ended::Time),
                    _ => return Some(Ended::Reset),
                },
            }
        }
        None
    }
}

/// The frames that these bytes begin with, each with the bytes from there on; the last may go on. Behind one that is not masked, and so
/// no client's, it is not known where the next one begins.
fn masked_frames(bytes: &[u8]) -> impl Iterator<Item = (&[u8], Frame<'_>)> {
    let mut rest = Some(bytes);
    iter::from_fn(move || {
        let bytes = rest.take()?;
        let frame = Frame::read(bytes).filter(|frame| frame.masked)?;
        rest = usize::try_from(frame.size).ok().and_then(|size| bytes.get(size..));
        Some((bytes, frame))
    })
}

/// Opcodes (RFC 6455, section 5.2).
const CONTINUATION: u8 = 0;
const BINARY: u8 = 2;

/// The payloads in one of the binary messages that a client ended before its Close frame, and whether they may be what they were made
/// of: none of them is compressed.
pub(crate) fn data(bytes: &[u8]) -> (Vec<u8>, bool) {
    let (mut data, mut is_bare) = (Vec::new(), true);
    let (mut message, mut is_binary) = (Vec::new(), false);
    let before = masked_frames(bytes).take_while(|(_, frame)| frame.opcode != Frame::CLOSE);
    for (bytes, frame) in before.filter(|(_, frame)| frame.opcode < Frame::CLOSE) {
        if frame.opcode != CONTINUATION {
            message.clear();
            is_binary = frame.opcode == BINARY;
        }
        message.extend(payload(bytes, &frame));
        is_bare &= frame.rsv == 0;
        if frame.fin && is_binary && frame.payload.len() as u64 == frame.length {
            data.append(&mut message);
        }
    }
    (data, is_bare)
}

/// A client's Close frame, with the bytes from there on.
fn close_frame(bytes: &[u8]) -> Option<(&[u8], Frame<'_>)> {
    masked_frames(bytes).find(|(_, frame)| frame.opcode == Frame::CLOSE)
}

/// Whether a client's Close frame is there, whole.
fn is_closed(bytes: &[u8]) -> bool {
    close_frame(bytes).is_some_and(|(_, frame)| frame.payload.len() as u64 == frame.length)
}

/// The status of a client's Close frame, if one came.
fn closed_with(bytes: &[u8]) -> Option<u16> {
    let (bytes, close) = close_frame(bytes)?;
    first_frame(bytes, false).map(|_| status(bytes, &close).unwrap_or(NO_STATUS))
}

/// The status in the masked Close frame that these bytes begin with, if it has one.
fn status(bytes: &[u8], close: &Frame) -> Option<u16> {
    let mut payload = payload(bytes, close);
    Some(u16::from_be_bytes([payload.next()?, payload.next()?]))
}

/// The payload of the masked frame that these bytes begin with: the mask is the last of its header (RFC 6455, section 5.2).
fn payload<'a>(bytes: &'a [u8], frame: &Frame<'a>) -> impl Iterator<Item = u8> + use<'a> {
    let header = usize::try_from(frame.size - frame.length).unwrap_or_default();
    let mask = header.checked_sub(4).and_then(|begin| bytes.get(begin..header)).unwrap_or_default();
    frame.payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask)
}

/// What the first frame of a client says, if it is there and one that a client may send (RFC 6455, sections 5.1 to 5.5).
fn first_frame(bytes: &[u8], deflates: bool) -> Option<(Outcome, String)> {
    let frame = Frame::read(bytes)?;
    let name = match frame.opcode {
        1 => "text",
        2 => "binary",
        Frame::CLOSE => "Close",
        9 => "Ping",
        PONG => "Pong",
        _ => return None,
    };
    let is_control = frame.opcode >= Frame::CLOSE;
    // The length of a control frame takes one byte: behind two bytes and the mask stands the payload.
    let is_right = frame.masked
        && (!is_control || frame.fin && frame.size - frame.length == 6)
        && (frame.rsv == 0 || frame.rsv == 4 && deflates && !is_control);
    if !is_right {
        return None;
    }
    let told = format!("opened: it sent a {name} frame");
    if frame.opcode != Frame::CLOSE {
        return Some((Outcome::Accepted, told));
    }
    // The payload tells why: it is waited for.
    (frame.payload.len() as u64 == frame.length).then_some(())?;
    let Some(status) = status(bytes, &frame) else {
        return Some((Outcome::Accepted, told));
    };
    Some(if FAILING.contains(&status) {
        (Outcome::Refused, format!("opened, and failed the connection at once with Close {status}"))
    } else {
        (Outcome::Accepted, format!("{told} ({status})"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_frame_tells() {
        let masked = |head: &[u8], payload: &[u8]| [head, &[0, 0, 0, 0], payload].concat();
        for (bytes, expected) in [
            (masked(b"\x81\x85", b"Hello"), Some((Outcome::Accepted, "opened: it sent a text frame"))),
            (masked(b"\x8a\x80", b""), Some((Outcome::Accepted, "opened: it sent a Pong frame"))),
            (masked(b"\x88\x82", b"\x03\xe8"), Some((Outcome::Accepted, "opened: it sent a Close frame (1000)"))),
            (masked(b"\x88\x80", b""), Some((Outcome::Accepted, "opened: it sent a Close frame"))),
            (
                masked(b"\x88\x82", b"\x03\xea"),
                Some((Outcome::Refused, "opened, and failed the connection at once with Close 1002")),
            ),
            (masked(b"\x88\x82", b"\x03"), None),
            (b"\x81\x05Hello".to_vec(), None),
            (masked(b"\x80\x85", b"Hello"), None),
            (masked(b"\x83\x85", b"Hello"), None),
            (masked(b"\xc1\x85", b"Hello"), None),
            (masked(b"\x09\x80", b""), None),
            (masked(b"\x89\xfe\0\x7e", &[b'a'; 126]), None),
            // The length takes more bytes than it may: the mask is not where it is looked for.
            (masked(b"\x88\xfe\0\x02", b"\x03\xea"), None),
            (b"\x88\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0".to_vec(), None),
            (b"GET / HTTP/1.1\r\n".to_vec(), None),
            (b"\x81".to_vec(), None),
        ] {
            let found = first_frame(&bytes, false);
            let found = found.as_ref().map(|(outcome, told)| (*outcome, told.as_str()));
            assert_eq!(found, expected, "{bytes:?}");
        }
        assert!(first_frame(&masked(b"\xc1\x85", b"Hello"), true).is_some());
    }

    /// A Close with 1000 of a client's own, and what may be anybody's.
    #[test]
    fn whose_close_frame_it_is() {
        let (ping, close) = (b"\x89\x80abcd", b"\x88\x82\x01\x02\x03\x04\x02\xea");
        for (bytes, expected) in [
            (&close[..], Some(1000)),
            (&[&ping[..], close].concat(), Some(1000)),
            (b"\x88\x82\0\0\0\0\x03\xe9", Some(1001)),
            (&close[..7], None),
            (b"\x88\x80\0\0\0\0", Some(1005)),
            (b"\x88\x02\x03\xe8", None),
            (b"\x08\x82\0\0\0\0\x03\xe8", None),
            (&[&b"\x89\0"[..], close].concat(), None),
            (ping, None),
        ] {
            assert_eq!(closed_with(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn the_close_frame_is_seen_behind_others() {
        let (pong, close) = (b"\x8a\x80\0\0\0\0", b"\x88\x82\0\0\0\0\x03\xe8");
        let both = [&pong[..], close].concat();
        assert!(is_closed(close) && is_closed(&both));
        // In the middle of a payload it is none.
        let inside = [&b"\x82\x88\0\0\0\0"[..], close].concat();
        for bytes in [&inside[..], pong, &both[..both.len() - 1], b""] {
            assert!(!is_closed(bytes), "{bytes:?}");
        }
    }
}
