//! Captures of every form: what is found in them, exactly.

use proptest::prelude::*;
use std::fs;
use std::path::Path;
use wskey::Key;
use wskey::capture::Capture;
use wskey::escape::visible;
use wskey::head::{Exchange, Fidelity, Head, Irregularity};

fn read(capture: &[u8]) -> Capture {
    Capture::read(capture).expect("no broken HAR")
}

fn exchanges(capture: &[u8]) -> Vec<Exchange> {
    #[cfg(feature = "pcap")]
    if Capture::is_packets(capture) {
        let (capture, remarks) = Capture::read_packets(capture);
        assert_eq!(remarks, []);
        return capture.exchanges;
    }
    read(capture).exchanges
}

/// `fidelity start-line key -> fidelity status accept`; `-` for what is absent, `right` for an accept value that answers the key.
fn show(exchange: &Exchange) -> String {
    let one = |head: &Head, name| head.get_all(name).next().map(|value| format!("`{}`", visible(value)));
    let fidelity = |head: &Head| match head.fidelity {
        Fidelity::Bytes => "bytes",
        Fidelity::Complete => "complete",
        Fidelity::Partial => "partial",
    };
    let key = exchange.request.as_ref().and_then(|request| request.get("sec-websocket-key"));
    let request = exchange.request.as_ref().map_or("-".to_owned(), |head| {
        let first = visible(&head.start_line).to_string();
        format!("{} {first} {}", fidelity(head), one(head, "sec-websocket-key").unwrap_or("-".into())).replace("  ", " ")
    });
    let response = exchange.response.as_ref().map_or("-".to_owned(), |head| {
        let status = head.status().map_or("-".into(), |status| status.to_string());
        let right = key.and_then(|key| Key::parse(key).ok()).map(|key| format!("`{}`", key.accept()));
        let accept =
            one(head, "sec-websocket-accept").map(|accept| if Some(&accept) == right.as_ref() { "right".into() } else { accept });
        format!("{} {status} {}", fidelity(head), accept.unwrap_or("-".into()))
    });
    format!("{request} -> {response}")
}

#[track_caller]
fn finds(capture: &[u8], expected: &[&str]) {
    let found: Vec<String> = exchanges(capture).iter().map(show).collect();
    assert_eq!(found, expected, "in {}", visible(capture.get(..capture.len().min(200)).unwrap()));
}

