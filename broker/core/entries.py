"""What people enter in the log of a room under an id of their own: each is stored once, by who may. Pure.

A new op that is answered `stored` is a line in `Idempotent` (shared/protocol/requests.py), and here the event
that it becomes. docs/protocol.md, "Requests".
"""

from collections.abc import Sequence
from itertools import count, repeat
from operator import attrgetter

from loggia.broker.core.draft import Draft, grow
from loggia.broker.core.membership import left
from loggia.broker.core.mentions import SIGN
from loggia.broker.core.messages import Messages
from loggia.broker.core.moderation import Maker, RoomActs
from loggia.broker.core.ordered import Command, Result
from loggia.broker.core.permissions import denied
from loggia.broker.core.refusals import refusal
from loggia.broker.core.registry import Registry
from loggia.broker.core.state import Person, Room
from loggia.shared.protocol.answers import Stored, error
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.events import LeftEvent, MessageEvent
from loggia.shared.protocol.requests import IDEMPOTENT, Create, Direct, Leave, Message

_REQUEST, _ID, _TEXT, _ROOM = map(attrgetter, ("request", "id", "text", "room"))
_BELONGS, _TO_NONE = attrgetter("reply_to", "thread"), {(None, None)}


class Entries:
    """`rooms` by name, `people` by account, as they are in the state that this is a part of.

    `frozen`: why nothing may be stored, if so.
    """

    def __init__(
        self,
        rooms: Registry,
        people: dict[str, Person],
        draft: Draft,
        messages: Messages,
        moderation: RoomActs,
        frozen: str,
    ) -> None:
        self._rooms = rooms
        self._people = people
        self._draft = draft
        self._messages = messages
        self._moderation = moderation
        self._frozen = frozen
        self._make: dict[type, Maker] = {Leave: self._leave, **messages.make, **moderation.make}

    def say(self, commands: Sequence[Command]) -> list[Stored] | None:
        """Store messages of one account, sent at one time. None, and nothing is done, where one of them needs
        a look of its own: it is refused, was stored before, belongs to another; or they go to several rooms,
        and one may mean somebody. Raises StorageDamaged, and nothing is done, too."""
        first = commands[0]
        said: list[Message] = list(map(_REQUEST, commands))
        person = self._people.get(first.account)
        if person is None or self._frozen:
            return None
        rooms: dict[str, Room] = {}
        for name in set(map(_ROOM, said)):
            room = self._rooms.open_or_found(name)
            if denied(Message, first.account, room, first.at) or room is None:
                return None
            rooms[name] = room
        ids, texts = list(map(_ID, said)), list(map(_TEXT, said))
        if not grow(ids, person.largest_id):
            return None
        if set(map(_BELONGS, said)) != _TO_NONE:
            return None
        if len(rooms) > 1:
            if SIGN in "".join(texts):
                return None
            to = [(rooms[message.room], message) for message in said]
            return self._draft.store_spread(person, to, first.at, first.bot)
        room = rooms[said[0].room]
        events = list(
            map(
                MessageEvent,
                repeat(room.name),
                count(room.head + 1),
                repeat(max(first.at, room.at)),
                repeat(person.nick),
                repeat(person.account),
                ids,
                texts,
                repeat(None),
                repeat(first.bot),
            )
        )
        if SIGN in "".join(texts):
            events = self._messages.meaning(room, events)
        return self._draft.store_said(room, person, events)

    def enter(self, command: Command, person: Person, grows: bool) -> Result:
        """Store it and answer so, or say why not. `grows`: the id is larger than all that it stored under."""
        request = command.request
        assert isinstance(request, IDEMPOTENT)
        assert not isinstance(request, Create | Direct), "a room that is made has no log yet (making.py)"
        room = self._rooms.open_or_found(request.room)
        if denied(type(request), command.account, room, command.at) or room is None or self._frozen:
            return refusal(request, command.account, room, command.at, self._frozen)
        try:
            event = self._make[type(request)](request, room, person, command)
        except Refused as refused:
            return error(request.id, refused)
        if isinstance(event, Stored):
            return self._draft.remember(person, event, room, grows)
        stored = self._draft.store_requested(room, person, event, grows)
        if (more := self._moderation.follows(room, command, person)) is not None:
            self._draft.store(room, more)
        return stored

    def _leave(self, request: Leave, room: Room, person: Person, command: Command) -> LeftEvent:
        del room.people[person.account]
        person.rooms.discard(room.name)
        self._draft.batch.members[person.number, room.number] = False
        return left(room, person, command, "end")
