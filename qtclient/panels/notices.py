# SPDX-License-Identifier: GPL-3.0-only
"""What stands above the text that is written: a message is changed, something cannot be sent. GUI thread."""

from collections.abc import Callable
from typing import NamedTuple

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget


class ChangeBar(QFrame):
    """A message that was said is changed, and nothing new is written.

    Signal: `left` when that is given up.
    """

    left = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("change")
        self.words = QLabel("Changing your message", self)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.leave = QPushButton("Leave it (Escape)", self)
        self.leave.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.leave.clicked.connect(self.left)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.words, 1)
        row.addWidget(self.leave)
        self.hide()


SAY = "Say it"


class Remedy(NamedTuple):
    """What may be done about something. `words`: of its button."""

    do: Callable[[], object]
    words: str = SAY


class Hint(QFrame):
    """A sentence, and the one thing that may be done about it: `remedy`; None: there is nothing.

    Signal: `pressed`, to do it.
    """

    pressed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.remedy: Remedy | None = None
        self.label = QLabel("", self)
        self.label.setObjectName("hint")
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setWordWrap(True)
        self.label.hide()
        self.button = QPushButton(SAY, self)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.clicked.connect(self.pressed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.label, 1)
        row.addWidget(self.button)
        self.hide()

    def tell(self, text: str, tone: str, remedy: Remedy | None = None) -> None:
        """Show that, in that tone, with a button for what may be done about it; "" takes it away."""
        self.remedy = remedy
        self.label.setProperty("tone", tone)
        style = self.label.style()
        if style is not None:
            style.unpolish(self.label)
            style.polish(self.label)
        self.label.setText(text)
        self.label.setVisible(bool(text))
        if remedy is not None:
            self.button.setText(remedy.words)
        self.button.setVisible(remedy is not None)
        self.setVisible(bool(text))
