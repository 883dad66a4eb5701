"""Who comes to a socket and goes, as libzmq tells it: by the descriptor. In the loop's thread; `close` ends
it.

Who is one too many, for the system or for its address, is shut down. libzmq tells of a closed connection
before its descriptor can be used again: where nothing was told after a descriptor was copied, the copy is of
the connection that was told of before.
"""

import contextlib
import socket
import struct
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator

import zmq
from loggia.broker.doors.pace import Pace
from loggia.broker.doors.per_address import PerAddress
from loggia.broker.doors.zeromq import packet_filter
from loggia.broker.doors.zeromq.borrowed import borrowed, copied
from loggia.broker.doors.zeromq.gate import Gate
from loggia.broker.doors.zeromq.sockets import Signal, is_readable
from loggia.shared.protocol.addresses import Place

TURN_EVENTS = 300  # of those who come and go; some ms
NEWS = 20_000  # events that may wait, more than come in a second
BACKLOG_TURNS = 100  # bounds the search for one arrival, should the news never end
HANDSHAKE_BYTES = 1000  # of one connection, at most
HEARTBEAT_BYTES = 32  # a second, of a libzmq that asks ours whether it is there
NOWHERE = "an unknown address"

_STRANGERS = zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
# Not of whom it cannot accept: where descriptors are short it tells that without end, faster than it is read,
# and whom it did accept far behind that.
_NEWS = zmq.EVENT_LISTENING | zmq.EVENT_ACCEPTED | zmq.EVENT_DISCONNECTED | _STRANGERS
_EVENTS = _NEWS | zmq.EVENT_MONITOR_STOPPED
_OTHERS = zmq.EVENT_DISCONNECTED | zmq.EVENT_ACCEPTED  # who was there is not there any more
_DONTWAIT = int(zmq.DONTWAIT)  # an enum costs a conversion on each call
_EVENT = struct.Struct("=hi")  # what it is, and its descriptor


