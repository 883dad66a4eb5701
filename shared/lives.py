"""Of which life of its room's log an entry is that a program still holds. Pure.

A program may answer an entry, or be done with it, long after it was given, and the log may have been restored
meanwhile. The number is then another entry's; what tells them apart is the id. docs/protocol.md, "Events".
"""

from collections.abc import Iterable, Mapping

import msgspec

from shared.completeness import OldCopy
from shared.messages import StoredEvent


class _Life(msgspec.Struct):
    """One life. Numbers up to `overlap` were given in a life before, too; `ids`: what was told of these."""

    epoch: str = ""
    overlap: int = 0
    ids: dict[int, str] = {}


class Lives:
    """Of all rooms that this program is told of; it remembers as much as their logs lost meanwhile."""

    def __init__(self) -> None:
        self._rooms: dict[str, list[_Life]] = {}  # the present life last

    def ended(self, old: OldCopy, renamed: Mapping[str, str] = {}) -> None:
        """What is told from now on is of a new life; `renamed`: see VoidCopy."""
        lives = self._of(old.room)
        for life in lives:
            life.epoch = renamed.get(life.epoch, life.epoch)
        lives[-1].epoch = old.epoch
        lives.append(_Life(overlap=max(lives[-1].overlap, old.last)))

    def told(self, room: str, events: Iterable[StoredEvent], epoch: str = "") -> None:
        """`epoch`: of the life that they are of; empty: the present one."""
        life = self._of(room)[-1]
        life.epoch = epoch or life.epoch
        life.ids |= {event.seq: event.id for event in events if event.seq <= life.overlap}

    def of(self, event: StoredEvent) -> str:
        """The epoch of the life that the entry is of; empty if nobody has told any.

        The present one has its name, too: it may be over before the link hears what the program wants.
        """
        lives = reversed(self._rooms.get(event.room, []))
        mine = (life for life in lives if event.seq > life.overlap or life.ids.get(event.seq) == event.id)
        return next((life.epoch for life in mine), "")

    def _of(self, room: str) -> list[_Life]:
        return self._rooms.setdefault(room, [_Life()])
