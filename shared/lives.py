"""Of which life of its room's log an entry is that a program still holds. Pure.

A program may answer an entry, or be done with it, long after it was given, and the log may have been restored
meanwhile. The number is then another entry's; what tells them apart is the id. docs/protocol.md, "Events".
"""

from collections.abc import Iterable

import msgspec

from shared.completeness import OldCopy
from shared.messages import StoredEvent


class _Overlap(msgspec.Struct):
    """The numbers up to `last` are of both lives; `ids`: what was told of the new one."""

    epoch: str
    last: int
    ids: dict[int, str] = {}


class Lives:
    """Of all rooms whose log was restored while this program ran; it remembers as much as the log lost."""

    def __init__(self) -> None:
        self._overlaps: dict[str, _Overlap] = {}
        self._present: dict[str, str] = {}

    def ended(self, old: OldCopy) -> None:
        """What is told from now on is of a new life."""
        self._overlaps[old.room] = _Overlap(old.epoch, max((last for _, last in old.spans), default=0))

    def told(self, room: str, events: Iterable[StoredEvent], epoch: str = "") -> None:
        """`epoch`: of the life that they are of; empty: the present one."""
        if epoch:
            self._present[room] = epoch
        overlap = self._overlaps.get(room)
        if overlap is not None:
            overlap.ids |= {event.seq: event.id for event in events if event.seq <= overlap.last}

    def of(self, event: StoredEvent) -> str:
        """The epoch of the life that the entry is of; empty if nobody has told any.

        The present one has its name, too: it may be over before the link hears what the program wants.
        """
        overlap = self._overlaps.get(event.room)
        if overlap is None or event.seq > overlap.last or overlap.ids.get(event.seq) == event.id:
            return self._present.get(event.room, "")
        return overlap.epoch
