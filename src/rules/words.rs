//! What the body of a refusal says to who reads it: its text without markup, and the line that says most.

use crate::head::Head;

/// The most bytes of a line that are told.
const MOST_LINE: usize = 200;

/// How far the end of a character reference is looked for.
const LONGEST_REFERENCE: usize = 10;

/// Elements whose content is not shown.
const HIDDEN: [&str; 5] = ["script", "style", "svg", "template", "noscript"];

/// Elements inside a line.
const INLINE: [&str; 14] = ["a", "abbr", "b", "br", "code", "em", "font", "i", "small", "span", "strong", "tt", "u", "wbr"];

/// The members of JSON that speak to who reads it, the most telling first.
const MEMBERS: [&str; 9] = ["message", "error_description", "detail", "error", "reason", "info", "title", "msg", "description"];

/// The text of a body, with single spaces between words and a line feed between lines; none where it is no text.
pub(super) fn text(head: &Head, body: &[u8]) -> Option<String> {
    let is_text = !is_coded(head) && body.iter().all(|b| *b >= b' ' || b"\t\r\n\x0c\x1b".contains(b));
    // The last character may be cut.
    let valid = body.utf8_chunks().next().filter(|chunk| chunk.invalid().is_empty() || chunk.valid().len() + 4 > body.len());
    let text = valid.filter(|_| is_text)?.valid().trim_start_matches('\u{feff}').trim_start();
    let shown = if is_markup(text) { without_markup(text) } else { text.to_owned() };
    let lines = shown.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let text = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    (!text.is_empty()).then_some(text)
}

/// Whether the body has a content coding (RFC 9110, section 8.4).
pub(super) fn is_coded(head: &Head) -> bool {
    head.get_all("Content-Encoding").any(|coding| !coding.eq_ignore_ascii_case(b"identity"))
}

/// The line of a text that says most: what JSON has for a reader, or all of it; else the first line that says more than the status line
/// does; none where no line does.
pub(super) fn telling_line(head: &Head, text: &str) -> Option<String> {
    let status_line = String::from_utf8_lossy(&head.start_line).to_ascii_lowercase();
    let (_, status) = status_line.split_once(' ').unwrap_or_default();
    let says_more = |line: &&str| {
        let words = line.to_ascii_lowercase().replace(':', "").replace(" \u{2013} ", " ");
        let words = ["error ", "http status "].iter().find_map(|begin| words.strip_prefix(begin)).unwrap_or(&words);
        let is_status = words == status || status.split_once(' ').is_some_and(|(code, reason)| words == code || words == reason);
        let is_word =
            !words.bytes().all(|b| b"{}[], ".contains(&b)) && !matches!(words, "error" | "response" | "type status report");
        !is_status && is_word && !head.get_all("Server").any(|server| server == line.as_bytes())
    };
    let is_json = text.strip_prefix(['{', '[']).is_some_and(|rest| rest.trim_start().starts_with(['"', '{', '[', '}', ']']));
    let line = if is_json {
        let members = || MEMBERS.iter().filter_map(|name| member(text, name));
        let member = members().find(|member| says_more(&member.as_str())).or_else(|| members().next());
        member.or_else(|| Some(text.replace('\n', " ")).filter(|line| says_more(&line.as_str())))?
    } else {
        text.lines().find(says_more)?.to_owned()
    };
    let cut = line.floor_char_boundary(MOST_LINE);
    Some(if cut < line.len() { format!("{}...", line[..cut].trim_end()) } else { line })
}

fn is_markup(text: &str) -> bool {
    let rest = text.strip_prefix('<').unwrap_or_default();
    rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!' || c == '?')
}

