//! What of a text is far from any sign of a handshake: most lines of most logs. The stages behind this one do not see it, and find what
//! they would find without it: a sign is whatever one of them begins with, and near is as far as any of them looks.

use super::breaks::{is_mark, may_be_end};
use super::chopped::wider;
use super::counted::Counters;
use super::decode::{decode, dumped};
use super::form::{self, Part, is_traced_line};
use super::heads::{FARTHEST, Heads, LONGEST_SPAN, MOST_BEHIND};
use super::packets;
use super::scan::shows_sign;
use super::start::start;
use super::text::{cleaned, find, has_colour, has_colour_in_json, is_followed, padded, switch, websocket};
use crate::head::Unclear;
use memchr::memmem::Finder;
use memchr::{memchr, memchr_iter, memchr3, memrchr};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::mem;
use std::sync::LazyLock;

/// How many lines before a sign and behind it are near: one more head's surroundings than any stage looks at.
const BEFORE: usize = FARTHEST + MOST_BEHIND;
pub(super) const BEHIND: usize = LONGEST_SPAN + 2 * MOST_BEHIND;

/// The most bytes of lines that wait for a sign. Only lines of many KiB each are as long.
const MOST_WAITING: usize = 16 << 20;

/// How much of what was looked at is held before it is left out.
const MOST_LOOKED_AT: usize = 1 << 20;

/// How much of the text before a line may belong to what stands in it: the name of a value.
const CONTEXT: usize = 1 << 10;

/// The lines of a text that are near a sign.
#[derive(Clone)]
pub(super) struct Near {
    /// These lines. Where some are left out, an empty one stands for them.
    pub(super) text: Vec<u8>,
    /// Behind each such place: the number of the first line here, and how much greater it is in the whole text.
    gaps: Vec<(usize, usize)>,
    /// Whether the whole text may have colours.
    pub(super) has_colours: bool,
    /// How wide the widest of the lines is that are left out.
    pub(super) widest: usize,
}

impl Near {
    /// The number that a line has in the whole text.
    fn number(&self, line: usize) -> usize {
        let behind = self.gaps.partition_point(|(first, _)| *first <= line);
        line + behind.checked_sub(1).map_or(0, |at| self.gaps[at].1)
    }

    /// The line here that has this number in the whole text, or that stands for it.
    fn place(&self, number: usize) -> usize {
        let behind = self.gaps.partition_point(|(first, more)| first + more <= number);
        let line = number - behind.checked_sub(1).map_or(0, |at| self.gaps[at].1);
        self.gaps.get(behind).map_or(line, |(next, _)| line.min(next - 1))
    }

    /// Gives heads that were found here the numbers that their lines have in the whole text.
    pub(super) fn renumber(&self, heads: &mut Heads) {
        for seen in heads.all.iter_mut().chain(&mut heads.responses) {
            let head = &mut seen.head;
            let unclear = head.unclear.iter_mut().filter_map(|unclear| match unclear {
                Unclear::Line(line)
                | Unclear::Inexact(line)
                | Unclear::Edited(line)
                | Unclear::OtherValue(line)
                | Unclear::Before(line)
                | Unclear::Behind(line)
                | Unclear::NoFrame(line) => Some(line),
                _ => None,
            });
            let fields = head.fields.iter_mut().map(|field| &mut field.line);
            let lines = fields.chain(head.irregularities.iter_mut().map(|(line, _)| line)).chain(unclear);
            lines.chain([&mut seen.line, &mut head.line]).for_each(|line| *line = self.number(*line));
        }
    }

    /// Leaves out so many lines of these, the first ones.
    fn forget(&mut self, lines: usize) {
        let last = lines.checked_sub(1).and_then(|last| memchr_iter(b'\n', &self.text).nth(last));
        let end = last.map_or(0, |at| at + 1);
        let left_out = self.number(lines + 1) - 1;
        self.text.drain(..end);
        self.gaps.retain_mut(|(first, more)| {
            *first = first.saturating_sub(lines);
            *more += lines;
            *first > 1
        });
        self.gaps.insert(0, (1, left_out));
    }
}

/// Takes a text in pieces.
#[derive(Clone)]
pub(super) struct Sifter {
    /// What was not decided on yet: lines that wait for a sign, before them the text that they may go on with, and behind them what was
    /// not looked at.
    buffer: Vec<u8>,
    waiting: VecDeque<WaitingLine>,
    /// Where what was not looked at begins.
    looked: usize,
    literals: Literals,
    counters: Counters,
    /// How many lines there were, and the last one that is near a sign above it.
    count: usize,
    reach: usize,
    is_in_dump: bool,
    is_below_mark: bool,
    /// How many lines the text that is kept has, and how many are left out since.
    lines: usize,
    left_out: usize,
    near: Near,
}

