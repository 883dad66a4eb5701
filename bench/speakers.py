"""How those speak who load a server, whatever they speak: all at once, one at a time, or at a pace.

Runs in the process that measures, in one thread. Nothing here knows a protocol.
"""

import selectors
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from bench.process import Unmet

PATIENCE_S = 60.0  # nothing is answered later than this


class Silent(Unmet):
    """The server does not answer."""

    def __init__(self) -> None:
        super().__init__("a server does not answer")


class Speaker(Protocol):
    """One connection. Its answers come in the order of its messages."""

    def fileno(self) -> int:
        """What is readable once something may have come."""

    def say(self, count: int) -> None:
        """Send its next messages, whatever was answered."""

    def received(self) -> int:
        """How many of them were answered since it was asked last; it does not wait."""


Ready = Callable[[float], list[int]]


@contextmanager
def watching(speakers: Sequence[Speaker]) -> Iterator[Ready]:
    """Gives a function that waits for any of them, at most so many seconds: the places of those."""
    with selectors.DefaultSelector() as selector:
        for number, speaker in enumerate(speakers):
            selector.register(speaker.fileno(), selectors.EVENT_READ, number)
        yield lambda timeout_s: [key.data for key, _ in selector.select(max(0.0, timeout_s))]


def flood(speakers: Sequence[Speaker], messages: int, window: int) -> float:
    """All together say so many, each with never more than `window` unanswered; how long that took in s.

    Many say one message each, and then each the next: it comes as from people who do not wait for each other.
    """
    each = messages // len(speakers)
    said, answered = [0] * len(speakers), [0] * len(speakers)
    at_once = window if len(speakers) == 1 else 1
    left = set(range(len(speakers)))  # who is not answered yet
    begun = time.perf_counter()
    with watching(speakers) as ready:
        some = list(left)
        while True:
            while some:
                still = []
                for number in some:
                    if more := min(each - said[number], answered[number] + window - said[number], at_once):
                        said[number] += more
                        speakers[number].say(more)
                        still.append(number)
                    # also because to send may take in what came, and then nothing tells of it
                    elif received := speakers[number].received():
                        answered[number] += received
                        still.append(number)
                        if answered[number] == each:
                            left.discard(number)
                some = still
            if not left:
                return time.perf_counter() - begun
            some = ready(PATIENCE_S)
            if not some:
                raise Silent


def one_by_one(speaker: Speaker, messages: int) -> list[float]:
    """How long each took to its answer, in µs, sorted."""
    took = []
    with watching([speaker]) as ready:
        for _ in range(messages):
            begun = time.perf_counter()
            speaker.say(1)
            while not speaker.received():
                if not ready(PATIENCE_S) and time.perf_counter() - begun > PATIENCE_S:
                    raise Silent
            took.append((time.perf_counter() - begun) * 1e6)
    return sorted(took)


def paced(speakers: Sequence[Speaker], rate: float, messages: int) -> list[float]:
    """So many a second, by one after the other; how long each took in µs, sorted.

    Each has its time, and what it took is counted from then: that the server, or this process, was late with
    others is no excuse.
    """
    took: list[float] = []
    waiting: list[deque[float]] = [deque() for _ in speakers]
    begun = time.perf_counter()
    said = 0

    def take(number: int) -> None:
        received = speakers[number].received()
        if received:
            now = time.perf_counter()
            took.extend((now - waiting[number].popleft()) * 1e6 for _ in range(received))

    with watching(speakers) as ready:
        heard = begun
        while len(took) < messages:
            now = time.perf_counter()
            while said < messages and (due := begun + said / rate) <= now:
                number = said % len(speakers)
                waiting[number].append(due)
                speakers[number].say(1)
                take(number)
                said += 1
            some = ready(begun + said / rate - time.perf_counter() if said < messages else PATIENCE_S)
            for number in some:
                take(number)
            if some:
                heard = now
            elif now - heard > PATIENCE_S:
                raise Silent
    return sorted(took)


def at(sorted_times: Sequence[float], share: float) -> float:
    """So large a share of the times is not longer."""
    return round(sorted_times[min(len(sorted_times) - 1, int(len(sorted_times) * share))])
