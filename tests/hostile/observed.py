"""A process as the system sees it, on Linux: its memory, descriptors and time."""

import contextlib
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

LOOK_S = 0.05


class Seen(NamedTuple):
    """Over some time. `memory_mb`, `descriptors`: at its end. `peak_mb`: ever since the process is observed.
    `cpu`: percent of a core."""

    memory_mb: float
    peak_mb: float
    descriptors: int
    most_descriptors: int
    cpu: float


class Observed:
    """The process `pid`. Once it has ended, what was seen last."""

    def __init__(self, pid: int) -> None:
        self._proc = Path(f"/proc/{pid}")
        self._last = (0.0, 0, 0.0)
        with contextlib.suppress(OSError):  # of a system that does not forget, it is what it ever was
            (self._proc / "clear_refs").write_text("5")

    def over(self, seconds: float) -> Seen:
        end = time.monotonic() + seconds
        return self.until(lambda: time.monotonic() >= end)

    def until(self, done: Callable[[], bool]) -> Seen:
        """Look until then, twenty times a second; the system itself keeps the peak of the memory."""
        began, (memory, descriptors, cpu_s) = time.monotonic(), self._look()
        most, most_mb = descriptors, memory
        while True:
            last = done()
            memory, descriptors, now_s = self._look()
            most, most_mb = max(most, descriptors), max(most_mb, self._of_status("VmHWM"), memory)
            if last:
                break
            time.sleep(LOOK_S)
        elapsed = max(time.monotonic() - began, LOOK_S)
        return Seen(memory, most_mb, descriptors, most, 100 * (now_s - cpu_s) / elapsed)

    def _look(self) -> tuple[float, int, float]:
        try:
            ticks = (self._proc / "stat").read_text().rpartition(")")[2].split()[11:13]
            cpu_s = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
            self._last = (self._of_status("VmRSS"), len(os.listdir(self._proc / "fd")), cpu_s)
        except OSError:
            pass  # it has ended
        return self._last

    def _of_status(self, name: str) -> float:
        try:
            found = re.search(rf"^{name}:\s+(\d+) kB", (self._proc / "status").read_text(), re.MULTILINE)
        except OSError:
            found = None
        return int(found[1]) / 1024 if found else 0.0
