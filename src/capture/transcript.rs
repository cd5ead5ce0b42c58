//! Heads that a text shows whole: a start line, field lines and an empty line, one after the other, behind the same prefix.

use super::altered::{drop_cut_field, drop_escapes, drop_hidden_bytes, drop_words_of_logs, drop_words_of_writers};
use super::breaks::tells_of_loss;
use super::chopped::is_short;
use super::form::{self, Part};
use super::heads::{LONGEST_LINES, LONGEST_SPAN, MOST_BEHIND, SeenHead};
use super::names::{is_boundary, is_known_name, is_plausible, is_ruler, repeated};
use super::prefix::{Prefix, begins_with_time};
use super::start::{kind_of, start};
use super::text::{find, has_colour, is_followed};
use crate::head::{ACCEPT, EXTENSIONS, Fidelity, Field, Head, Irregularity, KEY, Kind, PROTOCOL, Unclear, VERSION, is_token};
use std::borrow::Cow;
use std::collections::HashSet;
use std::mem;

/// What is longer is no prefix.
const LONGEST_PREFIX: usize = 256;

/// How many lines behind a line of a head something may be a piece of it.
const NEAR: usize = 8;

/// The most heads that are followed at once.
const MOST_OPEN: usize = 64;

/// The heads of a text, and which of its lines they are.
pub(super) struct Transcript {
    pub(super) heads: Vec<SeenHead>,
    /// For each line, whether it is part of a head that was read.
    pub(super) is_taken: Vec<bool>,
    /// Whether a head was too long to be read to its end.
    pub(super) is_cut: bool,
    /// Where start lines stand inside other heads, in their order: by their numbers.
    pub(super) mixed: Vec<usize>,
}

/// A head that is being read.
struct OpenHead {
    kind: Kind,
    prefix: Prefix,
    /// The form that marks its lines, if it is one.
    form: Option<usize>,
    /// Its lines without their prefix, and where each stands: an index.
    lines: Vec<(usize, Vec<u8>)>,
    /// The last line that belongs to it.
    last: usize,
    /// A line that is none of its own, and stands directly behind one of them.
    stray: Option<usize>,
    /// Whether more of its own lines came behind the stray one.
    is_broken: bool,
    /// A line without its prefix that stands directly behind one of its own, and the first that stood between two of them.
    foreign: Option<usize>,
    between: Option<usize>,
    /// Whether it began inside another with the same prefix: two may be mixed.
    is_interleaved: bool,
    /// A line that may not show what was sent: its start line alone has white space before it, white space is all of its empty line, or
    /// its ending is not the one that others have.
    inexact: Option<usize>,
    /// What stands before its start line, where that stands before no other line: it begins a message of several lines.
    begun: Option<Prefix>,
    /// The head of the other side, among those that were read, that it follows without an empty line between.
    follows: Option<usize>,
}

/// A start line behind the prefix of a head that has not ended.
struct Interruption {
    prefix: Prefix,
    kind: Kind,
    /// Whether that alone shows another writer: both are of one kind, or the first one lacks a field.
    is_mixed: bool,
    /// The last line of the head before it, and where it stands.
    last: usize,
    at: usize,
}

/// What a line is to an open head.
enum Fit {
    Another,
    Taken,
    /// The empty line.
    End,
    /// It cannot be followed any more.
    Lost,
}

/// Reads lines. `is_ended` tells whether the last one is: else it may be cut, and is no empty one.
/// `ended` is what is known of the text above, and takes what is seen here.
pub(super) fn read(lines: &[(usize, Cow<'_, [u8]>)], is_ended: bool, ended: &mut Ended) -> Transcript {
    let mut reader = Reader {
        heads: Vec::new(),
        open: Vec::new(),
        is_taken: vec![false; lines.len()],
        is_cut: false,
        spans: Vec::new(),
        far: Vec::new(),
        ended: mem::take(ended),
        unended: Vec::new(),
        interruptions: Vec::new(),
        is_last_ended: is_ended,
        shows_dots: lines.iter().any(|(_, line)| is_followed(line)),
        lines,
    };
    for (at, (_, text)) in lines.iter().enumerate() {
        if is_ended || at + 1 < lines.len() || reader.is_cut_field(text) {
            reader.line(at, text);
        }
    }
    for head in mem::take(&mut reader.open) {
        reader.finish(&head, false);
    }
    reader.mark_mixed();
    reader.mark_unended();
    let Reader { mut heads, is_taken, is_cut, interruptions, .. } = reader;
    *ended = reader.ended;
    if ended.len() > MOST_ENDED {
        ended.clear();
    }
    heads.sort_by_key(|seen| seen.line);
    let mixed = interruptions.iter().map(|found| lines[found.at].0).collect();
    Transcript { heads, is_taken, is_cut, mixed }
}

/// How the prefixes of heads are written that have an empty line, and their kinds.
pub(super) type Ended = HashSet<(Vec<u8>, Kind)>;

/// The most of them that are remembered.
const MOST_ENDED: usize = 1 << 10;

struct Reader<'a> {
    heads: Vec<SeenHead>,
    /// Those with the longest prefix first.
    open: Vec<OpenHead>,
    is_taken: Vec<bool>,
    is_cut: bool,
    /// For each head, its prefix, and where its last line stands.
    spans: Vec<(Prefix, usize)>,
    /// The prefixes of heads behind which too many other lines stood, and which these are: what is left over is theirs.
    far: Vec<(Prefix, usize)>,
    ended: Ended,
    /// The same of heads that have none, and which these are.
    unended: Vec<(usize, (Vec<u8>, Kind))>,
    /// In the order of their places.
    interruptions: Vec<Interruption>,
    /// Whether the last line is ended.
    is_last_ended: bool,
    shows_dots: bool,
    lines: &'a [(usize, Cow<'a, [u8]>)],
}

