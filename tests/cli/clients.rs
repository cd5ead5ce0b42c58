//! `wskey serve --conformance`: clients that are right, wrong or hostile, what is told of them, and that nothing of them is left. A
//! client is this program itself, as `WSKEY_TEST_CLIENT` says.

use crate::support::field;
#[cfg(target_os = "linux")]
use crate::support::{interrupt, send, until};
use libtest2_mimic::Trial;
use serde_json::Value;
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use std::{env, fs, mem, process, thread};
use wskey::Key;
use wskey::conformance::Expectation;
use wskey::conformance::client_cases::CASES;
use wskey::head::{Behind, Exchange, Head, StreamEnd};
use wskey::rules::{Level, judge};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = listed![
        a_right_client,
        a_client_that_does_not_look_at_the_accept_value,
        a_client_that_speaks_first,
        a_client_that_speaks_first_and_ends_the_connection,
        a_client_that_closes_the_connection,
        a_client_that_leaves_when_it_has_spoken,
        a_client_whose_answer_is_hard_to_see,
        a_client_that_speaks_before_the_answer,
        a_client_whose_request_is_wrong_now_and_then,
        a_client_with_one_key_for_all,
        a_client_that_comes_without_a_handshake,
        a_client_that_never_connects,
        a_client_with_a_path_of_its_own,
        a_client_that_exits_when_it_is_opened,
        a_client_that_says_nothing,
        a_client_that_answers_a_close_frame_alone,
        a_client_that_fails_a_right_connection,
        a_client_that_connects_twice,
        a_client_that_follows_redirects,
        a_client_that_sends_garbage,
        a_client_that_drips,
        a_client_that_drips_behind_its_head,
        a_client_whose_head_does_not_end,
        a_client_that_floods,
        a_client_in_a_crowd,
        a_client_that_reports_success,
        a_client_that_is_silent,
        a_client_whose_request_is_wrong,
        a_client_that_opens_only_once,
        a_client_that_cannot_run_beside_itself,
        a_client_that_asks_for_nothing,
        words_of_the_command,
        credentials_are_not_shown,
        junit,
        usage,
    ];
    #[cfg(target_os = "linux")]
    trials.extend(listed![
        a_client_that_hangs,
        a_client_in_the_background,
        a_client_that_crashes,
        a_client_that_vanishes,
        a_command_whose_end_nobody_is_told,
        nothing_is_left,
        an_interrupt,
        nobody_reads_what_is_told,
    ]);
    trials
}

/// The variable that makes this program a client, and how it is one.
pub(crate) const CLIENT: &str = "WSKEY_TEST_CLIENT";

const KEY: &str = "Zx8rNEkBE4xnwifpuh8DHQ==";

/// A masked text frame, "Hello" (RFC 6455, section 5.7).
const HELLO: &[u8] = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";

/// A masked Close frame with 1000.
const CLOSE: &[u8] = b"\x88\x82\0\0\0\0\x03\xe8";

/// A client: it connects to the URL that is its first argument, and asks for the subprotocol that is its second. The exit status: 0
/// where it opened.
pub(crate) fn client(kind: &str) -> i32 {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let url = arguments.first().cloned().unwrap_or_default();
    let is_first = url.contains("/correct/");
    if let Some(status) = instead(kind, &url, &arguments) {
        return status;
    }
    let url = match kind {
        "elsewhere" => format!("{}/chat?access_token=s3cretTOKEN", url.split("/correct/").next().expect("the first part")),
        "appending" => url + "/chat",
        "quoting" => url + "%22",
        "stripping" => url.rsplit_once('/').expect("a token").0.to_owned(),
        _ => url,
    };
    let (mut stream, request, mut came) = open_all(kind, &url, arguments.get(1));
    let is_opened = is_opened(kind, is_first, &request, &came);
    match kind {
        "hasty" => return 0,
        // It speaks as soon as it is open, and reads what is behind the head only then.
        "parting" | "leaving" | "sudden" | "eager" | "beating" | "dozing" | "echoing" | "large" | "failing"
            if came.starts_with(b"HTTP/1.1 101 ") =>
        {
            speak(kind, stream, &came, is_refused(&request, &came));
        }
        "garbage" if !is_first => while stream.write_all(&[b'x'; 4096]).is_ok() {},
        "trickling" if !is_first => {
            let is_taken = (0..500).all(|_| {
                thread::sleep(Duration::from_millis(20));
                stream.write_all(b"x").is_ok()
            });
            return i32::from(!is_taken);
        }
        "leaking" if !is_first => {
            let _ = stream.write_all(HELLO).and_then(|()| stream.read_to_end(&mut came));
            thread::sleep(Duration::from_hours(1));
        }
        // It answers a Close frame and nothing else.
        "quiet" if is_opened => {
            answer_close(&mut stream);
            let _ = stream.read_to_end(&mut came);
        }
        "mute" => thread::sleep(Duration::from_hours(1)),
        "silent" if !is_first => thread::sleep(Duration::from_hours(1)),
        "flooding" => {
            say(&"x".repeat(1 << 20));
            return flood(stream, b"", HELLO);
        }
        "surrounded" if !is_first => {
            let others: Vec<_> = (0..1000).map(|_| connect(&url)).collect();
            let _ = stream.write_all(HELLO).and_then(|()| stream.read_to_end(&mut came));
            drop(others);
        }
        _ if is_opened => {
            let _ = stream.write_all(&said_to(&came));
            let _ = stream.read_to_end(&mut came);
        }
        _ => {}
    }
    i32::from(!is_opened && kind != "success")
}

/// Opens its connections; the last of them, with its request and what came.
fn open_all(kind: &str, url: &str, subprotocol: Option<&String>) -> (TcpStream, Vec<u8>, Vec<u8>) {
    let is_first = url.contains("/correct/");
    let (mut stream, mut request, mut came) = open(kind, url, subprotocol);
    if kind == "twice" {
        drop(open(kind, url, None));
    }
    for _ in 0..["retrying", "persistent"].iter().position(|other| *other == kind && !is_first).map_or(0, |number| number + 1) {
        stream = open(kind, url, None).0;
    }
    if kind == "returning" && is_refused(&request, &came) {
        let _ = stream.shutdown(Shutdown::Both);
        thread::sleep(Duration::from_millis(150));
        stream = open(kind, url, None).0;
    }
    if kind == "modest" && is_refused(&request, &came) {
        (stream, request, came) = open(kind, url, None);
    }
    if kind == "leaking" && !is_first {
        mem::forget(mem::replace(&mut stream, open(kind, url, None).0));
    }
    if let Some(location) = field(&String::from_utf8_lossy(&came), "Location").filter(|_| kind == "follower") {
        (stream, _, came) = open(kind, location, None);
    }
    (stream, request, came)
}

/// Whether it takes the answer for right.
fn is_opened(kind: &str, is_first: bool, request: &[u8], came: &[u8]) -> bool {
    match kind {
        "right" | "late" | "appending" | "fickle" | "early" | "modest" => !is_refused(request, came),
        "crashing" if is_refused(request, came) => process::abort(),
        "success" | "wrong" | "once" if is_refused(request, came) => false,
        // Another holds what it needs, as a lock, in these runs, and in none when it is alone.
        "shy" | "shier" if !is_refused(request, came) => match (kind, is_first) {
            ("shy", false) => fs::File::create_new(test_file()).is_err(),
            ("shier", true) => fs::File::create_new(test_file()).is_ok() || fs::File::create_new(test_file() + "2").is_err(),
            _ => true,
        },
        "shy" | "shier" => false,
        "once" => !is_first || fs::File::create_new(test_file()).is_ok(),
        "spent" => fs::File::create_new(test_file()).is_ok(),
        _ => came.starts_with(b"HTTP/1.1 101 "),
    }
}

fn test_file() -> String {
    env::var("WSKEY_TEST_FILE").expect("a file")
}

