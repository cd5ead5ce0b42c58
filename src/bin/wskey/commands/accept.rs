//! `wskey accept`: the accept value of each key.

use crate::cli::AcceptArgs;
use crate::exit::{self, Exit, Written};
use crate::input::{Input, Patient, field_value, input, line_text, trim_value};
use crate::lines::{self, Line, Reply};
use crate::output::{Remarks, json, json_base64, json_text, print};
use crate::report::json::AcceptObject;
use anyhow::{Context as _, Result, bail};
use std::{fmt, io, process};
use wskey::escape::{hex, visible};
use wskey::head::{ACCEPT, KEY};
use wskey::{Accept, GUID, Key};

/// What is said of an argument that is an accept value by its form.
const IS_ACCEPT: &str = "\n\n  tip: this is an accept value; 'wskey verify KEY ACCEPT' says whether it answers the key";

/// What is to be remarked of an input.
struct AcceptNote {
    text: String,
    exit: Exit,
}

pub(super) fn run(args: &AcceptArgs) -> Result<Exit> {
    let (mut exit, mut remarks) = (Exit::Yes, Remarks::default());
    let mut deliver = |reply: &mut Reply<AcceptNote>| {
        exit = reply.notes.iter().fold(exit, |worst, (_, note)| worst.max(note.exit));
        let write = |text: &[u8]| match print(text) {
            Ok(true) => {}
            // Not a return: another worker may be waiting for a line that never comes.
            Ok(false) => process::exit(exit as i32),
            Err(error) => process::exit(exit::report(&error) as i32),
        };
        let mut written = 0;
        for (place, note) in &reply.notes {
            if remarks.are_told() {
                write(&reply.out[written..*place]);
                written = *place;
            }
            remarks.add(&note.text);
        }
        write(&reply.out[written..]);
    };
    match input("accept", &args.keys)? {
        Input::Arguments(arguments) => {
            let inputs = (1..).zip(arguments).map(|(number, text)| Line { number, text: Some(text.as_encoded_bytes()) });
            let mut reply = Reply::new();
            Processor { args, place: Place::Argument }.process(inputs, &mut reply);
            deliver(&mut reply);
        }
        Input::Stdin => {
            let processor = Processor { args, place: Place::Line };
            let lines = lines::run(Patient(io::stdin()), |block, reply| processor.process(block.lines(), reply), &mut deliver);
            if lines.context("stdin")? == 0 {
                bail!("stdin is empty, expected keys, one per line");
            }
        }
    }
    remarks.sum_up("");
    Ok(exit)
}

/// What `accept --json --explain` comes to for a key.
pub(super) fn told(key: &[u8]) -> Written {
    let args = AcceptArgs { keys: Vec::new(), strict: false, any: false, explain: true, json: true };
    let mut reply = Reply::new();
    let input = Line { number: 1, text: Some(key) };
    Processor { args: &args, place: Place::Argument }.process([input].into_iter(), &mut reply);
    let exit = reply.notes.iter().map(|(_, note)| note.exit).max().unwrap_or(Exit::Yes);
    let remarks = reply.notes.into_iter().map(|(_, note)| note.text).collect();
    Written { out: String::from_utf8_lossy(&reply.out).into_owned(), remarks, exit }
}

/// Processes inputs, each into one line, in their order.
struct Processor<'a> {
    args: &'a AcceptArgs,
    place: Place,
}

/// Where inputs come from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Argument,
    Line,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Argument => "argument",
            Self::Line => "line",
        })
    }
}

