"""What becomes of a room's copy when its log began a new life: it was restored, or cut back. Pure.

The copy is set aside. A program that must have everything goes on where both lives part, which is asked for
one entry at a time (shared/fork.py); live events that come meanwhile are asked for later.
docs/protocol.md, "Events".
"""

from collections.abc import Callable
from typing import NamedTuple

from shared import effects
from shared.completeness import OldCopy
from shared.cursor import Cursor
from shared.filling import Filling
from shared.fork import Fork
from shared.held import Room
from shared.messages import JoinedAnswer, StoredEvent
from shared.notices import VoidCopy


class Ended(NamedTuple):
    """The life `epoch` of a room's log is over; up to `shared` the new one is the same."""

    room: str
    epoch: str
    shared: int


class NewLives:
    """The new lives of all rooms. `complete`, `durable`: see CatchUp; `new_id` for requests."""

    def __init__(self, filling: Filling, new_id: Callable[[], str], *, complete: bool, durable: bool) -> None:
        self._filling = filling
        self._new_id = new_id
        self._complete = complete
        self._durable = durable
        self._begun: list[Ended] = []

    def begun(self) -> list[Ended]:
        """What was found out since the last call."""
        begun, self._begun = self._begun, []
        return begun

    def noticed(self, room: Room, answer: JoinedAnswer) -> None:
        """The log that we joined is not the one that we hold a copy of."""
        last = min(room.cursor.last, answer.head)
        known = not self._complete or room.cursor.empty  # there is nothing to look for, or to look with
        room.fork = Fork(answer.epoch, last if known else 0, last, answer.head)

    def live(self, fork: Fork, events: list[StoredEvent]) -> None:
        """Of the new life, whose place is not known yet."""
        fork.head = max(fork.head, max(event.seq for event in events))

    def page(self, room: Room, fork: Fork, events: list[StoredEvent]) -> None:
        """What the broker has where we look; it is still asked for, until the copy has given its part."""
        fork.theirs = next((event for event in events if event.seq == fork.seq), None)
        room.recall(fork.seq - 1, max(fork.seq, room.cursor.first), "compare")

    def compared(self, room: Room, fork: Fork, ours: list[StoredEvent]) -> None:
        """What the copy has there."""
        room.asked = None
        fork.compare(ours)

    def ask(self, room: Room, fork: Fork) -> bool:
        """Look on; once it is known where both lives part, begin the new one and return True."""
        if fork.shared is None:
            room.ask(self._new_id(), after=fork.seq - 1, limit=1)
            return False
        self._begin(room, fork, fork.shared)
        return True

    def _begin(self, room: Room, fork: Fork, shared: int) -> None:
        self._set_aside(room, fork, shared)
        last = room.cursor.last
        handled = last if room.handled is None else room.handled
        floor, room.cursor, room.fork, room.hole = room.cursor.floor, Cursor(), None, None
        room.cursor.floor, room.epoch = floor, fork.epoch
        room.silent = min(handled if room.replaying else last, shared)
        room.replaying = False
        self._filling.begin_at(room, min(handled, shared) if self._complete else fork.head)
        if self._durable:
            room.keep_handled(min(handled, shared))
        self._filling.go_on(room, fork.head)

    def _set_aside(self, room: Room, fork: Fork, shared: int) -> None:
        """Keep the copy under the name of its own life, and say so."""
        epoch = room.epoch
        if epoch == fork.epoch:  # cut back: both lives have one name
            epoch = f"{epoch} {self._new_id()}"
            room.out.append(effects.SetAside(room.name, room.epoch, epoch))
        old = OldCopy(room=room.name, epoch=epoch, spans=room.cursor.spans())
        room.tell(VoidCopy(room=room.name, epoch=fork.epoch, head=fork.head, old=old))
        known = shared if self._complete else 0
        room.before = (epoch, known)
        self._begun.append(Ended(room.name, epoch, known))
