//! Packets that tcpdump or tshark printed: the segments of each direction are joined by their sequence numbers, since a head
//! may come in several, and what stands in one of them is cut anywhere.

use super::altered::drop_hidden_bytes;
use super::decode::dumped;
use super::heads::{LONGEST_HEAD, SeenHead};
use super::names::is_websocket;
use super::raw::{self, Origin};
use super::start::kind_of;
use super::text::{find, line_feeds};
use super::transcript::{is_field, textual};
use crate::head::{Head, Unclear};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

type Lines<'a> = [(usize, Cow<'a, [u8]>)];

/// Sender and receiver.
type Ends = (Vec<u8>, Vec<u8>);

/// The longest packet, in bytes: what IP can carry, and a link's header.
const LONGEST_PACKET: usize = (1 << 16) + 64;

/// The most line endings of its own that tcpdump writes behind a packet, beyond the first.
const MOST_SPARE: usize = 2;

/// What one packet carries.
struct Segment {
    /// Sender and receiver.
    from: Vec<u8>,
    to: Vec<u8>,
    sequence: u32,
    payload: Vec<u8>,
    /// How many bytes it had, captured or not.
    length: usize,
    /// The line of the capture on which it begins.
    line: usize,
    /// Whether its bytes were printed as text: without the CR before each LF, and with dots for what cannot be shown.
    is_text: bool,
    /// How many line endings of tcpdump's own stand behind it, beyond the first.
    spare: usize,
    /// Whether it begins a connection.
    is_syn: bool,
}

/// The heads in packets, and the lines that the packets take; nothing where there are no packets.
pub(super) fn heads(lines: &Lines<'_>) -> Option<(Vec<SeenHead>, Vec<bool>)> {
    let mut is_taken = vec![false; lines.len()];
    let mut flows: HashMap<(Vec<u8>, Vec<u8>, usize), Vec<Segment>> = HashMap::new();
    // A port that is used again begins another connection, whose numbers may be the same.
    let mut generations: HashMap<Ends, (usize, Option<u32>)> = HashMap::new();
    // The number of the first byte of each direction.
    let mut begins: HashMap<(Ends, usize), u32> = HashMap::new();
    let (mut at, mut spares) = (0, Spares::default());
    while at < lines.len() {
        let Some((segment, taken)) = shown_by_tcpdump(&lines[at..]).or_else(|| shown_by_tshark(&lines[at..])) else {
            at += 1;
            continue;
        };
        is_taken[at..at + taken].fill(true);
        spares.add(segment.as_ref(), &lines[at].1);
        at += taken;
        let Some(segment) = segment else { continue };
        let ends = (segment.from.clone(), segment.to.clone());
        let (generation, begun) = generations.entry(ends.clone()).or_default();
        if segment.is_syn && *begun != Some(segment.sequence) {
            *generation += 1;
            begins.insert((ends.clone(), *generation), segment.sequence.wrapping_add(1));
        }
        // One that is sent again, before any data, begins nothing.
        *begun = if segment.is_syn { Some(segment.sequence) } else { begun.filter(|_| segment.length == 0) };
        if segment.length > 0 {
            flows.entry((ends.0, ends.1, *generation)).or_default().push(segment);
        }
    }
    if !is_taken.contains(&true) {
        return None;
    }
    let mut connections = HashMap::new();
    let (mut heads, mut gaps): (_, HashMap<_, BTreeSet<_>>) = (Vec::new(), HashMap::new());
    let spare = spares.most();
    for ((from, to, generation), mut segments) in flows {
        for segment in &mut segments {
            segment.drop_line_endings(spare);
        }
        // The first segment of a connection whose beginning was not seen has its number as it is, and the others are counted from it;
        // with `-S` all have theirs.
        let is_whole = |segment: &Segment| segment.sequence > 1 << 24;
        if !segments.iter().all(is_whole) {
            segments.iter_mut().filter(|segment| segment.is_text && is_whole(segment)).for_each(|segment| segment.sequence = 0);
        }
        let begin = begins.get(&((from.clone(), to.clone()), generation)).copied();
        let ends = if from < to { (from, to, generation) } else { (to, from, generation) };
        let count = connections.len();
        let connection = *connections.entry(ends).or_insert(count);
        // As text, tcpdump counts from the beginning, unless told otherwise.
        let is_begin = |sequence: u32| begin.is_none_or(|begin| sequence == begin || sequence == 1);
        let begins_whole = segments.iter().any(|segment| is_begin(segment.sequence));
        for (at, run) in runs(segments).into_iter().enumerate() {
            let is_behind_gap = run.is_behind_gap || at == 0 && !begins_whole;
            let gap = run.places.first().map(|(_, line)| *line).filter(|_| is_behind_gap);
            gaps.entry(connection).or_default().extend(gap);
            heads.extend(run.heads(connection));
        }
    }
    divide(&mut heads, &gaps);
    let relevant: HashSet<_> = heads.iter().filter(|seen| is_websocket(&seen.head)).map(|seen| seen.connection).collect();
    heads.retain(|seen| relevant.contains(&seen.connection));
    heads.sort_by_key(|seen: &SeenHead| seen.line);
    Some((heads, is_taken))
}

