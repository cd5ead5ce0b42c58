//! `wskey verify`: does the accept value answer the key, and if not, why not.

use crate::cli::Verify as Args;
use crate::exit::{self, Exit};
use crate::input::{Input, field_value, input, line_text, trim_value, usage};
use crate::lines::{self, Block, Line, Reply};
use crate::output::{json, json_text, print, remark};
use crate::report::json::{CauseObject, PairObject};
use anyhow::{Context as _, Result, bail};
use memchr::memchr2;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::{io, mem, process};
use wskey::diagnosis::{Cause, Mismatch, OTHER_KEYS, causes, describe, diagnose};
use wskey::escape::visible;
use wskey::head::{ACCEPT, KEY, trim_ows};
use wskey::{Accept, Key};

/// The most searches for a cause, of some milliseconds each, so that a stream of wrong pairs takes no longer than that.
const SEARCHES: u32 = 100;

/// A key and an accept value, as they were given.
struct Pair<'a> {
    input: u64,
    key: &'a [u8],
    accept: &'a [u8],
    /// A CR followed either.
    had_cr: bool,
}

/// A pair that does not belong together, or whose key is malformed.
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

pub(super) fn run(args: &Args) -> Result<Exit> {
    if args.list_causes {
        return list_causes(args.json);
    }
    match input("verify", &args.pair)? {
        Input::Arguments([key, accept]) => {
            let (key, accept) = (trim_value(key.as_encoded_bytes()), trim_value(accept.as_encoded_bytes()));
            let had_cr = key.had_cr || accept.had_cr;
            let (key, accept) = (field_value(key.text, KEY), field_value(accept.text, ACCEPT));
            let mut reply = Reply::new();
            judge(args, &mut vec![Pair { input: 1, key, accept, had_cr }], &mut reply);
            let mut verdicts = Verdicts::new(args, false);
            verdicts.deliver(&reply);
            Ok(verdicts.exit)
        }
        Input::Arguments(_) => Err(usage("verify", "missing ACCEPT (use '' for an empty value)")),
        Input::Stdin => verify_stream(args),
    }
}

fn verify_stream(args: &Args) -> Result<Exit> {
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
    let mut verdicts = Verdicts::new(args, true);
    lines::run(io::stdin(), answer, |reply| verdicts.deliver(reply)).context("stdin")?;
    verdicts.sum_up()
}

/// Prints every cause that can be named.
fn list_causes(as_json: bool) -> Result<Exit> {
    let width = causes().map(|(id, _)| id.len()).max().unwrap_or(0);
    let line = |(cause, description)| {
        if as_json {
            json(&CauseObject { schema: 1, cause, says: description })
        } else {
            format!("{cause:width$}  {description}\n")
        }
    };
    print(causes().map(line).collect::<String>().as_bytes())?;
    Ok(Exit::Yes)
}

/// Reads the pair of a line; there is none on an empty line or a comment.
fn read<'a>(line: &Line<'a>, pairs: &mut Vec<Pair<'a>>) -> Result<(), String> {
    let whole = trim_value(line_text(line)?);
    if matches!(whole.text, [] | [b'#', ..]) {
        return Ok(());
    }
    let (key, rest) = whole.text.split_at(memchr2(b' ', b'\t', whole.text).unwrap_or(whole.text.len()));
    // Scripts that leave a CR on the accept value leave one on the key too.
    let (key, accept) = (trim_value(key), trim_ows(rest));
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
            reply.note(Note::Remark { input, text: "the CR after a value is not part of it".to_owned() });
        }
        if answer.is_some_and(|(key, _)| key.has_trailing_bits())
            && let Err(error) = Key::parse_strict(key)
        {
            reply.note(Note::Remark { input, text: error.to_string() });
        }
        let Some((_, expected)) = answer.filter(|(_, expected)| accept == expected.as_bytes()) else {
            let expected = answer.map_or_else(|| Accept::of(key), |(_, expected)| *expected);
            reply.note(Note::Seen { keys: keys[told..before].to_vec(), right: mem::take(&mut right) });
            reply.note(Note::Wrong(Wrong { input, key: key.to_vec(), accept: accept.to_vec(), expected }));
            told = before;
            continue;
        };
        right += 1;
        if args.quiet || args.status {
        } else if args.json {
            let (key, accept) = (Some(json_text(key)), Some(json_text(accept)));
            let expected = Some(expected.to_string());
            let object = PairObject { schema: 1, input, key, accept, ok: Some(true), expected, ..PairObject::default() };
            reply.out.extend(json(&object).into_bytes());
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
    exit: Exit,
    right: u64,
    wrong: u64,
    /// The last keys, since an accept value may answer one of them.
    recent: VecDeque<Key>,
    searches: u32,
    /// Once nobody reads stdout, the verdict is all that is left to find out.
    is_read: bool,
}

/// Why a pair is wrong, as far as that was looked for.
enum Search {
    Found(Cause),
    /// No known mistake produces the value.
    InVain,
    /// It was not looked for: the limit was reached before.
    Skipped,
}

