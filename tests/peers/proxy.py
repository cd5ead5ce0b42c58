"""A proxy in front of 127.0.0.1:BEHIND. Usage: proxy.py NAME BEHIND; prints its port first.

The names are those of CONFIGURATIONS, and own: a proxy that makes a handshake of its own, with websockets on both sides.
"""

import asyncio
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile

from nginx_configuration import configured

NGINX = """
    map $http_upgrade $connection_upgrade {{
        default upgrade;
        ''      close;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            {lines}
        }}
    }}
"""
NGINX_LINES = {
    "nginx": """proxy_pass http://127.0.0.1:{behind};
proxy_http_version 1.1;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection upgrade;
proxy_set_header Host $http_host;""",
    "nginx-map": """proxy_pass http://127.0.0.1:{behind};
proxy_http_version 1.1;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection $connection_upgrade;
proxy_set_header Host $http_host;""",
    "nginx-bare": "proxy_pass http://127.0.0.1:{behind};",
    "nginx-refuses": "return 403;",
    "nginx-elsewhere": "proxy_pass http://127.0.0.1:{nobody};",
}

# Besides, each request is copied, or the server is asked first whether it may pass; in a location of its own.
for name, lines in [("nginx-mirror", "mirror /other;"), ("nginx-asks", "auth_request /other;")]:
    location = "}}\nlocation = /other {{\n    internal;\n    proxy_pass http://127.0.0.1:{behind}/other;"
    NGINX_LINES[name] = f"{NGINX_LINES['nginx']}\n{lines}\n{location}"
    # As where this location inherits the lines that pass the upgrade on.
    NGINX_LINES[f"{name}-upgrade"] = f"{NGINX_LINES[name]}\n{NGINX_LINES['nginx'].partition(chr(10))[2]}"

HAPROXY = """
global
    log stderr local0
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout tunnel 1h
frontend front
    bind 127.0.0.1:{port}
    {rules}
    default_backend behind
backend behind
    option httpchk GET /health
    server one 127.0.0.1:{behind} {check}
"""
HAPROXY_LINES = {
    "haproxy": ("", ""),
    # Asks every tenth of a second whether the server is there.
    "haproxy-checks": ("", "check inter 100ms rise 1"),
    "haproxy-bare": ("http-request del-header Upgrade", ""),
}

APACHE = """
ServerRoot {folder}
PidFile {folder}/pid
Listen 127.0.0.1:{port}
ServerName localhost
ErrorLog /dev/stderr
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
{lines}
"""
APACHE_LINES = {
    "apache": "ProxyPass / http://127.0.0.1:{behind}/ upgrade=websocket",
    "apache-bare": "ProxyPass / http://127.0.0.1:{behind}/",
}

CADDY = """
{{
    admin off
    auto_https off
    storage file_system {folder}
}}
http://127.0.0.1:{port}, http://localhost:{port} {{
    bind 127.0.0.1
    reverse_proxy 127.0.0.1:{behind}{block}
}}
"""
CADDY_LINES = {
    "caddy": "",
    "caddy-bare": " {\n        header_up -Upgrade\n    }",
}


def free():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def command(name, folder, port, behind):
    """What is run, once its configuration is written."""
    file = pathlib.Path(folder, "configuration")
    if name in NGINX_LINES:
        lines = NGINX_LINES[name].format(behind=behind, nobody=free()).replace("\n", "\n            ")
        return configured(folder, NGINX.format(port=port, lines=lines))
    if name in HAPROXY_LINES:
        rules, check = HAPROXY_LINES[name]
        file.write_text(HAPROXY.format(port=port, behind=behind, rules=rules, check=check))
        return ["haproxy", "-db", "-f", file]
    if name in APACHE_LINES:
        lines = APACHE_LINES[name].format(behind=behind)
        file.write_text(APACHE.format(folder=folder, port=port, lines=lines))
        return ["apache2", "-X", "-f", file]
    file.write_text(CADDY.format(folder=folder, port=port, behind=behind, block=CADDY_LINES[name]))
    return ["caddy", "run", "--adapter", "caddyfile", "--config", file]


async def own(port, behind):
    from websockets.asyncio.client import connect
    from websockets.asyncio.server import serve

    async def relay(source, sink):
        async for message in source:
            await sink.send(message)
        await sink.close()

    async def answer(client):
        async with connect(f"ws://127.0.0.1:{behind}{client.request.path}", proxy=None) as server:
            await asyncio.gather(relay(client, server), relay(server, client))

    async with serve(answer, "127.0.0.1", port):
        await asyncio.get_running_loop().create_future()


def wait_for(port, process):
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            continue
    sys.exit("it has not started")


def main():
    name, behind = sys.argv[1], int(sys.argv[2])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    signal.signal(signal.SIGALRM, lambda *_: sys.exit())
    signal.alarm(600)
    port = free()
    if name == "own":
        print(port, flush=True)
        asyncio.run(own(port, behind))
        return
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "HOME": folder, "XDG_DATA_HOME": folder, "XDG_CONFIG_HOME": folder}
        # However this process ends, the proxy ends with it.
        run = ["setpriv", "--pdeathsig", "TERM", *command(name, folder, port, behind)]
        process = subprocess.Popen(run, env=environment, stdout=sys.stderr)
        wait_for(port, process)
        print(port, flush=True)
        process.wait()


if __name__ == "__main__":
    main()
