"""What a proxy changes, as plain sockets at both ends see it. Usage: both_ends.py PORT BEHIND

Listens at 127.0.0.1:BEHIND, sends a handshake to 127.0.0.1:PORT, and prints a line for each change, in any order: which head, what was
done, to which part. It knows nothing of wskey but the bytes that it sends, which are these.
"""

import base64
import hashlib
import os
import re
import socket
import sys
import threading

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TOKEN = "Wskey-Probe"


def read_head(connection):
    head = b""
    while b"\r\n\r\n" not in head and (data := connection.recv(65536)):
        head += data
    return head.partition(b"\r\n\r\n")[0].decode("latin-1")


def parsed(head):
    """The start line's words, and the fields in their order."""
    start, *lines = head.split("\r\n")
    fields = [(name, value.strip(" \t")) for name, _, value in (line.partition(":") for line in lines)]
    return start.split(" ", 2), fields


def answer(head):
    """As a right server answers it, one that takes no extension, and to which one without a trace of an upgrade is a plain request."""
    (_, _, version), fields = parsed(head)
    lower = {name.lower(): value for name, value in fields}
    is_right = (
        version == "HTTP/1.1"
        and lower.get("upgrade", "").lower() == "websocket"
        and "upgrade" in re.split(r"\s*,\s*", lower.get("connection", "").lower())
    )
    token = base64.b64encode(os.urandom(16)).decode()
    if "upgrade" not in lower and "upgrade" not in lower.get("connection", "").lower():
        return f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n{TOKEN}: {token}"
    if not is_right:
        return f"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n{TOKEN}: {token}"
    accept = base64.b64encode(hashlib.sha1((lower["sec-websocket-key"] + GUID).encode()).digest()).decode()
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept}\r\n{TOKEN}: {token}"
    )


def differences(kind, sent, arrived):
    (words, fields), (other_words, other_fields) = parsed(sent), parsed(arrived)
    parts = ["method", "target", "version"] if kind == "request" else ["version", "status", "reason phrase"]
    found = {(kind, "changed", part) for part, one, other in zip(parts, words, other_words) if one != other}
    if (kind, "changed", "status") in found:
        return {(kind, "changed", "status")}
    names, other_names = ([name for name, _ in each] for each in (fields, other_fields))
    values = lambda each, name: [value for other, value in each if other.lower() == name.lower()]
    for name in names:
        one, other = values(fields, name), values(other_fields, name)
        if one != other:
            is_repeated = len(other) > len(one) and set(other) == set(one)
            found.add((kind, "dropped" if not other else "repeated" if is_repeated else "changed", name))
    lower = [name.lower() for name in names]
    found |= {(kind, "added", name) for name in other_names if name.lower() not in lower}
    common = [name for name in names if values(other_fields, name)]
    there = list(dict.fromkeys(name for name in other_names if name.lower() in lower))
    if [name.lower() for name in common] != [name.lower() for name in there]:
        found.add((kind, "reordered", "order"))
    if set(common) != set(there):
        found.add((kind, "respelt", "names"))
    return found


def main():
    port, behind = map(int, sys.argv[1:])
    arrived = {}
    with socket.create_server(("127.0.0.1", behind)) as listener:

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(10)
                    head = read_head(connection)
                    if TOKEN.lower() not in head.lower():
                        # A health check.
                        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
                        continue
                    arrived["request"], arrived["answer"] = head, answer(head)
                    connection.sendall((arrived["answer"] + "\r\n\r\n").encode())
                    arrived["done"].wait(10)

        arrived["done"] = threading.Event()
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        key, token = (base64.b64encode(os.urandom(16)).decode() for _ in range(2))
        sent = (
            f"GET /chat HTTP/1.1\r\nHost: localhost:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
            f"{TOKEN}: {token}"
        )
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall((sent + "\r\n\r\n").encode())
            got = read_head(client)
        arrived["done"].set()
    found = differences("request", sent, arrived["request"]) | differences("response", arrived["answer"], got)
    print("\n".join("\t".join(change) for change in sorted(found)))


if __name__ == "__main__":
    main()
