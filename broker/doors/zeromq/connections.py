"""Which connection a routing id belongs to, and the news that one is closed. Runs in the loop's thread.

libzmq tells of a closed connection by its file descriptor, in the monitor, before the descriptor can be used
again; a first frame knows the descriptor it came from. Both together say at once which session lost its
connection, a half-open one included (the system closes it). Connections are counted by address at both
sockets, and what those of the broadcasts door subscribe to.
"""

import contextlib
import logging
import socket
import struct
import time
from collections.abc import Callable, Iterable

import zmq
from loggia.broker.doors.door import Connection, Door
from loggia.broker.doors.per_address import PerAddress
from loggia.broker.doors.zeromq.borrowed import borrowed
from loggia.broker.doors.zeromq.envelopes import Replies
from loggia.broker.doors.zeromq.gate import Gate
from loggia.broker.doors.zeromq.subscriptions import Subscriptions
from loggia.shared.protocol.addresses import Place
from loggia.shared.protocol.names import escaped

_ARRIVALS = zmq.EVENT_LISTENING | zmq.EVENT_ACCEPTED | zmq.EVENT_ACCEPT_FAILED | zmq.EVENT_DISCONNECTED
_EVENTS = _ARRIVALS | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
_FAILED = frozenset({int(zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL), int(zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL)})

TURN_EVENTS = 300  # of those who come and go; some ms
TURN_SUBSCRIPTIONS = 1000
NEWS = 20_000  # events that may wait, more than come in a second
HANDSHAKE_BYTES = 1000  # of one connection, at most
HEARTBEAT_BYTES = 32  # a second, of a libzmq that asks ours whether it is there
BACKLOG_TURNS = 100  # bounds the search for one arrival, should the news never end
NOWHERE = "an unknown address"

_SAID_AT = frozenset(10**exponent for exponent in range(12))  # a flood is said once in a while
_PEER = socket.socket.getpeername
_EVENT = struct.Struct("=hi")  # what it is, and its descriptor or errno

_log = logging.getLogger("loggia")


class Dealer(Connection):
    """One peer of the ROUTER. `replies`: how it is answered, if it uses envelopes; `taken`: bytes of it that
    were received, `undecoded`: that wait to be read; `sent`: those libzmq was given for it; `cut`: nothing of
    it is heard or answered any more, as it took more than its share.
    """

    __slots__ = ("cut", "fd", "replies", "routing_id", "sent", "taken", "undecoded")

    def __init__(self, door: Door["Dealer"], routing_id: bytes, peer: str = NOWHERE, fd: int = -1) -> None:
        super().__init__(door, peer)
        self.routing_id = routing_id
        self.fd = fd
        self.replies: Replies | None = None
        self.undecoded = self.taken = self.sent = 0
        self.cut = False


