"""Which connection a routing id belongs to, and the news that one is closed. Runs in the loop's thread.

libzmq tells of a closed connection by its file descriptor, in the monitor, before the descriptor can be used
again; a first frame knows the descriptor it came from. Both together say at once which session lost its
connection, a half-open one included (the ROUTER's heartbeats close it).
"""

import contextlib
import logging
import socket
from collections.abc import Callable

import zmq
from loggia.broker.doors.door import Connection, Door
from loggia.broker.doors.zeromq.borrowed import borrowed
from loggia.broker.doors.zeromq.envelopes import Replies
from loggia.broker.doors.zeromq.gate import Gate
from loggia.shared.protocol.addresses import Place
from loggia.shared.protocol.names import escaped
from zmq.utils.monitor import recv_monitor_message

_ARRIVALS = zmq.EVENT_LISTENING | zmq.EVENT_ACCEPTED | zmq.EVENT_ACCEPT_FAILED
_EVENTS = (
    _ARRIVALS
    | zmq.EVENT_DISCONNECTED
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
)
_FAILED = {
    int(zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL): "A connection to the requests door broke in its handshake.",
    int(zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL): "A connection to the requests door does not speak ZeroMQ.",
}

TURN_EVENTS = 1000
BACKLOG_TURNS = 100  # bounds the search for one arrival, should the news never end
NOWHERE = "an unknown address"

_log = logging.getLogger("loggia")


class Dealer(Connection):
    """One peer of the ROUTER. `replies`: how it is answered, if it uses envelopes."""

    __slots__ = ("fd", "replies", "routing_id")

    def __init__(self, door: Door["Dealer"], routing_id: bytes, peer: str = NOWHERE, fd: int = -1) -> None:
        super().__init__(door, peer)
        self.routing_id = routing_id
        self.fd = fd
        self.replies: Replies | None = None


class Connections:
    """The ROUTER's peers: where each is, and which are gone.

    Attributes: `known`, the connections that said something, by routing id; `fds`, readable when a monitor
    has something to tell; `has_more`, whether one had more than was taken in.
    """

    def __init__(
        self, door: Door[Dealer], router: "zmq.Socket[bytes]", pub: "zmq.Socket[bytes]", gate: Gate
    ) -> None:
        self._door = door
        self._gate = gate
        self._sockets = (router, pub)
        self._monitor = router.get_monitor_socket(_EVENTS)
        self._pub_monitor = pub.get_monitor_socket(_ARRIVALS)
        self.has_more = False
        self.fds = [int(monitor.getsockopt(zmq.FD)) for monitor in (self._monitor, self._pub_monitor)]
        self._open: set[int] = set()
        self._by_fd: dict[int, Dealer] = {}
        self.known: dict[bytes, Dealer] = {}
        self._lost: list[Dealer] = []

    def close(self) -> None:
        for watched, monitor in zip(self._sockets, (self._monitor, self._pub_monitor), strict=True):
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
        if (before := self._by_fd.get(fd)) is not None:
            self._lose(before)
        peer = _name(fd, socket.socket.getpeername) or address
        dealer = Dealer(self._door, routing_id, escaped(peer), fd)
        self.known[routing_id] = self._by_fd[fd] = dealer
        if fd not in self._open:  # it said something and went before we heard of it
            self._lose(dealer)
        return dealer

    def local_host(self, dealer: Dealer) -> str | None:
        """The address of this computer under which the peer reached it; None for one that is gone."""
        name = _name(dealer.fd, socket.socket.getsockname) if dealer.routing_id in self.known else None
        return name and name.rpartition(":")[0]

    def read_monitor(self) -> None:
        """Take in what the monitors have to tell, up to a bound: out of descriptors they never end."""
        heard, told = _told(self._pub_monitor), _told(self._monitor)
        self.has_more = TURN_EVENTS in (len(heard), len(told))
        for event, fd in heard:
            self._arrived(event, fd)
        for event, fd in told:
            if event == zmq.EVENT_DISCONNECTED:
                self._open.discard(fd)
                if (dealer := self._by_fd.get(fd)) is not None:
                    self._lose(dealer)
            elif event in _FAILED:
                _log.warning("WARNING: %s", _FAILED[event])
            elif self._arrived(event, fd):
                self._open.add(fd)

    def _arrived(self, event: int, fd: int) -> bool:
        """Whether it is a connection that may stay. `fd`: the errno where there is none."""
        if event == zmq.EVENT_LISTENING:
            self._gate.listens(fd)
        elif event == zmq.EVENT_ACCEPT_FAILED:
            self._gate.failed(fd)
        elif self._gate.lets_in(fd):
            return True
        else:
            _shut_down(fd)
        return False

    def take_lost(self) -> list[Dealer]:
        """The connections that are closed, each once; `forget` them when all that they said is taken in."""
        self.read_monitor()
        lost, self._lost = self._lost, []
        return lost

    def cut_off(self, dealer: Dealer) -> None:
        """Close it, if it is still open."""
        if self._by_fd.get(dealer.fd) is dealer:
            _shut_down(dealer.fd)

    def forget(self, dealer: Dealer) -> None:
        self.known.pop(dealer.routing_id, None)

    def _lose(self, dealer: Dealer) -> None:
        self._by_fd.pop(dealer.fd, None)
        self._lost.append(dealer)


def _shut_down(fd: int) -> None:
    """End the connection that libzmq has at `fd`."""
    with contextlib.suppress(OSError), borrowed(fd) as connection:
        connection.shutdown(socket.SHUT_RDWR)


def _told(monitor: "zmq.Socket[bytes]") -> list[tuple[int, int]]:
    """What waits at a monitor, at most a turn's worth: event, and its descriptor or errno."""
    told: list[tuple[int, int]] = []
    with contextlib.suppress(zmq.Again):
        while len(told) < TURN_EVENTS:
            message = recv_monitor_message(monitor, zmq.DONTWAIT)
            told.append((int(message["event"]), int(message["value"])))
    return told


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
