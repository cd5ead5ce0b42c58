//! The bytes of any capture to the exchanges in it: raw heads as they are, a HAR file as JSON, all else by what can be
//! sighted in its text.

mod correlate;
mod decode;
#[cfg(feature = "har")]
mod har;
mod scan;

use crate::handshake::Accept;
use crate::head::{ACCEPT, Exchange, Field, Head, KEY, Oddity, Seen};
use correlate::{is_websocket, pair};
use decode::undress;
use scan::{Side, Sighting, sight};

/// No more heads than this are taken from one capture, nor more lines of them.
const MOST_HEADS: usize = 1 << 16;
const MOST_LINES: usize = 1 << 20;

/// No head is longer than this, in bytes and in lines; what stands behind it is not read as a head.
const LONGEST_HEAD: usize = 1 << 18;
pub(crate) const LONGEST_LINES: usize = 1 << 10;

/// The exchanges of a capture, whatever form it has: raw heads, what curl or a browser printed, a log, a HAR file.
///
/// ```
/// let log = b"-> GET /chat HTTP/1.1\n-> Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\
///     <- HTTP/1.1 101 Switching Protocols\n<- Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\n";
/// let [exchange] = &wskey::Capture::read(log).exchanges[..] else { panic!() };
/// let (request, response) = (exchange.request.as_ref().unwrap(), exchange.response.as_ref().unwrap());
/// assert_eq!(request.one("sec-websocket-key"), Some(&b"dGhlIHNhbXBsZSBub25jZQ=="[..]));
/// assert_eq!(response.one("sec-websocket-accept"), Some(&b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="[..]));
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Capture {
    /// The exchanges, in their order.
    pub exchanges: Vec<Exchange>,
    /// Whether more was there than is read: 65536 heads, 1048576 lines of heads in all, 1024 lines or 256 KiB of one head.
    pub is_cut: bool,
}

impl Capture {
    /// Finds the exchanges in a capture.
    ///
    /// Raw heads are [`Seen::Wire`]. From other forms the fields of the handshake are kept, with the line of the capture that
    /// they stand in; such a head is [`Seen::Copied`] if it was evidently seen whole, else [`Seen::Part`]. What belongs together
    /// is told by the accept value, else by the order. A head that was seen twice is one. Of exchanges only those are kept that
    /// have to do with WebSocket, unless none has. Time and memory are proportional to the capture: who calls it bounds the bytes.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        let heads = wire(bytes);
        #[cfg(feature = "har")]
        let heads = heads.or_else(|| har::heads(bytes));
        let Heads { all, is_cut, .. } = heads.unwrap_or_else(|| copied(bytes));
        let mut exchanges = pair(all);
        for Exchange { request, response } in &mut exchanges {
            if let (Some(request), Some(response)) = (request, response) {
                doubt(request, response);
            }
        }
        Self { exchanges, is_cut }
    }
}

/// The heads of a capture, as many as are read.
#[derive(Default)]
pub(crate) struct Heads {
    all: Vec<(Side, Head)>,
    lines: usize,
    pub(crate) is_cut: bool,
}

impl Heads {
    /// Takes in one more, if there are not too many.
    pub(crate) fn push(&mut self, side: Side, head: Head) {
        let lines = head.fields.len() + head.odd.len();
        if self.all.len() == MOST_HEADS || self.lines + lines > MOST_LINES {
            self.is_cut = true;
        } else {
            self.lines += lines;
            self.all.push((side, head));
        }
    }
}

/// Where the server gave the right answer, what a copied request lacks was left out by who copied it.
fn doubt(request: &mut Head, response: &Head) {
    let is_right = request.all(KEY).any(|key| response.one(ACCEPT) == Some(&Accept::of(key).encode()[..]));
    let lacks = ["Upgrade", "Connection", "Sec-WebSocket-Version"].iter().any(|name| request.all(name).next().is_none());
    if request.seen == Seen::Copied && is_right && lacks {
        request.seen = Seen::Part;
    }
}

