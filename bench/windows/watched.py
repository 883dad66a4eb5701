"""A window as its user starts it, in processes of its own, that tells how far it has come.

What tells it is in that process: inside/sitecustomize.py.
"""

import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from bench.process import Unmet

INSIDE = Path(__file__).parent / "inside"
PATIENCE_S = 60.0  # nothing takes longer than this


class Watched:
    """`started_s`: when its command was begun, on the clock of all processes."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], port: int, listener: socket.socket
    ) -> None:
        paths = os.pathsep.join(filter(None, [str(INSIDE), environment.get("PYTHONPATH", "")]))
        self._listener = listener
        self._told: dict[str, float] = {}
        self._lines: BinaryIO | None = None
        self.started_s = time.monotonic()
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={
                **environment,
                "PYTHONPATH": paths,
                "BENCH_WINDOW": f"{port}",
                "QT_QPA_PLATFORM": "offscreen",
            },
        )

    def when(self, what: str) -> float:
        """Wait until that has happened; when it did. `what`: shown, painted, took_key, joined, closed."""
        return self._until(lambda told: what in told)[what]

    def has(self, **wanted: int) -> None:
        """Wait until it tells that of itself. `newest`: in its room; `connected`: 1 or 0."""
        self._until(lambda told: wanted.items() <= told.items())

    def close_ms(self) -> float:
        """Close it as its user does; how long its process lived on."""
        self._wire.send(b"x")
        closed_s = self.when("closed")
        self._process.wait(PATIENCE_S)
        return (time.monotonic() - closed_s) * 1000

    def end(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=PATIENCE_S)
        if self._lines is not None:
            self._lines.close()
            self._wire.close()

    def _until(self, is_so: Callable[[dict[str, float]], bool]) -> dict[str, float]:
        if self._lines is None:
            self._wire = self._accepted()
            self._wire.settimeout(PATIENCE_S)
            self._lines = self._wire.makefile("rb")
        while not is_so(self._told):
            try:
                line = self._lines.readline()
            except TimeoutError:
                raise Unmet("a window does not get there") from None
            if not line:
                raise Unmet(f"a window ended early: {self._said()}")
            self._told |= json.loads(line)
        return self._told

    def _accepted(self) -> socket.socket:
        try:
            return self._listener.accept()[0]
        except TimeoutError:
            raise Unmet(f"no window opens: {self._said()}") from None

    def _said(self) -> str:
        """All that it printed of what went wrong; it ends."""
        self._process.terminate()
        said = self._process.communicate(timeout=PATIENCE_S)[1].decode(errors="replace").strip()
        return f"{said} ({self._process.returncode})"


@contextmanager
def watched(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Watched]:
    """At the end it is gone."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE_S)
        window = Watched(command, environment, listener.getsockname()[1], listener)
        try:
            yield window
        finally:
            window.end()
