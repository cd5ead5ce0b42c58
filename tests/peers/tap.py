"""A relay for one connection, which keeps what was sent. Usage: tap.py PORT SENT [CERTIFICATE]

Prints its port first, relays to PORT of 127.0.0.1, writes the client's bytes to SENT.request and the server's to SENT.response, and
ends with the connection, after two minutes at most. With a certificate, a file that holds its key too, the client speaks TLS.
"""

import contextlib
import signal
import socket
import ssl
import sys
import threading


def relay(source, sink, file):
    # Either side may be gone before the other has finished.
    with open(file, "wb", buffering=0) as kept, contextlib.suppress(OSError):
        while data := source.recv(65536):
            kept.write(data)
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)


signal.alarm(120)
port, sent, *certificate = sys.argv[1:]
with socket.create_server(("127.0.0.1", 0)) as listener:
    print(listener.getsockname()[1], flush=True)
    client, _ = listener.accept()
if certificate:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[0])
    client = context.wrap_socket(client, server_side=True)
server = socket.create_connection(("127.0.0.1", int(port)))
responses = threading.Thread(target=relay, args=(server, client, sent + ".response"))
responses.start()
relay(client, server, sent + ".request")
responses.join()