/// Whether a line begins a head on the wire, and whose.
fn start(line: &[u8]) -> Option<Side> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let head = Head { first: line.to_vec(), fields: Vec::new(), odd: Vec::new(), len: 0, seen: Seen::Wire };
    if head.is_response() {
        return head.status().map(|_| Side::Response);
    }
    let method = head.method()?;
    (!method.is_empty() && method.iter().all(u8::is_ascii_uppercase) && head.version().is_some()).then_some(Side::Request)
}

/// Heads as they went over the wire, if the capture begins with one. Where every line ends in LF alone they may as well have
/// been copied by hand: then they count as raw if nothing is odd about them otherwise and nothing stands between them.
fn wire(bytes: &[u8]) -> Option<Heads> {
    let (mut heads, mut line, mut copied, mut crlf, mut is_long) = (Heads::default(), 0, false, false, false);
    let mut rest = bytes;
    while !rest.is_empty() && !heads.is_cut {
        let end = rest.iter().position(|&b| b == b'\n').map_or(rest.len(), |end| end + 1);
        let (first, more) = rest.split_at(end);
        let Some(side) = first.get(..LONGEST_HEAD.min(end)).and_then(start) else {
            if heads.all.is_empty() && !first.trim_ascii().is_empty() {
                return None;
            }
            copied |= !first.trim_ascii().is_empty();
            line += 1;
            rest = more;
            continue;
        };
        crlf |= first.ends_with(b"\r\n");
        let most = rest.get(..LONGEST_HEAD).unwrap_or(rest);
        let ends = most.iter().enumerate().filter(|(_, b)| **b == b'\n');
        let most = ends.map(|(end, _)| end + 1).nth(LONGEST_LINES - 1).and_then(|end| most.get(..end)).unwrap_or(most);
        let mut head = Head::parse(most);
        is_long |= most.len() < rest.len() && head.odd.iter().any(|(_, odd)| matches!(odd, Oddity::Unterminated));
        copied |= head.odd.iter().any(|(_, odd)| !matches!(odd, Oddity::BareLf));
        for number in head.fields.iter_mut().map(|field| &mut field.line).chain(head.odd.iter_mut().map(|odd| &mut odd.0)) {
            *number += line;
        }
        let (taken, more) = rest.split_at(head.len);
        line += taken.split(|&b| b == b'\n').count() - 1;
        rest = more;
        heads.push(side, head);
    }
    heads.is_cut |= is_long;
    (crlf || !copied).then_some(heads).filter(|heads| !heads.all.is_empty())
}

/// A head that is being put together.
struct Draft {
    side: Option<Side>,
    head: Head,
    /// A field stands there whose value cannot be read, and whether that is the key or the accept value.
    unread: bool,
    blind: bool,
}

impl Draft {
    fn new(side: Option<Side>, first: Vec<u8>) -> Self {
        let head = Head { first, fields: Vec::new(), odd: Vec::new(), len: 0, seen: Seen::Part };
        Self { side, head, unread: false, blind: false }
    }

    /// Whether a field of this name with another value is there already.
    fn contradicts(&self, name: &str, value: &[u8]) -> bool {
        self.head.all(name).next().is_some_and(|there| there != value)
    }

    fn add(&mut self, field: Field) {
        if !self.head.fields.iter().any(|there| there.name == field.name) {
            self.head.fields.push(field);
        }
    }

    /// Takes in another piece of the same head; gives it back if it is not one.
    fn absorb(&mut self, other: Self) -> Option<Self> {
        let differs = |field: &Field| str::from_utf8(&field.name).is_ok_and(|name| self.contradicts(name, &field.value));
        if !other.head.first.is_empty() || other.head.fields.iter().any(differs) {
            return Some(other);
        }
        self.unread |= other.unread;
        self.blind |= other.blind;
        other.head.fields.into_iter().for_each(|field| self.add(field));
        None
    }

