//! Matches to heads: which of them belong to one head, and how much of it they show.

use super::altered::drop_cut_field;
use super::heads::{FARTHEST, LONGEST_LINES, LONGEST_SPAN, Merged, NEAR, SeenHead};
use super::names::{METHOD, URL, is_once, is_plausible, is_websocket};
use super::scan::{Match, scan};
use super::value::{Reading, is_dressed_word};
use crate::head::{ACCEPT, EXTENSIONS, Fidelity, Field, Head, KEY, Kind, PROTOCOL, Unclear, authority_and_target};
use std::collections::VecDeque;
use std::mem;
use std::vec::Drain;

/// How many heads are put together at once: what is farther back gets no more fields.
const MOST_DRAFTS: usize = 128;

/// Puts together the heads in decoded text that shows them in any form: fields found here and there. `is_ended` tells whether its last
/// line is. Returns whether a head was too long to be read to its end.
pub(super) fn heads(text: &[u8], is_ended: bool, merged: &mut Merged) -> bool {
    let (is_cut, pairs) = assemble(text, is_ended, OfKind::default(), merged);
    // What somebody calls a key in their own words counts only where nothing is called so in the RFC's.
    let wanted =
        OfKind { request: pairs.hinted.request && !pairs.read.request, response: pairs.hinted.response && !pairs.read.response };
    if !wanted.request && !wanted.response {
        return is_cut;
    }
    merged.restart();
    assemble(text, is_ended, wanted, merged).0
}

/// The heads that are put together, the last ones held: what is left over may belong to them.
struct Finished<'a, 'b> {
    last: VecDeque<SeenHead>,
    merged: &'a mut Merged<'b>,
}

impl Finished<'_, '_> {
    fn push(&mut self, draft: Draft) {
        let (line, has_fields) = (draft.line, !draft.head.fields.is_empty() || draft.is_unreadable);
        let (first, is_attempt) = (draft.head.fields.first().cloned(), draft.is_attempt());
        let seen = draft.finish();
        if !is_attempt && seen.as_ref().is_none_or(|seen| is_piece(&seen.head)) {
            // What is left over near a head was sent twice in it, perhaps.
            let last = |seen: &SeenHead| seen.head.fields.last().map_or(seen.line, |last| last.line);
            let before = self.last.iter_mut().max_by_key(|seen| last(seen)).filter(|seen| line <= last(seen) + NEAR);
            if let Some(before) = before.filter(|_| has_fields) {
                before.head.unclear.push(Unclear::Inexact(line));
                return;
            }
            if let (None, Some(field)) = (&seen, first) {
                self.merged.leave_over(&field);
            }
        }
        self.last.extend(seen);
        if self.last.len() > 2 {
            self.last.pop_front().into_iter().for_each(|seen| self.merged.push(seen));
        }
    }
}

/// Whether a head is no more than some fields.
fn is_piece(head: &Head) -> bool {
    head.start_line.is_empty() && !head.has(KEY) && !head.has(ACCEPT) && !shows_dressing(head)
}

/// Whether it is of a handshake, in which a tool left a mark on each line: the key may be one that was left out.
fn shows_dressing(head: &Head) -> bool {
    head.get("Upgrade").is_some_and(is_dressed_word)
}

/// Something of each kind of head.
#[derive(Clone, Copy, Default)]
struct OfKind<T> {
    request: T,
    response: T,
}

impl<T> OfKind<T> {
    fn of(&mut self, kind: Kind) -> &mut T {
        match kind {
            Kind::Request => &mut self.request,
            Kind::Response => &mut self.response,
        }
    }
}

/// For which kinds a key or an accept value was read, and for which one was hinted at.
#[derive(Default)]
struct Pairs {
    read: OfKind<bool>,
    hinted: OfKind<bool>,
}

/// Puts the matches together; hints only of the kinds that are wanted. Returns whether a head was cut.
fn assemble(text: &[u8], is_ended: bool, mut wanted: OfKind<bool>, merged: &mut Merged) -> (bool, Pairs) {
    let mut drafts = Drafts::default();
    let mut pairs = Pairs::default();
    let mut finished = Finished { last: VecDeque::new(), merged };
    let mut near = NearMatches::new(finished.merged.places());
    let mut take = |found, line| {
        if drafts.take(found, line, &mut pairs, &mut wanted) {
            finished.merged.claim(line);
        }
        drafts.finished().for_each(|draft| finished.push(draft));
    };
    scan(text, |found, line| near.push(found, line, &mut take));
    near.end(&mut take);
    drafts.all.drain(..).for_each(|draft| finished.push(draft));
    let text = text.trim_ascii_end();
    for mut seen in finished.last {
        // A value that is to stand on the next line may be cut as a whole.
        if !is_ended || text.ends_with(b":") && seen.head.fields.last().is_some_and(|field| field.value.is_empty()) {
            drop_cut_field(&mut seen.head, text);
        }
        finished.merged.push(seen);
    }
    (drafts.is_cut, pairs)
}

