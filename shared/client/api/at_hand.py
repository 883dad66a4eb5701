"""The entry that a bot's handlers are called for, and the ids of what they want done because of it.

A handler runs again if the bot was killed in it. What it asks for then has the same ids, in the same order,
so that it is done once. Used by any thread that a handler starts.
"""

import collections
import contextlib
import contextvars
import threading
from collections.abc import Iterator

from loggia.shared.client.ids import answering
from loggia.shared.protocol.events import StoredEvent

_handling: contextvars.ContextVar[StoredEvent | None] = contextvars.ContextVar("handling", default=None)


class AtHand:
    """Of one bot: it handles one entry at a time."""

    def __init__(self) -> None:
        self._event: StoredEvent | None = None
        self._asked: collections.Counter[tuple[str, ...]] = collections.Counter()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def handling(self, event: StoredEvent) -> Iterator[None]:
        """Within it the handlers of this entry are called."""
        before, self._event = _handling.set(event), event
        self._asked.clear()
        try:
            yield
        finally:
            _handling.reset(before)
            self._event = None

    @property
    def cause(self) -> StoredEvent | None:
        """What the code that asks was called for, also in a task that went on behind its handler."""
        return _handling.get()

    @property
    def open(self) -> StoredEvent | None:
        """The same, as long as that is not done."""
        event = _handling.get()
        return event if event is self._event else None

    def id_of(self, *asked: str) -> str:
        """The id of what is asked, which has `asked` in common with itself when the handler runs again; empty
        for code that does not: it is called for nothing that is at hand.
        """
        if (event := self.open) is None:
            return ""
        with self._lock:
            count = self._asked[asked]
            self._asked[asked] += 1
        return answering(event.at, event.seq, event.room, event.account, event.id, *asked, str(count))
