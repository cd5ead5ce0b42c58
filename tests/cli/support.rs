//! What the tests share: the program run, servers that behave as a test says, tests that need other programs.

use libtest2_mimic::{RunContext, RunResult, Trial};
use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, thread};
use tungstenite::handshake::derive_accept_key;

/// Set where nothing may be left out: a missing program is then a failure, and slow tests run.
const EVERYTHING: &str = "WSKEY_TEST_EVERYTHING";

/// The tests of a module. One that is not listed is dead code, which the lints find.
macro_rules! listed {
    ($($test:ident),* $(,)?) => {
        vec![$(libtest2_mimic::Trial::test($crate::support::name(module_path!(), stringify!($test)), |_| {
            $test();
            Ok(())
        })),*]
    };
}

/// The name of a test: its module's and its own.
pub(crate) fn name(module: &str, test: &str) -> String {
    format!("{}::{test}", module.trim_start_matches("cli::"))
}

/// A test that needs these programs: where one is not installed, the test is ignored, and says why.
pub(crate) fn needs(programs: &[&str], name: String, test: impl Fn() + Send + Sync + 'static) -> Trial {
    let missing = programs.iter().find(|program| !is_installed(program)).map(|program| format!("{program} is not installed"));
    unless(missing, name, test)
}

/// A test that needs this file, which a build makes.
pub(crate) fn needs_file(file: &Path, name: String, test: impl Fn() + Send + Sync + 'static) -> Trial {
    unless((!file.exists()).then(|| format!("{} is not built", file.display())), name, test)
}

fn unless(missing: Option<String>, name: String, test: impl Fn() + Send + Sync + 'static) -> Trial {
    Trial::test(name.clone(), move |context| {
        match &missing {
            Some(reason) if is_everything() => panic!("{reason}"),
            Some(reason) => ignore(&context, &name, reason)?,
            None => {}
        }
        test();
        Ok(())
    })
}

/// A test that takes long, and is run where nothing may be left out.
pub(crate) fn slow(name: String, test: impl Fn() + Send + Sync + 'static) -> Trial {
    Trial::test(name.clone(), move |context| {
        if !is_everything() {
            ignore(&context, &name, &format!("it is slow, and {EVERYTHING}=1 runs it"))?;
        }
        test();
        Ok(())
    })
}

/// Has a test ignored, and says why: the harness counts it, and keeps the reason to itself.
fn ignore(context: &RunContext, name: &str, reason: &str) -> RunResult {
    let _ = writeln!(io::stderr(), "{name} is ignored: {reason}");
    context.ignore_for(reason)
}

fn is_everything() -> bool {
    env::var_os(EVERYTHING).is_some()
}

fn is_installed(program: &str) -> bool {
    env::split_paths(&env::var_os("PATH").expect("PATH")).any(|folder| folder.join(program).exists())
}

/// The PATH in which the program stands first.
pub(crate) fn path() -> String {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_wskey")).parent().expect("a file's parent");
    format!("{}:{}", program.display(), env::var("PATH").expect("PATH"))
}

/// The program while it runs, with a pipe for each of its streams.
pub(crate) fn wskey(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_wskey"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program")
}

/// As Ctrl-C does.
pub(crate) fn interrupt(child: &Child) {
    send("-INT", child);
}

/// Sends it this signal.
pub(crate) fn send(signal: &str, child: &Child) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill").success());
}

pub(crate) fn until(mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(30), "it takes too long");
        thread::sleep(Duration::from_millis(10));
    }
}

pub(crate) const URL: &str = "ws://127.0.0.1:PORT/chat";

/// What a run of the program came to.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs `wskey probe`; PORT stands for the port in the arguments and in what comes back, N for the milliseconds.
pub(crate) fn run(port: u16, args: &[&str]) -> Ran {
    let args = args.iter().map(|arg| arg.replace("PORT", &port.to_string()));
    let output = Command::new(env!("CARGO_BIN_EXE_wskey")).arg("probe").args(args).output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8").replace(&format!(":{port}"), ":PORT");
    let mut out = String::new();
    for line in text(output.stdout).split_inclusive('\n') {
        match line.strip_suffix(" ms)\n") {
            Some(before) => out.extend([before.trim_end_matches(|c: char| c.is_ascii_digit()), "N ms)\n"]),
            None => out.push_str(line),
        }
    }
    Ran { code: output.status.code(), out, err: text(output.stderr) }
}

#[track_caller]
pub(crate) fn check(port: u16, args: &[&str], code: i32, out: &str, err: &str) {
    let ran = run(port, args);
    assert_eq!((ran.out.as_str(), ran.err.as_str(), ran.code), (out, err, Some(code)));
}

/// A server that does this with each connection, which are counted from 0; it lives as long as the test.
pub(crate) fn serve(behave: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let behave = Arc::new(behave);
    thread::spawn(move || {
        for (number, socket) in listener.incoming().enumerate() {
            let behave = Arc::clone(&behave);
            thread::spawn(move || behave(socket.expect("a connection"), number));
        }
    });
    port
}

/// Reads a request's head.
pub(crate) fn request(socket: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && socket.read(&mut byte).is_ok_and(|count| count > 0) {
        head.extend(byte);
    }
    String::from_utf8_lossy(&head).into_owned()
}

pub(crate) fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
}

/// The right response to a request, with more lines in it.
pub(crate) fn switch(head: &str, more: &str) -> String {
    let accept = derive_accept_key(field(head, "Sec-WebSocket-Key").unwrap_or_default().as_bytes());
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n{more}\r\n"
    )
}

/// Reads until the client hangs up.
pub(crate) fn drain(socket: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    let _ = socket.read_to_end(&mut all);
    all
}

/// A server that reads a request, responds with these bytes, and closes when the client does.
pub(crate) fn responds(response: impl Into<Vec<u8>>) -> u16 {
    let response = response.into();
    serve(move |mut socket, _| {
        request(&mut socket);
        let _ = socket.write_all(&response);
        drain(&mut socket);
    })
}

/// A server that is right, with more lines in its response.
pub(crate) fn right(more: &'static str) -> u16 {
    serve(move |mut socket, _| {
        let head = request(&mut socket);
        let _ = socket.write_all(switch(&head, more).as_bytes());
        drain(&mut socket);
    })
}
