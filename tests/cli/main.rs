//! The program as its users run it.

#[macro_use]
mod support;

mod behind;
mod clients;
mod conformance;
mod from;
mod generated;
#[cfg(unix)]
mod help;
mod live;
mod origins;
mod packets;
mod page;
mod probe;
#[cfg(target_os = "linux")]
mod scenarios;
#[cfg(feature = "tls")]
mod secure;
mod serve;
mod server_example;
mod several;
#[cfg(unix)]
mod shells;
mod streams;
#[cfg(feature = "tls")]
mod tls;

use std::ffi::OsString;
use std::{env, process};

fn main() {
    if let Ok(kind) = env::var(clients::CLIENT) {
        process::exit(clients::client(&kind));
    }
    let mut trials = Vec::new();
    trials.extend(behind::trials());
    trials.extend(clients::trials());
    trials.extend(conformance::trials());
    trials.extend(from::trials());
    trials.extend(generated::trials());
    trials.extend(live::trials());
    trials.extend(origins::trials());
    trials.extend(packets::trials());
    trials.extend(page::trials());
    trials.extend(probe::trials());
    trials.extend(server_example::trials());
    trials.extend(serve::trials());
    trials.extend(several::trials());
    trials.extend(streams::trials());
    #[cfg(target_os = "linux")]
    trials.extend(scenarios::trials());
    #[cfg(unix)]
    trials.extend(help::trials());
    #[cfg(unix)]
    trials.extend(shells::trials());
    #[cfg(feature = "tls")]
    trials.extend(secure::trials());
    #[cfg(feature = "tls")]
    trials.extend(tls::trials());
    // Most of them wait for a server or a client that waits.
    let threads = ["--test-threads", "8"].map(OsString::from);
    let is_told = env::var_os("RUST_TEST_THREADS").is_some() || env::args().any(|arg| arg.starts_with("--test-threads"));
    let args = env::args_os().chain(threads.into_iter().filter(|_| !is_told));
    libtest2_mimic::Harness::with_args(args).discover(trials).main();
}
