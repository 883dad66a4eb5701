"""One room's copy of the log: what is held without a hole, and what is known to be missing. Pure.

docs/protocol.md, "Catching up": the cursor is `last`, the end of the contiguous prefix, never the largest
seq seen. What comes from beyond a hole waits in `_ahead` until the hole is filled.
"""

from collections.abc import Iterable

from loggia.shared.protocol.events import Received
from loggia.shared.protocol.limits import LARGEST_FRAME, LONGEST_LIST_PAGE, STATUS_CHARS, Limits

MOST_AHEAD = 2000  # events kept beyond a hole; more are fetched again when their turn comes
PAGE = 1000  # events asked for at once, if the broker gives that many


def page_events(limits: Limits) -> int:
    """How many events to ask this broker for at once: it gives fewer where they are long."""
    return min(PAGE, limits.page_events)


def members_page(limits: Limits) -> int:
    """How many people to ask this broker for at once: they fit into a frame, whatever they say."""
    largest_member = (
        8 * limits.nick_chars + 4 * STATUS_CHARS + 512
    )  # a character has up to four bytes, and some are escaped
    return max(1, min(LONGEST_LIST_PAGE, LARGEST_FRAME // largest_member))


class Cursor:
    """What this computer holds of a room: `first` to `last` without a hole, and older spans before that.

    Attributes: `head`: the newest seq known of; `floor`: the oldest seq the broker still has;
    `shown`: the oldest seq the program was told of; `older`: spans beyond a gap, ascending.
    """

    def __init__(self, spans: Iterable[tuple[int, int]] = ()) -> None:
        self.older = sorted(spans)
        self.first, self.last = self.older.pop() if self.older else (1, 0)
        self.head = self.last
        self.floor = 1
        self.shown = self.last + 1
        self._ahead: dict[int, Received] = {}
        self._stuck = False

    @property
    def empty(self) -> bool:
        return self.last < self.first

    @property
    def behind(self) -> int:
        return self.head - self.last

    @property
    def is_ahead(self) -> bool:
        """Entries behind what is missing are here."""
        return bool(self._ahead)

    @property
    def filling(self) -> int:
        """How many entries behind `last` are known of and not here."""
        return max(self.head - self.last - len(self._ahead), 0)

    @property
    def not_loaded(self) -> int:
        """How many of the entries that the broker has before `first` are not here."""
        count, end = 0, self.floor - 1
        for first, last in [*self.older, (self.first, self.last)]:
            count += max(first - 1 - end, 0)
            end = max(end, last)
        return count

    def within(self, seq: int) -> int:
        """That entry, or the nearest before which something is held without a gap, or is missing next."""
        return max(self.first, min(seq, self.last + 1))

    def begin_at(self, last: int) -> None:
        """Hold nothing, and count from `last`: what comes behind it is new."""
        if not self.empty:
            self.older.append((self.first, self.last))
        self.first, self.last, self.shown = last + 1, last, last + 1
        self.head = max(self.head, last)
        self._ahead = {seq: entry for seq, entry in self._ahead.items() if seq > last}

    def told(self, head: int) -> None:
        """The broker says how far its log goes; what it said before may have been wrong."""
        self.head = max(head, self.last, max(self._ahead, default=0))
        self._stuck = False

    def wait(self, entries: Iterable[Received]) -> list[int]:
        """Keep new events for later; returns the seqs that came again."""
        again: list[int] = []
        for entry in entries:
            if entry.seq <= self.last or entry.seq in self._ahead:
                again.append(entry.seq)
            else:
                self._ahead[entry.seq] = entry
                self.head = max(self.head, entry.seq)
        if len(self._ahead) > MOST_AHEAD:
            self._ahead = {seq: self._ahead[seq] for seq in sorted(self._ahead)[:MOST_AHEAD]}
        return again

    def ready(self) -> list[Received]:
        """Take out the events that follow the prefix without a hole; the prefix then ends with them."""
        run: list[Received] = []
        while (entry := self._ahead.pop(self.last + 1, None)) is not None:
            run.append(entry)
            self.last += 1
        if run:
            self._stuck = False
        if self._ahead:
            self._ahead = {seq: entry for seq, entry in self._ahead.items() if seq > self.last}
        return run

    def missing(self, most: int = PAGE) -> tuple[int, int] | None:
        """The next hole as (after, limit), exactly but for `most`; None if there is none or asking did not
        help."""
        end = min(self._ahead) - 1 if self._ahead else self.head
        if self._stuck or end <= self.last:
            return None
        return self.last, min(end - self.last, most)

    def filled(self, entries: list[Received], head: int) -> int:
        """A page for the hole came; returns how many of its entries were missing.

        It counts more than what was heard: a broadcast may be of a life that is over. If it did not help,
        nothing is asked until the broker tells a head.
        """
        missed = [entry for entry in entries if entry.seq > self.last and entry.seq not in self._ahead]
        self._ahead |= {entry.seq: entry for entry in entries if entry.seq in self._ahead}
        self.wait(missed)
        self._stuck = self.last + 1 not in self._ahead
        if self._stuck:  # what claims to be beyond the head is no part of this log
            self._ahead = {seq: entry for seq, entry in self._ahead.items() if seq <= head}
        self.head = max(head, self.last, max(self._ahead, default=0))
        return len(missed)

    def gap_before(self) -> tuple[int, int] | None:
        """What is missing right before `first`, as (before, most); None if the copy goes back to the start.

        Older spans that the copy holds end the gap.
        """
        end = max(self.older[-1][1] if self.older else 0, self.floor - 1)
        return (self.first, self.first - 1 - end) if self.first - 1 > end else None

    def grow_back(self, entries: list[Received]) -> list[Received]:
        """Put a page before `first`, if it joins on without a hole; what did is returned, ascending."""
        run: list[Received] = []
        for entry in sorted(entries, key=lambda entry: entry.seq, reverse=True):
            if entry.seq == self.first - 1:
                run.append(entry)
                self.first -= 1
        if self.older and self.older[-1][1] >= self.first - 1:
            self.first = self.older.pop()[0]
        return run[::-1]

    def spans(self) -> list[tuple[int, int]]:
        """All that is held, ascending; an empty newest span (first, first - 1) marks where new begins."""
        return [*self.older, (self.first, self.last)]
