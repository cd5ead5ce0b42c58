//! The page of `wskey serve`: what a browser gets, what others do not, and a run of the cases as a page does it, here over sockets.

use crate::serve::{HELLO, Server, fresh, to};
use crate::support::{field, interrupt, needs, slow, until};
use libtest2_mimic::Trial;
use serde_json::{Value, json};
use std::fs;
#[cfg(target_os = "linux")]
use std::io;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
#[cfg(target_os = "linux")]
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread;
use std::time::Duration;
use wskey::conformance::client_cases::CASES;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = listed![
        the_files,
        nothing_from_elsewhere,
        methods_and_paths,
        wrong_hosts,
        wrong_origins,
        wrong_types,
        bodies_that_lie,
        a_body_that_drips,
        questions_at_once,
        what_the_command_line_says,
        markup_stays_text,
        a_run,
        tokens_that_are_none,
        a_run_that_is_waited_for,
        one_run_alone,
        a_run_that_is_stopped,
        an_interrupt,
        a_browser_that_does_not_open,
        a_browser_that_opens_no_more,
        a_connection_ahead,
    ];
    trials.push(needs(
        &["true"],
        crate::support::name(module_path!(), "a_command_that_opens_no_page"),
        a_command_that_opens_no_page,
    ));
    #[cfg(target_os = "linux")]
    trials.push(needs(
        &["sh", "sleep"],
        crate::support::name(module_path!(), "nobody_reads_what_is_told"),
        nobody_reads_what_is_told,
    ));
    trials.push(slow(crate::support::name(module_path!(), "nobody_opens_the_page"), nobody_opens_the_page));
    trials
}

/// A request with these lines behind its first, and what came.
fn ask(address: &str, first: &str, lines: &[&str], body: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
    let lines: String = lines.iter().flat_map(|line| [*line, "\r\n"]).collect();
    stream.write_all(format!("{first} HTTP/1.1\r\n{lines}\r\n{body}").as_bytes()).expect("it reads");
    let mut came = String::new();
    stream.read_to_string(&mut came).expect("text");
    came
}

fn get(address: &str, first: &str) -> String {
    ask(address, first, &[&format!("Host: {address}")], "")
}

/// As the page asks: the status, and what came in JSON, or null.
fn post(address: &str, path: &str, body: &Value) -> (String, Value) {
    let body = body.to_string();
    let lines = [
        format!("Host: {address}"),
        format!("Origin: http://{address}"),
        "Content-Type: application/json".to_owned(),
        format!("Content-Length: {}", body.len()),
    ];
    let came = ask(address, &format!("POST {path}"), &lines.each_ref().map(String::as_str), &body);
    let (head, body) = came.split_once("\r\n\r\n").expect("a head");
    assert!(!head.contains("Access-Control"), "{head}");
    (head[9..12].to_owned(), serde_json::from_str(body).unwrap_or_default())
}

fn status(came: &str) -> &str {
    came.get(9..12).unwrap_or(came)
}

fn the_files() {
    let server = Server::start(&["--count", "1"]);
    let address = &server.address;
    for (path, media) in [
        ("/", "text/html; charset=utf-8"),
        ("/?x", "text/html; charset=utf-8"),
        ("/page.css", "text/css; charset=utf-8"),
        ("/page.js", "text/javascript; charset=utf-8"),
        ("/icon.svg", "image/svg+xml"),
    ] {
        let came = get(address, &format!("GET {path}"));
        let (head, body) = came.split_once("\r\n\r\n").expect("a head");
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ws://{address}; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
        let length = body.len().to_string();
        for (name, value) in [
            ("Connection", "close"),
            ("Content-Length", &*length),
            ("Content-Type", media),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Content-Security-Policy", &*policy),
        ] {
            assert_eq!(field(head, name), Some(value), "{path}");
        }
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && !body.is_empty(), "{head}");
        assert_eq!(get(address, &format!("HEAD {path}")), format!("{head}\r\n\r\n"));
    }
    // None of it counts as a connection.
    server.talk(&to("/chat"), HELLO);
    let line = "PEER: OK (GET /chat; answered rightly; the client opened: it sent a text frame)\n";
    assert_eq!(server.end(), (line.to_owned(), String::new(), Some(0)));
}

