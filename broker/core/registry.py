"""Which rooms there are, by name and in pages; and those that come into being. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from heapq import merge
from operator import attrgetter

from loggia.broker.core.paged import Paged
from loggia.broker.core.rules import Rules, Settings
from loggia.broker.core.state import Person, Room
from loggia.shared.protocol.names import canonical
from loggia.shared.protocol.roles import RoomKind


class Registry(Paged[Room]):
    """Rooms by name. `owners`: of the broker, by account. `place_of`: the key of seq 0 of a room."""

    def __init__(
        self, rooms: Mapping[str, Room], owners: dict[str, bool], place_of: Callable[[int], int]
    ) -> None:
        super().__init__(rooms)
        self._owners = owners
        self._place_of = place_of
        self._numbered = {room.number: room for room in rooms.values()}
        self._public = Paged({name: room for name, room in rooms.items() if room.kind == "public"})
        self._direct: dict[frozenset[str], Room] = {}
        self.last = max(self._numbered, default=0)  # the largest number of a room
        for room in rooms.values():
            room.owners = owners
            if room.rules is not None and room.kind == "direct":
                self._direct.setdefault(frozenset(room.rules.settings.people), room)

    def find(self, name: str) -> Room | None:
        """The room of this name, in whatever form that is written. Both are looked up in any case: the time
        tells nobody which there is."""
        same = self.get(canonical(name))
        return self.get(name) or same

    def open_or_found(self, name: str) -> Room | None:
        """The same, and at once if it is a room that nobody needs to hide."""
        room = self.get(name)
        return room if room is not None and room.rules is None else self.find(name)

    def numbered(self, number: int) -> Room:
        return self._numbered[number]

    def direct(self, people: frozenset[str]) -> Room | None:
        """The conversation of exactly these accounts."""
        return self._direct.get(people)

    def open_to(self, person: Person, behind: str | None) -> Iterator[Room]:
        """Those that lie open to a person, the public ones and his own, in the order of their names: all, or
        those with a greater name. What else there is costs nothing."""
        own = sorted(name for name in person.rooms if behind is None or name > behind)
        private = (room for name in own if (room := self[name]).kind != "public")
        return merge(self._public.behind(behind), private, key=attrgetter("name"))

    def count(self, names: Iterable[str], kind: RoomKind) -> int:
        """How many of these are public, or are not, as one of this kind is."""
        return sum((self[name].kind == "public") == (kind == "public") for name in names)

    def new(self, name: str, kind: RoomKind = "public", people: frozenset[str] = frozenset()) -> Room:
        """A room that nobody is in yet. What is to be told of one that is not public is so from the first."""
        self.last += 1
        rules = None if kind == "public" else Rules(Settings(kind=kind))
        room = Room(
            number=self.last, name=name, place=self._place_of(self.last), rules=rules, owners=self._owners
        )
        self[name] = self._numbered[room.number] = room
        if kind == "public":
            self._public[name] = room
        if kind == "direct":
            self._direct[people] = room
        return room
