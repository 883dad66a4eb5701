"""How a room is run: what those may do about it, and about each other, who have a role there. Pure.

Each request becomes an event of the room's log, under the id of who asks, and that is what changes the room
(rules.py). Who may ask at all, the table of ops says (permissions.py). docs/protocol.md, "Rooms and rights".
"""

from collections.abc import Callable
from typing import Any

from loggia.broker.core.membership import invited, joined
from loggia.broker.core.next_entry import next_entry
from loggia.broker.core.ordered import Command
from loggia.broker.core.people import People
from loggia.broker.core.permissions import is_last_owner, may_act_upon, role_of
from loggia.broker.core.refusals import nobody
from loggia.broker.core.rules import Rules
from loggia.broker.core.state import Person, Room, is_revoked
from loggia.shared.protocol.answers import Stored
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.events import (
    BannedEvent,
    ClosedEvent,
    ConfiguredEvent,
    InvitedEvent,
    JoinedEvent,
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
    Invite,
    Kick,
    Mute,
    ReopenRoom,
    SetRole,
    SetSubject,
    Unban,
    Unmute,
)
from loggia.shared.protocol.roles import RANKS

# The request, the room that it is for, who asks and may; and what the log says of it, or if it is so already
# the answer. Raises Refused.
Maker = Callable[[Any, Room, Person, Command], StoredEvent | Stored]


