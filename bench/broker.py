"""A real broker in a process of its own, as a user starts it, with everything switched on."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")
RATE = "1000000"  # the limit is on and counts, but far away


class Broker(NamedTuple):
    pid: int
    requests: str
    broadcasts: str

    def cpu_s(self) -> float | None:
        """User and system time of the process, as the operating system accounts it; None without /proc."""
        try:
            fields = (PROC / str(self.pid) / "stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            return None
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running_broker(folder: Path, *flags: str) -> Iterator[Broker]:
    command = [sys.executable, "-m", "broker", "--data", str(folder), "--rate", RATE]
    command += ["--requests", "tcp://127.0.0.1:0", "--broadcasts", "tcp://127.0.0.1:0"]
    command += ["--front-door", "127.0.0.1:0", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said: dict[str, str] = {}
            for line in process.stdout:
                what, _, endpoint = line.strip().partition(" on ")
                said[what] = endpoint
                if line.startswith("Waiting"):
                    break
            yield Broker(process.pid, said["Requests"], said["Broadcasts"])
        finally:
            process.terminate()
            process.communicate()
