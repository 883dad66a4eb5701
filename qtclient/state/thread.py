# SPDX-License-Identifier: GPL-3.0-only
"""A thread as a panel shows it: the message that it began with, and what is in it. Pure: no thread, no Qt.

It is asked of the broker in pages; what comes meanwhile stands behind them. That its messages are in it, and
that they answer the first one, is not told with each of them: it is what the panel shows.
"""

from collections.abc import Sequence

from loggia.qtclient.state.room import Room
from loggia.qtclient.state.rows import RowBuilder
from loggia.shared.client.commands import Say
from loggia.shared.protocol.events import AboutMessage, MessageEvent, StoredEvent
from msgspec import structs


class Thread(Room):
    """Of the room `of`, whose message `root` began it.

    `complete`: all of it has come once. `replies`: how many are in it behind that message, deleted ones too.
    """

    def __init__(self, of: Room, root: int, fold: RowBuilder) -> None:
        super().__init__(of.name, fold)
        self.of, self.root = of, root
        self.epoch, self.hues, self.rules, self.crowd = of.epoch, of.hues, of.rules, of.crowd
        self.at_top = True
        self.complete = False
        self.replies = 0
        self._after = 0
        self._gathers = False  # what is shown stays until all has come anew
        self._pages: list[StoredEvent] = []
        self._later: list[StoredEvent] = []

    @property
    def after(self) -> int:
        """Behind which entry the next page begins."""
        return self._after

    def again(self) -> None:
        """It is asked for from its beginning; until that has come, what is shown stays."""
        self.complete = False
        self._after, self._gathers = 0, bool(self.rows)
        self._pages.clear()
        self._later.clear()

    def page(self, events: Sequence[StoredEvent], more: bool) -> bool:
        """A page of it. True if another is to be asked for."""
        self._after = events[-1].seq if events else self._after
        if self._gathers:
            self._pages += events
        else:
            self._take(events)
        if more and events:
            return True
        if self._gathers:
            self.replies = 0
            self.rows.clear()  # most rows are the same again: nothing of what is looked at moves
            self.oldest = self.last = self.newest = 0
            self._take(self._pages)
        self.complete = True
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
        self.outgoing = {
            id: structs.replace(one, say=self._alone(one.say))
            for id, one in self.of.outgoing.items()
            if one.say.thread == self.root
        }
        self._fold_tail()

    def says(self, say: Say) -> Say:
        """What is said here. Who sees no threads reads what it answers: the first message, if no other."""
        answered = self.root if say.reply_to is None else say.reply_to
        return structs.replace(say, thread=self.root, reply_to=answered, epoch=self.epoch)

    def _take(self, events: Sequence[StoredEvent]) -> None:
        for event in events:
            if isinstance(event, AboutMessage):
                self._fold.change(self.rows, event)
            elif isinstance(event, MessageEvent) and self._is_next(event):
                self.replies += event.seq != self.root
                answered = self._answering(event.reply_to)
                self.add(structs.replace(event, thread=None, reply_to=answered, replies=0))

    def _alone(self, say: Say) -> Say:
        return structs.replace(say, thread=None, reply_to=self._answering(say.reply_to))

    def _answering(self, seq: int | None) -> int | None:
        """What a message here is shown to answer."""
        return None if seq == self.root else seq

    def _is_next(self, event: MessageEvent) -> bool:
        return self.root in (event.seq, event.thread) and event.seq > self.newest
