"""A server that answers the opening handshake wrongly. Usage: wrong_server.py wrong-guid|no-accept
"""

import base64
import hashlib
import http.server
import signal
import sys


class Wrong(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        if sys.argv[1] == "wrong-guid":
            # A spelling that circulates in public code.
            text = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-5AB0DC85B11F"
            self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(text.encode()).digest()).decode())
        self.end_headers()
        self.rfile.read()


signal.alarm(300)
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Wrong)
print(server.server_port, flush=True)
server.serve_forever()
