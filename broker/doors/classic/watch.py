"""Who is not read at the moment is looked at once a second: whether it is still there. Runs on the broker's
loop thread, and `cancel` stops it.

The loop tells of nobody whom it does not read, and there is no other way to hear of a connection that is gone
which all systems have.
"""

import asyncio
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

LOOK_S = 1.0

K = TypeVar("K", bound=Hashable)


class Watch(Generic[K]):
    """Calls `look(visitor)` for all that are watched. There is a timer only while somebody is."""

    def __init__(self, loop: asyncio.AbstractEventLoop, look: Callable[[K], None]) -> None:
        self._loop = loop
        self._look = look
        self._watched: dict[K, None] = {}
        self._next: asyncio.TimerHandle | None = None

    @property
    def is_on(self) -> bool:
        return self._next is not None

    def set(self, one: K, *, watched: bool) -> None:
        if not watched:
            self._watched.pop(one, None)
            return
        self._watched[one] = None
        if self._next is None:
            self._next = self._loop.call_later(LOOK_S, self._round)

    def cancel(self) -> None:
        self._watched.clear()
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _round(self) -> None:
        self._next = self._loop.call_later(LOOK_S, self._round) if self._watched else None
        for one in list(self._watched):
            self._look(one)
