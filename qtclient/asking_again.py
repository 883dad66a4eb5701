# SPDX-License-Identifier: GPL-3.0-only
"""When what the broker refused for now is asked for again. GUI thread."""

from loggia.shared.protocol.answers import Error, retry_after
from loggia.shared.protocol.errors import Code
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

FOR_NOW: frozenset[Code] = frozenset({"slow_down", "unavailable", "storage_full", "internal"})
PAUSE_MS = 1000  # where the broker names none; twice as long each time
LEAST_PAUSE_MS = 100  # and at least, whatever it names
LONGEST_PAUSE_MS = 300_000  # at most: it may be another broker by then
MOST_TIMES = 5  # in a row; then somebody has to want it


class AskingAgain(QObject):
    """Signal: `due`, when it is to be asked for."""

    due = pyqtSignal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.timer = QTimer(self)
        self.timer.setSingleShot(True)
        self.timer.timeout.connect(self.due)
        self._times = 0

    def refused(self, error: Error) -> bool:
        """Whether `due` comes by itself."""
        named = retry_after(error)
        if self._times == MOST_TIMES or (named is None and error.code not in FOR_NOW):
            self._times = 0
            return False
        wait_ms = PAUSE_MS << self._times if named is None else named
        self.timer.start(max(LEAST_PAUSE_MS, min(wait_ms, LONGEST_PAUSE_MS)))
        self._times += 1
        return True

    def asked(self) -> None:
        """It is asked for now, for whatever reason."""
        self.timer.stop()

    def over(self) -> None:
        """It has come, or nobody wants it any more."""
        self.timer.stop()
        self._times = 0