/// A line that waits for a sign, as a part of the buffer.
#[derive(Clone)]
struct WaitingLine {
    begin: usize,
    end: usize,
    /// Whether it counts wherever it stands, or the one above it does: what stands below that tells whether it is a heading.
    is_kept: bool,
}

/// What a line is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Nothing,
    /// It counts wherever it stands.
    Mark,
    Sign,
    /// All behind it is near: packets are put together over any distance, and what tshark follows shows dots to its end.
    All,
}

impl Default for Sifter {
    fn default() -> Self {
        Self {
            buffer: Vec::new(),
            waiting: VecDeque::new(),
            looked: 0,
            literals: Literals::default(),
            counters: Counters::default(),
            count: 0,
            reach: 1 + BEHIND,
            is_in_dump: false,
            is_below_mark: false,
            lines: 0,
            left_out: 0,
            near: Near { text: Vec::new(), gaps: Vec::new(), has_colours: false, widest: 0 },
        }
    }
}

impl Sifter {
    pub(super) fn push(&mut self, piece: &[u8]) {
        self.buffer.extend_from_slice(piece);
        // What was not looked at before has no line ending.
        let Some(last) = memrchr(b'\n', piece) else { return };
        self.look_up_to(self.buffer.len() - piece.len() + last + 1);
        if self.looked < MOST_LOOKED_AT {
            return;
        }
        let kept = self.waiting.front().map_or(self.looked, |line| line.begin).min(self.looked.saturating_sub(CONTEXT));
        self.buffer.drain(..kept);
        self.looked -= kept;
        for line in &mut self.waiting {
            line.begin -= kept;
            line.end -= kept;
        }
    }

    /// The lines that are near a sign, up to here.
    pub(super) fn near(&self) -> &Near {
        &self.near
    }

    /// How many lines that are.
    pub(super) fn lines(&self) -> usize {
        self.lines
    }

    /// Leaves out so many of them, the first ones.
    pub(super) fn forget(&mut self, lines: usize) {
        self.near.forget(lines);
        self.lines -= lines;
    }

    /// Whether all that comes counts as one.
    pub(super) fn is_one(&self) -> bool {
        self.reach == usize::MAX
    }

    /// Whether the last of its lines is one of a dump.
    pub(super) fn is_in_dump(&self) -> bool {
        self.is_in_dump
    }

    /// How many bytes it holds: of the lines that are near a sign, or of one that has not ended.
    pub(super) fn kept(&self) -> usize {
        self.near.text.len().max(self.buffer.len().saturating_sub(MOST_WAITING))
    }

    /// The lines behind which others are missing in the whole text, as far as it came.
    pub(super) fn jumps(&self) -> Vec<usize> {
        self.counters.jumps().into_iter().map(|jump| self.near.place(jump)).collect()
    }

    /// Ends the text: what stands near its end is near a sign.
    pub(super) fn end(&mut self) {
        let is_ended = self.buffer.len() == self.looked;
        if !is_ended {
            self.buffer.push(b'\n');
            self.look_up_to(self.buffer.len());
        }
        self.keep_waiting();
        if !is_ended {
            self.near.text.pop();
        }
    }

    /// Looks at all lines up to this place, at which one ends.
    fn look_up_to(&mut self, end: usize) {
        let buffer = mem::take(&mut self.buffer);
        self.literals = Literals::default();
        while self.looked < end {
            let begin = self.looked;
            let line_end = memchr(b'\n', &buffer[begin..end]).map_or(end, |at| begin + at + 1);
            self.looked = line_end;
            self.count += 1;
            let look = self.look(&buffer[..end], begin, line_end - 1);
            match look {
                Look::All => self.reach = usize::MAX,
                Look::Sign => self.reach = self.reach.max(self.count.saturating_add(BEHIND)),
                Look::Nothing | Look::Mark => {}
            }
            let is_kept = mem::replace(&mut self.is_below_mark, look == Look::Mark) || look == Look::Mark;
            self.waiting.push_back(WaitingLine { begin, end: line_end, is_kept });
            if self.count <= self.reach {
                while let Some(line) = self.waiting.pop_front() {
                    self.keep(&buffer[line.begin..line.end]);
                }
            } else {
                while self.waiting.len() > BEFORE || line_end - self.waiting[0].begin > MOST_WAITING {
                    self.decide_first(&buffer);
                }
            }
        }
        self.buffer = buffer;
    }

