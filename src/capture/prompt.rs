//! Where a shell's prompt stands, with a command behind it: another run of a client begins.

use super::form::sends_head;
use super::start::METHODS;
use super::text::{find, shown, websocket};
use memchr::{memchr_iter, memmem};
use std::borrow::Cow;

/// What a prompt ends in, and which of these may be all of it, whatever the command is.
const MARKS: [&str; 7] = ["$ ", "# ", "% ", "> ", "❯ ", "➜ ", "λ "];
const OF_PROMPTS_ALONE: [&str; 4] = ["$ ", "❯ ", "➜ ", "λ "];

/// How far into a line a prompt goes, and its most words.
const LONGEST_PROMPT: usize = 64;
const MOST_WORDS: usize = 3;

/// What is run behind a `#` or a `%` that stands alone: elsewhere it begins a heading or a comment.
const CLIENTS: &str = "bash cat curl head nc ncat node openssl php printf python python3 sh telnet websocat wget wscat wskey";

/// Whether a line is a prompt of a shell, and a command.
pub(super) fn is_command(line: &[u8]) -> bool {
    command(line).is_some()
}

/// The command behind the prompt of a shell; one that opens a WebSocket, whatever stands before it.
pub(super) fn command(line: &[u8]) -> Option<Cow<'_, [u8]>> {
    match shown(line) {
        Cow::Borrowed(text) => behind_prompt(text).or_else(|| opening(text)).map(Cow::Borrowed),
        Cow::Owned(text) => behind_prompt(&text).or_else(|| opening(&text)).map(|command| Cow::Owned(command.to_vec())),
    }
}

/// The command of a client that opens a WebSocket, or that goes on below, wherever it stands in a line: prompts are as many as people.
/// What a shell traces behind `+` it was told in another line.
fn opening(text: &[u8]) -> Option<&[u8]> {
    // Most lines are none.
    if text.starts_with(b"+") || !text.ends_with(b"\\") && websocket(text).is_none() {
        return None;
    }
    let is_begin =
        |at: &usize| at.checked_sub(1).is_none_or(|at| !text[at].is_ascii_alphanumeric() && !b"-_.\"'`".contains(&text[at]));
    let is_client = |command: &&[u8]| {
        let options = [b"curl".as_slice(), b"curl.exe", b"wget"]
            .iter()
            .find_map(|client| command.strip_prefix(*client)?.strip_prefix(b" "));
        options.is_some_and(|options| sends_head(options) && websocket(options).is_some() || options.ends_with(b"\\"))
    };
    let places = |word| memmem::find_iter(text, word).filter(is_begin);
    let mut commands = places(b"curl").chain(places(b"wget")).map(|at| &text[at..]);
    commands.find(is_client)
}

fn behind_prompt(text: &[u8]) -> Option<&[u8]> {
    let is_shell = |(prompt, mark, command): &(&[u8], &str, &[u8])| {
        if prompt.is_empty() {
            OF_PROMPTS_ALONE.contains(mark) || *mark != "> " && runs_client(command)
        } else {
            is_prompt(prompt, mark)
        }
    };
    let of_windows = || text.iter().take(LONGEST_PROMPT).position(|b| *b == b'>').map(|at| &text[at + 1..]);
    let of_shell = || split(text).filter(is_shell).map(|(.., command)| command);
    let command = if is_of_windows(text) { of_windows().or_else(of_shell) } else { of_shell() };
    command.filter(|command| begins_command(command))
}

/// Whether a command asks for a page and can send no handshake: curl with a URL, and with no option that takes a field or a file.
pub(super) fn is_plain(command: &[u8]) -> bool {
    let mut words = command.split(|b| *b == b' ').filter(|word| !word.is_empty());
    let is_of_curl = words.next() == Some(b"curl");
    let (options, others): (Vec<_>, Vec<_>) = words.partition(|word| word.starts_with(b"-"));
    let is_plain = |option: &&[u8]| option[1..].iter().all(|b| b"46ILSfgikps".contains(b));
    let is_address =
        |url: &&[u8]| find(url, b"ws://").or(find(url, b"wss://")).is_none() && !url.iter().any(|b| b"$`\\{@".contains(b));
    is_of_curl && options.iter().all(is_plain) && others.len() == 1 && others.iter().all(is_address)
}

