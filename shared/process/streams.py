"""The standard streams, whatever a program was started with: closed, full, broken, of an old encoding.

`prepare` comes first of all, in the main thread: a file that is opened while 0, 1 or 2 is free gets that
number, and what is printed goes into it. From then on nothing that is printed fails, and `lost` tells those
whose output is the point. packaging/loggia/launch/console.py does the same for run.py.
"""

import contextlib
import errno
import io
import os
import select
import sys
from collections.abc import Iterator
from typing import Any, TextIO

NULL_MODES = (
    os.O_RDONLY,
    os.O_RDONLY,
    os.O_WRONLY,
)  # output that is closed stays lost for those we start, too
BUFFER_BYTES = 64 * 1024

_lost: OSError | None = None  # why standard output did not get all that was printed


class _Raw(io.RawIOBase):
    """A stream of bytes that takes all; what the one under it does not take is left out."""

    def __init__(self, under: Any, *, is_output: bool) -> None:
        self._under = under
        self._is_output = is_output

    def write(self, data: Any) -> int:
        rest = memoryview(data)
        with _noted() if self._is_output else contextlib.suppress(OSError):
            while rest:
                taken = self._under.write(rest)
                if taken is None:  # somebody made it non-blocking
                    select.select((), (self._under,), ())
                rest = rest[taken or 0 :]
        return len(data)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self._under.fileno())

    def isatty(self) -> bool:
        return bool(self._under.isatty())


def prepare() -> None:
    """Make the standard streams such that they are there, and that printing to them cannot fail."""
    for number, mode in enumerate(NULL_MODES):
        if not _is_open(number):
            null = os.open(os.devnull, mode)  # gets the lowest number that is free: this one
            os.set_inheritable(null, True)
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), encoding="utf-8")
    if sys.stdout is None:
        with _noted():
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    sys.stdout = _wrapped(sys.stdout, 1)
    sys.stderr = _wrapped(sys.stderr, 2)


def lost() -> OSError | None:
    """Why something that was printed to standard output did not get there; None when all did."""
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    return _lost


def failed() -> OSError | None:
    """As `lost`, of what is not only in the buffer yet; it costs nothing to ask after each piece."""
    return _lost


def typed(value: str) -> str:
    """An argument or a variable that this locale could not read: as UTF-8, if it is that."""
    if not any("\udc80" <= char <= "\udcff" for char in value):
        return value
    try:
        return os.fsencode(value).decode()
    except UnicodeError:
        return value


def is_utf8(stream: Any) -> bool:
    """Whether what is written there as text is UTF-8, as formats of data demand."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return str(encoding).lower().replace("_", "-") in ("utf-8", "utf8")


@contextlib.contextmanager
def _noted() -> Iterator[None]:
    """What is printed within it is lost, if that fails."""
    global _lost
    try:
        yield
    except OSError as reason:
        _lost = _lost or reason


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _wrapped(stream: TextIO | None, number: int) -> TextIO:
    """The same stream, on which printing cannot fail."""
    if stream is None:
        under: Any = io.FileIO(number, "w", closefd=False)
        encoding, by_lines, at_once = "utf-8", False, False
    else:
        under = getattr(stream.buffer, "raw", stream.buffer)  # without a buffer it is the raw one itself
        encoding, by_lines = stream.encoding, bool(stream.line_buffering)
        at_once = bool(getattr(stream, "write_through", False))
    raw: Any = _Raw(under, is_output=number == 1)
    return io.TextIOWrapper(
        raw if at_once else io.BufferedWriter(raw, BUFFER_BYTES),
        encoding=encoding,
        errors="backslashreplace",
        line_buffering=by_lines or number == 2,
        write_through=at_once,
    )
