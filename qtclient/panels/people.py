# SPDX-License-Identifier: GPL-3.0-only
"""Who is in the room, on the right: circle, name, presence as a sign and a word. GUI thread."""

from collections.abc import Callable

from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.models.people import PeopleModel, PersonRow
from loggia.qtclient.panels.painting import RowDelegate, paint_presence, paint_row_ground
from loggia.qtclient.panels.plain_list import PlainList
from loggia.qtclient.style.fonts import scaled
from loggia.qtclient.style.initials import paint_circle
from loggia.qtclient.style.theme import Colors, mixed, sender
from PyQt6.QtCore import QModelIndex, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PyQt6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

WIDTH_PX = 180
ROW_PX = 40  # of two lines, where there is something to say
APART_PX = 6
Measured = Callable[[str, QFont], float]  # how wide a text is


class PersonDelegate(RowDelegate):
    """One line a person."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(option.rect.width(), ROW_PX)

    def paint_row(self, painter: QPainter, row: PersonRow, box: QRectF, option: QStyleOptionViewItem) -> None:
        paint_row_ground(painter, box, option.state, self.colors)
        self._person(painter, row, box, option.font)

    def _person(self, painter: QPainter, row: PersonRow, box: QRectF, font: QFont) -> None:
        colors, member = self.colors, row.member
        online = row.online
        color = colors.accent if row.me else sender(row.hue, colors)
        if not online:
            color = mixed(colors.panel, color, 0.75)
        name_font = QFont(font)
        name_font.setWeight(QFont.Weight.DemiBold)
        circle = QRectF(box.left() + 8, box.center().y() - 12, 24, 24)
        paint_circle(painter, circle, member.nick, color, colors, name_font)
        sign = QRectF(circle.right() - 6, circle.bottom() - 7, 10, 10)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors.panel))
        painter.drawEllipse(sign.adjusted(-1.5, -1.5, 1.5, 1.5))
        paint_presence(painter, sign, online, colors)
        left, right = circle.right() + 12, box.right() - 6
        small, nick = scaled(font, 0.85), member.nick
        word, below = beside(row.word, nick, row.status, font, right - left, self._lines.wide)
        name = QRectF(left, box.top(), right - left, box.height())
        if below:
            name.setBottom(box.center().y() + 2)
            self._small(painter, below, QRectF(left, name.bottom() - 2, right - left, 16), font)
        if word:
            wide = self._lines.wide(word, small)
            self._small(painter, word, QRectF(right - wide, name.top(), wide + 2, name.height()), font)
            name.setRight(right - wide - APART_PX)
        painter.setPen(QColor(colors.text if online else colors.muted))
        self._lines.draw(painter, nick, name, font)

    def _small(self, painter: QPainter, words: str, box: QRectF, font: QFont) -> None:
        painter.setPen(QColor(self.colors.muted))
        self._lines.draw(painter, words, box, scaled(font, 0.85))


def advance(text: str, font: QFont) -> float:
    return QFontMetricsF(font).horizontalAdvance(text)


def beside(
    word: str, nick: str, status: str, font: QFont, wide: float, measured: Measured = advance
) -> tuple[str, str]:
    """What stands beside a nick, and what below it: the nick comes first, and what has no room beside it is
    below, before what somebody says of himself. `wide`: the room there is, in pixels."""
    needed = measured(nick, font) + APART_PX + measured(word, scaled(font, 0.85))
    if needed <= wide:
        return word, status
    return "", " · ".join(filter(None, (word, status)))


class PeoplePanel(QFrame):
    """The panel. `met`: with the PersonRow that was chosen."""

    met = pyqtSignal(object)

    def __init__(self, model: PeopleModel, colors: Colors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("people")
        self._model = model
        self._delegate = PersonDelegate(colors, self)
        title = self._title = QLabel("", self)
        font = scaled(self.font(), 1.0)
        font.setWeight(QFont.Weight.DemiBold)
        title.setFont(font)
        self.count = QLabel("", self)
        self.count.setObjectName("muted")
        self.list = PlainList(model, "People in the room", self)
        self.list.setItemDelegate(self._delegate)
        self.list.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # who clicked on somebody writes on where one was
        self.list.chosen.connect(lambda index: self.met.emit(index.data(ROW)))
        head = QHBoxLayout()
        head.setContentsMargins(16, 0, 16, 0)
        head.addWidget(title, 1)
        head.addWidget(self.count)
        top = QWidget(self)
        top.setFixedHeight(52)
        top.setLayout(head)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(top)
        column.addWidget(self.list, 1)

    @property
    def mine(self) -> PersonRow | None:
        """The row of who sits here, if it is shown."""
        return next((row for row in self._model.rows if isinstance(row, PersonRow) and row.me), None)

    def refresh(self, *, connected: bool) -> None:
        self._model.sync()
        self._title.setText("In the room" if connected else "Last seen here")
        count, more = self._model.count, self._model.more
        self.count.setText(f"{count:,}{'+' if more else ''}" if count else "")

    def look(self, colors: Colors) -> None:
        self._delegate.colors = colors
        self.update()
