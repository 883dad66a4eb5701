"""Keeps libzmq from accepting anybody while descriptors are short, and those of an address that has its
share. In the loop's thread; `close` stops it.

libzmq has no way to pause: its thread asks again at once for a connection that it cannot accept, and one that
is closed as it came too late comes again in a tenth of a second. So the system is asked not to hear them at
the door (packet_filter.py). Those who already waited in the queue are accepted and shut down. Where there are
no such filters (outside Linux, at ipc://) those who come too late are shut down alone.
"""

import asyncio
import os
from collections.abc import Callable

from loggia.broker.doors.headroom import Headroom
from loggia.broker.doors.per_address import network
from loggia.broker.doors.zeromq import packet_filter
from loggia.shared.process import descriptors

RESERVE = 2  # descriptors for accepting those in the queue, when all others are taken
LOOK_S = 0.5  # how often to look whether there is room again


class Gate:
    """`has_share`: whether one more of an address may stay; `may_come`: whether more are to be heard, while
    those who are in the queue already may stay. `is_open`: whether anybody is let in."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        headroom: Headroom,
        has_share: Callable[[str], bool],
        may_come: Callable[[str], bool],
    ) -> None:
        self._loop = loop
        self._headroom = headroom
        self._has_share = has_share
        self._may_come = may_come
        self._listeners: dict[int, int] = {}
        self._reserve: list[int] = []
        self._full = set[str]()  # addresses that are not heard
        self._timer: asyncio.TimerHandle | None = None
        self.is_open = True
        self._take_reserve()

    def listens(self, fd: int, most: int = 0) -> None:
        """libzmq does, at this descriptor. `most`: as of `packet_filter.hear_all_but`."""
        self._listeners[fd] = most
        self._filter()

    def lets_in(self, fd: int, host: str | None) -> bool:
        """Whether a connection that was accepted with this number may stay; the caller closes others. `host`:
        None when it has none, or none any more."""
        if host is not None and not self._has_share(host):
            self._turn_away(network(host))
            return False
        if self.is_open and self._headroom.has_room_for(fd):
            return True
        self._headroom.refused(self._loop.time())
        self._shut()
        return False

    def came(self, host: str) -> None:
        """And it stays; whether more of its address are heard is asked again."""
        if not self._may_come(host):
            self._hear_no_more(network(host))

    def check(self) -> None:
        """Once in a while. Whoever comes as the last descriptors go is told of (`lets_in`); where all went
        otherwise, libzmq's thread asks in a loop for whom it cannot accept, and tells nothing."""
        if self.is_open and (why := descriptors.lack()):
            self._headroom.refused(self._loop.time(), why)
            self._shut()

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._give_reserve()

    def _turn_away(self, address: str) -> None:
        why = f"{address} takes more than one address may"
        then = "It is let in again when some of it have gone, or when it comes slower."
        self._headroom.refused(self._loop.time(), why, then)
        self._hear_no_more(address)

    def _hear_no_more(self, address: str) -> None:
        if address not in self._full:
            self._full.add(address)
            self._filter()
            self._look_later()

    def _shut(self) -> None:
        if self.is_open:
            self.is_open = False
            self._filter()
            self._give_reserve()
            self._look_later()

    def _look_later(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(LOOK_S, self._look)

    def _look(self) -> None:
        self._timer = None
        before = self.is_open, self._full
        self._full = {
            address for address in self._full if not (self._has_share(address) and self._may_come(address))
        }
        if not self.is_open and self._headroom.is_back(RESERVE) and self._take_reserve():
            self.is_open = True
        if before != (self.is_open, self._full):
            self._filter()
        if not self.is_open or self._full:
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

    def _filter(self) -> None:
        for fd, most in self._listeners.items():
            if self.is_open:
                packet_filter.hear_all_but(fd, self._full, most)
            else:
                packet_filter.hear_nobody(fd)
