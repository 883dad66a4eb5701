"""Valid requests with whatever values their fields may have, and whether each is answered. One attacker."""

import json
import random
import string
import time
from typing import Any, get_args

import msgspec
import zmq
from loggia.shared.protocol.requests import AnyRequest

from tests.hostile.swarm import Swarm

SESSIONS = 4
WINDOW = 20  # requests of one session that are not answered yet
ANSWER_S = 20.0
ROOMS = ("lobby", "lab", "Lab", "déjà vu", "部屋", "🦆", "a b", "x" * 64)
LETTERS = (
    string.ascii_letters + " éß\u0130\u0131\u00a0\u0301\u200d\u202e\ufeff日本🦆👩\u200d🚀\n\t\"'\\/%~{}[]<>&;"
)


def fuzzer(swarm: Swarm) -> None:
    """Four sessions that ask anything. In the tally: what was asked, what was never answered."""
    context = zmq.Context()
    host, port = swarm.target.requests
    try:
        sessions = [
            _Session(context, f"tcp://{swarm.target.source}:0;{host}:{port}", swarm, number)
            for number in range(SESSIONS)
        ]
        for _ in swarm.turns(0.01):
            for session in sessions:
                session.ask()
                session.read()
        deadline = time.monotonic() + ANSWER_S
        while any(session.waiting for session in sessions) and time.monotonic() < deadline:
            for session in sessions:
                session.socket.poll(50)
                session.read()
        swarm.tally["unanswered"] = sum(len(session.waiting) for session in sessions)
    finally:
        context.destroy(linger=0)


class _Session:
    """`waiting`: the requests that are not answered yet."""

    def __init__(self, context: zmq.Context, endpoint: str, swarm: Swarm, number: int) -> None:
        self.waiting: dict[str, bytes] = {}
        self.socket = context.socket(zmq.DEALER)
        self.socket.connect(endpoint)
        self._swarm = swarm
        self._chance = swarm.target.chance
        self._number = number
        self._asked = 0
        self._token = None
        self._put({"op": "join", "id": "join", "nick": swarm.target.name("fuzz")})

    def ask(self) -> None:
        """One request, or some as an array, unless enough is waiting."""
        if len(self.waiting) < WINDOW:
            count = self._chance.choice((1, 1, 1, 3, 10))
            self._put(*[self._request() for _ in range(count)])

    def read(self) -> None:
        try:
            while True:
                for item in json.loads(self.socket.recv(zmq.DONTWAIT)):
                    self._take(item)
        except zmq.Again:
            pass

    def _take(self, item: dict[str, Any]) -> None:
        if item["op"] in ("error", "joined", "stored", "history", "rooms", "members", "pong", "!end"):
            asked = self.waiting.pop(item.get("id"), None)
            what = item.get("code", item["op"])
            self._swarm.tally[what] += 1
            if what == "internal" or asked is None:
                print(f"{what} for {asked!r}: {item}", flush=True)
                self._swarm.tally["unasked"] += asked is None and item["op"] != "joined"
            self._token = item.get("token") or self._token

    def _put(self, *asked: dict[str, Any]) -> None:
        for each in asked:
            self.waiting[each["id"]] = msgspec.json.encode(each)
        self._swarm.tally["asked"] += len(asked)
        self.socket.send(msgspec.json.encode(asked[0] if len(asked) == 1 else asked))

    def _request(self) -> dict[str, Any]:
        kind = self._chance.choice(get_args(AnyRequest))
        info = msgspec.inspect.type_info(kind)
        self._asked += 1
        request = {"op": info.tag, "id": f"{self._number}-{self._asked}" + self._text(8)[: 64 - 12]}
        for field in info.fields:
            if field.encode_name != "id" and (field.required or self._chance.random() < 0.6):
                request[field.encode_name] = self._value(field.encode_name, field.type)
        return request

    def _value(self, name: str, kind: msgspec.inspect.Type) -> Any:
        chance = self._chance
        if name == "room" and chance.random() < 0.7:
            return chance.choice(ROOMS)
        if name == "token" and chance.random() < 0.8:
            return self._token
        match kind:
            case msgspec.inspect.UnionType(types=types):
                return self._value(name, chance.choice(types))
            case msgspec.inspect.NoneType():
                return None
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

    def _text(self, most: int) -> str:
        return "".join(self._chance.choices(LETTERS, k=random.Random(self._chance.random()).randint(0, most)))
