"""A raw client that sends as fast as the answers come, and subscribers that count what arrives."""

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

import zmq

from bench.broker import Broker

TEXT = "The quick brown fox jumps over the lazy dog, again and again"
LONE_MESSAGES = 2000
QUIET_S = 2.0  # when nothing more arrives for this long, the rest was dropped
EVENT = b'{"op":"message"'
ANSWER = b'{"op":"stored"'


def figures(broker: Broker, subscribers: int, messages: int, window: int) -> dict[str, object]:
    """Answers and deliveries per second, broker CPU per message, and latencies at 1 in flight in µs."""
    with (
        zmq.Context() as context,
        _Client(context, broker) as client,
        _counting(broker, subscribers) as counter,
    ):
        cpu_s, started = broker.cpu_s(), time.perf_counter()
        client.flood(messages, window)
        answered_s = time.perf_counter() - started
        delivered, last = counter(messages * subscribers)
        cpu_s = broker.cpu_s() - cpu_s
    with zmq.Context() as context, _Client(context, broker) as client, _counting(broker, subscribers - 1):
        answer, delivery = client.one_by_one(LONE_MESSAGES)
    return {
        "answered_per_s": round(messages / answered_s),
        "deliveries_per_s": round(delivered / (last - started)),
        "delivered": delivered,
        "dropped": messages * subscribers - delivered,
        "cpu_us_per_message": round(cpu_s / messages * 1e6, 2),
        "answer_p50_us": answer[len(answer) // 2],
        "answer_p99_us": answer[len(answer) * 99 // 100],
        "delivery_p50_us": delivery[len(delivery) // 2],
        "delivery_p99_us": delivery[len(delivery) * 99 // 100],
    }


class _Client:
    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], broker: Broker) -> None:
        self._dealer = context.socket(zmq.DEALER)
        self._dealer.set_hwm(0)
        self._dealer.connect(broker.requests)
        self._sub = context.socket(zmq.SUB)
        self._broadcasts = broker.broadcasts
        self._dealer.send(b'{"op":"join","id":"join","nick":"bench-%d"}' % time.time_ns())
        assert b'"joined"' in self._dealer.recv()

    def __enter__(self) -> "_Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._dealer.send(b'{"op":"!end","id":"end"}')
        self._dealer.recv()
        self._dealer.close()
        self._sub.close()

    def flood(self, messages: int, window: int) -> None:
        """Send `messages`, never more than `window` unanswered."""
        send, recv = self._dealer.send, self._dealer.recv
        frames = [_message(number) for number in range(messages)]
        sent = answered = 0
        while answered < messages:
            until = min(messages, answered + window)
            while sent < until:
                send(frames[sent])
                sent += 1
            answered += recv().count(ANSWER)

    def one_by_one(self, messages: int) -> tuple[list[int], list[int]]:
        """Sorted times from send to answer and to delivery, in µs."""
        self._sub.connect(self._broadcasts)
        self._sub.subscribe(b"room/lobby/")
        answers, deliveries = [], []
        for number in range(messages + 1):
            request = _message(number)
            started = time.perf_counter()
            self._dealer.send(request)
            self._dealer.recv()
            answered = time.perf_counter()
            if not self._sub.poll(1000):  # the first one may come before the subscription
                assert number == 0
                continue
            while b'"id":"%08d"' % number not in self._sub.recv_multipart()[1]:
                pass
            answers.append(round((answered - started) * 1e6))
            deliveries.append(round((time.perf_counter() - started) * 1e6))
        return sorted(answers[1:]), sorted(deliveries[1:])


def _message(number: int) -> bytes:
    return b'{"op":"message","id":"%08d","room":"lobby","text":"%s"}' % (number, TEXT.encode())


@contextmanager
def _counting(broker: Broker, subscribers: int) -> Iterator[Any]:
    """Subscribers in a process of their own; gives a function that waits until `expected` events arrived."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_subscribe, args=(broker.broadcasts, subscribers, theirs)
    )
    process.start()
    ours.recv()

    def counted(expected: int) -> tuple[int, float]:
        ours.send(expected)
        return ours.recv()  # type: ignore[no-any-return]

    yield counted
    ours.send(None)
    process.join()


def _subscribe(broadcasts: str, subscribers: int, pipe: Connection) -> None:
    with zmq.Context() as context:
        poller = zmq.Poller()
        context.set(zmq.MAX_SOCKETS, subscribers + 10)
        sockets = [context.socket(zmq.SUB) for _ in range(subscribers)]
        for socket in sockets:
            socket.set_hwm(0)
            socket.connect(broadcasts)
            socket.subscribe(b"room/lobby/")
            poller.register(socket, zmq.POLLIN)
        time.sleep(0.5)  # a subscription is on its way for a moment
        pipe.send("ready")
        count, last, expected = 0, time.perf_counter(), None
        while True:
            for socket, _ in poller.poll(50):
                count += _take(socket)
                last = time.perf_counter()
            if expected is None and pipe.poll():
                expected = pipe.recv()
                if expected is None:
                    break
            if expected is not None and (count >= expected or time.perf_counter() - last > QUIET_S):
                pipe.send((count, last))
                expected = None
        for socket in sockets:
            socket.close(linger=0)


def _take(socket: "zmq.Socket[bytes]") -> int:
    count = 0
    try:
        while True:
            socket.recv(zmq.DONTWAIT)
            count += socket.recv(zmq.DONTWAIT).count(EVENT)
    except zmq.Again:
        return count
