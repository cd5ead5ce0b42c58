//! Bodies in chunks (RFC 9112, section 7.1).

fn line_end(bytes: &[u8]) -> usize {
    bytes.iter().position(|&b| b == b'\n').map_or(bytes.len(), |end| end + 1)
}

/// Gives each chunk of a body to `take`, and tells how many bytes the body takes.
pub(super) fn chunked(bytes: &[u8], mut take: impl FnMut(&[u8])) -> usize {
    let mut at = 0;
    while at < bytes.len() {
        let end = line_end(&bytes[at..]);
        let size = bytes[at..at + end].split(|b| b";\r\n".contains(b)).next().unwrap_or_default().trim_ascii_end();
        let size = str::from_utf8(size).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        at += end;
        match size {
            // The trailer ends with an empty line.
            Some(0) => {
                while at < bytes.len() {
                    let end = line_end(&bytes[at..]);
                    let is_empty = bytes[at..at + end].trim_ascii().is_empty();
                    at += end;
                    if is_empty {
                        break;
                    }
                }
                return at;
            }
            Some(size) => {
                let end = at.saturating_add(size).min(bytes.len());
                take(&bytes[at..end]);
                at = end.saturating_add(2).min(bytes.len());
            }
            None => return at,
        }
    }
    at
}
