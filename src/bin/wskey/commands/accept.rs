//! `wskey accept`: the accept value of each key.

use super::{Input, KEY, Outcome, field_value, held, input, json, json_text, peel, print, remark, report};
use crate::cli::Accept as Args;
use crate::lines::{self, Line, Reply};
use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use std::{fmt, io, process};
use wskey::{Accept, GUID, Key, visible};

#[derive(Default, Serialize)]
struct Record {
    schema: u8,
    input: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accept: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// What stderr is told of an input.
struct Note {
    text: String,
    outcome: Outcome,
}

pub(super) fn run(args: &Args) -> Result<Outcome> {
    let mut outcome = Outcome::Yes;
    let mut deliver = |reply: &mut Reply<Note>| {
        for (_, note) in &reply.notes {
            remark(format_args!("{}", note.text));
            outcome = outcome.max(note.outcome);
        }
        match print(&reply.out) {
            Ok(true) => {}
            // Not a return: another worker may be waiting for a line that never comes.
            Ok(false) => process::exit(outcome as i32),
            Err(error) => process::exit(report(&error) as i32),
        }
    };
    match input("accept", &args.keys)? {
        Input::Operands(operands) => {
            let operands = (1..).zip(operands).map(|(number, text)| Line { number, text: Some(text.as_encoded_bytes()) });
            let mut reply = Reply::new();
            answer(args, "operand", operands, &mut reply);
            deliver(&mut reply);
        }
        Input::Stdin => {
            let lines = lines::run(io::stdin(), |block, reply| answer(args, "line", block.lines(), reply), &mut deliver);
            if lines.context("stdin")? == 0 {
                bail!("stdin is empty, expected keys, one a line");
            }
        }
    }
    Ok(outcome)
}

/// Answers every input with one line, in order; `place` is what an input is called.
fn answer<'a>(args: &Args, place: &str, inputs: impl Iterator<Item = Line<'a>>, reply: &mut Reply<Note>) {
    let mut keys = Vec::new();
    let mut next = 1;
    for input in inputs {
        let Line { number, .. } = input;
        let refused = match find(args, place, &input, reply) {
            Err(error) => Some(error),
            Ok(text) if args.any => {
                write(args, number, text, Accept::of(text), &mut reply.out);
                None
            }
            Ok(text) => match Key::parse_strict(text) {
                Ok(key) => {
                    keys.push(key);
                    None
                }
                Err(error) => match Key::parse(text) {
                    Ok(key) if !args.strict => {
                        allow(place, number, &error, reply);
                        keys.push(key);
                        None
                    }
                    _ => Some(error.to_string()),
                },
            },
        };
        if let Some(error) = refused {
            write_keys(args, number, &mut keys, &mut reply.out);
            refuse(args, place, &input, error, reply);
        }
        next = number + 1;
    }
    write_keys(args, next, &mut keys, &mut reply.out);
}

/// Finds the text that is to be hashed in an input.
fn find<'a>(args: &Args, place: &str, input: &Line<'a>, reply: &mut Reply<Note>) -> Result<&'a [u8], String> {
    let given = held(input)?;
    if args.any && place == "operand" {
        return Ok(given);
    }
    let value = peel(given);
    if value.had_cr {
        allow(place, input.number, &"a CR behind the key is not part of it", reply);
    }
    Ok(field_value(value.text, KEY))
}

/// Remarks on an input that can be used all the same.
fn allow(place: &str, input: u64, what: &impl fmt::Display, reply: &mut Reply<Note>) {
    reply.note(Note { text: format!("{place} {input}: {what}"), outcome: Outcome::Yes });
}

/// Answers an input that cannot be used.
fn refuse(args: &Args, place: &str, input: &Line, error: String, reply: &mut Reply<Note>) {
    let number = input.number;
    reply.note(Note { text: format!("{place} {number}: {error}"), outcome: Outcome::Trouble });
    if args.json {
        let key = input.text.map(|text| json_text(field_value(peel(text).text, KEY)));
        reply.out.extend(json(&Record { schema: 1, input: number, key, error: Some(error), ..Record::default() }).into_bytes());
    } else if !args.explain {
        reply.out.push(b'\n');
    }
}

/// Writes the answers to `keys`, which stand right before the input `next`.
fn write_keys(args: &Args, next: u64, keys: &mut Vec<Key>, out: &mut Vec<u8>) {
    let accepts = Key::accept_all(keys);
    if args.json || args.explain {
        let first = next - keys.len() as u64;
        for ((number, key), accept) in (first..).zip(&*keys).zip(accepts) {
            write(args, number, key.as_ref(), accept, out);
        }
    } else {
        write_lines(&accepts, out);
    }
    keys.clear();
}

/// Writes the answer to one text.
fn write(args: &Args, input: u64, text: &[u8], accept: Accept, out: &mut Vec<u8>) {
    if args.json {
        let (key, accept) = (Some(json_text(text)), Some(accept.to_string()));
        out.extend(json(&Record { schema: 1, input, key, accept, ..Record::default() }).into_bytes());
    } else if args.explain {
        let hashed = [text, GUID.as_bytes()].concat();
        out.extend(format!("text    {}\nsha-1   {accept:x}\naccept  {accept}\n", visible(&hashed)).into_bytes());
    } else {
        write_lines(&[accept], out);
    }
}

/// Writes values alone, one a line; room for all is made at once.
fn write_lines(accepts: &[Accept], out: &mut Vec<u8>) {
    let held = out.len();
    out.resize(held + accepts.len() * (Accept::LEN + 1), b'\n');
    for (line, accept) in out[held..].chunks_exact_mut(Accept::LEN + 1).zip(accepts) {
        line[..Accept::LEN].copy_from_slice(accept.as_ref());
    }
}
