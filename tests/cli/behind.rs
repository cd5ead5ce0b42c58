//! `wskey probe --behind`: small proxies between wskey and wskey, right, wrong and hostile.

use crate::support::{Ran, URL, drain, field, request, run, serve, switch};
use libtest2_mimic::Trial;
use serde_json::Value;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;
use tungstenite::handshake::derive_accept_key;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = listed![
        what_passes_as_it_was,
        each_change_is_told,
        what_breaks_the_handshake,
        a_path_that_is_rewritten,
        a_field_that_is_dropped_with_the_token,
        a_request_of_which_nothing_is_left,
        a_refusal_that_shows_whose_it_is,
        a_101_without_a_tunnel,
        frames_of_the_proxys_own,
        frames_without_a_pause,
        a_tunnel_of_one_way,
        a_tunnel_that_loses_the_first_frame,
        a_tunnel_that_loses_what_the_client_says,
        a_tunnel_that_spoils_what_the_client_says,
        a_tunnel_that_stays,
        what_comes_before_a_101,
        a_handshake_of_its_own,
        a_handshake_of_its_own_that_nothing_shows,
        a_handshake_of_its_own_without_a_tunnel,
        a_101_of_its_own,
        an_answer_from_a_cache,
        a_proxy_that_does_not_forward,
        a_proxy_that_swallows_the_answer,
        a_refusal_that_is_made_a_101,
        a_request_that_is_sent_twice,
        a_request_that_is_sent_many_times,
        a_copy_that_is_refused,
        what_the_two_ends_agree_on,
        an_answer_that_is_cut,
        health_checks_do_not_disturb,
        another_client_does_not_disturb,
        who_drips_floods_and_sends_garbage,
        a_proxy_that_is_waited_for,
        credentials_are_not_shown,
        the_same_for_a_program,
        cases_through_a_proxy,
        cases_without_a_tunnel,
        cases_that_a_proxy_mends,
        cases_whose_answer_is_the_proxys,
        what_follows_the_head_of_a_case,
        cases_of_a_proxy_with_handshakes_of_its_own,
        cases_over_a_connection_that_stays,
        cases_that_a_proxy_takes_no_more,
        cases_as_junit,
        a_second_handshake_that_is_spoilt,
        a_second_handshake_that_does_not_arrive,
        no_case_without_a_way_through,
        usage,
    ];
    trials.extend(questions());
    trials
}

/// Of a proxy that sends requests of its own.
fn questions() -> Vec<Trial> {
    listed![
        a_question_before_the_request,
        a_question_that_carries_upgrade,
        a_question_that_ends_with_a_101,
        several_questions,
        a_question_without_a_key,
        a_question_before_a_request_without_upgrade,
        a_failure_that_no_question_explains,
        a_question_at_the_path_of_the_request,
        a_copy_at_the_path_of_the_request,
        a_copy_at_the_path_that_was_sent,
        a_question_is_not_waited_for,
        a_path_that_is_no_question,
        a_question_at_a_new_path_each_time,
        more_questions_than_tries,
        a_question_that_is_not_asked_each_time,
    ]
}

/// A port that nobody listens on.
fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address")
}

/// Runs `wskey probe --behind`; FAR stands for where it listens, TOKEN for what it marks requests and answers with.
fn behind(port: u16, far: SocketAddr, args: &[&str]) -> Ran {
    let far = far.to_string();
    // In place of five seconds, where something is missed.
    let timeout = if args.contains(&"--timeout") { &[][..] } else { &["--timeout", "2"] };
    let ran = run(port, &[&["--behind", far.as_str(), URL], timeout, args].concat());
    let named = |text: &str| without_tokens(&text.replace(&far, "FAR"));
    Ran { out: named(&ran.out), err: named(&ran.err), ..ran }
}

/// A text in which the 24 characters of a token, or of a key, are a word.
fn without_tokens(text: &str) -> String {
    let is_token = |word: &str| word.len() == 24 && word.ends_with("==");
    let marks = |c: char| c == ' ' || c == '`' || c == '"';
    let words = text.split_inclusive(marks).map(|word| {
        let bare = word.trim_end_matches(marks);
        if is_token(bare) { word.replace(bare, "TOKEN") } else { word.to_owned() }
    });
    words.collect()
}

/// What a proxy makes of a head.
type Made = fn(&str) -> String;

fn same(head: &str) -> String {
    head.to_owned()
}

fn connect(far: SocketAddr) -> TcpStream {
    TcpStream::connect(far).expect("wskey listens")
}

/// A proxy in front of a server: what it makes of a request, and of the answer.
fn proxy(far: SocketAddr, there: Made, back: Made) -> u16 {
    serve(move |mut client, _| {
        let head = request(&mut client);
        pass(client, far, &there(&head), back);
    })
}

/// Sends this head to the server, and what is made of its answer back; then passes on what comes.
fn pass(mut client: TcpStream, far: SocketAddr, head: &str, back: impl FnOnce(&str) -> String) {
    let (server, answer) = answered(far, head);
    let _ = client.write_all(back(&answer).as_bytes());
    tunnel(client, server);
}

/// Sends this head to the server: the connection, and the answer.
fn answered(far: SocketAddr, head: &str) -> (TcpStream, String) {
    let mut server = connect(far);
    let _ = server.write_all(head.as_bytes());
    let answer = request(&mut server);
    (server, answer)
}

/// Passes on what comes, both ways, until one end closes.
fn tunnel(mut client: TcpStream, mut server: TcpStream) {
    let (mut one, mut other) = (client.try_clone().expect("a clone"), server.try_clone().expect("a clone"));
    let back = thread::spawn(move || {
        let _ = io::copy(&mut other, &mut one);
        let _ = one.shutdown(std::net::Shutdown::Write);
    });
    let _ = io::copy(&mut client, &mut server);
    let _ = server.shutdown(std::net::Shutdown::Write);
    let _ = back.join();
}

/// Sends the request on, and the answer back.
fn forward(client: &mut TcpStream, far: SocketAddr) -> TcpStream {
    let mut server = connect(far);
    let _ = server.write_all(request(client).as_bytes());
    let _ = client.write_all(request(&mut server).as_bytes());
    server
}

const OK: &str = "ws://127.0.0.1:PORT/chat: OK (HTTP/1.1 101 Switching Protocols; N ms)\n";
const UNJUDGED: &str = "ws://127.0.0.1:PORT/chat: UNJUDGED (HTTP/1.1 101 Switching Protocols; N ms)\n";
const FAILED: &str = "ws://127.0.0.1:PORT/chat: FAILED (HTTP/1.1 101 Switching Protocols; N ms)\n";

#[track_caller]
fn finds(ran: &Ran, code: i32, first: &str, lines: &[&str]) {
    let expected = lines.iter().fold(first.to_owned(), |text, line| format!("{text}  {line}\n"));
    assert_eq!((ran.out.as_str(), ran.err.as_str(), ran.code), (expected.as_str(), "", Some(code)));
}

fn what_passes_as_it_was() {
    let far = free();
    finds(&behind(proxy(far, same, same), far, &[]), 0, OK, &["neither head was changed on the way"]);
    let ran = behind(proxy(far, same, same), far, &["--quiet"]);
    assert_eq!((ran.out.as_str(), ran.code), ("", Some(0)));
    // What is seen on both sides is the same.
    let ran = behind(proxy(far, same, same), far, &["-v"]);
    let (near, there) = ran.out.split_once("at FAR:\n").expect("what arrived");
    assert!(there.starts_with(near), "{}", ran.out);
}

/// With each its changes, of the request and of the response.
fn each_change_is_told() {
    let cases: [(Made, Made, &[&str]); 7] = [
        (
            |head| head.replace("Host: 127.0.0.1:", "Host: localhost:1"),
            same,
            &[
                "note  proxy  proxy-changed: Host of the request is changed: `127.0.0.1:PORT` became `localhost:1N` (RFC 9110 7.6, 7.7)",
            ],
        ),
        (
            |head| head.replace("\r\n\r\n", "\r\nVia: 1.1 a\r\nX-Forwarded-For: ::1\r\n\r\n"),
            |head| head.replace("\r\n\r\n", "\r\nVia: 1.1 a\r\n\r\n"),
            &[
                "note  proxy  proxy-added: `Via: 1.1 a` is added to the request (RFC 9110 7.6)",
                "note  proxy  proxy-added: `X-Forwarded-For: ::1` is added to the request (RFC 9110 7.6)",
                "note  proxy  proxy-added: `Via: 1.1 a` is added to the response (RFC 9110 7.6)",
            ],
        ),
        (
            |head| head.replace("Upgrade: websocket\r\n", "Upgrade: websocket\r\nUpgrade: websocket\r\n"),
            same,
            &["note  proxy  proxy-repeated: Upgrade is repeated in the request: sent once, arrived twice (RFC 9110 5.3)"],
        ),
        (
            |head| head.replace("Upgrade: websocket\r\nConnection: Upgrade\r\n", "Connection: Upgrade\r\nUpgrade: websocket\r\n"),
            same,
            &["note  proxy  proxy-reordered: the fields of the request are reordered: `Host, Connection, Upgrade, \
                 Sec-WebSocket-Key, Sec-WebSocket-Version, Sec-WebSocket-Extensions, Wskey-Probe` (RFC 9110 5.3)"],
        ),
        (
            same,
            |head| head.replace("Upgrade: websocket", "upgrade: websocket"),
            &["note  proxy  proxy-respelt: names in the response are spelt otherwise: `Upgrade` became `upgrade` (RFC 9110 5.1)"],
        ),
        (
            |head| head.replace("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n", ""),
            same,
            &[
                "note  proxy  proxy-dropped: `Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits` is dropped from the \
                 request (RFC 9110 7.6.1, 7.8)",
            ],
        ),
        (
            same,
            |head| head.replace("Connection: Upgrade", "Connection: keep-alive, Upgrade"),
            &[
                "warn  proxy  response-connection-list: Connection is `keep-alive, Upgrade`: legal, and `Upgrade` alone is safer",
                "warn  proxy  proxy-changed: Connection of the response is changed: `Upgrade` became `keep-alive, Upgrade`, which breaks \
                 response-connection-list (RFC 9110 7.6, 7.7)",
            ],
        ),
    ];
    for (there, back, expected) in cases {
        let far = free();
        let mut ran = behind(proxy(far, there, back), far, &[]);
        // The port behind another digit is not found by who names it.
        if let Some((before, rest)) = ran.out.clone().split_once("localhost:1") {
            ran.out = format!("{before}localhost:1N{}", rest.trim_start_matches(|c: char| c.is_ascii_digit()));
        }
        finds(&ran, 0, OK, expected);
    }
}

