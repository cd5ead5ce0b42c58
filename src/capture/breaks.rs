//! Where a capture goes on elsewhere: what stands below such a line may be of another connection than what stands above.

use super::heads::{Heads, SeenHead};
use super::names::{is_known_name, is_omission, is_ruler};
use super::prompt::{command, is_command, may_be_command, sends_file};
use super::text::{Lines, find};
use crate::head::Kind;
use memchr::{memchr, memmem};
use std::borrow::Cow;
use std::ops::Range;

/// What those say who write logs where they leave out lines: syslog, journald, rsyslog, the kernel.
pub(super) const LOSSES: [&[u8]; 5] =
    [b"last message repeated", b": Suppressed ", b"messages lost", b"messages dropped", b"drop messages"];

/// What these and others say, pagers, editors, chats, pages and people too, in lower case.
const WORDS_OF_LOSS: [&[u8]; 25] = [
    b"snip",
    b"snipped",
    b"truncated",
    b"skipped",
    b"skipping",
    b"omitted",
    b"deleted",
    b"suppressed",
    b"repeated",
    b"entries lost",
    b"messages from pid",
    b"missed ",
    b"log messages",
    b"messages dropped",
    b"drop messages",
    b"messages lost",
    b"chatty  :",
    b"has been replaced",
    b"more line",
    b"clipped",
    b"see more",
    b"show more",
    b"--more--",
    b"(end)",
    b"exceeded limit",
];

/// As many letters stand in a key by chance.
const LONGEST_BY_CHANCE: usize = 4;

/// What curl says of a connection on which nothing more came. Before a request it tries another address then, or does so again.
const LAST_WORDS: [&[u8]; 9] = [
    b"Empty reply from server",
    b"Recv failure",
    b"Send failure",
    b"Operation timed out",
    b"Connection timed out",
    b"Closing connection",
    b"closing connection",
    b"  Trying ",
    b"Connected to ",
];

/// What has one exchange, and a number in headings.
const NUMBERED: [&[u8]; 12] = [
    b"client",
    b"connection",
    b"conn",
    b"exchange",
    b"req",
    b"request",
    b"resp",
    b"response",
    b"server",
    b"session",
    b"socket",
    b"stream",
];

/// What is longer is not looked through.
const LONGEST_LINE: usize = 1024;

/// The longest heading that nothing marks as one.
const LONGEST_HEADING: usize = 40;

/// The most words of a heading, and how far above its head it may stand.
const MOST_WORDS: usize = 6;
const FARTHEST: usize = 4;

/// What the heading above a head says of any handshake, and what says whose head it is.
const OF_HANDSHAKES: &str = "and back by for from handshake head header headers http its my of opening our raw that the then this to \
                             upgrade was websocket with";
const OF_SIDES: &str = "answer answered answers client got gets in incoming out outgoing read received receives recv replied replies reply req \
                        request requests resp response responses returned rx send sending sends sent server tx write";

/// The parts that a text comes in, and the runs of clients in it, told window by window.
#[derive(Clone, Default)]
pub(super) struct Breaks {
    parts: usize,
    runs: usize,
    /// What the last line named that names something, and the heading of the last head that has one.
    named: Option<Vec<Vec<u8>>>,
    heading: Option<Heading>,
    /// The last line of the last head, and whether that is a request that waits for its response.
    last: usize,
    waits: bool,
    /// The last command.
    command: Option<Vec<u8>>,
}

impl Breaks {
    /// Tells each head its part and its run: they begin on these of the lines. `jumps` are the lines behind which others are missing.
    pub(super) fn divide(&mut self, heads: &mut Heads, lines: &Lines<'_>, begin_on: &Range<usize>, jumps: &[usize]) {
        let core = lines.partition_point(|(number, _)| *number < begin_on.start)
            ..lines.partition_point(|(number, _)| *number < begin_on.end);
        let ends = self.ends(lines, core.clone(), &heads.all);
        let jumps = jumps.iter().filter(|line| begin_on.contains(line));
        let mut breaks: Vec<_> =
            jumps.chain(&ends).copied().chain(self.marks(lines, core)).chain(self.headings(lines, &heads.all)).collect();
        breaks.sort_unstable();
        for seen in heads.placed() {
            seen.part = self.parts + breaks.partition_point(|line| *line < seen.line);
            seen.run = self.runs + ends.partition_point(|line| *line < seen.line);
        }
        self.parts += breaks.len();
        self.runs += ends.len();
    }

    /// Says that so many lines are left out before those that come next.
    pub(super) fn forget(&mut self, lines: usize) {
        self.last = self.last.saturating_sub(lines);
    }

    /// The lines that say that others were left out, that another file begins, or another connection.
    fn marks(&mut self, lines: &Lines<'_>, core: Range<usize>) -> Vec<usize> {
        let mut found = Vec::new();
        for at in core {
            let (number, line) = &lines[at];
            // A prefix is no heading: the next line has it too.
            let is_prefix = || lines.get(at + 1).is_some_and(|(_, next)| next.get(..4) == line.get(..4));
            let named = named_by_heading(line).or_else(|| numbered(line).filter(|_| !is_prefix()));
            // What is named first may stand above all of them.
            let is_other = named.is_some_and(|named| self.named.replace(named.clone()).is_some_and(|above| above != named));
            if is_other || is_break(line) {
                found.push(*number);
            }
        }
        found
    }

