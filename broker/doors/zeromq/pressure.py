"""Bounds what libzmq holds of all together: whoever it holds most of, or for, is cut off.

In the loop's thread; `close` ends it. A message of several parts is told of when the last one is here, a
large one when all of it is; until then libzmq keeps what came, and no bound of its own counts the sum. Nor
does one count what waits for all who do not read. But the system knows what came and went on each connection,
and the door what it took and sent. Some connections are looked at each time, and all where the memory grows
fast. A part takes 64 bytes of memory, be it of two on the wire: what came is no measure where memory has
grown, and messages that do not end are counted as if they were all of such parts.
Outside Linux, and at ipc://, nothing tells, and nobody is cut off.
"""

import asyncio
import sys
from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from loggia.broker.doors.zeromq.arrivals import HANDSHAKE_BYTES
from loggia.broker.doors.zeromq.wire import Wire, unread, unsent, wire
from loggia.shared.process.resident import resident_bytes

LOOK_S = 0.1  # a look takes some 0.3 ms
LOOKED_AT = 50  # connections each time: of 3,000 clients all within 12 s
GROWTH_BYTES = 96 * 1024 * 1024  # of memory, within so many looks; the other bounds of the broker leave less
LOOKS = 100
HURRY_S, HURRIED_AT = 0.01, 500  # and then all in turn, so many each time: some 4 ms
AGAIN_S = 0.0001  # for each connection, until all are looked at anew: on average a tenth of the time
HELD_BYTES = 64 * 1024 * 1024  # of dealers, over which those who have most are cut off
FOR_LISTENERS_BYTES = 128 * 1024 * 1024  # and for listeners that stand still
LEAST_BYTES = 16 * 1024  # who has less is none of those
PART_TIMES = 32  # the memory of the smallest part, by its bytes on the wire
UNENDED_S, UNENDED_LOOKS = 1.0, 3  # a message that is not whole for so long, seen so often, may never be
LOWEST_EACH_S, LOWEST = 60.0, 60  # how far memory was down lately: in an hour
STANDS_S = 1.0  # a listener that takes less than this for so long, and has so much to take, stands still
STANDS_BYTES = 64 * 1024
FULL_BYTES = 16 * 1024  # in the system; who reads what comes has hardly ever more on its way

SENDS = "sends more than can be taken in"
READS_NOT = "does not read what it is sent"


class Watched(Protocol):
    """The connections of a door, by their descriptors."""

    def dealers(self) -> Iterable[int]: ...

    def listeners(self) -> Iterable[int]: ...

    def taken(self, fd: int) -> int:
        """Bytes of it that were taken, here or by libzmq for itself."""

    def came_at(self, fd: int) -> float:
        """When the connection that is there did (loop time, s); infinite where none is."""

    def said(self, fd: int) -> int:
        """Of a dealer, those that were taken here: it grows with each whole message."""

    def sent(self, fd: int) -> int:
        """Bytes that a dealer was sent; to a listener nobody knows."""

    def looked_at(self, fd: int) -> None:
        """A listener is."""

    def end(self, fd: int, why: str) -> None:
        """Close it."""


class _Slow(NamedTuple):
    """A listener for whom something waits: what had arrived, and what was published, at `since`."""

    acked: int
    published: int
    since: float


class _Unended(NamedTuple):
    """A dealer of which something came that is no whole message: what it had `said`, at `since`, and in how
    many `looks` it was so."""

    said: int
    since: float
    looks: int


class _Held(NamedTuple):
    """As of `at`."""

    size: int
    why: str
    at: float