/// Keys and accept values were read in the files by eye, or computed with Python's hashlib when the file was written.
const FIXTURES: &[(&str, &[&str])] = &[
    ("apache-access.txt", &["partial GET /chat HTTP/1.1 `IACxBMJ/a0xnsglCUjdyuw==` -> -"]),
    ("apache-trace.txt", &["partial `FNoUAKIa6+BOxrSO6saa0g==` -> partial - right"]),
    ("chromium-403.har", &["partial GET /chat `BL+tgekZ1uaing8tYBhJng==` -> partial 403 -"]),
    ("chromium-exported.har", &["complete GET /chat HTTP/1.1 `JSnu7qXOkJxabSDqrq5SEQ==` -> complete 101 right"]),
    ("chromium-http2.har", &["partial GET /chat HTTP/1.1 - -> complete 200 -"]),
    ("chromium-refused.har", &["partial GET /chat `Wnj2N33wVvxYBPJoOEGk+Q==` -> -"]),
    ("chromium.har", &["complete GET /socket?room=7 HTTP/1.1 `+Fw6sJ4n9MHP7M6yRHQbWQ==` -> complete 101 right"]),
    ("colours.txt", &["partial GET /chat HTTP/1.1 `Lcs2fRCMELeHOaP1h7JRMg==` -> partial 101 right"]),
    ("copy-as-curl-cmd.txt", &["partial `BhOlHrH6oM1TBQ3eSDNy7w==` -> -"]),
    ("copy-as-curl.txt", &["partial `w74QzzdGunWs4gLyCQ3WQA==` -> -"]),
    ("copy-as-fetch.txt", &["partial `tyzYvI3gV7ANJHrXDphhQA==` -> -"]),
    ("copy-as-powershell.txt", &["partial `2mVdsIFFWxdrD8PtRqIjEQ==` -> -"]),
    (
        "crossed.txt",
        &[
            "partial GET /a HTTP/1.1 `zQQda4AqeRVE+E1qnMnr9Q==` -> partial 101 right",
            "partial GET /b HTTP/1.1 `fEFiWhbJwAJIpoELdb9VOw==` -> partial 101 right",
        ],
    ),
    ("curl-400.txt", &["complete GET /old HTTP/1.1 `wZwtXE098E3IDD2g6tmJYw==` -> complete 400 -"]),
    ("curl-i.txt", &["- -> complete 101 `KfV1u4ueHrt4lrvogN9lM6oq9Lo=`"]),
    ("curl-trace-hex.txt", &["complete GET /t HTTP/1.1 `mqltQV97fRz7frexYrTvjQ==` -> complete 101 right"]),
    ("curl-trace-no-accept.txt", &["complete GET /chat HTTP/1.1 `fJY6bYHxjRrSdru9WHSwIg==` -> complete 101 -"]),
    ("curl-trace.txt", &["complete GET /t HTTP/1.1 `QKlNi7al/tStbcz6nloF4w==` -> complete 101 right"]),
    ("curl-v.txt", &["complete GET /chat HTTP/1.1 `d+vNKVN8WrSfW/KWmSfyvw==` -> complete 101 right"]),
    ("curl-vi.txt", &["complete GET /both HTTP/1.1 `eIT6fNNPuwgkNRZjRwmk4g==` -> complete 101 right"]),
    ("devtools-alternating.txt", &["partial GET /socket HTTP/1.1 `C0bOwpgnPazuHvjGfJxdaA==` -> partial 101 right"]),
    ("devtools-colon-lines.txt", &["partial `gwnPVSjyKTPXVhjsJ/sl+A==` -> partial 101 right"]),
    ("devtools-headings.txt", &["partial GET /socket?room=7 HTTP/1.1 `QVMh0fqn7IosOt/Rdz5V2w==` -> partial 101 right"]),
    ("devtools-no-headings.txt", &["partial GET /socket HTTP/1.1 `BLcIEh6mcNFXfPkqfhZB/A==` -> partial 101 right"]),
    ("devtools-run-together.txt", &["partial GET /socket HTTP/1.1 `RB9cnzdWX9fA42IMOn2Fmg==` -> partial - right"]),
    ("dumpcap-ipv6.pcapng", &["bytes GET /chat HTTP/1.1 `RHAY9xtz+DQLxXtE8Fo+vA==` -> bytes 101 right"]),
    ("envoy-debug.txt", &["partial GET /chat HTTP/1.1 `pi9ohmXc/N6/I9DnXiHLmQ==` -> partial 101 right"]),
    ("envoy-trace.txt", &["partial `6CT4gSFYyakUtTcGLMlXgA==` -> -"]),
    ("erlang.txt", &["partial `P2/PFAV6Y0WvgJGJRgqkdQ==` -> partial - right"]),
    ("esp-client.txt", &["partial `LlB2ou3KZOm3CfUnTVMMTA==` -> partial 101 right"]),
    ("firefox.har", &["complete GET /socket?room=7 HTTP/1.1 `vNqSY1ExlK36HNpu32QyRA==` -> complete 101 right"]),
    ("go.txt", &["partial `PJD2Pppl7q2QZPA8fPuBpg==` -> partial - right"]),
    (
        "haproxy-access.txt",
        &[
            "partial GET /chat HTTP/1.1 `BhQonWrJ6iWv2w6MgvSoxA==` -> partial 101 right",
            "partial GET /dropped HTTP/1.1 `jC7vBuV1SY6WVmV1Jy/3Rw==` -> partial 400 `-`",
        ],
    ),
    ("haproxy-debug.txt", &["partial GET /chat HTTP/1.1 `mhkFh2LDA5waGv3ZcDw1fw==` -> partial 101 right"]),
    ("http2-connect.txt", &["partial CONNECT /chat HTTP/2 - -> partial 200 -"]),
    ("http2.txt", &["partial GET /chat HTTP/2 `WOIDLD5M422eRDmTGshS9A==` -> partial 400 -"]),
    ("java-maps.txt", &["partial `p/2MDRWYGWVjIbUXV2Di6g==` -> partial - right"]),
    ("jetty-netty.txt", &["- -> partial 101 `BpGjy3Wj+5DEhQtClsAh0/YH43I=`"]),
    ("literals.txt", &["partial GET /chat HTTP/1.1 `AgtRmjCMGPygMOyVBdtGTg==` -> partial 101 right"]),
    (
        "malformed-values.txt",
        &[
            r"partial GET /a HTTP/1.1 `JBREvMPjaNwxc524I4Ue5Q==\r` -> -",
            "partial GET /b HTTP/1.1 `` -> -",
            "partial GET /c HTTP/1.1 `SGVsbG8sIHdvcmxkIQ==` -> -",
            "partial GET /d HTTP/1.1 `JBREvMPjaNwxc524I4Ue5Q` -> -",
        ],
    ),
    ("message-lines.txt", &["- -> partial - `dJphnF613D9bTWiOTxgtf7A+MVg=`"]),
    ("message.txt", &["- -> partial - `irp6q+ESTrngzW5IT4cfGJHhQ7g=`"]),
    ("name-value.json", &["partial `8Wga2IAFTrSQl84z+w+wrw==` -> -"]),
    ("netty-dump.txt", &["complete GET /chat HTTP/1.1 `5rQDdTHTlvQp/zGIAc2g1w==` -> complete 101 right"]),
    (
        "nginx-access.txt",
        &[
            "partial GET /chat HTTP/1.1 `VdzotnQMVPU0x/EzEE+8Qg==` -> partial 101 right",
            "partial GET /dropped HTTP/1.1 `bHk7n8FRZC6YUGmUpuPEbg==` -> partial 400 -",
        ],
    ),
    (
        "nginx-debug.txt",
        &[
            "complete GET /nginx HTTP/1.1 `H8n5TeZ+RTvdrZYLV2B3gw==` -> partial 101 right",
            "partial GET /nginx HTTP/1.1 `H8n5TeZ+RTvdrZYLV2B3gw==` -> complete 101 right",
        ],
    ),
    ("node.txt", &["partial `XQqRUbdy1PLgI0Gvg9DYLA==` -> partial - right"]),
    ("notes.md", &["partial GET /chat HTTP/1.1 `X5bAItwldcE6LI87rSff4A==` -> partial 101 right"]),
    ("nothing.txt", &[]),
    ("openssl.txt", &["- -> partial 101 `ctKFIHUuzU+BnnYcsD6kmAt4FRk=`"]),
    ("page.html", &["partial `78EOMHQCHFrVGjv/n3+Dxg==` -> partial - right"]),
    ("php-var-dump.txt", &["partial `HMOufAK5MatLvNapwI+ZlQ==` -> -"]),
    ("python.txt", &["partial `rS5stv/sZQHKzZqr+kakqA==` -> partial - right"]),
    ("rack-env.txt", &["partial `H3HaH2QpDzlVWqx4FQ1sAg==` -> -"]),
    ("raw-crlf.bin", &["complete GET /chat HTTP/1.1 `KuLw3suB/B7Hsdy8GZErGQ==` -> complete 101 right"]),
    ("raw-lf.txt", &["complete GET /chat HTTP/1.1 `t0PL4bsQcDNFhpR3StcUbQ==` -> complete 101 right"]),
    ("raw-malformed.txt", &["complete GET /chat HTTP/1.1 `not a key!` -> -"]),
    ("raw-request.txt", &["complete GET /chat HTTP/1.1 `xQmh5yjwGYmeSkBQOsYocg==` -> -"]),
    (
        "raw-several.txt",
        &[
            "complete GET /chat HTTP/1.1 `kCNU+SEQzE1SBmtyCEd6rQ==` -> complete 401 -",
            "complete GET /chat HTTP/1.1 `k01F6qoq5GbJjWRLv5JQcw==` -> complete 101 right",
        ],
    ),
    ("rust-debug.txt", &["partial `L1ncVQVJ1UzSHMb1dHTU/w==` -> partial 101 right"]),
    ("tcpdump-a.txt", &["complete GET /chat HTTP/1.1 `d+vNKVN8WrSfW/KWmSfyvw==` -> complete 101 right"]),
    ("tcpdump-any.pcap", &["bytes GET /chat HTTP/1.1 `Dqd2vXvOL/ORVJOu4BPhxg==` -> bytes 101 right"]),
    ("tcpdump-lo.pcap", &["bytes GET /chat HTTP/1.1 `Dqd2vXvOL/ORVJOu4BPhxg==` -> bytes 101 right"]),
    ("tcpdump-x.txt", &["bytes GET /chat HTTP/1.1 `d+vNKVN8WrSfW/KWmSfyvw==` -> bytes 101 right"]),
    ("telnet.txt", &["partial GET /telnet HTTP/1.1 `3UHMbHVvILu9v6iKKXw95g==` -> partial 101 right"]),
    ("tshark-follow.txt", &["partial GET /chat HTTP/1.1 `d+vNKVN8WrSfW/KWmSfyvw==` -> partial 101 right"]),
    ("tshark-json.json", &["partial GET /chat HTTP/1.1 `MxHwF8GEYYWZ9YsD0Kd5KA==` -> partial 101 right"]),
    ("tshark-pdml.xml", &["partial GET /chat HTTP/1.1 `MxHwF8GEYYWZ9YsD0Kd5KA==` -> partial 101 right"]),
    ("tshark-v.txt", &["complete GET /chat HTTP/1.1 `d+vNKVN8WrSfW/KWmSfyvw==` -> complete 101 right"]),
    ("tshark-x.txt", &["bytes GET /chat HTTP/1.1 `d+vNKVN8WrSfW/KWmSfyvw==` -> bytes 101 right"]),
    (
        "two-connections.txt",
        &[
            "partial GET /a HTTP/1.1 `OFKsniAzTd0ASfkwv7vMEw==` -> partial 101 right",
            "partial GET /b HTTP/1.1 `Rgc1d4Cw7wtSQWDAfrcyfQ==` -> partial 101 right",
        ],
    ),
    ("websocket-client.txt", &["complete GET /trace HTTP/1.1 `uGXiBI1vBqXBoM/l83vYIw==` -> complete 101 right"]),
    ("websockets-client.txt", &["partial GET /feed HTTP/1.1 `fIaUSJovs8+H2J5qanNA4A==` -> partial 101 right"]),
    ("websockets-server.txt", &["partial GET /chat HTTP/1.1 `aTMwtjrAKrycG/0+epCj1Q==` -> partial 101 right"]),
];

