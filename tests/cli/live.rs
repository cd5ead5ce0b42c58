//! `inspect` on a capture that goes on: verdicts before its end, each of them once.

#[cfg(unix)]
use crate::support::interrupt;
use crate::support::{until, wskey};
use libtest2_mimic::Trial;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

pub(crate) fn trials() -> Vec<Trial> {
    let mut all = listed![
        a_verdict_comes_before_the_end,
        a_head_that_comes_in_two_pieces_is_told_once,
        what_later_bytes_change_is_told_again,
        what_turns_out_to_be_another_exchange_is_named,
        a_limit_ends_a_capture_that_goes_on,
        options_count_on_the_way_too,
        a_key_that_is_none_is_told_at_once,
    ];
    #[cfg(unix)]
    all.extend(listed![an_interrupted_capture_is_judged, an_interrupt_tells_the_rest]);
    all
}

/// Two handshakes whose accept values openssl computed.
const A: &str = "> GET /a HTTP/1.1\n> Host: a\n> Upgrade: websocket\n> Connection: Upgrade\n\
    > Sec-WebSocket-Key: Zx8rNEkBE4xnwifpuh8DHQ==\n> Sec-WebSocket-Version: 13\n>\n";
const TO_A: &str = "< HTTP/1.1 101 Switching Protocols\n< Upgrade: websocket\n< Connection: Upgrade\n\
    < Sec-WebSocket-Accept: 52Rg3vW4JQ1yWpkvFlsTsiezlqw=\n<\n";
const B: &str = "> GET /b HTTP/1.1\n> Host: a\n> Upgrade: websocket\n> Connection: Upgrade\n\
    > Sec-WebSocket-Key: N+GWswsViw18TfSpryLcVw==\n> Sec-WebSocket-Version: 13\n>\n";
const TO_B: &str = "< HTTP/1.1 101 Switching Protocols\n< Upgrade: websocket\n< Connection: Upgrade\n\
    < Sec-WebSocket-Accept: 4tRMuDpE6WErH7Gc0XqTBmfN/7U=\n<\n";
/// A request without Host.
const WRONG: &str = "> GET /c HTTP/1.1\n> Upgrade: websocket\n> Connection: Upgrade\n\
    > Sec-WebSocket-Key: n6w2d0GfTq3bR9uYcK5hIg==\n> Sec-WebSocket-Version: 13\n>\n";

const REFUSAL: &str = "< HTTP/1.1 400 Bad Request\n< Content-Length: 0\n<\n";

const A_IS_OK: &str = "-: exchange 1: OK (line 1; GET /a; 101; the accept value answers the key)\n";
const NOT_JUDGED: &str = "-: not judged in a text: line endings, and what follows a head\n";

/// The program, which reads what is written piece by piece.
struct Running {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
}

impl Running {
    fn new(options: &[&str]) -> Self {
        let mut child = wskey(&[&["inspect"], options].concat());
        let stdin = child.stdin.take().expect("a pipe");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, lines) = channel();
        thread::spawn(move || {
            let mut line = String::new();
            while stdout.read_line(&mut line).is_ok_and(|count| count > 0) && sender.send(std::mem::take(&mut line)).is_ok() {}
        });
        Self { child, stdin, lines }
    }

    fn write(&mut self, text: &str) {
        self.stdin.write_all(text.as_bytes()).expect("all is read");
    }

    /// More than a pipe holds: what stands before it has been read once it is written.
    #[cfg(unix)]
    fn flush(&mut self) {
        self.write(&"words of a log\n".repeat(20_000));
    }

    /// The next line, which must come while the capture goes on.
    #[track_caller]
    fn says(&self, line: &str) {
        assert_eq!(self.lines.recv_timeout(Duration::from_mins(1)).as_deref(), Ok(line));
    }

    /// What else it says, up to its own end: its stdin is still open.
    fn ended(mut self) -> (String, String, Option<i32>) {
        until(|| self.child.try_wait().expect("a child").is_some());
        drop(self.stdin);
        let mut remarks = String::new();
        self.child.stderr.take().expect("a pipe").read_to_string(&mut remarks).expect("text");
        (self.lines.iter().collect(), remarks, self.child.wait().expect("an end").code())
    }

    /// What else it says once the capture ends.
    fn end(mut self) -> (String, String, Option<i32>) {
        drop(self.stdin);
        let code = self.child.wait().expect("an end").code();
        let mut remarks = String::new();
        self.child.stderr.take().expect("a pipe").read_to_string(&mut remarks).expect("text");
        (self.lines.iter().collect(), remarks, code)
    }
}

