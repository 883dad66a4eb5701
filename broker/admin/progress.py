"""How far long work has come, on standard error. Runs in the tool's thread, and needs no end.

A terminal gets one line that is written over; a file or a pipe gets a line now and then. Work that is done
before that says nothing.
"""

import contextlib
import shutil
from collections.abc import Callable
from typing import TextIO

from loggia.shared.protocol.names import escaped

TERMINAL_S = 0.25  # between two states of the line: more cannot be read
LINES_S = 5.0  # between two lines in a file, and the longest work that has none


class Progress:
    """One piece of work after the other. `clock`: s, as time.monotonic; `columns`: of the terminal."""

    def __init__(
        self,
        stream: TextIO,
        clock: Callable[[], float],
        columns: Callable[[], int] = lambda: shutil.get_terminal_size().columns,
    ) -> None:
        self._stream = stream
        self._clock = clock
        self._columns = columns
        self._on_terminal = stream.isatty()
        self._every_s = TERMINAL_S if self._on_terminal else LINES_S
        self._what: str | None = None
        self._unit = ""
        self._done = self._total = 0
        self._due_at = 0.0
        self._shown = ""

    def begin(self, what: str, total: int, unit: str) -> None:
        """`what` is done from here on, with so many of `unit`; 0 when nobody knows how many."""
        self.end()
        self._what, self._done, self._total, self._unit = escaped(what), 0, total, unit
        self._due_at = self._clock() + self._every_s

    def advance(self, count: int) -> None:
        """So many more are done; cheap enough to be called for each."""
        self._done += count
        now = self._clock()
        if self._what is not None and now >= self._due_at:
            self._due_at = now + self._every_s
            self._say(f"\r{self._fitted()}" if self._on_terminal else f"{self._line()}\n")

    def end(self) -> None:
        """This work is done, or given up: what is printed next begins on a line of its own."""
        if self._shown:
            self._say(f"\r{self._fitted()}\n")
        self._what, self._shown = None, ""

    def _line(self) -> str:
        if not self._total:
            return f"{self._what}: {self._done:,} {self._unit}"
        percent = min(100, self._done * 100 // self._total)
        return f"{self._what}: {percent} % ({self._done:,} of {self._total:,} {self._unit})"

    def _fitted(self) -> str:
        """The line as a terminal takes it: not so long that it wraps, and over all of what stands there."""
        before, self._shown = self._shown, self._line()[: max(self._columns() - 1, 1)]
        return self._shown.ljust(len(before))

    def _say(self, text: str) -> None:
        with contextlib.suppress(OSError):  # nobody looks any more; the work goes on
            self._stream.write(text)
            self._stream.flush()
