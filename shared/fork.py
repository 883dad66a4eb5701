"""How far two lives of a room's log are one. Pure.

A log that was restored from a backup, or cut back, still begins as it began: up to some entry both lives are
the same, and from there on they part. Found by halving, one entry of the new life at a time.
docs/protocol.md, "Events".
"""

from collections.abc import Sequence

from shared.messages import StoredEvent


class Fork:
    """`low`: an entry known to be the same, or 0; `high`: nothing beyond it can be.

    Attributes: `epoch` and `head` of the new life; `theirs`: the entry that the broker has at `seq`.
    """

    def __init__(self, epoch: str, low: int, high: int, head: int) -> None:
        self.epoch = epoch
        self.head = head
        self.theirs: StoredEvent | None = None
        self._low = min(low, high)
        self._high = high
        self.seq = high  # the entry to compare next: mostly the log was only cut, and this is the same

    @property
    def shared(self) -> int | None:
        """The last entry that is the same in both lives, once it is known."""
        return self._low if self._low == self._high else None

    def compare(self, ours: Sequence[StoredEvent]) -> None:
        """The copy holds this at `seq`: nothing, or one entry."""
        if self.theirs is not None and [_identity(event) for event in ours] == [_identity(self.theirs)]:
            self._low = self.seq
        else:
            self._high = self.seq - 1
        self.theirs = None
        self.seq = (self._low + self._high + 1) // 2


def _identity(event: StoredEvent) -> tuple[object, ...]:
    """What tells two entries apart, whatever was done to their texts since."""
    return (type(event), event.seq, event.at, event.account, event.id)