fn ends(out: &str, code: i32) -> (String, String, Option<i32>) {
    (out.to_owned(), String::new(), Some(code))
}

/// Whoever writes waits for the verdict before it goes on: were it told at the end, none would ever come.
fn a_verdict_comes_before_the_end() {
    let mut running = Running::new(&[]);
    // The verdict on the first one shows that the request behind it was looked at too.
    running.write(&[A, TO_A, B].concat());
    running.says(A_IS_OK);
    running.write(TO_B);
    running.says("-: exchange 2: OK (line 13; GET /b; 101; the accept value answers the key)\n");
    assert_eq!(running.end(), ends(NOT_JUDGED, 0));
}

fn a_head_that_comes_in_two_pieces_is_told_once() {
    for at in [TO_B.len() - 3, TO_B.find("< Upgrade").expect("there"), TO_B.find("4tRM").expect("there") + 9] {
        let (first, second) = TO_B.split_at(at);
        let mut running = Running::new(&[]);
        running.write(&[A, TO_A, B, first].concat());
        running.says(A_IS_OK);
        // It waits for the pieces in between too: those of another exchange.
        running.write(&[second, WRONG].concat());
        running.says("-: exchange 2: OK (line 13; GET /b; 101; the accept value answers the key)\n");
        running.says("-: exchange 3: FAILED (line 25; GET /c)\n");
        let (rest, remarks, code) = running.end();
        assert!(rest.starts_with("  error client request-host: ") && rest.ends_with(NOT_JUDGED), "{rest}");
        assert_eq!((rest.matches("exchange").count(), remarks.as_str(), code), (0, "", Some(1)), "{rest}");
    }
}

/// A response may come behind a request that is wrong in itself.
fn what_later_bytes_change_is_told_again() {
    let mut running = Running::new(&[]);
    running.write(WRONG);
    running.says("-: exchange 1: FAILED (line 1; GET /c)\n");
    running.write(&[REFUSAL, A, TO_A].concat());
    let ok = "-: exchange 2: OK (line 10; GET /a; 101; the accept value answers the key)\n";
    while running.lines.recv_timeout(Duration::from_mins(1)).expect("a line") != ok {}
    let (rest, remarks, code) = running.end();
    assert!(rest.starts_with("-: exchange 1: FAILED (line 1; GET /c; 400)\n") && rest.ends_with(NOT_JUDGED), "{rest}");
    assert_eq!((rest.matches("exchange").count(), remarks.as_str(), code), (1, "", Some(1)), "{rest}");
}

/// An exchange that was captured twice is one.
fn what_turns_out_to_be_another_exchange_is_named() {
    let mut running = Running::new(&["--quiet"]);
    running.write(&[WRONG, REFUSAL, WRONG].concat());
    let mut all = String::new();
    while !all.contains("-: exchange 2: FAILED (line 10; GET /c)\n") {
        all += &running.lines.recv_timeout(Duration::from_mins(1)).expect("a line");
    }
    running.write(REFUSAL);
    let (_, remarks, code) = running.end();
    let remark = "wskey: stdin: line 10: by what came later, the exchange that was told there is part of another one, or none\n";
    assert_eq!((remarks.as_str(), code), (remark, Some(1)));
}

