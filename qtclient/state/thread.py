# SPDX-License-Identifier: GPL-3.0-only
"""A thread as a panel shows it: the message that it began with, and what is in it. Pure: no thread, no Qt.

It is asked of the broker in pages; what comes meanwhile stands behind them.
"""

from collections.abc import Sequence

from loggia.qtclient.state.message import MessageRow
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.rows import RowBuilder
from loggia.shared.protocol.events import AboutMessage, MessageEvent, StoredEvent


class Thread(Room):
    """Of the room `of`, whose message `root` began it. `complete`: all of it has come once."""

    def __init__(self, of: Room, root: int, fold: RowBuilder) -> None:
        super().__init__(of.name, fold)
        self.of, self.root = of, root
        self.epoch, self.hues, self.rules, self.crowd = of.epoch, of.hues, of.rules, of.crowd
        self.at_top = True
        self.complete = False
        self._pages: list[StoredEvent] = []
        self._later: list[StoredEvent] = []

    @property
    def after(self) -> int:
        """Behind which entry the next page begins."""
        return self._pages[-1].seq if self._pages else 0

    def again(self) -> None:
        """It is asked for from its beginning; until that has come, what is shown stays."""
        self.complete = False
        self._pages.clear()
        self._later.clear()

    def page(self, events: Sequence[StoredEvent], more: bool) -> bool:
        """A page of it. True if another is to be asked for."""
        self._pages += events
        if more and events:
            return True
        self.clear()
        self.at_top = self.complete = True
        self._take(self._pages)
        self._take(self._later)
        self._pages, self._later = [], []
        return False

    def came(self, events: Sequence[StoredEvent]) -> None:
        """New entries of the room's log, of which some are of this thread, or about its messages."""
        if self.complete:
            self._take(events)
        else:
            self._later += events

    def wait(self) -> None:
        """Show what of it is in the outbox."""
        self.tail = [row for row in self.of.tail if isinstance(row, MessageRow) and row.thread == self.root]

    def _take(self, events: Sequence[StoredEvent]) -> None:
        for event in events:
            if isinstance(event, AboutMessage):
                self._fold.change(self.rows, event)
            elif isinstance(event, MessageEvent) and self._is_next(event):
                self.add(event)

    def _is_next(self, event: MessageEvent) -> bool:
        return self.root in (event.seq, event.thread) and event.seq > self.newest