impl Reader<'_> {
    /// Whether a line that may be cut is a field of a head that is open; what is left of it may look like an empty line.
    fn is_cut_field(&self, text: &[u8]) -> bool {
        self.open.iter().any(|open| open.prefix.strip(text).is_some_and(|(line, _)| is_field(line)))
    }

    /// Ends the heads that begin too far above this line: what has the prefix of one is taken for no line of it.
    fn end_far(&mut self, at: usize) {
        while let Some(index) = self.open.iter().position(|open| at > open.lines[0].0 + LONGEST_SPAN) {
            let open = self.open.remove(index);
            let count = self.heads.len();
            self.finish(&open, false);
            if self.heads.len() > count && self.far.len() < MOST_OPEN {
                self.far.push((open.prefix.uncounted(), count));
            }
        }
    }

    fn line(&mut self, at: usize, text: &[u8]) {
        self.end_far(at);
        if let Some((form, prefix, part)) = form::part(text)
            && self.marked(at, form, prefix, part)
        {
            return;
        }
        let start = start(text);
        // Where numbers differ by one, a line is of the head that has its own number.
        let has_own = self
            .open
            .iter()
            .any(|open| open.prefix.has_numbers() && open.prefix.strip(text).is_some_and(|(_, count)| count.is_none()));
        let mut index = 0;
        let (mut is_interleaved, mut is_second, mut follows) = (false, false, None);
        while index < self.open.len() {
            let open = &mut self.open[index];
            // A start line behind a prefix of its own is no line of a head whose prefix is shorter, or that has none.
            let stripped = || open.prefix.strip(text).map_or(text.len(), |(line, _)| text.len() - line.len());
            let own = || if open.prefix.is_blank() { 0 } else { stripped() };
            let is_prefixed = |begin: usize| text.get(own()..begin).is_some_and(|more| !more.trim_ascii().is_empty());
            let is_apart = open.form.is_some() || start.is_some_and(|(_, begin)| is_prefixed(begin));
            let next = if is_apart { Fit::Another } else { open.next(at, text, has_own) };
            match next {
                Fit::Another => index += 1,
                Fit::Taken => return,
                Fit::End => {
                    let open = self.open.remove(index);
                    self.finish(&open, true);
                    return;
                }
                Fit::Lost => {
                    // The line may begin a head of its own.
                    let is_left = self.lines[open.last + 1].1.trim_ascii().is_empty();
                    is_interleaved |= start.is_some() && !is_left;
                    let mut open = self.open.remove(index);
                    // Without an empty line between them the second may be a line of the first.
                    let is_other_start = || open.prefix.strip(text).is_some_and(|(line, _)| kind_of(line).is_some());
                    let may_be_line = start.map_or_else(is_other_start, |(kind, _)| open.may_go_on_with(kind));
                    let is_line = may_be_line && (!open.has_gap(at) || open.is_bare(at));
                    is_second |= is_line;
                    open.between = open.between.or(is_line.then_some(at));
                    self.interruptions.extend(start.filter(|_| !is_left).and_then(|(kind, _)| open.interrupted(kind, at)));
                    let is_directly = start.is_some_and(|(kind, _)| kind != open.kind) && !open.has_gap(at);
                    let count = self.heads.len();
                    self.finish(&open, false);
                    follows = follows.or((is_directly && self.heads.len() > count).then_some(count));
                }
            }
        }
        if let Some((kind, begin)) = start.filter(|(_, begin)| *begin <= LONGEST_PREFIX) {
            self.begin(at, kind, None, Prefix::new(&text[..begin]), &text[begin..], is_interleaved);
            // Where a message of several lines begins with a start line, another one may stand below it.
            let is_of_message = |open: &OpenHead| open.lines.len() == 1 && open.last + 1 == at && open.kind == kind && begin == 0;
            is_second |= self.open.iter().any(is_of_message);
            if let Some(open) = self.open.iter_mut().find(|open| open.last == at) {
                open.between = is_second.then_some(at);
                open.follows = follows;
            }
            return;
        }
        self.note_foreign(at, text);
    }

    /// Says so of the open heads that a line which is none of theirs may be a part of all the same.
    fn note_foreign(&mut self, at: usize, text: &[u8]) {
        // What is left over behind the prefix of a head may be of that.
        let recent = self.spans.iter().enumerate().rev().take_while(|(_, (_, last))| at <= last + MOST_BEHIND);
        let recent = recent.map(|(index, (prefix, _))| (prefix, index));
        let far = self.far.iter().map(|(prefix, index)| (prefix, *index));
        for (_, index) in recent.chain(far).filter(|(prefix, _)| is_left_over(prefix, text)) {
            self.heads[index].head.unclear.push(Unclear::Inexact(self.lines[at].0));
            self.heads[index].head.fidelity = Fidelity::Partial;
        }
        // Most lines of a log stand behind no open head.
        let latest = self.open.iter().map(|open| open.last).max().filter(|last| at <= last + MOST_BEHIND);
        let Some(latest) = latest else { return };
        // In CSV a line with a comma has quotes.
        let unquoted: Vec<_> = text.iter().copied().filter(|b| *b != b'"').collect();
        let is_loss = tells_of_loss(text);
        for open in self.open.iter_mut().filter(|open| at <= open.last + MOST_BEHIND) {
            // Behind other numbers it may be another connection's, or be part of this head all the same; what is commented out, or
            // marked by `diff`, was perhaps sent.
            let is_its = || open.prefix.strip_numbered(&unquoted).is_some_and(is_field_of_head);
            let is_marked = || {
                let is_near = open.last == latest && at <= latest + NEAR;
                !open.has_gap(at) && (is_marked_field(text) || goes_on(text)) || is_near && shows_field(text)
            };
            open.inexact = open.inexact.or((is_loss || is_its() || is_marked()).then_some(at));
        }
        // A form that marks its lines leaves no other directly behind one of them, but for remarks, which are indented farther.
        let is_remark = text.starts_with(b"     ") || text.trim_ascii_start().starts_with(b"[");
        let is_marked = |open: &OpenHead| open.form.is_some_and(|form| !form::is_traced(form));
        for open in
            self.open.iter_mut().filter(|open| is_marked(open) && !open.has_gap(at) && !is_remark && !open.prefix.is_like(text))
        {
            open.inexact = open.inexact.or(Some(at));
        }
        // Where a terminal wraps a line, the rest of it has no prefix.
        for open in self.open.iter_mut().filter(|open| open.form.is_none() && !open.has_gap(at) && !open.prefix.is_like(text)) {
            open.foreign = Some(at);
        }
    }

    /// Marks the heads near a start line that stands inside another one, where heads end with an empty line: somebody else writes behind
    /// the same prefix, and any line may be of either.
    fn mark_mixed(&mut self) {
        let Self { heads, spans, ended, interruptions, lines, .. } = self;
        interruptions.retain(|found| found.is_mixed || ended.contains(&(found.prefix.shape(), found.kind)));
        for (seen, (prefix, last)) in heads.iter_mut().zip(spans) {
            let near = interruptions.partition_point(|found| found.at + MOST_BEHIND < *last);
            let mut near = interruptions[near..].iter().take_while(|found| found.at <= *last + MOST_BEHIND);
            if let Some(found) = near.find(|found| found.last <= *last && found.prefix == *prefix) {
                seen.head.unclear.push(Unclear::Inexact(lines[found.at].0));
                seen.head.fidelity = Fidelity::Partial;
            }
        }
    }

    /// Whoever writes the empty lines of heads leaves none out: a head without its own is cut off.
    fn mark_unended(&mut self) {
        for (index, _) in self.unended.iter().filter(|(_, written)| self.ended.contains(written)) {
            let head = &mut self.heads[*index].head;
            if head.unclear.is_empty() {
                head.unclear.push(Unclear::CutOff);
            }
            head.fidelity = Fidelity::Partial;
        }
    }

    /// Takes a line of a form that marks them, if it is part of a head.
    fn marked(&mut self, at: usize, form: usize, prefix: &[u8], part: Part<'_>) -> bool {
        // These have no counters: a number that differs is another connection's.
        let is_its = |open: &OpenHead| {
            open.form == Some(form) && open.prefix.strip(prefix).is_some_and(|(rest, count)| rest.is_empty() && count.is_none())
        };
        let there = self.open.iter().position(is_its);
        match (part, there) {
            (Part::Start(kind, text), there) => {
                let before = there.map(|there| self.open.remove(there));
                // A line that is no head's was sent before this one.
                let above = at.checked_sub(1).and_then(|above| form::part(&self.lines[above].1));
                let is_junk = matches!(above, Some((of, _, Part::Field(_))) if of == form);
                self.begin(at, kind, Some(form), Prefix::new(prefix), &text, false);
                // These forms show the end of each head.
                if let Some(open) = self.open.iter_mut().find(|open| open.last == at && (before.is_some() || is_junk)) {
                    open.between = Some(at);
                }
            }
            (Part::Field(text), Some(there)) => self.open[there].take(at, text),
            (Part::Bare, Some(there)) => self.open[there].inexact = Some(at),
            (Part::End, Some(there)) => {
                let mut open = self.open.remove(there);
                open.lines.push((at, Vec::new()));
                self.finish(&open, true);
            }
            (Part::Field(_) | Part::Bare | Part::End, None) => return false,
        }
        true
    }

    fn begin(&mut self, at: usize, kind: Kind, form: Option<usize>, prefix: Prefix, text: &[u8], is_interleaved: bool) {
        if self.open.len() == MOST_OPEN {
            // The one that waits longest.
            let oldest = (0..MOST_OPEN).min_by_key(|&index| self.open[index].last).unwrap_or_default();
            let oldest = self.open.remove(oldest);
            self.finish(&oldest, false);
        }
        let is_above = |above: &usize| !self.is_taken[*above] && is_left_over(&prefix, &self.lines[*above].1);
        let inexact = (at.saturating_sub(MOST_BEHIND)..at).rev().find(|above| form.is_none() && is_above(above));
        let lines = vec![(at, text.to_vec())];
        let open = OpenHead {
            kind,
            prefix,
            form,
            lines,
            last: at,
            stray: None,
            is_broken: false,
            foreign: None,
            between: None,
            is_interleaved,
            inexact,
            begun: None,
            follows: None,
        };
        let place = self.open.iter().position(|other| other.prefix.len() < open.prefix.len()).unwrap_or(self.open.len());
        self.open.insert(place, open);
    }

    /// The first line that may be one of a head which seemed to end before: where other lines stand between, or where a number in the
    /// prefix is another one from there on, such as a thread's or a clock's.
    fn more(&self, open: &OpenHead) -> Option<usize> {
        if open.form.is_some() || open.prefix.is_blank() {
            return None;
        }
        let behind = || self.lines.iter().enumerate().skip(open.last + 1).take(MOST_BEHIND);
        // The one that has its own numbers, where there is one: others may be another connection's.
        let is_own = |line| open.prefix.strip(line).is_some_and(|(_, count)| count.is_none());
        let own = behind().find(|(_, (_, line))| is_own(line)).map(|(at, _)| at);
        let mut first = None;
        for (at, (_, line)) in behind() {
            let Some(text) = open.prefix.strip_numbered(line) else { continue };
            if kind_of(text).is_some() {
                return None;
            }
            first = first.or(Some(at));
            // A log that has no empty lines may show a field directly behind.
            if text.trim_ascii().is_empty() || at == open.last + 1 && is_field(text) {
                return own.or(first);
            }
        }
        None
    }

    /// A field behind the empty line: where a writer ends each of its messages with one, a head that came in pieces may go on there.
    fn behind_end(&self, open: &OpenHead) -> Option<usize> {
        let text = |line| {
            let stripped = open.begun.as_ref().and_then(|begun| begun.strip(line)).or_else(|| open.prefix.strip(line));
            stripped.map(|(text, _)| text)
        };
        let mut behind = self.lines.iter().enumerate().skip(open.last + 1).take(MOST_BEHIND);
        let (at, (_, line)) = behind.find(|(_, (_, line))| !text(line).unwrap_or(line).trim_ascii().is_empty())?;
        // The heading of each message may have its length.
        let words = |line: &[u8]| line.iter().copied().filter(|b| !b.is_ascii_digit()).collect::<Vec<_>>();
        let above = open.lines[0].0.checked_sub(1).map(|above| words(&self.lines[above].1));
        let at = at + usize::from(above == Some(words(line)));
        let field = text(&self.lines.get(at)?.1).filter(|line| is_field_of_head(line))?;
        // `Response:` above the next head is no field.
        let next = || self.lines[at + 1..].iter().take(NEAR).find(|(_, line)| !line.trim_ascii().is_empty());
        let is_heading = field.trim_ascii_end().ends_with(b":") && next().is_some_and(|(_, line)| start(line).is_some());
        (!is_heading).then_some(at)
    }

    /// A line that has inside what stands before the start line: who marks each read so may do that in the middle of a line.
    fn holds_label(&self, open: &OpenHead) -> Option<usize> {
        let (at, start) = &open.lines[0];
        let line = &self.lines[*at].1;
        let label = line[..line.len().saturating_sub(start.len())].trim_ascii();
        let is_mark = label.len() > 2 && label.iter().any(|b| b"[]<>(){}|".contains(b));
        open.lines.iter().filter(|_| is_mark).find(|(_, line)| find(line, label).is_some()).map(|(at, _)| *at)
    }

    /// Whether the line above says that the head ends with a line of its own.
    fn is_enclosed(&self, open: &OpenHead) -> bool {
        open.lines[0].0.checked_sub(1).is_some_and(|above| form::is_heading(&self.lines[above].1))
    }

    /// Says which lines may be a part of a head, or may not show it as it was sent.
    fn mark(&self, head: &mut Head, open: &OpenHead, stray: Option<usize>, has_empty_line: bool) {
        let number = |at: usize| self.lines[at].0;
        let more = if has_empty_line { self.behind_end(open) } else { self.more(open) };
        head.unclear.extend(stray.into_iter().chain(open.between).map(|at| Unclear::Line(number(at))));
        // Those of line endings are left out before.
        let cr = open.lines.iter().find(|(_, line)| line.ends_with(b"\r")).map(|(at, _)| *at);
        // The rest of a value may stand on the line behind it.
        let wrapped =
            open.foreign.filter(|at| !has_empty_line && *at == open.last + 1 && head.fields.last().is_some_and(may_go_on));
        let inexact = open.inexact.into_iter().chain(more).chain(cr).chain(self.holds_label(open)).chain(wrapped);
        head.unclear.extend(inexact.map(|at| Unclear::Inexact(number(at))));
        let rest = &self.lines[open.last + 1..];
        let behind = || rest.iter().take(MOST_BEHIND).map(|(_, line)| line.as_ref());
        let next = behind().next().unwrap_or_default();
        // curl says there why it reads no further, perhaps behind its progress meter; all of what it shows has the empty lines of heads,
        // and so has what is enclosed.
        let remarks = open.prefix.of_remarks();
        let is_remark =
            |line: &[u8]| line.starts_with(b"curl: (") || remarks.as_ref().is_some_and(|prefix| prefix.strip(line).is_some());
        let is_end = rest.len() <= MOST_BEHIND && behind().all(<[u8]>::is_empty);
        let is_last = || is_end && self.lines.iter().any(|(_, line)| is_remark(line));
        // Firefox logs `http response [`, and `]` behind it.
        let above = open.lines[0].0.checked_sub(1).map(|above| self.lines[above].1.as_ref()).unwrap_or_default();
        let is_left_open = above.ends_with(b" [") && !next.ends_with(b"]");
        if !has_empty_line && (behind().any(is_remark) || is_last() || is_left_open || self.is_enclosed(open)) {
            head.unclear.push(Unclear::CutOff);
        }
        if !head.unclear.is_empty() {
            head.fidelity = Fidelity::Partial;
        }
    }

    /// Takes a head in. Without its empty line, what it has must stand side by side at least.
    fn finish(&mut self, open: &OpenHead, has_empty_line: bool) {
        // What begins as a request and has no Host may be a line of the response before it.
        let has_host = open.lines.iter().any(|(_, line)| line.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"Host:")));
        if let (Some(before), Kind::Request, false) = (open.follows, open.kind, has_host) {
            self.heads[before].head.unclear.push(Unclear::Line(self.lines[open.lines[0].0].0));
        }
        if open.lines.len() > LONGEST_LINES {
            self.is_cut = true;
            return;
        }
        let is_run = open.lines.windows(2).all(|pair| pair[1].0 <= pair[0].0 + 2);
        let has_websocket =
            open.lines.iter().any(|(_, line)| line.get(..14).is_some_and(|start| start.eq_ignore_ascii_case(b"Sec-WebSocket-")));
        if !has_empty_line && (!has_websocket || !is_run || open.form.is_some()) {
            return;
        }
        // Without its end it is not known whether a line behind it was meant as one of its own; behind its own prefix it was.
        let is_apart = |at: usize| open.prefix.is_blank() && is_boundary(&self.lines[at].1);
        let stray = open.stray.filter(|at| open.is_broken || !has_empty_line && !is_apart(*at));
        for at in open.lines.iter().map(|(at, _)| *at).chain(stray.filter(|_| open.is_broken)) {
            self.is_taken[at] = true;
        }
        let number = |at: usize| self.lines[at].0;
        let first = open.lines[0].0;
        // Without a field it is hardly a head: a log that shows the newest line first has the end of another one below its start line.
        let is_bare = open.lines.len() < 3;
        let is_whole = has_empty_line
            && !is_bare
            && !open.is_interleaved
            && (open.form.is_some() || !open.prefix.is_blank() || self.is_enclosed(open));
        let places: Vec<_> = open.lines.iter().map(|(at, _)| number(*at)).collect();
        let bytes = open.lines.iter().flat_map(|(_, line)| [line, b"\r\n".as_slice()]).collect::<Vec<_>>().concat();
        let mut head = textual(Head::parse(&bytes), &|line| places.get(line - 1).copied().unwrap_or(0), is_whole);
        self.mark(&mut head, open, stray, has_empty_line);
        // What tshark follows has the length of what was captured before it.
        let length = || str::from_utf8(self.lines[open.lines[0].0.checked_sub(1)?].1.trim_ascii()).ok()?.parse::<usize>().ok();
        if self.shows_dots && length().is_some_and(|length| length < bytes.len()) {
            head.unclear.push(Unclear::CutOff);
        }
        if open.form.is_some_and(form::is_spelt_out) {
            drop_escapes(&mut head, number(first));
        }
        if open.form.is_some_and(form::is_traced) || self.shows_dots {
            drop_hidden_bytes(&mut head);
        }
        if !has_empty_line && !self.is_last_ended {
            let last = self.lines.last().map(|(_, line)| line.as_ref()).unwrap_or_default();
            drop_cut_field(&mut head, last);
        }
        if !has_empty_line {
            drop_words_of_logs(&mut head);
        }
        drop_words_of_writers(&mut head, number(first));
        self.spans.push((open.prefix.uncounted(), open.last));
        let written = (open.prefix.shape(), open.kind);
        if has_empty_line {
            self.ended.insert(written);
        } else if !open.prefix.is_blank() {
            self.unended.push((self.heads.len(), written));
        }
        self.heads.push(SeenHead {
            label: open.begun.as_ref().unwrap_or(&open.prefix).label(),
            has_arrow: open.begun.as_ref().unwrap_or(&open.prefix).has_arrow(),
            ..SeenHead::new(open.kind, head, number(first))
        });
    }
}

