"""What a visitor asks of the hub: one batch at a time, so that order is kept. Pure: nothing runs here.

docs/protocol.md, "Errors", `slow_down`: what is told to slow down is kept and repeated, in its place, under
its id. `now` is loop time in seconds. Owned by a conversation (broker/doors/classic/conversation.py).
"""

from collections import deque
from collections.abc import Callable, Sequence

from loggia.shared.protocol.answers import AnyAnswer, Error
from loggia.shared.protocol.requests import End, Join, Message

VisitorRequest = Join | Message | End

RETRY_MS = 1000  # for a slow_down that does not say
FIRST = 16  # asked for at once at first, and twice as much each time that all of it was taken
AT_ONCE = 100  # and at the most: what has to be repeated is kept, ten times as large as it came


class InFlight:
    """Attributes: `repeat_at`, the time before which nothing may be submitted, or None."""

    def __init__(self, most: int) -> None:
        self.repeat_at: float | None = None
        self._most = min(most, AT_ONCE)
        self._batch = min(most, FIRST)
        self._sent: deque[VisitorRequest] = deque()
        self._slowed: list[VisitorRequest] = []
        self._again: list[VisitorRequest] = []
        self._ids = 0

    @property
    def is_empty(self) -> bool:
        return not (self._sent or self._again)

    @property
    def unsettled(self) -> int:
        """How many requests are not settled: asked for, or to be repeated."""
        return len(self._sent) + len(self._slowed) + len(self._again)

    @property
    def repeating(self) -> int:
        """How many requests wait to be repeated."""
        return len(self._again)

    def new_id(self) -> str:
        """Ids grow, and are unique because every visitor is a new account."""
        self._ids += 1
        return f"{self._ids:012d}"

    def end(self) -> VisitorRequest:
        return End(id=self.new_id())

    def submit(
        self, more: Callable[[], VisitorRequest | None], most: int | None = None
    ) -> list[VisitorRequest]:
        """The next batch: first what is repeated, then what `more` gives. Empty if it is not time for one."""
        if self._sent or self.repeat_at is not None:
            return []
        most = min(most or self._batch, self._batch)
        batch = self._again[:most]
        del self._again[:most]
        while not self._again and len(batch) < most and (request := more()) is not None:
            batch.append(request)
        self._sent.extend(batch)
        return batch

    def settle(
        self, answers: Sequence[AnyAnswer], now: float
    ) -> list[tuple[VisitorRequest | None, AnyAnswer]]:
        """Each request with its answer, without those that will be repeated; None: nobody asked for it."""
        settled: list[tuple[VisitorRequest | None, AnyAnswer]] = []
        for answer in answers:
            request = self._sent.popleft() if self._sent and answer.id is not None else None
            if request is None:
                settled.append((None, answer))
            elif isinstance(answer, Error) and answer.code == "slow_down":
                self._slowed.append(request)
                self.repeat_at = now + (answer.retry_after_ms or RETRY_MS) / 1000
            else:
                settled.append((request, answer))
        if not self._sent:
            # What is refused again and again costs everybody time: ask for less at once, then for more.
            self._batch = max(1, self._batch // 2) if self._slowed else min(self._most, self._batch * 2)
            self._again = self._slowed + self._again
            self._slowed = []
        return settled

    def wake(self, now: float) -> None:
        if self.repeat_at is not None and self.repeat_at <= now:
            self.repeat_at = None

    def drop(self) -> None:
        """Repeat nothing."""
        self._again.clear()
        self.repeat_at = None
