# SPDX-License-Identifier: GPL-3.0-only
"""Signals that end what is open, the window or a message, as its button does. GUI thread."""

import contextlib
import signal
import socket
from collections.abc import Callable

from loggia.shared.process import signals
from PyQt6 import sip
from PyQt6.QtCore import QSocketNotifier, Qt
from PyQt6.QtWidgets import QMessageBox


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


def show(text: str) -> None:
    """A message of its own, until somebody closes it."""
    box = QMessageBox(QMessageBox.Icon.Information, "Loggia", "")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(text)
    with Signals(box.close):
        box.exec()
