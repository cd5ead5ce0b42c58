//! `wskey probe --from`: the request of a capture or of a copied curl command, as a server receives it.

use crate::probe::sent;
use crate::support::{drain, field, request, responds, right, run, serve, switch};
use libtest2_mimic::Trial;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::mpsc;

pub(crate) fn trials() -> Vec<Trial> {
    listed![
        a_curl_command,
        the_target_of_a_url,
        what_of_a_curl_command_is_ignored,
        a_capture,
        a_capture_on_stdin,
        its_method_and_version,
        a_request_that_was_not_seen_whole,
        what_belongs_to_another_connection,
        what_is_given_beside_it,
        a_key_is_never_sent_again,
        what_cannot_be_sent,
        credentials_are_not_shown,
    ]
}

const URL: &str = "ws://127.0.0.1:PORT";

/// A file with this text; each test has its own.
fn file(name: &str, text: &str) -> String {
    let path = format!("{}/{name}", env!("CARGO_TARGET_TMPDIR"));
    fs::write(&path, text).expect("a file");
    path
}

fn a_curl_command() {
    let fields = "Host: 127.0.0.1:PORT\r\nUpgrade: websocket\r\nOrigin: https://chat.example\r\nCache-Control: no-cache\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Key: KEY\r\nSec-WebSocket-Version: 13\r\n";
    let of_bash = sent(&["--from", "tests/captures/copy-as-curl.txt", URL]);
    assert_eq!(of_bash, format!("GET /socket HTTP/1.1\r\n{fields}\r\n"));
    let fields = "Host: 127.0.0.1:PORT\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: KEY\r\n\
        Sec-WebSocket-Version: 13\r\n";
    let of_cmd = sent(&["--from", "tests/captures/copy-as-curl-cmd.txt", URL]);
    assert_eq!(of_cmd, format!("GET /socket HTTP/1.1\r\n{fields}\r\n"));
    // What Firefox leaves out, and a handshake needs, stands behind the rest.
    let copied = file(
        "bare.curl",
        "\u{feff}$ curl 'https://chat.example?room=7#top' --compressed -sk -H 'X-Empty;' -H 'Accept:' -A me \\\r\n -e 'https://a.example/' \\\r\n \
         -b 'a=1; b=2' -b c=3 -HX-Quote:$'it\\'s \\u0021' -H \"X-Two: \\\"2\\\"\"\r\nls\r\n",
    );
    let commented = file("comment.curl", "curl.exe 'wss://chat.example/socket' -H 'X: ^\"y^\"' # my cookie");
    let fields =
        "X: ^\"y^\"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: KEY\r\nSec-WebSocket-Version: 13\r\n";
    assert_eq!(sent(&["--from", &commented, URL]), format!("GET /socket HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n{fields}\r\n"));
    let head = "GET /?room=7 HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nX-Empty: \r\nUser-Agent: me\r\nReferer: https://a.example/\r\n\
        Cookie: a=1; b=2;c=3\r\nX-Quote: it's !\r\nX-Two: \"2\"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: KEY\r\nSec-WebSocket-Version: 13\r\n\r\n";
    assert_eq!(sent(&["--from", &copied, URL]), head);
}

/// curl takes a URL without its scheme; one in a query is none.
fn the_target_of_a_url() {
    for (url, target) in [
        ("a.example/x?u=http://b.example/c", "/x?u=http://b.example/c"),
        ("/x?u=http://b.example/c", "/x?u=http://b.example/c"),
        ("wss://a.example:8443/x#y", "/x"),
        ("localhost:8080", "/"),
    ] {
        let copied = file("target.curl", &format!("curl '{url}'"));
        let head = sent(&["--from", &copied, URL]);
        assert_eq!(head.lines().next(), Some(format!("GET {target} HTTP/1.1").as_str()), "{url}");
    }
}

fn what_of_a_curl_command_is_ignored() {
    let copied = file("body.curl", "curl -X POST -b jar.txt --data-raw $'a\\r\\nb' 'wss://chat.example/'");
    let ran = run(responds("HTTP/1.1 400 Bad Request\r\n\r\n"), &["--from", &copied, URL]);
    let remarks = "-X ignored: only fields are taken\n-b ignored: it names a file\n--data-raw ignored: only fields are taken\n";
    assert_eq!(ran.err.replace(&format!("wskey: {copied}: "), ""), remarks);
    assert_eq!(ran.code, Some(1));
}

