"""A real broker in a process of its own, as a user starts it, with everything switched on."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.process import Unmet, cpu_s, running
from bench.surroundings import HOUSE

RATE = "1000000"  # the limit is on and counts, but far away
FREE = tuple(  # all that watches over them is on, but they are many at one address
    f"--{bound}=0"
    for bound in ("accounts-per-minute", "joins-per-minute", "rooms-per-account", "connections-per-address")
)


class Broker(NamedTuple):
    pid: int
    requests: str
    broadcasts: str

    def cpu_s(self) -> float | None:
        return cpu_s(self.pid)


def environment(house: Path) -> dict[str, str]:
    """In which `broker` and `loggia` are those of this checkout."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(house), str(house / "packaging")])}


@contextmanager
def running_broker(
    folder: Path, *flags: str, python: str = sys.executable, house: Path = HOUSE
) -> Iterator[Broker]:
    """Over the log in that folder, on free ports of loopback."""
    command = [python, "-P", "-m", "broker", "--data", str(folder), "--rate", RATE]
    command += ["--requests", "tcp://127.0.0.1:0", "--broadcasts", "tcp://127.0.0.1:0"]
    command += ["--front-door", "127.0.0.1:0", *flags]
    with running(command, environment(house)) as process:
        assert process.stdout is not None
        said: dict[str, str] = {}
        for line in process.stdout:
            what, _, endpoint = line.strip().partition(" on ")
            said[what] = endpoint
            if line.startswith("Waiting"):
                break
        if "Requests" not in said:
            raise Unmet(f"the broker of {house} does not start")
        yield Broker(process.pid, said["Requests"], said["Broadcasts"])
