//! A curl command as browsers copy one, for bash or for cmd: its URL and its fields. No word of it is ever run.

use crate::output::remark;
use anyhow::{Context as _, Error, Result, anyhow, bail, ensure};
use std::iter::{Copied, Peekable};
use std::slice;
use wskey::escape::visible;
use wskey::head::{Fidelity, Field, Head, trim_ows};

/// The longest command that is read, in bytes.
const MOST: usize = 64 << 10;

const OPEN: &str = "a quote that is not closed";

type Bytes<'a> = Peekable<Copied<slice::Iter<'a, u8>>>;

/// What the value of an option of curl means here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// A field line.
    Line,
    /// The value of this field.
    Value(&'static str),
    Url,
    /// It makes no field.
    Ignored,
}

/// Options, short and long, and what their values mean; those that have none say nothing of a field.
const OPTIONS: &[(&str, &str, Option<Meaning>)] = &[
    ("-H", "--header", Some(Meaning::Line)),
    ("-b", "--cookie", Some(Meaning::Value("Cookie"))),
    ("-A", "--user-agent", Some(Meaning::Value("User-Agent"))),
    ("-e", "--referer", Some(Meaning::Value("Referer"))),
    ("", "--url", Some(Meaning::Url)),
    ("-X", "--request", Some(Meaning::Ignored)),
    ("-d", "--data", Some(Meaning::Ignored)),
    ("", "--data-raw", Some(Meaning::Ignored)),
    ("", "--data-binary", Some(Meaning::Ignored)),
    ("", "--data-urlencode", Some(Meaning::Ignored)),
    ("-o", "--output", Some(Meaning::Ignored)),
    ("-m", "--max-time", Some(Meaning::Ignored)),
    ("", "--compressed", None),
    ("-k", "--insecure", None),
    ("-i", "--include", None),
    ("-s", "--silent", None),
    ("-S", "--show-error", None),
    ("-v", "--verbose", None),
    ("-N", "--no-buffer", None),
    ("-L", "--location", None),
    ("-g", "--globoff", None),
    ("", "--http1.1", None),
    ("", "--http2", None),
];

/// How commands for others than curl begin, and what they are.
const OTHERS: [(&[u8], &str); 3] =
    [(b"Invoke-WebRequest ", "a PowerShell command"), (b"fetch(", "a call of fetch"), (b"await fetch(", "a call of fetch")];

/// A text without what may stand before a curl command: a BOM, a prompt.
fn command(text: &[u8]) -> &[u8] {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii_start();
    text.strip_prefix(b"$ ").unwrap_or(text).trim_ascii()
}

/// Whether a text is a curl command.
pub(super) fn is_command(text: &[u8]) -> bool {
    let rest = command(text).strip_prefix(b"curl").map(|rest| rest.strip_prefix(b".exe").unwrap_or(rest));
    rest.is_some_and(|rest| rest.first().is_some_and(u8::is_ascii_whitespace))
}

/// What browsers copy for others than curl, if a text is that; lines before it may set variables of PowerShell.
pub(super) fn other_command(text: &[u8]) -> Option<&'static str> {
    let mut lines = command(text).split(|&b| b == b'\n').map(<[u8]>::trim_ascii);
    let line = lines.find(|line| !line.is_empty() && !line.starts_with(b"$"))?;
    OTHERS.iter().find(|(begin, _)| line.starts_with(begin)).map(|&(_, name)| name)
}

