# SPDX-License-Identifier: GPL-3.0-only
"""The rooms on the left, and who I am below them. GUI thread."""

from PyQt6.QtCore import QModelIndex, QPoint, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QIcon, QKeyEvent, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from qtclient import icons
from qtclient.delegate import paint_circle
from qtclient.models import ROW, KeyedModel, RoomRow, RoomsModel
from qtclient.shapes import scaled
from qtclient.theme import Colors

WIDTH_PX = 220
ROW_PX = 32
_MOST_SHOWN = 99  # unread messages; "99+" from there on


class PlainList(QListView):
    """A list without frame and selection of its own: rows are chosen by click, Enter or Space."""

    chosen = pyqtSignal(QModelIndex)
    menu_wanted = pyqtSignal(QModelIndex, QPoint)

    def __init__(self, model: KeyedModel, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setModel(model)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._menu)
        self.clicked.connect(self.chosen)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if self.currentIndex().isValid():
                self.chosen.emit(self.currentIndex())
            return
        super().keyPressEvent(event)

    def _menu(self, point: QPoint) -> None:
        index = self.indexAt(point)
        if index.isValid():
            self.menu_wanted.emit(index, self.mapToGlobal(point))


class RoomDelegate(QStyledItemDelegate):
    """One line a room: its name, and how much of it is unread."""

    def __init__(self, colors: Colors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.colors = colors

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(option.rect.width(), ROW_PX)

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        row = index.data(ROW)
        if painter is None or not isinstance(row, RoomRow):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect).adjusted(6, 1, -6, -1)
        paint_row_ground(painter, box, option.state, self.colors, here=row.here)
        right = box.right() - 8
        if row.unread:
            right = self._badge(painter, row, box, option.font) - 6
        font = QFont(option.font)
        if row.unread or row.here:
            font.setWeight(QFont.Weight.DemiBold)
        self._name(
            painter, row, QRectF(box.left() + 10, box.top(), right - box.left() - 10, box.height()), font
        )
        painter.restore()

    def _name(self, painter: QPainter, row: RoomRow, box: QRectF, font: QFont) -> None:
        bright = row.unread or row.here
        painter.setFont(font)
        painter.setPen(QColor(self.colors.accent if row.here else self.colors.muted))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), "#")
        painter.setPen(QColor(self.colors.text if bright else self.colors.muted))
        box.setLeft(box.left() + 18)
        name = QFontMetricsF(font).elidedText(row.key, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), name)

    def _badge(self, painter: QPainter, row: RoomRow, box: QRectF, font: QFont) -> float:
        text = f"{row.unread}" if row.unread <= _MOST_SHOWN else f"{_MOST_SHOWN}+"
        text = f"@{text}" if row.mentions else text
        small = scaled(font, 0.85)
        small.setWeight(QFont.Weight.DemiBold)
        wide = max(20.0, QFontMetricsF(small).horizontalAdvance(text) + 12)
        pill = QRectF(box.right() - 8 - wide, box.center().y() - 10, wide, 20)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.colors.accent))
        painter.drawRoundedRect(pill, 10, 10)
        painter.setPen(QColor(self.colors.on_accent))
        painter.setFont(small)
        painter.drawText(pill, int(Qt.AlignmentFlag.AlignCenter), text)
        return pill.left()


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


