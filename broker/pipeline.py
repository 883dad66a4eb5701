"""The turn: what arrived -> order -> decide -> commit (fsync) -> what to answer and publish.

Pure but for the log it is given: no sockets, no clock. The server calls `turn` on its loop and performs the
`Effects`; nobody outside may hear of anything before `turn` returns. docs/protocol.md, "Order of things".
"""

import logging
from collections.abc import Callable, Hashable, Iterable, Sequence

import msgspec

from broker.envelopes import Mark
from broker.hub import Asked, Door, Hub, Ports, Settings, unreadable
from broker.log import Log
from broker.queries import Reader
from broker.rooms import Rooms
from broker.sessions import News
from broker.state import Batch, Command, Depart, Durable, World
from shared.errors import Code, StorageBroken, StorageDamaged, StorageFull
from shared.messages import (
    AnyAnswer,
    AnyRequest,
    End,
    Error,
    Join,
    LeftEvent,
    Message,
    PresenceEvent,
    RenamedEvent,
    StoredEvent,
    Unread,
    encode,
)
from shared.names import quoted

_SESSION_REQUESTS = frozenset({Join, End})  # they change for whom a connection speaks
FULL_PAUSE_S = 1.0  # after a refused write the disk is left alone this long

Ordered = Command | Asked | AnyAnswer | Mark  # what an admitted request is until it is answered
Requests = Sequence[AnyRequest | Unread | Mark]

_log = logging.getLogger("loggia")


class Published(msgspec.Struct):
    """What happened in one public room, in order; `bodies` are the same events, encoded."""

    room: str
    events: Sequence[StoredEvent | PresenceEvent]
    bodies: Sequence[bytes]


class Said(msgspec.Struct, gc=False):
    """Requests of one peer. `door` counts for a peer that is not known yet."""

    key: Hashable
    requests: Requests
    door: Door = "requests"


class Lost(msgspec.Struct):
    """A peer's connection is gone."""

    key: Hashable


class Effects(msgspec.Struct):
    """What the server has to do now: the answers, for each peer in order; then the events; then the log."""

    answers: dict[Hashable, list[AnyAnswer | Mark]] = {}
    published: list[Published] = []
    news: list[News] = []


