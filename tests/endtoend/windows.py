"""The chat window in tests: in this process without a screen, or as a process on a screen of its own."""

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QCoreApplication, QEvent, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from qtclient.app import App
from qtclient.rows import Said
from tests.endtoend.people import HEAR_S
from tests.endtoend.processes import END_S, Running, module


class Window:
    """A window in this process. Everything goes through what people touch: keys in, rows out."""

    def __init__(self, qtbot: Any, requests: str, nick: str, data: Path, theme: str = "light") -> None:
        data.mkdir(parents=True, exist_ok=True)
        qt = QApplication.instance()
        assert isinstance(qt, QApplication)
        self._qtbot = qtbot
        self.app = App(qt, endpoint=requests, folder=data, nick=nick, room="lobby", choice=theme)
        assert self.app.start()
        self.window = self.app.window
        assert self.window is not None
        self.waits(lambda: self.window.state.connected and bool(self.window.state.here.members), "connected")

    def say(self, text: str) -> None:
        editor = self.window.composer.editor
        QTest.keyClicks(editor, text)
        QTest.keyClick(editor, Qt.Key.Key_Return)

    def rows(self) -> list[Said]:
        """The messages of the lobby as they are shown, those that wait too."""
        room = self.window.state.rooms["lobby"]
        return [row for row in [*room.rows, *room.tail] if isinstance(row, Said)]

    def hears(self, text: str, by: str) -> None:
        """Let the window live until it shows somebody's message with that text."""
        self.waits(lambda: any((row.nick, row.text) == (by, text) for row in self.rows()), f"{by}: {text}")

    def waits(self, condition: Callable[[], bool], what: str) -> None:
        """Let the window live until the condition holds."""
        try:
            self._qtbot.waitUntil(condition, timeout=round(HEAR_S * 1000))
        except self._qtbot.TimeoutError:
            shown = [f"{row.nick}: {row.text} ({row.sign})" for row in self.rows()]
            raise AssertionError(f"never {what}, but: {self.window.state.status}, {shown}") from None

    def close(self) -> None:
        """The window is gone, its copy stays."""
        self.app.close()
        self.window.hide()
        for gone in (self.window, self.app):
            gone.deleteLater()
            QCoreApplication.sendPostedEvents(gone, QEvent.Type.DeferredDelete)


@contextlib.contextmanager
def screen() -> Iterator[str]:
    """A virtual screen; gives its DISPLAY."""
    with screen_server() as server:
        yield display(server)


def screen_server(*flags: str) -> Running:
    """The X server of a virtual screen."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"]
    return Running([*command, *flags])


def display(server: Running) -> str:
    """Wait until the server is there; gives its DISPLAY."""
    return ":" + server.wait_for(r"^(\d+)$")[1]


class WindowOnScreen:
    """The window as a process, touched by real key presses on a virtual screen."""

    def __init__(self, display: str, requests: str, nick: str, data: Path) -> None:
        self._environment = {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        flags = ["--connect", requests, "--nick", nick, "--data", str(data)]
        self.process = module("qtclient", *flags, environment=self._environment)
        self._id = ""

    def press(self, *command: str) -> str:
        """Run xdotool on this screen; gives what it prints."""
        done = subprocess.run(
            ["xdotool", *command], capture_output=True, text=True, timeout=END_S, env=self._environment
        )
        assert done.returncode == 0, (command, done.stderr, self.process.lines)
        return done.stdout

    def focus(self) -> None:
        """Wait until the window is there, and give it the keyboard."""
        self._id = self.press("search", "--sync", "--onlyvisible", "--name", "Loggia$").split()[-1]
        self.press("windowfocus", "--sync", self._id)

    def say(self, text: str) -> None:
        self.press("type", "--delay", "5", text)
        self.press("key", "Return")
