"""An echo server by Django Channels under daphne."""

import signal

import django
from channels.generic.websocket import WebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from daphne.server import Server
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import path

signal.alarm(300)
settings.configure(ALLOWED_HOSTS=["*"], SECRET_KEY="none", ROOT_URLCONF=__name__)
django.setup()
urlpatterns = []


class Echo(WebsocketConsumer):
    def connect(self):
        offered = self.scope["subprotocols"]
        self.accept(next((known for known in ("chat", "superchat") if known in offered), None))

    def receive(self, text_data=None, bytes_data=None):
        self.send(text_data, bytes_data)


routes = URLRouter([path("chat", Echo.as_asgi())])
application = ProtocolTypeRouter({"http": get_asgi_application(), "websocket": routes})
server = Server(application, endpoints=["tcp:port=0:interface=127.0.0.1"])
server.ready_callable = lambda: print(server.listening_addresses[0][1], flush=True)
server.run()