class Pipeline:
    """One broker's requests on their way. `receive` and `lost` collect, `turn` works."""

    def __init__(self, log: Log, settings: Settings, ports: Ports, now: float) -> None:
        self._disk = log
        self._settings = settings
        log.forget_visitors()
        self._rooms = self._from_disk()
        self.hub = Hub(self._rooms, self._new_reader, settings, ports, now)
        self._inbox: list[Said | Lost] = []
        self._full_until = 0.0
        self._full = False
        self._void = False  # what is in memory is not what is on the disk, which could not be read
        self._undone = False  # and people in memory did what was not stored
        self._unreadable = ""  # why, as the log was told
        self._read_again_at = 0.0

    def receive(self, door: Door, arrived: Iterable[tuple[Hashable, Requests]]) -> None:
        """Peers said something, in this order; it is admitted in the next turn."""
        self._inbox += [Said(key, requests, door) for key, requests in arrived]

    def lost(self, key: Hashable) -> None:
        """A peer's connection is gone, after all that it said."""
        self._inbox.append(Lost(key))

    def waits(self) -> bool:
        """Whether another turn has something to do already."""
        return bool(self._inbox)

    def turn(self, now: float, at: int) -> Effects:
        """Handle all that was collected. `now`: loop time, s; `at`: Unix ms, the time its events get."""
        lapsed = self.hub.sessions.lapsed(now, at)
        order = self._admit(now, at)
        commands = lapsed + [item for _, item in order if type(item) is Command]
        committed = self._decide_and_commit(commands, now)
        for command in lapsed:
            if command.answer is None:
                self.hub.counters.count("lost", now, self.hub.sessions.over(command.account, now))
        effects = Effects()
        self._answer(order, effects, now, at)
        effects.news = self.hub.news()
        for batch in committed:
            effects.published += [
                Published(fresh.room.name, fresh.events, fresh.bodies) for fresh in batch.fresh
            ]
            effects.news += [News(None, _line(event)) for event in batch.news]
        effects.published += _by_room(self.hub.presence())
        self.hub.counters.count("duplicates", now, self._rooms.take_duplicates())
        return effects

    def _admit(self, now: float, at: int) -> list[tuple[Hashable, Ordered]]:
        inbox, self._inbox = self._inbox, []
        order: list[tuple[Hashable, Ordered]] = []
        hub, admit = self.hub, self.hub.admit
        for arrived in inbox:
            key = arrived.key
            if isinstance(arrived, Lost):
                hub.lost(key, now)
                continue
            if not hub.knows(key):
                hub.connect(key, arrived.door)
            for request in arrived.requests:
                try:
                    item = admit(key, request, now, at)
                except StorageDamaged:  # the log has said it
                    item = _unavailable(request)
                except Exception:
                    item = _failed(request)
                if item is not None:
                    order.append((key, item))
        return order

    def _decide_and_commit(self, commands: list[Command], now: float) -> list[Batch]:
        if self._disk.frozen != self._rooms.frozen:  # damage was found while it was read
            self._void = True
        if self._void and now >= self._read_again_at:
            self._recover(now)
        if not commands:
            return []
        if self._void:
            _refuse(commands, "unavailable", FULL_PAUSE_S)
            return []
        if now >= self._full_until:
            return self._commit(commands, now)
        return self._commit_on_full_disk(commands, now)

    def _commit_on_full_disk(self, commands: list[Command], now: float) -> list[Batch]:
        """Only what may store nothing is tried, each by itself: a repeat, and a session resumed to read."""
        committed = []
        for command in commands:
            if isinstance(command.request, Join) and not self._void:
                command.answer = None
                committed += self._commit([command], now)
            elif self._void or not self._answer_repeat(command):
                _refuse([command], "storage_full", FULL_PAUSE_S)
        return committed

    def _answer_repeat(self, command: Command) -> bool:
        """Whether it was stored before, and is answered now as it was then."""
        try:
            return self._rooms.decide_again(command)
        except StorageDamaged as damaged:  # what it was answered, if it was
            command.answer = unreadable(getattr(command.request, "id", None), damaged)
            return True

    def _commit(self, commands: list[Command], now: float) -> list[Batch]:
        """The batch that these commands became, now durable; none if nothing is to be stored, or can be."""
        try:
            batch = self._decide(commands)
            if not batch:
                return []
            self._disk.append(batch)
        except StorageFull as reason:
            self._full_until = now + FULL_PAUSE_S
            if not self._full:
                _log.error("The disk refuses to store: %s. Senders are told; reading goes on.", reason)
            self._full = True
            self._take_back(now)
            _refuse(commands, "storage_full", FULL_PAUSE_S)
            return self._commit_on_full_disk(commands, now) if len(commands) > 1 else []
        except StorageDamaged:  # the log has said it
            self._take_back(now)
            if self._rooms.frozen:  # what stores nothing can still be done
                return self._commit_one_by_one(commands, now)
            _refuse(commands, "unavailable", FULL_PAUSE_S)
            return []
        except Exception:
            _log.exception("A turn failed; nothing of it was stored.")
            if not self._rooms.frozen:
                self._take_back(now)
            _refuse(commands, "internal", FULL_PAUSE_S)
            return self._commit_one_by_one(commands, now) if len(commands) > 1 else []
        if self._full:
            _log.warning("The disk stores again.")
            self._full = False
        return [batch]

    def _decide(self, commands: list[Command]) -> Batch:
        """Raises StorageDamaged when the log turned out to be damaged meanwhile."""
        decide = self._rooms.decide
        for command in commands:
            try:
                decide(command)
            except StorageDamaged as damaged:  # found before anything was changed, so it is alone
                command.answer = unreadable(getattr(command.request, "id", None), damaged)
        batch = self._rooms.taken()
        if self._disk.frozen != self._rooms.frozen:
            raise StorageDamaged(self._disk.frozen)
        return batch

    def _commit_one_by_one(self, commands: list[Command], now: float) -> list[Batch]:
        """One of these breaks us: the others shall not suffer by it."""
        committed = []
        for command in commands:
            command.answer = None
            committed += self._decide_and_commit([command], now)
        return committed

    def _take_back(self, now: float) -> None:
        """The commit failed: nobody but the senders hears of it, and the state is what the disk says."""
        self._void = True
        self._undone = self._undone or not self._rooms.frozen
        self._recover(now)

    def _recover(self, now: float) -> None:
        """Load the state from the disk. While that fails nothing is decided or read: it would be false."""
        try:
            self._rooms = self._from_disk_again()
        except StorageBroken as reason:
            if str(reason) != self._unreadable:
                _log.error("The disk cannot be read: %s. Nothing is answered until it can.", reason)
            self._unreadable = str(reason)
            self._read_again_at = now + FULL_PAUSE_S
            return
        self._void, self._undone, self._unreadable = False, False, ""
        self.hub.use(self._rooms, now)

    def _answer(
        self,
        order: list[tuple[Hashable, Ordered]],
        effects: Effects,
        now: float,
        at: int,
    ) -> None:
        answers = effects.answers
        answer = self.hub.answer
        for key, item in order:
            if type(item) is Command and type(item.request) is Message:
                given: AnyAnswer | Mark = item.answer  # type: ignore[assignment]  # decided, so it has one
            elif self._void and isinstance(item, Asked):
                given = _unavailable(item.request)
            else:
                try:
                    given = answer(key, item, now, at)
                except Exception:
                    given = _failed(item.request if isinstance(item, Command | Asked) else item)
            if key in answers:
                answers[key].append(given)
            else:
                answers[key] = [given]
            if type(item) is Command and type(item.request) in _SESSION_REQUESTS:
                held, lost = self.hub.release(key, now)
                if held:
                    self._inbox.append(Said(key, held))
                if lost:
                    self.lost(key)

    def _from_disk(self) -> Rooms:
        return self._new_rooms(self._disk.load())

    def _from_disk_again(self) -> Rooms:
        """A damaged log does not know who came and went since, or may not tell who is here: memory does."""
        if self._undone:
            try:
                return self._from_disk()
            except StorageBroken:
                if not self._disk.frozen:
                    raise
        return self._new_rooms(self._rooms.moved_to(self._disk.load_rooms()))

    def _new_rooms(self, world: World) -> Rooms:
        return Rooms(world, self._disk.place_of, self._disk.find_answer, self._disk.frozen)

    def _new_reader(self, rooms: Rooms, is_online: Callable[[str], bool]) -> Reader:
        return Reader(
            rooms=rooms,
            after=self._disk.after,
            before=self._disk.before,
            is_online=is_online,
            limits=self._settings.limits,
            epoch=self._disk.epoch,
        )


