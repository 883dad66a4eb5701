"""Who is measured: Loggia, another checkout of it, and the servers of others that do the same work."""

import functools
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple, Protocol

from bench import surroundings
from bench.broker import FREE, Broker, running_broker
from bench.dealers import dealing, tuning
from bench.speakers import Speaker
from bench.subscribers import Counted, counting, subscribers


class Load(NamedTuple):
    """So many speak, each with so many unanswered messages, and so many listen."""

    speakers: int
    window: int
    listeners: int


class Talk(NamedTuple):
    """A server to which a load is connected. `counted`: what arrived at those who listen."""

    pid: int
    speakers: Sequence[Speaker]
    counted: Counted


class Rival(Protocol):
    """`name`: one word, for tables. `part`: of the messages, that it is told: less where each takes long."""

    @property
    def name(self) -> str: ...

    @property
    def part(self) -> float: ...

    def lacking(self) -> str:
        """Why it cannot be measured here, or nothing."""

    def version(self) -> str: ...

    def talking(self, folder: Path, load: Load) -> AbstractContextManager[Talk]:
        """It serves, with what it keeps in that folder; afterwards it has ended."""


class Loggia(NamedTuple):
    """A checkout, and the Python that runs it."""

    name: str = "loggia"
    house: Path = surroundings.HOUSE
    python: str = sys.executable
    part: float = 1.0

    @classmethod
    def at(cls, house: Path) -> "Loggia":
        """Another checkout, with the Python of its own `.venv` if it has one."""
        python = house / ".venv" / "bin" / "python"
        return cls("against", house.resolve(), str(python if python.exists() else sys.executable))

    def lacking(self) -> str:
        return "" if (self.house / "broker" / "__main__.py").exists() else "is no checkout of Loggia"

    def version(self) -> str:
        return f"{surroundings.commit(self.house)}, Python {surroundings.python(self.python)}"

    def running(self, folder: Path, *flags: str) -> AbstractContextManager[Broker]:
        return running_broker(folder, *FREE, *flags, python=self.python, house=self.house)

    def programs(self) -> dict[str, str]:
        """In which a program of the bench uses the library of this checkout."""
        paths = os.pathsep.join([str(self.house / "packaging"), str(surroundings.HOUSE)])
        return {**os.environ, "PYTHONPATH": paths}

    @contextmanager
    def talking(self, folder: Path, load: Load) -> Iterator[Talk]:
        with self.running(folder) as broker, self.load(broker, load) as talk:
            yield talk

    @contextmanager
    def load(self, broker: Broker, load: Load) -> Iterator[Talk]:
        """Connected to one of its brokers."""
        with dealing(broker, load.speakers) as speakers:
            listen = functools.partial(subscribers, broker.broadcasts, load.listeners)
            hearing = counting(listen, functools.partial(tuning, broker))
            with hearing if load.listeners else nullcontext(nobody) as counted:
                yield Talk(broker.pid, speakers, counted)


def nobody(expected: int) -> tuple[int, float]:
    """Counts what nobody listens to."""
    return 0, time.perf_counter()


HERE = Loggia()
