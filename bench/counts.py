"""`run.py bench --quick`: how many calls and instructions of Python a message takes, however busy all is.

In one process and thread: frames go in where the ROUTER gives them and come out where it takes them, over the
real pipeline and a real log; nothing but the sockets and the loop is left out. Each shape is the same work
every time, so that its figures are the same to the last call, and `counts.json` holds what they were. Calls
are those of Python and of what is written in C; instructions are those of Python's bytecode.
"""

import json
import math
import platform
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple, cast

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

RECORD = Path(__file__).parent / "counts.json"
MOST_GROWTH = 1.10  # of what was recorded; less may come of one more question that is worth it
RATE = 1e6  # the limit is on and counts, but far away
TEXT = "The quick brown fox jumps over the lazy dog, again and again"
START_S, START_MS, TURN_S = 1000.0, 1_700_000_000_000, 0.01

Count = dict[str, float]  # "calls" and "instructions" of one message
Said = list[tuple[Dealer, list[AnyRequest]]]  # in one turn; each request in a frame of its own


class Shape(NamedTuple):
    """`people` are in `rooms` rooms each before it begins. In each of `turns` they say what `say` gives for
    it."""

    about: str
    people: int
    rooms: int
    turns: int
    say: Callable[[Sequence[Dealer], int], Said]


def _message(number: int, room: str = LOBBY) -> AnyRequest:
    return Message(id=f"{number:08}", room=room, text=TEXT)


def _room(number: int) -> str:
    return f"room {number}" if number else LOBBY


def _one_after_the_other(people: Sequence[Dealer], each: int, turn: int) -> Said:
    return [(person, [_message(turn * each + n)]) for n in range(each) for person in people]


SHAPES = {
    "flood": Shape("one sender, 1000 in a turn", 1, 1, 10, lambda p, t: _one_after_the_other(p, 1000, t)),
    "crowd": Shape(
        "100 senders with 10 each in a turn", 100, 1, 10, lambda p, t: _one_after_the_other(p, 10, t)
    ),
    "lone": Shape("a message alone in its turn", 1, 1, 100, lambda p, t: _one_after_the_other(p, 1, t)),
    "wide": Shape(
        "one sender, 1000 in a turn over 100 rooms",
        1,
        100,
        10,
        lambda p, t: [(p[0], [_message(t * 1000 + n, _room(n % 100))]) for n in range(1000)],
    ),
    "join": Shape(
        "one who is in 1000 rooms enters one more",
        1,
        1000,
        20,
        lambda p, t: [(p[0], [Join(id=f"more {t}", room=f"more {t}")])],
    ),
}


class _Router:
    """What stands for the socket: what peers sent, and nothing of what they are sent."""

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

    def send(self, frame: bytes, flags: int = 0) -> None:
        pass


_OURS: frozenset[CodeType] = frozenset(
    function.__code__ for function in (_Router.recv, _Router.get, _Router.send)
)


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
        bounds = Bounds(accounts_per_minute=0, joins_per_minute=0, rooms_per_account=0)
        settings = HubSettings(
            server=ServerInfo(name="counted", version="0"), limits=Limits(), rate=RATE, bounds=bounds
        )
        ports = Ports(
            find_account=self._log.find_account,
            mint=self._mint,
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

    def enters(self, people: int, rooms: int) -> list[Dealer]:
        """So many come in, each into so many rooms."""
        dealers = [self._connections.come() for _ in range(people)]
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
                self._router.parts += (dealer.routing_id, encode(request))

    def turn(self) -> None:
        """All that waits, in as many turns as it takes. Raises AssertionError where something is refused."""
        while self._router.parts or self._pipeline.waits():
            self._now += TURN_S
            self._at += round(TURN_S * 1000)
            arrived, _ = self._reception.take()
            if arrived:
                self._pipeline.submit(cast("Iterable[tuple[Hashable, Any]]", arrived))
            effects = self._pipeline.turn(self._now, self._at)
            for answers in effects.answers.values():
                for frame in frames.of_answers(cast("Sequence[AnyAnswer]", answers)):
                    assert b'"op":"error"' not in frame, frame
                    self._router.send(frame)
            for delivery in effects.deliveries:
                for frame in frames.of_events(delivery.bodies):
                    self._router.send(frame)
            self._log.relieve()

    def _mint(self, visitor: bool) -> tuple[str, str]:
        self._accounts += 1
        return f"{self._accounts:012x}", f"token-{self._accounts}"


def counted(shapes: Iterable[str] = SHAPES) -> dict[str, Count]:
    """Of each shape, what one of its messages takes."""
    for clock in ("RECEIVE_S", "NEWCOMERS_S", "DECODE_S"):
        setattr(reception, clock, math.inf)  # no clock decides here how much is taken in
    return {name: {what: _of(SHAPES[name], count) for what, count in COUNTERS.items()} for name in shapes}


def _of(shape: Shape, counting: "Callable[[], _Counting]") -> float:
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder))
        try:
            people = house.enters(shape.people, shape.rooms)
            messages = 0
            total = [0]
            for turn in range(shape.turns + 1):
                said = shape.say(people, turn)
                house.hear(said)
                if turn == 0:  # what is done once is no message's
                    house.turn()
                    continue
                messages += sum(len(requests) for _, requests in said)
                with counting() as total_of_turn:
                    house.turn()
                total[0] += total_of_turn[0]
        finally:
            house.close()
    return round(total[0] / messages, 2)


_Counting = Any  # a context manager that gives a list with the number in it


@contextmanager
def _calls() -> Iterator[list[int]]:
    total = [0]

    def profile(frame: FrameType, event: str, _: object) -> None:
        if event in ("call", "c_call") and not (event == "c_call" and frame.f_code in _OURS):
            total[0] += 1

    sys.setprofile(profile)
    try:
        yield total
    finally:
        sys.setprofile(None)


@contextmanager
def _instructions() -> Iterator[list[int]]:
    total = [0]

    def inside(frame: FrameType, event: str, _: object) -> Any:
        if event == "opcode":
            total[0] += 1
        return inside

    def trace(frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code in _OURS:
            return None
        frame.f_trace_lines, frame.f_trace_opcodes = False, True
        return inside

    sys.settrace(trace)
    try:
        yield total
    finally:
        sys.settrace(None)


COUNTERS: "dict[str, Callable[[], _Counting]]" = {"calls": _calls, "instructions": _instructions}


# -- What it was -------------------------------------------------------------------------------


def version() -> str:
    """Bytecode differs from one version to the next."""
    return ".".join(platform.python_version_tuple()[:2])


def recorded(record: Path = RECORD) -> dict[str, dict[str, Count]]:
    """By version of Python and shape."""
    return cast("dict[str, dict[str, Count]]", json.loads(record.read_text(encoding="utf-8")))


def write(counts: dict[str, Count], record: Path = RECORD) -> None:
    """Keep this as what later ones are compared with, for this version of Python."""
    kept = {**(recorded(record) if record.exists() else {}), version(): counts}
    record.write_text(json.dumps(dict(sorted(kept.items())), indent=1) + "\n", encoding="utf-8")


def grown(counts: dict[str, Count], before: dict[str, Count]) -> list[str]:
    """In a sentence each, what takes over MOST_GROWTH times as much as was recorded."""
    return [
        f"{SHAPES[name].about}: {now:g} {what} a message, recorded were {was:g}"
        for name, count in counts.items()
        for what, now in count.items()
        if (was := before.get(name, {}).get(what)) is not None and now > was * MOST_GROWTH
    ]
