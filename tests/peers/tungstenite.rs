//! An echo server by tungstenite.
#![expect(clippy::print_stdout, reason = "the port goes to whoever started the server")]

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;
use std::{io, process, thread};

use tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tungstenite::http::HeaderValue;

fn main() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("{}", listener.local_addr()?.port());
    thread::spawn(|| {
        thread::sleep(Duration::from_mins(5));
        process::exit(0);
    });
    for stream in listener.incoming() {
        let stream = stream?;
        thread::spawn(move || echo(stream));
    }
    Ok(())
}

/// Answers until the peer goes; whatever ends the talk, a refused handshake too, is the peer's to notice.
fn echo(stream: TcpStream) {
    let Ok(mut peer) = tungstenite::accept_hdr(stream, choose) else { return };
    while let Ok(message) = peer.read() {
        if (message.is_text() || message.is_binary()) && peer.send(message).is_err() {
            return;
        }
    }
}

#[expect(clippy::result_large_err, reason = "the signature is tungstenite's")]
#[expect(clippy::unnecessary_wraps, reason = "the signature is tungstenite's")]
fn choose(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let fields = request.headers().get_all("sec-websocket-protocol").into_iter().filter_map(|field| field.to_str().ok());
    let offered: Vec<&str> = fields.flat_map(|field| field.split(',')).map(str::trim).collect();
    if let Some(known) = ["chat", "superchat"].into_iter().find(|known| offered.contains(known)) {
        response.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(known));
    }
    Ok(response)
}
