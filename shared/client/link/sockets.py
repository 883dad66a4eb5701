"""The sockets of one link: DEALER and SUB to a broker, and the pair by which other threads wake it.

Made, used and closed in the thread of `Link.run`, which ends them with `close`; only what `waker`
gives is for others.
"""

import contextlib
import selectors
import socket
import time
from collections.abc import Callable, Iterable
from typing import cast

import zmq
from loggia.shared.client.link.lookup import Lookup
from loggia.shared.protocol.addresses import SHOWN_CHARS, is_name, parse, reached_by
from loggia.shared.protocol.limits import LARGEST_FRAME

WAITING_FRAMES = 100  # that come from a broker and are not read yet: 100 MiB at the most
TURN_FRAMES = 500  # frames read from a socket in one turn: bounds a transaction and a batch of updates
MOST_WAKINGS = 4096  # that are read at once
LEAST_S = 0.001  # a socket with less to wait does not wait, and says so in another way
LOOK_S = 1.0  # the system's own waiting stands still while the computer sleeps: look at the clock this often
CONNECT_S = 2.0  # for the network to reach a broker; a packet that was lost is repeated after 1 s
LOOKUP_S = 0.02  # while a host is looked up: see this often whether that is done
HANDSHAKE_S = 3.0  # for the broker's libzmq to greet: it does so however busy the broker is

# A half-open connection is noticed by the system, which asks after so much silence, each second, and gives up
# after so many questions: 14 s, under Windows, which always asks ten times, 15 s. libzmq's own heartbeats are
# off: they fail where nobody reads (libzmq#3937), as in a process that is stopped, or with a full disk.
KEEPALIVE_IDLE_S = 5
KEEPALIVE_EACH_S = 1
KEEPALIVE_TIMES = 9

_EVENTS, _READABLE = int(zmq.EVENTS), int(zmq.POLLIN)  # an enum costs a conversion on each call
_DONTWAIT = int(zmq.DONTWAIT)
_GONE = zmq.EVENT_DISCONNECTED | zmq.EVENT_CLOSED | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL


