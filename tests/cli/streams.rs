//! Long and slow streams through the program: bounds, order, and replies that do not wait.

use crate::support::{name, needs, slow, wskey};
use libtest2_mimic::Trial;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{ChildStdin, ChildStdout, Command, Output, Stdio};
use std::thread;
#[cfg(unix)]
use std::{
    net::Shutdown,
    os::{fd::OwnedFd, unix::net::UnixStream},
    time::Duration,
};
use wskey::{Accept, Key};

pub(crate) fn trials() -> Vec<Trial> {
    let mut all = listed![
        a_line_is_read_up_to_64_kib,
        what_stands_around_a_long_line_is_answered,
        a_long_stream_keeps_its_order,
        verify_keeps_its_order_too,
        a_byte_order_mark_belongs_to_no_line,
        a_typed_line_is_answered_at_once,
        a_closed_stdout_ends_accept_while_stdin_goes_on,
        d10_remarks_are_summed_up,
        any_number_of_handshakes_is_judged,
    ];
    #[cfg(unix)]
    all.extend(listed![c10_a_remark_is_told_in_its_place, c13_pipes_that_do_not_wait]);
    let openssl = name(module_path!(), "five_hundred_keys_agree_with_openssl");
    all.push(needs(&["bash", "openssl"], openssl, five_hundred_keys_agree_with_openssl));
    all.push(slow(name(module_path!(), "two_hundred_thousand_handshakes"), two_hundred_thousand_handshakes));
    #[cfg(target_os = "linux")]
    all.push(slow(name(module_path!(), "memory_is_bounded_whatever_comes"), memory_is_bounded_whatever_comes));
    all
}

const SAMPLE: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const SAMPLE_ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// Feeds `input` to the program from another thread, and returns what it says.
fn feed(arguments: &[&str], input: Vec<u8>) -> Output {
    let mut child = wskey(arguments);
    let mut stdin = child.stdin.take().expect("a pipe");
    let feeder = thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("an end");
    feeder.join().expect("no panic").expect("all is read");
    output
}

/// Windows' editors begin a text with one.
fn a_byte_order_mark_belongs_to_no_line() {
    let said = |arguments: &[&str], input: &str| feed(arguments, input.as_bytes().to_vec()).status.code();
    let pair = format!("{SAMPLE} {SAMPLE_ACCEPT}\r\n");
    assert_eq!(said(&["verify"], &format!("\u{feff}{pair}{pair}")), Some(0));
    assert_eq!(said(&["verify"], &format!("{pair}\u{feff}{pair}")), Some(1));
    assert_eq!(said(&["verify"], &format!("\u{feff}\u{feff}{pair}")), Some(1));
    assert_eq!(feed(&["accept"], format!("\u{feff}{SAMPLE}\n").into_bytes()).stdout, format!("{SAMPLE_ACCEPT}\n").into_bytes());
}

/// A hundred are told, and how many more there were.
fn d10_remarks_are_summed_up() {
    let output = feed(&["accept"], "x\n".repeat(12_345).into_bytes());
    let err = String::from_utf8(output.stderr).expect("text");
    assert_eq!(err.lines().count(), 101);
    assert!(err.starts_with("wskey: line 1: ") && err.ends_with("\nwskey: and 12,245 more\n"), "{err}");
    assert_eq!((output.stdout, output.status.code()), ("\n".repeat(12_345).into_bytes(), Some(2)));
    let output = feed(&["accept"], "x\n".repeat(100).into_bytes());
    assert_eq!(String::from_utf8(output.stderr).expect("text").lines().count(), 100);
}

/// Where stdout and stderr are one, a remark stands before the line that it is about.
#[cfg(unix)]
fn c10_a_remark_is_told_in_its_place() {
    let (mut ours, theirs) = UnixStream::pair().expect("a pair");
    let mut child = Command::new(env!("CARGO_BIN_EXE_wskey"))
        .arg("accept")
        .stdin(Stdio::piped())
        .stdout(OwnedFd::from(theirs.try_clone().expect("a copy")))
        .stderr(OwnedFd::from(theirs))
        .spawn()
        .expect("the program");
    let input = format!("{SAMPLE}\nbad\n{SAMPLE}\n");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("all is read");
    assert_eq!(child.wait().expect("an end").code(), Some(2));
    let mut all = String::new();
    ours.set_nonblocking(true).expect("a socket");
    let _ = ours.read_to_string(&mut all);
    let remark = "wskey: line 2: key is not padded base64: 3 symbols and 0 '=', expected 22 and 2";
    assert_eq!(all, format!("{SAMPLE_ACCEPT}\n{remark}\n\n{SAMPLE_ACCEPT}\n"));
}

