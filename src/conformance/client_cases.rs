//! The cases for clients: what is answered, and what the client must make of it. Each is a row.

use super::{Case, Delivery, FieldLine, Message, Need, accept, open, refuse};
use crate::extensions::{Extension, extensions};
use crate::handshake::{Accept, GUID, Key};
use crate::head::{ACCEPT, EXTENSIONS, Head, KEY, PROTOCOL, VERSION};
use crate::rules::Level::{Error, Warn};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

const UPGRADE: &str = "Upgrade";
const CONNECTION: &str = "Connection";
const LOCATION: &str = "Location";

// The words of a status line.
const HTTP_VERSION: usize = 0;
const STATUS: usize = 1;
const REASON: usize = 2;

// Sections that many cases share.
const S_STATUS: &str = "4.1 (1)";
const S_UPGRADE: &str = "4.1 (2)";
const S_CONNECTION: &str = "4.1 (3)";
const S_ACCEPT: &str = "4.1 (4)";
const S_LIST: &str = "4.1 (3); RFC 9110 7.6.1";
const S_OWS: &str = "RFC 9110 5.5";
const S_BITS: &str = "RFC 7692 7.1.2.1";
const S_CLIENT_BITS: &str = "RFC 7692 7.1.2.2";
const S_VERSION: &str = "RFC 9112 2.3";
const S_BODY: &str = "RFC 9110 8.6; RFC 9112 6.1";

/// A text frame, "Hello", and the same masked (RFC 6455, section 5.7).
const TEXT: &[u8] = b"\x81\x05Hello";
const MASKED: &[u8] = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";

/// A Close frame with status 1000.
const CLOSE: &[u8] = b"\x88\x02\x03\xe8";

/// The key of RFC 6455, section 1.3, and its accept value.
const SAMPLE_KEY: &[u8] = b"dGhlIHNhbXBsZSBub25jZQ==";
const SAMPLE_ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// The subprotocol that the cases speak of which need one.
pub const SUBPROTOCOL: &str = "chat";

const NOT_SAMPLE: Need =
    Need { description: "has another key than the RFC's sample", is_met: |request| request.get(KEY) != Some(SAMPLE_KEY) };
const NO_SUBPROTOCOL: Need = Need { description: "asks for no subprotocol", is_met: |request| !request.has(PROTOCOL) };
const ASKS_FOR_CHAT: Need = Need {
    description: "asks for the subprotocol chat",
    is_met: |request| request.tokens(PROTOCOL).any(|name| name == SUBPROTOCOL.as_bytes()),
};
/// Who asks for what the case answers is right to take it.
const ASKS_NOT_FOR_NOPE: Need = Need {
    description: "asks for the subprotocol chat, and not for nope",
    is_met: |request| (ASKS_FOR_CHAT.is_met)(request) && !request.tokens(PROTOCOL).any(|name| name == b"nope"),
};
const ASKS_NOT_FOR_UPPER: Need = Need {
    description: "asks for the subprotocol chat, and not for CHAT",
    is_met: |request| (ASKS_FOR_CHAT.is_met)(request) && !request.tokens(PROTOCOL).any(|name| name == b"CHAT"),
};
const NO_FOO: Need = Need {
    description: "does not offer x-foo",
    is_met: |request| !extensions(request).unwrap_or_default().iter().any(|offer| offer.name == b"x-foo"),
};
const DEFLATE: Need = Need { description: "offers permessage-deflate", is_met: |request| offers(request, |_| true) };
const NO_DEFLATE: Need = Need { description: "does not offer permessage-deflate", is_met: |request| !offers(request, |_| true) };
const PLAIN_DEFLATE: Need = Need {
    description: "offers permessage-deflate without server_no_context_takeover and server_max_window_bits",
    is_met: |request| offers(request, |offer| !offer.has(SERVER_TAKEOVER) && !offer.has(SERVER_BITS)),
};
const NO_CLIENT_BITS: Need = Need {
    description: "offers permessage-deflate, and never with client_max_window_bits",
    is_met: |request| offers(request, |_| true) && !offers(request, |offer| offer.has(CLIENT_BITS)),
};
const WITH_CLIENT_BITS: Need = Need {
    description: "offers permessage-deflate with client_max_window_bits",
    is_met: |request| offers(request, |offer| offer.has(CLIENT_BITS)),
};
const ALL_TAKEOVER: Need = Need {
    description: "offers permessage-deflate with server_no_context_takeover alone",
    is_met: |request| offers(request, |_| true) && !offers(request, |offer| !offer.has(SERVER_TAKEOVER)),
};
const ALL_BITS: Need = Need {
    description: "offers permessage-deflate with server_max_window_bits alone",
    is_met: |request| offers(request, |_| true) && !offers(request, |offer| !offer.has(SERVER_BITS)),
};
const ALL_FEWER_BITS: Need = Need {
    description: "offers permessage-deflate with server_max_window_bits below 15 alone",
    is_met: |request| most_bits(request).is_some_and(|bits| bits < 15),
};
const TWO_EXTENSIONS: Need = Need {
    description: "offers permessage-deflate and another extension",
    is_met: |request| offers(request, |_| true) && other_extension(request).is_some(),
};

