//! `wskey inspect`: captured handshakes, judged by the rules.

mod exchange;
mod judged;
mod live;
mod progress;
mod summary;
mod told;
mod watch;

use crate::cli::{Color, InspectArgs};
use crate::exit::{self, Exit, Written};
use crate::input::{self, Input, begin_capture, is_gzip, is_regular, read_capture};
use crate::net::url;
use crate::output::{copied, json, path, print, remark};
use crate::report::json::RuleObject;
use crate::report::text::cited;
use anyhow::{Context as _, Result, bail, ensure};
use judged::{CaptureFile, key};
use live::Live;
use progress::Progress;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::mem;
use watch::Watch;
use wskey::Key;
use wskey::capture::{Capture, CaptureReader};
use wskey::rules::{RULES, Rule};

pub(super) fn run(args: &InspectArgs) -> Result<Exit> {
    if let Some(unknown) = args.skip.iter().find(|id| !RULES.iter().any(|rule| rule.id == **id)) {
        return Err(input::unknown("rule", unknown, RULES.iter().map(|rule| rule.id), "--list-rules"));
    }
    if args.list_rules {
        let line = |rule| if args.json { json(&RuleObject::from(rule)) } else { rule_line(rule) };
        print(RULES.iter().map(line).collect::<String>().as_bytes())?;
        return Ok(Exit::Yes);
    }
    if let Some(key) = key(args) {
        Key::parse(key).context("--key")?;
    }
    let (mut exit, mut sources, mut captures) = (Exit::Yes, Vec::new(), Vec::new());
    let mut progress = Progress::default();
    let mut keep = |read: Result<(_, _)>| match read {
        Ok((source, capture)) => {
            sources.push(source);
            captures.push(capture);
        }
        Err(error) => exit = exit.max(exit::report(&error)),
    };
    match input::input("inspect", &args.files)? {
        Input::Stdin => keep(read_stdin(args, &mut progress)),
        Input::Arguments(files) => {
            for file in files {
                // Several may answer each other: nothing is told before all are read.
                let progress = (files.len() == 1).then_some(&mut progress);
                keep(open(file).and_then(|mut opened| read(args, file, &path(file), &mut opened, progress)));
            }
        }
    }
    Capture::join(&mut captures);
    let answers: HashSet<_> =
        captures.iter().flat_map(|capture| &capture.exchanges).filter_map(|exchange| exchange.answered_in).collect();
    for (at, capture) in captures.into_iter().enumerate() {
        // What it held is told with the requests.
        if !(capture.exchanges.is_empty() && answers.contains(&at)) {
            let written = mem::take(&mut progress).end(args, &sources, at, capture);
            exit = exit.max(written.and_then(tell).unwrap_or_else(|error| exit::report(&error)));
        }
    }
    Ok(exit)
}

fn tell(Written { out, remarks, exit }: Written) -> Result<Exit> {
    print(out.as_bytes())?;
    for text in remarks {
        remark(format_args!("{text}"));
    }
    Ok(exit)
}

fn open(file: &OsStr) -> Result<File> {
    let opened = File::open(file);
    if let Err(error) = &opened
        && error.kind() == io::ErrorKind::NotFound
        && file.to_str().is_some_and(url::is_like)
    {
        let url = copied(file, "URL");
        bail!("{}: no such file; 'wskey probe {url}' performs the handshake with this server, and judges it", path(file));
    }
    opened.with_context(|| path(file))
}

/// Reads stdin, and tells of a text while it goes on.
fn read_stdin(args: &InspectArgs, progress: &mut Progress) -> Result<(CaptureFile<'static>, Capture)> {
    let (name, place) = (OsStr::new("-"), "stdin");
    let mut live = Live::stdin()?;
    let begin = live.begin().context(place)?;
    let is_text = !(args.raw || begin.is_empty() || is_gzip(begin) || Capture::is_packets(begin));
    let (file, capture) = if is_text && !is_regular(&io::stdin()) {
        let file = CaptureFile::new(name, place);
        let capture = Watch::new(args, &file, progress).read(&mut live)?;
        (file, capture)
    } else {
        read(args, name, place, &mut live, Some(progress))?
    };
    Ok((CaptureFile { is_interrupted: live.is_interrupted() || progress.is_enough(args), ..file }, capture))
}

/// What `inspect --json` comes to for a capture that stands in a page.
///
/// # Errors
/// Where it holds no handshake.
pub(super) fn told(mut capture: &[u8]) -> Result<Written> {
    let args = InspectArgs {
        files: Vec::new(),
        quiet: false,
        strict: false,
        skip: Vec::new(),
        raw: false,
        request_only: false,
        key: None,
        limit: None,
        summary: false,
        list_rules: false,
        json: true,
        color: Color::Never,
    };
    let (source, capture) = read(&args, OsStr::new("-"), "the capture", &mut capture, None)?;
    Progress::default().end(&args, &[source], 0, capture)
}

/// Reads a capture, and tells what settled where it goes on.
fn read<'a>(
    args: &InspectArgs,
    name: &'a OsStr,
    place: &str,
    reader: &mut dyn Read,
    progress: Option<&mut Progress>,
) -> Result<(CaptureFile<'a>, Capture)> {
    let mut file = CaptureFile::new(name, place);
    let (first, mut reader) = begin_capture(place, reader)?;
    ensure!(!first.is_empty(), "{place} is empty, expected a captured handshake");
    // What is in packets are the bytes as they were sent, with --raw or without.
    let capture = if Capture::is_packets(&first) {
        let (capture, packets) = Capture::read_packets(reader);
        file.packets = packets;
        capture
    } else if args.raw {
        Capture::read_raw(&read_capture(place, &mut reader)?)
    } else {
        read_text(args, &file, &mut reader, progress)?
    };
    Ok((file, capture))
}

/// How much is read at once.
const PIECE: usize = 1 << 18;

/// Reads a capture that is neither one of packets nor the bytes as they were sent.
fn read_text(
    args: &InspectArgs,
    file: &CaptureFile,
    reader: &mut dyn Read,
    mut progress: Option<&mut Progress>,
) -> Result<Capture> {
    let (mut capture, mut piece) = (CaptureReader::default(), vec![0; PIECE]);
    loop {
        let has_room = match reader.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => capture.push(&piece[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error).with_context(|| file.place.clone()),
        };
        if let Some(progress) = &mut progress {
            progress.settle(args, file, capture.settled())?;
        }
        if !has_room || progress.as_ref().is_some_and(|progress| progress.is_enough(args)) {
            break;
        }
    }
    capture.end().with_context(|| file.place.clone())
}

fn rule_line(rule: &Rule) -> String {
    let side = rule.side.map_or_else(|| "sender".to_owned(), |side| side.to_string());
    format!("{:<24} {:<5} {side:<6} {}{}\n", rule.id, rule.level, rule.description, cited(rule))
}
