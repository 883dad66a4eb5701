"""Runs in run.py's only thread: one run.py at a time. The lock ends with the process.

Standard library only.
"""

import contextlib
import errno
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from loggia.launch.console import say

LOCKED_BYTE = 2**30  # Windows locks ranges of bytes: one far behind the end, so that reading goes on
LOCK_POLL_S = 0.2
HELD = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)  # of these the last two on Windows


@contextlib.contextmanager
def alone(file: Path, waiting: str) -> Iterator[None]:
    """Hold `file`, which is there already; while another run.py holds it, say `waiting` and wait."""
    with file.open("rb") as lock:
        if not _lock(lock.fileno()):
            say(waiting)
            while not _lock(lock.fileno()):
                time.sleep(LOCK_POLL_S)
        yield


@contextlib.contextmanager
def alone_at_once(file: Path) -> Iterator[bool]:
    """Hold `file` if nobody else does; gives whether it is held. Nobody waits."""
    with file.open("rb") as lock:
        yield _lock(lock.fileno())


def _lock(file: int) -> bool:
    """Take the lock if nobody holds it; also true where files cannot be locked at all."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(file, LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as reason:
        return reason.errno not in HELD
    return True
