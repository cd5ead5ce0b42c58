//! `wskey probe wss://`: whom it trusts, and what it says of those that it does not.

use crate::support::{self, check, name, needs, switch};
use libtest2_mimic::Trial;
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::Arc;

pub(crate) fn trials() -> Vec<Trial> {
    let short = name(module_path!(), "c12_a_key_that_is_too_short");
    let mut trials = vec![needs(&["openssl"], short, c12_a_key_that_is_too_short)];
    trials.extend(listed![
        a_private_authority,
        a_certificate_that_signs_itself,
        an_expired_certificate,
        a_certificate_for_another_name,
        a_server_of_http2_alone,
        cases_over_tls,
        a01_what_follows_the_101_over_tls,
        what_a_refusal_says_over_tls,
        b07_an_alert_in_the_middle_of_the_cases,
        a_port_without_tls,
        certificates_to_trust,
    ]);
    trials
}

/// A private CA, and the file that holds its certificate.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).expect("a certificate");
        let file = format!("{}/{name}.pem", env!("CARGO_TARGET_TMPDIR"));
        fs::write(&file, certificate.pem()).expect("a file");
        Self { issuer: Issuer::new(params, key), file }
    }

    /// A server with a certificate of this authority for `name`, valid up to the year `until`.
    fn serve(&self, name: &str, until: i32, protocols: &[&str]) -> u16 {
        let (certificate, key) = self.sign(name, until);
        serve(certificate, &key, protocols)
    }

    fn sign(&self, name: &str, until: i32) -> (CertificateDer<'static>, KeyPair) {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        (params.signed_by(&key, &self.issuer).expect("a certificate").into(), key)
    }

    /// How a server is set up that demands a certificate of its clients, if it `demands` one.
    fn config(&self, demands: bool) -> Arc<ServerConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let (certificate, key) = self.sign("localhost", 2100);
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
        let builder = builder.expect("versions");
        let builder = if demands {
            let mut roots = RootCertStore::empty();
            roots.add(certificate.clone()).expect("a certificate");
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.expect("a verifier"))
        } else {
            builder.with_no_client_auth()
        };
        let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        Arc::new(builder.with_single_cert(vec![certificate], key).expect("a key pair"))
    }
}

/// A session over this socket.
fn accept(config: Arc<ServerConfig>, socket: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
    StreamOwned::new(ServerConnection::new(config).expect("a session"), socket)
}

fn request(stream: &mut impl Read) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count > 0) {
        head.extend(byte);
    }
    String::from_utf8_lossy(&head).into_owned()
}

fn serve(certificate: CertificateDer<'static>, key: &KeyPair, protocols: &[&str]) -> u16 {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let mut config = config.with_no_client_auth().with_single_cert(vec![certificate], key).expect("a key pair");
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let config = Arc::new(config);
    support::serve(move |socket, _| {
        let mut stream = accept(Arc::clone(&config), socket);
        let head = request(&mut stream);
        let _ = stream.write_all(switch(&head, "").as_bytes());
        let _ = stream.read_to_end(&mut Vec::new());
    })
}

const URL: &str = "wss://localhost:PORT/chat";
const YES: &str = "wss://localhost:PORT/chat: OK (HTTP/1.1 101 Switching Protocols; N ms)\n";

fn a_private_authority() {
    let authority = Authority::new("private");
    let port = authority.serve("localhost", 2100, &[]);
    check(port, &[URL, "--cacert", &authority.file], 0, YES, "");
    let err =
        "wskey: wss://localhost:PORT/chat: TLS: the certificate's issuer is unknown; --cacert FILE names certificates to trust\n";
    check(port, &[URL], 3, "", err);
    // It has the same name, and another key.
    let other = Authority::new("other");
    let err = "wskey: wss://localhost:PORT/chat: TLS: the certificate's issuer is not trusted: one of its name is, with another key, or its key is too short or of an unknown kind\n";
    check(port, &[URL, "--cacert", &other.file], 3, "", err);
    // The name is the URL's, whatever is connected to.
    let args = ["wss://localhost/chat", "--connect", "127.0.0.1:PORT", "--cacert", &authority.file];
    check(port, &args, 0, "wss://localhost/chat: OK (HTTP/1.1 101 Switching Protocols; N ms)\n", "");
}