/// Whether a command takes as its input the file that the one above it printed: `cat FILE`, then `nc HOST PORT < FILE`.
pub(super) fn sends_file(command: &[u8], above: &[u8]) -> bool {
    let Some(file) = above.strip_prefix(b"cat ").filter(|file| !file.iter().any(|b| b" |<>;&$*".contains(b))) else {
        return false;
    };
    let mut sides = command.splitn(2, |b| *b == b'<');
    let is_input = |input: &[u8]| input.trim_ascii_start().split(|b| b" |>".contains(b)).next() == Some(file);
    sides.next().is_some_and(|client| !client.contains(&b'|')) && sides.next().is_some_and(is_input)
}

/// Whether a line begins as a prompt does. Most lines do not.
pub(super) fn may_be_command(text: &[u8]) -> bool {
    is_of_windows(text) || split(text).is_some() || text.ends_with(b"\\") && opening(text).is_some()
}

/// What stands before the first mark, if that is near the beginning, the mark, and what stands behind it.
fn split(text: &[u8]) -> Option<(&[u8], &'static str, &[u8])> {
    let near = text.get(..LONGEST_PROMPT).unwrap_or(text);
    memchr_iter(b' ', near).find_map(|at| {
        let mark = MARKS.iter().find(|mark| near[..=at].ends_with(mark.as_bytes()))?;
        Some((&near[..at + 1 - mark.len()], *mark, &text[at + 1..]))
    })
}

/// Whether what stands before a mark is a prompt's: `user@host:~`, `host:~ user`, `(venv) ~/chat`, `bash-5.1`.
fn is_prompt(prompt: &[u8], mark: &str) -> bool {
    let is_glued = !prompt.ends_with(b" ");
    let mut words: Vec<_> = prompt.split(|b| *b == b' ').filter(|word| !word.is_empty()).collect();
    let is_in_brackets = |word: &[u8]| word.starts_with(b"(") && word.ends_with(b")");
    let has_environment = words.first().is_some_and(|word| is_in_brackets(word));
    words.drain(..usize::from(has_environment));
    let Some(first) = words.first() else { return has_environment && mark == "$ " };
    let is_path = |path: &[u8]| path.starts_with(b"~") || path.starts_with(b"/") && !path.starts_with(b"//");
    let is_at_path = |word: &[u8]| word.split(|b| *b == b':').next_back().is_some_and(is_path) && find(word, b"://").is_none();
    let has_user = words.iter().take(2).any(|word| word.contains(&b'@'));
    // A value is no name of a host, and neither is a number of percent.
    let is_of_name = |b: &u8| b.is_ascii_alphanumeric() || b"-._".contains(b) || !b.is_ascii();
    let is_name = || first.len() > 1 && first.iter().all(is_of_name) && !first.iter().all(|b| b.is_ascii_digit() || *b == b'.');
    words.len() <= MOST_WORDS
        && match mark {
            "> " => has_user && words.last().is_some_and(|word| is_in_brackets(word) || is_path(word)),
            _ => has_user || is_at_path(first) || words.len() == 1 && is_glued && is_name(),
        }
}

/// Whether a text may be a command: no number, no field, no beginning of a head.
fn begins_command(text: &[u8]) -> bool {
    let word = text.trim_ascii_start().split(|b| *b == b' ').next().unwrap_or_default();
    // In quotes too, a path is a command and a line of a head is none.
    let word = word.strip_prefix(b"\"").or(word.strip_prefix(b"'")).unwrap_or(word);
    let is_begun = word.first().is_some_and(|b| b.is_ascii_alphabetic() || b"./~".contains(b));
    is_begun && !word.ends_with(b":") && !word.starts_with(b"HTTP/") && !METHODS.contains(&word)
}

fn runs_client(command: &[u8]) -> bool {
    let word = command.trim_ascii_start().split(|b| *b == b' ').next().unwrap_or_default();
    word.starts_with(b"./") || word.starts_with(b"/") || CLIENTS.split(' ').any(|client| client.as_bytes() == word)
}

/// Whether PowerShell's prompt stands there, or that of cmd.exe.
fn is_of_windows(text: &[u8]) -> bool {
    let path = text.strip_prefix(b"PS ");
    text.starts_with(b"PS>")
        || path.is_some_and(|path| path.starts_with(b"/") || path.starts_with(b"~"))
        || matches!(path.unwrap_or(text), [drive, b':', b'\\', ..] if drive.is_ascii_alphabetic())
}