/// Passes on what stands near a sign of a handshake: the rest belongs to none.
struct NearMatches {
    /// What waits for one, with its line.
    waiting: VecDeque<(Match, usize)>,
    /// The line of the last one, and those that are known before, in their order.
    sign: usize,
    known: Vec<usize>,
}

impl NearMatches {
    fn new(known: Vec<usize>) -> Self {
        Self { waiting: VecDeque::new(), sign: 1, known }
    }

    fn push(&mut self, found: Match, line: usize, take: &mut impl FnMut(Match, usize)) {
        if found.is_sign() {
            self.sign = line;
        }
        self.waiting.push_back((found, line));
        self.pass(line, take);
    }

    fn end(mut self, take: &mut impl FnMut(Match, usize)) {
        self.pass(usize::MAX, take);
    }

    /// Decides on what waits, as far as that can be done at this line.
    fn pass(&mut self, line: usize, take: &mut impl FnMut(Match, usize)) {
        while let Some((found, at)) = self.waiting.pop_front() {
            let next = self.known.get(self.known.partition_point(|known| known + FARTHEST < at));
            let is_near = at.abs_diff(self.sign) <= FARTHEST || next.is_some_and(|known| *known <= at + FARTHEST);
            if is_near {
                take(found, at);
            } else if at + FARTHEST >= line {
                self.waiting.push_front((found, at));
                return;
            }
        }
    }
}

/// A head that is being put together.
struct Draft {
    kind: Option<Kind>,
    head: Head,
    /// Whether there is a field whose value cannot be read, and whether that is the key or the accept value.
    is_unreadable: bool,
    is_pair_unreadable: bool,
    /// Whether a command sends it.
    is_of_command: bool,
    /// The line on which it begins.
    line: usize,
}

impl Draft {
    fn new(kind: Option<Kind>, start_line: Vec<u8>, line: usize) -> Self {
        let head = Head::from_fields(start_line, Vec::new(), Fidelity::Partial);
        Self { kind, head, is_unreadable: false, is_pair_unreadable: false, is_of_command: false, line }
    }

    /// Whether there is a field of this name with another value already.
    fn contradicts(&self, name: &str, value: &[u8]) -> bool {
        // These may stand on several lines (RFC 6455, sections 11.3.2 and 11.3.4).
        let is_list = name == EXTENSIONS || name == PROTOCOL && self.kind != Some(Kind::Response);
        !is_list && self.head.get_all(name).next().is_some_and(|there| there != value)
    }

    /// Takes in a field. One that a head has once, and that is there already, was sent twice or written twice.
    fn add(&mut self, name: &'static str, value: Vec<u8>, line: usize) {
        let is_list = matches!(name, PROTOCOL | EXTENSIONS) && !self.head.get_all(name).any(|there| there == value);
        if !self.head.has(name) || is_list && !is_once(name, self.kind) {
            self.head.fields.push(Field::new(name, value, line));
        } else if is_once(name, self.kind) {
            self.head.unclear.push(Unclear::Repeated(name));
        } else {
            self.head.unclear.push(Unclear::Inexact(line));
        }
    }

    /// Takes in another piece of the same head; gives it back if it is not one.
    fn merge(&mut self, other: Self) -> Option<Self> {
        let differs = |field: &Field| str::from_utf8(&field.name).is_ok_and(|name| self.contradicts(name, &field.value));
        if !other.head.start_line.is_empty() || other.head.fields.iter().any(differs) {
            return Some(other);
        }
        self.is_unreadable |= other.is_unreadable;
        self.is_pair_unreadable |= other.is_pair_unreadable;
        self.head.unclear.extend(other.head.unclear);
        let new = other.head.fields.into_iter().filter(|field| !self.head.fields.iter().any(|there| there.name == field.name));
        let new: Vec<_> = new.collect();
        self.head.fields.extend(new);
        None
    }

    /// Whether it has what stands for a request line, and no more.
    fn shows_line_alone(&self) -> bool {
        let is_of_line = |field: &Field| field.name == METHOD.as_bytes() || field.name == URL.as_bytes();
        self.kind == Some(Kind::Request) && !self.head.fields.is_empty() && self.head.fields.iter().all(is_of_line)
    }