/// What it says when it is open; a Close frame behind the head is answered.
fn said_to(came: &[u8]) -> Vec<u8> {
    let answer = if came.ends_with(b"\x88\x02\x03\xe8") { CLOSE } else { b"" };
    [HELLO, answer].concat()
}

/// It speaks as soon as it is open, and reads what is behind the head only then, whatever that is worth.
fn speak(kind: &str, mut stream: TcpStream, came: &[u8], is_refused: bool) {
    let first = match (kind, is_refused) {
        ("parting", true) => CLOSE.to_vec(),
        // A text frame with RSV1, as it came.
        // A Pong that nobody asked for, and only then what is wrong.
        ("beating", true) => {
            wait_for(b"\x89\x05wskey", came, &mut stream);
            b"\x8a\x80\0\0\0\0\x88\x82\0\0\0\0\x03\xea".to_vec()
        }
        // It reads nothing for so long, and leaves then.
        ("dozing", true) => {
            thread::sleep(Duration::from_millis(700));
            CLOSE.to_vec()
        }
        ("echoing", true) => b"\xc1\x80\0\0\0\0".to_vec(),
        ("failing", _) => b"\xc1\x80\0\0\0\0\x88\x82\0\0\0\0\x03\xea".to_vec(),
        ("large", _) => [b"\x82\xff\0\0\0\0\0\x01\x86\xa0\0\0\0\0".as_slice(), &vec![0; 100_000]].concat(),
        _ => said_to(came),
    };
    let _ = stream.write_all(&first);
    match (kind, is_refused) {
        ("leaving", _) | ("sudden", true) => return,
        ("echoing", true) => {
            wait_for(b"\x89\x05wskey", came, &mut stream);
            let _ = stream.write_all(b"\x8a\x85\0\0\0\0wskey");
        }
        ("eager" | "large", true) => drop(stream.write_all(b"\x88\x82\0\0\0\0\x03\xea")),
        ("sudden", false) => answer_close(&mut stream),
        _ => {}
    }
    let _ = stream.read_to_end(&mut Vec::new());
}

/// Waits for the server's Close frame, and answers it.
fn answer_close(stream: &mut TcpStream) {
    wait_for(b"\x88\x02\x03\xe8", b"", stream);
    let _ = stream.write_all(CLOSE);
}

/// Reads until this is the last that came.
fn wait_for(frame: &[u8], came: &[u8], stream: &mut TcpStream) {
    let (mut came, mut byte) = (came.to_vec(), [0]);
    while !came.ends_with(frame) && stream.read(&mut byte).is_ok_and(|count| count > 0) {
        came.extend(byte);
    }
}

/// What it does before it connects, or instead: then the exit status.
fn instead(kind: &str, url: &str, arguments: &[String]) -> Option<i32> {
    let is_first = url.contains("/correct/");
    match kind {
        "absent" => {
            say("one\ntwo\nthree\nfour\nfive\x1b[2J\nsix");
            return Some(7);
        }
        "background" | "bare" | "again" => {
            let program = env::current_exe().expect("this program");
            let mut client = Command::new("setsid");
            if kind == "bare" {
                client.env_clear();
            }
            let client = client.arg(program).args(arguments).env(CLIENT, if kind == "again" { "returning" } else { "late" });
            let client = client.stdin(Stdio::null());
            drop(client.spawn().expect("setsid is there"));
            return Some(0);
        }
        "crowd" => return Some(crowd(url)),
        "idle" => {
            let _ = connect(url).read(&mut [0]);
            return Some(1);
        }
        "looking" => {
            drop(connect(url));
            return Some(1);
        }
        "plain" => {
            let mut stream = connect(url);
            let path = url.splitn(4, '/').last().expect("a path");
            let _ = stream.write_all(format!("GET /{path} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes());
            let _ = stream.read_to_end(&mut Vec::new());
            return Some(1);
        }
        "dripping" if !is_first => return Some(drip(url)),
        "endless" if !is_first => return Some(flood(connect(url), b"GET / HTTP/1.1\r\nX: ", &[b'a'; 4096])),
        "hanging" => leave_something(),
        // So much later that nothing but its being there can be why it is waited for.
        "late" => thread::sleep(Duration::from_millis(900)),
        "vanishing" => fs::remove_file(test_file()).expect("it is there"),
        "words" => say(&arguments.join("|")),
        "cookie" => say("I send sid=s3cretCOOKIE"),
        _ => {}
    }
    if kind == "hanging" && !is_first {
        thread::sleep(Duration::from_hours(1));
    }
    None
}

fn connect(url: &str) -> TcpStream {
    let address = url.strip_prefix("ws://").and_then(|url| url.split('/').next()).expect("a URL");
    TcpStream::connect(address).expect("it listens")
}

/// Sends a head a byte at a time, until the server has had enough.
fn drip(url: &str) -> i32 {
    let mut stream = connect(url);
    while stream.write_all(b"G").is_ok() {
        thread::sleep(Duration::from_millis(20));
    }
    1
}

/// Sends this, and then that, a gibibyte of it at most; 1 where the server took less.
fn flood(mut stream: TcpStream, first: &[u8], then: &[u8]) -> i32 {
    let many = then.repeat((1 << 20) / then.len());
    i32::from(stream.write_all(first).is_err() || (0..1 << 10).any(|_| stream.write_all(&many).is_err()))
}

/// Connects a thousand times at once; prints how many of them are served.
fn crowd(url: &str) -> i32 {
    let mut streams: Vec<_> = (0..1000).map(|_| connect(url)).collect();
    // They are taken in their order: once the last is closed, all have been taken.
    let _ = streams.last_mut().expect("the last").read(&mut [0]);
    let request =
        "GET / HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";
    let request = format!("{request}Sec-WebSocket-Key: {KEY}\r\n\r\n");
    let is_served = |stream: &mut TcpStream| {
        let mut came = [0; 13];
        let _ = stream.write_all(request.as_bytes());
        stream.read_exact(&mut came).is_ok() && &came == b"HTTP/1.1 101 "
    };
    say(&streams.iter_mut().filter_map(|stream| is_served(stream).then_some(())).count().to_string());
    0
}

/// Its stderr goes where its stdout goes.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Connects, sends a request, and reads what comes of a head and 40 ms behind it.
fn open(kind: &str, url: &str, subprotocol: Option<&String>) -> (TcpStream, Vec<u8>, Vec<u8>) {
    let (address, path) = url.strip_prefix("ws://").and_then(|url| url.split_once('/')).expect("a URL");
    let fresh = Key::random().expect("random bytes");
    let key = if kind == "constant" { KEY } else { fresh.as_str() };
    let is_wrong = kind == "wrong" || kind == "fickle" && path.starts_with("accept-ows/");
    let mut request = format!(
        "GET /{path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n\
         Sec-WebSocket-Version: {}\r\n",
        if is_wrong { 8 } else { 13 },
    );
    if kind == "fickle" && path.starts_with("accept-tabs/") {
        request = request.replace(&format!("Host: {address}\r\n"), "");
    }
    if let Some(subprotocol) = subprotocol {
        request.extend(["Sec-WebSocket-Protocol: ", subprotocol, "\r\n"]);
    }
    match kind {
        // The last bits that base64 does not use are set (RFC 4648, section 3.5).
        "sloppy" => {
            let last = key.as_bytes()[21];
            let other = ["AB", "QR", "gh", "wx"].iter().find(|pair| pair.as_bytes()[0] == last).expect("unused bits are zero");
            request = request.replace(key, &format!("{}{}==", &key[..21], &other[1..]));
        }
        "right" => request += "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n",
        "cookie" => request += "Cookie: sid=s3cretCOOKIE\r\n",
        _ => {}
    }
    let mut stream = TcpStream::connect(address).expect("it listens");
    let early = if kind == "early" { HELLO } else { b"" };
    stream.write_all(&[request.as_bytes(), b"\r\n", early].concat()).expect("it reads");
    let (mut came, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        came.extend_from_slice(&buffer[..count]);
        let is_interim = [b"100 ", b"102 ", b"103 "].iter().any(|status| came.get(9..13) == Some(&status[..]));
        let heads = came.windows(4).filter(|bytes| bytes == b"\r\n\r\n").count();
        if heads > usize::from(is_interim) {
            // What is right behind the head comes with it.
            stream.set_read_timeout(Some(Duration::from_millis(40))).expect("a limit");
        }
    }
    stream.set_read_timeout(None).expect("no limit");
    (stream, (request + "\r\n").into_bytes(), came)
}

/// Whether the rules say that the client must fail the connection.
fn is_refused(request: &[u8], came: &[u8]) -> bool {
    let interim = came.starts_with(b"HTTP/1.1 103").then(|| came.windows(4).position(|bytes| bytes == b"\r\n\r\n")).flatten();
    let came = interim.map_or(came, |at| &came[at + 4..]);
    let Some(end) = came.windows(4).position(|bytes| bytes == b"\r\n\r\n").map(|at| at + 4) else { return true };
    let mut exchange = Exchange::new(Some(Head::parse(request)), Some(Head::parse(&came[..end])));
    exchange.behind = Some(Behind::new(came[end..].to_vec(), StreamEnd::Open));
    // What is wrong with its own request it does not know.
    let is_own = |id: &str| ["version-", "request-"].iter().any(|own| id.starts_with(own));
    let is_error = judge(&[exchange]).iter().any(|finding| finding.level == Level::Error && !is_own(finding.rule.id));
    is_error || !came.starts_with(b"HTTP/1.1 101")
}

/// Starts what would stay: a process in a session of its own, and one of that without the environment.
fn leave_something() {
    let age = env::var("WSKEY_TEST_AGE").expect("how long they sleep");
    for before in [&["setsid"][..], &["setsid", "env", "-i"], &[]] {
        let words = [before, &["sleep", &age]].concat();
        let started = Command::new(words[0]).args(&words[1..]).stdin(Stdio::null()).spawn();
        drop(started.expect("setsid, env and sleep are there"));
    }
}

/// `wskey serve --conformance` with a client of this kind, and these words behind its name.
fn command(args: &[&str], kind: &str, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wskey"));
    command.args(["serve", "--conformance"]).args(args).arg("--").arg(env::current_exe().expect("this program")).args(words);
    command.env(CLIENT, kind).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What a run wrote, TOKEN in place of its tokens and N of ports, and its exit code.
fn run(args: &[&str], kind: &str, words: &[&str]) -> (String, String, Option<i32>) {
    told(&command(args, kind, words).output().expect("the program runs"))
}

fn told(output: &Output) -> (String, String, Option<i32>) {
    let text = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let is_token = |word: &&str| word.len() == 32 && word.bytes().all(|b| b.is_ascii_hexdigit());
        let tokens: Vec<_> = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(is_token).collect();
        let masked = tokens.iter().fold(text.clone(), |text, token| text.replace(token, "TOKEN"));
        let mut parts = masked.split("127.0.0.1:");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| text + "127.0.0.1:N" + part.trim_start_matches(|c: char| c.is_ascii_digit()))
    };
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

/// The lines of the cases whose word is one of these.
fn with_word<'a>(out: &'a str, words: &[&str]) -> Vec<&'a str> {
    out.lines().filter(|line| words.contains(&line.split(' ').next().unwrap_or_default())).collect()
}

