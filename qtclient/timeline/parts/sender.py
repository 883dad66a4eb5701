# SPDX-License-Identifier: GPL-3.0-only
"""Who says it and when: circle, name and time above a group, the time alone beside its other messages."""

from typing import ClassVar, Self

from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.style.initials import paint_circle
from loggia.qtclient.style.theme import sender
from loggia.qtclient.timeline.grid import CIRCLE_PX, GAP_PX, SIDE_PX, TEXT_LEFT_PX
from loggia.qtclient.timeline.parts.action import LAST, Action
from loggia.qtclient.timeline.parts.part import Ink, Part, Space
from loggia.qtclient.timeline.typography import one_line
from loggia.shared.protocol.names import quoted
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter

_LEAST_NAME_PX = 40.0
SHOW_SENDER = Action(
    id="show-sender",
    words=lambda row: f"About {quoted(row.nick)}...",
    target=lambda row: row,
    section=LAST,
)
_VCENTER = Qt.AlignmentFlag.AlignVCenter


class SenderLine(Part):
    """Above the first message of a group; in the gutter of the others, while they are looked at. A click on
    the circle or the name leads to whose they are."""

    actions = (SHOW_SENDER,)
    leads: ClassVar[bool] = True

    def __init__(self, row: MessageRow, space: Space) -> None:
        self._row = row
        self._top = space.top
        if row.first:
            self.height = 2 * GAP_PX + space.type.line
            self.reach = space.top + 2 * GAP_PX + CIRCLE_PX
            clock = space.type.small_metrics.horizontalAdvance(row.clock)
            room = max(_LEAST_NAME_PX, space.width - TEXT_LEFT_PX - SIDE_PX - clock - 8)
            self._name, self._name_wide = one_line(row.nick, space.type.name)
            if self._name_wide > room:
                name = space.type.name_metrics.elidedText(row.nick, Qt.TextElideMode.ElideRight, room)
                self._name, self._name_wide = one_line(name, space.type.name)
            self._clock_wide = clock

    @classmethod
    def of(cls, row: MessageRow, space: Space) -> Self:
        return cls(row, space)

    def paint(self, painter: QPainter, ink: Ink) -> None:
        if self._row.first:
            self._head(painter, ink)
        elif ink.looked_at:
            painter.setFont(ink.type.small)
            painter.setPen(QColor(ink.colors.muted))
            box = QRectF(0, self._top, TEXT_LEFT_PX - 12, ink.type.line)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignRight | _VCENTER), self._row.clock)

    def _head(self, painter: QPainter, ink: Ink) -> None:
        row, fonts, colors = self._row, ink.type, ink.colors
        color = colors.accent if row.own else sender(ink.hue(row.account), colors)
        circle = QRectF(SIDE_PX, self._top + 2 * GAP_PX, CIRCLE_PX, CIRCLE_PX)
        paint_circle(painter, circle, row.nick, color, colors, fonts.name)
        top, line, wide = self._top + 2.0 * GAP_PX - 1, fonts.line, self._name_wide
        painter.setPen(QColor(color))
        above = max(0.0, (line - self._name.lineAt(0).height()) / 2)
        self._name.draw(painter, QPointF(TEXT_LEFT_PX, top + above))
        painter.setFont(fonts.small)
        painter.setPen(QColor(colors.muted))
        painter.drawText(
            QRectF(TEXT_LEFT_PX + wide + 8, top + 1, self._clock_wide + 4, line), int(_VCENTER), row.clock
        )

    def hit(self, point: QPointF) -> Action | None:
        if not self._row.first:
            return None
        circle = QRectF(SIDE_PX, self._top + 2 * GAP_PX, CIRCLE_PX, CIRCLE_PX)
        name = QRectF(TEXT_LEFT_PX, self._top + 2 * GAP_PX, self._name_wide, self.height - 2 * GAP_PX)
        return SHOW_SENDER if circle.contains(point) or name.contains(point) else None

    @staticmethod
    def speak(row: MessageRow) -> str:
        return f"{quoted(row.nick)}, {row.clock}:"

    @staticmethod
    def copy(row: MessageRow, *, several: bool) -> str:
        return f"[{row.clock}] {quoted(row.nick)}: " if several else ""
