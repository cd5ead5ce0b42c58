"""Answers to the opening handshake, right but for one thing each, and a server that gives the one that the path names."""

import base64
import hashlib
import random
import re
import socket
import struct
import threading
import time
import zlib

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
FIN, RST = "fin", "rst"
EOL = b"\r\n"
RIGHT = b"HTTP/1.1 101 Switching Protocols"

# Frames of a server, by hand: FIN, RSV and opcode; the length; the payload.
TEXT = b"\x81\x05hello"
MASKED = bytes.fromhex("818537fa213d7f9f4d5158")
COMPRESSED = bytes.fromhex("c107f248cdc9c90700")
CLOSE = b"\x88\x02" + struct.pack("!H", 1000)


def head(accept, *extra, start=RIGHT, eol=EOL, upgrade=b"websocket", connection=b"Upgrade"):
    """A right answer; a field given as None is left out, as a list stands on several lines."""
    lines = [start]
    for name, value in (b"Upgrade", upgrade), (b"Connection", connection), (b"Sec-WebSocket-Accept", accept):
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                lines.append(name + b": " + one)
    return eol.join([*lines, *extra, b"", b""])


def names(accept, change):
    return re.sub(rb"(?m)^[\w-]+(?=:)", lambda name: change(name[0]), head(accept))


def plain(status, *fields):
    """An answer that is no 101 and has no body."""
    return EOL.join([b"HTTP/1.1 " + status, *fields, b"Content-Length: 0", b"", b""])


def deflate(accept, parameters=b""):
    return head(accept, b"Sec-WebSocket-Extensions: permessage-deflate" + parameters)


def frame(first, payload):
    length = len(payload)
    if length < 126:
        return bytes([first, length]) + payload
    size = b"\x7e" + struct.pack("!H", length) if length < 65536 else b"\x7f" + struct.pack("!Q", length)
    return bytes([first]) + size + payload


def messages(*texts, known=b"", ends=zlib.Z_SYNC_FLUSH, cut=4):
    """Compressed messages, each with the window of those before it, less so many bytes at its end."""
    encoder = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, known)
    compressed = [encoder.compress(text) + encoder.flush(ends) for text in texts]
    return b"".join(frame(0xC2, text[: len(text) - cut]) for text in compressed)


def noise(bits):
    """Almost as many bytes as a window has, which nothing but a reference makes shorter."""
    return random.Random(1).randbytes((1 << bits) - 100)


def dribble(data):
    return [step for byte in data for step in (bytes([byte]), 0.001)]


# Compressed messages whose end is not as RFC 7692, sections 7.2.1 and 7.2.3.4, have it: nothing is taken off, a last block stands
# alone, the end is missing; and one whose last block is followed by the byte that belongs there.
KEPT = messages(b"hello", cut=0)
FINAL = messages(b"hello", ends=zlib.Z_FINISH, cut=0)
CUT = messages(b"hello, world", cut=6)
FINAL_0 = frame(0xC2, FINAL[2:] + b"\0")

