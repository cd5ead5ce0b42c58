//! `wskey verify`: does the accept value answer the key, and if not, why not.

use super::{ACCEPT, Input, KEY, Outcome, field_value, held, input, json, json_text, peel, print, remark, report, usage};
use crate::cli::Verify as Args;
use crate::lines::{self, Block, Line, Reply};
use anyhow::{Context as _, Result, bail};
use memchr::memchr2;
use serde::Serialize;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::{io, mem, process};
use wskey::{Accept, Cause, Key, Suspects, causes, describe, diagnose, trim, visible};

/// The most searches for a cause, of some milliseconds each, so that a stream of wrong pairs takes no longer than that.
const SEARCHES: u32 = 100;

#[derive(Default, Serialize)]
struct Record<'a> {
    schema: u8,
    input: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accept: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ok: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hashed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

impl Record<'_> {
    fn verdict(input: u64, key: &[u8], accept: &[u8], ok: bool, expected: Accept) -> Self {
        let (key, accept, expected) = (Some(json_text(key)), Some(json_text(accept)), Some(expected.to_string()));
        Self { schema: 1, input, key, accept, ok: Some(ok), expected, ..Self::default() }
    }
}

/// A key and an accept value, as they were given.
struct Pair<'a> {
    input: u64,
    key: &'a [u8],
    accept: &'a [u8],
    /// A CR stood behind either.
    had_cr: bool,
}

/// A pair that does not belong together, or whose key is none.
struct Wrong {
    input: u64,
    key: Vec<u8>,
    accept: Vec<u8>,
    expected: Accept,
}

/// What the workers leave to the one that delivers.
enum Note {
    /// Well-formed keys, and how many pairs were right, since the last such note.
    Seen {
        keys: Vec<Key>,
        right: u64,
    },
    Wrong(Wrong),
    Remark {
        input: u64,
        text: String,
    },
    Trouble {
        input: u64,
        error: String,
    },
}

#[derive(Serialize)]
struct Listed {
    schema: u8,
    cause: &'static str,
    says: &'static str,
}

pub(super) fn run(args: &Args) -> Result<Outcome> {
    if args.list_causes {
        return list_causes(args.json);
    }
    let operands = match input("verify", &args.pair)? {
        Input::Operands([key, accept]) => Some([key, accept]),
        Input::Operands(_) => return Err(usage("verify", "KEY needs an ACCEPT beside it, if only an empty one")),
        Input::Stdin => None,
    };
    let mut verdicts = Verdicts {
        args,
        is_stream: operands.is_none(),
        outcome: Outcome::Yes,
        right: 0,
        wrong: 0,
        recent: VecDeque::new(),
        searches: 0,
        is_read: true,
    };
    if let Some([key, accept]) = operands {
        let (key, accept) = (peel(key.as_encoded_bytes()), peel(accept.as_encoded_bytes()));
        let had_cr = key.had_cr || accept.had_cr;
        let key = field_value(key.text, KEY);
        let accept = field_value(accept.text, ACCEPT);
        let mut reply = Reply::new();
        judge(args, &mut vec![Pair { input: 1, key, accept, had_cr }], &mut reply);
        verdicts.deliver(&reply);
        return Ok(verdicts.outcome);
    }
    let answer = |block: &Block, reply: &mut Reply<Note>| {
        let mut pairs = Vec::new();
        for line in block.lines() {
            if let Err(error) = read(&line, &mut pairs) {
                judge(args, &mut pairs, reply);
                reply.note(Note::Trouble { input: line.number, error });
            }
        }
        judge(args, &mut pairs, reply);
    };
    lines::run(io::stdin(), answer, |reply| verdicts.deliver(reply)).context("stdin")?;
    verdicts.sum_up()
}

/// Prints every cause that can be named.
fn list_causes(as_json: bool) -> Result<Outcome> {
    let width = causes().map(|(id, _)| id.len()).max().unwrap_or(0);
    let lines =
        causes().map(
            |(cause, says)| {
                if as_json { json(&Listed { schema: 1, cause, says }) } else { format!("{cause:width$}  {says}\n") }
            },
        );
    print(lines.collect::<String>().as_bytes())?;
    Ok(Outcome::Yes)
}