/// A parent such as Node makes its ends of pipes so, and with them the child's.
#[cfg(unix)]
fn c13_pipes_that_do_not_wait() {
    let (mut ours, theirs) = UnixStream::pair().expect("a pair");
    theirs.set_nonblocking(true).expect("a socket");
    let child = Command::new(env!("CARGO_BIN_EXE_wskey"))
        .arg("accept")
        .stdin(OwnedFd::from(theirs.try_clone().expect("a copy")))
        .stdout(OwnedFd::from(theirs))
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    // Nothing to read for a while; then more than the socket holds, which is read late.
    thread::sleep(Duration::from_millis(100));
    let count = 40_000;
    let mut writer = ours.try_clone().expect("a copy");
    let feeder = thread::spawn(move || {
        writer.write_all(format!("{SAMPLE}\n").repeat(count).as_bytes()).expect("all is read");
        writer.shutdown(Shutdown::Write).expect("an end");
    });
    thread::sleep(Duration::from_millis(200));
    let mut all = String::new();
    ours.read_to_string(&mut all).expect("text");
    feeder.join().expect("no panic");
    let output = child.wait_with_output().expect("an end");
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
    assert_eq!(all, format!("{SAMPLE_ACCEPT}\n").repeat(count));
}

fn line_of(length: usize) -> Vec<u8> {
    vec![b'A'; length]
}

/// Lines around the bound, as text: length without line ending, and whether it is read.
fn a_line_is_read_up_to_64_kib() {
    for (end, ending) in [(&b"\n"[..], "LF"), (b"\r\n", "CR LF"), (b"", "none")] {
        for (length, expected) in [
            (65535, "line 1: key is not padded base64: 65535 symbols and 0 '=', expected 22 and 2"),
            (65536, "line 1: key decodes to 49152 bytes, expected 16"),
            (65537, "line 1: line is longer than 65536 bytes"),
            (300_000, "line 1: line is longer than 65536 bytes"),
        ] {
            let output = feed(&["accept"], [&line_of(length)[..], end].concat());
            assert_eq!(
                String::from_utf8_lossy(&output.stderr),
                format!("wskey: {expected}\n"),
                "{length} bytes, line ending {ending}"
            );
            assert_eq!((output.stdout, output.status.code()), (b"\n".to_vec(), Some(2)));
        }
    }
}

fn what_stands_around_a_long_line_is_answered() {
    let long = line_of(1_000_000);
    let input = [SAMPLE.as_bytes(), b"\n", &long, b"\n", SAMPLE.as_bytes(), b"\n\n", &long, b"\r\n", &long].concat();
    let output = feed(&["accept"], input);
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{SAMPLE_ACCEPT}\n\n{SAMPLE_ACCEPT}\n\n\n\n"));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "wskey: line 2: line is longer than 65536 bytes\nwskey: line 4: key is empty, expected 24 characters\n\
         wskey: line 5: line is longer than 65536 bytes\nwskey: line 6: line is longer than 65536 bytes\n"
    );
    let input = [SAMPLE.as_bytes(), b" ", SAMPLE_ACCEPT.as_bytes(), b"\n", &long].concat();
    let output = feed(&["verify"], input);
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{SAMPLE}: OK\n"));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "wskey: line 2: line is longer than 65536 bytes\n");
    assert_eq!(output.status.code(), Some(2));
}

/// Many blocks, with bad lines among them: every line has its reply, in its place, and every remark names its line.
fn a_long_stream_keeps_its_order() {
    let keys: Vec<Key> = (0..100_000_u128).map(|i| Key::from_nonce(i.to_be_bytes())).collect();
    let is_bad = |line: usize| line.is_multiple_of(997);
    let mut input = Vec::new();
    for (line, key) in (1..).zip(&keys) {
        let text = if is_bad(line) { "?" } else { key.as_str() };
        input.extend_from_slice(text.as_bytes());
        input.push(b'\n');
    }
    let output = feed(&["accept"], input);
    let expected = (1..)
        .zip(&keys)
        .map(|(line, key)| if is_bad(line) { "\n".to_owned() } else { format!("{}\n", Accept::of(key.as_str().as_bytes())) });
    assert!(String::from_utf8_lossy(&output.stdout) == expected.collect::<Vec<_>>().concat());
    let expected = (1..=keys.len())
        .filter(|line| is_bad(*line))
        .map(|line| format!("wskey: line {line}: key: '?' at offset 0 is not base64\n"));
    assert_eq!(String::from_utf8_lossy(&output.stderr), expected.collect::<Vec<_>>().concat());
    assert_eq!(output.status.code(), Some(2));
}

