# SPDX-License-Identifier: GPL-3.0-only
"""A thread as a panel shows it: the message that it began with, and what is in it. Pure: no thread, no Qt.

It is asked of the broker in pages; what comes meanwhile is shown at once, behind them. That its messages are
in it, and that they answer the first one, is not told with each of them: it is what the panel shows. Of a
long one rows are let go, and come again page by page (thread_rows.py).
"""

from bisect import bisect_left
from collections.abc import Sequence

from loggia.qtclient.state.message import place_of
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.rows import RowBuilder
from loggia.qtclient.state.thread_rows import MOST_LATER, ThreadRows
from loggia.shared.client.commands import Say
from loggia.shared.protocol.events import AboutMessage, DeletedEvent, EditedEvent, MessageEvent, StoredEvent
from msgspec import structs


class Thread(ThreadRows):
    """`complete`: all of it has come once."""

    def __init__(self, of: Room, root: int, fold: RowBuilder) -> None:
        super().__init__(of, root, fold)
        self.epoch, self.hues, self.rules, self.crowd = of.epoch, of.hues, of.rules, of.crowd
        self.complete = False
        self._me = fold.me.nick, fold.me.account  # when its rows were made
        self._heard = of.newest  # up to there it is known what became of what is shown,
        self._gap = False  # or not
        self._after = 0
        self._asks = False  # a page is on its way
        self._gathers = False  # what is shown stays until all has come anew
        self._pages: list[StoredEvent] = []
        self._later: list[StoredEvent] = []
        self._paged_to = 0  # all up to that message has come,
        self._paged = 0  # and so many replies were among that

    @property
    def misses(self) -> bool:
        """Some of the room's log came otherwise than by `came`: what is shown may have changed there."""
        return self._gap or self.of.newest > self._heard

    def again(self) -> None:
        """It is to be asked for again: on behind what has come, or where it `misses` something from the first
        row in memory; until that has come, what is shown stays."""
        self.no_look(refused=False)
        if self.misses:
            if not self._gap:
                self._mark_paged()
            self._gap, self._heard = False, self.of.newest
            self.quotes.forget()
            self._gathers = self._paged_to > 0
            self._restart_pages()
        elif self.complete:
            self._mark_paged()
            self._after = self.newest
        self.complete = False

    def ask(self) -> int:
        """A page is asked for now. Returns behind which entry it is to begin."""
        if self._torn and self._gathers:
            self._restart_pages()
        self._asks, self._torn = True, False
        return self._after

    def no_page(self) -> None:
        """The page that was asked for does not come."""
        self._asks = False
        self._keep_later()

    def page(self, events: Sequence[StoredEvent], more: bool) -> bool:
        """A page of it. True if another is to be asked for."""
        self._asks = False
        if self._torn:
            return True
        self._after = events[-1].seq if events else self._after
        if self._gathers:
            self._pages += events
            if self.detached and self.last <= self._after:
                self._after = max(self._after, self._paged_to)  # between these it has no rows
        else:
            self._put(events)
        self._keep_later()
        if more and events:
            return True
        if self._gathers:
            said = list(self._of_this(self._pages))
            self._put_anew(said, self._paged_to)
            self.replies = self._paged + sum(event.seq > self._paged_to for event in said)
            self._end_page()
        self.complete, self._gathers = True, False
        self._pages, self._later = [], []
        return False

    def came(self, events: Sequence[StoredEvent]) -> None:
        """New entries of the room's log, of which some are of this thread, or about its messages."""
        if events[0].seq > self._heard + 1 and not self._gap:
            self._mark_paged()
            self._gap = True
        self._heard = max(self._heard, events[-1].seq)
        if not self.complete:
            self._later += filter(self._is_for_later, events)
            if len(self._later) > MOST_LATER:
                del self._later[:-MOST_LATER]
                self._torn = True
        self._keep_meanwhile(events)
        self._follow(events)

    def wait(self) -> None:
        """Show what of it is in the outbox, and who I am now."""
        if self._me != (me := (self._fold.me.nick, self._fold.me.account)):
            self._me = me
            self.me_known()
        self.outgoing = {
            id: structs.replace(one, say=self._said_alone(one.say))
            for id, one in self.of.outgoing.items()
            if one.say.thread == self.root
        }
        self._fold_tail()

    def says(self, say: Say) -> Say:
        """What is said here. Who sees no threads reads what it answers: the first message, if no other."""
        answered = self.root if say.reply_to is None else say.reply_to
        return structs.replace(say, thread=self.root, reply_to=answered, epoch=self.epoch)

    def _mark_paged(self) -> None:
        """All of it has come as if in pages, if it has."""
        if self.complete:
            self._paged_to, self._paged = self.newest, self.replies

    def _restart_pages(self) -> None:
        self._after = 0 if self.at_top else min(self.oldest - 1, self._paged_to)
        self._pages.clear()

    def _put(self, events: Sequence[StoredEvent]) -> None:
        """Show these behind what came in pages, and before what came by itself."""
        del self.rows[self._place_behind(self._paged_to) :]
        self.replies, self.newest = self._paged, self._paged_to
        self.last = min(self.last, self.newest)
        self.oldest = self.oldest if self.rows else 0
        self._follow(events)
        self._end_page()

    def _end_page(self) -> None:
        """Up to here all has come; behind it stands what came by itself."""
        self._paged_to, self._paged = self.newest, self.replies
        self._follow(self._later)

    def _is_for_later(self, event: StoredEvent) -> bool:
        """A page that comes does not tell of it, or may not. One that is asked for from now on does."""
        if isinstance(event, MessageEvent):
            return event.thread == self.root and event.seq > self._after
        if not isinstance(event, AboutMessage):
            return False
        if event.target > self._after and self._asks:
            return True  # of this thread or not: the page on its way knows
        if event.target <= self._after and not self._gathers:
            return False
        return (self._gathers and self._is_paged(event.target)) or place_of(
            self.rows, event.target
        ) is not None

    def _is_paged(self, seq: int) -> bool:
        """It is among what has been gathered so far, which ascends."""
        place = bisect_left(self._pages, seq, key=lambda one: one.seq)
        return place < len(self._pages) and self._pages[place].seq == seq

    def _keep_later(self) -> None:
        self._later = [event for event in self._later if self._is_for_later(event)]

    def _follow(self, events: Sequence[StoredEvent]) -> None:
        for event in events:
            if isinstance(event, AboutMessage):
                self._fold.change(self.rows, event)
                if isinstance(event, EditedEvent | DeletedEvent):
                    self.quotes.changed(event)
            elif isinstance(event, MessageEvent) and self._has(event) and event.seq > self.newest:
                self.replies += event.seq != self.root
                if event.seq > self.last:
                    self.add(self._alone(event))
                self.newest = event.seq

    def _said_alone(self, say: Say) -> Say:
        return structs.replace(say, thread=None, reply_to=self._answering(say.reply_to))
