"""Who is here, and who others are: accounts, tokens, nicks. Pure.

Those whose session is not over are in memory. The others are as the disk has them, and as the batch that is
being decided made them.
"""

from collections.abc import Callable, Sequence

from loggia.broker.core.draft import Draft
from loggia.broker.core.kept_names import Names
from loggia.broker.core.registry import Registry
from loggia.broker.core.state import Person, Room
from loggia.shared.protocol.limits import LET_INTO_PRIVATE, LET_INTO_PUBLIC, PRIVATE_ROOMS
from loggia.shared.protocol.names import canonical
from loggia.shared.protocol.roles import RoomKind


class People:
    """`find_person`: an account whose session is over. `find_called`: all that have a nick, or had it last.
    `find_keepers`: all that keep one of these looks. `find_look`: as of `Names`.

    Attributes: `awake`, by account; `names`, who holds which nick.
    """

    def __init__(
        self,
        rooms: Registry,
        draft: Draft,
        find_person: Callable[[str], Person | None],
        find_called: Callable[[str], Sequence[Person]],
        find_keepers: Callable[[frozenset[str]], Sequence[Person]],
        find_look: Callable[[str], str],
    ) -> None:
        self._rooms = rooms
        self._draft = draft
        self._find_person = find_person
        self._find_called = find_called
        self.awake: dict[str, Person] = {}
        self.by_token: dict[bytes, Person] = {}
        self.names = Names(self.awake, draft, find_keepers, self.known, find_look)

    def wake(self, person: Person) -> None:
        """Its session begins, or goes on."""
        self.awake[person.account] = self.by_token[person.token_hash] = person
        self.names.hold(person)

    def sleep(self, account: str) -> Person | None:
        """Its session is over; whose that was, if it had one."""
        person = self.awake.pop(account, None)
        if person is not None:
            del self.by_token[person.token_hash]
            self.names.part(person)
        return person

    def holder(self, nick: str, but: str) -> Person | None:
        """Who else than account `but` has a nick that looks like this one, while its session is not over."""
        return self.names.holder(nick, but)

    def in_batch(self, account: str) -> Person | None:
        """Who is awake, or was earlier in this batch, which the disk does not know yet."""
        return self.awake.get(account) or self._draft.batch.people.get(account)

    def known(self, account: str) -> Person | None:
        """An account as it is now, whether its session is over or not; in this batch, or long ago."""
        return self.in_batch(account) or self._as_of_now(self._find_person(account))

    def called(self, who: str) -> Person | None:
        """Whom a nick or an account names: an account; or who has that nick now, keeps it, or had it last, if
        that was one alone."""
        if (known := self.known(who)) is not None:
            return known
        nick = canonical(who)
        if not nick:  # of accounts that were revoked
            return None
        if (here := self.names.called(nick)) is not None:
            return here
        had = {person.account: person for person in self._find_called(nick)} | self._draft.batch.people
        found = [person for person in had.values() if person.nick == nick and not person.visitor]
        found = [person for person in found if person.kept] or found
        return self.known(found[0].account) if len(found) == 1 else None

    def let_in(self, room: Room, person: Person) -> None:
        """It is in the room from now on, whether it is here or not."""
        person.rooms.add(room.name)
        if person.account in self.awake:
            room.people[person.account] = person
        self._draft.batch.members[person.number, room.number] = True
        if person.status and person.account in self.awake:
            self._draft.batch.statuses.append((person.account, room.name))

    def put_out(self, room: Room, person: Person) -> None:
        """It is not in the room any more."""
        person.rooms.discard(room.name)
        if person.account in room.people:
            del room.people[person.account]
        self._draft.batch.members[person.number, room.number] = False

    def may_be_let(self, person: Person, kind: RoomKind) -> bool:
        """Whether others may let it into one more room of this kind."""
        return self._has_room(person, kind, LET_INTO_PUBLIC if kind == "public" else LET_INTO_PRIVATE)

    def may_make(self, person: Person, kind: RoomKind) -> bool:
        """Whether it may make one more, as far as those count that are not public."""
        return kind == "public" or self._has_room(person, kind, PRIVATE_ROOMS)

    def _has_room(self, person: Person, kind: RoomKind, most: int) -> bool:
        return len(person.rooms) < most or self._rooms.count(person.rooms, kind) < most

    def _as_of_now(self, person: Person | None) -> Person | None:
        """As the disk has it, and in the rooms that it was let into, or not shown out of, in this batch."""
        if person is not None:
            for (account, number), is_in in self._draft.batch.members.items():
                if account == person.number:
                    name = self._rooms.numbered(number).name
                    (person.rooms.add if is_in else person.rooms.discard)(name)
        return person
