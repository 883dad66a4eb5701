"""The loop: take in what arrived, let the pipeline take a turn, perform its effects.

Runs in the broker's one thread, on an asyncio selector loop; `stop` ends it within 2 s: no new connections,
what arrived is committed and answered, everybody is told, the doors close. broker/runtime/supervisor.py runs
it.
"""

import asyncio
import logging
import os
import secrets
import time
from collections.abc import Hashable, Sequence
from typing import NamedTuple, cast

import msgspec
from loggia.broker.config import Config
from loggia.broker.doors.classic.connection import Visitor
from loggia.broker.doors.classic.door import FrontDoor
from loggia.broker.doors.zeromq.door import Doors
from loggia.broker.runtime.pipeline import Effects, Pipeline
from loggia.broker.sessions.hub import HubSettings, Ports
from loggia.broker.storage.log import Log
from loggia.shared.protocol.addresses import Place
from loggia.shared.protocol.answers import AnyAnswer, Error, ServerInfo
from loggia.shared.protocol.requests import AnyRequest

VERSION = "0.1.0"
READ_S = 0.2  # at the end, this long for clients to read the goodbye
STOP_S = 1.0  # at the end, this long for requests that are on their way through the pipeline

_log = logging.getLogger("loggia")


class Parting(NamedTuple):
    """Why a server ends, in words for its log, for clients and for visitors of the front door."""

    log: str
    clients: str
    visitors: str


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
    """One broker: its log, its pipeline and its three doors.

    Attributes: `counters`, of what should be rare, for the log and a metrics page; `bound`, the settings with
    the addresses that are really served, once it is open.
    """

    def __init__(self, config: Config, loop: asyncio.AbstractEventLoop) -> None:
        self.bound = config
        self._loop = loop
        self._disk = Log(config.data, new_epoch=secrets.token_hex(8))
        self._doors = Doors(config.limits)
        settings = HubSettings(
            server=ServerInfo(name=config.name, version=VERSION), limits=config.limits, rate=config.rate
        )
        ports = Ports(find_account=self._disk.find_account, mint=_mint, broadcasts_for=self._broadcasts_for)
        self._pipeline = Pipeline(self._disk, settings, ports, loop.time())
        self.counters = self._pipeline.hub.counters
        self._front = FrontDoor(
            loop=loop, limits=config.limits, submit=self._visitor_says, lost=self._visitor_lost
        )
        self._lost: list[bytes] = []
        self._turn_due: asyncio.Handle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stopped: asyncio.Future[Parting] = loop.create_future()

    def open(self) -> None:
        """Open the doors and say so. Raises OSError when one is taken."""
        wanted = self.bound
        front = None if wanted.front_door is None else self._front.open(*wanted.front_door)
        requests, broadcasts = self._doors.bind(wanted.requests, wanted.broadcasts)
        self.bound = msgspec.structs.replace(
            wanted, front_door=front, requests=requests, broadcasts=broadcasts
        )
        ready = requests.partition("://")[2] if front is None else str(Place(*front))
        for fd in self._doors.fds:
            self._loop.add_reader(fd, self._turn)
        _log.info("Ready to serve on %s.", ready)
        _log.info("Requests on %s", requests)
        _log.info("Broadcasts on %s", broadcasts)
        _log.info("Waiting for connections...")
        self._turn()

    async def run(self) -> Parting:
        """Serve until `stop`; what that was told."""
        return await self._stopped

    def stop(self, parting: Parting = STOP) -> None:
        """Stop accepting, commit and answer what is here, tell everybody, end `run`."""
        if not self._stopped.done():
            _log.info("%s", parting.log)
            self._stopped.set_result(parting)

    def stop_when_alone(self) -> None:
        """Stop, unless somebody is connected at one of the doors."""
        others = self._pipeline.hub.sessions.connected() + self._front.nameless()
        if others:
            people = "1 other" if others == 1 else f"{others} others"
            _log.info("Still serving %s; stop it with Ctrl+C or: kill %d", people, os.getpid())
        else:
            _log.info("Nobody else is connected; stopping.")
            self.stop()

    def close(self) -> None:
        """The end of `stop`'s work; afterwards no socket, timer or file of this server is open."""
        parting = self._stopped.result()
        self._front.stop_accepting()
        deadline = self._loop.time() + STOP_S
        self._turn()
        while self._pipeline.waits() and self._loop.time() < deadline:
            self._turn()
        for key in self._pipeline.hub.peers_in_session():
            if not isinstance(key, bytes):
                self._pipeline.lost(key)
        self._front.close(parting.visitors)
        self._turn()  # notices that the visitors are gone
        self._turn()  # and stores it
        goodbye = Error(id=None, code="unavailable", text=parting.clients)
        peers = [key for key in self._pipeline.hub.peers_in_session() if isinstance(key, bytes)]
        for key in peers:
            self._doors.part(key, goodbye)
        if peers:  # at the end of a connection a client's libzmq drops what it has not read
            time.sleep(READ_S)
        self.abandon()

    def abandon(self) -> None:
        """Close everything without a word."""
        for fd in self._doors.fds:
            self._loop.remove_reader(fd)
        for handle in (self._turn_due, self._timer):
            if handle is not None:
                handle.cancel()
        self._front.close("")
        self._doors.close()
        self._disk.close()

    # -- One turn ------------------------------------------------------------------------------

    def _turn(self) -> None:
        if self._turn_due is not None:
            self._turn_due.cancel()
            self._turn_due = None
        pipeline, doors = self._pipeline, self._doors
        # closed connections first: what they had said is at the ROUTER then, and is taken in before they go
        self._lost += doors.connections.take_lost()
        arrived, all_of_it = doors.drain()
        pipeline.submit("requests", arrived)
        lost: list[bytes] = []
        if all_of_it:
            lost, self._lost = self._lost, []
        for key in lost:
            pipeline.lost(key)
        now = self._loop.time()
        self._perform(pipeline.turn(now, time.time_ns() // 1_000_000))
        for key in lost:
            if pipeline.hub.knows(key):  # what it said behind a join is handled in the next turn
                self._lost.append(key)
            else:
                doors.forget(key)
        self.counters.count("drops", now, doors.take_dropped())
        if said := self.counters.due(now):
            _log.info("In the last minute: %s.", said)
        if not all_of_it or pipeline.waits() or doors.has_input():
            self._turn_soon()
        self._arm_timer()

    def _turn_soon(self) -> None:
        if self._turn_due is None:
            self._turn_due = self._loop.call_soon(self._turn)

    def _arm_timer(self) -> None:
        times = (self._pipeline.hub.sessions.lapses_at(), self.counters.due_at())
        at = min((time for time in times if time is not None), default=None)
        if self._timer is not None:
            if self._timer.when() == at:
                return
            self._timer.cancel()
        self._timer = None if at is None else self._loop.call_at(at, self._time_is_over)

    def _time_is_over(self) -> None:
        self._timer = None
        self._turn()

    def _perform(self, effects: Effects) -> None:
        for key, answers in effects.answers.items():
            if isinstance(key, bytes):
                self._doors.answer(key, answers)
            else:
                self._front.answer(cast(Visitor, key), cast(list[AnyAnswer], answers))
        for delivery in effects.deliveries:
            self._doors.deliver(delivery)
            self._front.deliver(delivery)
        for news in effects.news:
            if isinstance(news.key, bytes):
                where = self._doors.connections.where(news.key)
                _log.info("%s %s", where, news.text, extra={"peer": where})
            else:
                _log.info("%s", news.text)

    # -- What the doors bring ------------------------------------------------------------------

    def _visitor_says(self, visitor: Visitor, requests: Sequence[AnyRequest]) -> None:
        self._pipeline.submit("front", [(visitor, requests)])
        self._turn_soon()

    def _visitor_lost(self, visitor: Visitor) -> None:
        self._pipeline.lost(visitor)
        self._turn_soon()

    def _broadcasts_for(self, key: Hashable) -> str:
        return self._doors.broadcasts_for(key) if isinstance(key, bytes) else self._doors.broadcasts


def _mint(visitor: bool) -> tuple[str, str]:
    """A new account and the token that proves it, with 256 bits of chance.

    48 bits for an account: the log refuses a twin. It forgets those of visitors, so theirs have 96.
    """
    return secrets.token_hex(12 if visitor else 6), secrets.token_urlsafe(32)