class RoomActs:
    def __init__(self, people: People) -> None:
        self._people = people
        self._met: Person | None = None  # whom the event is about that was made last
        self.make: dict[type, Maker] = {
            Invite: self._invite,
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

    def follows(self, room: Room, command: Command, by: Person) -> LeftEvent | JoinedEvent | None:
        """What the room is told behind what was asked for, if there is more: who is banned is not in it, and
        who is invited to a public one is there, if he is here."""
        request = command.request
        target, self._met = self._met, None
        if target is None:
            return None
        if isinstance(request, Invite):
            is_here = target.account in room.people and room.kind == "public"
            return joined(room, target, command) if is_here else None
        assert isinstance(request, Ban), "nothing else is about somebody and more"
        if room.name not in target.rooms:
            return None
        was_in = room.has(target.account)
        event = _left(request, room, target, by, command)
        self._people.put_out(room, target)
        return event if was_in else None

    def _invite(self, request: Invite, room: Room, person: Person, command: Command) -> InvitedEvent:
        target = self._people.called(request.who)
        if target is None or is_revoked(target):
            raise Refused("no_such_account", nobody(request.who))
        nick, title = quoted(target.nick), room.title(person.account)
        if room.name in target.rooms:
            raise Refused("not_allowed", f"{nick} is in {title} already.")
        if room.rules is not None and room.rules.is_banned(target.account, command.at):
            raise Refused("not_allowed", f"{nick} is not let into {title}; unban that account first.")
        if target.visitor:
            raise Refused("not_allowed", f"{nick} came by the front door, and is let into no room by others.")
        if not self._people.may_be_let(target, room.kind):
            raise Refused("not_allowed", f"{nick} is in as many rooms as others may let anybody into.")
        self._people.let_in(room, target)
        self._met = target
        return invited(room, person, command, target, request.reason)

    def _kick(self, request: Kick, room: Room, person: Person, command: Command) -> LeftEvent:
        target = self._target(request.who, room, person)
        _refuse_outsider(target, room, person)
        event = _left(request, room, target, person, command)
        self._people.put_out(room, target)
        return event

    def _ban(self, request: Ban, room: Room, person: Person, command: Command) -> BannedEvent:
        target = self._target(request.who, room, person)
        _look_ahead(request, command)
        self._met = target
        return BannedEvent(
            *next_entry(room, person, command), target.account, target.nick, request.reason, request.until
        )

    def _unban(self, request: Unban, room: Room, person: Person, command: Command) -> UnbannedEvent:
        target = self._target(request.who, room, person)
        return UnbannedEvent(*next_entry(room, person, command), target.account, target.nick, request.reason)

    def _mute(self, request: Mute, room: Room, person: Person, command: Command) -> MutedEvent:
        target = self._target(request.who, room, person)
        _look_ahead(request, command)
        return MutedEvent(
            *next_entry(room, person, command), target.account, target.nick, request.reason, request.until
        )

    def _unmute(self, request: Unmute, room: Room, person: Person, command: Command) -> UnmutedEvent:
        target = self._target(request.who, room, person)
        return UnmutedEvent(*next_entry(room, person, command), target.account, target.nick, request.reason)

    def _role(self, request: SetRole, room: Room, person: Person, command: Command) -> RoleEvent:
        target = self._target(request.who, room, person, also_self=True)
        if room.kind != "public" and RANKS[request.role] > RANKS[role_of(target.account, room)]:
            _refuse_outsider(target, room, person)  # its owners would not be there; what he was can be taken
        nick, title = quoted(target.nick), room.title(person.account)
        if not _can_come(target):
            raise Refused("not_allowed", f"{nick} cannot come back to that account, so it gets no role.")
        if request.role != "owner" and room.owners.get(target.account):
            raise Refused("not_allowed", f"{nick} owns this broker, and with it each room.")
        if request.role != "owner" and is_last_owner(target.account, room, self._is_somebodys):
            text = f"{title} would have no owner who can act; make somebody else one first."
            raise Refused("not_allowed", text)
        return RoleEvent(*next_entry(room, person, command), target.account, target.nick, request.role)

    def _subject(self, request: SetSubject, room: Room, person: Person, command: Command) -> SubjectEvent:
        return SubjectEvent(*next_entry(room, person, command), request.subject)

    def _configure(self, request: Configure, room: Room, person: Person, command: Command) -> ConfiguredEvent:
        title = room.title(person.account) if request.title is None else request.title
        if room.kind == "public" and title != room.name:
            raise Refused("not_allowed", f"{room.name} is a public room; its title is its name.")
        now = (room.rules or Rules()).settings
        slow_s = now.slow_s if request.slow_s is None else request.slow_s
        announce = now.announce if request.announce is None else request.announce
        return ConfiguredEvent(*next_entry(room, person, command), title, slow_s, announce)

    def _close(self, request: CloseRoom, room: Room, person: Person, command: Command) -> ClosedEvent:
        return ClosedEvent(*next_entry(room, person, command))

    def _reopen(self, request: ReopenRoom, room: Room, person: Person, command: Command) -> ReopenedEvent:
        return ReopenedEvent(*next_entry(room, person, command))

    def _target(self, who: str, room: Room, person: Person, *, also_self: bool = False) -> Person:
        """Whom a request is about, if who asks may do something about him. Raises Refused."""
        target = self._people.called(who)
        if target is None:
            raise Refused("no_such_account", nobody(who))
        if target.account == person.account:
            if also_self:
                return target
            raise Refused("not_allowed", "That is you yourself; to go, leave the room.")
        if not may_act_upon(person.account, target.account, room):
            text = f"{quoted(target.nick)} is more than you in {room.title(person.account)}."
            raise Refused("not_allowed", text)
        return target

    def _is_somebodys(self, account: str) -> bool:
        person = self._people.known(account)
        return person is not None and _can_come(person)


def _can_come(person: Person) -> bool:
    """Whether it is an account that somebody can come back to."""
    return not (person.visitor or is_revoked(person))


def _refuse_outsider(target: Person, room: Room, person: Person) -> None:
    """Whom `person` asks to do something about is in the room. Raises Refused."""
    if not room.has(target.account):
        raise Refused("not_member", f"{quoted(target.nick)} is not in {room.title(person.account)}.")


def _look_ahead(request: Ban | Mute, command: Command) -> None:
    """What ends before it begins was meant otherwise. Raises Refused."""
    if request.until is not None and request.until <= command.at:
        text = f'"until" is over by {command.at - request.until} ms; name a time to come, in Unix ms.'
        raise Refused("bad_request", text)


def _left(request: Kick | Ban, room: Room, target: Person, by: Person, command: Command) -> LeftEvent:
    return LeftEvent(*next_entry(room, target, command), "kicked", by.account, by.nick, request.reason)