/// Divides connections at their gaps, which begin on these lines: behind one it is not known which request comes next, and which response.
fn divide(heads: &mut [SeenHead], gaps: &HashMap<usize, BTreeSet<usize>>) {
    let mut pieces = HashMap::new();
    for seen in heads {
        let passed = seen.connection.and_then(|id| gaps.get(&id)).and_then(|gaps| gaps.range(..=seen.line).next_back());
        let count = pieces.len();
        seen.connection = Some(*pieces.entry((seen.connection, passed)).or_insert(count));
    }
}

/// How many line endings of tcpdump's own stand behind each packet, beyond the first; of those that were printed as text.
#[derive(Default)]
struct Spares {
    /// How many packets have how many: those that have no line ending themselves.
    certain: [usize; 4],
    /// The others, in which one may be taken for the other: their length, and how many they have.
    others: Vec<(usize, usize)>,
    /// Whether one is shown with fewer bytes than it had.
    is_any_cut: bool,
}

impl Spares {
    /// Takes a packet, or what begins with this line and is none that can be read whole.
    fn add(&mut self, segment: Option<&Segment>, heading: &[u8]) {
        let Some(segment) = segment else {
            self.is_any_cut |= Printed::read(heading).is_some_and(|printed| printed.length > 0);
            return;
        };
        let spare = segment.spare.min(3);
        match segment.payload.contains(&b'\n') {
            _ if !segment.is_text => {}
            true => self.others.push((segment.length, spare)),
            false => self.certain[spare] += 1,
        }
    }

    fn most(&self) -> usize {
        let most = |count: &dyn Fn(usize) -> usize| (0..4).max_by_key(|&spare| count(spare)).unwrap_or_default();
        if self.certain != [0; 4] {
            return most(&|spare| self.certain[spare]);
        }
        // A limit cuts all packets at the same place, and those that are longer too.
        let greatest = self.others.iter().map(|(_, spare)| *spare).max().unwrap_or_default();
        if self.is_any_cut {
            return greatest.max(1);
        }
        let longest = self.others.iter().map(|(length, _)| *length).max().unwrap_or_default();
        let mut fewer = self.others.iter().filter(|(_, spare)| *spare < greatest);
        if fewer.all(|(length, _)| *length == longest) {
            return greatest;
        }
        most(&|spare| self.others.iter().filter(|(_, other)| *other == spare).count())
    }
}

impl Segment {
    /// Takes off what was taken for its last line endings and is tcpdump's own, since so many stand behind every packet: it was not
    /// captured whole.
    fn drop_line_endings(&mut self, spare: usize) {
        for _ in self.spare..spare {
            if let Some(rest) = self.payload.strip_suffix(b"\r\n").filter(|_| self.is_text) {
                self.payload.truncate(rest.len());
            }
        }
    }
}

