"""The requests and broadcasts doors, as a program with nothing but pyzmq and json meets them.

Everything runs in the test's own thread; `Wire.close` ends it all. Each frame that comes is checked on the
way: docs/protocol.md, "Frames". To prove that something did *not* come, ask for what must come after it.
"""

import itertools
import json
import time
from collections.abc import Callable, Iterable
from typing import Any, Self

import zmq

from tests.endtoend.processes import Broker
from tests.patience import PATIENCE_S

ANSWER_S = PATIENCE_S
TRY_MS = 20  # between two tries of what takes effect some time later
BUSY_REQUESTS = 1000
LOBBY = "lobby"

_numbers = itertools.count(1)

Item = dict[str, Any]


def _of_me(field: str) -> property:
    return property(lambda caller: caller.me[field])


class Caller:
    """A DEALER at the requests door. `me`: the first `joined`; who and where it is come from that."""

    nick, account, token = _of_me("nick"), _of_me("account"), _of_me("token")
    room, rooms, members = _of_me("room"), _of_me("rooms"), _of_me("members")
    epoch, head, first = _of_me("epoch"), _of_me("head"), _of_me("first")
    topic, pub = _of_me("topic"), _of_me("pub")
    limits, server, ping_s = _of_me("limits"), _of_me("server"), _of_me("ping_s")

    def __init__(self, socket: "zmq.Socket[bytes]") -> None:
        self.me: Item = {}
        self.frames = 0
        self._waiting: list[Item] = []
        self._last_id = 0
        self.socket = socket

    def send(self, *frames: bytes) -> None:
        self.socket.send_multipart(frames)

    def post(self, *requests: Any) -> None:
        """Send as JSON: one request alone, several as an array."""
        self.send(json.dumps(requests[0] if len(requests) == 1 else requests).encode())

    def new_id(self) -> str:
        self._last_id += 1
        return f"{self._last_id:08d}"

    def request(self, op: str, **fields: Any) -> Item:
        """A request with the next id; a field that is None is left out."""
        given = {name: value for name, value in fields.items() if value is not None}
        return {"op": op, "id": self.new_id(), **given}

    def ask(self, op: str, **fields: Any) -> Item:
        """Send one request; its answer must be the next thing that comes."""
        return self.exchange(self.request(op, **fields))

    def exchange(self, request: Any) -> Item:
        self.post(request)
        return self.next()

    def next(self) -> Item:
        """The next answer or event."""
        while not self._waiting:
            self._waiting += self.frame()
        return self._waiting.pop(0)

    def take(self, count: int) -> list[Item]:
        return [self.next() for _ in range(count)]

    def frame(self) -> list[Item]:
        """A whole frame."""
        assert self.socket.poll(ANSWER_S * 1000), "no answer came"
        frames = self.socket.recv_multipart()
        assert len(frames) == 1, frames
        items = json.loads(frames[0].decode("utf-8", "strict"))
        assert isinstance(items, list), items
        assert items
        self.frames += 1
        return items

    def says_nothing_more(self) -> None:
        """Nothing waits for this caller: the next thing that comes is the answer to a new request."""
        answer = self.ask("ping")
        assert answer["op"] in ("pong", "error"), answer
        assert answer["id"] == f"{self._last_id:08d}", answer

    def join(self, **fields: Any) -> Item:
        """Open the session, which must succeed."""
        self.me = self.ask("join", **fields)
        assert self.me["op"] == "joined", self.me
        return self.me

    def say(self, text: str, room: str | None = None) -> Item:
        stored = self.ask("message", room=room or self.me["room"], text=text)
        assert stored["op"] == "stored", stored
        return stored

    def log(self, room: str | None = None) -> list[Item]:
        """The whole log of a room, page by page; dense by the contract."""
        events: list[Item] = []
        while True:
            page = self.ask("history", room=room or self.me["room"], after=len(events), limit=1000)
            assert page["op"] == "history", page
            events += page["events"]
            assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
            if not page["more"]:
                assert len(events) == page["head"]
                return events
            assert page["events"]

    def close(self) -> None:
        """Just gone, as a killed client."""
        self.socket.close(linger=0)


