"""Who is where: rooms, people and rights, a deterministic state machine. Ordered commands in, answers out.

Pure: no sockets, no clock, no chance, no disk. What it decided since the last `taken` is the batch that the
log makes durable. When a commit fails, the state is thrown away and loaded again from the log.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec
from loggia.broker.core.draft import Draft, exceeds
from loggia.broker.core.entries import Entries
from loggia.broker.core.heads import Heads
from loggia.broker.core.making import NewRooms
from loggia.broker.core.membership import joined, left, renamed
from loggia.broker.core.messages import Messages
from loggia.broker.core.moderation import RoomActs
from loggia.broker.core.ordered import (
    Appointed,
    Command,
    Newcomer,
    Released,
    Result,
    Revoked,
    SessionExpired,
)
from loggia.broker.core.people import People
from loggia.broker.core.permissions import denied, is_exempt
from loggia.broker.core.reading import ReadMarks
from loggia.broker.core.refusals import ended, refusal, twin, unknown_token
from loggia.broker.core.registry import Registry
from loggia.broker.core.state import Batch, Person, Room, Snapshot, is_revoked
from loggia.broker.core.statuses import Statuses
from loggia.shared.protocol.answers import Stored
from loggia.shared.protocol.changes import MessageState
from loggia.shared.protocol.events import LeftReason, StoredEvent
from loggia.shared.protocol.requests import IDEMPOTENT, Create, Direct, End, Join, Read, SetStatus


class RoomsState:
    """All rooms of one broker, and the people whose session is not over.

    `find_answer`: what the log says this account was answered under an id, long ago. `find_person`: an
    account whose session is over. `find_called`: all that have this nick, or had it last. `find_keepers`: all
    that keep a nick of one of these looks. `find_event`, `find_state`, `seal`, `find_mark` and `find_look`:
    as of `Messages`, `Draft`, `ReadMarks`, `Names`. `frozen`: why nothing may be stored, if so. People come
    and go then to read, and no log tells of it.

    Attributes: `slow_rooms`, by name, where members wait between two messages.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        place_of: Callable[[int], int],
        find_answer: Callable[[Person, str], Stored | None],
        find_person: Callable[[str], Person | None],
        frozen: str = "",
        find_called: Callable[[str], Sequence[Person]] = lambda _: (),
        find_keepers: Callable[[frozenset[str]], Sequence[Person]] = lambda _: (),
        find_event: Callable[[int, int], StoredEvent | None] = lambda *_: None,
        find_state: Callable[[int, int], MessageState | None] = lambda *_: None,
        seal: Callable[[int, set[int]], Sequence[tuple[int, int, bytes]]] = lambda *_: (),
        find_mark: Callable[[int, int], int] = lambda *_: 0,
        find_look: Callable[[str], str] = lambda _: "",
    ) -> None:
        self.frozen = frozen
        self._rooms = Registry(snapshot.rooms, snapshot.owners, place_of)
        self._heads = Heads(self._rooms, keeps=not frozen)
        self._last_account = snapshot.last_account
        ruled = [room for room in snapshot.rooms.values() if room.rules is not None]
        self.slow_rooms = {room.name for room in ruled if room.rules and room.rules.settings.slow_s}
        self._draft = Draft(find_answer, frozen, self.slow_rooms, find_state)
        self._people = People(self._rooms, self._draft, find_person, find_called, find_keepers, find_look)
        self._names = self._people.names
        self._statuses = Statuses(self._people.awake, self._draft, frozen)
        self._owners = snapshot.owners
        self._founding = snapshot.founding
        moderation = RoomActs(self._people)
        messages = Messages(self._draft, find_event, self._names, seal)
        self._entries = Entries(self._rooms, self._people.awake, self._draft, messages, moderation, frozen)
        self._making = NewRooms(self._rooms, self._people, self._draft, frozen)
        self._decide = dict.fromkeys(IDEMPOTENT, self._once) | {
            Join: self._join,
            End: self._end,
            SessionExpired: self._end,
            Revoked: self._revoke,
            Released: self._release,
            SetStatus: self._statuses.set,
            Read: ReadMarks(self._rooms, self._people.awake, self._draft, find_mark, frozen).mark,
            Appointed: self._appoint,
        }
        for person in snapshot.people:
            self._people.wake(person)
            for name in person.rooms:
                self._rooms[name].people[person.account] = person

    # -- Reading -------------------------------------------------------------------------------

    def room(self, name: str) -> Room | None:
        """The room of this name, in whatever form the name is written."""
        return self._rooms.find(name)

    def named(self, name: str) -> Room | None:
        """The room of exactly this name."""
        return self._rooms.get(name)

    def everything(self) -> Iterable[Room]:
        """All rooms, for who looks after the log: nobody is to hear of them."""
        return self._rooms.values()

    def count(self) -> int:
        """How many rooms there are."""
        return len(self._rooms)

    def open_to(self, account: str, behind: str | None) -> Iterator[Room]:
        """The rooms that somebody who is here may know of, and that have a greater name, in their order;
        None: all of those."""
        person = self._people.awake.get(account)
        return iter(()) if person is None else self._rooms.open_to(person, behind)

    def public_of(self, person: Person) -> int:
        """How many public rooms somebody is in."""
        return self._rooms.count(person.rooms, "public")

    def heads(self, person: Person) -> dict[str, int] | msgspec.Raw:
        """The newest seq of every room that the person is in; of many as JSON."""
        return self._heads.of(person)

    def person(self, account: str) -> Person | None:
        return self._people.awake.get(account)

    def people(self) -> Iterable[Person]:
        return self._people.awake.values()

    def owner(self, token_hash: bytes) -> Person | None:
        """Whose token it is, if that session is not over."""
        return self._people.by_token.get(token_hash)

    def moved_to(self, rooms: dict[str, Room]) -> Snapshot:
        """The people of this state, among rooms as they are found now; this state is not used any more."""
        people = list(self._people.awake.values())
        for person in people:
            person.rooms &= rooms.keys()
        return Snapshot(
            rooms=rooms,
            people=people,
            last_account=self._last_account,
            owners=self._owners,
            founding=self._founding,
        )

    def holder(self, nick: str, but: str) -> Person | None:
        """Who else than account `but` has a nick that looks like this one, while its session is not over."""
        return self._people.holder(nick, but)

    def slow_of(self, account: str) -> set[str]:
        """The slow rooms that an account is in."""
        person = self._people.awake.get(account)
        return set() if person is None else self.slow_rooms & person.rooms

    def slow_s(self, name: str, account: str) -> int:
        """How long an account waits between two messages in a room; 0: not at all."""
        room = self.room(name)
        if room is None or room.rules is None or not room.has(account):  # who is told of none
            return 0
        slow_s = room.rules.settings.slow_s
        return 0 if not slow_s or is_exempt(account, room) else slow_s

    # -- Deciding ------------------------------------------------------------------------------

    def decide(self, command: Command) -> Result:
        """Add what a command stores to the batch. One that others have overtaken has a result, too."""
        return self._decide[type(command.request)](command)

    def say(self, commands: Sequence[Command]) -> list[Stored] | None:
        """`decide` for messages of one account, of one time and connection; None, and nothing is
        done, where each needs a look of its own."""
        return self._entries.say(commands)

    def first_answer(self, command: Command) -> Result:
        """What a request that was stored before was answered; None if it was not. Nothing is stored."""
        request, person = command.request, self._people.awake.get(command.account)
        if isinstance(request, SetStatus):
            return None if person is None else self._statuses.first_answer(person, request)
        if person is None or not isinstance(request, IDEMPOTENT) or exceeds(request.id, person.largest_id):
            return None
        first = self._draft.first_answer(person, request.id)
        if first is None or not isinstance(request, Create | Direct):
            return first
        return self._making.as_before(request, person, first)

    def taken(self) -> Batch:
        """The batch decided so far, which is empty while `frozen`; the next one begins empty."""
        batch = self._draft.taken()
        self._heads.moved(fresh.room for fresh in batch.fresh)
        self._names.settle()
        return batch

    def take_duplicates(self) -> int:
        """How many requests since the last call were stored before, and not again."""
        return self._draft.take_duplicates()

    def _once(self, command: Command) -> Result:
        """What has an id for ever: stored before, it is answered as it was then."""
        request, person = command.request, self._people.awake.get(command.account)
        assert isinstance(request, IDEMPOTENT)
        if person is None:
            return ended(request.id)
        if (first := self.first_answer(command)) is not None:
            return first
        store = self._making.make if isinstance(request, Create | Direct) else self._entries.enter
        return store(command, person, exceeds(request.id, person.largest_id))

    def _join(self, command: Command) -> Result:
        request = command.request
        assert isinstance(request, Join)
        person = self._who_joins(command)
        if person is None or is_revoked(person):
            return unknown_token(request.id)
        if isinstance(command.drawn, Newcomer) and command.drawn.token_hash != person.token_hash:
            return twin(request.id)
        nick = request.nick or person.nick
        awake = person.account in self._people.awake  # the disk of a frozen log does not know who left since
        room = self._rooms.get(request.room)
        if (room is None and self.frozen) or (
            room is not None and denied(Join, person.account, room, command.at)
        ):
            return refusal(request, person.account, room, command.at, self.frozen)
        if (taken := self._names.claim(nick, person, command)) is not None:
            return taken
        is_called_else = nick != person.nick
        keeps = request.keep and command.keep_ms > 0 and not person.visitor
        changed = not awake or is_called_else or (request.bot, keeps) != (person.bot, person.kept)
        if awake and is_called_else:
            self._rename(person, nick, command)
        person.nick, person.bot = nick, request.bot
        if not awake:
            self._come_back(person, command)
        self._names.keep(person, keeps=keeps, is_called_else=is_called_else)
        if changed:
            self._draft.batch.people[person.account] = person
        if request.room not in person.rooms:
            self._making.enter(room or self._making.new(request.room), person, command)
        return None

    def _end(self, command: Command) -> Result:
        self._leave(command, command.request.reason if isinstance(command.request, SessionExpired) else "end")
        return None

    def _revoke(self, command: Command) -> Result:
        """The account stays, as what it said is in the log; nobody comes back to it, and its nick is free."""
        request = command.request
        assert isinstance(request, Revoked)
        person = self._people.known(command.account)
        if person is None:
            return None
        self._leave(command, "kicked")
        if not person.visitor:
            for name in sorted(person.rooms):
                room = self._rooms[name]
                belonged = room.has(person.account)
                self._people.put_out(room, person)
                if belonged:
                    self._draft.store(room, left(room, person, command, "kicked"))
            self._names.release(person)
            person.token_hash, person.nick, person.status = request.token_hash, "", ""
        return None

    def _release(self, command: Command) -> Result:
        person = self._people.known(command.account)
        if person is not None and person.kept:
            self._names.release(person)
        return None

    def _appoint(self, command: Command) -> Result:
        """Nobody becomes an owner by being the first any more."""
        person = self._people.known(command.account)
        if person is not None:
            self._founding = False
            self._own(person, appointed=True)
        return None

    def _own(self, person: Person, *, appointed: bool) -> None:
        self._owners[person.account] = self._draft.batch.owners[person.account] = appointed

    def _leave(self, command: Command, reason: LeftReason) -> None:
        """The session of an account is over, if it has one."""
        person = self._people.sleep(command.account)
        if person is None:
            return
        for name in sorted(person.rooms):
            room = self._rooms[name]
            del room.people[person.account]
            if room.kind == "public" or person.visitor:
                self._draft.store(room, left(room, person, command, reason))
        self._turned(person)
        person.present, person.seen = False, command.at
        if person.visitor:  # who cannot come back, and whose messages say by themselves whose they are
            self._draft.batch.people.pop(person.account, None)
            self._draft.batch.gone.append(person.number)
        else:
            self._draft.batch.people[person.account] = person

    # -- The parts of it -----------------------------------------------------------------------

    def _who_joins(self, command: Command) -> Person | None:
        """Somebody who is awake, whose session is over, or who is new."""
        account, newcomer = command.account, command.drawn
        if not isinstance(newcomer, Newcomer):
            return self._people.known(account)
        if (known := self._people.in_batch(account)) is not None:
            return known
        return Person(
            number=0, account=account, token_hash=newcomer.token_hash, nick="", visitor=newcomer.visitor
        )

    def _come_back(self, person: Person, command: Command) -> None:
        if person.number == 0:
            self._last_account += 1
            self._draft.batch.last_account = person.number = self._last_account
            if self._founding and not person.visitor:
                self._founding = False
                self._own(person, appointed=False)
        person.present, person.seen = True, command.at
        self._people.wake(person)
        for name in sorted(person.rooms):
            room = self._rooms[name]
            room.people[person.account] = person
            known = None if room.rules is None else room.rules.members.get(person.account)
            if known is None:
                self._draft.store(room, joined(room, person, command))
            elif known.nick != person.nick:
                self._draft.store(room, renamed(room, person, command, person.nick, known.nick))
        if person.status:
            self._statuses.tell(person, [name for name in person.rooms if self._rooms[name].kind == "public"])
        self._turned(person)

    def _turned(self, person: Person) -> None:
        """Its session began or is over, which no event says where it belongs to the room, here or not."""
        if not person.visitor and any(self._rooms[name].kind != "public" for name in person.rooms):
            self._draft.batch.turned.append(person)

    def _rename(self, person: Person, nick: str, command: Command) -> None:
        for name in sorted(person.rooms):
            room = self._rooms[name]
            self._draft.store(room, renamed(room, person, command, nick, person.nick))
        person.nick = nick
        self._names.hold(person)
