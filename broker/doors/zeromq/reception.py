"""What comes in at the ROUTER, in an order in which nobody waits long for others, and as requests.

Used in the loop's thread. Small frames of those who are known are read at once; those who say their first
word are looked up one after the other; what takes long to read waits in turns (undecoded.py).
"""

import time
from collections import deque
from collections.abc import Callable, Sequence

import zmq
from loggia.broker.doors.zeromq import frames
from loggia.broker.doors.zeromq.connections import Connections, Dealer
from loggia.broker.doors.zeromq.envelopes import Replies, split
from loggia.broker.doors.zeromq.undecoded import Undecoded
from loggia.broker.sessions.marks import Closes, Opens
from loggia.broker.sessions.peers import Requests
from loggia.shared.protocol.answers import Error
from loggia.shared.protocol.codec import Malformed, decode_requests, decode_run
from loggia.shared.protocol.limits import Limits

# What is taken in in one turn, which bounds how long others wait
RECEIVE_FRAMES = 2000
RECEIVE_BYTES = 8 * 1024 * 1024
RECEIVE_S = 0.005
NEWCOMERS_S = 0.005
DECODE_S = 0.005
SMALL_BYTES = 2048  # a frame up to this is read at once
SMALL_S = 0.005
SMALL_REQUESTS = 2000  # while so many are in arrays that are small
NEWCOMER_BYTES = 200  # what one message of them takes beside its bytes
SHORT_HEADER, LONG_HEADER = 2, 9  # what stands in front of a frame on the wire
MOST_PARTS = 16  # of a message, that are looked at; what has more is no request

Arrived = list[tuple[Dealer, Requests]]  # in order of each
# From whom, the first part, and all of them where there are more
Arrival = tuple[bytes, zmq.Frame, Sequence[bytes]]

_DONTWAIT = int(zmq.DONTWAIT)  # an enum costs a conversion on each call

_NO_BINARY = Error(
    id=None, code="bad_frame", text="Send one frame of JSON; nothing here takes a second frame."
)


