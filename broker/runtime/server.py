"""The loop: take in what arrived, let the pipeline take a turn, perform its effects.

Runs in the broker's one thread, on an asyncio selector loop; `stop` ends it within 2 s: no new connections,
what arrived is committed and answered, everybody is told, the doors close. broker/runtime/supervisor.py runs
it. Who comes in, and how, is the doors' business (broker/doors/door.py).
"""

import asyncio
import logging
import os
import secrets
import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeVar, cast

import msgspec
from loggia.broker.config import Config
from loggia.broker.doors.door import C, Connection, Door, Parting
from loggia.broker.doors.doors import DOORS, Make
from loggia.broker.runtime import chance, reading
from loggia.broker.runtime.operating import Act
from loggia.broker.runtime.pipeline import Effects, Pipeline
from loggia.broker.runtime.resting import Resting
from loggia.broker.sessions.hub import HubSettings, Ports
from loggia.broker.sessions.marks import Mark
from loggia.broker.sessions.peers import Requests
from loggia.broker.sessions.quotas import Bounds
from loggia.broker.storage.indexing import Indexing
from loggia.broker.storage.log import Log
from loggia.broker.telemetry.histogram import MOST_NOTED, SECONDS, Histogram
from loggia.broker.telemetry.series import Reading
from loggia.shared.protocol.answers import AnyAnswer, ServerInfo
from loggia.shared.protocol.limits import DAY_MS

VERSION = "0.1.0"
STOP_S = 0.7  # from when it is told to end, for requests on their way; telling everybody takes up to a second
AGAIN_S = 1.0  # a door that could not take in what waits is asked again after this
_SAID_AT = frozenset(
    10**exponent for exponent in range(12)
)  # what fails at every turn is said once in a while

_Answers = dict[Connection, list[AnyAnswer | Mark]]  # its keys were made by the doors
T = TypeVar("T")

_log = logging.getLogger("loggia")


STOP = Parting(
    "Stopping.",
    "The broker is stopping. Your client comes back by itself when it runs again.",
    "The server is stopping. Goodbye.",
)
PAUSE = Parting(
    "Stepping aside for a command at work on the log.",
    "The broker pauses for work on its log. Your client comes back by itself.",
    "The server pauses for a while. Please come back in a moment.",
)