fn a_capture() {
    let har = "Host: 127.0.0.1:PORT\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: https://chat.example\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: KEY\r\n";
    let from_har = |url| sent(&["--from", "tests/captures/chromium.har", url]);
    assert_eq!(from_har(URL), format!("GET /socket?room=7 HTTP/1.1\r\n{har}\r\n"));
    // A path of its own is the URL's, be it the root.
    assert_eq!(from_har("ws://127.0.0.1:PORT/"), format!("GET / HTTP/1.1\r\n{har}\r\n"));
    assert_eq!(from_har("ws://127.0.0.1:PORT?a=b"), format!("GET /?a=b HTTP/1.1\r\n{har}\r\n"));
    let raw = "Host: 127.0.0.1:PORT\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: KEY\r\n\
        Sec-WebSocket-Version: 13\r\n";
    assert_eq!(sent(&["--from", "tests/captures/raw-crlf.bin", URL]), format!("GET /chat HTTP/1.1\r\n{raw}\r\n"));
    // What was seen whole is sent as it was: nothing is added, no name spelt anew.
    let bare =
        "GET http://a.example:81/x?y HTTP/1.1\r\nhost: a.example:81\r\nsec-websocket-KEY: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let lacking = file("lacking.txt", bare);
    assert_eq!(sent(&["--from", &lacking, URL]), "GET /x?y HTTP/1.1\r\nhost: 127.0.0.1:PORT\r\nsec-websocket-KEY: KEY\r\n\r\n");
}