const SERVER_TAKEOVER: &str = "server_no_context_takeover";
const SERVER_BITS: &str = "server_max_window_bits";
const CLIENT_BITS: &str = "client_max_window_bits";

/// Whether a request offers permessage-deflate so.
fn offers(request: &Head, is_wanted: impl Fn(&Extension<'_>) -> bool) -> bool {
    extensions(request).unwrap_or_default().iter().any(|offer| offer.is_deflate() && is_wanted(offer))
}

/// The largest of the windows that a request offers for a server, where every offer of permessage-deflate has one.
fn most_bits(request: &Head) -> Option<u8> {
    let offers = extensions(request).ok()?;
    let bits = offers
        .iter()
        .filter(|offer| offer.is_deflate())
        .map(|offer| str::from_utf8(offer.value(SERVER_BITS)?).ok()?.parse().ok());
    bits.collect::<Option<Vec<u8>>>()?.into_iter().max()
}

/// The first other extension that a request offers.
fn other_extension(request: &Head) -> Option<Vec<u8>> {
    let offers = extensions(request).ok()?;
    offers.iter().find(|offer| !offer.is_deflate()).map(|offer| offer.name.to_vec())
}

impl Case {
    const fn needing(mut self, need: Need) -> Self {
        self.needs = Some(need);
        self
    }

    /// The subprotocol that a client must ask for, so that the case says something.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&'static str> {
        self.needs.filter(|need| need.description.starts_with(ASKS_FOR_CHAT.description)).map(|_| SUBPROTOCOL)
    }
}

/// A refusal with this status and these fields.
fn status(response: &mut Message, status: &str, reason: &str, fields: &[(&str, &str)]) {
    let mut refusal = Message::refusal(status, reason);
    for (name, value) in fields {
        refusal.add(name, *value);
    }
    (response.start_line, response.fields, response.delivery) = (refusal.start_line, refusal.fields, refusal.delivery);
}

/// The path of a target, and its query with the question mark. The target may be a whole URL (RFC 9112, section 3.2.2).
#[must_use]
pub fn path_and_query(target: &[u8]) -> (&[u8], &[u8]) {
    let scheme = target.windows(3).position(|bytes| bytes == b"://").filter(|_| !target.starts_with(b"/"));
    let until = |bytes: &[u8], ends: &[u8]| bytes.iter().position(|b| ends.contains(b)).unwrap_or(bytes.len());
    let authority = scheme.map_or(0, |colon| colon + 3 + until(&target[colon + 3..], b"/?"));
    let target = &target[authority..];
    target.split_at(until(target, b"?"))
}

/// A redirect to where a right answer is given: the same target, with one segment more in its path.
fn redirect(response: &mut Message, code: &str, reason: &str, is_websocket: bool) {
    let scheme: &[u8] = match (is_websocket, response.secure) {
        (true, false) => b"ws://",
        (true, true) => b"wss://",
        (false, false) => b"http://",
        (false, true) => b"https://",
    };
    let request = response.answers.as_deref();
    let host = request.and_then(|request| request.get("Host")).unwrap_or_default();
    let (path, query) = path_and_query(request.and_then(Head::target).unwrap_or_default());
    let location = [scheme, host, path, FOLLOWED.as_bytes(), query].concat();
    status(response, code, reason, &[]);
    response.fields.insert(0, FieldLine::new(LOCATION, location));
}

/// What a redirect puts behind the path.
pub const FOLLOWED: &str = "/followed";

/// The key that came.
fn key(response: &Message) -> Vec<u8> {
    response.answers.as_ref().and_then(|request| request.get(KEY)).unwrap_or_default().to_vec()
}

/// Gives the accept value that is made of the right one.
fn alter_accept(response: &mut Message, change: impl Fn(&str) -> String) {
    let right = Accept::of(&key(response));
    response.set(ACCEPT, change(right.as_str()));
}

fn with_accept(response: &mut Message, value: impl Into<Vec<u8>>) {
    response.set(ACCEPT, value);
}

/// Agrees on extensions.
fn agree(response: &mut Message, value: &str) {
    response.set(EXTENSIONS, value);
}

fn deflate(response: &mut Message, parameters: &str) {
    agree(response, &format!("permessage-deflate; {parameters}"));
}

