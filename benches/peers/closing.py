"""A server by websockets that closes each connection as soon as it is open; it prints its port."""

from websockets.sync.server import serve

with serve(lambda socket: socket.close(), "127.0.0.1", 0) as server:
    print(server.socket.getsockname()[1], flush=True)
    server.serve_forever()
