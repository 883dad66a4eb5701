# SPDX-License-Identifier: GPL-3.0-only
"""Buttons in a row of the timeline, for the parts that have some."""

from collections.abc import Iterable
from typing import Any

from loggia.qtclient.timeline.grid import TEXT_LEFT_PX
from loggia.qtclient.timeline.parts.action import Action
from loggia.qtclient.timeline.parts.part import Ink
from loggia.qtclient.timeline.typography import Type
from PyQt6.QtCore import QPointF, QRect, QRectF, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QPainter, QPen

BUTTON_PX = 28
_RADIUS_PX = 7
_PADDING_PX = 28  # left and right of the words, together
_BETWEEN_PX = 8


class Buttons:
    """One beside the other, below the text; the first is what one would press.

    Attributes: `places`: by the action's id, from the row's top left corner.
    """

    def __init__(self, actions: Iterable[Action], row: Any, top: int, type: Type) -> None:
        metrics = QFontMetricsF(type.button)
        self._made: list[tuple[Action, str, QRect]] = []
        left = TEXT_LEFT_PX
        for action in actions:
            words = action.words(row)
            wide = round(metrics.horizontalAdvance(words)) + _PADDING_PX
            self._made.append((action, words, QRect(left, top, wide, BUTTON_PX)))
            left += wide + _BETWEEN_PX

    @property
    def places(self) -> dict[str, QRect]:
        return {action.id: place for action, _, place in self._made}

    def hit(self, point: QPointF) -> Action | None:
        at = point.toPoint()
        return next((action for action, _, place in self._made if place.contains(at)), None)

    def paint(self, painter: QPainter, ink: Ink) -> None:
        for number, (_, words, place) in enumerate(self._made):
            box = QRectF(place)
            painter.setPen(QPen(QColor(ink.colors.line), 1))
            painter.setBrush(QColor(ink.colors.bg))
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS_PX, _RADIUS_PX)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setFont(ink.type.button)
            painter.setPen(QColor(ink.colors.text if number else ink.colors.accent))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)
