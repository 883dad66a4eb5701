# SPDX-License-Identifier: GPL-3.0-only
"""What is selected of the messages: from one end to another. Pure: no thread, no clock, no Qt.

Rows come and go, and are edited: an end is meant by its row's key, and by the entry of the log where that row
stands when it is not in memory.
"""

import sys
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from loggia.qtclient.state.rows import Fresh, Key, Row

END = sys.maxsize  # behind all that a row says, however long that is

RowPlace = tuple[int, int]  # which of the rows, and how many characters of what it shows are before it
Piece = tuple[int, int]  # of what a row shows; up to END: all behind the first is meant


class TextEnd(NamedTuple):
    """`at`: how many characters of what the row shows are before it; 0 and END are the row's own ends.
    `seq`: the last entry of the log up to that row, 0: none. `said`: what the row said then."""

    key: Key
    at: int
    seq: int
    said: str


class Selected(NamedTuple):
    """`anchor`: where it began. `caret`: where it is moved; before the anchor, or behind it."""

    anchor: TextEnd
    caret: TextEnd

    def span(self, rows: Sequence[Row]) -> "SelectedSpan | None":
        """What of these rows it means, all in the order of the log; None where that is nothing."""
        first, last = sorted(self.places(rows))
        if first >= last or (first[1] == END and last == (first[0] + 1, 0)):
            return None
        return SelectedSpan(first, last)

    def places(self, rows: Sequence[Row]) -> tuple[RowPlace, RowPlace]:
        """Where anchor and caret are among these rows."""
        return _place(rows, self.anchor), _place(rows, self.caret)

    def settled(self, rows: Sequence[Row]) -> "Selected | None":
        """The same where nothing changed. Of a row that says something else now than when a part of it was
        selected, nothing is any more."""
        begins, ends = self.places(rows)
        is_back = ends < begins
        anchor = _settled(rows, self.anchor, 0 if is_back else END)
        caret = _settled(rows, self.caret, END if is_back else 0)
        if anchor.key == caret.key and (anchor, caret) != self:
            return None
        return Selected(anchor, caret)


class SelectedSpan(NamedTuple):
    """From `first` up to `last` among some rows."""

    first: RowPlace
    last: RowPlace

    def piece(self, place: int) -> Piece | None:
        """What of the row at that place is meant."""
        if not self.first[0] <= place <= self.last[0]:
            return None
        start = self.first[1] if place == self.first[0] else 0
        end = self.last[1] if place == self.last[0] else END
        return (start, end) if start < end else None

    def pieces(self, rows: Sequence[Row]) -> list[tuple[Row, Piece]]:
        """The rows of which something is meant."""
        places = range(self.first[0], min(self.last[0] + 1, len(rows)))
        return [(rows[place], piece) for place in places if (piece := self.piece(place)) is not None]


def end(rows: Sequence[Row], place: int, at: int) -> TextEnd:
    """In the row at that place."""
    row = rows[place]
    return TextEnd(row.key, at, _up_to(rows, place), row.text)


def reaching(rows: Sequence[Row], begun: tuple[TextEnd, TextEnd], there: tuple[TextEnd, TextEnd]) -> Selected:
    """From one stretch to another, both as a whole; the caret is at the far end of `there`. Of a row that
    says something else now than when `begun` was taken, nothing is in it."""
    is_back = _place(rows, there[0]) < _place(rows, begun[0])
    first, last = (_settled(rows, one, 0 if is_back else END) for one in begun)
    if is_back:
        return Selected(last, there[0])
    return Selected(first, max(last, there[1], key=lambda end: _place(rows, end)))


def by_row(rows: Sequence[Row], selected: Selected, by: int) -> Selected:
    """The caret goes down (`by` 1) or up (-1): to the end of its row, or over one row more. Where a whole row
    is selected, that stays so on the way back over it."""
    anchor, caret = selected.places(rows)
    place, at = caret
    edge, back = (END, 0) if by > 0 else (0, END)
    beyond = place + by
    is_row = 0 <= beyond < len(rows)
    if caret == anchor or (by > 0) == (caret > anchor):  # away from where it began
        if at != edge:
            return selected._replace(caret=end(rows, place, edge))
        return selected._replace(caret=end(rows, beyond, edge)) if is_row else selected
    if place != anchor[0]:
        return selected._replace(caret=end(rows, beyond, back))
    if {at, anchor[1]} != {0, END}:
        return selected._replace(caret=end(rows, place, edge))
    return Selected(end(rows, place, back), end(rows, beyond, edge)) if is_row else selected


def _place(rows: Sequence[Row], end: TextEnd) -> RowPlace:
    for place, row in enumerate(rows):
        if row.key == end.key and (not isinstance(row, Fresh) or _up_to(rows, place) == end.seq):
            return place, end.at  # the line of what is new may have gone elsewhere
    numbers = [(seq, place) for place, row in enumerate(rows) if (seq := _seq(row)) is not None]
    passed = bisect_right(numbers, end.seq, key=lambda one: one[0])
    behind = numbers[passed - 1][1] + 1 if passed else 0
    return (behind, 0) if behind < len(rows) or not rows else (behind - 1, END)


def _up_to(rows: Sequence[Row], place: int) -> int:
    """The last entry of the log up to the row at that place; above the first, what stands before it."""
    found = next((seq for at in range(place, -1, -1) if (seq := _seq(rows[at])) is not None), None)
    if found is None:
        found = next((seq - 1 for row in rows[place:] if (seq := _seq(row)) is not None), 0)
    return found


def _settled(rows: Sequence[Row], end: TextEnd, given_up: int) -> TextEnd:
    if end.at in (0, END):
        return end
    row = next((row for row in rows if row.key == end.key), None)
    return end if row is None or row.text == end.said else end._replace(at=given_up)


def _seq(row: Row) -> int | None:
    """The entry of the log which the row is of."""
    kind, number = row.key
    return number if kind in ("seq", "note", "moves") and isinstance(number, int) else None
