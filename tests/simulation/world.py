"""A whole world in one process: broker, disk, network, clients and visitors, all from one seed.

Runs in the caller's thread. `live` takes it through one history to its end; `close` removes its files.
"""

import logging
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
from loggia.broker.storage import wiping
from loggia.shared.protocol.limits import LOBBY

from tests.simulation import verdict
from tests.simulation.brokers import Broker
from tests.simulation.clients import Client
from tests.simulation.disk import Disk, Killed
from tests.simulation.kinds import BOT, SCRIPT, WINDOW
from tests.simulation.ledger import Ledger, Violation
from tests.simulation.network import Network, Weather
from tests.simulation.schedule import Schedule
from tests.simulation.second_log import Record
from tests.simulation.visitors import Visitor

ROOMS = [LOBBY, "lab", "tea"]
STEP_S = 4.0  # how often it is looked whether all has come to rest
LONGEST_S = 900.0  # a world that is healed comes to rest within this
SHM = Path("/dev/shm")


class World:
    """Attributes: `trace`, every step in words, when it is wanted; else None."""

    def __init__(self, seed: int, *, traced: bool = False, recorded: bool = False) -> None:
        self.chance = random.Random(seed)
        self.trace: list[str] | None = [] if traced else None
        self.schedule = Schedule()
        # when it is due decides what the disk does
        self._time, wiping.time = wiping.time, _Clock(self.schedule)
        self.folder = Path(tempfile.mkdtemp(prefix="loggia-", dir=SHM if SHM.is_dir() else None))
        self.disk = Disk(self.folder, self.chance)
        self.ledger = Ledger()
        self.network = Network(self.schedule, self.chance)
        say = self._say if traced else _nothing
        self.network.say = self.disk.say = self.say = say
        self.broker = Broker(
            self.schedule,
            self.network,
            self.disk,
            self.ledger,
            self.chance,
            self.folder,
            rate=self.chance.choice([0.0, 0.0, 50.0, 2.0]),
            say=say,
        )
        if recorded:
            self.broker.record = Record(self.folder, self.disk)
        self.clients: list[Client] = []
        self.visitors: list[Visitor] = []

    def close(self) -> None:
        for client in self.clients:
            client.off = True
            client.die()
            client.copy.close()
        self.broker.down_s = float("inf")
        self.broker.kill()
        self.disk.close()
        wiping.time = self._time
        shutil.rmtree(self.folder)

    def populate(self) -> None:
        """The broker, and three or four clients of several kinds."""
        chance = self.chance
        self.broker.start()
        kinds = [WINDOW, chance.choice([WINDOW, SCRIPT]), chance.choice([BOT, BOT, SCRIPT])]
        kinds += [chance.choice([WINDOW, SCRIPT, BOT])] * (chance.random() < 0.4)
        for number, kind in enumerate(kinds):
            rooms = [LOBBY, *([chance.choice(ROOMS[1:])] if chance.random() < 0.4 else [])]
            client = Client(
                number,
                kind,
                rooms,
                schedule=self.schedule,
                network=self.network,
                ledger=self.ledger,
                chance=chance,
                say=self.say,
            )
            self.clients.append(client)
            self.schedule.after(chance.uniform(0.0, 2.0), client.start)

    def visit(self) -> None:
        """Somebody comes to the front door."""
        if self.broker.life is not None:
            nick = f"guest{len(self.visitors)}"
            visitor = Visitor(self.schedule, self.chance, self.broker, nick, self.say)
            visitor.epoch = self.ledger.epoch
            self.visitors.append(visitor)

    def heal(self) -> None:
        """Everything works from now on, and everybody is awake."""
        self.say("world", "is healed")
        self.network.weather = Weather()
        self.network.unplugged.clear()
        self.disk.full = False
        self.disk.fails_at = self.disk.dies_at = -1
        self.broker.dies_after, self.broker.down_s = None, 0.5
        for client in self.clients:
            client.copy.full, client.copy.dies = False, ""
            if client.run is not None:
                client.run.dies_sending = 0
            client.wake()
            client.start()
        for visitor in self.visitors:
            visitor.goodbye()

    def rest(self) -> None:
        """Let time pass until nothing moves; raises Violation when that takes too long."""
        until = self.schedule.now + LONGEST_S
        self.schedule.run_until(self.schedule.now + STEP_S)
        while reason := verdict.unrest(self):
            if self.schedule.now > until:
                raise Violation(f"does not come to rest: {reason}")
            self.schedule.run_until(self.schedule.now + STEP_S)

    def judge(self) -> None:
        verdict.judge(self)

    def _say(self, who: object, *what: object) -> None:
        self.trace.append(f"{self.schedule.now:12.4f} {who}: {' '.join(map(str, what))}")


class _Clock:
    """Stands in for the module `time`."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule

    def monotonic(self) -> float:
        return self._schedule.now


def _nothing(*what: object) -> None:
    return


@contextmanager
def silence() -> Iterator[None]:
    """What the product logs about the faults is no news, and neither is a death inside SQLite."""
    loggers = [logging.getLogger(name) for name in ("loggia", "loggia.shared.client.link.loop")]
    hook, sys.unraisablehook = sys.unraisablehook, _not_of_the_dead
    was = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for logger, disabled in zip(loggers, was, strict=True):
            logger.disabled = disabled


def _not_of_the_dead(unraisable) -> None:
    if not issubclass(unraisable.exc_type, Killed | apsw.IOError | apsw.FullError):
        sys.__unraisablehook__(unraisable)
