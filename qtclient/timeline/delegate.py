# SPDX-License-Identifier: GPL-3.0-only
"""Paints the rows of the timeline: circle, name, time, text, signs. No text is read as HTML. GUI thread."""

from collections.abc import Callable
from typing import Any, ClassVar

from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.rows import Beginning, Day, Fresh, MembershipRow, MessageRow, Note, Restored
from loggia.qtclient.style import icons
from loggia.qtclient.style.initials import paint_circle
from loggia.qtclient.style.theme import Colors, mixed, sender
from loggia.qtclient.timeline.layout import (
    BUTTONS,
    CIRCLE_PX,
    GAP_PX,
    SHOW,
    SIDE_PX,
    SIGN_PX,
    TEXT_LEFT_PX,
    Layouts,
    RowLayout,
)
from PyQt6.QtCore import QModelIndex, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PyQt6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

_Flag = QStyle.StateFlag
BOTTOM_PX = 8
INSET_PX = 8  # left of the ground of a row; right of it is the scroll bar
CARD_RADIUS_PX = 6
_VCENTER = Qt.AlignmentFlag.AlignVCenter


class TimelineDelegate(QStyledItemDelegate):
    """`look` changes colours and font; `pressed` tells which button of a failed message is under a point."""

    def __init__(self, colors: Colors, font: QFont, parent: Any = None) -> None:
        super().__init__(parent)
        self.colors = colors
        self.shapes = Layouts(font)

    def look(self, colors: Colors, font: QFont) -> None:
        self.colors = colors
        self.shapes = Layouts(font)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        width = option.rect.width()
        row = index.data(ROW)
        return QSize(width, self.shapes.of(row, width).height + _below_last(index) if row else 0)

    def pressed(self, row: MessageRow | Restored, rect: QRect, point: QPoint) -> str:
        """The word of the button of `row` at `point`, or ""."""
        shape = self.shapes.of(row, rect.width())
        words = SHOW if isinstance(row, Restored) else BUTTONS
        for word, button in zip(words, shape.buttons, strict=False):
            if button.translated(rect.topLeft()).contains(point):
                return word
        return ""

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        row = index.data(ROW)
        if painter is None or row is None:
            return
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        shape = self.shapes.of(row, option.rect.width())
        option.rect.setHeight(shape.height)
        self._ground(painter, option, row)
        painter.translate(QPointF(option.rect.topLeft()))
        self._PAINT[type(row)](self, painter, shape, option.state)
        painter.restore()

    # -- the ground ----------------------------------------------------------------------------

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem, row: object) -> None:
        colors, rect = self.colors, QRectF(option.rect)
        rect.setLeft(rect.left() + INSET_PX)
        if isinstance(row, Restored):
            self._card(painter, rect.adjusted(0, GAP_PX, 0, -GAP_PX), colors.panel)
        elif isinstance(row, MessageRow):
            if row.first:
                rect.setTop(rect.top() + GAP_PX)
            color = colors.mention if row.mention else colors.own if row.own else None
            if color is None and option.state & _Flag.State_MouseOver:
                color = colors.panel
            if color:
                self._card(painter, rect, color)
            if row.mention:
                self._card(painter, QRectF(rect.left(), rect.top(), 4, rect.height()), colors.accent, 2)
        if option.state & _Flag.State_Selected and isinstance(
            row, MessageRow | MembershipRow | Note | Restored
        ):
            ground = colors.mention if isinstance(row, MessageRow) and row.mention else colors.bg
            self._card(painter, rect, mixed(ground, colors.accent, 0.12))
        if option.state & _Flag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colors.accent), 2))
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), CARD_RADIUS_PX, CARD_RADIUS_PX)

    def _card(self, painter: QPainter, rect: QRectF, color: str, radius: int = CARD_RADIUS_PX) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(color))
        painter.drawRoundedRect(rect, radius, radius)

    # -- messages ------------------------------------------------------------------------------

    def _said(self, painter: QPainter, shape: RowLayout, state: _Flag) -> None:
        row = shape.row
        assert isinstance(row, MessageRow)
        if row.first:
            self._head(painter, shape, row)
        elif state & (_Flag.State_MouseOver | _Flag.State_HasFocus):
            self._gutter_time(painter, shape, row)
        if shape.quote is not None:
            self._quote(painter, shape.quote, row.quote)
        faint = row.sign in ("waiting", "unreachable", "failed")
        painter.setPen(QColor(self.colors.muted if faint else self.colors.text))
        if shape.text:
            shape.text.draw(painter, shape.text_at)
        self._sign(painter, shape, row)
        if shape.below is not None and shape.below_text is not None:
            color = self.colors.error if row.sign == "failed" else self.colors.warn
            line = self.shapes.type.small_line
            box = QRectF(TEXT_LEFT_PX, shape.below.top() + (line - SIGN_PX) / 2, SIGN_PX, SIGN_PX)
            icons.paint(painter, "alarm" if row.sign == "failed" else "clock", box, color)
            painter.setPen(QColor(color))
            shape.below_text.draw(painter, shape.below.topLeft())
        for word, button in zip(BUTTONS, shape.buttons, strict=False):
            self._button(painter, word, QRectF(button))

    def _head(self, painter: QPainter, shape: RowLayout, row: MessageRow) -> None:
        fonts = self.shapes.type
        color = self.colors.accent if row.own else sender(row.account, self.colors)
        circle = QRectF(SIDE_PX, 2 * GAP_PX, CIRCLE_PX, CIRCLE_PX)
        paint_circle(painter, circle, row.nick, color, self.colors, fonts.name)
        clock_wide = fonts.small_metrics.horizontalAdvance(row.clock)
        room = shape.width - TEXT_LEFT_PX - SIDE_PX - clock_wide - 8
        top, line = 2.0 * GAP_PX - 1, fonts.line
        name = fonts.name_metrics.elidedText(row.nick, Qt.TextElideMode.ElideRight, max(40.0, room))
        wide = fonts.name_metrics.horizontalAdvance(name)
        painter.setFont(fonts.name)
        painter.setPen(QColor(color))
        painter.drawText(QRectF(TEXT_LEFT_PX, top, wide + 4, line), int(_VCENTER), name)
        painter.setFont(fonts.small)
        painter.setPen(QColor(self.colors.muted))
        painter.drawText(
            QRectF(TEXT_LEFT_PX + wide + 8, top + 1, clock_wide + 4, line), int(_VCENTER), row.clock
        )

    def _gutter_time(self, painter: QPainter, shape: RowLayout, row: MessageRow) -> None:
        painter.setFont(self.shapes.type.small)
        painter.setPen(QColor(self.colors.muted))
        box = QRectF(0, shape.text_at.y(), TEXT_LEFT_PX - 12, self.shapes.type.line)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignRight | _VCENTER), row.clock)

    def _quote(self, painter: QPainter, box: QRectF, quote: str) -> None:
        fonts = self.shapes.type
        painter.fillRect(QRectF(box.left(), box.top() + 1, 2, box.height() - 2), QColor(self.colors.line))
        painter.setFont(fonts.small)
        painter.setPen(QColor(self.colors.muted))
        text = fonts.small_metrics.elidedText(quote, Qt.TextElideMode.ElideRight, box.width() - 10)
        painter.drawText(box.adjusted(10, 0, 0, 0), int(_VCENTER), text)

    def _sign(self, painter: QPainter, shape: RowLayout, row: MessageRow) -> None:
        sign = {"waiting": "clock", "stored": "tick"}.get(row.sign)
        if sign is None:
            return
        line = self.shapes.type.line
        box = QRectF(shape.width - SIDE_PX - SIGN_PX, shape.sign_top + (line - 14) / 2, 14, 14)
        icons.paint(painter, sign, box, self.colors.ok if sign == "tick" else self.colors.muted)

    def _button(self, painter: QPainter, word: str, box: QRectF) -> None:
        painter.setPen(QPen(QColor(self.colors.line), 1))
        painter.setBrush(QColor(self.colors.bg))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 7, 7)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setFont(self.shapes.type.button)
        painter.setPen(QColor(self.colors.accent if word in (BUTTONS[0], SHOW[0]) else self.colors.text))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), word)

    # -- the other rows ------------------------------------------------------------------------

    def _ruled(self, painter: QPainter, shape: RowLayout, text: str, color: str, line: str) -> None:
        fonts = self.shapes.type
        wide = fonts.small_metrics.horizontalAdvance(text)
        middle = shape.height / 2
        left = (shape.width - wide) / 2
        painter.setPen(QPen(QColor(line), 1))
        painter.drawLine(QPointF(SIDE_PX, middle), QPointF(left - 12, middle))
        painter.drawLine(QPointF(left + wide + 12, middle), QPointF(shape.width - SIDE_PX, middle))
        painter.setFont(fonts.small)
        painter.setPen(QColor(color))
        painter.drawText(QRectF(left, 0, wide + 4, shape.height), int(_VCENTER), text)

    def _day(self, painter: QPainter, shape: RowLayout, state: _Flag) -> None:
        assert isinstance(shape.row, Day)
        self._ruled(painter, shape, shape.row.text, self.colors.muted, self.colors.line)

    def _fresh(self, painter: QPainter, shape: RowLayout, state: _Flag) -> None:
        assert isinstance(shape.row, Fresh)
        self._ruled(painter, shape, shape.row.text, self.colors.accent, self.colors.accent)

    def _muted(self, painter: QPainter, shape: RowLayout, state: _Flag) -> None:
        assert isinstance(shape.row, MembershipRow | Note)
        fonts = self.shapes.type
        room = shape.width - TEXT_LEFT_PX - SIDE_PX
        text = fonts.small_metrics.elidedText(shape.row.text, Qt.TextElideMode.ElideRight, room)
        painter.setFont(fonts.small)
        painter.setPen(QColor(self.colors.muted))
        painter.drawText(QRectF(TEXT_LEFT_PX, 0, room, shape.height), int(_VCENTER), text)

    def _restored(self, painter: QPainter, shape: RowLayout, state: _Flag) -> None:
        sign = QRectF(
            SIDE_PX + (CIRCLE_PX - 20) / 2, shape.text_at.y() + (self.shapes.type.line - 20) / 2, 20, 20
        )
        icons.paint(painter, "alarm", sign, self.colors.warn)
        painter.setPen(QColor(self.colors.text))
        if shape.text:
            shape.text.draw(painter, shape.text_at)
        for word, button in zip(SHOW, shape.buttons, strict=False):
            self._button(painter, word, QRectF(button))

    def _beginning(self, painter: QPainter, shape: RowLayout, state: _Flag) -> None:
        assert isinstance(shape.row, Beginning)
        fonts = self.shapes.type
        metrics = QFontMetricsF(fonts.title)
        room = shape.width - 2 * SIDE_PX
        painter.setFont(fonts.title)
        painter.setPen(QColor(self.colors.text))
        title = metrics.elidedText(shape.row.title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QPointF(SIDE_PX, 24 + metrics.ascent()), title)
        painter.setFont(fonts.text)
        painter.setPen(QColor(self.colors.muted))
        below = QRectF(SIDE_PX, 24 + metrics.height() + 4, room, fonts.line)
        text = fonts.metrics.elidedText(shape.row.text, Qt.TextElideMode.ElideRight, room)
        painter.drawText(below, int(_VCENTER), text)

    _PAINT: ClassVar[dict[type, Callable[["TimelineDelegate", QPainter, RowLayout, _Flag], None]]] = {
        MessageRow: _said,
        Day: _day,
        Fresh: _fresh,
        MembershipRow: _muted,
        Note: _muted,
        Restored: _restored,
        Beginning: _beginning,
    }


def _below_last(index: QModelIndex) -> int:
    """Free pixels below the newest row, so that it does not touch what is under the timeline."""
    model = index.model()
    return BOTTOM_PX if model is not None and index.row() == model.rowCount() - 1 else 0
