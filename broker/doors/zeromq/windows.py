"""How much a listener may say before what it said is counted. In the loop's thread; time is an argument.

What somebody subscribes to libzmq takes in and keeps before anybody can count it, in our thread, for as
long as more comes. So the system hears of each only so much (packet_filter.py): what it has not heard waits
with who said it. What all may say that is not counted is bounded too, and who did not say it soon may not
say it later. On Linux; elsewhere, and at ipc://, everything is heard.
"""

from collections import OrderedDict
from collections.abc import Callable

import msgspec
from loggia.broker.doors.zeromq import packet_filter

FIRST_BYTES = 1024  # of a new one, beside what it said to shake hands: some thirty rooms
WINDOW_BYTES = 4096  # a hundred rooms; whoever says more at once waits 0.2 s or more for each so many
LEFT_BYTES = 512  # to who says nothing more: the longest topic, and heartbeats until it is looked at again
UNKNOWN_BYTES = 64  # of each packet, before the window is opened: shaking hands takes no larger ones
UNDERWAY_BYTES = 32 * 1024  # of all who may say more than that
UNDERWAY_S = 0.3  # for so long; what was not heard is said again after 0.2 s


class _Window(msgspec.Struct):
    """`first`: the number of the first byte; so many bytes are heard, `until`; `underway` are so many of
    them, since `at`."""

    first: int
    until: int = 0
    underway: int = 0
    at: float = 0.0


class Windows:
    """`taken`: bytes of a connection that were counted."""

    def __init__(self, taken: Callable[[int], int]) -> None:
        self._taken = taken
        self._waiting = OrderedDict[int, int]()  # who is to be granted how much
        self._windows: dict[int, _Window] = {}
        self._underway = OrderedDict[int, None]()  # the oldest first
        self._underway_bytes = 0

    def waits(self) -> bool:
        """Whether somebody may say more when others have said theirs."""
        return bool(self._waiting)

    def has_room(self) -> bool:
        """Whether `open` would open one now."""
        return bool(self._waiting) and self._underway_bytes < UNDERWAY_BYTES

    def came(self, fd: int) -> None:
        self.went(fd)
        self._waiting[fd] = FIRST_BYTES

    def went(self, fd: int) -> None:
        self._waiting.pop(fd, None)
        if (window := self._windows.pop(fd, None)) is not None:
            self._land(fd, window)

    def open(self, now: float) -> None:
        """As much as may be underway, for who waited longest first."""
        for fd in [*self._underway]:
            window = self._windows[fd]
            if now - window.at < UNDERWAY_S:
                break
            self._land(fd, window)
            self._hear(fd, window, self._taken(fd) + LEFT_BYTES)
        while self.has_room():
            fd, size = self._waiting.popitem(last=False)
            self._grant(fd, size, now)

    def counted(self, fd: int) -> None:
        """More of it is, or time has passed: it may go on."""
        window = self._windows.get(fd)
        if window is not None and self._taken(fd) + LEFT_BYTES > window.until:
            self._land(fd, window)
            self._waiting.setdefault(fd, WINDOW_BYTES)

    def _grant(self, fd: int, size: int, now: float) -> None:
        window = self._windows.get(fd)
        if window is None:
            if (first := packet_filter.first_byte(fd)) is None:
                packet_filter.hear_all(fd)
                return
            window = self._windows[fd] = _Window(first)
        window.at, window.underway = now, size
        self._underway[fd] = None
        self._underway_bytes += size
        self._hear(fd, window, self._taken(fd) + size)

    def _land(self, fd: int, window: _Window) -> None:
        self._underway.pop(fd, None)
        self._underway_bytes -= window.underway
        window.underway = 0

    def _hear(self, fd: int, window: _Window, until: int) -> None:
        window.until = until
        packet_filter.hear_until(fd, window.first + until)