fn a_capture_on_stdin() {
    let (sender, receiver) = mpsc::channel();
    let port = serve(move |mut socket, _| {
        let _ = sender.send(request(&mut socket));
        let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    let mut child = Command::new(env!("CARGO_BIN_EXE_wskey"))
        .args(["probe", "--quiet", "--from", "-", &format!("ws://127.0.0.1:{port}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("the program runs");
    let capture = fs::read("tests/captures/curl-v.txt").expect("the capture");
    child.stdin.take().expect("a pipe").write_all(&capture).expect("it is read");
    assert_eq!(child.wait().expect("it ends").code(), Some(1));
    let head = receiver.recv().expect("a request");
    let key = field(&head, "Sec-WebSocket-Key").expect("a key");
    let expected = format!(
        "GET /chat HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    );
    assert_eq!(head, expected);
}

/// They are sent as they were; the server that accepts them is judged by them.
fn its_method_and_version() {
    let fields = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Sec-WebSocket-Version: 13\r\n";
    let old = file("old.txt", &format!("POST /chat HTTP/1.0\r\nHost: a\r\n{fields}Content-Length: 3\r\n\r\nabc"));
    let head = sent(&["--from", &old, URL]);
    assert_eq!(head.lines().next(), Some("POST /chat HTTP/1.0"));
    let ran = run(right(""), &["--from", &old, URL]);
    let out = "ws://127.0.0.1:PORT: FAILED (HTTP/1.1 101 Switching Protocols; N ms)\n";
    assert_eq!((ran.out.split_inclusive('\n').next(), ran.err.as_str(), ran.code), (Some(out), "", Some(1)));
    assert!(
        ran.out.contains("the method is `POST`, expected `GET`") && ran.out.contains("the version is `HTTP/1.0`"),
        "{}",
        ran.out
    );
}

fn a_request_that_was_not_seen_whole() {
    let port = responds("HTTP/1.1 400 Bad Request\r\n\r\n");
    let ran = run(port, &["--from", "tests/captures/devtools-headings.txt", URL]);
    let remark = "wskey: tests/captures/devtools-headings.txt: the request may have had fields that are not shown there\n";
    assert_eq!((ran.err.as_str(), ran.code), (remark, Some(1)));
}

/// A body and a proxy's fields are not there to be sent, and HTTP/2's names are no fields.
fn what_belongs_to_another_connection() {
    let through_proxy = file(
        "proxy.txt",
        "GET /x HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\nProxy-Connection: keep-alive\r\nConnection: Upgrade, TE\r\nTE: trailers\r\n\
         Keep-Alive: 5\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\nProxy-Authorization: Basic eA==\r\nHTTP2-Settings: AAMAAABk\r\n\
         Content-Length: 5\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    let head = "GET /x HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nUpgrade: websocket\r\nConnection: Upgrade, TE\r\n\
        Sec-WebSocket-Key: KEY\r\nSec-WebSocket-Version: 13\r\n\r\n";
    assert_eq!(sent(&["--from", &through_proxy, URL]), head);
    let head = "GET /chat HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nSec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Key: KEY\r\n\r\n";
    assert_eq!(sent(&["--from", "tests/captures/http2-connect.txt", URL]), head);
}

fn what_is_given_beside_it() {
    let options = ["--origin", "null", "--subprotocol", "chat", "-H", "Cache-Control: x"];
    let head = "GET /socket HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nUpgrade: websocket\r\nOrigin: null\r\nCache-Control: x\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Key: KEY\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat\r\n\r\n";
    assert_eq!(sent(&[&["--from", "tests/captures/copy-as-curl.txt", URL], &options[..]].concat()), head);
}

/// The key of the capture was sent once; two handshakes have two others.
fn a_key_is_never_sent_again() {
    let (sender, receiver) = mpsc::channel();
    let port = serve(move |mut socket, _| {
        let head = request(&mut socket);
        let _ = socket.write_all(switch(&head, "").as_bytes());
        let _ = sender.send(field(&head, "Sec-WebSocket-Key").unwrap_or_default().to_owned());
        drain(&mut socket);
    });
    assert_eq!(run(port, &["--from", "tests/captures/copy-as-curl.txt", URL]).code, Some(0));
    let keys = [receiver.recv().expect("a key"), receiver.recv().expect("another"), "w74QzzdGunWs4gLyCQ3WQA==".to_owned()];
    assert!(keys[0] != keys[1] && keys[0] != keys[2] && keys[1] != keys[2], "{keys:?}");
    assert_eq!(keys.map(|key| key.len()), [24; 3]);
}

fn what_cannot_be_sent() {
    let har = |name: &str, value: &str| {
        format!(
            r#"{{"log": {{"entries": [{{"request": {{"method": "GET", "url": "wss://a.example/", "httpVersion": "HTTP/1.1",
            "headers": [{{"name": "Upgrade", "value": "websocket"}}, {{"name": "{name}", "value": "{value}"}}]}},
            "response": {{"status": 101, "httpVersion": "HTTP/1.1", "headers": []}}}}]}}}}"#
        )
    };
    let powershell = "$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession\r\n$session.UserAgent = \"a\"\r\n\
        Invoke-WebRequest -UseBasicParsing -Uri \"wss://a.example/\" `\r\n";
    let fetch = "fetch(\"wss://a.example/\", {\n  \"headers\": {\n    \"sec-websocket-version\": \"13\"\n  }\n});\n";
    let post = har("A", "b").replace("\"GET\"", r#""GET\r\nX:""#);
    let long = format!("curl ws://h -H 'A: {}'", "a".repeat(64 << 10));
    let cases = [
        ("", "no request found, expected a captured handshake or a copied curl command"),
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "no request found, expected a captured handshake or a copied curl command"),
        ("curl ws://h -: ws://i", "unknown option '-:', expected those of a command that a browser copies"),
        ("curl ws://h -H", "-H: no value, expected one"),
        ("curl ws://h -H $'A: b\\r\\nC: d'", "the value of A contains a CR, LF or NUL, expected one line"),
        ("curl ws://h -H $'A: b\\x00'", "the value of A contains a CR, LF or NUL, expected one line"),
        ("curl ws://h -H $'A\\nB: c'", "invalid field name in the request, expected a token"),
        ("curl ws://h -H 'Authorization s3cret: c'", "invalid field name in the request, expected a token"),
        ("curl ws://h -H @file", "-H: missing colon, expected `Name: value`"),
        ("curl ws://h -u me:s3cret", "unknown option '-u', expected those of a command that a browser copies"),
        ("curl --user=me:s3cret ws://h", "unknown option '--user', expected those of a command that a browser copies"),
        ("curl wss://me:s3cret@h/", "user or password before '@' in the URL, expected -H 'Authorization: ...'"),
        ("curl 'ws://h/a b'", "the path of the request is no visible ASCII"),
        ("curl $'ws://h/\\r\\nX: y'", "the path of the request is no visible ASCII"),
        ("curl ws://h -H \"A: $(date)\"", "'$' is for the shell, expected one command, as a browser copies it"),
        ("curl 'ws://h", "a quote that is not closed"),
        (
            "curl ^\"ws://h^\" ^\r\n  -H ^\"A: b^\" &\r\n\r\ncurl ^\"ws://i^\"\r\n",
            "'&' is for the shell, expected one command, as a browser copies it",
        ),
        ("curl ws://h --url ws://i", "2 URLs, expected one"),
        (powershell, "a PowerShell command, expected \"Copy as cURL (bash)\" or a capture"),
        (fetch, "a call of fetch, expected \"Copy as cURL (bash)\" or a capture"),
        (&post, "the method of the request is no visible ASCII"),
        (&long, "more than 64 KiB, the most that is read of a curl command"),
        (&har("A", r"b\r\nC: d"), "the value of A contains a CR, LF or NUL, expected one line"),
        (&har(r"A: b\r\nC", "d"), "invalid field name in the request, expected a token"),
    ];
    for (text, message) in cases {
        let path = file("hostile.txt", text);
        // Nobody listens there, and nobody is asked.
        let ran = run(1, &["--from", &path, URL]);
        let err: Vec<_> = ran.err.lines().filter(|line| !line.contains("may have had fields")).collect();
        assert_eq!(
            (ran.out.as_str(), err, ran.code),
            ("", vec![format!("wskey: {path}: {message}").as_str()], Some(2)),
            "{text}"
        );
    }
    let ran = run(1, &["--from", "/nosuch", URL]);
    assert_eq!((ran.err.as_str(), ran.code), ("wskey: /nosuch: No such file or directory (os error 2)\n", Some(2)));
}

fn credentials_are_not_shown() {
    let copied = file("secret.curl", "curl 'wss://a.example/' -H 'authorization: Bearer s3cret-token' -b 'sid=s3cret-cookie'");
    let port = responds("HTTP/1.1 403 Forbidden\r\nX-Echo: s3cret-token s3cret-cookie\r\n\r\n");
    for option in ["-v", "--json"] {
        let ran = run(port, &["--from", &copied, option, URL]);
        let all = ran.out + &ran.err;
        assert!(!all.contains("s3cret"), "{all}");
        assert!(all.contains("authorization: <redacted>") && all.contains("Cookie: <redacted>"), "{all}");
    }
}
