"""One honest person beside an attack: says something twice a second, and keeps a copy of the lobby.

Runs in the thread of the crowd (`honest.py`), and ends with it. What comes is taken in its place, holes are
filled by `history`, what is not answered is sent again under the same id: as the contract has it.
"""

import contextlib
import functools
from collections import Counter, defaultdict

import msgspec
import zmq

LOBBY = "lobby"
TOPIC = f"room/{LOBBY}/"
PAUSE_S = 0.5  # between two things that one person says
PING_S = 10.0
AGAIN_S = 10.0  # a request without an answer is sent again, under the same id
PAGE = 1000


class Event(msgspec.Struct):
    op: str
    seq: int = 0
    id: str = ""
    room: str = ""


class Item(msgspec.Struct):
    """Whatever comes down a DEALER: only what a person looks at."""

    op: str
    id: str | None = None
    code: str = ""
    text: str = ""
    seq: int = 0
    head: int = 0
    token: str = ""
    events: list[Event] = []
    heads: dict[str, int] = {}
    retry_after_ms: float = 0.0


_items = msgspec.json.Decoder(list[Item])
_published = functools.lru_cache(256)(msgspec.json.Decoder(list[Event]).decode)  # fifty hear the same frame


class Said(msgspec.Struct):
    """Something that was said and is not answered. `since`: when first."""

    request: bytes
    phase: str
    since: float
    again_at: float


class Record:
    """What happened to all of them. `waits`: how long answers took (s), by the phase in which it was said."""

    def __init__(self) -> None:
        self.waits: dict[str, list[float]] = defaultdict(list)
        self.log: dict[int, str] = {}  # of the lobby: the id of each entry
        self.answered: dict[str, int] = {}
        self.wrong: Counter[str] = Counter()
        self.noted: Counter[str] = Counter()

    def heard(self, seq: int, event_id: str) -> None:
        if self.log.setdefault(seq, event_id) != event_id:
            self.wrong["two people heard different things"] += 1

    def stored(self, request_id: str, seq: int) -> None:
        if self.answered.setdefault(request_id, seq) != seq:
            self.wrong["an id was answered with two numbers"] += 1


