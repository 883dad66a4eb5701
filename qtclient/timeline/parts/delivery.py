# SPDX-License-Identifier: GPL-3.0-only
"""Why a message is not stored, and what can be done about it."""

from typing import Self

from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.style import icons
from loggia.qtclient.timeline.grid import LINE_PX, SIGN_PX, TEXT_LEFT_PX
from loggia.qtclient.timeline.parts.action import ENTER, Action
from loggia.qtclient.timeline.parts.buttons import BUTTON_PX, Buttons
from loggia.qtclient.timeline.parts.part import Ink, Part, Space
from loggia.qtclient.timeline.typography import wrapped
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter

_AROUND_PX = 4  # above and below the buttons
_WAITS = ("waiting", "unreachable")

RETRY = Action(
    id="retry",
    words=lambda row: "Retry",
    target=lambda row: row.id if row.sign == "failed" else None,
    keys=ENTER,
    section="outbox",
)
DISCARD = Action(
    id="discard",
    words=lambda row: "Do not send" if row.sign in _WAITS else "Delete",
    target=lambda row: row.id if row.sign == "failed" or row.sign in _WAITS else None,
    keys=(Qt.Key.Key_Delete, Qt.Key.Key_Backspace),
    section="outbox",
)


class Delivery(Part):
    """Below the text, with buttons where it is for the user to decide.

    Attributes: `words`: as they are set. `buttons`: None where it goes on by itself.
    """

    actions = (RETRY, DISCARD)

    def __init__(self, row: MessageRow, space: Space) -> None:
        self._failed = row.sign == "failed"
        column = space.column - SIGN_PX - 6
        top = space.top + LINE_PX
        self._at = QPointF(TEXT_LEFT_PX + SIGN_PX + 6, top)
        self.words, tall = wrapped(_words(row), space.type.small, column, space.type.small_line)
        self.buttons: Buttons | None = None
        bottom = top + tall
        if self._failed:
            self.buttons = Buttons(self.actions, row, round(bottom + _AROUND_PX), space.type)
            bottom += _AROUND_PX + BUTTON_PX + _AROUND_PX
        self.height = bottom - space.top

    @classmethod
    def of(cls, row: MessageRow, space: Space) -> Self | None:
        return cls(row, space) if row.sign in ("unreachable", "failed") else None

    def paint(self, painter: QPainter, ink: Ink) -> None:
        color = ink.colors.error if self._failed else ink.colors.warn
        top = self._at.y() + (ink.type.small_line - SIGN_PX) / 2
        box = QRectF(TEXT_LEFT_PX, top, SIGN_PX, SIGN_PX)
        icons.paint(painter, "alarm" if self._failed else "clock", box, color)
        painter.setPen(QColor(color))
        self.words.draw(painter, self._at)
        if self.buttons is not None:
            self.buttons.paint(painter, ink)

    def hit(self, point: QPointF) -> Action | None:
        return None if self.buttons is None else self.buttons.hit(point)

    @staticmethod
    def speak(row: MessageRow) -> str:
        if row.sign == "unreachable":
            return f"({row.reason})"
        return f"(not sent: {row.reason})" if row.sign == "failed" else ""


def _words(row: MessageRow) -> str:
    if row.sign == "unreachable":
        return f"{row.reason} It waits here and is sent by itself."
    return f"Not sent: {row.reason}"