/// A key of 1024 bits, which OpenSSL still makes, of a certificate that is named: as a server's, and as a CA's too.
fn c12_a_key_that_is_too_short() {
    let folder = env!("CARGO_TARGET_TMPDIR");
    for (is_ca, or_else) in [("FALSE", "the signature is not its own"), ("TRUE", "the key is not the server's")] {
        let [key, certificate] = ["key", "pem"].map(|end| format!("{folder}/short-{is_ca}.{end}"));
        let constraint = format!("basicConstraints=CA:{is_ca}");
        let made = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "rsa:1024",
                "-nodes",
                "-keyout",
                &key,
                "-out",
                &certificate,
                "-subj",
                "/CN=localhost",
            ])
            .args(["-addext", "subjectAltName=DNS:localhost", "-addext", &constraint])
            .output();
        assert!(made.expect("openssl").status.success());
        let mut server = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-cipher", "DEFAULT@SECLEVEL=0", "-cert", &certificate, "-key", &key])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl");
        let mut lines = BufReader::new(server.stdout.take().expect("a pipe")).lines().map_while(Result::ok).take(20);
        let port = lines.find_map(|line| line.strip_prefix("ACCEPT 127.0.0.1:")?.parse().ok());
        let err = format!(
            "wskey: wss://localhost:PORT/chat: TLS: the certificate is not valid: a key is too short or of an unknown kind, or {or_else}\n"
        );
        check(port.expect("it says where it listens"), &[URL, "--cacert", &certificate], 3, "", &err);
        server.kill().and_then(|()| server.wait()).expect("its end");
    }
}

/// What `openssl req -x509` makes: a certificate for a server that is also a CA's.
fn a_certificate_that_signs_itself() {
    let start = |name: &str, until: i32| {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let certificate = params.self_signed(&key).expect("a certificate");
        let file = format!("{}/{name}.pem", env!("CARGO_TARGET_TMPDIR"));
        fs::write(&file, certificate.pem()).expect("a file");
        (file, serve(certificate.into(), &key, &[]))
    };
    let (file, port) = start("itself", 2100);
    check(port, &[URL, "--cacert", &file], 0, YES, "");
    let err = "wskey: wss://localhost:PORT/chat: TLS: the certificate's issuer is unknown: \
               it is self-signed; --cacert FILE names certificates to trust\n";
    check(port, &[URL], 3, "", err);
    check(port, &[URL, "--cacert", &Authority::new("another").file], 3, "", err);
    let err = "wskey: wss://127.0.0.1:PORT/: TLS: the certificate is for another name: expected 127.0.0.1, found localhost\n";
    check(port, &["wss://127.0.0.1:PORT/", "--cacert", &file], 3, "", err);
    let said = "wskey: --insecure: no certificate is verified, so anybody may be answering\n";
    check(
        port,
        &["wss://127.0.0.1:PORT/chat", "--insecure"],
        0,
        &YES.replace("localhost", "127.0.0.1").replace(")\n", ")\n  not judged: the certificate\n"),
        said,
    );
    let (file, port) = start("itself-expired", 2002);
    let err = "wskey: wss://localhost:PORT/chat: TLS: the certificate has expired\n";
    check(port, &[URL, "--cacert", &file], 3, "", err);
}

fn an_expired_certificate() {
    let authority = Authority::new("expired");
    let port = authority.serve("localhost", 2002, &[]);
    let err = "wskey: wss://localhost:PORT/chat: TLS: the certificate has expired\n";
    check(port, &[URL, "--cacert", &authority.file], 3, "", err);
}

fn a_certificate_for_another_name() {
    let authority = Authority::new("name");
    let port = authority.serve("other.example", 2100, &[]);
    let err =
        "wskey: wss://localhost:PORT/chat: TLS: the certificate is for another name: expected localhost, found other.example\n";
    check(port, &[URL, "--cacert", &authority.file], 3, "", err);
}

