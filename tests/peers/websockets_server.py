"""An echo server by Python websockets, which logs all that it does to stderr."""

import asyncio
import logging
import signal

from websockets.asyncio.server import serve


async def echo(peer):
    async for message in peer:
        await peer.send(message)


def choose(peer, offered):
    # Given a list instead, websockets refuses every client that offers none.
    return next((known for known in ("chat", "superchat") if known in offered), None)


async def main():
    async with serve(echo, "127.0.0.1", 0, select_subprotocol=choose) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


logging.basicConfig(level=logging.DEBUG)
signal.alarm(300)
asyncio.run(main())
