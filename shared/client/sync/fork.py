"""How far two lives of a room's log are one, and how much of a new one was handled before. Pure.

A log that was restored from a backup, or cut back, still begins as it began: up to some entry both lives are
the same, and from there on they part. Found by halving, one entry of the new life at a time. What was
restored may be a log that was served before the last one: a program that has to go on where it was compares
it with every life that it knows. docs/protocol.md, "Events".
"""

from collections.abc import Iterable, Sequence

from loggia.shared.client.saved import SavedCopy
from loggia.shared.protocol.events import StoredEvent


class Fork:
    """Two lives that are the same up to `low` at least, and at the most up to `high`.

    `held`: from where on the copy tells, and nothing else does of what is before; None: the time does.

    Attributes: `seq`: the entry to compare next, `first` of all unless it is known already; `theirs`: what
    the broker has there.
    """

    def __init__(self, low: int, high: int, first: int, *, held: int | None = None) -> None:
        self._held = held
        self.theirs: StoredEvent | None = None
        self._low = low
        self._high = high
        self.seq = first

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
            same = self._held is None and self.theirs.at <= ours[0].at
        if same:
            self._low = self.seq
        else:
            self._high = self.seq - 1
        if self._held is not None and self._high < self._held:
            self._high = self._low  # another copy knows more of what is before this one
        self.theirs = None
        self.seq = max((self._low + self._high + 1) // 2, min(self._held or 0, self._high))


class ResumePoint:
    """Where a program goes on in the new life `epoch` of a log: behind all that it has handled before.

    `copy`: what it holds of the life that ended; `old`: of those before, the newest first, as far as it is
    known what was handled there. `compare` is False for a program that goes on at the end anyway. What is
    before `floor` the broker has no more, so nothing of it can be compared, or be missed.

    Attributes: `head` of the new life; `shared`: up to where each life is the same as the new one, by epoch;
    `handled`: what the program has to do with no more; `copy` and `fork`: what is being compared.
    """

    def __init__(
        self,
        epoch: str,
        head: int,
        copy: SavedCopy,
        old: Iterable[SavedCopy] = (),
        *,
        compare: bool,
        floor: int = 1,
    ) -> None:
        self.epoch = epoch
        self.head = head
        self.shared: dict[str, int] = {}
        self.handled = 0
        self.copy = copy
        last = min(copy.last, head)
        self._old = list(old)
        self._from = -1  # up to here both were taken to be the same, unproved
        self._gone = floor - 1
        low = min(self._gone, last) if compare else last
        self.fork = Fork(low, last, last, held=self._first)  # mostly the log was only cut

    @property
    def _first(self) -> int | None:
        """From where on the copy tells; None for the earliest: the time tells of what is before."""
        return self.copy.first if self._old and self.copy.spans else None

    @property
    def found(self) -> bool:
        """Whether nothing is left to compare; else `fork` is at the next entry."""
        while self.fork.shared is not None:
            if self.fork.shared > self._from:
                self.shared[self.copy.epoch] = self.fork.shared
            self.handled = max(self.handled, min(_done(self.copy), self.fork.shared))
            while self._old and min(_done(self._old[0]), self.head) <= self.handled:
                self._old.pop(0)
            if not self._old:
                return True
            self.copy = self._old.pop(0)
            last = min(self.copy.last, self.head)
            self._from = low = min(max(self.handled, self._gone), last)
            first = min(max(low + 1, self._first or 0), last)
            self.fork = Fork(low, last, first, held=self._first)  # mostly this is of another life
        return False


def _done(copy: SavedCopy) -> int:
    """Up to where a copy's entries were handled; a program that does not say so was told of them all."""
    return copy.last if copy.handled is None else min(copy.handled, copy.last)


def _identity(event: StoredEvent) -> tuple[object, ...]:
    """What tells two entries apart, whatever was done to their texts since."""
    return (type(event), event.seq, event.at, event.account, event.id)
