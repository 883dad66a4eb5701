# SPDX-License-Identifier: GPL-3.0-only
"""A thread at the right: the message that it began with, what is in it, and where one answers. GUI thread."""

from loggia.qtclient.models.timeline import TimelineModel
from loggia.qtclient.panels.answering import Answering
from loggia.qtclient.panels.composer import Composer
from loggia.qtclient.panels.editor import Editor
from loggia.qtclient.panels.talk import Talk
from loggia.qtclient.style import icons
from loggia.qtclient.style.fonts import scaled
from loggia.qtclient.style.theme import Colors
from loggia.qtclient.timeline.view import Timeline
from loggia.shared.protocol.limits import Limits
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QFont
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

WIDTH_PX = 340
ANSWER = "Answer in the thread"


class ThreadPanel(QFrame):
    """Attributes: `count`: how many are in it, in words; `close_button`; `note`: why it is not shown, in a
    sentence; `again`: the button to ask for it again; `timeline`; `answering`: which of its messages is
    answered; `composer`."""

    def __init__(self, rows: TimelineModel, colors: Colors, limits: Limits, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("thread")
        self.setAccessibleName("Thread")
        title = QLabel("Thread", self)
        font = scaled(self.font(), 1.0)
        font.setWeight(QFont.Weight.DemiBold)
        title.setFont(font)
        self.count = QLabel("", self)
        self.count.setObjectName("muted")
        self.close_button = QToolButton(self)
        self.close_button.setToolTip("Close the thread (Escape)")
        self.close_button.setAccessibleName("Close the thread")
        self.note = QLabel("", self)
        self.note.setObjectName("muted")
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self.note.setContentsMargins(16, 0, 0, 0)
        self.again = QPushButton("Try again", self)
        self.again.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.again.setAutoDefault(True)  # by Enter, too
        self._told = QWidget(self)
        told = QHBoxLayout(self._told)
        told.setContentsMargins(0, 4, 16, 4)
        told.setSpacing(0)
        told.addWidget(self.note, 1)
        told.addWidget(self.again)
        self.timeline = Timeline(rows, colors, self)
        self.timeline.setAccessibleName("Messages of the thread")
        self.answering = Answering(self)
        self.composer = Composer(limits, self)
        self.composer.editor.setAccessibleName(ANSWER)
        self.composer.list.setAccessibleName("Offers for the thread")
        head = QHBoxLayout()
        head.setContentsMargins(16, 0, 8, 0)
        head.setSpacing(8)
        head.addWidget(title)
        head.addWidget(self.count, 1)
        head.addWidget(self.close_button)
        top = QFrame(self)
        top.setObjectName("threadhead")
        top.setFixedHeight(52)
        top.setLayout(head)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(top)
        column.addWidget(self._told)
        column.addWidget(self.timeline, 1)
        column.addWidget(self.answering)
        column.addWidget(self.composer)
        self._talk = Talk(self, self.timeline, self.answering, self.composer)
        self.tell("")

    def tell(self, words: str, *, again: bool = False) -> None:
        """Say why there is nothing, or not all; "": there is all. `again`: offer to ask for it again."""
        self.note.setText(words)
        self.note.setVisible(bool(words))
        self._told.setVisible(bool(words))
        self.again.setAccessibleDescription(words)
        if self.again.hasFocus() and not again:
            self.composer.editor.setFocus()
        self.again.setVisible(again)

    def look(self, colors: Colors) -> None:
        """Other colours."""
        self.close_button.setIcon(icons.icon("close", colors.muted))
        self._talk.look(colors)


def beside(focus: QWidget | None) -> QWidget | None:
    """Where the keyboard comes back to: what it is in, and no button that shows itself for the moment."""
    inner = focus
    while inner is not None and not isinstance(inner, Timeline | Editor):
        inner = inner.parentWidget()
    return inner or focus
