"""Answers to the opening handshake, right but for one thing each, and a server that gives the one that the path names."""

import base64
import hashlib
import re
import socket
import struct
import threading
import time

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


def dribble(data):
    return [step for byte in data for step in (bytes([byte]), 0.001)]


# The steps of each answer, of the right accept value: bytes to send, seconds to wait, or how the connection ends. Where it does
# not end, the server waits for the client.
ANSWERS = {
    "right": lambda a: [head(a)],
    "byte-by-byte": lambda a: dribble(head(a)),
    "names-lower": lambda a: [names(a, bytes.lower)],
    # Node reads 16 KiB of a head.
    "long-15k": lambda a: [head(a, b"X-Long: " + b"x" * 15000)],
    "long-17k": lambda a: [head(a, b"X-Long: " + b"x" * 17000)],
    "long-60k": lambda a: [head(a, *[b"X-Long: " + b"x" * 1000] * 60)],
    "names-upper": lambda a: [names(a, bytes.upper)],
    "reason-other": lambda a: [head(a, start=b"HTTP/1.1 101 Web Socket Protocol Handshake")],
    "reason-empty": lambda a: [head(a, start=b"HTTP/1.1 101 ")],
    "reason-missing": lambda a: [head(a, start=b"HTTP/1.1 101")],
    "fields-extra": lambda a: [head(a, b"Server: x", b"Date: Thu, 01 Jan 1970 00:00:00 GMT", b"X-Empty:", b"Set-Cookie: a=b")],
    "fields-8bit": lambda a: [head(a, b"X-A: caf\xe9 \x80\xff")],
    "value-tabs": lambda a: [head(b"\t" + a + b" \t ")],
    "line-ending-before": lambda a: [EOL + head(a)],
    "interim-100": lambda a: [b"HTTP/1.1 100 Continue\r\n\r\n" + head(a)],
    # The status, the version
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
    # Subprotocols and extensions; "asked-" is of clients that request the subprotocol chat
    "protocol-unrequested": lambda a: [head(a, b"Sec-WebSocket-Protocol: chat")],
    "protocol-empty": lambda a: [head(a, b"Sec-WebSocket-Protocol:")],
    "asked-chosen": lambda a: [head(a, b"Sec-WebSocket-Protocol: chat")],
    "asked-other": lambda a: [head(a, b"Sec-WebSocket-Protocol: superchat")],
    "asked-none": lambda a: [head(a)],
    "extension-unrequested": lambda a: [head(a, b"Sec-WebSocket-Extensions: x-foo")],
    "extension-empty": lambda a: [head(a, b"Sec-WebSocket-Extensions:")],
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
    "frame-100-mib": lambda a: [head(a) + b"\x82\x7f" + struct.pack("!Q", 100 << 20)],
    "frame-101-mib": lambda a: [head(a) + b"\x82\x7f" + struct.pack("!Q", 101 << 20)],
    "frame-2-gib": lambda a: [head(a) + b"\x82\x7f" + struct.pack("!Q", 1 << 31)],
    # A body
    "content-length-0": lambda a: [head(a, b"Content-Length: 0")],
    "content-length-5": lambda a: [head(a, b"Content-Length: 5")],
    "content-length-5-6": lambda a: [head(a, b"Content-Length: 5", b"Content-Length: 6")],
    "chunked": lambda a: [head(a, b"Transfer-Encoding: chunked")],
    # How lines end, and what a line is
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
    "close": lambda a: [head(a) + CLOSE],
    "close-empty": lambda a: [head(a) + b"\x88\x00"],
    "close-1-byte": lambda a: [head(a) + b"\x88\x01\x03"],
    "close-1005": lambda a: [head(a) + b"\x88\x02" + struct.pack("!H", 1005)],
    "close-1004": lambda a: [head(a) + b"\x88\x02" + struct.pack("!H", 1004)],
    "close-2999": lambda a: [head(a) + b"\x88\x02" + struct.pack("!H", 2999)],
    "close-and-more": lambda a: [head(a) + CLOSE + b"hello"],
    # How it ends
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
