"""A raw client that sends as fast as the answers come, in the process that measures."""

import functools
import itertools
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import zmq

from bench.broker import Broker
from bench.subscribers import ROOM, TUNING, counting, topic

TEXT = "The quick brown fox jumps over the lazy dog, again and again"
LONE_MESSAGES = 2000
ANSWER = b'{"op":"stored"'


def figures(broker: Broker, subscribers: int, messages: int, window: int) -> dict[str, object]:
    """Answers and deliveries per second, broker CPU per message, and latencies at 1 in flight in µs."""
    tuning = functools.partial(_tuning, broker)
    with (
        zmq.Context() as context,
        RawClient(context, broker) as client,
        counting(broker.broadcasts, subscribers, tuning) as counter,
    ):
        before_s, started = broker.cpu_s(), time.perf_counter()
        client.flood(messages, window)
        answered_s = time.perf_counter() - started
        delivered, last = counter(messages * subscribers)
        after_s = broker.cpu_s()
    with (
        zmq.Context() as context,
        RawClient(context, broker) as client,
        counting(broker.broadcasts, subscribers - 1, tuning),
    ):
        answer, delivery = client.one_by_one(LONE_MESSAGES)
    return {
        "answered_per_s": round(messages / answered_s),
        "deliveries_per_s": round(delivered / (last - started)),
        "delivered": delivered,
        "dropped": messages * subscribers - delivered,
        "cpu_us_per_message": cpu_us(before_s, after_s, messages),
        "answer_p50_us": answer[len(answer) // 2],
        "answer_p99_us": answer[len(answer) * 99 // 100],
        "delivery_p50_us": delivery[len(delivery) // 2],
        "delivery_p99_us": delivery[len(delivery) * 99 // 100],
    }


def cpu_us(before_s: float | None, after_s: float | None, messages: int) -> float | None:
    """The broker's CPU time for one message in µs; None where the operating system does not tell."""
    if before_s is None or after_s is None:
        return None
    return round((after_s - before_s) / messages * 1e6, 2)


class RawClient:
    """It speaks by a DEALER as fast as the answers come."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], broker: Broker) -> None:
        self._dealer = context.socket(zmq.DEALER)
        self._dealer.set_hwm(0)
        self._dealer.connect(broker.requests)
        self._sub = context.socket(zmq.SUB)
        self._broadcasts = broker.broadcasts
        self._dealer.send(b'{"op":"join","id":"join","nick":"bench-%d"}' % time.time_ns())
        assert b'"joined"' in self._dealer.recv()

    def enter(self, room: str) -> None:
        self._dealer.send(b'{"op":"join","id":"enter","room":"%s"}' % room.encode())
        assert b'"joined"' in self._dealer.recv()

    def say(self, room: str, number: int) -> None:
        self._dealer.send(_message(number, room))
        assert ANSWER in self._dealer.recv()

    def head(self) -> int:
        """How many entries the room of the messages has."""
        self._dealer.send(b'{"op":"ping","id":"ping","cursors":{"%s":0}}' % ROOM.encode())
        return int(json.loads(self._dealer.recv())[0]["heads"][ROOM])

    def __enter__(self) -> "RawClient":
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
        self._sub.subscribe(topic(ROOM))
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


def _message(number: int, room: str = ROOM) -> bytes:
    fields = (number, room.encode(), TEXT.encode())
    return b'{"op":"message","id":"%08d","room":"%s","text":"%s"}' % fields


@contextmanager
def _tuning(broker: Broker) -> Iterator[Callable[[], None]]:
    """Gives a function that says something in the room of the tuning."""
    with zmq.Context() as context, RawClient(context, broker) as tuner:
        tuner.enter(TUNING)
        numbers = itertools.count()
        yield lambda: tuner.say(TUNING, next(numbers))
