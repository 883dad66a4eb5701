"""Rooms, people and rights: a deterministic state machine. Ordered commands in, events and answers out.

Pure: no sockets, no clock, no chance, no disk. What it decided since the last `taken` is the batch that the
log makes durable. When a commit fails, the state is thrown away and loaded again from the log.
"""

from collections.abc import Callable, Iterable

import msgspec

from broker.state import Batch, Command, Depart, Fresh, Person, Room, Run, World
from shared.messages import (
    End,
    Error,
    Join,
    JoinedEvent,
    Leave,
    LeftEvent,
    LeftReason,
    Message,
    MessageEvent,
    RenamedEvent,
    Stored,
    StoredEvent,
    encode,
)
from shared.names import canonical, escaped, looks, quoted

FROZEN_PAUSE_MS = 30_000  # a damaged log is not restored in less
SHOWN_CHARS = 64  # of a name that is no room's: enough to see what went wrong


def no_room(name: str) -> str:
    """What people are told about a room that is not there; nobody checked how it is called."""
    return f"There is no room {escaped(name[:SHOWN_CHARS])}; join it and it comes into being."


class Rooms:
    """All rooms of one broker, and the people whose session is not over.

    `find_answer`: what the log says this account was answered under an id, long ago. It is asked only about
    ids that do not grow, since an id beyond an account's largest cannot be a duplicate.
    `frozen`: why nothing may be stored, if so. People come and go then to read, and no log tells of it.
    """

    def __init__(
        self,
        world: World,
        place_of: Callable[[int], int],
        find_answer: Callable[[int, str], Stored | None],
        frozen: str = "",
    ) -> None:
        self.frozen = frozen
        self._place_of = place_of
        self._find_answer = find_answer
        self._rooms = world.rooms
        self._people: dict[str, Person] = {}
        self._nicks: dict[str, str] = {}
        self._by_token: dict[bytes, Person] = {}
        self._last_account = world.last_account
        self._last_room = max((room.number for room in world.rooms.values()), default=0)
        self._stored: dict[tuple[str, str], Stored] | None = None
        self._duplicates = 0
        self._run: Run | None = None
        self._batch = Batch()
        self._decide = {
            Message: self._message,
            Join: self._join,
            Leave: self._leave,
            End: self._end,
            Depart: self._end,
        }
        for person in world.people:
            self._wake(person)
            for name in person.rooms:
                self._rooms[name].people[person.account] = person

    # -- Reading -------------------------------------------------------------------------------

    def room(self, name: str) -> Room | None:
        """The room of this name, in whatever form the name is written."""
        return self._rooms.get(name) or self._rooms.get(canonical(name))

    def all(self) -> Iterable[Room]:
        return self._rooms.values()

    def person(self, account: str) -> Person | None:
        return self._people.get(account)

    def people(self) -> Iterable[Person]:
        return self._people.values()

    def owner(self, token_hash: bytes) -> Person | None:
        """Whose token it is, if that session is not over."""
        return self._by_token.get(token_hash)

    def moved_to(self, rooms: dict[str, Room]) -> World:
        """The people of this state, among rooms as they are found now; this state is not used any more."""
        people = list(self._people.values())
        for person in people:
            person.rooms &= rooms.keys()
        return World(rooms=rooms, people=people, last_account=self._last_account)

    def holder(self, nick: str, but: str) -> Person | None:
        """Who else than account `but` has a nick that looks like this one, while its session is not over."""
        for key in sorted(looks(nick)):
            account = self._nicks.get(key, but)
            if account != but:
                return self._people[account]
        return None

    # -- Deciding ------------------------------------------------------------------------------

    def decide(self, command: Command) -> None:
        """Apply one ordered command: fill in its answer, add what it stores to the batch."""
        self._decide[type(command.request)](command)

    def decide_again(self, command: Command) -> bool:
        """Give its first answer to what was stored before, and return True; nothing is stored for that."""
        person = self._people.get(command.account)
        if person is None or not isinstance(command.request, Message | Leave):
            return False
        if _exceeds(command.request.id, person.largest_id):
            return False
        command.answer = self._first_answer(person, command.request.id)
        return command.answer is not None

    def taken(self) -> Batch:
        """The batch decided so far, which is empty while `frozen`; the next one begins empty."""
        batch, self._batch = self._batch, Batch()
        self._stored = self._run = None
        for fresh in batch.fresh:
            fresh.room.fresh = None
        return Batch() if self.frozen else batch

    def take_duplicates(self) -> int:
        """How many requests since the last call were stored before, and not again."""
        duplicates, self._duplicates = self._duplicates, 0
        return duplicates

    def _message(self, command: Command) -> None:
        request = command.request
        assert type(request) is Message
        account = command.account
        person = self._people[account]
        grows = _exceeds(request.id, person.largest_id)
        if not grows and (first := self._first_answer(person, request.id)) is not None:
            command.answer = first
            return
        room = self.room(request.room)
        if room is None or account not in room.people or self.frozen:
            command.answer = self._refusal(command, room)
            return
        if request.reply_to is not None and not 0 < request.reply_to <= room.head:
            text = f"There is no message {request.reply_to} in {room.name} to reply to."
            command.answer = Error(id=request.id, code="no_such_message", text=text)
            return
        seq = room.head + 1
        at = command.at if command.at > room.at else room.at
        event = MessageEvent(
            room.name, seq, at, person.nick, account, request.id, request.text, request.reply_to, command.bot
        )
        command.answer = self._store_requested(room, person, event, grows)

    def _leave(self, command: Command) -> None:
        request = command.request
        assert isinstance(request, Leave)
        person = self._people[command.account]
        grows = _exceeds(request.id, person.largest_id)
        if not grows and (first := self._first_answer(person, request.id)) is not None:
            command.answer = first
            return
        room = self.room(request.room)
        if room is None or command.account not in room.people or self.frozen:
            command.answer = self._refusal(command, room)
            return
        del room.people[command.account]
        person.rooms.discard(room.name)
        self._batch.members[person.number, room.number] = False
        event = self._left(room, person, command, "end")
        command.answer = self._store_requested(room, person, event, grows)

    def _join(self, command: Command) -> None:
        request = command.request
        assert isinstance(request, Join)
        # whose session ended earlier in this batch is known better here than on the disk
        person = (
            self._people.get(command.account) or self._batch.people.get(command.account) or _copy(command)
        )
        nick = request.nick or person.nick
        if self.holder(nick, but=person.account) is not None:
            command.answer = Error(
                id=request.id, code="nick_taken", text=f"The nickname {quoted(nick)} is taken."
            )
            return
        room = self._rooms.get(request.room)
        if room is None and self.frozen:
            command.answer = self._refusal(command, room)
            return
        awake = person.account in self._people  # the disk of a frozen log does not know who left since
        changed = not awake or nick != person.nick or request.bot != person.bot
        if awake and nick != person.nick:
            self._rename(person, nick, command)
        person.nick, person.bot = nick, request.bot
        if not awake:
            self._come_back(person, command)
        if changed:
            self._batch.people[person.account] = person
        if request.room not in person.rooms:
            self._enter(room or self._new_room(request.room), person, command)

    def _end(self, command: Command) -> None:
        request = command.request
        assert isinstance(request, End | Depart)
        person = self._people.pop(command.account, None)
        if person is None:
            return
        del self._by_token[person.token_hash]
        for key in looks(person.nick):
            del self._nicks[key]
        reason = request.reason if isinstance(request, Depart) else "end"
        for name in sorted(person.rooms):
            room = self._rooms[name]
            del room.people[person.account]
            self._store(room, self._left(room, person, command, reason))
        person.present = False
        if person.visitor:  # who cannot come back, and whose messages say by themselves whose they are
            self._batch.people.pop(person.account, None)
            self._batch.gone.append(person.number)
        else:
            self._batch.people[person.account] = person

    # -- The parts of it -----------------------------------------------------------------------

    def _refusal(self, command: Command, room: Room | None) -> Error:
        request = command.request
        assert isinstance(request, Message | Leave | Join)
        if room is None and not isinstance(request, Join):
            return Error(id=request.id, code="no_such_room", text=no_room(request.room))
        if room is not None and command.account not in room.people:
            return Error(id=request.id, code="not_member", text=f"Join {room.name} first.")
        text = f"{self.frozen} Nothing is stored until it is restored; what is sound can be read."
        return Error(id=request.id, code="unavailable", text=text, retry_after_ms=FROZEN_PAUSE_MS)

    def _first_answer(self, person: Person, request_id: str) -> Stored | None:
        """What was answered when this id was stored, in this batch or long ago."""
        first = self._fresh_answers().get((person.account, request_id))
        first = first or self._find_answer(person.number, request_id)
        if first is None:
            return None
        self._duplicates += 1
        return msgspec.structs.replace(first, duplicate=True)

    def _wake(self, person: Person) -> None:
        self._people[person.account] = self._by_token[person.token_hash] = person
        for key in looks(person.nick):
            self._nicks[key] = person.account

    def _come_back(self, person: Person, command: Command) -> None:
        if person.number == 0:
            self._last_account += 1
            person.number = self._last_account
        person.present = True
        self._wake(person)
        for name in sorted(person.rooms):
            room = self._rooms[name]
            room.people[person.account] = person
            self._store(room, self._joined(room, person, command))

    def _rename(self, person: Person, nick: str, command: Command) -> None:
        for key in looks(person.nick):
            del self._nicks[key]
        for key in looks(nick):
            self._nicks[key] = person.account
        for name in sorted(person.rooms):
            room = self._rooms[name]
            event = RenamedEvent(
                room=name,
                seq=room.head + 1,
                at=max(command.at, room.at),
                nick=nick,
                account=person.account,
                id=command.request.id,
                was=person.nick,
            )
            self._store(room, event)

    def _new_room(self, name: str) -> Room:
        self._last_room += 1
        room = Room(number=self._last_room, name=name, place=self._place_of(self._last_room))
        self._rooms[name] = room
        self._batch.new_rooms.append(room)
        return room

    def _enter(self, room: Room, person: Person, command: Command) -> None:
        person.rooms.add(room.name)
        room.people[person.account] = person
        self._batch.members[person.number, room.number] = True
        self._store(room, self._joined(room, person, command))

    def _joined(self, room: Room, person: Person, command: Command) -> JoinedEvent:
        return JoinedEvent(
            room=room.name,
            seq=room.head + 1,
            at=max(command.at, room.at),
            nick=person.nick,
            account=person.account,
            id=command.request.id,
            bot=person.bot,
        )

    def _left(self, room: Room, person: Person, command: Command, reason: LeftReason) -> LeftEvent:
        return LeftEvent(
            room=room.name,
            seq=room.head + 1,
            at=max(command.at, room.at),
            nick=person.nick,
            account=person.account,
            id=command.request.id,
            reason=reason,
        )

    def _store_requested(self, room: Room, person: Person, event: StoredEvent, grows: bool) -> Stored:
        """Store under the client's own id, which is known from now on."""
        self._store(room, event)
        answer = Stored(event.id, room.name, event.seq, event.at)
        if person.visitor:  # the front door makes its ids, and sends none again that was stored
            return answer
        if self._stored is not None:
            self._stored[person.account, event.id] = answer
        if not grows:
            self._batch.strays.append((person.number, event.id, room.place + event.seq))
            return answer
        person.largest_id = event.id
        run = self._run
        if (
            run is not None
            and run.room is room
            and run.account == person.number
            and run.last + 1 == event.seq
        ):
            run.last = event.seq
            run.largest_id = event.id
        else:
            self._run = Run(person.number, room, event.seq, event.seq, event.id)
            self._batch.runs.append(self._run)
        return answer

    def _store(self, room: Room, event: StoredEvent) -> None:
        if self.frozen:
            return
        fresh = room.fresh
        if fresh is None:
            room.fresh = fresh = Fresh(room, event.seq)
            self._batch.fresh.append(fresh)
        if type(event) is not MessageEvent:
            self._batch.news.append(event)
        room.head = event.seq
        room.at = event.at
        fresh.events.append(event)
        fresh.bodies.append(encode(event))

    def _fresh_answers(self) -> dict[tuple[str, str], Stored]:
        """What was answered in this batch. Built when the first id comes that does not grow."""
        if self._stored is None:
            self._stored = {
                (event.account, event.id): Stored(event.id, event.room, event.seq, event.at)
                for fresh in self._batch.fresh
                for event in fresh.events
                if isinstance(event, MessageEvent | LeftEvent)
            }
        return self._stored


def _copy(command: Command) -> Person:
    """Who joins, as the disk knows it. The command stays as it came: it may have to be decided again."""
    assert command.person is not None
    return msgspec.structs.replace(command.person, rooms=set(command.person.rooms))


def _exceeds(request_id: str, largest: str) -> bool:
    """The order in which ids grow: by length, then by code points."""
    longer = len(request_id) - len(largest)
    return longer > 0 or (longer == 0 and request_id > largest)
