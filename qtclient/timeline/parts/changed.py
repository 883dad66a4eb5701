# SPDX-License-Identifier: GPL-3.0-only
"""That a message was edited, and when; that it is pinned: one small line below its text."""

from typing import Self

from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.timeline.grid import LINE_PX, TEXT_LEFT_PX
from loggia.qtclient.timeline.parts.part import Ink, Part, Space
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QPainter


class ChangedLine(Part):
    """Elided to the width of the text. Attributes: `words`: what it says."""

    def __init__(self, words: str, space: Space) -> None:
        self.words = words
        self._box = QRectF(TEXT_LEFT_PX, space.top, space.column, space.type.small_line)
        self.height = space.type.small_line + LINE_PX

    @classmethod
    def of(cls, row: MessageRow, space: Space) -> Self | None:
        words = _words(row)
        return cls(words, space) if words else None

    def paint(self, painter: QPainter, ink: Ink) -> None:
        fonts = ink.type
        painter.setFont(fonts.small)
        painter.setPen(QColor(ink.colors.muted))
        text = fonts.small_metrics.elidedText(self.words, Qt.TextElideMode.ElideRight, self._box.width())
        painter.drawText(self._box, int(Qt.AlignmentFlag.AlignVCenter), text)

    @staticmethod
    def speak(row: MessageRow) -> str:
        words = _words(row)
        return f"({words})" if words else ""


def _words(row: MessageRow) -> str:
    marks = ("pinned" if row.became.pinned else "", f"edited {row.edited}" if row.edited else "")
    return " · ".join(mark for mark in marks if mark)