class Wires:
    """The sockets of one link; all of them belong to the thread that runs it.

    They are waited for by their descriptors: to be asked for its EVENTS costs a socket two system calls, and
    a zmq.Poller asks each of them twice. But a descriptor tells of what comes only to who was told before
    that there is nothing (libzmq#3641), so those of which that is not known are asked before each wait.

    `look_s`: the longest wait, so long a sleep of the computer may go unseen after it.
    """

    def __init__(self, requests: str, look_s: float = LOOK_S) -> None:
        self._requests = requests
        self._look_s = look_s
        self._context = zmq.Context()
        self._selector = selectors.DefaultSelector()
        self._ready: set[zmq.Socket[bytes]] = set()  # what the last wait found something at
        self._unasked: set[zmq.Socket[bytes]] = set()  # where something may wait of which no descriptor tells
        self._wake, self._waker = socket.socketpair()  # a PAIR of ZeroMQ takes ten system calls more
        self._waker.setblocking(False)
        self._selector.register(self._wake, selectors.EVENT_READ)
        self._dealer: zmq.Socket[bytes] | None = None
        self._monitor: zmq.Socket[bytes] | None = None
        self._sub: zmq.Socket[bytes] | None = None
        self._heard: str | None = None
        self._lookup: Lookup | None = None
        self._unsent: list[bytes] = []  # frames for an address that is still looked up
        self._failed = ""
        self._reached_at = requests
        self._tried = 0  # addresses that a name stands for, and where nobody answered
        self._reached = True  # somebody answered on the connection before this one
        self._topics: frozenset[str] = frozenset()
        self._said = ""  # what is wrong with where the broadcasts are told to be

    def waker(self) -> Callable[[], None]:
        """What other threads wake this one with, under the link's lock."""
        waker = self._waker

        def wake() -> None:
            with contextlib.suppress(
                BlockingIOError
            ):  # it has not looked for long, and will wake all the same
                waker.send(b"\0")

        return wake

    def close(self) -> None:
        self.disconnect()
        self._selector.close()
        self._wake.close()
        self._waker.close()
        self._context.destroy(linger=0)

    def wait(self, timeout_s: float | None) -> None:
        """Until something can be read, or for `timeout_s`, at most `look_s`."""
        most_s = self._look_s if self._lookup is None else LOOKUP_S
        self._ready = self._wait(most_s if timeout_s is None else min(timeout_s, most_s))
        self._failed = self._failed or self._look()

    def _wait(self, timeout_s: float) -> set["zmq.Socket[bytes]"]:
        """Until there is something to be read, or another thread wakes this one; returns where to read."""
        over_at = time.monotonic() + timeout_s
        self._unasked = ready = {wire for wire in self._unasked if _is_readable(wire)}
        while True:
            found = [key.data for key, _ in self._selector.select(0.0 if ready else timeout_s)]
            ready |= {wire for wire in found if wire is not None and _is_readable(wire)}
            if None in found:
                self._wake.recv(MOST_WAKINGS)
                break
            timeout_s = over_at - time.monotonic()
            if ready or timeout_s <= 0:
                break
        return ready.copy()

    def rest(self, timeout_s: float | None) -> None:
        """Until another thread wakes this one, or for `timeout_s`; what comes from the broker waits."""
        self._wake.settimeout(None if timeout_s is None else max(timeout_s, LEAST_S))
        with contextlib.suppress(TimeoutError):
            self._wake.recv(MOST_WAKINGS)

    def connect(self) -> str:
        """A new connection to the requests door; returns why it cannot be made, or nothing."""
        self.disconnect()
        self._tried += not self._reached
        self._reached = False
        if not is_name(self._requests):
            return self._dial(self._requests)
        self._lookup = Lookup(parse(self._requests))
        self._lookup.wait(LOOKUP_S)
        return self._look()

    def failed(self) -> str:
        """Why the connection that was to be made cannot be, if that came out later; nothing otherwise."""
        reason, self._failed = self._failed, ""
        return reason

    def _look(self) -> str:
        """Go on where a look-up is done; returns as `connect`."""
        lookup = self._lookup
        if lookup is None or not lookup.is_done:
            return ""
        self._lookup = None
        if not lookup.addresses:
            return lookup.reason
        return self._dial(f"tcp://{lookup.addresses[self._tried % len(lookup.addresses)]}")

    def _dial(self, endpoint: str) -> str:
        dealer = self._socket(zmq.DEALER)
        dealer.setsockopt(zmq.IPV6, "[" in endpoint)
        dealer.setsockopt(zmq.RECONNECT_IVL, -1)  # the session decides when to try again
        self._reached_at = endpoint
        self._dealer, self._monitor = dealer, dealer.get_monitor_socket(_GONE)
        for wire in (dealer, self._monitor):
            self._watch(wire)
        try:
            dealer.connect(endpoint)
        except zmq.ZMQError as reason:
            self.disconnect()
            return f"{endpoint} is no address to connect to: {reason}"
        for frame in self._unsent:
            self.send(frame)
        self._unsent.clear()
        return ""

    def disconnect(self) -> None:
        """Close the connections to both doors: what ails one ails the other, perhaps unseen."""
        self._lookup, self._failed, self._said = None, "", ""
        self._unsent.clear()
        self._unsubscribe()
        if self._dealer is not None and self._monitor is not None:
            self._forget(self._dealer)
            self._forget(self._monitor)
            self._dealer.disable_monitor()
            self._monitor.close(linger=0)
            self._dealer.close(linger=0)
            self._dealer = self._monitor = None

    def send(self, frame: bytes) -> None:
        """Hand a frame to the connection; one that it does not take is repeated by the session later."""
        if self._lookup is not None:
            self._unsent.append(frame)
        elif self._dealer is not None:
            self._unasked.add(self._dealer)  # to send is to be told of what came as well
            with contextlib.suppress(zmq.Again):  # it just broke, or its buffer is full
                self._dealer.send(frame, _DONTWAIT)

    def subscribe(self, endpoint: str, topics: frozenset[str]) -> str:
        """Listen to exactly these topics; returns what is wrong with the endpoint, or nothing.

        An endpoint of the broker is listened to only at the host of its requests door. It is said once for a
        connection what is wrong with it.

        For no topics there is no connection: the next one is new.
        """
        if not topics:
            self._unsubscribe()
            return ""
        wrong = ""
        if endpoint != self._heard:
            self._unsubscribe()
            wrong, self._heard = self._listen(endpoint), endpoint
            if wrong == self._said:
                wrong = ""
            self._said = wrong or self._said
        if self._sub is not None:
            self._unasked.add(self._sub)
            for topic in topics - self._topics:
                self._sub.setsockopt_string(zmq.SUBSCRIBE, topic)
            for topic in self._topics - topics:
                self._sub.setsockopt_string(zmq.UNSUBSCRIBE, topic)
            self._topics = topics
        return wrong

    def _listen(self, told: str) -> str:
        """Connect to the broadcasts; returns what is wrong with what the broker told, or nothing."""
        shown = told if len(told) <= SHOWN_CHARS else told[:SHOWN_CHARS] + "..."
        sub = self._socket(zmq.SUB)
        try:
            broadcasts = reached_by(told, self._reached_at, self._requests)
            sub.setsockopt(zmq.IPV6, "[" in broadcasts.endpoint)
            sub.connect(broadcasts.endpoint)
        except (ValueError, zmq.ZMQError) as reason:
            sub.close(linger=0)
            return (
                f"The broker says that its broadcasts are at {shown}, where nobody listens: {reason}."
                " What is said comes late, when the broker is next asked for it."
            )
        self._sub = sub
        self._watch(sub)
        if not broadcasts.told:
            return ""
        return (
            f"The broker says that its broadcasts are at {shown}, on another host than its requests door;"
            f" this program listens at {broadcasts.endpoint}."
        )

    def is_broken(self) -> bool:
        """True if the connection broke, or could not be made."""
        if self._dealer is None or self._monitor is None:
            return False
        return any([True for _ in self._frames(self._monitor)])

    def received(self) -> Iterable[bytes]:
        """Down frames that wait, at most a turn's worth."""
        if self._dealer is not None:
            for parts in self._frames(self._dealer):
                self._reached = True
                yield parts[0]

    def published(self) -> Iterable[bytes]:
        """Broadcast frames that wait, at most a turn's worth."""
        return () if self._sub is None else (parts[1] for parts in self._frames(self._sub) if len(parts) == 2)

    def _frames(self, wire: "zmq.Socket[bytes]") -> Iterable[list[bytes]]:
        """What waits at a wire, at most a turn's worth; news where the last wait found some.

        To look costs less than to be told by an exception that there is nothing; what came behind the wait is
        read, too, so that a busy program writes less often.
        """
        waits = wire in self._ready
        self._ready.discard(wire)
        if waits or wire is self._dealer or wire is self._sub:
            for _ in range(TURN_FRAMES):
                if not (waits or _is_readable(wire)):
                    self._unasked.discard(wire)
                    return
                waits = False
                self._unasked.add(wire)
                try:
                    frame = wire.recv_multipart(_DONTWAIT)
                except zmq.Again:  # its connection broke meanwhile, and took with it what was there
                    return
                yield frame

    def _unsubscribe(self) -> None:
        if self._sub is not None:
            self._forget(self._sub)
            self._sub.close(linger=0)
        self._sub, self._heard, self._topics = None, None, frozenset()

    def _watch(self, wire: "zmq.Socket[bytes]") -> None:
        self._selector.register(cast(int, wire.getsockopt(zmq.FD)), selectors.EVENT_READ, wire)
        self._unasked.add(wire)

    def _forget(self, wire: "zmq.Socket[bytes]") -> None:
        self._selector.unregister(cast(int, wire.getsockopt(zmq.FD)))
        self._unasked.discard(wire)
        self._ready.discard(wire)

    def _socket(self, kind: int) -> "zmq.Socket[bytes]":
        wire = self._context.socket(kind)
        wire.setsockopt(zmq.LINGER, 0)
        wire.setsockopt(zmq.MAXMSGSIZE, LARGEST_FRAME)
        wire.setsockopt(zmq.RCVHWM, WAITING_FRAMES)
        wire.setsockopt(zmq.CONNECT_TIMEOUT, int(CONNECT_S * 1000))
        wire.setsockopt(zmq.HANDSHAKE_IVL, int(HANDSHAKE_S * 1000))
        wire.setsockopt(zmq.HEARTBEAT_IVL, 0)
        wire.setsockopt(zmq.TCP_KEEPALIVE, 1)
        wire.setsockopt(zmq.TCP_KEEPALIVE_IDLE, KEEPALIVE_IDLE_S)
        wire.setsockopt(zmq.TCP_KEEPALIVE_INTVL, KEEPALIVE_EACH_S)
        wire.setsockopt(zmq.TCP_KEEPALIVE_CNT, KEEPALIVE_TIMES)
        # what was sent and is not acknowledged
        wire.setsockopt(zmq.TCP_MAXRT, (KEEPALIVE_IDLE_S + KEEPALIVE_EACH_S * KEEPALIVE_TIMES) * 1000)
        return wire


def _is_readable(wire: "zmq.Socket[bytes]") -> bool:
    return bool(cast(int, wire.getsockopt(_EVENTS)) & _READABLE)
