//! `wskey probe` against servers that are right, wrong, broken and hostile, over real sockets.

use crate::support::{URL, check, drain, field, request, responds, right, run, serve, switch};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libtest2_mimic::Trial;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use tungstenite::handshake::derive_accept_key;
use wskey::escape::visible;

pub(crate) fn trials() -> Vec<Trial> {
    #[cfg(not(feature = "tls"))]
    let more = listed![without_tls];
    #[cfg(feature = "tls")]
    let more = [];
    let all = listed![
        nobody_listens,
        the_name_is_unknown,
        closed_without_a_byte,
        reset_without_a_byte,
        reset_behind_the_answer,
        silence,
        not_http,
        tls_on_a_port_that_was_thought_plain,
        b06_an_answer_that_says_https,
        what_a_refusal_says,
        http2_on_a_plain_port,
        b09_closed_inside_the_head,
        b09_a_head_that_the_deadline_cuts,
        c12_a_head_that_drips,
        b09_a_head_that_never_ends,
        a_gigabyte_of_garbage,
        interim_answers_without_end,
        an_interim_answer_alone,
        many_fields,
        an_answer_before_the_request_ends,
        interim_answers_first,
        a_proper_close,
        controls_in_a_head_are_escaped,
        c02_a_cookie_with_a_bare_cr,
        c06_rows_as_verify_has_them,
        c08_what_is_empty_is_not_shown,
        yes_tells_what_was_chosen,
        a01_what_follows_the_101_is_wrong,
        a01_what_follows_later,
        a01_right_servers_stay_right,
        a02_an_accept_value_that_ends_in_lf,
        one_handshake_that_cannot_be_judged,
        a_redirection_is_shown_and_not_followed,
        an_accept_value_that_never_changes,
        a_second_handshake_that_is_refused,
        a_second_handshake_that_is_no_refusal,
        a_second_handshake_that_breaks_the_same_rule_more,
        an_empty_line_before_the_status_line,
        nothing_is_sent_behind_the_close_frame,
        what_is_wrong_behind_many_right_frames,
        a_ping_is_answered,
        the_last_attempt_ends_with_the_wait,
        the_exit_codes_in_both_helps,
        the_request,
        the_requests_of_known_clients,
        what_is_given_beside_a_known_client,
        a07_what_browsers_offer_is_offered,
        secrets_are_not_shown,
        tokens_in_urls_are_not_shown,
        c01_credentials_are_taken_out_of_the_bytes,
        c05_json_has_all_that_the_text_says,
        usage_of_a_url,
        usage,
    ];
    all.into_iter().chain(more).collect()
}

const YES: &str = "ws://127.0.0.1:PORT/chat: OK (HTTP/1.1 101 Switching Protocols; N ms)\n";
const NO: &str = "ws://127.0.0.1:PORT/chat: FAILED (HTTP/1.1 101 Switching Protocols; N ms)\n";

fn nobody_listens() {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
    check(port, &[URL], 3, "", "wskey: ws://127.0.0.1:PORT/chat: cannot connect: 127.0.0.1:PORT: connection refused\n");
}

fn the_name_is_unknown() {
    // RFC 6761, section 6.4: it never resolves. What the system says of that differs.
    let ran = run(1, &["ws://nosuch.invalid/"]);
    assert_eq!((ran.out.as_str(), ran.code), ("", Some(3)));
    let begin = "wskey: ws://nosuch.invalid/: the name nosuch.invalid does not resolve: ";
    assert!(ran.err.starts_with(begin), "{}", ran.err);
}

fn closed_without_a_byte() {
    // Engine.IO waits a second for somebody else to take a path that is not its own; a port that speaks TLS waits for nothing.
    let port = serve(|mut socket, _| {
        request(&mut socket);
        thread::sleep(Duration::from_secs(1));
    });
    let ran = run(port, &[URL]);
    let tip = " ms; Engine.IO does so after 1 s where the path is not its own\n";
    assert!(ran.err.ends_with(tip) && ran.err.contains("without a byte of a response, after 1"), "{}", ran.err);
    assert_eq!(ran.code, Some(3));
    let port = serve(|mut socket, _| drop(request(&mut socket)));
    check(
        port,
        &[URL],
        3,
        "",
        "wskey: ws://127.0.0.1:PORT/chat: the server closed the connection without a byte of a response; a port that speaks TLS does the same; did you mean wss://?\n",
    );
}

/// Closing with bytes that were not read resets the connection.
fn reset(socket: &TcpStream) {
    let _ = socket.peek(&mut [0]);
}

fn reset_without_a_byte() {
    let port = serve(|socket, _| reset(&socket));
    check(
        port,
        &[URL],
        3,
        "",
        "wskey: ws://127.0.0.1:PORT/chat: the server reset the connection without a byte of a response; a port that speaks TLS does the same; did you mean wss://?\n",
    );
}

fn reset_behind_the_answer() {
    let port = serve(|mut socket, _| {
        reset(&socket);
        let _ = socket.write_all(b"HTTP/1.1 503 Service Unavailable\r\n\r\n");
    });
    let out = "ws://127.0.0.1:PORT/chat: FAILED (HTTP/1.1 503 Service Unavailable; N ms)\n  \
               error -      response-status: 503 instead of 101: out of service: the server, or what a proxy has behind it (RFC 6455 4.1, 4.2.2)\n";
    check(port, &[URL], 1, out, "");
}

fn silence() {
    let port = serve(|mut socket, _| drop(drain(&mut socket)));
    let err = "wskey: ws://127.0.0.1:PORT/chat: the server accepted the connection and sent nothing within 0.2 s; the request was sent\n";
    check(port, &[URL, "--timeout", "0.2"], 3, "", err);
}

/// What comes back where a response is no HTTP at all.
#[track_caller]
fn check_garbage(response: &[u8], sentence: &str) {
    let out = format!("ws://127.0.0.1:PORT/chat: FAILED (N ms)\n  {sentence}\n");
    check(responds(response), &[URL], 1, &out, "");
}

fn not_http() {
    check_garbage(b"SSH-2.0-OpenSSH_9.2\r\n", r"the response is not HTTP: it begins with `SSH-2.0-OpenSSH_9.2\r\n`");
    check_garbage(b"\x1b[2J\x00\x07\xff", r"the response is not HTTP: it begins with `\x1b[2J\x00\x07\xff`");
    check_garbage(
        &b"<p>hello</p>".repeat(10),
        &format!("the response is not HTTP: it begins with `{}<p>h`", "<p>hello</p>".repeat(5)),
    );
    check_garbage(b"\rHTTP/1.1 101\r\n\r\n", r"the response is not HTTP: it begins with `\rHTTP/1.1 101\r\n\r\n`");
    check_garbage(b"http/1.1 101\r\n\r\n", r"the response is not HTTP: it begins with `http/1.1 101\r\n\r\n`");
}

fn tls_on_a_port_that_was_thought_plain() {
    // RFC 8446, section 6: alert, version 3.1, two bytes, fatal, protocol_version.
    check_garbage(
        b"\x15\x03\x01\x00\x02\x02\x46",
        r"the response is not HTTP: it begins with `\x15\x03\x01\x00\x02\x02F`; that is a TLS alert: the port speaks TLS, use wss://",
    );
}

