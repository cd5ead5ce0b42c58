#!/usr/bin/env python3
"""Makes mistakes.tsv: wrong accept values, each by the mistake itself, with nothing but Python's own modules.

    python3 tests/data/mistakes.py > tests/data/mistakes.tsv

Columns: the id that names the mistake, the key, the wrong value, the bytes that were hashed (empty where nothing was),
and another key at hand. Bytes that are not printable ASCII are written \\xNN, a backslash is doubled.
"""

import base64
import hashlib
import hmac
import html
import json
import random
import re
import struct
import urllib.parse
import uuid

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
SAMPLE = b"dGhlIHNhbXBsZSBub25jZQ=="
OTHER = b"Ia3dQjfWrAug/6qm7mTZOg=="
rng = random.Random(6455)


def fresh():
    return base64.b64encode(rng.randbytes(16))


def fresh_where(good):
    """A random key for which `good` holds."""
    while True:
        key = fresh()
        if good(key):
            return key


def sha1(data):
    return hashlib.sha1(data).digest()


def b64(data):
    return base64.b64encode(data)


def right(key):
    return sha1(key + GUID)


def shown(data):
    return "".join(chr(b) if 0x20 <= b < 0x7F and b != 0x5C else "\\\\" if b == 0x5C else f"\\x{b:02x}" for b in data)


def row(id, key, value, hashed=b"", other=b""):
    print("\t".join([id] + [shown(field) for field in (key, value, hashed, other)]))


def hashing(id, key, text, other=b""):
    """The mistake is in what is hashed."""
    row(id, key, b64(sha1(text)), text, other)


def sending(id, key, value, hashed=None, other=b""):
    """The mistake is behind the hash."""
    row(id, key, value, key + GUID if hashed is None else hashed, other)


def rotated(x, n):
    return (x << n | x >> (32 - n)) & 0xFFFFFFFF


def compressed(*blocks):
    """SHA-1 of blocks that somebody else has padded."""
    state = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0]
    for block in blocks:
        w = list(struct.unpack(">16I", block))
        for i in range(16, 80):
            w.append(rotated(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1))
        a, b, c, d, e = state
        for i in range(80):
            f, k = (
                (b & c | ~b & d, 0x5A827999) if i < 20 else (b ^ c ^ d, 0x6ED9EBA1) if i < 40 else
                (b & c | b & d | c & d, 0x8F1BBCDC) if i < 60 else (b ^ c ^ d, 0xCA62C1D6)
            )
            a, b, c, d, e = (rotated(a, 5) + f + e + k + w[i]) & 0xFFFFFFFF, a, rotated(b, 30), c, d
        state = [(x + y) & 0xFFFFFFFF for x, y in zip(state, (a, b, c, d, e))]
    return struct.pack(">5I", *state)


# A key with all that can go wrong in it, the RFC's, and three others.
signs = fresh_where(lambda k: b"+" in k[:8] and b"/" in k[8:20])
KEYS = [SAMPLE, signs, fresh(), fresh(), fresh()]

