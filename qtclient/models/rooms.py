# SPDX-License-Identifier: GPL-3.0-only
"""The rooms of the sidebar, and what is unread in them, as rows of a model. GUI thread."""

from collections.abc import Iterable

import msgspec
from loggia.qtclient.models.keyed import KeyedModel, RestRow, SectionRow
from loggia.qtclient.state.kinds import KINDS, SIGNS
from loggia.qtclient.state.ordering import Ordering, moved, put
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.state import WindowState
from loggia.shared.protocol.roles import RoomKind
from PyQt6.QtCore import QObject

PEOPLE = "People"
MOST_ROWS = 1000  # of rooms where nothing is new; by Ctrl+K the others are found


class RoomRow(msgspec.Struct, frozen=True):
    """One room in the sidebar: how many messages are unread there, and how many of them name me. `failed`:
    how many of mine are refused, and still there; none that was stored, and went with the log's restore."""

    key: str
    title: str
    kind: RoomKind
    here: bool
    unread: int
    mentions: int
    favourite: bool = False
    muted: bool = False
    failed: int = 0

    @property
    def sign(self) -> str:
        """Before its title: of which kind it is."""
        return SIGNS[self.kind]

    @property
    def group(self) -> tuple[bool, bool]:
        """Those of one stand together, whatever their order."""
        return self.kind == "direct", self.favourite


class RoomsModel(KeyedModel):
    """Rooms, and below them conversations with people. `ordering`: how they stand."""

    def __init__(
        self, state: WindowState, parent: QObject | None = None, ordering: Ordering | None = None
    ) -> None:
        super().__init__(_plain_room, parent, tips=True)
        self._state = state
        self.ordering = ordering or Ordering()

    def names(self) -> list[str]:
        """All rooms in their order, also those that are not shown."""
        return [room.name for room in self.ordering.arranged(self._state.listed)]

    def move(self, room: str, before: str) -> None:
        """Put it there; from now on they stand as they were put."""
        names = self.names()
        self.ordering.by = "own"
        put(self._state.rooms, moved(names, room, before))

    def step(self, room: str, by: int) -> None:
        """Put it so many places further among those of its kind."""
        shown = [row for row in self.rows if isinstance(row, RoomRow)]
        here = next((row.group for row in shown if row.key == room), None)
        alike = [row.key for row in shown if row.group == here]
        if here is None:
            return
        place = alike.index(room) + by
        if 0 <= place < len(alike):
            behind = alike[place + 1] if place + 1 < len(alike) else ""
            self.move(room, alike[place] if by < 0 else behind)

    def sync(self) -> None:
        here, listed = self._state.current, self.ordering.arranged(self._state.listed)
        shown = listed[:MOST_ROWS]
        shown += [room for room in listed[MOST_ROWS:] if room.unread or room.name == here][:MOST_ROWS]
        people = self._rows(room for room in shown if room.kind == "direct")
        rows: list[RoomRow | RestRow | SectionRow] = []
        rows += self._rows(room for room in shown if room.kind != "direct")
        if people:
            rows += [SectionRow.of(PEOPLE), *people]
        if len(listed) > len(shown):
            rows.append(RestRow.of(len(listed) - len(shown), ": Ctrl+K"))
        self.replace(rows)

    def _rows(self, rooms: Iterable[Room]) -> list[RoomRow]:
        here, liked, quiet = self._state.current, set(self.ordering.favourites), set(self.ordering.muted)
        return [
            RoomRow(
                room.name,
                room.title,
                room.kind,
                room.name == here,
                room.unread,
                room.mentions,
                room.name in liked,
                room.name in quiet,
                sum(one.sign == "failed" and one.seq is None for one in room.outgoing.values()),
            )
            for room in rooms
        ]


def _plain_room(row: RoomRow) -> str:
    words = [row.title, KINDS[row.kind]] + ["favourite"] * row.favourite + ["muted"] * row.muted
    words += ["on the screen"] * row.here
    if row.failed:
        words.append(
            "1 message was not sent" if row.failed == 1 else f"{row.failed:,} messages were not sent"
        )
    if row.unread:
        words.append(f"{row.unread:,} unread")
    if row.mentions:
        words.append("names you" if row.mentions == 1 else f"names you {row.mentions:,} times")
    return ", ".join(words)
