"""A client whose library logs the handshake to stderr. Usage: client.py websockets|websocket-client URL
"""

import logging
import sys

library, url = sys.argv[1:]
if library == "websockets":
    from websockets.sync.client import connect

    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.DEBUG)
    with connect(url) as peer:
        peer.send("hello")
        peer.recv()
else:
    import websocket

    websocket.enableTrace(True)
    peer = websocket.create_connection(url)
    peer.send("hello")
    peer.recv()
    peer.close()
