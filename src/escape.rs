//! Bytes from outside, made visible: what reaches a terminal or a log moves no cursor and hides nothing.

use std::fmt::{self, Write as _};

/// Shows `bytes` as text with every control character escaped, in a form that can be turned back.
///
/// C0 controls, DEL and bytes that are not UTF-8 become `\r`, `\n`, `\t` or `\xNN`; C1 controls, line separators, bidirectional
/// controls and characters without width become `\u{NN}`; a backslash is doubled. Everything else stays as it is.
///
/// ```
/// assert_eq!(wskey::escape::visible(b"key\r\x1b[2J\xff\\").to_string(), r"key\r\x1b[2J\xff\\");
/// ```
#[must_use]
pub fn visible(bytes: &[u8]) -> Visible<'_> {
    Visible(bytes)
}

/// The visible form of the first `most` bytes; where there are more, followed by `...` and how many bytes there are in all.
///
/// ```
/// assert_eq!(wskey::escape::shortened(b"Sec-WebSocket-Key", 6), "Sec-We... (17 bytes)");
/// ```
#[must_use]
pub fn shortened(bytes: &[u8], most: usize) -> String {
    between("", bytes, most)
}

/// The visible form of at most 200 bytes between backticks, as findings quote evidence.
#[must_use]
pub fn quote(bytes: &[u8]) -> String {
    between("`", bytes, 200)
}

fn between(mark: &str, bytes: &[u8], most: usize) -> String {
    match bytes.split_at_checked(most) {
        Some((start, [_, ..])) => format!("{mark}{}{mark}... ({} bytes)", visible(start), bytes.len()),
        _ => format!("{mark}{}{mark}", visible(bytes)),
    }
}

/// Bytes as hexadecimal digits in lower case.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// The form that [`visible`] gives to bytes.
#[derive(Clone, Copy, Debug)]
pub struct Visible<'a>(&'a [u8]);

/// Whether a character above ASCII could change how the text around it is shown, or hide in it: C1 controls, line separators, the
/// bidirectional controls of UAX #9, the byte order mark, and what Unicode calls ignorable, which is not shown at all.
#[must_use]
pub fn is_unsafe(c: char) -> bool {
    let is_control = matches!(c, '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}');
    // Default_Ignorable_Code_Point (UAX #44), the bidirectional controls among them.
    let is_ignorable = matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}');
    is_control || is_ignorable
}

impl fmt::Display for Visible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                match c {
                    '\\' | '\r' | '\n' | '\t' => write!(f, "{}", c.escape_default())?,
                    c if c.is_ascii_control() => write!(f, "\\x{:02x}", u32::from(c))?,
                    c if is_unsafe(c) => write!(f, "{}", c.escape_unicode())?,
                    c => f.write_char(c)?,
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}
