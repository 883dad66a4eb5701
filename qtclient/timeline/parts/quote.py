# SPDX-License-Identifier: GPL-3.0-only
"""What a message answers, on one line above its text."""

from typing import Self

from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.timeline.grid import LINE_PX, TEXT_LEFT_PX
from loggia.qtclient.timeline.parts.part import Ink, Part, Space
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QPainter

_INDENT_PX = 10
_BAR_PX = 2


class Quote(Part):
    """Elided to the width of the text."""

    def __init__(self, row: MessageRow, space: Space) -> None:
        self._words = row.quote
        self._box = QRectF(TEXT_LEFT_PX, space.top, space.column, space.type.small_line)
        self.height = space.type.small_line + LINE_PX

    @classmethod
    def of(cls, row: MessageRow, space: Space) -> Self | None:
        return cls(row, space) if row.quote else None

    def paint(self, painter: QPainter, ink: Ink) -> None:
        box, fonts = self._box, ink.type
        bar = QRectF(box.left(), box.top() + 1, _BAR_PX, box.height() - 2)
        painter.fillRect(bar, QColor(ink.colors.line))
        painter.setFont(fonts.small)
        painter.setPen(QColor(ink.colors.muted))
        text = fonts.small_metrics.elidedText(
            self._words, Qt.TextElideMode.ElideRight, box.width() - _INDENT_PX
        )
        painter.drawText(box.adjusted(_INDENT_PX, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), text)

    @staticmethod
    def speak(row: MessageRow) -> str:
        return f"(in reply to {row.quote})" if row.quote else ""
