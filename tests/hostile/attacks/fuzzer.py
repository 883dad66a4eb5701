"""Valid requests with whatever values their fields may have, and whether each is answered. One attacker."""

import json
import random
import string
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, get_args

import msgspec
import zmq
from loggia.broker.core.ops import cost_of
from loggia.shared.protocol import requests
from loggia.shared.protocol.limits import SEARCH_PAGE
from loggia.shared.protocol.requests import AnyRequest

from tests.hostile.swarm import Swarm

SESSIONS = 8
RATE = 1500.0  # of one connection, as many messages a second: below its quota, so that most is really done
AT_ONCE = 0.5  # s
WINDOW = 20  # requests of one session that are not answered yet
ANSWER_S = 20.0
LIKELY = 0.9  # how often a field holds what lets the broker do what is asked
ROOMS = ("lobby", "lab", "Lab", "déjà vu", "部屋", "🦆", "a b", "x" * 64)
SAID = 50
SIGNS = ("+1", "\N{DUCK}", "\N{THUMBS UP SIGN}")
LETTERS = (
    string.ascii_letters + " éß\u0130\u0131\u00a0\u0301\u200d\u202e\ufeff日本🦆👩\u200d🚀\n\t\"'\\/%~{}[]<>&;"
)
# Of what it said itself; what is deleted is wiped on the disk, and what others wait for that, a flood shows
CHANGES = (requests.Edit, requests.React, requests.Pin)
OFTEN: Mapping[type[AnyRequest], float] = {  # of each other; who leaves or ends must come in again
    requests.Join: 2,
    requests.Message: 4,
    requests.History: 2,
    requests.Leave: 0.5,
    requests.Rooms: 2,
    requests.Members: 2,
    requests.Search: 1,
    requests.Ping: 2,
    requests.SetStatus: 0.2,
    requests.Typing: 0.5,
    requests.Read: 1,
    requests.End: 0.2,
    # in rooms that it made, mostly: one that is closed has no messages
    **dict.fromkeys(get_args(requests.RoomRequest), 0.1),
    **dict.fromkeys(CHANGES, 0.5),
}


def fuzzer(swarm: Swarm) -> None:
    """Eight sessions that ask anything. In the tally: what was asked, how it was answered, what never was."""
    context = zmq.Context()
    host, port = swarm.target.requests
    nicks: list[str] = []
    try:
        sessions = [
            Session(context, f"tcp://{swarm.target.source}:0;{host}:{port}", swarm, number, nicks)
            for number in range(SESSIONS)
        ]
        for now in swarm.turns(0.01):
            for session in sessions:
                session.ask(now)
                session.read()
        deadline = time.monotonic() + ANSWER_S
        while any(session.waiting for session in sessions) and time.monotonic() < deadline:
            for session in sessions:
                session.socket.poll(50)
                session.read()
        swarm.tally["unanswered"] = sum(len(session.waiting) for session in sessions)
    finally:
        context.destroy(linger=0)