/// The policy forbids it; that nothing tries is looked for besides.
fn nothing_from_elsewhere() {
    let server = Server::start(&["--count", "1"]);
    for path in ["/", "/page.css", "/page.js"] {
        let came = get(&server.address, &format!("GET {path}"));
        let text = came.split_once("\r\n\r\n").expect("a head").1;
        for part in
            ["http:", "//cdn", "style=", "<style", "onclick", "onload", "innerHTML", "outerHTML", "HTML(", "eval(", "@import"]
        {
            assert!(!text.contains(part), "{path}: {part}");
        }
        assert_eq!(text.matches("<script").count(), text.matches("<script src=\"/page.js\"").count(), "{path}");
    }
    server.talk(&to("/chat"), HELLO);
    server.end();
}

fn methods_and_paths() {
    let server = Server::start(&["--count", "7"]);
    for (first, expected, allow) in [
        ("POST /", "405", Some("GET, HEAD")),
        ("OPTIONS /", "405", Some("GET, HEAD")),
        ("GET /verify", "405", Some("POST")),
        ("OPTIONS /verify", "405", Some("POST")),
        ("GET /index.html", "426", None),
        ("GET /page.js/../x", "426", None),
        ("GET http://a.example/", "426", None),
    ] {
        let came = get(&server.address, first);
        assert_eq!((status(&came), field(&came, "Allow")), (expected, allow), "{first}");
        assert!(!came.contains("Access-Control"), "{came}");
    }
    let (_, err, code) = server.end();
    assert!(err.contains("wskey: PEER: no handshake: `POST / HTTP/1.1`\n") && code == Some(2), "{err}");
}

/// A name that somebody's DNS points to the loopback.
fn wrong_hosts() {
    let server = Server::start(&["--count", "9"]);
    let address = server.address.clone();
    let port = address.split_once(':').expect("a port").1;
    let own = [format!("localhost:{port}"), format!("LocalHost:{port}"), address.clone()];
    for host in &own {
        assert_eq!(status(&ask(&address, "GET /", &[&format!("Host: {host}")], "")), "200", "{host}");
    }
    let hosts = ["a.example", "127.0.0.1", "localhost", "", "localhost:1", "127.0.0.2:PORT", "localhost.a.example:PORT"];
    for host in hosts.map(|host| host.replace("PORT", port)) {
        let came = ask(&address, "GET /", &[&format!("Host: {host}")], "");
        assert!(came.starts_with("HTTP/1.1 421 Misdirected Request\r\n"), "{host}: {came}");
        assert!(came.ends_with(&format!("\r\n\r\nHost is not that of the page: http://{address}/\n")), "{came}");
    }
    let twice = [&*format!("Host: {address}"), "Host: a.example"];
    for lines in [&[][..], &twice] {
        assert_eq!(status(&ask(&address, "POST /verify", lines, "")), "421");
    }
    let (out, err, code) = server.end();
    assert_eq!((out.as_str(), err.matches("no handshake: ").count(), code), ("", 9, Some(2)), "{err}");
    // A handshake is answered whatever they are: this one's Host is another.
    let server = Server::start(&["--count", "1"]);
    assert!(server.talk(&to("/"), HELLO).starts_with("HTTP/1.1 101 "));
    assert_eq!(server.end().2, Some(0));
}

/// Another page cannot ask anything: its browser says where it comes from, or sends no JSON.
fn wrong_origins() {
    let server = Server::start(&["--count", "6"]);
    let address = server.address.clone();
    let body = r#"{"key":"","accept":""}"#;
    let length = format!("Content-Length: {}", body.len());
    let fixed = [format!("Host: {address}"), "Content-Type: application/json".to_owned(), length];
    let fixed: Vec<_> = fixed.iter().map(String::as_str).collect();
    let right = format!("Origin: http://{address}");
    for origin in [
        vec![],
        vec!["Origin: http://a.example"],
        vec!["Origin: null"],
        vec!["Origin: http://127.0.0.1:1"],
        vec![&*right, "Origin: http://a.example"],
        vec!["Origin: https://127.0.0.1"],
    ] {
        let came = ask(&address, "POST /verify", &[&fixed[..], &origin].concat(), body);
        assert!(
            came.starts_with("HTTP/1.1 403 Forbidden\r\n") && came.ends_with("\r\n\r\nOrigin is not that of the page\n"),
            "{came}"
        );
    }
    assert_eq!(server.end().2, Some(2));
}

