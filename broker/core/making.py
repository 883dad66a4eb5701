"""How a room comes into being, and what its log begins with. Pure.

Who makes a private room is alone in it at first. A conversation is that of the same people for ever: who has
left it is let in again by whoever asks for it. docs/protocol.md, "Rooms and rights".
"""

from loggia.broker.core.draft import Draft
from loggia.broker.core.membership import created, invited, joined
from loggia.broker.core.ordered import Command, Created, Result
from loggia.broker.core.people import People
from loggia.broker.core.refusals import no_room, nobody, stands_still, twin
from loggia.broker.core.registry import Registry
from loggia.broker.core.state import Person, Room, is_revoked
from loggia.shared.protocol.answers import Error, Stored, error
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.limits import DIRECT_PEOPLE, PRIVATE_ROOMS
from loggia.shared.protocol.names import quoted
from loggia.shared.protocol.requests import Create, Direct
from loggia.shared.protocol.roles import RoomKind


class NewRooms:
    """`frozen`: why nothing may be stored, if so."""

    def __init__(self, rooms: Registry, people: People, draft: Draft, frozen: str) -> None:
        self._rooms = rooms
        self._people = people
        self._draft = draft
        self._frozen = frozen

    def make(self, command: Command, person: Person, grows: bool) -> Result:
        """Who asks is in the room then; or say why not. `grows`: as of `Entries.enter`."""
        request = command.request
        assert isinstance(request, Create | Direct)
        try:
            if isinstance(request, Create):
                return self._create(request, person, command, grows)
            return self._direct(request, person, command, grows)
        except Refused as refused:
            return error(request.id, refused)

    def _create(self, request: Create, person: Person, command: Command, grows: bool) -> Result:
        if not request.private and self._rooms.find(request.room) is not None:
            text = f"There is a room {quoted(request.room)} already; join it, or choose another name."
            raise Refused("room_taken", text)
        self._refuse_full(person, "private" if request.private else "public")
        if self._frozen:
            return stands_still(request.id, self._frozen)
        if not request.private:
            room, title = self.new(request.room), ""
        elif (name := self._drawn(command)) is not None:
            room, title = self.new(name, "private"), request.room
        else:
            return twin(request.id)
        event = created(room, person, command, subject=request.subject, title=title, people={})
        self._draft.store_requested(room, person, event, grows)
        self.enter(room, person, command)
        return Created(room.name)

    def _direct(self, request: Direct, person: Person, command: Command, grows: bool) -> Result:
        people = self._meant(request, person)
        room = self._rooms.direct(frozenset(people))
        missing = [one for one in people.values() if room is None or not room.has(one.account)]
        if room is not None and not missing:
            return Created(room.name)
        if any(one is not person and not self._people.may_be_let(one, "direct") for one in missing):
            raise Refused("not_allowed", "Not all of these may be let into one more conversation by others.")
        self._refuse_full(person, "direct")
        if self._frozen:
            return stands_still(request.id, self._frozen)
        is_stored = False
        if room is None:
            if (name := self._drawn(command)) is None:
                return twin(request.id)
            room = self.new(name, "direct", frozenset(people))
            nicks = {account: people[account].nick for account in sorted(people)}
            event = created(room, person, command, subject="", title="", people=nicks)
            self._draft.store_requested(room, person, event, grows)
            is_stored = True
        for one in missing:
            self._people.let_in(room, one)
            came = joined(room, one, command) if one is person else invited(room, person, command, one)
            if is_stored:
                self._draft.store(room, came)
            else:
                self._draft.store_requested(room, person, came, grows)
                is_stored = True
        return Created(room.name)

    def _meant(self, request: Direct, person: Person) -> dict[str, Person]:
        """Whose conversation it is, by account, who asks first. Raises Refused."""
        people = {person.account: person}
        for who in dict.fromkeys(request.people):
            one = self._people.called(who)
            if one is None or is_revoked(one):
                raise Refused("no_such_account", nobody(who))
            people.setdefault(one.account, one)
        if len(people) == 1:
            raise Refused("bad_request", "That is you yourself; name somebody else.")
        if len(people) > DIRECT_PEOPLE:
            raise Refused("bad_request", f"A conversation is of at most {DIRECT_PEOPLE} people; make a room.")
        return people

    def _refuse_full(self, person: Person, kind: RoomKind) -> None:
        """Raises Refused."""
        if not self._people.may_make(person, kind):
            raise Refused("not_allowed", f"You are in {PRIVATE_ROOMS} private rooms; leave one before.")

    def _drawn(self, command: Command) -> str | None:
        """How the room is called; None if another one is."""
        assert isinstance(command.drawn, str), "a name is drawn for whoever may need one"
        return None if command.drawn in self._rooms else command.drawn

    def as_before(self, request: Create | Direct, person: Person, first: Stored) -> Result:
        """What was asked for was done, or something else under this id."""
        room = self._rooms.get(first.room)
        if room is None:  # what somebody said of himself is in none
            return first
        if isinstance(request, Direct):
            is_it = room.kind == "direct"
        else:
            is_it = room.rules is not None and room.rules.settings.created and first.seq == 1
        if not is_it:
            return first
        if room.kind != "public" and not room.has(person.account):
            return Error(id=request.id, code="no_such_room", text=no_room(room.name))
        return Created(room.name)

    def new(self, name: str, kind: RoomKind = "public", people: frozenset[str] = frozenset()) -> Room:
        """Nobody is in it yet. `people`: whose conversation it is."""
        room = self._rooms.new(name, kind, people)
        self._draft.batch.new_rooms.append(room)
        return room

    def enter(self, room: Room, person: Person, command: Command) -> None:
        """Somebody comes in by himself."""
        self._people.let_in(room, person)
        self._draft.store(room, joined(room, person, command))
