# SPDX-License-Identifier: GPL-3.0-only
"""The rows of a thread that are in memory: of a long one, those about what is looked at. Pure: no Qt.

What goes is asked of the broker again where somebody scrolls to it: no copy tells what is in a thread.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from loggia.qtclient.state.message import MessageRow
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.rows import Day, RowBuilder
from loggia.shared.protocol.events import AboutMessage, MessageEvent, StoredEvent
from loggia.shared.protocol.requests import History
from msgspec import structs

MOST_LATER = 1000  # entries that came by themselves are kept until the pages reach them

# before the rows, behind them, or instead of them; "sought": from a message on, if it is in the thread
PageAt = Literal["older", "newer", "first", "newest", "sought"]


class ThreadRows(Room):
    """Of the room `of`, whose message `root` began it. `replies`: how many are in it behind that message,
    deleted ones too."""

    def __init__(self, of: Room, root: int, fold: RowBuilder) -> None:
        super().__init__(of.name, fold)
        self.of, self.root = of, root
        self.at_top = True
        self.replies = 0
        self._way: PageAt = "older"
        self._sought = self._foreign = 0  # which message is sought, and was not found here
        self._meanwhile: list[StoredEvent] = []  # came while a page was under way,
        self._torn = False  # or more than is kept did

    def wants(self, way: PageAt) -> bool:
        """There is such a page, and none is under way or refused."""
        if self.loading or self.refused or not self.rows:
            return False
        return {"older": not self.at_top, "newer": self.detached}.get(way, True)

    def look(self, way: PageAt) -> History:
        """Asks for that page, which is under way from now on."""
        self.loading, self.refused, self._way, self._torn = True, False, way, False
        self._meanwhile.clear()
        request = History(id="-", room=self.name, thread=self.root)
        if way == "older":
            return structs.replace(request, before=self.oldest)
        if way == "newest":
            return request
        after = {"newer": self.last, "sought": self._sought - 1}.get(way, 0)
        return structs.replace(request, after=after)

    def lacks(self, seq: int) -> bool:
        """A message of the thread may have that number, and has no row."""
        if seq == self._foreign:
            return False
        before = not self.at_top and self.root <= seq < self.oldest
        return before or (self.detached and self.last < seq <= self.newest)

    def seek(self, seq: int) -> History:
        """Asks for the page that begins with that message."""
        self._sought = seq
        return self.look("sought")

    def look_again(self) -> History:
        """Asks for the last one anew."""
        return self.look(self._way)

    def gave(self, events: Sequence[StoredEvent], more: bool) -> bool:
        """That page. False if it is to be asked for again: too much became of its messages meanwhile."""
        self.ended(refused=False)
        if self._torn:
            return False
        said = list(self._of_this(events))
        if self._way == "older":
            self._put_before(said)
            self.at_top = not more
        elif self._way == "sought" and all(event.seq != self._sought for event in said):
            self._foreign = self._sought
        else:
            if self._way != "newer" and said:
                self._put_instead(said)
                whole = self._way == "newest" and not more
                self.at_top = whole or said[0].seq == self.root
            self._put_behind(said)
            if self._way == "newest" or not more:
                self._put_behind(list(self._of_this(self._meanwhile)))
        for event in self._meanwhile:
            if isinstance(event, AboutMessage):
                self._fold.change(self.rows, event)
        self._meanwhile.clear()
        return True

    def gives_up(self, *, end: bool) -> bool:
        """Nobody goes any more where the page leads that is under way or refused; `end`: to the end neither.
        False if it leads nowhere: then it may come."""
        leads = self._way in ("first", "sought") or (end and self._way == "newest")
        if gives_up := leads and (self.loading or self.refused):
            self.no_look(refused=False)
        return gives_up

    def no_look(self, *, refused: bool) -> None:
        """The page does not come."""
        self.ended(refused=refused)
        self._meanwhile.clear()

    def _keep_meanwhile(self, events: Iterable[StoredEvent]) -> None:
        """A page under way may not tell of these."""
        if self.loading:
            self._meanwhile += (one for one in events if isinstance(one, AboutMessage) or self._has(one))
            if len(self._meanwhile) > MOST_LATER:
                self._meanwhile.clear()
                self._torn = True

    def _put_before(self, said: Sequence[MessageEvent]) -> None:
        said = [event for event in said if event.seq < self.oldest]
        if said:
            before = len(self.rows)
            self._fold.prepend(self.rows, map(self._alone, said))
            self.shift += len(self.rows) - before
            self.oldest = said[0].seq

    def _put_behind(self, said: Sequence[MessageEvent]) -> None:
        said = [event for event in said if event.seq > self.last]
        if said:
            self._fold.append(self.rows, map(self._alone, said))
            self.last = said[-1].seq  # which may be told of by itself only later

    def _put_instead(self, said: Sequence[MessageEvent]) -> None:
        self.rows.clear()
        self.shift = 0
        self.lives += 1
        self.oldest, self.last = said[0].seq, 0

    def _has(self, event: StoredEvent) -> bool:
        return isinstance(event, MessageEvent) and self.root in (event.seq, event.thread)

    def _of_this(self, events: Iterable[StoredEvent]) -> Iterator[MessageEvent]:
        return (event for event in events if isinstance(event, MessageEvent) and self._has(event))

    def _alone(self, event: MessageEvent) -> MessageEvent:
        """As it is shown here: not as one of a thread."""
        return structs.replace(event, thread=None, reply_to=self._answering(event.reply_to), replies=0)

    def _answering(self, seq: int | None) -> int | None:
        """What a message here is shown to answer."""
        return None if seq == self.root else seq

    def _place_behind(self, seq: int) -> int:
        """Where the rows begin of what is behind that message: with the day, if one begins there."""
        for place in range(len(self.rows), 0, -1):
            row = self.rows[place - 1]
            if isinstance(row, MessageRow) and (row.seq or 0) <= seq:
                return place
        return 0

    def _put_anew(self, said: Sequence[MessageEvent], newest: int) -> None:
        """In place of the rows, which these tell of, too: nothing of what is looked at moves. `newest` has
        come before, as is known from earlier."""
        has_day = bool(self.rows) and isinstance(self.rows[0], Day)
        attached = not self.detached
        inside = [event for event in said if attached or event.seq <= self.last]
        inside = [event for event in inside if self.at_top or event.seq >= self.oldest]
        self.rows.clear()
        self._fold.extend(self.rows, map(self._alone, inside))
        if not (self.at_top or has_day):
            del self.rows[:1]
        self.oldest = inside[0].seq if inside else 0
        self.newest = max(newest, said[-1].seq) if said else newest
        self.last = self.newest if attached else self.last
