# SPDX-License-Identifier: GPL-3.0-only
"""The models of the window: they follow the state by the smallest changes Qt has to hear of. GUI thread."""

import html
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from PyQt6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt

from qtclient.room import Room
from qtclient.rows import Day, Row, Said
from qtclient.state import State
from shared.completeness import OldCopy
from shared.messages import Member
from shared.names import quoted

MOST_ROWS = 1000  # QListView measures every row on each insert: 34 ms at 1000, 1.1 s at 20,000
KEPT_ROWS = 600  # after cutting: so that a busy room does not cut at every batch
STEP_ROWS = 200  # rows taken in at once when somebody scrolls

ROW = Qt.ItemDataRole.UserRole
_TEXT_ROLES = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.AccessibleTextRole,
)


class KeyedModel(QAbstractListModel):
    """Rows that know their `key`. `replace` inserts, removes and changes only what differs."""

    def __init__(
        self, plain: Callable[[Any], str], parent: QObject | None = None, *, tips: bool = False
    ) -> None:
        super().__init__(parent)
        self._tips = tips
        self.rows: list[Any] = []
        self._plain = plain

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not 0 <= index.row() < len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == ROW:
            return row
        if role in _TEXT_ROLES:
            return self._plain(row)
        return tool_tip(self._plain(row)) if role == Qt.ItemDataRole.ToolTipRole and self._tips else None

    def find(self, key: object) -> QModelIndex:
        """The index of the row with that key; not valid when there is none."""
        for number, row in enumerate(self.rows):
            if row.key == key:
                return self.index(number)
        return QModelIndex()

    def replace(self, rows: Sequence[Any]) -> bool:
        """Show these rows. True when that changed anything."""
        if len(rows) == len(self.rows) and all(a is b for a, b in zip(rows, self.rows, strict=True)):
            return False
        wanted = {row.key for row in rows}
        kept = {row.key for row in self.rows if row.key in wanted}
        if not kept or [row.key for row in self.rows if row.key in kept] != [
            row.key for row in rows if row.key in kept
        ]:
            self.beginResetModel()
            self.rows = list(rows)
            self.endResetModel()
            return True
        self._remove(kept)
        self._insert(rows, kept)
        self._change(rows)
        return True

    def _remove(self, kept: set[Any]) -> None:
        end = len(self.rows)
        while end:
            if self.rows[end - 1].key in kept:
                end -= 1
                continue
            start = end - 1
            while start and self.rows[start - 1].key not in kept:
                start -= 1
            self.beginRemoveRows(QModelIndex(), start, end - 1)
            del self.rows[start:end]
            self.endRemoveRows()
            end = start

    def _insert(self, rows: Sequence[Any], kept: set[Any]) -> None:
        start = 0
        while start < len(rows):
            end = start
            while end < len(rows) and rows[end].key not in kept:
                end += 1
            if end > start:
                self.beginInsertRows(QModelIndex(), start, end - 1)
                self.rows[start:start] = rows[start:end]
                self.endInsertRows()
            start = end + 1

    def _change(self, rows: Sequence[Any]) -> None:
        for number, row in enumerate(rows):
            if self.rows[number] is not row:
                changed = self.rows[number] != row
                self.rows[number] = row
                if changed:
                    self.dataChanged.emit(self.index(number), self.index(number))


