# SPDX-License-Identifier: GPL-3.0-only
"""Lines across the timeline with a word in the middle: a new day, and what is new."""

from collections.abc import Callable, Sequence
from typing import Self

from loggia.qtclient.state.rows import Day, Fresh
from loggia.qtclient.timeline.grid import SIDE_PX
from loggia.qtclient.timeline.parts.action import ENTER, Action
from loggia.qtclient.timeline.parts.part import Ink, Part, Space
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen

AROUND_PX = 20  # above and below one small line, together
_BESIDE_PX = 12

SHOW_DAYS = Action(id="show-days", words=lambda row: "Go to a day", target=lambda row: row, keys=ENTER)


class _Ruled(Part):
    """Attribute `box`: of the word."""

    def __init__(self, text: str, space: Space) -> None:
        self._text = text
        self._top = space.top
        self.height = round(space.type.small_line + AROUND_PX)
        wide = space.type.small_metrics.horizontalAdvance(text)
        self.box = QRectF((space.width - wide) / 2, self._top, wide, self.height)

    @classmethod
    def of(cls, row: Day | Fresh, space: Space) -> Self:
        return cls(row.text, space)

    def _rule(self, painter: QPainter, ink: Ink, color: str, line: str) -> None:
        fonts = ink.type
        wide = fonts.small_metrics.horizontalAdvance(self._text)
        middle = self._top + self.height / 2
        left = (ink.width - wide) / 2
        painter.setPen(QPen(QColor(line), 1))
        painter.drawLine(QPointF(SIDE_PX, middle), QPointF(left - _BESIDE_PX, middle))
        painter.drawLine(QPointF(left + wide + _BESIDE_PX, middle), QPointF(ink.width - SIDE_PX, middle))
        painter.setFont(fonts.small)
        painter.setPen(QColor(color))
        box = QRectF(left, self._top, wide + 4, self.height)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), self._text)

    @staticmethod
    def speak(row: Day | Fresh) -> str:
        return row.text


class DayLine(_Ruled):
    """A new day begins. A click on it leads to others."""

    actions = (SHOW_DAYS,)

    def paint(self, painter: QPainter, ink: Ink) -> None:
        self._rule(painter, ink, ink.colors.muted, ink.colors.line)

    def hit(self, point: QPointF) -> Action | None:
        box = self.box.adjusted(-_BESIDE_PX, 0, _BESIDE_PX, -1)
        return SHOW_DAYS if box.contains(point) else None

    def tip_at(self, point: QPointF, who: Callable[[Sequence[str]], str]) -> str:
        return "Go to a day" if self.hit(point) else ""

    @staticmethod
    def copy(row: Day, *, several: bool) -> str:
        return row.text


class NewLine(_Ruled):
    """What is below came while nobody looked."""

    def paint(self, painter: QPainter, ink: Ink) -> None:
        self._rule(painter, ink, ink.colors.accent, ink.colors.accent)
