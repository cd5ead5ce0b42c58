//! A client by tungstenite: exits 0 where the connection opens and the client does not fail it, else 1.
#![expect(clippy::print_stdout, reason = "what it says is shown where a case fails")]

use std::env;
use std::error::Error;
use std::net::TcpStream;

use tungstenite::ClientRequestBuilder;
use tungstenite::error::{Error as Failure, ProtocolError};
use tungstenite::http::Uri;

fn main() -> Result<(), Box<dyn Error>> {
    let url: Uri = env::args().nth(1).ok_or("no URL")?.parse()?;
    let stream = TcpStream::connect(url.authority().ok_or("no host")?.as_str())?;
    let request = env::args().skip(2).fold(ClientRequestBuilder::new(url), ClientRequestBuilder::with_sub_protocol);
    let (mut peer, _) = tungstenite::client(request, stream).map_err(|error| error.to_string())?;
    println!("opened");
    loop {
        match peer.read() {
            Ok(message) => println!("{message}"),
            Err(Failure::Protocol(ProtocolError::ResetWithoutClosingHandshake)) => return Ok(()),
            Err(error @ (Failure::Protocol(_) | Failure::Capacity(_) | Failure::Utf8(_))) => return Err(error.into()),
            Err(gone) => {
                println!("{gone}");
                return Ok(());
            }
        }
    }
}