/// What Go and nginx answer to a plain request: one tip, and no guess beside it.
fn b06_an_answer_that_says_https() {
    let out = |status: &str, text: &str| {
        format!("ws://127.0.0.1:PORT/chat: FAILED ({status}; N ms)\n  error -      response-status: 400 instead of 101: {text}")
    };
    let go = responds("HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n");
    let text = "a request without TLS reached a port that speaks TLS (RFC 6455 4.1, 4.2.2)\n    \
                says      Client sent an HTTP request to an HTTPS server.\n    \
                who       net/http (Go) (go-tls)\n    \
                fix       use wss://; where a proxy is on the way, have it speak TLS to the server behind it (https:// there)\n";
    check(go, &[URL], 1, &out("HTTP/1.0 400 Bad Request", text), "");
    // The body comes later than the head.
    let nginx = serve(|mut socket, _| {
        request(&mut socket);
        let text = "The plain HTTP request was sent to HTTPS port";
        let body = format!("<title>400 {text}</title><h1>400 Bad Request</h1>{text}<hr>nginx");
        let _ = socket.write_all(format!("HTTP/1.1 400 Bad Request\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes());
        thread::sleep(Duration::from_millis(50));
        let _ = socket.write_all(body.as_bytes());
        drain(&mut socket);
    });
    let text = "a request without TLS reached a port that speaks TLS (RFC 6455 4.1, 4.2.2)\n    \
                says      400 The plain HTTP request was sent to HTTPS port\n    \
                who       nginx (nginx-tls)\n    \
                fix       use wss://; where a proxy is on the way, have it speak TLS to the server behind it (https:// there)\n";
    check(nginx, &[URL], 1, &out("HTTP/1.1 400 Bad Request", text), "");
    // A body names HTTPS for other reasons too.
    let other = responds("HTTP/1.1 400 Bad Request\r\n\r\nOrigin must be an HTTPS origin or absent\n");
    let text = "ws://127.0.0.1:PORT/chat: FAILED (HTTP/1.1 400 Bad Request; N ms)\n  \
                error -      response-status: 400 instead of 101: nothing that was seen of the request is wrong: a proxy may have \
                dropped Upgrade on the way, or the server wants something else (another path, an Origin, a subprotocol, credentials) (RFC 6455 4.1, 4.2.2)\n    \
                says      Origin must be an HTTPS origin or absent\n";
    check(other, &[URL], 1, text, "");
    // What a server puts into a field is quoted, whatever it says: the side stays.
    let claim = "use wss://, or, if the request went over TLS, pass X-Forwarded-Proto on in the proxy: the server behind it took it for plain";
    let text = format!(
        "ws://127.0.0.1:PORT/chat: FAILED (HTTP/1.1 404 x; server {}... (124 bytes); N ms)\n  \
         error -      response-status: 404 instead of 101: there is nothing at `/chat`, or a proxy dropped Upgrade on the way and the \
         server has no page there (Server: `{claim}`) (RFC 6455 4.1, 4.2.2)\n",
        &claim[..100]
    );
    check(responds(format!("HTTP/1.1 404 x\r\nServer: {claim}\r\nContent-Length: 0\r\n\r\n")), &[URL], 1, &text, "");
    // A TLS alert is no HTTP, and that is all that is said.
    let alert = "ws://127.0.0.1:PORT/chat: FAILED (N ms)\n  the response is not HTTP: it begins with `\\x15\\x03\\x01\\x00\\x02\\x02F`; \
                 that is a TLS alert: the port speaks TLS, use wss://\n";
    check(responds(b"\x15\x03\x01\x00\x02\x02\x46"), &[URL], 1, alert, "");
}

/// What is proven stands where the guess would, and what is suggested beside it.
fn what_a_refusal_says() {
    let proven = "HTTP/1.1 426 Upgrade Required\r\n\r\nFailed to open a WebSocket connection: invalid Connection header: keep-alive.\n\n\
        You cannot access a WebSocket server directly with a browser. You need a WebSocket client.\n";
    let out = "ws://127.0.0.1:PORT/chat: FAILED (HTTP/1.1 426 Upgrade Required; N ms)\n  \
        error proxy  response-status: 426 instead of 101: the request that reached the server has no Connection that names Upgrade \
        (RFC 6455 4.1, 4.2.2)\n    \
        says      Failed to open a WebSocket connection: invalid Connection header: keep-alive.\n    \
        who       websockets (Python) (websockets-connection)\n    \
        fix       pass Upgrade and Connection on in the proxy, over HTTP/1.1 (nginx: proxy_http_version 1.1; proxy_set_header \
        Upgrade $http_upgrade; proxy_set_header Connection upgrade)\n  \
        warn  -      refusal-upgrade-field: a 426 without Upgrade, expected `Upgrade: websocket`; an intermediary may have dropped it (RFC 9110 15.5.22)\n";
    check(responds(proven), &[URL], 1, out, "");
    let ran = run(responds(proven), &[URL, "--json"]);
    let fields = "\"body\":\"Failed to open a WebSocket connection: invalid Connection header: keep-alive.\",\
        \"refusal\":\"websockets-connection\",\"who\":\"websockets (Python)\",\"certainty\":\"proves\",\
        \"means\":\"the request that reached the server has no Connection that names Upgrade\",\"fix\":\"pass Upgrade";
    assert!(ran.out.contains(fields), "{}", ran.out);

    let suggested =
        "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nX-Content-Type-Options: nosniff\r\n\r\n404 page not found\n";
    let out = "ws://127.0.0.1:PORT/chat: FAILED (HTTP/1.1 404 Not Found; N ms)\n  \
        error -      response-status: 404 instead of 101: there is nothing at `/chat`, or a proxy dropped Upgrade on the way and the \
        server has no page there (RFC 6455 4.1, 4.2.2)\n    \
        says      404 page not found\n    \
        who       perhaps net/http (Go) (go-route)\n    \
        perhaps   no handler is at this path\n    \
        fix       check the path; a pattern without a slash at its end matches that path alone\n";
    check(responds(suggested), &[URL], 1, out, "");

    // A credential that is a word of it is not shown, and changes nothing.
    let out = "ws://127.0.0.1:PORT/chat: FAILED (HTTP/1.1 400 Bad Request; N ms)\n  \
        error proxy  response-status: 400 instead of 101: no key reached the server, or one that is malformed (RFC 6455 4.1, 4.2.2)\n    \
        says      Missing or ******* Sec-WebSocket-Key header\n    \
        who       ws (Node.js) (ws-key)\n    \
        fix       send it with each handshake; a proxy must pass it on as it is\n";
    let port = responds("HTTP/1.1 400 Bad Request\r\n\r\nMissing or invalid Sec-WebSocket-Key header");
    check(port, &[URL, "-H", "X-Api-Key: invalid"], 1, out, "");

    let hostile = "HTTP/1.1 418 x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n\x1b[2Jn\r\n1\r\no\r\n0\r\n\r\n";
    let out = "ws://127.0.0.1:PORT/chat: FAILED (HTTP/1.1 418 x; N ms)\n  \
        error -      response-status: 418 instead of 101: the server refuses the request (RFC 6455 4.1, 4.2.2)\n    \
        says      \\x1b[2Jno\n";
    check(responds(hostile), &[URL], 1, out, "");
}

fn http2_on_a_plain_port() {
    check_garbage(
        b"\x00\x00\x00\x04\x00\x00\x00\x00\x00",
        r"the response is not HTTP: it begins with `\x00\x00\x00\x04\x00\x00\x00\x00\x00`; that is HTTP/2, which has no Upgrade",
    );
}

/// A head that is longer than what is read: nothing of it is judged.
#[track_caller]
fn check_too_long(port: u16, first: &str, sentence: &str) {
    let ran = run(port, &[URL]);
    let (line, rest) = ran.out.split_once('\n').unwrap_or_default();
    let begin = format!("ws://127.0.0.1:PORT/chat: UNJUDGED ({first}");
    assert!(line.starts_with(&begin), "{line}");
    assert_eq!((rest, ran.err.as_str(), ran.code), (format!("  no verdict: {sentence}\n").as_str(), "", Some(2)));
}

/// Of what a server sends before it ends the connection inside the head, nothing is judged.
fn b09_closed_inside_the_head() {
    for (begin, line) in [("HTTP/1.1 101 Switching Protocols\r\nConnection: Upg", 2), ("HTTP/1.1 404 Not Found\r\n", 1)] {
        let ends = |is_reset| {
            serve(move |mut socket, _| {
                if is_reset {
                    reset(&socket);
                } else {
                    request(&mut socket);
                }
                let _ = socket.write_all(begin.as_bytes());
            })
        };
        let (status, count) = (begin.split("\r\n").next().unwrap_or_default(), begin.len());
        for (is_reset, how) in [(false, "closed"), (true, "reset")] {
            let out = format!(
                "ws://127.0.0.1:PORT/chat: FAILED ({status}; N ms)\n  \
                 the connection was {how} inside the head of the response, after {count} bytes\n  \
                 error server head-unterminated: no empty line after line {line} in the response (RFC 9112 2.1)\n"
            );
            check(ends(is_reset), &[URL], 1, &out, "");
        }
    }
}

fn b09_a_head_that_the_deadline_cuts() {
    let out = "ws://127.0.0.1:PORT/chat: UNJUDGED (HTTP/1.1 101 Switching Protocols; N ms)\n  \
               no verdict: not all came within 0.3 s: it ends inside the head of the response, after 49 bytes\n";
    check(responds("HTTP/1.1 101 Switching Protocols\r\nConnection: Upg"), &[URL, "--timeout", "0.3"], 2, out, "");
}

fn c12_a_head_that_drips() {
    // It would be whole in ten seconds.
    let port = serve(|mut socket, _| {
        let head = request(&mut socket);
        for byte in switch(&head, "").bytes() {
            if socket.write_all(&[byte]).is_err() {
                break;
            }
            thread::sleep(Duration::from_millis(80));
        }
    });
    let ran = run(port, &[URL, "--timeout", "0.3"]);
    let reason = "  no verdict: not all came within 0.3 s: it ends inside the head of the response, after ";
    assert!(ran.out.contains(reason), "{}", ran.out);
    assert_eq!((ran.err.as_str(), ran.code), ("", Some(2)));
}

/// A server that says `begin`, and then `again`, up to a gigabyte, until the client hangs up.
fn floods(begin: &'static str, again: &'static str) -> u16 {
    let chunk = again.repeat(65536 / again.len());
    serve(move |mut socket, _| {
        request(&mut socket);
        let _ = socket.write_all(begin.as_bytes());
        for _ in 0..(1 << 30) / chunk.len() {
            if socket.write_all(chunk.as_bytes()).is_err() {
                break;
            }
        }
    })
}

fn b09_a_head_that_never_ends() {
    let too_long = "the head of the response is longer than 65536 bytes";
    check_too_long(floods("HTTP/1.1 101 Switching Protocols\r\nX: ", "a"), "HTTP/1.1 101 Switching Protocols; N ms)", too_long);
    check_too_long(floods("HTTP/1.1 101 ", "a"), "HTTP/1.1 101 aaaa", too_long);
    let port = floods("HTTP/1.1 101 Switching Protocols\r\n", "A: b\r\n");
    check_too_long(port, "HTTP/1.1 101 Switching Protocols; N ms)", too_long);
    // A browser takes more than we do.
    let ran = run(port, &[URL, "--json"]);
    let object: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(
        (object.get("ok"), &object["error"], object["findings"].as_array().map(Vec::len)),
        (None, &too_long.into(), Some(0))
    );
}

fn a_gigabyte_of_garbage() {
    let out =
        format!("ws://127.0.0.1:PORT/chat: FAILED (N ms)\n  the response is not HTTP: it begins with `{}`\n", "a".repeat(64));
    check(floods("", "a"), &[URL], 1, &out, "");
}

fn interim_answers_without_end() {
    let port = floods("", "HTTP/1.1 100 Continue\r\n\r\n");
    check_too_long(port, "", "the head of the response is longer than 65536 bytes");
}

fn an_interim_answer_alone() {
    let response = "HTTP/1.1 100 Continue\r\n\r\n";
    let port = serve(move |mut socket, _| {
        request(&mut socket);
        let _ = socket.write_all(response.as_bytes());
    });
    let out = "ws://127.0.0.1:PORT/chat: FAILED (N ms)\n  the connection was closed after an interim response, after 25 bytes\n";
    check(port, &[URL], 1, out, "");
    // What did not come in time may come later.
    let out = "ws://127.0.0.1:PORT/chat: UNJUDGED (N ms)\n  \
        no verdict: not all came within 0.2 s: it ends after an interim response, after 25 bytes\n";
    check(responds(response), &[URL, "--timeout", "0.2"], 2, out, "");
}

fn many_fields() {
    let more: &'static str = "X: y\r\n".repeat(3000).leak();
    check(right(more), &[URL], 0, "ws://127.0.0.1:PORT/chat: OK (HTTP/1.1 101 Switching Protocols; N ms)\n", "");
    // Together with the rest it is longer than what is read.
    let more: &'static str = "X: y\r\n".repeat(11000).leak();
    let first = "HTTP/1.1 101 Switching Protocols; N ms)";
    check_too_long(right(more), first, "the head of the response is longer than 65536 bytes");
}

fn an_answer_before_the_request_ends() {
    let port = serve(|mut socket, _| {
        let _ = socket.read(&mut [0]);
        let _ = socket.write_all(b"HTTP/1.1 431 Request Header Fields Too Large\r\n\r\n");
    });
    let header = format!("X-A: {}", "a".repeat(100_000));
    let out = "ws://127.0.0.1:PORT/chat: FAILED (HTTP/1.1 431 Request Header Fields Too Large; N ms)\n  \
               error -      response-status: 431 instead of 101: the server refuses the request (RFC 6455 4.1, 4.2.2)\n";
    check(port, &[URL, "-H", &header], 1, out, "");
}

fn interim_answers_first() {
    let port = serve(|mut socket, _| {
        let head = request(&mut socket);
        let _ = socket.write_all(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
        let _ = socket.write_all(switch(&head, "").as_bytes());
        drain(&mut socket);
    });
    let out = format!(
        "{YES}  warn  server response-interim: 2 interim responses before the 101: Chromium fails the connection (RFC 9110 15.2)\n"
    );
    check(port, &[URL], 0, &out, "");
    check(port, &[URL, "--strict"], 1, &out.replace(": OK", ": FAILED").replace("  warn ", "  error"), "");
    let ran = run(port, &[URL, "--json"]);
    let objects: Vec<serde_json::Value> = ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(objects.iter().map(|object| &object["interim"]).collect::<Vec<_>>(), [2, 2]);
    // A client that skips it reads it all the same.
    let port = serve(|mut socket, _| {
        let head = request(&mut socket);
        let _ = socket.write_all(&[b"HTTP/1.1 103 x\r\nX A: \x01\r\n\r\n", switch(&head, "").as_bytes()].concat());
        drain(&mut socket);
    });
    let ran = run(port, &[URL]);
    assert!(ran.out.contains(r"error server head-field-syntax: line 2 in the response: "), "{}", ran.out);
    assert_eq!(ran.code, Some(1));
    // Lines are counted from the first byte of the response, whichever head they belong to.
    let port = serve(|mut socket, _| {
        let head = request(&mut socket);
        let _ = socket.write_all(&[b"HTTP/1.1 103 x\r\n\r\n", switch(&head, "X A: y\r\n").as_bytes()].concat());
        drain(&mut socket);
    });
    let ran = run(port, &[URL]);
    assert!(ran.out.contains("error server head-field-syntax: line 7 in the response: the name `X A`"), "{}", ran.out);
}

fn a_proper_close() {
    let (sender, receiver) = mpsc::channel();
    let port = serve(move |mut socket, _| {
        let head = request(&mut socket);
        // A text frame and a long binary one right behind the head.
        let frames = [b"\x81\x05hello\x82\x7e\x01\x00".as_slice(), &[7; 256]].concat();
        let _ = socket.write_all(&[switch(&head, "").as_bytes(), &frames].concat());
        let mut close = [0; 8];
        socket.read_exact(&mut close).expect("a Close frame");
        let _ = socket.write_all(b"\x88\x02\x03\xe8");
        let behind = drain(&mut socket);
        sender.send((close, behind)).expect("the test waits");
    });
    check(port, &[URL], 0, "ws://127.0.0.1:PORT/chat: OK (HTTP/1.1 101 Switching Protocols; N ms)\n", "");
    for (close, behind) in receiver.iter().take(2) {
        let [opcode, length, a, b, c, d, high, low] = close;
        assert_eq!((opcode, length, [high ^ a, low ^ b]), (0x88, 0x82, 1000_u16.to_be_bytes()));
        assert_ne!([a, b, c, d], [0; 4], "a mask");
        assert_eq!(behind, b"");
    }
}

/// A wait that is shorter than an attempt may be cuts it.
fn the_last_attempt_ends_with_the_wait() {
    let silent = serve(|mut socket, _| drop(drain(&mut socket)));
    let err = "wskey: ws://127.0.0.1:PORT/chat: the server accepted the connection and sent nothing within 0.4 s; the request was sent \
               (waited 0.4 s)\n";
    check(silent, &[URL, "--wait", "0.4"], 3, "", err);
}

fn controls_in_a_head_are_escaped() {
    let ran = run(right("Server: \x1b[2Jevil\x00\x07\u{202e}\r\n"), &[URL, "-v"]);
    assert!(ran.out.bytes().all(|b| b == b'\n' || !b.is_ascii_control()), "{:?}", ran.out);
    let line = ran.out.lines().find(|line| line.starts_with("ws://"));
    let expected =
        r"ws://127.0.0.1:PORT/chat: FAILED (HTTP/1.1 101 Switching Protocols; server \x1b[2Jevil\x00\x07\u{202e}; N ms)";
    assert_eq!((line, ran.code), (Some(expected), Some(1)));
    assert!(ran.out.contains("< Server: \\x1b[2Jevil\\x00\\x07\\u{202e}\\r\\n\n"), "{}", ran.out);
}

/// What stands behind a CR alone is part of the value that holds it.
fn c02_a_cookie_with_a_bare_cr() {
    let port = right("Set-Cookie: id=one\rtwo-of-it; Path=/\r\n");
    for option in ["-v", "--json", "--strict"] {
        let ran = run(port, &[URL, option]);
        let (out, err, code) = (ran.out, ran.err, ran.code);
        assert!(!out.contains("two-of-it") && !err.contains("two-of-it"), "{out}{err}");
        assert!(out.contains("head-bare-cr") && code == Some(1), "{out}{err}");
    }
}

/// `verify` and `probe` show the same rows of the same mistake.
fn c06_rows_as_verify_has_them() {
    let port = serve(|mut socket, _| {
        let head = request(&mut socket);
        let key = field(&head, "Sec-WebSocket-Key").expect("a key");
        let (wrong, right) = (derive_accept_key(format!("{key}\n").as_bytes()), derive_accept_key(key.as_bytes()));
        let _ = socket.write_all(switch(&head, "").replace(&right, &wrong).as_bytes());
        drain(&mut socket);
    });
    let ran = run(port, &[URL, "-H", "Sec-WebSocket-Key: Zx8rNEkBE4xnwifpuh8DHQ=="]);
    let wrong = derive_accept_key(b"Zx8rNEkBE4xnwifpuh8DHQ==\n");
    let verify = Command::new(env!("CARGO_BIN_EXE_wskey")).args(["verify", "Zx8rNEkBE4xnwifpuh8DHQ==", &wrong]).output();
    let explained = String::from_utf8(verify.expect("wskey").stderr).expect("text");
    let rows: Vec<_> = explained.lines().skip(1).map(str::trim_start).collect();
    assert_eq!(
        rows.iter().map(|row| &row[..9]).collect::<Vec<_>>(),
        ["got      ", "expected ", "cause    ", "hashed   ", "fix      "]
    );
    let shown: Vec<_> = ran.out.lines().filter_map(|line| line.strip_prefix("    ")).take(rows.len()).collect();
    assert_eq!(shown, rows, "{}", ran.out);
}

/// What is empty is not shown, and a malformed key has no value to copy.
fn c08_what_is_empty_is_not_shown() {
    let out = "ws://127.0.0.1:PORT/chat: FAILED (HTTP/1.1 101 Switching Protocols; N ms)\n  \
        error server protocol-unrequested: selected ``, none requested (RFC 6455 4.1 (6))\n";
    check(right("Sec-WebSocket-Protocol:\r\n"), &[URL], 1, out, "");
    let wrong = serve(|mut socket, _| {
        request(&mut socket);
        let _ = socket.write_all(switch("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "").as_bytes());
        drain(&mut socket);
    });
    let ran = run(wrong, &[URL, "-H", "Sec-WebSocket-Key: hello", "--json"]);
    let object: serde_json::Value = serde_json::from_str(ran.out.lines().next().expect("a line")).expect("JSON");
    let findings = object["findings"].as_array().expect("a list");
    let parts: Vec<_> = findings.iter().map(|finding| (finding["rule"].as_str(), finding.get("expected"))).collect();
    assert_eq!(parts, [(Some("key-malformed"), None), (Some("accept-mismatch"), None)]);
}

fn yes_tells_what_was_chosen() {
    let more = "Server: test/1\r\nSec-WebSocket-Protocol: superchat\r\n";
    let out = "ws://127.0.0.1:PORT/chat: OK (HTTP/1.1 101 Switching Protocols; server test/1; subprotocol superchat; N ms)\n";
    check(right(more), &[URL, "--subprotocol", "chat", "--subprotocol", "superchat"], 0, out, "");
    check(right(more), &[URL, "--subprotocol", "chat,superchat", "-q"], 0, "", "");
}

/// A server that answers rightly, sends these bytes behind the head, and closes when the client does.
fn followed_by(behind: &'static [u8]) -> u16 {
    serve(move |mut socket, _| {
        let head = request(&mut socket);
        let _ = socket.write_all(&[switch(&head, "").as_bytes(), behind].concat());
        drain(&mut socket);
    })
}

/// Each of these opens a connection that Chromium and Node's ws fail at once.
fn a01_what_follows_the_101_is_wrong() {
    let refused = |port, finding: &str| {
        let out = format!("{NO}  error server {finding}\n");
        check(port, &[URL], 1, &out, "");
        check(port, &[URL, "--strict"], 1, &out, "");
    };
    let after = |message: &str| format!("after-101: {message} (RFC 6455 5.1, 5.2, 5.4, 5.5; RFC 7692 6.1)");
    let too_many = after("one line ending too many: the head ends with its first empty line, and what follows is frames");
    refused(followed_by(b"\r\n"), &too_many);
    refused(followed_by(b"\r\n\x81\x05Hello"), &too_many);
    refused(followed_by(b"Welcome!"), &after("text, where frames are expected: `Welcome!`"));
    refused(followed_by(b"<html></html>"), &after("markup, where frames are expected: `<html></html>`"));
    // RFC 6455, section 5.7.
    refused(
        followed_by(b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"),
        &after(
            "not a frame that a server may send: it is masked, as a client's frames are (5.1): `\\x81\\x857\\xfa!=\\x7f\\x9fMQX`",
        ),
    );
    refused(
        followed_by(b"\xc1\x05Hello"),
        &after("not a frame that a server may send: RSV1 is set without permessage-deflate (5.2): `\\xc1\\x05Hello`"),
    );
    let ended = "ended-after-101: the server ended the connection at once, without a Close frame: browsers report 1006 (RFC 6455 7.1.5, 7.3)";
    let ends = |behind: &'static [u8]| {
        serve(move |mut socket, _| {
            let head = request(&mut socket);
            let _ = socket.write_all(&[switch(&head, "").as_bytes(), behind].concat());
        })
    };
    refused(ends(b""), ended);
    refused(ends(b"\x81\x05Hello"), ended);
    // A Close frame that the end cuts is none.
    refused(ends(b"\x88\x02\x03"), ended);
    let resets = serve(|mut socket, _| {
        let mut head = vec![0; 4096];
        let count = socket.peek(&mut head).unwrap_or_default();
        let _ = socket.write_all(switch(&String::from_utf8_lossy(&head[..count]), "").as_bytes());
    });
    refused(resets, ended);
}

/// Each Ping is answered once, and nothing is sent behind the Close frame (RFC 6455, section 5.5.1).
fn nothing_is_sent_behind_the_close_frame() {
    let (sender, receiver) = mpsc::channel();
    let port = serve(move |mut socket, _| {
        let head = request(&mut socket);
        let _ = socket.write_all(&[switch(&head, "").as_bytes(), b"\x89\x00"].concat());
        let _ = sender.send(drain(&mut socket));
    });
    assert_eq!(run(port, &[URL]).code, Some(0));
    let sent = receiver.recv_timeout(Duration::from_secs(10)).expect("what was sent");
    // A Pong without a payload, a Close frame with a code; each with a mask of four bytes.
    let first: Vec<_> = [0, 1, 6, 7].iter().map(|&at| sent.get(at).copied()).collect();
    assert_eq!((sent.len(), first), (6 + 8, [0x8a, 0x80, 0x88, 0x82].map(Some).to_vec()));
}

/// A client reads on behind the first 16 KiB.
fn what_is_wrong_behind_many_right_frames() {
    let after = |behind: &'static [u8], ends: bool| {
        serve(move |mut socket, _| {
            let head = request(&mut socket);
            let frame = [b"\x82\x7e\x4e\x20".as_slice(), &vec![0; 20000]].concat();
            let _ = socket.write_all(&[switch(&head, "").as_bytes(), &frame, &frame, behind].concat());
            if !ends {
                drain(&mut socket);
            }
        })
    };
    check(after(b"\x81\x05Hello", false), &[URL, "--strict"], 0, YES, "");
    let ended = "ended-after-101: the server ended the connection at once, without a Close frame: browsers report 1006 (RFC 6455 7.1.5, 7.3)";
    check(after(b"", true), &[URL], 1, &format!("{NO}  error server {ended}\n"), "");
    // Behind two MiB in one frame.
    let long = |behind: &'static [u8], ends: bool| {
        serve(move |mut socket, _| {
            let head = request(&mut socket);
            let frame = [b"\x82\x7f\0\0\0\0\0\x20\0\0".as_slice(), &vec![0; 2 << 20], behind].concat();
            let _ = socket.write_all(&[switch(&head, "").as_bytes(), &frame].concat());
            if !ends {
                drain(&mut socket);
            }
        })
    };
    check(long(b"\x81\x05Hello", false), &[URL], 0, YES, "");
    check(long(b"", true), &[URL], 1, &format!("{NO}  error server {ended}\n"), "");
    let ran = run(long(b"\x83\x00", false), &[URL]);
    assert!(ran.out.contains("its opcode is 3, which is reserved"), "{}", ran.out);
    // Not all clients take it.
    let ran = run(after(b"\x82\x7f\0\0\0\0\x06\x40\0\x01", false), &[URL]);
    assert!(ran.out.contains("warn  server after-101: a frame of 104857601 bytes"), "{}", ran.out);
    let wrong = "after-101: not a frame that a server may send: its opcode is 3, which is reserved (5.2): `\\x83\\x00` (RFC 6455 5.1, 5.2, 5.4, 5.5; RFC 7692 6.1)";
    check(after(b"\x83\x00", false), &[URL], 1, &format!("{NO}  error server {wrong}\n"), "");
    // A frame that Node's clients do not take (RFC 6455, section 10.4).
    let large = "after-101: a frame of 209715200 bytes: Node's clients take 100 MiB (RFC 6455 5.1, 5.2, 5.4, 5.5; RFC 7692 6.1)";
    check(after(b"\x82\x7f\0\0\0\0\x0c\x80\0\0x", false), &[URL], 0, &format!("{YES}  warn  server {large}\n"), "");
}

/// A server may end the connection where nobody answers its Ping (RFC 6455, section 5.5.2).
fn a_ping_is_answered() {
    let port = serve(|mut socket, _| {
        let head = request(&mut socket);
        let _ = socket.write_all(&[switch(&head, "").as_bytes(), b"\x89\x04ping"].concat());
        let mut pong = [0; 10];
        let is_answered = socket.read_exact(&mut pong).is_ok() && pong[..2] == [0x8a, 0x84];
        let payload: Vec<u8> = pong[6..].iter().zip(&pong[2..6]).map(|(byte, mask)| byte ^ mask).collect();
        if is_answered && payload == b"ping" {
            drain(&mut socket);
        }
    });
    check(port, &[URL], 0, YES, "");
}

/// What follows may take a while, and may follow the second handshake alone.
fn a01_what_follows_later() {
    let port = serve(|mut socket, number| {
        let head = request(&mut socket);
        let _ = socket.write_all(switch(&head, "").as_bytes());
        if number % 2 == 1 {
            thread::sleep(Duration::from_millis(150));
            let _ = socket.write_all(b"no frame");
        }
        drain(&mut socket);
    });
    let out = format!(
        "{NO}  error server after-101: text, where frames are expected: `no frame` (RFC 6455 5.1, 5.2, 5.4, 5.5; RFC 7692 6.1)\n"
    );
    check(port, &[URL], 1, &out, "");
    let ran = run(port, &[URL, "--json"]);
    let objects: Vec<serde_json::Value> = ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(objects.iter().map(|object| &object["ok"]).collect::<Vec<_>>(), [true, false]);
    let received = objects.last().and_then(|object| object["received"].as_str()).unwrap_or_default();
    assert!(received.ends_with("\r\n\r\nno frame"), "{received}");
}

/// What a server may do behind a 101, and the words that it is worth.
fn a01_right_servers_stay_right() {
    for behind in [
        &b""[..],
        b"\x81\x05Hello",
        b"\x89\x00",
        b"\x01\x03Hel\x80\x02lo",
        b"\x82\x7e\x01\x00abc",
        // Half a frame, and then nothing.
        b"\x81",
    ] {
        check(followed_by(behind), &[URL, "--strict"], 0, YES, "");
    }
    let closed = |code: &str| {
        format!("{YES}  note  server ended-after-101: a Close frame with {code} follows at once (RFC 6455 7.1.5, 7.3)\n")
    };
    check(followed_by(b"\x88\x02\x03\xf0"), &[URL, "--strict"], 0, &closed("the code 1008"), "");
    let port = serve(|mut socket, _| {
        let head = request(&mut socket);
        let _ = socket.write_all(&[switch(&head, "").as_bytes(), b"\x88\x00"].concat());
    });
    check(port, &[URL], 0, &closed("no code"), "");
    // What was not read when the socket is closed resets the connection, behind the Close frame: ws and Chromium close with its code.
    let resets = serve(|mut socket, _| {
        let mut head = vec![0; 4096];
        let count = socket.peek(&mut head).unwrap_or_default();
        let answer = switch(&String::from_utf8_lossy(&head[..count]), "");
        let _ = socket.write_all(&[answer.as_bytes(), b"\x88\x02\x03\xe8"].concat());
    });
    check(resets, &[URL], 0, &closed("the code 1000"), "");
    // It ends the connection when it is told to, as many do, without a Close frame of its own.
    let port = serve(|mut socket, _| {
        let head = request(&mut socket);
        let _ = socket.write_all(switch(&head, "").as_bytes());
        let _ = socket.read(&mut [0; 64]);
    });
    check(port, &[URL, "--strict"], 0, YES, "");
}

/// base64 that ends in LF, in the last line of the head and before others.
fn a02_an_accept_value_that_ends_in_lf() {
    let cause = "  error server after-101: the head ended early: a line feed follows the accept value, as encoders that wrap lines put there \
                 (encodebytes, encode64, base64 without -w0); strip it (RFC 6455 5.1, 5.2, 5.4, 5.5; RFC 7692 6.1)\n";
    let lf = |line| format!("  warn  server head-bare-lf: LF without CR ends line {line} in the response (RFC 9112 2.2)\n");
    let last = serve(|mut socket, _| {
        let head = request(&mut socket);
        let _ = socket.write_all(switch(&head, "").replace("\r\n\r\n", "\n\r\n\r\n").as_bytes());
        drain(&mut socket);
    });
    check(last, &[URL], 1, &format!("{NO}{cause}{}", lf(4)), "");
    let first = serve(|mut socket, _| {
        let head = switch(&request(&mut socket), "");
        let accept = field(&head, "Sec-WebSocket-Accept").unwrap_or_default();
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: {accept}\n\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
        );
        let _ = socket.write_all(answer.as_bytes());
        drain(&mut socket);
    });
    let missing = "  error server response-upgrade: Upgrade is missing, expected `websocket` (RFC 6455 4.1 (2))\n  \
                   error server response-connection: Connection is missing, expected `Upgrade` (RFC 6455 4.1 (3))\n";
    check(first, &[URL], 1, &format!("{NO}{missing}{cause}{}", lf(2)), "");
}

/// A proven fault outweighs a handshake of which too little was seen, whichever comes first.
fn one_handshake_that_cannot_be_judged() {
    let more: &'static str = "X: y\r\n".repeat(11000).leak();
    let port = |bad: &'static str| {
        serve(move |mut socket, number| {
            let head = request(&mut socket);
            let answer = if number == 0 { switch(&head, bad) } else { switch(&head, more) };
            let _ = socket.write_all(answer.as_bytes());
            drain(&mut socket);
        })
    };
    let ran = run(port("Sec-WebSocket-Protocol: x\r\n"), &[URL]);
    assert_eq!((ran.out.lines().next().map(|line| line.contains(": FAILED (")), ran.code), (Some(true), Some(1)));
    let too_long = "the head of the response is longer than 65536 bytes";
    let out = format!("{}  the second handshake: {too_long}\n", YES.replace("OK", "UNJUDGED"));
    check(port(""), &[URL], 2, &out, "");
}

fn a_redirection_is_shown_and_not_followed() {
    static CONNECTIONS: AtomicUsize = AtomicUsize::new(0);
    let port = serve(|mut socket, _| {
        CONNECTIONS.fetch_add(1, Ordering::SeqCst);
        request(&mut socket);
        let _ = socket.write_all(b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n");
        drain(&mut socket);
    });
    let out = "ws://127.0.0.1:PORT/chat: FAILED (HTTP/1.1 302 Found; N ms)\n  \
               error client response-status: 302 instead of 101: a redirect to what looks like a login page (`/login`), \
               which no WebSocket client can fill in; send the cookie or the token of a session (RFC 6455 4.1, 4.2.2)\n";
    check(port, &[URL], 1, out, "");
    assert_eq!(CONNECTIONS.load(Ordering::SeqCst), 1);
    let to_tls = responds("HTTP/1.1 301 x\r\nLocation: https://a.example/chat\r\nContent-Length: 0\r\n\r\n");
    let out = "ws://127.0.0.1:PORT/chat: FAILED (HTTP/1.1 301 x; N ms)\n  \
               error client response-status: 301 instead of 101: a redirect to the same place over TLS, which browsers do not follow \
               here; use wss:// (`https://a.example/chat`) (RFC 6455 4.1, 4.2.2)\n";
    check(to_tls, &["-HHost: a.example", URL], 1, out, "");
}

fn an_accept_value_that_never_changes() {
    let port = responds(switch("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", ""));
    let ran = run(port, &[URL]);
    assert!(ran.out.contains("accept-mismatch"), "{}", ran.out);
    assert!(ran.out.contains("accept-constant"), "{}", ran.out);
    assert_eq!((ran.err.as_str(), ran.code), ("", Some(1)));
}

fn a_second_handshake_that_is_refused() {
    let once = || {
        serve(|mut socket, number| {
            let head = request(&mut socket);
            let refusal = "HTTP/1.1 409 Conflict\r\n\r\n".to_owned();
            let _ = socket.write_all(if number == 0 { switch(&head, "") } else { refusal }.as_bytes());
            drain(&mut socket);
        })
    };
    let warning = "-      response-status: the first handshake was accepted, the second was not: 409 instead of 101: \
                   the server refuses the request (RFC 6455 4.1, 4.2.2)\n";
    let first = "ws://127.0.0.1:PORT/chat: OK (HTTP/1.1 101 Switching Protocols; N ms)\n";
    check(once(), &[URL], 0, &format!("{first}  warn  {warning}"), "");
    check(once(), &[URL, "--strict"], 1, &format!("{}  error {warning}", first.replace("OK", "FAILED")), "");
    check(once(), &[URL, "--quiet"], 0, "", "");
}

/// Only a status refuses: what else comes, or does not, is wrong.
fn a_second_handshake_that_is_no_refusal() {
    let then = |bytes: &'static [u8], ends: bool| {
        serve(move |mut socket, number| {
            let head = request(&mut socket);
            let _ = socket.write_all(if number % 2 == 0 { switch(&head, "").into_bytes() } else { bytes.to_vec() }.as_slice());
            if number % 2 == 0 || !ends {
                drain(&mut socket);
            }
        })
    };
    let failed = |port, sentence: &str, more: &str| {
        let args = [URL, "--timeout", "0.5"];
        check(port, &args, 1, &format!("{NO}  the second handshake: {sentence}\n{more}"), "");
        let ran = run(port, &[&args[..], &["--json"]].concat());
        let objects: Vec<serde_json::Value> = ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let parts: Vec<_> = objects.iter().map(|object| (object["ok"].as_bool(), object["error"].as_str())).collect();
        assert_eq!((parts, ran.code), (vec![(Some(true), None), (Some(false), Some(sentence))], Some(1)));
    };
    // Of which not a byte came, a limit may be the cause, as nginx closes with `limit_req_status 444`.
    for (ends, sentence) in [
        (true, "the server closed the connection without a byte of a response"),
        (false, "the server accepted the connection and sent nothing within 0.5 s; the request was sent"),
    ] {
        let out = format!("{}  the second handshake: {sentence}\n", NO.replace("FAILED", "UNJUDGED"));
        check(then(b"", ends), &[URL, "--timeout", "0.5"], 2, &out, "");
    }
    failed(then(b"oh", true), "the response is not HTTP: it begins with `oh`", "");
    failed(
        then(b"HTTP/1.1 409 Conflict\r\n", true),
        "the connection was closed inside the head of the response, after 23 bytes",
        "  error server head-unterminated: no empty line after line 1 in the response (RFC 9112 2.1)\n",
    );
    // A server that is gone says nothing about the handshake.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().expect("a connection");
        let head = request(&mut socket);
        drop(listener);
        let _ = socket.write_all(switch(&head, "").as_bytes());
        drain(&mut socket);
    });
    let out = "  the second handshake: cannot connect: 127.0.0.1:PORT: connection refused\n";
    check(port, &[URL], 2, &format!("{}{out}", YES.replace("OK", "UNJUDGED")), "");
}