    /// Decides on the line that waits longest: no sign is near it.
    fn decide_first(&mut self, buffer: &[u8]) {
        let Some(line) = self.waiting.pop_front() else { return };
        let text = &buffer[line.begin..line.end];
        if line.is_kept {
            self.keep(text);
            return;
        }
        self.left_out += 1;
        self.near.widest = wider(text, self.near.widest);
    }

    fn keep_waiting(&mut self) {
        let buffer = mem::take(&mut self.buffer);
        for line in mem::take(&mut self.waiting) {
            self.keep(&buffer[line.begin..line.end]);
        }
    }

    fn keep(&mut self, line: &[u8]) {
        if self.left_out > 0 {
            self.near.text.push(b'\n');
            self.lines += 1;
            let more = self.near.gaps.last().map_or(0, |(_, more)| *more);
            self.near.gaps.push((self.lines + 1, more + self.left_out - 1));
            self.left_out = 0;
        }
        self.near.text.extend_from_slice(line);
        self.lines += 1;
    }

    /// What a line is, a part of the buffer.
    fn look(&mut self, buffer: &[u8], begin: usize, end: usize) -> Look {
        let raw = &buffer[begin..end];
        self.literals.advance(buffer, begin);
        let has = |literals: &[Literal]| self.literals.stand_before(end, literals);
        let is_escaped = has(&[Literal::Dressing]);
        let is_wrapped = raw.starts_with(b"{\"log\":\"");
        let is_cleaned = is_escaped || is_wrapped || has(&[Literal::Cr]);
        let line = if is_cleaned { cleaned(raw, usize::MAX) } else { Cow::Borrowed(raw) };
        let is_entity = || memchr_iter(b'&', raw).any(|at| raw[at..raw.len().min(at + 9)].contains(&b';'));
        // What is written otherwise shows when it is decoded.
        let is_dressed = is_escaped || is_wrapped || has(&[Literal::Ampersand]) && is_entity();
        let may_have = |literals: &[Literal]| is_dressed || has(literals);
        let is_packet = line.starts_with(b"0000") || may_have(&[Literal::Flags, Literal::Ip]);
        self.near.has_colours |= is_escaped && (has_colour(raw) || has_colour_in_json(raw));
        self.counters.push(self.count, &line);
        if self.reach == usize::MAX {
            return Look::Sign;
        }
        self.is_in_dump = dumped(&line, self.is_in_dump).is_some();
        let may_be_loss = may_have(&[Literal::Messages, Literal::Repeated, Literal::Suppressed]);
        let may_be_form = may_have(&[Literal::Request, Literal::Status]) || line.starts_with(b"    ") || is_traced_line(&line);
        let is_all = is_packet && packets::begins(&line) || may_have(&[Literal::Follow]) && is_followed(line.trim_ascii_end());
        if is_all {
            Look::All
        } else if self.is_in_dump
            || may_have(&[Literal::Version]) && start(&line).is_some()
            || may_be_form && matches!(form::part(&line), Some((.., Part::Start(..))))
            || may_have(&[Literal::WebSocket, Literal::Switch, Literal::Padded]) && shows(buffer, begin, end)
        {
            Look::Sign
        } else if may_be_mark(&line, may_be_loss) && is_mark(&line, may_be_loss)
            || is_traced_line(&line)
            || may_have(&[Literal::Connection, Literal::Upgrade]) && is_behind_arrow(&line)
        {
            Look::Mark
        } else {
            Look::Nothing
        }
    }
}

/// Whether a line may be a mark: such a one is short, or begins with punctuation, or says in certain words that others are missing; or
/// it ends a run of a client.
fn may_be_mark(line: &[u8], has_words: bool) -> bool {
    let text = line.trim_ascii();
    !text.is_empty() && (has_words || text.len() <= 40 || !text[0].is_ascii_alphanumeric() || may_be_end(text))
}

/// Whether a field whose value is no sign stands behind what marks which way a head goes: it may be of a head that did not end.
fn is_behind_arrow(line: &[u8]) -> bool {
    let places = [b"onnection:".as_slice(), b"pgrade:"].into_iter().filter_map(|name| find(line, name)?.checked_sub(1));
    places.into_iter().any(|at| line[..at].trim_ascii_end().last().is_some_and(|b| b"<>-".contains(b)))
}