class Connections:
    """The ROUTER's peers: where each is, and which are gone.

    Attributes: `known`, the connections that said something, by routing id; `fds`, readable when a monitor
    has something to tell; `has_more`, whether one had more than was taken in.
    """

    def __init__(
        self,
        door: Door[Dealer],
        router: "zmq.Socket[bytes]",
        pub: "zmq.Socket[bytes]",
        gate: Gate,
        per_address: PerAddress,
        count: Callable[[str], None],
    ) -> None:
        self._door = door
        self._gate = gate
        self._counted = _Counted(per_address)
        self._subscriptions = Subscriptions()
        self._router, self._pub = router, pub
        self._count = count
        self._greedy = 0
        self._monitor, self._pub_monitor = _monitor(router, _EVENTS), _monitor(pub, _ARRIVALS)
        self.has_more = False
        self.fds = [int(monitor.getsockopt(zmq.FD)) for monitor in (self._monitor, self._pub_monitor)]
        self._open: dict[int, float] = {}  # since when, s
        self._listeners: dict[int, float] = {}
        self._by_fd: dict[int, Dealer] = {}
        self.known: dict[bytes, Dealer] = {}
        self._lost: list[Dealer] = []

    def close(self) -> None:
        for watched, monitor in zip(
            (self._router, self._pub), (self._monitor, self._pub_monitor), strict=True
        ):
            with contextlib.suppress(zmq.Again):
                while True:  # or libzmq may wait for room to say that this was all, and we for libzmq
                    monitor.recv(zmq.DONTWAIT)
            watched.disable_monitor()
            monitor.close(linger=0)
        self._gate.close()

    def add(self, routing_id: bytes, frame: zmq.Frame) -> Dealer | None:
        """Remember where the first frame of a routing id came from.

        None for an id that libzmq did not give (its own are a zero byte and a number of 32 bits), and for a
        peer of ZMTP 1, whose frames do not know where they come from.
        """
        if len(routing_id) != 5 or routing_id[0] != 0:
            return None
        self.read_monitor()
        try:
            fd = int(frame.get(zmq.SRCFD))
            address = str(frame.get("Peer-Address"))
        except zmq.ZMQError:
            return None
        for _ in range(BACKLOG_TURNS):  # in a storm the news of its arrival stands behind that of many others
            if fd in self._open or not self.has_more:
                break
            self.read_monitor()
        peer = _name(fd, _PEER) or address
        dealer = self.known[routing_id] = Dealer(self._door, routing_id, escaped(peer), fd)
        before = self._by_fd.get(fd)
        if fd not in self._open or (before is not None and _came_later(before, dealer)):
            self._lost.append(dealer)  # it said something and went before we heard of it
            return dealer
        if before is not None:
            self._lose(before)
        self._by_fd[fd] = dealer
        return dealer

    def local_host(self, dealer: Dealer) -> str | None:
        """The address of this computer under which the peer reached it; None for one that is gone."""
        name = _name(dealer.fd, socket.socket.getsockname) if dealer.routing_id in self.known else None
        return name and name.rpartition(":")[0]

    def read_monitor(self) -> None:
        """Take in what the monitors have to tell, up to a bound: out of descriptors they never end."""
        subscribed = self._read_subscriptions()
        heard, told = _told(self._pub_monitor), _told(self._monitor)
        self.has_more = subscribed or TURN_EVENTS in (len(heard), len(told))
        for event, fd in heard:
            if event == zmq.EVENT_DISCONNECTED:
                self._counted.went(self._pub, fd)
                self._listeners.pop(fd, None)
                self._subscriptions.gone(fd)
            elif self._arrived(self._pub, event, fd):
                self._listeners[fd] = time.monotonic()
        for event, fd in told:
            if event == zmq.EVENT_DISCONNECTED:
                self._counted.went(self._router, fd)
                self._open.pop(fd, None)
                if (dealer := self._by_fd.get(fd)) is not None:
                    self._lose(dealer)
            elif event in _FAILED:
                self._count("strangers")
            elif self._arrived(self._router, event, fd):
                self._open[fd] = time.monotonic()

    def _read_subscriptions(self) -> bool:
        """Count what the subscribers ask for; returns whether there may be more."""
        pub = self._pub
        if not int(pub.getsockopt(zmq.EVENTS)) & zmq.POLLIN:  # cheaper than an exception
            return False
        for _ in range(TURN_SUBSCRIPTIONS):
            # each look at EVENTS takes in all that is subscribed to meanwhile; this, a hundredth part of it
            try:
                frame = pub.recv(zmq.DONTWAIT, False)
            except zmq.Again:
                return False
            try:
                fd = int(frame.get(zmq.SRCFD))
            except zmq.ZMQError:
                continue  # libzmq itself cancels what one had that is gone
            if (greedy := self._subscriptions.said(fd, frame.bytes)) is not None:
                self._subscriptions.gone(greedy)
                self._greedy += 1
                if self._greedy in _SAID_AT:
                    text = "WARNING: %s subscribes to more than it may and is cut off, as %d were so far."
                    _log.warning(text, _name(greedy, _PEER) or NOWHERE, self._greedy)
                _shut_down(greedy)
        return True

    def _arrived(self, socket: "zmq.Socket[bytes]", event: int, fd: int) -> bool:
        """Whether it is a connection that may stay. `fd`: the errno where there is none."""
        if event == zmq.EVENT_LISTENING:
            self._gate.listens(fd)
        elif event == zmq.EVENT_ACCEPT_FAILED:
            self._gate.failed(fd)
        else:
            self._counted.went(socket, fd)  # libzmq does not tell of each that it closes itself
            host = _host(fd)
            if not self._gate.lets_in(fd, host):
                _shut_down(fd)
            elif self._counted.came(socket, fd, host):
                return True
            else:
                self._count("turned_away")
                _shut_down(fd)
        return False

    def take_lost(self) -> list[Dealer]:
        """The connections that are closed, each once; `forget` them when all that they said is taken in."""
        self.read_monitor()
        lost, self._lost = self._lost, []
        return lost

    def dealers(self) -> Iterable[int]:
        """The descriptors of all that are open at the ROUTER."""
        return self._open

    def listeners(self) -> Iterable[int]:
        """And at the PUB."""
        return self._listeners

    def sent(self, fd: int) -> int:
        """Bytes that libzmq was given for one; 0 of a listener."""
        dealer = self._by_fd.get(fd)
        return 0 if dealer is None else dealer.sent

    def taken(self, fd: int) -> int:
        """Bytes of an open connection that were taken here, or by libzmq for itself."""
        dealer = self._by_fd.get(fd)
        taken = self._subscriptions.taken(fd) if dealer is None else dealer.taken
        now = time.monotonic()
        open_s = now - self._open.get(fd, self._listeners.get(fd, now))
        return taken + HANDSHAKE_BYTES + int(open_s * HEARTBEAT_BYTES)

    def turn_away(self, frame: zmq.Frame) -> None:
        """Close the connection that this came from, which has no Dealer."""
        with contextlib.suppress(zmq.ZMQError):
            self._count("turned_away")
            _shut_down(int(frame.get(zmq.SRCFD)))

    def end(self, fd: int, why: str) -> None:
        """Close the connection at this descriptor. `why`: what it does, for people."""
        self._greedy += 1
        if self._greedy in _SAID_AT:
            text = "WARNING: %s %s, and is cut off as the broker is short of memory; %d were so far."
            _log.warning(text, _name(fd, _PEER) or NOWHERE, why, self._greedy)
        _shut_down(fd)

    def cut_off(self, dealer: Dealer) -> None:
        """Close it, if it is still open."""
        if self._by_fd.get(dealer.fd) is dealer:
            _shut_down(dealer.fd)

    def forget(self, dealer: Dealer) -> None:
        self.known.pop(dealer.routing_id, None)

    def _lose(self, dealer: Dealer) -> None:
        self._by_fd.pop(dealer.fd, None)
        self._lost.append(dealer)


