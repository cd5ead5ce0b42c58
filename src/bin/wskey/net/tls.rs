//! TLS around a socket: whom to trust, and what is wrong with a certificate.

use super::socket::Socket;
use crate::output;
use anyhow::{Context as _, Result, ensure};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _};
use rustls::server::ParsedCertificate;
use rustls::{AlertDescription, CertificateError, ClientConfig, ClientConnection, Error, OtherError, RootCertStore};
use rustls::{DigitallySignedStruct, SignatureScheme};
use std::fs;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;
use wskey::escape::visible;

/// Whom to trust as the server of one name.
#[derive(Clone)]
pub(super) struct Trust {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl Trust {
    /// Demands a certificate for `name`, signed by one of `trusted`, or of the platform's where none is given.
    ///
    /// # Errors
    /// Where there are no certificates to trust, or `name` is none that a certificate can have.
    pub(super) fn new(name: &str, trusted: Option<&Path>) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        let mut named = Vec::new();
        if let Some(file) = trusted {
            let path = output::path(file.as_os_str());
            let pem = fs::read(file).with_context(|| path.clone())?;
            for certificate in CertificateDer::pem_slice_iter(&pem) {
                let certificate = certificate.ok().filter(|certificate| roots.add(certificate.clone()).is_ok());
                named.push(certificate.with_context(|| format!("{path}: a certificate cannot be read"))?);
            }
            ensure!(!roots.is_empty(), "{path}: no certificate found, expected `-----BEGIN CERTIFICATE-----`");
        } else {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            ensure!(!roots.is_empty(), "the platform's trust store is empty; --cacert FILE names certificates to trust");
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let usual = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build()?;
        Self::with(name, provider, Arc::new(Verifier { usual, named }))
    }

    /// Takes any certificate, whatever its name and whoever signed it.
    ///
    /// # Errors
    /// Where `name` is none that can be asked for.
    pub(super) fn anyone(name: &str) -> Result<Self> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        Self::with(name, Arc::clone(&provider), Arc::new(Anyone(provider)))
    }

    fn with(name: &str, provider: Arc<CryptoProvider>, verifier: Arc<dyn ServerCertVerifier>) -> Result<Self> {
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        // Over HTTP/2 there is no Upgrade (RFC 9113, section 8.6).
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let name = ServerName::try_from(name.to_owned()).with_context(|| format!("invalid TLS server name `{name}`"))?;
        Ok(Self { config: Arc::new(config), name })
    }

    pub(super) fn start(&self, socket: &mut Socket) -> io::Result<ClientConnection> {
        let mut session = ClientConnection::new(Arc::clone(&self.config), self.name.clone()).map_err(io::Error::other)?;
        while session.is_handshaking() {
            session.complete_io(socket)?;
        }
        Ok(session)
    }
}

/// Takes any certificate; the handshake must be signed with its key all the same.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer,
        _: &[CertificateDer],
        _: &ServerName,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// The usual verifier, which also accepts a self-signed certificate where the user named exactly that one: what
/// `openssl req -x509` makes for a server at home is a CA's by default, and the usual verifier accepts no CA's.
#[derive(Debug)]
struct Verifier {
    usual: Arc<WebPkiServerVerifier>,
    named: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer,
        intermediates: &[CertificateDer],
        name: &ServerName,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.usual.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            // Its dates were verified before this was found; its name is not yet.
            Err(Error::InvalidCertificate(CertificateError::Other(error)))
                if is_ca(&error) && self.named.contains(certificate) =>
            {
                rustls::client::verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            // The user named it, so that it is not the issuer that is wrong.
            Err(Error::InvalidCertificate(error)) if is_bad_signature(&error) && self.named.contains(certificate) => {
                Err(bad_key("the signature is not its own"))
            }
            result => result,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let verified = self.usual.verify_tls12_signature(message, certificate, signed);
        verified.map_err(explain_signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let verified = self.usual.verify_tls13_signature(message, certificate, signed);
        verified.map_err(explain_signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}

/// What is wrong with a signature of the handshake, which the certificate's own key was tried on.
fn explain_signature(error: Error) -> Error {
    match error {
        Error::InvalidCertificate(error) if is_bad_signature(&error) => bad_key("the key is not the server's"),
        other => other,
    }
}

fn bad_key(or_else: &str) -> Error {
    let why = io::Error::other(format!("a key is too short or of an unknown kind, or {or_else}"));
    Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(why))))
}

