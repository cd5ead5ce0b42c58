//! The bytes of any capture to the exchanges in it: raw heads as they are, a HAR file as JSON, all else by what can be
//! sighted in its text.

use crate::handshake::Accept;
use crate::head::{Exchange, Field, Head, Oddity, Seen};
use crate::sighting::{ACCEPT, KEY, Side, Sighting, sight};
use crate::undress::undress;
use std::collections::{HashMap, HashSet};

/// No more heads than this are taken from one capture.
const MOST_HEADS: usize = 1 << 16;

/// No head is longer than this; what stands behind it is not read as a head.
const LONGEST_HEAD: usize = 1 << 18;

/// Finds the exchanges in a capture, whatever form it has: raw heads, what curl or a browser printed, a log, a HAR file.
///
/// Raw heads are [`Seen::Wire`]. From other forms the fields of the handshake are kept, with the line of the capture that
/// they stand in; such a head is [`Seen::Copied`] if it was evidently seen whole, else [`Seen::Part`]. What belongs together
/// is told by the accept value, else by the order. A head that was seen twice is one. Of exchanges only those are kept that
/// have to do with WebSocket, unless none has. Time and memory are proportional to the capture, and no more than 65536
/// heads are read: who calls it bounds the bytes.
///
/// ```
/// let log = b"-> GET /chat HTTP/1.1\n-> Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\
///     <- HTTP/1.1 101 Switching Protocols\n<- Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\n";
/// let [exchange] = &wskey::exchanges(log)[..] else { panic!() };
/// let (request, response) = (exchange.request.as_ref().unwrap(), exchange.response.as_ref().unwrap());
/// assert_eq!(request.one("sec-websocket-key"), Some(&b"dGhlIHNhbXBsZSBub25jZQ=="[..]));
/// assert_eq!(response.one("sec-websocket-accept"), Some(&b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="[..]));
/// ```
#[must_use]
pub fn exchanges(bytes: &[u8]) -> Vec<Exchange> {
    let heads = wire(bytes);
    #[cfg(feature = "har")]
    let heads = heads.or_else(|| har::heads(bytes));
    let mut all = pair(heads.unwrap_or_else(|| copied(bytes)));
    for Exchange { request, response } in &mut all {
        if let (Some(request), Some(response)) = (request, response) {
            doubt(request, response);
        }
    }
    all
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
fn wire(bytes: &[u8]) -> Option<Vec<(Side, Head)>> {
    let (mut heads, mut line, mut copied, mut crlf) = (Vec::new(), 0, false, false);
    let mut rest = bytes;
    while !rest.is_empty() && heads.len() < MOST_HEADS {
        let end = rest.iter().position(|&b| b == b'\n').map_or(rest.len(), |end| end + 1);
        let (first, more) = rest.split_at(end);
        let Some(side) = first.get(..LONGEST_HEAD.min(end)).and_then(start) else {
            if heads.is_empty() && !first.trim_ascii().is_empty() {
                return None;
            }
            copied |= !first.trim_ascii().is_empty();
            line += 1;
            rest = more;
            continue;
        };
        crlf |= first.ends_with(b"\r\n");
        let mut head = Head::parse(rest.get(..LONGEST_HEAD).unwrap_or(rest));
        copied |= head.odd.iter().any(|(_, odd)| !matches!(odd, Oddity::BareLf));
        for number in head.fields.iter_mut().map(|field| &mut field.line).chain(head.odd.iter_mut().map(|odd| &mut odd.0)) {
            *number += line;
        }
        let (taken, more) = rest.split_at(head.len);
        line += taken.split(|&b| b == b'\n').count() - 1;
        rest = more;
        heads.push((side, head));
    }
    (!heads.is_empty() && (crlf || !copied)).then_some(heads)
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
fn copied(bytes: &[u8]) -> Vec<(Side, Head)> {
    let text = undress(bytes);
    let (drafts, read, hinted) = assemble(&text, [false; 2]);
    // What somebody calls a key in their own words counts only where nothing is called so in the RFC's.
    let wanted = [!read[0] && hinted[0], !read[1] && hinted[1]];
    let drafts = if wanted == [false; 2] { drafts } else { assemble(&text, wanted).0 };
    drafts.into_iter().filter_map(Draft::finish).collect()
}

/// Puts the sightings together, hints only of the sides that are wanted; tells for which sides a key or accept value was
/// read, and for which one was hinted at.
fn assemble(text: &[u8], wanted: [bool; 2]) -> (Vec<Draft>, [bool; 2], [bool; 2]) {
    let mut drafts = Drafts { all: Vec::new(), current: 0, last: [None; 2], gap: false };
    let (mut read, mut hinted) = ([false; 2], [false; 2]);
    sight(text, |sighting, line| match sighting {
        _ if drafts.all.len() >= MOST_HEADS => {}
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
    (drafts.all, read, hinted)
}

/// Whether a head has to do with WebSocket.
fn is_websocket(head: &Head) -> bool {
    head.status() == Some(101)
        || head.fields.iter().any(|field| {
            let is = |name: &str| field.name.eq_ignore_ascii_case(name.as_bytes());
            field.name.get(..14).is_some_and(|start| start.eq_ignore_ascii_case(b"sec-websocket-"))
                || (is("upgrade") || is(":protocol"))
                    && field.value.get(..9).is_some_and(|start| start.eq_ignore_ascii_case(b"websocket"))
        })
}

/// Whether two heads can be the same one, seen twice: of fields that both have, the values are the same.
fn is_same(a: &Head, b: &Head) -> bool {
    (a.first == b.first || a.first.is_empty() || b.first.is_empty())
        && (a.seen != Seen::Wire || a.fields.len() == b.fields.len())
        && a.fields.iter().all(|field| {
            let name = String::from_utf8_lossy(&field.name);
            let there: Vec<&[u8]> = b.all(&name).collect();
            a.seen != Seen::Wire && there.is_empty() || there.contains(&field.value.as_slice())
        })
}

/// The first head, with what the second shows beyond it.
fn unite(head: &mut Head, other: Head) {
    if head.seen == Seen::Wire {
        return;
    }
    if head.first.is_empty() {
        head.first = other.first;
    }
    head.seen = head.seen.max(other.seen);
    for field in other.fields {
        if !head.fields.iter().any(|there| there.name.eq_ignore_ascii_case(&field.name)) {
            head.fields.push(field);
        }
    }
}

/// Finds out which heads belong together, in linear time.
///
/// A response answers the open request that its accept value answers; else, by the order, the last open one that no other
/// response answers. It answers none if the only open request is answered by a later response, and its own accept value is
/// nobody's in this capture: then its request was not captured.
fn pair(heads: Vec<(Side, Head)>) -> Vec<Exchange> {
    /// So many open requests are looked at, for a bound.
    const OPEN: usize = 64;
    let accept_of = |head: &Head| head.all(KEY).next().map(|key| Accept::of(key).encode().to_vec());
    let accept_in = |head: &Head| head.all(ACCEPT).next().map(<[u8]>::to_vec);
    let asked: HashSet<Vec<u8>> =
        heads.iter().filter(|(side, _)| *side == Side::Request).filter_map(|(_, head)| accept_of(head)).collect();
    let mut to_come: HashMap<Vec<u8>, usize> = HashMap::new();
    for accept in heads.iter().filter(|(side, _)| *side == Side::Response).filter_map(|(_, head)| accept_in(head)) {
        *to_come.entry(accept).or_default() += 1;
    }

    let mut all: Vec<Exchange> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    // The exchange that the head before this one went to, if that head was a response.
    let mut before: Option<usize> = None;
    for (side, head) in heads {
        if side == Side::Request {
            let accept = accept_of(&head);
            let request_of = |at: &usize| all.get(*at).and_then(|exchange| exchange.request.as_ref());
            // Seen a second time before it was answered: by another capture point, or on the other side of a proxy.
            let again = accept.as_ref().and_then(|accept| {
                let mut last = open.iter().rev().take(OPEN).copied();
                last.find(|at| request_of(at).and_then(accept_of).as_ref() == Some(accept))
            });
            // Browsers show the response first.
            let reversed = before.take().filter(|&at| {
                let response = all.get(at).filter(|exchange| exchange.request.is_none());
                accept.is_some() && response.and_then(|exchange| accept_in(exchange.response.as_ref()?)) == accept
            });
            match (again, reversed) {
                (Some(at), _) => {
                    if let Some(request) = all.get_mut(at).and_then(|exchange| exchange.request.as_mut()) {
                        unite(request, head);
                    }
                }
                (None, Some(at)) => {
                    if let Some(exchange) = all.get_mut(at) {
                        exchange.request = Some(head);
                    }
                }
                (None, None) => {
                    open.push(all.len());
                    all.push(Exchange { request: Some(head), response: None });
                }
            }
            continue;
        }
        let accept = accept_in(&head);
        if let Some(left) = accept.as_ref().and_then(|accept| to_come.get_mut(accept)) {
            *left -= 1;
        }
        let wanted = |at: &usize| all.get(*at).and_then(|exchange| accept_of(exchange.request.as_ref()?));
        let is_claimed = |at: &usize| wanted(at).and_then(|accept| to_come.get(&accept)).is_some_and(|left| *left > 0);
        let mut last = open.iter().rev().take(OPEN).copied();
        let answered = last.find(|at| accept.is_some() && wanted(at) == accept);
        let again = before.filter(|&at| {
            let there = all.get(at).and_then(|exchange| exchange.response.as_ref());
            answered.is_none()
                && there.is_some_and(|there| is_same(there, &head) || accept.is_some() && accept_in(there) == accept)
        });
        if let Some(at) = again {
            if let Some(response) = all.get_mut(at).and_then(|exchange| exchange.response.as_mut()) {
                unite(response, head);
            }
            continue;
        }
        let by_order = || {
            let free = open.iter().rev().take(OPEN).copied().find(|at| !is_claimed(at));
            let crossed = accept.as_ref().is_some_and(|accept| asked.contains(accept));
            free.or(open.last().copied().filter(|_| crossed))
        };
        let at = answered.or_else(by_order);
        if let Some(exchange) = at.and_then(|at| all.get_mut(at)) {
            exchange.response = Some(head);
            if let Some(index) = open.iter().rposition(|open| Some(*open) == at) {
                open.remove(index);
            }
            before = at;
        } else {
            before = Some(all.len());
            all.push(Exchange { request: None, response: Some(head) });
        }
    }
    if let [Exchange { request: None, .. }, Exchange { response: None, .. }] = all.as_slice()
        && let Some(last) = all.pop()
        && let Some(first) = all.first_mut()
    {
        first.request = last.request;
    }
    let has_to_do = |exchange: &Exchange| exchange.request.iter().chain(&exchange.response).any(is_websocket);
    if all.iter().any(has_to_do) {
        all.retain(has_to_do);
    }
    fold(all)
}

/// Leaves out what is an exchange before it, seen again.
fn fold(all: Vec<Exchange>) -> Vec<Exchange> {
    let mut seen: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut kept: Vec<Exchange> = Vec::new();
    for exchange in all {
        let key = exchange.request.as_ref().and_then(|request| request.all(KEY).next()).map(<[u8]>::to_vec);
        let first = key.as_ref().and_then(|key| kept.get_mut(*seen.get(key)?));
        let same = |a: &Option<Head>, b: &Option<Head>| a.as_ref().zip(b.as_ref()).is_none_or(|(a, b)| is_same(a, b));
        match first {
            Some(first) if same(&first.request, &exchange.request) && same(&first.response, &exchange.response) => {
                if let (Some(head), Some(other)) = (&mut first.request, exchange.request) {
                    unite(head, other);
                }
                match (&mut first.response, exchange.response) {
                    (Some(head), Some(other)) => unite(head, other),
                    (empty, other) => *empty = empty.take().or(other),
                }
            }
            _ => {
                if let Some(key) = key {
                    seen.insert(key, kept.len());
                }
                kept.push(exchange);
            }
        }
    }
    kept
}

#[cfg(feature = "har")]
mod har {
    //! HAR 1.2, as browsers write it: JSON, of which only the heads matter.

    use super::{MOST_HEADS, Side, is_websocket};
    use crate::head::{Field, Head, Seen};
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Har {
        log: Log,
    }

    #[derive(Deserialize)]
    struct Log {
        entries: Vec<Entry>,
    }

    #[derive(Deserialize)]
    struct Entry {
        request: Message,
        response: Message,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    #[derive(Default)]
    struct Message {
        method: String,
        url: String,
        status: i64,
        status_text: String,
        http_version: String,
        headers: Vec<Header>,
    }

    #[derive(Deserialize)]
    struct Header {
        name: String,
        value: String,
    }

    impl Message {
        fn head(self, first: String, whole: bool) -> Head {
            let field = |header: Header| Field { name: header.name.into(), value: header.value.trim().into(), line: 0 };
            let fields: Vec<Field> = self.headers.into_iter().map(field).collect();
            let seen = if whole { Seen::Copied } else { Seen::Part };
            Head { first: first.into(), fields, odd: Vec::new(), len: 0, seen }
        }

        /// `HTTP/1.1`, unless it was plainly another.
        fn version(&self) -> &'static str {
            match self.http_version.to_ascii_lowercase().as_str() {
                "h2" | "http/2" | "http/2.0" => "HTTP/2",
                "h3" | "http/3" => "HTTP/3",
                "http/1.0" => "HTTP/1.0",
                _ => "HTTP/1.1",
            }
        }
    }

    pub(super) fn heads(bytes: &[u8]) -> Option<Vec<(Side, Head)>> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        if !bytes.trim_ascii_start().starts_with(b"{") {
            return None;
        }
        let har: Har = serde_json::from_slice(bytes).ok()?;
        let mut heads = Vec::new();
        for Entry { request, response } in har.log.entries {
            let behind = request.url.split_once("://").map_or(request.url.as_str(), |(_, behind)| behind);
            let target = behind.find(['/', '?']).map_or("/", |at| behind.split_at(at).1);
            let target = target.split('#').next().unwrap_or_default();
            let first = format!("{} {target} {}", request.method, request.version());
            let status = format!("{} {} {}", response.version(), response.status, response.status_text);
            // Where the request failed, Chromium shows only the fields that it meant to send.
            let whole = request.headers.iter().any(|header| header.name.eq_ignore_ascii_case("host"));
            let answered = response.status > 0;
            let seen = !response.headers.is_empty();
            let (request, response) = (request.head(first, whole), response.head(status.trim_end().to_owned(), seen));
            if heads.len() < MOST_HEADS && (is_websocket(&request) || is_websocket(&response)) {
                heads.push((Side::Request, request));
                heads.extend(answered.then_some((Side::Response, response)));
            }
        }
        Some(heads)
    }
}
