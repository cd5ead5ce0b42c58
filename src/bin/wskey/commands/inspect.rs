//! `wskey inspect`: captured handshakes, judged by the rules.

mod exchange;
mod judged;
mod live;
mod summary;
mod watch;

use crate::cli::{Color, InspectArgs};
use crate::exit::{self, Exit, Written};
use crate::input::{self, Input, begin_capture, is_gzip, is_regular, read_capture};
use crate::net::url;
use crate::output::{copied, json, path, print, remark};
use crate::report::json::RuleObject;
use crate::report::text::{cited, is_coloured};
use anyhow::{Context as _, Result, bail, ensure};
use exchange::not_judged_line;
use judged::{CaptureFile, judged, key, narrow};
use live::Live;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use summary::Summary;
use watch::{Told, Watch, places};
use wskey::Key;
use wskey::capture::{Capture, CaptureReader, PacketRemark};
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
    let mut told = Told::default();
    let mut keep = |read: Result<(_, _)>| match read {
        Ok((source, capture)) => {
            sources.push(source);
            captures.push(capture);
        }
        Err(error) => exit = exit.max(exit::report(&error)),
    };
    match input::input("inspect", &args.files)? {
        Input::Stdin => keep(read_stdin(args, &mut told)),
        Input::Arguments(files) => {
            for file in files {
                keep(open(file).and_then(|mut opened| read(args, file, &path(file), &mut opened)));
            }
        }
    }
    Capture::join(&mut captures);
    let answers: HashSet<_> =
        captures.iter().flat_map(|capture| &capture.exchanges).filter_map(|exchange| exchange.answered_in).collect();
    for (at, capture) in captures.into_iter().enumerate() {
        // What it held is told with the requests.
        if !(capture.exchanges.is_empty() && answers.contains(&at)) {
            exit =
                exit.max(written(args, &sources, at, capture, &told).and_then(tell).unwrap_or_else(|error| exit::report(&error)));
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
fn read_stdin(args: &InspectArgs, told: &mut Told) -> Result<(CaptureFile<'static>, Capture)> {
    let (name, place) = (OsStr::new("-"), "stdin");
    let mut live = Live::stdin()?;
    let begin = live.begin().context(place)?;
    let is_text = !(args.raw || begin.is_empty() || is_gzip(begin) || Capture::is_packets(begin));
    let (file, capture) = if is_text && !is_regular(&io::stdin()) {
        let file = CaptureFile { name, place: place.to_owned(), packets: Vec::new(), is_interrupted: false };
        let capture = Watch::new(args, &file, told).read(&mut live)?;
        (file, capture)
    } else {
        read(args, name, place, &mut live)?
    };
    Ok((CaptureFile { is_interrupted: live.is_interrupted() || told.is_enough(args), ..file }, capture))
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
    let (source, capture) = read(&args, OsStr::new("-"), "the capture", &mut capture)?;
    written(&args, &[source], 0, capture, &Told::default())
}

/// Reads a capture.
fn read<'a>(args: &InspectArgs, name: &'a OsStr, place: &str, reader: &mut dyn Read) -> Result<(CaptureFile<'a>, Capture)> {
    let (first, mut reader) = begin_capture(place, reader)?;
    ensure!(!first.is_empty(), "{place} is empty, expected a captured handshake");
    // What is in packets are the bytes as they were sent, with --raw or without.
    let (capture, packets) = if Capture::is_packets(&first) {
        Capture::read_packets(reader)
    } else {
        let capture = if args.raw {
            Capture::read_raw(&read_capture(place, &mut reader)?)
        } else {
            read_text(&mut reader).with_context(|| place.to_owned())?
        };
        (capture, Vec::new())
    };
    Ok((CaptureFile { name, place: place.to_owned(), packets, is_interrupted: false }, capture))
}

/// What comes of the capture of one of the sources, beyond what was told of it before.
fn written(args: &InspectArgs, sources: &[CaptureFile], at: usize, mut capture: Capture, told: &Told) -> Result<Written> {
    let CaptureFile { name: source, place, packets, is_interrupted } = &sources[at];
    let ignored = narrow(args, &sources[at], &mut capture)?;
    if let Some(limit) = args.limit {
        capture.exchanges.truncate(limit.get().max(told.reach(&capture.exchanges)));
    }
    let Capture { exchanges, is_cut, looks_raw, .. } = capture;
    let places = places(&exchanges);
    let all = judged(args, sources, exchanges);
    let is_trouble = is_cut || packets.iter().any(PacketRemark::is_trouble);
    let mut exit = if is_trouble { Exit::Trouble } else { Exit::Yes };
    let mut is_any_judged = false;
    let (mut text, mut summary) = (String::new(), Summary::default());
    for (place, judged) in places.iter().zip(&all) {
        if !(*is_interrupted && judged.is_open()) {
            exit = exit.max(judged.exit());
            is_any_judged = true;
        }
        summary.push(&judged.verdict, &judged.findings);
        if !told.has(*place, judged) {
            text += &judged.told(args, source);
        }
    }
    if !is_any_judged {
        exit = Exit::Trouble;
    }
    let name = path(source);
    if args.summary && !(args.quiet && summary.is_ok()) {
        text = if args.json { summary.json(source) } else { summary.text(&name, is_coloured(args.color)) };
    }
    if !args.json && (told.is_any_shown() || !text.is_empty()) {
        text += &not_judged_line(&name, &all);
    }
    let raw = looks_raw.then_some(MAY_BE_RAW);
    let long = (is_cut && !packets.contains(&PacketRemark::TooMany)).then_some(TOO_LONG);
    let said = [ignored, raw, long].into_iter().flatten().map(str::to_owned);
    let remarks = packets.iter().map(ToString::to_string).chain(said).chain(told.without(&places));
    Ok(Written { out: text, remarks: remarks.map(|told| format!("{place}: {told}")).collect(), exit })
}

/// How much is read at once.
const PIECE: usize = 1 << 18;

/// Reads a capture that is neither one of packets nor the bytes as they were sent.
fn read_text(reader: &mut dyn Read) -> Result<Capture> {
    let (mut capture, mut piece) = (CaptureReader::default(), vec![0; PIECE]);
    loop {
        match reader.read(&mut piece) {
            Ok(0) => break,
            Ok(count) if capture.push(&piece[..count]) => {}
            Ok(_) => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(capture.end()?)
}

/// What is said of a text that may be the bytes as they were sent, and of one that is not read to its end.
const MAY_BE_RAW: &str =
    "read as text; if it holds the bytes as they were sent, --raw judges line endings and what follows a head too";
const TOO_LONG: &str = "too long, the rest was not judged (limits: 65536 heads, 1048576 lines of heads, 1024 lines or 256 KiB of one head, \
                        64 MiB of one dump or of printed packets)";

fn rule_line(rule: &Rule) -> String {
    let side = rule.side.map_or_else(|| "sender".to_owned(), |side| side.to_string());
    format!("{:<24} {:<5} {side:<6} {}{}\n", rule.id, rule.level, rule.description, cited(rule))
}
