//! `wskey serve`: answers handshakes, rightly or wrongly in one way, and judges the clients: those that come, or a command.

mod awaited;
mod browser;
mod command;
mod conformance;
mod connection;
mod hand;
mod interrupt;
#[cfg(target_os = "linux")]
mod left;
mod page;

use self::page::At;
use super::cases;
use crate::cli::ServeArgs;
use crate::exit::Exit;
use crate::input::seconds;
use crate::net::listener;
use crate::net::visit::Service;
use anyhow::Result;
#[cfg(not(feature = "tls"))]
use anyhow::ensure;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use wskey::conformance::client_cases::CASES;

pub(super) fn run(args: &ServeArgs) -> Result<Exit> {
    let cases = cases::select(CASES, &args.only, &args.skip)?;
    if args.list_cases {
        return cases::list(&cases, args.json);
    }
    let (limit, option) = if args.conformance { (args.case_timeout, "--case-timeout") } else { (args.timeout, "--timeout") };
    let service = service(args, seconds(limit, option)?)?;
    let (listener, address) = listener::bind(&args.address)?;
    // Where all addresses are listened on, the loopback is one that can be reached.
    let address = match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => SocketAddr::from((Ipv4Addr::LOCALHOST, address.port())),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => SocketAddr::from((Ipv6Addr::LOCALHOST, address.port())),
        _ => address,
    };
    // The name that certificates for tests have. Others of the loopback have none.
    let name = match (service.is_secure, address.ip() == Ipv4Addr::LOCALHOST) {
        (true, true) => format!("localhost:{}", address.port()),
        _ => address.to_string(),
    };
    let secure = if service.is_secure { "s" } else { "" };
    let typed = args.address.rsplit_once(':').map(|(host, _)| format!("{}:{}", host.to_ascii_lowercase(), address.port()));
    let at = At {
        url: format!("ws{secure}://{name}/"),
        page: format!("http{secure}://{name}/"),
        names: [address.to_string()].into_iter().chain(typed).collect(),
        is_secure: service.is_secure,
    };
    if args.conformance {
        conformance::run(args, service, listener, at, &cases)
    } else {
        hand::run(args, service, listener, at, &cases)
    }
}

fn service(args: &ServeArgs, limit: Duration) -> Result<Service> {
    let service = Service::new(limit);
    #[cfg(feature = "tls")]
    if let (Some(certificate), Some(key)) = (&args.tls_cert, &args.tls_key) {
        return service.with_tls(certificate, key);
    }
    #[cfg(not(feature = "tls"))]
    ensure!(args.tls_cert.is_none(), "this wskey was built without TLS, so it cannot serve wss://");
    Ok(service)
}