fn wrong_types() {
    let server = Server::start(&["--count", "4"]);
    let address = server.address.clone();
    let lines = [format!("Host: {address}"), format!("Origin: http://{address}"), "Content-Length: 2".to_owned()];
    let fixed: Vec<_> = lines.iter().map(String::as_str).collect();
    let with = |line: &[&str]| ask(&address, "POST /accept", &[&fixed[..], line].concat(), "{}");
    assert_eq!(status(&with(&["Content-Type: Application/JSON ; charset=utf-8"])), "200");
    assert_eq!(status(&with(&[])), "415");
    for media in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
        assert_eq!(status(&with(&[&format!("Content-Type: {media}")])), "415", "{media}");
    }
    assert_eq!(server.end().2, Some(2));
}

fn bodies_that_lie() {
    let server = Server::start(&["--count", "12"]);
    let address = server.address.clone();
    let lines = [format!("Host: {address}"), format!("Origin: http://{address}"), "Content-Type: application/json".to_owned()];
    let fixed: Vec<_> = lines.iter().map(String::as_str).collect();
    for (more, body, expected, told) in [
        (&[][..], "", "411", "the body needs one Content-Length, and no Transfer-Encoding"),
        (
            &["Transfer-Encoding: chunked"],
            "2\r\n{}\r\n0\r\n\r\n",
            "411",
            "the body needs one Content-Length, and no Transfer-Encoding",
        ),
        (
            &["Content-Length: 2", "Transfer-Encoding: chunked"],
            "{}",
            "411",
            "the body needs one Content-Length, and no Transfer-Encoding",
        ),
        (&["Content-Length: 2", "Content-Length: 2"], "{}", "411", "the body needs one Content-Length, and no Transfer-Encoding"),
        (&["Content-Length: two"], "{}", "400", "Content-Length is no number"),
        (&["Content-Length: +2"], "{}", "400", "Content-Length is no number"),
        (&["Content-Length:"], "{}", "400", "Content-Length is no number"),
        (&["Content-Length: 1048577"], "", "413", "the body is longer than 1 MiB"),
        (&["Content-Length: 99999999999999999999999999"], "", "413", "the body is longer than 1 MiB"),
        (&["Content-Length: 1"], "{}", "400", "the body is not as it must be: EOF while parsing an object at line 1 column 1"),
        (&["Content-Length: 2"], "[]{}", "200", ""),
    ] {
        let came = ask(&address, "POST /accept", &[&fixed[..], more].concat(), body);
        assert_eq!(status(&came), expected, "{more:?}: {came}");
        assert!(told.is_empty() || came.ends_with(&format!("\r\n\r\n{told}\n")), "{came}");
    }
    // It ends before it is whole.
    let mut stream = server.connect();
    let head = format!("POST /accept HTTP/1.1\r\n{}\r\nContent-Length: 9\r\n\r\n{{}}", lines.join("\r\n"));
    stream.write_all(head.as_bytes()).and_then(|()| stream.shutdown(Shutdown::Write)).expect("it reads");
    let mut came = String::new();
    stream.read_to_string(&mut came).expect("text");
    assert!(came.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{came}");
    // The most that is read.
    let long = json!({"key": "a".repeat((1 << 20) - 10)});
    assert_eq!(long.to_string().len(), 1 << 20);
    assert_eq!(post(&address, "/accept", &long).0, "200");
    drop(server.connect());
    server.connect().write_all(b"x\r\n\r\n").expect("it reads");
    assert_eq!(server.end().2, Some(2));
}

fn a_body_that_drips() {
    let server = Server::start(&["--count", "1", "--timeout", "0.4"]);
    let address = &server.address;
    let mut stream = server.connect();
    let head = format!(
        "POST /accept HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("it reads");
    while stream.write_all(b" ").is_ok() {
        thread::sleep(Duration::from_millis(20));
    }
    let (_, err, code) = server.end();
    assert_eq!((err.as_str(), code), ("wskey: PEER: no handshake: `POST /accept HTTP/1.1`\nwskey: no handshake came\n", Some(2)));
}

/// Each could have a body of the longest that is read.
fn questions_at_once() {
    let server = Server::start(&["--timeout", "20"]);
    let address = &server.address;
    let head = format!(
        "POST /accept HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"
    );
    let open = || {
        let mut stream = server.connect();
        stream.write_all(head.as_bytes()).expect("it reads");
        stream
    };
    let mut idle: Vec<_> = (0..16).map(|_| open()).collect();
    let question = json!({"key": ""});
    // The question itself may take the place of one that is idle.
    until(|| {
        idle.push(open());
        post(address, "/accept", &question).0 == "503"
    });
    // The files are served all the same.
    assert_eq!(status(&get(address, "GET /")), "200");
    drop(idle);
    until(|| post(address, "/accept", &question).0 == "200");
    interrupt(&server.child);
    assert_eq!(server.end().2, Some(2));
}

/// Both write the same objects.
fn what_the_command_line_says() {
    let server = Server::start(&["--count", "1"]);
    let said = |args: &[&str], input: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wskey"));
        let mut child =
            command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        child.stdin.take().expect("it is piped").write_all(input.as_bytes()).expect("it reads");
        let output = child.wait_with_output().expect("it ends");
        let objects: Vec<Value> = String::from_utf8(output.stdout)
            .expect("text")
            .lines()
            .map(|line| serde_json::from_str(line).expect("an object"))
            .collect();
        (json!(objects), json!(output.status.code()))
    };
    let found = |path: &str, question: &Value| {
        let (status, came) = post(&server.address, path, question);
        assert_eq!(status, "200");
        (came["objects"].clone(), came["exit"].clone(), came["remarks"].clone())
    };
    let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    for key in [
        "dGhlIHNhbXBsZSBub25jZQ==",
        " Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n",
        "hello",
        "",
        "\u{e9}",
        "dGhlIHNhbXBsZSBub25jZR==",
    ] {
        let (objects, exit, _) = found("/accept", &json!({"key": key}));
        assert_eq!((objects, exit), said(&["accept", "--json", "--explain", key], ""), "{key}");
        for accept in [accept, "", "b37a4f2cc0624f1690f64606cf385945b2bec4ea", key, "Kfh9QIsMVZcl6xEPYxPHzW8SZ8w="] {
            let (objects, exit, _) = found("/verify", &json!({"key": key, "accept": accept}));
            assert_eq!((objects, exit), said(&["verify", "--json", key, accept], ""), "{key} {accept}");
        }
    }
    let steps = found("/accept", &json!({"key": "dGhlIHNhbXBsZSBub25jZQ=="})).0;
    // RFC 6455, section 1.3.
    assert_eq!(steps[0]["hashed"], "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    assert_eq!((&steps[0]["sha1"], &steps[0]["accept"]), (&json!("b37a4f2cc0624f1690f64606cf385945b2bec4ea"), &json!(accept)));
    for file in ["curl-v.txt", "chromium.har", "colours.txt", "crossed.txt"] {
        let path = format!("{}/tests/captures/{file}", env!("CARGO_MANIFEST_DIR"));
        let capture = fs::read_to_string(path).expect("text");
        let (objects, exit, _) = found("/inspect", &json!({"capture": capture}));
        assert_eq!((objects, exit), said(&["inspect", "--json"], &capture), "{file}");
    }
    let nothing = found("/inspect", &json!({"capture": "hello"}));
    let remark = "the capture: no handshake found: no request or response has Upgrade: websocket, Sec-WebSocket-Key or Sec-WebSocket-Accept";
    assert_eq!(nothing, (json!([]), json!(2), json!([remark])));
    let loose = found("/accept", &json!({"key": "dGhlIHNhbXBsZSBub25jZR=="})).2;
    assert!(loose[0].as_str().is_some_and(|text| text.starts_with("argument 1: ")), "{loose}");
    let made = found("/gen", &json!({})).0;
    assert_eq!((&made[0]["type"], made[0]["key"].as_str().map(str::len)), (&json!("key"), Some(24)));
    server.talk(&to("/chat"), HELLO);
    server.end();
}

fn markup_stays_text() {
    let server = Server::start(&["--count", "1"]);
    let markup = "</script><img src=x onerror=alert(1)>\u{202e}\x1b[2J";
    let (status, came) = post(&server.address, "/verify", &json!({"key": markup, "accept": markup}));
    assert_eq!((status.as_str(), &came["objects"][0]["key"]), ("200", &json!(markup)));
    let body = json!({"key": markup}).to_string();
    let address = &server.address;
    let lines = [
        format!("Host: {address}"),
        format!("Origin: http://{address}"),
        "Content-Type: application/json".to_owned(),
        format!("Content-Length: {}", body.len()),
    ];
    let came = ask(address, "POST /accept", &lines.each_ref().map(String::as_str), &body);
    let head = came.split_once("\r\n\r\n").expect("a head").0;
    assert_eq!((field(head, "Content-Type"), field(head, "X-Content-Type-Options")), (Some("application/json"), Some("nosniff")));
    // What is unsafe on a terminal is escaped here too.
    assert!(!came.contains(['\u{202e}', '\x1b']) && came.contains("\\u202e"), "{came}");
    server.talk(&to("/chat"), HELLO);
    server.end();
}

/// A page, as far as it asks.
struct Page {
    address: String,
    token: String,
}

impl Page {
    fn begin(address: &str) -> Self {
        let (status, begun) = post(address, "/run/begin", &json!({}));
        assert_eq!(status, "200");
        Self { address: address.to_owned(), token: begun["token"].as_str().expect("a token").to_owned() }
    }

    fn next(&self) -> Value {
        let (status, next) = post(&self.address, "/run/next", &json!({"token": self.token}));
        assert_eq!(status, "200");
        next
    }

    fn result(&self, case: &str, open: bool, error: bool) -> (String, Value) {
        post(&self.address, "/run/result", &json!({"token": self.token, "case": case, "open": open, "error": error}))
    }

    /// A browser that opens where it is to be taken for one that does.
    fn connect(&self, next: &Value, opens: bool) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        let mut request = fresh(next["path"].as_str().expect("a path"));
        if let Some(subprotocol) = next["subprotocol"].as_str() {
            request = request.replace("\r\n\r\n", &format!("\r\nSec-WebSocket-Protocol: {subprotocol}\r\n\r\n"));
        }
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut came = vec![0; 16];
        let _ = stream.read(&mut came);
        if opens {
            let _ = stream.write_all(HELLO);
        }
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.read_to_end(&mut came);
        String::from_utf8_lossy(&came).into_owned()
    }

    /// Does what is next; what came of it.
    fn step(&self, opens: bool) -> (Value, Value) {
        let next = self.next();
        self.connect(&next, opens);
        let (status, found) = self.result(next["case"].as_str().expect("a case"), opens, !opens);
        assert_eq!(status, "200");
        (next, found)
    }
}

fn a_run() {
    let server = Server::start(&["--count", "8"]);
    let (status, about) = post(&server.address, "/run/cases", &json!({}));
    let listed = about["cases"].as_array().map(Vec::len);
    assert_eq!(
        (status.as_str(), listed, &about["once"], &about["limit"]),
        ("200", Some(CASES.len()), &json!(false), &json!(5.0))
    );
    assert_eq!(about["cases"][1]["case"], "accept-wrong");
    let page = Page::begin(&server.address);
    let (next, found) = page.step(true);
    assert_eq!((&next["case"], &next["between"], &next["number"]), (&json!("correct"), &json!(true), &json!(0)));
    assert_eq!((&found["outcome"], &found["browser"]), (&json!("accepted"), &json!("accepted")));
    let (next, found) = page.step(true);
    assert_eq!((&next["case"], next.get("between"), &found["verdict"]), (&json!("correct"), None, &json!("OK")));
    let (next, found) = page.step(false);
    assert_eq!((&next["case"], &next["number"]), (&json!("accept-wrong"), &json!(1)));
    let expected = json!({"schema": 2, "type": "case", "case": "accept-wrong", "expect": "refuse", "outcome": "refused", "verdict": "OK",
        "ok": true, "level": "error", "section": "4.1 (4)", "browser": "refused", "sent": found["sent"], "received": found["received"]});
    assert_eq!(found, expected);
    assert!(found["received"].as_str().is_some_and(|text| text.starts_with("GET /accept-wrong/")), "{found}");
    // Whether it still opens.
    let (next, _) = page.step(true);
    assert_eq!((&next["case"], &next["between"], &next["number"]), (&json!("correct"), &json!(true), &json!(2)));
    // The browser says otherwise than the socket shows, and then the other way round.
    let next = page.next();
    page.connect(&next, false);
    let (_, found) = page.result("accept-random", true, false);
    assert_eq!((&found["outcome"], &found["browser"], &found["verdict"]), (&json!("refused"), &json!("accepted"), &json!("OK")));
    assert_eq!(found["message"], "refused: base64 of 20 zero bytes; the browser says that it opened");
    page.step(true);
    let next = page.next();
    page.connect(&next, true);
    let (_, found) = page.result("accept-missing", false, true);
    assert_eq!(
        (&found["outcome"], &found["browser"], &found["verdict"]),
        (&json!("accepted"), &json!("refused"), &json!("FAILED"))
    );
    assert!(found["message"].as_str().is_some_and(|text| text.ends_with("; the browser says that it failed")), "{found}");
    // Each is told here as any connection is.
    server.talk(&to("/chat"), HELLO);
    let (out, err, code) = server.end();
    assert_eq!((out.lines().count(), err.as_str(), code), (8, "", Some(0)), "{out}");
}

fn tokens_that_are_none() {
    let server = Server::start(&[]);
    let page = Page::begin(&server.address);
    let none = Page { address: server.address.clone(), token: "0".repeat(32) };
    let old = page;
    let page = Page::begin(&server.address);
    for other in [&none, &old] {
        assert_eq!(post(&other.address, "/run/next", &json!({"token": other.token})).0, "409");
        assert_eq!(post(&other.address, "/run/stop", &json!({"token": other.token})).0, "409");
        assert_eq!(other.result("correct", true, false).0, "409");
    }
    // What is not awaited has no result.
    assert_eq!(page.result("correct", true, false).0, "409");
    page.step(true);
    page.step(true);
    let next = page.next();
    assert_eq!(page.result("accept-random", true, false).0, "409");
    // A handshake of another page, which does not know the token, is none of the run.
    let other = json!({"path": format!("/accept-wrong/{}", "0".repeat(32))});
    page.connect(&other, true);
    let (_, found) = page.result("accept-wrong", true, false);
    assert_eq!(
        (&next["case"], &found["outcome"], &found["verdict"]),
        (&json!("accept-wrong"), &json!("absent"), &json!("UNJUDGED"))
    );
    // One that comes late, after its result, is none either.
    page.connect(&next, true);
    let after = page.next();
    assert_eq!((&after["case"], &after["between"]), (&json!("correct"), &json!(true)));
    interrupt(&server.child);
    assert_eq!(server.end().2, Some(0));
}

/// `wskey serve --conformance` that waits for a browser.
struct Run {
    child: Child,
    err: BufReader<ChildStderr>,
    address: String,
}

impl Run {
    fn start(args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wskey"))
            .args(["serve", "--conformance"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let mut err = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut line = String::new();
        err.read_line(&mut line).expect("the page");
        let address =
            line.strip_prefix("wskey: open http://").and_then(|rest| rest.strip_suffix("/ in a browser: it runs the cases\n"));
        Self { child, err, address: address.unwrap_or_else(|| panic!("{line}")).to_owned() }
    }

    fn end(mut self) -> (String, String, Option<i32>) {
        let mut err = String::new();
        self.err.read_to_string(&mut err).expect("text");
        let output = self.child.wait_with_output().expect("it ends");
        (String::from_utf8(output.stdout).expect("text"), err, output.status.code())
    }
}

fn a_run_that_is_waited_for() {
    for (opens, expected, code) in [
        (false, "OK     accept-wrong          refused: first character of the right value changed\n", 0),
        (
            true,
            "FAILED accept-wrong          the client opened: it sent a text frame, expected it to refuse: first character of the right value changed breaks accept-mismatch (RFC 6455 4.1 (4))\n",
            1,
        ),
    ] {
        let run = Run::start(&["--only", "accept-wrong"]);
        let about = post(&run.address, "/run/cases", &json!({})).1;
        assert_eq!(
            (about["cases"].as_array().map(Vec::len), &about["once"], &about["limit"]),
            (Some(1), &json!(true), &json!(2.0))
        );
        // What is none of the run is not found, and judged by nothing.
        let mut stream = TcpStream::connect(&run.address).expect("it listens");
        stream.write_all(to("/accept-wrong").as_bytes()).expect("it reads");
        let mut came = [0; 12];
        stream.read_exact(&mut came).expect("an answer");
        assert_eq!(&came, b"HTTP/1.1 404");
        let page = Page::begin(&run.address);
        page.step(true);
        page.step(opens);
        if !opens {
            assert_eq!(page.step(true).0["between"], true);
        }
        assert_eq!(page.next().get("case"), None);
        let counted = if opens { "0 OK, 1 FAILED" } else { "1 OK, 0 FAILED" };
        assert_eq!(run.end(), (expected.to_owned(), format!("wskey: 1 case: {counted}, 0 WARN, 0 NOTE\n"), Some(code)));
    }
    // As JSON, for a program.
    let run = Run::start(&["--only", "correct", "--json"]);
    let page = Page::begin(&run.address);
    page.step(true);
    page.step(true);
    page.next();
    let (out, ..) = run.end();
    let last: Value = serde_json::from_str(out.lines().last().expect("a line")).expect("an object");
    assert_eq!((&last["case"], &last["outcome"], &last["browser"]), (&json!("correct"), &json!("accepted"), &json!("accepted")));
}

fn one_run_alone() {
    let run = Run::start(&["--only", "correct"]);
    let page = Page::begin(&run.address);
    assert_eq!(post(&run.address, "/run/begin", &json!({})).0, "409");
    page.step(true);
    page.step(true);
    page.next();
    assert_eq!(run.end().2, Some(0));
}

fn a_run_that_is_stopped() {
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("report.xml");
    let run = Run::start(&["--only", "accept-", "--junit", file.to_str().expect("UTF-8")]);
    let page = Page::begin(&run.address);
    page.step(true);
    page.step(false);
    page.next();
    assert_eq!(post(&page.address, "/run/stop", &json!({"token": page.token})).0, "200");
    let (out, err, code) = run.end();
    assert!(out.starts_with("OK     accept-wrong ") && out.lines().count() == 1, "{out}");
    let count = CASES.iter().filter(|case| case.id.starts_with("accept-")).count();
    let told =
        format!("wskey: stopped in the browser: 1 of {count} cases judged\nwskey: 1 case: 1 OK, 0 FAILED, 0 WARN, 0 NOTE\n");
    assert_eq!((err, code), (told, Some(2)));
    let text = fs::read_to_string(&file).expect("a report");
    assert!(text.contains("<testsuite name=\"wskey serve --conformance\" tests=\"3\" failures=\"0\" errors=\"1\" "), "{text}");
    assert!(text.contains("<error message=\"the run was stopped: the other cases are not judged\"/>"), "{text}");
}

/// Whether a browser has come by then or not.
fn an_interrupt() {
    for begins in [false, true] {
        let run = Run::start(&["--only", "accept-wrong"]);
        let page = begins.then(|| Page::begin(&run.address));
        if let Some(page) = &page {
            page.step(true);
        }
        interrupt(&run.child);
        assert_eq!(run.end(), (String::new(), "wskey: interrupted: 0 of 1 cases judged\n".to_owned(), Some(2)));
    }
}

/// The pipe is full when the first connection is to be told, and the command runs.
#[cfg(target_os = "linux")]
fn nobody_reads_what_is_told() {
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("page");
    let (reader, mut writer) = io::pipe().expect("a pipe");
    let mut command = Command::new(env!("CARGO_BIN_EXE_wskey"));
    command.args(["serve", "--conformance", "--json", "--", "sh", "-c", "echo $$ $0 > \"$1\"; exec sleep 86400", "{page}"]);
    command.arg(&file).stdin(Stdio::null()).stderr(Stdio::null()).stdout(writer.try_clone().expect("another"));
    let mut child = command.spawn().expect("the program runs");
    drop(command);
    let filling = thread::spawn(move || while writer.write_all(&[b' '; 4096]).is_ok() {});
    until(|| fs::read_to_string(&file).is_ok_and(|text| text.ends_with("/\n")));
    let text = fs::read_to_string(&file).expect("it is there");
    let (pid, url) = text.trim_end().split_once(" http://").expect("a process, and a URL");
    Page::begin(url.trim_end_matches('/')).step(true);
    interrupt(&child);
    until(|| child.try_wait().expect("its state").is_some());
    assert_eq!(child.wait().expect("it ended").code(), Some(2));
    assert!(!Path::new("/proc").join(pid).exists());
    drop(reader);
    filling.join().expect("it ends");
}

fn a_browser_that_does_not_open() {
    let run = Run::start(&[]);
    let page = Page::begin(&run.address);
    let (_, found) = page.step(false);
    assert_eq!(found["outcome"], "refused");
    let (out, err, code) = run.end();
    assert!(out.starts_with("UNJUDGED correct "), "{out}");
    assert_eq!((err.as_str(), code), ("wskey: the client did not open with a right answer, so no case was judged\n", Some(2)));
    // It does not even connect.
    let run = Run::start(&[]);
    let page = Page::begin(&run.address);
    page.next();
    assert_eq!(page.result("correct", false, true).1["outcome"], "absent");
    assert_eq!(run.end().2, Some(3));
}

fn a_browser_that_opens_no_more() {
    let run = Run::start(&["--only", "accept-"]);
    let page = Page::begin(&run.address);
    page.step(true);
    page.step(false);
    page.step(false);
    let (out, _, code) = run.end();
    let told = "UNJUDGED correct               the client does not open with a right answer any more, so what it refused proves nothing (RFC 6455 4.1)\n";
    assert_eq!((out.split_once('\n').map(|(_, rest)| rest), code), (Some(told), Some(2)), "{out}");
}

/// Browsers open connections before they need them.
fn a_connection_ahead() {
    let server = Server::start(&["--count", "1"]);
    // One before the page is asked for, and one after.
    drop(server.connect());
    get(&server.address, "GET /");
    drop(server.connect());
    thread::sleep(Duration::from_millis(100));
    server.talk(&to("/chat"), HELLO);
    let (out, err, code) = server.end();
    assert_eq!((out.lines().count(), err.as_str(), code), (1, "", Some(0)), "{out}");
}

fn a_command_that_opens_no_page() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wskey"));
    let output = command.args(["serve", "--conformance", "--", "true", "{page}"]).output().expect("it runs");
    let err = String::from_utf8(output.stderr).expect("text");
    let expected = "wskey: no browser opened the page, and the command ended\n    command   exit status: 0\n";
    assert_eq!((output.stdout, err.as_str(), output.status.code()), (Vec::new(), expected, Some(3)));
}

fn nobody_opens_the_page() {
    let run = Run::start(&[]);
    let (out, err, code) = run.end();
    assert_eq!((out.as_str(), err.as_str(), code), ("", "wskey: no browser opened the page within 120 s\n", Some(3)));
}
