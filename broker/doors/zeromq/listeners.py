"""The connections of the PUB socket: what they subscribe to is counted, and who asks for too much is cut off.

In the loop's thread. docs/security.md, "Peers that do not read"
"""

import logging
import math
import time

import zmq
from loggia.broker.doors.per_address import network
from loggia.broker.doors.zeromq.arrivals import BACKLOG_TURNS, NOWHERE, Arrivals, name_of
from loggia.broker.doors.zeromq.sockets import Signal, is_readable
from loggia.broker.doors.zeromq.subscriptions import Subscriptions
from loggia.broker.doors.zeromq.windows import Windows
from loggia.broker.doors.zeromq.wire import wire

TURN_SUBSCRIPTIONS = 1000

_SAID_AT = frozenset(10**exponent for exponent in range(12))  # a flood is said once in a while

_log = logging.getLogger("loggia")


class Listeners:
    """`bounded`: whether of who comes no more is heard at once than can be counted.

    Attributes: `fd`, readable when there is news; `has_more`, whether there was more of it than was taken in;
    `subscriptions`, what they listen to.
    """

    def __init__(self, pub: "zmq.Socket[bytes]", arrivals: Arrivals, *, bounded: bool) -> None:
        self._pub = pub
        self._arrivals = arrivals
        self._subscriptions = Subscriptions(arrivals.host_of)
        self.subscriptions = self._subscriptions
        self._windows = (
            Windows(
                self._subscriptions.taken,
                _received,
                lambda fd: network(arrivals.host_of(fd)),
                arrivals.sure_of,
            )
            if bounded
            else None
        )
        self._greedy = 0
        self._signal = Signal(pub)
        self._may_wait = True  # whatever the signal says: it was never asked, or something was sent on it
        self.fd = self._signal.fd
        self.has_more = False

    def read(self) -> None:
        """Who came and went, and what they subscribe to, up to a bound."""
        self._read_arrivals()
        subscribed = self._read_subscriptions()
        self.has_more = subscribed or self._arrivals.has_more
        # what came is counted, so all that the system heard is: the windows begin behind it
        if self._windows is not None and not subscribed and not self._subscriptions.is_full():
            self._windows.open(time.monotonic())

    def ask_anyway(self) -> None:
        """Whatever the signals say, at the next `read`."""
        self._arrivals.ask_anyway()
        self._may_wait = True

    def pub_sends(self) -> None:
        """PUB is about to, which takes a signal away."""
        self._may_wait = True

    def waits_untold(self) -> bool:
        """Whether there is news of which no signal will tell."""
        if self._may_wait:
            self._may_wait = is_readable(self._pub)
        return self.has_more or self._arrivals.has_more or self._may_wait

    def has_room(self, host: str) -> bool:
        """Whether one more of this address may come: not while it has many that wait to subscribe."""
        return self._windows is None or self._windows.has_room(network(host))

    def waits(self) -> bool:
        """Whether some may say more as soon as others have said what they may."""
        return self._windows is not None and self._windows.waits()

    def open(self) -> list[int]:
        """The descriptors of all that are here."""
        return [*self._arrivals.open]

    def came_at(self, fd: int) -> float:
        """When one did (loop time, s); infinite where none is."""
        return self._arrivals.open.get(fd, math.inf)

    def taken(self, fd: int) -> int:
        """Bytes of one that were counted, or that libzmq took for itself."""
        return self._subscriptions.taken(fd) + self._arrivals.for_itself(fd)

    def shut_down(self, fd: int) -> bool:
        """End the connection that is known to be there; whether it still was."""
        return self._arrivals.shut_down(fd)

    def looked_at(self, fd: int) -> None:
        """From time to time."""
        if self._windows is not None:
            self._windows.looked_at(fd)

    def _read_arrivals(self) -> None:
        for came, fd in self._arrivals.read():
            self._subscriptions.gone(fd)
            if self._windows is None:
                continue
            if came:
                self._windows.came(fd)
            else:
                self._windows.went(fd)

    def _read_subscriptions(self) -> bool:
        """Count what they ask for; returns whether there may be more."""
        pub = self._pub
        if not self._may_wait and not self._signal.is_up():
            return False
        self._may_wait = is_readable(pub)
        if not self._may_wait:
            return False
        for _ in range(TURN_SUBSCRIPTIONS):
            try:
                frame = pub.recv(zmq.DONTWAIT, False)
            except zmq.Again:
                self._may_wait = False
                return False
            try:
                fd = int(frame.get(zmq.SRCFD))
            except zmq.ZMQError:
                continue  # libzmq itself cancels what one had that is gone
            for _ in range(BACKLOG_TURNS):  # it may have come just now, and its news stand behind many others
                if fd in self._arrivals.open:
                    break
                self._read_arrivals()
                if not self._arrivals.has_more:
                    break
            if fd not in self._arrivals.open:
                continue  # it is gone
            greedy = self._subscriptions.said(fd, frame.bytes)
            if self._windows is not None and greedy is None:
                greedy = self._windows.counted(fd, time.monotonic())
            if greedy is not None:
                self._cut_off(greedy)
                break  # libzmq goes through all topics then: once in a turn
        return True

    def _cut_off(self, fd: int) -> None:
        self._subscriptions.cut_off(fd)
        if self._windows is not None:
            self._windows.went(fd)
        self._greedy += 1
        if self._greedy in _SAID_AT:
            text = "WARNING: %s subscribes to more than it may and is cut off, as %d were so far."
            _log.warning(text, name_of(fd) or NOWHERE, self._greedy)
        self._arrivals.shut_down(fd)


def _received(fd: int) -> int:
    return wire(fd).received
