"""Which rooms there are, by name and in pages; and those that come into being. Pure."""

from collections.abc import Callable, Mapping

from loggia.broker.core.paged import Paged
from loggia.broker.core.state import Room
from loggia.shared.protocol.names import canonical


class Registry(Paged[Room]):
    """Rooms by name. `owners`: of the broker, by account. `place_of`: the key of seq 0 of a room."""

    def __init__(self, rooms: Mapping[str, Room], owners: set[str], place_of: Callable[[int], int]) -> None:
        super().__init__(rooms)
        self._owners = owners
        self._place_of = place_of
        self.last = max((room.number for room in rooms.values()), default=0)  # the largest number of a room
        for room in rooms.values():
            room.owners = owners

    def find(self, name: str) -> Room | None:
        """The room of this name, in whatever form the name is written."""
        return self.get(name) or self.get(canonical(name))

    def new(self, name: str) -> Room:
        """A room that nobody is in yet."""
        self.last += 1
        room = Room(number=self.last, name=name, place=self._place_of(self.last), owners=self._owners)
        self[name] = room
        return room
