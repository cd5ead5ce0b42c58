//! `wskey probe` of several servers, and of one that is starting.

use crate::support::{URL, check, drain, request, responds, run, serve, switch};
use libtest2_mimic::Trial;
use std::io::Write as _;
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

pub(crate) fn trials() -> Vec<Trial> {
    listed![d02_a_server_that_is_starting, several_servers]
}

/// A server that is starting is waited for, and its address needs no scheme.
fn d02_a_server_that_is_starting() {
    let free = || TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address");
    let address = free();
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(500));
        let listener = TcpListener::bind(address).expect("the same port");
        // The first connections end before a byte, as those of a proxy do whose server is not there yet.
        for (number, socket) in listener.incoming().enumerate() {
            let mut socket = socket.expect("a connection");
            let head = request(&mut socket);
            if number > 1 {
                let _ = socket.write_all(switch(&head, "").as_bytes());
                drain(&mut socket);
            }
        }
    });
    let yes = "ws://127.0.0.1:PORT/chat: OK (HTTP/1.1 101 Switching Protocols; N ms)\n";
    check(address.port(), &["127.0.0.1:PORT/chat", "--wait", "60"], 0, yes, "");
    let said = "wskey: ws://127.0.0.1:PORT/chat: cannot connect: 127.0.0.1:PORT: connection refused (waited 0.3 s)\n";
    check(free().port(), &[URL, "--wait", "0.3"], 3, "", said);
}

/// Of several servers each has its report, and what differs between them is told; the worst of them is what counts.
fn several_servers() {
    let behind = serve(|mut socket, number| {
        let head = request(&mut socket);
        let more = format!("Server: a\r\nX-Id: {number}\r\nDate: Sun, 22 Nov 2026 11:26:55 GMT\r\n");
        let _ = socket.write_all(switch(&head, &more).as_bytes());
        drain(&mut socket);
    });
    let proxy = responds("HTTP/1.1 404 Not Found\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n");
    let [behind, proxy] = [behind, proxy].map(|port| format!("ws://127.0.0.1:{port}/chat"));
    let lines = |args: &[&str]| {
        let ran = run(1, args);
        assert_eq!(ran.err, "");
        (ran.out.lines().map(str::to_owned).collect::<Vec<_>>(), ran.code)
    };
    let (said, code) = lines(&[&proxy, &behind]);
    assert_eq!(code, Some(1));
    assert!(said[0].starts_with(&format!("{proxy}: FAILED (")) && said[2].starts_with(&format!("{behind}: OK (")), "{said:?}");
    let differs =
        |part: &str, of_proxy: &str, of_server: &str| format!("  {part}: {of_proxy} at {proxy}, {of_server} at {behind}");
    let expected = [
        "the responses differ:".to_owned(),
        differs("verdict", "`FAILED`", "`OK`"),
        differs("status", "`404`", "`101`"),
        differs("Server", "`nginx`", "`a`"),
        differs("Content-Length", "`0`", "none"),
        differs("Upgrade", "none", "`websocket`"),
        differs("Connection", "none", "`Upgrade`"),
        differs("X-Id", "none", "`another each time`"),
    ];
    assert_eq!(said[3..], expected);
    // Two refusals of the same status may have two reasons.
    let [upgrade, session] = ["Bad Request\r\n\r\nInvalid Upgrade header", "Nope\r\n\r\nno session"]
        .map(|rest| format!("ws://127.0.0.1:{}/chat", responds(format!("HTTP/1.1 400 {rest}"))));
    let differs = |part: &str, one: &str, other: &str| format!("  {part}: {one} at {upgrade}, {other} at {session}");
    let (said, code) = lines(&[&upgrade, &session]);
    let expected = [
        "the responses differ:".to_owned(),
        differs("reason phrase", "`Bad Request`", "`Nope`"),
        differs("says", "`Invalid Upgrade header`", "`no session`"),
        differs("refusal", "`ws-upgrade`", "none"),
    ];
    assert_eq!((&said[said.len() - 4..], code), (&expected[..], Some(1)));
    let (said, _) = lines(&["--as", "chromium", &upgrade, &session]);
    let [one, other] = [&upgrade, &session].map(|url| format!("`{}`", url.replace("ws:", "http:").trim_end_matches("/chat")));
    assert_eq!(said.last(), Some(&differs("Origin sent", &one, &other)));
    let (said, code) = lines(&[&behind, &behind]);
    assert_eq!((said.last().map(String::as_str), code), (Some("the responses do not differ"), Some(0)));
    assert_eq!(lines(&["-q", &behind, &behind]), (Vec::new(), Some(0)));
    let (said, _) = lines(&["--json", &proxy, &behind]);
    let status = format!(
        r#"{{"schema":2,"type":"difference","part":"status","values":[{{"url":"{proxy}","value":"404"}},{{"url":"{behind}","value":"101"}}]}}"#
    );
    assert_eq!(said[4], status);
    let hostile = responds("HTTP/1.1 404 Not Found\r\nX\x1b[2J: 1\r\n\r\n");
    assert!(!run(1, &[&format!("ws://127.0.0.1:{hostile}/"), &behind]).out.contains('\x1b'));
    // Nobody there is less bad than a wrong answer, and worse than a right one.
    let nobody = format!("ws://{}/", TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address"));
    assert_eq!(run(1, &[&nobody, &behind]).code, Some(3));
    assert_eq!(run(1, &[&nobody, &proxy]).code, Some(1));
}
