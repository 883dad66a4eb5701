"""Reading back: pages of entries before those given, and of copies of before. A call waits for its page."""

import contextlib
import itertools
from collections.abc import Iterator

from loggia.shared.client.api.inbox import Inbox
from loggia.shared.client.api.waiting import Waiters
from loggia.shared.client.commands import DropOlder, LoadOlder, ReadArchived
from loggia.shared.client.completeness import ArchivedCopy
from loggia.shared.client.link.link import Link
from loggia.shared.protocol.answers import retry_after
from loggia.shared.protocol.errors import LoggiaError, Refused
from loggia.shared.protocol.events import StoredEvent

COPY_PAGE = 1000  # entries of an archived copy read at once


class Pages:
    """Asks the link for pages; what it gives stands in the inbox under the number of the question."""

    def __init__(self, link: Link, inbox: Inbox, waiting: Waiters) -> None:
        self._link = link
        self._inbox = inbox
        self._waiting = waiting
        self._asked = map(str, itertools.count(1))

    def older(self, room: str, limit: int) -> list[StoredEvent]:
        """Up to `limit` entries before those given so far. Called under the lock."""
        asked, older = next(self._asked), self._inbox.older
        older[asked] = None
        try:
            self._link.post(LoadOlder(room=room, limit=limit, id=asked))
            self._waiting.wait(lambda: older[asked] is not None)
            page = older[asked]
            if page is None:
                self._waiting.too_late(f"{self._waiting.silence()}; try again later.")
            if page.refused is not None:
                raise Refused(page.refused.code, page.refused.text, retry_after(page.refused))
        except BaseException:
            with contextlib.suppress(LoggiaError):
                self._link.post(DropOlder(room=room, id=asked))
            raise
        finally:
            del older[asked]
        return page.events

    def copy(self, copy: ArchivedCopy) -> Iterator[StoredEvent]:
        """All entries of a copy of before, read as they are taken. Called without the lock."""
        for first, last in copy.spans:
            for after in range(first - 1, last, COPY_PAGE):
                yield from self._read_copy(copy, after, min(COPY_PAGE, last - after))

    def _read_copy(self, copy: ArchivedCopy, after: int, limit: int) -> list[StoredEvent]:
        with self._waiting.here():
            self._waiting.check()
            asked, old = next(self._asked), self._inbox.old
            old[asked] = None
            try:
                self._link.post(
                    ReadArchived(room=copy.room, epoch=copy.epoch, after=after, limit=limit, id=asked)
                )
                self._waiting.wait(lambda: old[asked] is not None)
                entries = old[asked]
            finally:
                del old[asked]
            if entries is None:
                self._waiting.too_late(
                    f"This computer's disk has not answered within {self._waiting.timeout_s:g} s."
                )
            return entries
