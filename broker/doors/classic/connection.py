"""One connection at the front door: its socket, its timer, its place on the loop. Runs on the broker's loop
thread; `shut` takes all of it away. What is said on it is decided by its conversation
(broker/doors/classic/conversation.py).
"""

import asyncio
import contextlib
import os
import selectors
import socket
import time
from collections.abc import Callable, Iterable

from loggia.broker.doors.classic.conversation import Conversation
from loggia.broker.doors.door import Connection, Door

READ_BYTES = 4 * 1024  # at most this much of one visitor per turn of the loop: of short lines, 2000
SEND_BYTES = 128 * 1024  # what the system keeps for a reader; by itself it would take megabytes
KEEPALIVE = {
    "TCP_KEEPIDLE": 60,
    "TCP_KEEPINTVL": 15,
    "TCP_KEEPCNT": 4,
    "TCP_USER_TIMEOUT": 120_000,
}  # s, s, probes: a dead host is noticed; ms: also while something is on its way to it
EACH_BYTES = 256 * 1024  # what may wait for one reader before it is cut off
ALL_BYTES = 32 * 1024 * 1024  # and for all of them: so much memory is theirs, however many stop reading
# That of the system may need a descriptor, and who says goodbye may have none.
WITHOUT_DESCRIPTOR: type[selectors.BaseSelector] = getattr(
    selectors, "PollSelector", selectors.SelectSelector
)


class Visitor(Connection):
    """`then` is what is logged once the connection is closed."""

    def __init__(
        self,
        door: Door["Visitor"],
        loop: asyncio.AbstractEventLoop,
        connection: socket.socket,
        peer: str,
        conversation: Conversation,
    ) -> None:
        """Raises OSError for a connection that is gone already; the caller closes the socket then."""
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in KEEPALIVE.items():
            if hasattr(socket, option):  # not everywhere
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
        super().__init__(door, peer)
        self.conversation = conversation
        self.then: str | None = None
        self._loop = loop
        self._connection: socket.socket | None = connection
        self._unsent = b""
        self._reader: Callable[[Visitor], None] | None = None
        self._writer: Callable[[Visitor], None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def __repr__(self) -> str:
        return f"Visitor({self.peer})"

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    @property
    def unsent_bytes(self) -> int:
        """What waits to be sent, here and in the conversation."""
        return len(self._unsent) + self.conversation.waiting_bytes

    @property
    def all_went_out(self) -> bool:
        return not self._unsent

    @property
    def waits_for_its_turn(self) -> bool:
        """The system would take what is kept."""
        return bool(self._unsent) and self._writer is None

    @property
    def is_unblocked(self) -> bool:
        """What the conversation had to wait for went out, and it does not know yet."""
        return self.conversation.blocked and not self._unsent

    def receive(self) -> bytes | None:
        """What came, b"" at the end of it, None for nothing; raises OSError."""
        assert self._connection is not None
        try:
            return self._connection.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return None

    def look(self) -> bytes | None:
        """As `receive`, and nothing is taken: b"" when nothing more comes, None while something may."""
        assert self._connection is not None
        if reason := self._connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(reason, os.strerror(reason))
        try:
            return self._connection.recv(1, socket.MSG_PEEK) and None
        except (BlockingIOError, InterruptedError):
            return None

    def last_words(self) -> bytes:
        """One piece of what came before the connection broke, where the system keeps it."""
        with contextlib.suppress(OSError):
            return (self.receive() if self._connection is not None else None) or b""
        return b""

    def send(
        self, data: bytes, may: Callable[["Visitor"], bool], writable: Callable[["Visitor"], None]
    ) -> None:
        """One send, if it `may` go out now; else somebody calls `writable`. What does not go out is kept, and
        `writable` called when more may. Raises OSError."""
        if self._connection is None:
            return
        waits = bool(self._unsent)
        self._unsent += data
        if waits:
            return
        if not may(self):
            self.conversation.blocked = True
        elif not self.push():
            self.conversation.blocked = True
            self.write_with(writable)

    def push(self) -> bool:
        """Send what is kept; True when all of it is out. Raises OSError."""
        assert self._connection is not None
        try:
            self._unsent = self._unsent[self._connection.send(self._unsent) :]
        except (BlockingIOError, InterruptedError):
            return False
        return not self._unsent

    def write_with(self, writer: Callable[["Visitor"], None] | None) -> None:
        """Who is called when more of what is kept may go out; None: all of it did."""
        if self._connection is None or writer == self._writer:
            return
        self._writer = writer
        if writer is None:
            self._loop.remove_writer(self._connection)
        else:
            self._loop.add_writer(self._connection, writer, self)

    def read_with(self, reader: Callable[["Visitor"], None] | None) -> None:
        """Who is called when something can be read; None: it is left to the network to keep."""
        if self._connection is None or reader == self._reader:
            return
        self._reader = reader
        if reader is None:
            self._loop.remove_reader(self._connection)
        else:
            self._loop.add_reader(self._connection, reader, self)

    def wake_at(self, at: float | None, callback: Callable[["Visitor", float], None]) -> None:
        """The one timer of this visitor (loop time, s); None: no timer."""
        if self._timer is not None:
            if self._timer.when() == at and not self._timer.cancelled():
                return
            self._timer.cancel()
        self._timer = None if at is None else self._loop.call_at(at, callback, self, at)

    def woken(self) -> None:
        """The timer has called."""
        self._timer = None

    def half_close(self) -> None:
        """Say that nothing more comes; raises OSError."""
        assert self._connection is not None
        self._connection.shutdown(socket.SHUT_WR)

    def shut(self) -> None:
        """Close, now. Nothing of it stays on the loop."""
        assert self._connection is not None
        if self.waits_for_its_turn:
            with contextlib.suppress(OSError):
                self.push()
        self.read_with(None)
        self.write_with(None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        with contextlib.suppress(OSError):
            self.receive()  # some systems take back what was sent when something is unread
        self._connection.close()
        self._connection = None
        self._unsent = b""


def flush(visitors: Iterable[Visitor], within_s: float) -> None:
    """Push out what is kept, as far as it goes; the loop stands still meanwhile."""
    until = time.monotonic() + within_s
    with WITHOUT_DESCRIPTOR() as selector:
        for visitor in visitors:
            if visitor._connection is not None and visitor._unsent:
                selector.register(visitor._connection, selectors.EVENT_WRITE, visitor)
        while selector.get_map() and (left := until - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                try:
                    done = key.data.push()
                except OSError:
                    done = True
                if done:
                    selector.unregister(key.fileobj)
