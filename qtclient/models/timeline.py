# SPDX-License-Identifier: GPL-3.0-only
"""The rows of the room on the screen, as many as Qt can measure at once, as a model. GUI thread."""

from collections.abc import Callable
from typing import Any, Protocol

from loggia.qtclient.models.keyed import KeyedModel
from loggia.qtclient.state.hues import natural
from loggia.qtclient.state.lit import Lit, Marks
from loggia.qtclient.state.message import MessageRow, place_of
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.rows import Key, Row, telling
from loggia.shared.client.completeness import ArchivedCopy
from PyQt6.QtCore import QModelIndex, QObject, Qt, pyqtSignal

MOST_ROWS = 1000  # QListView measures every row on each insert: 34 ms at 1000, 1.1 s at 20,000
STEP_ROWS = 200  # rows taken in at once when somebody scrolls
ABOVE_ROWS = 50  # rows taken in above one that is gone to
# Who follows the newest sees the last rows alone, and each that comes has Qt measure all of them again: so
# there are fewer, and they are cut when there are too many, but not at every batch.
FOLLOWED_ROWS, KEPT_ROWS = 500, 300
FRESH_ROWS = 300  # that came since the last frame, and are set at once: of more the last ones alone


class OnScreen(Protocol):
    """What is on the screen: `here`, a room, or a thread as one. `lit`: what was found there."""

    @property
    def here(self) -> Room | None: ...

    @property
    def lit(self) -> Lit | None: ...


