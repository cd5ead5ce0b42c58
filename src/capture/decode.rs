//! A capture without its dressing: colours, markup, escapes and hex dumps are decoded, so that what was sent can be read.

use memchr::memchr3_iter;

/// Stands in the decoded text where a line of the head ended, but not a line of the capture.
pub(super) const LINE_BREAK: u8 = 0x0b;

/// Decodes a capture line by line; its own line endings stay, as LF, so that lines can be counted.
pub(super) fn decode(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len() + 1);
    let mut dump = Dump::default();
    for line in bytes.split(|&b| b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some(bytes) = dumped(line, dump.lines > 0) {
            dump.bytes.extend(bytes);
            dump.lines += 1;
            continue;
        }
        dump.flush(&mut text);
        decode_line(line, &mut text);
        text.push(b'\n');
    }
    dump.flush(&mut text);
    text
}

/// What consecutive lines of a hex dump hold.
#[derive(Default)]
struct Dump {
    bytes: Vec<u8>,
    lines: usize,
}

impl Dump {
    /// Writes the bytes, and then the ends of the lines that they took.
    fn flush(&mut self, text: &mut Vec<u8>) {
        let mut rest = self.bytes.as_slice();
        while let [byte, more @ ..] = rest {
            rest = more;
            match byte {
                b'\r' if more.first() == Some(&b'\n') => {}
                b'\n' => text.push(LINE_BREAK),
                &LINE_BREAK => text.push(b' '),
                &byte => text.push(byte),
            }
        }
        text.extend(std::iter::repeat_n(b'\n', self.lines));
        self.bytes.clear();
        self.lines = 0;
    }
}

/// How many words may stand before the offset of a line.
const MOST_BEFORE: usize = 8;

/// The bytes of a line of a hex dump: an offset, then groups of two or four digits. A first line holds at least eight.
pub(super) fn dumped(line: &[u8], is_running: bool) -> Option<Vec<u8>> {
    let is_space = |b: &u8| b" \t|".contains(b);
    let is_hex = |word: &[u8]| word.iter().all(u8::is_ascii_hexdigit);
    let begin = line.get(..200).unwrap_or(line);
    // Most lines are none.
    if !is_running && !has_offset(begin) {
        return None;
    }
    let words = || begin.split(is_space).filter(|word| !word.is_empty());
    (0..MOST_BEFORE).find_map(|skip| {
        let offset = words().nth(skip)?;
        let digits = offset.strip_suffix(b":").unwrap_or(offset);
        let digits = digits.strip_prefix(b"0x").unwrap_or(digits);
        if !is_hex(digits) || !(4..=8).contains(&digits.len()) && (digits.is_empty() || digits.len() == offset.len()) {
            return None;
        }
        let begin = words().nth(skip + 1)?.as_ptr().addr() - line.as_ptr().addr();
        let groups = &line[begin..];
        // What stands far to the right is the same bytes again, as text.
        let end = groups.windows(4).position(|gap| gap.iter().all(|b| b" \t".contains(b)));
        let groups = groups[..end.unwrap_or(groups.len())].split(is_space).filter(|word| !word.is_empty());
        let mut bytes = Vec::new();
        for group in groups.take_while(|group| is_hex(group) && matches!(group.len(), 2 | 4)) {
            let pairs = group.chunks(2).filter_map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok());
            bytes.extend(pairs);
            if bytes.len() >= 16 {
                break;
            }
        }
        (bytes.len() >= if is_running { 1 } else { 8 }).then_some(bytes)
    })
}

/// Whether a group of two or four hexadecimal digits stands behind what may be an offset.
fn has_offset(line: &[u8]) -> bool {
    let (mut begin, mut count, mut is_behind_offset) = (0, 0, false);
    for end in memchr3_iter(b' ', b'\t', b'|', line).chain([line.len()]) {
        let word = &line[begin..end];
        begin = end + 1;
        if word.is_empty() {
            continue;
        }
        let is_hex = |word: &[u8]| word.iter().all(u8::is_ascii_hexdigit);
        if is_behind_offset && matches!(word.len(), 2 | 4) && is_hex(word) {
            return true;
        }
        count += 1;
        if count > MOST_BEFORE {
            return false;
        }
        let is_of_offset =
            |(at, b): (usize, &u8)| b.is_ascii_hexdigit() || at == 1 && *b == b'x' || at + 1 == word.len() && *b == b':';
        is_behind_offset = word.iter().enumerate().all(is_of_offset);
    }
    false
}

