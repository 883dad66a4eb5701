# SPDX-License-Identifier: GPL-3.0-only
"""What stands above the text that is written: a message is changed, something cannot be sent. GUI thread."""

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


class Hint(QFrame):
    """A sentence, and the one thing that may be done about it, which is called `button`.

    Signal: `pressed`, to do that.
    """

    pressed = pyqtSignal()

    def __init__(self, button: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = QLabel("", self)
        self.label.setObjectName("hint")
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setWordWrap(True)
        self.label.hide()
        self.button = QPushButton(button, self)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.clicked.connect(self.pressed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.label, 1)
        row.addWidget(self.button)
        self.hide()

    def tell(self, text: str, tone: str, *, button: bool = False) -> None:
        """Show that, in that tone, with the button or without; "" takes it away."""
        self.label.setProperty("tone", tone)
        style = self.label.style()
        if style is not None:
            style.unpolish(self.label)
            style.polish(self.label)
        self.label.setText(text)
        self.label.setVisible(bool(text))
        self.button.setVisible(button)
        self.setVisible(bool(text))