class Arrivals:
    """Of one socket. `per_address`: counts those of both; `count`: what should be rare; `pace`: is told of
    who may stay; None: there is none. `unknown_bytes`: of each packet what is heard of a connection before
    `packet_filter.hear_until` or `hear_all`; 0: all.

    Attributes: `open`, since when (s) those are here that may stay, by descriptor; `fd`, readable when
    there is news; `has_more`, whether there was more of it than was taken in.
    """

    def __init__(
        self,
        socket: "zmq.Socket[bytes]",
        gate: Gate,
        per_address: PerAddress,
        count: Callable[[str], None],
        pace: Pace | None = None,
        unknown_bytes: int = 0,
    ) -> None:
        self._gate = gate
        self._per_address = per_address
        self._count = count
        self._pace = pace
        self._unknown_bytes = unknown_bytes
        self._hosts: dict[int, str] = {}
        self._monitor = _monitor(socket)
        self._signal = Signal(self._monitor)
        self.fd = self._signal.fd
        self.open: dict[int, float] = {}
        self._must_ask = True  # of a socket that was never asked libzmq signals nothing
        self._told: deque[tuple[int, int]] = deque()  # and is not taken in yet
        self._gone = Counter[int]()  # the descriptors in it at which somebody went, or came where one was

    def close(self) -> None:
        """Behind the close of the socket itself, whose end is what libzmq tells last. All before it is read:
        without room to tell more libzmq holds its own thread, and whoever ends the context waits for that, as
        does whoever ends the monitor."""
        event = 0
        while event != zmq.EVENT_MONITOR_STOPPED:
            event, _ = _EVENT.unpack(self._monitor.recv())
            self._monitor.recv()  # the endpoint
        self._monitor.close(linger=0)

    @property
    def has_more(self) -> bool:
        return bool(self._told) or self._must_ask

    def read(self) -> list[tuple[bool, int]]:
        """Who came and may stay (True), and who is gone (False), by descriptor; some of them at least."""
        news: list[tuple[bool, int]] = []
        self._hear()
        for _ in range(min(len(self._told), TURN_EVENTS)):
            event, fd = self._told.popleft()
            if event & _OTHERS:
                self._gone[fd] -= 1
                if not self._gone[fd]:
                    del self._gone[fd]
            if event == zmq.EVENT_DISCONNECTED:
                self._went(fd)
                news.append((False, fd))
            elif event == zmq.EVENT_LISTENING:
                self._listens(fd)
            elif event & _STRANGERS:
                self._count("strangers")
            elif self._may_stay(fd):
                self.open[fd] = time.monotonic()
                news.append((True, fd))
            else:
                self.shut_down(fd)
        return news

    @contextlib.contextmanager
    def sure_of(self, fd: int) -> Iterator[int | None]:
        """A descriptor of the connection that is known to be at `fd`; None where it is gone, and another one
        may be there by now. Where libzmq tells more than is heard, as far as that is known."""
        with contextlib.ExitStack() as stack:
            sure: int | None = None
            with contextlib.suppress(OSError):
                sure = stack.enter_context(copied(fd))
            for _ in range(BACKLOG_TURNS):
                if self._hear():
                    break
            yield None if self._gone[fd] else sure

    def shut_down(self, fd: int) -> bool:
        """End the connection that is known to be at `fd`; whether it still was there."""
        with self.sure_of(fd) as sure, contextlib.suppress(OSError):
            if sure is not None:
                with borrowed(sure) as connection:
                    connection.shutdown(socket.SHUT_RDWR)
                return True
        return False

    def _hear(self) -> bool:
        """What libzmq tells, some of it at least; returns whether that was all."""
        if len(self._told) >= NEWS:
            return False
        if self._must_ask or self._signal.is_up():
            told = _told(self._monitor)
            self._told += told
            self._gone.update(fd for event, fd in told if event & _OTHERS)
            self._must_ask = len(told) == TURN_EVENTS
        return not self._must_ask

    def ask_anyway(self) -> None:
        """Whatever the signal says, at the next `read`."""
        self._must_ask = True

    def host_of(self, fd: int) -> str:
        """Its address; empty where it has none."""
        return self._hosts.get(fd, "")

    def for_itself(self, fd: int) -> int:
        """Bytes of a connection that libzmq took, at the most."""
        now = time.monotonic()
        return HANDSHAKE_BYTES + int((now - self.open.get(fd, now)) * HEARTBEAT_BYTES)

    def _listens(self, fd: int) -> None:
        if self._unknown_bytes:
            packet_filter.remember_first(fd)
        self._gate.listens(fd, self._unknown_bytes)

    def _may_stay(self, fd: int) -> bool:
        self._went(fd)  # libzmq does not tell of each that it closes itself
        name = name_of(fd)
        host = None if name is None else name.rpartition(":")[0].strip("[]")
        if not self._gate.lets_in(fd, host):
            return False
        if host is None:  # it is gone, or is none of TCP
            return True
        if not self._per_address.came(host):
            self._count("turned_away")
            return False
        self._hosts[fd] = host
        if self._pace is not None:
            self._pace.came(host, time.monotonic())
            self._gate.came(host)
        return True

    def _went(self, fd: int) -> None:
        self.open.pop(fd, None)
        if (host := self._hosts.pop(fd, None)) is not None:
            self._per_address.went(host)


def name_of(fd: int, end: Callable[[socket.socket], object] = socket.socket.getpeername) -> str | None:
    """HOST:PORT of one end of the connection that libzmq has at `fd`; None when it is closed, or no TCP."""
    try:
        with borrowed(fd) as connection:
            name = end(connection)
    except OSError:
        return None
    if not isinstance(name, tuple):
        return None
    return str(Place.of(name))


def _monitor(socket: "zmq.Socket[bytes]") -> "zmq.Socket[bytes]":
    """What tells of a socket. Where there is no room for news, libzmq holds its own thread, and with it
    everybody; so there is a lot of it."""
    place = f"inproc://monitor-{id(socket)}"
    reader: zmq.Socket[bytes] = socket.context.socket(zmq.PAIR)
    reader.setsockopt(zmq.RCVHWM, NEWS)
    socket.monitor(place, _EVENTS)
    reader.connect(place)
    return reader


def _told(monitor: "zmq.Socket[bytes]") -> list[tuple[int, int]]:
    """What waits at a monitor, at most a turn's worth: event, and its descriptor.

    By hand, as that takes a tenth of what pyzmq's function does, and asking once whether there is any, as
    that takes more than to read it.
    """
    told: list[tuple[int, int]] = []
    if is_readable(monitor):
        with contextlib.suppress(zmq.Again):
            while len(told) < TURN_EVENTS:
                told.append(_EVENT.unpack(monitor.recv(_DONTWAIT)))
                monitor.recv()  # the endpoint
    return told