class Session:
    """`waiting`: the requests that are not answered yet. `nicks`: of all sessions, this one's is added."""

    def __init__(
        self, context: zmq.Context, endpoint: str, swarm: Swarm, number: int, nicks: list[str]
    ) -> None:
        self.waiting: dict[str, bytes] = {}
        self._quiet: dict[str, bytes] = {}  # which are answered only where they are refused
        self.socket = context.socket(zmq.DEALER)
        self.socket.connect(endpoint)
        self._swarm = swarm
        self._chance = swarm.target.chance
        self._number = number
        self._asked = 0
        self._left, self._counted_at = RATE * AT_ONCE, time.monotonic()
        self._token: str | None = None
        self._nick = swarm.target.name("fuzz")
        nicks.append(self._nick)
        self._rooms: set[str] = set()
        self._made: list[str] = []  # rooms that it owns
        self._said: deque[tuple[str, int]] = deque(maxlen=SAID)  # room and seq of what it said last
        self._come_in_at = 0.0
        self._likely: dict[str, Callable[[], Any]] = {
            "room": self._room,
            "token": lambda: self._token,
            "nick": lambda: self._nick,
            "limit": lambda: self._chance.randint(1, 1000),
            "text": lambda: (
                self._text(self._chance.choice((10, 64, 300, 4000)), string.printable[:95]) or "x"
            ),
            "reply_to": lambda: None,
            "who": lambda: self._chance.choice([nick for nick in nicks if nick != self._nick] or nicks),
            "from": lambda: self._chance.choice(nicks),
            "emoji": lambda: self._chance.choice(SIGNS),
            "cursor": lambda: None,  # most are none of the broker's
        }
        self._come_in(0.0)

    def ask(self, now: float) -> None:
        """One request, or some as an array, unless enough is waiting, or was asked for."""
        self._left = min(RATE * AT_ONCE, self._left + RATE * (now - self._counted_at))
        self._counted_at = now
        if not self._token:
            self._come_in(now)
        elif self._left > 0 and len(self.waiting) < WINDOW:
            count = self._chance.choice((1, 1, 1, 3, 10))
            self._put(*[each for _ in range(count) for each in self._requests()])

    def read(self) -> None:
        try:
            while True:
                for item in json.loads(self.socket.recv(zmq.DONTWAIT)):
                    self._take(item)
        except zmq.Again:
            pass

    def _take(self, item: dict[str, Any]) -> None:
        if item["op"] == "joined" and "token" not in item:
            return  # an event of a room that is not public
        if item["op"] in (
            "error",
            "joined",
            "stored",
            "history",
            "rooms",
            "members",
            "found",
            "pong",
            "!end",
        ):
            asked = self.waiting.pop(item.get("id"), None) or self._quiet.pop(item.get("id"), None)
            what = item.get("code", item["op"])
            self._swarm.tally[what] += 1
            if what == "internal" or asked is None:
                print(f"{what} for {asked!r}: {item}", flush=True)
                self._swarm.tally["unasked"] += asked is None
            if what == "stored":
                request = json.loads(asked or b'{"op": "nothing"}')
                self._swarm.tally[f"stored {request['op']}"] += 1
                if request["op"] == "message":
                    self._said.append((item["room"], item["seq"]))
            if what == "joined":
                self._token = item["token"]
                self._rooms.add(item["room"])
                if json.loads(asked or b"{}").get("op") == "create":
                    self._made.append(item["room"])
            elif what == "not_member":
                self._rooms.discard(json.loads(asked or b"{}").get("room"))
            elif what == "no_session":
                self._come_in(time.monotonic())

    def _come_in(self, now: float) -> None:
        """Once a second, if it is not in: what came of it is not waited for."""
        if now >= self._come_in_at:
            self._come_in_at = now + 1.0
            self._put(self._join())

    def _join(self, room: str = ROOMS[0]) -> dict[str, Any]:
        proof = {"token": self._token} if self._token else {"nick": self._nick}
        return {"op": "join", "id": self._id(), "room": room, **proof}

    def _put(self, *asked: dict[str, Any]) -> None:
        for each in asked:
            asked_in = self._quiet if each["op"] == "typing" else self.waiting
            asked_in[each["id"]] = msgspec.json.encode(each)
            self._swarm.tally[f"{each['op']}?"] += 1
            self._left -= cost_of(msgspec.convert(each, AnyRequest))
        self._swarm.tally["asked"] += len(asked)
        self.socket.send(msgspec.json.encode(asked[0] if len(asked) == 1 else asked))

    def _requests(self) -> list[dict[str, Any]]:
        """One, and if it takes somebody out, what brings him in again."""
        (kind,) = self._chance.choices(list(OFTEN), list(OFTEN.values()))
        info = msgspec.inspect.type_info(kind)
        request: dict[str, Any] = {"op": info.tag, "id": self._id()}
        for field in info.fields:
            if field.encode_name != "id" and (field.required or self._chance.random() < 0.6):
                request[field.encode_name] = self._value(field.encode_name, field.type)
        if kind is requests.Join and self._chance.random() < LIKELY:
            request["room"] = self._chance.choice(ROOMS)
        if kind is requests.History and "before" in request and self._chance.random() < LIKELY:
            request.pop("after", None)  # one of both is for what is asked
        if kind is requests.Search and "limit" in request:
            request["limit"] = min(request["limit"], SEARCH_PAGE)
        if kind in CHANGES and self._said and self._chance.random() < LIKELY:
            request["room"], request["seq"] = self._chance.choice(self._said)
        if kind in get_args(requests.Moderation) and self._made and self._chance.random() < LIKELY:
            request["room"] = self._chance.choice(self._made)
        if kind is requests.Create and self._chance.random() < LIKELY:
            request["room"] = self._swarm.target.name("made")  # where it may do what it likes
        if kind is requests.End:
            self._rooms.clear()
            return [request, self._join()]
        if kind is requests.Leave:
            return [request, self._join(request["room"])] if request["room"] in ROOMS else [request]
        return [request]

    def _id(self) -> str:
        self._asked += 1
        return f"{self._number}-{self._asked}" + self._text(8)[: 64 - 12]

    def _room(self) -> str:
        return self._chance.choice(sorted(self._rooms) or ROOMS)

    def _value(self, name: str, kind: msgspec.inspect.Type) -> Any:
        chance = self._chance
        if name in self._likely and chance.random() < LIKELY:
            likely = self._likely[name]()
            is_bounded = isinstance(kind, msgspec.inspect.StrType) and isinstance(likely, str)
            return likely[: kind.max_length] if is_bounded else likely
        match kind:
            case msgspec.inspect.UnionType(types=types):
                return self._value(name, chance.choice(types))
            case msgspec.inspect.NoneType():
                return None
            case msgspec.inspect.LiteralType(values=values):
                return chance.choice(values)
            case msgspec.inspect.BoolType():
                return chance.random() < 0.5
            case msgspec.inspect.IntType(ge=least, le=most):
                most = 2**62 if most is None else most
                return chance.choice((least or 0, most, chance.randint(least or 0, most), 1 + (least or 0)))
            case msgspec.inspect.FloatType(ge=least, le=most):
                least, most = least or 0.0, 1e308 if most is None else most
                return chance.choice((least, most, 1e-300, chance.uniform(least, min(most, 100.0))))
            case msgspec.inspect.StrType(min_length=least, max_length=most):
                text = self._text(most or chance.choice((0, 1, 30, 64, 300, 17_000)))
                return text or "x" * (least or 0)
            case msgspec.inspect.DictType(value_type=value):
                return {self._text(70): self._value("", value) for _ in range(chance.randint(0, 5))}
            case msgspec.inspect.ListType(item_type=item):
                return [self._value("", item) for _ in range(chance.randint(0, 5))]
        raise NotImplementedError(f"a field of {kind}: say here what it may hold")

    def _text(self, most: int, letters: str = LETTERS) -> str:
        return "".join(self._chance.choices(letters, k=random.Random(self._chance.random()).randint(0, most)))