#[test]
fn every_fixture() {
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures");
    let mut names: Vec<String> =
        fs::read_dir(&captures).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name != "README.md");
    names.sort();
    assert_eq!(names, FIXTURES.iter().map(|fixture| fixture.0).collect::<Vec<_>>());
    // Without the feature that reads them, HAR files are text like others, and packets are not read.
    let is_read =
        |name: &str| (cfg!(feature = "har") || !name.contains(".har")) && (cfg!(feature = "pcap") || !name.contains(".pcap"));
    for (name, expected) in FIXTURES.iter().filter(|(name, _)| is_read(name)) {
        let found: Vec<String> = exchanges(&fs::read(captures.join(name)).unwrap()).iter().map(show).collect();
        assert_eq!(found, *expected, "in {name}");
    }
}

const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

#[test]
fn what_is_not_a_capture() {
    finds(b"", &[]);
    finds(b"\n\n\r\n", &[]);
    finds(b"Sec-WebSocket-Key", &[]);
    finds(b"secWebSocketKey := nonce", &[]);
    finds(b"Sec-WebSocket-Key: ...\nSec-WebSocket-Accept: [hash]\n", &[]);
    finds(b"{\"log\": {\"entries\": []}}", &[]);
    finds(b"GET / HTTP/1.1 and HTTP/1.1 101 Switching Protocols, says the text", &[]);
    finds(format!("Sec-WebSocket-Accept didn't match expected value of {ACCEPT}").as_bytes(), &[]);
}

