"""Searches: what was said in the rooms that who asks may read. Pure. docs/protocol.md, "Search"."""

from collections.abc import Callable

import msgspec
from loggia.broker.core.permissions import denied
from loggia.broker.core.rooms import RoomsState
from loggia.broker.core.sought import Found, Sought
from loggia.broker.core.state import Room
from loggia.broker.core.words import Terms, fold
from loggia.shared.protocol.answers import FoundAnswer
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.limits import Limits
from loggia.shared.protocol.names import canonical
from loggia.shared.protocol.requests import Search

Find = Callable[[Sought], Found]


def nothing_found(sought: Sought) -> Found:
    """Where there is no index."""
    return Found([], None, False)


class Searching(msgspec.Struct, frozen=True):
    """`find`: what the index gives."""

    rooms: RoomsState
    find: Find
    limits: Limits

    def answer(self, account: str, request: Search, room: Room | None, at: int) -> FoundAnswer:
        """`room`: the one that `account` searches, and may; None: all that it may read. Raises Refused."""
        if len(request.text.encode(errors="replace")) > self.limits.text_bytes:
            raise Refused("too_large", f"No message is longer than {self.limits.text_bytes} bytes of UTF-8.")
        if request.has == "file":  # no message has one
            return FoundAnswer(id=request.id, hits=[])
        readable: dict[str, bool] = {}

        def may_read(name: str) -> bool:
            if name not in readable:
                there = self.rooms.named(name)
                readable[name] = there is not None and not denied(Search, account, there, at)
            return readable[name]

        sought = Sought(
            wanted=Terms(request.text),
            room=None if room is None else room.number,
            own=self._own(account),
            may_read=may_read,
            who=fold(canonical(request.who or "")),
            link=request.has == "link",
            since=request.since,
            until=request.until,
            cursor=request.cursor,
            limit=request.limit,
        )
        hits, cursor, complete = self.find(sought)
        return FoundAnswer(id=request.id, hits=hits, cursor=cursor, complete=complete)

    def _own(self, account: str) -> list[int]:
        """The rooms that the account is in and not everybody may read."""
        person = self.rooms.person(account)
        names = () if person is None else person.rooms
        rooms = [room for name in names if (room := self.rooms.named(name)) is not None]
        return [room.number for room in rooms if room.kind != "public"]
