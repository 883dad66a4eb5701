"""What everybody was told, and whether it is true: the invariants that hold at every moment of a history.

Fed by the simulated broker with all that leaves it, and by the clients with all that they are told. The first
lie raises `Violation`. What can only be seen at the end is in tests/simulation/verdict.py.
"""

import itertools
from collections import defaultdict, deque
from collections.abc import Hashable, Sequence
from typing import get_args

import msgspec
from loggia.broker.sessions.queries import Query
from loggia.shared.protocol.answers import AnyAnswer, Error, HistoryAnswer, JoinedAnswer, Stored
from loggia.shared.protocol.codec import Malformed
from loggia.shared.protocol.down import decode_event
from loggia.shared.protocol.events import PassingEvent, StoredEvent
from loggia.shared.protocol.requests import AnyRequest, Leave, Message, Read

Key = tuple[str, str, str]  # epoch, account, id of a request


class Violation(AssertionError):
    """A promise was broken."""


class _Place(msgspec.Struct):
    room: str
    seq: int


class _Refusal(msgspec.Struct):
    """A request that was not stored: why, and how many requests of this id had arrived until then."""

    code: str
    arrivals: int


class _Due(msgspec.Struct):
    """An answer that is owed. `spared`: who is gone need not get it, as nothing comes of it but this;
    `marks`: it is no entry of a log."""

    id: str | None
    spared: bool
    marks: bool = False


_QUERIES = get_args(Query)


class Ledger:
    """Attributes: `epoch`, of the log that the broker has now; `seen`: what got out of it, by epoch and room;
    `broken`: the first violation, whoever swallowed it; `answered`, `refused`: requests that store something;
    `lives`: the epoch in which a token was made."""

    def __init__(self) -> None:
        self.epoch = ""
        self.broken: Violation | None = None
        self.seen: dict[str, dict[str, dict[int, bytes]]] = defaultdict(lambda: defaultdict(dict))
        self.answered: dict[Key, Stored] = {}
        self.refused: dict[Key, _Refusal] = {}
        self.accounts: dict[Hashable, str] = {}
        self._pending: dict[Hashable, deque[_Due]] = {}
        self._lost: set[Hashable] = set()
        self._arrivals: dict[str, int] = defaultdict(int)
        self._owners: dict[str, str] = {}
        self.lives: dict[str, str] = {}
        self.marks: dict[Key, int] = defaultdict(int)  # by epoch, account and room

    def require(self, truth: object, what: str, *details: object) -> None:
        if not truth:
            broken = Violation(" ".join([what, *map(str, details)]))
            self.broken = self.broken or broken
            raise broken

    # -- The broker ----------------------------------------------------------------------------

    def minted(self, account: str, token: str) -> None:
        self._owners[token] = account
        self.lives[token] = self.epoch

    def asked(self, peer: Hashable, requests: Sequence[AnyRequest | Malformed]) -> None:
        """Requests arrived at the broker."""
        waiting = self._pending.setdefault(peer, deque())
        for request in requests:
            request_id = request.error.id if isinstance(request, Malformed) else request.id
            waiting.append(_Due(request_id, isinstance(request, _QUERIES), isinstance(request, Read)))
            if isinstance(request, Message | Leave):
                self._arrivals[request.id] += 1

    def lost(self, peer: Hashable) -> None:
        """The broker heard that a peer is gone, after all that it said."""
        self._lost.add(peer)

    def broker_died(self) -> None:
        """Nothing that was asked will be answered."""
        self._pending.clear()
        self._lost.clear()

    def told(self, peer: Hashable, answers: Sequence[AnyAnswer]) -> None:
        """Responses leave the broker for a peer: its own, in order, each once."""
        waiting = self._pending.get(peer, deque())
        for answer in answers:
            if answer.id is None:
                continue
            while peer in self._lost and waiting and waiting[0].spared and waiting[0].id != answer.id:
                waiting.popleft()
            self.require(waiting and waiting[0].id == answer.id, "an answer that was not due:", answer, peer)
            due = waiting.popleft()
            match answer:
                case JoinedAnswer():
                    owner = self._owners.get(answer.token)
                    self.require(owner == answer.account, "a foreign token was given away:", answer)
                    self.accounts[peer] = answer.account
                case Stored() if due.marks:
                    self._marked(self.accounts[peer], answer)
                case Stored():
                    self._stored(self.accounts[peer], answer)
                case HistoryAnswer():
                    self._page(answer)
                case Error() if peer in self.accounts:
                    key = (self.epoch, self.accounts[peer], answer.id)
                    self.refused[key] = _Refusal(answer.code, self._arrivals[answer.id])

    def published(self, events: Sequence[StoredEvent | PassingEvent], bodies: Sequence[bytes]) -> None:
        """Events leave the broker for everybody."""
        for event, body in zip(events, bodies, strict=True):
            if isinstance(event, PassingEvent):
                continue
            self.require(b'"token"' not in body and b"secret-" not in body, "a token was published:", body)
            self._saw(self.epoch, event.room, event.seq, body)

    def arrived_after(self, key: Key) -> bool:
        """Whether a request came again after it was refused."""
        return self._arrivals[key[2]] > self.refused[key].arrivals

    def _stored(self, account: str, answer: Stored) -> None:
        key = (self.epoch, account, answer.id)
        before = self.answered.get(key)
        if before is None:
            self.answered[key] = answer
            return
        same = (before.room, before.seq, before.at) == (answer.room, answer.seq, answer.at)
        self.require(same and answer.duplicate, "one request was stored twice:", before, answer)

    def _marked(self, account: str, answer: Stored) -> None:
        key = self.epoch, account, answer.room
        self.require(answer.seq >= self.marks[key], "a mark went back:", answer, self.marks[key])
        self.marks[key] = answer.seq

    def _page(self, answer: HistoryAnswer) -> None:
        places = [msgspec.json.decode(raw, type=_Place) for raw in answer.events]
        for before, place in itertools.pairwise(places):
            self.require(place.seq == before.seq + 1, "a page with a hole:", answer.room, before.seq)
        for place, raw in zip(places, answer.events, strict=True):
            self.require(place.room == answer.room, "a page of another room:", answer)
            self._saw(answer.epoch, place.room, place.seq, bytes(raw))

    def _saw(self, epoch: str, room: str, seq: int, body: bytes) -> None:
        known = self.seen[epoch][room].setdefault(seq, body)
        self.require(known == body, "two events with one number:", room, seq, known, body)

    # -- The clients ---------------------------------------------------------------------------

    def showed(self, who: object, epoch: str, event: StoredEvent) -> None:
        """A program was told an event."""
        known = self.seen[epoch][event.room].get(event.seq)
        same = known is not None and decode_event(known) == event
        self.require(same, "nobody published this:", who, epoch, event, known)

    def delivered(self, who: object, account: str, message_id: str, room: str, seq: int) -> None:
        """A program was told that its message is stored."""
        answers = [self.answered.get((epoch, account, message_id)) for epoch in self.seen]
        said = any(answer and (answer.room, answer.seq) == (room, seq) for answer in answers)
        self.require(said, "the broker never said that it stored this:", who, message_id, room, seq)