    /// The lines with which a run of a client ends that got no more, and those before the commands that begin another.
    fn ends(&mut self, lines: &Lines<'_>, core: Range<usize>, heads: &[SeenHead]) -> Vec<usize> {
        let mut heads = heads.iter().filter(|seen| !seen.head.is_interim() && seen.is_placed()).peekable();
        // A command is no request that went, and what has its response waits for no other.
        let waits = |seen: &SeenHead| seen.kind == Kind::Request && !seen.is_command(lines);
        let end = |(number, line): &(usize, Cow<'_, [u8]>)| {
            while let Some(seen) = heads.next_if(|seen| seen.line < *number) {
                self.waits = waits(seen);
            }
            let is_last = is_end(line) || self.waits && is_last_word(line);
            if is_last {
                return Some(*number);
            }
            let command = command(line)?;
            // What a file showed is what is sent from it.
            let is_its = self.command.replace(command.to_vec()).is_some_and(|above| sends_file(&command, &above));
            (!is_its).then(|| number - 1)
        };
        let found = lines[core].iter().filter_map(end).collect();
        self.waits = heads.last().map_or(self.waits, waits);
        found
    }

    /// Where a heading above a head names another thing than the one above the head before: `Chrome:` and `Firefox:`, `client A sends`
    /// and `server B answers`.
    fn headings(&mut self, lines: &Lines<'_>, heads: &[SeenHead]) -> Vec<usize> {
        let mut found = Vec::new();
        for seen in heads.iter().filter(|seen| seen.is_placed()) {
            let at = lines.partition_point(|(number, _)| *number < seen.line);
            let before = lines[..at].iter().rev().take_while(|(number, _)| *number > self.last);
            let mut named =
                before.take(FARTHEST).filter(|(_, line)| !is_ruler(line.trim_ascii()) && !line.trim_ascii().is_empty());
            if let Some((number, heading)) = named.next().and_then(|(number, line)| Some((number, Heading::read(line)?))) {
                found.extend(self.heading.as_ref().is_some_and(|above| heading.is_of_another(above)).then_some(*number));
                self.heading = Some(heading);
            }
            self.last = seen.last_line();
        }
        found
    }
}

/// Whether a line is the last of a run.
fn is_end(line: &[u8]) -> bool {
    line.trim_ascii() == b"^C" || find(line, b"curl: (").is_some()
}

/// Whether curl says in a line, as `-v` and `--trace` mark that, what ends a connection or begins another.
fn is_last_word(line: &[u8]) -> bool {
    let verbose = memchr(b'*', line).and_then(|at| line[at + 1..].strip_prefix(b" "));
    let traced = || find(line, b"== Info: ").map(|at| &line[at + b"== Info: ".len()..]);
    let is_last = |text: &[u8]| LAST_WORDS.iter().any(|words| text.starts_with(words));
    verbose.is_some_and(is_last) || traced().is_some_and(is_last)
}

/// Whether a long line that begins with a word may end a run, or begin another.
pub(super) fn may_be_end(text: &[u8]) -> bool {
    text.starts_with(b"curl: (") || may_be_command(text)
}

/// Whether a line may be one of those; it `has_words` if a loss may be told in it.
pub(super) fn is_mark(line: &[u8], has_words: bool) -> bool {
    let text = line.trim_ascii();
    is_end(text)
        || is_last_word(text)
        || is_command(text)
        || is_of_tool(text)
        || has_words && is_loss(text)
        || named_by_heading(text).is_some()
        || numbered(text).is_some()
}

/// The words of a heading, in the order of the alphabet.
#[derive(Clone)]
struct Heading {
    /// Those that say something of this handshake.
    names: Vec<Vec<u8>>,
    /// The numbers and letters that one of several has: `session 7`, `client B`.
    numbers: Vec<Vec<u8>>,
    /// Whether it says which of the two heads stands below: what else it names may be who sent that.
    is_of_side: bool,
}

