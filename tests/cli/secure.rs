//! `wskey serve` over TLS: with the program's own `probe`, with clients that have no TLS, and with files that are not what they must be.

use crate::support::{Ran, run as probe};
use libtest2_mimic::Trial;
use rcgen::{CertificateParams, KeyPair};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

pub(crate) fn trials() -> Vec<Trial> {
    listed![
        an_honest_server,
        clients_that_get_no_session,
        a_case_for_every_path,
        a_client_that_is_run,
        a_client_that_does_not_trust,
        certificates_and_keys,
    ]
}

/// A file with this text.
fn file(name: &str, text: &str) -> String {
    let file = format!("{}/secure-{name}", env!("CARGO_TARGET_TMPDIR"));
    fs::write(&file, text).expect("a file");
    file
}

/// A certificate for localhost and its key, in files whose names begin so.
fn pair(name: &str) -> (String, String) {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    let certificate = params.self_signed(&key).expect("a certificate").pem();
    (file(&format!("{name}.pem"), &certificate), file(&format!("{name}-key.pem"), &key.serialize_pem()))
}

fn serve(args: &[&str], (certificate, key): &(String, String)) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wskey"));
    command.args(["serve", "--tls-cert", certificate, "--tls-key", key]).args(args).stdin(Stdio::null());
    command
}

/// A server by hand that ends after so many connections, and its port.
fn start(count: &str, args: &[&str], pair: &(String, String)) -> (Child, BufReader<ChildStdout>, u16) {
    let mut command = serve(&["--count", count], pair);
    let mut child = command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
    let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut line = String::new();
    out.read_line(&mut line).expect("the address");
    let port = line.strip_prefix("listening on wss://localhost:").and_then(|line| line.strip_suffix("/\n"));
    let port = port.and_then(|port| port.parse().ok()).unwrap_or_else(|| panic!("{line}"));
    line.clear();
    out.read_line(&mut line).expect("the page");
    assert_eq!(line, format!("browsers get a page at https://localhost:{port}/\n"));
    (child, out, port)
}

/// What a server wrote, N in place of ports, and its exit code.
fn end(child: Child, mut out: BufReader<ChildStdout>) -> (String, String, Option<i32>) {
    let Output { stderr, status, .. } = child.wait_with_output().expect("it ends");
    let mut text = String::new();
    out.read_to_string(&mut text).expect("UTF-8");
    (ports(&text), ports(&String::from_utf8(stderr).expect("UTF-8")), status.code())
}

fn ports(text: &str) -> String {
    let mut parts = ["127.0.0.1:", "localhost:"].iter().fold(text.to_owned(), |text, host| text.replace(host, "HOST:\0"));
    while let Some(at) = parts.find('\0') {
        let rest = parts[at + 1..].trim_start_matches(|c: char| c.is_ascii_digit()).to_owned();
        parts.replace_range(at.., "N");
        parts += &rest;
    }
    parts
}

fn an_honest_server() {
    let pair = pair("honest");
    let (child, out, port) = start("2", &[], &pair);
    let Ran { code, out: told, err } = probe(port, &["--cacert", &pair.0, "wss://localhost:PORT/chat"]);
    assert!(told.starts_with("wss://localhost:PORT/chat: OK (HTTP/1.1 101 Switching Protocols; N ms)\n"), "{told}{err}");
    assert_eq!((err.as_str(), code), ("", Some(0)));
    let line = "HOST:N: OK (GET /chat; answered rightly; the client opened: it sent a Pong frame)\n";
    assert_eq!(end(child, out), (line.repeat(2), String::new(), Some(0)));
}

fn clients_that_get_no_session() {
    let pair = pair("without");
    let (child, out, port) = start("4", &["--timeout", "1"], &pair);
    // One without TLS is told by an alert, which probe knows.
    let told = "ws://localhost:PORT/: FAILED (N ms)\n  the response is not HTTP: it begins with `\\x15\\x03\\x03\\x00\\x02\\x022`; \
        that is a TLS alert: the port speaks TLS, use wss://\n";
    let ran = probe(port, &["ws://localhost:PORT/"]);
    assert_eq!((ran.out.as_str(), ran.code), (told, Some(1)));
    assert_eq!(probe(port, &["wss://localhost:PORT/"]).code, Some(3));
    let mut silent = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    assert_eq!(silent.read(&mut [0]).expect("it ends"), 0);
    let mut slow = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    slow.write_all(b"\x16\x03\x01\x02").expect("it reads");
    assert_eq!(slow.read(&mut [0]).expect("it ends"), 0);
    let expected = "wskey: HOST:N: no request: TLS: the client speaks plain text (`GET / HTTP/1.1\\r\\n`): the port speaks TLS, use wss://\n\
        wskey: HOST:N: no request: TLS: the client does not trust the certificate (it ended the connection with an alert, UnknownCA)\n\
        wskey: HOST:N: no request: no byte came within 1 s\n\
        wskey: HOST:N: no request: TLS: the handshake was not complete in time\n\
        wskey: no handshake came\n";
    assert_eq!(end(child, out), (String::new(), expected.to_owned(), Some(2)));
}