for key in KEYS:
    def around(id, *each):
        for with_ in each:
            hashing(id, key, key + with_ + GUID)
            hashing(id, key, with_ + key + GUID)
            hashing(id, key, with_ + key + with_ + GUID)

    # The key.
    around("key-cr", b"\r")
    around("key-lf", b"\n")
    around("key-crlf", b"\r\n")
    hashing("key-crlf", key, key + b"\r\n\r\n" + GUID)
    around("key-blank", b" ")
    around("key-tab", b"\t")
    hashing("key-nul", key, key + b"\0" + GUID)
    hashing("key-nul", key, b"\0" + key + GUID)
    hashing("key-nul", key, key.ljust(32, b"\0") + GUID)
    hashing("key-nul", key, key.ljust(64, b"\0") + GUID)
    hashing("key-decoded", key, base64.b64decode(key) + GUID)
    if key != SAMPLE:  # its bytes are ASCII
        hashing("key-decoded", key, base64.b64decode(key).decode("latin-1").encode() + GUID)
        hashing("key-decoded", key, base64.b64decode(key).decode("utf-8", "replace").encode() + GUID)
    hashing("key-unpadded", key, key.rstrip(b"=") + GUID)
    hashing("key-unpadded", key, key[:-1] + GUID)
    hashing("key-empty", key, GUID)
    for word in (b"undefined", b"null", b"None", b"nil", b"(null)"):
        hashing("key-literal", key, word + GUID)
    for line in (b"Sec-WebSocket-Key: ", b"Sec-WebSocket-Key:", b"sec-websocket-key: ", b"SEC-WEBSOCKET-KEY: ", b": "):
        hashing("key-line", key, line + key + GUID)
    # Cut out with request.split(" ")[n], which splits at no line ending.
    for field in (b"Sec-WebSocket-Version:", b"sec-websocket-extensions:", b"Connection:"):
        cut = (b"Sec-WebSocket-Key: " + key + b"\r\n" + field + b" 13\r\n").split(b" ")[1]
        hashing("key-run-on", key, cut + GUID)
    hashing("key-quoted", key, json.dumps(key.decode()).encode() + GUID)
    hashing("key-quoted", key, b"'" + key + b"'" + GUID)
    hashing("key-printed", key, str(key).encode() + GUID)
    hashing("key-printed", key, str([key.decode()]).encode() + GUID)
    hashing("key-printed", key, str([key]).encode() + GUID)
    hashing("key-lower", key, key.lower() + GUID)
    hashing("key-upper", key, key.upper() + GUID)
    if b"+" in key:
        hashing("key-url-decoded", key, urllib.parse.unquote_plus(key.decode()).encode() + GUID)
    hashing("key-url-encoded", key, urllib.parse.quote(key, safe="").encode() + GUID)
    if b"+" in key or b"/" in key:
        url = base64.urlsafe_b64encode(base64.b64decode(key))
        hashing("key-url-alphabet", key, url + GUID)
        hashing("key-url-alphabet", key, url.rstrip(b"=") + GUID)
    if b"/" in key:
        hashing("key-escaped", key, key.replace(b"/", b"\\/") + GUID)
    hashing("key-escaped", key, key + rb"\r\n" + GUID)
    hashing("key-escaped", key, key.replace(b"=", rb"\u003d") + GUID)
    for sign in (b",", b";", b"."):
        hashing("key-punctuation", key, key + sign + GUID)
    hashing("key-twice", key, key + key + GUID)
    hashing("key-twice", key, key + b", " + key + GUID)
    hashing("key-encoded", key, b64(key) + GUID)
    hashing("key-hex", key, base64.b64decode(key).hex().encode() + GUID)
    hashing("key-hex", key, base64.b64decode(key).hex().upper().encode() + GUID)
    hashing("key-hashed", key, sha1(key) + GUID)
    hashing("key-hashed", key, hashlib.sha1(key).hexdigest().encode() + GUID)
    hashing("key-hashed", key, b64(right(key)) + GUID)
    hashing("key-bom", key, key.decode().encode("utf-8-sig") + GUID)
    hashing("key-utf16", key, key.decode().encode("utf-16-le") + GUID)
    hashing("key-utf16", key, key.decode().encode("utf-16-be") + GUID)
    for length in (8, 10, 15, 16, 20, 21):
        hashing("key-cut", key, key[:length] + GUID)
    for start in (1, 2, 8, 16):
        hashing("key-cut-front", key, key[start:] + GUID)

    # The GUID.
    hashing("guid-missing", key, key)
    for wrong in (b"258EAFA5-E914-47DA-95CA-5AB0DC85B11F", b"258EAFA5-E914-47DA-95CA-C5ABODC85B11",
                  b"258EAFA5E91447DA95CAC5AB0DC85B11", b"258EAF5-E914-47DA-95CA-C5AB0C85B11",
                  b"258EAFA5-E914-47DA-95CA-5AB5-38DC-FE0E2F57", b"258EAFA5-E914-47DA-95CA-C5AB0DC11B85"):
        hashing("guid-misspelt", key, key + wrong)
    hashing("guid-lower", key, key + str(uuid.UUID(GUID.decode())).encode())
    groups = GUID.split(b"-")
    for dash in ("\u2013".encode(), b"\x13", "\u2013".encode("cp1252")):
        for chosen in range(1, 16):
            wrong = groups[0]
            for place in range(4):
                wrong += (dash if chosen >> place & 1 else b"-") + groups[place + 1]
            hashing("guid-dash", key, key + wrong)
    hashing("guid-dash", key, key + GUID.replace(b"-", "\u2014".encode()))
    hashing("guid-line-break", key, key + b"258EAFA5- E914-47DA-95CA-C5AB0DC85B11")
    hashing("guid-line-break", key, key + b"258EAFA5-E914-47DA-\n   95CA-C5AB0DC85B11")
    hashing("guid-line-break", key, key + b"258EAFA5-E914-47DA-95CA-\r\nC5AB0DC85B11")
    hashing("guid-line-end", key, key + GUID + b"\n")
    hashing("guid-line-end", key, key + GUID + b"\r\n")
    hashing("guid-nul", key, key + GUID + b"\0")
    hashing("guid-nul", key, (key + GUID).ljust(64, b"\0"))
    hashing("guid-blank", key, key + GUID + b" ")
    hashing("guid-quoted", key, key + b"{" + GUID + b"}")
    hashing("guid-quoted", key, key + b'"' + GUID + b'"')
    hashing("guid-twice", key, key + GUID + GUID)
    hashing("guid-bytes", key, key + uuid.UUID(GUID.decode()).bytes)
    hashing("guid-bytes", key, key + uuid.UUID(GUID.decode()).bytes_le)
    hashing("guid-encoded", key, key + b64(GUID))
    hashing("guid-encoded", key, key + b64(uuid.UUID(GUID.decode()).bytes))
    hashing("guid-literal", key, key + b"undefined")
    hashing("guid-cut", key, key + GUID[:32])
    hashing("guid-cut", key, key + GUID[:8])
    for wrong in (b"258EAFA5-E914-47DA-95CA-C5AB0DC85B10", b"258EAFA5-E914-47DA-95CA-C5AB0DC8B11",
                  b"258EAFA5-E914-47DA-95CA-C5AB0DC855B11", b"258EAFA5-E914-47DA-95AC-C5AB0DC85B11",
                  b"258EAFA5-E914-47DA-95CA-C5AB0DCB5B11", b"258EAFA5-E914-47DA95CA-C5AB0DC85B11",
                  b"z258EAFA5-E914-47DA-95CA-C5AB0DC85B11", b"58EAFA5-E914-47DA-95CA-C5AB0DC85B11"):
        hashing("guid-edited", key, key + wrong)

    # Both together.
    hashing("joined-reversed", key, GUID + key)
    hashing("joined-separator", key, key + b":" + GUID)
    hashing("joined-separator", key, key + b" + " + GUID)
    hashing("joined-quoted", key, json.dumps((key + GUID).decode()).encode())
    both = (key + GUID).decode()
    for encoding in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        hashing("joined-utf16", key, both.encode(encoding))
    hashing("joined-utf16", key, b"\xff\xfe" + both.encode("utf-16-le"))
    hashing("joined-padded", key, (key + GUID).ljust(128, b"\0"))
    hashing("joined-padded", key, (key + GUID).ljust(1024, b"\0"))
    hashing("joined-encoded", key, b64(key + GUID))
    hashing("joined-hashed", key, right(key))
    hashing("joined-hashed", key, right(key).hex().encode())
    for secret, text in ((GUID, key), (key, GUID), (GUID, key + GUID)):
        inner = sha1(bytes(b ^ 0x36 for b in secret.ljust(64, b"\0")) + text)
        outer = bytes(b ^ 0x5C for b in secret.ljust(64, b"\0")) + inner
        row("joined-hmac", key, b64(hmac.new(secret, text, "sha1").digest()), outer)

    # The digest.
    digest = right(key)
    words = [digest[i:i + 4] for i in range(0, 20, 4)]
    sending("digest-words-reversed", key, b64(b"".join(word[::-1] for word in words)))
    sending("digest-pairs-reversed", key, b64(b"".join(digest[i:i + 2][::-1] for i in range(0, 20, 2))))
    sending("digest-reversed", key, b64(digest[::-1]))
    if any(word[0] & 0x80 for word in words):
        sending("digest-top-bits", key, b64(b"".join(bytes([word[0] & 0x7F]) + word[1:] for word in words)))
    wide = b"".join(word[::-1] + rng.randbytes(4) for word in words)
    sending("digest-wide", key, b64(wide[:20]))
    sending("digest-wide", key, b64(wide))
    sending("digest-wide", key, b64(b"".join(word + rng.randbytes(4) for word in words)[:20]))
    sending("digest-wide", key, b64(b"".join(b"\0\0\0\0" + word for word in words)))
    text, length = key + GUID, struct.pack(">Q", 480)
    last = (text + b"\x80").ljust(64, b"\0")
    assert compressed(last, bytes(56) + length) == digest
    for blocks in (
        [last],
        [last[:56] + length],
        [last, last[:56] + length],
        [last, bytes(56) + struct.pack(">Q", 60)],
        [text.ljust(64, b"\0"), bytes(56) + length],
    ):
        sending("digest-padding", key, b64(compressed(*blocks)))
    row("digest-summed", key, b64(key + GUID + sha1(b"")))
    row("digest-summed", key, b64(GUID + sha1(key)))
    if digest[0]:
        sending("digest-signed", key, b64(b"\0" + digest))
    sending("digest-cut", key, b64(digest[:16]))
    sending("digest-cut", key, b64(digest[:19]))
    sending("digest-long", key, b64(digest + b"\0"))
    sending("digest-long", key, b64(digest.ljust(64, b"\0")))
    sending("digest-as-text", key, b64(digest.decode("latin-1").encode()))
    sending("digest-as-text", key, b64(digest.decode("latin-1").encode("utf-16-le")))
    sending("digest-as-lost-text", key, b64(bytes(b & 0x7F for b in digest)))
    sending("digest-as-lost-text", key, b64(digest.decode("utf-8", "replace").encode()))
    sending("digest-as-lost-text", key, b64(digest.decode("ascii", "replace").replace("\ufffd", "?").encode()))
    signed = "".join("%02x" % (b if b < 128 else b | 0xFFFFFF00) for b in digest)
    sending("digest-hex-signed", key, signed.encode())
    sending("digest-hex-signed", key, b64(signed.encode()))
    sending("digest-hex-cut", key, digest.hex()[:32].encode())
    sending("digest-hex-cut", key, b64(digest.hex()[:20].encode()))

    # The value.
    value = b64(digest)
    sending("accept-hex-encoded", key, b64(digest.hex().encode()))
    sending("accept-hex-encoded", key, b64(digest.hex().upper().encode()))
    sending("accept-hex-encoded", key, b64(digest.hex().encode() + b"  -\n"))
    sending("accept-hex-encoded", key, b64(b"SHA1(stdin)= " + digest.hex().encode() + b"\n"))
    sending("accept-hex-encoded", key, b64(b"<" + digest.hex(" ", -4).encode() + b">"))
    sending("accept-hex", key, digest.hex().encode())
    sending("accept-hex", key, digest.hex().upper().encode())
    sending("accept-hex", key, digest.hex(":").encode())
    sending("accept-hex", key, b" ".join(b"0x%02x" % b for b in digest))
    sending("accept-list", key, str(list(digest)).encode())
    sending("accept-list", key, b64(",".join(map(str, digest)).encode()))
    sending("accept-list", key, b64(str([b - 256 if b > 127 else b for b in digest]).encode()))
    sending("accept-unpadded", key, value.rstrip(b"="))
    sending("accept-padding", key, value + b"=")
    if b"+" in value or b"/" in value:
        sending("accept-url-alphabet", key, base64.urlsafe_b64encode(digest))
        sending("accept-url-encoded", key, urllib.parse.quote(value, safe="").encode())
        sending("accept-escaped", key, html.escape(value.decode()).replace("+", "&#43;").replace("/", "\\/").encode())
    if b"+" in value[1:]:
        sending("accept-url-decoded", key, urllib.parse.unquote_plus(value.decode()).encode())
    sending("accept-broken", key, value[:16] + b"\n" + value[16:])
    sending("accept-broken", key, value[:4] + b"\r\n " + value[4:])
    sending("accept-encoded-twice", key, b64(value))
    sending("accept-encoded-twice", key, base64.encodebytes(value + b"\n").strip())
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    sending("accept-trailing-bits", key, value[:26] + alphabet[alphabet.index(value[26]) + 1:][:1] + b"=")
    sending("accept-raw", key, digest)
    sending("accept-case", key, value.lower())
    sending("accept-case", key, value.upper())
    sending("accept-retyped", key, value[:5] + (b"x" if value[5:6] != b"x" else b"y") + value[6:])
    sending("accept-retyped", key, value[:5] + value[6:])
    sending("accept-cut", key, value[:26])
    sending("accept-cut", key, value[:13])
    sending("accept-cut", key, value[4:])
    sending("accept-framed", key, b'"' + value + b'"')
    sending("accept-framed", key, b"Sec-WebSocket-Accept: " + value)
    sending("accept-framed", key, value + rb"\r\n")
    sending("accept-framed", key, value + b", " + value)
    row("accept-is-key", key, key)
    row("accept-is-key", key, OTHER, b"", OTHER)
    row("accept-not-hashed", key, key + GUID)
    row("accept-not-hashed", key, b64(key + GUID))

    # Another key, or both in each other's place.
    hashing("other-key", key, OTHER + GUID, OTHER)
    hashing("keys-joined", key, key + b", " + OTHER + GUID, OTHER)
    hashing("keys-joined", key, OTHER + b", " + key + GUID, OTHER)
    if key != SAMPLE:
        hashing("sample-key", key, SAMPLE + GUID)
    hashing("sample-key", key, b"x3JJHMbDL1EzLkh9GBhXDw==" + GUID)
    row("swapped", b64(right(key)), key, key + GUID)

    # Two together.
    hashing("guid-missing+key-cr", key, key + b"\r")
    hashing("guid-missing+key-lf", key, key + b"\n")
    hashing("guid-missing+key-decoded", key, base64.b64decode(key))
    hashing("guid-lower+key-decoded", key, base64.b64decode(key) + GUID.lower())
    hashing("guid-lower+key-cr", key, key + b"\r" + GUID.lower())
    hashing("guid-misspelt+key-cr", key, key + b"\r" + b"258EAFA5-E914-47DA-95CA-5AB0DC85B11F")
    hashing("guid-lower+guid-line-end", key, key + GUID.lower() + b"\n")
    hashing("key-cr+key-line", key, b"Sec-WebSocket-Key: " + key + b"\r" + GUID)
    hashing("key-cr+key-blank", key, b" " + key + b"\r" + GUID)
    hashing("guid-lower+joined-utf16", key, (key + GUID.lower()).decode().encode("utf-16-le"))
    hashing("guid-lower+joined-reversed", key, GUID.lower() + key)
    for mistake, text in (("guid-misspelt", key + b"258EAFA5-E914-47DA-95CA-5AB0DC85B11F"), ("guid-missing", key), ("key-cr", key + b"\r" + GUID)):
        sending(mistake + "+accept-hex-encoded", key, b64(sha1(text).hex().encode()), text)
        sending(mistake + "+accept-hex", key, sha1(text).hex().encode(), text)
        sending(mistake + "+accept-unpadded", key, b64(sha1(text)).rstrip(b"="), text)
        sending(mistake + "+digest-words-reversed", key, b64(b"".join(sha1(text)[i:i + 4][::-1] for i in range(0, 20, 4))), text)
        sending(mistake + "+accept-case", key, b64(sha1(text)).lower(), text)
    sending("accept-hex-encoded+accept-unpadded", key, b64(digest.hex().encode()).rstrip(b"="))
    sending("other-key+accept-case", key, b64(right(OTHER)).lower(), OTHER + GUID, OTHER)
    sending("other-key+accept-hex-encoded", key, b64(right(OTHER).hex().encode()), OTHER + GUID, OTHER)