fn a_server_of_http2_alone() {
    let authority = Authority::new("h2");
    let port = authority.serve("localhost", 2100, &["h2"]);
    let err =
        "wskey: wss://localhost:PORT/chat: TLS: the server does not speak HTTP/1.1 (it refused the ALPN protocol http/1.1)\n";
    check(port, &[URL, "--cacert", &authority.file], 3, "", err);
    let port = authority.serve("localhost", 2100, &["h2", "http/1.1"]);
    check(port, &[URL, "--cacert", &authority.file], 0, YES, "");
}

fn cases_over_tls() {
    let authority = Authority::new("cases");
    let port = authority.serve("localhost", 2100, &[]);
    let args = ["--conformance", URL, "--only", "valid,dribble,header-64k", "--cacert", &authority.file];
    let out = "\
OK     valid                 accepted: a valid handshake, fresh key
OK     dribble               accepted: the head one byte at a time
NOTE   header-64k            accepted: a header of 64 KiB
";
    check(port, &args, 0, out, "wskey: 3 cases: 2 OK, 0 FAILED, 0 WARN, 1 NOTE\n");
}

fn a01_what_follows_the_101_over_tls() {
    let authority = Authority::new("behind");
    let follows = |behind: &'static str, ends: bool| {
        let config = authority.config(false);
        support::serve(move |socket, _| {
            let mut stream = accept(Arc::clone(&config), socket);
            let head = request(&mut stream);
            let _ = stream.write_all(format!("{}{behind}", switch(&head, "")).as_bytes());
            if ends {
                stream.conn.send_close_notify();
                let _ = stream.flush();
            } else {
                let _ = stream.read_to_end(&mut Vec::new());
            }
        })
    };
    let args = [URL, "--cacert", &authority.file];
    let no = YES.replace("OK", "FAILED");
    check(follows("", false), &args, 0, YES, "");
    let out = format!(
        "{no}  error server after-101: one line ending too many: the head ends with its first empty line, and what follows is frames \
         (RFC 6455 5.1, 5.2, 5.4, 5.5; RFC 7692 6.1)\n"
    );
    check(follows("\r\n", false), &args, 1, &out, "");
    let out = format!(
        "{no}  error server ended-after-101: the server ended the connection at once, without a Close frame: browsers report 1006 \
         (RFC 6455 7.1.5, 7.3)\n"
    );
    check(follows("", true), &args, 1, &out, "");
}

