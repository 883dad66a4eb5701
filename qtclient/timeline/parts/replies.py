# SPDX-License-Identifier: GPL-3.0-only
"""How many answer in the thread that a message began: one small line below it, which opens the thread."""

from collections.abc import Sequence
from typing import Self

from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.timeline.grid import LINE_PX, TEXT_LEFT_PX
from loggia.qtclient.timeline.parts.action import Action
from loggia.qtclient.timeline.parts.part import Ink, Part, Space, Spot
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter

SHOW_THREAD = Action(
    id="show-thread",
    words=lambda row: "Show thread" if row is None or row.in_thread else "Answer in a thread",
    target=lambda row: row.root if row.stored or row.in_thread else None,
    keys=(Qt.Key.Key_F4,),
    section="go",
    right="thread",
)
SHOW_IN_ROOM = Action(
    id="show-in-room",
    words=lambda row: "Show in the room",
    target=lambda row: row.seq if row.stored else None,
    keys=(Qt.Key.Key_F4,),
    section="go",
    right="room",
)


class RepliesLine(Part):
    """As wide as its words; nothing where nobody answered. Attributes: `words`: what it says."""

    actions = (SHOW_THREAD, SHOW_IN_ROOM)

    def __init__(self, row: MessageRow, space: Space) -> None:
        self.words = in_words(row.became.replies)
        small, line = space.type.small_metrics, space.type.small_line
        wide = min(small.horizontalAdvance(self.words), space.column)
        self._box = QRectF(TEXT_LEFT_PX, space.top, wide, line)
        self.height = line + LINE_PX

    @classmethod
    def of(cls, row: MessageRow, space: Space) -> Self | None:
        return cls(row, space) if row.became.replies else None

    def paint(self, painter: QPainter, ink: Ink) -> None:
        fonts, box = ink.type, self._box
        painter.setFont(fonts.small)
        painter.setPen(QColor(ink.colors.accent))
        text = fonts.small_metrics.elidedText(self.words, Qt.TextElideMode.ElideRight, box.width() + 1)
        painter.drawText(box.adjusted(0, 0, 2, 0), int(Qt.AlignmentFlag.AlignVCenter), text)
        if ink.looked_at:  # it can be pressed
            painter.drawLine(QPointF(box.left(), box.bottom() - 1), QPointF(box.right(), box.bottom() - 1))

    def hit(self, point: QPointF) -> Action | None:
        return SHOW_THREAD if self._pressed.contains(point) else None

    def spots(self) -> Sequence[Spot]:
        return [Spot(SHOW_THREAD, self._pressed)]

    @property
    def _pressed(self) -> QRectF:
        return self._box.adjusted(-3, 0, 3, 0)

    @staticmethod
    def speak(row: MessageRow) -> str:
        words = in_words(row.became.replies)
        return f"({words})" if words else ""


def in_words(count: int) -> str:
    """How many replies there are; "": none."""
    return "" if not count else "1 reply" if count == 1 else f"{count:,} replies"