/// The request of a curl command: the target of its URL, and the fields that it names. `place` is where it stands.
///
/// # Errors
/// For one that is too long, that the shell would alter, with two URLs, or with an option that is not known.
pub(super) fn request(place: &str, text: &[u8]) -> Result<Head> {
    ensure!(text.len() <= MOST, "{place}: more than 64 KiB, the most that is read of a curl command");
    let (mut urls, mut fields) = (Vec::new(), Vec::new());
    let text = command(text);
    let text: Vec<u8> = (0..text.len()).filter(|&at| !text[at..].starts_with(b"\r\n")).map(|at| text[at]).collect();
    let mut words = words(&text).with_context(|| place.to_owned())?.into_iter().skip(1);
    while let Some(word) = words.next() {
        if word.len() < 2 || word[0] != b'-' {
            urls.push(word);
            continue;
        }
        let (name, Some(meaning), attached) = option(place, &word)? else { continue };
        let Some(value) = attached.or_else(|| words.next()) else { bail!("{place}: {name}: no value, expected one") };
        match meaning {
            Meaning::Line => fields.extend(field(place, &value)?),
            // Without a `=` it names a file.
            Meaning::Value("Cookie") if !value.contains(&b'=') => {
                remark(format_args!("{place}: {name} ignored: it names a file"));
            }
            Meaning::Value(name) => {
                let cookie = fields.iter_mut().find(|field: &&mut Field| name == "Cookie" && field.name == name.as_bytes());
                match cookie {
                    // Of several, curl makes one field.
                    Some(cookie) => cookie.value = [&cookie.value, b";".as_slice(), trim_ows(&value)].concat(),
                    None => fields.push(Field::new(name, trim_ows(&value), 0)),
                }
            }
            Meaning::Url => urls.push(value),
            Meaning::Ignored => remark(format_args!("{place}: {name} ignored: only fields are taken")),
        }
    }
    ensure!(urls.len() < 2, "{place}: {} URLs, expected one", urls.len());
    // curl makes an Authorization of it.
    let has_user = urls.iter().any(|url| authority_of(url).contains(&b'@'));
    ensure!(!has_user, "{place}: user or password before '@' in the URL, expected -H 'Authorization: ...'");
    Ok(Head::from_fields([b"GET ", urls.concat().as_slice(), b" HTTP/1.1"].concat(), fields, Fidelity::Partial))
}

/// What stands in a URL between the scheme and the path.
fn authority_of(url: &[u8]) -> &[u8] {
    let begin = url.windows(3).position(|window| window == b"://").map_or(0, |at| at + 3);
    url[begin..].split(|b| b"/?#".contains(b)).next().unwrap_or_default()
}