/// Whether a line by itself can hardly be anything but a field of a head.
fn is_field_of_head(line: &[u8]) -> bool {
    let name = line.split(|&b| b == b':').next().unwrap_or_default();
    let is_compound = name.contains(&b'-') && name.iter().all(|b| b.is_ascii_alphabetic() || *b == b'-');
    is_field(line) && (is_compound || is_known_name(name))
}

impl OpenHead {
    /// Whether the start line of such a head, behind its own prefix, may be a line of this one: that of the other side is one where the
    /// prefix says which way it goes.
    fn may_go_on_with(&self, kind: Kind) -> bool {
        self.kind == kind || self.prefix.has_arrow()
    }

    /// What the start line of a head of this kind is to it, near its last line.
    fn interrupted(&self, kind: Kind, at: usize) -> Option<Interruption> {
        let Self { last, .. } = *self;
        let is_mixed = kind == self.kind && !self.has_gap(at) || self.is_begun();
        let prefix = self.prefix.uncounted();
        (at <= last + MOST_BEHIND).then_some(Interruption { prefix, kind: self.kind, is_mixed, last, at })
    }

    /// Whether it is of a handshake, and lacks a field that it must have.
    fn is_begun(&self) -> bool {
        let has = |name: &str| {
            self.lines
                .iter()
                .any(|(_, line)| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes())))
        };
        let (is_its, fields): (_, &[&str]) = match self.kind {
            Kind::Request => {
                (has("Sec-WebSocket-"), &["Host:", "Upgrade:", "Connection:", "Sec-WebSocket-Key:", "Sec-WebSocket-Version:"])
            }
            Kind::Response => (has("HTTP/1.1 101"), &["Upgrade:", "Connection:", "Sec-WebSocket-Accept:"]),
        };
        is_its && !fields.iter().all(|field| has(field))
    }

    fn has_gap(&self, at: usize) -> bool {
        at > self.last + 1
    }

    /// Whether it has no more than a start line behind a prefix, though others wrote lines behind that.
    fn is_bare(&self, at: usize) -> bool {
        self.lines.len() == 1 && !self.prefix.is_blank() && at <= self.last + MOST_BEHIND
    }

    fn take(&mut self, at: usize, text: &[u8]) {
        if self.lines.len() <= LONGEST_LINES {
            self.lines.push((at, text.to_vec()));
        }
        self.last = at;
        self.is_broken |= self.stray.is_some();
        self.between = self.between.or(self.foreign.take());
    }

    /// What a line is to this head; `has_own` tells that it has the very numbers of one that is open.
    fn next(&mut self, at: usize, line: &[u8], has_own: bool) -> Fit {
        let is_adjacent = !self.has_gap(at);
        let stripped = self.prefix.strip(line);
        // A message of several lines has its prefix before the first one.
        if self.lines.len() == 1 && is_adjacent && stripped.is_none() && is_field_of_head(line) {
            let begun = mem::replace(&mut self.prefix, Prefix::new(b""));
            self.inexact = begun.is_blank().then_some(self.last);
            self.begun = Some(begun).filter(|begun| !begun.is_blank());
            self.take(at, line);
            return Fit::Taken;
        }
        // The next message may go on with the head, where it came in pieces.
        if let Some((text, _)) = self.begun.as_ref().and_then(|begun| begun.strip(line)).filter(|_| is_adjacent) {
            self.between = self.between.or(kind_of(text).is_none().then_some(at));
            return Fit::Lost;
        }
        let Some((text, count)) = stripped else {
            // Without a prefix every line is its own, and the next one is not.
            return if self.prefix.is_blank() && self.has_gap(at) { Fit::Lost } else { Fit::Another };
        };
        if has_own && count.is_some() {
            return Fit::Another;
        }
        if self.prefix.is_blank() && !is_adjacent {
            return Fit::Lost;
        }
        if kind_of(text).is_some() {
            // Behind another number it may be another connection's.
            return if count.is_some() { Fit::Another } else { Fit::Lost };
        }
        if self.prefix.is_blank() && is_ruler(text) && !form::is_end(text) {
            // What stands before it was meant as a line of the head.
            self.is_broken |= self.stray.is_some();
            return Fit::Lost;
        }
        if text.trim_ascii().is_empty() || form::is_end(text) {
            // What is white space alone goes on with the field above it (RFC 9112, section 5.2), unless an editor left it there.
            self.inexact = self.inexact.or(is_white_space(text).then_some(at));
            self.prefix.advance(count);
            self.take(at, b"");
            return Fit::End;
        }
        let is_folded = text.starts_with(b" ") || text.starts_with(b"\t");
        if is_field(text) || is_folded && self.lines.len() > 1 {
            // What a tool says in between may look like a field.
            self.inexact = self.inexact.or(tells_of_loss(text).then_some(at));
            self.prefix.advance(count);
            self.take(at, text);
            return Fit::Taken;
        }
        if !is_adjacent || self.stray.is_some() {
            return Fit::Lost;
        }
        self.prefix.advance(count);
        self.stray = Some(at);
        self.last = at;
        Fit::Taken
    }
}

