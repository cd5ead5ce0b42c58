//! A connection, with TLS or without.

use super::socket::Socket;
#[cfg(feature = "tls")]
use super::tls;
use std::io::{self, Read, Write as _};

pub(super) enum Channel {
    Plain(Socket),
    #[cfg(feature = "tls")]
    Tls(Box<rustls::Connection>, Socket),
}

impl Read for Channel {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            #[cfg(feature = "tls")]
            Self::Tls(session, socket) => tls::read(session, socket, buffer),
        }
    }
}

impl Channel {
    pub(super) fn socket(&mut self) -> &mut Socket {
        match self {
            Self::Plain(socket) => socket,
            #[cfg(feature = "tls")]
            Self::Tls(_, socket) => socket,
        }
    }

    pub(super) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.write_all(bytes),
            #[cfg(feature = "tls")]
            Self::Tls(session, socket) => tls::write_all(session, socket, bytes),
        }
    }

    /// Says that nothing more will be sent.
    pub(super) fn finish_writing(&mut self) {
        #[cfg(feature = "tls")]
        if let Self::Tls(session, socket) = self {
            session.send_close_notify();
            let _ = session.write_tls(socket);
        }
        self.socket().finish_writing();
    }
}
