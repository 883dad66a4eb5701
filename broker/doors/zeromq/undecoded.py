"""Frames that take long to read, until it is their turn: one of each connection after the other.

Used in the loop's thread. docs/decisions/0016-what-one-may-ask-for.md
"""

from collections import deque
from collections.abc import Callable, Sequence

from loggia.broker.doors.waiting import Waiting
from loggia.broker.doors.zeromq.connections import Dealer

EACH_BYTES = 8 * 1024 * 1024  # what may wait of one
ALL_BYTES = 64 * 1024 * 1024  # and of all of them

Parts = Sequence[bytes]


class Undecoded:
    """In order of each. `greedy` is told who is to be cut off, where there is a bound: the rest that waits of
    it is let go."""

    def __init__(self, greedy: Callable[[Dealer], None] | None) -> None:
        self._greedy = greedy
        self._waiting = Waiting[Dealer](EACH_BYTES, ALL_BYTES)
        self._queues: dict[Dealer, deque[Parts]] = {}
        self._first: deque[Dealer] = deque()  # of whom nothing waited before
        self._others: deque[Dealer] = deque()
        self._first_is_next = True

    def __bool__(self) -> bool:
        return bool(self._queues)

    @property
    def sum(self) -> int:
        """Bytes, of all."""
        return self._waiting.sum

    def has(self, dealer: Dealer) -> bool:
        """Whether something of it waits: all that it says then comes behind that."""
        return dealer in self._queues

    def hold(self, dealer: Dealer, parts: Parts) -> None:
        queue = self._queues.get(dealer)
        if queue is None:
            queue = self._queues[dealer] = deque()
            self._first.append(dealer)
        queue.append(parts)
        self._count(dealer, dealer.undecoded + sum(map(len, parts)))

    def let_go(self, dealer: Dealer) -> None:
        """Of whom nothing that waits is read any more."""
        if self._queues.pop(dealer, None) is not None:
            self._waiting.is_now(dealer, 0)
            dealer.undecoded = 0

    def take(self) -> tuple[Dealer, Parts] | None:
        """The next."""
        while self._first or self._others:
            # one of each kind: those who say one thing after the other would keep out all who said two
            self._first_is_next = bool(self._first) and (self._first_is_next or not self._others)
            dealer = (self._first if self._first_is_next else self._others).popleft()
            self._first_is_next = not self._first_is_next
            queue = self._queues.get(dealer)
            if queue is None:  # let go
                continue
            parts = queue.popleft()
            if queue:
                self._others.append(dealer)
            else:
                del self._queues[dealer]
            self._count(dealer, dealer.undecoded - sum(map(len, parts)))
            return dealer, parts
        return None

    def _count(self, dealer: Dealer, size: int) -> None:
        dealer.undecoded = size
        greedy = self._waiting.is_now(dealer, size)
        if greedy is None or self._greedy is None:
            return
        self.let_go(greedy)
        self._greedy(greedy)
