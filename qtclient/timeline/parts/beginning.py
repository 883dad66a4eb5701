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


class Top(Part):
    """A title and one line of words, both elided to the width of the row."""

    def __init__(self, row: Beginning, space: Space) -> None:
        self._row = row
        self._top = space.top + _ABOVE_PX
        title = QFontMetricsF(space.type.title).height()
        self.height = _ABOVE_PX + title + _BETWEEN_PX + space.type.line + _BELOW_PX

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
        below = QRectF(SIDE_PX, self._top + metrics.height() + _BETWEEN_PX, room, fonts.line)
        text = fonts.metrics.elidedText(self._row.text, Qt.TextElideMode.ElideRight, room)
        painter.drawText(below, int(Qt.AlignmentFlag.AlignVCenter), text)

    @staticmethod
    def speak(row: Beginning) -> str:
        return row.text