    /// Whether it is a command that opens a WebSocket, whatever wrote its key.
    fn is_attempt(&self) -> bool {
        self.is_of_command && self.head.get("Upgrade").is_some_and(|value| value.eq_ignore_ascii_case(b"websocket"))
    }

    /// The finished head, unless it is too little to be one.
    fn finish(mut self) -> Option<SeenHead> {
        let kind = self.kind.or(self.is_attempt().then_some(Kind::Request))?;
        self.write_start_line();
        if is_http1(&self.head.start_line) {
            self.head.fields.retain(|field| !field.name.starts_with(b":"));
        }
        if self.is_too_little(kind) {
            return None;
        }
        Some(SeenHead::new(kind, self.head, self.line))
    }

    /// Makes a start line of what stands in its place: a status, HTTP/2's fields, or what browsers show above the fields.
    fn write_start_line(&mut self) {
        let head = &mut self.head;
        let shown = head.get(METHOD).zip(head.get(URL)).and_then(|(method, url)| {
            let (authority, target) = authority_and_target(url);
            authority.map(|_| [method, target.as_ref(), b"HTTP/1.1"].join(&b' '))
        });
        head.fields.retain(|field| field.name != METHOD.as_bytes() && field.name != URL.as_bytes());
        if is_status(&head.start_line) {
            // What shows no version was written for HTTP/1.1, the only one that has a 101 (RFC 9110, section 15.2.2).
            head.start_line.splice(..0, *b"HTTP/1.1 ");
        }
        if !head.start_line.is_empty() {
            return;
        }
        if let (Some(method), Some(path)) = (head.get(":method"), head.get(":path")) {
            // Some proxies show the heads of HTTP/1.1 in this form too.
            let is_http1 = (head.has("Upgrade") || head.has("Connection")) && method != b"CONNECT";
            let version: &[u8] = if is_http1 { b"HTTP/1.1" } else { b"HTTP/2" };
            head.start_line = [method, path, version].join(&b' ');
            let authority = head.fields.iter_mut().find(|field| is_http1 && field.name == b":authority");
            if let Some(authority) = authority {
                authority.name = b"Host".to_vec();
            }
        } else if let Some(shown) = shown {
            head.start_line = shown;
        }
    }

    fn is_too_little(&self, kind: Kind) -> bool {
        let head = &self.head;
        let is_bare = head.start_line.is_empty();
        if head.fields.is_empty() && (kind == Kind::Request || is_bare || head.status() == Some(101)) {
            return true;
        }
        if self.is_pair_unreadable && !head.has(KEY) && !head.has(ACCEPT) && !shows_dressing(head) && !self.is_attempt() {
            return true;
        }
        let is_short = |value: &[u8]| value.len() < 16;
        let is_lone_word = head.fields.len() == 1 && head.get(KEY).or(head.get(ACCEPT)).is_some_and(is_short);
        is_bare && (is_lone_word || !is_websocket(head))
    }
}

/// Whether a start line is a status alone, whose version was not shown.
fn is_status(start_line: &[u8]) -> bool {
    start_line.first().is_some_and(u8::is_ascii_digit)
}

fn is_http1(start_line: &[u8]) -> bool {
    start_line.ends_with(b" HTTP/1.1") || start_line.starts_with(b"HTTP/1.1")
}

/// The heads that are being put together.
#[derive(Default)]
struct Drafts {
    all: Vec<Draft>,
    /// The one that the last match went to, and the last ones of each kind.
    current: usize,
    last: OfKind<Option<usize>>,
    has_empty_line: bool,
    /// Whether a command was the last thing that begins a head or ends one.
    is_in_command: bool,
    /// There were more heads than are read.
    is_cut: bool,
}