/// Bytes of one direction without a gap.
#[derive(Default)]
struct Run {
    /// Where it begins in the direction.
    begin: usize,
    bytes: Vec<u8>,
    /// Where each segment begins, and on which line of the capture.
    places: Vec<(usize, usize)>,
    is_text: bool,
    /// Whether packets are missing before it.
    is_behind_gap: bool,
    /// Whether it ends where something was not captured.
    is_cut: bool,
    /// The line of a packet that was sent again with other bytes: which of the two arrived is not known.
    contradicted: Option<usize>,
}

/// The segments of one direction, joined by their numbers.
fn runs(mut segments: Vec<Segment>) -> Vec<Run> {
    let distance = |sequence: &u32| sequence.wrapping_sub(segments[0].sequence).cast_signed();
    let begin = segments.iter().map(|segment| segment.sequence).min_by_key(distance).unwrap_or_default();
    let offset = |segment: &Segment| segment.sequence.wrapping_sub(begin) as usize;
    segments.sort_by_key(offset);
    let is_text = segments.iter().any(|segment| segment.is_text);
    let (mut runs, mut next) = (vec![Run { is_text, ..Run::default() }], 0_usize);
    for segment in &segments {
        let from = offset(segment);
        let run = runs.last_mut().expect("there is one");
        let known = next.saturating_sub(from).min(segment.payload.len());
        // Where they overlap, the bytes are the same: it was sent again. Else it is not what it seems.
        let there = from.checked_sub(run.begin).and_then(|at| run.bytes.get(at..at + known));
        // A byte before the next one keeps a connection alive, whatever it is (RFC 1122, section 4.2.3.6).
        let is_kept_alive = segment.length == 1 && from + 1 == next;
        let is_again = known == 0 || is_kept_alive || there == Some(&segment.payload[..known]);
        if from > next || !is_again {
            run.is_cut = true;
            run.contradicted = run.contradicted.or((!is_again).then_some(segment.line));
            runs.push(Run { is_text, begin: from, is_behind_gap: true, ..Run::default() });
        } else if from + segment.length <= next {
            continue;
        }
        let run = runs.last_mut().expect("there is one");
        let known = if run.bytes.is_empty() { 0 } else { known };
        // A CR at the end of a segment is shown as a dot.
        if let (true, Some(b'\n'), Some(last @ b'.')) = (is_text, segment.payload.first(), run.bytes.last_mut()) {
            *last = b'\r';
        }
        run.places.push((run.bytes.len(), segment.line));
        run.bytes.extend_from_slice(&segment.payload[known..]);
        next = next.max(from + segment.length);
        if segment.payload.len() < segment.length {
            run.is_cut = true;
            runs.push(Run { is_text, begin: next, ..Run::default() });
        }
    }
    runs
}

impl Run {
    fn heads(self, connection: usize) -> Vec<SeenHead> {
        let Self { bytes, places, is_text, is_cut, contradicted, .. } = self;
        let ends = (0..).zip(&bytes).filter(|(_, b)| **b == b'\n').map(|(at, _)| at + 1);
        let begins: Vec<usize> = [0].into_iter().chain(ends).collect();
        let line = |number: usize| {
            let begin = number.checked_sub(1).and_then(|index| begins.get(index)).copied().unwrap_or_default();
            let behind = places.partition_point(|(from, _)| *from <= begin);
            behind.checked_sub(1).map_or(0, |at| places[at].1)
        };
        let stream = raw::read(&bytes, Origin::Direction);
        let heads = stream.heads.all.into_iter().map(|seen| placed(seen, &line, is_text, is_cut, connection));
        heads
            .map(|mut seen| {
                seen.head.unclear.extend(contradicted.map(Unclear::OtherValue));
                seen
            })
            .collect()
    }
}

