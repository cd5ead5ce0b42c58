//! The server of examples/server.rs, judged by the program.

use crate::support::{URL, run};
use libtest2_mimic::Trial;
use std::net::TcpListener;
use std::thread;

#[path = "../../examples/server.rs"]
#[expect(dead_code, reason = "its main function is not called here")]
mod server;

pub(crate) fn trials() -> Vec<Trial> {
    listed![no_case_finds_a_fault]
}

fn no_case_finds_a_fault() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || server::serve(&listener));
    let ran = run(port, &["--conformance", "--strict", URL]);
    let faults: String = ran.out.lines().filter(|line| !line.starts_with("OK") && !line.starts_with("NOTE")).collect();
    assert_eq!((faults.as_str(), ran.code), ("", Some(0)), "{}", ran.err);
}
