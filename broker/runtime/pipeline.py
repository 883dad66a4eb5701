"""The turn: submit -> order -> apply (decide, commit with its fsync) -> answer, and what to publish.

Pure but for the log it is given: no sockets, no clock. The server calls `turn` on its loop and performs the
`Effects`; nobody outside may hear of anything before `turn` returns. docs/protocol.md, "Order of things".
"""

from collections.abc import Hashable, Iterable, Iterator
from typing import assert_never, cast

import msgspec
from loggia.broker.core import permissions
from loggia.broker.core.ordered import Command, Ordered, Result
from loggia.broker.core.rooms import RoomsState
from loggia.broker.core.state import Audience, Batch
from loggia.broker.runtime import operating
from loggia.broker.runtime.applier import Applied, Applier
from loggia.broker.runtime.disk_faults import WHY, DiskFaults
from loggia.broker.runtime.order import Order, Turn, failed, unavailable
from loggia.broker.sessions.admission import Admitted
from loggia.broker.sessions.delivery import Delivery
from loggia.broker.sessions.hub import Hub, HubSettings, Ports
from loggia.broker.sessions.marks import Mark
from loggia.broker.sessions.peers import Requests
from loggia.broker.sessions.queries import Asked, Reader
from loggia.broker.sessions.searching import Searching, nothing_found
from loggia.broker.sessions.sessions import News, Sessions
from loggia.broker.storage.indexing import Indexing
from loggia.broker.storage.log import Log
from loggia.shared.protocol.answers import AnyAnswer, Error, Stored
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.errors import StorageDamaged, StorageFull
from loggia.shared.protocol.events import (
    AboutMessage,
    AboutRoom,
    BannedEvent,
    EditedEvent,
    InvitedEvent,
    JoinedEvent,
    LeftEvent,
    MessageEvent,
    OtherEvent,
    PassingEvent,
    ReactedEvent,
    RenamedEvent,
    StoredEvent,
)
from loggia.shared.protocol.names import escaped, is_made, quoted, shown_room
from loggia.shared.protocol.requests import Create, Direct, End, Join
from loggia.shared.protocol.sentences import change, sentence

# They change for whom a connection speaks, and where
_SESSION_REQUESTS = frozenset({Join, Create, Direct, End})
_ONLY_COMMANDS, _ONLY_STORED = {Command}, {Stored}
_AS_MESSAGES = (EditedEvent, ReactedEvent)  # a log for people tells them as little


class Effects(msgspec.Struct):
    """What the server has to do now: the answers, for each peer in order; then the events; then the log.

    `cut_off`: whose connections are to be closed, as they take more than their share; `silent`: as nothing
    comes of them any more; `dismissed`: as their account was taken from them.
    """

    answers: dict[Hashable, list[AnyAnswer | Mark]] = {}
    cut_off: list[Hashable] = []
    silent: list[Hashable] = []
    dismissed: list[Hashable] = []
    deliveries: list[Delivery] = []
    news: list[News] = []