class Reception:
    """`greedy` is told who sends more than can be read, and is to be cut off; None: there is no such bound,
    and the rest is left with libzmq. `stranger` is told of one who can have no session, and its message."""

    def __init__(
        self,
        router: "zmq.Socket[bytes]",
        connections: Connections,
        limits: Limits,
        greedy: Callable[[Dealer], None] | None,
        stranger: Callable[[bytes, zmq.Frame, Sequence[bytes]], None],
    ) -> None:
        self._router = router
        self._connections = connections
        self._limits = limits
        self._is_bounded = greedy is not None
        self._stranger = stranger
        self._undecoded = Undecoded(greedy)
        self._newcomers: deque[Arrival] = deque()
        self._new_bytes = 0
        self._new: dict[bytes, int] = {}  # messages among them by routing id

    @property
    def held_bytes(self) -> int:
        """Of what was received and is not read yet."""
        return self._new_bytes + self._undecoded.sum

    def waits(self) -> bool:
        """Whether something was received that is not read yet."""
        return bool(self._newcomers or self._undecoded)

    def holds(self, dealer: Dealer) -> bool:
        """Whether something of it was received that is not read yet."""
        return self._undecoded.has(dealer)

    def let_go(self, dealer: Dealer) -> None:
        """Of whom nothing that waits is read any more."""
        self._undecoded.let_go(dealer)

    def take(self) -> tuple[Arrived, bool]:
        """What is ready to be handled, and whether nothing more waits at the ROUTER, or of a newcomer."""
        arrived: Arrived = []
        all_of_it = self._receive(arrived)
        if self._newcomers:
            self._look_up(arrived)
        if self._undecoded:
            self._decode(arrived)
        return arrived, all_of_it and not self._newcomers

    def _receive(self, arrived: Arrived) -> bool:
        """Whether that was all."""
        recv, known, new, limits = self._router.recv, self._connections.known, self._new, self._limits
        hold = self._undecoded.hold
        runs: dict[Dealer, list[bytes]] = {}
        bytes_left, requests_left = RECEIVE_BYTES - self._new_bytes, SMALL_REQUESTS
        if not self._is_bounded:
            bytes_left -= self._undecoded.sum
        until = time.perf_counter() + RECEIVE_S
        is_all = False
        for _ in range(RECEIVE_FRAMES):
            if bytes_left <= 0 or time.perf_counter() > until:
                break
            try:
                routing_id = recv(_DONTWAIT)
            except zmq.Again:
                is_all = True
                break
            # whether more parts follow must be known: a part taken for a routing id would speak for another
            frame = recv(_DONTWAIT, False)
            parts = self._all_parts(frame) if frame.more else ()
            size = sum(map(len, parts)) if parts else len(frame)
            bytes_left -= size
            dealer = known.get(routing_id)
            if dealer is None or (new and routing_id in new):
                self._newcomers.append((routing_id, frame, parts))
                self._new_bytes += size + NEWCOMER_BYTES
                new[routing_id] = new.get(routing_id, 0) + 1
                continue
            if parts:
                dealer.taken += _on_the_wire(parts)
            else:
                dealer.taken += size + (SHORT_HEADER if size < 256 else LONG_HEADER)
            if dealer.cut:
                continue
            if size > SMALL_BYTES or requests_left <= 0 or dealer.undecoded:
                hold(dealer, parts or (frame.bytes,))
            elif parts:
                if dealer in runs:
                    arrived.append((dealer, decode_run(runs.pop(dealer), limits)))
                requests = self._requests(dealer, parts)
                arrived.append((dealer, requests))
                requests_left -= len(requests)
            else:
                data = frame.bytes
                if dealer in runs:
                    runs[dealer].append(data)
                else:
                    runs[dealer] = [data]
                requests_left -= 1 if data.startswith(b"{") else 1 + data.count(b"{")
        until = time.perf_counter() + SMALL_S
        for dealer, run in runs.items():
            if time.perf_counter() > until:
                for data in run:
                    hold(dealer, (data,))
            else:
                arrived.append((dealer, decode_run(run, limits)))
        return is_all

    def _look_up(self, arrived: Arrived) -> None:
        known, new = self._connections.known, self._new
        until = time.perf_counter() + NEWCOMERS_S
        while self._newcomers:
            routing_id, frame, parts = self._newcomers.popleft()
            parts = parts or (frame.bytes,)
            size = sum(map(len, parts))
            self._new_bytes -= size + NEWCOMER_BYTES
            new[routing_id] -= 1
            if not new[routing_id]:
                del new[routing_id]
            dealer = known.get(routing_id) or self._connections.add(routing_id, frame)
            if dealer is None:
                self._stranger(routing_id, frame, parts)
                continue
            dealer.taken += _on_the_wire(parts)
            if dealer.cut:
                continue
            if size > SMALL_BYTES or dealer.undecoded:
                self._undecoded.hold(dealer, parts)
            else:
                arrived.append((dealer, self._requests(dealer, parts)))
            if time.perf_counter() > until:
                return

    def _decode(self, arrived: Arrived) -> None:
        until = time.perf_counter() + DECODE_S
        while (held := self._undecoded.take()) is not None:
            dealer, parts = held
            arrived.append((dealer, self._requests(dealer, parts)))
            if time.perf_counter() > until:
                return

    def _all_parts(self, first: zmq.Frame) -> list[bytes]:
        """A message of several parts; of one with more than MOST_PARTS the first ones."""
        parts, frame = [first.bytes], first
        while frame.more:
            frame = self._router.recv(_DONTWAIT, False)
            if len(parts) < MOST_PARTS:
                parts.append(frame.bytes)
        return parts

    def _requests(self, dealer: Dealer, parts: Sequence[bytes]) -> Requests:
        if len(parts) == 1:
            return decode_requests(parts[0], self._limits)
        envelope, held = split(parts)
        requests = decode_requests(held[0], self._limits) if len(held) == 1 else [Malformed(_NO_BINARY)]
        if not envelope:
            return requests
        if dealer.replies is None:
            dealer.replies = Replies(frames.of_answers)
        return [Opens(envelope), *requests, Closes()]


def _on_the_wire(parts: Sequence[bytes]) -> int:
    return sum(len(part) + (SHORT_HEADER if len(part) < 256 else LONG_HEADER) for part in parts)
