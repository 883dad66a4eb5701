"""Raw clients of Loggia: DEALERs in a session, in the process that measures, with no code of ours in them."""

import itertools
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import zmq

from bench.broker import Broker
from bench.speakers import PATIENCE_S, Silent
from bench.subscribers import ROOM, TUNING

TEXT = "The quick brown fox jumps over the lazy dog, again and again"
ANSWER = b'{"op":"stored"'
PATIENCE_MS = round(PATIENCE_S * 1000)
HELLO_AT_ONCE = 50  # who come in together

_DONTWAIT = int(zmq.DONTWAIT)
_POLLIN = int(zmq.POLLIN)

Sockets = zmq.Context[zmq.Socket[bytes]]


class Dealer:
    """One of them. It asks to come in when it is made, and `came_in` waits for the answer.

    Attributes: `rooms`, in which it says one message after the other.
    """

    def __init__(self, context: Sockets, broker: Broker, nick: str) -> None:
        self.socket = context.socket(zmq.DEALER)
        self.socket.set_hwm(0)
        self.socket.linger = 0
        self.socket.connect(broker.requests)
        self.socket.send(b'{"op":"join","id":"join","nick":"%s"}' % nick.encode())
        self.rooms: Sequence[str] = (ROOM,)
        self._ids = itertools.count()  # they grow, so that each message is one of its own

    def came_in(self) -> None:
        self._expect(b'"joined"')

    def enter(self, room: str) -> None:
        self.socket.send(b'{"op":"join","id":"enter","room":"%s"}' % room.encode())
        self._expect(b'"joined"')

    def fileno(self) -> int:
        return self.socket.fileno()

    def say(self, count: int) -> None:
        send, rooms = self.socket.send, self.rooms
        for number in itertools.islice(self._ids, count):
            send(message(number, rooms[number % len(rooms)]))

    def received(self) -> int:
        answered, socket = 0, self.socket
        # the descriptor tells only that something may have changed
        while int(socket.getsockopt(zmq.EVENTS)) & _POLLIN:
            answer = socket.recv(_DONTWAIT)
            count = answer.count(ANSWER)
            assert count, answer
            answered += count
        return answered

    def say_one(self) -> None:
        """And wait until it is stored."""
        self.say(1)
        self._expect(ANSWER)

    def head(self) -> int:
        """How many entries the room has in which it speaks first. Not by a ping: who has pinged once is
        expected to go on, and is cut off while it waits for others."""
        self.socket.send(b'{"op":"history","id":"head","room":"%s","limit":1}' % self.rooms[0].encode())
        (page,) = json.loads(self.socket.recv())
        assert page["op"] == "history", page
        return int(page["head"])

    def read_back(self, after: int) -> float:
        """How long a page of history takes that begins behind that number, in µs."""
        begun = time.perf_counter()
        room = self.rooms[0].encode()
        self.socket.send(b'{"op":"history","id":"page","room":"%s","after":%d}' % (room, after))
        self._expect(b'"op":"history"')
        return (time.perf_counter() - begun) * 1e6

    def end(self) -> None:
        self.socket.send(b'{"op":"!end","id":"end"}')
        self.socket.poll(PATIENCE_MS)
        self.socket.close()

    def _expect(self, word: bytes) -> None:
        if not self.socket.poll(PATIENCE_MS):
            raise Silent
        answer = self.socket.recv()
        assert word in answer, answer


def message(number: int, room: str = ROOM) -> bytes:
    fields = (number, room.encode(), TEXT.encode())
    return b'{"op":"message","id":"%08d","room":"%s","text":"%s"}' % fields


@contextmanager
def dealing(
    broker: Broker, count: int, begin: str = "bench", of: type[Dealer] = Dealer
) -> Iterator[list[Dealer]]:
    """So many who are in the lobby. They leave at the end."""
    with zmq.Context() as context:
        context.set(zmq.MAX_SOCKETS, count + 10)
        try:
            dealers: list[Dealer] = []
            for first in range(0, count, HELLO_AT_ONCE):
                numbers = range(first, min(count, first + HELLO_AT_ONCE))
                new = [of(context, broker, f"{begin}-{number}-{time.time_ns()}") for number in numbers]
                for dealer in new:
                    dealer.came_in()
                dealers += new
            yield dealers
            for dealer in dealers:
                dealer.end()
        finally:
            context.destroy(linger=0)


@contextmanager
def tuning(broker: Broker) -> Iterator[Callable[[], None]]:
    """Gives a function that says something in the room of the tuning."""
    with dealing(broker, 1, "tuner") as (tuner,):
        tuner.enter(TUNING)
        tuner.rooms = (TUNING,)
        yield tuner.say_one
