# SPDX-License-Identifier: GPL-3.0-only
"""What is selected of the messages: from one end to another. Pure: no thread, no clock, no Qt.

Rows come and go, and are edited: an end is meant by its row's key, and by the entry of the log where that row
stands when it is not in memory.
"""

import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from loggia.qtclient.state.rows import Key, MessageRow, Row

END = sys.maxsize  # behind all that a row says, however long that is

_NUMBERED = ("seq", "note", "moves")  # rows whose key has their entry's number

RowPlace = tuple[int, int]  # which of the rows, and how many characters of what it shows are before it
Piece = tuple[int, int]  # of what a row shows; up to END: all behind the first is meant


class TextEnd(NamedTuple):
    """`at`: how many characters of what the row shows are before it; 0 and END are the row's own ends.
    `seq`: the last entry of the log up to that row, 0: none. `said`: what the row said then."""

    key: Key
    at: int
    seq: int
    said: str


TOP = TextEnd(("beginning", 0), 0, 0, "")  # where the room begins, loaded or not


def bottom(newest: int) -> TextEnd:
    """Behind the newest entry of the log, where that is not in memory."""
    return TextEnd(("newest", newest), END, newest, "")


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
        selected, nothing is any more. What waited has another key once it is stored."""
        begins, ends = self.places(rows)
        is_back = ends < begins
        now = Selected(_stored(rows, self.anchor), _stored(rows, self.caret))
        anchor = _settled(rows, now.anchor, 0 if is_back else END)
        caret = _settled(rows, now.caret, END if is_back else 0)
        if anchor.key == caret.key and (anchor, caret) != now:
            return None
        return Selected(anchor, caret)

    def is_whole(self, rows: Sequence[Row]) -> bool:
        """All that it means is among these rows, which are some of the log without a gap; of nothing, nothing
        is missing."""
        if (self.anchor.key, self.anchor.at) == (self.caret.key, self.caret.at):
            return True
        return all(_reaches(rows, one) for one in self)


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

    def pieces(self, rows: Sequence[Row]) -> Iterator[tuple[Row, Piece]]:
        """The rows of which something is meant."""
        places = range(self.first[0], min(self.last[0] + 1, len(rows)))
        return ((rows[place], piece) for place in places if (piece := self.piece(place)) is not None)


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
    place = _found(rows, end)
    if place is not None:
        return place, end.at
    behind = _behind(rows, end.seq)
    return (behind, 0) if behind < len(rows) or not rows else (behind - 1, END)


def _behind(rows: Sequence[Row], seq: int) -> int:
    """The place behind the last row of an entry up to that one; the numbers of these ascend."""
    low, high = 0, len(rows)
    while low < high:
        middle = (low + high) // 2
        found = next(((at, one) for at in range(middle, high) if (one := _seq(rows[at])) is not None), None)
        if found is None or found[1] > seq:
            high = middle
        else:
            low = found[0] + 1
    return low


def _up_to(rows: Sequence[Row], place: int) -> int:
    """The last entry of the log up to the row at that place; above the first, what stands before it."""
    found = next((seq for at in range(place, -1, -1) if (seq := _seq(rows[at])) is not None), None)
    if found is None:
        found = next((seq - 1 for row in rows[place:] if (seq := _seq(row)) is not None), 0)
    return found


def _settled(rows: Sequence[Row], end: TextEnd, given_up: int) -> TextEnd:
    if end.at in (0, END):
        return end
    place = _found(rows, end)
    return end if place is None or rows[place].text == end.said else end._replace(at=given_up)


def _found(rows: Sequence[Row], end: TextEnd) -> int | None:
    """Where the row of that end is, or the one that what waited under its key has now. One that is of no
    entry is looked for where it stood: a line of what is new that went elsewhere is another."""
    behind = _behind(rows, end.seq)
    if end.key[0] in _NUMBERED:
        return behind - 1 if behind and rows[behind - 1].key == end.key else None
    if end.key[0] == "beginning":
        return 0 if rows and rows[0].key == end.key else None
    waited = end.key[1] if end.key[0] == "outbox" else None
    for place in range(behind, len(rows)):
        if rows[place].key == end.key or (waited and _said_as(rows[place]) == waited):
            return place
        if waited is None and _seq(rows[place]) is not None:
            break
    return None


def _said_as(row: Row) -> str:
    return row.said_as if isinstance(row, MessageRow) else ""


def _stored(rows: Sequence[Row], end: TextEnd) -> TextEnd:
    place = _found(rows, end) if end.key[0] == "outbox" else None
    if place is None or rows[place].key == end.key:
        return end
    return end._replace(key=rows[place].key, seq=_up_to(rows, place))


def _reaches(rows: Sequence[Row], end: TextEnd) -> bool:
    """The rows go as far as that end."""
    if end.key[0] in ("seq", "note", "beginning"):
        return _found(rows, end) is not None
    first = next((seq for row in rows if (seq := _seq(row)) is not None), None)
    last = next((seq for row in reversed(rows) if (seq := _seq(row)) is not None), None)
    return first is not None and last is not None and first - 1 <= end.seq <= last


def _seq(row: Row) -> int | None:
    """The entry of the log which the row is of."""
    kind, number = row.key
    return number if kind in _NUMBERED and isinstance(number, int) else None
