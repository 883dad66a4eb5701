"""Clients that only are there, in processes of their own: each with a DEALER in a session and a SUB, silent.

So many fit into one process that its descriptors do: two sockets and what wakes them are four of them.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection

import zmq

from bench.addresses import reached_from
from bench.beside import beside
from bench.subscribers import topic

PER_ROOM = 50  # so that what a join is told does not grow with the number of clients
PER_ADDRESS = 10
PER_PROCESS = 2500
WANTED = 25_000  # descriptors: 10,000 clients and more
SPARE = 300  # of them, for all else
AGAIN_MS = 3000  # a join that is not answered by then is sent again
COME_IN_S = 300.0  # for a process full of them

Socket = zmq.Socket[bytes]


def descriptors() -> int:
    """How many this process, and each that it starts, may open from now on: as many as the system lets it."""
    if sys.platform == "win32":  # sockets are no files there, and have no such bound
        return WANTED
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(hard, WANTED), max(hard, WANTED)))
        return max(hard, WANTED)
    except (ValueError, OSError):  # only who runs the system may have more than the hard limit
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        return hard


def fitting(count: int) -> int:
    """So many clients as there are descriptors for: a broker has two for each."""
    return min(count, (descriptors() - SPARE) // 2)


@contextmanager
def idling(requests: str, broadcasts: str, count: int) -> Iterator[None]:
    """They are here while the body runs."""
    with ExitStack() as stack:
        for first in range(0, count, PER_PROCESS):
            some = range(first, min(count, first + PER_PROCESS))
            stack.enter_context(_process(requests, broadcasts, some))
        yield


@contextmanager
def _process(requests: str, broadcasts: str, some: range) -> Iterator[None]:
    with beside(_be_here, requests, broadcasts, some) as pipe:
        assert pipe.poll(COME_IN_S), "they do not come in"
        pipe.recv()
        yield


def _be_here(pipe: Connection, requests: str, broadcasts: str, some: range) -> None:
    with zmq.Context() as context:
        context.set(zmq.MAX_SOCKETS, 2 * len(some) + 10)
        try:
            here = [_come_in(context, requests, broadcasts, number) for number in some]
            pipe.send(len(here))
            pipe.recv()
        finally:
            context.destroy(linger=0)


def _come_in(
    context: "zmq.Context[Socket]", requests: str, broadcasts: str, number: int
) -> tuple[Socket, Socket]:
    """Its sockets: they are open as long as somebody holds them."""
    room = f"idle-{number // PER_ROOM}"
    sub = context.socket(zmq.SUB)
    sub.connect(reached_from(broadcasts, number // PER_ADDRESS))
    sub.subscribe(topic(room))
    dealer = context.socket(zmq.DEALER)
    dealer.connect(reached_from(requests, number // PER_ADDRESS))
    join = b'{"op":"join","id":"join","nick":"idle-%d","room":"%s"}' % (number, room.encode())
    dealer.send(join)
    while not dealer.poll(AGAIN_MS):
        dealer.send(join)
    answer = dealer.recv()
    assert b'"joined"' in answer, answer
    return dealer, sub