/// A head of a stream, with the lines of the capture.
fn placed(mut seen: SeenHead, line: &dyn Fn(usize) -> usize, is_text: bool, is_cut: bool, connection: usize) -> SeenHead {
    let begin = line(seen.line);
    for unclear in &mut seen.head.unclear {
        if let Unclear::Before(number) = unclear {
            *number = line(*number);
        }
    }
    if seen.begins_amid_a_method() {
        seen.head.unclear.push(Unclear::CutOff);
    }
    let is_ended = seen.head.is_complete();
    if is_text {
        seen.head = textual(seen.head, line, true);
        drop_hidden_bytes(&mut seen.head);
        // A dot may stand for any byte. Every other is as it was sent, and begins no frame but the first fragment of a compressed message.
        seen.behind = seen.behind.filter(|behind| !matches!(behind.bytes.first(), None | Some(b'.' | b'A' | b'B')));
        if !is_ended {
            seen.head.unclear.push(Unclear::CutOff);
        }
    } else {
        let Head { fields, irregularities, .. } = &mut seen.head;
        for field in fields {
            field.line = line(field.line);
        }
        for (number, _) in irregularities {
            *number = line(*number);
        }
        if is_cut && seen.behind.as_ref().is_some_and(|behind| behind.bytes.is_empty()) {
            // What follows the head was not captured.
            seen.behind = None;
        }
    }
    SeenHead { connection: Some(connection), behind: seen.behind, ..SeenHead::new(seen.kind, seen.head, begin) }
}

/// A packet that tcpdump printed, and how many lines it takes. Of one that is no TCP segment, or cannot be read, the lines alone.
fn shown_by_tcpdump(lines: &Lines<'_>) -> Option<(Option<Segment>, usize)> {
    let (line, header) = &lines[0];
    if !is_heading(header) {
        return None;
    }
    let count = lines[1..].iter().take_while(|(_, text)| !is_heading(text)).count();
    // With `-v` it shows what it knows of HTTP before the bytes, each line behind a tab.
    let shown = lines[1..=count].iter().take_while(|(_, text)| text.starts_with(b"\t") && dumped(text, true).is_none()).count();
    let body = &lines[1 + shown..=count];
    let printed = Printed::read(header);
    if !body.first().is_some_and(|(_, text)| are_bytes(text)) {
        // Without `-A` or `-x` it prints no bytes: what stands behind is another program's.
        return Some((printed.and_then(|printed| printed.segment(Vec::new(), *line)), 1 + shown));
    }
    let (bytes, rows) = dumped_rows(body.iter());
    if rows > 0 {
        // Addresses may be names in the header; in the bytes they are numbers.
        return Some((behind_link(&bytes, *line), 1 + shown + rows));
    }
    // Of a packet that cannot be read, as with `-q`, it is not known where its bytes end.
    let Some(printed) = printed else { return Some((None, 1 + count)) };
    let Payload { bytes, spare, lines: taken } = Payload::printed(body, printed.header, printed.length);
    let segment = bytes.and_then(|payload| printed.segment(payload, *line));
    Some((segment.map(|segment| Segment { spare, ..segment }), 1 + shown + taken))
}

/// Whether the bytes of a packet begin with this line: a row of digits, or text that begins with a header of IP, which shows the
/// number of its protocol as a dot (and of a link before it most bytes).
fn are_bytes(line: &[u8]) -> bool {
    let is_dot = |at: usize| line.get(at).is_none_or(|b| *b == b'.');
    match line.first() {
        Some(b'E') if is_dot(9) => true,
        Some(b'`') if is_dot(6) => true,
        _ => dumped(line, true).is_some() || find(line.get(..20).unwrap_or(line), b"..").is_some_and(|at| at + 2 < line.len()),
    }
}

/// Whether a packet begins with this line, one that tcpdump or tshark printed.
pub(super) fn begins(line: &[u8]) -> bool {
    line.starts_with(PACKET_OF_TSHARK) || is_heading(line)
}

/// How the first line of a packet begins that `tshark -x` printed.
const PACKET_OF_TSHARK: &[u8] = b"0000  ";