class Pressure:
    """`published`: the bytes that were sent so far to whoever listens; `queued`: how many of them libzmq
    keeps for one that does not read."""

    def __init__(self, watched: Watched, published: Callable[[], int], queued: int) -> None:
        self._watched = watched
        self._published = published
        self._queued = queued
        self._recent: deque[int] = deque(maxlen=LOOKS)
        self._again_at = 0.0
        self._hurries = False
        self._left: list[int] = []  # to look at in this round
        self._of_dealers: dict[int, _Held] = {}  # that were looked at in it
        self._for_listeners: dict[int, _Held] = {}
        self._are_listeners = frozenset[int]()
        self._slow: dict[int, _Slow] = {}
        self._unended: dict[int, _Unended] = {}
        self._parts: dict[int, _Held] = {}  # of those for long, if it is all of the smallest parts
        self._lowest: deque[int] = deque(maxlen=LOWEST)
        self._lowest_until = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on."""
        if sys.platform == "linux":
            again_s = LOOK_S
            try:
                again_s = self.look(resident_bytes(), loop.time())
            finally:
                self._timer = loop.call_later(again_s, self.watch, loop)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def look(self, resident: int, now: float) -> float:
        """Look at some, or at the last of all: then whoever has most in here is cut off, if that is more than
        there should be. `resident`: bytes, of this process; `now`: loop time, s. Returns after how long to
        look again, s."""
        if now >= self._lowest_until or not self._lowest:
            self._lowest.append(resident)
            self._lowest_until = now + LOWEST_EACH_S
        self._lowest[-1] = min(self._lowest[-1], resident)
        if not self._hurries:
            self._recent.append(resident)
            if resident - min(self._recent) >= GROWTH_BYTES and now >= self._again_at:
                self._begin()
                self._hurries = True
                self._again_at = now + AGAIN_S * len(self._left)
        portion = HURRIED_AT if self._hurries else LOOKED_AT
        self._look_at(self._left[-portion:], now)
        del self._left[-portion:]
        if self._hurries and _sum(self._of_dealers) > HELD_BYTES:
            self._end_most(self._of_dealers, HELD_BYTES // 4)
        if not self._left:
            self._end_round(grew=self._hurries, high=resident - min(self._lowest) >= GROWTH_BYTES)
            self._hurries = False
            self._begin()
        return HURRY_S if self._hurries else LOOK_S

    def _end_round(self, *, grew: bool, high: bool) -> None:
        """All were looked at. `grew`: as memory just did; `high`: it did so in an hour."""
        if grew or _sum(self._of_dealers) > HELD_BYTES:
            self._end_most(self._of_dealers, HELD_BYTES // 4)
        if grew or _sum(self._for_listeners) > FOR_LISTENERS_BYTES:
            self._end_most(self._for_listeners, 0 if grew else FOR_LISTENERS_BYTES // 4)
        if grew or high:
            self._end_parts()

    def _begin(self) -> None:
        """A round."""
        dealers, listeners = [*self._watched.dealers()], [*self._watched.listeners()]
        self._left = dealers + listeners
        self._of_dealers, self._for_listeners, self._parts = {}, {}, {}
        self._unended = {fd: self._unended[fd] for fd in dealers if fd in self._unended}
        self._slow = {fd: self._slow[fd] for fd in listeners if fd in self._slow}
        self._are_listeners = frozenset(listeners)

    def _look_at(self, fds: Iterable[int], now: float) -> None:
        for fd in fds:
            known = wire(fd)
            came = known.received - self._watched.taken(fd)
            if came > LEAST_BYTES and (held := came - unread(fd)) > 0:
                self._of_dealers[fd] = _Held(held, SENDS, now)
            if fd in self._are_listeners:
                self._watched.looked_at(fd)
                if held := self._for_listener(fd, known, now):
                    self._for_listeners[fd] = _Held(held, READS_NOT, now)
                continue
            if parts := self._of_parts(fd, known, now):
                self._parts[fd] = _Held(parts, SENDS, now)
            waits = self._watched.sent(fd) - known.acked
            if waits > LEAST_BYTES and known.waits and (held := waits - unsent(fd)) > 0:
                self._of_dealers[fd] = _Held(max(held, came), READS_NOT, now)

    def _of_parts(self, fd: int, known: Wire, now: float) -> int:
        """What a message that does not end may take of memory, at the most; 0 if all that came is whole.

        Heartbeats of a libzmq are counted as well: they are not told from such parts.
        """
        said = self._watched.said(fd)
        before = self._unended.pop(fd, None)
        came = known.received - said - HANDSHAKE_BYTES
        if came <= 0 or (came := came - unread(fd)) <= 0:
            return 0
        if before is None or before.said != said:
            before = _Unended(said, now, 0)
        self._unended[fd] = unended = before._replace(looks=before.looks + 1)
        lasts = now - unended.since >= UNENDED_S and unended.looks >= UNENDED_LOOKS
        return came * PART_TIMES if lasts else 0

    def _end_parts(self) -> None:
        if _sum(self._parts) > HELD_BYTES:
            self._end_most(self._parts, HELD_BYTES // 4)

    def _for_listener(self, fd: int, known: Wire, now: float) -> int:
        """What may wait for it, at the most; 0 if it reads."""
        published = self._published()
        slow = self._slow.get(fd)
        if not known.waits:
            self._slow.pop(fd, None)
        elif slow is None or known.acked - slow.acked >= STANDS_BYTES:
            self._slow[fd] = _Slow(known.acked, published, now)
        elif now - slow.since >= STANDS_S and unsent(fd) >= FULL_BYTES:
            return min(published - slow.published, self._queued)
        return 0

    def _end_most(self, held: dict[int, _Held], left: int) -> None:
        """Those who have most, until no more than this is left."""
        for fd in [fd for fd, one in held.items() if self._watched.came_at(fd) > one.at]:
            del held[fd]  # it is gone, and its descriptor may be somebody else's
        total = _sum(held)
        for fd in sorted(held, key=lambda fd: held[fd].size, reverse=True):
            if total <= left or held[fd].size < LEAST_BYTES:
                return
            total -= held[fd].size
            why = held[fd].why
            for those in (self._of_dealers, self._for_listeners, self._parts):
                those.pop(fd, None)
            self._watched.end(fd, why)


def _sum(held: dict[int, _Held]) -> int:
    return sum(one.size for one in held.values())