fn a_right_client() {
    let (out, err, code) = run(&["--jobs", "8"], "right", &["{}", "{subprotocol}"]);
    assert_eq!(with_word(&out, &["FAILED", "WARN", "UNJUDGED"]), [""; 0], "{out}");
    // It offers no subprotocol but where it is asked to, no other extension, and permessage-deflate as browsers do.
    let applies = |needs: &str| {
        !["offer permessage-deflate", "alone", "another extension", "never"].iter().any(|part| needs.contains(part))
    };
    let count = CASES.iter().filter(|case| case.needs.is_none_or(|need| applies(need.description))).count();
    let open = CASES.iter().filter(|case| case.expectation == Expectation::Open);
    let open = open.filter(|case| case.needs.is_none_or(|need| applies(need.description))).count();
    let expected = format!(
        "wskey: {} cases: {} OK, 0 FAILED, 0 WARN, {open} NOTE, {} N/A\n",
        CASES.len(),
        count - open,
        CASES.len() - count
    );
    assert_eq!((err, code), (expected, Some(0)), "{out}");
    let ids: Vec<_> = out.lines().filter_map(|line| line.split_ascii_whitespace().nth(1)).collect();
    let expected: Vec<_> = CASES.iter().map(|case| case.id).collect();
    assert_eq!(ids, expected);
}

fn a_client_that_does_not_look_at_the_accept_value() {
    let (out, err, code) = run(&["--only", "correct,accept-wrong,accept-ows,upgrade-missing,status-403"], "trusting", &[]);
    let told = "the client opened: it sent a text frame, expected it to refuse:";
    let expected = format!(
        "OK     correct               accepted: a right answer\n\
         FAILED accept-wrong          {told} first character of the right value changed breaks accept-mismatch (RFC 6455 4.1 (4))\n    \
         command   exit status: 0\n\
         OK     accept-ows            accepted: right value between spaces\n\
         FAILED upgrade-missing       {told} no Upgrade breaks response-upgrade (RFC 6455 4.1 (2))\n    \
         command   exit status: 0\n\
         OK     status-403            refused: 403; Connection: close, Content-Length: 0\n"
    );
    assert_eq!((out.as_str(), code), (expected.as_str(), Some(1)));
    assert_eq!(err, "wskey: 5 cases: 3 OK, 2 FAILED, 0 WARN, 0 NOTE\n");
    let (out, _, code) = run(&["--only", "accept-wrong", "--json"], "trusting", &[]);
    let objects: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let [first, case] = &objects[..] else { panic!("{out}") };
    assert_eq!((&first["type"], &first["case"], &first["ok"]), (&"connection".into(), &"correct".into(), &true.into()));
    let mut case = case.clone();
    let sent = case["sent"].take();
    assert!(sent.as_str().is_some_and(|sent| sent.starts_with("HTTP/1.1 101 ")), "{sent}");
    assert!(case["received"].take().as_str().is_some_and(|received| received.starts_with("GET /accept-wrong/TOKEN HTTP/1.1")));
    // A frame that is masked is no text.
    assert!(case.as_object_mut().expect("an object").remove("received_base64").is_some());
    let message = format!("{told} first character of the right value changed breaks accept-mismatch");
    let expected = serde_json::json!({"schema": 2, "type": "case", "case": "accept-wrong", "expect": "refuse", "outcome": "accepted",
        "verdict": "FAILED", "ok": false, "level": "error", "section": "4.1 (4)", "message": message, "sent": null, "received": null,
        "exit_status": 0});
    assert_eq!((case, code), (expected, Some(1)));
}

/// What is wrong behind the head is met by who fails the connection over it, though a message was sent before; what is wrong in the head
/// is not.
fn a_client_that_speaks_first() {
    let (out, err, code) = run(&["--only", "behind-masked,behind-text,early-frame,accept-wrong"], "eager", &[]);
    let words = out.lines().filter(|line| !line.starts_with(' ')).map(|line| line.split_whitespace().take(2).collect::<Vec<_>>());
    let expected = [["OK", "early-frame"], ["FAILED", "accept-wrong"], ["OK", "behind-text"], ["OK", "behind-masked"]];
    let mut words: Vec<_> = words.collect();
    words.sort_by_key(|words| expected.iter().position(|other| other == &words[..]));
    assert_eq!(words, expected, "{out}");
    assert_eq!((err.as_str(), code), ("wskey: 4 cases: 3 OK, 1 FAILED, 0 WARN, 0 NOTE\n", Some(1)));
}

