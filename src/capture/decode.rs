//! A capture's text without its dressing: colours, markup, escapes and hex dumps are taken off, so that what was sent can be read.

/// Stands in the undressed text where a line of the head ended, but not a line of the capture.
pub(crate) const SOFT: u8 = 0x0b;

/// Undresses a capture line by line; its own line ends stay, as LF, so that lines can be counted.
pub(crate) fn undress(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len() + 1);
    let mut dumped = (Vec::new(), 0);
    for line in bytes.split(|&b| b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some(bytes) = dump(line, dumped.1 > 0) {
            dumped.0.extend(bytes);
            dumped.1 += 1;
            continue;
        }
        flush(&mut text, &mut dumped);
        one_line(line, &mut text);
        text.push(b'\n');
    }
    flush(&mut text, &mut dumped);
    text
}

/// Writes what a hex dump held, and then the ends of the lines that it took.
fn flush(text: &mut Vec<u8>, (bytes, lines): &mut (Vec<u8>, usize)) {
    let mut rest = bytes.as_slice();
    while let [byte, more @ ..] = rest {
        rest = more;
        match byte {
            b'\r' if more.first() == Some(&b'\n') => {}
            b'\n' => text.push(SOFT),
            &SOFT => text.push(b' '),
            &byte => text.push(byte),
        }
    }
    text.extend(std::iter::repeat_n(b'\n', *lines));
    bytes.clear();
    *lines = 0;
}

/// The bytes of a line of a hex dump: an offset, then groups of two or four digits. A first line holds at least eight.
fn dump(line: &[u8], running: bool) -> Option<Vec<u8>> {
    let is_blank = |b: &u8| b" \t|".contains(b);
    let is_hex = |word: &[u8]| word.iter().all(u8::is_ascii_hexdigit);
    let words = || line.get(..200).unwrap_or(line).split(is_blank).filter(|word| !word.is_empty());
    (0..8).find_map(|skip| {
        let offset = words().nth(skip)?;
        let digits = offset.strip_suffix(b":").unwrap_or(offset);
        let digits = digits.strip_prefix(b"0x").unwrap_or(digits);
        if !is_hex(digits) || !(4..=8).contains(&digits.len()) && (digits.is_empty() || digits.len() == offset.len()) {
            return None;
        }
        // What stands far to the right is the same bytes again, as text.
        let begin = words().nth(skip + 1)?.as_ptr().addr() - line.as_ptr().addr();
        let groups = line.get(begin..)?;
        let end = groups.windows(4).position(|gap| gap.iter().all(|b| b" \t".contains(b)));
        let groups = groups.get(..end.unwrap_or(groups.len()))?.split(is_blank).filter(|word| !word.is_empty());
        let mut bytes = Vec::new();
        for group in groups.take_while(|group| is_hex(group) && matches!(group.len(), 2 | 4)) {
            let pairs = group.chunks(2).filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
            bytes.extend(pairs);
            if bytes.len() >= 16 {
                break;
            }
        }
        (bytes.len() >= if running { 1 } else { 8 }).then_some(bytes)
    })
}

/// Undresses one line.
fn one_line(mut rest: &[u8], text: &mut Vec<u8>) {
    while let [byte, more @ ..] = rest {
        rest = more;
        match byte {
            b'\x1b' => {
                let colour = more.iter().skip(1).take(32).position(|b| (0x40..=0x7e).contains(b));
                rest = more.strip_prefix(b"[").and(colour).and_then(|at| more.get(at + 2..)).unwrap_or(more);
            }
            b'\r' | &SOFT => text.push(SOFT),
            b'\\' => rest = escape(more, text),
            b'^' if more.first() == Some(&b'"') => {}
            b'`' if more.starts_with(b"r`n") => {
                text.push(SOFT);
                rest = more.get(3..).unwrap_or_default();
            }
            b'\xc2' if more.first() == Some(&0xa0) => {
                text.push(b' ');
                rest = more.get(1..).unwrap_or_default();
            }
            b'&' => rest = entity(more, text),
            b'<' => rest = tag(more, text),
            &byte => text.push(byte),
        }
    }
}

/// What a backslash begins, however often it was doubled; gives what stands behind.
fn escape<'a>(rest: &'a [u8], text: &mut Vec<u8>) -> &'a [u8] {
    let rest = after_slashes(rest);
    let code = |digits: usize| {
        let hex = std::str::from_utf8(rest.get(1..=digits)?).ok()?;
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
    let rest = rest.get(taken..).unwrap_or_default();
    match (byte, after_slashes(rest)) {
        // A CR at the very end of a quoted value belongs to it: some clients really send that.
        (b'\r', [b'"' | b'\'', ..]) => text.push(b'\r'),
        // With its LF a CR is one line end.
        (b'\r', [b'n', ..] | [b'x' | b'u', b'0', ..]) => {}
        (b'\r' | b'\n' | SOFT, _) => text.push(SOFT),
        (byte, _) => text.push(byte),
    }
    rest
}

/// What stands behind any number of backslashes.
fn after_slashes(text: &[u8]) -> &[u8] {
    text.get(text.iter().take_while(|&&b| b == b'\\').count()..).unwrap_or_default()
}

/// A character reference of HTML.
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
        let name = std::str::from_utf8(rest.get(..end)?).ok()?;
        let byte = match name.strip_prefix('#') {
            Some(code) => match code.strip_prefix(['x', 'X']) {
                Some(hex) => u8::from_str_radix(hex, 16).ok()?,
                None => code.parse().ok()?,
            },
            None => NAMED.iter().find(|named| named.0 == name)?.1,
        };
        Some((if byte.is_ascii_control() { SOFT } else { byte }, rest.get(end + 1..)?))
    });
    let (byte, rest) = decoded.unwrap_or((b'&', rest));
    text.push(byte);
    rest
}

/// A tag of HTML: those within a line leave nothing, the others end it.
fn tag<'a>(rest: &'a [u8], text: &mut Vec<u8>) -> &'a [u8] {
    const INLINE: [&str; 12] = ["a", "b", "i", "u", "em", "tt", "font", "span", "code", "mark", "strong", "small"];
    const BLOCK: [&str; 14] = ["br", "td", "th", "tr", "li", "ul", "ol", "p", "div", "pre", "dt", "dd", "table", "tbody"];
    let found = rest.iter().take(256).position(|b| b"<>".contains(b)).and_then(|end| {
        let inside = rest.get(..end).filter(|_| rest.get(end) == Some(&b'>'))?;
        let name = inside.strip_prefix(b"/").unwrap_or(inside);
        let name = name.split(|b| b" /".contains(b)).next().unwrap_or_default();
        let is = |names: &[&str]| names.iter().any(|tag| tag.as_bytes().eq_ignore_ascii_case(name));
        let block = is(&BLOCK);
        (block || is(&INLINE)).then(|| (block, rest.get(end + 1..).unwrap_or_default()))
    });
    let Some((block, rest)) = found else {
        text.push(b'<');
        return rest;
    };
    if block {
        text.push(SOFT);
    }
    rest
}
