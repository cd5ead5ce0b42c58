"""The accept value of each key on stdin."""
import sys
from binascii import Error, a2b_base64, b2a_base64
from hashlib import sha1

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def main():
    write = sys.stdout.buffer.write
    for number, line in enumerate(sys.stdin.buffer, 1):
        key = line.rstrip(b"\n")
        try:
            if len(key) != 24 or len(a2b_base64(key, strict_mode=True)) != 16:
                raise Error
        except Error:
            print(f"line {number}: not a key", file=sys.stderr)
            write(b"\n")
            continue
        write(b2a_base64(sha1(key + GUID).digest()))


main()