# Mistakes that show with some keys only.
for _ in range(3):
    key = fresh()
    loose = key[:21] + {b"A": b"C", b"Q": b"R", b"g": b"h", b"w": b"z"}[key[21:22]] + b"=="
    hashing("key-reencoded", loose, b64(base64.b64decode(loose)) + GUID)
    key = fresh_where(lambda k: 0 in right(k)[1:16])
    sending("digest-cut-at-zero", key, b64(right(key)[:right(key).index(0)]))
    sending("digest-zero-filled", key, b64(right(key)[:right(key).index(0)].ljust(20, b"\0")))
    key = fresh_where(lambda k: 0 in sha1(k)[3:16] and 0 not in sha1(k)[:3])
    sending("guid-missing+digest-cut-at-zero", key, b64(sha1(key)[:sha1(key).index(0)]), key)
    key = fresh_where(lambda k: any(b < 16 for b in right(k)))
    unpadded = "".join("%x" % b for b in right(key)).encode()
    sending("digest-hex-unpadded", key, unpadded)
    sending("digest-hex-unpadded", key, b64(unpadded))
    key = fresh_where(lambda k: any(right(k)[i] < 16 for i in range(0, 20, 4)))
    words = "".join("%x" % int.from_bytes(right(key)[i:i + 4], "big") for i in range(0, 20, 4)).encode()
    sending("digest-hex-unpadded", key, words)
    key = fresh_where(lambda k: re.search(rb"[lI1].*[lI1]", b64(right(k))) and b"O" in b64(right(k)))
    misread = b64(right(key)).replace(b"l", b"I").replace(b"1", b"I").replace(b"O", b"0")
    # One or two wrong characters are as well explained by those two.
    sending("accept-lookalike", key, misread)
    key = fresh_where(lambda k: k.count(b"I") == 1 and b"0" in k)
    sent = key.replace(b"I", b"l")
    hashing("key-lookalike", key, sent + GUID)
    hashing("key-lookalike", key, sent.replace(b"0", b"O") + GUID)
    key = fresh_where(lambda k: k[7:8] == b"q")
    hashing("key-edited", key, key[:7] + b"9" + key[8:] + GUID)
    hashing("key-edited", key, key[:7] + b"qq" + key[8:] + GUID)
    hashing("key-edited", key[:7] + key[8:], key + GUID)
