//! Dumps of bytes in hexadecimal that are no packets: what a library wrote and read, what `curl --trace` sent and received.

use super::decode::dumped;
use super::heads::SeenHead;
use super::raw::{self, Origin};
use super::transcript::textual;
use crate::frame::{Compression, Frames};
use crate::head::{Behind, EXTENSIONS, Unclear};
use std::borrow::Cow;

/// The heads that dumps begin with; the lines of these are taken.
pub(super) fn heads(lines: &[(usize, Cow<'_, [u8]>)], is_taken: &mut [bool]) -> Vec<SeenHead> {
    let (mut heads, mut is_cut) = (Vec::new(), false);
    let mut at = 0;
    while at < lines.len() {
        let begin = at;
        let (mut bytes, mut places) = (Vec::new(), Vec::new());
        let label = begin.checked_sub(1).map(|before| direction(&lines[before].1));
        // What tshark follows has a tab before the lines of one side.
        let is_of_side = |line: &[u8]| line.starts_with(b"\t") == lines[begin].1.starts_with(b"\t");
        let next = |at: usize| lines.get(at).filter(|(_, line)| !is_taken[at] && is_of_side(line));
        while let Some(more) = next(at).and_then(|(_, line)| dumped(line, at > begin)) {
            places.push(at);
            bytes.extend(more);
            at += 1;
            // curl shows the lines of a response one by one, with its remarks between them.
            let is_same = |line| label.is_some_and(|label| !label.is_empty() && label == direction(line));
            let remarks = lines[at..].iter().take_while(|(_, line)| direction(line) == REMARK).count();
            if lines.get(at + remarks).is_some_and(|(_, line)| is_same(line) && dumped(line, true).is_none()) {
                places.extend(at..=at + remarks);
                at += remarks + 1;
            }
        }
        if places.is_empty() {
            at += 1;
            continue;
        }
        let stream = raw::read(&bytes, Origin::Dump);
        let line = lines[begin].0;
        let begins_head = !stream.has_other && stream.last_is_whole.is_some();
        // What goes on with a head that was cut is no head, and its values may be halves.
        if begins_head || is_cut {
            for at in places {
                is_taken[at] = true;
            }
        }
        if begins_head {
            is_cut = stream.last_is_whole == Some(false);
            heads.extend(stream.heads.all.into_iter().map(|seen| in_dump(seen, line)));
        }
    }
    heads
}

fn in_dump(seen: SeenHead, line: usize) -> SeenHead {
    let is_whole = seen.head.is_complete();
    let is_cut = !is_whole || seen.begins_amid_a_method();
    let mut head = textual(seen.head, &|_| line, is_whole);
    if is_cut {
        head.unclear.push(Unclear::CutOff);
    }
    // A whole buffer may be shown, with what stood in it before.
    let compression =
        if head.has(EXTENSIONS) { Compression::Deflate { is_taken_over: true, window_bits: 15 } } else { Compression::None };
    let is_frame = |behind: Behind| Frames::read(&behind.bytes, compression, false).fault.is_none();
    head.unclear.extend(seen.behind.is_some_and(|behind| !is_frame(behind)).then_some(Unclear::NoFrame(line)));
    SeenHead::new(seen.kind, head, line)
}

/// What curl says of itself.
const REMARK: &str = "== Info: ";

/// The direction that curl names above what it sent or received, and what stands before its remarks.
fn direction(line: &[u8]) -> &'static str {
    // With `--trace-time` the time stands before it.
    let time = line.iter().take_while(|b| b.is_ascii_digit() || b":. ".contains(b)).count();
    let label = &line[time..];
    ["=> Send header", "<= Recv header", REMARK].into_iter().find(|known| label.starts_with(known.as_bytes())).unwrap_or_default()
}
