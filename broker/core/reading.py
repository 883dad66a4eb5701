"""How far somebody has read a room: a mark for each account, which only moves forward. Pure.

It is no entry of the room's log. What it makes of it, how much is unread, is counted where the log is
(broker/storage/tallies.py). docs/protocol.md, "Requests".
"""

from collections.abc import Callable, Mapping

from loggia.broker.core.draft import Draft
from loggia.broker.core.ordered import Command, Result
from loggia.broker.core.permissions import denied
from loggia.broker.core.refusals import ended, refusal
from loggia.broker.core.registry import Registry
from loggia.broker.core.state import Person, ReadMark
from loggia.shared.protocol.answers import Stored
from loggia.shared.protocol.requests import Read


class ReadMarks:
    """`people`: who is here, by account. `find_mark`: where the mark of an account in a room is, both by
    number; 0: nowhere. `frozen`: why nothing may be stored, if so."""

    def __init__(
        self,
        rooms: Registry,
        people: Mapping[str, Person],
        draft: Draft,
        find_mark: Callable[[int, int], int],
        frozen: str,
    ) -> None:
        self._rooms = rooms
        self._people = people
        self._draft = draft
        self._find_mark = find_mark
        self._frozen = frozen

    def mark(self, command: Command) -> Result:
        """What is answered: where the mark is now, at the end of the room for all that is beyond."""
        request, account = command.request, command.account
        assert isinstance(request, Read)
        person = self._people.get(account)
        if person is None:
            return ended(request.id)
        room = self._rooms.open_or_found(request.room)
        if denied(Read, account, room, command.at) or room is None or self._frozen:
            return refusal(request, account, room, command.at, self._frozen)
        marks, key = self._draft.batch.marks, (person.number, room.number)
        now = marks[key].seq if key in marks else self._find_mark(*key)
        if (seq := min(request.seq, room.head)) <= now:
            return Stored(request.id, room.name, now, command.at, duplicate=True)
        marks[key] = ReadMark(account, seq)
        return Stored(request.id, room.name, seq, command.at)
