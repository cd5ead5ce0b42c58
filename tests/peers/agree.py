"""Does `wskey inspect` find in a capture what was sent? Usage: agree.py SENT [ARGUMENT]...

The arguments are those of inspect; SENT.request and SENT.response hold the bytes of the one exchange that is in the capture, a proxy's
log having it twice. Exits as inspect does if the key, the accept value, the status and the verdict are right, else 3. No verdict is
right where the form shows too little.
"""

import base64
import hashlib
import json
import pathlib
import re
import subprocess
import sys


def field(name, head):
    found = re.findall(rb"(?im)^%s:[ \t]*(.*?)[ \t]*\r?$" % name, head.split(b"\r\n\r\n")[0])
    return found[0].decode() if found else None


sent, *arguments = sys.argv[1:]
request, response = (pathlib.Path(f"{sent}.{side}").read_bytes() for side in ("request", "response"))
key, accept = field(b"Sec-WebSocket-Key", request), field(b"Sec-WebSocket-Accept", response)
status = int(response.split()[1])
right = base64.b64encode(hashlib.sha1(key.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()).decode()
expected = {"key": key, "accept": accept, "status": status, "ok": status == 101 and accept == right}
unjudged = {**expected, "ok": None}

command = ["wskey", "inspect", "--json", *arguments]
inspect = subprocess.run(command, stdout=subprocess.PIPE, text=True)
found = [json.loads(line) for line in inspect.stdout.splitlines()]
if not found or any({name: one.get(name) for name in expected} not in (expected, unjudged) for one in found):
    print(f"sent: {expected}; found: {found}")
    sys.exit(3)
print("as sent:", inspect.stdout)
sys.exit(inspect.returncode)