impl Drafts {
    /// Takes in a match; hints only of the kinds that are wanted. Returns whether it is something of a head.
    fn take(&mut self, found: Match, line: usize, pairs: &mut Pairs, wanted: &mut OfKind<bool>) -> bool {
        self.is_in_command &= matches!(found, Match::Field { .. } | Match::Hint { .. });
        self.leave_far(line);
        match found {
            Match::StartLine(kind, start_line) => self.start(kind, start_line, line),
            Match::Heading(kind) => self.start(kind, Vec::new(), line),
            Match::Status(status) => self.status(&status, line),
            Match::EmptyLine => {
                self.has_empty_line = true;
                return false;
            }
            Match::Command => {
                // What it sends is no part of what stands above it.
                (self.current, self.last) = (self.all.len(), OfKind::default());
                self.is_in_command = true;
                return false;
            }
            Match::Omission => {
                if let Some(draft) = self.all.get_mut(self.current) {
                    draft.is_unreadable = true;
                }
                return false;
            }
            Match::Field { name, kind, value } => {
                if let (KEY | ACCEPT, Some(kind), Reading::Value(_)) = (name, kind, &value) {
                    *pairs.read.of(kind) = true;
                }
                return self.field(kind, name, value, line);
            }
            Match::Hint { name, kind, value } => {
                *pairs.hinted.of(kind) = true;
                if !*wanted.of(kind) {
                    return false;
                }
                self.field(Some(kind), name, Reading::Value(value), line);
                if let Some(draft) = self.all.get_mut(self.current) {
                    draft.head.unclear.push(Unclear::OwnName);
                }
            }
        }
        true
    }