fn a_limit_ends_a_capture_that_goes_on() {
    let mut running = Running::new(&["--limit", "1"]);
    running.write(&[A, TO_A, B, TO_B].concat());
    assert_eq!(running.ended(), ends(&[A_IS_OK, NOT_JUDGED].concat(), 0));
    // What is open before it does not keep it, and does not count.
    let mut running = Running::new(&["--limit", "1"]);
    running.write(&[A, B, TO_B].concat());
    let told = "-: exchange 2: OK (line 8; GET /b; 101; the accept value answers the key)\n\
        -: exchange 1: UNJUDGED (line 1; GET /a)\n  no verdict: no response was seen\n";
    assert_eq!(running.ended(), ends(&[told, NOT_JUDGED].concat(), 0));
    let mut running = Running::new(&["--limit", "2", "--summary"]);
    running.write(&[A, TO_A, B, TO_B].concat());
    assert_eq!(running.ended(), ends(&["-: exchanges: 2 OK\n", NOT_JUDGED].concat(), 0));
}

fn options_count_on_the_way_too() {
    let object = r#"{"schema":2,"type":"exchange","source":"-","exchange":1,"line":1,"verdict":"OK","ok":true,"key":"Zx8rNEkBE4xnwifpuh8DHQ==","accept":"52Rg3vW4JQ1yWpkvFlsTsiezlqw=","status":101,"findings":[],"not_judged":["line endings","what follows a head"]}"#;
    let only_response = "-: exchange 1: OK (line 1; 101; the accept value answers the key)\n";
    let failed = "-: exchange 1: FAILED (line 1; GET /a)\n";
    // Its last digit has bits that no key has.
    let warned = A.replace("8DHQ==", "8DHR==");
    for (options, text, line) in [
        (&["--json"][..], &[A, TO_A].concat(), &*format!("{object}\n")),
        (&["--request-only"], &A.to_owned(), "-: exchange 1: OK (line 1; GET /a)\n"),
        (&["--key", "Zx8rNEkBE4xnwifpuh8DHQ=="], &TO_A.to_owned(), only_response),
        (&["--skip", "request-host", "--request-only"], &WRONG.to_owned(), "-: exchange 1: OK (line 1; GET /c)\n"),
        (&["--strict", "--request-only"], &warned, failed),
        (&["--quiet"], &[A, TO_A, WRONG].concat(), "-: exchange 2: FAILED (line 13; GET /c)\n"),
        (&["--request-only"], &A.replace("/a ", "/a?token=hunter2 "), "-: exchange 1: OK (line 1; GET /a?token=<redacted>)\n"),
    ] {
        let mut running = Running::new(options);
        running.write(text);
        running.says(line);
        let (rest, remarks, _) = running.end();
        assert_eq!((rest.matches("exchange").count(), remarks.as_str()), (0, ""), "{options:?}: {rest}");
    }
}

fn a_key_that_is_none_is_told_at_once() {
    let remark = "wskey: --key: key is empty, expected 24 characters\n";
    assert_eq!(Running::new(&["--key", ""]).ended(), (String::new(), remark.to_owned(), Some(2)));
}

/// Ctrl-C ends a capture that goes on: what was seen is judged, and what was open then is told and does not count.
#[cfg(unix)]
fn an_interrupted_capture_is_judged() {
    let interrupted = |capture: &str| {
        let mut running = Running::new(&[]);
        running.write(capture);
        running.flush();
        interrupt(&running.child);
        running.ended()
    };
    let told = "-: exchange 2: UNJUDGED (line 13; GET /b)\n  no verdict: no response was seen\n";
    assert_eq!(interrupted(&[A, TO_A, B].concat()), ends(&[A_IS_OK, told, NOT_JUDGED].concat(), 0));
    let told = "-: exchange 1: UNJUDGED (line 1; GET /b)\n  no verdict: no response was seen\n";
    assert_eq!(interrupted(B), ends(told, 2));
}

/// What was told is not told again.
#[cfg(unix)]
fn an_interrupt_tells_the_rest() {
    let mut running = Running::new(&[]);
    running.write(&[A, TO_A].concat());
    running.says(A_IS_OK);
    running.write(B);
    running.flush();
    interrupt(&running.child);
    let told = "-: exchange 2: UNJUDGED (line 13; GET /b)\n  no verdict: no response was seen\n";
    assert_eq!(running.ended(), ends(&[told, NOT_JUDGED].concat(), 0));
}