def _by_room(presence: Iterable[PresenceEvent]) -> list[Published]:
    """What waits together travels together: after a restart everybody comes back at once."""
    by_room: dict[str, list[PresenceEvent]] = {}
    for event in presence:
        by_room.setdefault(event.room, []).append(event)
    return [Published(room, events, [encode(event) for event in events]) for room, events in by_room.items()]


def _line(event: StoredEvent) -> str:
    match event:
        case LeftEvent():
            return f"{quoted(event.nick)} left {quoted(event.room)} ({event.reason})."
        case RenamedEvent():
            return f"{quoted(event.was)} is now {quoted(event.nick)} in {quoted(event.room)}."
        case _:
            return f"{quoted(event.nick)} joined {quoted(event.room)}."


_WHY: dict[Code, str] = {
    "storage_full": "The broker's disk is full, so nothing was stored; send this again later.",
    "unavailable": "The broker's disk cannot be read now; ask again later.",
    "internal": "The broker failed at this and stored nothing; send it again, and tell who runs it.",
}


def _failed(what: AnyRequest | Unread | Durable | AnyAnswer | Mark) -> Error:
    """The answer to a request that broke us; the others of its turn are served."""
    _log.exception("A request failed.")
    return Error(id=getattr(what, "id", None), code="internal", text=_WHY["internal"])


def _unavailable(what: AnyRequest | Unread | Mark) -> Error:
    return Error(id=getattr(what, "id", None), code="unavailable", text=_WHY["unavailable"])


def _refuse(commands: list[Command], code: Code, pause_s: float) -> None:
    for command in commands:
        request = command.request
        request_id = None if isinstance(request, Depart) else request.id
        command.answer = Error(
            id=request_id, code=code, text=_WHY[code], retry_after_ms=round(pause_s * 1000)
        )