#[test]
fn bytes_keep_their_irregularities() {
    let bytes = b"\r\nGET / HTTP/1.1\r\nHost : a\nSec-WebSocket-Key: x\r\n y\r\n\r\n\x81\x00\nHTTP/1.1 101 ok\r\nUpgrade: websocket\r\n\r\n";
    let [Exchange { request: Some(request), response: Some(response), .. }] = &Capture::read_raw(bytes).exchanges[..] else {
        panic!()
    };
    assert_eq!(
        request.irregularities,
        [(3, Irregularity::BareLf), (3, Irregularity::SpaceBeforeColon), (5, Irregularity::Folded)]
    );
    assert_eq!((request.fidelity, request.get("sec-websocket-key")), (Fidelity::Bytes, Some(&b"x y"[..])));
    assert_eq!(response.fields.first().map(|field| field.line), Some(9));
}

/// Without a prefix the empty line is proof only where nothing stands between the heads.
#[test]
fn a_plain_head_is_whole_where_nothing_else_stands_beside_it() {
    let head = format!("GET / HTTP/1.1\nHost: a\nUpgrade: websocket\nSec-WebSocket-Key: {KEY}\n");
    let [whole, partial] = ["complete", "partial"].map(|fidelity| format!("{fidelity} GET / HTTP/1.1 `{KEY}` -> -"));
    finds(format!("{head}\n").as_bytes(), &[&whole]);
    finds(head.as_bytes(), &[&partial]);
    finds(format!("{head}...\n\n").as_bytes(), &[&partial]);
    let refusal = "HTTP/1.1 400 Bad Request\nServer: b\n\nno\n";
    finds(format!("{head}\n{refusal}").as_bytes(), &[&whole.replace("> -", "> complete 400 -")]);
    finds(format!("{head}\nreply:\n\n{refusal}").as_bytes(), &[&partial.replace("> -", "> partial 400 -")]);
}

