"""Bounds what libzmq holds of all together: whoever it holds most of is cut off.

In the loop's thread; `close` ends it.

A message of several parts is told of when the last one is here, a large one when all of it is. Until then
libzmq keeps what came, and no bound of its own counts the sum. But the system knows how much came on a
connection, and the door how much of it was taken. Some connections are looked at each time, and all where the
memory grows fast. Outside Linux, and at ipc://, nothing tells, and nobody is cut off.
"""

import asyncio
import socket
import struct
import sys
from collections import deque
from collections.abc import Callable

from loggia.broker.doors.zeromq.borrowed import borrowed
from loggia.shared.process.resident import resident_bytes

LOOK_S = 0.1  # a look takes some 0.2 ms
LOOKED_AT = 50  # connections each time: of 3,000 clients all within 12 s
GROWTH_BYTES = 96 * 1024 * 1024  # of memory, within so many looks; the other bounds of the broker leave less
LOOKS = 100
HELD_BYTES = 64 * 1024 * 1024  # of all connections, over which those who have most are cut off
LEFT_BYTES = HELD_BYTES // 4  # until this is left
LEAST_BYTES = 16 * 1024  # who sent less that was not taken is none of those

_INFO_BYTES = 160
_RECEIVED_AT = 128  # tcpi_bytes_received


class Pressure:
    """`connections`: the descriptors of those that are open; `taken`: how many bytes of one were taken;
    `cut_off` ends one."""

    def __init__(
        self,
        connections: Callable[[], list[int]],
        taken: Callable[[int], int],
        cut_off: Callable[[int], None],
    ) -> None:
        self._connections = connections
        self._taken = taken
        self._cut_off = cut_off
        self._recent: deque[int] = deque(maxlen=LOOKS)
        self._left: list[int] = []  # to look at in this round
        self._sum = 0  # of those that were
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on."""
        if sys.platform == "linux":
            self._timer = loop.call_later(LOOK_S, self.watch, loop)
            self.look(resident_bytes())

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def look(self, resident: int) -> None:
        """Cut off whoever has most that was not taken, if there is more memory than there should be.
        `resident`: bytes, of this process."""
        self._recent.append(resident)
        if resident - min(self._recent) >= GROWTH_BYTES:
            self._recent.clear()
            self._bound()
        for fd in self._left[-LOOKED_AT:]:
            self._sum += self._held(fd)
        del self._left[-LOOKED_AT:]
        if self._left:
            return
        if self._sum > HELD_BYTES:
            self._bound()
        self._left, self._sum = self._connections(), 0

    def _bound(self) -> None:
        held = {fd: self._held(fd) for fd in self._connections()}
        left = sum(held.values())
        for fd in sorted(held, key=held.__getitem__, reverse=True):
            if left <= LEFT_BYTES or held[fd] < LEAST_BYTES:
                return
            left -= held[fd]
            self._cut_off(fd)

    def _held(self, fd: int) -> int:
        """Bytes of a connection that libzmq has, as far as it can be known."""
        return max(0, _received(fd) - self._taken(fd))


def _received(fd: int) -> int:
    """Bytes that came on a connection of TCP, and are not in the system any more; 0 of another."""
    import fcntl
    import termios

    try:
        with borrowed(fd) as connection:
            info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
        (waits,) = struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, bytes(4)))
    except OSError:
        return 0
    if len(info) < _INFO_BYTES:  # of an older kernel
        return 0
    return int(struct.unpack_from("Q", info, _RECEIVED_AT)[0]) - int(waits)
