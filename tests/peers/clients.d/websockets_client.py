"""A client by websockets: exits 0 where the connection opens and the client does not fail it, else 1."""

import sys

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

url, *protocols = sys.argv[1:]
with connect(url, subprotocols=protocols or None, proxy=None) as socket:
    print("opened")
    try:
        while True:
            socket.recv()
    except ConnectionClosed as closed:
        print(closed)
        # It was the first to send a Close frame: it does so to fail the connection alone.
        sys.exit(closed.sent is not None and not closed.rcvd_then_sent)