# A sample that was sent, and damaged before or after.
hashing("key-reencoded", b"AQIDBAUGBwgJCgsMDQ4PEC==", b64(bytes(range(1, 17))) + GUID)
hashing("key-lookalike", SAMPLE.replace(b"l", b"I"), SAMPLE + GUID)
hashing("key-edited", SAMPLE.lower(), SAMPLE + GUID)
value = b64(right(SAMPLE))
sending("accept-retyped", SAMPLE, value.replace(b"P", b"p"))
sending("accept-retyped", SAMPLE, value[:14] + value[14:].lower())
row("digest-cut-at-zero", b"kGt1gEywO7kgdrz62ZYFBw==", b"jw==", b"kGt1gEywO7kgdrz62ZYFBw==" + GUID)
for key in (b"SGVsbG8sIHdvcmxkIQ==", b"test", b"JCMCrKJENqcrTU9erFxGoiP5P8JhjeocERQs9vgR/Y4="):
    sending("accept-right", key, b64(right(key)))
key = fresh_where(lambda k: right(k)[0] == 0)
sending("digest-signed", key, b64(right(key)[1:]))
for key in KEYS:
    hashing("joined-nothing", key, b"")
    hashing("key-run-on", key, key + b"\r\nSec-WebSocket-Version: 13\r" + GUID)
    hashing("key-run-on", key, key + b"\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n" + GUID)
