# SPDX-License-Identifier: GPL-3.0-only
"""Paints the rows of the timeline by their parts. No text is read as HTML. GUI thread."""

from typing import Any

from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.rows import Row
from loggia.qtclient.style.theme import Colors
from loggia.qtclient.timeline.layout import Layouts
from loggia.qtclient.timeline.parts.action import Action
from loggia.qtclient.timeline.parts.part import Ink
from PyQt6.QtCore import QModelIndex, QPoint, QPointF, QRect, QSize
from PyQt6.QtGui import QFont, QPainter
from PyQt6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

BOTTOM_PX = 8
_SMOOTH = QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing


class TimelineDelegate(QStyledItemDelegate):
    """`look` changes colours and font; `hit` tells what a click does. `layouts`: the rows as measured."""

    def __init__(self, colors: Colors, font: QFont, parent: Any = None) -> None:
        super().__init__(parent)
        self.look(colors, font)

    def look(self, colors: Colors, font: QFont) -> None:
        self.colors = colors
        self.layouts = Layouts(font)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        width = option.rect.width()
        row = index.data(ROW)
        return QSize(width, self.layouts.height(row, width) + _below_last(index) if row else 0)

    def hit(self, row: Row, rect: QRect, point: QPoint) -> Action | None:
        """What a click at `point` does, in a row that lies in `rect`."""
        return self.layouts.of(row, rect.width()).hit(QPointF(point - rect.topLeft()))

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        row = index.data(ROW)
        if painter is None or row is None:
            return
        width = option.rect.width()
        layout = self.layouts.of(row, width)
        ink = Ink(self.colors, self.layouts.type, option.state, width, layout.height)
        painter.save()
        painter.setRenderHints(_SMOOTH)
        painter.translate(QPointF(option.rect.topLeft()))
        layout.kind.ground(painter, row, ink, lambda step: index.siblingAtRow(index.row() + step).data(ROW))
        for part in layout.parts:
            part.paint(painter, ink)
        painter.restore()


def _below_last(index: QModelIndex) -> int:
    """Free pixels below the newest row, so that it does not touch what is under the timeline."""
    model = index.model()
    return BOTTOM_PX if model is not None and index.row() == model.rowCount() - 1 else 0