/// It does not say why, and needs not: the end of the connection is enough where it stayed after a right answer.
fn a_client_that_speaks_first_and_ends_the_connection() {
    let (out, _, code) = run(&["--only", "behind-masked,behind-text,early-frame,accept-wrong"], "sudden", &[]);
    let spoke = "the client opened: it sent a text frame";
    let left = format!("{spoke}, and ended the connection without a Close frame, as it may after a right answer too");
    let expected = format!(
        "FAILED accept-wrong          {spoke}, expected it to refuse: first character of the right value changed breaks accept-mismatch \
         (RFC 6455 4.1 (4))\n    command   exit status: 0\n\
         OK     early-frame           accepted: a text frame in the same segment as the 101\n\
         UNJUDGED behind-text           {left}: text behind the head (RFC 6455 5.2)\n    command   exit status: 0\n\
         UNJUDGED behind-masked         {left}: a masked frame behind the head (RFC 6455 5.1)\n    command   exit status: 0\n"
    );
    assert_eq!((out.as_str(), code), (expected.as_str(), Some(2)));
}

/// A Close frame with 1000 may mean that it failed the connection, or that it is done; over a wrong head it shows that it opened.
fn a_client_that_closes_the_connection() {
    let (out, _, code) = run(&["--only", "behind-masked,accept-ows,accept-wrong,behind-close"], "parting", &[]);
    let told = "opened: it sent a Close frame (1000)";
    let expected = format!(
        "FAILED accept-wrong          the client {told}, expected it to refuse: first character of the right value changed breaks \
         accept-mismatch (RFC 6455 4.1 (4))\n    command   exit status: 0\n\
         OK     accept-ows            accepted: right value between spaces\n\
         UNJUDGED behind-masked         the client {told}, which may fail the connection or end it as usual; let it stay open until the server closes: a masked frame behind the \
         head (RFC 6455 5.1)\n    command   exit status: 0\n\
         OK     behind-close          accepted: a Close frame (1000) right behind the head: to be answered\n"
    );
    assert_eq!((out.as_str(), code), (expected.as_str(), Some(2)));
}

/// It answers what is wrong behind the head with a frame that is wrong, and the next Ping as usual; it sends more than is read.
fn a_client_whose_answer_is_hard_to_see() {
    let (out, _, code) = run(&["--only", "behind-rsv1"], "echoing", &[]);
    let expected = "FAILED behind-rsv1           the client opened: it sent a Pong frame, expected it to refuse: a frame with RSV1 behind \
        the head breaks after-101 (RFC 6455 5.2)\n    command   exit status: 0\n";
    assert_eq!((out.as_str(), code), (expected, Some(1)));
    // A Pong that has not the payload of the Ping answers nothing (RFC 6455, section 5.5.3).
    let (out, _, code) = run(&["--only", "behind-rsv1"], "beating", &[]);
    assert!(out.starts_with("OK     behind-rsv1 ") && code == Some(0), "{out}");
    let (out, _, code) = run(&["--only", "behind-rsv1"], "dozing", &[]);
    assert!(
        out.starts_with("UNJUDGED behind-rsv1           the client opened: it sent a Close frame (1000), which may ")
            && code == Some(2),
        "{out}"
    );
    let (out, _, code) = run(&["--only", "behind-rsv1,early-frame,behind-close"], "large", &[]);
    let expected = "OK     early-frame           accepted: a text frame in the same segment as the 101\n\
        UNJUDGED behind-rsv1           the client opened: it sent a binary frame, and more than 64 KiB before it answered what stands \
        behind the head: a frame with RSV1 behind the head (RFC 6455 5.2)\n    command   exit status: 0\n\
        UNJUDGED behind-close          the client opened: it sent a binary frame, and more than 64 KiB before it answered what stands \
        behind the head: a Close frame (1000) right behind the head: to be answered (RFC 6455 7.3, 5.5.1)\n    command   exit status: 0\n";
    assert_eq!((out.as_str(), code), (expected, Some(2)));
}

/// So it does after a right answer too, and so its end proves nothing.
fn a_client_that_leaves_when_it_has_spoken() {
    let (out, _, code) = run(&["--only", "behind-masked,accept-ows"], "leaving", &[]);
    let expected = "OK     accept-ows            accepted: right value between spaces\n\
        UNJUDGED behind-masked         the client opened: it sent a text frame, and ended the connection without a Close frame, as it may \
        after a right answer too: a masked frame behind the head (RFC 6455 5.1)\n    command   exit status: 0\n";
    assert_eq!((out.as_str(), code), (expected, Some(2)));
}

/// What it sent before the answer shows nothing of what it made of that; that it did is wrong.
fn a_client_that_speaks_before_the_answer() {
    let (out, err, code) = run(&["--only", "accept-wrong,accept-ows,silent", "--case-timeout", "0.8"], "early", &[]);
    let lines: Vec<_> = out.lines().collect();
    let first =
        "127.0.0.1:N: FAILED (GET /correct/TOKEN; answered as correct: a right answer; the client opened: it sent a text frame)";
    let finding =
        "  error client request-waits: 11 bytes came behind the request before it was answered, expected none (RFC 6455 4.1)";
    assert_eq!(lines[..2], [first, finding], "{out}");
    assert_eq!(
        lines[2..],
        [
            "OK     accept-wrong          refused: first character of the right value changed",
            "OK     accept-ows            accepted: right value between spaces",
            "OK     silent                silent: no byte, connection kept"
        ]
    );
    assert_eq!((err.as_str(), code), ("wskey: 3 cases: 3 OK, 0 FAILED, 0 WARN, 0 NOTE; 1 request FAILED\n", Some(1)));
}

/// Every request is judged, and what is wrong is told once.
fn a_client_whose_request_is_wrong_now_and_then() {
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("report.xml");
    let args = ["--only", "accept-wrong,accept-ows,accept-tabs", "--junit", file.to_str().expect("UTF-8")];
    let (out, err, code) = run(&args, "fickle", &[]);
    let told = |id: &str, what: &str| {
        format!(
            "127.0.0.1:N: FAILED (GET /{id}/TOKEN; answered as {id}: right value between {what}; the client opened: it sent a text frame)"
        )
    };
    let lines: Vec<_> = out.lines().collect();
    assert_eq!(
        lines,
        [
            "OK     accept-wrong          refused: first character of the right value changed",
            &told("accept-ows", "spaces"),
            "  error client version-unsupported: Sec-WebSocket-Version is `8`, expected `13` (RFC 6455 4.1, 4.3)",
            "OK     accept-ows            accepted: right value between spaces",
            &told("accept-tabs", "tabs"),
            "  error client request-host: Host is missing (RFC 6455 4.1; RFC 9112 3.2)",
            "OK     accept-tabs           accepted: right value between tabs",
        ]
    );
    assert_eq!((err.as_str(), code), ("wskey: 3 cases: 3 OK, 0 FAILED, 0 WARN, 0 NOTE; 2 requests FAILED\n", Some(1)));
    let text = fs::read_to_string(&file).expect("a report");
    assert!(text.contains(" tests=\"6\" failures=\"2\" ") && text.contains(" name=\"request accept-ows\" "), "{text}");
}

fn a_client_with_one_key_for_all() {
    for jobs in ["1", "4"] {
        let (out, _, code) = run(&["--only", "accept-wrong,accept-ows,accept-tabs", "--jobs", jobs, "--json"], "constant", &[]);
        let objects: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
        let kinds: Vec<_> = objects.iter().map(|object| (object["type"].as_str(), object["case"].as_str())).collect();
        let expected =
            [("connection", "correct"), ("connection", "accept-wrong"), ("case", "accept-wrong"), ("case", "accept-ows")];
        assert_eq!(kinds[..4], expected.map(|(kind, case)| (Some(kind), Some(case))), "{out}");
        let finding = serde_json::json!({"rule": "key-reused", "level": "error", "side": "client", "section": "4.1",
            "message": format!("the key `{KEY}` came over another connection too, expected a random one for each")});
        assert_eq!((&objects[0]["ok"], &objects[1]["ok"]), (&true.into(), &false.into()), "{out}");
        assert_eq!((&objects[1]["findings"][0], objects.len(), code), (&finding, 5, Some(1)), "{out}");
    }
}

