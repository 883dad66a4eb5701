"""One room as this computer holds it: its copy, and how far the conversation about it is. Pure."""

import msgspec

from shared.completeness import Completeness
from shared.cursor import Cursor
from shared.fork import Fork
from shared.people import Present


class Room(msgspec.Struct):
    """One room.

    `begun`: its copy holds a place in the log. `asked`: the request under way. `wants_older`: entries that
    the program waits for. `replaying`: what the program has not handled comes from the copy first.
    `changed`: its completeness may not be what was `told`. `hole`: the one that is being filled, as far as it
    was asked for. `joined_at`: the room's head when we came in: what is not behind it may well come again.

    `fork`: the log began a new life; where it parts from ours is not known yet. `before`: the epoch of our
    life before, and up to where it is the same as this one. `silent`: entries up to here were told then.
    """

    cursor: Cursor
    epoch: str = ""
    begun: bool = False
    entered: bool = False
    asked: str | None = None
    wants_older: int = 0
    present: Present = msgspec.field(default_factory=Present)
    replaying: bool = False
    changed: bool = False
    told: Completeness | None = None
    hole: tuple[int, int] | None = None
    joined_at: int = 0
    fork: Fork | None = None
    before: tuple[str, int] = ("", 0)
    silent: int = 0

    def leave(self) -> None:
        """We are not in it any more: nothing that was asked will be answered."""
        self.entered, self.changed = False, True
        self.asked = self.fork = None

    def is_known(self, seq: int, epoch: str) -> bool:
        """Whether an entry that was told in the life `epoch` is in the log's present life."""
        return epoch in ("", self.epoch) or (epoch == self.before[0] and seq <= self.before[1])

    def is_new_hole(self, begin: int, end: int) -> bool:
        """Whether this is another hole than the last one, which may be asked for often and in many pages."""
        same = self.hole is not None and self.hole[0] <= begin <= self.hole[1]
        self.hole = (begin, end)
        return not same

    def news(self, name: str) -> Completeness | None:
        """The room's completeness, if it is not what was told."""
        cursor = self.cursor
        if not cursor.filling:
            self.hole = None
        now = Completeness(
            room=name,
            first=cursor.first,
            last=cursor.last,
            head=cursor.head,
            oldest=cursor.floor,
            filling=cursor.filling,
            older=cursor.not_loaded,
            current=self.entered,
        )
        if not self.begun or self.fork is not None or now == self.told:
            return None
        self.told = now
        return now
