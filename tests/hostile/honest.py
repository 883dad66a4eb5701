"""Honest people beside an attack, in a process of their own: `python -m tests.hostile.honest --help`.

Runs in one thread, and ends when standard input does. Each person is a DEALER and a SUB in the lobby, says
something twice a second, and keeps a copy of the room as the contract has it: what comes in its place, holes
filled by `history`. A line on standard input is a command: `talk PHASE`, `settle`, `answered FILE`. It writes
`here` when all are in, and behind each command a line of JSON that begins with the command.
"""

import argparse
import functools
import json
import os
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import msgspec
import zmq

LOBBY = "lobby"
TOPIC = f"room/{LOBBY}/"
PAUSE_S = 0.5  # between two things that one person says
PING_S = 10.0
AGAIN_S = 10.0  # a request without an answer is sent again, under the same id
SETTLE_S = 40.0  # for what is lacking to come, once nobody talks
PAGE = 1000
LOOK_MS = 10


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
        try:
            while True:
                self.take(_items.decode(self.requests.recv(zmq.DONTWAIT)), now)
        except zmq.Again:
            pass
        try:
            while True:
                _, frame = self.events.recv_multipart(zmq.DONTWAIT)
                self.hear(_published(frame), now)
        except zmq.Again:
            pass

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
                    self._compare(item.heads.get(LOBBY, 0), now)
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
        self._compare(item.head, now)
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
            self._compare(min(self._ahead) - 1, now)

    def _compare(self, head: int, now: float) -> None:
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


class Crowd:
    """All of them, and what they are told to do."""

    def __init__(self, requests: str, broadcasts: str, count: int) -> None:
        self.context = zmq.Context()
        self.record = Record()
        self.phase: str | None = None
        self._settle_until = 0.0
        self._typed = ""
        self.people = [
            Person(self.context, requests, broadcasts, f"honest{number:03d}", self.record)
            for number in range(count)
        ]
        self._poller = zmq.Poller()
        self._poller.register(sys.stdin.fileno(), zmq.POLLIN)
        for person in self.people:
            self._poller.register(person.requests, zmq.POLLIN)
            self._poller.register(person.events, zmq.POLLIN)

    def run(self) -> None:
        here = False
        while True:
            ready = self._poller.poll(LOOK_MS)
            if any(socket == sys.stdin.fileno() for socket, _ in ready) and not self._commands():
                break
            now = time.monotonic()
            for person in self.people:
                person.read(now)
                person.tick(self.phase, now)
            if not here and all(person.cursor is not None for person in self.people):
                here = True
                print("here", flush=True)
            if self._settle_until:
                self._settle(now)
        self.context.destroy(linger=0)

    def _commands(self) -> bool:
        """Do what was typed; False at its end."""
        typed = os.read(sys.stdin.fileno(), 65536)
        *lines, self._typed = (self._typed + typed.decode()).split("\n")
        for line in lines:
            self._do(line.split(" ", 1), time.monotonic())
        return bool(typed)

    def _do(self, command: list[str], now: float) -> None:
        match command:
            case ["talk", phase]:
                for number, person in enumerate(self.people):
                    if self.phase is None:  # evenly, not all at once
                        person.next_at = now + PAUSE_S * number / len(self.people)
                self.phase = phase
                print("talk", json.dumps(phase), flush=True)
            case ["settle"]:
                self.phase = None
                self._settle_until = now + SETTLE_S
                for person in self.people:
                    person.ping(now)
            case ["answered", file]:
                Path(file).write_text(json.dumps(self.record.answered))
                print("answered", json.dumps(len(self.record.answered)), flush=True)

    def _settle(self, now: float) -> None:
        head = max(0, *self.record.log, *self.record.answered.values())
        unanswered = sum(len(person.unanswered) for person in self.people)
        lacking = sum(person.lacks(head) for person in self.people)
        if (unanswered or lacking) and now < self._settle_until:
            for person in self.people:
                if person.lacks(head):
                    person._compare(head, now)
            return
        self._settle_until = 0.0
        print("settled", json.dumps(self._sum(unanswered, lacking)), flush=True)

    def _sum(self, unanswered: int, lacking: int) -> dict[str, object]:
        record = self.record
        for person in self.people:
            for said in person.unanswered.values():
                record.waits[said.phase].append(float("inf"))
        untold = [each for each, seq in record.answered.items() if record.log.get(seq) != each]
        wrong = {**record.wrong, "unanswered": unanswered, "unheard": lacking}
        wrong["answered, and not in the log"] = len(untold)
        return {
            "p99_ms": {phase: p99_ms(waits) for phase, waits in record.waits.items()},
            "said": {phase: len(waits) for phase, waits in record.waits.items()},
            "wrong": {what: count for what, count in wrong.items() if count},
            "noted": dict(record.noted),
        }


def p99_ms(waits: list[float]) -> float | None:
    """What 99 of 100 waited at most; None when it is without end."""
    if not waits:
        return None
    at = sorted(waits)[len(waits) * 99 // 100 - (len(waits) >= 100)]
    return None if at == float("inf") else round(at * 1000, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", required=True)
    parser.add_argument("--broadcasts", required=True)
    parser.add_argument("--people", type=int, default=50)
    asked = parser.parse_args()
    Crowd(asked.requests, asked.broadcasts, asked.people).run()


if __name__ == "__main__":
    main()
