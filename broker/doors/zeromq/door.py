"""The two ZeroMQ doors: ROUTER for requests and everything private, PUB for what happens in public rooms.

Created, used and closed in the broker's loop thread; libzmq's own thread moves the bytes. The descriptor of a
socket is edge-triggered: it is emptied until it would block, and looked at again after every send.
"""

import logging
from collections.abc import Sequence
from typing import cast

import zmq
from loggia.broker.doors.zeromq import frames, sockets
from loggia.broker.doors.zeromq.connections import Connections
from loggia.broker.doors.zeromq.envelopes import NONE, Replies, split
from loggia.broker.sessions.delivery import Delivery
from loggia.broker.sessions.marks import Closes, Envelope, Mark, Opens
from loggia.shared.protocol.addresses import WILDCARDS, parse
from loggia.shared.protocol.answers import AnyAnswer, Error
from loggia.shared.protocol.codec import Malformed, decode_requests, encode
from loggia.shared.protocol.limits import Limits
from loggia.shared.protocol.requests import AnyRequest

DRAIN_FRAMES = 2000  # frames in one turn: bounds how long the front door waits for its turn
LINGER_S = 0.4  # at the end: time for the goodbye to get out

MOST_PARTS = 16  # of a message, that are looked at; what has more is no request

Arrived = list[tuple[bytes, Sequence[AnyRequest | Malformed | Mark]]]  # routing id, requests; in order

_DONTWAIT = int(zmq.DONTWAIT)  # an enum costs a conversion on each call
_SNDMORE_DONTWAIT = int(zmq.SNDMORE | zmq.DONTWAIT)

_NO_BINARY = Error(
    id=None, code="bad_frame", text="Send one frame of JSON; nothing here takes a second frame."
)
_NO_STRANGERS = Error(
    id=None,
    code="not_allowed",
    text="Speak ZMTP 3 (libzmq 4 or newer), and set no routing identity on the socket; the broker gives one.",
)

_log = logging.getLogger("loggia")


class Doors:
    """Both sockets of one broker. `fds` become readable when there is something to take in."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._context = sockets.context()
        self.router = sockets.router(self._context, limits)
        self.pub = sockets.pub(self._context, limits)
        self.connections = Connections(self.router, self.pub)
        self.fds = [int(self.router.getsockopt(zmq.FD)), *self.connections.fds]
        self._replies: dict[bytes, Replies] = {}  # of those who use envelopes
        self._dropped = 0
        self._warned = False

    def bind(self, requests: str, broadcasts: str) -> tuple[str, str]:
        """Open both doors; returns the real endpoints. Raises OSError."""
        self.requests = sockets.bind(self.router, requests, "requests")
        self.broadcasts = sockets.bind(self.pub, broadcasts, "broadcasts")
        return self.requests, self.broadcasts

    def close(self) -> None:
        """What was answered still gets out. No `unbind` before: it closes the accepted connections too."""
        self.connections.close()
        for socket in (self.router, self.pub):
            socket.close(linger=round(LINGER_S * 1000))
        self._context.term()

    def drain(self) -> tuple[Arrived, bool]:
        """What waits at the ROUTER, up to a bound, and whether that was all."""
        arrived: Arrived = []
        recv, known, limits = self.router.recv, self.connections.known, self._limits
        for _ in range(DRAIN_FRAMES):
            try:
                key = recv(_DONTWAIT)
            except zmq.Again:
                return arrived, True
            # whether more parts follow must be known: a part taken for a routing id would speak for another
            frame = recv(_DONTWAIT, False)
            parts = self._all_parts(frame) if frame.more else ()
            if key not in known and not self.connections.add(key, frame):
                self._send(key, split(parts)[0], encode([_NO_STRANGERS]))
            elif parts:
                arrived.append((key, self._unwrapped(key, parts)))
            else:
                arrived.append((key, decode_requests(frame.bytes, limits)))
        return arrived, False

    def answer(self, key: bytes, answers: Sequence[AnyAnswer | Mark]) -> None:
        """What was asked, in the order of the requests. Marks come only for who sent an envelope."""
        replies = self._replies.get(key)
        if replies is None:
            for frame in frames.of_answers(cast(Sequence[AnyAnswer], answers)):
                self._send(key, NONE, frame)
        else:
            for envelope, frame in replies.messages(answers):
                self._send(key, envelope, frame)

    def part(self, key: bytes, notice: Error) -> None:
        """Say goodbye to a connection, unasked; nothing is sent to it after that."""
        replies = self._replies.get(key)
        envelope, frame = (NONE, encode([notice])) if replies is None else replies.last(notice)
        self._send(key, envelope, frame)

    def forget(self, key: bytes) -> None:
        """The connection is closed, and all that it said is dealt with."""
        self.connections.forget(key)
        self._replies.pop(key, None)

    def take_dropped(self) -> int:
        """How many frames of answers since the last call did not go out, because nobody read them."""
        dropped, self._dropped = self._dropped, 0
        return dropped

    def deliver(self, delivery: Delivery) -> None:
        """To whoever listens; or to some, each by its connection, and then not as a broadcast.

        A REQ socket takes answers only: who uses one reads the log with `history`.
        """
        bodies = frames.of_events(delivery.bodies)
        if delivery.to is None:
            topic = f"room/{delivery.room}/".encode()
            for frame in bodies:
                self.pub.send(topic, zmq.SNDMORE)
                self.pub.send(frame)
            return
        for key in delivery.to:
            if isinstance(key, bytes) and key not in self._replies:
                for frame in bodies:
                    self._send(key, NONE, frame)

    def broadcasts_for(self, key: bytes) -> str:
        """The broadcast endpoint as this peer can reach it: a wildcard becomes the address it came by."""
        door = parse(self.broadcasts) if self.broadcasts.startswith("tcp://") else None
        if door is None or door.host not in WILDCARDS:
            return self.broadcasts
        return f"tcp://{self.connections.local_host(key) or '127.0.0.1'}:{door.port}"

    def has_input(self) -> bool:
        return self.connections.has_more or bool(int(self.router.getsockopt(zmq.EVENTS)) & zmq.POLLIN)

    def _drop(self, key: bytes) -> None:
        self._dropped += 1
        if not self._warned:
            self._warned = True
            where = self.connections.where(key)
            _log.warning("A client at %s does not read its answers; it must ask again.", where)

    def _all_parts(self, first: zmq.Frame) -> list[bytes]:
        """A message of several parts; of one with more than MOST_PARTS the first ones."""
        parts, frame = [first.bytes], first
        while frame.more:
            frame = self.router.recv(_DONTWAIT, False)
            if len(parts) < MOST_PARTS:
                parts.append(frame.bytes)
        return parts

    def _unwrapped(self, key: bytes, parts: Sequence[bytes]) -> Sequence[AnyRequest | Malformed | Mark]:
        envelope, held = split(parts)
        requests = decode_requests(held[0], self._limits) if len(held) == 1 else [Malformed(_NO_BINARY)]
        if not envelope:
            return requests
        if key not in self._replies:
            self._replies[key] = Replies(frames.of_answers)
        return [Opens(envelope), *requests, Closes()]

    def _send(self, key: bytes, envelope: Envelope, frame: bytes) -> None:
        try:
            self.router.send(key, _SNDMORE_DONTWAIT)
            for part in envelope:
                self.router.send(part, _SNDMORE_DONTWAIT)
            self.router.send(frame, _DONTWAIT)
        except zmq.Again:
            self._drop(key)
        except zmq.ZMQError as reason:
            if reason.errno != zmq.EHOSTUNREACH:
                raise
