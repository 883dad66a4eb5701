"""What everybody was told, and whether it is true: the invariants that hold at every moment of a history.

Fed by the simulated broker with all that leaves it, and by the clients with all that they are told. The first
lie raises `Violation`. What can only be seen at the end is in tests/simulation/verdict.py.
"""

import itertools
from collections import defaultdict, deque
from collections.abc import Hashable, Sequence
from typing import get_args

import msgspec
from loggia.broker.core.rooms import RoomsState
from loggia.broker.core.state import Room
from loggia.broker.sessions.delivery import Delivery
from loggia.broker.sessions.queries import Query
from loggia.broker.storage.event_rows import place_of
from loggia.broker.storage.log import Log
from loggia.shared.protocol.answers import AnyAnswer, Error, HistoryAnswer, JoinedAnswer, RoomsAnswer, Stored
from loggia.shared.protocol.codec import Malformed
from loggia.shared.protocol.down import decode_event
from loggia.shared.protocol.events import (
    EditedEvent,
    JoinedEvent,
    MessageEvent,
    OtherEvent,
    PassingEvent,
    StoredEvent,
    TypingEvent,
)
from loggia.shared.protocol.requests import IDEMPOTENT, AnyRequest, Read, SetStatus, Typing

from tests.simulation import privacy, standing
from tests.simulation.naive import RoomLog, identity, without_words
from tests.simulation.owning import Owners

Key = tuple[str, str, str]  # epoch, account, id of a request


class Violation(AssertionError):
    """A promise was broken."""


class _Refusal(msgspec.Struct):
    """A request that was not stored: why, and how many requests of this id had arrived until then."""

    code: str
    arrivals: int


class _Due(msgspec.Struct):
    """An answer that is owed, to `request`; None: nobody could read it."""

    id: str | None
    request: AnyRequest | None

    @property
    def spared(self) -> bool:
        """Who is gone need not get it, as nothing comes of it but this."""
        return isinstance(self.request, _QUERIES)


_QUERIES = get_args(Query)


