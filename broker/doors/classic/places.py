"""Which visitors are in which room, so that what happens in one costs nothing in the others. Pure."""

from collections.abc import Collection, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Places(Generic[K]):
    def __init__(self) -> None:
        self._room_of: dict[K, str] = {}
        self._in_room: dict[str, dict[K, None]] = {}

    def put(self, visitor: K, room: str | None) -> None:
        """It is in this room now, and in no other; None: in none."""
        was = self._room_of.get(visitor)
        if was == room:
            return
        if was is not None:
            del self._room_of[visitor]
            del self._in_room[was][visitor]
            if not self._in_room[was]:
                del self._in_room[was]
        if room is not None:
            self._room_of[visitor] = room
            self._in_room.setdefault(room, {})[visitor] = None

    def of(self, room: str) -> Collection[K]:
        """Those who are in the room, in the order in which they came there."""
        return self._in_room.get(room, ())
