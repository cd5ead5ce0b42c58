//! Heads as they were sent, one after the other.

use super::heads::{Heads, LONGEST_HEAD, LONGEST_LINES};
use crate::head::{Fidelity, Head, Irregularity, Kind};

/// The heads of a capture that begins with one and holds them as they were sent. Where every line ends in LF alone they may as
/// well have been copied by hand: they count as sent if nothing else about them is irregular and nothing stands between them.
pub(super) fn heads(bytes: &[u8]) -> Option<Heads> {
    let mut reader = Reader { heads: Heads::default(), line: 0, has_crlf: false, looks_copied: false, is_long: false };
    let mut rest = bytes;
    while !rest.is_empty() && !reader.heads.is_cut {
        let end = rest.iter().position(|&b| b == b'\n').map_or(rest.len(), |end| end + 1);
        let first = &rest[..end];
        rest = match kind_of(&first[..end.min(LONGEST_HEAD)]) {
            Some(kind) => reader.read_head(kind, rest, first.ends_with(b"\r\n")),
            None if reader.heads.all.is_empty() && !first.trim_ascii().is_empty() => return None,
            None => {
                reader.looks_copied |= !first.trim_ascii().is_empty();
                reader.line += 1;
                &rest[end..]
            }
        };
    }
    reader.heads.is_cut |= reader.is_long;
    let is_raw = reader.has_crlf || !reader.looks_copied;
    (is_raw && !reader.heads.all.is_empty()).then_some(reader.heads)
}

struct Reader {
    heads: Heads,
    /// How many lines have been read.
    line: usize,
    has_crlf: bool,
    /// Something is there that speaks of a copy made by hand, unless there are line endings that an editor does not write.
    looks_copied: bool,
    /// A head was too long to be read to its end.
    is_long: bool,
}

impl Reader {
    /// Reads the head at the beginning of `bytes`, and returns what stands after it.
    fn read_head<'a>(&mut self, kind: Kind, bytes: &'a [u8], has_crlf: bool) -> &'a [u8] {
        self.has_crlf |= has_crlf;
        let most = longest(bytes);
        let mut head = Head::parse(most);
        self.is_long |= most.len() < bytes.len() && !head.is_complete();
        self.looks_copied |= head.irregularities.iter().any(|(_, irregularity)| *irregularity != Irregularity::BareLf);
        let lines = head.fields.iter_mut().map(|field| &mut field.line);
        lines.chain(head.irregularities.iter_mut().map(|(line, _)| line)).for_each(|line| *line += self.line);
        let (taken, rest) = bytes.split_at(head.len);
        self.line += taken.split(|&b| b == b'\n').count() - 1;
        self.heads.push(kind, head);
        rest
    }
}

/// The bytes in which a head must end.
fn longest(bytes: &[u8]) -> &[u8] {
    let most = bytes.get(..LONGEST_HEAD).unwrap_or(bytes);
    let mut ends = most.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(end, _)| end + 1);
    ends.nth(LONGEST_LINES - 1).map_or(most, |end| &most[..end])
}

/// Whether a line begins a head, and which.
fn kind_of(line: &[u8]) -> Option<Kind> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let head = Head::from_fields(line, Vec::new(), Fidelity::Bytes);
    let is_start = match head.kind() {
        Kind::Response => head.status().is_some(),
        Kind::Request => {
            head.version().is_some() && head.method().is_some_and(|method| method.iter().all(u8::is_ascii_uppercase))
        }
    };
    is_start.then(|| head.kind())
}
