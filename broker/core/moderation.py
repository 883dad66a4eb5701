"""How a room is run: what those may do about it, and about each other, who have a role there. Pure.

Each request becomes an event of the room's log, under the id of who asks, and that is what changes the room
(rules.py). Who may ask at all, the table of ops says (permissions.py). docs/protocol.md, "Rooms and rights".
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from loggia.broker.core.ordered import Command
from loggia.broker.core.permissions import is_last_owner, may_act_upon
from loggia.broker.core.refusals import nobody
from loggia.broker.core.rules import Rules
from loggia.broker.core.state import Person, Room
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.events import (
    BannedEvent,
    ClosedEvent,
    ConfiguredEvent,
    LeftEvent,
    MutedEvent,
    ReopenedEvent,
    RoleEvent,
    StoredEvent,
    SubjectEvent,
    UnbannedEvent,
    UnmutedEvent,
)
from loggia.shared.protocol.names import quoted
from loggia.shared.protocol.requests import (
    Ban,
    CloseRoom,
    Configure,
    Kick,
    Mute,
    ReopenRoom,
    SetRole,
    SetSubject,
    Unban,
    Unmute,
)

# The request, the room that it is for, who asks and may; and what the log says of it. Raises Refused.
Maker = Callable[[Any, Room, Person, Command], StoredEvent]


class _Place(NamedTuple):
    """The next place of a room, and who it is given to: the first fields of an event."""

    room: str
    seq: int
    at: int
    nick: str
    account: str
    id: str


class RoomActs:
    """`find`: the account that a nick or an account names, if there is one; `put_out`: it is not in the room
    any more."""

    def __init__(self, find: Callable[[str], Person | None], put_out: Callable[[Room, Person], None]) -> None:
        self._find = find
        self._put_out = put_out
        self.make: dict[type, Maker] = {
            Kick: self._kick,
            Ban: self._ban,
            Unban: self._unban,
            Mute: self._mute,
            Unmute: self._unmute,
            SetRole: self._role,
            SetSubject: self._subject,
            Configure: self._configure,
            CloseRoom: self._close,
            ReopenRoom: self._reopen,
        }

    def shown_out(self, room: Room, command: Command, by: Person) -> LeftEvent | None:
        """What follows a ban: who is banned is not in the room. None: he was not there."""
        request = command.request
        assert isinstance(request, Ban)
        target = self._find(request.who)
        if target is None or room.name not in target.rooms:
            return None
        was_here = target.account in room.people
        event = _left(request, room, target, by, command)
        self._put_out(room, target)
        return event if was_here else None

    def _kick(self, request: Kick, room: Room, person: Person, command: Command) -> LeftEvent:
        target = self._target(request.who, room, person)
        if target.account not in room.people:
            raise Refused("not_member", f"{quoted(target.nick)} is not in {room.name}.")
        event = _left(request, room, target, person, command)
        self._put_out(room, target)
        return event

    def _ban(self, request: Ban, room: Room, person: Person, command: Command) -> BannedEvent:
        target = self._target(request.who, room, person)
        place = _place(room, person, command)
        return BannedEvent(*place, target.account, target.nick, request.reason, request.until)

    def _unban(self, request: Unban, room: Room, person: Person, command: Command) -> UnbannedEvent:
        target = self._target(request.who, room, person)
        return UnbannedEvent(*_place(room, person, command), target.account, target.nick, request.reason)

    def _mute(self, request: Mute, room: Room, person: Person, command: Command) -> MutedEvent:
        target = self._target(request.who, room, person)
        place = _place(room, person, command)
        return MutedEvent(*place, target.account, target.nick, request.reason, request.until)

    def _unmute(self, request: Unmute, room: Room, person: Person, command: Command) -> UnmutedEvent:
        target = self._target(request.who, room, person)
        return UnmutedEvent(*_place(room, person, command), target.account, target.nick, request.reason)

    def _role(self, request: SetRole, room: Room, person: Person, command: Command) -> RoleEvent:
        target = self._target(request.who, room, person, also_self=True)
        if request.role != "owner" and is_last_owner(target.account, room):
            text = f"{room.name} would have no owner; make somebody else one first."
            raise Refused("not_allowed", text)
        return RoleEvent(*_place(room, person, command), target.account, target.nick, request.role)

    def _subject(self, request: SetSubject, room: Room, person: Person, command: Command) -> SubjectEvent:
        return SubjectEvent(*_place(room, person, command), request.subject)

    def _configure(self, request: Configure, room: Room, person: Person, command: Command) -> ConfiguredEvent:
        if request.title not in (None, room.name):
            raise Refused("not_allowed", f"{room.name} is a public room; its title is its name.")
        now = (room.rules or Rules()).settings
        slow_s = now.slow_s if request.slow_s is None else request.slow_s
        announce = now.announce if request.announce is None else request.announce
        return ConfiguredEvent(*_place(room, person, command), room.name, slow_s, announce)

    def _close(self, request: CloseRoom, room: Room, person: Person, command: Command) -> ClosedEvent:
        return ClosedEvent(*_place(room, person, command))

    def _reopen(self, request: ReopenRoom, room: Room, person: Person, command: Command) -> ReopenedEvent:
        return ReopenedEvent(*_place(room, person, command))

    def _target(self, who: str, room: Room, person: Person, *, also_self: bool = False) -> Person:
        """Whom a request is about, if who asks may do something about him. Raises Refused."""
        target = self._find(who)
        if target is None:
            raise Refused("no_such_account", nobody(who))
        if target.account == person.account:
            if also_self:
                return target
            raise Refused("not_allowed", "That is you yourself; to go, leave the room.")
        if not may_act_upon(person.account, target.account, room):
            raise Refused("not_allowed", f"{quoted(target.nick)} is more than you in {room.name}.")
        return target


def _place(room: Room, person: Person, command: Command) -> _Place:
    at = max(command.at, room.at)
    return _Place(room.name, room.head + 1, at, person.nick, person.account, command.request.id)


def _left(request: Kick | Ban, room: Room, target: Person, by: Person, command: Command) -> LeftEvent:
    return LeftEvent(*_place(room, target, command), "kicked", by.account, by.nick, request.reason)
