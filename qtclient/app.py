# SPDX-License-Identifier: GPL-3.0-only
"""Builds and joins the parts of the window; the only file that knows them all. GUI thread.

It ends by `!end`, `!close`, closing the window, Ctrl+C, SIGTERM, SIGHUP. The user never waits: the window
hides at once, and the goodbye has at most GOODBYE_MS.
"""

import contextlib
import pathlib
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from types import TracebackType

from loggia.qtclient import settings
from loggia.qtclient.dialogs.ask_nick import AskNick
from loggia.qtclient.screen import Screen
from loggia.qtclient.settings import Settings
from loggia.qtclient.state.ordering import Ordering
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style import theme
from loggia.qtclient.style.stylesheet import stylesheet
from loggia.qtclient.window import Window
from loggia.qtclient.worker import Subscriber
from loggia.shared.client.commands import Command, CountUnread, Goodbye, Say, Shut
from loggia.shared.client.link import replica
from loggia.shared.client.updates import Update
from loggia.shared.process import signals
from loggia.shared.protocol.errors import StorageBroken
from loggia.shared.protocol.limits import Limits
from loggia.shared.protocol.names import escaped
from PyQt6 import sip
from PyQt6.QtCore import QLockFile, QObject, QSocketNotifier, Qt, QTimer
from PyQt6.QtWidgets import QApplication, QMessageBox

GOODBYE_MS = 800  # what a goodbye may take before the connection is simply shut
SHUT_MS = 2000  # far more than the 100 ms a link needs: only a broken one takes longer
SAVE_MS = 5000  # read marks and drafts are written this often, when they changed
UNSEEN = ("offscreen", "minimal")  # screens on which nobody could close a message


class App(QObject):
    """One window, one subscriber, one data folder. `start` returns at once; the event loop does the rest."""

    def __init__(
        self,
        qt: QApplication,
        *,
        endpoint: str,
        folder: pathlib.Path,
        nick: str,
        room: str,
        choice: theme.Choice,
    ) -> None:
        super().__init__()
        self._qt = qt
        self._endpoint = endpoint
        self._folder = folder
        self._choice: theme.Choice = choice
        loaded = settings.load(folder)
        self._trouble, self._in_the_way = loaded.trouble, loaded.in_the_way
        if self._trouble:
            say(self._trouble)
        self.settings: Settings = loaded.settings
        self._server = self.settings.server(endpoint)
        self.settings.nick = nick or self.settings.nick
        self._room = room or self._server.current
        self._leaving = False
        self.window: Window | None = None
        self.subscriber: Subscriber | None = None
        self._saved = b""
        self._saver = QTimer(self)
        self._saver.setInterval(SAVE_MS)
        self._saver.timeout.connect(self.save)
        hints = qt.styleHints()
        if hints is not None:
            hints.colorSchemeChanged.connect(self._paint)
        self._paint()

    @property
    def colors(self) -> theme.Colors:
        return theme.chosen(self._choice)

    def start(self) -> bool:
        """Open the window. False when the user does not say a nickname."""
        if not self.settings.nick and not self._ask_nick(""):
            return False
        rooms = list(dict.fromkeys([*self._server.rooms, self._room]))
        state = WindowState(
            nick=self.settings.nick,
            endpoint=self._endpoint,
            rooms=rooms,
            current=self._room,
            account=self._server.account,
            read=self._server.read,
        )
        state.problem = self._trouble
        file = settings.replica_path(self._folder, self._endpoint)
        server = self._server
        ordering = Ordering(server.order, server.favourites, server.muted)
        window = Window(state, self.colors, time.monotonic, server.drafts, server.carets, str(file), ordering)
        self.window = window
        window.arrangement.people_open = self.settings.people
        window.resize(self.settings.width, self.settings.height)
        window.leaving.connect(self.leave)
        window.asked.connect(self._ask)
        self._subscribe(rooms)
        window.refresh()
        window.show()
        self._saver.start()
        return True

    def leave(self, at_once: bool) -> None:
        """End: with a goodbye when there is a broker to hear it, otherwise, or a second time, at once."""
        link, window = self.subscriber, self.window
        if link is None or window is None:
            if (asking := self._qt.activeModalWidget()) is not None:  # only a loop that runs can be quit
                asking.close()
            self._qt.quit()
            return
        at_once = at_once or self._leaving or not window.state.connected
        if not self._leaving:
            self._leaving = True
            self.save()
            window.hide()
            link.finished.connect(self._qt.quit)
            QTimer.singleShot(GOODBYE_MS, lambda: link.post(Shut()))
        link.post(Shut() if at_once else Goodbye())
        if link.isFinished():
            self._qt.quit()

    def close(self) -> None:
        """After the event loop: no thread stays behind."""
        if self.subscriber is not None:
            self.subscriber.post(Shut())
            self.subscriber.wait(SHUT_MS)

    def save(self) -> None:
        """Remember what the next start needs; a disk that refuses it is told, and stops nothing."""
        window = self.window
        if window is None:
            return
        window.writing.keep()
        state, server = window.state, self._server
        server.account = state.me.account or server.account
        server.rooms = [room.name for room in state.listed]
        server.current = state.current
        ordering = window.ordering
        server.order, server.favourites, server.muted = ordering.by, ordering.favourites, ordering.muted
        server.read = state.read_marks()
        server.drafts, server.carets = dict(window.writing.drafts), dict(window.writing.carets)
        self.settings.people = window.arrangement.people_open
        if not window.isMaximized() and not window.isFullScreen():
            self.settings.width, self.settings.height = window.width(), window.height()
        try:
            self._write()
        except OSError as reason:
            say(f"What is read and written cannot be remembered in {self._folder}: {reason.strerror}.")

    # ------------------------------------------------------------------------------------------

    def _write(self) -> None:
        """Raises OSError, once for the same content."""
        content = settings.encoded(self.settings)
        if content != self._saved and not self._in_the_way:
            self._saved = content
            settings.save(self._folder, content)

    def _subscribe(self, rooms: list[str]) -> None:
        link = self.subscriber = Subscriber(
            requests=self._endpoint,
            replica_path=settings.replica_path(self._folder, self._endpoint),
            nick=self.settings.nick,
            rooms=rooms,
            parent=self,
        )
        link.batch.connect(self._take)
        link.post(CountUnread())
        link.start()

    def _take(self, batch: list[Update]) -> None:
        window = self.window
        if window is None:
            return
        window.take(batch)
        told = window.state.told_to_terminal()
        if told:
            say(told)
        refused = window.state.refused_nick
        if refused is not None and not self._leaving:
            window.state.refused_nick = None
            QTimer.singleShot(0, lambda: self._rename(refused.text))

    def _rename(self, reason: str) -> None:
        """The broker does not take the nickname: ask for another one, and begin again with it."""
        window, link = self.window, self.subscriber
        if window is None or link is None:
            return
        if not self._ask_nick(reason):
            self.leave(True)
            return
        link.batch.disconnect(self._take)
        self.close()
        link.deleteLater()
        window.state.renamed(self.settings.nick)
        self._subscribe([room.name for room in window.state.listed])

    def _ask_nick(self, reason: str) -> bool:
        dialog = AskNick(self.colors, Limits(), nick=self.settings.nick, reason=reason, parent=self.window)
        accepted = bool(dialog.exec())
        if accepted:
            self.settings.nick = dialog.nick
            with contextlib.suppress(OSError):  # asked again the next time; save() tells about the disk
                self._write()
        dialog.deleteLater()
        return accepted

    def _ask(self, command: Command) -> None:
        link, window = self.subscriber, self.window
        if link is not None and not link.post(command) and isinstance(command, Say) and window is not None:
            window.give_back(command)

    def _paint(self) -> None:
        colors = self.colors
        paint(self._qt, colors)
        if self.window is not None:
            self.window.look(colors)


