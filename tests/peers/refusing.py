"""A server that refuses. Usage: refusing.py aiohttp|autobahn|channels|engineio|fastapi|files|flask|tornado|websockets|websockets-legacy"""

import asyncio
import http.server
import signal
import socket
import sys

RIGHT = "http://right.example"


def say(port):
    print(port, flush=True)


def listener():
    listening = socket.create_server(("127.0.0.1", 0))
    say(listening.getsockname()[1])
    return listening


def by_uvicorn(application):
    import uvicorn

    configuration = uvicorn.Config(application, ws="websockets", log_level="critical")
    uvicorn.Server(configuration).run(sockets=[listener()])


def aiohttp():
    from aiohttp import web

    async def chat(request):
        peer = web.WebSocketResponse()
        await peer.prepare(request)
        return peer

    application = web.Application()
    application.add_routes([web.get("/chat", chat)])
    web.run_app(application, sock=listener(), print=None)


def autobahn():
    from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
    from twisted.internet import reactor

    factory = WebSocketServerFactory()
    factory.protocol = WebSocketServerProtocol
    factory.setProtocolOptions(allowedOrigins=[f"{RIGHT}:80"])
    say(reactor.listenTCP(0, factory, interface="127.0.0.1").getHost().port)
    reactor.run()


def channels():
    import django
    from channels.generic.websocket import WebsocketConsumer
    from channels.routing import ProtocolTypeRouter, URLRouter
    from channels.security.websocket import AllowedHostsOriginValidator
    from daphne.server import Server
    from django.conf import settings
    from django.core.asgi import get_asgi_application
    from django.urls import path

    settings.configure(ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="none", ROOT_URLCONF=__name__)
    django.setup()
    routes = AllowedHostsOriginValidator(URLRouter([path("chat", WebsocketConsumer.as_asgi())]))
    application = ProtocolTypeRouter({"http": get_asgi_application(), "websocket": routes})
    server = Server(application, endpoints=["tcp:port=0:interface=127.0.0.1"])
    server.ready_callable = lambda: say(server.listening_addresses[0][1])
    server.run()


def engineio():
    import engineio

    by_uvicorn(engineio.ASGIApp(engineio.AsyncServer(async_mode="asgi")))


def fastapi():
    from fastapi import FastAPI

    by_uvicorn(FastAPI())


def files():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    say(server.server_port)
    server.serve_forever()


def flask():
    from flask import Flask
    from flask_sock import Sock
    from werkzeug.serving import make_server

    application = Flask(__name__)
    Sock(application).route("/chat")(lambda peer: None)
    server = make_server("127.0.0.1", 0, application, threaded=True)
    say(server.server_port)
    server.serve_forever()


def tornado():
    from tornado.httpserver import HTTPServer
    from tornado.web import Application
    from tornado.websocket import WebSocketHandler

    class Chat(WebSocketHandler):
        pass

    async def main():
        listening = listener()
        listening.setblocking(False)
        HTTPServer(Application([("/chat", Chat)])).add_sockets([listening])
        await asyncio.Event().wait()

    asyncio.run(main())


def websockets(serve, origins=(RIGHT, None), subprotocols=None):
    async def echo(peer):
        async for message in peer:
            await peer.send(message)

    async def main():
        async with serve(echo, "127.0.0.1", 0, origins=origins, subprotocols=subprotocols) as server:
            say(server.sockets[0].getsockname()[1])
            await server.serve_forever()

    asyncio.run(main())


signal.alarm(300)
urlpatterns = []
match sys.argv[1]:
    case "websockets":
        from websockets.asyncio.server import serve

        websockets(serve)
    case "websockets-chat":
        from websockets.asyncio.server import serve

        websockets(serve, subprotocols=["chat"])
    case "websockets-origin":
        from websockets.asyncio.server import serve

        websockets(serve, [RIGHT])
    case "websockets-legacy":
        from websockets.legacy.server import serve

        websockets(serve)
    case name:
        globals()[name]()