fn verify_keeps_its_order_too() {
    let keys: Vec<Key> = (0..50_000_u128).map(|i| Key::from_nonce(i.to_be_bytes())).collect();
    let is_bad = |line: usize| line.is_multiple_of(9973);
    let mut input = String::new();
    let mut expected = String::new();
    for (line, key) in (1..).zip(&keys) {
        let accept = if is_bad(line) { "AAAA".to_owned() } else { key.accept().to_string() };
        input += &[key.as_str(), " ", &accept, "\n"].concat();
        expected += &[key.as_str(), if is_bad(line) { ": FAILED\n" } else { ": OK\n" }].concat();
    }
    let output = feed(&["verify"], input.into_bytes());
    assert!(String::from_utf8_lossy(&output.stdout) == expected);
    let remarks = String::from_utf8_lossy(&output.stderr).into_owned();
    let heads: Vec<&str> = remarks.lines().filter(|line| line.starts_with("wskey: ")).collect();
    assert_eq!(
        heads,
        [
            "wskey: line 9973: accept value decodes to 3 bytes; an accept value has 20",
            "wskey: line 19946: accept value decodes to 3 bytes; an accept value has 20",
            "wskey: line 29919: accept value decodes to 3 bytes; an accept value has 20",
            "wskey: line 39892: accept value decodes to 3 bytes; an accept value has 20",
            "wskey: line 49865: accept value decodes to 3 bytes; an accept value has 20",
            "wskey: 50000 pairs: 49995 OK, 5 FAILED",
        ]
    );
    assert_eq!(output.status.code(), Some(1));
}

/// Handshakes, of which this one got the answer to the key before.
fn handshakes(count: u64, wrong: u64) -> Vec<u8> {
    // Keys that are in no document, and are no text.
    let key = |number: u64| {
        Key::from_nonce((u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835) | 1 << 127).to_be_bytes())
    };
    let one = |number: u64| {
        let accept = key(number - u64::from(number == wrong)).accept();
        format!(
            "> GET /{number} HTTP/1.1\n> Host: a\n> Upgrade: websocket\n> Connection: Upgrade\n> Sec-WebSocket-Key: {}\n\
             > Sec-WebSocket-Version: 13\n>\n< HTTP/1.1 101 Switching Protocols\n< Upgrade: websocket\n< Connection: Upgrade\n\
             < Sec-WebSocket-Accept: {accept}\n<\n",
            key(number)
        )
    };
    (1..=count).map(one).collect::<String>().into_bytes()
}

/// Numbers go on over batches, what an exchange is held against may stand in the batch before, and the last of all counts.
fn any_number_of_handshakes_is_judged() {
    let output = feed(&["inspect"], handshakes(40_000, 40_000));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let right = |number: usize| {
        format!("-: exchange {number}: OK (line {}; GET /{number}; 101; the accept value answers the key)\n", 12 * number - 11)
    };
    let expected: String = (1..40_000).map(right).collect();
    let wrong = "-: exchange 40000: FAILED (line 479989; GET /40000; 101)\n";
    let (before, behind) = text.split_at(expected.len().min(text.len()));
    assert!(before == expected);
    assert!(behind.starts_with(wrong), "{behind}");
    assert!(behind.contains("it answers the key of exchange 39999;"), "{behind}");
    assert!(behind.ends_with("-: not judged in a text: line endings, and what follows a head\n"), "{behind}");
    assert_eq!((String::from_utf8_lossy(&output.stderr).as_ref(), output.status.code()), ("", Some(1)));
}

/// A pipe that is as long as many batches.
fn two_hundred_thousand_handshakes() {
    let output = feed(&["inspect", "--summary"], handshakes(200_000, 0));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "-: exchanges: 200000 OK\n-: not judged in a text: line endings, and what follows a head\n"
    );
    assert_eq!((String::from_utf8_lossy(&output.stderr).as_ref(), output.status.code()), ("", Some(0)));
}

