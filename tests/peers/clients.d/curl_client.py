"""A client by libcurl, with curl_cffi: exits 0 where the connection opens and the client does not fail it, else 1."""

import sys
import time

from curl_cffi import Curl, CurlECode, CurlOpt, CurlWsFlag
from curl_cffi.curl import CurlError

url, *protocols = sys.argv[1:]
curl = Curl()
curl.setopt(CurlOpt.URL, url.encode())
curl.setopt(CurlOpt.CONNECT_ONLY, 2)
if protocols:
    curl.setopt(CurlOpt.HTTPHEADER, [b"Sec-WebSocket-Protocol: " + protocols[0].encode()])
curl.perform()
print("opened")
while True:
    try:
        # It answers a Ping as it reads, and leaves a Close frame to its user.
        payload, frame = curl.ws_recv()
        if frame.flags & CurlWsFlag.CLOSE:
            curl.ws_send(payload, CurlWsFlag.CLOSE)
            break
    except CurlError as error:
        if error.code != CurlECode.AGAIN:
            print(error)
            sys.exit(error.code != CurlECode.GOT_NOTHING)
        time.sleep(0.01)