/// The option in a word: its name, what its value means if it has one, and the value where that is part of the word.
type Named = (&'static str, Option<Meaning>, Option<Vec<u8>>);

fn option(place: &str, word: &[u8]) -> Result<Named> {
    let is = |name: &str| name.as_bytes() == word;
    if let Some((_, name, meaning)) = OPTIONS.iter().find(|(_, long, _)| is(long)) {
        return Ok((name, *meaning, None));
    }
    // Several flags in one word: `-sv`, and at last perhaps an option with its value: `-HName: value`.
    for at in 1..word.len() {
        let letter = [b'-', word[at]];
        let Some((name, _, meaning)) = OPTIONS.iter().find(|(short, ..)| short.as_bytes() == letter) else { break };
        let rest = &word[at + 1..];
        if meaning.is_some() || rest.is_empty() {
            return Ok((name, *meaning, (!rest.is_empty()).then(|| rest.to_vec())));
        }
    }
    // It may have a value, and that a password: it is not repeated.
    let name = word.split(|b| b"=: ".contains(b)).next().unwrap_or_default();
    let name = if word.starts_with(b"--") { name } else { word.get(..2).unwrap_or(name) };
    bail!("{place}: unknown option '{}', expected those of a command that a browser copies", visible(name))
}

/// The field of a `-H`; none where it tells curl to leave one out.
fn field(place: &str, line: &[u8]) -> Result<Option<Field>> {
    if let Some(at) = line.iter().position(|&b| b == b':') {
        let value = trim_ows(&line[at + 1..]);
        return Ok((!value.is_empty()).then(|| Field::new(trim_ows(&line[..at]), value, 0)));
    }
    // So it is written where its value is empty.
    let Some(name) = line.strip_suffix(b";") else { bail!("{place}: -H: missing colon, expected `Name: value`") };
    Ok(Some(Field::new(trim_ows(name), [], 0)))
}

/// The words of a command as the shell hands them over. What the shell would insert or run is refused.
fn words(text: &[u8]) -> Result<Vec<Vec<u8>>> {
    let is_cmd = is_for_cmd(text);
    let text = if is_cmd { without_carets(text)? } else { text.to_vec() };
    let mut bytes = text.iter().copied().peekable();
    let (mut words, mut word) = (Vec::new(), None::<Vec<u8>>);
    while let Some(byte) = bytes.next() {
        match byte {
            b'\n' => break,
            b'#' if !is_cmd && word.is_none() => break,
            b' ' | b'\t' => {
                words.extend(word.take());
                continue;
            }
            b'\\' if bytes.next_if_eq(&b'\n').is_some() => continue,
            _ => {}
        }
        let word = word.get_or_insert_default();
        match byte {
            b'"' => double_quoted(&mut bytes, word, is_cmd)?,
            _ if is_cmd => word.push(byte),
            b'\\' => word.extend(bytes.next()),
            b'\'' => single_quoted(&mut bytes, word)?,
            b'$' if bytes.next_if_eq(&b'\'').is_some() => escaped(&mut bytes, word)?,
            b'$' | b'`' | b';' | b'|' | b'&' | b'<' | b'>' | b'(' | b')' => return Err(for_a_shell(byte)),
            _ => word.push(byte),
        }
    }
    words.extend(word);
    Ok(words)
}

/// Whether a command is for cmd: outside of what bash quotes, a caret stands before a quote or at the end of a line.
fn is_for_cmd(text: &[u8]) -> bool {
    let mut bytes = text.iter().copied().peekable();
    // What ends the quote, and whether a backslash has a meaning in it.
    let mut quote = None;
    while let Some(byte) = bytes.next() {
        match (quote, byte) {
            (None, b'^') if bytes.peek().is_some_and(|next| b"\"\n".contains(next)) => return true,
            (None, b'\n') => return false,
            (None, b'\'') => quote = Some((b'\'', false)),
            (None, b'"') => quote = Some((b'"', true)),
            (None, b'$') if bytes.next_if_eq(&b'\'').is_some() => quote = Some((b'\'', true)),
            (Some((end, _)), _) if byte == end => quote = None,
            (None | Some((_, true)), b'\\') => drop(bytes.next()),
            _ => {}
        }
    }
    false
}

/// A command of cmd without the carets that stand before other characters, and at the end of a line that goes on.
fn without_carets(text: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = text.iter().copied();
    let (mut plain, mut is_quoted) = (Vec::new(), false);
    while let Some(byte) = bytes.next() {
        match byte {
            b'\n' => break,
            b'^' if !is_quoted => plain.extend(bytes.next().filter(|&next| next != b'\n')),
            b'&' | b'|' | b'<' | b'>' if !is_quoted => return Err(for_a_shell(byte)),
            _ => {
                is_quoted ^= byte == b'"';
                plain.push(byte);
            }
        }
    }
    Ok(plain)
}

/// `'...'`
fn single_quoted(bytes: &mut Bytes<'_>, word: &mut Vec<u8>) -> Result<()> {
    loop {
        match bytes.next().context(OPEN)? {
            b'\'' => return Ok(()),
            byte => word.push(byte),
        }
    }
}

/// `"..."`
fn double_quoted(bytes: &mut Bytes<'_>, word: &mut Vec<u8>, is_cmd: bool) -> Result<()> {
    loop {
        match bytes.next().context(OPEN)? {
            b'"' => return Ok(()),
            b'\\' => match bytes.next().context(OPEN)? {
                b'\n' if !is_cmd => {}
                byte @ (b'"' | b'\\' | b'$' | b'`') => word.push(byte),
                byte => word.extend([b'\\', byte]),
            },
            byte @ (b'$' | b'`') if !is_cmd => return Err(for_a_shell(byte)),
            byte => word.push(byte),
        }
    }
}

/// `$'...'`
fn escaped(bytes: &mut Bytes<'_>, word: &mut Vec<u8>) -> Result<()> {
    loop {
        match bytes.next().context(OPEN)? {
            b'\'' => return Ok(()),
            b'\\' => match bytes.next().context(OPEN)? {
                b'n' => word.push(b'\n'),
                b'r' => word.push(b'\r'),
                b't' => word.push(b'\t'),
                b'x' => word.push(u8::try_from(number(bytes, 2)?)?),
                b'u' => {
                    let character = char::from_u32(number(bytes, 4)?).context("\\u of half a character")?;
                    word.extend(character.to_string().bytes());
                }
                byte @ (b'\\' | b'\'' | b'"' | b'?') => word.push(byte),
                byte => bail!("unknown escape '\\{}' in $'...'", visible(&[byte])),
            },
            byte => word.push(byte),
        }
    }
}

/// The number in the next digits, at most this many.
fn number(bytes: &mut Bytes<'_>, most: usize) -> Result<u32> {
    let digits: String = (0..most).map_while(|_| bytes.next_if(u8::is_ascii_hexdigit)).map(char::from).collect();
    u32::from_str_radix(&digits, 16).context("an escape without digits in $'...'")
}

fn for_a_shell(byte: u8) -> Error {
    anyhow!("'{}' is for the shell, expected one command, as a browser copies it", char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(command: &str, expected: &[&str]) {
        let words = words(command.as_bytes()).expect("words");
        let words: Vec<_> = words.iter().map(|word| String::from_utf8_lossy(word)).collect();
        assert_eq!(words, expected);
    }

    /// What bash hands to `printf '[%s]'` of the same words; of cmd, by its carets and the quotes of Microsoft's C runtime.
    #[test]
    fn words_are_those_of_the_shell() {
        check("a  'b c'\\''d'\t\"e 'f'\" ''", &["a", "b c'd", "e 'f'", ""]);
        check("a \\\n  b\\ c \"d\\\ne\" \"\\\"\\\\\\$\\x\"\nnext", &["a", "b c", "de", "\"\\$\\x"]);
        check(r"$'a\'b\\c\u0021\x41\u00e9\r\n'x", &["a'b\\c!A\u{e9}\r\nx"]);
        check("a b#c #d 'e", &["a", "b#c"]);
        check("a 'b ^\"c^\"' $'\\'^\"' \"^\\\"\" \\\n d\n^\"", &["a", "b ^\"c^\"", "'^\"", "^\"", "d"]);
        check("a \"b^&c\" ^\n #d", &["a", "b^&c", "#d"]);
        check("a ^\"b c^\" ^\n  ^\"d \\^\"e\\^\" ^%f ^& 'g'^\"", &["a", "b c", "d \"e\" %f & 'g'"]);
    }

    #[test]
    fn what_a_shell_would_run_is_refused() {
        for (command, byte) in [
            ("a $(b)", '$'),
            ("a `b`", '`'),
            ("a \"$B\"", '$'),
            ("a; b", ';'),
            ("a | b", '|'),
            ("a > b", '>'),
            ("a ^\"b^\" &\n\na ^\"c^\"", '&'),
            ("a ^\"b^\" | c", '|'),
        ] {
            let error = words(command.as_bytes()).expect_err(command).to_string();
            assert_eq!(error, format!("'{byte}' is for the shell, expected one command, as a browser copies it"));
        }
        for command in ["a 'b", "a \"b", "a $'b", "a \"b\\"] {
            assert_eq!(words(command.as_bytes()).expect_err(command).to_string(), "a quote that is not closed");
        }
    }
}