fn what_breaks_the_handshake() {
    let far = free();
    let refused = "ws://127.0.0.1:PORT/chat: FAILED (HTTP/1.1 200 OK; N ms)\n";
    let bare: Made =
        |head| head.replace("Upgrade: websocket\r\nConnection: Upgrade\r\n", "Connection: close\r\n").replace("/1.1", "/1.0");
    finds(
        &behind(proxy(far, bare, same), far, &[]),
        1,
        refused,
        &[
            "error proxy  response-status: 200 instead of 101: the request breaks request-upgrade (RFC 6455 4.1, 4.2.2)",
            "error proxy  proxy-dropped: `Upgrade: websocket` is dropped from the request, which breaks request-upgrade (RFC 9110 7.6.1, 7.8)",
            "error proxy  proxy-changed: the version of the request is changed: `HTTP/1.1` became `HTTP/1.0`, which breaks request-version \
         (RFC 9110 7.6, 7.7)",
            "error proxy  proxy-changed: Connection of the request is changed: `Upgrade` became `close`, which breaks request-connection \
         (RFC 9110 7.6, 7.7)",
        ],
    );
    let back: Made = |head| head.replace("Upgrade: websocket\r\n", "");
    finds(
        &behind(proxy(far, same, back), far, &[]),
        1,
        FAILED,
        &[
            "error proxy  response-upgrade: Upgrade is missing, expected `websocket` (RFC 6455 4.1 (2))",
            "error proxy  proxy-dropped: `Upgrade: websocket` is dropped from the response, which breaks response-upgrade (RFC 9110 7.6.1, 7.8)",
        ],
    );
}