class TimelineModel(KeyedModel):
    """A window of at most MOST_ROWS rows on the room on the screen.

    The window is kept in numbers that do not move when older rows come (see Room.shift); what waits
    stands behind the newest row.
    """

    def __init__(self, state: State, parent: QObject | None = None) -> None:
        super().__init__(plain, parent)
        self._state = state
        self._room: Room | None = None
        self._top = self._end = 0

    @property
    def other_room(self) -> bool:
        """The state has another room on the screen than this model."""
        return self._state.here is not self._room

    @property
    def old_copies(self) -> list[OldCopy]:
        """What is kept of the room from before its log was restored, as far as there is something to see."""
        return [old for old in self._room.old if old.words] if self._room else []

    @property
    def at_newest(self) -> bool:
        return self._room is None or self._end >= len(self._room.rows) - self._room.shift

    def sync(self, *, pinned: bool) -> bool:
        """Take over what the state has now. `pinned`: the newest row is looked at and shall stay so."""
        room = self._state.here
        if room is not self._room:
            self._room = room
            self.replace(())  # rows of two rooms may share a key
            self.to_newest()
            return True
        if room is None:
            return self.replace(())
        newest = len(room.rows) - room.shift
        if newest < self._end:  # the room was cleared, or lost a row
            self._end = newest
            self._top = max(-room.shift, min(self._top, newest - KEPT_ROWS))
        if pinned:
            self._end = newest
            if self._end - self._top > MOST_ROWS - len(room.tail):
                self._top = self._end - KEPT_ROWS
            self._top = max(-room.shift, min(self._top, self._end - STEP_ROWS))
        else:
            self._end = min(newest, self._top + MOST_ROWS - len(room.tail))
        return self._show()

    def to_newest(self) -> None:
        """Show the end of the room."""
        if self._room:
            self._end = len(self._room.rows) - self._room.shift
            self._top = max(-self._room.shift, self._end - STEP_ROWS)
        self._show()

    def older(self) -> bool:
        """Take in rows before the first one. False when there are none in memory: ask for them."""
        room = self._room
        if room is None or self._top <= -room.shift:
            return False
        self._top = max(-room.shift, self._top - STEP_ROWS)
        self._end = min(self._end, self._top + MOST_ROWS - len(room.tail))
        return self._show()

    def newer(self) -> bool:
        """Take in rows behind the last one. False when the newest is there."""
        if self._room is None or self.at_newest:
            return False
        self._end = min(len(self._room.rows) - self._room.shift, self._end + STEP_ROWS)
        self._top = max(self._top, self._end - MOST_ROWS + len(self._room.tail))
        return self._show()

    def _show(self) -> bool:
        room = self._room
        if room is None:
            return self.replace(())
        shown: list[Row] = room.rows[max(0, self._top + room.shift) : self._end + room.shift]
        if self.at_newest:
            shown += room.tail
        return self.replace(shown[-MOST_ROWS:])


class RoomRow(msgspec.Struct, frozen=True):
    """One room in the sidebar."""

    key: str
    here: bool
    unread: int
    mentions: int


class RoomsModel(KeyedModel):
    def __init__(self, state: State, parent: QObject | None = None) -> None:
        super().__init__(_plain_room, parent, tips=True)
        self._state = state

    def sync(self) -> None:
        here = self._state.current
        self.replace(
            [RoomRow(room.name, room.name == here, room.unread, room.mentions) for room in self._state.listed]
        )


class PersonRow(msgspec.Struct, frozen=True):
    """One of the people in the room."""

    key: str
    member: Member
    me: bool
    known: bool

    @property
    def online(self) -> bool:
        """For sure, and not only when the connection was there."""
        return self.known and self.member.presence == "online"

    @property
    def word(self) -> str:
        """Presence and more, in words: the sign alone would not be enough."""
        words = (
            ["you"] * self.me
            + ["bot"] * self.member.bot
            + ["away"] * (self.known and self.member.presence == "away")
        )
        return " · ".join(words)


class PeopleModel(KeyedModel):
    def __init__(self, state: State, parent: QObject | None = None) -> None:
        super().__init__(_plain_person, parent, tips=True)
        self._state = state

    def sync(self) -> None:
        mine, known = self._state.me.account, self._state.connected
        self.replace(
            [
                PersonRow(member.account, member, member.account == mine, known)
                for member in self._state.members()
            ]
        )


def tool_tip(text: str) -> str:
    """The text for a tool tip, which would otherwise guess whether it is HTML."""
    return f"<span style='white-space:pre-wrap'>{html.escape(text)}</span>"


def plain(row: Row) -> str:
    """The row in words: for screen readers, and for the clipboard."""
    match row:
        case Said(nick=nick, clock=clock, text=text):
            signs = {
                "waiting": " (waiting)",
                "unreachable": f" ({row.reason})",
                "failed": f" (not sent: {row.reason})",
            }
            return f"{quoted(nick)}, {clock}: {text}{signs.get(row.sign, '')}"
        case Day(text=text):
            return text
    return row.text


def _plain_person(row: PersonRow) -> str:
    words = [quoted(row.member.nick), "online" if row.online else "", row.word]
    return ", ".join(word for word in words if word)


def _plain_room(row: RoomRow) -> str:
    unread = f", {row.unread} unread" if row.unread else ""
    return f"{row.key}{unread}{', names you' if row.mentions else ''}"