class Person:
    """One session. `cursor`: the end of what it has without a hole, None until it is in."""

    def __init__(
        self, context: zmq.Context, requests: str, broadcasts: str, nick: str, record: Record
    ) -> None:
        self.nick, self.record = nick, record
        self.cursor: int | None = None
        self.unanswered: dict[str, Said] = {}
        self.next_at = 0.0
        self._token = ""
        self._numbers = 0
        self._ahead: dict[int, str] = {}
        self._last_published = 0
        self._filling_until = 0.0
        self._ping_at = 0.0
        self._join_at = 0.0
        self.events = context.socket(zmq.SUB)
        self.requests = context.socket(zmq.DEALER)
        self.events.connect(broadcasts)
        self.events.subscribe(TOPIC)
        self.requests.connect(requests)

    # -- What it says ---------------------------------------------------------------------------

    def join(self, now: float) -> None:
        proof = {"token": self._token} if self._token else {"nick": self.nick}
        self._join_at = now + AGAIN_S
        self._ask("join", room=LOBBY, **proof)

    def say(self, phase: str, now: float) -> None:
        request_id, request = self._request("message", room=LOBBY, text=f"{self.nick} says {self._numbers}")
        self.unanswered[request_id] = Said(request, phase, now, now + AGAIN_S)
        self._send(request)

    def tick(self, phase: str | None, now: float) -> None:
        """`phase`: None while nobody talks."""
        if self.cursor is None:
            if now >= self._join_at:
                self.join(now)
            return
        if phase is not None and now >= self.next_at:
            self.next_at = max(self.next_at + PAUSE_S, now)
            self.say(phase, now)
        if now >= self._ping_at:
            self.ping(now)
        for said in self.unanswered.values():
            if now >= said.again_at:
                said.again_at = now + AGAIN_S
                self.record.noted["sent again"] += 1
                self._send(said.request)

    def ping(self, now: float) -> None:
        self._ping_at = now + PING_S
        self._ask("ping", cursors={LOBBY: self.cursor})

    # -- What it hears --------------------------------------------------------------------------

    def read(self, now: float) -> None:
        """What was published first: a pong tells of what lies there already."""
        with contextlib.suppress(zmq.Again):
            while True:
                _, frame = self.events.recv_multipart(zmq.DONTWAIT)
                self.hear(_published(frame), now)
        with contextlib.suppress(zmq.Again):
            while True:
                self.take(_items.decode(self.requests.recv(zmq.DONTWAIT)), now)

    def take(self, items: list[Item], now: float) -> None:
        for item in items:
            match item.op:
                case "joined":
                    self._came_in(item, now)
                case "stored" if item.id in self.unanswered:
                    said = self.unanswered.pop(item.id)
                    self.record.waits[said.phase].append(now - said.since)
                    self.record.stored(item.id, item.seq)
                case "history":
                    self._filling_until = 0.0
                    for event in item.events:
                        self._put(event.seq, event.id)
                    self._advance(now)
                case "pong":
                    self.compare(item.heads.get(LOBBY, 0), now)
                case "error":
                    self._refused(item, now)

    def hear(self, events: list[Event], now: float) -> None:
        for event in events:
            if not event.seq:
                continue  # presence and the like are no entries
            if event.seq <= self._last_published:
                self.record.wrong["published twice"] += 1
            self._last_published = event.seq
            self._put(event.seq, event.id)
        self._advance(now)

    def lacks(self, head: int) -> int:
        """How many entries up to there it has not heard."""
        return max(0, head - (self.cursor or 0))

    def _came_in(self, item: Item, now: float) -> None:
        self._token = item.token or self._token
        if self.cursor is None:
            self.cursor = item.head
            self._ahead = {seq: each for seq, each in self._ahead.items() if seq > item.head}
        self.compare(item.head, now)
        for said in self.unanswered.values():
            self._send(said.request)

    def _refused(self, item: Item, now: float) -> None:
        self.record.noted[item.code] += 1
        if item.code == "no_session":
            if now >= self._join_at - AGAIN_S + 1.0:
                self.join(now)
        elif item.id in self.unanswered:
            if item.code in ("slow_down", "unavailable", "storage_full"):
                self.unanswered[item.id].again_at = now + max(0.1, item.retry_after_ms / 1000)
            else:
                self.record.wrong[f"refused: {item.code} {item.text}"] += 1
                del self.unanswered[item.id]
        elif self.cursor is None:
            self._join_at = now + max(0.1, item.retry_after_ms / 1000)
        elif item.code == "slow_down":
            self._filling_until = self._filling_until and now + max(0.1, item.retry_after_ms / 1000)
        elif item.code == "internal":
            self.record.wrong["internal"] += 1

    def _put(self, seq: int, event_id: str) -> None:
        self.record.heard(seq, event_id)
        if self.cursor is None or seq > self.cursor:
            self._ahead[seq] = event_id

    def _advance(self, now: float) -> None:
        if self.cursor is None:
            return
        while self.cursor + 1 in self._ahead:
            self.cursor += 1
            del self._ahead[self.cursor]
        if self._ahead:
            self.compare(min(self._ahead) - 1, now)

    def compare(self, head: int, now: float) -> None:
        """Ask for what is lacking up to there, one request at a time."""
        if self.cursor is None or head <= self.cursor or now < self._filling_until:
            return
        self._filling_until = now + AGAIN_S
        self.record.noted["pages asked for"] += 1
        self._ask("history", room=LOBBY, after=self.cursor, limit=min(PAGE, head - self.cursor))

    def _ask(self, op: str, **fields: object) -> None:
        self._send(self._request(op, **fields)[1])

    def _request(self, op: str, **fields: object) -> tuple[str, bytes]:
        self._numbers += 1
        request_id = f"{self.nick}-{self._numbers:06d}"
        return request_id, msgspec.json.encode({"op": op, "id": request_id, **fields})

    def _send(self, request: bytes) -> None:
        try:
            self.requests.send(request, zmq.DONTWAIT)
        except zmq.Again:
            self.record.noted["could not even be sent"] += 1  # it is sent again later
