"""What is due when, of much that is put off or comes to nothing. Pure; time is an argument."""

import heapq
import itertools
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

_STALE = 64  # so many entries by which nothing is due any more are left alone; they are small


class Deadlines(Generic[K]):
    """One time for each key, s. To set, put off, drop or take one costs as much however many there are: what
    does not count any more is passed over when its time comes, or cleared out when it is the larger part.
    """

    def __init__(self) -> None:
        self._entries: dict[K, tuple[float, int]] = {}
        self._heap: list[tuple[float, int, K]] = []
        self._numbers = itertools.count()  # of two at the same time the first one set is the first

    def __len__(self) -> int:
        return len(self._entries)

    def set(self, key: K, at: float) -> None:
        """It is due then, and not when it was."""
        entry = self._entries[key] = (at, next(self._numbers))
        heapq.heappush(self._heap, (*entry, key))
        if len(self._heap) > 2 * len(self._entries) + _STALE:
            self._heap = [(at, number, key) for key, (at, number) in self._entries.items()]
            heapq.heapify(self._heap)

    def drop(self, key: K) -> None:
        """It is not due any more."""
        self._entries.pop(key, None)

    def first(self) -> float | None:
        """When the next one is due."""
        heap, entries = self._heap, self._entries
        while heap:
            at, number, key = heap[0]
            if entries.get(key) == (at, number):
                return at
            heapq.heappop(heap)
        return None

    def take(self, now: float) -> K | None:
        """The one that has been due for longest, if any is; it is not any more."""
        at = self.first()
        if at is None or at > now:
            return None
        _, _, key = heapq.heappop(self._heap)
        del self._entries[key]
        return key