impl Processor<'_> {
    fn process<'a>(&self, inputs: impl Iterator<Item = Line<'a>>, reply: &mut Reply<AcceptNote>) {
        let mut keys = Vec::new();
        let mut next = 1;
        for input in inputs {
            let Line { number, .. } = input;
            match self.read(&input, reply) {
                Ok(Hashed::Key(key)) => keys.push(key),
                Ok(Hashed::Any(text)) => self.write(number, text, Accept::of(text), &mut reply.out),
                Err(error) => {
                    self.write_keys(number, &mut keys, &mut reply.out);
                    self.refuse(&input, error, reply);
                }
            }
            next = number + 1;
        }
        self.write_keys(next, &mut keys, &mut reply.out);
    }

    /// Reads what is to be hashed in an input.
    fn read<'a>(&self, input: &Line<'a>, reply: &mut Reply<AcceptNote>) -> Result<Hashed<'a>, String> {
        let given = line_text(input)?;
        if self.args.any && self.place == Place::Argument {
            return Ok(Hashed::Any(given));
        }
        let value = trim_value(given);
        if value.had_cr {
            self.allow(input.number, "the CR after the key is not part of it", reply);
        }
        let text = field_value(value.text, KEY);
        if self.args.any {
            return Ok(Hashed::Any(text));
        }
        let error = match Key::parse_strict(text) {
            Ok(key) => return Ok(Hashed::Key(key)),
            Err(error) => error,
        };
        let key = Key::parse(text).ok().filter(|_| !self.args.strict).ok_or_else(|| error.to_string())?;
        self.allow(input.number, error, reply);
        Ok(Hashed::Key(key))
    }

    /// Remarks on an input that can be used all the same.
    fn allow(&self, input: u64, what: impl fmt::Display, reply: &mut Reply<AcceptNote>) {
        reply.note(AcceptNote { text: format!("{} {input}: {what}", self.place), exit: Exit::Yes });
    }

    /// Reports an input that cannot be used.
    fn refuse(&self, input: &Line, error: String, reply: &mut Reply<AcceptNote>) {
        let number = input.number;
        let is_accept = |text| Accept::parse(field_value(trim_value(text).text, ACCEPT)).is_ok();
        let tip = if self.place == Place::Argument && input.text.is_some_and(is_accept) { IS_ACCEPT } else { "" };
        reply.note(AcceptNote { text: format!("{} {number}: {error}{tip}", self.place), exit: Exit::Trouble });
        if self.args.json {
            let text = input.text.map(|text| field_value(trim_value(text).text, KEY));
            let (key, key_base64) = (text.map(json_text), text.and_then(json_base64));
            let object = AcceptObject { error: Some(error), key, key_base64, ..AcceptObject::of(number) };
            reply.out.extend(json(&object).into_bytes());
        } else if !self.args.explain {
            reply.out.push(b'\n');
        }
    }

    /// Writes the accept values of `keys`, which stand directly before the input `next`.
    fn write_keys(&self, next: u64, keys: &mut Vec<Key>, out: &mut Vec<u8>) {
        let accepts = Key::accept_all(keys);
        if self.args.json || self.args.explain {
            let first = next - keys.len() as u64;
            for ((number, key), accept) in (first..).zip(&*keys).zip(accepts) {
                self.write(number, key.as_bytes(), accept, out);
            }
        } else {
            write_lines(&accepts, out);
        }
        keys.clear();
    }

    /// Writes the accept value of one text.
    fn write(&self, input: u64, text: &[u8], accept: Accept, out: &mut Vec<u8>) {
        let hashed = self.args.explain.then(|| [text, GUID.as_bytes()].concat());
        if self.args.json {
            let object = AcceptObject {
                key: Some(json_text(text)),
                key_base64: json_base64(text),
                hashed: hashed.as_deref().map(json_text),
                hashed_base64: hashed.as_deref().and_then(json_base64),
                sha1: hashed.map(|_| hex(&accept.digest())),
                accept: Some(accept.to_string()),
                ..AcceptObject::of(input)
            };
            out.extend(json(&object).into_bytes());
        } else if let Some(hashed) = hashed {
            let digest = hex(&accept.digest());
            out.extend(format!("text    {}\nsha-1   {digest}\naccept  {accept}\n", visible(&hashed)).into_bytes());
        } else {
            write_lines(&[accept], out);
        }
    }
}

/// What is to be hashed.
enum Hashed<'a> {
    Key(Key),
    /// Any text, with `--any`.
    Any(&'a [u8]),
}

/// Writes values alone, one per line; room for all is made at once.
fn write_lines(accepts: &[Accept], out: &mut Vec<u8>) {
    let before = out.len();
    out.resize(before + accepts.len() * (Accept::LEN + 1), b'\n');
    for (line, accept) in out[before..].chunks_exact_mut(Accept::LEN + 1).zip(accepts) {
        line[..Accept::LEN].copy_from_slice(accept.as_bytes());
    }
}