/// What the first handshake has as a warning, and the second as an error, is told of both.
fn a_second_handshake_that_breaks_the_same_rule_more() {
    let port = serve(|mut socket, number| {
        let head = request(&mut socket);
        let more = if number == 0 { "Content-Length: 5\r\n" } else { "Content-Length: 5\r\nContent-Length: 6\r\n" };
        let _ = socket.write_all(switch(&head, more).as_bytes());
        drain(&mut socket);
    });
    let out = format!(
        "{NO}  warn  server response-body: Content-Length is `5` in a 101, which has no body (RFC 9110 8.6; RFC 9112 6.1)\n  \
         error server response-body: Content-Length is `5`, `6` in a 101, which has no body, and the lengths differ (RFC 9110 8.6; RFC 9112 6.1)\n"
    );
    check(port, &[URL], 1, &out, "");
}

/// RFC 9112, section 2.2.
fn an_empty_line_before_the_status_line() {
    for begin in ["\r\n", "\n", "\r\n\r\n"] {
        let port = serve(move |mut socket, _| {
            let head = request(&mut socket);
            let _ = socket.write_all(begin.as_bytes());
            thread::sleep(Duration::from_millis(20));
            let _ = socket.write_all(switch(&head, "").as_bytes());
            drain(&mut socket);
        });
        check(port, &[URL, "--strict"], 0, YES, "");
    }
    let port = serve(|mut socket, _| {
        request(&mut socket);
        let _ = socket.write_all(b"\r\n");
    });
    let out =
        "ws://127.0.0.1:PORT/chat: FAILED (N ms)\n  the connection was closed inside the head of the response, after 2 bytes\n";
    let ran = run(port, &[URL]);
    assert_eq!((ran.out.get(..out.len()), ran.code), (Some(out), Some(1)), "{}", ran.out);
}

