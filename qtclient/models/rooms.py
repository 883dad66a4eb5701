# SPDX-License-Identifier: GPL-3.0-only
"""The rooms of the sidebar, and what is unread in them, as rows of a model. GUI thread."""

import msgspec
from loggia.qtclient.models.keyed import KeyedModel, RestRow
from loggia.qtclient.state.state import WindowState
from loggia.shared.protocol.roles import RoomKind
from PyQt6.QtCore import QObject

_SIGNS: dict[RoomKind, str] = {"public": "#", "private": "#", "direct": "@"}
MOST_ROWS = 1000  # of rooms where nothing is new; by Ctrl+K the others are found


class RoomRow(msgspec.Struct, frozen=True):
    """One room in the sidebar. `sign`: before its title."""

    key: str
    title: str
    sign: str
    here: bool
    unread: int
    mentions: int


class RoomsModel(KeyedModel):
    def __init__(self, state: WindowState, parent: QObject | None = None) -> None:
        super().__init__(_plain_room, parent, tips=True)
        self._state = state

    def sync(self) -> None:
        here, listed = self._state.current, self._state.listed
        shown = listed[:MOST_ROWS]
        shown += [room for room in listed[MOST_ROWS:] if room.unread or room.name == here][:MOST_ROWS]
        rows: list[RoomRow | RestRow] = [
            RoomRow(room.name, room.title, _SIGNS[room.kind], room.name == here, room.unread, room.mentions)
            for room in shown
        ]
        if len(listed) > len(rows):
            rows.append(RestRow.of(len(listed) - len(rows), ": Ctrl+K"))
        self.replace(rows)


def _plain_room(row: RoomRow) -> str:
    unread = f", {row.unread} unread" if row.unread else ""
    return f"{row.title}{unread}{', names you' if row.mentions else ''}"