/// The text of HTML: a line for each element that is none inside a line.
fn without_markup(html: &str) -> String {
    let html = html.replace(['\r', '\n'], " ");
    let (mut text, mut rest) = (String::new(), html.as_str());
    while let Some((before, tag)) = rest.split_once('<') {
        push_decoded(&mut text, before);
        if let Some(comment) = tag.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, behind)| behind);
            continue;
        }
        if !tag.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
            text.push('<');
            rest = tag;
            continue;
        }
        let (tag, behind) = tag_end(tag).map_or((tag, ""), |end| (&tag[..end], &tag[end + 1..]));
        let name = tag.trim_start_matches('/').split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "br" => text.push(' '),
            name if INLINE.contains(&name) => {}
            _ => text.push('\n'),
        }
        let is_hidden = !tag.starts_with('/') && HIDDEN.iter().any(|hidden| name.eq_ignore_ascii_case(hidden));
        rest = if is_hidden { end_tag(behind, name) } else { behind };
    }
    push_decoded(&mut text, rest);
    text
}

/// Where a tag ends: at the first `>` outside quotation marks, or, where they are not closed, at the first one.
fn tag_end(tag: &str) -> Option<usize> {
    let mut open = None;
    let is_end = |c: char| {
        match open {
            Some(mark) if c == mark => open = None,
            None if matches!(c, '"' | '\'') => open = Some(c),
            _ => return open.is_none() && c == '>',
        }
        false
    };
    tag.find(is_end).or_else(|| tag.find('>'))
}

/// What begins with the end tag of an element; nothing where it has none.
fn end_tag<'a>(html: &'a str, name: &str) -> &'a str {
    let is_end = |at: &usize| html.get(at + 2..at + 2 + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name));
    html.match_indices("</").map(|(at, _)| at).find(is_end).map_or("", |at| &html[at..])
}

/// Adds text of HTML, the commonest character references decoded.
fn push_decoded(text: &mut String, mut encoded: &str) {
    while let Some((before, reference)) = encoded.split_once('&') {
        text.push_str(before);
        let end = reference.bytes().take(LONGEST_REFERENCE).position(|b| b == b';');
        let (name, behind) = end.map_or(("", reference), |end| (&reference[..end], &reference[end + 1..]));
        let number = name.strip_prefix('#').and_then(|number| match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => number.parse().ok(),
        });
        let decoded = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some(' '),
            _ => number.and_then(char::from_u32),
        };
        text.push(decoded.unwrap_or('&'));
        encoded = if decoded.is_some() { behind } else { reference };
    }
    text.push_str(encoded);
}

/// The string that a member of this name has, or the first one of an array, anywhere in a text of JSON.
fn member(json: &str, name: &str) -> Option<String> {
    let quoted = format!("\"{name}\"");
    json.match_indices(&quoted).find_map(|(at, _)| {
        let value = json[at + quoted.len()..].trim_start().strip_prefix(':')?.trim_start();
        let value = value.strip_prefix('[').unwrap_or(value).trim_start().strip_prefix('"')?;
        Some(unescaped(value)).filter(|value| !value.is_empty())
    })
}

/// A string of JSON up to its closing quotation mark, what it escapes put back (RFC 8259, section 7).
fn unescaped(json: &str) -> String {
    let (mut text, mut characters) = (String::new(), json.chars());
    while let Some(character) = characters.next().filter(|character| *character != '"') {
        if character != '\\' {
            text.push(character);
            continue;
        }
        match characters.next() {
            Some('n' | 'r' | 't') => text.push(' '),
            Some('u') => {
                let first = code_unit(&mut characters);
                // What is outside the first plane is two of them.
                let is_pair = matches!(first, 0xd800..0xdc00) && characters.as_str().starts_with("\\u");
                let second = is_pair.then(|| code_unit(characters.by_ref().skip(2)));
                let units = [Some(first), second].into_iter().flatten();
                text.extend(char::decode_utf16(units).map(|decoded| decoded.unwrap_or(char::REPLACEMENT_CHARACTER)));
            }
            Some(escaped) => text.push(escaped),
            None => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The code unit of UTF-16 that four hexadecimal digits are.
fn code_unit(characters: impl Iterator<Item = char>) -> u16 {
    let digits: String = characters.take(4).collect();
    u16::from_str_radix(&digits, 16).unwrap_or(0xfffd)
}