    /// The finished head, unless it is too little to be one.
    fn finish(mut self) -> Option<(Side, Head)> {
        let side = self.side?;
        let field = |name: &str| self.head.one(name).map(<[u8]>::to_vec);
        if self.head.first.is_empty()
            && let (Some(method), Some(path)) = (field(":method"), field(":path"))
        {
            // Some proxies show the heads of HTTP/1.1 in this form too.
            let is_http1 = field("Upgrade").or(field("Connection")).is_some() && method != b"CONNECT";
            let version: &[u8] = if is_http1 { b"HTTP/1.1" } else { b"HTTP/2" };
            self.head.first = [&method, &path, version].join(&b' ');
        }
        if is_http1(&self.head.first) {
            self.head.fields.retain(|field| !field.name.starts_with(b":"));
        }
        let head = &self.head;
        let odd_key = |value: &[u8]| value.len() < 16;
        let bare = head.first.is_empty();
        let lone = bare && head.fields.len() == 1 && head.one(KEY).or(head.one(ACCEPT)).is_some_and(odd_key);
        let empty = head.fields.is_empty() && (side == Side::Request || bare || head.status() == Some(101));
        let blind = self.blind && head.all(KEY).chain(head.all(ACCEPT)).next().is_none();
        if lone || empty || blind || bare && !is_websocket(head) {
            return None;
        }
        let whole = !bare
            && !self.unread
            && match side {
                Side::Request => head.one("Host").is_some() && head.fields.len() > 2 || head.version() != Some(b"HTTP/1.1"),
                Side::Response => head.fields.len() > 1,
            };
        if whole {
            self.head.seen = Seen::Copied;
        }
        Some((side, self.head))
    }
}

fn is_http1(first: &[u8]) -> bool {
    first.ends_with(b" HTTP/1.1") || first.starts_with(b"HTTP/1.1")
}

/// Puts heads together from what is sighted in the text.
struct Drafts {
    all: Vec<Draft>,
    /// The one that the last sighting went to, and the last ones of requests and responses.
    current: usize,
    last: [Option<usize>; 2],
    gap: bool,
    /// There were more heads than are read.
    is_cut: bool,
}

impl Drafts {
    fn open(&mut self, side: Option<Side>, first: Vec<u8>) -> usize {
        self.current = self.all.len();
        self.all.push(Draft::new(side, first));
        if let Some(side) = side {
            self.last[side as usize] = Some(self.current);
        }
        self.current
    }

    fn start(&mut self, side: Side, mut first: Vec<u8>) {
        let is_late = first.starts_with(b" ");
        if !is_late {
            // The blank line before it ended the head before it.
            self.gap = false;
        }
        if is_late {
            let request = self.last[Side::Request as usize].and_then(|last| self.all.get(last));
            let is_http2 = request.is_some_and(|draft| draft.head.one(":protocol").is_some());
            first.splice(..0, (if is_http2 { b"HTTP/2".as_slice() } else { b"HTTP/1.1" }).iter().copied());
        }
        let status = |first: &[u8]| first.split(|&b| b == b' ').nth(1).map(<[u8]>::to_vec);
        match self.all.get_mut(self.current) {
            // Twice the same line, or one that no head followed.
            Some(draft) if draft.side == Some(side) && draft.head.fields.is_empty() && !draft.unread => {
                if status(&draft.head.first) != status(&first) && !first.is_empty() || draft.head.first.len() < first.len() {
                    draft.head.first = first;
                }
            }
            // Some show the status behind the fields.
            Some(draft) if draft.side == Some(side) && draft.head.first.is_empty() && is_late => draft.head.first = first,
            _ => {
                self.open(Some(side), first);
            }
        }
    }