fn a_case_for_every_path() {
    let pair = pair("cases");
    let (mut child, _, port) = start("1000", &["--quiet"], &pair);
    let location = format!("\r\nLocation: wss://localhost:{port}/").replace(&format!(":{port}"), ":PORT");
    for (case, expected) in [
        ("accept-wrong", "\"rule\":\"accept-mismatch\""),
        // It leads to the port that speaks TLS.
        ("redirect-301", &location.replace("\r\n", "\\r\\n")),
        // More than a session takes at once.
        ("header-64k", "\"error\":\"the head of the response is longer than 65536 bytes\""),
        ("hangup", "\"error\":\"the server closed the connection without a byte of a response\""),
        ("half-head", "\"error\":\"the connection was closed inside the head of the response, after 64 bytes\""),
        ("behind-masked", "it is masked, as a client's frames are (5.1)"),
    ] {
        let told = probe(port, &["--insecure", "--json", &format!("wss://localhost:PORT/{case}")]).out;
        assert!(told.contains(expected), "{case}: {told}");
    }
    child.kill().expect("it runs");
    child.wait().expect("it ends");
}

fn a_client_that_is_run() {
    let pair = pair("run");
    let options = ["--conformance", "--only", "correct,early-frame,status-403,hangup", "--jobs", "1", "--"];
    let client = [env!("CARGO_BIN_EXE_wskey"), "probe", "--cacert", &pair.0, "{}"];
    let output = serve(&[&options[..], &client].concat(), &pair).output().expect("the program runs");
    // On a busy machine the client closes before it is asked.
    let out = String::from_utf8_lossy(&output.stdout).replace("a Close frame (1000)", "a Pong frame");
    let err = String::from_utf8_lossy(&output.stderr);
    let expected = "OK     correct               accepted: a right answer; came again, and opened: it sent a Pong frame (RFC 6455 4.1)\n\
        OK     early-frame           accepted: a text frame in the same segment as the 101; came again, and opened: it sent a Pong \
        frame (RFC 6455 4.2.2, 5.1)\n\
        OK     status-403            refused: 403; Connection: close, Content-Length: 0\n\
        OK     hangup                refused: closed without a byte\n";
    let told = "wskey: 4 cases: 4 OK, 0 FAILED, 0 WARN, 0 NOTE\n";
    assert_eq!((out.as_str(), err.as_ref(), output.status.code()), (expected, told, Some(0)));
}

fn a_client_that_does_not_trust() {
    let pair = pair("distrusted");
    let client = ["--conformance", "--", env!("CARGO_BIN_EXE_wskey"), "probe", "{}"];
    let output = serve(&client, &pair).output().expect("the program runs");
    let err = ports(&String::from_utf8_lossy(&output.stderr));
    assert!(err.starts_with("wskey: HOST:N: no request: TLS: the client does not trust the certificate (it ended the connection with an alert, UnknownCA)\n"), "{err}");
    assert!(err.contains("an alert, UnknownCA)\n    command   exit status: 3\n"), "{err}");
    assert_eq!(output.status.code(), Some(2), "{err}");
}

fn certificates_and_keys() {
    let (certificate, key) = pair("right");
    let text = fs::read_to_string(&certificate).expect("a certificate");
    let cut = file("cut.pem", &format!("{text}{}", &text[..100]));
    let line = text.lines().count() + 1;
    let section = |label: &str, body: &str| format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
    let second = file("second.pem", &format!("{text}{}", section("CERTIFICATE", "AAAA")));
    let bad = file("bad.pem", &section("CERTIFICATE", "!!!!"));
    let bad_key = file("bad-key.pem", &section("PRIVATE KEY", "AAAA"));
    let encrypted = file("encrypted.pem", &section("ENCRYPTED PRIVATE KEY", "AAAA"));
    let empty = file("empty.pem", "");
    let (other, _) = pair("other");
    for (certificate, key, expected) in [
        ("/nosuch", &key[..], "/nosuch: No such file or directory (os error 2)"),
        (&certificate, "/nosuch", "/nosuch: No such file or directory (os error 2)"),
        (&empty, &key, &format!("{empty}: no certificate found, expected `-----BEGIN CERTIFICATE-----`")),
        (&certificate, &empty, &format!("{empty}: no private key found, expected `-----BEGIN PRIVATE KEY-----`")),
        // They are mixed up.
        (&key, &certificate, &format!("{key}: no certificate found, expected `-----BEGIN CERTIFICATE-----`")),
        (&cut, &key, &format!("{cut}: line {line} begins a part that does not end, expected `-----END CERTIFICATE-----`")),
        (&second, &key, &format!("{second}: certificate 2 cannot be read, expected X.509 of version 3 in base64")),
        (&bad, &key, &format!("{bad}: what stands between the lines of hyphens is not base64")),
        (&certificate, &encrypted, &format!("{encrypted}: the private key is encrypted, expected one without a passphrase")),
        (
            &certificate,
            &bad_key,
            &format!("{bad_key}: the key cannot be used, expected RSA of at least 2048 bits, ECDSA P-256 or P-384, or Ed25519"),
        ),
        (&other, &key, &format!("{key}: the key is not that of the certificate in {other}")),
    ] {
        let output = serve(&[], &(certificate.to_owned(), key.to_owned())).output().expect("the program runs");
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((err, output.stdout.as_slice(), output.status.code()), (format!("wskey: {expected}\n"), &b""[..], Some(2)));
    }
    for option in ["--tls-cert", "--tls-key"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wskey"));
        let output = command.args(["serve", option, &certificate]).output().expect("the program runs");
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(err.starts_with("wskey: the following required arguments were not provided:\n  --tls-"), "{err}");
        assert_eq!(output.status.code(), Some(2));
    }
}
