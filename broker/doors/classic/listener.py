"""The listening socket of the front door. Runs on the broker's loop thread; `close` stops it at once.

An accept that fails is logged and tried again after a pause: descriptors do not come back by asking at once.
Whoever would take one that the broker itself needs is told that the chat is full.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable

from loggia.broker.doors.classic.crowd import FULL
from loggia.broker.doors.headroom import Headroom
from loggia.broker.doors.listening import listen, name_of
from loggia.shared.protocol.addresses import Place

ACCEPTS = 16  # connections per turn of the loop, so that a crowd at the door does not stop the talk inside
BACKLOG = 1024
PAUSE_S = 1.0
UNREAD_BYTES = 4096  # of somebody turned away: what is unread takes the sentence back on some systems
VISITORS_WINDOWS = 400  # select() on Windows takes 512 sockets
_SAID_AT = frozenset(10**exponent for exponent in range(12))  # a flood is said once in a while

logger = logging.getLogger("loggia")


class Listener:
    """Hands each new connection and its address to `welcome`, which owns it unless it raises OSError."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        welcome: Callable[[socket.socket, Place], None],
        headroom: Headroom,
        pause_s: float,
    ) -> None:
        self._loop = loop
        self._welcome = welcome
        self._headroom = headroom
        self._pause_s = pause_s
        self._socket: socket.socket | None = None
        self._again: asyncio.TimerHandle | None = None
        self._failed = 0

    def open(self, host: str, port: int) -> tuple[str, int]:
        """Bind and listen; port 0 takes a free one. Returns the bound address; raises OSError."""
        listener = self._socket = listen(host, port, BACKLOG)
        self._loop.add_reader(listener, self._accept_waiting)
        return name_of(listener, host)

    def close(self) -> None:
        """Accept nobody any more."""
        if self._again is not None:
            self._again.cancel()
            self._again = None
        if self._socket is not None:
            self._loop.remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _accept_waiting(self) -> None:
        short = False
        for _ in range(ACCEPTS):
            assert self._socket is not None
            try:
                connection, address = self._socket.accept()
            except (BlockingIOError, InterruptedError):
                break
            except OSError as reason:
                short = True
                self._log_short("unknown address", reason)
                break
            place = Place.of(address)
            if not self._headroom.has_room_for(connection.fileno()):
                short = True
                turn_away(connection, FULL[0])
                connection.close()
                self._log_short(str(place), ConnectionRefusedError("no descriptor is free for a visitor"))
                continue
            try:
                self._welcome(connection, place)
            except OSError as reason:
                connection.close()
                self._failed += 1
                if self._failed in _SAID_AT:
                    _log_failed(str(place), reason, self._failed)
        if short and self._socket is not None:
            self._pause()

    def _log_short(self, peer: str, reason: OSError) -> None:
        if self._headroom.is_due(self._loop.time()):
            _log_failed(peer, reason, 1)

    def _pause(self) -> None:
        assert self._socket is not None
        self._loop.remove_reader(self._socket)
        self._again = self._loop.call_later(self._pause_s, self._resume)

    def _resume(self) -> None:
        self._again = None
        if self._socket is not None:
            self._loop.add_reader(self._socket, self._accept_waiting)


def turn_away(connection: socket.socket, told: str) -> None:
    """Tell somebody who is not let in why, as far as it goes out at once. The caller closes it."""
    connection.setblocking(False)
    with contextlib.suppress(OSError):
        connection.send(f"{told}\n".encode())
        connection.recv(UNREAD_BYTES)


def _log_failed(peer: str, reason: OSError, so_far: int) -> None:
    many = f" {so_far:,} so far." if so_far > 1 else ""
    logger.warning("WARNING: Failed to connect %s.%s", peer, many, extra={"peer": peer})
    logger.warning(repr(reason), extra={"peer": peer})


def half_of_the_descriptors() -> int:
    """The other half is for the rest of the broker."""
    try:
        import resource
    except ImportError:
        return VISITORS_WINDOWS
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1_000_000 if soft == resource.RLIM_INFINITY else soft // 2
