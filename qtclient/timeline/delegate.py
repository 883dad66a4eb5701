# SPDX-License-Identifier: GPL-3.0-only
"""Paints the rows of the timeline by their parts. No text is read as HTML. GUI thread."""

from collections.abc import Callable, Sequence
from typing import Any

from loggia.qtclient.models.keyed import ROW, KeyedModel, tool_tip
from loggia.qtclient.models.timeline import TimelineModel
from loggia.qtclient.state.hues import natural
from loggia.qtclient.state.rows import Row
from loggia.qtclient.state.selected import END, Piece
from loggia.qtclient.style.theme import Colors
from loggia.qtclient.timeline.layout import Layouts
from loggia.qtclient.timeline.parts.action import Action
from loggia.qtclient.timeline.parts.part import Ink
from PyQt6.QtCore import QModelIndex, QPoint, QPointF, QRect, QSize, Qt
from PyQt6.QtGui import QColor, QFont, QHelpEvent, QPainter, QPen
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

BOTTOM_PX = 8
RING_PX = 2
RING_RADIUS_PX = 6
_SMOOTH = QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing


class TimelineDelegate(QStyledItemDelegate):
    """`look` changes colours and font; `hit` tells what a click does.

    Attributes: `layouts`: the rows as measured. `who`: says who some accounts are. `spot`: what has the
    keyboard inside a row: the key of the row, and which of its spots. `selected`: what is of the words of the
    row at a place.
    """

    def __init__(self, colors: Colors, font: QFont, parent: Any = None) -> None:
        super().__init__(parent)
        self.who: Callable[[Sequence[str]], str] = lambda accounts: ""
        self.spot: tuple[object, int] | None = None
        self.selected: Callable[[int], Piece | None] = lambda place: None
        self.look(colors, font)

    def look(self, colors: Colors, font: QFont) -> None:
        self.colors = colors
        self.layouts = Layouts(font, colors)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        width, model, place = option.rect.width(), index.model(), index.row()
        if not isinstance(model, KeyedModel) or not 0 <= place < len(model.rows):
            return QSize(width, 0)
        rows = model.rows  # not by `data`: Qt asks for every row, again and again
        below = BOTTOM_PX if place == len(rows) - 1 else 0  # the newest does not touch what is under it
        return QSize(width, self.layouts.height(rows[place], width) + below)

    def hit(self, row: Row, rect: QRect, point: QPoint) -> Action | None:
        """What a click at `point` does, in a row that lies in `rect`."""
        return self.layouts.of(row, rect.width()).hit(QPointF(point - rect.topLeft()))

    def helpEvent(
        self,
        event: QHelpEvent | None,
        view: QAbstractItemView | None,
        option: QStyleOptionViewItem,
        index: QModelIndex,
    ) -> bool:
        """The mouse rests on a row."""
        row = index.data(ROW)
        if event is None or row is None:
            return False
        point = QPointF(event.pos() - option.rect.topLeft())
        self.tell(event.globalPos(), self.layouts.of(row, option.rect.width()).tip_at(point, self.who), view)
        return True

    @staticmethod
    def tell(at: QPoint, tip: str, view: QWidget | None) -> None:
        """Show that beside a place of the screen; "": nothing is shown any more."""
        QToolTip.showText(at, tool_tip(tip) if tip else "", view)

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        row = index.data(ROW)
        if painter is None or row is None:
            return
        width = option.rect.width()
        layout = self.layouts.of(row, width)
        model = index.model()
        hue = model.hue if isinstance(model, TimelineModel) else natural
        lit = model.lit(row) if isinstance(model, TimelineModel) else ()
        piece = self.selected(index.row())
        state = option.state & ~QStyle.StateFlag.State_Selected
        if piece == (0, END):
            state |= QStyle.StateFlag.State_Selected
        ink = Ink(self.colors, self.layouts.type, state, width, layout.height, hue, lit, piece)
        painter.save()
        painter.setClipRect(option.rect, Qt.ClipOperation.IntersectClip)  # marks may tower over any line
        painter.setRenderHints(_SMOOTH)
        painter.translate(QPointF(option.rect.topLeft()))
        layout.kind.ground(painter, row, ink, lambda step: index.siblingAtRow(index.row() + step).data(ROW))
        for part in layout.parts:
            part.paint(painter, ink)
        has_focus = ink.state & QStyle.StateFlag.State_HasFocus
        if has_focus and self.spot is not None and self.spot[0] == row.key:
            for spot in layout.spots()[self.spot[1] :][:1]:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(self.colors.text), RING_PX))
                painter.drawRoundedRect(spot.box, RING_RADIUS_PX, RING_RADIUS_PX)
        painter.restore()