class Pipeline:
    """One broker's requests on their way. `submit` and `lost` collect, `turn` works. `index`: of what is
    said; without one nothing is found."""

    def __init__(
        self,
        log: Log,
        settings: HubSettings,
        ports: Ports,
        now: float,
        index: Indexing | None = None,
    ) -> None:
        self._disk = log
        self._index = index
        self._settings = settings
        self.applier = Applier(log)
        if index is not None:
            index.begin(self.rooms.everything())
        self.hub = Hub(self.rooms, self._new_reader, settings, ports, now)
        self._order = Order(self.hub, log.epoch, bounded=settings.rate > 0)
        self._faults = DiskFaults(log, self.applier, self.hub.use)

    @property
    def rooms(self) -> RoomsState:
        """The state, as of the last commit."""
        return self.applier.rooms

    def submit(self, arrived: Iterable[tuple[Hashable, Requests]], *, visitors: bool = False) -> None:
        """Peers said something, in this order; it is admitted in the next turn."""
        self._order.submit(arrived, visitors=visitors)

    def lost(self, key: Hashable) -> None:
        """A peer's connection is gone, after all that it said."""
        self._order.lost(key)

    def waits(self) -> bool:
        """Whether another turn has something to do already."""
        return self._order.waits() or self.hub.passing.waits()

    def waiting(self) -> int:
        """Requests that wait for a turn."""
        return self._order.waiting

    def unwritable(self, now: float) -> str:
        """Why a write to the log would not be taken now; empty if it would."""
        return self._faults.unwritable(now)

    def is_writable(self) -> bool:
        """Whether nothing is known that speaks against it."""
        return not self._faults.known()

    def due_at(self) -> float | None:
        """When a turn is to come in any case, loop time; None: there is nothing that waits for one."""
        return self._order.marks.due_at

    def hurry(self) -> None:
        """Nothing waits for a later turn from now on."""
        self._order.marks.hurries = True

    def took(self, seconds: float) -> None:
        """So long the last turn took, until all was told: the next are to take 10 ms, and an address half
        of the time at the most. Where nothing is bounded, as much as possible gets through instead."""
        waited_s, self._disk.work.waited_s = self._disk.work.waited_s, 0.0
        if self._settings.rate:
            self._order.cost.took(self._order.spent, seconds - waited_s)
            self.hub.quotas.pace = self._order.cost.pace

    def is_full(self) -> bool:
        """Whether so much waits that more is better left where it is."""
        return self._order.is_full()

    def turn(self, now: float, at: int) -> Effects:
        """Handle all that was collected. `now`: loop time, s; `at`: Unix ms, the time its events get."""
        turn = self.order(now, at)
        applied = self.apply(turn.ordered, now)
        return self.answer(turn, applied, now, at)

    def order(self, now: float, at: int) -> Turn:
        """What was collected, in its order: from here on no clock and no chance decides."""
        return self._order.turn(now, at)

    def apply(self, ordered: Ordered, now: float) -> Applied:
        """Decide and commit, as far as the disk lets it."""
        return self._faults.apply(ordered, now)

    def answer(self, turn: Turn, applied: Applied, now: float, at: int) -> Effects:
        """Who is told what, now that it is on the disk."""
        hub, effects = self.hub, Effects()
        for command, result in zip(turn.ordered.commands[: turn.lapsed], applied.results, strict=False):
            if result is None:
                hub.counters.count("lost", now, hub.sessions.over(command.account, now))
        self._answer_peers(turn, applied, effects, now, at)
        effects.silent = hub.silent(now)
        self._tell(applied, effects)
        if hub.passing.waits():
            effects.deliveries += self._by_room([*hub.passing.presence(), *hub.passing.typing()])
        if turn.marks:
            effects.deliveries += [
                Delivery(event.room, [event], [encode(event)], to) for event, to in hub.passing.read() if to
            ]
        effects.cut_off = self._order.overrun + hub.overrun
        self._order.overrun, hub.overrun = [], []
        hub.counters.count("duplicates", now, self.rooms.take_duplicates())
        return effects

    def operate(
        self, act: operating.Act, who: str, chance: bytes, now: float, at: int
    ) -> tuple[str, Effects]:
        """Between two turns: what an operator does with an account. Where that is taken from whoever has its
        token, its sessions are over at once.

        Returns what was done, in a sentence, and what is to be told of it. `chance`: as of
        `operating.prepared`. Raises LoggiaError.
        """
        if self._faults.void:
            raise StorageDamaged(WHY["unavailable"])
        command, done = operating.prepared(act, who, self.rooms, self._disk, chance, at)
        applied = self.apply(Ordered(self._disk.epoch, [command]), now)
        if isinstance(refused := applied.results[0], Error):
            raise StorageFull(refused.text)
        effects = Effects(dismissed=self.hub.revoked(command.account) if act == "revoke" else [])
        self._tell(applied, effects)
        effects.news.append(News(None, done))
        return done, effects

    def _tell(self, applied: Applied, effects: Effects) -> None:
        """What was stored: to whom it is for, and to the log."""
        effects.news += self.hub.news()
        for batch in applied.stored:
            if batch.statuses:
                self.hub.passing.restated(batch.statuses)
            if self._index is not None:
                self._index.spoken([fresh.room for fresh in batch.fresh], wipes=bool(batch.wiped))
            effects.deliveries += [
                Delivery(
                    fresh.room.name, fresh.events[begin:end], fresh.bodies[begin:end], self._connections(to)
                )
                for fresh in batch.fresh
                for begin, end, to in fresh.by_audience()
            ]
            if batch.news or batch.turned:
                self._tell_some(batch, effects)

    def _tell_some(self, batch: Batch, effects: Effects) -> None:
        """What is no message: to the log, and to those who hear of it elsewhere than in the room."""
        effects.news += [
            News(None, _line(event), type(event).__name__)
            for event in batch.news
            if type(event) not in _AS_MESSAGES
        ]
        private = []
        for account, events in _said_to_one(batch.news):
            event = events[-1]
            room = self.rooms.named(event.room)
            if room is None or room.kind == "public":
                bodies = [encode(one) for one in events]
                to = self._connections(frozenset({account}))
                effects.deliveries.append(Delivery(event.room, events, bodies, to))
            elif isinstance(event, InvitedEvent):
                private.append(event)
        presence = [*self.hub.passing.invited(private), *self.hub.passing.turned(batch.turned)]
        effects.deliveries += self._by_room(presence)

    def _answer_peers(self, turn: Turn, applied: Applied, effects: Effects, now: float, at: int) -> None:
        done, plain = turn.lapsed, not (self.hub.slow_mode.any_admitted or turn.marks)
        for key, items in turn.admitted:
            count = len(items) if set(map(type, items)) == _ONLY_COMMANDS else 0
            results = applied.results[done : done + count]
            if (
                count and plain and set(map(type, results)) == _ONLY_STORED
            ):  # most of what is asked: it is all there is
                given = cast(list[AnyAnswer | Mark], results)
                done += count
            else:
                given = []
                for item in items:
                    result = None
                    if type(item) is Command:
                        result = applied.results[done]
                        done += 1
                    if (told := self._given(key, item, result, now, at)) is not None:
                        given.append(told)
                    if type(item) is Command and type(item.request) in _SESSION_REQUESTS:
                        self._order.release(key)
            if key in effects.answers:
                effects.answers[key] += given
            else:
                effects.answers[key] = given

    def _given(
        self, key: Hashable, item: Admitted, result: Result, now: float, at: int
    ) -> AnyAnswer | Mark | None:
        """What a peer is told of what was not just stored. Refusals are counted."""
        if self._faults.void and isinstance(item, Asked):
            given: AnyAnswer | Mark | None = unavailable(item.request)
        else:
            try:
                given = self.hub.answer(key, item, result, now, at)
            except Exception:
                given = failed(item.request if isinstance(item, Command | Asked) else item)
        if type(given) is Error:
            self.hub.refused[given.code] += 1
        return given

    def _connections(self, accounts: Audience) -> frozenset[Hashable] | None:
        """Those that these accounts have now; None: whoever listens."""
        return None if accounts is None else self.hub.sessions.connections(accounts)

    def _by_room(self, presence: Iterable[PassingEvent]) -> list[Delivery]:
        """What waits together travels together: after a restart everybody comes back at once."""
        by_room: dict[str, list[PassingEvent]] = {}
        for event in presence:
            by_room.setdefault(event.room, []).append(event)
        return [
            Delivery(
                name,
                events,
                [encode(event) for event in events],
                self._connections(permissions.audience(room)),
            )
            for name, events in by_room.items()
            if (room := self.rooms.room(name)) is not None
        ]

    def _new_reader(self, rooms: RoomsState, sessions: Sessions) -> Reader:
        find = nothing_found if self._index is None else self._index.find
        return Reader(
            rooms=rooms,
            searching=Searching(rooms, find, self._settings.limits),
            pages=self._disk.pages,
            is_online=sessions.is_online,
            since=sessions.since,
            limits=self._settings.limits,
            epoch=self._disk.epoch,
        )


