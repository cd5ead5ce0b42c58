//! A server's opening handshake (RFC 6455, section 4.2), with nothing but the standard library around it.
//!
//! It judges the request by the rules, refuses one that breaks a rule of level `error`, and answers the key of any other.
//! `cargo run --example server` listens on 127.0.0.1 and prints its port.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use wskey::Key;
use wskey::head::{Exchange, Head, KEY};
use wskey::rules::{Level, judge};

/// The longest request that is read, in bytes.
const MAX_REQUEST: usize = 100_000;

/// Answers one client. If the connection is now a WebSocket, gives its request, and the bytes of frames that came with it.
fn handshake(client: &mut TcpStream) -> io::Result<Option<(Head, Vec<u8>)>> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 1024]);
    let request = loop {
        let head = Head::parse(&bytes);
        if head.is_complete() || bytes.len() > MAX_REQUEST {
            break head;
        }
        match client.read(&mut buffer)? {
            0 => break head,
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    };
    let findings = judge(&[Exchange::new(Some(request.clone()), None)]);
    let broken = findings.iter().find(|finding| finding.level == Level::Error);
    let key = request.get(KEY).and_then(|key| Key::parse(key).ok());
    let (Some(key), None) = (key, broken) else {
        let reason = broken.map(|finding| finding.message.as_str()).unwrap_or_default();
        let length = reason.len();
        write!(
            client,
            "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nSec-WebSocket-Version: 13\r\nContent-Length: {length}\r\n\r\n{reason}"
        )?;
        return Ok(None);
    };
    let accept = key.accept();
    write!(
        client,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    )?;
    let rest = bytes.split_off(request.len);
    Ok(Some((request, rest)))
}

/// Answers clients forever.
fn serve(listener: &TcpListener) {
    for client in listener.incoming() {
        let Ok(mut client) = client else { continue };
        std::thread::spawn(move || {
            if handshake(&mut client)?.is_none() {
                // What a refused client still sends is read all the same: to close on it would reset the connection.
                client.shutdown(Shutdown::Write)?;
            }
            // From here on the connection carries frames (RFC 6455, section 5); this server only waits for its end.
            io::copy(&mut client, &mut io::sink())
        });
    }
}

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    writeln!(io::stdout(), "{}", listener.local_addr()?.port())?;
    serve(&listener);
    Ok(())
}
