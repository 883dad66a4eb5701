"""What the log of a room says of who comes, goes and is called something else. Pure."""

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
    return CreatedEvent(
        room=room.name,
        seq=room.head + 1,
        at=max(command.at, room.at),
        nick=person.nick,
        account=person.account,
        id=command.request.id,
        private=room.kind != "public",
        subject=subject,
        title=title,
        people=people,
    )


def invited(room: Room, person: Person, command: Command, target: Person, reason: str = "") -> InvitedEvent:
    """`person` lets `target` in."""
    return InvitedEvent(
        room=room.name,
        seq=room.head + 1,
        at=max(command.at, room.at),
        nick=person.nick,
        account=person.account,
        id=command.request.id,
        target=target.account,
        target_nick=target.nick,
        reason=reason,
    )


def joined(room: Room, person: Person, command: Command) -> JoinedEvent:
    return JoinedEvent(
        room=room.name,
        seq=room.head + 1,
        at=max(command.at, room.at),
        nick=person.nick,
        account=person.account,
        id=command.request.id,
        bot=person.bot,
    )


def left(room: Room, person: Person, command: Command, reason: LeftReason) -> LeftEvent:
    return LeftEvent(
        room=room.name,
        seq=room.head + 1,
        at=max(command.at, room.at),
        nick=person.nick,
        account=person.account,
        id=command.request.id,
        reason=reason,
    )


def renamed(room: Room, person: Person, command: Command, nick: str, was: str) -> RenamedEvent:
    return RenamedEvent(
        room=room.name,
        seq=room.head + 1,
        at=max(command.at, room.at),
        nick=nick,
        account=person.account,
        id=command.request.id,
        was=was,
    )