class Ledger:
    """Attributes: `epoch`, of the log that the broker has now; `logs`: what is in it, by epoch and room, and
    `seen`: what got out of it; `broken`: the first violation, whoever swallowed it; `answered`, `refused`:
    requests that store something, `asked_for`: what the former were; `lives`: the epoch in which a token was
    made; `owners`: of the broker; `visitors`: accounts of the front door; `at`:
    what time it is there, Unix ms."""

    def __init__(self) -> None:
        self.epoch = ""
        self.at = 0
        self.owners = Owners()
        self._founded: set[str] = set()  # epochs
        self._typists: set[tuple[str, str]] = set()  # by account and room, who ever said so
        self.visitors: set[str] = set()
        self.broken: Violation | None = None
        self.logs: dict[str, dict[str, RoomLog]] = defaultdict(lambda: defaultdict(RoomLog))
        self.seen: dict[str, dict[str, dict[int, StoredEvent]]] = defaultdict(lambda: defaultdict(dict))
        self.answered: dict[Key, Stored] = {}
        self.asked_for: dict[Key, AnyRequest | None] = {}
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

    def log_of(self, room: str) -> RoomLog | None:
        """What is in the log now; None: there is no such room."""
        return self.logs[self.epoch].get(room)

    # -- The broker ----------------------------------------------------------------------------

    def minted(self, account: str, token: str, *, visitor: bool) -> None:
        self._owners[token] = account
        self.lives[token] = self.epoch
        self.visitors |= {account} if visitor else set()

    def read(self, log: Log, rooms: RoomsState) -> None:
        """Learn what is in the log by now, before anybody hears of it. One that is damaged is not read."""
        fresh: list[tuple[RoomLog, Room, list[tuple[bytes, StoredEvent]]]] = []
        for room in [] if log.frozen else rooms._rooms.behind(None):
            known = self.logs[log.epoch][room.name]
            known.head_before = known.head
            if known.head == room.head:
                continue
            span = place_of(room.number, known.head + 1), place_of(room.number, room.head)
            new = [(line, decode_event(line)) for line in log._chunks.lines(*span)]
            for line, event in new:
                self.require(not isinstance(event, PassingEvent | OtherEvent), "stored, and passes:", line)
            fresh.append((known, room, new))
        if log.epoch not in self._founded:
            self._find_founder(log.epoch, [event for _, _, new in fresh for _, event in new])
        for known, room, new in fresh:
            for line, event in new:
                standing.entry_comes(self, known, event)
                known.take(line, event)
                self.require(event.seq == known.head, "a hole in the log:", room.name, line)
            self.require(
                known.head == room.head, "seen, but not in the log:", room.name, known.head, room.head
            )
            standing.turn_is_over(self, known)

    def _find_founder(self, epoch: str, events: list[StoredEvent]) -> None:
        """Who is there first, and can come back, owns the broker: of those who came in one turn whose account
        was made first. Where an old log is put back that was one in an earlier life."""
        came = {event.account for event in events if isinstance(event, JoinedEvent)} - self.visitors
        if came:
            self._founded.add(epoch)
            if not came & self.owners.founders:
                self.owners.founders.add(next(one for one in self._owners.values() if one in came))

    def asked(self, peer: Hashable, requests: Sequence[AnyRequest | Malformed]) -> None:
        """Requests arrived at the broker."""
        waiting = self._pending.setdefault(peer, deque())
        for request in requests:
            if isinstance(request, Malformed):
                waiting.append(_Due(request.error.id, None))
                continue
            waiting.append(_Due(request.id, request))
            if isinstance(request, Typing) and peer in self.accounts:
                self._typists.add((self.accounts[peer], request.room))
            if isinstance(request, IDEMPOTENT):
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
            while waiting and waiting[0].id != answer.id and self._need_not_answer(peer, waiting[0]):
                waiting.popleft()
            self.require(waiting and waiting[0].id == answer.id, "an answer that was not due:", answer, peer)
            due = waiting.popleft()
            if isinstance(answer, JoinedAnswer):
                self.accounts[peer] = answer.account
            if peer in self.accounts:
                privacy.answer_goes(self, self.accounts[peer], due.request, answer)
                standing.answer_goes(self, self.accounts[peer], due.request, answer)
            match answer:
                case RoomsAnswer():
                    for info in answer.rooms:
                        standing.is_shown(self, self.accounts[peer], info)
                case JoinedAnswer():
                    standing.is_shown(self, answer.account, answer)
                    owner = self._owners.get(answer.token)
                    self.require(owner == answer.account, "a foreign token was given away:", answer)
                case Stored() if isinstance(due.request, Read):
                    self._marked(self.accounts[peer], answer)
                case Stored() if not isinstance(due.request, SetStatus):
                    self._stored(self.accounts[peer], answer, due.request)
                case HistoryAnswer():
                    self._page(answer)
                case Error() if peer in self.accounts:
                    key = (self.epoch, self.accounts[peer], answer.id)
                    self.refused[key] = _Refusal(answer.code, self._arrivals[answer.id])

    def _need_not_answer(self, peer: Hashable, due: _Due) -> bool:
        """What is granted without a word, and what nobody waits for any more."""
        return isinstance(due.request, Typing) or (peer in self._lost and due.spared)

    def published(self, delivery: Delivery) -> None:
        """Events leave the broker for everybody, or for some."""
        accounts = None if delivery.to is None else [self.accounts[peer] for peer in delivery.to]
        for event, body in zip(delivery.events, delivery.bodies, strict=True):
            privacy.event_goes(self, event, accounts)
            if isinstance(event, PassingEvent):
                is_said = not isinstance(event, TypingEvent) or (event.account, event.room) in self._typists
                self.require(is_said, "told to be typing:", event)
                continue
            self.require(b'"token"' not in body and b"secret-" not in body, "a token was published:", body)
            self._saw(event)
            line = self.logs[self.epoch][event.room].lines[event.seq - 1]
            self.require(body == line, "seen, but not in the log:", event.room, event.seq, body, line)

    def arrived_after(self, key: Key) -> bool:
        """Whether a request came again after it was refused."""
        return self._arrivals[key[2]] > self.refused[key].arrivals

    def _stored(self, account: str, answer: Stored, request: AnyRequest | None) -> None:
        key = (self.epoch, account, answer.id)
        before = self.answered.get(key)
        if before is None:
            self.answered[key], self.asked_for[key] = answer, request
            if self.is_own(answer):
                standing.act_is_told(self, request, self.logs[self.epoch][answer.room].events[answer.seq - 1])
            return
        same = (before.room, before.seq, before.at) == (answer.room, answer.seq, answer.at)
        self.require(same and answer.duplicate, "one request was stored twice:", before, answer)

    def is_own(self, answer: Stored) -> bool:
        """Whether the entry that is answered with came of that request."""
        events = self.logs[self.epoch][answer.room].events[answer.seq - 1 : answer.seq]
        self.require(events, "answered, but not in the log:", answer)
        return events[0].id == answer.id

    def _marked(self, account: str, answer: Stored) -> None:
        key = self.epoch, account, answer.room
        self.require(answer.seq >= self.marks[key], "a mark went back:", answer, self.marks[key])
        self.marks[key] = answer.seq

    def _page(self, answer: HistoryAnswer) -> None:
        events = [decode_event(raw) for raw in answer.events]
        for before, event in itertools.pairwise(events):
            self.require(event.seq == before.seq + 1, "a page with a hole:", answer.room, before.seq)
        for event in events:
            self.require(event.room == answer.room, "a page of another room:", answer)
            self._saw(event)
            now = self.logs[self.epoch][event.room].as_of(event.seq, answer.head)
            self.require(event == now, "a page is not what the log comes to:", event, "and that is", now)

    def _saw(self, event: StoredEvent) -> None:
        known = self.seen[self.epoch][event.room].setdefault(event.seq, identity(event))
        self.require(known == identity(event), "two events with one number:", known, event)
        held = self.logs[self.epoch][event.room].events[event.seq - 1 : event.seq]
        self.require([known] == list(map(identity, held)), "seen, but not in the log:", event, held)

    # -- The clients ---------------------------------------------------------------------------

    def showed(self, who: object, epoch: str, event: StoredEvent) -> None:
        """A program was told an event: of a message what it was when that was told."""
        known = self.seen[epoch][event.room].get(event.seq)
        self.require(known is not None, "nobody published this:", who, epoch, event)
        log = self.logs[epoch][event.room]
        said = log.at_rev(event) if isinstance(event, MessageEvent) else log.events[event.seq - 1]
        if isinstance(event, EditedEvent) and event != said and log.is_gone(event.seq):
            said = without_words(said)
        self.require(event == said, "nobody published this:", who, epoch, event, said)

    def delivered(self, who: object, account: str, message_id: str, room: str, seq: int) -> None:
        """A program was told that its message is stored."""
        answers = [self.answered.get((epoch, account, message_id)) for epoch in self.seen]
        said = any(answer and (answer.room, answer.seq) == (room, seq) for answer in answers)
        self.require(said, "the broker never said that it stored this:", who, message_id, room, seq)