/// Whether more of a value is to come.
fn may_go_on(field: &Field) -> bool {
    field.value.last().is_none_or(|last| b",;".contains(last)) || is_short(field)
}

/// Whether a line shows a field of the handshake behind a prefix. Behind one that marks which way a head goes it is no word of a log,
/// whatever its value.
fn is_left_over(prefix: &Prefix, line: &[u8]) -> bool {
    let is_named = |text: &[u8]| prefix.has_arrow() && text.split(|&b| b == b':').next().is_some_and(is_own_name);
    !prefix.is_blank() && prefix.strip(line).is_some_and(|(text, _)| is_own_field(text) || is_named(text))
}

/// Whether it is one behind marks.
fn is_marked_field(line: &[u8]) -> bool {
    is_field_of_head(&line[line.iter().take_while(|b| !b.is_ascii_alphabetic()).count()..])
}

/// Whether a field of the handshake stands in it, wherever.
fn shows_field(line: &[u8]) -> bool {
    let line = line.get(..LONGEST_PREFIX).unwrap_or(line);
    let colons = line.iter().enumerate().filter(|(_, b)| **b == b':').map(|(at, _)| at);
    colons.into_iter().any(|colon| {
        let name = line[..colon].iter().rev().take_while(|b| b.is_ascii_alphabetic() || **b == b'-').count();
        let before = colon.checked_sub(name + 1).map(|at| line[at]);
        let is_alone = before.is_none_or(|b| b" \t<>\"'|:,;[({".contains(&b));
        // In a word of a log the value is another.
        is_alone && is_own_field(&line[colon - name..])
    })
}

