"""A client by aiohttp: exits 0 where the connection opens and the client does not fail it, else 1."""

import asyncio
import sys

import aiohttp

url, *protocols = sys.argv[1:]


async def main():
    async with aiohttp.ClientSession() as session, session.ws_connect(url, protocols=protocols, compress=15) as socket:
        print("opened")
        async for message in socket:
            if message.type is aiohttp.WSMsgType.ERROR:
                raise message.data
        print(f"closed, {socket.close_code}")


asyncio.run(main())