# The steps of each answer, of the right accept value: bytes to send, seconds to wait, or how the connection ends. Where it does
# not end, the server waits for the client.
ANSWERS = {
    "right": lambda a: [head(a)],
    "byte-by-byte": lambda a: dribble(head(a)),
    # The status line, and what comes before it
    "reason-other": lambda a: [head(a, start=b"HTTP/1.1 101 Web Socket Protocol Handshake")],
    "reason-empty": lambda a: [head(a, start=b"HTTP/1.1 101 ")],
    "reason-missing": lambda a: [head(a, start=b"HTTP/1.1 101")],
    "status-spaces": lambda a: [head(a, start=b"HTTP/1.1  101 Switching Protocols")],
    "status-tab": lambda a: [head(a, start=b"HTTP/1.1\t101 Switching Protocols")],
    "status-leading-space": lambda a: [head(a, start=b" HTTP/1.1 101 Switching Protocols")],
    "status-lower": lambda a: [head(a, start=b"http/1.1 101 Switching Protocols")],
    "status-0101": lambda a: [head(a, start=b"HTTP/1.1 0101 Switching Protocols")],
    "status-1010": lambda a: [head(a, start=b"HTTP/1.1 1010 Switching Protocols")],
    "status-101x": lambda a: [head(a, start=b"HTTP/1.1 101Switching Protocols")],
    "status-101-tab": lambda a: [head(a, start=b"HTTP/1.1 101\tSwitching Protocols")],
    "reason-8bit": lambda a: [head(a, start=b"HTTP/1.1 101 \x80\xff")],
    "reason-control": lambda a: [head(a, start=b"HTTP/1.1 101 a\x01b")],
    "reason-nul": lambda a: [head(a, start=b"HTTP/1.1 101 a\0b")],
    "reason-spaces": lambda a: [head(a, start=b"HTTP/1.1 101  Switching  ")],
    "http-1.10": lambda a: [head(a, start=b"HTTP/1.10 101 Switching Protocols")],
    "http-01.1": lambda a: [head(a, start=b"HTTP/01.1 101 Switching Protocols")],
    "http-0.9": lambda a: [head(a, start=b"HTTP/0.9 101 Switching Protocols")],
    "http-1": lambda a: [head(a, start=b"HTTP/1 101 Switching Protocols")],
    "icy": lambda a: [head(a, start=b"ICY 101 Switching Protocols")],
    "junk-before": lambda a: [b"x\r\n" + head(a)],
    "line-lf-before": lambda a: [b"\n" + head(a)],
    "line-endings-before": lambda a: [EOL + EOL + head(a)],
    "cr-before": lambda a: [b"\r" + head(a)],
    "interim-103": lambda a: [b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + head(a)],
    "interim-102": lambda a: [b"HTTP/1.1 102 Processing\r\n\r\n" + head(a)],
    "line-ending-before": lambda a: [EOL + head(a)],
    "interim-100": lambda a: [b"HTTP/1.1 100 Continue\r\n\r\n" + head(a)],
    "status-102": lambda a: [b"HTTP/1.1 102 Processing\r\n\r\n"],
    "status-200": lambda a: [plain(b"200 OK")],
    "status-200-accept": lambda a: [head(a, b"Content-Length: 0", start=b"HTTP/1.1 200 OK")],
    "status-302": lambda a: [plain(b"302 Found", b"Location: /right")],
    "status-400": lambda a: [plain(b"400 Bad Request")],
    "status-426": lambda a: [plain(b"426 Upgrade Required", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13")],
    "http-1.0": lambda a: [head(a, start=b"HTTP/1.0 101 Switching Protocols")],
    "http-1.2": lambda a: [head(a, start=b"HTTP/1.2 101 Switching Protocols")],
    "http-2.0": lambda a: [head(a, start=b"HTTP/2.0 101 Switching Protocols")],
    # The fields of the handshake
    "connection-tab-behind": lambda a: [head(a, connection=b"Upgrade\t")],
    "connection-tab-before": lambda a: [head(a, connection=b"\tUpgrade")],
    "connection-spaces": lambda a: [head(a, connection=b"  Upgrade  ")],
    "connection-comma": lambda a: [head(a, connection=b"Upgrade,")],
    "connection-comma-before": lambda a: [head(a, connection=b", Upgrade")],
    "connection-repeated": lambda a: [head(a, connection=b"Upgrade, Upgrade")],
    "connection-lines": lambda a: [head(a, connection=[b"keep-alive", b"Upgrade"])],
    "connection-lines-same": lambda a: [head(a, connection=[b"Upgrade", b"Upgrade"])],
    "connection-close": lambda a: [head(a, connection=b"close, Upgrade")],
    "connection-quoted": lambda a: [head(a, connection=b'"Upgrade"')],
    "connection-parameter": lambda a: [head(a, connection=b"Upgrade;q=1")],
    "upgrade-tab-behind": lambda a: [head(a, upgrade=b"websocket\t")],
    "upgrade-version": lambda a: [head(a, upgrade=b"websocket/13")],
    "upgrade-empty-too": lambda a: [head(a, upgrade=[b"websocket", b""])],
    "accept-vt": lambda a: [head(a + b"\x0b")],
    "accept-quoted": lambda a: [head(b'"' + a + b'"')],
    "accept-comma": lambda a: [head(a + b",")],
    "accept-list": lambda a: [head(a + b", " + a)],
    "accept-unpadded": lambda a: [head(a.rstrip(b"="))],
    "accept-comment": lambda a: [head(a + b" (x)")],
    "connection-tab-comma": lambda a: [head(a, connection=b"Upgrade\t, keep-alive")],
    "connection-comma-tab": lambda a: [head(a, connection=b"keep-alive,\tUpgrade")],
    "connection-space-tab": lambda a: [head(a, connection=b"Upgrade \t")],
    "connection-tab-space": lambda a: [head(a, connection=b"Upgrade\t ")],
    "connection-tab-line": lambda a: [head(a, connection=[b"Upgrade\t", b"Upgrade"])],
    "accept-missing": lambda a: [head(None)],
    "accept-empty": lambda a: [head(b"")],
    "accept-wrong": lambda a: [head((b"B" if a[:1] == b"A" else b"A") + a[1:])],
    "accept-lower": lambda a: [head(a.lower())],
    "accept-twice": lambda a: [head([a, a])],
    "upgrade-case": lambda a: [head(a, upgrade=b"WebSocket")],
    "upgrade-missing": lambda a: [head(a, upgrade=None)],
    "upgrade-other": lambda a: [head(a, upgrade=b"h2c")],
    "upgrade-list": lambda a: [head(a, upgrade=b"websocket, h2c")],
    "upgrade-twice": lambda a: [head(a, upgrade=[b"websocket", b"websocket"])],
    "connection-case": lambda a: [head(a, connection=b"upgrade")],
    "connection-list": lambda a: [head(a, connection=b"keep-alive, Upgrade")],
    "connection-missing": lambda a: [head(a, connection=None)],
    "connection-other": lambda a: [head(a, connection=b"keep-alive")],
    # Other fields. Node reads 16 KiB and a thousand fields of a head
    "long-15k": lambda a: [head(a, b"X-Long: " + b"x" * 15000)],
    "long-17k": lambda a: [head(a, b"X-Long: " + b"x" * 17000)],
    "long-60k": lambda a: [head(a, *[b"X-Long: " + b"x" * 1000] * 60)],
    # Of names, values and the reason: 100 of the right answer, 6 of the name.
    "long-16383": lambda a: [head(a, b"X-Long: " + b"x" * (16383 - 106))],
    "long-16384": lambda a: [head(a, b"X-Long: " + b"x" * (16384 - 106))],
    "fields-extra": lambda a: [head(a, b"Server: x", b"Date: Thu, 01 Jan 1970 00:00:00 GMT", b"X-Empty:", b"Set-Cookie: a=b")],
    "fields-8bit": lambda a: [head(a, b"X-A: caf\xe9 \x80\xff")],
    "location": lambda a: [head(a, b"Location: /a")],
    "location-same": lambda a: [head(a, b"Location: /a", b"Location: /a")],
    "location-differs": lambda a: [head(a, b"Location: /a", b"Location: /b")],
    "disposition-differs": lambda a: [head(a, b"Content-Disposition: a", b"Content-Disposition: b")],
    "type-differs": lambda a: [head(a, b"Content-Type: text/html", b"Content-Type: text/plain")],
    "cookies": lambda a: [head(a, b"Set-Cookie: a=b", b"Set-Cookie: a=c", b"Set-Cookie: ;;;")],
    "hsts": lambda a: [head(a, b"Strict-Transport-Security: x", b"Alt-Svc: h2=\":1\"")],
    "version-field": lambda a: [head(a, b"Sec-WebSocket-Version: 8")],
    "fields-300": lambda a: [head(a, *[b"X-A: a"] * 300)],
    "fields-200": lambda a: [head(a, *[b"X-A: a"] * 200)],
    "fields-900-first": lambda a: [head(a, start=EOL.join([RIGHT, *[b"X: a"] * 900]))],
    "fields-1100-first": lambda a: [head(a, start=EOL.join([RIGHT, *[b"X: a"] * 1100]))],
    "fields-2100-first": lambda a: [head(a, start=EOL.join([RIGHT, *[b"X: a"] * 2100]))],
    "fields-2100": lambda a: [head(a, *[b"X: a"] * 2100)],
    "fields-3000": lambda a: [head(a, *[b"X: a"] * 3000)],
    # Subprotocols and extensions; "asked-" is of clients that request the subprotocol chat
    "protocol-unrequested": lambda a: [head(a, b"Sec-WebSocket-Protocol: chat")],
    "protocol-empty": lambda a: [head(a, b"Sec-WebSocket-Protocol:")],
    "asked-chosen": lambda a: [head(a, b"Sec-WebSocket-Protocol: chat")],
    "asked-other": lambda a: [head(a, b"Sec-WebSocket-Protocol: superchat")],
    "asked-none": lambda a: [head(a)],
    "asked-case": lambda a: [head(a, b"Sec-WebSocket-Protocol: Chat")],
    "asked-lines": lambda a: [head(a, b"Sec-WebSocket-Protocol: chat", b"Sec-WebSocket-Protocol: chat")],
    "asked-list": lambda a: [head(a, b"Sec-WebSocket-Protocol: chat, chat")],
    "asked-comma": lambda a: [head(a, b"Sec-WebSocket-Protocol: chat,")],
    "asked-tab": lambda a: [head(a, b"Sec-WebSocket-Protocol: chat\t")],
    "asked-quoted": lambda a: [head(a, b'Sec-WebSocket-Protocol: "chat"')],
    "asked-empty": lambda a: [head(a, b"Sec-WebSocket-Protocol:")],
    "asked-empty-line": lambda a: [head(a, b"Sec-WebSocket-Protocol: chat", b"Sec-WebSocket-Protocol:")],
    "extension-comma": lambda a: [head(a, b"Sec-WebSocket-Extensions: permessage-deflate,")],
    "extension-empty-line": lambda a: [head(a, b"Sec-WebSocket-Extensions: permessage-deflate", b"Sec-WebSocket-Extensions:")],
    "extension-case": lambda a: [head(a, b"Sec-WebSocket-Extensions: Permessage-Deflate")],
    "extension-semicolon": lambda a: [head(a, b"Sec-WebSocket-Extensions: permessage-deflate;")],
    "extension-lines": lambda a: [head(a, *[b"Sec-WebSocket-Extensions: permessage-deflate"] * 2)],
    "extension-unrequested": lambda a: [head(a, b"Sec-WebSocket-Extensions: x-foo")],
    "extension-empty": lambda a: [head(a, b"Sec-WebSocket-Extensions:")],
    # permessage-deflate, and compressed messages
    "deflate-tail": lambda a: [deflate(a) + KEPT],
    "deflate-tails": lambda a: [deflate(a) + KEPT + KEPT],
    "deflate-alone-tail": lambda a: [deflate(a, b"; server_no_context_takeover") + KEPT],
    "deflate-alone-tails": lambda a: [deflate(a, b"; server_no_context_takeover") + KEPT + KEPT],
    "deflate-final": lambda a: [deflate(a) + FINAL],
    "deflate-final-0": lambda a: [deflate(a) + FINAL_0],
    "deflate-final-twice": lambda a: [deflate(a) + FINAL_0 * 2],
    "deflate-finals": lambda a: [deflate(a) + FINAL * 2],
    "deflate-final-then": lambda a: [deflate(a) + FINAL + COMPRESSED],
    "deflate-cut-then": lambda a: [deflate(a) + CUT + COMPRESSED],
    "deflate-alone-finals": lambda a: [deflate(a, b"; server_no_context_takeover") + FINAL * 2],
    "deflate-alone-cuts": lambda a: [deflate(a, b"; server_no_context_takeover") + CUT * 2],
    "deflate-cut": lambda a: [deflate(a) + CUT],
    "deflate-nothing": lambda a: [deflate(a) + b"\xc1\x00"],
    "deflate-nothing-then": lambda a: [deflate(a) + b"\xc1\x00" + COMPRESSED],
    "deflate-empty": lambda a: [deflate(a) + b"\xc1\x01\0"],
    "deflate-stored": lambda a: [deflate(a) + frame(0xC2, b"\0\x05\0\xfa\xffhello\0")],
    "deflate-stored-cut": lambda a: [deflate(a) + frame(0xC2, b"\0\x05\0\xfa\xffhel")],
    "deflate-parts": lambda a: [deflate(a) + b"\x41\x02\xf2\x48\x80\x05\xcd\xc9\xc9\x07\x00"],
    "deflate-parts-rsv": lambda a: [deflate(a) + b"\x41\x02\xf2\x48\xc0\x05\xcd\xc9\xc9\x07\x00"],
    "deflate-ping-rsv": lambda a: [deflate(a) + b"\xc9\x00"],
    "deflate-window-9-far": lambda a: [deflate(a, b"; server_max_window_bits=9") + messages(noise(10) * 2)],
    "deflate-window-9-near": lambda a: [deflate(a, b"; server_max_window_bits=9") + messages(noise(8) * 2)],
    "deflate-window-9-far-later": lambda a: [deflate(a, b"; server_max_window_bits=9") + messages(noise(10), noise(10))],
    "deflate-window-8": lambda a: [deflate(a, b"; server_max_window_bits=8") + COMPRESSED],
    "deflate-window-14-far": lambda a: [deflate(a, b"; server_max_window_bits=14") + messages(noise(15), noise(15))],
    "deflate-distance-early": lambda a: [deflate(a) + messages(b"hello, hello", known=b"hello, hello")],
    "deflate-taken-over": lambda a: [deflate(a) + messages(b"hello, hello", b"hello, hello")],
    "deflate-alone-taken-over": lambda a: [deflate(a, b"; server_no_context_takeover") + messages(b"hello, hello", b"hello, hello")],
    "deflate-client-alone": lambda a: [deflate(a, b"; client_no_context_takeover") + COMPRESSED],
    "deflate-window-9-0": lambda a: [deflate(a, b"; server_max_window_bits=09") + COMPRESSED],
    "deflate": lambda a: [deflate(a)],
    "deflate-compressed": lambda a: [deflate(a) + COMPRESSED],
    "deflate-not-compressed": lambda a: [deflate(a) + TEXT],
    "deflate-garbage": lambda a: [deflate(a) + b"\xc1\x06" + b"\xff" * 6],
    "deflate-plain": lambda a: [deflate(a) + b"\xc1\x05hello"],
    "deflate-not-utf-8": lambda a: [deflate(a) + b"\xc1\x04\xfa\xff\x0f\0"],
    "deflate-later": lambda a: [deflate(a), 0.1, b"\xc1\x06" + b"\xff" * 6],
    "deflate-window-20": lambda a: [deflate(a, b"; server_max_window_bits=20")],
    "deflate-window-valueless": lambda a: [deflate(a, b"; client_max_window_bits")],
    "deflate-unknown": lambda a: [deflate(a, b"; x-foo=1")],
    "deflate-twice": lambda a: [deflate(a, b", permessage-deflate")],
    # A body, or its encoding
    "encoding-gzip": lambda a: [head(a, b"Content-Encoding: gzip")],
    "content-length-empty": lambda a: [head(a, b"Content-Length:")],
    "content-length-text": lambda a: [head(a, b"Content-Length: abc")],
    "content-length-plus": lambda a: [head(a, b"Content-Length: +5")],
    "content-length-negative": lambda a: [head(a, b"Content-Length: -5")],
    "content-length-list": lambda a: [head(a, b"Content-Length: 5, 5")],
    "content-length-same": lambda a: [head(a, b"Content-Length: 5", b"Content-Length: 5")],
    "content-length-huge": lambda a: [head(a, b"Content-Length: 99999999999999999999999")],
    "content-length-chunked": lambda a: [head(a, b"Content-Length: 5", b"Transfer-Encoding: chunked")],
    "encoding-identity": lambda a: [head(a, b"Transfer-Encoding: identity")],
    "encoding-empty": lambda a: [head(a, b"Transfer-Encoding:")],
    "encoding-gzip-chunked": lambda a: [head(a, b"Transfer-Encoding: chunked, gzip")],
    # Members of a list that are empty
    "content-length-comma": lambda a: [head(a, b"Content-Length: 5,")],
    "content-length-comma-first": lambda a: [head(a, b"Content-Length: ,5")],
    "content-length-commas": lambda a: [head(a, b"Content-Length: 5, 5,")],
    "content-length-comma-alone": lambda a: [head(a, b"Content-Length: ,")],
    "content-length-empty-line": lambda a: [head(a, b"Content-Length: 5", b"Content-Length:")],
    "content-length-empty-first": lambda a: [head(a, b"Content-Length:", b"Content-Length: 0")],
    "content-length-empty-lines": lambda a: [head(a, b"Content-Length:", b"Content-Length:")],
    "content-length-comma-identity": lambda a: [head(a, b"Transfer-Encoding: identity", b"Content-Length: 5,")],
    "content-length-comma-chunked": lambda a: [head(a, b"Transfer-Encoding: chunked", b"Content-Length: 5,")],
    "content-length-5-6-chunked": lambda a: [head(a, b"Transfer-Encoding: gzip, chunked", b"Content-Length: 5, 6")],
    "content-length-0": lambda a: [head(a, b"Content-Length: 0")],
    "content-length-5": lambda a: [head(a, b"Content-Length: 5")],
    "content-length-5-6": lambda a: [head(a, b"Content-Length: 5", b"Content-Length: 6")],
    "chunked": lambda a: [head(a, b"Transfer-Encoding: chunked")],
    # What is no list
    "disposition": lambda a: [head(a, b"Content-Disposition: inline, attachment")],
    "disposition-comma": lambda a: [head(a, b"Content-Disposition: a,")],
    "disposition-same": lambda a: [head(a, b"Content-Disposition: a, a")],
    "disposition-unquoted": lambda a: [head(a, b"Content-Disposition: attachment; filename=a,b.txt")],
    "disposition-quoted": lambda a: [head(a, b'Content-Disposition: attachment; filename="a, b"')],
    "disposition-escaped": lambda a: [head(a, b'Content-Disposition: attachment; filename="a\\", b"')],
    "disposition-quote-open": lambda a: [head(a, b'Content-Disposition: attachment; filename="a, b')],
    "disposition-apostrophes": lambda a: [head(a, b"Content-Disposition: attachment; filename='a, b'")],
    "location-comma": lambda a: [head(a, b"Location: a,")],
    # How lines end, and what a line is
    "names-lower": lambda a: [names(a, bytes.lower)],
    "names-upper": lambda a: [names(a, bytes.upper)],
    "value-tabs": lambda a: [head(b"\t" + a + b" \t ")],
    "name-empty": lambda a: [head(a, b": a")],
    "name-bracket": lambda a: [head(a, b"X[A]: a")],
    "name-space": lambda a: [head(a, b"X A: a")],
    "name-8bit": lambda a: [head(a, b"X\xe9: a")],
    "value-del": lambda a: [head(a, b"X-A: a\x7fb")],
    "value-01": lambda a: [head(a, b"X-A: a\x01b")],
    "value-vt": lambda a: [head(a, b"X-A: a\x0bb")],
    "empty-lines-4": lambda a: [EOL * 2 + head(a)],
    "empty-lines-6": lambda a: [EOL * 3 + head(a)],
    "eol-cr": lambda a: [head(a, eol=b"\r")],
    "eol-crcrlf": lambda a: [head(a, eol=b"\r\r\n")],
    "eol-end-lf": lambda a: [head(a)[:-2] + b"\n"],
    "eol-end-crcrlf": lambda a: [head(a)[:-2] + b"\r\r\n"],
    "folded-accept": lambda a: [head(EOL + b" " + a)],
    "folded-connection": lambda a: [head(a, connection=b"\r\n Upgrade")],
    "folded-first": lambda a: [head(a, start=RIGHT + b"\r\n x: y")],
    "lines-lf": lambda a: [head(a, eol=b"\n")],
    "line-lf": lambda a: [head(a, b"X-A: a\nX-B: b")],
    "line-cr": lambda a: [head(a, b"X-A: a\rX-B: b")],
    "folded": lambda a: [head(a, b"X-A: a", b" b")],
    "colon-space": lambda a: [head(a, b"X-A : a")],
    "colon-missing": lambda a: [head(a, b"X-A")],
    "value-nul": lambda a: [head(a, b"X-A: a\0b")],
    "head-unterminated": lambda a: [head(a)[:-2]],
    # What stands behind the head
    "line-ending-more": lambda a: [head(a) + EOL],
    "line-ending-later": lambda a: [head(a), 0.1, EOL],
    # base64 of MIME ends in a line feed
    "accept-lf": lambda a: [head(a + b"\n")],
    "behind-text": lambda a: [head(a) + b"hello, world\n"],
    "behind-html": lambda a: [head(a) + b"<!DOCTYPE html>\n<title>hello</title>\n"],
    "response-again": lambda a: [head(a) + head(a)],
    "zeros": lambda a: [head(a) + bytes(20)],
    "zero": lambda a: [head(a) + bytes(1)],
    "first-byte": lambda a: [head(a) + b"\x81"],
    # Frames
    "frame-100-mib": lambda a: [head(a) + b"\x82\x7f" + struct.pack("!Q", 100 << 20)],
    "frame-101-mib": lambda a: [head(a) + b"\x82\x7f" + struct.pack("!Q", 101 << 20)],
    "frame-2-gib": lambda a: [head(a) + b"\x82\x7f" + struct.pack("!Q", 1 << 31)],
    "text": lambda a: [head(a) + TEXT],
    "text-later": lambda a: [head(a), 0.1, TEXT],
    "text-byte-by-byte": lambda a: [head(a), *dribble(TEXT)],
    "text-empty": lambda a: [head(a) + b"\x81\x00"],
    "text-masked": lambda a: [head(a) + MASKED],
    "text-masked-later": lambda a: [head(a), 0.1, MASKED],
    "text-rsv1": lambda a: [head(a) + COMPRESSED],
    "text-rsv2": lambda a: [head(a) + b"\xa1" + TEXT[1:]],
    "text-not-utf8": lambda a: [head(a) + b"\x81\x02\xc3\x28"],
    "text-parts": lambda a: [head(a) + b"\x01\x01\xc3\x89\x00\x80\x01\xa9"],
    "text-parts-not-utf8": lambda a: [head(a) + b"\x01\x01\xc3\x89\x00\x80\x01\x28"],
    "text-length-2-53": lambda a: [head(a) + b"\x81\x7f\x00\x20" + bytes(6)],
    "text-length-long": lambda a: [head(a) + b"\x81\x7e\x00\x05hello"],
    "text-length-2-63": lambda a: [head(a) + b"\x81\x7f\x80" + bytes(7)],
    "opcode-3": lambda a: [head(a) + b"\x83" + TEXT[1:]],
    "continuation-first": lambda a: [head(a) + b"\x80" + TEXT[1:]],
    "text-in-text": lambda a: [head(a) + b"\x01" + TEXT[1:] + TEXT],
    "ping": lambda a: [head(a) + b"\x89\x00"],
    "ping-fragmented": lambda a: [head(a) + b"\x09\x00"],
    "ping-126": lambda a: [head(a) + b"\x89\x7e\x00\x7e" + bytes(126)],
    "pong": lambda a: [head(a) + b"\x8a\x00"],
    "pings": lambda a: [head(a) + b"\x89\x01a\x89\x01b"],
    "text-200k": lambda a: [head(a) + frame(0x81, b"x" * 200000)],
    "text-200k-not-utf8": lambda a: [head(a) + frame(0x81, b"x" * 200000 + b"\xff")],
    "text-not-utf8-late": lambda a: [head(a) + b"\x81\x7f" + struct.pack("!Q", 1 << 20) + b"\xff" * 10],
    "text-surrogate": lambda a: [head(a) + b"\x81\x03\xed\xa0\x80"],
    "text-fin-0": lambda a: [head(a) + b"\x01\x05hello"],
    "opcode-11": lambda a: [head(a) + b"\x8b\x00"],
    "text-rsv3": lambda a: [head(a) + b"\x91" + TEXT[1:]],
    # A Close frame
    "close": lambda a: [head(a) + CLOSE],
    "close-empty": lambda a: [head(a) + b"\x88\x00"],
    "close-1-byte": lambda a: [head(a) + b"\x88\x01\x03"],
    "close-1005": lambda a: [head(a) + b"\x88\x02" + struct.pack("!H", 1005)],
    "close-1004": lambda a: [head(a) + b"\x88\x02" + struct.pack("!H", 1004)],
    "close-2999": lambda a: [head(a) + b"\x88\x02" + struct.pack("!H", 2999)],
    "close-reason": lambda a: [head(a) + b"\x88\x06\x03\xe8byte"],
    "close-reason-not-utf8": lambda a: [head(a) + b"\x88\x03\x03\xe8\xff"],
    "close-999": lambda a: [head(a) + b"\x88\x02" + struct.pack("!H", 999)],
    "close-0": lambda a: [head(a) + b"\x88\x02" + struct.pack("!H", 0)],
    "close-1006": lambda a: [head(a) + b"\x88\x02" + struct.pack("!H", 1006)],
    "close-1012": lambda a: [head(a) + b"\x88\x02" + struct.pack("!H", 1012)],
    "close-1014": lambda a: [head(a) + b"\x88\x02" + struct.pack("!H", 1014)],
    "close-1015": lambda a: [head(a) + b"\x88\x02" + struct.pack("!H", 1015)],
    "close-1016": lambda a: [head(a) + b"\x88\x02" + struct.pack("!H", 1016)],
    "close-3000": lambda a: [head(a) + b"\x88\x02" + struct.pack("!H", 3000)],
    "close-4999": lambda a: [head(a) + b"\x88\x02" + struct.pack("!H", 4999)],
    "close-5000": lambda a: [head(a) + b"\x88\x02" + struct.pack("!H", 5000)],
    "close-65535": lambda a: [head(a) + b"\x88\x02" + struct.pack("!H", 65535)],
    "close-masked": lambda a: [head(a) + b"\x88\x82\0\0\0\0\x03\xe8"],
    "close-twice": lambda a: [head(a) + CLOSE + CLOSE],
    "close-inside": lambda a: [head(a) + b"\x01\x01a" + CLOSE],
    "close-later": lambda a: [head(a), 0.1, CLOSE],
    "close-and-more": lambda a: [head(a) + CLOSE + b"hello"],
    # How it ends
    "text-ends": lambda a: [head(a) + TEXT, FIN],
    "text-resets": lambda a: [head(a) + TEXT, RST],
    "ping-ends": lambda a: [head(a) + b"\x89\x00", FIN],
    "ends-close": lambda a: [head(a) + CLOSE, FIN],
    "ends-close-cut": lambda a: [head(a) + CLOSE[:3], FIN],
    "ends-fin": lambda a: [head(a), FIN],
    "ends-rst": lambda a: [head(a), RST],
    "ends-fin-later": lambda a: [head(a), 0.1, FIN],
    "ends-fin-in-frame": lambda a: [head(a) + TEXT[:4], FIN],
}


def perform(connection, steps):
    # No other byte is a Close frame's first; one of ours is not answered again.
    has_closed = any(b"\x88" in step for step in steps if isinstance(step, bytes))
    for step in steps:
        if isinstance(step, bytes):
            connection.sendall(step)
        elif step == FIN:
            connection.shutdown(socket.SHUT_WR)
        elif step == RST:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        else:
            time.sleep(step)
    # The client ends it: by going, or by a Close frame, which is answered unless it is the answer to ours.
    while data := connection.recv(65536):
        if data[0] & 15 == 8:
            if not has_closed:
                connection.sendall(CLOSE)
            return


def serve(pages):
    """Serves the answers, and pages: their paths begin with the keys, and pages[key](path) is the type and the text of one.
    Returns the port."""

    def handle(connection):
        with connection:
            try:
                connection.settimeout(5)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                request = b""
                while b"\r\n\r\n" not in request:
                    if not (data := connection.recv(65536)):
                        return
                    request += data
                path = request.split(b" ", 2)[1].decode()
                first = path.split("/")[1]
                key = re.search(rb"(?im)^sec-websocket-key: *(\S+)", request)
                if first in ANSWERS and key:
                    accept = base64.b64encode(hashlib.sha1(key[1] + GUID).digest())
                    perform(connection, ANSWERS[first](accept))
                elif first in pages:
                    kind, text = pages[first](path)
                    fields = f"Content-Type: {kind}\r\nContent-Length: {len(text)}\r\nConnection: close"
                    connection.sendall(f"HTTP/1.1 200 OK\r\n{fields}\r\n\r\n{text}".encode())
                else:
                    connection.sendall(plain(b"404 Not Found", b"Connection: close"))
            except OSError:
                pass  # a client may go whenever it likes

    def accept_all():
        while True:
            threading.Thread(target=handle, args=[server.accept()[0]], daemon=True).start()

    server = socket.create_server(("127.0.0.1", 0), backlog=128)
    threading.Thread(target=accept_all, daemon=True).start()
    return server.getsockname()[1]