fn a_path_that_is_rewritten() {
    let far = free();
    let ran = behind(proxy(far, |head| head.replace("GET /chat ", "GET /ws?x=1 "), same), far, &[]);
    let line = "note  proxy  proxy-changed: the target of the request is changed: `/chat` became `/ws?x=1` (RFC 9110 7.6, 7.7)";
    finds(&ran, 0, OK, &[line]);
    // The name of a case of `serve` is a path like any other.
    let ran = behind(proxy(far, |head| head.replace("GET /chat ", "GET /accept-wrong "), same), far, &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
}

/// Without the token the key tells which request it is.
fn a_field_that_is_dropped_with_the_token() {
    let far = free();
    let without: Made = |head| {
        head.lines().filter(|line| !line.starts_with("Wskey-Probe")).fold(String::new(), |text, line| text + line + "\r\n")
    };
    let ran = behind(proxy(far, without, without), far, &[]);
    finds(
        &ran,
        0,
        OK,
        &[
            "note  proxy  proxy-dropped: `Wskey-Probe: TOKEN` is dropped from the request (RFC 9110 7.6.1, 7.8)",
            "note  proxy  proxy-dropped: `Wskey-Probe: TOKEN` is dropped from the response (RFC 9110 7.6.1, 7.8)",
        ],
    );
}

/// Neither the token nor the key is left: that the answer comes back shows which request it was.
fn a_request_of_which_nothing_is_left() {
    let far = free();
    let bare: Made = |_| "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".to_owned();
    let ran = behind(proxy(far, bare, same), far, &["--wait", "60"]);
    let first = "ws://127.0.0.1:PORT/chat: FAILED (HTTP/1.1 200 OK; N ms)\n";
    finds(
        &ran,
        1,
        first,
        &[
            "error proxy  response-status: 200 instead of 101: the request breaks request-upgrade (RFC 6455 4.1, 4.2.2)",
            "error proxy  proxy-dropped: `Upgrade: websocket` is dropped from the request, which breaks request-upgrade (RFC 9110 7.6.1, 7.8)",
            "error proxy  proxy-dropped: `Sec-WebSocket-Key: TOKEN` is dropped from the request, which breaks key-missing (RFC 9110 \
             7.6.1, 7.8)",
            "error proxy  proxy-dropped: `Sec-WebSocket-Version: 13` is dropped from the request, which breaks version-missing (RFC 9110 \
             7.6.1, 7.8)",
            "error proxy  proxy-changed: Connection of the request is changed: `Upgrade` became `close`, which breaks request-connection \
             (RFC 9110 7.6, 7.7)",
            "note  proxy  proxy-dropped: `Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits` is dropped from the \
             request (RFC 9110 7.6.1, 7.8)",
            "note  proxy  proxy-dropped: `Wskey-Probe: TOKEN` is dropped from the request (RFC 9110 7.6.1, 7.8)",
            "note  proxy  proxy-changed: Host of the request is changed: `127.0.0.1:PORT` became `a` (RFC 9110 7.6, 7.7)",
        ],
    );
    // Health checks that come meanwhile are none of it.
    let port = serve(move |client, _| {
        for _ in 0..20 {
            let mut server = connect(far);
            let _ = server.write_all(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
            request(&mut server);
        }
        pass(client, far, &bare(""), same);
    });
    let ran = behind(port, far, &["--json"]);
    let object: Value = serde_json::from_str(&ran.out).expect("one object");
    let seen = &object["behind"];
    assert_eq!((&seen["shown_by"], &seen["times"], &seen["plain"]), (&"answer".into(), &1.into(), &20.into()), "{seen}");
    assert!(seen["received"].as_str().is_some_and(|bytes| bytes.starts_with("GET /chat HTTP/1.1\r\nHost: a\r\n")), "{seen}");
}

/// Another key and another token, and a server that refuses.
fn a_refusal_that_shows_whose_it_is() {
    let far = free();
    let ran = behind(proxy(far, |head| head.replace("==\r\n", "\r\n"), same), far, &[]);
    let line = "which breaks key-malformed (RFC 6455 4.1, 4.2.2)\n";
    assert!(ran.out.contains("  error proxy  proxy-key: ") && ran.out.contains(line), "{}", ran.out);
    assert_eq!(ran.code, Some(1));
}

const FRAMES: &str = "whether frames pass is not known: of those that both ends sent behind the 101 not all came through, and a handshake or \
                      frames of the proxy's own may be why";

const NOT_THERE: &str = "error proxy  proxy-frames: a 101 came back, and the Close frame that was sent behind it did not arrive at FAR in time (RFC 9110 7.8)";

fn a_101_without_a_tunnel() {
    let far = free();
    // It keeps both connections; it passes on what is no frame.
    for is_passing in [false, true] {
        let port = serve(move |mut client, _| {
            let mut server = forward(&mut client, far);
            let came = drain(&mut client);
            if is_passing {
                let _ = server.write_all(&vec![0; came.len()]);
            }
        });
        finds(&behind(port, far, &[]), 1, FAILED, &[NOT_THERE, "neither head was changed on the way"]);
    }
    // Where it ends the connection itself, that is told.
    let port = serve(move |mut client, _| drop(forward(&mut client, far)));
    let line = "error proxy  ended-after-101: the server ended the connection at once, without a Close frame: browsers report 1006 (RFC \
                6455 7.1.5, 7.3)";
    finds(&behind(port, far, &[]), 1, FAILED, &[line, "neither head was changed on the way"]);
}

/// What the client did not send shows no way from it: a Ping, a Close with 1001, that with 1000 as only a server sends it.
fn frames_of_the_proxys_own() {
    let far = free();
    for frame in [&b"\x89\x80\0\0\0\0"[..], b"\x88\x82\0\0\0\0\x03\xe9", b"\x88\x02\x03\xe8"] {
        let port = serve(move |mut client, _| {
            let mut server = forward(&mut client, far);
            let _ = server.write_all(frame);
            drain(&mut client);
        });
        finds(&behind(port, far, &[]), 1, FAILED, &[NOT_THERE, "neither head was changed on the way"]);
    }
    // Before the client's they are no harm.
    let port = serve(move |mut client, _| {
        let mut server = forward(&mut client, far);
        let _ = server.write_all(b"\x89\x80\0\0\0\0");
        tunnel(client, server);
    });
    finds(&behind(port, far, &[]), 0, OK, &["neither head was changed on the way"]);
}

/// What comes as the look at them ends leaves time for the Close frame.
fn frames_without_a_pause() {
    let far = free();
    let port = serve(move |mut client, _| {
        let server = forward(&mut client, far);
        let mut one = client.try_clone().expect("a clone");
        thread::spawn(move || {
            while one.write_all(b"\x89\x01x").is_ok() {
                thread::sleep(Duration::from_micros(100));
            }
        });
        tunnel(client, server);
    });
    finds(&behind(port, far, &[]), 0, OK, &["neither head was changed on the way"]);
}

fn a_tunnel_of_one_way() {
    let far = free();
    let port = serve(move |mut client, _| {
        let mut server = forward(&mut client, far);
        let _ = io::copy(&mut client, &mut server);
    });
    let line = "error proxy  proxy-frames: a 101 came back, and the Close frame that FAR sent behind it did not come back in time (RFC 9110 7.8)";
    finds(&behind(port, far, &[]), 1, FAILED, &[line, "neither head was changed on the way"]);
    // It answers the Close frame itself.
    let port = serve(move |mut client, _| {
        let mut server = forward(&mut client, far);
        let mut close = [0; 8];
        let _ = client.read_exact(&mut close);
        let _ = client.write_all(b"\x88\x02\x03\xe8");
        let _ = server.write_all(&close);
        drain(&mut client);
    });
    finds(&behind(port, far, &[]), 1, FAILED, &[line, "neither head was changed on the way"]);
    let port = serve(move |mut client, _| {
        let mut server = forward(&mut client, far);
        let _ = io::copy(&mut server, &mut client);
    });
    finds(&behind(port, far, &[]), 1, FAILED, &[NOT_THERE, "neither head was changed on the way"]);
}

/// What it reads with the head of the 101 is dropped.
fn a_tunnel_that_loses_the_first_frame() {
    let far = free();
    // It drops it, holds it until more comes, sends something else in its place, or changes it.
    for way in ["drop", "hold", "ping", "change"] {
        let port = serve(move |mut client, number| {
            let head = request(&mut client);
            if number == 0 {
                return pass(client, far, &head, same);
            }
            let (mut server, answer) = answered(far, &head);
            let _ = client.write_all(answer.as_bytes());
            let mut first = [0; 102];
            let _ = server.read_exact(&mut first);
            match way {
                "ping" => drop(client.write_all(b"\x89\0")),
                "change" => {
                    first[50] ^= 1;
                    let _ = client.write_all(&first);
                }
                _ => {}
            }
            if way == "hold" {
                let mut up = (client.try_clone().expect("a clone"), server.try_clone().expect("a clone"));
                thread::spawn(move || io::copy(&mut up.0, &mut up.1));
                let mut more = [0; 9];
                let count = server.read(&mut more).unwrap_or_default();
                let _ = client.write_all(&[&first[..], &more[..count]].concat());
            }
            tunnel(client, server);
        });
        let line = "error proxy  proxy-frames: what FAR sent later came back, and not in time the frame that it sent in one segment with the 101 \
                    (RFC 9110 7.8)";
        finds(&behind(port, far, &[]), 1, FAILED, &[line, "neither head was changed on the way"]);
    }
}

/// A proxy that passes what the server sends, and Close frames, and makes of the client's message in the second handshake what this does.
#[track_caller]
fn finds_message_lost(change: fn(&mut Vec<u8>)) {
    let far = free();
    let port = serve(move |mut client, number| {
        let head = request(&mut client);
        if number == 0 {
            return pass(client, far, &head, same);
        }
        let (mut server, answer) = answered(far, &head);
        let _ = client.write_all(answer.as_bytes());
        let (mut one, mut other) = (client.try_clone().expect("a clone"), server.try_clone().expect("a clone"));
        thread::spawn(move || io::copy(&mut other, &mut one));
        let mut frame = vec![0; 106];
        let _ = client.read_exact(&mut frame);
        change(&mut frame);
        let _ = server.write_all(&frame);
        tunnel(client, server);
    });
    let line = "error proxy  proxy-frames: a 101 came back, and the message that was sent behind it did not arrive at FAR in time (RFC 9110 7.8)";
    finds(&behind(port, far, &[]), 1, FAILED, &[line, "neither head was changed on the way"]);
}

fn a_tunnel_that_loses_what_the_client_says() {
    finds_message_lost(Vec::clear);
}

/// A message that never ends, a text, and what no opcode stands for: no server gets what was sent.
fn a_tunnel_that_spoils_what_the_client_says() {
    finds_message_lost(|frame| frame[0] = 0x02);
    finds_message_lost(|frame| frame[0] = 0x81);
    finds_message_lost(|frame| frame[0] = 0x83);
}

/// Both ends have closed, and the proxy keeps the client's connection.
fn a_tunnel_that_stays() {
    let far = free();
    let port = serve(move |mut client, _| {
        let mut server = forward(&mut client, far);
        let (mut one, mut other) = (client.try_clone().expect("a clone"), server.try_clone().expect("a clone"));
        let back = thread::spawn(move || drop(io::copy(&mut other, &mut one)));
        let _ = io::copy(&mut client, &mut server);
        let _ = back.join();
        std::mem::forget(client);
    });
    let line = "warn  proxy  proxy-end: both Close frames passed, and FAR ended the connection, which stayed open before the proxy (RFC 6455 \
                7.1.1)";
    finds(&behind(port, far, &[]), 0, OK, &[line, "neither head was changed on the way"]);
    // It keeps the server's end until the client ends, which waits for that.
    let port = serve(move |mut client, _| {
        let mut server = forward(&mut client, far);
        let (mut one, mut other) = (client.try_clone().expect("a clone"), server.try_clone().expect("a clone"));
        thread::spawn(move || io::copy(&mut other, &mut one));
        let _ = io::copy(&mut client, &mut server);
    });
    finds(&behind(port, far, &[]), 0, OK, &[line, "neither head was changed on the way"]);
}

fn what_comes_before_a_101() {
    let far = free();
    let back: Made = |head| format!("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n{head}");
    let lines = [
        "warn  proxy  response-interim: 1 interim response before the 101: Chromium fails the connection (RFC 9110 15.2)",
        "warn  proxy  proxy-added: interim responses before the response: `0` sent, `1` arrived, which breaks response-interim (RFC 9110 \
         7.6)",
    ];
    finds(&behind(proxy(far, same, back), far, &[]), 0, OK, &lines);
    // So it is with a body that a 101 does not have.
    let back: Made = |head| head.replace("\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n");
    let lines = [
        "warn  proxy  response-body: Transfer-Encoding is `chunked` in a 101, which has no body (RFC 9110 8.6; RFC 9112 6.1)",
        "warn  proxy  proxy-added: `Transfer-Encoding: chunked` is added to the response, which breaks response-body (RFC 9110 7.6)",
    ];
    finds(&behind(proxy(far, same, back), far, &[]), 0, OK, &lines);
}

/// A request of a proxy's own, and the accept value that answers it.
const OWN: &str = "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                   Sec-WebSocket-Key: N+GWswsViw18TfSpryLcVw==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const OWN_ACCEPT: &str = "4tRMuDpE6WErH7Gc0XqTBmfN/7U=";

/// A proxy that is a server to the client and a client to the server, with a key of its own.
fn own(far: SocketAddr, is_relaying: bool) -> u16 {
    serve(move |mut client, _| {
        let head = request(&mut client);
        let (server, answer) = answered(far, OWN);
        assert_eq!(field(&answer, "Sec-WebSocket-Accept"), Some(OWN_ACCEPT));
        let _ = client.write_all(switch(&head, "").as_bytes());
        if is_relaying {
            tunnel(client, server);
        } else {
            drain(&mut client);
        }
    })
}

fn a_handshake_of_its_own() {
    let far = free();
    let ran = behind(own(far, true), far, &[]);
    finds(
        &ran,
        0,
        OK,
        &[
            "note  proxy  proxy-key: the proxy makes a handshake of its own: Sec-WebSocket-Key of the request is changed: `TOKEN` became \
         `TOKEN` (RFC 6455 4.1, 4.2.2)",
            "note  proxy  proxy-dropped: `Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits` is dropped from the request \
         (RFC 9110 7.6.1, 7.8)",
            "note  proxy  proxy-dropped: `Wskey-Probe: TOKEN` is dropped from the request (RFC 9110 7.6.1, 7.8)",
            "note  proxy  proxy-changed: Host of the request is changed: `127.0.0.1:PORT` became `a` (RFC 9110 7.6, 7.7)",
        ],
    );
    // It passes on what answers its own key.
    let other: Made = |head| {
        let key = field(head, "Sec-WebSocket-Key").unwrap_or_default();
        head.replace(key, "N+GWswsViw18TfSpryLcVw==")
    };
    let ran = behind(proxy(far, other, same), far, &[]);
    assert!(ran.out.contains("  error proxy  proxy-key: the proxy makes a handshake of its own: "), "{}", ran.out);
    assert!(ran.out.contains("became `TOKEN`, which breaks accept-mismatch (RFC 6455 4.1, 4.2.2)\n"), "{}", ran.out);
    assert_eq!(ran.code, Some(1));
}

/// One handshake arrives, and it may be anybody's.
fn a_handshake_of_its_own_that_nothing_shows() {
    let far = free();
    let ran = behind(own(far, false), far, &[]);
    let unjudged = "ws://127.0.0.1:PORT/chat: UNJUDGED (HTTP/1.1 101 Switching Protocols; N ms)\n";
    let why = "no verdict: what arrived behind the proxy cannot be told to be this request: it has another key, and nothing else shows it";
    finds(
        &ran,
        2,
        unjudged,
        &[
            why,
            "the second handshake: what arrived behind the proxy cannot be told to be this request: it has \
                                     another key, and nothing else shows it",
        ],
    );
}

/// The token shows whose request it is. The Close frames on both sides may be the proxy's own; a message is not.
fn a_handshake_of_its_own_without_a_tunnel() {
    let far = free();
    for way in ["none", "closing", "back", "both", "late", "down", "up", "bare"] {
        let port = serve(move |mut client, _| {
            let head = request(&mut client);
            let mut server = connect(far);
            let key = field(&head, "Sec-WebSocket-Key").unwrap_or_default();
            let _ = server.write_all(head.replace(key, "N+GWswsViw18TfSpryLcVw==").as_bytes());
            let answer = request(&mut server).replace(OWN_ACCEPT, &derive_accept_key(key.as_bytes()));
            let _ = client.write_all(answer.as_bytes());
            match way {
                "none" => drop(drain(&mut client)),
                "both" => tunnel(client, server),
                "down" => drop(io::copy(&mut server, &mut client)),
                "up" => {
                    let mut message = [0; 102];
                    if server.read_exact(&mut message).is_ok() && client.write_all(&message).is_ok() {
                        let _ = io::copy(&mut client, &mut server);
                    }
                }
                "bare" => {
                    // Its Close frames have no status.
                    let mut message = [0; 102];
                    if server.read_exact(&mut message).is_ok() && client.write_all(&message).is_ok() {
                        let _ = client.read(&mut [0; 8]);
                        let _ = client.write_all(b"\x88\0");
                        let _ = server.write_all(b"\x88\x80\0\0\0\0");
                    }
                }
                "late" => {
                    // It waits until the client speaks.
                    let mut close = [0; 8];
                    let _ = client.read_exact(&mut close);
                    let _ = server.write_all(&close);
                    tunnel(client, server);
                }
                _ => {
                    let mut message = [0; 102];
                    if way == "back" && server.read_exact(&mut message).is_ok() {
                        let _ = client.write_all(&message);
                    }
                    let _ = client.read(&mut [0; 8]);
                    let _ = client.write_all(b"\x88\x02\x03\xe8");
                    let _ = server.write_all(b"\x88\x82\0\0\0\0\x03\xe8");
                }
            }
        });
        let own = "note  proxy  proxy-key: the proxy makes a handshake of its own: Sec-WebSocket-Key of the request is changed: `TOKEN` \
                   became `TOKEN` (RFC 6455 4.1, 4.2.2)";
        if way == "both" {
            finds(&behind(port, far, &[]), 0, OK, &[own]);
            continue;
        }
        let unjudged = "ws://127.0.0.1:PORT/chat: UNJUDGED (HTTP/1.1 101 Switching Protocols; N ms)\n";
        let why = FRAMES;
        let lines = [&format!("no verdict: {why}"), own, &format!("the second handshake: {why}")];
        // The first handshake has no message of the client's, and waits for none.
        let from = usize::from(matches!(way, "back" | "late" | "bare"));
        finds(&behind(port, far, &[]), 2, unjudged, &lines[from..]);
    }
}

fn a_101_of_its_own() {
    let port = serve(|mut client, _| {
        let head = request(&mut client);
        let _ = client.write_all(switch(&head, "").as_bytes());
        drain(&mut client);
    });
    let line =
        "error -      proxy-answers: nothing arrived at FAR: the proxy forwards to another address, or answered 101 itself";
    finds(&behind(port, free(), &[]), 1, FAILED, &[line]);
}

fn an_answer_from_a_cache() {
    let far = free();
    let kept: &'static Mutex<String> = Box::leak(Box::default());
    let port = serve(move |mut client, _| {
        let head = request(&mut client);
        let mut kept = kept.lock().expect("nobody panics");
        if kept.is_empty() {
            let mut server = connect(far);
            let _ = server.write_all(head.as_bytes());
            *kept = request(&mut server);
        }
        let _ = client.write_all(kept.as_bytes());
        drain(&mut client);
    });
    let ran = behind(port, far, &[]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.out.contains("  error -      proxy-answers: nothing arrived at FAR: the proxy forwards to another address, or answered 101 itself\n"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("  error -      accept-mismatch: "), "{}", ran.out);
}

fn a_proxy_that_does_not_forward() {
    let port = crate::support::responds("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
    let first = "ws://127.0.0.1:PORT/chat: FAILED (HTTP/1.1 502 Bad Gateway; N ms)\n";
    finds(
        &behind(port, free(), &[]),
        1,
        first,
        &[
            "error -      response-status: 502 instead of 101: a gateway got no usable response from the server behind it (RFC 6455 4.1, 4.2.2)",
            "error -      proxy-forwards: nothing arrived at FAR: the proxy forwards to another address, or answered `HTTP/1.1 502 Bad Gateway` itself",
        ],
    );
    // Silence of it is no proof.
    let port = serve(|mut client, _| drop(drain(&mut client)));
    let ran = behind(port, free(), &["--timeout", "0.5"]);
    let said = "wskey: ws://127.0.0.1:PORT/chat: the server accepted the connection and sent nothing within 0.5 s; the request was sent; \
                nothing arrived at FAR\n";
    assert_eq!((ran.out.as_str(), ran.err.as_str(), ran.code), ("", said, Some(3)));
}

fn a_proxy_that_swallows_the_answer() {
    let far = free();
    let port = serve(move |mut client, _| {
        let head = request(&mut client);
        let mut server = connect(far);
        let _ = server.write_all(head.as_bytes());
        request(&mut server);
        drain(&mut client);
    });
    let ran = behind(port, far, &["--timeout", "0.5"]);
    // It is there, as that shows, whatever the client sees.
    let first = "ws://127.0.0.1:PORT/chat: UNJUDGED (N ms)\n";
    let why = "no verdict: the server accepted the connection and sent nothing within 0.5 s; the request was sent; the request arrived at FAR, and \
               its answer did not come back";
    finds(&ran, 2, first, &[why, "neither head was changed on the way"][..1]);
    let port = serve(move |mut client, _| drop(answered(far, &request(&mut client))));
    let why = "no verdict: the server closed the connection without a byte of a response; the request arrived at FAR, and its answer did not come \
               back";
    finds(&behind(port, far, &[]), 2, first, &[why]);
}

fn a_refusal_that_is_made_a_101() {
    let far = free();
    let port = serve(move |mut client, _| {
        let head = request(&mut client);
        let mut server = connect(far);
        let _ = server.write_all(head.replace("Version: 13", "Version: 12").as_bytes());
        request(&mut server);
        let _ = client.write_all(switch(&head, "").as_bytes());
        drain(&mut client);
    });
    let ran = behind(port, far, &[]);
    let line = "  error proxy  proxy-answers: the proxy answered 101 itself: what arrived at FAR was answered with \
                `HTTP/1.1 426 Upgrade Required`\n";
    assert!(ran.out.contains(line), "{}", ran.out);
    assert_eq!(ran.code, Some(1));
}

/// As a proxy does that tries again.
fn a_request_that_is_sent_twice() {
    let far = free();
    let port = serve(move |mut client, _| {
        let head = request(&mut client);
        let mut first = connect(far);
        let _ = first.write_all(head.as_bytes());
        request(&mut first);
        pass(client, far, &head, same);
    });
    finds(
        &behind(port, far, &[]),
        0,
        OK,
        &["note  proxy  proxy-once: the request arrived 2 times at FAR", "neither head was changed on the way"],
    );
}

/// The last of many is the one whose answer came back.
fn a_request_that_is_sent_many_times() {
    let far = free();
    let port = serve(move |client, _| {
        let mut client = client;
        let head = request(&mut client);
        for _ in 0..20 {
            let mut server = connect(far);
            let _ = server.write_all(head.as_bytes());
            request(&mut server);
        }
        pass(client, far, &head, same);
    });
    let lines = ["note  proxy  proxy-once: the request arrived 21 times at FAR", "neither head was changed on the way"];
    finds(&behind(port, far, &[]), 0, OK, &lines);
}

/// A head without these fields.
fn without(head: &str, names: &[&str]) -> String {
    let is_kept = |line: &&str| !names.contains(&line.split(':').next().unwrap_or_default());
    head.lines().filter(is_kept).fold(String::new(), |text, line| text + line + "\r\n")
}

/// As nginx's `mirror` sends one: what comes of it is nobody's answer, whether the one that is shows whose it is or not.
fn a_copy_that_is_refused() {
    let cases = ["--conformance", "--case-timeout", "1", "--only", "conn-list,names-lower,accept-missing"];
    for (dropped, times) in [(&["Connection"][..], "2"), (&["Upgrade", "Connection"], "1")] {
        for is_marked in [true, false] {
            let far = free();
            let port = serve(move |mut client, _| {
                let head = request(&mut client);
                let (server, answer) = answered(far, &head);
                let mut copy = connect(far);
                let _ = copy.write_all(without(&head, dropped).replace(" HTTP/1.1", " HTTP/1.0").as_bytes());
                request(&mut copy);
                let answer = if is_marked { answer } else { without(&answer, &["Wskey-Probe"]) };
                let _ = client.write_all(answer.as_bytes());
                tunnel(client, server);
            });
            let ran = behind(port, far, &[]);
            let again = format!("note  proxy  proxy-once: the request arrived {times} times at FAR");
            let unmarked = "note  proxy  proxy-dropped: `Wskey-Probe: TOKEN` is dropped from the response (RFC 9110 7.6.1, 7.8)";
            let mark = if is_marked { "neither head was changed on the way" } else { unmarked };
            finds(&ran, 0, OK, &[again.as_str(), mark][usize::from(times == "1")..]);
            let ran = behind(port, far, &cases);
            assert!(ran.err.ends_with("wskey: the proxy: passed 3\n") && ran.code == Some(0), "{}{}", ran.out, ran.err);
        }
    }
}

/// As nginx's `auth_request` asks the same server: what is neither a handshake nor refused is no fault of the request behind it.
fn a_question_before_the_request() {
    let far = free();
    let port = serve(move |mut client, _| {
        let head = request(&mut client);
        let mut server = connect(far);
        let _ = server.write_all(without(&head, &["Upgrade", "Connection"]).replace(" HTTP/1.1", " HTTP/1.0").as_bytes());
        if request(&mut server).starts_with("HTTP/1.1 200 ") {
            return pass(client, far, &head, same);
        }
        let _ = client.write_all(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
    });
    finds(&behind(port, far, &[]), 0, OK, &["neither head was changed on the way"]);
    let ran =
        behind(port, far, &["--conformance", "--case-timeout", "1", "--only", "key-empty,conn-list,accept-missing,names-lower"]);
    assert!(ran.err.ends_with("wskey: the proxy: passed 4\n") && ran.code == Some(0), "{}{}", ran.out, ran.err);
}

/// The request as nginx's `auth_request` and `mirror` send one of their own, where the location inherits Upgrade.
fn question(head: &str) -> String {
    head.replace("GET /chat", "GET /other")
}

const ASKS: &str = "note  proxy  proxy-asks: the proxy sends a request of its own to `/other` too, which was answered with 200";

/// A server that is asked answers with 200, and no real one switches.
fn a_question_that_carries_upgrade() {
    let rewritten =
        "note  proxy  proxy-changed: the target of the request is changed: `/chat` became `/ws/chat` (RFC 9110 7.6, 7.7)";
    let cases = ["--conformance", "--case-timeout", "1", "--only", "upgrade-missing,query,conn-list,accept-missing,names-lower"];
    // Before the request, whose path may be another behind the proxy; and a copy beside it, which ends the connection.
    for (is_copy, prefix) in [(false, ""), (false, "/ws"), (true, "/ws"), (true, "")] {
        let far = free();
        let port = serve(move |mut client, _| {
            let head = request(&mut client);
            let there = head.replace(" /chat", &format!(" {prefix}/chat"));
            let (server, answer) = if is_copy { answered(far, &there) } else { (connect(far), String::new()) };
            let (_asked, permission) = answered(far, &question(&head));
            match (is_copy, permission.starts_with("HTTP/1.1 200 ")) {
                (true, is_right) => {
                    let _ = client.write_all(answer.as_bytes());
                    if is_right {
                        tunnel(client, server);
                    }
                }
                (false, true) => pass(client, far, &there, same),
                (false, false) => {}
            }
        });
        let changed = if prefix.is_empty() { "neither head was changed on the way" } else { rewritten };
        finds(&behind(port, far, &[]), 0, OK, &[ASKS, changed]);
        let ran = behind(port, far, &cases);
        // A query makes another target, whose change is no usual one.
        let did = if prefix.is_empty() { "passed 6" } else { "passed 5, changed 1" };
        assert!(ran.err.ends_with(&format!("wskey: the proxy: {did}\n")) && ran.code == Some(0), "{}{}", ran.out, ran.err);
    }
    // Without Upgrade it is known from the first handshake on, and is one before a request without Upgrade too.
    let far = free();
    let port = serve(move |mut client, _| {
        let head = request(&mut client);
        let (_asked, permission) = answered(far, &question(&without(&head, &["Upgrade", "Connection"])));
        if permission.starts_with("HTTP/1.1 200 ") {
            return pass(client, far, &head, same);
        }
        let _ = client.write_all(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
    });
    let ran = behind(port, far, &cases);
    assert!(ran.err.ends_with("wskey: the proxy: passed 6\n") && ran.code == Some(0), "{}{}", ran.out, ran.err);
}

/// As Caddy's `forward_auth` asks: a 101 is the answer then, and the request itself is not sent.
fn asking(far: SocketAddr, then: fn(TcpStream, SocketAddr, &str)) -> u16 {
    serve(move |mut client, _| {
        let head = request(&mut client);
        let (server, answer) = answered(far, &question(&head));
        if answer.starts_with("HTTP/1.1 200 ") {
            return then(client, far, &head);
        }
        let _ = client.write_all(answer.as_bytes());
        tunnel(client, server);
    })
}

fn a_question_that_ends_with_a_101() {
    let far = free();
    let port = asking(far, |client, far, head| pass(client, far, head, same));
    finds(&behind(port, far, &[]), 0, OK, &[ASKS, "neither head was changed on the way"]);
    // The cases go where the request goes.
    let cases = ["--conformance", "--case-timeout", "1", "--only", "upgrade-missing,conn-list,names-lower"];
    let ran = behind(port, far, &cases);
    assert!(ran.err.ends_with("wskey: the proxy: passed 4\n") && ran.code == Some(0), "{}{}", ran.out, ran.err);
    let port = asking(far, |client, far, head| pass(client, far, &head.replace("Upgrade: websocket\r\n", ""), same));
    let dropped = "error proxy  proxy-dropped: `Upgrade: websocket` is dropped from the request, which breaks request-upgrade (RFC 9110 \
                   7.6.1, 7.8)";
    let refused = "error proxy  response-status: 400 instead of 101: the request breaks request-upgrade (RFC 6455 4.1, 4.2.2)";
    let first = "ws://127.0.0.1:PORT/chat: FAILED (HTTP/1.1 400 Bad Request; N ms)\n";
    finds(&behind(port, far, &[]), 1, first, &[refused, dropped, ASKS]);
    let port = asking(far, |mut client, _, _| drop(client.write_all(b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n")));
    // That the handshake never arrives may come of the 200, which a real server may not give.
    finds(&behind(port, far, &[]), 2, "ws://127.0.0.1:PORT/chat: UNJUDGED (HTTP/1.1 410 Gone; N ms)\n", &[ALIKE, ASKS]);
    // Nothing else comes of a path that is rewritten: neither where no mark comes back, nor where a 101 is demanded.
    let unmarked: Made = |head| without(head, &["Wskey-Probe"]);
    let strict: Made = |head| {
        let no = "HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n";
        if head.starts_with("HTTP/1.1 101 ") { head } else { no }.to_owned()
    };
    let rewritten =
        "note  proxy  proxy-changed: the target of the request is changed: `/chat` became `/other` (RFC 9110 7.6, 7.7)";
    let unmarked_line = "note  proxy  proxy-dropped: `Wskey-Probe: TOKEN` is dropped from the response (RFC 9110 7.6.1, 7.8)";
    finds(&behind(proxy(far, question, strict), far, &[]), 0, OK, &[rewritten]);
    finds(&behind(proxy(far, question, unmarked), far, &[]), 0, OK, &[unmarked_line, rewritten]);
}

/// As nginx's `auth_request` and `mirror` together, and two mirrors: each may carry Upgrade, and a copy that gets a 101 ends the connection.
fn several_questions() {
    let asks =
        "note  proxy  proxy-asks: the proxy sends requests of its own to `/other`, `/copy` too, which were answered with 200";
    let bare: Made = |head| without(head, &["Upgrade", "Connection"]);
    let makes: [(bool, Made, Made); 4] = [(true, same, same), (true, same, bare), (true, bare, same), (false, same, same)];
    for (is_question, first, second) in makes {
        for prefix in ["", "/ws"] {
            let far = free();
            let port = serve(move |mut client, _| {
                let head = request(&mut client);
                let (_asked, permission) = answered(far, &question(&first(&head)));
                let may_pass = permission.starts_with("HTTP/1.1 200 ");
                if is_question && !may_pass {
                    return;
                }
                let (_copied, answer) = answered(far, &second(&head).replace("GET /chat", "GET /copy"));
                let (server, given) = answered(far, &head.replace(" /chat", &format!(" {prefix}/chat")));
                let _ = client.write_all(given.as_bytes());
                if may_pass && answer.starts_with("HTTP/1.1 200 ") {
                    tunnel(client, server);
                }
            });
            let rewritten =
                "note  proxy  proxy-changed: the target of the request is changed: `/chat` became `/ws/chat` (RFC 9110 7.6, 7.7)";
            let changed = if prefix.is_empty() { "neither head was changed on the way" } else { rewritten };
            finds(&behind(port, far, &["--timeout", "20"]), 0, OK, &[asks, changed]);
        }
    }
}

/// As nginx sends one with `proxy_pass_request_headers off`: what is left are the lines that the location inherits.
fn a_question_without_a_key() {
    let far = free();
    let port = serve(move |mut client, _| {
        let head = request(&mut client);
        let bare = "GET /other HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n";
        let (_asked, permission) = answered(far, bare);
        if permission.starts_with("HTTP/1.1 200 ") {
            return pass(client, far, &head, same);
        }
        let _ = client.write_all(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
    });
    finds(&behind(port, far, &[]), 0, OK, &["neither head was changed on the way"]);
    // Of the request itself it is what is wrong.
    let ran = behind(proxy(far, |head| without(head, &["Sec-WebSocket-Key"]), same), far, &[]);
    let lines = [
        "error proxy  response-status: 200 instead of 101: the request breaks key-missing (RFC 6455 4.1, 4.2.2)",
        "error proxy  proxy-dropped: `Sec-WebSocket-Key: TOKEN` is dropped from the request, which breaks key-missing (RFC 9110 7.6.1, \
         7.8)",
    ];
    finds(&ran, 1, "ws://127.0.0.1:PORT/chat: FAILED (HTTP/1.1 200 OK; N ms)\n", &lines);
}

fn a_question_before_a_request_without_upgrade() {
    let far = free();
    let port = serve(move |mut client, _| {
        let head = request(&mut client);
        let (_asked, permission) = answered(far, &question(&head));
        if permission.starts_with("HTTP/1.1 200 ") {
            let (_server, answer) = answered(far, &without(&head, &["Upgrade", "Connection"]));
            let _ = client.write_all(answer.as_bytes());
        }
    });
    let lines = [
        "error proxy  response-status: 200 instead of 101: the request breaks request-upgrade (RFC 6455 4.1, 4.2.2)",
        "error proxy  proxy-dropped: `Upgrade: websocket` is dropped from the request, which breaks request-upgrade (RFC 9110 7.6.1, 7.8)",
        "error proxy  proxy-dropped: `Connection: Upgrade` is dropped from the request, which breaks request-connection (RFC 9110 7.6.1, \
         7.8)",
        ASKS,
    ];
    finds(&behind(port, far, &[]), 1, "ws://127.0.0.1:PORT/chat: FAILED (HTTP/1.1 200 OK; N ms)\n", &lines);
}

/// The first handshake, or each other, is refused, and each is copied.
fn a_failure_that_no_question_explains() {
    let ways: [fn(usize) -> bool; 2] = [|number| number == 0, |number| number % 2 == 0];
    for is_refused in ways {
        let far = free();
        let port = serve(move |mut client, number| {
            let head = request(&mut client);
            let _copy = answered(far, &question(&head));
            if is_refused(number) {
                let _ = client.write_all(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
                return;
            }
            pass(client, far, &head, same);
        });
        let changed =
            "note  proxy  proxy-changed: the target of the request is changed: `/chat` became `/other` (RFC 9110 7.6, 7.7)";
        let first = "ws://127.0.0.1:PORT/chat: UNJUDGED (HTTP/1.1 503 Busy; N ms)\n";
        finds(&behind(port, far, &[]), 2, first, &[ALIKE, changed]);
    }
    // Of the second the copy alone arrives, which is not the request.
    let far = free();
    let port = serve(move |mut client, number| {
        let head = request(&mut client);
        let _copy = answered(far, &question(&head));
        if number == 0 {
            return pass(client, far, &head, same);
        }
        let _ = client.write_all(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
    });
    let lines = [
        "note  proxy  proxy-once: the request arrived 2 times at FAR",
        &ALIKE.replace("no verdict", "the second handshake"),
        "warn  -      response-status: the first handshake was accepted, the second was not: 503 instead of 101: out of service: the server, or \
         what a proxy has behind it; nothing arrived at FAR (RFC 6455 4.1, 4.2.2)",
    ];
    finds(&behind(port, far, &[]), 2, UNJUDGED, &lines);
}

const ALIKE: &str = "no verdict: a request of the proxy's own, which carries Upgrade, may be what was answered, or its 101 what fails this one: \
                     give it a path of its own, the same each time, and no Upgrade (nginx's auth_request and mirror: a location with \
                     `proxy_set_header Upgrade \"\";`)";

/// As nginx's `auth_request` sends it to `$request_uri`, where the request is rewritten; or where the query, or a field, tells it from the
/// request: a real server may answer the two in two ways.
fn a_question_at_the_path_of_the_request() {
    let makes: [(Made, Made); 3] = [
        (same, |head| head.replace(" /chat", " /ws/chat")),
        (|head| head.replace(" /chat", " /index?may"), |head| head.replace(" /chat", " /index?chat")),
        (|head| head.replace("\r\n\r\n", "\r\nX-May: 1\r\n\r\n"), same),
    ];
    let asking = |asked: Made, there: Made, no: &'static str| {
        let far = free();
        let port = serve(move |mut client, _| {
            let head = request(&mut client);
            let (_asked, permission) = answered(far, &asked(&head));
            if permission.starts_with("HTTP/1.1 200 ") {
                return pass(client, far, &there(&head), same);
            }
            let _ = client.write_all(no.as_bytes());
        });
        behind(port, far, &[])
    };
    let no = "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n";
    for (asked, there) in makes {
        for (no, came) in [("", ""), (no, "HTTP/1.1 500 No; ")] {
            let ran = asking(asked, there, no);
            let first = format!("ws://127.0.0.1:PORT/chat: UNJUDGED ({came}N ms)\n  {ALIKE}\n");
            assert!(ran.out.starts_with(&first) && !ran.out.contains("  error "), "{}", ran.out);
            assert_eq!((ran.err.as_str(), ran.code), ("", Some(2)));
        }
    }
    // Which of two that are the same is the question no server can tell, and what never comes of a 101 is no question.
    let ran = asking(same, same, no);
    let line = "error proxy  proxy-changed: the status of the response is changed: `101` became `500`, which breaks response-status (RFC \
                9110 7.6, 7.7)\n";
    assert!(ran.out.contains(line) && ran.code == Some(1), "{}", ran.out);
    let far = free();
    let failing: Made = |head| {
        if head.starts_with("HTTP/1.1 101 ") { head.replace("101 Switching Protocols", "500 No") } else { head.to_owned() }
    };
    let ran = behind(proxy(far, same, failing), far, &[]);
    assert!(ran.out.contains(line) && ran.code == Some(1), "{}", ran.out);
}

/// As nginx's `mirror` sends it to `$request_uri`: it ends the connection over a 101 to it.
fn a_copy_at_the_path_of_the_request() {
    let makes: [(Made, bool); 2] = [(same, true), (|head| head.replace("\r\n\r\n", "\r\nX-Copy: 1\r\n\r\n"), false)];
    for (copy, is_same) in makes {
        let far = free();
        let port = serve(move |mut client, _| {
            let head = request(&mut client);
            let (server, answer) = answered(far, &head);
            let (_copy, copied) = answered(far, &copy(&head));
            let _ = client.write_all(answer.as_bytes());
            if !copied.starts_with("HTTP/1.1 101 ") {
                tunnel(client, server);
            }
        });
        let again = "note  proxy  proxy-once: the request arrived 2 times at FAR";
        let ended = "error proxy  ended-after-101: the server ended the connection at once, without a Close frame: browsers report 1006 \
                     (RFC 6455 7.1.5, 7.3)";
        let ran = behind(port, far, &[]);
        if is_same {
            finds(&ran, 1, FAILED, &[ended, again, "neither head was changed on the way"]);
        } else {
            let first = FAILED.replace("FAILED", "UNJUDGED");
            assert!(ran.out.starts_with(&format!("{first}  {ALIKE}\n  {again}\n")), "{}", ran.out);
            assert_eq!((ran.out.contains("  error "), ran.code), (false, Some(2)), "{}", ran.out);
        }
    }
}

/// So it is where the request itself is rewritten.
fn a_copy_at_the_path_that_was_sent() {
    let far = free();
    let port = serve(move |mut client, _| {
        let head = request(&mut client);
        let (server, answer) = answered(far, &head.replace(" /chat", " /ws/chat"));
        let (_copy, copied) = answered(far, &head);
        let _ = client.write_all(answer.as_bytes());
        if !copied.starts_with("HTTP/1.1 101 ") {
            tunnel(client, server);
        }
    });
    let ran = behind(port, far, &[]);
    assert!(ran.out.starts_with(&format!("{UNJUDGED}  {ALIKE}\n")) && ran.code == Some(2), "{}", ran.out);
}

/// It shows that nobody is starting any more.
fn a_question_is_not_waited_for() {
    let far = free();
    let port = serve(move |mut client, number| {
        let head = request(&mut client);
        let (_asked, permission) = answered(far, &question(&head));
        match (number, permission.starts_with("HTTP/1.1 200 ")) {
            (..5, true) => pass(client, far, &head, same),
            (..5, false) => {}
            _ => drop(client.write_all(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")),
        }
    });
    finds(&behind(port, far, &["--wait", "60"]), 0, OK, &[ASKS, "neither head was changed on the way"]);
}

/// What is proven of a handshake at another path stays so, where the path is known to be that of the request.
fn a_path_that_is_no_question() {
    let far = free();
    let lines = [
        NOT_THERE,
        "note  proxy  proxy-changed: the target of the request is changed: `/chat` became `/other` (RFC 9110 7.6, 7.7)",
    ];
    let port = serve(move |mut client, _| {
        let head = request(&mut client);
        let (_server, answer) = answered(far, &question(&head));
        let _ = client.write_all(answer.as_bytes());
        drain(&mut client);
    });
    finds(&behind(port, far, &[]), 1, FAILED, &lines);
    // The next one goes elsewhere, and comes through; what is asked first without Upgrade is no reason.
    let port = serve(move |mut client, number| {
        let head = request(&mut client);
        let may = without(&head, &["Upgrade", "Connection"]).replace("GET /chat", "GET /may");
        let _permission = answered(far, &may);
        if number > 0 {
            return pass(client, far, &head.replace("GET /chat", "GET /third"), same);
        }
        let (_server, answer) = answered(far, &question(&head));
        let _ = client.write_all(answer.as_bytes());
        drain(&mut client);
    });
    let asks = ASKS.replace("/other", "/may");
    let again = ALIKE.replace("no verdict", "the second handshake");
    finds(&behind(port, far, &[]), 2, UNJUDGED, &[ALIKE, &asks, lines[1], &again]);
}

/// Another path each time is never met again, so what a 200 to it does is not known.
fn a_question_at_a_new_path_each_time() {
    let far = free();
    let port = serve(move |mut client, number| {
        let head = request(&mut client);
        let (server, answer) = answered(far, &head.replace("GET /chat", &format!("GET /may{number}")));
        let _ = client.write_all(answer.as_bytes());
        tunnel(client, server);
    });
    let ran = behind(port, far, &[]);
    assert!(ran.out.starts_with(&format!("{UNJUDGED}  {ALIKE}\n")) && ran.code == Some(2), "{}", ran.out);
    // So it is where it fails over a 101 to that.
    let port = serve(move |mut client, number| {
        let head = request(&mut client);
        let (_asked, _) = answered(far, &head.replace("GET /chat", &format!("GET /may{number}")));
        let _ = client.write_all(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
    });
    let ran = behind(port, far, &[]);
    let first = format!("ws://127.0.0.1:PORT/chat: UNJUDGED (HTTP/1.1 500 No; N ms)\n  {ALIKE}\n");
    assert!(ran.out.starts_with(&first) && ran.code == Some(2) && !ran.out.contains("  error "), "{}", ran.out);
}

/// As Caddy's `forward_auth`, more of them than handshakes are sent to find them out.
fn more_questions_than_tries() {
    let far = free();
    let port = serve(move |mut client, _| {
        let head = request(&mut client);
        for number in 0..4 {
            let (server, answer) = answered(far, &head.replace("GET /chat", &format!("GET /may{number}")));
            if !answer.starts_with("HTTP/1.1 200 ") {
                let _ = client.write_all(answer.as_bytes());
                return tunnel(client, server);
            }
        }
    });
    let ran = behind(port, far, &["--timeout", "20"]);
    assert!(ran.out.starts_with(&format!("{UNJUDGED}  {ALIKE}\n")) && ran.code == Some(2), "{}", ran.out);
}

/// As nginx's `auth_request` with a `proxy_cache`, or of some requests alone: it is not asked again.
fn a_question_that_is_not_asked_each_time() {
    let far = free();
    let known: &'static Mutex<bool> = Box::leak(Box::default());
    let port = serve(move |mut client, _| {
        let head = request(&mut client);
        let mut known = known.lock().expect("nobody panics");
        *known = *known || answered(far, &question(&head)).1.starts_with("HTTP/1.1 200 ");
        if *known {
            drop(known);
            pass(client, far, &head, same);
        }
    });
    let first = format!("ws://127.0.0.1:PORT/chat: UNJUDGED (N ms)\n  {ALIKE}\n");
    let ran = behind(port, far, &[]);
    assert!(ran.out.starts_with(&first) && ran.code == Some(2), "{}{}", ran.out, ran.err);
    // The first handshake passes without one, and the second is ended over a copy.
    let port = serve(move |mut client, number| {
        let head = request(&mut client);
        if number == 0 {
            return pass(client, far, &head, same);
        }
        let (_server, answer) = answered(far, &head);
        let _copy = answered(far, &question(&head));
        let _ = client.write_all(answer.as_bytes());
    });
    let ran = behind(port, far, &[]);
    let second = format!("  {}\n", ALIKE.replace("no verdict", "the second handshake"));
    assert!(ran.out.starts_with(UNJUDGED) && ran.out.contains(&second) && ran.code == Some(2), "{}", ran.out);
}

/// What the server selected, and the client does not get.
fn what_the_two_ends_agree_on() {
    let far = free();
    let back: Made = |head| head.replace("Sec-WebSocket-Protocol: chat\r\n", "");
    let ran = behind(proxy(far, same, back), far, &["--subprotocol", "chat"]);
    let lines = [
        "error proxy  proxy-dropped: the two ends do not agree: `Sec-WebSocket-Protocol: chat` is dropped from the response, which breaks \
         protocol-not-chosen (RFC 9110 7.6.1, 7.8)",
        "warn  proxy  protocol-not-chosen: requested `chat`, none selected (RFC 6455 4.2.2)",
    ];
    finds(&ran, 1, FAILED, &lines);
    // So it is where the server is not asked for one, whichever the key.
    let there: Made = |head| without(head, &["Sec-WebSocket-Protocol"]);
    let ran = behind(proxy(far, there, same), far, &["--subprotocol", "chat"]);
    let dropped = "error proxy  proxy-dropped: the two ends do not agree: `Sec-WebSocket-Protocol: chat` is dropped from the request, which \
                   breaks protocol-not-chosen (RFC 9110 7.6.1, 7.8)";
    finds(&ran, 1, FAILED, &[dropped, lines[1]]);
    let ran = behind(own(far, true), far, &["--subprotocol", "chat"]);
    assert!(ran.out.contains(dropped) && ran.code == Some(1), "{}", ran.out);
    let ran = behind(proxy(far, there, same), far, &["--conformance", "--case-timeout", "1", "--only", "proto-list,conn-list"]);
    let line = "FAILED proto-list            accepted, and the answer did not come back right: Sec-WebSocket-Protocol: chat, superchat (RFC 6455 \
                4.2.2, 11.3.4); the proxy changed it: `Sec-WebSocket-Protocol: chat, superchat` is dropped from the request; the two ends do not \
                agree: `Sec-WebSocket-Protocol: chat, superchat` is dropped from the request, which breaks protocol-not-chosen";
    assert!(ran.out.lines().any(|told| told == line) && ran.code == Some(1), "{}", ran.out);
    let ran = behind(
        proxy(far, same, back),
        far,
        &["--conformance", "--case-timeout", "1", "--only", "proto-list,proto-right,conn-list"],
    );
    for line in [
        "FAILED proto-list            accepted, and the answer did not come back right: Sec-WebSocket-Protocol: chat, superchat (RFC 6455 4.2.2, \
         11.3.4); the proxy passed it as it was; the two ends do not agree on Sec-WebSocket-Protocol",
        "FAILED proto-right           a right answer did not come back right: answered chat (RFC 6455 4.1 (6)); the proxy changed it: \
         `Sec-WebSocket-Protocol: chat` is dropped from the response; the two ends do not agree on Sec-WebSocket-Protocol",
    ] {
        assert!(ran.out.lines().any(|told| told == line), "{line}: {}", ran.out);
    }
    assert!(ran.out.contains("\nOK     conn-list ") && ran.code == Some(1), "{}", ran.out);
}

/// Of an answer that did not come whole nothing is said.
fn an_answer_that_is_cut() {
    let far = free();
    let port = serve(move |mut client, _| {
        let head = request(&mut client);
        let (_server, answer) = answered(far, &head);
        let _ = client.write_all(&answer.as_bytes()[..40]);
        drain(&mut client);
    });
    let first = "ws://127.0.0.1:PORT/chat: UNJUDGED (HTTP/1.1 101 Switching Protocols; N ms)\n";
    let why = "no verdict: not all came within 0.5 s: it ends inside the head of the response, after 40 bytes";
    finds(&behind(port, far, &["--timeout", "0.5"]), 2, first, &[why]);
}

fn health_checks_do_not_disturb() {
    let far = free();
    let port = serve(move |mut client, _| {
        let head = request(&mut client);
        for check in
            ["GET /health HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * HTTP/1.0\r\n\r\n", "GET /chat HTTP/1.1\r\nHost: a\r\n\r\n", ""]
        {
            let mut server = connect(far);
            let _ = server.write_all(check.as_bytes());
            if !check.is_empty() {
                let answer = without_tokens(&request(&mut server).replace("\r\n", " \r\n"));
                assert_eq!(
                    answer,
                    "HTTP/1.1 200 OK \r\nConnection: close \r\nContent-Length: 0 \r\nWskey-Probe: TOKEN \r\n \r\n"
                );
            }
        }
        pass(client, far, &head, same);
    });
    finds(&behind(port, far, &[]), 0, OK, &["neither head was changed on the way"]);
    // Where nothing else comes, they are told.
    let port = serve(move |mut client, _| {
        request(&mut client);
        let mut server = connect(far);
        let _ = server.write_all(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
        request(&mut server);
        let _ = client.write_all(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
        drain(&mut client);
    });
    let ran = behind(port, far, &[]);
    assert_eq!((ran.err.as_str(), ran.code), ("wskey: FAR: no handshake: `GET /health HTTP/1.1`\n", Some(1)));
    let line = "  error proxy  proxy-forwards: no handshake arrived at FAR, and a plain request did: a health check, or what the proxy made \
                of this one; `HTTP/1.1 503 No` came back\n";
    assert!(ran.out.contains(line), "{}", ran.out);
}

fn another_client_does_not_disturb() {
    let far = free();
    let port = serve(move |mut client, _| {
        let head = request(&mut client);
        let other = "GET / HTTP/1.1\r\nHost: b\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                     Sec-WebSocket-Key: N+GWswsViw18TfSpryLcVw==\r\nSec-WebSocket-Version: 13\r\n\r\n";
        let mut others = [connect(far), connect(far)];
        for socket in &mut others {
            let _ = socket.write_all(other.as_bytes());
            assert!(request(socket).starts_with("HTTP/1.1 101 "));
        }
        pass(client, far, &head, same);
    });
    finds(&behind(port, far, &[]), 0, OK, &["neither head was changed on the way"]);
}

fn who_drips_floods_and_sends_garbage() {
    let far = free();
    let port = serve(move |mut client, _| {
        let head = request(&mut client);
        let mut kept = Vec::new();
        for bytes in [&b"\x16\x03\x01\x02"[..], b"\0\xff\n\n", b"GET / HT", &b"x".repeat(100_000), &b"a:b\r\n".repeat(300)] {
            let mut server = connect(far);
            let _ = server.write_all(bytes);
            kept.push(server);
        }
        let mut server = connect(far);
        for byte in head.as_bytes().chunks(7) {
            let _ = server.write_all(byte);
            thread::sleep(Duration::from_millis(1));
        }
        let _ = client.write_all(request(&mut server).as_bytes());
        tunnel(client, server);
    });
    finds(&behind(port, far, &[]), 0, OK, &["neither head was changed on the way"]);
}

/// A proxy takes a server for dead until a check of its own says otherwise.
fn a_proxy_that_is_waited_for() {
    let far = free();
    let port = serve(move |mut client, number| {
        let head = request(&mut client);
        if number < 3 {
            let _ = client.write_all(b"HTTP/1.1 503 No server\r\nContent-Length: 0\r\n\r\n");
            return;
        }
        pass(client, far, &head, same);
    });
    finds(&behind(port, far, &["--wait", "60"]), 0, OK, &["neither head was changed on the way"]);
    // The handshake of a check, or of another client, shows nothing.
    let port = serve(move |mut client, number| {
        let head = request(&mut client);
        if number < 3 {
            let (_check, answer) = answered(far, OWN);
            assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
            let _ = client.write_all(b"HTTP/1.1 503 No server\r\nContent-Length: 0\r\n\r\n");
            return;
        }
        pass(client, far, &head, same);
    });
    finds(&behind(port, far, &["--wait", "60"]), 0, OK, &["neither head was changed on the way"]);
}

fn credentials_are_not_shown() {
    let far = free();
    let there: Made = |head| {
        head.replace("sid=hidden-one", "sid=hidden-two").replace("\r\n\r\n", "\r\nAuthorization: Bearer hidden-three\r\n\r\n")
    };
    let ran = behind(proxy(far, there, same), far, &["-v", "-H", "Cookie: sid=hidden-one"]);
    assert!(!ran.out.contains("hidden"), "{}", ran.out);
    assert!(ran.out.contains("proxy-changed: Cookie of the request is changed; the values are not shown"), "{}", ran.out);
    assert!(ran.out.contains("proxy-added: `Authorization: <redacted>` is added to the request"), "{}", ran.out);
}

fn the_same_for_a_program() {
    let far = free();
    let there: Made = |head| head.replace("Upgrade: websocket\r\n", "").replace("\r\n\r\n", "\r\nVia: 1.1 a\r\n\r\n");
    let ran = behind(proxy(far, there, same), far, &["--json"]);
    let object: Value = serde_json::from_str(&ran.out).expect("one object");
    let finding = |at: usize| {
        let of = &object["findings"][at];
        ["rule", "level", "side", "head", "change", "part", "breaks"].map(|name| of[name].as_str().unwrap_or("-").to_owned())
    };
    assert_eq!(finding(1), ["proxy-dropped", "error", "proxy", "request", "dropped", "Upgrade", "request-upgrade"]);
    assert_eq!(object["findings"][1]["before"], serde_json::json!(["websocket"]));
    assert_eq!(object["findings"][1]["after"], serde_json::json!([]));
    assert_eq!(finding(2), ["proxy-added", "note", "proxy", "request", "added", "Via", "-"]);
    let behind = &object["behind"];
    assert_eq!((&behind["address"], &behind["times"], &behind["shown_by"]), (&"FAR".into(), &1.into(), &"token".into()));
    assert!(behind["received"].as_str().is_some_and(|bytes| bytes.contains("\r\nVia: 1.1 a\r\n")), "{behind}");
    assert!(behind["sent"].as_str().is_some_and(|bytes| bytes.starts_with("HTTP/1.1 400 Bad Request\r\n")), "{behind}");
}

fn usage() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let far = taken.local_addr().expect("an address");
    let ran = behind(1, far, &[]);
    assert!(ran.err.starts_with("wskey: cannot listen on FAR: "), "{}", ran.err);
    assert_eq!((ran.out.as_str(), ran.code), ("", Some(2)));
    for port in ["127.0.0.1:0", "127.0.0.1:00"] {
        let ran = run(1, &["--behind", port, URL]);
        let said = "wskey: --behind: port 0 is a free one, expected the port that the proxy forwards to\n";
        assert_eq!((ran.err.as_str(), ran.code), (said, Some(2)));
    }
    for (address, shown) in [
        ("127.0.0.1:1", "127.0.0.1:PORT"),
        ("localhost:1", "localhost:PORT"),
        ("0.0.0.0:1", "0.0.0.0:PORT"),
        ("[::]:1", "[::]:PORT"),
    ] {
        let ran = run(1, &["--behind", address, URL]);
        let said = format!("wskey: ws://127.0.0.1:PORT/chat: leads to {shown} itself, expected the proxy's URL\n");
        assert_eq!((ran.err, ran.code), (said, Some(2)));
    }
    for (options, other) in [(&["--check-origins"][..], "--check-origins"), (&["--conformance", "--jobs", "2"], "--jobs <COUNT>")]
    {
        let ran = run(1, &[&["--behind", "127.0.0.1:9000", URL], options].concat());
        let said = format!("wskey: the argument '--behind <ADDRESS>' cannot be used with '{other}'");
        assert!(ran.err.starts_with(&said), "{}", ran.err);
        assert_eq!(ran.code, Some(2));
    }
    // The cases are those of both sides, which have some names in common.
    let ran = run(1, &["--behind", "127.0.0.1:9000", "--list-cases", "--only", "key-empty,accept-wrong,early-frame"]);
    let names: Vec<_> = ran.out.lines().filter_map(|line| line.split('\t').next()).collect();
    assert_eq!(names, ["early-frame", "key-empty", "accept-wrong", "early-frame"]);
}

/// The cases that a proxy of the test meets, and what it does with each.
const SOME: &str = "key-empty,conn-missing,conn-list,accept-wrong,connection-keepalive,names-lower,silent,status-403";

/// A proxy that refuses an empty key itself, puts in a Connection that is missing, there and back, and replaces a wrong accept value.
fn mending(far: SocketAddr) -> u16 {
    serve(move |mut client, _| {
        let head = request(&mut client);
        let key = field(&head, "Sec-WebSocket-Key").unwrap_or_default();
        if key.is_empty() {
            let _ = client.write_all(b"HTTP/1.1 400 No key\r\nContent-Length: 0\r\n\r\n");
            return;
        }
        let there =
            if head.contains("Connection: ") { same(&head) } else { head.replace("\r\n\r\n", "\r\nConnection: Upgrade\r\n\r\n") };
        pass(client, far, &there, |answer| {
            let accept = field(answer, "Sec-WebSocket-Accept");
            if accept.is_some_and(|accept| accept != derive_accept_key(key.as_bytes())) {
                "HTTP/1.1 502 Wrong\r\nContent-Length: 0\r\n\r\n".to_owned()
            } else {
                answer.replace("Connection: keep-alive", "Connection: Upgrade")
            }
        });
    })
}

fn cases_through_a_proxy() {
    let far = free();
    let args = ["--conformance", "--case-timeout", "1", "--only", SOME];
    let ran = behind(proxy(far, same, same), far, &args);
    let passed =
        |name: &str| ran.out.lines().any(|line| line.contains(name) && line.ends_with("; the proxy passed it as it was"));
    for name in SOME.split(',') {
        assert!(passed(&format!(" {name} ")), "{name}: {}", ran.out);
    }
    assert!(ran.out.starts_with(&format!("{OK}  neither head was changed on the way\n")), "{}", ran.out);
    assert!(ran.out.contains("\nanswers that are sent back through the proxy:\n"), "{}", ran.out);
    assert_eq!(ran.err, "wskey: 8 cases: 4 OK, 0 FAILED, 0 WARN, 4 NOTE\nwskey: the proxy: passed 8\n");
    assert_eq!(ran.code, Some(0));
}

/// What is opened by some requests alone.
fn cases_without_a_tunnel() {
    let far = free();
    let port = serve(move |mut client, _| {
        let head = request(&mut client);
        if field(&head, "Sec-WebSocket-Protocol").is_none() {
            return pass(client, far, &head, same);
        }
        let mut server = connect(far);
        let _ = server.write_all(head.as_bytes());
        let _ = client.write_all(request(&mut server).as_bytes());
        drain(&mut client);
    });
    let ran =
        behind(port, far, &["--conformance", "--case-timeout", "1", "--only", "proto-list,proto-right,conn-list,names-lower"]);
    let why = "the proxy passed it as it was; a 101 came back, and the Close frame that was sent behind it did not arrive at FAR in time";
    for line in [
        format!(
            "FAILED proto-list            accepted, and the answer did not come back right: Sec-WebSocket-Protocol: chat, superchat (RFC 6455 4.2.2, 11.3.4); {why}"
        ),
        format!("FAILED proto-right           a right answer did not come back right: answered chat (RFC 6455 4.1 (6)); {why}"),
    ] {
        assert!(ran.out.lines().any(|told| told == line), "{line}: {}", ran.out);
    }
    assert!(ran.err.starts_with("wskey: 4 cases: 2 OK, 2 FAILED, ") && ran.code == Some(1), "{}{}", ran.out, ran.err);
    // A body behind the request hides the frames behind it.
    let ran = behind(proxy(far, same, same), far, &["--conformance", "--case-timeout", "1", "--only", "body-chunked"]);
    let line = "NOTE   body-chunked          accepted: chunked body of 5 bytes; the proxy passed it as it was";
    assert!(ran.out.lines().any(|told| told == line) && ran.code == Some(0), "{}", ran.out);
}

fn cases_that_a_proxy_mends() {
    let far = free();
    let args = ["--conformance", "--case-timeout", "1", "--only", SOME, "--json"];
    let ran = behind(mending(far), far, &args);
    let objects: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let cases: Vec<_> = objects
        .iter()
        .filter(|object| object["type"] == "case")
        .map(|case| ["case", "head", "proxy", "verdict"].map(|name| case[name].as_str().unwrap_or("-")))
        .collect();
    assert_eq!(cases.iter().filter(|case| case[1] == "request").count(), 3, "{cases:?}");
    for expected in [
        ["key-empty", "request", "refused", "OK"],
        ["conn-missing", "request", "repaired", "FAILED"],
        ["conn-list", "request", "passed", "OK"],
        ["accept-wrong", "response", "replaced", "NOTE"],
        ["connection-keepalive", "response", "repaired", "NOTE"],
        ["names-lower", "response", "passed", "OK"],
        ["silent", "response", "passed", "NOTE"],
        ["status-403", "response", "passed", "NOTE"],
    ] {
        assert!(cases.contains(&expected), "{expected:?}: {cases:?}");
    }
    let of = |name: &str| objects.iter().find(|object| object["case"] == name).expect("the case");
    assert_eq!(of("conn-missing")["changes"][0]["part"], "Connection");
    assert_eq!(of("accept-wrong")["how"], "it sent `HTTP/1.1 502 Wrong`");
    assert_eq!(of("key-empty")["behind"]["times"], 0);
    assert_eq!(ran.code, Some(1));
}

/// What it answers in place of the server.
fn cases_whose_answer_is_the_proxys() {
    let far = free();
    let port = serve(move |mut client, _| {
        let head = request(&mut client);
        pass(client, far, &head, |answer| match answer.contains(" 101 ") {
            true if head.contains("keep-alive") => "HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n".to_owned(),
            true => answer.to_owned(),
            false => switch(&head, ""),
        });
    });
    let ran = behind(port, far, &["--conformance", "--case-timeout", "1", "--only", "key-empty,conn-list,conn-lower"]);
    for line in [
        "FAILED key-empty             accepted, expected a refusal: Sec-WebSocket-Key: (empty) breaks key-malformed (RFC 6455 4.2.1 (5)); \
         the proxy answered 101 itself: the server answered `HTTP/1.1 400 Bad Request`\n",
        "; the proxy passed it as it was; it sent back 502 in place of the server's 101\n",
        "OK     conn-lower            accepted: Connection: upgrade; the proxy passed it as it was\n",
    ] {
        assert!(ran.out.contains(line), "{line}: {}", ran.out);
    }
    assert!(ran.err.ends_with("wskey: the proxy: passed 2, answered 1\n"), "{}", ran.err);
}

fn what_follows_the_head_of_a_case() {
    let args = ["--conformance", "--case-timeout", "1", "--only", "early-frame,behind-text,interim-103"];
    let far = free();
    // Of what the server sends it passes on one head, and a Close frame.
    let port = serve(move |mut client, _| {
        let head = request(&mut client);
        let (mut server, answer) = answered(far, &head);
        let answer = if answer.contains(" 103 ") { request(&mut server) } else { answer };
        let _ = client.write_all(answer.as_bytes());
        let (mut back, mut from) = (client.try_clone().expect("a clone"), server.try_clone().expect("a clone"));
        thread::spawn(move || {
            let close = b"\x88\x07\x03\xe8wskey";
            if drain(&mut from).ends_with(close) {
                let _ = back.write_all(close);
            }
        });
        let _ = io::copy(&mut client, &mut server);
    });
    let ran = behind(port, far, &args);
    for (name, line) in [
        ("early-frame", "; the proxy changed it: what follows the head did not come"),
        ("behind-text", "; the proxy changed it: what follows the head did not come"),
        ("interim-103", "; the proxy changed it: interim responses before the response: `1` sent, `0` arrived"),
    ] {
        assert!(ran.out.lines().any(|told| told.contains(name) && told.ends_with(line)), "{name}: {}", ran.out);
    }
    // What did not come by then may come later.
    assert!(ran.out.contains("\nUNJUDGED early-frame ") && ran.code == Some(2), "{}", ran.out);
    let port = serve(move |mut client, _| {
        let head = request(&mut client);
        let (mut server, mut back) = (connect(far), client.try_clone().expect("a clone"));
        let _ = server.write_all(head.as_bytes());
        let mut from = server.try_clone().expect("a clone");
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = from.read(&mut buffer) {
                let changed: Vec<_> = buffer[..count].iter().map(|&byte| if byte == b'!' { b'?' } else { byte }).collect();
                let _ = back.write_all(&changed);
            }
            let _ = back.shutdown(std::net::Shutdown::Write);
        });
        let _ = io::copy(&mut client, &mut server);
        let _ = server.shutdown(std::net::Shutdown::Write);
    });
    let ran = behind(port, far, &args);
    let line = "; the proxy changed it: what follows the head is changed\n";
    assert_eq!(ran.out.matches(line).count(), 1, "{}", ran.out);
    assert!(ran.err.ends_with("wskey: the proxy: passed 3, changed 1\n"), "{}", ran.err);
}

/// One of two proxies behind a name: no limit of a server's explains what arrives.
fn a_second_handshake_that_is_spoilt() {
    let far = free();
    let port = serve(move |mut client, number| {
        let head = request(&mut client);
        let head = if number == 0 { head } else { head.replace("Upgrade: websocket\r\n", "") };
        pass(client, far, &head, same);
    });
    let lines = [
        "error proxy  response-status: 400 instead of 101: the request breaks request-upgrade (RFC 6455 4.1, 4.2.2)",
        "error proxy  proxy-dropped: `Upgrade: websocket` is dropped from the request, which breaks request-upgrade (RFC 9110 7.6.1, 7.8)",
    ];
    finds(&behind(port, far, &[]), 1, FAILED, &lines);
}

/// A limit of the proxy's.
fn a_second_handshake_that_does_not_arrive() {
    let far = free();
    let port = serve(move |mut client, number| {
        let head = request(&mut client);
        if number == 0 {
            return pass(client, far, &head, same);
        }
        let _ = client.write_all(b"HTTP/1.1 503 Slowly\r\nContent-Length: 0\r\n\r\n");
    });
    let line = "warn  -      response-status: the first handshake was accepted, the second was not: 503 instead of 101: out of \
                service: the server, or what a proxy has behind it; nothing arrived at FAR (RFC 6455 4.1, 4.2.2)";
    let why = "the second handshake: the proxy passed the first handshake and refused the second: a limit of its own, or what it does now and then";
    finds(&behind(port, far, &[]), 2, UNJUDGED, &[why, line]);
}

/// Of which nothing shows when it arrives whose it is.
fn cases_of_a_proxy_with_handshakes_of_its_own() {
    let far = free();
    let port = serve(move |mut client, _| {
        let head = request(&mut client);
        let mut server = connect(far);
        let _ = server.write_all(OWN.as_bytes());
        if field(&request(&mut server), "Sec-WebSocket-Accept") == Some(OWN_ACCEPT) {
            let _ = client.write_all(switch(&head, "").as_bytes());
            tunnel(client, server);
        } else {
            let _ = client.write_all(b"HTTP/1.1 502 Wrong\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let only = "correct,accept-wrong,accept-missing";
    let ran = behind(port, far, &["--conformance", "--case-timeout", "1", "--only", only, "--json"]);
    let objects: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let cases: Vec<_> = objects
        .iter()
        .filter(|object| object["type"] == "case")
        .map(|case| (["case", "proxy", "verdict"].map(|name| case[name].as_str().unwrap_or("-")), &case["behind"]["shown_by"]))
        .collect();
    let order = &Value::from("order");
    assert_eq!(
        cases,
        [
            (["correct", "passed", "OK"], order),
            (["accept-wrong", "replaced", "NOTE"], order),
            (["accept-missing", "replaced", "NOTE"], order)
        ]
    );
    assert_eq!(ran.code, Some(0));
    let ran = behind(port, far, &["--conformance", "--case-timeout", "1", "--only", "correct"]);
    let line = "OK     correct               a right answer (RFC 6455 4.1); the proxy passed it in a handshake of its own";
    assert!(ran.out.lines().any(|told| told == line), "{}", ran.out);
}

/// A proxy sends its next request over a connection that the server has not ended.
fn cases_over_a_connection_that_stays() {
    let far = free();
    let kept: &'static Mutex<Option<TcpStream>> = Box::leak(Box::default());
    let port = serve(move |mut client, _| {
        let head = request(&mut client);
        let mut server = kept.lock().expect("nobody panics").take().unwrap_or_else(|| connect(far));
        let _ = server.write_all(head.as_bytes());
        let answer = request(&mut server);
        let _ = client.write_all(answer.as_bytes());
        if answer.contains(" 101 ") {
            return tunnel(client, server);
        }
        server.set_read_timeout(Some(Duration::from_millis(500))).expect("a timeout");
        // Nothing is read where it stays open; what it ended is not used again.
        if server.read(&mut [0]).is_err() {
            server.set_read_timeout(None).expect("no timeout");
            *kept.lock().expect("nobody panics") = Some(server);
        }
    });
    // Neither of the first two says that it is the last over its connection.
    let args = ["--conformance", "--case-timeout", "3", "--only", "status-200,status-100,names-lower"];
    let ran = behind(port, far, &args);
    assert!(ran.err.ends_with("wskey: the proxy: passed 3\n"), "{}{}", ran.out, ran.err);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
}

/// What is refused once nothing is passed on any more is refused for no reason that is known.
fn cases_that_a_proxy_takes_no_more() {
    let far = free();
    let port = serve(move |mut client, number| {
        let head = request(&mut client);
        if number < 2 {
            return pass(client, far, &head, same);
        }
        let _ = client.write_all(b"HTTP/1.1 503 Slowly\r\nContent-Length: 0\r\n\r\n");
    });
    let ran = behind(port, far, &["--conformance", "--case-timeout", "1", "--only", "valid,key-empty,conn-missing"]);
    let lines: Vec<_> = ran.out.lines().skip(2).map(|line| line.split_once(" (").map_or(line, |(before, _)| before)).collect();
    let why = "the proxy passes no valid handshake any more, so what came proves nothing";
    let unjudged = |name: &str| format!("UNJUDGED {name:<21} {why}");
    assert_eq!(
        lines,
        [
            "OK     valid                 accepted: a valid handshake, fresh key; the proxy passed it as it was".to_owned(),
            unjudged("key-empty"),
            unjudged("conn-missing")
        ]
    );
    let last = "wskey: nothing arrived of key-empty and 1 more case: a proxy that counts the failures of its server must not while this \
                runs (nginx: max_fails=0)\n";
    assert!(ran.err.ends_with(last), "{}", ran.err);
    assert_eq!(ran.code, Some(2));
}

fn cases_as_junit() {
    let far = free();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("report.xml");
    let args = ["--conformance", "--case-timeout", "1", "--only", SOME, "--junit", file.to_str().expect("UTF-8")];
    let ran = behind(mending(far), far, &args);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let report = std::fs::read_to_string(&file).expect("a report");
    assert!(report.contains(" tests=\"9\" failures=\"1\" errors=\"0\""), "{report}");
    for part in [
        "classname=\"wskey.handshake\" name=\"handshake 1\"",
        "classname=\"wskey.conformance\" name=\"conn-missing\"",
        "the proxy repaired it: `Connection: Upgrade` is added to the request",
        "classname=\"wskey.answer\" name=\"accept-wrong\"",
        "the proxy replaced it: it sent `HTTP/1.1 502 Wrong`",
    ] {
        assert!(report.contains(part), "{part}: {report}");
    }
}

fn no_case_without_a_way_through() {
    let port = crate::support::responds("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
    let ran = behind(port, free(), &["--conformance"]);
    assert_eq!(ran.err, "wskey: a valid handshake did not come through the proxy, so no case was judged\n");
    assert_eq!(ran.code, Some(1));
    // A 101 of its own is no way through.
    let ran = behind(crate::support::right(""), free(), &["--conformance"]);
    assert_eq!(ran.err, "wskey: a valid handshake did not come through the proxy, so no case was judged\n");
    assert_eq!(ran.code, Some(1));
}
