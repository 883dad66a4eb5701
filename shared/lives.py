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

    def ended(self, old: OldCopy) -> None:
        """What is told from now on is of a new life."""
        self._overlaps[old.room] = _Overlap(old.epoch, max((last for _, last in old.spans), default=0))

    def told(self, room: str, events: Iterable[StoredEvent]) -> None:
        overlap = self._overlaps.get(room)
        if overlap is not None:
            overlap.ids |= {event.seq: event.id for event in events if event.seq <= overlap.last}

    def of(self, event: StoredEvent) -> str:
        """The epoch of the life that is over, if the entry is of that; empty for the present one."""
        overlap = self._overlaps.get(event.room)
        if overlap is None or event.seq > overlap.last or overlap.ids.get(event.seq) == event.id:
            return ""
        return overlap.epoch
