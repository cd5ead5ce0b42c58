//! The page: what a browser gets where it asks for no handshake. Its files, and what it asks of the library, in JSON.

use super::awaited::POLL;
use super::browser::{Browser, Denial, Holder, Saying};
use super::connection::Served;
use crate::commands::accept;
use crate::commands::generate;
use crate::commands::inspect;
use crate::commands::treatment::{Treatment, is_handshake};
use crate::commands::verify;
use crate::exit::{Exit, Written};
use crate::lines::lock;
use crate::net::visit::{Body, Service};
use crate::output::json;
use serde::Deserialize;
use std::net::{SocketAddr, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use wskey::conformance::Message;
use wskey::conformance::client_cases::path_and_query;
use wskey::head::{Head, trim_ows};

/// The most that the page may send at once.
const MOST: usize = 1 << 20;

/// The most questions at once, so that their bodies take no more than so many times that; a browser has six connections.
const MOST_ASKED: usize = 16;

/// How long after a connection over which nothing came a browser may ask for the page.
const AHEAD: Duration = Duration::from_millis(500);

/// The files: path, media type, content.
const FILES: &[(&str, &str, &str)] = &[
    ("/", "text/html; charset=utf-8", include_str!("page/index.html")),
    ("/page.css", "text/css; charset=utf-8", include_str!("page/page.css")),
    ("/page.js", "text/javascript; charset=utf-8", include_str!("page/page.js")),
    ("/icon.svg", "image/svg+xml", include_str!("page/icon.svg")),
];

/// What may be asked, by its path.
const QUESTIONS: &[(&str, Question)] = &[
    ("/gen", |_, _| generate::told().map(|written| told(&written)).map_err(|error| Denial::trouble(&error))),
    ("/accept", |_, body| read(body).map(|Asked { key, .. }| told(&accept::told(key.as_bytes())))),
    ("/verify", |_, body| read(body).map(|Asked { key, accept, .. }| told(&verify::told(key.as_bytes(), accept.as_bytes())))),
    ("/inspect", |page, body| {
        let Asked { capture, .. } = read(body)?;
        // What a capture holds takes many times its size.
        let _alone = lock(&page.inspecting);
        // That nothing is found in it is what there is to tell.
        let trouble = |error| Written { out: String::new(), remarks: vec![format!("{error:#}")], exit: Exit::Trouble };
        Ok(told(&inspect::told(capture.as_bytes()).unwrap_or_else(trouble)))
    }),
    ("/run/cases", |page, _| Ok(page.browser.cases())),
    ("/run/begin", |page, _| page.browser.begin()),
    ("/run/next", |page, body| page.browser.next(&read::<Holder>(body)?)),
    ("/run/result", |page, body| page.browser.result(&read::<Saying>(body)?)),
    ("/run/stop", |page, body| page.browser.stop(&read::<Holder>(body)?)),
];

type Question = fn(&Page, &[u8]) -> Result<String, Denial>;

/// What the page asks of the library.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    key: String,
    accept: String,
    capture: String,
}

/// Where it is listened.
pub(super) struct At {
    /// The URLs of handshakes and of the page.
    pub(super) url: String,
    pub(super) page: String,
    /// The addresses that were asked for and that came of it, in lower case.
    pub(super) names: Vec<String>,
    pub(super) is_secure: bool,
}

/// What serves the page.
pub(super) struct Page {
    at: At,
    browser: Browser,
    /// Whether a browser has it.
    is_shown: AtomicBool,
    /// How many questions are read and answered.
    asked: AtomicUsize,
    inspecting: Mutex<()>,
}

impl Page {
    pub(super) fn new(at: At, browser: Browser) -> Self {
        let (is_shown, asked) = (AtomicBool::default(), AtomicUsize::default());
        Self { at, browser, is_shown, asked, inspecting: Mutex::default() }
    }

