"""How many of the process's descriptors connections may take, so that the broker itself never lacks one. In
the loop's thread. The first line that says so comes at once, the next ones once a minute.

Without the rest, the broker could not accept those whom it refuses, hear a command, or begin a new file of
its live log; and libzmq's thread asks in a loop for what it cannot accept.
"""

import logging
import sys

from loggia.shared.process import descriptors
from loggia.shared.protocol.errors import LoggiaError

OWN = 30  # what a broker has open when it serves and nobody is there, beside what it was started with
STREAMS = 3  # that every program is started with
SPARE = 8  # above what connections may take
LEAST = OWN + SPARE + 2  # so that one client can come
SAY_S = 60.0

_log = logging.getLogger("loggia")


def share_of(most: int) -> int:
    """How many of `most` descriptors one address may have at doors that bound it: one client has room, and of
    what connections may take never all is gone."""
    return max(2, (most - STREAMS - OWN - SPARE) * 3 // 4)


def share() -> int:
    """As many as are allowed now."""
    return share_of(descriptors.limit())


class TooFew(LoggiaError):
    """The system allows fewer descriptors than a broker needs."""


def check() -> None:
    """At the start, before anything is opened. Raises TooFew."""
    if sys.platform == "win32":
        return
    most = descriptors.limit()
    free = descriptors.free_below(most, LEAST)
    if free < LEAST:
        raise TooFew(
            f"a broker needs {LEAST} file descriptors, and two more for each client; of {most} that are "
            f"allowed here {free} are free. Raise the limit (`ulimit -n 1024`, or LimitNOFILE= of its unit), "
            "and start it again"
        )


class Headroom:
    """What one door knows of it. `door`: its name, for people."""

    def __init__(self, door: str) -> None:
        self._door = door
        self._refused = 0
        self._said_at: float | None = None

    def has_room_for(self, fd: int) -> bool:
        """Whether a connection that got this number may stay."""
        return fd < descriptors.limit() - SPARE

    def is_back(self, others: int = 0) -> bool:
        """Whether one more client could come, beside `others` that have to be opened."""
        most = descriptors.limit() - SPARE
        return descriptors.free_below(most, others + 2) == others + 2

    def is_due(self, now: float) -> bool:
        """Whether it is time to say that a connection is refused; `now`: loop time, s."""
        if self._said_at is not None and now < self._said_at + SAY_S:
            return False
        self._said_at = now
        return True

    def refused(self, now: float, why: str = "no descriptor is free for it", then: str = "") -> None:
        """A connection is. `then`: when others come in again, if not when there are more descriptors."""
        self._refused += 1
        if self.is_due(now):
            _log.warning(
                "WARNING: Failed to accept a connection at the %s, %d so far: %s. %s",
                self._door, self._refused, why, then or _then(),
            )  # fmt: skip


def _then() -> str:
    return (
        f"Others come in again when some have gone; a higher limit than {descriptors.limit()} (ulimit -n, "
        "LimitNOFILE=) lets in more."
    )