/// Whether a signature was not that of the key that it was tried on, or that key is none to use.
fn is_bad_signature(error: &CertificateError) -> bool {
    matches!(error, CertificateError::BadSignature | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. })
}

/// Whether a certificate was refused for being a CA's; its type belongs to a library underneath, which is not a dependency of ours.
fn is_ca(error: &OtherError) -> bool {
    error.0.to_string() == "CaUsedAsEndEntity"
}

/// Reads without writing: what came is there even where the peer takes no more.
pub(super) fn read(session: &mut ClientConnection, socket: &mut Socket, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match session.reader().read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            // Closed without notice: the head's own end tells whether something is missing.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
            result => return result,
        }
        session.read_tls(socket)?;
        session.process_new_packets().map_err(io::Error::other)?;
    }
}

fn fault(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

pub(super) fn is_fault(error: &io::Error) -> bool {
    fault(error).is_some()
}

/// What is wrong, in words; `first` is what the server sent first.
pub(super) fn explain(error: &io::Error, first: &[u8]) -> String {
    match (fault(error), error.kind()) {
        (Some(fault), _) => format!("TLS: {}", describe(fault, first)),
        (None, io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
            "TLS: the server accepted the connection and did not finish the handshake in time; a port without TLS often stays silent; did you mean ws://?"
                .into()
        }
        (None, io::ErrorKind::UnexpectedEof) => "TLS: the server closed the connection during the handshake".into(),
        (None, kind) => format!("TLS: {kind}"),
    }
}

fn describe(fault: &Error, first: &[u8]) -> String {
    match fault {
        Error::InvalidCertificate(error) => describe_certificate(error),
        Error::AlertReceived(AlertDescription::NoApplicationProtocol) => {
            "the server does not speak HTTP/1.1 (it refused the ALPN protocol http/1.1)".into()
        }
        Error::AlertReceived(AlertDescription::CertificateRequired) => "the server demands a client certificate".into(),
        Error::AlertReceived(AlertDescription::UnrecognisedName) => "the server does not know the name".into(),
        Error::AlertReceived(AlertDescription::HandshakeFailure) => {
            "the server takes nothing of what this program offers (HandshakeFailure): perhaps it speaks TLS 1.2 without ECDHE and \
             AES-GCM or ChaCha20, which browsers still do"
                .into()
        }
        Error::AlertReceived(alert) => format!("the server ended the connection with an alert ({alert:?})"),
        Error::InvalidMessage(_) if first.first().is_some_and(u8::is_ascii_graphic) => {
            format!("the server answers in plain text (`{}`): the port does not speak TLS, use ws://", visible(first))
        }
        other => format!("{other}"),
    }
}

fn describe_certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "the certificate has expired".into(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "the certificate is not valid yet".into(),
        CertificateError::NotValidForName => "the certificate is for another name".into(),
        CertificateError::NotValidForNameContext { expected, presented } => {
            // They come as `DnsName("example.com")`.
            let names: Vec<_> = presented.iter().map(|name| name.split('"').nth(1).unwrap_or(name)).collect();
            let names = if names.is_empty() { "none in subjectAltName".to_owned() } else { names.join(", ") };
            let (expected, found) = (expected.to_str(), visible(names.as_bytes()));
            format!("the certificate is for another name: expected {expected}, found {found}")
        }
        CertificateError::UnknownIssuer => {
            "the certificate's issuer is unknown; --cacert FILE names certificates to trust".into()
        }
        CertificateError::Other(error) if is_ca(error) => {
            "the certificate's issuer is unknown: it is self-signed; --cacert FILE names certificates to trust".into()
        }
        error if is_bad_signature(error) => {
            "the certificate's issuer is not trusted: one of its name is, with another key, or its key is too short or of an unknown kind".into()
        }
        CertificateError::Other(error) => format!("the certificate is not valid: {}", error.0),
        CertificateError::Revoked => "the certificate is revoked".into(),
        other => format!("the certificate is not valid: {other}"),
    }
}
