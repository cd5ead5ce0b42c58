"""A client by websocket-client: exits 0 where the connection opens and the client does not fail it, else 1."""

import sys

import websocket

url, *protocols = sys.argv[1:]
socket = websocket.create_connection(url, subprotocols=protocols or None, http_no_proxy=["127.0.0.1"])
print("opened")
try:
    while socket.recv_data()[0] != websocket.ABNF.OPCODE_CLOSE:
        pass
except (websocket.WebSocketConnectionClosedException, OSError) as gone:
    print(gone)
