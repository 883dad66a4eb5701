"""How long a test waits for what must come, and how it measures what we promise to do within some time.

Other programs run on the machine too, and what they take says nothing about ours.
"""

import re
import time
from pathlib import Path

PATIENCE_S = 60.0  # only a test that fails waits this long
PRESSURE = [Path("/proc/pressure") / of for of in ("cpu", "io")]  # of Linux; elsewhere all time counts


class Stopwatch:
    """The time since it was made, less that in which some program here waited for a processor or the disk.

    So a promise of two seconds is checked to the letter on a machine that has time, and a busy one, of which
    nothing was promised, fails no test.
    """

    def __init__(self) -> None:
        self._began, self._starved = time.monotonic(), _starved_s()

    def read_s(self) -> float:
        return max(0.0, time.monotonic() - self._began - self.starved_s())

    def starved_s(self) -> float:
        """How long since it was made some program here waited for a processor or the disk."""
        return _starved_s() - self._starved


def _starved_s() -> float:
    """Since the system started; each moment counts once, however many programs wait."""
    return sum(_total_us(file) for file in PRESSURE) / 1e6


def _total_us(file: Path) -> int:
    try:
        found = re.search(r"^some .*total=(\d+)", file.read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) if found else 0
