# SPDX-License-Identifier: GPL-3.0-only
"""The rows of a room's log that are in memory: of a long one, those about what is looked at. Pure: no thread,
no Qt.

What goes is read from the copy again where somebody scrolls to it.
"""

from collections.abc import Sequence

from loggia.qtclient.state.message import MessageRow
from loggia.qtclient.state.moves import MembershipRow
from loggia.qtclient.state.rows import Beginning, Day, Note, Row, RowBuilder
from loggia.shared.protocol.events import AboutMessage, MessageEvent, StoredEvent

MOST_KEPT = 10_000  # rows; then all go but
BESIDE = 3_000  # so many on either side of those that are shown
MOST_ASIDE = 1_000  # rows of a room that is not on the screen; then the last ones alone are kept,
ASIDE = 500  # so many


class KeptRows:
    """`rows` are of the entries `oldest` to `last`, without a gap; `newest` has come. `shift` is how many
    stand before the first row ever shown, so that the row at index i keeps the number i - shift until `lives`
    is another: then rows of elsewhere in the log took their place. `at_top`: the first one is a Beginning."""

    def __init__(self, fold: RowBuilder) -> None:
        self.rows: list[Row] = []
        self.shift = self.lives = 0
        self.oldest = self.last = self.newest = 0
        self.at_top = False
        self._told_from = 0  # the oldest entry that was told of last
        self._fold = fold

    @property
    def detached(self) -> bool:
        """What came last has no rows."""
        return self.last < self.newest

    @property
    def is_whole(self) -> bool:
        """All of the log is in memory."""
        return self.at_top and not self.detached

    @property
    def before(self) -> int:
        """Where a LoadOlder goes on from here: before that entry; 0: where the last one ended."""
        return 0 if self.is_told_from_oldest else self.oldest

    @property
    def is_told_from_oldest(self) -> bool:
        """The oldest entry that was told of last has a row, or would have the first one."""
        return self._told_from == self.oldest

    def said_by_others(self) -> list[tuple[int, bool]]:
        """Their messages, ascending: where, and whether they mean me."""
        said = (row for row in self.rows if isinstance(row, MessageRow) and not row.own)
        return [(row.seq, row.mention) for row in said if row.seq is not None and not row.became.deleted]

    def add(self, event: StoredEvent) -> None:
        """The next entry of the log."""
        if not self.oldest:
            self.oldest = self._told_from = event.seq
        if not self.detached:
            self.last = event.seq
            self._fold.extend(self.rows, (event,))
        elif isinstance(event, AboutMessage | MessageEvent):
            self._fold.change(self.rows, event)
        self.newest = event.seq

    def joins(self, events: Sequence[StoredEvent]) -> bool:
        """The page stands right before the rows, or right behind them."""
        return events[-1].seq + 1 == self.oldest or events[0].seq == self.last + 1

    def put(self, events: Sequence[StoredEvent]) -> None:
        """A page of the log: before the rows, behind them, or instead of them."""
        first, last = events[0].seq, events[-1].seq
        self.told(events)
        if last + 1 == self.oldest:
            before = len(self.rows)
            self._fold.prepend(self.rows, events)
            self.shift += len(self.rows) - before
            self.oldest = first
        elif first == self.last + 1:
            self._fold.append(self.rows, events)
            self.last = last
        else:
            self.rows.clear()
            self.shift, self.at_top = 0, False
            self.lives += 1
            self._fold.extend(self.rows, events)
            self.oldest, self.last = first, last
        self.newest = max(self.newest, last)

    def told(self, events: Sequence[StoredEvent]) -> None:
        """This page came, whether or not it has rows."""
        self._told_from = events[0].seq if events else self._told_from

    def begins(self, top: Beginning) -> None:
        """That is the first row, and will be."""
        if not self.at_top:
            self.at_top = True
            self.rows.insert(0, top)
            self.shift += 1
        elif self.rows[0] != top:
            self.rows[0] = top

    def clear(self) -> None:
        """What is shown and what comes do not touch."""
        self.rows.clear()
        self.shift = self.oldest = self.last = self.newest = 0
        self.lives += 1
        self.at_top = False

    def let_go(self, top: int, end: int) -> None:
        """Where there are many rows, keep those alone that are beside the ones from number `top` to `end`."""
        if len(self.rows) <= MOST_KEPT:
            return
        self._cut_behind(end + self.shift)
        self._cut(top + self.shift - BESIDE)

    def keep_first(self) -> None:
        """Rows come before these, page by page: of many the first ones alone are kept."""
        if len(self.rows) > MOST_KEPT:
            self._cut_behind(0)

    def set_aside(self) -> None:
        """Nobody looks at them: of many rows the last ones alone are kept."""
        if len(self.rows) > MOST_ASIDE:
            self._cut(len(self.rows) - ASIDE)
            self.lives += 1

    def _cut_behind(self, shown: int) -> None:
        """Let those go that are far behind the place `shown`."""
        place, seq = _last_kept(self.rows, shown)
        if seq:
            del self.rows[place:]
            self.last = seq - 1

    def _cut(self, most: int) -> None:
        """Let the first rows go, at most so many."""
        place, seq = _first_kept(self.rows, most)
        if seq:
            del self.rows[:place]
            self.shift -= place
            self.oldest, self.at_top = seq, False


def _first_kept(rows: Sequence[Row], most: int) -> tuple[int, int]:
    """At which place the rows are cut, of which at most so many may go, and the first entry that has rows
    then; (0, 0): nowhere."""
    for place in range(max(most, 0), 0, -1):
        if seq := _between_entries(rows, place):
            return place, seq
    return 0, 0


def _last_kept(rows: Sequence[Row], shown: int) -> tuple[int, int]:
    """Likewise behind the place `shown`: where those begin that go, and the entry of the first."""
    for place in range(max(shown + BESIDE, 1), len(rows)):
        if seq := _between_entries(rows, place):
            return place, seq
    return len(rows), 0


def _between_entries(rows: Sequence[Row], place: int) -> int:
    """The first entry told of from that row on, if none is told of on both sides of it; else 0. A day
    stays with what is below it, and who came and went with what is above: those are several entries."""
    if not isinstance(rows[place - 1], MessageRow | Note | MembershipRow):
        return 0
    row = rows[place]
    if isinstance(row, Day) and place + 1 < len(rows):
        row = rows[place + 1]
    if isinstance(row, MessageRow):
        return row.seq or 0
    return int(row.key[1]) if isinstance(row, Note) else 0
