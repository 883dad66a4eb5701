"""Clients that come and go as fast as they are let in, in a process of their own, in every way to do so.

Each brings the token of one of a few accounts: what stays is what the broker kept of connections, and not of
people. They come from many addresses of loopback, as the broker lets in only so many listeners of one.
"""

import itertools
import json
import multiprocessing
import random
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

import zmq

from bench.addresses import reached_from
from bench.idlers import Socket
from bench.speakers import PATIENCE_S
from bench.subscribers import topic

ACCOUNTS = 20
ADDRESSES = 200  # of each process
AT_ONCE = 20  # sockets of one process that are open together
TELL_EACH = 50  # connections, after which it is told how many there were


@contextmanager
def coming(requests: str, broadcasts: str, count: int, processes: int = 2) -> Iterator[Callable[[], int]]:
    """Gives a function that says how many came so far. Raises AssertionError where a process failed."""
    pipes, started = [], []
    for number in range(processes):
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.get_context("spawn").Process(
            target=_come_and_go, args=(requests, broadcasts, count // processes, number, theirs)
        )
        process.start()
        theirs.close()
        pipes.append(ours)
        started.append(process)
    came = [0] * processes

    def so_far() -> int:
        for number, (pipe, process) in enumerate(zip(pipes, started, strict=True)):
            while pipe.poll():
                try:
                    came[number] = pipe.recv()
                except EOFError:
                    break
            assert process.exitcode in (None, 0), "a process of those who come and go failed"
        return sum(came)

    try:
        yield so_far
    finally:
        for process in started:
            process.terminate()
            process.join()
        for pipe in pipes:
            pipe.close()


def _come_and_go(requests: str, broadcasts: str, count: int, number: int, pipe: Connection) -> None:
    chance = random.Random(number)
    addresses = itertools.cycle(range(number * ADDRESSES, (number + 1) * ADDRESSES))
    with zmq.Context() as context:
        context.set(zmq.MAX_SOCKETS, 4 * AT_ONCE + 10)
        context.setsockopt(zmq.LINGER, 0)
        try:
            tokens = [_account(context, requests, f"comer-{number}-{each}") for each in range(ACCOUNTS)]
            open_: list[list[Socket]] = []
            for came in range(1, count + 1):
                where = next(addresses)
                way = WAYS[came % len(WAYS)]
                open_.append(
                    way(
                        context,
                        reached_from(requests, where),
                        reached_from(broadcasts, where),
                        chance.choice(tokens),
                    )
                )
                if len(open_) == AT_ONCE:
                    for one in open_.pop(chance.randrange(AT_ONCE)):
                        one.close()
                if came % TELL_EACH == 0 or came == count:
                    pipe.send(came)
        finally:
            context.destroy(linger=0)


def _account(context: "zmq.Context[Socket]", requests: str, nick: str) -> str:
    with context.socket(zmq.DEALER) as dealer:
        dealer.connect(requests)
        answer = _asked(dealer, b'{"op":"join","id":"join","nick":"%s"}' % nick.encode())
        _asked(dealer, b'{"op":"!end","id":"end"}')
        return str(json.loads(answer)[0]["token"])


def _asked(dealer: Socket, request: bytes) -> bytes:
    dealer.send(request)
    assert dealer.poll(round(PATIENCE_S * 1000)), "the broker does not answer"
    answer = dealer.recv()
    assert b'"op":"error"' not in answer, answer
    return answer


# -- Ways to come and to go ------------------------------------------------------------------------
# Each gives what is closed later, some time, without a word.


def _a_client(context: "zmq.Context[Socket]", requests: str, broadcasts: str, token: str) -> list[Socket]:
    """All that one of the library does, but the goodbye."""
    sub, dealer = context.socket(zmq.SUB), context.socket(zmq.DEALER)
    sub.connect(broadcasts)
    sub.subscribe(topic("lobby"))
    dealer.connect(requests)
    _asked(dealer, b'{"op":"join","id":"join","token":"%s"}' % token.encode())
    return [sub, dealer]


def _who_says_goodbye(
    context: "zmq.Context[Socket]", requests: str, broadcasts: str, token: str
) -> list[Socket]:
    sockets = _a_client(context, requests, broadcasts, token)
    _asked(sockets[1], b'{"op":"!end","id":"end"}')
    return sockets


def _who_does_not_wait(
    context: "zmq.Context[Socket]", requests: str, broadcasts: str, token: str
) -> list[Socket]:
    """Asks, and may be gone before it is answered."""
    dealer = context.socket(zmq.DEALER)
    dealer.connect(requests)
    for number in range(10):
        dealer.send(b'{"op":"join","id":"%d","token":"%s"}' % (number, token.encode()))
    return [dealer]


def _who_listens_and_changes(
    context: "zmq.Context[Socket]", requests: str, broadcasts: str, token: str
) -> list[Socket]:
    sub = context.socket(zmq.SUB)
    sub.connect(broadcasts)
    for number in range(10):
        sub.subscribe(topic(f"room {number}"))
        sub.unsubscribe(topic(f"room {number}"))
    sub.subscribe(topic("lobby"))
    return [sub]


def _who_speaks_no_zeromq(
    context: "zmq.Context[Socket]", requests: str, broadcasts: str, token: str
) -> list[Socket]:
    """And breaks off in the middle of the greeting."""
    host, port = broadcasts.replace("tcp://", "").rpartition(";")[2].rsplit(":", 1)
    with socket.create_connection((host, int(port)), PATIENCE_S) as one:
        one.sendall(b"\xff\0\0\0\0\0\0\0\1\x7f\3")
    return []


WAYS = (_a_client, _who_says_goodbye, _who_does_not_wait, _who_listens_and_changes, _who_speaks_no_zeromq)
