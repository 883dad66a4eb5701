# SPDX-License-Identifier: GPL-3.0-only
"""What is answered, above where the answer is written. GUI thread."""

from loggia.qtclient.state.message import is_deleted
from loggia.qtclient.state.room import Room
from loggia.qtclient.style import icons
from loggia.qtclient.style.theme import Colors
from loggia.shared.client.commands import Say
from msgspec import structs
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget


class Answering(QFrame):
    """Of each room one message may be answered. Attributes: `label`: which; `stop`: its button.

    Signal: `told` with what is answered on the screen, in words; "": nothing is.
    """

    told = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("answering")
        self._answers: dict[str, tuple[int, str]] = {}  # room: the message's number, of which life of the log
        self._room = ""
        self._words = ""
        self.label = QLabel("", self)
        self.label.setObjectName("muted")
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setMinimumWidth(1)
        self.stop = QToolButton(self)
        self.stop.setToolTip("Answer nothing (Escape)")
        self.stop.setAccessibleName("Answer nothing")
        self.stop.clicked.connect(self.leave)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 16, 0)
        row.addWidget(self.label, 1)
        row.addWidget(self.stop)
        self.hide()

    def look(self, colors: Colors) -> None:
        """Other colours."""
        self.stop.setIcon(icons.icon("close", colors.muted))

    def begin(self, room: Room, seq: int) -> None:
        """What is said there next answers the message of that number."""
        self._answers[room.name] = seq, room.epoch
        self.show_room(room)

    def show_room(self, room: Room | None) -> None:
        """What is answered in the room on the screen, as it is now; what was deleted is answered no more."""
        self._room = room.name if room is not None else ""
        answer = self._answers.get(self._room)
        if room is not None and answer is not None and _is_gone(room, *answer):
            del self._answers[room.name]
            answer = None
        self._show(f"Answering {room.quotes.of(answer[0])}" if room is not None and answer else "")

    def leave(self) -> bool:
        """Answer nothing in the room on the screen. False: nothing was."""
        return self.take() is not None

    def take(self) -> int | None:
        """The message that is answered there, which is answered no more; None: none is."""
        was = self._answers.pop(self._room, None)
        self._show("")
        return was[0] if was is not None else None

    def addressed(self, say: Say) -> Say:
        """What is said, as the answer that it is; the next is none."""
        answer = self._answers.pop(say.room, None)
        if say.room == self._room:
            self._show("")
        return say if answer is None else structs.replace(say, reply_to=answer[0], epoch=answer[1])

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._elide()

    def _show(self, words: str) -> None:
        if words != self._words:
            self._words = words
            self.told.emit(words)
        self.setVisible(bool(words))
        self._elide()

    def _elide(self) -> None:
        room = max(self.width() - self.stop.sizeHint().width() - 48, 0)
        metrics = self.label.fontMetrics()
        self.label.setText(metrics.elidedText(self._words, Qt.TextElideMode.ElideRight, room))
        self.label.setAccessibleName(self._words)


def _is_gone(room: Room, seq: int, epoch: str) -> bool:
    return bool(epoch and room.epoch != epoch) or is_deleted(room.rows, seq)
