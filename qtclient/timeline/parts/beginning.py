# SPDX-License-Identifier: GPL-3.0-only
"""The top of a room: its name, and what to do there."""

from typing import Self

from loggia.qtclient.state.rows import Beginning
from loggia.qtclient.timeline.grid import SIDE_PX
from loggia.qtclient.timeline.parts.part import Ink, Part, Space
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QPainter

_ABOVE_PX = 24
_BETWEEN_PX = 4
_BELOW_PX = 12
_TALLEST_PX = 1000.0
_WRAPPED = int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextWordWrap)


class Top(Part):
    """A title, elided to the width of the row, and below it words, in as many lines as they need."""

    def __init__(self, row: Beginning, space: Space) -> None:
        self._row = row
        self._top = space.top + _ABOVE_PX
        title = QFontMetricsF(space.type.title).height()
        room = max(0, space.width - 2 * SIDE_PX)
        lines = space.type.metrics.boundingRect(QRectF(0, 0, room, _TALLEST_PX), _WRAPPED, row.text)
        tall = max(space.type.line, lines.height())
        self._words = QRectF(SIDE_PX, self._top + title + _BETWEEN_PX, room, tall)
        self.height = _ABOVE_PX + title + _BETWEEN_PX + tall + _BELOW_PX

    @classmethod
    def of(cls, row: Beginning, space: Space) -> Self:
        return cls(row, space)

    def paint(self, painter: QPainter, ink: Ink) -> None:
        fonts = ink.type
        metrics = QFontMetricsF(fonts.title)
        room = ink.width - 2 * SIDE_PX
        painter.setFont(fonts.title)
        painter.setPen(QColor(ink.colors.text))
        title = metrics.elidedText(self._row.title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QPointF(SIDE_PX, self._top + metrics.ascent()), title)
        painter.setFont(fonts.text)
        painter.setPen(QColor(ink.colors.muted))
        painter.drawText(self._words, _WRAPPED, self._row.text)

    @staticmethod
    def speak(row: Beginning) -> str:
        return row.text