/// Whether it is a field of the handshake; its value may be missing.
fn is_own_field(line: &[u8]) -> bool {
    let mut parts = line.splitn(2, |&b| b == b':');
    let name = parts.next().and_then(|name| str::from_utf8(name).ok()).unwrap_or_default();
    let value = parts.next().unwrap_or_default();
    is_own_name(name.as_bytes()) && (is_plausible(name, value) || value.trim_ascii().is_empty())
}

fn is_own_name(name: &[u8]) -> bool {
    let own = ["Upgrade", "Connection", KEY, VERSION, ACCEPT, PROTOCOL, EXTENSIONS];
    own.iter().any(|own| name.trim_ascii_end().eq_ignore_ascii_case(own.as_bytes()))
}

/// Whether it goes on with the line above in the log of a job at GitLab: behind the time stand a number, where it was written, and `+`.
fn goes_on(line: &[u8]) -> bool {
    let mut words = line.trim_ascii_start().split(|&b| b == b' ');
    let has_time = words.next().is_some_and(begins_with_time);
    has_time && matches!(words.next(), Some([_, _, b'O' | b'E', b'+', ..]))
}

fn is_white_space(text: &[u8]) -> bool {
    !text.is_empty() && text.trim_ascii().is_empty()
}

/// Whether a line can be one of a head: a name, and a colon that perhaps has a space before it.
pub(super) fn is_field(text: &[u8]) -> bool {
    text.iter().position(|&b| b == b':').is_some_and(|colon| is_token(text[..colon].trim_ascii_end()))
}