def run(
    qt: QApplication,
    screen: Screen,
    *,
    endpoint: str,
    folder: pathlib.Path,
    nick: str,
    room: str,
    choice: theme.Choice,
) -> int:
    """The window from its opening to its end; returns the exit code."""
    sys.excepthook = _told
    qt.setStyle("Fusion")
    qt.setQuitOnLastWindowClosed(False)
    paint(qt, theme.chosen(choice))
    lock = QLockFile(str(folder / "window.lock"))
    lock.setStaleLockTime(0)  # stale when its process is gone, never by age
    if not lock.tryLock(0):
        text = (
            f"Another Loggia window already uses the folder {folder}. "
            "Close it, or start this one on a folder of its own: "
            "python3 run.py window --data DIR --nick NAME"
        )
        say(f"ERROR: {text}")
        _show(text)
        return 1
    try:
        replica.check(settings.replica_path(folder, endpoint))
    except StorageBroken as reason:
        lock.unlock()
        say(f"ERROR: {reason}")
        if qt.platformName() not in UNSEEN:  # started from an icon, it has no terminal
            _show(str(reason))
        return 1
    app = App(qt, endpoint=endpoint, folder=folder, nick=nick, room=room, choice=choice)
    screen.keep = app.save
    code = 0
    try:
        with Signals(lambda: app.leave(False)):
            if app.start():
                code = qt.exec()
    finally:
        app.close()
        lock.unlock()
    return code


def paint(qt: QApplication, colors: theme.Colors) -> None:
    """Everything in these colours."""
    qt.setPalette(theme.palette(colors))
    qt.setStyleSheet(stylesheet(colors))


class Signals:
    """Ctrl+C, SIGTERM and SIGHUP call `end`, which closes what is open as its button does.

    Python handles signals only when it runs, so they are written to a socket that Qt watches.
    """

    def __init__(self, end: Callable[[], object]) -> None:
        self._end = end
        self._near, self._far = socket.socketpair()
        for side in (self._near, self._far):
            side.setblocking(False)
        self._notifier = QSocketNotifier(sip.voidptr(self._near.fileno()), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._came)
        self._before: dict[int, object] = {}

    def __enter__(self) -> "Signals":
        self._wakeup = signal.set_wakeup_fd(self._far.fileno())
        for number in (signal.SIGINT, *signals.ending()):
            self._before[number] = signal.signal(number, lambda *_: None)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        signal.set_wakeup_fd(self._wakeup)
        self._notifier.setEnabled(False)
        self._near.close()
        self._far.close()

    def _came(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._near.recv(64)
        self._end()


def say(text: str) -> None:
    """One line on the terminal."""
    print(escaped(text), file=sys.stderr, flush=True)


def _told(kind: type[BaseException], reason: BaseException, trace: TracebackType | None) -> None:
    """An error in a slot is ours: tell it on the terminal and go on. Without this Qt aborts the program."""
    traceback.print_exception(kind, reason, trace)


def _show(text: str) -> None:
    box = QMessageBox(QMessageBox.Icon.Information, "Loggia", "")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(text)
    with Signals(box.close):
        box.exec()
