"""A server in a thread of its own, with whatever doors a test wants, and those who come in by them."""

import asyncio
import itertools
import json
import socket
import threading
import time

import zmq
from loggia.broker.config import Config
from loggia.broker.runtime.server import Server
from loggia.shared.protocol.limits import LOBBY, Limits

from tests.patience import PATIENCE_S

_ids = itertools.count(1)


def settings(folder, **changed):
    given = {
        "data": folder / "data",
        "name": "house",
        "requests": "tcp://127.0.0.1:0",
        "broadcasts": "tcp://127.0.0.1:0",
        "front_door": ("127.0.0.1", 0),
        "rate": 0.0,
        "log_json": False,
        "log_file": None,
        "log_keep": 5,
        "limits": Limits(),
        "sources": {},
    }
    return Config(**given | changed)


def until(holds):
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        threading.Event().wait(0.002)


class Serving:
    """`server`, `loop`; `bound`: its settings; `made`: the doors, as it was made with them."""

    def __init__(self, folder, *doors, **changed):
        self.loop = asyncio.SelectorEventLoop()
        try:
            self.server = Server(settings(folder, **changed), self.loop, doors)
        except BaseException:
            self.loop.close()
            raise
        self.made = list(self.server._doors)
        try:
            self.server.open()
        except BaseException:
            self.server.abandon()
            self.loop.close()
            raise
        self.bound = self.server.bound
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        self.loop.run_until_complete(self.server.run())
        self.server.close()
        self.loop.close()

    def call(self, function, *arguments):
        """Run it on the loop's thread."""

        async def run():
            return function(*arguments)

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(PATIENCE_S)

    def close(self):
        """As when it is told to stop."""
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self.server.stop)
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()


class Person:
    """Somebody who speaks JSON over something. `heard`: all that came, in order."""

    def __init__(self):
        self.heard = []

    def post(self, op, **fields):
        request_id = f"{next(_ids):08d}"
        self.send(json.dumps({"op": op, "id": request_id, **fields}).encode())
        return request_id

    def ask(self, op, **fields):
        request_id = self.post(op, **fields)
        return self.next(
            lambda item: item.get("id") == request_id and ("nick" not in item or "token" in item)
        )

    def join(self, nick, **more):
        joined = self.ask("join", nick=nick, **more)
        assert joined["op"] == "joined", joined
        return joined

    def say(self, text, room=LOBBY):
        assert self.ask("message", room=room, text=text)["op"] == "stored"

    def hears(self, text):
        return self.next(lambda item: item.get("text") == text)

    def next(self, wanted):
        """The first that has come, or comes, and is wanted."""
        seen = 0
        while True:
            for item in self.heard[seen:]:
                if wanted(item):
                    return item
            seen = len(self.heard)
            self.heard += json.loads(self.receive())

    def texts(self):
        return [item["text"] for item in self.heard if item["op"] == "message"]


class Datagrams(Person):
    """Talks to one door or another from the same address."""

    def __init__(self, door):
        super().__init__()
        self.door = door
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(PATIENCE_S)

    def send(self, data):
        self._socket.sendto(data, self.door.socket.getsockname())

    def receive(self):
        return self._socket.recv(65536)

    def close(self):
        self._socket.close()


class Client(Person):
    """A DEALER, and all that is broadcast."""

    def __init__(self, bound):
        super().__init__()
        self._context = zmq.Context()
        self._dealer, self._sub = self._context.socket(zmq.DEALER), self._context.socket(zmq.SUB)
        for made, endpoint in ((self._dealer, bound.requests), (self._sub, bound.broadcasts)):
            made.linger = 0
            made.connect(endpoint)
        self._sub.subscribe("")
        self.broadcast = []

    def send(self, data):
        self._dealer.send(data)

    def receive(self):
        assert self._dealer.poll(PATIENCE_S * 1000)
        return self._dealer.recv()

    def listens(self, probe):
        """Wait until a broadcast comes: a subscription takes a moment. `probe` lets something happen."""
        while not self._sub.poll(10):
            probe()

    def hears_broadcast(self, text):
        while not any(item.get("text") == text for item in self.broadcast):
            assert self._sub.poll(PATIENCE_S * 1000), self.broadcast
            self.broadcast += json.loads(self._sub.recv_multipart()[1])

    def close(self):
        self._context.destroy(linger=0)
