"""Runs in the launcher's only thread: what it says, how it gives up, and what ends it. Stdlib only."""

import contextlib
import io
import os
import signal
import sys
from collections.abc import Iterator
from typing import TextIO

NULL_MODES = (os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)  # output that is closed stays lost for those we start


class Trouble(Exception):
    """run.py cannot go on; the text tells the user why and what to do."""


def prepare() -> None:
    """First of all: the standard streams are there, and no character can be wrong for them.

    A file that is opened while 0, 1 or 2 is free would get that number, and what is printed would go into it.
    """
    for number, mode in enumerate(NULL_MODES):
        try:
            os.fstat(number)
        except OSError:
            null = os.open(os.devnull, mode)  # gets the lowest number that is free: this one
            os.set_inheritable(null, True)
    sys.stdout = sys.stdout or io.TextIOWrapper(io.FileIO(1, "w", closefd=False), encoding="utf-8")
    sys.stderr = sys.stderr or io.TextIOWrapper(io.FileIO(2, "w", closefd=False), encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def say(text: str) -> None:
    """One line of progress, at once, beside the output of what run.py starts."""
    tell(text, sys.stderr)


def tell(text: str, stream: TextIO) -> bool:
    """Print a line; whether it got there. A terminal that went away takes nothing with it."""
    try:
        print(text, file=stream, flush=True)
        return True
    except OSError:
        give_up(stream)
        return False


def give_up(stream: TextIO) -> None:
    """Nobody reads it any more: what is still in its buffer must not fail at the end."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


def ending() -> list[signal.Signals]:
    """What tells run.py to end beside Ctrl+C; SIGHUP does not when it was started to ignore that (nohup)."""
    names = ("SIGTERM", "SIGHUP", "SIGBREAK")
    known = [signal.Signals[name] for name in names if name in signal.Signals.__members__]
    return [number for number in known if signal.getsignal(number) is not signal.SIG_IGN]


@contextlib.contextmanager
def interrupting() -> Iterator[None]:
    """Within it these signals do what Ctrl+C does, once: a terminal that closes may send several."""
    numbers = ending()

    def interrupt(*_: object) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
