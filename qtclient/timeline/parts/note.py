# SPDX-License-Identifier: GPL-3.0-only
"""One muted line: who came and left, and what else happened."""

from typing import Self

from loggia.qtclient.state.rows import MembershipRow, Note
from loggia.qtclient.timeline.grid import SIDE_PX, TEXT_LEFT_PX
from loggia.qtclient.timeline.parts.part import Ink, Part, Space
from loggia.qtclient.timeline.parts.ruled import AROUND_PX
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QPainter


class NoteLine(Part):
    """Elided to the width of the row."""

    def __init__(self, text: str, space: Space) -> None:
        self._text = text
        self._top = space.top
        self.height = round(space.type.small_line + AROUND_PX)

    @classmethod
    def of(cls, row: MembershipRow | Note, space: Space) -> Self:
        return cls(row.text, space)

    def paint(self, painter: QPainter, ink: Ink) -> None:
        fonts = ink.type
        room = ink.width - TEXT_LEFT_PX - SIDE_PX
        text = fonts.small_metrics.elidedText(self._text, Qt.TextElideMode.ElideRight, room)
        painter.setFont(fonts.small)
        painter.setPen(QColor(ink.colors.muted))
        box = QRectF(TEXT_LEFT_PX, self._top, room, self.height)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), text)

    @staticmethod
    def speak(row: MembershipRow | Note) -> str:
        return row.text

    @staticmethod
    def copy(row: MembershipRow | Note, *, first: bool) -> str:
        return row.text