/// A line gets its reply while stdin stays open: were it kept back, the read here would never return.
fn a_typed_line_is_answered_at_once() {
    fn ask(stdin: &mut ChildStdin, stdout: &mut BufReader<ChildStdout>, line: &str) -> String {
        stdin.write_all(line.as_bytes()).expect("the program reads");
        let mut reply = String::new();
        stdout.read_line(&mut reply).expect("the program replies");
        reply
    }
    for (command, question, expected) in [
        ("accept", format!("{SAMPLE}\n"), format!("{SAMPLE_ACCEPT}\n")),
        ("verify", format!("{SAMPLE} {SAMPLE_ACCEPT}\n"), format!("{SAMPLE}: OK\n")),
    ] {
        let mut child = wskey(&[command]);
        let mut stdin = child.stdin.take().expect("a pipe");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        assert_eq!(ask(&mut stdin, &mut stdout, &question), expected);
        // Enough that helpers start, then single lines again.
        let many = question.repeat(10_000);
        let feeder = thread::spawn(move || {
            stdin.write_all(many.as_bytes()).expect("the program reads");
            stdin
        });
        for _ in 0..10_000 {
            let mut line = String::new();
            stdout.read_line(&mut line).expect("a reply");
            assert_eq!(line, expected);
        }
        let mut stdin = feeder.join().expect("no panic");
        assert_eq!(ask(&mut stdin, &mut stdout, &question), expected);
        drop(stdin);
        assert!(child.wait().expect("an end").success());
    }
}

/// `head` closes the pipe while whoever writes the keys keeps it open: the program ends, with 0, and says nothing.
fn a_closed_stdout_ends_accept_while_stdin_goes_on() {
    let mut child = wskey(&["accept"]);
    let mut stdin = child.stdin.take().expect("a pipe");
    drop(child.stdout.take());
    // May fail: the program is free to end before it has read it all.
    let _ = stdin.write_all(format!("{SAMPLE}\n").repeat(10_000).as_bytes());
    assert_eq!(child.wait().expect("an end").code(), Some(0));
    let mut remarks = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut remarks).expect("text");
    assert_eq!(remarks, "");
    drop(stdin);
}

/// The most memory that the program ever held, in KiB, once it has read `size` bytes that repeat `pattern`.
fn peak_memory(arguments: &[&str], pattern: &[u8], size: usize) -> u64 {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wskey"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program");
    let mut stdin = child.stdin.take().expect("a pipe");
    let chunk = pattern.repeat((1 << 20) / pattern.len());
    for _ in 0..size / chunk.len() {
        stdin.write_all(&chunk).expect("the program reads");
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("the program lives");
    drop(stdin);
    child.wait().expect("an end");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the kernel tells");
    peak.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// A line of 1 GiB, empty lines, lines that are all escapes, and pairs that are wrong: the program stays under 8 MiB, where it is optimized.
fn memory_is_bounded_whatever_comes() {
    let escapes = [vec![0x1b; 60_000], vec![b'\n']].concat();
    for (arguments, pattern, size) in [
        (&["accept"][..], &b"A"[..], 1 << 30),
        (&["accept"], b"\n", 1 << 23),
        (&["accept", "--json"], b"\n", 1 << 23),
        (&["accept", "--json"], &escapes, 1 << 25),
        (&["accept", "--explain", "--any"], &escapes, 1 << 25),
        (&["verify"], b"A", 1 << 28),
        (&["verify", "--json"], b"a b c\n", 1 << 23),
        (&["verify", "--json"], &escapes, 1 << 25),
        (&["verify"], b"dGhlIHNhbXBsZSBub25jZQ== s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\n", 1 << 26),
    ] {
        let peak = peak_memory(arguments, pattern, size);
        // Of a program that is not optimized, more pages are its own code.
        let bound = if cfg!(debug_assertions) { 10 } else { 8 };
        assert!(peak < bound * 1024, "{arguments:?} took {peak} KiB for {}", pattern[..pattern.len().min(20)].escape_ascii());
    }
}

/// The accept values of 500 keys, as the command line of every guide computes them.
fn five_hundred_keys_agree_with_openssl() {
    let keys = String::from_utf8(feed(&["gen", "-n", "500"], Vec::new()).stdout).expect("ASCII");
    let script = r#"while read -r key; do printf %s "${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11" | openssl sha1 -binary | openssl base64; done"#;
    let mut openssl =
        Command::new("bash").args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("bash");
    openssl.stdin.take().expect("a pipe").write_all(keys.as_bytes()).expect("500 keys fit into a pipe");
    let theirs = openssl.wait_with_output().expect("an end");
    assert_eq!(keys.lines().count(), 500);
    assert_eq!(String::from_utf8_lossy(&feed(&["accept"], keys.into_bytes()).stdout), String::from_utf8_lossy(&theirs.stdout));
}
