"""A stream that never makes its writer wait. `close` ends its thread, if the reader lets it.

A terminal may be held (Ctrl+S) and a pipe's reader may sleep; the chat goes on. Runs a thread of its own that
does nothing but pass the text on.
"""

import contextlib
import io
import os
import queue
import select
import threading

WAITING_LINES = 10_000  # lines beyond these are left out, and counted
CLOSE_S = 0.5  # what a held terminal gets at the end


class LogWriter(io.TextIOBase):
    """Text for the descriptor `fd`, in order, each piece as soon as the reader takes it."""

    def __init__(self, fd: int, encoding: str = "utf-8") -> None:
        self._fd = fd
        self._encoding = encoding
        self._waiting: queue.Queue[str | None] = queue.Queue(WAITING_LINES)
        self._left_out = 0
        self._thread = threading.Thread(target=self._pass_on, name="outlet", daemon=True)
        self._thread.start()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def write(self, text: str) -> int:
        try:
            self._waiting.put_nowait(text)
        except queue.Full:
            self._left_out += 1
        return len(text)

    def close(self) -> None:
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait(None)
            self._thread.join(CLOSE_S)
        super().close()

    def _pass_on(self) -> None:
        while (text := self._waiting.get()) is not None:
            self._write(text)
            left_out, self._left_out = self._left_out, 0
            if left_out:
                self._write(f"({left_out} lines are left out here: nobody read them)\n")

    def _write(self, text: str) -> None:
        self._put(text.encode(self._encoding, "backslashreplace"))

    def _put(self, rest: bytes) -> None:
        """In the thread."""
        with contextlib.suppress(OSError):  # the reader is gone: nobody is left to tell
            while rest:
                rest = rest[self._passed(rest) :]

    def _passed(self, rest: bytes) -> int:
        try:
            return os.write(self._fd, rest)
        except BlockingIOError:  # somebody who has the terminal, too, made it non-blocking
            select.select((), (self._fd,), ())
            return 0
