//! The program as its users run it.

#[macro_use]
mod support;

mod conformance;
mod generated;
#[cfg(unix)]
mod help;
mod probe;
#[cfg(target_os = "linux")]
mod scenarios;
mod server_example;
#[cfg(unix)]
mod shells;
mod streams;
#[cfg(feature = "tls")]
mod tls;

fn main() {
    let mut trials = Vec::new();
    trials.extend(conformance::trials());
    trials.extend(generated::trials());
    trials.extend(probe::trials());
    trials.extend(server_example::trials());
    trials.extend(streams::trials());
    #[cfg(target_os = "linux")]
    trials.extend(scenarios::trials());
    #[cfg(unix)]
    trials.extend(help::trials());
    #[cfg(unix)]
    trials.extend(shells::trials());
    #[cfg(feature = "tls")]
    trials.extend(tls::trials());
    libtest2_mimic::Harness::with_env().discover(trials).main();
}
