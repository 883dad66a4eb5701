# SPDX-License-Identifier: GPL-3.0-only
"""How rooms stand beside the messages: favourites, muted ones, and their order. Pure: no thread, no Qt."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Literal, get_args

import msgspec
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.rows import MessageRow

Order = Literal["own", "activity", "name"]
ORDERS: dict[Order, str] = {"own": "As I put them", "activity": "By the newest message", "name": "By name"}
LOOKED_AT = 50  # rows from the end, among which the newest message is looked for


class Ordering(msgspec.Struct):
    """`by`: as somebody put them, or by what. `favourites`, `muted`: rooms, by name; what is new in a muted
    one is not called for."""

    by: Order = "own"
    favourites: list[str] = []
    muted: list[str] = []

    def arranged(self, rooms: Iterable[Room]) -> list[Room]:
        """Rooms first and then conversations; in both the favourites first."""
        listed = list(rooms)
        if (key := _KEYS[self.by]) is not None:
            listed.sort(key=key)
        liked = set(self.favourites)
        groups: dict[tuple[bool, bool], list[Room]] = {
            (direct, other): [] for direct in (False, True) for other in (False, True)
        }
        for room in listed:
            groups[room.kind == "direct", room.name not in liked].append(room)
        return [room for group in groups.values() for room in group]

    def calling(self, rooms: Iterable[Room]) -> int:
        """How many messages are new; of a muted room only those that name me."""
        return sum(count for _, count in self._counted(rooms))

    def next_calling(self, rooms: Iterable[Room], here: str, by: int) -> str:
        """The first room below (1) or above (-1) `here` that has something new, of a muted one something that
        names me; going round. "": only `here` may have."""
        stand = self.arranged(rooms)[::by]
        names = [room.name for room in stand]
        at = names.index(here) + 1 if here in names else 0
        others = (room for room in stand[at:] + stand[:at] if room.name != here)
        return next((room.name for room, count in self._counted(others) if count), "")

    def _counted(self, rooms: Iterable[Room]) -> Iterator[tuple[Room, int]]:
        quiet = set(self.muted)
        return ((room, room.mentions if room.name in quiet else room.unread) for room in rooms)

    def like(self, room: str, on: bool) -> None:
        """Let it be a favourite, or none."""
        self.favourites = _with(self.favourites, room, on)

    def mute(self, room: str, on: bool) -> None:
        """Let it be muted, or not."""
        self.muted = _with(self.muted, room, on)


def moved(names: Sequence[str], room: str, before: str) -> list[str]:
    """The same names with one of them before another; at the end where `before` is none of them."""
    others = [name for name in names if name != room]
    place = others.index(before) if before in others else len(others)
    return [*others[:place], room, *others[place:]]


def put(rooms: dict[str, Room], names: Iterable[str]) -> None:
    """Let these stand first among the rooms, in their order."""
    whole = {name: rooms[name] for name in names if name in rooms} | rooms
    rooms.clear()
    rooms.update(whole)


def order_of(value: object) -> Order:
    """Raises ValueError for what is none."""
    for order in get_args(Order):
        if value == order:
            return order  # type: ignore[no-any-return]
    raise ValueError(f"{value!r} is no order")


def _spoke_at(room: Room) -> int:
    rows = room.rows
    newest = islice(reversed(rows), LOOKED_AT)
    return next((row.at for row in newest if isinstance(row, MessageRow)), rows[0].at if rows else 0)


_KEYS: dict[Order, Callable[[Room], Any] | None] = {
    "own": None,
    "activity": lambda room: -_spoke_at(room),
    "name": lambda room: (room.title.casefold(), room.name),
}


def _with(names: Sequence[str], name: str, on: bool) -> list[str]:
    others = [one for one in names if one != name]
    return [*others, name] if on else others
