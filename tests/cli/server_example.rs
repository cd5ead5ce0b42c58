//! The server of examples/server.rs, judged by the program.

use crate::support::{URL, name, needs_file, run};
use libtest2_mimic::Trial;
use std::env::consts::EXE_SUFFIX;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

pub(crate) fn trials() -> Vec<Trial> {
    // Built by `cargo test`, but not by `cargo test --test cli`.
    let server = Path::new(env!("CARGO_BIN_EXE_wskey")).with_file_name("examples").join(format!("server{EXE_SUFFIX}"));
    vec![needs_file(&server.clone(), name(module_path!(), "no_case_finds_a_fault"), move || no_case_finds_a_fault(&server))]
}

fn no_case_finds_a_fault(server: &Path) {
    let mut server = Command::new(server).stdout(Stdio::piped()).spawn().expect("the server starts");
    let mut port = String::new();
    BufReader::new(server.stdout.take().expect("a pipe")).read_line(&mut port).expect("a line");
    let ran = run(port.trim().parse().expect("a port"), &["--conformance", "--strict", URL]);
    server.kill().and_then(|()| server.wait()).expect("the server ends");
    let faults: String = ran.out.lines().filter(|line| !line.starts_with("OK") && !line.starts_with("NOTE")).collect();
    assert_eq!((faults.as_str(), ran.code), ("", Some(0)), "{}", ran.err);
}