/// Whether a sign shows in a line, where it is decoded.
fn shows(buffer: &[u8], begin: usize, end: usize) -> bool {
    let decoded = |text: &[u8]| {
        let lines: Vec<_> = text.split(|&b| b == b'\n').map(|line| cleaned(line, usize::MAX)).collect();
        decode(&lines.join(b"\n".as_slice()))
    };
    let line = decoded(&buffer[begin..end]);
    if [websocket, padded, switch].iter().all(|find| find(&line).is_none()) {
        return false;
    }
    let from = begin.saturating_sub(CONTEXT);
    let from = if from == 0 { 0 } else { memchr(b'\n', &buffer[from..begin]).map_or(begin, |at| from + at + 1) };
    let before = if from == begin { Vec::new() } else { decoded(&buffer[from..begin - 1]) };
    shows_sign(&[before.as_slice(), &line].concat(), before.len())
}

/// What is looked for in all of the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Literal {
    WebSocket,
    Padded,
    Switch,
    Dressing,
    Cr,
    Ampersand,
    Version,
    Request,
    Status,
    Flags,
    Ip,
    Messages,
    Repeated,
    Suppressed,
    Connection,
    Upgrade,
    Follow,
}

/// How each of them is found, in their order.
static LITERALS: LazyLock<[Needle; LITERAL_COUNT]> = LazyLock::new(|| {
    let word = |word| Needle::Word(Box::new(Finder::new(word)));
    [
        Needle::By(websocket),
        Needle::By(padded),
        Needle::By(switch),
        Needle::By(|text| memchr3(0x1b, b'\\', b'<', text)),
        Needle::By(|text| memchr(b'\r', text)),
        Needle::By(|text| memchr(b'&', text)),
        word("HTTP/"),
        word("http request line: "),
        word("http proxy status "),
        word(": Flags ["),
        word("IP"),
        word("messages"),
        word("last message repeated"),
        word(": Suppressed "),
        word("onnection:"),
        word("pgrade:"),
        word("Follow: "),
    ]
});

enum Needle {
    Word(Box<Finder<'static>>),
    By(fn(&[u8]) -> Option<usize>),
}

impl Needle {
    fn find(&self, text: &[u8]) -> Option<usize> {
        match self {
            Self::Word(finder) => finder.find(text),
            Self::By(find) => find(text),
        }
    }
}

/// Where each literal stands next in a text, and the first of these places; nothing where that is not known yet.
#[derive(Clone, Default)]
struct Literals {
    next: [Option<usize>; LITERAL_COUNT],
    first: Option<usize>,
}

const LITERAL_COUNT: usize = Literal::Follow as usize + 1;

impl Literals {
    /// Goes on to the line that begins here.
    fn advance(&mut self, text: &[u8], begin: usize) {
        let is_before = |place: &Option<usize>| place.is_none_or(|place| place < begin);
        if !is_before(&self.first) {
            return;
        }
        for (next, literal) in self.next.iter_mut().zip(LITERALS.iter()).filter(|(next, _)| is_before(next)) {
            *next = Some(literal.find(&text[begin..]).map_or(usize::MAX, |at| begin + at));
        }
        self.first = self.next.iter().flatten().copied().min();
    }