/// One that came cannot be told to be absent: that is another exit code.
fn a_client_that_comes_without_a_handshake() {
    for (kind, told) in [
        ("looking", "a connection came without a handshake: the client closed the connection without a byte"),
        ("plain", "a request came for `/correct/TOKEN` that is no handshake"),
        ("stripping", "a handshake came for `/correct`, expected one for the URL as it is"),
        ("quoting", "a handshake came for `/correct/TOKEN%22`, expected one for the URL as it is"),
    ] {
        let (out, err, code) = run(&[], kind, &[]);
        let expected = format!("wskey: {told}\n    command   exit status: 1\n");
        assert!(err.contains(&expected), "{err}");
        assert_eq!((out.as_str(), code), ("", Some(2)), "{err}");
    }
    // It is connected when it has had its time.
    let (_, err, code) = run(&["--case-timeout", "10.2"], "idle", &[]);
    assert_eq!((err.contains("no case was judged"), code), (true, Some(2)), "{err}");
}

fn a_client_that_never_connects() {
    let (out, err, code) = run(&[], "absent", &[]);
    let expected = "wskey: no handshake came, and the command ended\n    command   exit status: 7\n    \
        printed   one\n    printed   two\n    printed   three\n    printed   four\n    printed   five\\x1b[2J\n    printed   six\n\
        wskey: the client did not open with a right answer, so no case was judged\n";
    assert_eq!((out.as_str(), err.as_str(), code), ("", expected, Some(3)));
    let (out, _, code) = run(&["--json"], "absent", &[]);
    let object: Value = serde_json::from_str(&out).expect("one object");
    let expected = serde_json::json!({"schema": 2, "type": "case", "case": "correct", "expect": "accept", "outcome": "absent",
        "verdict": "UNJUDGED", "level": "error", "section": "4.1", "exit_status": 7,
        "message": "no handshake came, and the command ended", "printed": "one\ntwo\nthree\nfour\nfive\u{1b}[2J\nsix\n"});
    assert_eq!((object, code), (expected, Some(3)));
}

/// Behind the URL it does no harm, in its place nothing can be judged.
fn a_client_with_a_path_of_its_own() {
    let (out, _, code) = run(&["--only", "accept-wrong,accept-ows"], "appending", &[]);
    let expected = "OK     accept-wrong          refused: first character of the right value changed\n\
        OK     accept-ows            accepted: right value between spaces\n";
    assert_eq!((out.as_str(), code), (expected, Some(0)));
    let (out, err, code) = run(&[], "elsewhere", &[]);
    let expected = "wskey: a handshake came for `/chat?access_token=<redacted>`, expected one for the URL as it is\n    \
        command   exit status: 1\nwskey: the client did not open with a right answer, so no case was judged\n";
    assert_eq!((out.as_str(), err.as_str(), code), ("", expected, Some(2)));
}

fn a_client_that_exits_when_it_is_opened() {
    let (out, err, code) = run(&[], "hasty", &[]);
    let expected = "UNJUDGED correct               the client ended the connection without a frame; let it stay open until the \
        server closes (RFC 6455 4.1)\n    command   exit status: 0\n";
    let told = "wskey: the client did not open with a right answer, so no case was judged\n";
    assert_eq!((out.as_str(), err.as_str(), code), (expected, told, Some(2)));
}

/// However short its time is, it is sent a Close frame.
fn a_client_that_says_nothing() {
    let (out, _, code) = run(&["--case-timeout", "0.4"], "mute", &[]);
    let expected = "UNJUDGED correct               the client neither sent a frame nor ended the connection \
        (RFC 6455 4.1)\n    command   ended by wskey, since it did not end by itself\n";
    assert_eq!((out.as_str(), code), (expected, Some(2)));
}

/// It opened, and stayed: its Close frame says that it fails the connection, though a frame that is wrong came before.
/// It is given the time that it needs, however short that of a case is.
fn a_client_that_answers_a_close_frame_alone() {
    let (out, _, code) = run(&["--only", "accept-ows", "--case-timeout", "0.2"], "quiet", &[]);
    assert_eq!((out.as_str(), code), ("OK     accept-ows            accepted: right value between spaces\n", Some(0)));
}

fn a_client_that_fails_a_right_connection() {
    let (out, err, code) = run(&[], "failing", &[]);
    let expected = "FAILED correct               the client opened, and failed the connection at once with Close 1002, expected it to \
        open: a right answer (RFC 6455 4.1)\n    command   exit status: 0\n";
    let told = "wskey: the client did not open with a right answer, so no case was judged\n";
    assert_eq!((out.as_str(), err.as_str(), code), (expected, told, Some(1)));
}

fn a_client_that_connects_twice() {
    let (out, _, code) = run(&["--only", "status-403"], "twice", &[]);
    let expected =
        "OK     status-403            refused: 403; Connection: close, Content-Length: 0; came again (RFC 6455 4.1 (1))\n";
    assert_eq!((out.as_str(), code), (expected, Some(0)));
    // It refused the first, and opened the last.
    for (kind, came) in [("retrying", "came again, and"), ("persistent", "came again 2 times, and one of them")] {
        let (out, _, code) = run(&["--only", "accept-wrong"], kind, &[]);
        // What was sent to it and not read makes it a reset.
        let out = out.replace("reset the connection", "ended the connection");
        let expected = format!(
            "FAILED accept-wrong          the client ended the connection without a frame, expected it to refuse: first character of \
             the right value changed breaks accept-mismatch; {came} opened: it sent a text frame (RFC 6455 4.1 (4))\n    \
             command   exit status: 0\n"
        );
        assert_eq!((out, code), (expected, Some(1)));
    }
    // That it does not open with a right answer is not proven.
    let (out, _, code) = run(&["--only", "accept-ows"], "retrying", &[]);
    let out = out.replace("reset the connection", "ended the connection");
    let expected = "UNJUDGED accept-ows            the client ended the connection without a frame: right value between spaces; came again, and \
        opened: it sent a text frame (RFC 9110 5.5)\n    command   exit status: 0\n";
    assert_eq!((out.as_str(), code), (expected, Some(2)));
    // It leaves the first as it is, and opens the last.
    let (out, _, code) = run(&["--only", "accept-wrong", "--case-timeout", "0.8"], "leaking", &[]);
    let did = "FAILED accept-wrong          the client neither sent a frame nor ended the connection, expected it to refuse: ";
    assert!(out.starts_with(did) && code == Some(1), "{out}");
    // It asks for less when it comes again, and gets a right answer.
    let (out, _, code) = run(&["--only", "proto-other"], "modest", &["{}", "{subprotocol}"]);
    let expected =
        "OK     proto-other           refused: answered nope; came again, and opened: it sent a text frame (RFC 6455 4.1 (6))\n";
    assert_eq!((out.as_str(), code), (expected, Some(0)));
}

fn a_client_that_follows_redirects() {
    let (out, _, code) = run(&["--only", "redirect-301"], "follower", &[]);
    let expected = "NOTE   redirect-301          refused: 301 to a right server, ws:// in Location; followed the redirect \
        (RFC 6455 4.1 (1))\n";
    assert_eq!((out.as_str(), code), (expected, Some(0)));
}

