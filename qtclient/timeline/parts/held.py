# SPDX-License-Identifier: GPL-3.0-only
"""A message has not left yet, and can be taken back."""

from typing import Self

from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.style import icons
from loggia.qtclient.timeline.grid import LINE_PX, SIGN_PX, TEXT_LEFT_PX
from loggia.qtclient.timeline.parts.action import Action
from loggia.qtclient.timeline.parts.buttons import BUTTON_PX, Buttons
from loggia.qtclient.timeline.parts.part import Ink, Part, Space
from loggia.qtclient.timeline.typography import wrapped
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter

WORDS = "Not sent yet; Ctrl+Z takes it back."
_AROUND_PX = 4  # above and below the button
_BESIDE_PX = 6  # between the sign and the words

UNDO = Action(
    id="undo-send",
    words=lambda row: "Undo",
    target=lambda row: row.id if row.sign == "held" else None,
    keys=(Qt.Key.Key_Delete, Qt.Key.Key_Backspace),
    section="outbox",
)


class HeldLine(Part):
    """Below the text, with the button. Attributes: `buttons`."""

    actions = (UNDO,)

    def __init__(self, row: MessageRow, space: Space) -> None:
        top = space.top + LINE_PX
        left = TEXT_LEFT_PX + SIGN_PX + _BESIDE_PX
        self._at = QPointF(left, top)
        column = space.column - SIGN_PX - _BESIDE_PX
        self._words, tall = wrapped(WORDS, space.type.small, column, space.type.small_line)
        self.buttons = Buttons(self.actions, row, round(top + tall + _AROUND_PX), space.type)
        self.height = top + tall + _AROUND_PX + BUTTON_PX + _AROUND_PX - space.top

    @classmethod
    def of(cls, row: MessageRow, space: Space) -> Self | None:
        return cls(row, space) if row.sign == "held" else None

    def paint(self, painter: QPainter, ink: Ink) -> None:
        top = self._at.y() + (ink.type.small_line - SIGN_PX) / 2
        icons.paint(painter, "clock", QRectF(TEXT_LEFT_PX, top, SIGN_PX, SIGN_PX), ink.colors.muted)
        painter.setPen(QColor(ink.colors.muted))
        self._words.draw(painter, self._at)
        self.buttons.paint(painter, ink)

    def hit(self, point: QPointF) -> Action | None:
        return self.buttons.hit(point)

    @staticmethod
    def speak(row: MessageRow) -> str:
        return f"({WORDS.rstrip('.')})" if row.sign == "held" else ""