class Server:
    """One broker: its log, its pipeline and its doors. To those it is what is inside.

    Attributes: `counters`, of what should be rare, for the log and a metrics page; `bound`, the settings with
    the addresses that are really served, once it is open.
    """

    def __init__(
        self, config: Config, loop: asyncio.AbstractEventLoop, doors: Sequence[Make] = DOORS
    ) -> None:
        self.bound = config
        self._loop = loop
        self._disk = Log(config.data, new_epoch=secrets.token_hex(8))
        self._index = Indexing(config.data, self._disk)
        settings = HubSettings(
            server=ServerInfo(name=config.name, version=VERSION),
            limits=config.limits,
            rate=config.rate,
            keep_ms=config.keep_days * DAY_MS,
            bounds=Bounds(**{name: getattr(config, name) for name in Bounds.__struct_fields__}),
        )
        ports = Ports(
            find_account=self._disk.find_account,
            mint=chance.mint,
            draw=chance.draw,
            broadcasts_for=_broadcasts_for,
            host_of=_host_of,
            unread_of=_unread_of,
        )
        self._pipeline = Pipeline(self._disk, settings, ports, loop.time(), self._index)
        self.counters = self._pipeline.hub.counters
        self._doors: list[Door[Any]] = []  # those that are not closed yet
        self._failures: dict[Door[Any], int] = {}
        self._turns = Histogram(SECONDS)
        self._in_turn = False
        self._turn_due: asyncio.Handle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._resting = Resting(loop, self._disk, self._index)
        self._again_at: float | None = None
        self._stop_at = 0.0
        self._stopped: asyncio.Future[Parting] = loop.create_future()
        try:
            for make in doors:
                if (door := make(config, loop, self)) is not None:
                    self._doors.append(door)
        except BaseException:
            self.abandon()
            raise

    def open(self) -> None:
        """Open the doors and say so. Raises OSError when one is taken."""
        opened = [door.open() for door in self._doors]
        for one in opened:
            self.bound = msgspec.structs.replace(self.bound, **one.bound)
        _log.info("Ready to serve on %s.", opened[0].at)
        for line in [line for one in opened for line in one.lines]:
            _log.info("%s", line)
        _log.info("Waiting for connections...")
        self.turn()

    async def run(self) -> Parting:
        """Serve until `stop`; what that was told."""
        return await self._stopped

    def stop(self, parting: Parting = STOP) -> None:
        """Stop accepting, commit and answer what is here, tell everybody, end `run`."""
        if not self._stopped.done():
            _log.info("%s", parting.log)
            self._stop_at = self._loop.time() + STOP_S
            self._stopped.set_result(parting)

    def stop_when_alone(self) -> None:
        """Stop, unless somebody is connected at one of the doors."""
        others = self._pipeline.hub.sessions.connected()
        others += sum(self._ask(door, door.nameless, failed=0) for door in self._doors)
        if others:
            people = "1 other" if others == 1 else f"{others} others"
            _log.info("Still serving %s; stop it with Ctrl+C or: kill %d", people, os.getpid())
        else:
            _log.info("Nobody else is connected; stopping.")
            self.stop()

    def close(self) -> None:
        """The end of `stop`'s work; afterwards no socket, timer or file of this server is open."""
        parting = self._stopped.result()
        for door in self._doors:
            self._ask(door, door.stop_accepting, failed=None)
        self._pipeline.hurry()
        self.turn()
        while self._pipeline.waits() and self._loop.time() < self._stop_at:
            self.turn()
        for connection in self._in_session():
            if connection.door.visitors:
                self._pipeline.lost(connection)
        self._close([door for door in self._doors if door.visitors], parting)
        self.turn()  # notices that the visitors are gone
        self.turn()  # and stores it
        self._close(list(self._doors), parting)
        self.abandon()

    def abandon(self) -> None:
        """Close everything without a word."""
        for handle in (self._turn_due, self._timer):
            if handle is not None:
                handle.cancel()
        self._resting.close()
        self._close(list(self._doors), None)
        self._index.close()
        self._disk.close()

    def _close(self, doors: Iterable[Door[Any]], parting: Parting | None) -> None:
        for door in doors:
            here = [connection for connection in self._in_session() if connection.door is door]
            self._ask(door, door.close, parting, here, failed=None)
            self._doors.remove(door)

    def _in_session(self) -> Sequence[Connection]:
        return cast(Sequence[Connection], self._pipeline.hub.peers_in_session())

    def operate(self, act: Act, who: str) -> str:
        """Do something with an account, or that of a nick; what was done. Raises LoggiaError."""
        done, effects = self._pipeline.operate(
            act, who, secrets.token_bytes(32), self._loop.time(), time.time_ns() // 1_000_000
        )
        self._perform(effects)
        self._turn_soon()
        return done

    def unwritable(self) -> str:
        """Why a write to the log would not be taken now; empty if it would, which is tried for real."""
        return STOP.log if self._stopped.done() else self._pipeline.unwritable(self._loop.time())

    def reading(self) -> Reading:
        """What there is now, for a metrics page."""
        return reading.of(self._pipeline, self._disk, self.bound.data, self._doors, self._turns)

    # -- One turn ------------------------------------------------------------------------------

    def turn(self) -> None:
        """Take in what waits at the doors, let it be stored, tell what came of it."""
        if self._turn_due is not None:
            self._turn_due.cancel()
            self._turn_due = None
        self._again_at = None
        self._in_turn = True
        began = time.perf_counter()
        try:
            if not self._pipeline.is_full():
                for door in self._doors:
                    self._take_in(door)
            now = self._loop.time()
            self._perform(self._pipeline.turn(now, time.time_ns() // 1_000_000))
            self._pipeline.took(self._loop.time() - now)
            self._disk.relieve()
            if said := self.counters.due(now):
                _log.info("In the last minute: %s.", said)
        finally:
            self._in_turn = False
            turns = self._turns.noted
            turns.append(time.perf_counter() - began)
            if len(turns) >= MOST_NOTED:
                self._turns.count()
        if self._pipeline.waits() or any(
            self._ask(door, door.has_input, failed=False) for door in self._doors
        ):
            self._turn_soon()
        self._arm_timer()
        self._resting.turned()

    def _turn_soon(self) -> None:
        if self._turn_due is None and not self._in_turn:
            self._turn_due = self._loop.call_soon(self.turn)

    def _arm_timer(self) -> None:
        hub = self._pipeline.hub
        times = (
            *(hub.sessions.lapses_at(), hub.silences.first(), self.counters.due_at(), self._again_at),
            self._pipeline.due_at(),
        )
        at = min((time for time in times if time is not None), default=None)
        if self._timer is not None:
            if self._timer.when() == at:
                return
            self._timer.cancel()
        self._timer = None if at is None else self._loop.call_at(at, self._time_is_over)

    def _time_is_over(self) -> None:
        self._timer = None
        self.turn()

    # -- The doors -----------------------------------------------------------------------------
    # What one of them raises is its own: the others go on.

    def _take_in(self, door: Door[Any]) -> None:
        try:
            door.take_in()
        except Exception:
            self._failed(door)
            self._again_at = self._loop.time() + AGAIN_S

    def _perform(self, effects: Effects) -> None:
        for connection, given in cast(_Answers, effects.answers).items():
            door = connection.door
            try:
                door.answer(connection, given)
            except Exception:
                self._failed(door)
        for key in effects.cut_off:
            connection = cast(Connection, key)
            _log.warning(
                "WARNING: %s sends more than it may, whatever it is told; it is cut off.", connection.peer
            )
            self.count("cut_off")
            self._ask(connection.door, connection.door.cut_off, connection, failed=None)
        for key in effects.silent:
            connection = cast(Connection, key)
            _log.info("%s was silent for too long; it is closed.", connection.peer)
            self._ask(connection.door, connection.door.cut_off, connection, failed=None)
        for key in effects.dismissed:
            connection = cast(Connection, key)
            self._ask(connection.door, connection.door.cut_off, connection, failed=None)
        for delivery in effects.deliveries:
            for door in reversed(self._doors):  # what tells all at once before what goes from one to the next
                try:
                    door.deliver(delivery)
                except Exception:
                    self._failed(door)
        for news in effects.news:
            said_by = cast(Connection | None, news.key)
            if said_by is None:  # it is of a room
                _log.info("%s", news.text, extra={"like": news.like})
            else:
                about = {"peer": said_by.peer, "like": news.like}
                _log.info("%s %s", said_by.peer, news.text, extra=about)

    def _ask(self, door: Door[Any], act: Callable[..., T], *arguments: object, failed: T) -> T:
        """What it gives; `failed` if it raises."""
        try:
            return act(*arguments)
        except Exception:
            self._failed(door)
            return failed

    def _failed(self, door: Door[Any]) -> None:
        """Called where its exception is handled."""
        if door not in self._doors:
            return  # it is closed; what was for its last connections came too late
        self.count("failures")
        so_far = self._failures[door] = self._failures.get(door, 0) + 1
        if so_far in _SAID_AT:
            _log.exception("The %s failed, %d so far; the others go on.", door.name, so_far)

    # -- What the doors bring ------------------------------------------------------------------

    def submit(self, door: Door[C], arrived: Iterable[tuple[C, Requests]]) -> None:
        self._pipeline.submit(arrived, visitors=door.visitors)
        self._turn_soon()

    def lost(self, connection: Connection) -> None:
        self._pipeline.lost(connection)
        self._turn_soon()

    def count(self, name: str, by: int = 1) -> None:
        usual = self._pipeline.hub.usual
        if name in usual:
            usual[name] += by
        else:
            self.counters.count(name, self._loop.time(), by)


def _broadcasts_for(key: Hashable) -> str:
    connection = cast(Connection, key)
    return connection.door.broadcasts_for(connection)


def _host_of(key: Hashable) -> str:
    return cast(Connection, key).host


def _unread_of(key: Hashable) -> int:
    return cast(Connection, key).unread
