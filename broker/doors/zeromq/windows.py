"""How much a listener may say before what it said is counted. In the loop's thread.

What somebody subscribes to libzmq takes in and keeps before anybody can count it, in our thread, for as
long as more comes. So the system hears of each only so much (packet_filter.py): what it has not heard waits
with who said it. On Linux; elsewhere, and at ipc://, everything is heard.
"""

from collections import deque
from collections.abc import Callable

from loggia.broker.doors.zeromq import packet_filter

FIRST_BYTES = 2048  # of a new one, beside what it said to shake hands: some fifty rooms
WINDOW_BYTES = 16 * 1024  # some hundred rooms; whoever says more at once waits 0.2 s or more for each so many
UNKNOWN_BYTES = 64  # of each packet, before the window is opened: shaking hands takes no larger ones
AT_ONCE = 16  # windows that are opened in one turn


class Windows:
    """`taken`: bytes of a connection that were counted. Opened are those of some in each turn: what they
    say is counted before the next ones may."""

    def __init__(self, taken: Callable[[int], int]) -> None:
        self._taken = taken
        self._new: deque[int] = deque()
        self._first: dict[int, int] = {}  # the number of the first byte
        self._until: dict[int, int] = {}  # so many bytes are heard

    def waits(self) -> bool:
        """Whether one has come whose window is not open yet."""
        return bool(self._new)

    def came(self, fd: int) -> None:
        self.went(fd)
        self._new.append(fd)

    def went(self, fd: int) -> None:
        self._until.pop(fd, None)
        if self._first.pop(fd, None) is None and fd in self._new:
            self._new.remove(fd)

    def open(self) -> None:
        """The windows of some that are new."""
        for _ in range(min(AT_ONCE, len(self._new))):
            fd = self._new.popleft()
            first = packet_filter.first_byte(fd)
            if first is None:
                packet_filter.hear_all(fd)
                continue
            self._first[fd] = first
            self._grant(fd, FIRST_BYTES)

    def counted(self, fd: int) -> None:
        """More of it is, or time has passed: it may go on."""
        until = self._until.get(fd)
        if until is not None and self._taken(fd) + FIRST_BYTES // 2 > until:
            self._grant(fd, WINDOW_BYTES)

    def _grant(self, fd: int, size: int) -> None:
        until = self._until[fd] = self._taken(fd) + size
        packet_filter.hear_until(fd, self._first[fd] + until)
