"""Where memory grows fast, whoever libzmq holds most of is cut off. In the loop's thread; `close` ends it.

A message of several parts is told of when the last one is here. Until then libzmq keeps the others, and no
bound of its own counts them. But the system knows how much came on a connection, and the door how much of it
was taken. Outside Linux, and at ipc://, nothing tells, and nobody is cut off.
"""

import asyncio
import socket
import struct
import sys
from collections import deque
from collections.abc import Callable, Mapping

from loggia.broker.doors.zeromq.borrowed import borrowed
from loggia.shared.process.resident import resident_bytes

LOOK_S = 0.1  # a look takes some 20 us
LOOKS = 100  # growth is looked at over so many: ten seconds
GROWTH_BYTES = 96 * 1024 * 1024  # in that time; the other bounds of the broker leave less
LEAST_BYTES = 1024 * 1024  # who sent less that was not taken is none of those

_INFO_BYTES = 160
_RECEIVED_AT = 128  # tcpi_bytes_received


class Pressure:
    """`taken`: of each connection, by its descriptor, how many bytes were taken. `cut_off` ends one."""

    def __init__(self, taken: Callable[[], Mapping[int, int]], cut_off: Callable[[int], None]) -> None:
        self._taken = taken
        self._cut_off = cut_off
        self._recent: deque[int] = deque(maxlen=LOOKS)
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
        """Cut off whoever has most that was not taken, and who has half as much, if there is more memory than
        there should be."""
        self._recent.append(resident)
        if resident - min(self._recent) < GROWTH_BYTES:
            return
        self._recent.clear()
        held = {fd: _received(fd) - taken for fd, taken in self._taken().items()}
        most = max(held.values(), default=0)
        for fd, size in held.items():
            if size >= max(LEAST_BYTES, most // 2):
                self._cut_off(fd)


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
