"""Does a real browser agree with `wskey accept`? Usage: browser.py [--change]

Serves a page and its WebSocket, which is answered with the output of `wskey accept`, its first character changed with --change, and
has headless Chromium open it. Prints what the page saw and the accept value sent; exits 0 for `opened`, 1 for `failed`, else 2.
"""

import http.server
import subprocess
import sys
import threading

import chromium

PAGE = b"<script>s = new WebSocket('/chat'); s.onopen = () => fetch('/opened'); s.onerror = () => fetch('/failed')</script>"
accept, outcome, told = None, None, threading.Event()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        global accept, outcome
        if self.path == "/chat":
            command = ["wskey", "accept", self.headers["Sec-WebSocket-Key"]]
            accept = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
            if "--change" in sys.argv:
                accept = ("B" if accept[0] == "A" else "A") + accept[1:]
            self.send_response(101)
            for name, value in ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept):
                self.send_header(name, value)
            self.end_headers()
            self.rfile.read()
        else:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(PAGE)))
            self.end_headers()
            self.wfile.write(PAGE)
            if self.path in ("/opened", "/failed"):
                outcome = self.path[1:]
                told.set()


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
with chromium.shows(f"http://127.0.0.1:{server.server_port}/"):
    told.wait(60)
print(f"{outcome}: {accept}")
sys.exit({"opened": 0, "failed": 1}[outcome] if outcome and accept else 2)