class Listener:
    """A SUB at the broadcasts door, with subscriptions that are in force."""

    def __init__(self, socket: "zmq.Socket[bytes]", tuner: Caller, topics: Iterable[str]) -> None:
        self.heard: list[tuple[str, Item]] = []
        self.frames = 0
        self._tuner = tuner
        self._mark = 0
        self.socket = socket
        for topic in [*topics, tuner.topic]:  # in this order: when the last is in force, all are
            self.socket.subscribe(topic)
        for _ in range(round(ANSWER_S * 1000 / TRY_MS)):
            self._tuner.say("tuning")
            if self.socket.poll(TRY_MS):
                break
        self.so_far()

    def so_far(self) -> list[Item]:
        """All that was published up to now and not given yet, in order."""
        seq = self._tuner.say("mark")["seq"]
        self._until(lambda: self._mark >= seq)
        events, self.heard = [event for _, event in self.heard], []
        return events

    def until(self, wanted: Callable[[Item], bool]) -> list[Item]:
        """All that is published up to an event that must come."""
        self._until(lambda: any(wanted(event) for _, event in self.heard))
        events, self.heard = [event for _, event in self.heard], []
        return events

    def _until(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + ANSWER_S
        while not done():
            left = deadline - time.monotonic()
            assert left > 0, f"never published; but: {self.heard[-5:]}"
            if self.socket.poll(left * 1000):
                self._take(self.socket.recv_multipart())

    def _take(self, frames: list[bytes]) -> None:
        assert len(frames) == 2, frames
        topic = frames[0].decode()
        events = json.loads(frames[1])
        assert isinstance(events, list), events
        assert events
        for event in events:
            assert topic == f"room/{event['room']}/"
            if topic != self._tuner.topic:
                self.heard.append((topic, event))
            elif event["op"] == "message":  # another tuner may come or go
                self._mark = event["seq"]
        self.frames += topic != self._tuner.topic


class Wire:
    """Connections to one broker, and names that nobody there has yet."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.context = zmq.Context()
        self.context.max_sockets = 4096
        self._sockets: list[zmq.Socket[bytes]] = []  # closed at the end, not when they are collected
        self._tuner: Caller | None = None
        self._worker: Caller | None = None

    def socket(self, kind: int, endpoint: str, **options: Any) -> "zmq.Socket[bytes]":
        """Any socket, connected."""
        socket: zmq.Socket[bytes] = self.context.socket(kind)
        self._sockets.append(socket)
        for option, value in {"linger": 0, **options}.items():
            setattr(socket, option, value)
        socket.connect(endpoint)
        return socket

    def name(self, stem: str = "someone") -> str:
        return f"{stem} {next(_numbers)}"

    def caller(self, **options: Any) -> Caller:
        """A connection without a session."""
        return Caller(self.socket(zmq.DEALER, self.broker.requests, **options))

    def joined(self, nick: str | None = None, **fields: Any) -> Caller:
        """A connection with a session."""
        caller = self.caller()
        caller.join(nick=nick or self.name(), **fields)
        return caller

    def resumed(self, of: Caller, **fields: Any) -> Caller:
        """Another connection of the same account."""
        caller = self.caller()
        caller._last_id = of._last_id
        caller.join(token=of.token, **{"room": of.room, **fields})
        return caller

    def listener(self, *topics: str) -> Listener:
        if self._tuner is None:
            self._tuner = self.joined("tuner " + self.name(), room="tuning")
        return Listener(self.socket(zmq.SUB, self.broker.broadcasts, rcvhwm=0), self._tuner, topics)

    def busy(self) -> None:
        """Give the broker work for some ms: what several connections send now, it takes in together."""
        if self._worker is None:
            self._worker = self.joined("worker " + self.name(), room="working")
        else:
            self._worker.take(BUSY_REQUESTS)
        words = "much to do " * 10
        self._worker.post(
            *[self._worker.request("message", room="working", text=words) for _ in range(BUSY_REQUESTS)]
        )

    def close(self) -> None:
        for socket in self._sockets:
            socket.close(linger=0)
        self.context.term()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def refused(answer: Item, code: str, request_id: str | None) -> bool:
    """Whether the answer is an error as the contract has it; a helpful sentence is one line for people."""
    assert answer["op"] == "error", answer
    assert set(answer) - {"retry_after_ms"} == {"op", "id", "code", "text"}, answer
    assert len(answer["text"]) > 10, answer
    assert "\n" not in answer["text"], answer
    assert answer["code"] == code, answer
    assert answer["id"] == request_id, answer
    return True