    /// Whether one of these stands before `end`, in the line that was gone on to.
    fn stand_before(&self, end: usize, literals: &[Literal]) -> bool {
        literals.iter().any(|literal| self.next[*literal as usize].is_some_and(|place| place < end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Capture;
    use crate::capture::breaks::LOSSES;
    use crate::capture::windows::Windows;
    use proptest::prelude::*;
    use std::fs;
    use std::path::Path;

    /// The lines of a text that are near a sign.
    fn near(text: &[u8]) -> Near {
        sifted(text, Sifter::default()).near
    }

    fn sifted(text: &[u8], mut sifter: Sifter) -> Sifter {
        sifter.push(text);
        sifter.end();
        sifter
    }

    fn found(text: &[u8], sifter: Sifter) -> Capture {
        let mut windows = Windows::from(sifter);
        windows.push(text);
        Capture::of_windows(windows, false)
    }

    /// What is found where this stage is left out.
    fn whole(text: &[u8]) -> Capture {
        found(text, Sifter { reach: usize::MAX, ..Sifter::default() })
    }

    /// Lines of other things, one after the other: what logs are full of.
    const OTHERS: [&[&str]; 16] = [
        &["2026-11-24 10:15:02,118 INFO  [worker-3] com.example.Orders - order 1234 accepted for user 77"],
        &[
            r#"203.0.113.9 - - [24/Nov/2026:10:15:02 +0000] "GET /a?host=b&key=c HTTP/1.1" 200 101 "-" "Mozilla/5.0 (X11; Linux) Gecko""#,
        ],
        &[
            r#"{"time":"2026-11-24T10:15:02Z","host":"example.com","status":200,"method":"GET","connection":"keep-alive"}"#,
            r#"{"time":"2026-11-24T10:15:03Z","host":"example.org","status":404,"request":"GET /x HTTP/1.1"}"#,
        ],
        &[""],
        &["> GET /other HTTP/1.1", "> Host: b", ">", "< HTTP/1.1 200 OK", "< Server: c", "<"],
        &["GET /other HTTP/1.1", "Host: b", ""],
        &["0000  47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a   GET / HTTP/1.1.."],
        &["## session 7", "words", "## session 8", "words"],
        &["stream 3:", "...", "--", "last message repeated 3 times"],
        &["Status: 200", "Date: Tue, 24 Nov 2026 10:15:02 GMT", "Server: nginx", "key = value, accept = none", "response: ok"],
        &["the websocket of user 7 was closed (101)", "level=info msg=\"GET /websocket 101\" token=c2VjcmV0c2VjcmV0c2VjcmV0cw=="],
        &["  17  words", "  18  words", "  19  words", "  20  words", "  21  words", "  23  words"],
        &["\u{1b}[32mINFO\u{1b}[0m request of <b>user</b> &amp; others \\u0041 C:\\temp"],
        &["http request line: \"GET /other HTTP/1.1\"", "http header: \"Host: b\"", "http header done"],
        &["Host: b", "Connection: upgrade", "Upgrade: h2c"],
        &[r#"{"log":"GET \/other HTTP\/1.1\n","stream":"stdout"}"#, r#"{"log":"Host: b\n","stream":"stdout"}"#],
    ];

    fn others(which: usize, count: usize) -> String {
        OTHERS[which % OTHERS.len()].iter().cycle().take(count).flat_map(|line| [line, "\n"]).collect()
    }

    fn captures() -> Vec<(String, Vec<u8>)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures");
        let files = fs::read_dir(folder).expect("the captures").map(|file| file.expect("a file").path());
        let files =
            files.filter(|path| !path.extension().is_some_and(|end| ["pcap", "pcapng", "har", "md"].iter().any(|of| end == *of)));
        let mut all: Vec<_> = files.map(|path| (path.display().to_string(), fs::read(&path).expect("a capture"))).collect();
        all.sort();
        all
    }

    /// Among so many lines that some are left out, a capture tells what it tells without this stage.
    #[test]
    fn every_capture_among_other_lines() {
        for (at, (name, capture)) in captures().iter().enumerate() {
            let far = others(at, BEFORE + BEHIND + 100);
            let text = [far.as_bytes(), capture, b"\n", far.as_bytes(), capture].concat();
            assert_eq!(found(&text, Sifter::default()), whole(&text), "{name} among {:?}", OTHERS[at % OTHERS.len()]);
            // Lines of ordinary logs are left out; captures of packets go on to the end.
            assert!(
                near(&text).text.len() < text.len()
                    || at % OTHERS.len() > 2
                    || name.contains("tcpdump")
                    || name.contains("tshark"),
                "{name}"
            );
        }
    }

    /// Whatever says that lines are missing counts wherever it stands.
    #[test]
    fn every_loss_far_from_a_sign() {
        for words in LOSSES {
            let line = [b"host app[17]: ".as_slice(), words, b" of 17 others, in the words of a log\n"].concat();
            let far = others(0, BEFORE + BEHIND + 100);
            let near = near(&[far.as_bytes(), &line, far.as_bytes(), far.as_bytes()].concat());
            assert!(find(&near.text, &line).is_some(), "{}", String::from_utf8_lossy(words));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        /// The same where any number of lines of any sorts stand between any captures.
        #[test]
        fn any_captures_among_any_lines(parts in prop::collection::vec((any::<usize>(), any::<usize>(), 0_usize..5000, any::<bool>()), 1..4)) {
            let captures = captures();
            let mut text = Vec::new();
            for (capture, sort, count, is_ended) in parts {
                text.extend_from_slice(others(sort, count).as_bytes());
                let (_, capture) = &captures[capture % captures.len()];
                text.extend_from_slice(capture);
                text.extend(is_ended.then_some(b'\n'));
            }
            prop_assert_eq!(found(&text, Sifter::default()), whole(&text));
        }
    }
}
