"""Who listens, in a process of its own, and counts what arrives. It ends with the `with` of `counting`."""

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from multiprocessing.connection import Connection

import zmq

from bench.beside import beside

ROOM, TUNING = "lobby", "tuning"
EVENT = b'{"op":"message"'
QUIET_S = 2.0  # when nothing more arrives for this long, the rest was dropped
TRY_S = 0.02  # between two tries whether all subscriptions are in force
WAIT_S = 0.05  # for what arrives, before the pipe is looked at

Act = Callable[[], None]
Take = Callable[[float], int]  # waits so many seconds for messages: how many came
Counted = Callable[[int], tuple[int, float]]
# Runs in the other process: once all listen, `count` is called with a Take until it returns
Listen = Callable[[Callable[[Take], None]], None]


def topic(room: str) -> bytes:
    return f"room/{room}/".encode()


ROOM_TOPIC, TUNING_TOPIC = topic(ROOM), topic(TUNING)


@contextmanager
def counting(
    listen: Listen, tuning: Callable[[], AbstractContextManager[Act]] = lambda: nullcontext(lambda: None)
) -> Iterator[Counted]:
    """Gives a function that waits for `expected` messages: how many came, and when the last did.

    `tuning` gives what is done again and again until all listen.
    """
    with beside(_run, listen) as pipe:
        with tuning() as talk:
            while not pipe.poll(TRY_S):
                talk()
            pipe.recv()

        def counted(expected: int) -> tuple[int, float]:
            pipe.send(expected)
            return pipe.recv()  # type: ignore[no-any-return]

        yield counted


def _run(pipe: Connection, listen: Listen) -> None:
    listen(functools.partial(_count, pipe))


def _count(pipe: Connection, take: Take) -> None:
    pipe.send("ready")
    count, last, expected = 0, time.perf_counter(), None
    while True:
        if came := take(WAIT_S):
            count += came
            last = time.perf_counter()
        if expected is None and pipe.poll():
            expected = pipe.recv()
            if expected is None:
                return
        if expected is not None and (count >= expected or time.perf_counter() - last > QUIET_S):
            pipe.send((count, last))
            count, expected = 0, None


def subscribers(broadcasts: str, count: int, ready: Callable[[Take], None]) -> None:
    """So many SUBs of Loggia: whoever hears the room of the tuning is subscribed to the other as well."""
    with zmq.Context() as context:
        context.set(zmq.MAX_SOCKETS, count + 10)
        poller = zmq.Poller()
        for _ in range(count):
            socket = context.socket(zmq.SUB)
            socket.linger = 0
            socket.set_hwm(0)
            socket.connect(broadcasts)
            for room in (ROOM, TUNING):  # in this order: when the second is in force, the first is
                socket.subscribe(topic(room))
            poller.register(socket, zmq.POLLIN)
        sockets = [socket for socket, _ in poller.sockets]
        try:
            _wait_for_tuning(poller, set(sockets))
            ready(lambda wait_s: sum(_take(socket) for socket, _ in poller.poll(round(wait_s * 1000))))
        finally:
            for socket in sockets:
                socket.close()


def _wait_for_tuning(poller: zmq.Poller, deaf: "set[zmq.Socket[bytes]]") -> None:
    while deaf:
        for socket, _ in poller.poll():
            if socket.recv_multipart()[0] == TUNING_TOPIC:
                socket.unsubscribe(TUNING_TOPIC)
                deaf.discard(socket)


def _take(socket: "zmq.Socket[bytes]") -> int:
    count = 0
    try:
        while True:
            about = socket.recv(zmq.DONTWAIT)
            events = socket.recv(zmq.DONTWAIT)
            if about == ROOM_TOPIC:  # some of the tuning may still come
                count += events.count(EVENT)
    except zmq.Again:
        return count
