"""How much a listener may say before what it said is counted. In the loop's thread; time is an argument.

What somebody subscribes to libzmq takes in and keeps before anybody can count it, in our thread, for as
long as more comes. So the system hears of each only so much (packet_filter.py): what it has not heard waits
with who said it. What all may say that is not counted is bounded too, and who did not say it soon may not
say it later. On Linux; elsewhere, and at ipc://, everything is heard.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

import msgspec
from loggia.broker.doors.zeromq import packet_filter
from loggia.broker.doors.zeromq.rotation import Rotation
from loggia.broker.doors.zeromq.subscriptions import HEADER_BYTES, TOPIC_BYTES

FIRST_BYTES = 2048  # of a new one, beside what it said to shake hands: some seventy rooms
# of one that says more, or what it said, up to so much: it waits 0.2 s for the second window, and twice as
# long for each further one, as its system believes that the network is slow
MORE_BYTES = 4096
MOST_BYTES = 16 * 1024
MORE = 32  # of an address may wait to say more; over that one who said much is cut off
MUCH_BYTES = 16 * 1024  # a hundred rooms of long names
LONGEST_BYTES = HEADER_BYTES + TOPIC_BYTES
LEFT_BYTES = 512  # to who says nothing more: the longest topic, and heartbeats until it is looked at again
QUIET_S = 0.3  # who said something of it and then nothing for so long has said all
UNKNOWN_BYTES = 64  # of each packet, before the window is opened: shaking hands takes no larger ones
NEW_UNDERWAY_BYTES, NEW_UNDERWAY_S = 64 * 1024, 0.8  # what those who are new may say, and for how long
MORE_UNDERWAY_BYTES, MORE_UNDERWAY_S = 64 * 1024, 15.0  # and those who say more, and have waited longer


class _Underway:
    """What some were granted and did not say yet: so many `most` bytes, each for `lasts_s`."""

    def __init__(self, most: int, lasts_s: float) -> None:
        self._most = most
        self._lasts_s = lasts_s
        self._until: dict[int, float] = {}
        self._sizes: dict[int, int] = {}
        self._bytes = 0

    def __contains__(self, fd: int) -> bool:
        return fd in self._until

    def has_room(self) -> bool:
        return self._bytes < self._most

    def add(self, fd: int, size: int, now: float) -> None:
        self._until[fd], self._sizes[fd] = now + self._lasts_s, size
        self._bytes += size

    def said(self, fd: int, now: float) -> None:
        """Some of it."""
        if fd in self._until:
            self._until[fd] = now + QUIET_S

    def drop(self, fd: int) -> None:
        if self._until.pop(fd, None) is not None:
            self._bytes -= self._sizes.pop(fd)

    def over(self, now: float) -> list[int]:
        """Those whose time is over; they are not underway any more."""
        over = [fd for fd, until in self._until.items() if now >= until]
        for fd in over:
            self.drop(fd)
        return over


class _Window(msgspec.Struct):
    """`first`: the number of the first byte. So many bytes are heard, `until`; `size` of them beyond what was
    `said`."""

    first: int
    until: int = 0
    size: int = 0
    said: int = 0


class Windows:
    """`said`: bytes of a connection that were counted; `received`: and all that the system heard of it;
    `host_of`: its address; `sure_of`: a descriptor that is surely its own, None where it is gone."""

    def __init__(
        self,
        said: Callable[[int], int],
        received: Callable[[int], int],
        host_of: Callable[[int], str],
        sure_of: Callable[[int], AbstractContextManager[int | None]],
    ) -> None:
        self._said = said
        self._received = received
        self._host_of = host_of
        self._sure_of = sure_of
        self._new = Rotation()
        self._more = Rotation()
        self._windows: dict[int, _Window] = {}
        self._new_underway = _Underway(NEW_UNDERWAY_BYTES, NEW_UNDERWAY_S)
        self._more_underway = _Underway(MORE_UNDERWAY_BYTES, MORE_UNDERWAY_S)

    def waits(self) -> bool:
        """Whether somebody may say more when others have said theirs."""
        return bool(self._new or self._more)

    def has_room(self, host: str) -> bool:
        """Whether few of this address wait to say more than is said by who comes in."""
        return len(self._more.at(host)) < MORE

    def came(self, fd: int) -> None:
        self.went(fd)
        self._new.put(fd, self._host_of(fd))

    def went(self, fd: int) -> None:
        self._new.drop(fd)
        self._more.drop(fd)
        self._land(fd)
        self._windows.pop(fd, None)

    def open(self, now: float) -> None:
        """As much as may be underway: of each address one after the other."""
        for fd in self._new_underway.over(now) + self._more_underway.over(now):
            self._hear(fd, self._windows[fd], LEFT_BYTES)
        while self._new and self._new_underway.has_room():
            fd = self._new.next()
            if (first := self._first_byte(fd)) is None:
                continue
            window = self._windows[fd] = _Window(first)
            self._new_underway.add(fd, FIRST_BYTES, now)
            self._hear(fd, window, FIRST_BYTES)
        while self._more and self._more_underway.has_room():
            fd = self._more.next()
            size = min(MOST_BYTES, max(MORE_BYTES, self._said(fd)))
            self._more_underway.add(fd, size, now)
            self._hear(fd, self._windows[fd], size)

    def counted(self, fd: int, now: float) -> int | None:
        """More of it is: it may go on. Returns one that is to be cut off, if any is."""
        window = self._windows.get(fd)
        self._new_underway.said(fd, now)
        self._more_underway.said(fd, now)
        if window is None or self._said(fd) - window.said + LONGEST_BYTES <= window.size:
            return None
        self._land(fd)
        host = self._host_of(fd)
        self._more.put(fd, host)
        if len(waiting := self._more.at(host)) <= MORE:
            return None
        greediest = max(waiting, key=self._said)
        return greediest if self._said(greediest) > MUCH_BYTES else None

    def looked_at(self, fd: int) -> None:
        """Time has passed, in which libzmq may have taken something for itself."""
        window = self._windows.get(fd)
        if window is not None and not (
            fd in self._new_underway or fd in self._more_underway or fd in self._more
        ):
            self._hear(fd, window, LEFT_BYTES)

    def _first_byte(self, fd: int) -> int | None:
        """Its number; None of who is gone, and of whom the system does not know it: that one is heard."""
        with self._sure_of(fd) as sure:
            if sure is None:
                return None
            if (first := packet_filter.first_byte(sure)) is None:
                packet_filter.hear_all(sure)
            return first

    def _land(self, fd: int) -> None:
        self._new_underway.drop(fd)
        self._more_underway.drop(fd)

    def _hear(self, fd: int, window: _Window, size: int) -> None:
        window.size, window.said = size, self._said(fd)
        until = self._received(fd) + size
        if until != window.until:
            window.until = until
            with self._sure_of(fd) as sure:
                if sure is not None:
                    packet_filter.hear_until(sure, window.first + until)