    fn field(&mut self, side: Option<Side>, field: Field, readable: bool) {
        let name = String::from_utf8_lossy(&field.name).into_owned();
        let gap = std::mem::take(&mut self.gap);
        let is_within = |draft: &Draft| !gap && draft.side != Some(Side::Request);
        // In logs these are words like others.
        if matches!(name.as_str(), "Location" | "Server") && !self.all.get(self.current).is_some_and(is_within) {
            return;
        }
        let clashes = |draft: &Draft| readable && draft.contradicts(&name, &field.value);
        let target = match (side, self.all.get(self.current)) {
            (None, Some(draft)) if !(clashes(draft) || gap && draft.side.is_some()) => {
                let again = draft.head.all(&name).next().is_some();
                let last = draft.head.fields.last().is_some_and(|last| last.name == field.name);
                if again && !last { self.open(None, Vec::new()) } else { self.current }
            }
            (None, _) => self.open(None, Vec::new()),
            (Some(side), current) => {
                let undecided = current.is_some_and(|draft| draft.side.is_none() && !clashes(draft));
                if undecided {
                    self.decide(side);
                }
                match self.last[side as usize] {
                    Some(last) if self.all.get(last).is_some_and(|draft| !clashes(draft)) => last,
                    _ => self.open(Some(side), Vec::new()),
                }
            }
        };
        self.current = target;
        if let Some(draft) = self.all.get_mut(target) {
            if readable {
                draft.add(field);
            } else {
                draft.unread = true;
                draft.blind |= name == KEY || name == ACCEPT;
            }
        }
    }

    /// The undecided draft, which is the last one, turns out to be of this side: a piece of the last head, or a new one.
    fn decide(&mut self, side: Side) {
        let Some(mut draft) = self.all.pop() else { return };
        draft.side = Some(side);
        let apart = match self.last[side as usize].and_then(|last| self.all.get_mut(last)) {
            Some(last) => last.absorb(draft),
            None => Some(draft),
        };
        if let Some(draft) = apart {
            self.last[side as usize] = Some(self.all.len());
            self.all.push(draft);
        }
        self.current = self.all.len().saturating_sub(1);
    }
}

/// Heads from text that shows them in any other form.
fn copied(bytes: &[u8]) -> Heads {
    let text = undress(bytes);
    let (drafts, read, hinted) = assemble(&text, [false; 2]);
    // What somebody calls a key in their own words counts only where nothing is called so in the RFC's.
    let wanted = [!read[0] && hinted[0], !read[1] && hinted[1]];
    let drafts = if wanted == [false; 2] { drafts } else { assemble(&text, wanted).0 };
    let mut heads = Heads { is_cut: drafts.is_cut, ..Heads::default() };
    for (side, head) in drafts.all.into_iter().filter_map(Draft::finish) {
        heads.push(side, head);
    }
    heads
}

/// Puts the sightings together, hints only of the sides that are wanted; tells for which sides a key or accept value was
/// read, and for which one was hinted at.
fn assemble(text: &[u8], wanted: [bool; 2]) -> (Drafts, [bool; 2], [bool; 2]) {
    let mut drafts = Drafts { all: Vec::new(), current: 0, last: [None; 2], gap: false, is_cut: false };
    let (mut read, mut hinted) = ([false; 2], [false; 2]);
    sight(text, |sighting, line| match sighting {
        _ if drafts.all.len() > MOST_HEADS => drafts.is_cut = true,
        Sighting::Start(side, first) => drafts.start(side, first),
        Sighting::Gap => drafts.gap = true,
        Sighting::Cut => {
            if let Some(draft) = drafts.all.get_mut(drafts.current) {
                draft.unread = true;
            }
        }
        Sighting::Field { name, side, value } => {
            if let (KEY | ACCEPT, Some(side), Some(_)) = (name, side, &value) {
                read[side as usize] = true;
            }
            let readable = value.is_some();
            drafts.field(side, Field { name: name.into(), value: value.unwrap_or_default(), line }, readable);
        }
        Sighting::Hint { name, side, value } => {
            hinted[side as usize] = true;
            if wanted[side as usize] {
                drafts.field(Some(side), Field { name: name.into(), value, line }, true);
            }
        }
    });
    (drafts, read, hinted)
}
