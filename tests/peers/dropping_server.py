"""nginx in front of any server of this machine, which drops or changes one thing: /PORT/WHAT/PATH goes to PATH at PORT. Its stderr is
nginx's log. Prints its port first, then that of HTTPS alone."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile

from nginx_configuration import configured

# What it does to a request; the last of the same name counts, and an empty value is none.
WHAT = {
    # As nginx does unless it is told otherwise.
    "default": "",
    "upgrade": "proxy_http_version 1.1; proxy_set_header Connection upgrade;",
    "connection": "proxy_http_version 1.1; proxy_set_header Upgrade websocket; proxy_set_header Connection keep-alive;",
    "both": 'proxy_http_version 1.1; proxy_set_header Connection "";',
    "key": "{all} proxy_set_header Sec-WebSocket-Key '';",
    "bad-key": "{all} proxy_set_header Sec-WebSocket-Key abc;",
    "version": "{all} proxy_set_header Sec-WebSocket-Version '';",
    "bad-version": "{all} proxy_set_header Sec-WebSocket-Version 8;",
    "bad-upgrade": "proxy_http_version 1.1; proxy_set_header Connection upgrade; proxy_set_header Upgrade h2c;",
    "http10": "proxy_set_header Connection upgrade; proxy_set_header Upgrade websocket;",
    "host": "{all} proxy_set_header Host '';",
}
ALL = "proxy_http_version 1.1; proxy_set_header Connection upgrade; proxy_set_header Upgrade websocket;"

SERVERS = """
    server {{
        listen 127.0.0.1:{port};
        {locations}
    }}
    server {{
        listen 127.0.0.1:{secure} ssl;
        ssl_certificate {certificate}; ssl_certificate_key {key};
    }}
"""

LOCATION = r"""location ~ ^/(?<to>\d+)/{name}(?<path>/.*)$ {{ proxy_pass http://127.0.0.1:$to$path$is_args$args; {host}{what} }}
"""

signal.signal(signal.SIGTERM, lambda *_: sys.exit())
signal.signal(signal.SIGALRM, lambda *_: sys.exit())
signal.alarm(300)
certificate, key = [pathlib.Path(file).resolve() for file in sys.argv[1:]]
listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
ports = [listener.getsockname()[1] for listener in listeners]
with tempfile.TemporaryDirectory() as folder:
    host = {name: "" if name == "host" else "proxy_set_header Host $http_host; " for name in WHAT}
    locations = [LOCATION.format(name=name, host=host[name], what=what.format(all=ALL)) for name, what in WHAT.items()]
    words = {"port": ports[0], "secure": ports[1], "locations": "        ".join(locations)}
    servers = SERVERS.format(certificate=certificate, key=key, **words)
    # nginx refuses port 0, but takes over listening sockets that it is told of, as in its own upgrades.
    numbers = [listener.fileno() for listener in listeners]
    nginx = ["setpriv", "--pdeathsig", "TERM", *configured(folder, servers)]
    inherited = "".join(f"{number};" for number in numbers)
    front = subprocess.Popen(nginx, pass_fds=numbers, env={**os.environ, "NGINX": inherited})
    print(*ports, flush=True)
    front.wait()
