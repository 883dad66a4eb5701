"""Which connection a routing id belongs to, and the news that one is closed. Runs in the loop's thread.

libzmq tells of a closed connection by its file descriptor, before the descriptor can be used again; a first
frame knows the descriptor it came from. Both together say at once which session lost its connection, a
half-open one included (the system closes it).
"""

import contextlib
import logging
import socket
from collections.abc import Iterable

import zmq
from loggia.broker.doors.door import Connection, Door
from loggia.broker.doors.zeromq.arrivals import BACKLOG_TURNS, NOWHERE, Arrivals, name_of
from loggia.broker.doors.zeromq.envelopes import Replies
from loggia.broker.doors.zeromq.listeners import Listeners
from loggia.shared.protocol.names import escaped

_SAID_AT = frozenset(10**exponent for exponent in range(12))  # a flood is said once in a while

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

    Attributes: `known`, the connections that said something, by routing id; `has_more`, whether there is more
    news than was taken in.
    """

    def __init__(self, door: Door[Dealer], arrivals: Arrivals, listeners: Listeners) -> None:
        self._door = door
        self._arrivals = arrivals
        self._listeners = listeners
        self._ended = 0
        self._by_fd: dict[int, Dealer] = {}
        self.known: dict[bytes, Dealer] = {}
        self._lost: list[Dealer] = []

    @property
    def has_more(self) -> bool:
        return self._arrivals.has_more or self._listeners.has_more

    def ask_anyway(self) -> None:
        """Whatever the signals say, at the next `read`."""
        self._arrivals.ask_anyway()
        self._listeners.ask_anyway()

    def waits_untold(self) -> bool:
        """Whether there is news of which no signal will tell."""
        return self._arrivals.has_more or self._listeners.waits_untold()

    def add(self, routing_id: bytes, frame: zmq.Frame) -> Dealer | None:
        """Remember where the first frame of a routing id came from.

        None for an id that libzmq did not give (its own are a zero byte and a number of 32 bits), and for a
        peer of ZMTP 1, whose frames do not know where they come from.
        """
        if len(routing_id) != 5 or routing_id[0] != 0:
            return None
        self.read()
        try:
            fd = int(frame.get(zmq.SRCFD))
            address = str(frame.get("Peer-Address"))
        except zmq.ZMQError:
            return None
        for _ in range(BACKLOG_TURNS):  # in a storm the news of its arrival stands behind that of many others
            if fd in self._arrivals.open or not self.has_more:
                break
            self.read()
        peer = name_of(fd) or address
        dealer = self.known[routing_id] = Dealer(self._door, routing_id, escaped(peer), fd)
        before = self._by_fd.get(fd)
        if fd not in self._arrivals.open or (before is not None and _came_later(before, dealer)):
            self._lost.append(dealer)  # it said something and went before we heard of it
            return dealer
        if before is not None:
            self._lose(before)
        self._by_fd[fd] = dealer
        return dealer

    def local_host(self, dealer: Dealer) -> str | None:
        """The address of this computer under which the peer reached it; None for one that is gone."""
        name = name_of(dealer.fd, socket.socket.getsockname) if dealer.routing_id in self.known else None
        return name and name.rpartition(":")[0]

    def read(self) -> None:
        """Take in who came and went, up to a bound: out of descriptors the news never end."""
        self._listeners.read()
        for came, fd in self._arrivals.read():
            if not came and (dealer := self._by_fd.get(fd)) is not None:
                self._lose(dealer)

    def take_lost(self) -> list[Dealer]:
        """The connections that are closed, each once; `forget` them when all that they said is taken in."""
        self.read()
        lost, self._lost = self._lost, []
        return lost

    def dealers(self) -> Iterable[int]:
        """The descriptors of all that are open at the ROUTER."""
        return self._arrivals.open

    def listeners(self) -> Iterable[int]:
        """And at the PUB."""
        return self._listeners.open()

    def sent(self, fd: int) -> int:
        """Bytes that libzmq was given for one; 0 of a listener."""
        dealer = self._by_fd.get(fd)
        return 0 if dealer is None else dealer.sent

    def said(self, fd: int) -> int:
        """Bytes of a dealer's requests that were taken here."""
        dealer = self._by_fd.get(fd)
        return 0 if dealer is None else dealer.taken

    def came_at(self, fd: int) -> float:
        """When the connection that is there did (loop time, s); infinite where none is."""
        return self._arrivals.open.get(fd, self._listeners.came_at(fd))

    def taken(self, fd: int) -> int:
        """Bytes of an open connection that were taken here, or by libzmq for itself."""
        if fd not in self._arrivals.open:
            return self._listeners.taken(fd)
        return self._arrivals.for_itself(fd) + self.said(fd)

    def looked_at(self, fd: int) -> None:
        """A listener, from time to time."""
        self._listeners.looked_at(fd)

    def turn_away(self, frame: zmq.Frame) -> None:
        """Close the connection that this came from, which has no Dealer."""
        with contextlib.suppress(zmq.ZMQError):
            self._arrivals.shut_down(int(frame.get(zmq.SRCFD)))

    def end(self, fd: int, why: str) -> None:
        """Close the connection at this descriptor. `why`: what it does, for people."""
        name = name_of(fd) or NOWHERE
        if not (self._arrivals if fd in self._arrivals.open else self._listeners).shut_down(fd):
            return  # it went by itself
        self._ended += 1
        if self._ended in _SAID_AT:
            text = "WARNING: %s %s, and is cut off as the broker is short of memory; %d were so far."
            _log.warning(text, name, why, self._ended)

    def cut_off(self, dealer: Dealer) -> None:
        """Close it, if it is still open."""
        if self._by_fd.get(dealer.fd) is dealer:
            self._arrivals.shut_down(dealer.fd)

    def forget(self, dealer: Dealer) -> None:
        self.known.pop(dealer.routing_id, None)

    def _lose(self, dealer: Dealer) -> None:
        self._by_fd.pop(dealer.fd, None)
        self._lost.append(dealer)


def _came_later(one: Dealer, other: Dealer) -> bool:
    """libzmq gives its routing ids one after the other, and begins anew after 32 bits."""
    after = int.from_bytes(one.routing_id[1:]) - int.from_bytes(other.routing_id[1:])
    return 0 < after % 2**32 < 2**31