/// Whether tcpdump begins a packet with this line.
fn is_heading(line: &[u8]) -> bool {
    Printed::read(line).is_some() || begins_other_packet(line)
}

/// Whether it begins a packet that cannot be read: `12:00:00.1 IP a.5123 > b.80: tcp 8`, as with `-q`, or with `-v` the first line
/// of two. A word of a log that looks like one would hide what stands behind it: nothing but a time may stand before.
fn begins_other_packet(line: &[u8]) -> bool {
    // Most lines have no such mark.
    let text = find(line, b"IP").and_then(|_| str::from_utf8(line).ok()).unwrap_or_default();
    if text.contains(", ethertype IP") && text.ends_with(')') {
        return true;
    }
    let Some((time, rest)) = text.split_once("IP ").or_else(|| text.split_once("IP6 ")) else { return false };
    // Of any interface, its name and the direction stand behind the time.
    let words: Vec<_> = time.split_whitespace().collect();
    let is_of_interface = words.last().is_some_and(|word| ["In", "Out", "B", "M", "P"].contains(word));
    let time = &words[..words.len().saturating_sub(if is_of_interface { 2 } else { 0 })];
    let is_time = time.iter().all(|word| word.bytes().all(|b| b.is_ascii_digit() || b":.-".contains(&b)));
    let is_verbose = rest.starts_with('(') && rest.contains("proto ") && rest.ends_with(')');
    let mut words = rest.split(' ');
    let names_both_ends = words.next().is_some() && words.next() == Some(">") && words.next().is_some_and(|to| to.ends_with(':'));
    is_time && (is_verbose || names_both_ends)
}

/// What tcpdump says of a TCP segment before its bytes.
struct Printed {
    from: Vec<u8>,
    to: Vec<u8>,
    sequence: u32,
    length: usize,
    is_syn: bool,
    /// How many bytes the header of TCP takes, if that can be told from its options.
    header: Option<usize>,
}

impl Printed {
    /// Reads `12:00:00.1 IP a.5123 > b.80: Flags [P.], seq 1:9, ack 1, win 64, length 8: HTTP: GET / HTTP/1.1`.
    fn read(line: &[u8]) -> Option<Self> {
        find(line, b": Flags [")?;
        let text = str::from_utf8(line).ok()?;
        let (before, rest) = text.split_once(": Flags [")?;
        let (before, to) = before.rsplit_once(" > ")?;
        let (before, from) = before.rsplit_once(' ').unwrap_or_default();
        // With `-v` it is the second of two lines, with `-e` the addresses of the link stand before.
        let is_its =
            before.ends_with("IP") || before.ends_with("IP6") || before.trim().is_empty() || before.contains("ethertype");
        if before.len() > 128 || !is_its || from.is_empty() {
            return None;
        }
        let length = rest.split_once(", length ")?.1;
        let digits = |text: &str| text.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default().parse::<u64>().ok();
        let length = usize::try_from(digits(length)?).ok()?;
        let begin = match rest.split_once(", seq ") {
            Some((_, sequence)) => digits(sequence)?,
            None => 0,
        };
        let is_syn = rest.split(']').next().is_some_and(|flags| flags.contains('S'));
        let header = rest.split_once(", options [").map_or(Some(20), |(_, options)| header_with(options.split(']').next()?));
        Some(Self { is_syn, header, from: from.into(), to: to.into(), sequence: u32::try_from(begin % (1 << 32)).ok()?, length })
    }

    /// The segment with its payload, if that was captured whole.
    fn segment(self, payload: Vec<u8>, line: usize) -> Option<Segment> {
        let Self { from, to, sequence, length, is_syn, .. } = self;
        (payload.len() == length).then_some(Segment {
            from,
            to,
            sequence,
            payload,
            length,
            line,
            is_text: true,
            spare: 0,
            is_syn,
        })
    }
}

