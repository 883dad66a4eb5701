"""The newest seq of every room that somebody is in, as `joined.rooms` tells it. Pure. docs/protocol.md.

Each join tells all of them. Of many rooms that is kept as it is written, and only what changed since is
written anew: a join costs what happened since the last one, and the bytes themselves.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping

import msgspec
from loggia.broker.core.permissions import denied
from loggia.broker.core.state import Person, Room
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.requests import Ping

FEW_ROOMS = 64  # of so many nothing is kept: idle people are many, and to write these anew takes 10 µs
PAGE_ROOMS = 64  # what is written anew where one of them changed
KEPT_ROOMS = 100_000  # of all accounts together: about 20 MB


class _Kept(msgspec.Struct):
    """What one account was told last. `pages`: the heads of some rooms each; `written`: the same, as JSON
    without its braces; `page_of`: in which one a room is; `stale`: pages that are not as they are written;
    `upto`: the last change that it knows.
    """

    upto: int
    pages: list[dict[str, int]] = []
    written: list[bytes] = []
    page_of: dict[str, int] = {}
    stale: set[int] = set()

    def take(self, room: Room, *, told: bool) -> None:
        """The account is in it, and this is its head, which it is told if it may ask for it."""
        number = self.page_of.get(room.name)
        if number is None:
            if not self.pages or len(self.pages[-1]) >= PAGE_ROOMS:
                self.pages.append({})
                self.written.append(b"")
            number = self.page_of[room.name] = len(self.pages) - 1
        if told:
            self.pages[number][room.name] = room.head
        else:
            self.pages[number].pop(room.name, None)
        self.stale.add(number)

    def drop(self, name: str) -> None:
        """The account is not in it."""
        number = self.page_of.pop(name, None)
        if number is not None:
            self.pages[number].pop(name, None)
            self.stale.add(number)

    def is_sparse(self) -> bool:
        return len(self.pages) > 2 * len(self.page_of) // PAGE_ROOMS + 2

    def as_json(self) -> bytes:
        for number in self.stale:
            self.written[number] = encode(self.pages[number])[1:-1]
        self.stale.clear()
        return b"{" + b",".join(filter(None, self.written)) + b"}"


class Heads:
    """`rooms`: all rooms by name. `keeps`: whether each change of a room, and whoever enters or leaves it, is
    told with `moved`: in a frozen log people come and go without an event."""

    def __init__(self, rooms: Mapping[str, Room], *, keeps: bool) -> None:
        self._rooms = rooms
        self._keeps = keeps
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._kept_rooms = 0
        self._moved: dict[str, int] = {}  # rooms by their last change, ascending, since something is kept
        self._moves = 0

    def moved(self, rooms: Iterable[Room]) -> None:
        """These have a new head."""
        if not self._kept:
            return
        self._moves += 1
        moved, number = self._moved, self._moves
        for room in rooms:
            moved.pop(room.name, None)
            moved[room.name] = number

    def of(self, person: Person) -> dict[str, int] | msgspec.Raw:
        """Those of all rooms that the person is in; of many of them as JSON."""
        if len(person.rooms) <= FEW_ROOMS or not self._keeps:
            rooms = [self._rooms[name] for name in sorted(person.rooms)]
            return {room.name: room.head for room in rooms if _told(person, room)}
        kept = self._kept.pop(person.account, None)
        self._kept_rooms -= 0 if kept is None else len(kept.page_of)
        if kept is None or not self._goes_on(kept, person):
            kept = _Kept(self._moves)
            for name in sorted(person.rooms):
                kept.take(room := self._rooms[name], told=_told(person, room))
        self._kept[person.account] = kept
        self._kept_rooms += len(kept.page_of)
        while self._kept_rooms > KEPT_ROOMS and len(self._kept) > 1:
            _, longest_ago = self._kept.popitem(last=False)
            self._kept_rooms -= len(longest_ago.page_of)
        return msgspec.Raw(kept.as_json())

    def _goes_on(self, kept: _Kept, person: Person) -> bool:
        """Bring it up to now, where that is less than to begin anew."""
        most = len(person.rooms)
        moved: list[str] = []
        for name, number in reversed(self._moved.items()):
            if number <= kept.upto:
                break
            if len(moved) == most:
                return False
            moved.append(name)
        for name in reversed(moved):
            if name in person.rooms:
                kept.take(room := self._rooms[name], told=_told(person, room))
            else:
                kept.drop(name)
        kept.upto = self._moves
        return len(kept.page_of) == most and not kept.is_sparse()


def _told(person: Person, room: Room) -> bool:
    """Whether it may ask for it."""
    return denied(Ping, person.account, room, room.at) is None
