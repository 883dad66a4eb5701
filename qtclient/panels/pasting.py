# SPDX-License-Identifier: GPL-3.0-only
"""What is pasted: which of it is text, and what is done with a long one, which is asked. GUI thread."""

import re

from loggia.qtclient.state.emoji import behind_pictures
from loggia.qtclient.timeline.long_text import FOLDED_LINES, size
from PyQt6.QtCore import QMimeData, Qt, pyqtBoundSignal, pyqtSignal
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

LONG_CHARS = 2000  # some 25 lines of a wide window
LONG_PICTURES = 100  # nobody says more of them by mistake
LONG_LINES = FOLDED_LINES  # what the timeline shows of a message; nobody says more than that by mistake

NO_TEXT = "Only text can be pasted: pictures and files cannot be sent yet."
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def has_text(source: QMimeData | None) -> bool:
    """Files that were copied have none: what Qt has as that is where they are on this computer."""
    if source is None or not source.hasText():
        return False
    urls = source.urls()
    return not urls or not all(url.isLocalFile() for url in urls)


def cleaned(text: str) -> str:
    """Without control characters, and with each line ended by a newline alone."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def is_long(text: str) -> bool:
    """Whether it is asked about before it is in the message."""
    lines = text.count("\n") + (not text.endswith("\n"))
    many = behind_pictures(text, 0, len(text), LONG_PICTURES) < len(text)
    return len(text) > LONG_CHARS or lines > LONG_LINES or many


class PasteBar(QFrame):
    """Asks. The keyboard is on the answer that does no harm: who pastes and presses Enter has said nothing.

    Signals: `inserted` and `said` with the text, to be written on or to be a message of its own; `left` when
    nothing is to be done. It is gone then.
    """

    inserted = pyqtSignal(str)
    said = pyqtSignal(str)
    left = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("change")
        self._text = ""
        self.words = QLabel("", self)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.insert = QPushButton("Insert", self)
        self.insert.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.insert.clicked.connect(lambda: self._answer(self.inserted))
        self.say = QPushButton("Send as one message", self)
        self.say.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.say.clicked.connect(lambda: self._answer(self.said))
        self.leave = QPushButton("Leave it", self)
        self.leave.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.leave.clicked.connect(self.drop)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.insert, self.say, self.leave):
            button.setAutoDefault(True)  # at Enter, too
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.words)
        column.addLayout(buttons)
        self.hide()

    def ask(self, text: str, excess: str = "", *, alone: bool = True) -> None:
        """About that text. `excess`: by how much it is too long for one message, in words; `alone`: it may
        be sent as one."""
        self._text = text
        much = f"{size(text)} pasted."
        if excess:
            much = f"{much} This is {excess}: insert it to shorten it."
        elif alone:
            much = f"{much} Insert it to write on, or send it as one message, which is folded in the room?"
        self.words.setText(much)
        for button in (self.insert, self.say, self.leave):
            button.setAccessibleDescription(much)  # or who comes to it by ear hears no question
        self.say.setVisible(alone and not excess)
        self.show()
        self.insert.setFocus()

    def drop(self) -> None:
        """Nothing is done with it."""
        self._text = ""
        self.hide()
        self.left.emit()

    def _answer(self, answer: pyqtBoundSignal) -> None:
        text, self._text = self._text, ""
        self.hide()
        answer.emit(text)
