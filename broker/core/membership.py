"""What the log of a room says of who comes, goes and is called something else. Pure."""

from loggia.broker.core.next_entry import next_entry
from loggia.broker.core.ordered import Command
from loggia.broker.core.state import Person, Room
from loggia.shared.protocol.events import (
    CreatedEvent,
    InvitedEvent,
    JoinedEvent,
    LeftEvent,
    LeftReason,
    RenamedEvent,
)


def created(
    room: Room, person: Person, command: Command, *, subject: str, title: str, people: dict[str, str]
) -> CreatedEvent:
    """`subject`, `title`, `people`: as of the event."""
    return CreatedEvent(*next_entry(room, person, command), room.kind != "public", subject, title, people)


def invited(room: Room, person: Person, command: Command, target: Person, reason: str = "") -> InvitedEvent:
    """`person` lets `target` in."""
    return InvitedEvent(*next_entry(room, person, command), target.account, target.nick, reason)


def joined(room: Room, person: Person, command: Command) -> JoinedEvent:
    return JoinedEvent(*next_entry(room, person, command), person.bot)


def left(room: Room, person: Person, command: Command, reason: LeftReason) -> LeftEvent:
    return LeftEvent(*next_entry(room, person, command), reason)


def renamed(room: Room, person: Person, command: Command, nick: str, was: str) -> RenamedEvent:
    return RenamedEvent(*next_entry(room, person, command)._replace(nick=nick), was)
