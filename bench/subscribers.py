"""Subscribers in a process of their own, which count what arrives. They end with the `with` of `counting`."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from multiprocessing.connection import Connection

import zmq

ROOM, TUNING = "lobby", "tuning"
EVENT = b'{"op":"message"'
QUIET_S = 2.0  # when nothing more arrives for this long, the rest was dropped
TRY_S = 0.02  # between two tries whether all subscriptions are in force


def topic(room: str) -> bytes:
    return f"room/{room}/".encode()


ROOM_TOPIC, TUNING_TOPIC = topic(ROOM), topic(TUNING)


@contextmanager
def counting(
    broadcasts: str, subscribers: int, tuning: Callable[[], AbstractContextManager[Callable[[], None]]]
) -> Iterator[Callable[[int], tuple[int, float]]]:
    """Gives a function that waits for `expected` events of the room: how many came, and when the last did.

    `tuning` lets somebody talk in the room of that name: whoever hears it is subscribed.
    """
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_subscribe, args=(broadcasts, subscribers, theirs)
    )
    process.start()
    theirs.close()  # so that a process that failed is noticed
    try:
        with tuning() as talk:
            while not ours.poll(TRY_S):
                talk()
            ours.recv()

        def counted(expected: int) -> tuple[int, float]:
            ours.send(expected)
            return ours.recv()  # type: ignore[no-any-return]

        yield counted
        ours.send(None)
    except BaseException:
        process.terminate()
        raise
    finally:
        process.join()
        ours.close()


def _subscribe(broadcasts: str, subscribers: int, pipe: Connection) -> None:
    with zmq.Context() as context:
        context.set(zmq.MAX_SOCKETS, subscribers + 10)
        poller = zmq.Poller()
        for _ in range(subscribers):
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
            pipe.send("ready")
            _count(poller, pipe)
        finally:
            for socket in sockets:
                socket.close()


def _wait_for_tuning(poller: zmq.Poller, deaf: "set[zmq.Socket[bytes]]") -> None:
    while deaf:
        for socket, _ in poller.poll():
            if socket.recv_multipart()[0] == TUNING_TOPIC:
                socket.unsubscribe(TUNING_TOPIC)
                deaf.discard(socket)


def _count(poller: zmq.Poller, pipe: Connection) -> None:
    count, last, expected = 0, time.perf_counter(), None
    while True:
        for socket, _ in poller.poll(50):
            count += _take(socket)
            last = time.perf_counter()
        if expected is None and pipe.poll():
            expected = pipe.recv()
            if expected is None:
                return
        if expected is not None and (count >= expected or time.perf_counter() - last > QUIET_S):
            pipe.send((count, last))
            expected = None


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
