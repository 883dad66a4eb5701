"""Who is in one room now: what the broker said at the join, and what happened since. Pure."""

from collections.abc import Callable, Iterable, Sequence

import msgspec
from loggia.shared.protocol.answers import Member
from loggia.shared.protocol.events import (
    JoinedEvent,
    LeftEvent,
    PresenceEvent,
    RenamedEvent,
    StoredEvent,
)


class Present:
    """The members of a room. Events up to `as_of` are counted in `members` already."""

    def __init__(self, members: Sequence[Member] = (), as_of: int = 0) -> None:
        self._members = {member.account: member for member in members}
        self._as_of = as_of

    def members(self) -> list[Member]:
        return list(self._members.values())

    def happened(self, events: Iterable[StoredEvent]) -> bool:
        """Count what the log says; True if it changed who is here."""
        changed = False
        for event in events:
            count = _COUNTS.get(type(event))  # by the others nobody comes or goes
            if count is not None and event.seq > self._as_of:
                count(self._members, event)
                changed = True
        return changed

    def seen(self, event: PresenceEvent) -> bool:
        """Somebody is away or back; True if that is a change."""
        member = self._members.get(event.account)
        if member is None or member.presence == event.presence:
            return False
        self._members[event.account] = msgspec.structs.replace(member, presence=event.presence)
        return True


def _joined(members: dict[str, Member], event: JoinedEvent) -> None:
    members[event.account] = Member(nick=event.nick, account=event.account, presence="online", bot=event.bot)


def _left(members: dict[str, Member], event: LeftEvent) -> None:
    members.pop(event.account, None)


def _renamed(members: dict[str, Member], event: RenamedEvent) -> None:
    if event.account in members:
        members[event.account] = msgspec.structs.replace(members[event.account], nick=event.nick)


_COUNTS: dict[type[StoredEvent], Callable[..., None]] = {
    JoinedEvent: _joined,
    LeftEvent: _left,
    RenamedEvent: _renamed,
}
