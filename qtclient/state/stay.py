# SPDX-License-Identifier: GPL-3.0-only
"""One stay at a room: what is new begins at a line, which stays until another room is looked at.

Pure: no thread, no clock, no Qt.
"""

from loggia.qtclient.state.kept_rows import KeptRows
from loggia.qtclient.state.reading import ReadSoFar
from loggia.qtclient.state.rows import Fresh, MessageRow, regroup


class Stay:
    """`on`: the room is on the screen. `attended`: and its newest row is, in an active window. `opening`: it
    is to be shown from the line on, unless somebody moved meanwhile. `missed`: entries up to this one came
    while there was no connection; nobody has seen them come."""

    def __init__(self, kept: KeptRows, reading: ReadSoFar) -> None:
        self._kept = kept
        self._reading = reading
        self.on = self.attended = self.opening = False
        self.missed = 0
        self.line: int | None = None  # what is behind this entry is new; None: nobody knows
        self._drawn = False
        self._active = False

    def begin(self) -> None:
        """It comes on the screen."""
        self.on = True
        self.starts_at(self._reading.mark)

    def end(self) -> None:
        """It is no longer there: what was new is not new the next time."""
        self._erase()
        self.on = self.attended = self.opening = self._active = False
        self._reading.look_away()

    def starts_at(self, line: int | None) -> None:
        """Of what is new something else is known."""
        if self.on:
            self._erase()
            self.line, self.opening = line, True
            self.draw()

    def emptied(self) -> None:
        """All rows are gone; others come."""
        self._drawn = False
        self.line = self._reading.mark
        self.opening = self.on

    def attend(self, *, active: bool, newest: bool) -> None:
        """Whether the window is active, and its newest row in sight."""
        self._active, self.attended = active, active and newest and self.on
        if self.attended:
            self.opening = False

    @property
    def place(self) -> int | None:
        """Where the line stands among the rows, while the room is to be shown from there on."""
        return self._place() if self.opening and self._drawn else None

    @property
    def waits(self) -> bool:
        """What the room is to be shown from is not in memory yet; or nobody knows whether there is such a
        thing, since what may be new is not in memory and the server has not counted it."""
        maybe_new = self._reading.unread > 0 or not self._reading.is_counted
        return self.opening and not self._drawn and self.is_short and maybe_new

    @property
    def is_short(self) -> bool:
        """Some of what may be new is not in memory, though something behind it is, or before it."""
        kept, line = self._kept, self.line
        return line is not None and (kept.oldest > line + 1 or (kept.detached and kept.last <= line))

    def came(self, seq: int, *, is_first: bool) -> None:
        """The last row is a new message of somebody else. `is_first`: nothing else was unread."""
        is_missed = seq <= self.missed
        if not self.on:
            return
        if self.attended and not is_missed:
            if not self._drawn and self.line is not None and self.line >= self.missed:
                self.line = seq  # or it would be new once what is before it comes
            return
        self.attended = False
        if not self._drawn:
            self.opening = True
            if not self.is_short:
                self.line = self._reading.mark
                self.draw()
        elif is_first and (is_missed or not self._active):
            self._erase()
            self.line, self.opening = seq - 1, True
            self._put(len(self._kept.rows) - 1)

    def draw(self) -> None:
        """Put the line before the first message that is new, if that is in memory."""
        if not self.on or self._drawn or self.line is None or self.is_short:
            return
        for place, row in enumerate(self._kept.rows):
            if isinstance(row, MessageRow) and not row.own and row.seq is not None and row.seq > self.line:
                self._put(place)
                return

    def draw_again(self) -> None:
        """Rows are here again that were not: put the line where it was, if it is among them."""
        line = self.line
        if not self._drawn or line is None or self._place() is not None:
            return
        seqs = [(place, row) for place, row in enumerate(self._kept.rows) if isinstance(row, MessageRow)]
        after = [place for place, row in seqs if not row.own and row.seq is not None and row.seq > line]
        if after and seqs[0][0] < after[0]:  # or it may be further up
            self._put(after[0])

    def _put(self, place: int) -> None:
        self._kept.rows.insert(place, Fresh(("new", 0), self._kept.rows[place].at))
        regroup(self._kept.rows, place + 1)
        self._drawn = True

    def _erase(self) -> None:
        place = self._place() if self._drawn else None
        self._drawn = False
        if place is None:
            return
        del self._kept.rows[place]
        regroup(self._kept.rows, place)

    def _place(self) -> int | None:
        places = reversed(range(len(self._kept.rows)))
        return next((place for place in places if isinstance(self._kept.rows[place], Fresh)), None)