/// The body comes in records of its own. A plain request was sent by whoever ended TLS, not by the client.
fn what_a_refusal_says_over_tls() {
    let authority = Authority::new("refusal");
    let refuses = |body: &'static str| {
        let config = authority.config(false);
        support::serve(move |socket, _| {
            let mut stream = accept(Arc::clone(&config), socket);
            request(&mut stream);
            for part in [format!("HTTP/1.1 400 x\r\nContent-Length: {}\r\n\r\n", body.len()).as_str(), body] {
                let _ = stream.write_all(part.as_bytes());
                let _ = stream.flush();
            }
            let _ = stream.read_to_end(&mut Vec::new());
        })
    };
    let args = [URL, "--cacert", &authority.file];
    let out = "wss://localhost:PORT/chat: FAILED (HTTP/1.1 400 x; N ms)\n  \
        error proxy  response-status: 400 instead of 101: a request without TLS reached a port that speaks TLS (RFC 6455 4.1, 4.2.2)\n    \
        says      Client sent an HTTP request to an HTTPS server.\n    \
        who       net/http (Go) (go-tls)\n    \
        fix       use wss://; where a proxy is on the way, have it speak TLS to the server behind it (https:// there)\n";
    check(refuses("Client sent an HTTP request to an HTTPS server.\n"), &args, 1, out, "");
    let config = authority.config(false);
    let loops = support::serve(move |socket, _| {
        let mut stream = accept(Arc::clone(&config), socket);
        request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 301 x\r\nLocation: https://a.example/chat\r\nContent-Length: 0\r\n\r\n");
        let _ = stream.flush();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let out = "wss://localhost:PORT/chat: FAILED (HTTP/1.1 301 x; N ms)\n  \
        error -      response-status: 301 instead of 101: a redirect to the same place over TLS, which browsers do not follow here; \
        the request went over TLS: pass X-Forwarded-Proto on in the proxy, and have the server trust it; or send the cookie that it sets \
        (`https://a.example/chat`) \
        (RFC 6455 4.1, 4.2.2)\n";
    check(loops, &[&["-HHost: a.example"], &args[..]].concat(), 1, out, "");
    let config = authority.config(false);
    let silent = support::serve(move |socket, _| {
        let mut stream = accept(Arc::clone(&config), socket);
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let err = "wskey: wss://localhost:PORT/chat: the server finished TLS and sent nothing within 1 s; the request was sent\n";
    check(silent, &[&args[..], &["--timeout", "1"]].concat(), 3, "", err);
}

/// The server is there, and ends one session with an alert: that is what came of this case.
fn b07_an_alert_in_the_middle_of_the_cases() {
    let authority = Authority::new("alert");
    let configs = [authority.config(false), authority.config(true)];
    let alerts = |which: usize| {
        let configs = configs.clone();
        support::serve(move |socket, number| {
            let mut stream = accept(Arc::clone(&configs[usize::from(number == which)]), socket);
            let head = request(&mut stream);
            let _ = stream.write_all(switch(&head, "").as_bytes());
            let _ = stream.read_to_end(&mut Vec::new());
        })
    };
    let args = ["--conformance", URL, "--jobs", "1", "--only", "valid,key-empty,ver-8", "--cacert", &authority.file];
    let out = "\
OK     valid                 accepted: a valid handshake, fresh key
WARN   key-empty             TLS: the server demands a client certificate: a status such as 400 would say why (RFC 6455 4.2.1 (5))
NOTE   ver-8                 accepted: Sec-WebSocket-Version: 8
";
    check(alerts(2), &args, 0, out, "wskey: 3 cases: 1 OK, 0 FAILED, 1 WARN, 1 NOTE\n");
    // In the first handshake, nothing was received yet.
    let err = "wskey: wss://localhost:PORT/chat: TLS: the server demands a client certificate\n";
    check(alerts(0), &[URL, "--cacert", &authority.file], 3, "", err);
}

fn a_port_without_tls() {
    let plain = |response: &'static [u8]| {
        support::serve(move |mut socket: TcpStream, _| {
            let _ = socket.read(&mut [0; 4096]);
            let _ = socket.write_all(response);
        })
    };
    let err = "wskey: wss://localhost:PORT/chat: TLS: the server answers in plain text (`HTTP/1.1 400 Bad`): \
               the port does not speak TLS, use ws://\n";
    check(plain(b"HTTP/1.1 400 Bad Request\r\n\r\n"), &[URL], 3, "", err);
    let err = "wskey: wss://localhost:PORT/chat: TLS: the server closed the connection during the handshake\n";
    check(plain(b""), &[URL], 3, "", err);
    let silent = support::serve(|mut socket, _| drop(support::drain(&mut socket)));
    let err = "wskey: wss://localhost:PORT/chat: TLS: the server accepted the connection and did not finish \
               the handshake in time; a port without TLS often stays silent; did you mean ws://?\n";
    check(silent, &[URL, "--timeout", "0.3"], 3, "", err);
}

fn certificates_to_trust() {
    let file = |name: &str, text: &str| {
        let file = format!("{}/{name}", env!("CARGO_TARGET_TMPDIR"));
        fs::write(&file, text).expect("a file");
        file
    };
    let none = file("none.pem", "nothing\n");
    let err = format!("wskey: {none}: no certificate found, expected `-----BEGIN CERTIFICATE-----`\n");
    check(1, &["wss://h/", "--cacert", &none], 2, "", &err);
    let bad = file("bad.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    check(1, &["wss://h/", "--cacert", &bad], 2, "", &format!("wskey: {bad}: a certificate cannot be read\n"));
    check(1, &["wss://h/", "--cacert", "/nosuch"], 2, "", "wskey: /nosuch: No such file or directory (os error 2)\n");
}
