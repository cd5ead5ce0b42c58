//! TLS around a socket: whom to trust, what to show, and what is wrong with a certificate.

use super::socket::Socket;
use crate::output;
use anyhow::{Context as _, Result, anyhow, ensure};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{AlertDescription, CertificateError, ClientConfig, ClientConnection, Connection, DigitallySignedStruct, Error};
use rustls::{OtherError, RootCertStore, ServerConfig, ServerConnection, SignatureScheme};
use std::fs;
use std::io::{self, Read as _, Write as _};
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
            let unreadable = "a certificate cannot be read";
            named = certificates(file, |_, _| unreadable.to_owned())?;
            for certificate in &named {
                roots
                    .add(certificate.clone())
                    .ok()
                    .with_context(|| format!("{}: {unreadable}", output::path(file.as_os_str())))?;
            }
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

    pub(super) fn start(&self, socket: &mut Socket) -> io::Result<Connection> {
        let session = ClientConnection::new(Arc::clone(&self.config), self.name.clone()).map_err(io::Error::other)?;
        start(session.into(), socket)
    }
}

fn start(mut session: Connection, socket: &mut Socket) -> io::Result<Connection> {
    while session.is_handshaking() {
        if let Err(error) = session.complete_io(socket) {
            // The alert, by which the peer knows why, may stand behind another record.
            while session.wants_write() && session.write_tls(socket).is_ok_and(|count| count > 0) {}
            return Err(error);
        }
    }
    Ok(session)
}

/// Who we are to clients: a certificate, and its key.
#[derive(Clone)]
pub(super) struct Identity(Arc<ServerConfig>);

impl Identity {
    /// Reads both from PEM files; behind the certificate may stand those that lead to an authority.
    ///
    /// # Errors
    /// Where one of the files is not what it must be, or they do not belong together.
    pub(super) fn read(certificate: &Path, key: &Path) -> Result<Self> {
        let (file, key_file) = (output::path(certificate.as_os_str()), output::path(key.as_os_str()));
        let chain = certificates(certificate, describe_pem)?;
        for (number, certificate) in chain.iter().enumerate() {
            let is_right = ParsedCertificate::try_from(certificate).is_ok();
            ensure!(is_right, "{file}: certificate {} cannot be read, expected X.509 of version 3 in base64", number + 1);
        }
        let pem = fs::read(key).with_context(|| key_file.clone())?;
        let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|error| anyhow!("{key_file}: {}", describe_key(&error, &pem)))?;
        let builder = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
        let config = builder.with_safe_default_protocol_versions()?.with_no_client_auth().with_single_cert(chain, key);
        let mut config = config.map_err(|error| match error {
            Error::InconsistentKeys(_) => anyhow!("{key_file}: the key is not that of the certificate in {file}"),
            _ => anyhow!(
                "{key_file}: the key cannot be used, expected RSA of at least 2048 bits, ECDSA P-256 or P-384, or Ed25519"
            ),
        })?;
        // As above: over HTTP/2 there is no Upgrade.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }

    pub(super) fn start(&self, socket: &mut Socket) -> io::Result<Connection> {
        start(ServerConnection::new(Arc::clone(&self.0)).map_err(io::Error::other)?.into(), socket)
    }
}

/// The certificates in a PEM file, one at least; `describe` says what is wrong with it.
fn certificates(file: &Path, describe: impl Fn(&pem::Error, &[u8]) -> String) -> Result<Vec<CertificateDer<'static>>> {
    let path = output::path(file.as_os_str());
    let pem = fs::read(file).with_context(|| path.clone())?;
    let read = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let found = read.map_err(|error| anyhow!("{path}: {}", describe(&error, &pem)))?;
    ensure!(!found.is_empty(), "{path}: no certificate found, expected `-----BEGIN CERTIFICATE-----`");
    Ok(found)
}

fn describe_key(error: &pem::Error, pem: &[u8]) -> String {
    let has = |mark: &[u8]| pem.windows(mark.len()).any(|bytes| bytes == mark);
    match error {
        _ if has(b"BEGIN ENCRYPTED PRIVATE KEY") || has(b"Proc-Type: 4,ENCRYPTED") => {
            "the private key is encrypted, expected one without a passphrase".into()
        }
        pem::Error::NoItemsFound => "no private key found, expected `-----BEGIN PRIVATE KEY-----`".into(),
        error => describe_pem(error, pem),
    }
}

/// What is wrong with a PEM file, and in which line a part that is cut off begins.
fn describe_pem(error: &pem::Error, pem: &[u8]) -> String {
    match error {
        pem::Error::MissingSectionEnd { .. } => {
            let text = String::from_utf8_lossy(pem);
            let begun =
                text.lines().zip(1..).filter_map(|(line, number)| Some((line.strip_prefix("-----BEGIN ")?, number))).last();
            let (label, line) = begun.unwrap_or_default();
            format!("line {line} begins a part that does not end, expected `-----END {}`", visible(label.trim_end().as_bytes()))
        }
        pem::Error::IllegalSectionStart { line } => {
            format!("`{}` begins no part, expected five hyphens at its end", visible(line.trim_ascii()))
        }
        _ => "what stands between the lines of hyphens is not base64".into(),
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
pub(super) fn read(session: &mut Connection, socket: &mut Socket, buffer: &mut [u8]) -> io::Result<usize> {
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

pub(super) fn write_all(session: &mut Connection, socket: &mut Socket, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        // It takes so much at a time.
        let count = session.writer().write(bytes)?;
        bytes = &bytes[count..];
        while session.wants_write() {
            session.write_tls(socket)?;
        }
    }
    Ok(())
}

fn fault(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

pub(super) fn is_fault(error: &io::Error) -> bool {
    fault(error).is_some()
}

/// Why a client got no session, in words; `first` is what it sent first.
pub(super) fn explain_client(error: &io::Error, first: &[u8]) -> String {
    use AlertDescription::{BadCertificate, CertificateUnknown, UnknownCA};
    let why = match (fault(error), error.kind()) {
        (Some(Error::AlertReceived(alert @ (BadCertificate | CertificateUnknown | UnknownCA))), _) => {
            format!("the client does not trust the certificate (it ended the connection with an alert, {alert:?})")
        }
        (Some(Error::AlertReceived(alert)), _) => format!("the client ended the connection with an alert ({alert:?})"),
        (Some(Error::NoApplicationProtocol), _) => "the client does not offer HTTP/1.1 (ALPN protocol http/1.1)".into(),
        (Some(Error::InvalidMessage(_)), _) if first.first().is_some_and(u8::is_ascii_graphic) => {
            format!("the client speaks plain text (`{}`): the port speaks TLS, use wss://", visible(first))
        }
        (Some(fault), _) => format!("{fault}"),
        (None, io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => "the handshake was not complete in time".into(),
        (None, io::ErrorKind::UnexpectedEof) => {
            "the client closed the connection during the handshake; perhaps it does not trust the certificate".into()
        }
        (None, kind) => format!("{kind}"),
    };
    format!("TLS: {why}")
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
