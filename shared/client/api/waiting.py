"""How threads of a program wait for what its link is told. No thread runs here.

What is waited for is in the inbox (shared/client/api/inbox.py), which the link's thread changes under the
same lock.
"""

import os
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NoReturn

from loggia.shared.client.api.inbox import Inbox
from loggia.shared.protocol.errors import (
    Closed,
    LoggiaError,
    NotReachable,
    Refused,
    StorageFull,
    WrongProcess,
)

LOOK_S = 0.5 if os.name == "nt" else None  # Windows interrupts no wait that has no end


class Waiters:
    """`lock`: of the inbox. `timeout_s`: how long a call waits for the broker.

    `ended`: what the link ended by; `closed`: by the program's wish. Only those are woken for whom something
    happened: to wake a thread costs more than to hear of a message.
    """

    def __init__(self, inbox: Inbox, timeout_s: float) -> None:
        self.lock = threading.RLock()
        self.timeout_s = timeout_s
        self.ended: LoggiaError | None = None
        self.closed = False
        self._inbox = inbox
        self._process = os.getpid()
        self._asleep: dict[threading.Condition, Callable[[], object]] = {}  # until what happens

    @property
    def is_ours(self) -> bool:
        """This is the process that the client was made in."""
        return os.getpid() == self._process

    def here(self) -> AbstractContextManager[object]:
        """The lock, in the process that made the client; in a forked child it may be held for ever."""
        if not self.is_ours:
            raise WrongProcess(
                "This client was made by another process, and its connection did not come along in the fork."
                " Make a new client in each process."
            )
        return self.lock

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

    def wait(self, happened: Callable[[], object], timeout_s: float | None = None) -> bool:
        """Until it happened, or `timeout_s`, by default that of the client; raises what ends the client."""
        if happened():
            return True
        self.check()
        self._sleep(happened, self.timeout_s if timeout_s is None else timeout_s)
        if happened():
            return True
        self.check()
        return False

    def wait_or_end(self, happened: Callable[[], object]) -> None:
        """Until it happened, or the client ended."""
        while not (happened() or self._is_over):
            self._sleep(happened, LOOK_S)

    def wake(self) -> None:
        """The inbox has changed, or the client ended: wake those who waited for that."""
        for changed, happened in self._asleep.items():
            if self._is_over or happened():
                changed.notify()

    @property
    def _is_over(self) -> bool:
        return self.closed or self.failure is not None

    def _sleep(self, happened: Callable[[], object], timeout_s: float | None) -> None:
        changed = threading.Condition(self.lock)
        self._asleep[changed] = happened
        try:
            changed.wait_for(lambda: happened() or self._is_over, timeout_s)
        finally:
            del self._asleep[changed]

    def silence(self) -> str:
        """That the broker has not answered, and why, as far as that is known."""
        reason = f" ({self._inbox.reason})" if self._inbox.reason else ""
        return f"The broker has not answered within {self.timeout_s:g} s{reason}"

    def unsent(self, *, is_slow: bool) -> NoReturn:
        """A message was not stored in time; `is_slow`: the broker asks to wait, as its room is."""
        if is_slow:
            text = "The room is slow; the message waits on this computer and is sent by itself in its turn."
            raise Refused("slow_down", text)
        self.too_late(
            f"{self.silence()}. The message waits on this computer and is sent by itself as soon as the"
            " broker is back."
        )

    def too_late(self, text: str) -> NoReturn:
        """Nobody answered in time; with a full disk nobody was asked."""
        if self._inbox.disk_full:
            raise StorageFull(
                f"{self._inbox.disk_full} Nothing is sent until there is room; what is said waits in memory."
            )
        raise NotReachable(text)
