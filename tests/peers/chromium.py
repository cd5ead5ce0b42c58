"""Headless Chromium."""

import contextlib
import json
import os
import subprocess
import tempfile
import time

COMMAND = """chromium --headless --no-sandbox --disable-gpu --disable-quic --disable-dev-shm-usage --no-first-run --disable-sync
    --disable-background-networking --disable-component-update --no-proxy-server""".split()


@contextlib.contextmanager
def shows(url, stderr=None):
    """Chromium shows that page as long as the block lasts."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = subprocess.Popen([*COMMAND, f"--user-data-dir={profile}", url], stderr=stderr)
        try:
            yield
        finally:
            browser.terminate()
            browser.wait(20)


class Page:
    """A page that is driven by the DevTools protocol, over the pipes that Chromium reads commands from and writes to."""

    def __init__(self, commands, answers):
        self.commands, self.answers, self.last, self.events, self.session = commands, answers, 0, [], None
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in "Page", "Runtime", "Log", "Network":
            self.send(f"{domain}.enable")

    def send(self, method, **params):
        self.last += 1
        message = {"id": self.last, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        self.commands.write(json.dumps(message).encode() + b"\0")
        self.commands.flush()
        while True:
            answer = json.loads(self.read())
            if answer.get("id") == self.last:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def read(self):
        message = bytearray()
        while (byte := self.answers.read(1)) != b"\0":
            if not byte:
                raise RuntimeError("Chromium has ended")
            message += byte
        return message

    def js(self, expression):
        """The value of an expression, or of what it promises."""
        result = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def until(self, expression, limit=60):
        """Waits until it is so."""
        end = time.monotonic() + limit
        while not self.js(f"Boolean({expression})"):
            if time.monotonic() > end:
                raise RuntimeError(f"not so within {limit} s: {expression}")
            time.sleep(0.05)

    def press(self, key, shift=False):
        text = {"Enter": "\r", " ": " "}.get(key)
        codes = {"Tab": 9, "Enter": 13, " ": 32}
        both = {"key": key, "code": {" ": "Space"}.get(key, key), "windowsVirtualKeyCode": codes[key], "modifiers": 8 * shift}
        self.send("Input.dispatchKeyEvent", type="keyDown", **both, **({"text": text} if text else {}))
        self.send("Input.dispatchKeyEvent", type="keyUp", **both)


@contextlib.contextmanager
def drives(stderr=None):
    """A page in Chromium as long as the block lasts."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        (its_in, to_it), (from_it, its_out) = os.pipe(), os.pipe()
        # It reads from 3, and writes to 4.
        shell = ["bash", "-c", f'exec "$@" 3<&{its_in} 4>&{its_out}', "chromium"]
        command = [*shell, *COMMAND, "--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank"]
        browser = subprocess.Popen(command, stderr=stderr, pass_fds=(its_in, its_out))
        os.close(its_in)
        os.close(its_out)
        try:
            with open(to_it, "wb") as commands, open(from_it, "rb") as answers:
                yield Page(commands, answers)
        finally:
            browser.terminate()
            browser.wait(20)
