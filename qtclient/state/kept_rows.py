# SPDX-License-Identifier: GPL-3.0-only
"""The rows of a room's log that are in memory: of a long one, those about what is looked at. Pure: no thread,
no Qt.

What goes is read from the copy again where somebody scrolls to it.
"""

from collections.abc import Sequence

from loggia.qtclient.state.message import MessageRow
from loggia.qtclient.state.rows import Beginning, Row, RowBuilder
from loggia.shared.protocol.events import AboutMessage, MessageEvent, StoredEvent

MOST_KEPT = 10_000  # rows; then all go but
BESIDE = 3_000  # so many on either side of those that are shown


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
    def before(self) -> int:
        """Where a LoadOlder goes on from here: before that entry; 0: where the last one ended."""
        return self.oldest if self.oldest != self._told_from else 0

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

    def put(self, events: Sequence[StoredEvent]) -> None:
        """A page of the log: before the rows, behind them, or instead of them."""
        first, last = events[0].seq, events[-1].seq
        self._told_from = first
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
        place, seq = _last_kept(self.rows, end + self.shift)
        if seq:
            del self.rows[place:]
            self.last = seq - 1
        place, seq = _first_kept(self.rows, top + self.shift)
        if seq:
            del self.rows[:place]
            self.shift -= place
            self.oldest, self.at_top = seq, False


def _first_kept(rows: Sequence[Row], shown: int) -> tuple[int, int]:
    """At which place the rows are cut that are kept where `shown` is the first place on the screen, and the
    entry which that row is of; (0, 0): nowhere."""
    for place in range(max(shown - BESIDE, 0), 0, -1):
        if seq := _between_messages(rows, place):
            return place, seq
    return 0, 0


def _last_kept(rows: Sequence[Row], shown: int) -> tuple[int, int]:
    """Likewise behind the place `shown`: where those begin that go, and the entry of the first."""
    for place in range(max(shown + BESIDE, 1), len(rows)):
        if seq := _between_messages(rows, place):
            return place, seq
    return len(rows), 0


def _between_messages(rows: Sequence[Row], place: int) -> int:
    """The entry of the row there, if it is a message behind a message; else 0: other rows tell of several
    entries, or of what is below them."""
    before, row = rows[place - 1], rows[place]
    return row.seq or 0 if isinstance(before, MessageRow) and isinstance(row, MessageRow) else 0
