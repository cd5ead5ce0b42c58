//! What stands before each line of a head in a log: `> `, a logger's name, a time, a counter.

/// A prefix, as it must stand before the next line.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Prefix {
    tokens: Vec<Token>,
    /// Whether the lines are counted: then the number grows by one each time. The second line tells.
    is_counted: Option<bool>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Token {
    Byte(u8),
    /// The spaces before a number, which are fewer where that is longer: `cat -n` aligns it.
    Padding,
    /// A date, a clock, seconds since 1970: another on every line.
    Time,
    /// A process, a thread, a connection: the same on every line; or the line's number.
    Number(Vec<u8>),
}

/// Words that name no connection, but which way a head goes.
const DIRECTIONS: [&str; 16] = [
    "recv", "send", "received", "sent", "in", "out", "rx", "tx", "read", "write", "request", "response", "req", "resp", "client",
    "server",
];

/// Whether a text begins with a time.
pub(super) fn begins_with_time(text: &[u8]) -> bool {
    time(text).is_some()
}

/// What stands behind the time and a space that a text begins with, if it does.
pub(super) fn behind_time(text: &[u8]) -> &[u8] {
    time(text).and_then(|end| text[end..].strip_prefix(b" ")).unwrap_or(text)
}

/// How many bytes of a time these begin with.
fn time(text: &[u8]) -> Option<usize> {
    let digits = |from: usize, count: usize| {
        let run = text.get(from..from + count)?;
        run.iter().all(u8::is_ascii_digit).then_some(())
    };
    let number = |from: usize| text.get(from..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count();
    let mark = |at: usize, marks: &[u8]| text.get(at).is_some_and(|b| marks.contains(b)).then_some(());
    let date = || {
        digits(0, 4).and(mark(4, b"-/.")).and(digits(5, 2)).and(mark(7, b"-/.")).and(digits(8, 2))?;
        Some(10)
    };
    let clock = || {
        digits(0, 2).and(mark(2, b":")).and(digits(3, 2)).and(mark(5, b":")).and(digits(6, 2))?;
        // Some put a colon before the milliseconds too.
        let has_fraction = mark(8, b".,").is_some() || mark(8, b":").is_some() && (3..=4).contains(&number(9));
        Some(if has_fraction { 9 + number(9) } else { 8 })
    };
    let epoch = || match (number(0), text.first()) {
        (10, Some(b'1')) if mark(10, b".").is_some() && number(11) >= 3 => Some(11 + number(11)),
        (length @ (13 | 16 | 19), Some(b'1')) => Some(length),
        _ => None,
    };
    date().or_else(clock).or_else(epoch)
}

impl Prefix {
    pub(super) fn new(mut text: &[u8]) -> Self {
        let mut tokens = Vec::new();
        while let [byte, rest @ ..] = text {
            let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
            let spaces = text.iter().take_while(|b| **b == b' ').count();
            let is_padding = || text.get(spaces).is_some_and(u8::is_ascii_digit) && time(&text[spaces..]).is_none();
            text = if let Some(length) = time(text) {
                tokens.push(Token::Time);
                &text[length..]
            } else if digits > 0 {
                tokens.push(Token::Number(text[..digits].to_vec()));
                &text[digits..]
            } else if spaces > 0 {
                let run = if is_padding() { vec![Token::Padding] } else { vec![Token::Byte(b' '); spaces] };
                tokens.extend(run);
                &text[spaces..]
            } else {
                tokens.push(Token::Byte(*byte));
                rest
            };
        }
        Self { tokens, is_counted: None }
    }

    /// Whether there is none, or nothing but an indent.
    pub(super) fn is_blank(&self) -> bool {
        self.tokens.iter().all(|token| matches!(token, Token::Byte(b' ' | b'\t')))
    }

    /// The same without the number of a line.
    pub(super) fn uncounted(&self) -> Self {
        let mut tokens = self.tokens.clone();
        if self.is_counted == Some(true) {
            tokens.retain(|token| !matches!(token, Token::Number(_)));
        }
        Self { tokens, is_counted: None }
    }

    /// Whether a line that has another prefix has one of this sort, as those of other heads, of other processes and curl's remarks
    /// have.
    pub(super) fn is_like(&self, line: &[u8]) -> bool {
        let begin = &line[..line.len().min(self.tokens.len() + 32)];
        // A direction says little, and base64 has some of them too.
        let marks = |but: &[u8]| -> Vec<u8> {
            let is_mark = |byte: &u8| !byte.is_ascii_alphanumeric() && !but.contains(byte);
            self.tokens
                .iter()
                .filter_map(|token| if let Token::Byte(byte) = token { Some(*byte) } else { None })
                .filter(is_mark)
                .collect()
        };
        let marks = Some(marks(b" <>-+/=")).filter(|marks| !marks.is_empty()).unwrap_or_else(|| marks(b" "));
        line.trim_ascii().is_empty()
            || if self.tokens.contains(&Token::Time) {
                (0..begin.len()).any(|at| time(&begin[at..]).is_some())
            } else if self.label().is_empty() {
                line.first().is_some_and(|b| b"*<>{}|#".contains(b)) || line.starts_with(b"== ")
            } else {
                marks.is_empty() || begin.iter().any(|b| marks.contains(b))
            }
    }

    /// The words that it has beside times and what marks a direction, in the order of the alphabet: a process, a thread, perhaps a
    /// connection, by its ends, of which either may come first. The number of a line names nothing.
    pub(super) fn label(&self) -> Vec<u8> {
        let mut words = vec![Vec::new()];
        for token in &self.tokens {
            match token {
                Token::Number(digits) if self.is_counted != Some(true) => words.push(digits.clone()),
                Token::Byte(byte) if byte.is_ascii_alphabetic() => words.last_mut().expect("there is one").push(*byte),
                _ => words.push(Vec::new()),
            }
        }
        let is_direction = |word: &[u8]| DIRECTIONS.iter().any(|direction| word.eq_ignore_ascii_case(direction.as_bytes()));
        words.retain(|word| !word.is_empty() && !is_direction(word));
        words.sort_unstable();
        words.join(&b' ')
    }

    /// How it is written, whatever its times and numbers are.
    pub(super) fn shape(&self) -> Vec<u8> {
        let letter = |token: &Token| match token {
            Token::Byte(byte) => *byte,
            Token::Padding => b' ',
            Token::Time | Token::Number(_) => b'0',
        };
        self.tokens.iter().map(letter).collect()
    }

    /// What stands before curl's remarks, where this stands before the lines of a head: another mark in the same place.
    pub(super) fn of_remarks(&self) -> Option<Self> {
        let at = self.tokens.iter().position(|token| matches!(token, Token::Byte(b'<' | b'>')))?;
        let mut tokens = self.tokens.clone();
        tokens[at] = Token::Byte(b'*');
        Some(Self { tokens, is_counted: None })
    }

    /// Whether it has a mark that says which way a head goes.
    pub(super) fn has_arrow(&self) -> bool {
        self.tokens.iter().any(|token| matches!(token, Token::Byte(b'<' | b'>')))
    }

    /// Whether it has numbers other than times.
    pub(super) fn has_numbers(&self) -> bool {
        self.tokens.iter().any(|token| matches!(token, Token::Number(_)))
    }

    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// What stands behind this prefix in a line that belongs to the same head, and the number that its counter has there;
    /// nothing where another prefix stands there.
    pub(super) fn strip<'a>(&self, line: &'a [u8]) -> Option<(&'a [u8], Option<Count>)> {
        let mut count = None;
        let rest = self.behind(line, |at, before, number| {
            let value = |digits: &[u8]| str::from_utf8(digits).ok()?.parse::<u64>().ok();
            if number == before {
                return true;
            }
            let is_next = count.is_none() && value(before).and_then(|before| before.checked_add(1)) == value(number);
            count = Some(Count { at, number: number.to_vec() });
            is_next
        })?;
        self.is_counted.is_none_or(|is_counted| count.is_some() == is_counted).then_some((rest, count))
    }

    /// What stands behind a prefix that has other numbers, or the same.
    pub(super) fn strip_numbered<'a>(&self, line: &'a [u8]) -> Option<&'a [u8]> {
        self.behind(line, |_, _, number| !number.is_empty())
    }

    /// What stands behind this prefix, if all numbers are right that it has there: given which token it is, and both numbers.
    fn behind<'a>(&self, line: &'a [u8], mut is_right: impl FnMut(usize, &[u8], &[u8]) -> bool) -> Option<&'a [u8]> {
        let mut rest = line;
        for (at, token) in self.tokens.iter().enumerate() {
            rest = match token {
                // Editors trim the end of a line that has no more than its prefix.
                _ if rest.is_empty() && self.tokens[at..].iter().all(|token| *token == Token::Byte(b' ')) => rest,
                Token::Byte(byte) => rest.strip_prefix(&[*byte])?,
                Token::Padding => &rest[rest.iter().take_while(|b| **b == b' ').count()..],
                Token::Time => &rest[time(rest)?..],
                Token::Number(before) => {
                    let (number, more) = rest.split_at(rest.iter().take_while(|b| b.is_ascii_digit()).count());
                    is_right(at, before, number).then_some(more)?
                }
            };
        }
        Some(rest)
    }

    /// Expects the line after the one that has this number, or the same numbers again.
    pub(super) fn advance(&mut self, count: Option<Count>) {
        self.is_counted = Some(count.is_some());
        if let Some(Count { at, number }) = count {
            self.tokens[at] = Token::Number(number);
        }
    }
}

/// The number that a counter has in a line, and which of the tokens it is.
pub(super) struct Count {
    at: usize,
    number: Vec<u8>,
}
