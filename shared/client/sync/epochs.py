"""What becomes of a room's copy when its log began a new life: it was restored, or cut back. Pure.

The copy is set aside. A program that must have everything goes on behind what it has handled in any life
that it knows of, which is asked for one entry at a time (fork.py); live events that come meanwhile are asked
for later. docs/protocol.md, "Events".
"""

from collections.abc import Callable
from typing import NamedTuple

from loggia.shared.client import effects
from loggia.shared.client.sync.backfill import Backfill
from loggia.shared.client.sync.cursor import Cursor
from loggia.shared.client.sync.fork import ResumePoint
from loggia.shared.client.sync.room import RoomCopy
from loggia.shared.client.updates import VoidCopy
from loggia.shared.protocol.answers import JoinedAnswer
from loggia.shared.protocol.events import Received, StoredEvent
from msgspec import structs


class EpochEnded(NamedTuple):
    """The life `epoch` of a room's log is over; up to `shared` the new one is the same."""

    room: str
    epoch: str
    shared: int


class NewLives:
    """The new lives of all rooms. `complete`, `durable`: see Sync; `new_id` for requests."""

    def __init__(
        self, filling: Backfill, new_id: Callable[[], str], *, complete: bool, durable: bool
    ) -> None:
        self._backfill = filling
        self._new_id = new_id
        self._complete = complete
        self._durable = durable
        self._begun: list[EpochEnded] = []

    def begun(self) -> list[EpochEnded]:
        """What was found out since the last call."""
        begun, self._begun = self._begun, []
        return begun

    def noticed(self, room: RoomCopy, answer: JoinedAnswer) -> None:
        """The log that we joined is not the one that we hold a copy of."""
        known = [copy for copy in reversed(room.old) if copy.handled is not None or not self._durable]
        old = [copy for copy in known if not copy.empty] if self._complete else []
        copy = room.copy()
        compare = self._complete and (bool(old) or not copy.empty)  # else nothing to look for, or with
        room.place = ResumePoint(
            answer.epoch, answer.head, copy, old, compare=compare, floor=room.cursor.floor
        )

    def live(self, place: ResumePoint, entries: list[Received]) -> None:
        """Of the new life, in which our place is not known yet."""
        place.head = max(place.head, max(entry.seq for entry in entries))

    def page(self, room: RoomCopy, place: ResumePoint, entries: list[Received]) -> None:
        """What the broker has where we look; it is still asked for, until the copy has given its part."""
        seq = place.fork.seq
        place.fork.theirs = next((entry.event for entry in entries if entry.seq == seq), None)
        first, _ = place.copy.spans[-1]
        room.recall(seq - 1, max(seq, first), "compare", epoch=place.copy.epoch)

    def compared(self, room: RoomCopy, place: ResumePoint, ours: list[StoredEvent]) -> None:
        """What the copy has there."""
        room.asked = None
        place.fork.compare(ours)

    def ask(self, room: RoomCopy, place: ResumePoint) -> bool:
        """Look on; once the place is found, begin the new life there and return True."""
        if not place.found:
            room.ask(self._new_id(), after=place.fork.seq - 1, limit=1)
            return False
        self._begin(room, place)
        return True

    def _begin(self, room: RoomCopy, place: ResumePoint) -> None:
        last, shared = room.cursor.last, place.shared[room.epoch]
        if self._durable and room.handled is not None:  # more may have been handled while we looked
            place.handled = max(place.handled, min(room.handled, shared))
        told = room.handled if room.replaying and room.handled is not None else last
        room.settle_handled()
        self._set_aside(room, place)
        floor, room.cursor, room.place, room.hole = room.cursor.floor, Cursor(), None, None
        room.cursor.floor, room.epoch = floor, place.epoch
        room.silent, room.replaying = min(told, shared), False
        self._backfill.begin_at(room, place.handled if self._complete else place.head)
        if self._durable:
            room.keep_handled(place.handled)
        self._backfill.go_on(room, place.head)

    def _set_aside(self, room: RoomCopy, place: ResumePoint) -> None:
        """Keep the copy under the name of its own life, and say so."""
        old = room.copy()
        if old.epoch == place.epoch:  # cut back: both lives have one name
            old = structs.replace(old, epoch=f"{old.epoch} {self._new_id()}")
            room.out.append(effects.SetAside(room.name, room.epoch, old.epoch))
        renamed = self._rename(room, place)
        room.tell(
            VoidCopy(room=room.name, epoch=place.epoch, head=place.head, old=old.archived(), renamed=renamed)
        )
        links = (min(seq, place.shared.get(epoch, 0)) for epoch, seq in room.before.items())
        known = max(place.shared[room.epoch], *links, 0) if self._complete else 0
        room.old.append(old)
        room.before = {epoch: min(seq, known) for epoch, seq in room.before.items()}
        room.before |= place.shared | {old.epoch: known}
        self._begun.append(EpochEnded(room.name, old.epoch, known))

    def _rename(self, room: RoomCopy, place: ResumePoint) -> dict[str, str]:
        """Give up the name of a life that is back under it, perhaps without its end; returns the new one."""
        renamed: dict[str, str] = {}
        for at, copy in enumerate(room.old):
            if copy.epoch == place.epoch:
                renamed[copy.epoch] = f"{copy.epoch} {self._new_id()}"
                room.old[at] = structs.replace(copy, epoch=renamed[copy.epoch])
                room.out.append(effects.SetAside(room.name, copy.epoch, renamed[copy.epoch]))
        for known in (room.before, place.shared):
            for epoch in known.keys() & renamed.keys():
                known[renamed[epoch]] = known.pop(epoch)
        return renamed
