"""Answers that a DEALER does not take as fast as they are made, beyond what libzmq holds of each.

Used in the loop's thread. docs/protocol.md, "Frames"; docs/decisions/0017-keepalive.md.
"""

from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice

import zmq
from loggia.broker.doors.waiting import Waiting
from loggia.broker.doors.zeromq import sockets
from loggia.broker.doors.zeromq.connections import Dealer
from loggia.broker.doors.zeromq.envelopes import NONE
from loggia.broker.sessions.marks import Envelope

EACH_BYTES = 4 * 1024 * 1024  # what may wait for one
ALL_BYTES = 32 * 1024 * 1024  # and for all of them

AT_ONCE = 50  # are tried in a turn; each that does not read costs an exception of 10 us

_DONTWAIT = int(zmq.DONTWAIT)  # an enum costs a conversion on each call
_SNDMORE_DONTWAIT = int(zmq.SNDMORE | zmq.DONTWAIT)

Framed = tuple[Envelope, bytes]


class Unsent:
    """Sends at once what can be, in order of each. `deaf` is told who is to be cut off: nothing more is sent
    to it."""

    def __init__(self, router: "zmq.Socket[bytes]", deaf: Callable[[Dealer], None]) -> None:
        self._send = sockets.sender(router)
        self._deaf = deaf
        self._waiting = Waiting[Dealer](EACH_BYTES, ALL_BYTES)
        self._queues: dict[Dealer, deque[Framed]] = {}

    def __bool__(self) -> bool:
        return bool(self._queues)

    @property
    def sum(self) -> int:
        """Bytes, of all."""
        return self._waiting.sum

    def send(self, dealer: Dealer, envelope: Envelope, frame: bytes) -> None:
        """Now, or behind what waits already."""
        if dealer.cut:
            return
        if not dealer.unread and self.offer(dealer, envelope, frame):
            return
        self._queues.setdefault(dealer, deque()).append((envelope, frame))
        self._count(dealer, dealer.unread + _size(envelope, frame))

    def send_to_all(self, dealers: Iterable[Dealer], frame: bytes) -> None:
        """The same to each of many, as `send` does it."""
        send, size = self._send, _size(NONE, frame)
        for dealer in dealers:
            if not (dealer.unread or dealer.cut):
                try:
                    send(dealer.routing_id, _SNDMORE_DONTWAIT)
                    send(frame, _DONTWAIT)
                except zmq.ZMQError:  # it does not read, or is gone
                    pass
                else:
                    dealer.sent += size
                    continue
            self.send(dealer, NONE, frame)

    def flush(self) -> None:
        """Send what can be now, to some, and to others the next time. libzmq does not say who reads."""
        for dealer in [*islice(self._queues, AT_ONCE)]:
            if (queue := self._queues.pop(dealer, None)) is None:  # it was let go for another
                continue
            left = dealer.unread
            while queue and self.offer(dealer, *queue[0]):
                left -= _size(*queue.popleft())
            if queue:
                self._queues[dealer] = queue
            self._count(dealer, left)

    def forget(self, dealer: Dealer) -> None:
        """It is gone: nothing more is sent to it."""
        self._waiting.is_now(dealer, 0)
        self._queues.pop(dealer, None)
        dealer.unread, dealer.cut = 0, True

    def _count(self, dealer: Dealer, size: int) -> None:
        dealer.unread = size
        if (deaf := self._waiting.is_now(dealer, size)) is not None:
            self.forget(deaf)
            self._deaf(deaf)

    def offer(self, dealer: Dealer, envelope: Envelope, frame: bytes) -> bool:
        """Send it now, if libzmq takes it, or there is nobody to whom to send it."""
        try:
            self._send(dealer.routing_id, _SNDMORE_DONTWAIT)
            for part in envelope:
                self._send(part, _SNDMORE_DONTWAIT)
            self._send(frame, _DONTWAIT)
        except zmq.Again:
            return False
        except zmq.ZMQError as reason:
            if reason.errno != zmq.EHOSTUNREACH:
                raise
        dealer.sent += _size(envelope, frame)
        return True


def _size(envelope: Envelope, frame: bytes) -> int:
    """On the wire, at least."""
    return len(frame) + sum(map(len, envelope)) + 2 * (1 + len(envelope))
