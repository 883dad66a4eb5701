# SPDX-License-Identifier: GPL-3.0-only
"""What the link told and the window has not taken yet: put in one thread, taken in another by slices. No Qt.

A window that took all that waits at once would answer no key for as long as that takes.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from loggia.shared.client.updates import Arrived, Older, Update
from msgspec import structs

SLICE = 100  # entries that are taken in one turn of the event loop: some 5 ms


class Intake:
    """`wake` is called, in the thread that puts, when something waits and nobody was told that yet."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._waiting: deque[Update] = deque()
        self._told = False

    def put(self, updates: Iterable[Update]) -> None:
        parts = [part for update in updates for part in _parted(update)]
        with self._lock:
            self._waiting.extend(parts)
            told, self._told = self._told, True
        if not told:
            self._wake()

    def take(self, most: int = SLICE) -> tuple[list[Update], bool]:
        """The next of them, in order, with at most so many entries; at least one. And whether more wait: then
        nobody is told of those, and whoever took these takes those, too.

        A page of older entries stays whole: it is as long as was asked for.
        """
        taken: list[Update] = []
        room = most
        with self._lock:
            while self._waiting and (not taken or entries(self._waiting[0]) <= room):
                update = self._waiting.popleft()
                taken.append(update)
                room -= entries(update)
            self._told = bool(self._waiting)
            return taken, self._told


def entries(update: Update) -> int:
    """How many it counts for: at least one."""
    return max(1, len(update.events)) if isinstance(update, Arrived | Older) else 1


def _parted(update: Update) -> Iterator[Update]:
    if not isinstance(update, Arrived) or len(update.events) <= SLICE:
        yield update
        return
    for first in range(0, len(update.events), SLICE):
        yield structs.replace(update, events=update.events[first : first + SLICE])
