"""The chat window in tests: as a process on a virtual screen of its own. Imports no Qt."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.endtoend.processes import END_S, Running, module
from tests.patience import PATIENCE_S, Stopwatch


@contextlib.contextmanager
def screen() -> Iterator[str]:
    """A virtual screen; gives its DISPLAY."""
    with screen_server() as server:
        yield display(server)


@contextlib.contextmanager
def managed_screen(size: str = "1280x800x24", *flags: str) -> Iterator[str]:
    """A virtual screen with a window manager that is ready; gives its DISPLAY. `flags`: of its server."""
    with screen_server("-screen", "0", size, *flags) as server:
        name = display(server)
        with Running(["openbox", "--sm-disable"], environment={"DISPLAY": name}):
            watch = Stopwatch()
            asks = ["xdotool", "get_num_desktops"]
            while subprocess.run(asks, env={"DISPLAY": name}, capture_output=True).returncode:
                assert watch.read_s() < PATIENCE_S
            yield name


def screen_server(*flags: str) -> Running:
    """The X server of a virtual screen. No key is repeated (-r): on a busy machine it is let go of late."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset", "-r"]
    return Running([*command, *flags])


def display(server: Running) -> str:
    """Wait until the server is there; gives its DISPLAY."""
    return ":" + server.wait_for(r"^(\d+)$")[1]


class WindowOnScreen:
    """The window as a process, touched by real key presses on a virtual screen. Without a nick it asks."""

    program = "qtclient"

    def __init__(self, display: str, requests: str, nick: str, data: Path, *more: str) -> None:
        self._environment = {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        flags = ["--connect", requests, *(["--nick", nick] if nick else []), "--data", str(data), *more]
        self.process = module(self.program, *flags, environment=self._environment)
        self._id = ""

    def press(self, *command: str) -> str:
        """Run xdotool on this screen; gives what it prints."""
        done = subprocess.run(
            ["xdotool", *command], capture_output=True, text=True, timeout=END_S, env=self._environment
        )
        assert done.returncode == 0, (command, done.stderr, self.process.lines)
        return done.stdout

    def focus(self) -> None:
        """Wait until the window is there, not one that was before, and give it the keyboard."""
        asks = ["xdotool", "search", "--onlyvisible", "--all", "--pid", f"{self.process.pid}"]
        watch, found = Stopwatch(), ""
        while not found:  # it gives up where a window goes that it is about to look at
            assert watch.read_s() < PATIENCE_S, self.process.lines
            done = subprocess.run([*asks, "--name", "Loggia$"], capture_output=True, env=self._environment)
            found = "" if done.returncode else done.stdout.decode()
        self._id = found.split()[-1]
        self.press("windowfocus", "--sync", self._id)

    def say(self, text: str) -> None:
        self.press("type", "--delay", "5", text)
        self.press("key", "Return")


class WatchedOnScreen(WindowOnScreen):
    """One that prints what it shows (tests/endtoend/watched_window.py)."""

    program = "tests.endtoend.watched_window"

    def shows(self, pattern: str) -> str:
        """Wait until what it shows now is that; gives the line."""
        last = max(0, len(self.process.lines) - 1)
        return self.process.wait_for(f"^shows .*{pattern}.*$", after=last)[0]

    def ends(self) -> None:
        """Closed by its key, and nothing else was printed."""
        self.press("key", "ctrl+q")
        code = self.process.wait()
        assert code == 0, (code, self.process.lines)
        others = [line for line in self.process.lines if not line.startswith("shows ")]
        assert others == [], others
