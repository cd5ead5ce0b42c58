"""Headless Chromium."""

import contextlib
import subprocess
import tempfile

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
