"""What is due for many at once is done in rounds; between them the loop looks at everything else. Runs on
the broker's loop thread, and `cancel` stops it.
"""

import asyncio
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

AT_ONCE = 32  # about 2 ms of reading

K = TypeVar("K", bound=Hashable)


class Rounds(Generic[K]):
    """`due(visitor)` calls `act(visitor)`, now or in one of the next rounds. Who waits takes turns, `most` in
    a round."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, act: Callable[[K], None], most: int = AT_ONCE
    ) -> None:
        self._loop = loop
        self._act = act
        self._most = self._left = most
        self._waiting: dict[K, None] = {}
        self._done: set[K] = set()  # in this round; the loop tells again who is still to be read in the next
        self._next: asyncio.Handle | None = None

    def due(self, one: K) -> None:
        if one in self._done:
            return
        if self._waiting or not self._left:
            self._waiting[one] = None
        else:
            self._do(one)

    def has_turn(self, one: K) -> bool:
        """Whether the caller may do it now; otherwise `act` does it in one of the next rounds."""
        if self._waiting or not self._left:
            self._waiting[one] = None
            return False
        self._took()
        return True

    def cancel(self) -> None:
        self._waiting.clear()
        self._done.clear()
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _begin(self) -> None:
        self._next = None
        self._left = self._most
        self._done.clear()
        while self._waiting and self._left:
            one = next(iter(self._waiting))
            del self._waiting[one]
            self._do(one)

    def _do(self, one: K) -> None:
        self._took()
        self._done.add(one)
        self._act(one)

    def _took(self) -> None:
        self._left -= 1
        if self._next is None:
            self._next = self._loop.call_soon(self._begin)
