"""The chat window in tests: in this process, without a screen."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from loggia.qtclient.app import App
from loggia.qtclient.state.rows import MessageRow
from PyQt6.QtCore import QCoreApplication, QEvent, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from tests.endtoend.people import HEAR_S


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

    def rows(self) -> list[MessageRow]:
        """The messages of the lobby as they are shown, those that wait too."""
        room = self.window.state.rooms["lobby"]
        return [row for row in [*room.rows, *room.tail] if isinstance(row, MessageRow)]

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