class TimelineModel(KeyedModel):
    """A window of at most MOST_ROWS rows on the room on the screen. `spoken`: a row in words. Signal:
    `turned` when its rows are of another room, or of another life of its log, than they were.

    The window is kept in numbers that do not move when older rows come (see Room.shift); what waits
    stands behind the newest row.
    """

    turned = pyqtSignal()

    def __init__(self, state: OnScreen, spoken: Callable[[Row], str], parent: QObject | None = None) -> None:
        super().__init__(spoken, parent)
        self._state = state
        self._room: Room | None = None
        self._epoch = ""  # of the room's log, the last time
        self._top = self._end = 0
        self._hue_changes = 0
        self._lit: Lit | None = None  # the last time
        self._life = 0
        self._had_newest = True  # it showed it the last time
        self.reached: Callable[[Row], str] = lambda row: ""  # what in it has the keyboard, in words

    @property
    def other_room(self) -> bool:
        """The state has another room on the screen than this model."""
        return self._state.here is not self._room

    @property
    def other_log(self) -> bool:
        """The state has another room, or another life of its log, on the screen than the rows are of."""
        room = self._state.here
        return self.other_room or (room is not None and self._epoch not in ("", room.epoch))

    @property
    def log(self) -> tuple[Room | None, str]:
        """What the rows are of: a room, or a thread as one, and the life of its log as far as it is known."""
        return self._room, self._room.epoch if self._room else ""

    def is_of(self, room: Room | None, epoch: str) -> bool:
        """The rows are of that still."""
        now, life = self.log
        return now is room and epoch in ("", life)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A screen reader reads of a row what in it has the keyboard."""
        told = super().data(index, role)
        if told and role == Qt.ItemDataRole.AccessibleTextRole:
            return self.reached(self.rows[index.row()]) or told
        return told

    def message(self, seq: int) -> MessageRow | None:
        """That of the number, if it is in memory; also where it is not among the rows here."""
        rows = self._state.here.rows if self._state.here else []
        place = place_of(rows, seq)
        row = None if place is None else rows[place]
        return row if isinstance(row, MessageRow) else None

    @property
    def archived_copies(self) -> list[ArchivedCopy]:
        """What is kept of the room from before its log was restored, as far as there is something to see."""
        return [old for old in self._room.old if old.words] if self._room else []

    def hue(self, account: str) -> int:
        """Of somebody's name in the room on the screen, in degrees."""
        return self._room.hues.of(account) if self._room else natural(account)

    def lit(self, row: Row) -> Marks:
        """What of the text of a row, as it is shown, was found by a search."""
        lit, room = self._state.lit, self._room
        return lit.of(room.name, row) if lit and room else ()

    def found(self, row: Row) -> Marks:
        """The same of its text as it was typed."""
        lit, room = self._state.lit, self._room
        return lit.typed(room.name, row) if lit and room else ()

    def take_recoloured(self) -> bool:
        """Whether somebody has another hue than when this was last asked, or something else is lit."""
        before, self._hue_changes = self._hue_changes, self._room.hues.changes if self._room else 0
        was, self._lit = self._lit, self._state.lit
        return self._hue_changes != before or self._lit is not was

    def stored(self, waited: Row | None) -> QModelIndex:
        """The index of what waited, where it is stored now and stands here; else not valid."""
        id = waited.id if isinstance(waited, MessageRow) else ""
        said = (one for one, row in enumerate(self.rows) if isinstance(row, MessageRow) and row.said_as == id)
        place = next(said, None) if id else None
        return QModelIndex() if place is None else self.index(place)

    @property
    def at_newest(self) -> bool:
        room = self._room
        return room is None or (not room.detached and self._end >= len(room.rows) - room.shift)

    @property
    def at_beginning(self) -> bool:
        """The first row of the room is in memory."""
        return self._room is None or self._room.at_top

    @property
    def at_edge(self) -> bool:
        """The first row that is here is the first in memory, and is not that of the room."""
        room = self._room
        return room is not None and not room.at_top and bool(room.rows) and self._top <= -room.shift

    @property
    def newest_away(self) -> int:
        """The newest entry of the room where that is not in memory; else 0."""
        room = self._room
        return room.newest if room is not None and room.detached else 0

    @property
    def in_memory(self) -> list[Row]:
        """All rows of the room, also those that are not shown."""
        room = self._room
        return [] if room is None else telling([*room.rows, *(() if room.detached else room.tail)])

    @property
    def line(self) -> QModelIndex:
        """The line from which on the room is to be shown, as long as nobody moves; else not valid."""
        place = self._room.stay.place if self._room else None
        return self.find(self._room.rows[place].key) if self._room and place is not None else QModelIndex()

    @property
    def may_grow_up(self) -> bool:
        """There are rows before the first one, or may be on the server."""
        room = self._room
        return room is not None and (self._top > -room.shift or not room.at_top)

    def opened(self) -> None:
        """Somebody has moved to another place, or was brought to the line."""
        if self._room:
            self._room.stay.opening = False

    def sync(self, *, pinned: bool) -> bool:
        """Take over what the state has now. `pinned`: nobody has moved away from the newest row, or from the
        line at which the room opens."""
        if self.other_log:
            self.turned.emit()
        room = self._state.here
        self._epoch = room.epoch if room is not None else ""
        if room is not self._room or (room is not None and room.lives != self._life):
            self._room, self._life = room, room.lives if room is not None else 0
            self.replace(())  # rows of two rooms may share a key
            self.to_newest()
            self.sync(pinned=pinned)
            return True
        if room is None:
            return self.replace(())
        if pinned and (place := room.stay.place) is not None:
            self._around(room, place)
            return self._show()
        newest = len(room.rows) - room.shift
        if newest < self._end:  # the room was cleared, or lost a row
            self._end = newest
            self._top = max(-room.shift, min(self._top, newest - KEPT_ROWS))
        if pinned:
            if newest - self._end > FRESH_ROWS:
                self._top = newest - STEP_ROWS
            self._end = newest
            if self._end - self._top > FOLLOWED_ROWS:
                self._top = self._end - KEPT_ROWS
            self._top = max(-room.shift, min(self._top, self._end - STEP_ROWS))
        elif self._had_newest:
            self._end = min(newest, self._top + MOST_ROWS - len(room.tail))
        return self._show()

    def let_go(self) -> None:
        """Of many rows keep those about the ones that are shown here."""
        room = self._room
        if room and room.stay.waits and not self.other_room:
            room.keep_first()
        elif room and not (self.other_room or room.loading):
            room.let_go(self._top, self._end)

    def to_newest(self) -> None:
        """Show the end of the room."""
        if self._room:
            self._end = len(self._room.rows) - self._room.shift
            self._top = max(-self._room.shift, self._end - STEP_ROWS)
        self._show()

    def to_oldest(self) -> None:
        """Show the first rows of the room that are in memory."""
        if self._room:
            self._top = -self._room.shift
            self._end = min(len(self._room.rows) + self._top, self._top + STEP_ROWS)
        self._show()

    def _around(self, room: Room, place: int) -> None:
        self._top = max(0, place - ABOVE_ROWS) - room.shift
        self._end = min(len(room.rows), place + STEP_ROWS) - room.shift

    @property
    def next_older(self) -> list[Row]:
        """What `older` takes in."""
        room, end = self._room, self._top + (self._room.shift if self._room else 0)
        return telling(room.rows[max(0, end - STEP_ROWS) : end]) if room else []

    @property
    def next_newer(self) -> list[Row]:
        """What `newer` takes in."""
        room, start = self._room, self._end + (self._room.shift if self._room else 0)
        return telling(room.rows[start : start + STEP_ROWS]) if room else []

    def older(self) -> bool:
        """Take in rows before the first one. False when there are none in memory: ask for them."""
        room = self._room
        if room is None:
            return False
        while self._top > -room.shift:
            self._top = max(-room.shift, self._top - STEP_ROWS)
            self._end = min(self._end, self._top + MOST_ROWS - len(room.tail))
            if self._show():  # it tells something
                return True
        return False

    def newer(self) -> bool:
        """Take in rows behind the last one. False when there are none in memory."""
        while self._room is not None and self._end < len(self._room.rows) - self._room.shift:
            self._end = min(len(self._room.rows) - self._room.shift, self._end + STEP_ROWS)
            self._top = max(self._top, self._end - MOST_ROWS + len(self._room.tail))
            if self._show():
                return True
        return False

    def around(self, key: Key, *, afresh: bool = False) -> bool:
        """Take in the row with that key and those beside it; `afresh`: as many of these as there are. False
        when it is not in memory."""
        room = self._room
        rows = room.rows if room else []
        place = next((place for place in range(len(rows) - 1, -1, -1) if rows[place].key == key), None)
        if room is None or place is None:
            return False
        if afresh or not self._top <= place - room.shift < self._end:
            self._around(room, place)
            self._show()
        return True

    def _show(self) -> bool:
        room = self._room
        if room is None:
            return self.replace(())
        shown: list[Row] = room.rows[max(0, self._top + room.shift) : self._end + room.shift]
        self._had_newest = self.at_newest
        if self._had_newest:
            shown += room.tail
        return self.replace(telling(shown)[-MOST_ROWS:])