#[test]
fn lines_are_the_captures() {
    let log = format!("\n# log\n-> GET / HTTP/1.1\\r\\nHost: a\\r\\nUpgrade: websocket\n\n-> Sec-WebSocket-Key: {KEY}\n");
    let request = exchanges(log.as_bytes()).remove(0).request.unwrap();
    let fields = &request.fields;
    let lines: Vec<(&str, usize)> = fields.iter().map(|field| (str::from_utf8(&field.name).unwrap(), field.line)).collect();
    assert_eq!(lines, [("Host", 3), ("Upgrade", 3), ("Sec-WebSocket-Key", 5)]);
}

#[test]
fn values_end_where_what_stands_around_them_begins() {
    for around in [
        "Sec-WebSocket-Key: @",
        "Sec-WebSocket-Key:@",
        "Sec-WebSocket-Key : @",
        "sec_websocket_key=@&x=1",
        "SecWebSocketKey: @,",
        "key Sec-WebSocket-Key is '@'.",
        "\"Sec-WebSocket-Key\": \"@\",",
        "'sec-websocket-key' => '@'",
        "{\"Sec-WebSocket-Key\", \"@\"}",
        "Sec-Websocket-Key:[@] Sec-Websocket-Version:[13]",
        "\"Sec-Websocket-Key\":[]string{\"@\"}",
        "(b'sec-websocket-key', b'@')",
        "{<<\"sec-websocket-key\">>,<<\"@\">>}",
        "<td>Sec-WebSocket-Key</td><td>@</td>",
        "<header name=\"Sec-WebSocket-Key\" value=\"@\"/>",
        "| Sec-WebSocket-Key | @ |",
        "**Sec-WebSocket-Key**: `@`",
        "\"Sec-WebSocket-Key: @\\r\\n\"",
        "\"Sec-WebSocket-Key: \" \"@\"",
        "Sec-WebSocket-Key: @Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key\n@\n",
        "Sec-WebSocket-Key:\n@\n",
        "$_SERVER['HTTP_SEC_WEBSOCKET_KEY'] = @",
        "Sec-WebSocket-Key: = @",
        "Sec-WebSocket-Key: [@]",
        "List(Sec-WebSocket-Key: @),Entity(none/none)",
        "key: @",
        "cKey: @",
        "nonce=\"@\"",
        "Sec-WebSocket-Key:=\"@\"",
        "Sec-WebSocket-Key: >>@",
        "Sec-WebSocket-Key[]: @",
        // A list of names above a list of values.
        "Sec-WebSocket-Key Sec-WebSocket-Protocol\n@ chat",
        "Sec-WebSocket-Key\tSec-WebSocket-Extensions\tUpgrade\n@\tpermessage-deflate\twebsocket\n",
    ] {
        finds(around.replace('@', KEY).as_bytes(), &[&format!("partial `{KEY}` -> -")]);
    }
}