fn a_client_that_sends_garbage() {
    let (out, _, code) = run(&["--only", "accept-wrong,accept-ows", "--jobs", "1"], "garbage", &[]);
    let expected = "WARN   accept-wrong          the client sent more than 64 KiB that are no frame, expected it to end the connection: \
        first character of the right value changed breaks accept-mismatch (RFC 6455 4.1 (4))\n    command   exit status: 0\n\
        FAILED accept-ows            the client sent more than 64 KiB that are no frame, expected it to open: right value between \
        spaces (RFC 9110 5.5)\n    command   exit status: 0\n";
    assert_eq!((out.as_str(), code), (expected, Some(1)));
}

/// The line of a case for which no head came, and why.
fn nothing_came(why: &str) -> String {
    format!(
        "UNJUDGED accept-wrong          a connection came without a handshake: {why} (RFC 6455 4.1 (4))\n    command   exit status: 1\n"
    )
}

fn a_client_that_drips() {
    let (out, _, code) = run(&["--only", "accept-wrong", "--case-timeout", "0.4"], "dripping", &[]);
    assert_eq!((out, code), (nothing_came("the head was not complete in time"), Some(2)));
}

/// Its time is counted from the answer on: it would end by itself, later, and have no verdict.
fn a_client_that_drips_behind_its_head() {
    let (out, _, code) = run(&["--only", "accept-wrong", "--case-timeout", "0.4"], "trickling", &[]);
    let expected = "WARN   accept-wrong          the client sent what is no frame of a client, and kept the connection, expected it to end \
        the connection: first character of the right value changed breaks accept-mismatch (RFC 6455 4.1 (4))\n    \
        command   exit status: 1\n";
    assert_eq!((out.as_str(), code), (expected, Some(0)));
}

fn a_client_whose_head_does_not_end() {
    let (out, _, code) = run(&["--only", "accept-wrong"], "endless", &[]);
    assert_eq!((out, code), (nothing_came("the head is longer than 64 KiB"), Some(2)));
}

fn a_client_that_floods() {
    let (out, _, code) = run(&["--only", "accept-wrong,accept-ows"], "flooding", &[]);
    let words: Vec<_> = out.lines().filter_map(|line| line.split_once(' ')).map(|(word, _)| word).collect();
    assert_eq!((&words[..2], code), (&["FAILED", ""][..], Some(1)), "{}", &out[..out.len().min(1000)]);
    assert!(out.ends_with("\nOK     accept-ows            accepted: right value between spaces\n"));
    // The last of what it printed is kept, and little of that is shown.
    assert!(out.len() < 80 << 10, "{}", out.len());
}

fn a_client_in_a_crowd() {
    let (out, err, code) = run(&["--only", "accept-ows", "--case-timeout", "30"], "surrounded", &[]);
    let told =
        "wskey: 256 connections are open, the most at once: others are closed\nwskey: 1 case: 1 OK, 0 FAILED, 0 WARN, 0 NOTE\n";
    let expected = "OK     accept-ows            accepted: right value between spaces\n";
    assert_eq!((out.as_str(), err.as_str(), code), (expected, told, Some(0)));
}

fn a_client_that_reports_success() {
    let (out, _, code) = run(&["--only", "accept-wrong"], "success", &[]);
    let expected = "OK     accept-wrong          refused: first character of the right value changed; the client failed the connection \
        and reported success (RFC 6455 4.1 (4))\n";
    assert_eq!((out.as_str(), code), (expected, Some(0)));
}

fn a_client_that_is_silent() {
    let (out, _, code) = run(&["--only", "silent,accept-wrong,accept-ows", "--case-timeout", "0.8"], "silent", &[]);
    let expected = "WARN   accept-wrong          the client neither sent a frame nor ended the connection, expected it to end the \
        connection: first character of the right value changed breaks accept-mismatch (RFC 6455 4.1 (4))\n    \
        command   ended by wskey, since it did not end by itself\n\
        FAILED accept-ows            the client neither sent a frame nor ended the connection, expected it to open: right value \
        between spaces (RFC 9110 5.5)\n    command   ended by wskey, since it did not end by itself\n\
        OK     silent                silent: no byte, connection kept\n";
    assert_eq!((out.as_str(), code), (expected, Some(1)));
}

/// It opened, and so the cases say something; its request is wrong all the same.
fn a_client_whose_request_is_wrong() {
    let (out, err, code) = run(&["--only", "accept-wrong"], "wrong", &[]);
    let lines: Vec<_> = out.lines().collect();
    let first =
        "127.0.0.1:N: FAILED (GET /correct/TOKEN; answered as correct: a right answer; the client opened: it sent a text frame)";
    assert_eq!(lines[0], first, "{out}");
    assert!(lines[1].starts_with("  error client version-unsupported: "), "{out}");
    assert_eq!(lines[2..], ["OK     accept-wrong          refused: first character of the right value changed"]);
    assert_eq!((err.as_str(), code), ("wskey: 1 case: 1 OK, 0 FAILED, 0 WARN, 0 NOTE; 1 request FAILED\n", Some(1)));
}

/// What it refused proves nothing where it refuses a right answer too.
fn a_client_that_opens_only_once() {
    let folder = tempfile::tempdir().expect("a directory");
    let mut client = command(&["--only", "accept-wrong"], "once", &[]);
    let (out, _, code) = told(&client.env("WSKEY_TEST_FILE", folder.path().join("once")).output().expect("the program runs"));
    let expected = "OK     accept-wrong          refused: first character of the right value changed\n\
        UNJUDGED correct               the client does not open with a right answer any more, so what it refused proves nothing \
        (RFC 6455 4.1)\n    command   exit status: 1\n";
    assert_eq!((out.as_str(), code), (expected, Some(2)));
    // Nor does that it opened in no case prove that the case is why.
    let mut client = command(&["--only", "accept-ows", "--jobs", "1"], "spent", &[]);
    let (out, _, code) = told(&client.env("WSKEY_TEST_FILE", folder.path().join("spent")).output().expect("the program runs"));
    let expected = "FAILED accept-ows            the client ended the connection without a frame, expected it to open: right value \
        between spaces (RFC 9110 5.5)\n    command   exit status: 1\n\
        UNJUDGED correct               the client does not open with a right answer any more, so what it refused proves nothing \
        (RFC 6455 4.1)\n    command   exit status: 1\n";
    assert_eq!((out.as_str(), code), (expected, Some(2)));
}

/// Beside others it ends the connection after a right answer too, in a case or behind them all.
fn a_client_that_cannot_run_beside_itself() {
    let folder = tempfile::tempdir().expect("a directory");
    let why = "the client opened when it ran alone, and not beside others, so what it refused proves nothing";
    let refused = "OK     accept-wrong          refused: first character of the right value changed\n";
    let ended = "    command   exit status: 0\n";
    for (kind, expected) in [
        ("shy", format!("{refused}UNJUDGED accept-ows            {why}: right value between spaces (RFC 9110 5.5)\n{ended}")),
        (
            "shier",
            format!(
                "{refused}OK     accept-ows            accepted: right value between spaces\n\
                 UNJUDGED correct               {why}: a right answer (RFC 6455 4.1)\n{ended}"
            ),
        ),
    ] {
        let report = folder.path().join(kind.to_owned() + ".xml");
        let args = ["--only", "accept-wrong,accept-ows", "--jobs", "2", "--junit", report.to_str().expect("UTF-8")];
        let mut command = command(&args, kind, &[]);
        let (out, err, code) =
            told(&command.env("WSKEY_TEST_FILE", folder.path().join(kind)).output().expect("the program runs"));
        assert_eq!((out, code), (expected, Some(2)), "{kind}");
        let program = env::current_exe().expect("this program");
        let first = format!("wskey: {} cannot run beside itself: use --jobs 1\n", program.display());
        assert!(err.starts_with(&first) && err.contains(" 0 FAILED, 0 WARN, 0 NOTE, 1 UNJUDGED\n"), "{err}");
        assert!(fs::read_to_string(&report).expect("a report").contains(&format!("<error message=\"{why}: ")), "{kind}");
    }
    // Where there are no others it is right.
    let mut command = command(&["--only", "accept-wrong", "--jobs", "1"], "shy", &[]);
    let (out, _, code) = told(&command.env("WSKEY_TEST_FILE", folder.path().join("alone")).output().expect("the program runs"));
    assert_eq!((out.as_str(), code), (refused, Some(0)));
}