class _Counted:
    """The connections of both sockets by address. One that is refused stays until it is told as closed."""

    def __init__(self, per_address: PerAddress) -> None:
        self._per_address = per_address
        self._hosts: dict[tuple[int, int], str] = {}

    def came(self, socket: "zmq.Socket[bytes]", fd: int, host: str | None) -> bool:
        """Whether it may stay: its address has not as many as it may have already."""
        if host is None:
            return True
        if self._per_address.came(host):
            self._hosts[id(socket), fd] = host
            return True
        return False

    def went(self, socket: "zmq.Socket[bytes]", fd: int) -> None:
        host = self._hosts.pop((id(socket), fd), None)
        if host is not None:
            self._per_address.went(host)


def _came_later(one: Dealer, other: Dealer) -> bool:
    """libzmq gives its routing ids one after the other, and begins anew after 32 bits."""
    after = int.from_bytes(one.routing_id[1:]) - int.from_bytes(other.routing_id[1:])
    return 0 < after % 2**32 < 2**31


def _monitor(socket: "zmq.Socket[bytes]", events: int) -> "zmq.Socket[bytes]":
    """What tells of these events of a socket. Where there is no room for one, libzmq holds its own thread,
    and with it everybody; so there is a lot of it, but not without end: of a lack of descriptors it never
    stops to tell."""
    place = f"inproc://monitor-{id(socket)}"
    reader: zmq.Socket[bytes] = socket.context.socket(zmq.PAIR)
    reader.setsockopt(zmq.RCVHWM, NEWS)
    socket.monitor(place, events)
    reader.connect(place)
    return reader


def _shut_down(fd: int) -> None:
    """End the connection that libzmq has at `fd`."""
    with contextlib.suppress(OSError), borrowed(fd) as connection:
        connection.shutdown(socket.SHUT_RDWR)


def _told(monitor: "zmq.Socket[bytes]") -> list[tuple[int, int]]:
    """What waits at a monitor, at most a turn's worth: event, and its descriptor or errno.

    By hand, as that takes a tenth of what pyzmq's function does: where descriptors are short libzmq tells
    more than that one can take in, and holds its own thread, and everybody, until there is room.
    """
    told: list[tuple[int, int]] = []
    with contextlib.suppress(zmq.Again):
        while len(told) < TURN_EVENTS:
            told.append(_EVENT.unpack(monitor.recv(zmq.DONTWAIT)))
            monitor.recv()  # the endpoint
    return told


def _host(fd: int) -> str | None:
    """The address of whoever connected; None when it is gone, or is none of TCP."""
    name = _name(fd, _PEER)
    return None if name is None else name.rpartition(":")[0].strip("[]")


def _name(fd: int, end: Callable[[socket.socket], object]) -> str | None:
    """HOST:PORT of one end of the connection that libzmq has at `fd`; None when it is closed, or no TCP."""
    try:
        with borrowed(fd) as connection:
            name = end(connection)
    except OSError:
        return None
    if not isinstance(name, tuple):
        return None
    return str(Place.of(name))