#[test]
fn a_value_that_is_wrong_stays_as_it_is() {
    for value in ["test", "SGVsbG8sIHdvcmxkIQ==", "!!!!!!!!!!!!!!!!!!!!!!==", "a b", "dGhlIHNhbXBsZSBub25jZQ", "-_", "\u{e9}"] {
        let log = format!("> GET / HTTP/1.1\n> Host: a\n> Sec-WebSocket-Key: {value}\n> Upgrade: websocket\n");
        finds(log.as_bytes(), &[&format!("partial GET / HTTP/1.1 `{value}` -> -")]);
        let json = format!("GET / HTTP/1.1 {{\"host\": \"a\", \"upgrade\": \"websocket\", \"sec-websocket-key\": \"{value}\"}}");
        finds(json.as_bytes(), &[&format!("partial GET / HTTP/1.1 `{value}` -> -")]);
    }
}

#[test]
fn what_cannot_be_read_is_not_called_absent() {
    let log = format!("> GET / HTTP/1.1\n> Host: <name>\n> Upgrade: websocket\n> Sec-WebSocket-Key: {KEY}\n");
    finds(log.as_bytes(), &[&format!("partial GET / HTTP/1.1 `{KEY}` -> -")]);
    for dots in ["...", "> ...", "# [...]", "…"] {
        let log = format!("> GET / HTTP/1.1\n> Host: a\n{dots}\n> Upgrade: websocket\n> Sec-WebSocket-Key: {KEY}\n");
        finds(log.as_bytes(), &[&format!("partial GET / HTTP/1.1 `{KEY}` -> -")]);
    }
    // A comment, a quoted text and an encoded URL are no placeholders.
    for field in
        ["Server: nginx/1.18.0 (Ubuntu)", "Via: 1.1 a (b)", "Location: /login?next=%2Fws", "WWW-Authenticate: Basic realm=\"a\""]
    {
        let log = format!("< HTTP/1.1 302 Found\n< {field}\n< Upgrade: websocket\n");
        finds(log.as_bytes(), &["- -> partial 302 -"]);
    }
    // Filtered by grep: the fields of a whole head are not all there.
    let log = format!("< HTTP/1.1 101 Switching Protocols\n< Sec-WebSocket-Accept: {ACCEPT}\n");
    finds(log.as_bytes(), &[&format!("- -> partial 101 `{ACCEPT}`")]);
}

#[test]
fn a_value_near_a_name_may_be_another_ones() {
    let text = format!("Bad 'Sec-WebSocket-Accept' header\n\nnonce=\"{KEY}\"\naccept=\"{ACCEPT}\"\n");
    finds(text.as_bytes(), &[&format!("partial `{KEY}` -> partial - right")]);
}

#[test]
fn the_keys_of_hixie_76_are_seen() {
    let log = "> GET / HTTP/1.1\n> Host: a\n> Upgrade: WebSocket\n> Sec-WebSocket-Key1: P3$04 H85Zf# 9 9d a0 x10[\n";
    finds(log.as_bytes(), &["partial GET / HTTP/1.1 - -> -"]);
    let request = exchanges(log.as_bytes()).remove(0).request.unwrap();
    assert_eq!(request.get("Sec-WebSocket-Key1"), Some(&b"P3$04 H85Zf# 9 9d a0 x10["[..]));
}

#[test]
fn of_a_message_what_came_is_taken_not_what_was_expected() {
    let wrong = "AAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for message in [
        "Sec-WebSocket-Accept mismatch: expected \"@\", got \"#\"",
        "expected Sec-WebSocket-Accept to be @ but was #",
        "Invalid Sec-WebSocket-Accept header: # (expected @)",
        "Sec-WebSocket-Accept\n  Actual: #\n  Expected: @",
        "Sec-WebSocket-Accept: #, should be @",
        "Invalid challenge. Actual: #. Expected: @",
        "server handshake response: #",
    ] {
        let message = message.replace('@', ACCEPT).replace('#', wrong);
        finds(message.as_bytes(), &[&format!("- -> partial - `{wrong}`")]);
    }
}

fn request(key: &str, path: &str) -> String {
    format!(
        "> GET {path} HTTP/1.1\n> Host: a\n> Upgrade: websocket\n> Connection: Upgrade\n\
         > Sec-WebSocket-Key: {key}\n> Sec-WebSocket-Version: 13\n>\n"
    )
}

fn response(accept: &str) -> String {
    format!("< HTTP/1.1 101 Switching Protocols\n< Upgrade: websocket\n< Sec-WebSocket-Accept: {accept}\n<\n")
}

