"""The chat window in tests, touched by a real mouse: it goes to what the window itself says is there.

Imports no Qt.
"""

import ast
import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.endtoend.processes import Broker
from tests.endtoend.screens import WatchedOnScreen

STEPS = 6  # in which the mouse goes somewhere
LEFT, RIGHT = "1", "3"
LARGE = "2200x1500x24"  # has room for the window at twice its size


class PointedOnScreen(WatchedOnScreen):
    """One that tells what can be pointed at (tests/endtoend/pointed_window.py)."""

    program = "tests.endtoend.pointed_window"
    _mouse = 0, 0

    def told(self, name: str, line: str) -> Any:
        """What a line says of one of the things that `pointed` tells of."""
        found = re.search(rf" {name}=(.*?)(?: [a-z_]+=|$)", line)
        assert found is not None, line
        return ast.literal_eval(found[1])

    def shows_of(self, name: str, wanted: Callable[[Any], bool]) -> None:
        """Wait until what it tells of one of these things now is as wanted."""
        place = max(0, len(self.process.lines) - 1)
        while not wanted(self.told(name, self.process.wait_for("^shows .*$", after=place)[0])):
            place += 1

    def place(self, name: str) -> tuple[int, int]:
        """Wait until that can be pointed at; where it is."""
        return self.told("places", self.shows(f"places=.*{_called(name)}: "))[name]

    def go(self, x: int, y: int) -> None:
        """Move the mouse there, over all that lies between."""
        from_x, from_y = self._mouse
        way: list[str] = []
        for step in range(1, STEPS + 1):
            way += ["mousemove", str(from_x + (x - from_x) * step // STEPS)]
            way += [str(from_y + (y - from_y) * step // STEPS)]
        self.press(*way)
        self._mouse = x, y

    def point(self, name: str) -> None:
        """Let the mouse be on that, wherever it goes meanwhile."""
        under: list[str] = []
        while name not in under:
            x, y = self.place(name)
            self.go(x, y)
            is_there = rf"under=\[[^\]]*{_called(name)}[,\]]"
            line = self.shows(rf"(?:{is_there}|places=.*{_called(name)}: (?!\({x}, {y}\))\()")
            under = self.told("under", line)

    def click(self, name: str, button: str = LEFT) -> None:
        self.point(name)
        self.press("click", button)


def _called(name: str) -> str:
    return re.escape(ascii(name))


@contextlib.contextmanager
def in_lobby(broker: Broker, display: str, data: Path, *flags: str) -> Iterator[PointedOnScreen]:
    """Ada's window, in the lobby with the keyboard, and closed by its key at the end."""
    window = PointedOnScreen(display, broker.requests, "ada", data, *flags)
    with window.process:
        window.focus()
        window.shows("entered=True keys='Message.*places=")
        yield window
        window.ends()
