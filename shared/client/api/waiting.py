"""How threads of a program wait for what its link is told. No thread runs here.

What is waited for is in the inbox (shared/client/api/inbox.py), which the link's thread changes under the
same lock.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import NoReturn

from loggia.shared.client.api.inbox import Inbox
from loggia.shared.protocol.errors import Closed, LoggiaError, NotReachable, StorageFull, WrongProcess


class Waiters:
    """`changed`: the lock, which is told of each change. `timeout_s`: how long a call waits for the broker.

    `ended`: what the link ended by; `closed`: by the program's wish.
    """

    def __init__(self, inbox: Inbox, timeout_s: float) -> None:
        self.changed = threading.Condition()
        self.timeout_s = timeout_s
        self.ended: LoggiaError | None = None
        self.closed = False
        self._inbox = inbox
        self._process = os.getpid()

    @property
    def is_ours(self) -> bool:
        """This is the process that the client was made in."""
        return os.getpid() == self._process

    @contextlib.contextmanager
    def here(self) -> Iterator[None]:
        """The lock, in the process that made the client; in a forked child it may be held for ever."""
        if not self.is_ours:
            raise WrongProcess(
                "This client was made by another process, and its connection did not come along in the fork."
                " Make a new client in each process."
            )
        with self.changed:
            yield

    # -- Under the lock ------------------------------------------------------------------------

    @property
    def failure(self) -> LoggiaError | None:
        """What ended the client, if it was not `close`."""
        return self._inbox.refused or self.ended

    def check(self) -> None:
        """Raise what ended the client, if anything did."""
        if self.failure is not None:
            raise self.failure
        if self.closed:
            raise Closed("This client was closed; make a new one.")

    def wait(self, happened: Callable[[], bool]) -> bool:
        """Until it happened, or `timeout_s`; raises what ends the client."""
        deadline = time.monotonic() + self.timeout_s
        while not happened():
            self.check()
            if not self.changed.wait(max(deadline - time.monotonic(), 0.0)):
                return happened()
        return True

    def silence(self) -> str:
        """That the broker has not answered, and why, as far as that is known."""
        reason = f" ({self._inbox.reason})" if self._inbox.reason else ""
        return f"The broker has not answered within {self.timeout_s:g} s{reason}"

    def too_late(self, text: str) -> NoReturn:
        """Nobody answered in time; with a full disk nobody was asked."""
        if self._inbox.disk_full:
            raise StorageFull(
                f"{self._inbox.disk_full} Nothing is sent until there is room; what is said waits in memory."
            )
        raise NotReachable(text)
