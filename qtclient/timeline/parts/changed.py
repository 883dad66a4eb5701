# SPDX-License-Identifier: GPL-3.0-only
"""That a message was edited, and when; that it is pinned: one small line below its text. What it said before
is a click away, also from the word that stands for one that is deleted.
"""

from collections.abc import Sequence
from typing import Self

from loggia.qtclient.state.message import DELETED
from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.timeline.grid import LINE_PX, TEXT_LEFT_PX
from loggia.qtclient.timeline.parts.action import Action
from loggia.qtclient.timeline.parts.part import Ink, Part, Space, Spot
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter

SHOW_EARLIER = Action(
    id="show-earlier",
    words=lambda row: "Show who deleted it..." if row.became.deleted else "Show what it said before...",
    target=lambda row: row if row.seq is not None and (row.edited or row.became.deleted) else None,
    section="go",
)


class ChangedLine(Part):
    """Elided to the width of the text. Attributes: `words`: what it says; nothing below a deleted one."""

    actions = (SHOW_EARLIER,)

    def __init__(self, row: MessageRow, space: Space) -> None:
        self.words = _words(row)
        small, line = space.type.small_metrics, space.type.small_line
        self._box = QRectF(TEXT_LEFT_PX, space.top, space.column, line if self.words else 0)
        self._pressed: QRectF | None = None
        if row.edited:
            wide = min(small.horizontalAdvance(self.words), space.column)
            self._pressed = QRectF(TEXT_LEFT_PX - 3, space.top, wide + 6, line)
        elif SHOW_EARLIER.target(row) is not None:  # the word above
            wide = min(space.type.metrics.horizontalAdvance(DELETED), space.column)
            self._pressed = QRectF(TEXT_LEFT_PX, space.top - space.type.line, wide, space.type.line)
        self.height = line + LINE_PX if self.words else 0.0

    @classmethod
    def of(cls, row: MessageRow, space: Space) -> Self | None:
        return cls(row, space) if _words(row) or SHOW_EARLIER.target(row) is not None else None

    def paint(self, painter: QPainter, ink: Ink) -> None:
        fonts = ink.type
        painter.setFont(fonts.small)
        painter.setPen(QColor(ink.colors.muted))
        text = fonts.small_metrics.elidedText(self.words, Qt.TextElideMode.ElideRight, self._box.width())
        painter.drawText(self._box, int(Qt.AlignmentFlag.AlignVCenter), text)
        if self.words and ink.looked_at and self._pressed is not None:  # it can be pressed
            below = self._pressed.bottom() - 1
            painter.drawLine(QPointF(self._pressed.left(), below), QPointF(self._pressed.right(), below))

    def hit(self, point: QPointF) -> Action | None:
        return SHOW_EARLIER if self._pressed is not None and self._pressed.contains(point) else None

    def spots(self) -> Sequence[Spot]:
        return [] if self._pressed is None else [Spot(SHOW_EARLIER, self._pressed)]

    @staticmethod
    def speak(row: MessageRow) -> str:
        words = _words(row)
        return f"({words})" if words else ""


def _words(row: MessageRow) -> str:
    marks = ("pinned" if row.became.pinned else "", f"edited {row.edited}" if row.edited else "")
    return " · ".join(mark for mark in marks if mark)