impl Heading {
    /// Reads a line of a few words that is no field, if it is one.
    fn read(line: &[u8]) -> Option<Self> {
        let text = line.trim_ascii();
        let name = text.split(|&b| b == b':').next().unwrap_or_default();
        let is_field = name.len() + 1 < text.len() && name.iter().all(|b| b.is_ascii_alphabetic() || *b == b'-');
        let is_of_name = |b: &u8| b.is_ascii_alphanumeric() || b"._-/".contains(b);
        let words = text.split(|b| !is_of_name(b)).filter(|word| word.iter().any(u8::is_ascii_alphanumeric));
        let words: Vec<_> = words.map(<[u8]>::to_ascii_lowercase).collect();
        // A number alone, or one of bytes, is the length of a head.
        let is_length = words.iter().all(|word| word.iter().all(u8::is_ascii_digit)) || words.iter().any(|word| word == b"bytes");
        if is_field || is_length || words.len() > MOST_WORDS {
            return None;
        }
        let is_number = |word: &[u8]| word.len() == 1 || word.iter().all(u8::is_ascii_digit);
        let is_name = |word: &[u8]| NUMBERED.contains(&word) || words.len() < 4 && word.iter().all(u8::is_ascii_alphabetic);
        let numbered = words.windows(2).filter(|pair| is_name(&pair[0]) && is_number(&pair[1]));
        let numbers: Vec<_> = numbered.map(|pair| pair[1].clone()).collect();
        // What is no more than a line of a log, or a remark of curl's, says nothing.
        let is_marked = text.ends_with(b":") || text.first().is_some_and(|b| b"*<#=_".contains(b)) && !text.starts_with(b"* ");
        if !is_marked && numbers.is_empty() {
            return None;
        }
        let is_of_side = words.iter().any(|word| is_in(OF_SIDES, word));
        let mut names: Vec<_> = words.into_iter().filter(|word| !is_common(word)).collect();
        names.sort_unstable();
        Some(Self { names, numbers, is_of_side })
    }

    fn is_of_another(&self, other: &Self) -> bool {
        let [own, others] =
            if self.is_of_side || other.is_of_side { [&self.numbers, &other.numbers] } else { [&self.names, &other.names] };
        own != others && !own.is_empty() && !others.is_empty()
    }
}

fn is_in(list: &str, word: &[u8]) -> bool {
    list.split(' ').any(|other| other.as_bytes() == word)
}

/// Whether a word names nothing: it stands above any handshake, or says whose head is below.
fn is_common(word: &[u8]) -> bool {
    is_in(OF_SIDES, word) || is_in(OF_HANDSHAKES, word)
}

/// What a line by itself names, and its number: `stream 3:`.
fn numbered(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let text = Some(line.trim_ascii()).filter(|text| text.len() <= LONGEST_HEADING)?;
    let words = text.split(|b| !b.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).map(<[u8]>::to_ascii_lowercase);
    let mut words: Vec<_> = words.collect();
    let is_numbered = words.len() == 2 && NUMBERED.contains(&words[0].as_slice()) && words[1].iter().all(u8::is_ascii_digit);
    words.sort_unstable();
    is_numbered.then_some(words)
}

/// What a heading names beside that, `## client A` or `=== stream 3 ===`: its words, in the order of the alphabet.
fn named_by_heading(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let text = line.trim_ascii();
    let level = text.iter().take_while(|b| **b == b'#').count();
    let is_markdown = (1..=6).contains(&level) && text.get(level) == Some(&b' ');
    if !(is_markdown || text.starts_with(b"==") && text.ends_with(b"==")) {
        return None;
    }
    let text = text.get(level..).unwrap_or_default().trim_ascii();
    // Of a head that is commented out, it is a line.
    let name = text.split(|&b| b == b':').next().unwrap_or_default();
    let is_field = name.len() < text.len() && !name.contains(&b' ') && (name.contains(&b'-') || is_known_name(name));
    if is_field || find(text, b"HTTP/").is_some() {
        return None;
    }
    // `1. Request`
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let text = text[digits..].strip_prefix(b".").filter(|_| digits > 0).unwrap_or(text);
    let words = text.split(|b| !b.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).map(<[u8]>::to_ascii_lowercase);
    let mut words: Vec<_> = words.filter(|word| !is_common(word)).collect();
    words.sort_unstable();
    (!words.is_empty()).then_some(words)
}

/// Whether a line near a head may say that others were left out, or stand in their place.
pub(super) fn tells_of_loss(line: &[u8]) -> bool {
    let low = line.get(..LONGEST_LINE).unwrap_or(line).to_ascii_lowercase();
    // A key or an accept value has any letters, and a few of them make a word by chance.
    let is_outside = |b: Option<&u8>| b.is_none_or(|b| !b.is_ascii_alphanumeric() && !b"+/".contains(b));
    let is_word = |words: &[u8], at: usize| {
        is_outside(low[..at].last()) && (words.len() > LONGEST_BY_CHANCE || is_outside(low.get(at + words.len())))
    };
    is_break(line) || WORDS_OF_LOSS.iter().any(|words| memmem::find_iter(&low, words).any(|at| is_word(words, at)))
}

/// Whether a capture goes on elsewhere behind a line: others were left out, or another file begins, as `grep` and `tail` say.
pub(super) fn is_break(line: &[u8]) -> bool {
    let text = line.trim_ascii();
    is_of_tool(text) || is_loss(text)
}

fn is_loss(text: &[u8]) -> bool {
    LOSSES.iter().any(|words| find(text, words).is_some())
}

/// What `grep` and `tail` write between two places, and people where they left something out.
fn is_of_tool(text: &[u8]) -> bool {
    is_omission(text) || text == b"--" || text.starts_with(b"==> ") && text.ends_with(b" <==")
}
