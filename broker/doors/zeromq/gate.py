"""Keeps libzmq from accepting anybody while descriptors are short. In the loop's thread; `close` stops it.

libzmq has no way to pause: its thread asks again at once for a connection that it cannot accept, and one that
is closed as it came too late comes again in a tenth of a second. So the system is asked to hear nobody at the
door: a filter on the listening socket, which lets nothing through. Who connects waits in his own system,
which tries again after 1, 2, 4 s ... . Those who already waited in the queue are accepted and shut down.
Where there are no such filters (outside Linux, at ipc://) those who come too late are shut down alone.
"""

import asyncio
import contextlib
import ctypes
import os
import socket
import struct
import sys

from loggia.broker.doors.headroom import Headroom
from loggia.broker.doors.zeromq.borrowed import borrowed

RESERVE = 2  # descriptors for accepting those in the queue, when all others are taken
LOOK_S = 1.0  # how often to look whether there is room again

_ATTACH, _DETACH = 26, 27  # SO_ATTACH_FILTER, SO_DETACH_FILTER; Python does not name them
_NOTHING = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))  # `return 0`: keep nothing
_FILTER = struct.pack("HP", 1, ctypes.addressof(_NOTHING))


class Gate:
    """Attribute `is_open`: whether connections are let in."""

    def __init__(self, loop: asyncio.AbstractEventLoop, headroom: Headroom) -> None:
        self._loop = loop
        self._headroom = headroom
        self._listeners: list[int] = []
        self._reserve: list[int] = []
        self._timer: asyncio.TimerHandle | None = None
        self.is_open = True
        self._take_reserve()

    def listens(self, fd: int) -> None:
        """libzmq does, at this descriptor."""
        self._listeners.append(fd)

    def lets_in(self, fd: int) -> bool:
        """Whether a connection that was accepted with this number may stay; the caller closes others."""
        if self.is_open and self._headroom.has_room_for(fd):
            return True
        self._headroom.refused(self._loop.time())
        self._shut()
        return False

    def failed(self, number: int) -> None:
        """A connection could not be accepted, with this errno."""
        self._headroom.refused(self._loop.time(), os.strerror(number))
        self._shut()

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._give_reserve()

    def _shut(self) -> None:
        if self.is_open:
            self.is_open = False
            self._filter(_ATTACH)
            self._give_reserve()
            self._look_later()

    def _look_later(self) -> None:
        self._timer = self._loop.call_later(LOOK_S, self._look)

    def _look(self) -> None:
        if self._headroom.is_back(RESERVE) and self._take_reserve():
            self.is_open = True
            self._timer = None
            self._filter(_DETACH)
        else:
            self._look_later()

    def _take_reserve(self) -> bool:
        try:
            while len(self._reserve) < RESERVE:
                self._reserve.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            self._give_reserve()
            return False
        return True

    def _give_reserve(self) -> None:
        while self._reserve:
            os.close(self._reserve.pop())

    def _filter(self, option: int) -> None:
        if sys.platform != "linux":
            return
        for fd in self._listeners:
            with contextlib.suppress(OSError), borrowed(fd) as listener:
                if listener.family in (socket.AF_INET, socket.AF_INET6):
                    listener.setsockopt(socket.SOL_SOCKET, option, _FILTER)
