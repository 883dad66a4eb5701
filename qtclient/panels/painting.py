# SPDX-License-Identifier: GPL-3.0-only
"""Paints a room of the sidebar, and what rows of lists share: ground, headings, presence. GUI thread."""

from typing import Any

from loggia.qtclient.models.keyed import ROW, RestRow, SectionRow
from loggia.qtclient.models.rooms import RoomRow
from loggia.qtclient.panels.set_lines import SetLines
from loggia.qtclient.style import icons
from loggia.qtclient.style.fonts import scaled
from loggia.qtclient.style.theme import Colors
from PyQt6.QtCore import QModelIndex, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PyQt6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

ROW_PX = 32
_MOST_SHOWN = 99  # unread messages; "99+" from there on


class RowDelegate(QStyledItemDelegate):
    """Rows of a list: headings, how much is not shown, and what `paint_row` paints."""

    side_px = 6  # left free at both sides

    def __init__(self, colors: Colors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.colors = colors
        self._lines = SetLines()

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        row = index.data(ROW)
        if painter is None or row is None:
            return
        if isinstance(row, RestRow):
            paint_rest(painter, row, option, self.colors)
            return
        if isinstance(row, SectionRow):
            paint_section(painter, row, option, self.colors)
            return
        painter.save()
        painter.setClipRect(option.rect, Qt.ClipOperation.IntersectClip)  # marks may tower over any words
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect).adjusted(self.side_px, 1, -self.side_px, -1)
        self.paint_row(painter, row, box, option)
        painter.restore()

    def paint_row(self, painter: QPainter, row: Any, box: QRectF, option: QStyleOptionViewItem) -> None:
        """Its ground and its words, in `box`."""
        raise NotImplementedError


class RoomDelegate(RowDelegate):
    """One line a room: its name, and how much of it is unread."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(option.rect.width(), ROW_PX)

    def paint_row(self, painter: QPainter, row: RoomRow, box: QRectF, option: QStyleOptionViewItem) -> None:
        paint_row_ground(painter, box, option.state, self.colors, here=row.here)
        right = self._signs(painter, row, self._badges(painter, row, box, option.font), box.center().y())
        font = QFont(option.font)
        if (row.unread and not row.muted) or row.here:
            font.setWeight(QFont.Weight.DemiBold)
        self._name(
            painter, row, QRectF(box.left() + 10, box.top(), right - box.left() - 10, box.height()), font
        )

    def _name(self, painter: QPainter, row: RoomRow, box: QRectF, font: QFont) -> None:
        bright = (row.unread and not row.muted) or row.here
        painter.setFont(font)
        painter.setPen(QColor(self.colors.accent if row.here else self.colors.muted))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), row.sign)
        painter.setPen(QColor(self.colors.text if bright else self.colors.muted))
        box.setLeft(box.left() + 18)
        self._lines.draw(painter, row.title, box, font)

    def _badges(self, painter: QPainter, row: RoomRow, box: QRectF, font: QFont) -> float:
        """How much is unread, and before it how much of that names me; gives where they begin."""
        small = weighted(scaled(font, 0.85))
        right = box.right() - 8
        for text in reversed(badges(row)):
            wide = max(20.0, QFontMetricsF(small).horizontalAdvance(text) + 12)
            pill = QRectF(right - wide, box.center().y() - 10, wide, 20)
            painter.setPen(Qt.PenStyle.NoPen)
            calls = text.startswith("@") or not row.muted
            painter.setBrush(QColor(self.colors.accent if calls else self.colors.line))
            painter.drawRoundedRect(pill, 10, 10)
            painter.setPen(QColor(self.colors.on_accent if calls else self.colors.text))
            painter.setFont(small)
            painter.drawText(pill, int(Qt.AlignmentFlag.AlignCenter), text)
            right = pill.left() - 4
        return right

    def _signs(self, painter: QPainter, row: RoomRow, right: float, middle: float) -> float:
        """What somebody made of the room, and that something was not sent there, by shape; gives where that
        begins."""
        muted, signs = self.colors.muted, [("alarm", self.colors.error)] * bool(row.failed)
        for sign, color in signs + [("muted", muted)] * row.muted + [("star", muted)] * row.favourite:
            right -= 16
            icons.paint(painter, sign, QRectF(right, middle - 6, 12, 12), color)
        return right


def badges(row: RoomRow) -> list[str]:
    """What is painted behind a room's title: all that is unread may name me, and is one number then."""
    named = [f"@{capped(row.mentions)}"] if row.mentions else []
    return named + ([capped(row.unread)] if row.unread > row.mentions else [])


def paint_row_ground(
    painter: QPainter, box: QRectF, state: QStyle.StateFlag, colors: Colors, *, here: bool = False
) -> None:
    """The ground of a row in a side panel: where I am, what the mouse is over, what has the focus."""
    color = colors.line if here else colors.hover if state & QStyle.StateFlag.State_MouseOver else None
    painter.setPen(Qt.PenStyle.NoPen)
    if color:
        painter.setBrush(QColor(color))
        painter.drawRoundedRect(box, 6, 6)
    if state & QStyle.StateFlag.State_HasFocus:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colors.accent), 2))
        painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 6, 6)


def paint_rest(painter: QPainter, row: RestRow, option: QStyleOptionViewItem, colors: Colors) -> None:
    """How much of a list is not shown."""
    painter.save()
    painter.setFont(option.font)
    painter.setPen(QColor(colors.muted))
    box = QRectF(option.rect).adjusted(16, 0, -8, 0)
    text = QFontMetricsF(option.font).elidedText(row.text, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), text)
    painter.restore()


def paint_section(painter: QPainter, row: SectionRow, option: QStyleOptionViewItem, colors: Colors) -> None:
    """The words above the rows of one kind."""
    painter.save()
    font = weighted(scaled(option.font, 0.8))
    painter.setFont(font)
    painter.setPen(QColor(colors.muted))
    box = QRectF(option.rect).adjusted(14, 0, -8, -4)
    text = QFontMetricsF(font).elidedText(row.text.upper(), Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, int(Qt.AlignmentFlag.AlignBottom), text)
    painter.restore()


def capped(count: int) -> str:
    """A number that keeps its place however large it is."""
    return f"{count}" if count <= _MOST_SHOWN else f"{_MOST_SHOWN}+"


def paint_presence(painter: QPainter, box: QRectF, online: bool, colors: Colors) -> None:
    """A full disc for online, a ring for away: the shape says it, not only the colour."""
    painter.setPen(QPen(QColor(colors.ok if online else colors.muted), 1.6))
    painter.setBrush(QColor(colors.ok) if online else Qt.BrushStyle.NoBrush)
    painter.drawEllipse(box.adjusted(0.8, 0.8, -0.8, -0.8))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def weighted(font: QFont) -> QFont:
    font.setWeight(QFont.Weight.DemiBold)
    return font
