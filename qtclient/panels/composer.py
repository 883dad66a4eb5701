# SPDX-License-Identifier: GPL-3.0-only
"""Where messages are written: grows with its text, says what cannot be sent before it is sent. GUI thread."""

import re

from loggia.shared.client.commands import Say
from loggia.shared.protocol import names
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.limits import Limits
from PyQt6.QtCore import QMimeData, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QFontMetricsF, QKeyEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

MOST_LINES = 8
NEAR_LIMIT = 0.8  # from this share of the limit on, what is left is shown
PASTE_LIMITS = 4  # times a message's limit: laying out one word of 1 MB would freeze the window for a minute
END, CLOSE = "!end", "!close"

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_PARAGRAPHS = str.maketrans({"\u2029": "\n", "\u2028": "\n"})


class Editor(QPlainTextEdit):
    """Plain text.

    Attributes: `most_bytes`: a paste that would make more is left out. Signals: `sent` at Enter (Shift+Enter:
    a new line); `upward` when an arrow leaves it; `overfull` with the bytes that there would have been.
    """

    sent = pyqtSignal()
    upward = pyqtSignal()
    overfull = pyqtSignal(int)

    def __init__(self, most_bytes: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.most_bytes = most_bytes
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.textChanged.connect(self.fit)
        self.fit()

    @property
    def text(self) -> str:
        """What is written, to the character; only lines are said by newlines."""
        document = self.document()
        return document.toRawText().translate(_PARAGRAPHS) if document else ""

    def fit(self) -> None:
        """As tall as the text, up to MOST_LINES."""
        document = self.document()
        lines = document.size().height() if document else 1.0
        line = QFontMetricsF(self.font()).lineSpacing()
        tall = round(min(max(lines, 1.0), MOST_LINES) * line) + 24
        over = lines > MOST_LINES
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(policy.ScrollBarAsNeeded if over else policy.ScrollBarAlwaysOff)
        self.setFixedHeight(tall)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None:
            return
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.sent.emit()
        elif enter:
            self.insertPlainText("\n")
        elif event.key() == Qt.Key.Key_Up and not self.text:
            self.upward.emit()
        else:
            super().keyPressEvent(event)

    def insertFromMimeData(self, source: QMimeData | None) -> None:
        """Paste as plain text, without control characters; the clipboard keeps what is too much."""
        if source is None or not source.hasText():
            return
        text = _CONTROLS.sub("", source.text().replace("\r\n", "\n").replace("\r", "\n"))
        replaced = self.textCursor().selectedText().translate(_PARAGRAPHS)
        would_be = _size(self.text) - _size(replaced) + _size(text)
        if would_be > self.most_bytes:
            self.overfull.emit(would_be)
        else:
            self.insertPlainText(text)

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self.fit()

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 0)


class Composer(QFrame):
    """Signals: `said` with a Say that may be sent; `ended`, `closed` for `!end`, `!close`; `upward`."""

    said = pyqtSignal(object)
    ended = pyqtSignal()
    closed = pyqtSignal()
    upward = pyqtSignal()

    def __init__(self, limits: Limits, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("composer")
        self.limits = limits
        self._room = ""
        self.editor = Editor(PASTE_LIMITS * limits.text_bytes, self)
        self.editor.setAccessibleName("Message")
        self.editor.sent.connect(self._send)
        self.editor.upward.connect(self.upward)
        self.editor.overfull.connect(self._tell_too_long)
        self.editor.textChanged.connect(self._changed)
        self.send = QPushButton("Send", self)
        self.send.setObjectName("primary")
        self.send.setFixedHeight(self.editor.height())
        self.send.setCursor(Qt.CursorShape.PointingHandCursor)
        self.send.clicked.connect(self._send)
        self.hint = QLabel("", self)
        self.hint.setObjectName("hint")
        self.hint.setTextFormat(Qt.TextFormat.PlainText)
        self.hint.setWordWrap(True)
        self.hint.hide()
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.editor, 1)
        row.addWidget(self.send, 0, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(6)
        column.addWidget(self.hint)
        column.addLayout(row)
        self._changed()

    def allow(self, limits: Limits) -> None:
        """What the broker takes from now on."""
        if limits != self.limits:
            self.limits = limits
            self.editor.most_bytes = PASTE_LIMITS * limits.text_bytes
            self._changed()

    def room(self, name: str, label: str = "") -> None:
        """Which room the messages are for, and what it is called with its sign; "" when there is none."""
        self._room = name
        self.editor.setPlaceholderText(f"Message {label or name}" if name else "You are in no room")
        self.editor.setEnabled(bool(name))
        self._changed()

    def tell(self, text: str, tone: str = "error") -> None:
        """Say something above the text; "" takes it away."""
        self.hint.setProperty("tone", tone)
        style = self.hint.style()
        if style is not None:
            style.unpolish(self.hint)
            style.polish(self.hint)
        self.hint.setText(text)
        self.hint.setVisible(bool(text))

    def _changed(self) -> None:
        text = self.editor.text
        self.send.setEnabled(bool(text.strip()) and self.editor.isEnabled())
        used = _size(text)
        left = self.limits.text_bytes - used
        if left < 0:
            self._tell_too_long(used)
        elif used > NEAR_LIMIT * self.limits.text_bytes:
            self.tell(f"{left:,} bytes left.", "warn")
        elif self.hint.isVisibleTo(self):
            self.tell("")

    def _tell_too_long(self, used: int) -> None:
        most = self.limits.text_bytes
        self.tell(
            f"This is {used - most:,} bytes too long: a message has at most {most:,}. Send it in parts."
        )

    def _send(self) -> None:
        text = self.editor.text.strip("\n").rstrip()
        if not text.strip() or not self.editor.isEnabled():
            return
        command = {END: self.ended, CLOSE: self.closed}.get(text.strip())
        if command is None:
            try:
                names.text(text, self.limits)
            except Refused as refused:
                self.tell(refused.text)
                return
        self.editor.clear()
        if command is not None:
            command.emit()
        else:
            self.said.emit(Say(room=self._room, text=text))


def _size(text: str) -> int:
    """In bytes of UTF-8, also of what cannot be sent."""
    return len(text.encode("utf-8", "surrogatepass"))