class Me(QWidget):
    """Circle, nickname and state of the one who sits here."""

    def __init__(self, colors: Colors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.colors = colors
        self._nick = self._word = ""
        self._online = False
        self.setFixedHeight(56)

    def show_me(self, nick: str, word: str, *, online: bool) -> None:
        if (nick, word, online) != (self._nick, self._word, self._online):
            self._nick, self._word, self._online = nick, word, online
            self.setAccessibleName(f"You are {nick}, {word}")
            self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        middle = self.height() / 2
        circle = QRectF(16, middle - 16, 32, 32)
        paint_circle(painter, circle, self._nick, self.colors.accent, self.colors, font)
        room = self.width() - 60 - 12
        painter.setFont(font)
        painter.setPen(QColor(self.colors.text))
        nick = QFontMetricsF(font).elidedText(self._nick, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(60, middle - 19, room, 20), int(Qt.AlignmentFlag.AlignVCenter), nick)
        paint_presence(painter, QRectF(60, middle + 5, 8, 8), self._online, self.colors)
        small = scaled(self.font(), 0.85)
        painter.setFont(small)
        painter.setPen(QColor(self.colors.muted))
        word = QFontMetricsF(small).elidedText(self._word, Qt.TextElideMode.ElideRight, room - 14)
        painter.drawText(QRectF(74, middle, room - 14, 18), int(Qt.AlignmentFlag.AlignVCenter), word)
        painter.end()


def paint_presence(painter: QPainter, box: QRectF, online: bool, colors: Colors) -> None:
    """A full disc for online, a ring for away: the shape says it, not only the colour."""
    painter.setPen(QPen(QColor(colors.ok if online else colors.muted), 1.6))
    painter.setBrush(QColor(colors.ok) if online else Qt.BrushStyle.NoBrush)
    painter.drawEllipse(box.adjusted(0.8, 0.8, -0.8, -0.8))
    painter.setBrush(Qt.BrushStyle.NoBrush)


class Sidebar(QFrame):
    """Signals: `picked` with a room's name, `leaving` with the one to leave, `goto` to go somewhere else."""

    picked = pyqtSignal(str)
    leaving = pyqtSignal(str)
    goto = pyqtSignal()

    def __init__(self, model: RoomsModel, colors: Colors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self._delegate = RoomDelegate(colors, self)
        self.mark = QLabel(self)
        title = QLabel("Loggia", self)
        title.setFont(_weighted(scaled(self.font(), 1.25)))
        self.add = QToolButton(self)
        self.add.setToolTip("Join a room (Ctrl+K)")
        self.add.setAccessibleName("Join a room")
        self.add.clicked.connect(self.goto)
        self.search = QToolButton(self)
        self.search.setObjectName("goto")
        self.search.setText(" Go to a room")
        self.search.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.search.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.search.setFont(scaled(self.font(), 0.92))
        self.search.clicked.connect(self.goto)
        section = QLabel("ROOMS", self)
        section.setObjectName("section")
        section.setFont(_weighted(scaled(self.font(), 0.8)))
        section.setContentsMargins(16, 12, 16, 4)
        self.rooms = PlainList(model, "Rooms", self)
        self.rooms.setItemDelegate(self._delegate)
        self.rooms.chosen.connect(lambda index: self.picked.emit(index.data(ROW).key))
        self.rooms.menu_wanted.connect(self._menu)
        self.me = Me(colors, self)
        head = QHBoxLayout()
        head.setContentsMargins(16, 10, 8, 8)
        head.setSpacing(8)
        head.addWidget(self.mark)
        head.addWidget(title, 1)
        head.addWidget(self.add)
        keys = QLabel("Ctrl+K", self.search)
        keys.setObjectName("muted")
        keys.setFont(scaled(self.font(), 0.8))
        keys.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        inside = QHBoxLayout(self.search)
        inside.setContentsMargins(0, 0, 10, 0)
        inside.addWidget(keys, 0, Qt.AlignmentFlag.AlignRight)
        search_row = QHBoxLayout()
        search_row.setContentsMargins(12, 0, 12, 0)
        search_row.addWidget(self.search)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(search_row)
        column.addWidget(section)
        column.addWidget(self.rooms, 1)
        column.addWidget(self.me)
        self.look(colors)

    def look(self, colors: Colors) -> None:
        self._delegate.colors = self.me.colors = colors
        self.mark.setPixmap(icons.icon("loggia", colors.accent, 20).pixmap(QSize(20, 20)))
        self.add.setIcon(icons.icon("plus", colors.muted))
        self.search.setIcon(QIcon(icons.icon("search", colors.muted, 14)))
        self.update()

    def _menu(self, index: QModelIndex, at: QPoint) -> None:
        menu = self.menu(index.data(ROW).key)
        menu.exec(at)
        menu.deleteLater()

    def menu(self, room: str) -> QMenu:
        """What can be done with that room."""
        menu = QMenu(self)
        menu.addAction("Go there", lambda: self.picked.emit(room))
        menu.addAction(f"Leave # {room.replace('&', '&&')}", lambda: self.leaving.emit(room))
        return menu


def _weighted(font: QFont) -> QFont:
    font.setWeight(QFont.Weight.DemiBold)
    return font
