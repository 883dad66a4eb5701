"""What is done while nobody asks for anything: the log's own housekeeping, and the index of the search.

On the broker's loop; ends with `close`.
"""

import asyncio

from loggia.broker.storage.indexing import Indexing
from loggia.broker.storage.log import Log

REST_S = 0.02  # without a turn, and nobody waits for anything
REST_AGAIN_S = 0.1  # between two steps of what is done then
BUSY_AGAIN_S = 0.25  # while there is no rest
INDEX_AGAIN_S = 0.01  # between two steps of the index
BUSY_STEP_S = 0.002  # where there is no rest: less than one of a hundred who talk in turn waits for it


class Resting:
    """`turned` is called behind each turn of the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, log: Log, index: Indexing) -> None:
        self._loop = loop
        self._log = log
        self._index = index
        self._turned_at = 0.0
        self._due: asyncio.TimerHandle | None = None

    def turned(self) -> None:
        self._turned_at = self._loop.time()
        if self._due is None:
            self._due = self._loop.call_later(REST_S, self.use)

    def close(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def use(self) -> None:
        """It may be a moment in which nothing came: do what nobody shall wait for."""
        self._due = None
        now = self._loop.time()
        again_s = None
        if now - self._turned_at < REST_S:
            if not self._index.is_complete:
                self._index.step(BUSY_STEP_S)
            again_s = BUSY_AGAIN_S
        else:
            if self._log.rest(now):
                again_s = REST_AGAIN_S
            if self._index.step():
                again_s = INDEX_AGAIN_S
        if again_s is not None:
            self._due = self._loop.call_later(again_s, self.use)
