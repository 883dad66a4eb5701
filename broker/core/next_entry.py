"""The next entry of a room's log: where it stands, when, and whose it is. Pure."""

from typing import NamedTuple

from loggia.broker.core.ordered import Command
from loggia.broker.core.state import Person, Room


class NextEntry(NamedTuple):
    """The first fields of every stored event, in their order."""

    room: str
    seq: int
    at: int
    nick: str
    account: str
    id: str


def next_entry(room: Room, person: Person, command: Command) -> NextEntry:
    """It is `person`'s. Time does not go back in a room."""
    at = max(command.at, room.at)
    return NextEntry(room.name, room.head + 1, at, person.nick, person.account, command.request.id)
