# SPDX-License-Identifier: GPL-3.0-only
"""When to write down what is remembered: some time after it changed, never by the clock alone. GUI thread."""

from collections.abc import Callable

from loggia.qtclient.window import Window
from PyQt6.QtCore import QEvent, QObject, QTimer

SAVE_MS = 5000  # read marks and drafts are written this long after the first change
_MOVES = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.WindowStateChange)


class Keeper(QObject):
    """Calls `save` after changes of what a window shows, of its place and of what is written in it."""

    def __init__(self, window: Window, save: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVE_MS)
        self._timer.timeout.connect(save)
        window.windowTitleChanged.connect(self.soon)  # another room
        window.asked.connect(self.soon)
        window.sidebar.arranged.connect(self.soon)
        for composer in (window.composer, window.threads.panel.composer):
            composer.editor.textChanged.connect(self.soon)
        for part in (window, window.middle):  # the middle has another width where a panel was folded
            part.installEventFilter(self)

    def soon(self) -> None:
        """Something changed."""
        if not self._timer.isActive():
            self._timer.start()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if event is not None and event.type() in _MOVES:
            self.soon()
        return False
