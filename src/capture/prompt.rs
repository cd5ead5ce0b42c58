//! Where a shell's prompt stands, with a command behind it: another run of a client begins.

use super::text::find;
use memchr::memchr;

/// The prompts that name nobody, and how far into a line the name of a user goes.
const PROMPTS: [&str; 3] = ["$ ", "❯ ", "➜ "];
const LONGEST_USER: usize = 32;

/// Whether a line is a prompt of a shell, and a command.
pub(super) fn is_command(line: &[u8]) -> bool {
    let text = line.trim_ascii();
    if !may_be_command(text) {
        return false;
    }
    let begins = PROMPTS.iter().find_map(|prompt| text.strip_prefix(prompt.as_bytes()));
    let ends = |marks: &[&str]| {
        let places = marks.iter().filter_map(|mark| find(text, mark.as_bytes()).map(|at| (at, at + mark.len())));
        places.min().map(|(at, end)| (&text[..at], &text[end..]))
    };
    // `user@host:~$ `, `[user@host folder]# `; and PowerShell's and cmd.exe's.
    let of_user = || {
        ends(&["$ ", "# ", "% "])
            .filter(|(name, _)| name.contains(&b'@') && name.split(|b| *b == b' ').count() < 3)
            .map(|(_, command)| command)
    };
    let of_windows = || ends(&[">"]).filter(|_| is_of_windows(text)).map(|(_, command)| command);
    let command = begins.or_else(|| if is_of_windows(text) { of_windows() } else { of_user() });
    command
        .and_then(|command| command.trim_ascii_start().first())
        .is_some_and(|b| b.is_ascii_alphanumeric() || b"./~\"'".contains(b))
}

/// Whether a line begins as a prompt does. Most lines do not.
pub(super) fn may_be_command(text: &[u8]) -> bool {
    PROMPTS.iter().any(|prompt| text.starts_with(prompt.as_bytes()))
        || is_of_windows(text)
        || memchr(b'@', text.get(..LONGEST_USER).unwrap_or(text)).is_some()
}

fn is_of_windows(text: &[u8]) -> bool {
    let path = text.strip_prefix(b"PS ").unwrap_or(text);
    matches!(path, [drive, b':', b'\\', ..] if drive.is_ascii_alphabetic())
}
