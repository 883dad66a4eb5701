"""The ZeroMQ door: ROUTER for requests and everything private, PUB for what happens in public rooms.

Created, used and closed in the broker's loop thread; libzmq's own thread moves the bytes. The descriptor of a
socket is edge-triggered: it is emptied until it would block, and looked at again when something was sent.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Sequence
from typing import Self, cast

import zmq
from loggia.broker.config import Config
from loggia.broker.doors.door import Door, Inside, Load, Opened, Parting
from loggia.broker.doors.headroom import Headroom, share
from loggia.broker.doors.pace import Pace
from loggia.broker.doors.per_address import PerAddress
from loggia.broker.doors.zeromq import frames, sockets
from loggia.broker.doors.zeromq.arrivals import Arrivals
from loggia.broker.doors.zeromq.connections import Connections, Dealer
from loggia.broker.doors.zeromq.envelopes import NONE, split
from loggia.broker.doors.zeromq.gate import Gate
from loggia.broker.doors.zeromq.listeners import Listeners
from loggia.broker.doors.zeromq.pressure import Pressure
from loggia.broker.doors.zeromq.reception import Reception
from loggia.broker.doors.zeromq.unsent import Unsent
from loggia.broker.doors.zeromq.windows import UNKNOWN_BYTES
from loggia.broker.sessions.delivery import Delivery
from loggia.broker.sessions.marks import Mark
from loggia.shared.protocol.addresses import WILDCARDS, parse
from loggia.shared.protocol.answers import AnyAnswer, Error
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.limits import CONNECTIONS_PER_ADDRESS, Limits

REFUSALS = 10  # of one who cannot have a session
MOST_REFUSED = 1000
# Who comes from one address, a second: the end of a listener takes libzmq up to 3 ms (subscriptions.py), and
# to let a dealer in with all that it asks for then takes us half of one
LISTENERS_RATE, LISTENERS_BURST_S = 100.0, 5.0
DEALERS_RATE, DEALERS_BURST_S = 400.0, 2.5
MOST_LOST = 200  # who are gone and whose last words are not read yet; of more than these they never are
FLUSH_S = 0.01  # what waits for a slow reader is sent this often
DRAIN_S = 1.0  # and what is said and subscribed to is taken in this often, told of or not
LISTENERS_S = 0.1  # while some wait to subscribe
READ_S = 0.2  # at the end, this long for clients to read the goodbye
LINGER_S = 0.4  # and this long for it to get out
_SNDMORE = int(zmq.SNDMORE)  # an enum costs a conversion on each call

_NO_STRANGERS = Error(
    id=None,
    code="not_allowed",
    text="Speak ZMTP 3 (libzmq 4 or newer), and set no routing identity on the socket; the broker gives one.",
)

_log = logging.getLogger("loggia")


class ZeroMQDoor(Door[Dealer]):
    """Both sockets of one broker."""

    name = "ZeroMQ door"

    def __init__(
        self,
        *,
        requests: str,
        broadcasts: str,
        limits: Limits,
        loop: asyncio.AbstractEventLoop,
        inside: Inside,
        connections_per_address: int = CONNECTIONS_PER_ADDRESS,
        bounded: bool = True,
    ) -> None:
        """Raises OSError where libzmq is too old. `requests`, `broadcasts`: the real endpoints, once open."""
        self.requests = requests
        self.broadcasts = broadcasts
        self._loop = loop
        self._inside = inside
        self._context = sockets.context()
        self.router = sockets.router(self._context, limits)
        self.pub = sockets.pub(self._context, limits)
        per_address = PerAddress(connections_per_address, share if connections_per_address else None)
        of_dealers = Pace(DEALERS_RATE, DEALERS_BURST_S) if bounded else None
        of_listeners = Pace(LISTENERS_RATE, LISTENERS_BURST_S) if bounded else None
        gate = Gate(
            loop,
            Headroom(self.name),
            lambda host: (
                per_address.has_share(host)
                and (of_listeners is None or of_listeners.has_room(host, time.monotonic()))
                and self.listeners.has_room(host)
            ),
            lambda host: of_dealers is None or of_dealers.has_room(host, time.monotonic()),
        )
        at_router = Arrivals(self.router, gate, per_address, inside.count, of_dealers)
        unknown_bytes = UNKNOWN_BYTES if bounded else 0
        at_pub = Arrivals(self.pub, gate, per_address, inside.count, of_listeners, unknown_bytes)
        self.listeners = Listeners(self.pub, at_pub, bounded=bounded)
        self.connections = Connections(self, at_router, self.listeners)
        self._arrivals = (at_router, at_pub)
        self._gate = gate
        self._fds = [
            int(self.router.getsockopt(zmq.FD)),
            self.listeners.fd,
            *(arrivals.fd for arrivals in self._arrivals),
        ]
        self._publish = sockets.sender(self.pub)
        self._unsent = Unsent(self.router, self._is_deaf)
        self.pressure = Pressure(self.connections, lambda: self._published, sockets.QUEUE_BYTES)
        self._published = 0  # bytes, to whoever listens
        self._heard = self.listeners.subscriptions
        self._listening_to = self._heard.listeners.get
        self._broadcast = self._sent = 0  # events, once for each who is told
        self._is_bounded = bounded
        greedy = self._is_greedy if bounded else None
        self.reception = Reception(self.router, self.connections, limits, greedy, self._refuse)
        self._flush_due: asyncio.TimerHandle | None = None
        self._drain_due: asyncio.TimerHandle | None = None
        self._lost: list[Dealer] = []  # whose last words are not taken in yet
        self._parted: list[Dealer] = []  # and who are known until what is left of those is
        self._warned = set[str]()
        self._refused = Counter[bytes]()  # lately, by routing ids that peers chose

    @classmethod
    def of(cls, config: Config, loop: asyncio.AbstractEventLoop, inside: Inside) -> Self:
        return cls(
            requests=config.requests,
            broadcasts=config.broadcasts,
            limits=config.limits,
            loop=loop,
            inside=inside,
            connections_per_address=config.most_per_address,
            bounded=config.rate > 0,
        )

    def open(self) -> Opened:
        self.requests = sockets.bind(self.router, self.requests, "requests")
        self.broadcasts = sockets.bind(self.pub, self.broadcasts, "broadcasts")
        self.connections.read()  # whoever comes from now on is filtered (gate.py, windows.py)
        for fd in self._fds:
            self._loop.add_reader(fd, self._inside.turn)
        if self._is_bounded:
            self.pressure.watch(self._loop)
        self._drain_due = self._loop.call_later(DRAIN_S, self._drain)
        return Opened(
            at=self.requests.partition("://")[2],
            bound={"requests": self.requests, "broadcasts": self.broadcasts},
            lines=(f"Requests on {self.requests}", f"Broadcasts on {self.broadcasts}"),
        )

    def close(self, parting: Parting | None, in_session: Sequence[Dealer]) -> None:
        """What was answered still gets out. No `unbind` before: it closes the accepted connections too. Where
        descriptors are short it cannot be helped; they had a moment to read."""
        if parting is not None and in_session:
            goodbye = Error(id=None, code="unavailable", text=parting.clients)
            for dealer in in_session:
                self._part(dealer, goodbye)
            time.sleep(READ_S)  # at the end of a connection a client's libzmq drops what it has not read
        self._unsent.flush()
        for due in (self._flush_due, self._drain_due):
            if due is not None:
                due.cancel()
        self.pressure.close()
        for fd in self._fds:
            self._loop.remove_reader(fd)
        self.connections.read()
        # or libzmq asks for those at the door without end
        if not self._gate.is_open:
            self.router.unbind(self.requests)
            self.pub.unbind(self.broadcasts)
        self._gate.close()
        for socket in (self.router, self.pub):
            socket.close(linger=round(LINGER_S * 1000))
        for arrivals in self._arrivals:
            arrivals.close()
        self._context.term()

    # -- In ------------------------------------------------------------------------------------

    def take_in(self) -> None:
        # closed connections first: what they had said is at the ROUTER then, and is taken in before they go
        self._lost += self.connections.take_lost()
        arrived, all_of_it = self.reception.take()
        if arrived:
            self._inside.submit(self, arrived)
        if all_of_it:
            lost, self._lost = self._lost, []
            for dealer in lost:
                if self.reception.holds(dealer):
                    self._lost.append(dealer)
                else:
                    self._part_from(dealer)
            for dealer in self._parted:
                self.connections.forget(dealer)
            self._parted.clear()
        elif len(self._lost) > MOST_LOST and self._is_bounded:
            lost, self._lost = self._lost, []
            for dealer in lost:
                self.reception.let_go(dealer)
                self._part_from(dealer)
        self._flush()

    def _part_from(self, dealer: Dealer) -> None:
        """It is gone, and nothing more of it is heard, whatever is still at the ROUTER."""
        self._unsent.forget(dealer)
        self._inside.lost(dealer)
        self._parted.append(dealer)

    def has_input(self) -> bool:
        if self._lost or self._parted or self.connections.waits_untold() or self.reception.waits():
            return True
        return sockets.is_readable(self.router)

    # -- Out -----------------------------------------------------------------------------------

    def answer(self, dealer: Dealer, answers: Sequence[AnyAnswer | Mark]) -> None:
        replies = dealer.replies
        if replies is None:
            for frame in frames.of_answers(cast(Sequence[AnyAnswer], answers)):
                self._unsent.send(dealer, NONE, frame)
        else:
            for envelope, frame in replies.messages(answers):
                self._unsent.send(dealer, envelope, frame)

    def deliver(self, delivery: Delivery) -> None:
        """To whoever listens; or to some, each by its connection, and then not as a broadcast.

        A REQ socket takes answers only: who uses one reads the log with `history`.
        """
        packed = frames.of_events(delivery.bodies)
        if delivery.to is None:
            topic = f"room/{delivery.room}/".encode()
            self.listeners.pub_sends()
            self._broadcast += len(delivery.bodies) * (self._listening_to(topic, 0) + self._heard.of_all)
            for frame in packed:
                self._published += len(topic) + len(frame)
                self._publish(topic, _SNDMORE)
                self._publish(frame, 0)
            return
        dealers = [
            key for key in delivery.to if isinstance(key, Dealer) and key.door is self and key.replies is None
        ]
        self._sent += len(delivery.bodies) * len(dealers)
        for frame in packed:
            self._unsent.send_to_all(dealers, frame)

    def load(self) -> Load:
        at_router, at_pub = self._arrivals
        return Load(
            connections={"requests": len(at_router.open), "broadcasts": len(at_pub.open)},
            waiting={"undecoded_requests": self.reception.held_bytes, "unsent_answers": self._unsent.sum},
            delivered={"broadcasts": self._broadcast, "requests": self._sent},
        )

    def broadcasts_for(self, dealer: Dealer) -> str:
        """As this peer can reach it: a wildcard becomes the address it came by."""
        place = parse(self.broadcasts) if self.broadcasts.startswith("tcp://") else None
        if place is None or place.host not in WILDCARDS:
            return self.broadcasts
        return f"tcp://{self.connections.local_host(dealer) or '127.0.0.1'}:{place.port}"

    def cut_off(self, dealer: Dealer) -> None:
        dealer.cut = True
        self.connections.cut_off(dealer)

    def _part(self, dealer: Dealer, notice: Error) -> None:
        """Say goodbye to a connection, unasked; nothing is sent to it after that."""
        replies = dealer.replies
        envelope, frame = (NONE, encode([notice])) if replies is None else replies.last(notice)
        self._unsent.send(dealer, envelope, frame)

    def _flush(self) -> None:
        """What could not be sent before. That it can be now is not always told, so it is looked after."""
        self._unsent.flush()
        if self._unsent and self._flush_due is None:
            self._flush_due = self._loop.call_later(FLUSH_S, self._flush_again)

    def _flush_again(self) -> None:
        self._flush_due = None
        self._inside.turn()  # to send may take in what came, and then nothing more is told of it

    def _drain(self) -> None:
        wait_s = LISTENERS_S if self.listeners.waits() else DRAIN_S
        self._drain_due = self._loop.call_later(wait_s, self._drain)
        self._gate.check()
        self.connections.ask_anyway()
        self._inside.turn()

    def _refuse(self, routing_id: bytes, frame: zmq.Frame, parts: Sequence[bytes]) -> None:
        """It is told why some times; whoever goes on is turned away."""
        if self._refused[routing_id] >= REFUSALS:
            self._inside.count("turned_away")
            self.connections.turn_away(frame)
            return
        if len(self._refused) >= MOST_REFUSED:
            self._refused.clear()
        self._refused[routing_id] += 1
        self._unsent.offer(Dealer(self, routing_id), split(parts)[0], encode([_NO_STRANGERS]))

    def _is_deaf(self, dealer: Dealer) -> None:
        self._inside.count("drops")
        self._end(dealer, "does not read its answers")

    def _is_greedy(self, dealer: Dealer) -> None:
        self._end(dealer, "sends more than can be read")

    def _end(self, dealer: Dealer, why: str) -> None:
        self._inside.count("cut_off")
        if why not in self._warned:
            self._warned.add(why)
            _log.warning("WARNING: A client at %s %s and is cut off.", dealer.peer, why)
        self.cut_off(dealer)
