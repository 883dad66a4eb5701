"""What people say in rooms: each message is stored once, by who may. Pure."""

from loggia.broker.core.draft import Draft, exceeds
from loggia.broker.core.ordered import Command
from loggia.broker.core.permissions import denied
from loggia.broker.core.refusals import ended, refusal
from loggia.broker.core.state import Person, Room
from loggia.shared.protocol.answers import Error, Stored
from loggia.shared.protocol.events import MessageEvent
from loggia.shared.protocol.names import canonical
from loggia.shared.protocol.requests import Message


class Messages:
    """`rooms` by name, `people` by account, as they are in the state that this is a part of.

    `frozen`: why nothing may be stored, if so.
    """

    def __init__(self, rooms: dict[str, Room], people: dict[str, Person], draft: Draft, frozen: str) -> None:
        self._rooms = rooms
        self._people = people
        self._draft = draft
        self._frozen = frozen

    def say(self, command: Command) -> Stored | Error:
        """Store it and answer so, or say why not."""
        request = command.request
        assert type(request) is Message
        account = command.account
        person = self._people.get(account)
        if person is None:
            return ended(request)
        grows = exceeds(request.id, person.largest_id)
        if not grows and (first := self._draft.first_answer(person, request.id)) is not None:
            return first
        room = find_room(self._rooms, request.room)
        if room is None or denied(Message, account, room) or self._frozen:
            return refusal(command, room, self._frozen)
        if request.reply_to is not None and not 0 < request.reply_to <= room.head:
            text = f"There is no message {request.reply_to} in {room.name} to reply to."
            return Error(id=request.id, code="no_such_message", text=text)
        seq = room.head + 1
        at = command.at if command.at > room.at else room.at
        event = MessageEvent(
            room.name, seq, at, person.nick, account, request.id, request.text, request.reply_to, command.bot
        )
        return self._draft.store_requested(room, person, event, grows)


def find_room(rooms: dict[str, Room], name: str) -> Room | None:
    """The room of this name, in whatever form the name is written."""
    return rooms.get(name) or rooms.get(canonical(name))
