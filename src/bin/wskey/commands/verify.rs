//! `wskey verify`: does the accept value answer the key, and if not, why not.

use crate::cli::VerifyArgs;
use crate::exit::{self, Exit, Written, usage};
use crate::input::{Input, Patient, field_value, input, line_text, trim_value};
use crate::lines::{self, Block, Line, Reply};
use crate::output::{Remarks, json, json_base64, json_text, print, remark};
use crate::report::json::{CauseObject, PairObject, SCHEMA};
use crate::report::text::rows;
use anyhow::{Context as _, Result, bail};
use memchr::memchr2;
use std::collections::VecDeque;
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
enum VerifyNote {
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

pub(super) fn run(args: &VerifyArgs) -> Result<Exit> {
    if args.list_causes {
        return list_causes(args.json);
    }
    match input("verify", &args.pair)? {
        Input::Arguments([key, accept]) => {
            let mut reply = Reply::new();
            judge(args, &mut vec![given(key.as_encoded_bytes(), accept.as_encoded_bytes())], &mut reply);
            let mut verdicts = Verdicts::new(args, false);
            verdicts.deliver(&reply);
            Ok(verdicts.exit)
        }
        Input::Arguments(_) => Err(usage("verify", "missing ACCEPT (use '' for an empty value)")),
        Input::Stdin => verify_stream(args),
    }
}

/// What `verify --json` comes to for a pair.
pub(super) fn told(key: &[u8], accept: &[u8]) -> Written {
    let args = VerifyArgs { pair: Vec::new(), quiet: false, status: false, json: true, list_causes: false };
    let mut reply = Reply::new();
    judge(&args, &mut vec![given(key, accept)], &mut reply);
    let mut verdicts = Verdicts::new(&args, false);
    let mut written = Written { out: String::from_utf8_lossy(&reply.out).into_owned(), remarks: Vec::new(), exit: Exit::Yes };
    for (_, note) in reply.notes {
        match note {
            VerifyNote::Wrong(wrong) => {
                written.exit = Exit::No;
                written.out += &wrong.json(&verdicts.search(&wrong));
            }
            VerifyNote::Remark { text, .. } => written.remarks.push(text),
            VerifyNote::Seen { .. } | VerifyNote::Trouble { .. } => {}
        }
    }
    written
}

/// A pair that stands in two arguments.
fn given<'a>(key: &'a [u8], accept: &'a [u8]) -> Pair<'a> {
    let (key, accept) = (trim_value(key), trim_value(accept));
    let had_cr = key.had_cr || accept.had_cr;
    Pair { input: 1, key: field_value(key.text, KEY), accept: field_value(accept.text, ACCEPT), had_cr }
}

fn verify_stream(args: &VerifyArgs) -> Result<Exit> {
    let process = |block: &Block, reply: &mut Reply<VerifyNote>| {
        let mut pairs = Vec::new();
        for line in block.lines() {
            if let Err(error) = read(&line, &mut pairs) {
                judge(args, &mut pairs, reply);
                reply.note(VerifyNote::Trouble { input: line.number, error });
            }
        }
        judge(args, &mut pairs, reply);
    };
    let mut verdicts = Verdicts::new(args, true);
    lines::run(Patient(io::stdin()), process, |reply| verdicts.deliver(reply)).context("stdin")?;
    verdicts.sum_up()
}

/// Prints every cause that can be named.
fn list_causes(as_json: bool) -> Result<Exit> {
    let width = causes().map(|(id, _)| id.len()).max().unwrap_or(0);
    let line = |(cause, description)| {
        if as_json {
            json(&CauseObject { schema: SCHEMA, kind: "cause", cause, says: description })
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

/// Judges pairs in their order, and leaves none.
fn judge(args: &VerifyArgs, pairs: &mut Vec<Pair>, reply: &mut Reply<VerifyNote>) {
    let keys: Vec<Option<Key>> = pairs.iter().map(|pair| Key::parse(pair.key).ok()).collect();
    let well_formed: Vec<Key> = keys.iter().flatten().copied().collect();
    let mut accepts = Key::accept_all(&well_formed).into_iter();
    let (mut seen, mut right) = (Vec::new(), 0);
    for (pair, key) in pairs.drain(..).zip(keys) {
        let Pair { input, accept, had_cr, .. } = pair;
        if had_cr {
            reply.note(VerifyNote::Remark { input, text: "the CR after a value is not part of it".to_owned() });
        }
        if key.is_some_and(|key| key.has_trailing_bits())
            && let Err(error) = Key::parse_strict(pair.key)
        {
            reply.note(VerifyNote::Remark { input, text: error.to_string() });
        }
        let expected = key.and_then(|_| accepts.next()).unwrap_or_else(|| Accept::of(pair.key));
        if key.is_some() && accept == expected.as_bytes() {
            right += 1;
            write_right(args, &pair, &mut reply.out);
        } else {
            reply.note(VerifyNote::Seen { keys: mem::take(&mut seen), right: mem::take(&mut right) });
            reply.note(VerifyNote::Wrong(Wrong { input, key: pair.key.to_vec(), accept: accept.to_vec(), expected }));
        }
        seen.extend(key);
    }
    reply.note(VerifyNote::Seen { keys: seen, right });
}

/// Writes the verdict on a pair that belongs together.
fn write_right(args: &VerifyArgs, pair: &Pair, out: &mut Vec<u8>) {
    if args.quiet || args.status {
    } else if args.json {
        let (key, accept) = (Some(json_text(pair.key)), Some(json_text(pair.accept)));
        let expected = accept.clone();
        let object = PairObject { key, accept, verdict: "OK", ok: Some(true), expected, ..PairObject::of(pair.input) };
        out.extend(json(&object).into_bytes());
    } else {
        out.extend_from_slice(pair.key);
        out.extend_from_slice(b": OK\n");
    }
}

/// The verdicts so far, and where they go.
struct Verdicts<'a> {
    args: &'a VerifyArgs,
    /// Whether pairs come from stdin, so that their lines are worth naming.
    is_stream: bool,
    exit: Exit,
    right: u64,
    wrong: u64,
    /// The last keys, since an accept value may answer one of them.
    recent: VecDeque<Key>,
    searches: u32,
    remarks: Remarks,
    /// Remarks about lines that are no pair, which may come behind many others.
    troubles: Remarks,
    /// Once nobody reads stdout, the verdict is all that is left to find out.
    is_read: bool,
}

/// Why a pair is wrong, as far as that was looked for.
enum Search {
    /// The mistakes that produce the value, the likeliest first; none where none is known.
    Done(Vec<Cause>),
    /// It was not looked for: the limit was reached before.
    Skipped,
}

impl<'a> Verdicts<'a> {
    fn new(args: &'a VerifyArgs, is_stream: bool) -> Self {
        Self {
            args,
            is_stream,
            exit: Exit::Yes,
            right: 0,
            wrong: 0,
            recent: VecDeque::new(),
            searches: 0,
            remarks: Remarks::default(),
            troubles: Remarks::default(),
            is_read: true,
        }
    }

    fn deliver(&mut self, reply: &Reply<VerifyNote>) {
        let mut written = 0;
        for (place, note) in &reply.notes {
            self.print(&reply.out[written..*place]);
            written = *place;
            match note {
                VerifyNote::Seen { keys, right } => {
                    self.right += right;
                    self.recent.extend(keys);
                    let surplus = self.recent.len().saturating_sub(OTHER_KEYS);
                    self.recent.drain(..surplus);
                }
                VerifyNote::Wrong(wrong) => self.fail(wrong),
                VerifyNote::Remark { input, text } => {
                    if !self.args.status {
                        self.remarks.add(&self.located(*input, text));
                    }
                }
                VerifyNote::Trouble { input, error } => {
                    self.exit = Exit::Trouble;
                    if self.args.json && !self.args.status {
                        let trouble = PairObject { error: Some(error), ..PairObject::of(*input) };
                        self.print(json(&trouble).as_bytes());
                    }
                    self.troubles.add(&self.located(*input, error));
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
        Search::Done(diagnose(Mismatch { key: &wrong.key, accept: &wrong.accept }, &recent))
    }

    fn remark(&self, input: u64, text: &str) {
        remark(format_args!("{}", self.located(input, text)));
    }

    fn located(&self, input: u64, text: &str) -> String {
        if self.is_stream { format!("line {input}: {text}") } else { text.to_owned() }
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
        self.remarks.sum_up(" remarks");
        self.troubles.sum_up(" lines that are no pair");
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
    /// The value that answers the key. A malformed key has none: a server refuses it.
    fn expected(&self) -> Option<String> {
        Key::parse(&self.key).is_ok().then(|| self.expected.to_string())
    }

    fn json(&self, search: &Search) -> String {
        let (cause, others) = match search {
            Search::Done(causes) => (causes.first(), causes.get(1..).unwrap_or_default()),
            Search::Skipped => (None, &[][..]),
        };
        let hashed = cause.and_then(|cause| cause.hashed.as_deref());
        json(&PairObject {
            key: Some(json_text(&self.key)),
            key_base64: json_base64(&self.key),
            accept: Some(json_text(&self.accept)),
            accept_base64: json_base64(&self.accept),
            verdict: "FAILED",
            ok: Some(false),
            expected: self.expected(),
            message: Some(self.message(search)),
            cause: cause.map(|cause| &*cause.id),
            says: cause.map(|cause| &*cause.description),
            hashed: hashed.map(json_text),
            hashed_base64: hashed.and_then(json_base64),
            fix: cause.map(|cause| &*cause.fix),
            also: others.iter().map(|other| &*other.id).collect(),
            ..PairObject::of(self.input)
        })
    }

    /// What is wrong in words, then a row each for what was got, what was expected, and why.
    fn explain(&self, search: &Search) -> String {
        let causes = if let Search::Done(causes) = search { causes.as_slice() } else { &[] };
        let is_right = self.accept == self.expected.as_bytes();
        let (got, expected) = if is_right { (None, None) } else { (Some(&self.accept[..]), self.expected()) };
        self.message(search) + &rows("  ", got, expected.as_deref(), causes)
    }

    /// What is wrong in words.
    fn message(&self, search: &Search) -> String {
        let is_right = self.accept == self.expected.as_bytes();
        let key_is = Key::parse(&self.key).err().map(|error| error.to_string());
        let accept_is = match (describe(&self.accept), search) {
            (Some(description), _) => format!("accept value {description}"),
            (None, _) if is_right => "the accept value is right for this text".to_owned(),
            (None, Search::Done(causes)) if causes.is_empty() => {
                "accept value does not answer the key, and no known mistake produces it \
                 (wskey accept --any --explain KEY shows each step, to compare with)"
                    .to_owned()
            }
            (None, _) => "accept value does not answer the key".to_owned(),
        };
        key_is.into_iter().chain([accept_is]).collect::<Vec<_>>().join("; ")
    }
}
