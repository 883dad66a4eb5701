"""What tells a program to end: SIGTERM, and SIGHUP when its terminal is closed; Ctrl+C is Python's own."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

_NAMES = ("SIGTERM", "SIGHUP", "SIGBREAK")  # some systems have no SIGHUP, and Windows has SIGBREAK


def ending() -> list[signal.Signals]:
    """Those that this program has to answer; SIGHUP is none when it was started to ignore that (nohup)."""
    known = [signal.Signals[name] for name in _NAMES if name in signal.Signals.__members__]
    return [number for number in known if signal.getsignal(number) is not signal.SIG_IGN]


def code_of(interrupt: KeyboardInterrupt) -> int:
    """The exit code after it, as shells give it."""
    number = interrupt.args[0] if interrupt.args else signal.SIGINT
    return 128 + int(number)


@contextlib.contextmanager
def interrupting() -> Iterator[None]:
    """Within it the first of these signals is a KeyboardInterrupt with its number. In the main thread.

    Only the first: a terminal that closes may send several, and cleaning up must not be interrupted.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    interrupted = False

    def interrupt(number: int, _: Any) -> None:
        nonlocal interrupted
        if not interrupted:
            interrupted = True
            raise KeyboardInterrupt(number)

    before = {number: signal.signal(number, interrupt) for number in ending()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
