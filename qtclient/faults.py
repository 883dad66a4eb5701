# SPDX-License-Identifier: GPL-3.0-only
"""Mistakes of ours that nobody caught: kept in a file of the data folder, and told; the window goes on.

In any thread: the link's has them, too. Left alone, Qt ends the program at the first.
"""

import contextlib
import os
import pathlib
import threading
import time
import traceback
from types import TracebackType

from loggia.qtclient.screen import say
from loggia.shared.process import files, ownership
from loggia.shared.protocol.names import escaped
from PyQt6.QtCore import QObject, pyqtSignal

FILE = "window.log"
MOST_BYTES = 256 * 1024  # of the file; what is older is in another one of that size, and then gone
MOST_ENTRY_BYTES = 32 * 1024  # the end of a traceback tells most
MOST_PLACES = 100  # whose repeats are counted


class Faults(QObject):
    """`caught` is for `sys.excepthook`; signal `told`, from any thread, with a sentence for the window.

    What happens again at the same place is kept and told the 1st, 2nd, 4th, 8th time, and so on: what goes
    wrong whenever something is painted would fill the file, and what does while it is told would never end.
    """

    told = pyqtSignal(str)

    def __init__(self, folder: pathlib.Path) -> None:
        super().__init__()
        self._folder = folder
        self._lock = threading.Lock()
        self._counts: dict[object, int] = {}

    def caught(self, kind: type[BaseException], reason: BaseException, trace: TracebackType | None) -> None:
        """Keep it, and tell it. Never raises."""
        with contextlib.suppress(Exception):
            count = self._counted(kind, trace)
            if count & (count - 1):
                return
            lines = "".join(traceback.format_exception(kind, reason, trace)).splitlines()
            for line in lines[-1:] if count > 1 else lines:
                say(line)
            entry = [time.strftime(f"%Y-%m-%d %H:%M:%S, time {count}:"), *map(escaped, lines), ""]
            where = self._kept("\n".join(entry))
            self.told.emit(
                f"Something went wrong in this window ({escaped(kind.__name__)}); it goes on. {where}"
            )

    def _counted(self, kind: type[BaseException], trace: TracebackType | None) -> int:
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = (kind, trace.tb_frame.f_code if trace else None, trace.tb_lineno if trace else 0)
        with self._lock:
            if place not in self._counts and len(self._counts) >= MOST_PLACES:
                self._counts.clear()
            count = self._counts[place] = self._counts.get(place, 0) + 1
        return count

    def _kept(self, entry: str) -> str:
        """Write it down; returns where it can be read, in a sentence."""
        file = self._folder / FILE
        content = entry.encode(errors="backslashreplace")[-MOST_ENTRY_BYTES:]
        try:
            with self._lock, ownership.rights_of_owner(self._folder):
                with contextlib.suppress(FileNotFoundError):
                    if file.stat().st_size + len(content) > MOST_BYTES:
                        os.replace(file, file.with_name(f"{FILE}.1"))
                with files.appending(file) as out:
                    out.write(content)
        except OSError as reason:
            return f"What happened stands on the terminal; {file} cannot be written ({reason.strerror})."
        return f"What happened is written down in {file}."
