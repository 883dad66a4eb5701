"""`python -m tests.endtoend.jumping FILE MODULE ...`: a module as a program whose clock a test can move.

FILE says by how many ms the clock is off; it is read each time the program asks for the time of day. The
monotonic clock goes on as it does when somebody sets a computer's clock.
"""

import runpy
import sys
import time
from pathlib import Path

NS_PER_MS = 1_000_000


def jump(file: Path) -> None:
    """From here on the time of day is off by what the file says."""
    right_ns = time.time_ns

    def wrong_ns() -> int:
        return right_ns() + int(file.read_text()) * NS_PER_MS

    time.time_ns = wrong_ns
    time.time = lambda: wrong_ns() / 1e9


if __name__ == "__main__":
    jump(Path(sys.argv[1]))
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
