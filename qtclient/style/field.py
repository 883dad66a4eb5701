# SPDX-License-Identifier: GPL-3.0-only
"""A line that is written into, and what an input method has of its keys. GUI thread."""

from PyQt6.QtCore import QObject, Qt, QTimer
from PyQt6.QtGui import QInputMethodEvent, QKeyEvent
from PyQt6.QtWidgets import QLineEdit, QWidget

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Composition:
    """What an input method composes where one writes. Some pass on the Enter that ended it: that one is for
    nothing else, whether it comes before or behind the end."""

    def __init__(self, parent: QObject) -> None:
        self._is_on = False
        self._ended = QTimer(parent)  # runs until the key that ended it is dealt with
        self._ended.setSingleShot(True)
        self._ended.setInterval(0)

    def heard(self, event: QInputMethodEvent) -> None:
        """What the input method told, once it is in the text."""
        was, self._is_on = self._is_on, bool(event.preeditString())
        if was and not self._is_on:
            self._ended.start()

    @property
    def has_keys(self) -> bool:
        """They are for the input method."""
        return self._is_on or self._ended.isActive()


class Field(QLineEdit):
    """A line in a dialog, whose Enter is one only where no input method has it."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._composition = Composition(self)

    def inputMethodEvent(self, event: QInputMethodEvent | None) -> None:
        if event is not None:
            super().inputMethodEvent(event)
            self._composition.heard(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() in ENTER and self._composition.has_keys:
            event.accept()  # or the dialog takes it
        else:
            super().keyPressEvent(event)
