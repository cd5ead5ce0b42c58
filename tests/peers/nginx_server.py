"""nginx in front of the ws server: /chat passes the upgrade on, /dropped forgets to. nginx's debug log goes to stderr."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile

from nginx_configuration import configured

SERVER = """
    server {{
        listen 127.0.0.1:{port};
        location /chat {{
            proxy_pass http://127.0.0.1:{behind};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
        }}
        location /dropped {{
            proxy_pass http://127.0.0.1:{behind}/chat;
        }}
    }}
"""

# However this process ends, both servers end with it.
TOGETHER = ["setpriv", "--pdeathsig", "TERM"]

signal.signal(signal.SIGTERM, lambda *_: sys.exit())
signal.signal(signal.SIGALRM, lambda *_: sys.exit())
signal.alarm(300)
ws = pathlib.Path(__file__).with_name("ws") / "server.mjs"
backend = subprocess.Popen([*TOGETHER, "node", ws], stdout=subprocess.PIPE, text=True)
listener = socket.create_server(("127.0.0.1", 0))
with tempfile.TemporaryDirectory() as folder:
    port = listener.getsockname()[1]
    server = SERVER.format(port=port, behind=int(backend.stdout.readline()))
    # nginx refuses port 0, but takes over a listening socket that it is told of, as in its own upgrades.
    number = listener.fileno()
    nginx = [*TOGETHER, *configured(folder, server, "debug")]
    front = subprocess.Popen(nginx, pass_fds=[number], env={**os.environ, "NGINX": f"{number};"})
    print(port, flush=True)
    front.wait()
