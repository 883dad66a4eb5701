"""The broker: frames go in where the ROUTER gives them, and come out where it takes them.

The real pipeline over a real log; nothing but the sockets and the loop is left out.
"""

import functools
import tempfile
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from pathlib import Path
from types import CodeType, SimpleNamespace
from typing import Any, cast

import zmq
from loggia.broker.doors.door import Door
from loggia.broker.doors.zeromq import frames, reception
from loggia.broker.doors.zeromq.connections import Connections, Dealer
from loggia.broker.doors.zeromq.reception import Reception
from loggia.broker.runtime.pipeline import Pipeline
from loggia.broker.sessions.hub import HubSettings, Ports
from loggia.broker.sessions.quotas import Bounds
from loggia.broker.storage.log import Log
from loggia.shared.protocol.answers import AnyAnswer, ServerInfo
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.limits import LOBBY, Limits
from loggia.shared.protocol.requests import AnyRequest, Join, Message

from bench.shapes.shape import Counting, Shape, Sum

RATE = 1e6  # the limit is on and counts, but far away
TEXT = "The quick brown fox jumps over the lazy dog, again and again"
START_S, START_MS, TURN_S = 1000.0, 1_700_000_000_000, 0.01

STOPPED = SimpleNamespace(perf_counter=float)  # it is always 0.0

Said = list[tuple[Dealer, list[AnyRequest]]]  # in one turn; each request in a frame of its own
Script = Callable[[Sequence[Dealer], int], Said]  # what people say in the turn of that number


def message(number: int, room: str = LOBBY) -> AnyRequest:
    return Message(id=f"{number:08}", room=room, text=TEXT)


def _room(number: int) -> str:
    return f"room {number}" if number else LOBBY


def _one_after_the_other(each: int, people: Sequence[Dealer], turn: int) -> Said:
    return [(person, [message(turn * each + n)]) for n in range(each) for person in people]


def _over_rooms(rooms: int, people: Sequence[Dealer], turn: int) -> Said:
    return [(people[0], [message(turn * 1000 + n, _room(n % rooms))]) for n in range(1000)]


def _enter_one_more(people: Sequence[Dealer], turn: int) -> Said:
    return [(people[0], [Join(id=f"more {turn}", room=f"more {turn}")])]


class _Router:
    """What stands for the socket: what peers sent."""

    def __init__(self) -> None:
        self.parts: deque[bytes] = deque()

    def recv(self, flags: int = 0, copy: bool = True) -> bytes | zmq.Frame:
        if not self.parts:
            raise zmq.Again
        part = self.parts.popleft()
        return part if copy else zmq.Frame(part)

    def get(self, option: int) -> int:
        return int(zmq.POLLIN) if self.parts and option == zmq.EVENTS else 0

    getsockopt = get


OURS: frozenset[CodeType] = frozenset(function.__code__ for function in (_Router.recv, _Router.get))


class _Connections:
    """Of peers that are all known."""

    def __init__(self) -> None:
        self.known: dict[bytes, Dealer] = {}

    def come(self) -> Dealer:
        routing_id = b"\0%04d" % len(self.known)
        dealer = self.known[routing_id] = Dealer(cast("Door[Dealer]", None), routing_id)
        return dealer


