"""What a visitor asks of the hub: one batch at a time, so that order is kept. Pure: nothing runs here.

docs/protocol.md, "Errors", `slow_down`: what is told to slow down is kept and repeated, in its place, under
its id, unless that takes long. Messages go together; anything else goes alone, as what comes behind it may
depend on its answer. `now` is loop time in seconds. Owned by a conversation
(broker/doors/classic/conversation.py).
"""

from collections import deque
from collections.abc import Callable, Sequence

from loggia.shared.protocol.answers import AnyAnswer, Error
from loggia.shared.protocol.requests import Direct, End, Join, Leave, Members, Message, Rooms

VisitorRequest = Join | Message | Leave | Members | Rooms | Direct | End

RETRY_MS = 1000  # for a slow_down that does not say
PATIENCE_MS = 2000  # longer ones are told: a room may be slow for hours, and a person has other things to say
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
        self._next: VisitorRequest | None = None  # it goes alone, behind those that are on their way
        self._ids = 0

    @property
    def is_empty(self) -> bool:
        return not (self._sent or self._again or self._next)

    @property
    def unsettled(self) -> int:
        """How many requests are not settled: asked for, or to be asked for."""
        return len(self._sent) + len(self._slowed) + self.waiting

    @property
    def waiting(self) -> int:
        """How many requests are to be asked for, mostly again."""
        return len(self._again) + (self._next is not None)

    def new_id(self) -> str:
        """Ids grow, and are unique because every visitor is a new account."""
        self._ids += 1
        return f"{self._ids:012d}"

    def end(self) -> VisitorRequest:
        return End(id=self.new_id())

    def first(self, request: VisitorRequest) -> None:
        """It is asked for before anything else that waits."""
        self._again.insert(0, request)

    def submit(self, more: Callable[[], VisitorRequest | None]) -> list[VisitorRequest]:
        """The next batch: first what is repeated, then what `more` gives. Empty if it is not time for one."""
        batch: list[VisitorRequest] = []
        if self._sent or self.repeat_at is not None:
            return batch
        while len(batch) < self._batch and (request := self._take(more)) is not None:
            if not _goes_together(request):
                if batch:
                    self._next = request
                else:
                    batch.append(request)
                break
            batch.append(request)
        self._sent.extend(batch)
        return batch

    def settle(
        self, answers: Sequence[AnyAnswer], now: float, *, keeps_all: bool
    ) -> list[tuple[VisitorRequest | None, AnyAnswer]]:
        """Each request with its answer, without those that will be repeated; None: nobody asked for it.
        `keeps_all`: however long that takes."""
        settled: list[tuple[VisitorRequest | None, AnyAnswer]] = []
        for answer in answers:
            request = self._sent.popleft() if self._sent and answer.id is not None else None
            if request is None:
                settled.append((None, answer))
            elif (
                isinstance(answer, Error)
                and answer.code == "slow_down"
                and (keeps_all or (answer.retry_after_ms or RETRY_MS) <= PATIENCE_MS)
            ):
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
        """Ask for nothing else."""
        self._again.clear()
        self._next = None
        self.repeat_at = None

    def _take(self, more: Callable[[], VisitorRequest | None]) -> VisitorRequest | None:
        if self._again:
            return self._again.pop(0)
        if self._next is None:
            return more()
        request, self._next = self._next, None
        return request


def _goes_together(request: VisitorRequest) -> bool:
    return isinstance(request, Message)
