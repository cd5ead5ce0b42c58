//! The examples in the help texts: each runs as it stands there.

use crate::support::{drain, name, needs, path, request, serve, switch};
use libtest2_mimic::Trial;
use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

pub(crate) fn trials() -> Vec<Trial> {
    let all = ["wskey", "gen", "accept", "verify", "inspect", "probe", "completions"];
    let trial = |command: &'static str| {
        needs(&["bash", "curl"], name(module_path!(), &format!("c03_examples_of_{command}")), move || run_examples(command))
    };
    all.into_iter().map(trial).collect()
}

fn help(command: &str) -> String {
    let command = Some(command).filter(|command| *command != "wskey");
    let mut wskey = Command::new(env!("CARGO_BIN_EXE_wskey"));
    // As narrow as a terminal may be in which examples can be copied.
    let output = wskey.args(command).arg("--help").env("COLUMNS", "60").output().expect("wskey");
    assert_eq!((output.stderr.as_slice(), output.status.code()), (b"".as_slice(), Some(0)));
    String::from_utf8(output.stdout).expect("text")
}

/// The commands under `Examples:`, each with the lines that it goes on with.
fn examples(help: &str) -> Vec<String> {
    let (_, rest) = help.split_once("Examples:\n").expect("examples");
    let indented = rest.lines().take_while(|line| line.is_empty() || line.starts_with("  "));
    let joined = indented.map(|line| line.trim_start().to_owned() + "\n").collect::<Vec<_>>().concat();
    joined.replace("\\\n", "\\\r").lines().map(|line| line.replace("\\\r", "\\\n")).filter(|line| !line.is_empty()).collect()
}

/// What the examples find in their folder, made from the sample of RFC 6455, section 1.2.
fn prepare(folder: &Path) {
    let capture = "> GET /chat HTTP/1.1\n> Host: server.example.com\n> Upgrade: websocket\n> Connection: Upgrade\n\
        > Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n> Sec-WebSocket-Version: 13\n>\n\
        < HTTP/1.1 101 Switching Protocols\n< Upgrade: websocket\n< Connection: Upgrade\n\
        < Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\n<\n";
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("a file");
    write("capture.txt", capture);
    write("keys", "dGhlIHNhbXBsZSBub25jZQ==\n");
    write("pairs", "dGhlIHNhbXBsZSBub25jZQ== s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\n");
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures/chromium.har"), folder.join("a.har")).expect("a HAR");
}

fn run_examples(command: &str) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("examples-{command}"));
    prepare(&folder);
    let examples = examples(&help(command));
    assert!(!examples.is_empty());
    // It closes at once, so that the cases do not wait.
    let port = serve(|mut socket, _| {
        let head = request(&mut socket);
        let _ = socket.write_all(&[switch(&head, "").as_bytes(), b"\x88\x02\x03\xe8"].concat());
        drain(&mut socket);
    });
    for example in examples {
        // These name hosts that are not ours: they are read, and not run.
        let is_run = !example.contains("example.com");
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
        let script = example.replace("localhost:8080", &format!("127.0.0.1:{port}")).replace("127.0.0.1:9000", &free.to_string());
        let output = Command::new("bash")
            .args(["-euc", &format!("{}{script}", if is_run { "" } else { "set -n\n" })])
            .current_dir(&folder)
            .env("PATH", path())
            .env("HOME", &folder)
            .env("key", "dGhlIHNhbXBsZSBub25jZQ==")
            .env("accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            .stdin(Stdio::null())
            .output()
            .expect("bash");
        // The server of the tests accepts whatever comes, and forwards nothing: that is a no, and nothing else is.
        let expected = i32::from(example.contains("--conformance") || example.contains("--behind"));
        let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(expected), "{example}:\n{said}");
    }
}
