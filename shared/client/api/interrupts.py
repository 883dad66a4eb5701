"""Ctrl+C and SIGTERM, told from what a handler raises itself. Signals reach the main thread alone.

A handler that raises KeyboardInterrupt or SystemExit failed; a program that is interrupted in a handler ends.
"""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

# SIGHUP: the terminal was closed; SIGBREAK: the same on Windows, or Ctrl+Break
ENDING = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
]


class Interrupts:
    """Whether this program was interrupted, within `noticed`."""

    def __init__(self) -> None:
        self._raised: BaseException | None = None
        self._is_held = False
        self._waiting: list[Callable[[], object]] = []

    def check(self) -> None:
        """Raises what an interrupt raised, if there was one, whatever became of that since."""
        if self._raised is not None:
            raise self._raised

    @contextlib.contextmanager
    def noticed(self) -> Iterator[None]:
        """In the main thread each of ENDING raises KeyboardInterrupt, or what the program wants it to raise.

        What is ignored stays so: `nohup` asks for that.
        """
        self._raised = None
        self._waiting.clear()
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in ENDING}
        try:
            for number, handler in before.items():
                if handler is signal.SIG_DFL or callable(handler):
                    signal.signal(number, self._noticing(handler))
            yield
        finally:
            for number, handler in before.items():
                if handler is not None:
                    signal.signal(number, handler)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """What comes meanwhile is raised at the end: for what must be had whole, or could not be let go."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        while self._waiting:
            self._waiting.pop(0)()

    def _noticing(self, handler: Any) -> Callable[..., None]:
        def notice(number: int, frame: Any) -> None:
            if self._is_held:
                self._waiting.append(lambda: notice(number, frame))
                return
            try:
                if not callable(handler):
                    raise KeyboardInterrupt
                handler(number, frame)
            except BaseException as raised:
                self._raised = raised
                raise

        return notice