    /// Those that get no more fields.
    fn finished(&mut self) -> Drain<'_, Draft> {
        let count = self.all.len();
        if count < 2 * MOST_DRAFTS {
            return self.all.drain(..0);
        }
        for last in [&mut self.last.request, &mut self.last.response] {
            last.take_if(|last| *last + MOST_DRAFTS < count);
        }
        let first = [self.last.request, self.last.response].into_iter().flatten().fold(self.current, usize::min);
        for index in [&mut self.last.request, &mut self.last.response].into_iter().flatten().chain([&mut self.current]) {
            *index -= first;
        }
        self.all.drain(..first)
    }

    /// A head that begins too far above this line takes no more of it.
    fn leave_far(&mut self, line: usize) {
        let all = &self.all;
        let is_far = |at: usize| all.get(at).is_some_and(|draft| draft.line + LONGEST_SPAN < line);
        for last in [&mut self.last.request, &mut self.last.response] {
            last.take_if(|last| is_far(*last));
        }
        if is_far(self.current) {
            self.current = all.len();
        }
    }

    fn open(&mut self, kind: Option<Kind>, start_line: Vec<u8>, line: usize) -> usize {
        self.current = self.all.len();
        self.all.push(Draft { is_of_command: self.is_in_command, ..Draft::new(kind, start_line, line) });
        if let Some(kind) = kind {
            *self.last.of(kind) = Some(self.current);
        }
        self.current
    }

    fn start(&mut self, kind: Kind, start_line: Vec<u8>, line: usize) {
        // The empty line before it ended the head before it; without one, it may be a line of that.
        let has_empty_line = mem::take(&mut self.has_empty_line);
        if let Some(draft) = self.all.get_mut(self.current)
            && !(has_empty_line || draft.head.fields.is_empty())
            && draft.kind == Some(kind)
        {
            draft.head.unclear.push(Unclear::Line(line));
        }
        if start_line.is_empty()
            && let Some(last) = *self.last.of(kind)
            && self.all.get(last).is_some_and(Draft::shows_line_alone)
        {
            // Browsers show the method and the URL, then the response, then the fields of the request.
            self.current = last;
            return;
        }
        if !self.amend(kind, &start_line, line) {
            self.open(Some(kind), start_line, line);
        }
    }

    /// A status code alone. Some show it after the fields.
    fn status(&mut self, status: &[u8], line: usize) {
        let request = self.last.request.and_then(|last| self.all.get(last));
        let is_http2 = request.is_some_and(|draft| draft.head.get(":protocol").is_some());
        let status_line = if is_http2 { [b"HTTP/2 ", status].concat() } else { status.to_vec() };
        if self.amend(Kind::Response, &status_line, line) {
            return;
        }
        match self.all.get_mut(self.current) {
            Some(draft) if draft.kind == Some(Kind::Response) && draft.head.start_line.is_empty() => {
                draft.head.start_line = status_line;
            }
            _ => {
                self.open(Some(Kind::Response), status_line, line);
            }
        }
    }

    /// Gives the current draft this start line if it has no more than a start line itself: it is the same line twice, or one
    /// that no head followed. Of two with one status the one with a version stays, then the longer one.
    fn amend(&mut self, kind: Kind, start_line: &[u8], line: usize) -> bool {
        let Some(draft) = self.all.get_mut(self.current) else { return false };
        if draft.kind != Some(kind) || !draft.head.fields.is_empty() || draft.is_unreadable {
            return false;
        }
        let status = |line: &[u8]| line.split(|&b| b == b' ').nth(usize::from(!is_status(line))).map(<[u8]>::to_vec);
        let there = &draft.head.start_line;
        let is_another = status(there) != status(start_line) && !start_line.is_empty();
        let is_whole = |line: &[u8]| !line.is_empty() && !is_status(line);
        // Some tools show the same line twice.
        if is_whole(there) && is_whole(start_line) && there != start_line || is_another && !there.is_empty() {
            draft.head.unclear.push(Unclear::Line(line));
        }
        let shown = |line: &[u8]| (is_whole(line), line.len());
        if is_another || shown(there) < shown(start_line) {
            draft.head.start_line = start_line.to_vec();
        }
        true
    }

    /// Takes in a field, unless it is a word like others.
    fn field(&mut self, kind: Option<Kind>, name: &'static str, value: Reading, line: usize) -> bool {
        let has_empty_line = mem::take(&mut self.has_empty_line);
        let current = self.all.get(self.current);
        // In logs these are words like others.
        let is_within = current.is_some_and(|draft| !has_empty_line && draft.kind != Some(Kind::Request));
        if matches!(name, "Location" | "Server") && !is_within {
            return false;
        }
        if matches!(&value, Reading::Value(value) if !is_plausible(name, value)) {
            // Inside a head it may be a field all the same.
            let last = current.map(|draft| draft.head.fields.last().map_or(draft.line, |last| last.line));
            // Developer tools show a field on two lines, and a heading between the status and the first.
            if last.is_some_and(|last| line <= last + 4) {
                self.all[self.current].head.unclear.push(Unclear::OtherValue(line));
            }
            return false;
        }
        self.current = match kind {
            Some(kind) => self.draft_of(kind, name, &value, line),
            None => self.draft_of_either(name, &value, has_empty_line, line),
        };
        let Some(draft) = self.all.get_mut(self.current) else { return false };
        let is_read = matches!(value, Reading::Value(_));
        match value {
            _ if draft.head.fields.len() == LONGEST_LINES => self.is_cut = true,
            Reading::Value(value) => draft.add(name, value, line),
            Reading::Unreadable => {
                draft.head.unclear.push(Unclear::Inexact(line));
                draft.is_unreadable = true;
                draft.is_pair_unreadable |= name == KEY || name == ACCEPT;
            }
        }
        is_read
    }

    /// The draft that a field belongs to which stands in heads of this kind alone.
    fn draft_of(&mut self, kind: Kind, name: &str, value: &Reading, line: usize) -> usize {
        if self.all.get(self.current).is_some_and(|draft| draft.kind.is_none() && !clashes(draft, name, value)) {
            self.decide(kind);
        }
        // One below the other in a list of several, two were sent.
        let is_below = |draft: &Draft| {
            let last = draft.head.fields.last().filter(|_| draft.head.fields.len() > 1);
            last.is_some_and(|last| last.name == name.as_bytes() && last.line + 1 == line)
        };
        match *self.last.of(kind) {
            Some(last) if self.all.get(last).is_some_and(|draft| is_below(draft) || !clashes(draft, name, value)) => last,
            _ => self.open(Some(kind), Vec::new(), line),
        }
    }

    /// The draft that a field belongs to which stands in heads of either kind.
    fn draft_of_either(&mut self, name: &str, value: &Reading, has_empty_line: bool, line: usize) -> usize {
        let Some(draft) = self.all.get(self.current) else { return self.open(None, Vec::new(), line) };
        let is_apart = clashes(draft, name, value) || has_empty_line && draft.kind.is_some();
        let is_last = draft.head.fields.last().is_some_and(|last| last.name == name.as_bytes());
        if is_apart || draft.head.has(name) && !is_last { self.open(None, Vec::new(), line) } else { self.current }
    }

    /// The undecided draft, which is the last one, turns out to be of this kind: a piece of the last head, or a new one.
    fn decide(&mut self, kind: Kind) {
        let Some(mut draft) = self.all.pop() else { return };
        draft.kind = Some(kind);
        let apart = match self.last.of(kind).and_then(|last| self.all.get_mut(last)) {
            Some(last) => last.merge(draft),
            None => Some(draft),
        };
        if let Some(draft) = apart {
            *self.last.of(kind) = Some(self.all.len());
            self.all.push(draft);
        }
        self.current = self.all.len().saturating_sub(1);
    }
}

/// Whether a draft has another value of this field already.
fn clashes(draft: &Draft, name: &str, value: &Reading) -> bool {
    matches!(value, Reading::Value(value) if draft.contradicts(name, value))
}
