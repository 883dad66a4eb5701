"""The sockets of one link: DEALER and SUB to a broker, and the inproc PAIR by which other threads wake it.

Made, used and closed in the thread of `Link.run`, which ends them with `close`; only what `waker`
gives is for others.
"""

import contextlib
from collections.abc import Callable, Iterable
from typing import cast

import zmq
from loggia.shared.client.link.lookup import Lookup
from loggia.shared.protocol.addresses import SHOWN_CHARS, is_name, parse, reached_by
from loggia.shared.protocol.limits import LARGEST_FRAME

WAITING_FRAMES = 100  # that come from a broker and are not read yet: 100 MiB at the most
TURN_FRAMES = 500  # frames read from a socket in one turn: bounds a transaction and a batch of updates
WAKE = "inproc://wake"
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

_GONE = zmq.EVENT_DISCONNECTED | zmq.EVENT_CLOSED | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL


class Wires:
    """The sockets of one link; all of them belong to the thread that runs it."""

    def __init__(self, requests: str) -> None:
        self._requests = requests
        self._context = zmq.Context()
        self._poller = zmq.Poller()
        self._ready: set[zmq.Socket[bytes]] = set()  # what the last wait found something at
        self._wake = self._socket(zmq.PAIR)
        self._wake.bind(WAKE)
        self._waker = self._socket(zmq.PAIR)
        self._poller.register(self._wake, zmq.POLLIN)
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
        self._waker.connect(WAKE)
        return lambda: self._waker.send(b"", zmq.DONTWAIT)

    def close(self) -> None:
        self.disconnect()
        self._context.destroy(linger=0)

    def wait(self, timeout_s: float | None) -> None:
        """Until something can be read, or for `timeout_s`, at most LOOK_S."""
        most_s = LOOK_S if self._lookup is None else LOOKUP_S
        ready = self._poller.poll(_ms(most_s if timeout_s is None else min(timeout_s, most_s)))
        self._ready = {socket for socket, _ in ready}
        self._awake()
        self._failed = self._failed or self._look()

    def rest(self, timeout_s: float | None) -> None:
        """Until another thread wakes this one, or for `timeout_s`; what comes from the broker waits."""
        self._ready = {self._wake} if self._wake.poll(_ms(timeout_s)) else set()
        self._awake()

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
            self._poller.register(wire, zmq.POLLIN)
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
            self._poller.unregister(self._dealer)
            self._poller.unregister(self._monitor)
            self._dealer.disable_monitor()
            self._monitor.close(linger=0)
            self._dealer.close(linger=0)
            self._dealer = self._monitor = None

    def send(self, frame: bytes) -> None:
        """Hand a frame to the connection; one that it does not take is repeated by the session later."""
        if self._lookup is not None:
            self._unsent.append(frame)
        elif self._dealer is not None:
            with contextlib.suppress(zmq.Again):  # it just broke, or its buffer is full
                self._dealer.send(frame, zmq.DONTWAIT)

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
        self._poller.register(sub, zmq.POLLIN)
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

    def _awake(self) -> None:
        for _ in self._frames(self._wake):
            pass

    def _frames(self, socket: "zmq.Socket[bytes]") -> Iterable[list[bytes]]:
        """What waits at a socket, at most a turn's worth; news and wakings where the last wait found some.

        To look costs less than to be told by an exception that there is nothing; what came behind the wait is
        read, too, so that a busy program writes less often.
        """
        if socket in self._ready or socket is self._dealer or socket is self._sub:
            for _ in range(TURN_FRAMES):
                if not cast(int, socket.getsockopt(zmq.EVENTS)) & zmq.POLLIN:
                    return
                yield socket.recv_multipart(zmq.DONTWAIT)

    def _unsubscribe(self) -> None:
        if self._sub is not None:
            self._poller.unregister(self._sub)
            self._sub.close(linger=0)
        self._sub, self._heard, self._topics = None, None, frozenset()

    def _socket(self, kind: int) -> "zmq.Socket[bytes]":
        socket = self._context.socket(kind)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.MAXMSGSIZE, LARGEST_FRAME)
        socket.setsockopt(zmq.RCVHWM, WAITING_FRAMES)
        socket.setsockopt(zmq.CONNECT_TIMEOUT, int(CONNECT_S * 1000))
        socket.setsockopt(zmq.HANDSHAKE_IVL, int(HANDSHAKE_S * 1000))
        socket.setsockopt(zmq.HEARTBEAT_IVL, 0)
        socket.setsockopt(zmq.TCP_KEEPALIVE, 1)
        socket.setsockopt(zmq.TCP_KEEPALIVE_IDLE, KEEPALIVE_IDLE_S)
        socket.setsockopt(zmq.TCP_KEEPALIVE_INTVL, KEEPALIVE_EACH_S)
        socket.setsockopt(zmq.TCP_KEEPALIVE_CNT, KEEPALIVE_TIMES)
        # what was sent and is not acknowledged
        socket.setsockopt(zmq.TCP_MAXRT, (KEEPALIVE_IDLE_S + KEEPALIVE_EACH_S * KEEPALIVE_TIMES) * 1000)
        return socket


def _ms(timeout_s: float | None) -> int | None:
    return None if timeout_s is None else int(max(timeout_s, 0.0) * 1000) + 1