impl<'a> Verdicts<'a> {
    fn new(args: &'a Args, is_stream: bool) -> Self {
        let (exit, recent) = (Exit::Yes, VecDeque::new());
        Self { args, is_stream, exit, right: 0, wrong: 0, recent, searches: 0, is_read: true }
    }

    fn deliver(&mut self, reply: &Reply<Note>) {
        let mut written = 0;
        for (place, note) in &reply.notes {
            self.print(&reply.out[written..*place]);
            written = *place;
            match note {
                Note::Seen { keys, right } => {
                    self.right += right;
                    self.recent.extend(keys);
                    let surplus = self.recent.len().saturating_sub(OTHER_KEYS);
                    self.recent.drain(..surplus);
                }
                Note::Wrong(wrong) => self.fail(wrong),
                Note::Remark { input, text } => self.remark(*input, text),
                Note::Trouble { input, error } => {
                    self.exit = Exit::Trouble;
                    if self.args.json && !self.args.status {
                        let trouble = PairObject { schema: 1, input: *input, error: Some(error), ..PairObject::default() };
                        self.print(json(&trouble).as_bytes());
                    }
                    remark(format_args!("line {input}: {error}"));
                }
            }
        }
        self.print(&reply.out[written..]);
    }

    fn fail(&mut self, wrong: &Wrong) {
        self.wrong += 1;
        self.exit = self.exit.max(Exit::No);
        if self.args.status {
            return;
        }
        let search = self.search(wrong);
        let line = if self.args.json { wrong.json(&search) } else { format!("{}: FAILED\n", visible(&wrong.key)) };
        self.print(line.as_bytes());
        self.remark(wrong.input, &wrong.explain(&search));
        if self.searches == SEARCHES && !matches!(search, Search::Skipped) {
            self.remark(wrong.input, &format!("search limit ({SEARCHES}) reached: later failures are not diagnosed"));
        }
    }

    /// Looks for the cause of a mismatch, unless that was done often enough.
    fn search(&mut self, wrong: &Wrong) -> Search {
        if self.searches >= SEARCHES {
            return Search::Skipped;
        }
        self.searches += 1;
        let recent: Vec<&[u8]> = self.recent.iter().rev().map(|key| key.as_bytes().as_slice()).collect();
        diagnose(Mismatch { key: &wrong.key, accept: &wrong.accept }, &recent).map_or(Search::InVain, Search::Found)
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
                Err(error) => process::exit(exit::report(&error) as i32),
            }
        }
    }

    /// Says what all pairs came to.
    fn sum_up(self) -> Result<Exit> {
        let Self { right, wrong, .. } = self;
        if right + wrong == 0 {
            bail!("stdin holds no pair, expected a key and an accept value on each line");
        }
        if right + wrong > 1 && !self.args.status {
            remark(format_args!("{} pairs: {right} OK, {wrong} FAILED", right + wrong));
        }
        Ok(self.exit)
    }
}

impl Wrong {
    fn json(&self, search: &Search) -> String {
        let cause = if let Search::Found(cause) = search { Some(cause) } else { None };
        json(&PairObject {
            schema: 1,
            input: self.input,
            key: Some(json_text(&self.key)),
            accept: Some(json_text(&self.accept)),
            ok: Some(false),
            expected: Some(self.expected.to_string()),
            cause: cause.map(|cause| &*cause.id),
            hashed: cause.and_then(|cause| cause.hashed.as_deref()).map(json_text),
            fix: cause.map(|cause| &*cause.fix),
            error: None,
        })
    }

    /// What is wrong in words, then a row each for what was got, what was expected, and why.
    fn explain(&self, search: &Search) -> String {
        let is_right = self.accept == self.expected.as_bytes();
        let key_is = Key::parse(&self.key).err().map(|error| error.to_string());
        let accept_is = match (describe(&self.accept), search) {
            (Some(description), _) => format!("accept value {description}"),
            (None, _) if is_right => "the accept value is right for this text".to_owned(),
            (None, Search::InVain) => "accept value does not answer the key, and no known mistake produces it \
                                       (wskey accept --any --explain KEY shows each step, to compare with)"
                .to_owned(),
            (None, _) => "accept value does not answer the key".to_owned(),
        };
        let mut text = key_is.into_iter().chain([accept_is]).collect::<Vec<_>>().join("; ");
        if !is_right {
            let got = if self.accept.is_empty() { "(empty)".to_owned() } else { visible(&self.accept).to_string() };
            let _ = write!(text, "\n  got       {got}\n  expected  {}", self.expected);
        }
        if let Search::Found(Cause { id, description, hashed, fix, .. }) = search {
            let _ = write!(text, "\n  cause     {id}: {description}");
            if let Some(hashed) = hashed {
                let _ = write!(text, "\n  hashed    {}", visible(hashed));
            }
            let _ = write!(text, "\n  fix       {fix}");
        }
        text
    }
}