fn the_exit_codes_in_both_helps() {
    let help = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_wskey")).args(args).output().expect("the program runs");
        String::from_utf8(output.stdout).expect("UTF-8").split_whitespace().collect::<Vec<_>>().join(" ")
    };
    for text in [help(&["--help"]), help(&["probe", "--help"])] {
        assert!(text.contains("not one byte of a response to the first handshake"), "{text}");
        assert!(!text.contains("with --conformance, the server went away"), "{text}");
    }
}

/// What a server is sent with these options.
pub(crate) fn sent(args: &[&str]) -> String {
    let (sender, receiver) = mpsc::channel();
    let port = serve(move |mut socket, _| {
        let _ = sender.send(request(&mut socket));
        let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    assert_eq!(run(port, args).code, Some(1));
    let head = receiver.recv().expect("a request").replace(&format!(":{port}"), ":PORT");
    let key = field(&head, "Sec-WebSocket-Key").unwrap_or_default();
    assert_eq!(key.len(), 24);
    head.replace(key, "KEY")
}

fn the_request() {
    let rest = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: KEY\r\nSec-WebSocket-Version: 13\r\n";
    let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
    assert_eq!(sent(&["http://127.0.0.1:PORT"]), format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n{rest}{offer}\r\n"));
    assert_eq!(
        sent(&["WS://Example.com?a=b", "--connect", "localhost:PORT", "--origin", "https://a.example", "--subprotocol", "a, b"]),
        format!(
            "GET /?a=b HTTP/1.1\r\nHost: Example.com\r\n{rest}Origin: https://a.example\r\nSec-WebSocket-Protocol: a, b\r\n{offer}\r\n"
        )
    );
    let replaced = ["-H", "host: other", "-H", "X-A: 1", "-H", "X-A:2", "-H", "Origin: x"];
    assert_eq!(
        sent(&[&["ws://[::1]:81/p?q", "--connect", "127.0.0.1:PORT"], &replaced[..]].concat()),
        format!("GET /p?q HTTP/1.1\r\nhost: other\r\n{rest}{offer}X-A: 1\r\nX-A: 2\r\nOrigin: x\r\n\r\n")
    );
}

/// What sockets received from the clients themselves.
fn the_requests_of_known_clients() {
    let clients = [
        (
            "aiohttp",
            "Host: 127.0.0.1:PORT\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: KEY\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\n\
             User-Agent: Python/3.11 aiohttp/3.14.5\r\n",
        ),
        (
            "chromium",
            "Host: 127.0.0.1:PORT\r\nConnection: Upgrade\r\nPragma: no-cache\r\nCache-Control: no-cache\r\n\
             User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36\r\n\
             Upgrade: websocket\r\nOrigin: http://127.0.0.1:PORT\r\nSec-WebSocket-Version: 13\r\n\
             Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9\r\n\
             Sec-WebSocket-Key: KEY\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n",
        ),
        (
            "firefox",
            "Host: 127.0.0.1:PORT\r\n\
             User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0\r\nAccept: */*\r\n\
             Accept-Language: en-US,en;q=0.9\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n\
             Sec-WebSocket-Version: 13\r\nOrigin: http://127.0.0.1:PORT\r\n\
             Sec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Key: KEY\r\nConnection: Upgrade\r\n\
             Sec-Fetch-Dest: empty\r\nSec-Fetch-Mode: websocket\r\nSec-Fetch-Site: same-site\r\nPragma: no-cache\r\n\
             Cache-Control: no-cache\r\nUpgrade: websocket\r\n",
        ),
        (
            "gorilla",
            "Host: 127.0.0.1:PORT\r\nUser-Agent: Go-http-client/1.1\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: KEY\r\nSec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n",
        ),
        (
            "jdk",
            "Connection: Upgrade\r\nHost: 127.0.0.1:PORT\r\nUpgrade: websocket\r\n\
             User-Agent: Java-http-client/17.0.21.1\r\nSec-WebSocket-Key: KEY\r\nSec-WebSocket-Version: 13\r\n",
        ),
        (
            "libcurl",
            "Host: 127.0.0.1:PORT\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: KEY\r\n\
             Connection: Upgrade\r\n",
        ),
        (
            "tungstenite",
            "Host: 127.0.0.1:PORT\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: KEY\r\n",
        ),
        (
            "undici",
            "host: 127.0.0.1:PORT\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: KEY\r\n\
             sec-websocket-version: 13\r\nsec-websocket-extensions: permessage-deflate; client_max_window_bits\r\n\
             accept: */*\r\naccept-language: *\r\nsec-fetch-mode: websocket\r\nuser-agent: node\r\n\
             pragma: no-cache\r\ncache-control: no-cache\r\naccept-encoding: gzip, deflate\r\n",
        ),
        (
            "websockets",
            "Host: 127.0.0.1:PORT\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: KEY\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\
             User-Agent: Python/3.11 websockets/17.4\r\n",
        ),
        (
            "ws",
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: KEY\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\nHost: 127.0.0.1:PORT\r\n",
        ),
    ];
    for (client, head) in clients {
        let expected = format!("GET /chat HTTP/1.1\r\n{head}\r\n");
        assert_eq!(sent(&["--as", client, URL]), expected, "{client}");
    }
}

fn what_is_given_beside_a_known_client() {
    assert_eq!(
        sent(&["--as", "gorilla", "ws://example.com", "--connect", "127.0.0.1:PORT", "--origin", "null", "-H", "user-agent: x"]),
        "GET / HTTP/1.1\r\nHost: example.com\r\nuser-agent: x\r\nConnection: Upgrade\r\nSec-WebSocket-Key: KEY\r\n\
         Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\nOrigin: null\r\n\r\n"
    );
    let fields = "host: 127.0.0.1:PORT\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: KEY\r\n\
        sec-websocket-version: 13\r\nsec-websocket-extensions: permessage-deflate; client_max_window_bits\r\naccept: */*\r\n\
        accept-language: *\r\nsec-fetch-mode: websocket\r\nuser-agent: node\r\npragma: no-cache\r\ncache-control: no-cache\r\n\
        accept-encoding: gzip, deflate\r\nSec-WebSocket-Protocol: chat\r\n";
    assert_eq!(sent(&["--as", "undici", "--subprotocol", "chat", URL]), format!("GET /chat HTTP/1.1\r\n{fields}\r\n"));
}

/// Browsers offer permessage-deflate, and fail the connection where the answer to that is wrong.
fn a07_what_browsers_offer_is_offered() {
    let selects = |parameters: &'static str| {
        serve(move |mut socket, _| {
            let head = request(&mut socket);
            let extension = match field(&head, "Sec-WebSocket-Extensions") {
                Some(_) => format!("Sec-WebSocket-Extensions: permessage-deflate{parameters}\r\n"),
                None => String::new(),
            };
            let _ = socket.write_all(switch(&head, &extension).as_bytes());
            drain(&mut socket);
        })
    };
    let chosen = "HTTP/1.1 101 Switching Protocols; extensions permessage-deflate; server_max_window_bits=";
    check(selects("; server_max_window_bits=15"), &[URL], 0, &format!("ws://127.0.0.1:PORT/chat: OK ({chosen}15; N ms)\n"), "");
    let no = format!("ws://127.0.0.1:PORT/chat: FAILED ({chosen}20; N ms)\n");
    let ran = run(selects("; server_max_window_bits=20"), &[URL]);
    assert!(ran.out.starts_with(&no) && ran.out.contains("  error server extension-parameters: "), "{}", ran.out);
    assert_eq!(ran.code, Some(1));
    let other = ["-H", "Sec-WebSocket-Extensions: x", URL];
    let ran = run(selects(""), &other);
    assert!(ran.out.contains("extension-unrequested: selected extension `permessage-deflate`, offered `x`"), "{}", ran.out);
}

const SECRETS: [&str; 8] = [
    "-H",
    "Authorization: Bearer s3cret-token",
    "-H",
    "proxy-authorization: Basic s3cret-basic",
    "-H",
    "Cookie: a=s3cret-cookie; b=s3cret-second",
    "-H",
    "Cookie: c",
];

fn secrets_are_not_shown() {
    let output = |port, args: &[&str]| {
        let ran = run(port, &[&[URL], args, &SECRETS[..]].concat());
        let all = ran.out + &ran.err;
        assert!(!all.contains("s3cret"), "{all}");
        all
    };
    let port = right("Set-Cookie: s3cret=1\r\n\tcontinued s3cret\r\nX-Echo: Bearer s3cret-token\r\n");
    for args in [&["-v"][..], &["--json", "-v"], &["-v", "--conformance", "--only", "valid"]] {
        let all = output(port, args);
        let count = |text: &str| all.matches(text).count();
        assert!(count("Authorization: <redacted>") >= 1, "{all}");
        assert!(count("proxy-authorization: <redacted>") >= 1, "{all}");
        assert!(count("Set-Cookie: <redacted>") >= 1, "{all}");
        // Each request has two.
        assert!(count("Cookie: <redacted>") >= 3, "{all}");
        assert!(count("X-Echo: Bearer <redacted>") >= 1, "{all}");
    }
    // A server that echoes, and one that tells them in places where they are quoted.
    let echo = serve(|mut socket, _| {
        let head = request(&mut socket);
        let _ = socket.write_all(&head.as_bytes()[head.find("s3cret").unwrap_or_default()..]);
    });
    output(echo, &[]);
    output(echo, &["--json"]);
    output(responds("HTTP/1.1 302 Found\r\nLocation: /?t=s3cret-token\r\nServer: s3cret-cookie\r\n\r\n"), &[]);
    // A tag inside a value is hidden with it.
    for (body, stars) in [("6\r\ns3cret\r\n6\r\n-token", 12), ("12\r\n<p>s3<b>cret-token", 15)] {
        let port = responds(format!("HTTP/1.1 400 x\r\nTransfer-Encoding: chunked\r\n\r\n{body}\r\n0\r\n\r\n"));
        let all = output(port, &[]);
        assert!(all.contains(&format!("says      {}\n", "*".repeat(stars))), "{all}");
        output(port, &["--json"]);
        output(port, &["-v"]);
    }
    let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/secrets.xml");
    output(echo, &["--conformance", "--junit", file]);
    output(port, &["--conformance", "--only", "key-empty", "--junit", file]);
    let xml = fs::read_to_string(file).expect("the file");
    assert!(xml.contains("&lt;redacted&gt;") && !xml.contains("s3cret"), "{xml}");
}

fn tokens_in_urls_are_not_shown() {
    let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/tokens.xml");
    // A token in the URL, in every report and in every error; and one that the server sends the client away with.
    let url = "ws://127.0.0.1:PORT/chat?access_token=s3cret?s3cret&x?jwt=s3cret";
    let shown = "ws://127.0.0.1:PORT/chat?access_token=<redacted>&x?jwt=<redacted>";
    let away = "HTTP/1.1 302 x\r\nLocation: /b?token=s3cretTOKEN\r\nX-Auth-Token: s3cretOTHER\r\n\r\ns3cretTOKEN, s3cretOTHER";
    for args in [
        &[url][..],
        &[url, "--json"],
        &[url, "-v", url],
        &[url, "--json", url],
        &[url, "--check-origins"],
        &[url, "--check-origins", "--json"],
        &[url, "--conformance", "--only", "valid", "--json", "--junit", file],
    ] {
        for port in [right(""), responds(away)] {
            let ran = run(port, args);
            let all = ran.out + &ran.err;
            assert!(all.contains(shown) && !all.contains("s3cret"), "{args:?}: {all}");
        }
    }
    assert!(!fs::read_to_string(file).expect("the file").contains("s3cret"));
    for (url, shown) in [
        (
            "ws://h/?token=s3cret#top",
            "wskey: URL: fragment '#top' is not allowed in a WebSocket URL, expected ws://h/?token=<redacted>\n",
        ),
        ("ws:/h/?sig=s3cret", "wskey: URL: missing '//' in ws:/h/?sig=<redacted>, expected ws://h/?sig=<redacted>\n"),
        (
            "h/?sid=s3cret",
            "wskey: URL: h/?sid=<redacted> has no scheme, expected ws://h/?sid=<redacted> or wss://h/?sid=<redacted>\n",
        ),
    ] {
        check(1, &[url], 2, "", shown);
    }
}

/// What a server repeats is found in every usual spelling, whole or cut, wherever it stands; and no word of ours is replaced.
fn c01_credentials_are_taken_out_of_the_bytes() {
    let percent = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
    let long = "eyJhbGciOiJIUzI1NiJ9.".to_owned() + &"Zm9vYmFy".repeat(40) + ".c2lnbmF0dXJl";
    // Each as it is given, and what of it is secret.
    let shapes: &[(&str, &str)] = &[
        ("Authorization: Bearer mF_9.B5f-4.1JqM", "mF_9.B5f-4.1JqM"),
        ("Authorization: Basic am9objpodW50ZXIyNw==", "am9objpodW50ZXIyNw=="),
        ("Authorization: Basic am9objpodW50ZXIyNw==", "hunter27"),
        ("Authorization: Token token=\"qwertyuiop\"", "qwertyuiop"),
        (
            "Authorization: Digest username=\"bobby1\", response=\"6629fae49393a05397450978507c4ef1\"",
            "6629fae49393a05397450978507c4ef1",
        ),
        ("Authorization: ApiKey-0123456789", "ApiKey-0123456789"),
        ("Authorization: AWS4-HMAC-SHA256 Signature=fe5f80f77d5fa3beca038a248ff027", "fe5f80f77d5fa3beca038a248ff027"),
        ("Proxy-Authorization: Basic cHJveHk6cGFzc3dvcmQ=", "cHJveHk6cGFzc3dvcmQ="),
        ("Cookie: sid=s%3Aabcdef.012345", "s%3Aabcdef.012345"),
        ("Cookie: a=1; session=\"quo ted\"; b=2", "quo ted"),
        ("Cookie: plainvalue99", "plainvalue99"),
        ("Cookie: x=a\"b\\c\"d99", "a\"b\\c\"d99"),
        ("cookie: csrf=xsrf/token+plus==", "xsrf/token+plus=="),
        ("Cookie: a=one-secret; b=two-secret", "two-secret"),
        (&format!("Authorization: Bearer {long}"), &long),
    ];
    for (nth, (field, secret)) in shapes.iter().enumerate() {
        let folder = env!("CARGO_TARGET_TMPDIR");
        let (file, echoed) = (format!("{folder}/credentials.xml"), (*secret).to_owned());
        for place in 0..5 {
            let (echoed, cut) = (echoed.clone(), echoed.chars().take(9).collect::<String>());
            let encoded = [percent(&echoed), STANDARD.encode(format!("x{echoed}y")), echoed.clone(), cut];
            let port = serve(move |mut socket, _| {
                let head = request(&mut socket);
                let bytes: Vec<u8> = match place {
                    0 => format!("HTTP/1.1 302 Found\r\nLocation: /?{}\r\nServer: {}\r\n\r\n", encoded.join("&"), encoded[2])
                        .into_bytes(),
                    1 => switch(&head, &format!("Sec-WebSocket-Protocol: {}\r\nX: {}\r\n", encoded[2], encoded[1])).into_bytes(),
                    2 => [switch(&head, "").as_bytes(), b"\x81\x7e\x03\xe8", encoded.join(" ").as_bytes()].concat(),
                    3 => encoded[2].clone().into_bytes(),
                    _ => format!("HTTP/1.1 403 {}\r\nSet-Cookie: a\rb{}\r\n\r\n{}", encoded[2], encoded[2], encoded[0])
                        .into_bytes(),
                };
                let _ = socket.write_all(&bytes);
            });
            // Each rendering with some of them, and each of them with one.
            let renderings = [&["--json", "-v"][..], &["-v"], &[], &["--conformance", "--only", "valid", "--junit", &file]];
            for more in &renderings[..if nth < 2 { 4 } else { 1 }] {
                let ran = run(port, &[&[URL, "--timeout", "2", "-H", field][..], more].concat());
                let all = format!("{}{}{}", ran.out, ran.err, fs::read_to_string(&file).unwrap_or_default());
                let shown = visible(secret.as_bytes()).to_string();
                let cut = secret.chars().take(8).collect::<String>();
                for part in [&shown[..], secret, &cut, &percent(secret), &STANDARD.encode(secret)[..8]] {
                    assert!(!all.contains(part), "{field} at {place}, {more:?}: {part} in {all}");
                }
            }
        }
    }
    // `findings` is a key of the JSON, `websocket` and `OK` are words of the report.
    let ran = run(right(""), &[URL, "-H", "Cookie: theme=findings; x=websocket; y=Switching", "--json", "-v"]);
    assert!(ran.out.contains("\"findings\":[]") && ran.out.contains("Upgrade: websocket"), "{}", ran.out);
    assert_eq!(ran.code, Some(0));
}

/// The parts of a wrong accept value, and bytes that are no text, each in a field of its own.
fn c05_json_has_all_that_the_text_says() {
    let port = serve(|mut socket, _| {
        let head = request(&mut socket);
        // The CR of the line is hashed with the key.
        let key = field(&head, "Sec-WebSocket-Key").expect("a key");
        let (wrong, right) = (derive_accept_key(format!("{key}\r").as_bytes()), derive_accept_key(key.as_bytes()));
        let _ = socket.write_all(switch(&head, "").replace(&right, &wrong).as_bytes());
    });
    let ran = run(port, &[URL, "--json"]);
    let object: serde_json::Value = serde_json::from_str(ran.out.lines().next().expect("a line")).expect("JSON");
    assert_eq!((&object["schema"], &object["type"], &object["ok"]), (&2.into(), &"exchange".into(), &false.into()));
    let found = object["findings"].as_array().expect("a list").iter().find(|finding| finding["rule"] == "accept-mismatch");
    let found = found.expect("the rule");
    let key = object["key"].as_str().expect("a key");
    assert_eq!(found["got"], object["accept"]);
    assert_eq!(found["expected"], derive_accept_key(key.as_bytes()));
    assert_eq!(found["cause"], "key-cr");
    assert_eq!(found["hashed"], format!("{key}\r258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
    assert!(found["fix"].as_str().is_some_and(|fix| fix.contains("CR LF")), "{found}");
    // The text has the same, in rows.
    let text = run(port, &[URL]).out;
    for row in ["\n    got       ", "\n    expected  ", "\n    cause     key-cr: ", "\n    hashed    ", "\n    fix       "] {
        assert!(text.contains(row), "{text}");
    }
    let garbage = run(responds("\u{0}"), &[URL, "--json", "--timeout", "1"]);
    let object: serde_json::Value = serde_json::from_str(garbage.out.trim()).expect("JSON");
    assert_eq!((&object["received"], &object["received_base64"]), (&"\u{0}".into(), &serde_json::Value::Null));
    let bytes = serve(|mut socket, _| {
        request(&mut socket);
        let _ = socket.write_all(b"\xff\\");
    });
    let object: serde_json::Value = serde_json::from_str(run(bytes, &[URL, "--json"]).out.trim()).expect("JSON");
    assert_eq!((&object["received"], &object["received_base64"]), (&r"\xff\\".into(), &"/1w=".into()));
    // What is not shown is escaped in JSON's own way, in two units where it takes two.
    let tag = run(responds("HTTP/1.1 400 a\u{e0041}b\r\nServer: \u{200b}x\r\n\r\n"), &[URL, "--json", "--timeout", "1"]).out;
    assert!(tag.contains("a\\udb40\\udc41b") && tag.contains("\"server\":\"\\u200bx\""), "{tag}");
    let listed = run(1, &["--list-cases", "--only", "key-missing", "--json"]);
    let expected = serde_json::json!({
        "schema": 2, "type": "listed-case", "case": "key-missing", "expect": "refuse", "level": "error", "section": "4.2.1 (5)",
        "says": "no Sec-WebSocket-Key",
    });
    assert_eq!(serde_json::from_str::<serde_json::Value>(&listed.out).expect("JSON"), expected);
}

/// What cannot be used, and all that is said of it.
#[track_caller]
fn check_usage(cases: &[(&[&str], &str)]) {
    for (args, message) in cases {
        let ran = run(4711, args);
        assert_eq!((ran.out.as_str(), ran.err.as_str(), ran.code), ("", format!("wskey: {message}\n").as_str(), Some(2)));
    }
}

fn usage_of_a_url() {
    check_usage(&[
        (&[""], "URL is empty, expected one like ws://localhost:8080/chat"),
        (&["example.com/chat"], "URL: example.com/chat has no scheme, expected ws://example.com/chat or wss://example.com/chat"),
        (&["wss:localhost"], "URL: missing '//' in wss:localhost, expected wss://localhost"),
        (&["ws:/localhost/"], "URL: missing '//' in ws:/localhost/, expected ws://localhost/"),
        (&["localhost"], "URL: localhost has no scheme, expected ws://localhost or wss://localhost"),
        (&["localhost:"], "URL: missing port after ':', expected 1 to 65535"),
        (&["localhost:70000"], "URL: invalid port '70000', expected 1 to 65535"),
        (&["/chat"], "URL: /chat has no scheme, expected ws://localhost/chat or wss://localhost/chat"),
        (&["//h/chat"], "URL: //h/chat has no scheme, expected ws://h/chat or wss://h/chat"),
        (&[":81/chat"], "URL: :81/chat has no scheme, expected ws://localhost:81/chat or wss://localhost:81/chat"),
        (&["19201"], "URL: 19201 has no scheme, expected ws://localhost:19201 or wss://localhost:19201"),
        (&["81/chat?a"], "URL: 81/chat?a has no scheme, expected ws://localhost:81/chat?a or wss://localhost:81/chat?a"),
        (&["wss//localhost"], "URL: missing ':' in wss//localhost, expected wss://localhost"),
        (&["ws:localhost:81"], "URL: missing '//' in ws:localhost:81, expected ws://localhost:81"),
        (&["wss:localhost:81/chat"], "URL: missing '//' in wss:localhost:81/chat, expected wss://localhost:81/chat"),
        (&["ws::81/chat"], "URL: missing '//' in ws::81/chat, expected ws://localhost:81/chat"),
        (&["http:localhost"], "URL: missing '//' in http:localhost, expected http://localhost"),
        // A host may have the name of a scheme.
        (&["ws:0"], "URL: invalid port '0', expected 1 to 65535"),
        (&["ws/chat"], "URL: ws/chat has no scheme, expected ws://ws/chat or wss://ws/chat"),
        (&["::1"], "URL: ::1 has too many colons; write an IPv6 address in brackets"),
        (&["LICENSE-MIT"], "URL: LICENSE-MIT is a file; 'wskey inspect LICENSE-MIT' judges the handshakes in it"),
        (&["localhost:0"], "URL: invalid port '0', expected 1 to 65535"),
        (&["ftp://example.com/"], "URL: unsupported scheme ftp, expected ws or wss"),
        (&["ws://example.com/chat#x"], "URL: fragment '#x' is not allowed in a WebSocket URL, expected ws://example.com/chat"),
        (&["ws://me:secret@h/"], "URL: user or password before '@' is not allowed; -H 'Authorization: ...' sends credentials"),
        (&["me:secret@h/"], "URL: user or password before '@' is not allowed; -H 'Authorization: ...' sends credentials"),
        (&["ws:///chat"], "URL: missing host"),
        (&["ws://h:/"], "URL: missing port after ':', expected 1 to 65535"),
        (&["ws://h:0/"], "URL: invalid port '0', expected 1 to 65535"),
        (&["ws://h:65536/"], "URL: invalid port '65536', expected 1 to 65535"),
        (&["ws://h:+80/"], "URL: invalid port '+80', expected 1 to 65535"),
        (&["ws://::1/"], "URL: ::1 has too many colons; write an IPv6 address in brackets"),
        (&["ws://[::1/"], "URL: [::1 has no ']' after the address"),
        (&["ws://[::g]/"], "URL: invalid IPv6 address ::g"),
        (&["ws://a,b/"], "URL: invalid host name 'a,b'"),
        (&["ws://h/ä"], "URL: 'ä' is not allowed, expected visible ASCII: a name in punycode, a percent-encoded path"),
        (&["ws://h/a b"], "URL: ' ' is not allowed, expected visible ASCII: a name in punycode, a percent-encoded path"),
        (&["ws://h/\x1b[2J"], r"URL: '\x1b' is not allowed, expected visible ASCII: a name in punycode, a percent-encoded path"),
        (&["ws://h/", "ftp://h/"], "URL: unsupported scheme ftp, expected ws or wss"),
    ]);
}

fn usage() {
    check_usage(&[
        (&["ws://h/", "-H", "A: b\r\nC: d"], "-H: contains a CR, LF or NUL, expected one line"),
        (&["ws://h/", "-H", "Authorization s3cret"], "-H: missing colon, expected `Name: value`"),
        (&["ws://h/", "-H", "A b: c"], "-H: invalid field name 'A b', expected `Name: value`"),
        (&["ws://h/", "-H", ": c"], "-H: invalid field name '', expected `Name: value`"),
        (&["ws://h/", "--origin", "a\nb"], "--origin: contains a CR, LF or NUL, expected one line"),
        (&["ws://h/", "--subprotocol", "a\rb"], "--subprotocol: contains a CR, LF or NUL, expected one line"),
        (
            &["ws://h/", "-H", "Origin: https://a", "--origin", "https://b"],
            "--origin and -H 'Origin: ...' give the same field, expected one of them",
        ),
        (
            &["ws://h/", "-H", "sec-websocket-protocol: a", "--subprotocol", "b"],
            "--subprotocol and -H 'Sec-WebSocket-Protocol: ...' give the same field, expected one of them",
        ),
        (&["ws://h/", "--connect", "h"], "--connect: missing port in h, expected HOST:PORT"),
        (&["ws://h/", "--timeout", "0"], "--timeout: 0 seconds, expected more than 0 and at most 86400"),
        (&["ws://h/", "--timeout", "inf"], "--timeout: inf seconds, expected more than 0 and at most 86400"),
        (&["ws://h/", "--cacert", "x"], "--cacert has no effect without wss://"),
        (&["ws://h/", "--insecure"], "--insecure has no effect without wss://"),
        (&["ws://h/", "ws://i/", "--insecure"], "--insecure has no effect without wss://"),
        (&["ws://h/", "--wait", "0"], "--wait: 0 seconds, expected more than 0 and at most 86400"),
        (&["ws://h/", "ws://i/", "--conformance"], "--conformance: 2 URLs, expected one"),
        (&["ws://h/", "ws://i/", "--check-origins"], "--check-origins: 2 URLs, expected one"),
        (&["ws://h/", "ws://i/", "--from", "-"], "--from -: 2 URLs, expected one: stdin is read once"),
        (&["ws://h/", "--conformance", "--only", "nosuch"], "unknown case 'nosuch'; --list-cases lists them"),
        (&["ws://h/", "--conformance", "--skip", ""], "unknown case ''; --list-cases lists them"),
        (&["ws://h/", "--conformance", "--only", "key-nul", "--skip", "key-"], "--skip leaves no case"),
        (&["ws://h/", "--conformance", "--junit", "/nosuch/x.xml"], "/nosuch/x.xml: No such file or directory (os error 2)"),
    ]);
}

#[cfg(not(feature = "tls"))]
fn without_tls() {
    check(1, &["wss://h/"], 2, "", "wskey: this wskey was built without TLS, so it cannot use wss://\n");
}