/// The payload of a packet in `tcpdump -A`: what is printed behind the headers of IP and TCP.
struct Payload {
    /// Nothing where what is printed does not agree with the length: it was not captured whole, or its header is not known.
    bytes: Option<Vec<u8>>,
    /// tcpdump ends every packet with a line ending of its own, some versions with two: how many stand there beyond the first.
    spare: usize,
    /// How many lines it takes: where it is not known, all up to the next packet. What stands behind them is none of tcpdump's.
    lines: usize,
}

impl Payload {
    fn printed(body: &Lines<'_>, header: Option<usize>, length: usize) -> Self {
        // Without options IP takes 20 bytes, IPv6 40.
        let ip = match body.first().and_then(|(_, line)| line.first()) {
            Some(b'E') => Some(20),
            Some(b'`') => Some(40),
            _ => None,
        };
        let found = ip.zip(header).and_then(|(ip, header)| Self::behind_headers(body, ip + header, length));
        found.unwrap_or(Self { bytes: (length == 0).then(Vec::new), spare: 0, lines: body.len() })
    }

    /// The payload that begins at this place, if as many bytes can be found there as it has.
    fn behind_headers(body: &Lines<'_>, begin: usize, length: usize) -> Option<Self> {
        let (mut text, mut ends) = (Vec::new(), Vec::new());
        for (at, (_, line)) in body.iter().enumerate() {
            if text.len() + line.len() > begin + length + MOST_SPARE {
                break;
            }
            text.extend(Some(b'\n').filter(|_| at > 0));
            text.extend_from_slice(line);
            ends.push(text.len());
        }
        let spare = |at: usize| body[at + 1..].iter().take(MOST_SPARE).take_while(|(_, line)| line.is_empty()).count();
        let last = ends.len().checked_sub(1)?;
        let skipped = ends.partition_point(|end| *end < begin);
        let is_length = |at: &usize| *at >= skipped && ends[*at] + at - skipped == begin + length;
        // Up to the next packet, if so much can be its own; else it ends as soon as it can.
        let whole = || (last.saturating_sub(MOST_SPARE)..=last).rev().filter(|at| at + 1 + spare(*at) == body.len());
        let payload =
            |at: usize, endings: fn(&[u8], usize) -> Option<Vec<u8>>| Some((at, endings(text.get(begin..ends[at])?, length)?));
        let found = whole().find_map(|at| payload(at, with_line_endings));
        let found = found.or_else(|| whole().find_map(|at| payload(at, with_some_line_endings)));
        let found = found.or_else(|| (0..ends.len()).find(is_length).and_then(|at| payload(at, with_line_endings)));
        found.map(|(at, bytes)| Self { bytes: Some(bytes), spare: spare(at), lines: at + 1 + spare(at) })
    }
}

/// A payload of this length with the CRs that are not printed: before each LF, but for a first one whose CR is the last byte of the
/// segment before.
fn with_line_endings(payload: &[u8], length: usize) -> Option<Vec<u8>> {
    let bare = (payload.len() + line_feeds(payload)).checked_sub(length)?;
    let (first, rest) = payload.split_at_checked(bare).filter(|(first, _)| [b"".as_slice(), b"\n"].contains(first))?;
    Some([first, &rest.split(|&b| b == b'\n').collect::<Vec<_>>().join(b"\r\n".as_slice())].concat())
}

/// The same where the lines of a body end in LF alone: behind a head, or all of them.
fn with_some_line_endings(payload: &[u8], length: usize) -> Option<Vec<u8>> {
    let is_start = payload.split(|&b| b == b'\n').next().is_some_and(|line| kind_of(line).is_some());
    let has_field = payload.split(|&b| b == b'\n').any(is_field);
    let end = if is_start { find(payload, b"\n\n")? + 2 } else { 0 };
    let (head, body) = payload.split_at(end);
    let whole = with_line_endings(head, length.checked_sub(body.len())?).filter(|_| is_start || !has_field)?;
    Some([&whole, body].concat())
}

