# SPDX-License-Identifier: GPL-3.0-only
"""What is selected of a log, as text, put together from pages of it, the newest first. GUI thread.

Of each page the text alone is kept: its rows may be as many as the room is long.
"""

from collections.abc import Sequence

from loggia.qtclient.state.rows import MessageRow, Row, RowBuilder, telling
from loggia.qtclient.state.selected import END, Piece, Selected, end
from loggia.qtclient.timeline.parts.table import row_text
from loggia.shared.protocol.events import StoredEvent

MOST_BYTES = 16 * 2**20  # of text: more than most programs can take at once
_FOLDED = 200  # a line of who came and left tells of more entries than the one that it is named by


class PagedText:
    """Of what is `selected` among the entries up to `newest`, and of the rows of what waits behind them
    (`tail`); what is before the entry `oldest` nobody has any more.

    Attributes: `first`, `upto`: from which entry to which one pages are wanted. `messages`: how many are in
    the text. `is_full`: what is older would be more than MOST_BYTES.
    """

    def __init__(
        self, selected: Selected, fold: RowBuilder, tail: Sequence[Row], *, oldest: int, newest: int
    ) -> None:
        low, high = sorted(selected, key=lambda end: end.seq)
        self.first = max(low.seq + (low.key[0] == "beginning"), oldest, 1)
        folded = 0 if high.key[0] in ("seq", "note") else _FOLDED
        self.upto = newest if high.key[0] == "outbox" else min(high.seq + folded, newest)
        self.messages = 0
        self.is_full = False
        self._selected = selected
        self._low = low
        self._fold = fold
        # The oldest so far; those before the first message may change by what is older
        self._rows = list(tail)
        self._below: Row | None = None  # the first of those that are text already
        self._lines: list[str] = []  # the last one first
        self._last: tuple[Row, Piece] | None = None  # the row of the first of these
        self._bytes = 0

    @property
    def wants(self) -> bool:
        """There is something to be read."""
        return self.first <= self.upto and not self.is_full

    @property
    def is_whole(self) -> bool:
        """All that was wanted has come."""
        return self.upto < self.first and not self.is_full

    def put(self, events: Sequence[StoredEvent]) -> bool:
        """A page of what is wanted, its last entries. False where nothing before it can be had, or is
        wanted: then `text` is complete."""
        joined = _joined(events, self.upto)
        if joined:
            self._fold.prepend(self._rows, joined)
            self._settle()
        is_hole = not joined or len(joined) < len(events)
        self.upto = joined[0].seq - 1 if joined else self.upto
        return not is_hole and self.wants

    @property
    def text(self) -> str:
        """As it is copied."""
        self._take(self._rows)
        self._rows = []
        if len(self._lines) == 1 and self._last is not None:
            return row_text(*self._last, several=False)
        return "\n".join(reversed(self._lines))

    def _settle(self) -> None:
        """Take those rows as text that nothing older changes: from the first message on."""
        solid = next(
            (at for at, row in enumerate(self._rows) if isinstance(row, MessageRow)), len(self._rows)
        )
        rows, self._rows = self._rows[solid:], self._rows[:solid]
        self._take(rows)

    def _take(self, rows: list[Row]) -> None:
        if not rows or self.is_full:
            return
        below, self._below = self._below, rows[0]
        told = telling(rows if below is None else [*rows, below])
        if self._last is not None and below is not None:  # up to the other end all is taken
            self._selected = Selected(self._low, end([below], 0, END))
        now = self._selected.settled(told) if told else None
        span = None if now is None else now.span(told)
        for row, piece in reversed(list(span.pieces(told)) if span is not None else []):
            if row is below:
                continue
            line = row_text(row, piece, several=True)
            self._bytes += len(line.encode(errors="replace")) + 1
            if self._bytes > MOST_BYTES:
                self.is_full = True
                return
            if line:
                self._last = self._last or (row, piece)
                self._lines.append(line)
                self.messages += isinstance(row, MessageRow)


def _joined(events: Sequence[StoredEvent], upto: int) -> Sequence[StoredEvent]:
    """The last of these, up to that entry without a hole."""
    start = len(events)
    while start and events[start - 1].seq == upto - (len(events) - start):
        start -= 1
    return events[start:]