/// The response with `X-A` of this value.
fn with_field(response: &mut Message, value: impl Into<Vec<u8>>) {
    response.add("X-A", value);
}

/// Says that there is no body: the connection stays, and a client may read what a refusal says up to its end (RFC 9112, section 6.3).
fn without_body(response: &mut Message) {
    response.add("Content-Length", "0");
}

/// Another letter or digit of base64 than this.
fn other(character: &str) -> &'static str {
    if character == "A" { "B" } else { "A" }
}

/// All cases for clients, in the order in which they are run.
pub static CASES: &[Case] = &[
    accept("correct", Error, "4.1", "a right answer", |_| {}),
    refuse("accept-wrong", "accept-mismatch", Error, S_ACCEPT, "first character of the right value changed", |m| {
        alter_accept(m, |right| format!("{}{}", other(&right[..1]), &right[1..]));
    }),
    refuse("accept-random", "accept-mismatch", Error, S_ACCEPT, "base64 of 20 zero bytes", |m| {
        with_accept(m, STANDARD.encode([0; 20]));
    }),
    refuse("accept-missing", "accept-missing", Error, S_ACCEPT, "no Sec-WebSocket-Accept", |m| m.remove(ACCEPT)),
    refuse("accept-empty", "accept-mismatch", Error, S_ACCEPT, "Sec-WebSocket-Accept: (empty)", |m| with_accept(m, "")),
    refuse("accept-echo-key", "accept-mismatch", Error, S_ACCEPT, "the key itself", |m| with_accept(m, key(m))),
    refuse("accept-rfc-sample", "accept-mismatch", Error, S_ACCEPT, "the RFC sample's accept value", |m| {
        with_accept(m, SAMPLE_ACCEPT);
    })
    .needing(NOT_SAMPLE),
    accept("accept-ows", Error, S_OWS, "right value between spaces", |m| alter_accept(m, |right| format!("  {right}  "))),
    accept("accept-tabs", Error, S_OWS, "right value between tabs", |m| alter_accept(m, |right| format!("\t{right}\t"))),
    refuse("accept-lower", "accept-mismatch", Error, S_ACCEPT, "right value in lower case", |m| {
        alter_accept(m, str::to_lowercase);
    }),
    refuse("accept-upper", "accept-mismatch", Error, S_ACCEPT, "right value in upper case", |m| {
        alter_accept(m, str::to_uppercase);
    }),
    refuse("accept-nopad", "accept-mismatch", Error, S_ACCEPT, "right value without =", |m| {
        alter_accept(m, |right| right.trim_end_matches('=').to_owned());
    }),
    refuse("accept-noncanonical", "accept-mismatch", Error, S_ACCEPT, "other trailing bits, decodes to the same bytes", |m| {
        alter_accept(m, noncanonical);
    }),
    refuse("accept-truncated", "accept-mismatch", Error, S_ACCEPT, "first 20 characters", |m| {
        alter_accept(m, |right| right[..20].to_owned());
    }),
    refuse("accept-trailjunk", "accept-mismatch", Error, S_ACCEPT, "right value and an x", |m| {
        alter_accept(m, |right| format!("{right}x"));
    }),
    refuse("accept-innerspace", "accept-mismatch", Error, S_ACCEPT, "a space inside", |m| {
        alter_accept(m, |right| format!("{} {}", &right[..14], &right[14..]));
    }),
    refuse("accept-quoted", "accept-mismatch", Error, S_ACCEPT, "right value in quotes", |m| {
        alter_accept(m, |right| format!("\"{right}\""));
    }),
    refuse("accept-list", "accept-mismatch", Error, S_ACCEPT, "right, wrong in one value", |m| {
        alter_accept(m, |right| format!("{right}, {SAMPLE_ACCEPT}"));
    }),
    open("accept-dup-same", "11.3.3", "right value twice", |m| m.repeat(ACCEPT)),
    refuse("accept-dup-right-wrong", "accept-duplicate", Error, "11.3.3, 4.1 (4)", "right, then wrong, two lines", |m| {
        m.add(ACCEPT, STANDARD.encode([0; 20]));
    }),
    refuse("accept-dup-wrong-right", "accept-duplicate", Error, "11.3.3, 4.1 (4)", "wrong, then right, two lines", |m| {
        let right = Accept::of(&key(m));
        with_accept(m, STANDARD.encode([0; 20]));
        m.add(ACCEPT, right.as_str());
    }),
    refuse("accept-noguid", "accept-mismatch", Error, S_ACCEPT, "SHA-1 of the key alone", |m| {
        with_accept(m, STANDARD.encode(Sha1::digest(key(m))));
    }),
    refuse("accept-guidlower", "accept-mismatch", Error, S_ACCEPT, "GUID in lower case", |m| {
        with_accept(m, STANDARD.encode(Sha1::digest([key(m), GUID.to_ascii_lowercase().into()].concat())));
    }),
    refuse("accept-decodedkey", "accept-mismatch", Error, S_ACCEPT, "SHA-1 over the decoded key and GUID", |m| {
        let nonce = Key::parse(&key(m)).map(|key| key.nonce()).unwrap_or_default();
        with_accept(m, STANDARD.encode(Sha1::digest([&nonce[..], GUID.as_bytes()].concat())));
    }),
    refuse("accept-hex", "accept-mismatch", Error, S_ACCEPT, "hexadecimal in place of base64", |m| {
        let digest = Accept::of(&key(m)).digest();
        with_accept(m, digest.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat());
    }),
    refuse(
        "accept-sha256",
        "accept-mismatch",
        Error,
        S_ACCEPT,
        "32 bytes, as a SHA-256 digest has, that begin with the right ones",
        |m| {
            let digest = Accept::of(&key(m)).digest();
            with_accept(m, STANDARD.encode([&digest[..], &digest[..12]].concat()));
        },
    ),
    refuse("accept-nul", "accept-mismatch", Error, S_ACCEPT, "right value, NUL, junk", |m| {
        alter_accept(m, |right| format!("{right}\0x"));
    }),
    open("accept-namespace", "RFC 9112 5.1", "a space before the colon of Accept", |m| {
        m.alter(ACCEPT, |line| line.colon = b" : ");
    }),
    open("accept-folded", "RFC 9112 5.2", "the accept value on a folded line", |m| {
        alter_accept(m, |right| format!("\r\n {right}"));
    }),
    accept("names-lower", Error, "RFC 9110 5.1", "header names in lower case", |m| {
        m.fields.iter_mut().for_each(|line| line.name.make_ascii_lowercase());
    }),
    accept("no-space-colon", Error, S_OWS, "Name:value without space", |m| {
        m.fields.iter_mut().for_each(|line| line.colon = b":");
    }),
    refuse("upgrade-missing", "response-upgrade", Error, S_UPGRADE, "no Upgrade", |m| m.remove(UPGRADE)),
    refuse("upgrade-empty", "response-upgrade", Error, S_UPGRADE, "Upgrade: (empty)", |m| m.set(UPGRADE, "")),
    refuse("upgrade-h2c", "response-upgrade", Error, S_UPGRADE, "Upgrade: h2c", |m| m.set(UPGRADE, "h2c")),
    accept("upgrade-case", Error, S_UPGRADE, "Upgrade: WebSocket", |m| m.set(UPGRADE, "WebSocket")),
    refuse("upgrade-list", "response-upgrade", Error, S_UPGRADE, "Upgrade: websocket, h2c", |m| m.set(UPGRADE, "websocket, h2c")),
    refuse("upgrade-substring", "response-upgrade", Error, S_UPGRADE, "Upgrade: xwebsocketx", |m| m.set(UPGRADE, "xwebsocketx")),
    open("upgrade-dup", S_UPGRADE, "Upgrade: websocket twice", |m| m.repeat(UPGRADE)),
    refuse("connection-missing", "response-connection", Error, S_CONNECTION, "no Connection", |m| m.remove(CONNECTION)),
    refuse("connection-keepalive", "response-connection", Error, S_CONNECTION, "Connection: keep-alive", |m| {
        m.set(CONNECTION, "keep-alive");
    }),
    refuse("connection-close", "response-connection", Error, S_CONNECTION, "Connection: close", |m| m.set(CONNECTION, "close")),
    accept("connection-list", Error, S_LIST, "Connection: keep-alive, Upgrade", |m| m.set(CONNECTION, "keep-alive, Upgrade")),
    accept("connection-two-lines", Error, "4.1 (3); RFC 9110 5.3, 7.6.1", "Connection: keep-alive + Connection: Upgrade", |m| {
        m.set(CONNECTION, "keep-alive");
        m.add(CONNECTION, "Upgrade");
    }),
    accept("connection-lower", Error, S_CONNECTION, "Connection: upgrade", |m| m.set(CONNECTION, "upgrade")),
    refuse("connection-substring", "response-connection", Error, S_CONNECTION, "Connection: xupgradex", |m| {
        m.set(CONNECTION, "xupgradex");
    }),
    refuse("proto-unrequested", "protocol-unrequested", Error, "4.1 (6)", "Sec-WebSocket-Protocol: chat", |m| {
        m.set(PROTOCOL, SUBPROTOCOL);
    })
    .needing(NO_SUBPROTOCOL),
    refuse("proto-empty", "protocol-unrequested", Error, "4.1 (6), 4.2.2", "Sec-WebSocket-Protocol: (empty)", |m| {
        m.set(PROTOCOL, "");
    })
    .needing(NO_SUBPROTOCOL),
    accept("proto-right", Error, "4.1 (6)", "answered chat", |m| m.set(PROTOCOL, SUBPROTOCOL)).needing(ASKS_FOR_CHAT),
    open("proto-none", "4.1, 4.2.2", "answered none", |m| m.remove(PROTOCOL)).needing(ASKS_FOR_CHAT),
    refuse("proto-other", "protocol-unrequested", Error, "4.1 (6)", "answered nope", |m| m.set(PROTOCOL, "nope"))
        .needing(ASKS_NOT_FOR_NOPE),
    refuse("proto-case", "protocol-unrequested", Error, "4.1 (6)", "answered CHAT", |m| m.set(PROTOCOL, "CHAT"))
        .needing(ASKS_NOT_FOR_UPPER),
    refuse("proto-two", "protocol-unrequested", Error, "4.1 (6), 4.2.2", "answered 'chat, nope'", |m| {
        m.set(PROTOCOL, "chat, nope");
    })
    .needing(ASKS_FOR_CHAT),
    refuse("proto-dup", "protocol-unrequested", Error, "11.3.4, 4.2.2", "answered chat on two lines", |m| {
        m.set(PROTOCOL, SUBPROTOCOL);
        m.repeat(PROTOCOL);
    })
    .needing(ASKS_FOR_CHAT),
    refuse("ext-unrequested", "extension-unrequested", Error, "4.1 (5)", "Sec-WebSocket-Extensions: x-foo", |m| {
        agree(m, "x-foo");
    })
    .needing(NO_FOO),
    accept("ext-pmd", Error, "RFC 7692 5, 7.1.3", "permessage-deflate", |m| agree(m, "permessage-deflate"))
        .needing(PLAIN_DEFLATE),
    refuse("ext-pmd-twice", "extension-duplicate", Error, "RFC 7692 5", "permessage-deflate, permessage-deflate", |m| {
        agree(m, "permessage-deflate, permessage-deflate");
    })
    .needing(DEFLATE),
    refuse("ext-pmd-badparam", "extension-parameters", Error, "RFC 7692 7", "permessage-deflate; nosuch=1", |m| {
        deflate(m, "nosuch=1");
    })
    .needing(DEFLATE),
    refuse("ext-pmd-badbits", "extension-parameters", Error, S_BITS, "permessage-deflate; server_max_window_bits=99", |m| {
        deflate(m, "server_max_window_bits=99");
    })
    .needing(DEFLATE),
    refuse("ext-garbage", "extension-unrequested", Error, "9.1", "'###;;=,'", |m| agree(m, "###;;=,")),
    refuse("ext-empty", "extension-unrequested", Warn, "9.1", "extensions empty", |m| agree(m, "")),
    refuse(
        "ext-pmd-client-bits-unoffered",
        "extension-parameters",
        Error,
        S_CLIENT_BITS,
        "permessage-deflate; client_max_window_bits=15",
        |m| deflate(m, "client_max_window_bits=15"),
    )
    .needing(NO_CLIENT_BITS),
    refuse(
        "ext-pmd-client-bits-novalue",
        "extension-parameters",
        Error,
        S_CLIENT_BITS,
        "permessage-deflate; client_max_window_bits",
        |m| deflate(m, CLIENT_BITS),
    )
    .needing(DEFLATE),
    refuse(
        "ext-pmd-client-bits-7",
        "extension-parameters",
        Error,
        S_CLIENT_BITS,
        "permessage-deflate; client_max_window_bits=7",
        |m| {
            deflate(m, "client_max_window_bits=7");
        },
    )
    .needing(DEFLATE),
    refuse(
        "ext-pmd-client-bits-16",
        "extension-parameters",
        Error,
        S_CLIENT_BITS,
        "permessage-deflate; client_max_window_bits=16",
        |m| {
            deflate(m, "client_max_window_bits=16");
        },
    )
    .needing(DEFLATE),
    refuse(
        "ext-pmd-server-bits-novalue",
        "extension-parameters",
        Error,
        S_BITS,
        "permessage-deflate; server_max_window_bits",
        |m| {
            deflate(m, SERVER_BITS);
        },
    )
    .needing(DEFLATE),
    refuse("ext-pmd-server-bits-7", "extension-parameters", Error, S_BITS, "permessage-deflate; server_max_window_bits=7", |m| {
        deflate(m, "server_max_window_bits=7");
    })
    .needing(DEFLATE),
    refuse(
        "ext-pmd-server-bits-16",
        "extension-parameters",
        Error,
        S_BITS,
        "permessage-deflate; server_max_window_bits=16",
        |m| {
            deflate(m, "server_max_window_bits=16");
        },
    )
    .needing(DEFLATE),
    refuse(
        "ext-pmd-server-bits-08",
        "extension-parameters",
        Error,
        S_BITS,
        "permessage-deflate; server_max_window_bits=08",
        |m| {
            deflate(m, "server_max_window_bits=08");
        },
    )
    .needing(DEFLATE),
    refuse(
        "ext-pmd-server-bits-word",
        "extension-parameters",
        Error,
        S_BITS,
        "permessage-deflate; server_max_window_bits=ten",
        |m| {
            deflate(m, "server_max_window_bits=ten");
        },
    )
    .needing(DEFLATE),
    open("ext-pmd-server-bits-10", S_BITS, "permessage-deflate; server_max_window_bits=10", |m| {
        deflate(m, "server_max_window_bits=10");
    })
    .needing(DEFLATE),
    refuse(
        "ext-pmd-dup-param",
        "extension-parameters",
        Error,
        "RFC 7692 7",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        |m| deflate(m, "server_no_context_takeover; server_no_context_takeover"),
    )
    .needing(DEFLATE),
    refuse(
        "ext-pmd-takeover-value",
        "extension-parameters",
        Error,
        "RFC 7692 7.1.1.1",
        "permessage-deflate; server_no_context_takeover=1",
        |m| deflate(m, "server_no_context_takeover=1"),
    )
    .needing(DEFLATE),
    open("ext-pmd-quoted", "RFC 7692 5.2; 9.1", "permessage-deflate; server_max_window_bits=\"10\"", |m| {
        deflate(m, "server_max_window_bits=\"10\"");
    })
    .needing(DEFLATE),
    refuse("ext-two-lines", "extension-duplicate", Error, "RFC 7692 5; 9.1", "permessage-deflate twice, on two lines", |m| {
        agree(m, "permessage-deflate");
        m.repeat(EXTENSIONS);
    })
    .needing(DEFLATE),
    open("ext-split", "9.1; erratum 3433", "permessage-deflate on one line, the other one that was offered on another", |m| {
        let other = m.answers.as_deref().and_then(other_extension).unwrap_or_default();
        agree(m, "permessage-deflate");
        m.add(EXTENSIONS, other);
    })
    .needing(TWO_EXTENSIONS),
    refuse("ext-pmd-unoffered", "extension-unrequested", Error, "RFC 7692 5; 4.1 (5)", "permessage-deflate", |m| {
        agree(m, "permessage-deflate");
    })
    .needing(NO_DEFLATE),
    refuse(
        "ext-pmd-takeover-ignored",
        "extension-parameters",
        Error,
        "RFC 7692 5, 7.1.1.1",
        "permessage-deflate without server_no_context_takeover",
        |m| agree(m, "permessage-deflate"),
    )
    .needing(ALL_TAKEOVER),
    refuse(
        "ext-pmd-server-bits-larger",
        "extension-parameters",
        Error,
        S_BITS,
        "permessage-deflate; server_max_window_bits one larger than offered",
        |m| {
            let bits = m.answers.as_deref().and_then(most_bits).unwrap_or_default();
            deflate(m, &format!("server_max_window_bits={}", bits.saturating_add(1)));
        },
    )
    .needing(ALL_FEWER_BITS),
    refuse(
        "ext-pmd-server-bits-ignored",
        "extension-parameters",
        Error,
        "RFC 7692 5, 7.1.2.1",
        "permessage-deflate without server_max_window_bits",
        |m| agree(m, "permessage-deflate"),
    )
    .needing(ALL_BITS),
    accept("ext-pmd-client-takeover", Error, "RFC 7692 7.1.1.2", "permessage-deflate; client_no_context_takeover", |m| {
        deflate(m, "client_no_context_takeover");
    })
    .needing(PLAIN_DEFLATE),
    open("ext-pmd-server-takeover", "RFC 7692 7.1.1.1", "permessage-deflate; server_no_context_takeover", |m| {
        deflate(m, SERVER_TAKEOVER);
    })
    .needing(PLAIN_DEFLATE),
    refuse(
        "ext-pmd-client-bits-08",
        "extension-parameters",
        Error,
        S_CLIENT_BITS,
        "permessage-deflate; client_max_window_bits=08",
        |m| {
            deflate(m, "client_max_window_bits=08");
        },
    )
    .needing(WITH_CLIENT_BITS),
    refuse(
        "ext-pmd-client-takeover-value",
        "extension-parameters",
        Error,
        "RFC 7692 7.1.1.2",
        "permessage-deflate; client_no_context_takeover=1",
        |m| deflate(m, "client_no_context_takeover=1"),
    )
    .needing(DEFLATE),
    open("version-13", "4.4, 11.3.5", "Sec-WebSocket-Version: 13 in the 101", |m| m.set(VERSION, "13")),
    open("version-8", "4.4, 11.3.5", "Sec-WebSocket-Version: 8 in the 101", |m| m.set(VERSION, "8")),
    refuse("status-200", "response-status", Error, S_STATUS, "200 with every right field, and Content-Length: 0", |m| {
        m.start_line[STATUS] = b"200".to_vec();
        m.start_line[REASON] = b"OK".to_vec();
        without_body(m);
    }),
    refuse("status-100", "response-status", Error, S_STATUS, "100 with every right field", |m| {
        m.start_line[STATUS] = b"100".to_vec();
        m.start_line[REASON] = b"Continue".to_vec();
    }),
    refuse("status-102", "response-status", Warn, S_STATUS, "102 with every right field", |m| {
        m.start_line[STATUS] = b"102".to_vec();
        m.start_line[REASON] = b"Processing".to_vec();
    }),
    refuse("status-1010", "response-status", Error, S_STATUS, "status 1010, and Content-Length: 0", |m| {
        m.start_line[STATUS] = b"1010".to_vec();
        without_body(m);
    }),
    open("http10", S_VERSION, "HTTP/1.0 101", |m| m.start_line[HTTP_VERSION] = b"HTTP/1.0".to_vec()),
    open("http12", "RFC 9110 6.2", "HTTP/1.2 101", |m| m.start_line[HTTP_VERSION] = b"HTTP/1.2".to_vec()),
    open("http20", S_VERSION, "HTTP/2.0 101", |m| m.start_line[HTTP_VERSION] = b"HTTP/2.0".to_vec()),
    refuse("http-lower", "response-version", Warn, S_VERSION, "http/1.1 101", |m| {
        m.start_line[HTTP_VERSION] = b"http/1.1".to_vec();
    }),
    refuse("http-word", "response-status", Error, S_VERSION, "WS/1.1 101", |m| m.start_line[HTTP_VERSION] = b"WS/1.1".to_vec()),
    accept("reason-empty", Warn, "RFC 9112 4", "'HTTP/1.1 101 ' (empty reason)", |m| m.start_line[REASON].clear()),
    open("reason-none", "RFC 9112 4", "'HTTP/1.1 101' (no space either)", |m| m.start_line.truncate(REASON)),
    accept("reason-other", Error, "RFC 9112 4", "'HTTP/1.1 101 Whatever'", |m| m.start_line[REASON] = b"Whatever".to_vec()),
    accept("interim-103", Warn, "RFC 9110 15.2", "103 Early Hints before the 101", |m| {
        m.before = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n";
    }),
    open("lone-lf", "RFC 9112 2.2", "LF line endings only", |m| m.line_ending = b"\n"),
    open("folded", "RFC 9112 5.2", "X-A folded over two lines", |m| with_field(m, "a\r\n b")),
    open("nul-value", S_OWS, "NUL in X-A", |m| with_field(m, "a\0b")),
    open("no-colon", "RFC 9112 5", "a line without a colon", |m| {
        m.fields.push(FieldLine { name: b"X-A".to_vec(), colon: b"", value: Vec::new() });
    }),
    accept("value-8bit", Warn, S_OWS, "byte 0xFF in X-A", |m| with_field(m, b"a\xffb")),
    open("header-64k", "RFC 9110 5.4", "a field of 64 KiB", |m| with_field(m, "a".repeat(64 << 10))),
    open("headers-300", "RFC 9110 5.4", "300 more field lines", |m| {
        m.fields.extend((1..=300).map(|i| FieldLine::new(format!("X-{i}"), i.to_string())));
    }),
    open("body-cl0", S_BODY, "Content-Length: 0 in the 101", |m| m.set("Content-Length", "0")),
    open("body-cl5", S_BODY, "Content-Length: 5 in the 101", |m| m.set("Content-Length", "5")),
    open("body-chunked", S_BODY, "Transfer-Encoding: chunked in the 101", |m| m.set("Transfer-Encoding", "chunked")),
    accept("early-frame", Error, "4.2.2, 5.1", "a text frame in the same segment as the 101", |m| m.after = TEXT.to_vec()),
    refuse("behind-crlf", "after-101", Error, "5.2", "one line ending too many behind the head", |m| m.after = b"\r\n".to_vec()),
    refuse("behind-text", "after-101", Error, "5.2", "text behind the head", |m| m.after = b"Welcome!\r\n".to_vec()),
    refuse("behind-masked", "after-101", Error, "5.1", "a masked frame behind the head", |m| m.after = MASKED.to_vec()),
    refuse("behind-rsv1", "after-101", Error, "5.2", "a frame with RSV1 behind the head", |m| {
        m.after = b"\xc1\x05Hello".to_vec();
    }),
    refuse("behind-rsv2", "after-101", Error, "5.2", "a frame with RSV2 behind the head", |m| {
        m.after = b"\xa1\x05Hello".to_vec();
    }),
    refuse("behind-opcode", "after-101", Error, "5.2", "a frame of opcode 3 behind the head", |m| {
        m.after = b"\x83\x05Hello".to_vec();
    }),
    refuse("behind-continuation", "after-101", Error, "5.4", "a continuation frame first", |m| {
        m.after = b"\x80\x05Hello".to_vec();
    }),
    refuse("behind-long-ping", "after-101", Error, "5.5", "a Ping of 126 bytes behind the head", |m| {
        m.after = [b"\x89\x7e\0\x7e".as_slice(), &[b'a'; 126]].concat();
    }),
    accept("behind-close", Error, "7.3, 5.5.1", "a Close frame (1000) right behind the head: to be answered", |m| {
        m.after = CLOSE.to_vec();
    }),
    open("pre-crlf", "RFC 9112 2.2", "an empty line before the status line", |m| m.before = b"\r\n"),
    open("redirect-301", S_STATUS, "301 to a right server, ws:// in Location", |m| redirect(m, "301", "Moved Permanently", true)),
    open("redirect-302-http", S_STATUS, "302 to a right server, http:// in Location", |m| redirect(m, "302", "Found", false)),
    open("redirect-307", S_STATUS, "307 to a right server", |m| redirect(m, "307", "Temporary Redirect", true)),
    open("redirect-308", S_STATUS, "308 to a right server", |m| redirect(m, "308", "Permanent Redirect", true)),
    refuse("status-401", "response-status", Error, S_STATUS, "401 with Basic; Connection: close, Content-Length: 0", |m| {
        status(m, "401", "Unauthorized", &[("WWW-Authenticate", "Basic realm=\"wskey\"")]);
    }),
    refuse("status-400", "response-status", Error, S_STATUS, "400; Connection: close, Content-Length: 0", |m| {
        status(m, "400", "Bad Request", &[]);
    }),
    refuse("status-403", "response-status", Error, S_STATUS, "403; Connection: close, Content-Length: 0", |m| {
        status(m, "403", "Forbidden", &[]);
    }),
    refuse("status-404", "response-status", Error, S_STATUS, "404; Connection: close, Content-Length: 0", |m| {
        status(m, "404", "Not Found", &[]);
    }),
    refuse("status-407", "response-status", Error, S_STATUS, "407; Connection: close, Content-Length: 0", |m| {
        status(m, "407", "Proxy Authentication Required", &[("Proxy-Authenticate", "Basic realm=\"wskey\"")]);
    }),
    refuse(
        "status-426",
        "response-status",
        Error,
        S_STATUS,
        "426 with Sec-WebSocket-Version: 8; Connection: close, Content-Length: 0",
        |m| {
            status(m, "426", "Upgrade Required", &[(UPGRADE, "websocket"), (VERSION, "8")]);
        },
    ),
    refuse(
        "status-426-13",
        "response-status",
        Error,
        S_STATUS,
        "426 with Sec-WebSocket-Version: 13; Connection: close, Content-Length: 0",
        |m| status(m, "426", "Upgrade Required", &[(UPGRADE, "websocket"), (VERSION, "13")]),
    ),
    refuse(
        "status-503",
        "response-status",
        Error,
        S_STATUS,
        "503 with Retry-After: 1; Connection: close, Content-Length: 0",
        |m| {
            status(m, "503", "Service Unavailable", &[("Retry-After", "1")]);
        },
    ),
    refuse("hangup", "head-unterminated", Error, "4.1", "closed without a byte", |m| m.delivery = Delivery::End),
    refuse("half-head", "head-unterminated", Error, "4.1", "closed in the middle of the head", |m| {
        m.delivery = Delivery::HalfThenEnd;
    }),
    refuse("not-http", "response-status", Error, "4.1", "'SSH-2.0-x'", |m| {
        m.start_line = vec![b"SSH-2.0-x".to_vec()];
        m.fields.clear();
        m.delivery = Delivery::ThenEnd;
    }),
    refuse("silent", "head-unterminated", Error, "4.1", "no byte, connection kept", |m| m.delivery = Delivery::Never),
];

/// The same value with other trailing bits, which a strict decoder refuses (RFC 4648, section 3.5).
fn noncanonical(right: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut value = right.as_bytes().to_vec();
    // The last character before the padding has two bits that are not used, and are zero in the right one.
    let last = ALPHABET.iter().position(|letter| Some(letter) == value.get(26)).unwrap_or_default();
    value[26] = ALPHABET[last + 1];
    String::from_utf8_lossy(&value).into_owned()
}