/// How long a header of TCP is with these options, as tcpdump names them (RFC 9293, section 3.2).
fn header_with(options: &str) -> Option<usize> {
    let length = |option: &str| {
        let mut words = option.split([' ', ':']);
        Some(match words.next()? {
            "nop" | "eol" => 1,
            "mss" => 4,
            "sackOK" => 2,
            "wscale" => 3,
            "TS" => 10,
            "sack" => 2 + 8 * words.next()?.parse::<usize>().ok()?,
            _ => return None,
        })
    };
    let all = options.split(',').map(length).sum::<Option<usize>>()?;
    Some(20 + all.next_multiple_of(4))
}

/// A packet that `tshark -x` printed: a dump from offset 0 on, up to the empty line.
fn shown_by_tshark(lines: &Lines<'_>) -> Option<(Option<Segment>, usize)> {
    if !lines[0].1.starts_with(PACKET_OF_TSHARK) {
        return None;
    }
    let is_next = |line: &[u8]| line.starts_with(PACKET_OF_TSHARK);
    let more = lines[1..].iter().take(LONGEST_PACKET / 16).take_while(|(_, line)| !is_next(line));
    let (bytes, rows) = dumped_rows([&lines[0]].into_iter().chain(more));
    Some((Some(behind_link(&bytes, lines[0].0)?), rows))
}

/// The bytes of one packet in hexadecimal, and how many lines they take. Behind a line that is missing they are another place's.
fn dumped_rows<'a>(lines: impl Iterator<Item = &'a (usize, Cow<'a, [u8]>)>) -> (Vec<u8>, usize) {
    let (mut bytes, mut rows, mut is_whole) = (Vec::new(), 0, true);
    for (row, (_, line)) in lines.map_while(|line| Some((dumped(&line.1, true)?, line))) {
        let offset = line.trim_ascii_start();
        let offset = offset.strip_prefix(b"0x").unwrap_or(offset);
        let digits = offset.iter().take_while(|b| b.is_ascii_hexdigit()).count();
        let offset = str::from_utf8(&offset[..digits]).ok().and_then(|digits| usize::from_str_radix(digits, 16).ok());
        is_whole &= offset == Some(bytes.len());
        bytes.extend(Some(row).filter(|_| is_whole).into_iter().flatten());
        rows += 1;
    }
    (bytes, rows)
}

/// The TCP segment behind a link's header: none, Ethernet, VLAN, Linux cooked (1, 2), the loopback of BSD.
fn behind_link(bytes: &[u8], line: usize) -> Option<Segment> {
    [0, 14, 18, 16, 20, 4].into_iter().find_map(|skip| ip(bytes.get(skip..)?, line))
}

/// The TCP segment of an IP packet (RFC 791, RFC 8200, RFC 9293), if it is one and all of its header is there.
fn ip(bytes: &[u8], line: usize) -> Option<Segment> {
    let number = |at: usize| Some(usize::from(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?)));
    let (header, total, addresses) = match bytes.first()? {
        first @ 0x45..=0x4f if bytes.get(9) == Some(&6) => (4 * usize::from(first & 15), number(2)?, [12..16, 16..20]),
        0x60..=0x6f if bytes.get(6) == Some(&6) => (40, 40 + number(4)?, [8..24, 24..40]),
        _ => return None,
    };
    let tcp = bytes.get(header..)?;
    let begin = header + 4 * usize::from(tcp.get(12)? >> 4);
    let length = total.checked_sub(begin).filter(|_| begin >= header + 20)?;
    let end = |address: &std::ops::Range<usize>, port: usize| {
        let port = tcp.get(port..port + 2)?;
        Some([bytes.get(address.clone())?, port].concat())
    };
    let [source, destination] = addresses;
    Some(Segment {
        from: end(&source, 0)?,
        to: end(&destination, 2)?,
        sequence: u32::from_be_bytes(*tcp.get(4..)?.first_chunk()?),
        payload: bytes.get(begin..bytes.len().min(total)).unwrap_or_default().to_vec(),
        length: length.min(LONGEST_HEAD),
        line,
        is_text: false,
        spare: 0,
        is_syn: tcp.get(13)? & 2 != 0,
    })
}