def _said_to_one(news: Iterable[StoredEvent]) -> Iterator[tuple[str, list[StoredEvent]]]:
    """Who hears of what by his own connections, too: who was invited, and who was shown out, with the ban
    before it. A broadcast may be lost, and who is banned is told no head by which he would miss it."""
    before: StoredEvent | None = None
    for event in news:
        if isinstance(event, InvitedEvent):
            yield event.target, [event]
        elif isinstance(event, LeftEvent) and event.by:
            is_ban = isinstance(before, BannedEvent) and (before.account, before.id) == (event.by, event.id)
            yield event.account, [before, event] if before and is_ban else [event]
        before = event


def _line(event: StoredEvent) -> str:
    """Of a private room, its members' own words are left out, and most of its name."""
    words, room = not is_made(event.room), quoted(shown_room(event.room))
    match event:
        case LeftEvent():
            by = f" by {quoted(event.by_nick)}" if event.by else ""
            why = f": {escaped(event.why)}" if event.why and words else ""
            return f"{quoted(event.nick)} left {room} ({event.reason}{by}{why})."
        case RenamedEvent():
            return f"{quoted(event.was)} is now {quoted(event.nick)} in {room}."
        case JoinedEvent():
            return f"{quoted(event.nick)} joined {room}."
        case MessageEvent():
            return f"{quoted(event.nick)} wrote in {room}."
        case AboutRoom():
            return f"{escaped(sentence(event, words=words))} ({room})."
        case AboutMessage():
            return f"{escaped(change(event, words=words))} ({room})."
        case OtherEvent():
            return f"{quoted(event.nick)} did something in {room}: {event.fields.get('op')!r}."
    assert_never(event)
