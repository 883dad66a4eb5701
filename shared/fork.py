"""How far two lives of a room's log are one. Pure.

A log that was restored from a backup, or cut back, still begins as it began: up to some entry both lives are
the same, and from there on they part. Found by halving, one entry of the new life at a time.
docs/protocol.md, "Events".
"""

from collections.abc import Sequence

from shared.messages import StoredEvent


class Fork:
    """`low`: both are the same at least up to here; `high`: nothing beyond can be.

    Attributes: `epoch` and `head` of the new life; `seq`: the entry to compare next; `theirs`: what the
    broker has there.
    """

    def __init__(self, epoch: str, low: int, high: int, head: int) -> None:
        self.epoch = epoch
        self.head = head
        self.theirs: StoredEvent | None = None
        self._low = low
        self._high = high
        self.seq = high  # first: mostly the log was only cut, and this is the same

    @property
    def shared(self) -> int | None:
        """The last entry that is the same in both lives, once it is known."""
        return self._low if self._low == self._high else None

    def compare(self, ours: Sequence[StoredEvent]) -> None:
        """`ours`: what the copy holds from `seq` on.

        Of what is before all that it holds only the time can tell: an entry that is younger than one behind
        it was, is of the new life.
        """
        if self.theirs is None or not ours:
            same = False
        elif ours[0].seq == self.seq:
            same = _identity(ours[0]) == _identity(self.theirs)
        else:
            same = self.theirs.at <= ours[0].at
        if same:
            self._low = self.seq
        else:
            self._high = self.seq - 1
        self.theirs = None
        self.seq = (self._low + self._high + 1) // 2


def _identity(event: StoredEvent) -> tuple[object, ...]:
    """What tells two entries apart, whatever was done to their texts since."""
    return (type(event), event.seq, event.at, event.account, event.id)