fn a_client_that_asks_for_nothing() {
    let (out, err, code) = run(&["--only", "proto-other"], "trusting", &[]);
    assert!(
        out.starts_with("N/A    proto-other           needs a request that asks for the subprotocol chat, and not for nope: "),
        "{out}"
    );
    let told = "wskey: no case says anything of this client: its request lacks what they need\n\
        wskey: 1 N/A: {subprotocol} in COMMAND stands for the subprotocol that the client has to ask for\n\
        wskey: 1 case: 0 OK, 0 FAILED, 0 WARN, 0 NOTE, 1 N/A\n";
    assert_eq!((err.as_str(), code), (told, Some(2)));
    let (_, err, _) = run(&["--only", "proto-other"], "trusting", &["{subprotocol}"]);
    assert!(!err.contains("stands for"), "{err}");
    let (out, _, code) = run(&["--only", "proto-other", "--json"], "trusting", &[]);
    let object: Value = serde_json::from_str(out.lines().last().expect("a case")).expect("an object");
    assert_eq!((&object["outcome"], &object["verdict"], code), (&"not-applicable".into(), &"N/A".into(), Some(2)));
    assert_eq!(object.get("ok"), None, "{object}");
}

/// `{}` and `{subprotocol}`, wherever they stand.
fn words_of_the_command() {
    for (words, expected) in [
        (&["{}", "{subprotocol}"][..], "ws://127.0.0.1:N/proto-other/TOKEN|chat"),
        (&[], "ws://127.0.0.1:N/proto-other/TOKEN"),
        (&["{}", "--protocol={subprotocol}"], "ws://127.0.0.1:N/proto-other/TOKEN|--protocol=chat"),
        (&["{}?a={}", "b"], "ws://127.0.0.1:N/proto-other/TOKEN?a=ws://127.0.0.1:N/proto-other/TOKEN|b"),
    ] {
        let (out, ..) = run(&["--only", "proto-other", "--json", "-v"], "words", words);
        let object: Value = serde_json::from_str(out.lines().last().expect("a case")).expect("an object");
        assert_eq!(object["printed"], format!("{expected}\n"), "{out}");
    }
    let (out, ..) = run(&["--only", "accept-wrong", "--json"], "words", &["{}", "{subprotocol}"]);
    let object: Value = serde_json::from_str(out.lines().last().expect("a case")).expect("an object");
    assert_eq!(object["printed"], "ws://127.0.0.1:N/accept-wrong/TOKEN\n");
}

fn credentials_are_not_shown() {
    for args in [&["--only", "accept-wrong"][..], &["--only", "accept-wrong", "--json"], &["--only", "accept-wrong", "-v"]] {
        let (out, err, code) = run(args, "cookie", &[]);
        assert!(out.contains("I send sid=<redacted>") && !(out + &err).contains("s3cret") && code == Some(1));
    }
}

fn junit() {
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("report.xml");
    let args = ["--junit", file.to_str().expect("UTF-8"), "--only", "accept-wrong,accept-ows,proto-other"];
    assert_eq!(run(&args, "words", &[]).2, Some(1));
    let text = fs::read_to_string(&file).expect("a report");
    assert!(text.contains(" tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"1\" "), "{text}");
    assert!(text.contains("<testcase classname=\"wskey.serve\" name=\"request\" "), "{text}");
    assert!(text.contains("<skipped message=\"needs a request that asks for the subprotocol chat, and not for nope: "), "{text}");
    assert!(text.contains("printed   ws://127.0.0.1:"), "{text}");
    // What a request is warned of, as in the text.
    let (out, _, code) = run(&args, "sloppy", &[]);
    let text = fs::read_to_string(&file).expect("a report");
    let (_, found) = text.split_once("<system-out>").expect("a warning");
    assert!(found.starts_with("WARN key-trailing-bits: ") && text.contains(" tests=\"4\" failures=\"1\" "), "{text}");
    assert!(out.contains("\n  warn  client key-trailing-bits: ") && code == Some(1), "{out}");
    assert_eq!(run(&args, "absent", &[]).2, Some(3));
    let text = fs::read_to_string(&file).expect("a report");
    assert!(text.contains("<skipped message=\"the client did not open with a right answer, so no case was judged\"/>"), "{text}");
    assert!(text.contains("<error message=\"no handshake came, and the command ended\"/>"), "{text}");
    // Where there is no client, a pipe gets a report too.
    let why = "cannot start /nowhere/client: No such file or directory (os error 2)";
    let mut command = Command::new(env!("CARGO_BIN_EXE_wskey"));
    let args = ["serve", "--conformance", "--junit", "/dev/stdout", "--", "/nowhere/client"];
    let (out, err, code) = told(&command.args(args).stdin(Stdio::null()).output().expect("the program runs"));
    assert!(out.ends_with("</testsuite>\n") && out.contains(&format!("<error message=\"{why}\"/>")), "{out}");
    assert_eq!((err, code), (format!("wskey: {why}\n"), Some(2)));
}

fn usage() {
    let run = |args: &[&str]| {
        told(&Command::new(env!("CARGO_BIN_EXE_wskey")).arg("serve").args(args).output().expect("the program runs"))
    };
    let (out, err, code) = run(&["--conformance", "--", "/nowhere/client"]);
    let line = run(&["--conformance", "--", "node client.mjs {}"]).1;
    let expected =
        "wskey: cannot start node client.mjs {} (sh -c runs a line of shell): No such file or directory (os error 2)\n";
    assert_eq!(line, expected);
    let expected = "wskey: cannot start /nowhere/client: No such file or directory (os error 2)\n";
    assert_eq!((out.as_str(), err.as_str(), code), ("", expected, Some(2)));
    assert_eq!(run(&["--conformance", "--", ""]), (String::new(), "wskey: the name of COMMAND is empty\n".to_owned(), Some(2)));
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        let word = std::ffi::OsStr::from_bytes(b"--url=\xff{}");
        let mut command = Command::new(env!("CARGO_BIN_EXE_wskey"));
        let output = command.args(["serve", "--conformance", "--", "true"]).arg(word).output().expect("the program runs");
        let err = "wskey: `--url=\\xff{}` is not UTF-8, so nothing can be put into it\n".to_owned();
        assert_eq!(told(&output), (String::new(), err, Some(2)));
    }
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let (_, err, code) = run(&[&address, "--conformance", "--", "a"]);
    assert_eq!((err.as_str(), code), ("wskey: cannot listen on 127.0.0.1:N: Address already in use (os error 98)\n", Some(2)));
    for args in [&["--", "a"][..], &["--only", "correct"], &["--conformance", "--count", "1", "--", "a"]] {
        assert_eq!(run(args).2, Some(2), "{args:?}");
    }
    let err = "wskey: --case-timeout: -1 seconds, expected more than 0 and at most 86400\n".to_owned();
    assert_eq!(run(&["--conformance", "--case-timeout", "-1", "--", "a"]), (String::new(), err, Some(2)));
    let (_, err, code) = run(&["--conformance", "--only", "accept-wrng", "--", "a"]);
    assert_eq!((err.as_str(), code), ("wskey: unknown case 'accept-wrng', did you mean 'accept-wrong'?\n", Some(2)));
    let (out, _, code) = run(&["--list-cases", "--only", "accept-d"]);
    assert_eq!((out.lines().count(), code), (4, Some(0)), "{out}");
}

