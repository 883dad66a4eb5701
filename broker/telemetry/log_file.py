"""The live log in a file that does not grow without end. Its thread ends with `close`.

A file that is full is put aside as FILE.1, the one before it as FILE.2, and so on: copied and emptied, not
renamed, as the program that started the broker may have it open (its standard output), and on Windows nobody
renames an open file. All of that is done in the thread of the writer, so the loop never waits for a disk. A
disk that refuses costs lines, which are counted, and never the broker.
"""

import contextlib
import math
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from loggia.broker.telemetry.log_writer import LogWriter
from loggia.shared.process import files

FILE_BYTES = 10 * 2**20
FULL_BYTES = FILE_BYTES - 2**20  # at a start, so that its first lines are in one file: programs look for them
AGAIN_S = 60.0  # between two tries to put aside what could not be
LOOK_S = 1.0  # how often to look whether somebody else has put it aside: logrotate, mv


class LogFile(LogWriter):
    """Lines for the end of `file`. `keep`: how many older files stay. Raises OSError where there is none."""

    def __init__(self, file: Path, keep: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._keep = keep
        self._clock = clock
        self._out = files.appending(file)
        self._looked_at = clock()
        self._again_at = -math.inf
        self._left_out_here = 0
        if os.fstat(self._out.fileno()).st_size > FULL_BYTES:
            self._put_aside(0)
        super().__init__(self._out.fileno())

    def is_output(self, fd: int) -> bool:
        """Whether what is written there comes into this file anyway."""
        with contextlib.suppress(OSError):
            return os.path.sameopenfile(fd, self._out.fileno())
        return False

    def close(self) -> None:
        super().close()
        if not self._thread.is_alive():  # else the system closes it, at the end of the process
            self._out.close()

    # -- In the thread -------------------------------------------------------------------------

    def _put(self, rest: bytes) -> None:
        try:
            self._look()
            if os.fstat(self._out.fileno()).st_size + len(rest) > FILE_BYTES:
                self._put_aside(len(rest))
            if self._left_out_here:
                rest = (
                    f"({self._left_out_here:,} lines are left out here: the disk refused them)\n".encode()
                    + rest
                )
            self._write_all(rest)
            self._left_out_here = 0
        except OSError:
            self._left_out_here += 1

    def _write_all(self, rest: bytes) -> None:
        begin = os.fstat(self._out.fileno()).st_size
        try:
            while rest:
                rest = rest[self._out.write(rest) or 0 :]
        except OSError:
            with contextlib.suppress(OSError):  # half a line is none
                os.ftruncate(self._out.fileno(), begin)
            raise

    def _look(self) -> None:
        """Go on in a new file when somebody took this one away."""
        now = self._clock()
        if now < self._looked_at + LOOK_S:
            return
        if not self._is_there():
            fresh = files.appending(self._file)
            self._out.close()
            self._out = fresh
        self._looked_at = now  # not before: a line for a file that is nowhere would be lost without a word

    def _is_there(self) -> bool:
        try:
            there = os.stat(self._file, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return os.path.samestat(there, os.fstat(self._out.fileno()))

    def _put_aside(self, more: int) -> None:
        """Where that fails it is tried again later. At twice the size what is in it goes."""
        if (now := self._clock()) < self._again_at and not self._is_twice(more):
            return
        try:
            self._shift()
        except OSError as reason:
            self._again_at = now + AGAIN_S
            if self._is_twice(more):
                size = os.fstat(self._out.fileno()).st_size
                os.ftruncate(self._out.fileno(), 0)
                self._write_all(f"({size:,} bytes are left out here: {reason.strerror})\n".encode())

    def _is_twice(self, more: int) -> bool:
        return os.fstat(self._out.fileno()).st_size + more > 2 * FILE_BYTES

    def _shift(self) -> None:
        if self._keep:
            fresh = files.temporary(self._file)
            try:
                with files.create(fresh) as copy:
                    self._out.seek(0)
                    shutil.copyfileobj(self._out, copy)
                for number in range(self._keep - 1, 0, -1):
                    with contextlib.suppress(FileNotFoundError):
                        self._older(number).replace(self._older(number + 1))
                fresh.replace(self._older(1))
            finally:
                fresh.unlink(missing_ok=True)
        os.ftruncate(self._out.fileno(), 0)

    def _older(self, number: int) -> Path:
        return self._file.with_name(f"{self._file.name}.{number}")
