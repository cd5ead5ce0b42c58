//! HAR files, written of the bytes: each line is a field or a member of the last entry, by its first byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use wskey::Key;
use wskey::capture::Capture;
use wskey_fuzz::verdicts;

fuzz_target!(|bytes: &[u8]| {
    let mut entries = vec![entry()];
    for line in bytes.split(|&b| b == b'\n') {
        let [first, rest @ ..] = line else { continue };
        let text = String::from_utf8_lossy(rest).into_owned();
        let key = Key::from_nonce([rest.len() as u8; 16]);
        let field = |name: &str, value: &str| json!({ "name": name, "value": value });
        let last = entries.last_mut().expect("there is one from the beginning on");
        match first {
            b'e' => entries.push(entry()),
            b'm' => last["request"]["method"] = member(text),
            b'u' => last["request"]["url"] = member(text),
            b'v' => last["request"]["httpVersion"] = member(text),
            b'w' => last["response"]["httpVersion"] = member(text),
            b's' => last["response"]["status"] = text.parse().map_or(Value::Null, |status: i64| status.into()),
            b't' => last["response"]["statusText"] = member(text),
            b'x' => last["_webSocketMessages"] = json!([{ "type": "error", "data": text }]),
            b'k' => add(&mut last["request"], field("Sec-WebSocket-Key", key.as_str())),
            b'a' => add(&mut last["response"], field("Sec-WebSocket-Accept", key.accept().as_str())),
            first => {
                let (name, value) = text.split_once(": ").unwrap_or((&text, ""));
                add(&mut last[if first % 2 == 0 { "response" } else { "request" }], field(name, value));
            }
        }
    }
    let count = entries.len();
    let har = json!({ "log": { "entries": entries } }).to_string();
    let capture = Capture::read(har.as_bytes()).expect("a HAR");
    assert!(capture.exchanges.len() <= count);
    verdicts(&capture);
});

/// An entry as browsers write it of a handshake; its fields are the bytes'.
fn entry() -> Value {
    json!({
        "request": { "method": "GET", "url": "ws://chat.example/chat", "httpVersion": "HTTP/1.1", "headers": [] },
        "response": { "status": 101, "statusText": "Switching Protocols", "httpVersion": "HTTP/1.1", "headers": [] },
    })
}

/// Tools write null for what they do not know.
fn member(text: String) -> Value {
    if text.is_empty() { Value::Null } else { text.into() }
}

fn add(message: &mut Value, field: Value) {
    message["headers"].as_array_mut().expect("nothing else is written there").push(field);
}