/// Reads the pair of a line; there is none on an empty line or a comment.
fn read<'a>(line: &Line<'a>, pairs: &mut Vec<Pair<'a>>) -> Result<(), String> {
    let whole = peel(held(line)?);
    if matches!(whole.text, [] | [b'#', ..]) {
        return Ok(());
    }
    let (key, rest) = whole.text.split_at(memchr2(b' ', b'\t', whole.text).unwrap_or(whole.text.len()));
    // Scripts that leave a CR on the accept value leave one on the key too.
    let (key, accept) = (peel(key), trim(rest));
    let found = if memchr2(b' ', b'\t', accept).is_some() {
        "more than two fields"
    } else if key.text.ends_with(b":") || field_value(key.text, KEY) != key.text {
        "a header line"
    } else {
        pairs.push(Pair { input: line.number, key: key.text, accept, had_cr: key.had_cr || whole.had_cr });
        return Ok(());
    };
    Err(format!("{found}, expected a key and an accept value (wskey inspect reads whole handshakes)"))
}

/// Answers pairs in their order, and leaves none.
fn judge(args: &Args, pairs: &mut Vec<Pair>, reply: &mut Reply<Note>) {
    let mut keys = Vec::with_capacity(pairs.len());
    let are_keys: Vec<bool> = pairs.iter().map(|pair| Key::parse(pair.key).map(|key| keys.push(key)).is_ok()).collect();
    let accepts = Key::accept_all(&keys);
    let mut answered = keys.iter().zip(&accepts);
    let (mut told, mut right) = (0, 0);
    for (Pair { input, key, accept, had_cr }, is_key) in pairs.drain(..).zip(are_keys) {
        let before = keys.len() - answered.len();
        let answer = if is_key { answered.next() } else { None };
        if had_cr {
            reply.note(Note::Remark { input, text: "a CR behind a value is not part of it".to_owned() });
        }
        if answer.is_some_and(|(key, _)| key.has_trailing_bits())
            && let Err(error) = Key::parse_strict(key)
        {
            reply.note(Note::Remark { input, text: error.to_string() });
        }
        let Some((_, expected)) = answer.filter(|(_, expected)| accept == expected.as_ref()) else {
            let expected = answer.map_or_else(|| Accept::of(key), |(_, expected)| *expected);
            reply.note(Note::Seen { keys: keys[told..before].to_vec(), right: mem::take(&mut right) });
            reply.note(Note::Wrong(Wrong { input, key: key.to_vec(), accept: accept.to_vec(), expected }));
            told = before;
            continue;
        };
        right += 1;
        if args.quiet || args.status {
        } else if args.json {
            reply.out.extend(json(&Record::verdict(input, key, accept, true, *expected)).into_bytes());
        } else {
            reply.out.extend_from_slice(key);
            reply.out.extend_from_slice(b": OK\n");
        }
    }
    keys.drain(..told);
    reply.note(Note::Seen { keys, right });
}

/// The verdicts so far, and where they go.
struct Verdicts<'a> {
    args: &'a Args,
    /// Whether pairs come from stdin, so that their lines are worth naming.
    is_stream: bool,
    outcome: Outcome,
    right: u64,
    wrong: u64,
    /// The last keys, for an accept value may answer one of them.
    recent: VecDeque<Key>,
    searches: u32,
    /// Once nobody reads stdout, the verdict is all that is left to find out.
    is_read: bool,
}

