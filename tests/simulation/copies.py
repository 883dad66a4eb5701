"""A client's copy, in memory: it is backed up, restored, full, and its program dies beside a write.

Runs in the simulation's only thread; ends with `close`.
"""

import pathlib
from collections.abc import Iterable

from loggia.shared.client.effects import Keep, KeepHandled, SetAside
from loggia.shared.client.link.replica import Replica
from loggia.shared.protocol.errors import StorageFull

from tests.simulation.disk import Killed
from tests.simulation.ledger import Violation


class Copy(Replica):
    """A copy in memory that can be backed up and restored. `dies`: "before" or "after" the next write."""

    def __init__(self, image: bytes | None = None) -> None:
        self._image = image
        self.dies = ""
        self.full = False
        self.handled: dict[tuple[str, str], int] = {}
        super().__init__(None)
        for kept in self.saved().rooms:
            if kept.handled is not None:
                self.handled[kept.room, kept.epoch] = kept.handled

    def _open(self, path: pathlib.Path | None) -> None:
        if self._image is not None:
            self._db.deserialize("main", self._image)
        super()._open(path)

    def image(self) -> bytes:
        return self._db.serialize("main")

    def held(self, room: str, epoch: str) -> dict[int, bytes]:
        """The entries as they lie in the file, by seq."""
        held = "SELECT seq, body FROM event JOIN copy ON id = copy WHERE room = ? AND epoch = ? ORDER BY seq"
        return dict(self._db.execute(held, (room, epoch)))

    def entries_with(self, words: str) -> list[tuple[str, str, bytes]]:
        """The room, the life of the log, and the entry."""
        query = "SELECT room, epoch, body FROM event JOIN copy ON id = copy WHERE instr(body, ?)"
        return list(self._db.execute(query, (words.encode(),)))

    def epoch(self, room: str) -> str:
        return self._copies.get(room, ("", 0))[0]

    def keep(self, changes: Iterable[Keep]) -> None:
        changes = list(changes)
        if self.full:
            raise StorageFull("simulated: the client's disk is full.")
        if self.dies == "before":
            raise Killed
        for change in changes:
            if isinstance(change, SetAside):  # from now on this is another life's name
                before = self.handled.pop((change.room, change.epoch), 0)
                self.handled[change.room, change.name] = before
            if isinstance(change, KeepHandled):
                place = (change.room, change.epoch)
                if change.seq < self.handled.get(place, 0):
                    raise Violation(f"a bot's cursor goes back: {change}")
                self.handled[place] = change.seq
        super().keep(changes)
        if self.dies == "after":
            raise Killed
