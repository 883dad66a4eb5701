"""How much of a room's log this computer holds: in numbers, and the one place for the words. Pure."""

import msgspec


class Completeness(msgspec.Struct, frozen=True, kw_only=True):
    """This copy of `room` holds `first` to `last` without a hole; the room's log holds `oldest` to `head`.

    `str()` of it is a line with the room. `filling`: how many of the newer ones are missing and asked for;
    `older`: how many of `oldest` to `first` - 1 are not on this computer (older ones beyond a gap, which
    are, do not count). `current`: the broker has us in the room; otherwise `head` is what it was. Nothing
    is held while `last` < `first`. `refused`: why the broker did not give what is missing, if it did not;
    it is asked again after a while.

    After a long absence `first` is beyond all that was told before: a gap, with the newest page following.
    Reading back closes it.
    """

    room: str
    first: int = 1
    last: int = 0
    head: int = 0
    oldest: int = 1
    filling: int = 0
    older: int = 0
    current: bool = False
    refused: str = ""

    @property
    def complete(self) -> bool:
        """Nothing of what the broker has is missing here."""
        return self.current and self.last >= self.head and not self.filling and not self.older

    @property
    def words(self) -> str:
        """As in "3,001 to 48,112, filling 40 messages, not loaded: 3,000 older"."""
        parts = [self._held(), self._coming(), self._not_loaded(), self._whole()]
        return ", ".join(part for part in parts if part)

    def __str__(self) -> str:
        return f"{self.room}: {self.words}"

    def _held(self) -> str:
        if self.last >= self.first:
            where = "" if self.current else " on this computer"
            return f"{self.first:,} to {self.last:,}{where}"
        if self.current:
            return "" if self.head else "empty"
        return "" if self.filling or self.older else "nothing on this computer yet"

    def _coming(self) -> str:
        if not self.filling or not self.current:
            return ""
        count = "1 message" if self.filling == 1 else f"{self.filling:,} messages"
        return f"the server does not give {count}: {self.refused}" if self.refused else f"filling {count}"

    def _not_loaded(self) -> str:
        newer = f"{self.filling:,} newer" if self.filling and not self.current else ""
        older = f"{self.older:,} older" if self.older else ""
        count = " and ".join(part for part in (newer, older) if part)
        return f"not loaded: {count}" if count else ""

    def _whole(self) -> str:
        if not self.complete:
            return ""
        return "nothing missing" if self.oldest == 1 else "all that the server has"


class ArchivedCopy(msgspec.Struct, frozen=True, kw_only=True):
    """What this computer holds of an earlier life of the log of `room`, set aside under its `epoch`.

    `spans`: what it holds, from where to where. `handled`: up to where the program had dealt with it, if it
    keeps that.
    """

    room: str
    epoch: str
    spans: list[tuple[int, int]]
    handled: int | None = None

    @property
    def last(self) -> int:
        """The last entry that it holds, or 0."""
        return max((last for _, last in self.spans), default=0)

    @property
    def words(self) -> str:
        """As in "1 to 48,112"."""
        return ", ".join(f"{first:,} to {last:,}" for first, last in self.spans if last >= first)

    def __str__(self) -> str:
        return f"{self.room} before the server's log was restored: {self.words or 'nothing'}"