impl Verdicts<'_> {
    fn deliver(&mut self, reply: &Reply<Note>) {
        let mut written = 0;
        for (place, note) in &reply.notes {
            self.print(&reply.out[written..*place]);
            written = *place;
            match note {
                Note::Seen { keys, right } => {
                    self.right += right;
                    self.recent.extend(keys);
                    let surplus = self.recent.len().saturating_sub(Suspects::OTHERS);
                    self.recent.drain(..surplus);
                }
                Note::Wrong(wrong) => self.fail(wrong),
                Note::Remark { input, text } => self.remark(*input, text),
                Note::Trouble { input, error } => {
                    self.outcome = Outcome::Trouble;
                    if self.args.json && !self.args.status {
                        let trouble = Record { schema: 1, input: *input, error: Some(error), ..Record::default() };
                        self.print(json(&trouble).as_bytes());
                    }
                    remark(format_args!("line {input}: {error}"));
                }
            }
        }
        self.print(&reply.out[written..]);
    }

    fn fail(&mut self, wrong: &Wrong) {
        let Wrong { input, key, accept, expected } = wrong;
        self.wrong += 1;
        self.outcome = self.outcome.max(Outcome::No);
        if self.args.status {
            return;
        }
        let cause = self.search(key, accept);
        let line = if self.args.json {
            let (cause, hashed, fix) = match &cause {
                Some(cause) => (Some(&*cause.id), cause.hashed.as_deref().map(json_text), Some(&*cause.fix)),
                None => (None, None, None),
            };
            json(&Record { cause, hashed, fix, ..Record::verdict(*input, key, accept, false, *expected) })
        } else {
            format!("{}: FAILED\n", visible(key))
        };
        self.print(line.as_bytes());

        let is_right = *accept == expected.encode();
        let key = Key::parse(key).err().map(|error| error.to_string());
        let accept_is = match describe(accept) {
            Some(description) => format!("accept value {description}"),
            None if is_right => "the accept value is right for this text".to_owned(),
            None if self.searches <= SEARCHES && cause.is_none() => {
                "accept value does not answer the key, and no mistake that is known makes it (wskey accept --any --explain KEY shows \
                 each step, to compare with)"
                    .to_owned()
            }
            None => "accept value does not answer the key".to_owned(),
        };
        let mut text = key.into_iter().chain([accept_is]).collect::<Vec<_>>().join("; ");
        if !is_right {
            let got = if accept.is_empty() { "(empty)".to_owned() } else { visible(accept).to_string() };
            let _ = write!(text, "\n  got       {got}\n  expected  {expected}");
        }
        if let Some(Cause { id, says, hashed, fix }) = cause {
            let _ = write!(text, "\n  cause     {id}: {says}");
            if let Some(hashed) = hashed {
                let _ = write!(text, "\n  hashed    {}", visible(&hashed));
            }
            let _ = write!(text, "\n  fix       {fix}");
        }
        self.remark(*input, &text);
        if self.searches == SEARCHES {
            self.searches += 1;
            self.remark(*input, &format!("that was the last of {SEARCHES} searches for a cause"));
        }
    }

    /// Looks for the cause of a mismatch, unless that was done often enough.
    fn search(&mut self, key: &[u8], accept: &[u8]) -> Option<Cause> {
        if self.searches >= SEARCHES {
            return None;
        }
        self.searches += 1;
        let recent: Vec<&[u8]> = self.recent.iter().rev().map(|key| key.as_str().as_bytes()).collect();
        diagnose(key, accept, &recent)
    }

    fn remark(&self, input: u64, text: &str) {
        if self.args.status {
        } else if self.is_stream {
            remark(format_args!("line {input}: {text}"));
        } else {
            remark(format_args!("{text}"));
        }
    }

    fn print(&mut self, text: &[u8]) {
        if self.is_read && !text.is_empty() {
            match print(text) {
                Ok(is_read) => self.is_read = is_read,
                // Not a return: another worker may be waiting for a line that never comes.
                Err(error) => process::exit(report(&error) as i32),
            }
        }
    }

    /// Says what all pairs came to.
    fn sum_up(self) -> Result<Outcome> {
        let Self { right, wrong, .. } = self;
        if right + wrong == 0 {
            bail!("stdin holds no pair, expected lines of a key and an accept value");
        }
        if right + wrong > 1 && !self.args.status {
            remark(format_args!("{} pairs: {right} OK, {wrong} FAILED", right + wrong));
        }
        Ok(self.outcome)
    }
}
