# SPDX-License-Identifier: GPL-3.0-only
"""Paints what Ctrl+K found: what it is called, and below that what tells it from others. GUI thread."""

from collections.abc import Callable

from loggia.qtclient.models.keyed import ROW, SectionRow
from loggia.qtclient.panels.painting import RowDelegate, paint_row_ground, weighted
from loggia.qtclient.state.finding import DayFound, Found, MessageFound, PersonFound, RoomFound
from loggia.qtclient.state.kinds import SIGNS
from loggia.qtclient.state.lit import Marks
from loggia.qtclient.state.times import when
from loggia.qtclient.style.fonts import scaled
from loggia.qtclient.style.theme import Colors
from PyQt6.QtCore import QModelIndex, QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PyQt6.QtWidgets import QStyle, QStyleOptionViewItem, QWidget

ONE_LINE_PX, TWO_LINES_PX, SECTION_PX = 34, 50, 28
SIDE_PX, SIGN_PX = 12, 20


class FoundDelegate(RowDelegate):
    """One or two lines. `now` gives Unix ms."""

    side_px = 2

    def __init__(self, colors: Colors, now: Callable[[], int], parent: QWidget | None = None) -> None:
        super().__init__(colors, parent)
        self._now = now

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        row = index.data(ROW)
        if isinstance(row, SectionRow):
            return QSize(option.rect.width(), SECTION_PX)
        return QSize(option.rect.width(), TWO_LINES_PX if self._below(row) else ONE_LINE_PX)

    def paint_row(self, painter: QPainter, row: Found, box: QRectF, option: QStyleOptionViewItem) -> None:
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        paint_row_ground(
            painter, box, option.state & ~QStyle.StateFlag.State_HasFocus, self.colors, here=chosen
        )
        inside = box.adjusted(SIDE_PX - 2, 0, -SIDE_PX, 0)
        below = self._below(row)
        upper = QRectF(inside)
        if below:
            upper.setBottom(inside.center().y() + 1)
        self._title(painter, row, upper, option.font)
        if below:
            lower = QRectF(
                inside.left() + SIGN_PX, inside.center().y(), inside.width() - SIGN_PX, inside.height() / 2
            )
            marks = row.marks if isinstance(row, MessageFound) else ()
            small = scaled(option.font, 0.9)
            text = below if marks else elided(below, small, lower.width())
            draw_marked(painter, lower, text, marks, small, self.colors)

    def _title(self, painter: QPainter, row: Found, box: QRectF, font: QFont) -> None:
        sign, title, beside = self._words(row)
        painter.setFont(font)
        painter.setPen(QColor(self.colors.muted))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), sign)
        box = box.adjusted(SIGN_PX, 0, 0, 0)
        if beside:
            small = scaled(font, 0.85)
            wide = min(self._lines.wide(beside, small) + 2, box.width() / 2)
            place = QRectF(box.right() - wide, box.top(), wide, box.height())
            self._lines.draw(painter, beside, place, small)
            box = box.adjusted(0, 0, -wide - 8, 0)
        painter.setPen(QColor(self.colors.text))
        self._lines.draw(painter, title, box, weighted(QFont(font)))

    def _words(self, row: Found) -> tuple[str, str, str]:
        """The sign, what it is called, and what stands at the right."""
        match row:
            case RoomFound():
                return SIGNS[row.kind], row.title, "" if row.joined else "Join"
            case PersonFound():
                return "@", row.nick, row.word
            case MessageFound():
                return "", f"{row.nick} in {row.where}", when(row.at, self._now())
            case DayFound():
                return "", row.words, ""
        return "+", row.words, ""

    def _below(self, row: Found) -> str:
        """The second line."""
        if isinstance(row, RoomFound):
            return row.details(self._now())
        return row.text if isinstance(row, MessageFound) else ""


def draw_marked(painter: QPainter, box: QRectF, text: str, marks: Marks, font: QFont, colors: Colors) -> None:
    """A line of muted text, what is marked lit; cut off at the right."""
    layout = QTextLayout(text, font)
    one_line = QTextOption()
    one_line.setWrapMode(QTextOption.WrapMode.NoWrap)
    layout.setTextOption(one_line)
    lit = QTextCharFormat()
    lit.setBackground(QBrush(QColor(colors.mention)))
    lit.setForeground(QBrush(QColor(colors.text)))
    ranges = []
    for first, last in marks:
        ranges.append(one := QTextLayout.FormatRange())
        one.start = utf16(text, first)
        one.length = utf16(text, last) - one.start
        one.format = lit
    layout.setFormats(ranges)
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(box.width())
    layout.endLayout()
    painter.save()
    painter.setClipRect(box)
    painter.setPen(QColor(colors.muted))
    layout.draw(painter, QPointF(box.left(), box.center().y() - line.height() / 2))
    painter.restore()


def utf16(text: str, chars: int) -> int:
    """Where Qt has the place behind so many characters: an emoji counts twice there."""
    return len(text[:chars].encode("utf-16-le", "surrogatepass")) // 2


def elided(text: str, font: QFont, wide: float) -> str:
    return QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, wide)
