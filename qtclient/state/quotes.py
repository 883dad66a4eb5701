# SPDX-License-Identifier: GPL-3.0-only
"""Messages that others of a room answer, and that were not in memory when those came. Pure: no thread, no Qt.

They are in the copy on this computer, or else the server is asked.
"""

from collections.abc import Iterable

from loggia.qtclient.state.message import DELETED, UNKNOWN, MessageRow, quotation, quote_of
from loggia.qtclient.state.rows import Row, shown_name
from loggia.shared.protocol.events import DeletedEvent, EditedEvent, MessageEvent, StoredEvent
from msgspec import structs


class Quotes:
    """Of the replies among `rows`, which change where one becomes known."""

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows
        self._known: dict[int, str] = {}
        self._nicks: dict[int, str] = {}  # of those who said that
        self._asked: set[int] = set()
        self._in_copy: set[int] = set()  # those of which the copy has not said yet what it holds
        self._not_here: list[int] = []

    def of(self, seq: int | None) -> str:
        """What a reply to the entry `seq` shows of it; "" if it is no reply."""
        found = quote_of(self._rows, seq)
        return self._known.get(seq, found) if seq is not None and found == UNKNOWN else found

    def wanted(self, shown: Iterable[Row]) -> list[int]:
        """What is to be read from the copy for these rows, each once."""
        wanted = sorted(seq for seq in _unknown(shown) if seq not in self._asked)
        self._asked.update(wanted)
        self._in_copy.update(wanted)
        return wanted

    def settle(self, shown: Iterable[Row]) -> bool:
        """Show what is known already, where one of these rows came later. False if none did."""
        known = [seq for seq in _unknown(shown) if seq in self._known]
        for seq in known:
            self._put(seq, UNKNOWN)
        return bool(known)

    def copy_gave(self, seq: int, events: Iterable[StoredEvent]) -> None:
        """This is what the copy holds of the entry `seq`: that, or nothing."""
        if seq in self._in_copy:
            self._in_copy.discard(seq)
            if not self.came(events):
                self._not_here.append(seq)

    def take_not_here(self) -> list[int]:
        """Those of which the server is to be asked."""
        taken, self._not_here = self._not_here, []
        return taken

    def came(self, events: Iterable[StoredEvent]) -> bool:
        """Show what is among these of what was asked for. False if nothing is."""
        found = [event for event in events if isinstance(event, MessageEvent) and event.seq in self._asked]
        for event in found:
            self._nicks[event.seq] = shown_name(event.nick)
            self._show(event.seq, DELETED if event.deleted else event.text)
        return bool(found)

    def changed(self, event: EditedEvent | DeletedEvent) -> None:
        """A message says something else now, or nothing any more."""
        if event.target in self._known:
            self._show(event.target, event.text if isinstance(event, EditedEvent) else DELETED)

    def forget(self) -> None:
        """The log began a new life, in which other messages have these numbers."""
        self._known.clear()
        self._nicks.clear()
        self._asked.clear()
        self._in_copy.clear()
        self._not_here.clear()

    def _show(self, seq: int, text: str) -> None:
        before = self._known.get(seq, UNKNOWN)
        self._known[seq] = quotation(self._nicks[seq], text)
        self._put(seq, before)

    def _put(self, seq: int, before: str) -> None:
        for place, row in enumerate(self._rows):
            if isinstance(row, MessageRow) and row.reply_to == seq and row.quote == before:
                self._rows[place] = structs.replace(row, quote=self._known[seq])


def _unknown(rows: Iterable[Row]) -> set[int]:
    replies = (row for row in rows if isinstance(row, MessageRow) and row.quote == UNKNOWN)
    return {row.reply_to for row in replies if row.reply_to is not None}