class House:
    """A broker from its ROUTER's frames to those it sends, without the loop and the sockets."""

    def __init__(self, folder: Path) -> None:
        self._now, self._at = START_S, START_MS
        self._accounts = 0
        self._router, self._connections = _Router(), _Connections()
        self._log = Log(folder, "counted")
        self._answers: list[tuple[Hashable, bytes]] = []
        self._events: list[tuple[str, bytes]] = []
        bounds = Bounds(accounts_per_minute=0, joins_per_minute=0, rooms_per_account=0)
        settings = HubSettings(
            server=ServerInfo(name="counted", version="0"), limits=Limits(), rate=RATE, bounds=bounds
        )
        ports = Ports(
            find_account=self._log.find_account,
            mint=self._mint,
            draw=lambda: "a" * 28,
            broadcasts_for=lambda key: "tcp://127.0.0.1:1102",
            host_of=lambda key: "127.0.0.1",
            unread_of=lambda key: 0,
        )
        self._pipeline = Pipeline(self._log, settings, ports, self._now)
        self._reception = Reception(
            cast("zmq.Socket[bytes]", self._router),
            cast(Connections, self._connections),
            settings.limits,
            lambda dealer: None,
            lambda routing_id, frame, parts: None,
        )

    def close(self) -> None:
        self._log.close()

    def come(self) -> Dealer:
        """Somebody connects."""
        return self._connections.come()

    def enters(self, people: int, rooms: int) -> list[Dealer]:
        """So many come in, each into so many rooms."""
        dealers = [self.come() for _ in range(people)]
        for number, dealer in enumerate(dealers):
            for room in range(rooms):
                nick = f"person-{number}" if room == 0 else None
                self.hear([(dealer, [Join(id=f"in {room}", nick=nick, room=_room(room))])])
                self.turn()
        return dealers

    def hear(self, said: Said) -> None:
        """What waits at the ROUTER."""
        for dealer, requests in said:
            for request in requests:
                self.frame(dealer, encode(request))

    def frame(self, dealer: Dealer, frame: bytes) -> None:
        """One more waits there."""
        self._router.parts += (dealer.routing_id, frame)

    def answered(self, dealer: Dealer) -> list[bytes]:
        """Frames of answers to one, since this was asked last; those to others are gone as well."""
        answers, self._answers = self._answers, []
        return [frame for key, frame in answers if key is dealer]

    def published(self) -> list[tuple[str, bytes]]:
        """Topics and frames of events, since this was asked last."""
        events, self._events = self._events, []
        return events

    def turn(self) -> None:
        """All that waits, in as many turns as it takes. Raises AssertionError where something is refused."""
        while self._router.parts or self._pipeline.waits():
            self._now += TURN_S
            self._at += round(TURN_S * 1000)
            arrived, _ = self._reception.take()
            if arrived:
                self._pipeline.submit(cast("Iterable[tuple[Hashable, Any]]", arrived))
            effects = self._pipeline.turn(self._now, self._at)
            for key, answers in effects.answers.items():
                for frame in frames.of_answers(cast("Sequence[AnyAnswer]", answers)):
                    assert b'"op":"error"' not in frame, frame
                    self._answers.append((key, frame))
            for delivery in effects.deliveries:
                topic = f"room/{delivery.room}/"
                self._events += [(topic, frame) for frame in frames.of_events(delivery.bodies)]
            self._log.relieve()

    def _mint(self, visitor: bool) -> tuple[str, str]:
        self._accounts += 1
        return f"{self._accounts:012x}", f"token-{self._accounts}"


def _measure(people: int, rooms: int, turns: int, say: Script, counting: Counting) -> float:
    """`people` are in `rooms` rooms each before it begins."""
    vars(reception)["time"] = STOPPED  # no clock decides here how much is taken in
    total, messages = Sum(counting), 0
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder))
        try:
            dealers = house.enters(people, rooms)
            for turn in range(turns + 1):
                said = say(dealers, turn)
                house.hear(said)
                if turn == 0:  # what is done once is no message's
                    house.turn()
                    continue
                messages += sum(len(requests) for _, requests in said)
                total.of(house.turn)
        finally:
            house.close()
    return total.each(messages)


def _shape(about: str, people: int, rooms: int, turns: int, say: Script) -> Shape:
    return Shape(about, functools.partial(_measure, people, rooms, turns, say))


def _each(count: int) -> Script:
    return functools.partial(_one_after_the_other, count)


SHAPES = {
    "flood": _shape("one sender, 1000 in a turn", 1, 1, 10, _each(1000)),
    "crowd": _shape("100 senders with 10 each in a turn", 100, 1, 10, _each(10)),
    "lone": _shape("a message alone in its turn", 1, 1, 100, _each(1)),
    "wide": _shape(
        "one sender, 1000 in a turn over 100 rooms", 1, 100, 10, functools.partial(_over_rooms, 100)
    ),
    "join": _shape("one who is in 1000 rooms enters one more", 1, 1000, 20, _enter_one_more),
}