    /// Whether a connection is none but that of a browser that has the page, or is about to: such open more than they need, and say nothing
    /// over some.
    pub(super) fn is_ahead(&self, served: &Served) -> bool {
        let is_mute = served.visit.request.is_empty() && !served.visit.is_answered;
        let deadline = Instant::now() + AHEAD;
        while is_mute && !self.is_shown.load(Ordering::Relaxed) && Instant::now() < deadline {
            thread::sleep(POLL);
        }
        is_mute && self.is_shown.load(Ordering::Relaxed)
    }

    /// Serves a connection: what belongs to the page, if there is one, and whatever else as `answer` says. Nothing where the page got what
    /// it asked for.
    pub(super) fn serve(
        page: Option<&Self>,
        stream: TcpStream,
        service: &Service,
        answer: impl FnOnce(&Head) -> (Treatment, Message),
    ) -> Option<Served> {
        let local = stream.local_addr().ok()?;
        let mut given = None;
        let served = Served::new(stream, service, |request, body| {
            if let Some(page) = page
                && let Some((message, is_given)) = page.answer(request, local, body)
            {
                given = is_given.then_some(page);
                return (Treatment::default(), message);
            }
            answer(request)
        })?;
        if let Some(page) = given {
            page.browser.heard();
        }
        given.is_none().then_some(served)
    }

    /// Answers a request for the page, which came to the address `local`: nothing where it is none; otherwise also whether the page got
    /// what it asked for.
    fn answer(&self, request: &Head, local: SocketAddr, body: &mut Body<'_, '_>) -> Option<(Message, bool)> {
        // A whole URL would stand for Host (RFC 9112, section 3.2.2): no browser sends one to a server.
        let target = request.target().filter(|target| target.starts_with(b"/") && !is_handshake(request))?;
        let path = path_and_query(target).0;
        let file = FILES.iter().find(|(name, ..)| name.as_bytes() == path);
        let question = QUESTIONS.iter().find(|(name, _)| name.as_bytes() == path);
        let given = match (self.host(request, local), file, question) {
            (_, None, None) => return None,
            (Err(denial), ..) => Err(denial),
            (Ok(host), Some((_, media, content)), _) => self.file(request, &host, media, content),
            (Ok(host), None, Some((_, question))) => self.ask(request, &host, body, *question),
        };
        Some(match given {
            Ok(message) => {
                self.is_shown.store(true, Ordering::Relaxed);
                (message, true)
            }
            Err(Denial { status, reason, words }) => {
                let mut denied = message("text/plain; charset=utf-8", format!("{words}\n").into_bytes());
                denied.start_line = Message::refusal(status, reason).start_line;
                if status == "405" {
                    denied.add("Allow", if file.is_some() { "GET, HEAD" } else { "POST" });
                }
                (denied, false)
            }
        })
    }

