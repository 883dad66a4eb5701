"""Who is gone is told in a moment, not at once: the broker may be in the middle of publishing. Runs on the
broker's loop thread, and `cancel` stops it.
"""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")


class Departures(Generic[K]):
    """`tell(visitor)` tells it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, tell: Callable[[K], None]) -> None:
        self._loop = loop
        self._tell = tell
        self._gone: list[K] = []
        self._next: asyncio.Handle | None = None

    def put(self, visitor: K) -> None:
        """It is gone."""
        self._gone.append(visitor)
        if self._next is None:
            self._next = self._loop.call_soon(self._tell_all)

    def cancel(self) -> None:
        """Of those who are not told yet nothing is told."""
        self._gone.clear()
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _tell_all(self) -> None:
        self._next = None
        gone, self._gone = self._gone, []
        for visitor in gone:
            self._tell(visitor)