/// Takes out the fields that go on on another line amid a word: an editor may have wrapped them.
fn drop_wrapped_fields(head: &mut Head) {
    let is_folded = |(_, irregularity): &&(usize, Irregularity)| *irregularity == Irregularity::Folded;
    for (line, _) in head.irregularities.iter().filter(is_folded) {
        let is_apart = |member: &[u8]| member.trim_ascii().contains(&b' ');
        let wrapped = head.fields.iter().rposition(|field| field.line <= *line);
        let is_wrapped = |at: &usize| {
            let field = &head.fields[*at];
            is_own_name(&field.name) && field.value.split(|b| b",;".contains(b)).any(is_apart)
        };
        if let Some(at) = wrapped.filter(is_wrapped) {
            head.fields.remove(at);
            head.shows_websocket = true;
            head.unclear.push(Unclear::Inexact(*line));
        }
    }
}

/// A head of a text: its line endings are the editor's, and a line that is no field line may be the writer's. `line` gives the
/// line of the capture, and `is_whole` tells whether all of the head is known to be there.
pub(super) fn textual(mut head: Head, line: &dyn Fn(usize) -> usize, is_whole: bool) -> Head {
    head.fidelity = if is_whole && head.is_complete() { Fidelity::Complete } else { Fidelity::Partial };
    head.len = 0;
    // Editors, and those who paste, leave spaces at the ends of lines; but a server may refuse a request line that has one.
    if head.kind() == Kind::Request && head.start_line.ends_with(b" ") {
        head.unclear.push(Unclear::Inexact(line(1)));
    }
    head.start_line.truncate(head.start_line.trim_ascii_end().len());
    for field in &mut head.fields {
        field.line = line(field.line);
        field.has_tab_behind = false;
    }
    // A printer that writes all fields so wrote what was not sent.
    let spaces = head.irregularities.iter().filter(|(_, irregularity)| *irregularity == Irregularity::SpaceBeforeColon).count();
    if spaces > 1 && spaces == head.fields.len() {
        head.unclear.push(Unclear::Edited(line(head.line)));
        head.irregularities.retain(|(_, irregularity)| *irregularity != Irregularity::SpaceBeforeColon);
    }
    for (number, irregularity) in mem::take(&mut head.irregularities) {
        let is_coloured = |field: &Field| field.line == line(number) && has_colour(&field.value);
        let has_cr_within = |field: &Field| field.line == line(number) && field.value.trim_ascii_end().contains(&b'\r');
        let is_start = number == head.line;
        match irregularity {
            // At the end of a line it is the editor's.
            Irregularity::BareCr if is_start && head.start_line.contains(&b'\r') || head.fields.iter().any(has_cr_within) => {
                head.unclear.push(Unclear::Inexact(line(number)));
            }
            Irregularity::BareLf | Irregularity::BareCr | Irregularity::Unterminated => {}
            Irregularity::NoColon(_) | Irregularity::InvalidName(_) => head.unclear.push(Unclear::Line(line(number))),
            Irregularity::Control(0x1b) if head.fields.iter().any(is_coloured) => {
                head.unclear.push(Unclear::Inexact(line(number)));
            }
            other if head.fidelity == Fidelity::Complete => head.irregularities.push((line(number), other)),
            _ => head.unclear.push(Unclear::Inexact(line(number))),
        }
    }
    drop_wrapped_fields(&mut head);
    if head.unclear.is_empty() && head.fidelity == Fidelity::Complete {
        return head;
    }
    head.fidelity = Fidelity::Partial;
    head.irregularities.clear();
    head.unclear.extend(repeated(&head, head.kind()).map(Unclear::Repeated));
    head
}