/// A word that no other process has, of another run of these tests either, and a number of seconds of more than a day.
#[cfg(target_os = "linux")]
fn own_word(number: u8) -> String {
    format!("{}{number}", 86_400 + process::id())
}

/// The processes whose command line has this word.
#[cfg(target_os = "linux")]
fn processes(word: &str) -> Vec<String> {
    let entries = fs::read_dir("/proc").expect("/proc").flatten();
    let lines = entries.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines.filter(|line| line.split(' ').any(|other| other == word)).collect()
}

/// It is ended in time, with what it started in sessions of its own.
#[cfg(target_os = "linux")]
fn a_client_that_hangs() {
    let args = ["--only", "accept-wrong", "--jobs", "1", "--case-timeout", "0.3"];
    let age = own_word(3);
    let output = command(&args, "hanging", &[]).env("WSKEY_TEST_AGE", &age).output().expect("the program runs");
    let expected = "UNJUDGED accept-wrong          no handshake came within 10 s (RFC 6455 4.1 (4))\n";
    let (out, _, code) = told(&output);
    assert_eq!((out.as_str(), code), (expected, Some(2)));
    assert_eq!(processes(&age), [""; 0]);
}

/// It refuses, in a way that nobody wants.
#[cfg(target_os = "linux")]
fn a_client_that_crashes() {
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("report.xml");
    let args = ["--only", "accept-wrong,accept-ows", "--junit", file.to_str().expect("UTF-8")];
    let (out, _, code) = run(&args, "crashing", &[]);
    let told = "refused: first character of the right value changed; the command was ended by signal 6";
    let expected = format!(
        "OK     accept-wrong          {told} (RFC 6455 4.1 (4))\n\
         OK     accept-ows            accepted: right value between spaces\n"
    );
    assert_eq!((out.as_str(), code), (expected.as_str(), Some(0)));
    let text = fs::read_to_string(&file).expect("a report");
    assert!(text.contains(&format!("<system-out>{told}</system-out>")), "{text}");
    let (out, ..) = run(&["--only", "accept-wrong", "--json"], "crashing", &[]);
    let object: Value = serde_json::from_str(out.lines().last().expect("a case")).expect("an object");
    assert_eq!((&object["signal"], object.get("exit_status")), (&6.into(), None), "{object}");
}

/// The command ends at once, as a shell's does that ends in `&`; the client is in a session of its own, and without the environment.
#[cfg(target_os = "linux")]
fn a_client_in_the_background() {
    for kind in ["background", "bare"] {
        let (out, _, code) = run(&["--only", "accept-wrong,accept-ows", "--jobs", "1"], kind, &[]);
        let expected = "OK     accept-wrong          refused: first character of the right value changed\n\
            OK     accept-ows            accepted: right value between spaces\n";
        assert_eq!((out.as_str(), code), (expected, Some(0)), "{kind}");
    }
    // It comes again when its command has long ended, and takes the same answer.
    let (out, _, code) = run(&["--only", "accept-wrong", "--jobs", "1"], "again", &[]);
    let expected = "FAILED accept-wrong          the client ended the connection without a frame";
    assert!(out.starts_with(expected) && out.contains("; came again, and opened: ") && code == Some(1), "{out}");
}

/// Its command can be started only once: the other cases have no verdict, and a report.
#[cfg(target_os = "linux")]
fn a_client_that_vanishes() {
    let folder = tempfile::tempdir().expect("a directory");
    let link = folder.path().join("client");
    std::os::unix::fs::symlink(env::current_exe().expect("this program"), &link).expect("a link");
    let mut command = Command::new(env!("CARGO_BIN_EXE_wskey"));
    command.args(["serve", "--conformance", "--only", "accept-wrong,accept-ows", "--"]).arg(&link).stdin(Stdio::null());
    let (out, err, code) =
        told(&command.env(CLIENT, "vanishing").env("WSKEY_TEST_FILE", &link).output().expect("the program runs"));
    let why = format!("cannot start {}: No such file or directory (os error 2)", link.display());
    let expected = format!(
        "UNJUDGED accept-wrong          {why} (RFC 6455 4.1 (4))\n\
         UNJUDGED accept-ows            {why} (RFC 9110 5.5)\n"
    );
    assert_eq!((out, code), (expected, Some(2)));
    assert_eq!(err, "wskey: 2 cases: 0 OK, 0 FAILED, 0 WARN, 0 NOTE, 2 UNJUDGED\n");
}

/// Whoever runs wskey ignores SIGCHLD, and so the kernel keeps no status.
#[cfg(target_os = "linux")]
fn a_command_whose_end_nobody_is_told() {
    let run = "trap '' CHLD; exec \"$0\" serve --conformance -- true";
    let (out, err, code) = told(&Command::new("bash").args(["-c", run, env!("CARGO_BIN_EXE_wskey")]).output().expect("bash"));
    let expected = "wskey: no handshake came, and the command ended\n\
        wskey: the client did not open with a right answer, so no case was judged\n";
    assert_eq!((out.as_str(), err.as_str(), code), ("", expected, Some(3)));
}

/// It hangs, and what it started is in sessions of its own, without the environment, or in its group.
#[cfg(target_os = "linux")]
fn nothing_is_left() {
    for (jobs, number, signal) in [("1", 1, "-INT"), ("4", 2, "-INT"), ("1", 5, "-HUP"), ("1", 6, "-QUIT"), ("1", 7, "-TERM")] {
        let age = own_word(number);
        let args = ["--only", "accept-wrong,accept-ows", "--jobs", jobs, "--case-timeout", "0.3"];
        let mut child = command(&args, "hanging", &[]).env("WSKEY_TEST_AGE", &age).spawn().expect("the program runs");
        until(|| !processes(&age).is_empty());
        send(signal, &child);
        assert_eq!(child.wait().expect("it ends").code(), Some(2));
        assert_eq!(processes(&age), [""; 0]);
    }
}

#[cfg(target_os = "linux")]
fn an_interrupt() {
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("report.xml");
    let args = ["--only", "accept-wrong,silent", "--jobs", "1", "--case-timeout", "60", "--junit", file.to_str().expect("UTF-8")];
    let mut child = command(&args, "trusting", &[]).spawn().expect("the program runs");
    until(|| fs::read_to_string(&file).is_ok_and(|text| text.contains("name=\"accept-wrong\"")));
    interrupt(&child);
    until(|| child.try_wait().expect("its state").is_some());
    let (out, err, code) = told(&child.wait_with_output().expect("it ended"));
    assert_eq!((with_word(&out, &["FAILED"]).len(), code), (1, Some(2)), "{out}");
    assert_eq!(err, "wskey: interrupted: 1 of 2 cases judged\nwskey: 1 case: 0 OK, 1 FAILED, 0 WARN, 0 NOTE\n");
    let text = fs::read_to_string(&file).expect("a report");
    assert!(text.contains(" failures=\"1\" errors=\"1\" ") && text.trim_end().ends_with("</testsuite>"), "{text}");
}

/// The pipe is full as it prints the first case, while the client of the second one runs.
#[cfg(target_os = "linux")]
fn nobody_reads_what_is_told() {
    let (reader, mut writer) = io::pipe().expect("a pipe");
    let args = ["--only", "accept-wrong,silent", "--jobs", "1", "--case-timeout", "60"];
    let word = own_word(4);
    let mut command = command(&args, "right", &["{}", &word]);
    let mut child = command.stdout(writer.try_clone().expect("another")).spawn().expect("the program runs");
    drop(command);
    let filling = thread::spawn(move || while writer.write_all(&[b' '; 4096]).is_ok() {});
    let clients = || processes(&word).into_iter().filter(|line| line.contains("/silent/")).count();
    until(|| clients() > 0);
    interrupt(&child);
    until(|| child.try_wait().expect("its state").is_some());
    assert_eq!((child.wait().expect("it ended").code(), clients()), (Some(2), 0));
    drop(reader);
    filling.join().expect("it ends");
}