    /// The Host of a request, where it is the address that is listened on: another name leads here where somebody has its DNS say so, and
    /// what he shows from there is no page of ours.
    fn host(&self, request: &Head, local: SocketAddr) -> Result<String, Denial> {
        let denial = || Denial::new("421", "Misdirected Request", format!("Host is not that of the page: {}", self.at.page));
        let mut hosts = request.get_all("Host");
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return Err(denial()) };
        let host = str::from_utf8(host).map_err(|_| denial())?;
        let name = host.to_ascii_lowercase();
        // Browsers leave out the port that the scheme has by default.
        let default = if self.at.is_secure { ":443" } else { ":80" };
        let is = |own: &str| own == name || own.strip_suffix(default) == Some(&name);
        let is_loopback = local.ip().to_canonical().is_loopback();
        let local = SocketAddr::new(local.ip().to_canonical(), local.port());
        let is_own = is(&local.to_string())
            || is_loopback && is(&format!("localhost:{}", local.port()))
            || self.at.names.iter().any(|own| is(own));
        if is_own { Ok(host.to_owned()) } else { Err(denial()) }
    }

    fn file(&self, request: &Head, host: &str, media: &str, content: &str) -> Result<Message, Denial> {
        let method = request.method();
        if !matches!(method, Some(b"GET" | b"HEAD")) {
            return Err(Denial::new("405", "Method Not Allowed", "this is to be read, with GET"));
        }
        let mut message = message(media, content.as_bytes().to_vec());
        let scheme = if self.at.is_secure { "wss" } else { "ws" };
        // Not all browsers take 'self' for WebSocket too.
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' {scheme}://{host}; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
        message.add("Content-Security-Policy", policy);
        if method == Some(b"HEAD") {
            message.after.clear();
        }
        Ok(message)
    }

    fn ask(&self, request: &Head, host: &str, body: &mut Body<'_, '_>, question: Question) -> Result<Message, Denial> {
        let answered = if self.asked.fetch_add(1, Ordering::Relaxed) < MOST_ASKED {
            self.body(request, host, body).and_then(|body| question(self, &body))
        } else {
            Err(Denial::new("503", "Service Unavailable", "too many questions at once"))
        };
        self.asked.fetch_sub(1, Ordering::Relaxed);
        Ok(message("application/json", answered?.into_bytes()))
    }

    /// The body of a request, where it comes from the page itself: JSON is nothing that a form of another page can send, and Origin is what
    /// no script can choose.
    fn body(&self, request: &Head, host: &str, body: &mut Body<'_, '_>) -> Result<Vec<u8>, Denial> {
        if request.method() != Some(b"POST") {
            return Err(Denial::new("405", "Method Not Allowed", "this is to be asked with POST"));
        }
        let origin = format!("{}://{host}", if self.at.is_secure { "https" } else { "http" });
        let is_own = |value: &[u8]| value.eq_ignore_ascii_case(origin.as_bytes());
        let mut origins = request.get_all("Origin");
        if !(origins.next().is_some_and(is_own) && origins.next().is_none()) {
            return Err(Denial::new("403", "Forbidden", "Origin is not that of the page"));
        }
        let media = request.get("Content-Type").and_then(|value| value.split(|&b| b == b';').next()).map(trim_ows);
        if !media.is_some_and(|media| media.eq_ignore_ascii_case(b"application/json")) {
            return Err(Denial::new("415", "Unsupported Media Type", "Content-Type is not application/json"));
        }
        let mut lengths = request.get_all("Content-Length");
        let (Some(length), None, false) = (lengths.next(), lengths.next(), request.has("Transfer-Encoding")) else {
            return Err(Denial::new("411", "Length Required", "the body needs one Content-Length, and no Transfer-Encoding"));
        };
        let digits = str::from_utf8(length).ok().filter(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()));
        let digits = digits.ok_or_else(|| Denial::new("400", "Bad Request", "Content-Length is no number"))?;
        // More digits than a number has are too many bytes too.
        let length = digits.parse().ok().filter(|&length| length <= MOST);
        let length = length.ok_or_else(|| Denial::new("413", "Content Too Large", "the body is longer than 1 MiB"))?;
        body.read(length).ok_or_else(|| Denial::new("408", "Request Timeout", "the body did not come whole in time"))
    }
}

/// A response, after which the connection ends.
fn message(media: &str, content: Vec<u8>) -> Message {
    let mut message = Message::refusal("200", "OK");
    message.set("Content-Length", content.len().to_string());
    for (name, value) in [
        ("Content-Type", media),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    ] {
        message.add(name, value);
    }
    message.after = content;
    message
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Denial> {
    serde_json::from_slice(body)
        .map_err(|error| Denial::new("400", "Bad Request", format!("the body is not as it must be: {error}")))
}

/// What the command line would have written: the objects of `--json`, the remarks, the exit code.
fn told(Written { out, remarks, exit }: &Written) -> String {
    let objects: Vec<_> = out.lines().collect();
    format!("{{\"objects\":[{}],\"remarks\":{},\"exit\":{}}}\n", objects.join(","), json(remarks).trim_end(), *exit as u8)
}