#[test]
fn what_belongs_together() {
    let (key2, accept2, none) = ("eHh4eHh4eHh4eHh4eHh4eA==", "PE4lKCy6wBiYa7MVpKt1rqm6YVc=", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let (a, b) = (request(KEY, "/a"), request(key2, "/b"));
    let (to_a, to_b, to_none) = (response(ACCEPT), response(accept2), response(none));
    let right_a = &*format!("complete GET /a HTTP/1.1 `{KEY}` -> complete 101 right");
    let right_b = &*format!("complete GET /b HTTP/1.1 `{key2}` -> complete 101 right");
    for (log, expected) in [
        // In order, overlapping, and as browsers show it: the response first.
        (vec![&a, &to_a, &b, &to_b], vec![right_a, right_b]),
        (vec![&a, &b, &to_b, &to_a], vec![right_a, right_b]),
        (vec![&to_a, &a, &to_b, &b], vec![right_a, right_b]),
        // Seen twice: by two capture points, or one after the other.
        (vec![&a, &a, &to_a, &to_a], vec![right_a]),
        (vec![&a, &to_a, &a, &to_a], vec![right_a]),
        // A wrong response is the only open request's, or that of the one that nothing else answers.
        (vec![&a, &to_none], vec![&format!("complete GET /a HTTP/1.1 `{KEY}` -> complete 101 `{none}`")]),
        // A response that stands first, and is right for no request, is no request's: the log may begin amid a handshake.
        (vec![&to_none, &a], vec![&format!("- -> complete 101 `{none}`"), &format!("complete GET /a HTTP/1.1 `{KEY}` -> -")]),
        (vec![&a, &b, &to_none, &to_b], vec![&format!("complete GET /a HTTP/1.1 `{KEY}` -> complete 101 `{none}`"), right_b]),
        // Nobody knew the second key when its response stands there: the order is not that of time.
        (vec![&a, &to_b, &b, &to_a], vec![right_a, right_b]),
        // The log begins amid a handshake: its request is not here.
        (vec![&a, &to_none, &to_a], vec![right_a, &format!("- -> complete 101 `{none}`")]),
    ] {
        let log: String = log.into_iter().map(String::as_str).collect();
        finds(log.as_bytes(), &expected);
    }
}

#[test]
fn requests_for_pages_are_not_handshakes() {
    let page = "> GET /page HTTP/1.1\n> Host: a\n\n< HTTP/1.1 200 OK\n< Content-Length: 3\n< Server: b\n\n";
    let log = format!("{page}{}{}", request(KEY, "/a"), response(ACCEPT));
    finds(log.as_bytes(), &[&format!("complete GET /a HTTP/1.1 `{KEY}` -> complete 101 right")]);
    finds(page.as_bytes(), &[]);
}

#[test]
fn a_capture_that_holds_too_much_is_cut() {
    let fields = |count: usize| format!("GET / HTTP/1.1\r\nUpgrade: websocket\r\n{}\r\n", "a:\r\n".repeat(count - 1));
    let bare = "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n";
    let copied = "> GET / HTTP/1.1\n> Upgrade: websocket\n>\n";
    let handshake = format!("GET /b HTTP/1.1\r\nSec-WebSocket-Key: {KEY}\r\n\r\n");
    for (most, more) in [
        // Heads, raw and copied.
        (bare.repeat(65_536), bare.repeat(65_537)),
        (copied.repeat(65_536), copied.repeat(65_537)),
        // Lines: of one head, the first and the empty one counted; of all heads.
        (fields(1022), fields(1023)),
        (fields(1000).repeat(1048), fields(1000).repeat(1049)),
    ] {
        assert!(!read(most.as_bytes()).is_cut);
        assert!(read(more.as_bytes()).is_cut);
    }
    // What is whole is not lost with it.
    let capture = read(format!("{handshake}{}", fields(5000)).as_bytes());
    assert!(capture.is_cut);
    assert_eq!(
        capture.exchanges.iter().map(show).collect::<Vec<_>>(),
        [format!("partial GET /b HTTP/1.1 `{KEY}` -> -"), "partial GET / HTTP/1.1 - -> -".to_owned()]
    );
}

#[test]
fn a_head_of_fields_here_and_there_that_has_too_many_is_cut() {
    let is_cut = |count: usize| {
        let fields = (0..count).map(|number| format!("it was Sec-WebSocket-Protocol: a{number}\n")).collect::<Vec<_>>();
        read(fields.concat().as_bytes()).is_cut
    };
    assert_eq!([is_cut(1024), is_cut(1025)], [false, true]);
}

#[cfg(feature = "har")]
#[test]
fn a_head_of_a_har_that_has_too_many_fields_is_cut() {
    let is_cut = |count| {
        let headers = "{\"name\": \"Upgrade\", \"value\": \"websocket\"},".repeat(count);
        let headers = headers.trim_end_matches(',');
        let har = format!("{{\"log\": {{\"entries\": [{{\"request\": {{\"headers\": [{headers}]}}, \"response\": {{}}}}]}}}}");
        read(har.as_bytes()).is_cut
    };
    assert_eq!([is_cut(1024), is_cut(1025)], [false, true]);
}

#[test]
fn a_logger_is_not_a_field() {
    let log = format!("{}{}", request(KEY, "/a"), response(ACCEPT));
    let right = &format!("complete GET /a HTTP/1.1 `{KEY}` -> complete 101 right");
    for logger in ["app.server:", "[app.connection:7] ", "INFO app.location: ", "app.upgrade:"] {
        let lines: Vec<String> = log.lines().map(|line| format!("{logger}{line}\n")).collect();
        finds(lines.concat().as_bytes(), &[right]);
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes(bytes: Vec<u8>) {
        let _ = exchanges(&bytes);
    }

    #[test]
    fn pieces_of_captures(pieces in prop::collection::vec(prop::sample::select(vec![
        "GET / HTTP/1.1", "HTTP/1.1 101 Switching Protocols", "HTTP/", "Sec-WebSocket-Key", "Sec-WebSocket-Accept", ": ", "=",
        "[", "]", "\"", "'", "\r\n", "\n", "\\r\\n", "\\", "Upgrade", "websocket", "Host", KEY, ACCEPT, "expected", "value", "string(", "<<", "|",
        "\x1b[0m", "\x1b", "&#61;", "&", "<td>", "<", "0000: ", "47 45 54 20 2f 20 48 54 ", ":status", "101", "Status Code", " ", ",", "{",
    ]), 0..40)) {
        let _ = exchanges(pieces.concat().as_bytes());
    }

    /// However a pair of heads is written down, its key and its accept value are found.
    #[test]
    fn any_wrapping(
        nonce: [u8; 16],
        prefix in "(\\PC{0,20}[^0-9a-zA-Z\\PC] )?",
        indent in "[ \t]{0,4}",
        bullet in "(> |- |\\* |// |# |; |\\| |DEBUG:lib:> )?",
        quote in prop::sample::select(vec!["", "\"", "'", "`"]),
        end in prop::sample::select(vec!["\n", "\r\n", "\\r\\n\n", " \n"]),
    ) {
        // What ends a line is no prefix.
        prop_assume!(!prefix.contains(['\n', '\\', '&', '<', '\u{1b}', '"', '\'', '`', '$', '@']));
        let key = Key::from_nonce(nonce);
        let accept = key.accept();
        let lines = [
            "GET /chat HTTP/1.1".to_owned(),
            "Host: chat.example".to_owned(),
            "Upgrade: websocket".to_owned(),
            "Connection: Upgrade".to_owned(),
            format!("Sec-WebSocket-Key: {key}"),
            "Sec-WebSocket-Version: 13".to_owned(),
            String::new(),
            "HTTP/1.1 101 Switching Protocols".to_owned(),
            "Upgrade: websocket".to_owned(),
            "Connection: Upgrade".to_owned(),
            format!("Sec-WebSocket-Accept: {accept}"),
            String::new(),
        ];
        let capture = lines.map(|line| format!("{prefix}{indent}{bullet}{quote}{line}{quote}{end}")).concat();
        let found = exchanges(capture.as_bytes());
        let [Exchange { request: Some(request), response: Some(response), .. }] = &found[..] else {
            return Err(TestCaseError::fail(format!("{capture}\n{found:?}")));
        };
        prop_assert_eq!(request.get("sec-websocket-key"), Some(key.as_str().as_bytes()));
        prop_assert_eq!(response.get("sec-websocket-accept"), Some(accept.as_bytes().as_slice()));
        prop_assert_eq!((&request.start_line[..], response.status()), (&b"GET /chat HTTP/1.1"[..], Some(101)));
        prop_assert_eq!(response.get("upgrade"), Some(&b"websocket"[..]));
    }
}
