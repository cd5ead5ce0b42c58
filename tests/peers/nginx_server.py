"""nginx in front of the ws server: /chat passes the upgrade on, /dropped forgets to. nginx's debug log goes to stderr."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile

CONFIGURATION = """
user root; daemon off; worker_processes 1; pid {folder}/pid; error_log stderr debug;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
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
    file = pathlib.Path(folder, "nginx.conf")
    file.write_text(CONFIGURATION.format(folder=folder, port=port, behind=int(backend.stdout.readline())))
    # nginx refuses port 0, but takes over a listening socket that it is told of, as in its own upgrades.
    number = listener.fileno()
    nginx = [*TOGETHER, "nginx", "-p", folder, "-e", "stderr", "-c", file]
    front = subprocess.Popen(nginx, pass_fds=[number], env={**os.environ, "NGINX": f"{number};"})
    print(port, flush=True)
    front.wait()