/// Decodes one line.
fn decode_line(mut rest: &[u8], text: &mut Vec<u8>) {
    while let [byte, more @ ..] = rest {
        rest = more;
        match byte {
            b'\x1b' => {
                let colour = more.iter().skip(1).take(32).position(|b| (0x40..=0x7e).contains(b));
                rest = more.strip_prefix(b"[").and(colour).and_then(|at| more.get(at + 2..)).unwrap_or(more);
            }
            // A colour whose escape was lost, or is spelt out.
            b'[' if let Some(behind) = colour(more) => rest = behind,
            b'^' if let Some(behind) = more.strip_prefix(b"[[").and_then(colour) => rest = behind,
            b'\r' | &LINE_BREAK => text.push(LINE_BREAK),
            b'\\' => rest = escape(more, text),
            // The escape of cmd.exe.
            b'^' if more.first() == Some(&b'"') => {}
            // The escape of PowerShell.
            b'`' if more.starts_with(b"r`n") => {
                text.push(LINE_BREAK);
                rest = &more[3..];
            }
            // A no-break space, in UTF-8.
            b'\xc2' if more.first() == Some(&0xa0) => {
                text.push(b' ');
                rest = &more[1..];
            }
            b'&' => rest = entity(more, text),
            b'<' => rest = tag(more, text),
            &byte => text.push(byte),
        }
    }
}

/// What stands behind the parameters of a colour.
fn colour(text: &[u8]) -> Option<&[u8]> {
    let parameters = text.iter().take(16).take_while(|b| b.is_ascii_digit() || **b == b';').count();
    text.get(parameters..)?.strip_prefix(b"m").filter(|_| parameters > 0)
}

/// Decodes what a backslash begins, however often it was doubled; gives what stands after it.
fn escape<'a>(rest: &'a [u8], text: &mut Vec<u8>) -> &'a [u8] {
    let rest = without_backslashes(rest);
    let code = |digits: usize| {
        let hex = str::from_utf8(rest.get(1..=digits)?).ok()?;
        u8::from_str_radix(hex, 16).ok().map(|byte| (byte, digits + 1))
    };
    let (byte, taken) = match rest {
        [b'r', ..] => (b'\r', 1),
        [b'n', ..] => (b'\n', 1),
        [b't', ..] => (b' ', 1),
        [quote @ (b'"' | b'\'' | b'/'), ..] => (*quote, 1),
        [b'u', ..] => code(4).unwrap_or((b'\\', 0)),
        [b'x', ..] => code(2).unwrap_or((b'\\', 0)),
        _ => (b'\\', 0),
    };
    let rest = &rest[taken..];
    match (byte, without_backslashes(rest)) {
        // A CR at the very end of a quoted value belongs to it: some clients send that.
        (b'\r', [b'"' | b'\'', ..]) => text.push(b'\r'),
        // With its LF a CR is one line ending.
        (b'\r', [b'n', ..] | [b'x' | b'u', b'0', ..]) => {}
        (b'\r' | b'\n' | LINE_BREAK, _) => text.push(LINE_BREAK),
        (byte, _) => text.push(byte),
    }
    rest
}

fn without_backslashes(text: &[u8]) -> &[u8] {
    &text[text.iter().take_while(|&&b| b == b'\\').count()..]
}

/// Decodes a character reference of HTML; gives what stands after it.
fn entity<'a>(rest: &'a [u8], text: &mut Vec<u8>) -> &'a [u8] {
    const NAMED: [(&str, u8); 9] = [
        ("quot", b'"'),
        ("apos", b'\''),
        ("lt", b'<'),
        ("gt", b'>'),
        ("amp", b'&'),
        ("equals", b'='),
        ("plus", b'+'),
        ("sol", b'/'),
        ("nbsp", b' '),
    ];
    let decoded = rest.iter().take(8).position(|&b| b == b';').and_then(|end| {
        let name = str::from_utf8(&rest[..end]).ok()?;
        let byte = match name.strip_prefix('#') {
            Some(code) => match code.strip_prefix(['x', 'X']) {
                Some(hex) => u8::from_str_radix(hex, 16).ok()?,
                None => code.parse().ok()?,
            },
            None => NAMED.iter().find(|named| named.0 == name)?.1,
        };
        Some((if byte.is_ascii_control() { LINE_BREAK } else { byte }, &rest[end + 1..]))
    });
    let (byte, rest) = decoded.unwrap_or((b'&', rest));
    text.push(byte);
    rest
}

/// Decodes a tag of HTML, and gives what stands after it: tags within a line leave nothing, the others end it.
fn tag<'a>(rest: &'a [u8], text: &mut Vec<u8>) -> &'a [u8] {
    // The first two are how some show a line ending.
    const INLINE: [&str; 14] = ["cr", "lf", "a", "b", "i", "u", "em", "tt", "font", "span", "code", "mark", "strong", "small"];
    const BLOCK: [&str; 14] = ["br", "td", "th", "tr", "li", "ul", "ol", "p", "div", "pre", "dt", "dd", "table", "tbody"];
    let found = rest.iter().take(256).position(|b| b"<>".contains(b)).and_then(|end| {
        let inside = rest[..end].strip_prefix(b"/").unwrap_or(&rest[..end]);
        let name = inside.split(|b| b" /".contains(b)).next().unwrap_or_default();
        let is_one_of = |names: &[&str]| names.iter().any(|tag| tag.as_bytes().eq_ignore_ascii_case(name));
        let is_block = is_one_of(&BLOCK);
        (rest[end] == b'>' && (is_block || is_one_of(&INLINE))).then(|| (is_block, &rest[end + 1..]))
    });
    let Some((is_block, rest)) = found else {
        text.push(b'<');
        return rest;
    };
    if is_block {
        text.push(LINE_BREAK);
    }
    rest
}
