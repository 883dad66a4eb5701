"""A broker that lies: it answers as FakeBroker does, and what it says is then twisted in some place.

`HOSTILE` are the values that it puts where others belong: numbers that no type holds, names of a megabyte,
and things of another kind. Made of one seed, so that what fails can be seen again.
"""

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Self

import zmq

from tests.shared.client.fake import FakeBroker


class Bare(str):
    """Text that stands in JSON as it is: numbers that Python would not write."""


# msgspec takes NaN and Infinity for no JSON at all; the others are JSON, and no number that a type here holds
BARE = [Bare(text) for text in ("1e400", "-1e400", "1e-400", "NaN", "Infinity", "9" * 400, "-0", "0.5")]
NUMBERS = [-1, 0, 1, 2**31, 2**40 - 1, 2**40, 2**53, 2**63 - 1, 2**63, 2**64, -(2**63), 10**30]
STRINGS = ["", "\0", "\ud800", "x" * 1_000_000, "e\u0301" * 20_000, "\u202e", "room/lobby/", "lobby"]
OTHERS: list[Any] = [None, True, [], {}, [[]] * 5000, {"": {}}, [None], {"lobby": 2**63}, {"x" * 10_000: 1}]
HOSTILE: list[Any] = [*BARE, *NUMBERS, *STRINGS, *OTHERS]


def as_json(value: Any) -> bytes:
    """JSON, also of what is none."""
    plain = json.dumps(value, default=str)
    for text in BARE:
        plain = plain.replace(json.dumps(_mark(text)), text)
    return plain.encode()


def _mark(text: Bare) -> str:
    return f"<bare {text}>"


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in an answer."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


def twisted(value: Any, path: tuple[Any, ...], lie: Any) -> Any:
    """A copy with `lie` in that place."""
    if not path:
        return _mark(lie) if isinstance(lie, Bare) else lie
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = twisted(value[path[0]], path[1:], lie)
    return copy


class LyingBroker(FakeBroker):
    """Of each answer one place is a lie, by `chance`: for a part of `lies` of them."""

    def __init__(self, seed: int, lies: float = 0.3) -> None:
        super().__init__()
        self.dice = random.Random(seed)
        self.lies = lies

    def handle(self, connection: int, frame: bytes) -> list[Any]:
        return [self.lie(answer) for answer in super().handle(connection, frame)]

    def _answer(self, connection: int, request: dict[str, Any]) -> dict[str, Any]:
        try:
            return super()._answer(connection, request)
        except (KeyError, TypeError):  # asked about what a lie told of
            return {
                "op": "error",
                "id": request["id"],
                "code": "no_such_room",
                "text": "There is no such room.",
            }

    def lie(self, told: dict[str, Any]) -> Any:
        if self.dice.random() >= self.lies:
            return told
        return twisted(told, self.dice.choice(list(places(told))), self.dice.choice(HOSTILE))


class OnTime(FakeBroker):
    """Its clock is right."""

    def _ping(self, connection: int, request: dict[str, Any]) -> dict[str, Any]:
        return {**super()._ping(connection, request), "at": time.time_ns() // 1_000_000}


class Liar:
    """A broker at real sockets, in a thread of its own, that says what `twist` makes of the answers.

    `twist` gets the answers to one frame and gives the frames that are sent, which need be nothing that
    anybody can read. `unread`: frames of broadcasts that may wait for one listener. Attributes: `requests`,
    `broadcasts`: where it is; `broker`: what it knows.
    """

    def __init__(
        self, twist: Callable[["Liar", list[dict[str, Any]]], list[bytes]], unread: int = 1000
    ) -> None:
        self.broker = OnTime()
        self.broker.ping_s = 0.2
        self._twist = twist
        self._context = zmq.Context()
        self._router, self._pub = self._context.socket(zmq.ROUTER), self._context.socket(zmq.PUB)
        self._end = self._context.socket(zmq.PAIR)
        self._ender = self._context.socket(zmq.PAIR)
        self._end.bind("inproc://end")
        self._ender.connect("inproc://end")
        self._pub.setsockopt(zmq.SNDHWM, unread)
        here = "tcp://127.0.0.1"
        self.requests = f"{here}:{self._router.bind_to_random_port(here)}"
        self.broadcasts = f"{here}:{self._pub.bind_to_random_port(here)}"
        self._connections: dict[bytes, int] = {}
        self._thread = threading.Thread(target=self._run, name="liar")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ender.send(b"")
        self._thread.join()
        self._context.destroy(linger=0)

    def _run(self) -> None:
        poller = zmq.Poller()
        poller.register(self._router, zmq.POLLIN)
        poller.register(self._end, zmq.POLLIN)
        while self._end not in dict(poller.poll()):
            peer, frame = self._router.recv_multipart()
            connection = self._connections.setdefault(peer, len(self._connections))
            for answer in self._twist(self, self.broker.handle(connection, frame)):
                self._router.send_multipart([peer, answer])
