# SPDX-License-Identifier: GPL-3.0-only
"""The rooms on the left, and who I am below them. GUI thread."""

from collections.abc import Callable
from functools import partial

from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.models.rooms import RoomsModel
from loggia.qtclient.panels.painting import RoomDelegate, paint_presence, weighted
from loggia.qtclient.panels.rooms_list import LIKE_KEYS, MUTE_KEYS, RoomsList
from loggia.qtclient.state.ordering import ORDERS, Order
from loggia.qtclient.style import icons
from loggia.qtclient.style.fonts import scaled
from loggia.qtclient.style.initials import paint_circle
from loggia.qtclient.style.pictogram import Pictogram
from loggia.qtclient.style.stylesheet import FOCUS_RING_PX
from loggia.qtclient.style.theme import Colors
from PyQt6.QtCore import QModelIndex, QPoint, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QColor, QFont, QFontMetricsF, QIcon, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

WIDTH_PX = 220


class MePanel(QAbstractButton):
    """Circle, nickname and state of the one who sits here; pressed, it leads to his card."""

    def __init__(self, colors: Colors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.colors = colors
        self._nick = self._word = ""
        self._online = False
        self.setFixedHeight(56)
        self.setToolTip("What others see of you")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH_PX, 56)

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
        if self.hasFocus():
            painter.setPen(QPen(QColor(self.colors.accent), FOCUS_RING_PX))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(6, 4, -6, -4), 6, 6)
        painter.end()


class Sidebar(QFrame):
    """Signals: `picked` with a room's name, `leaving` with the one to leave, `goto` to go somewhere else,
    `about` with a room of which more is to be told, `arranged` when rooms are to stand in another way."""

    picked = pyqtSignal(str)
    leaving = pyqtSignal(str)
    goto = pyqtSignal()
    arranged = pyqtSignal()
    about = pyqtSignal(str)

    def __init__(self, model: RoomsModel, colors: Colors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self._model = model
        self._delegate = RoomDelegate(colors, self)
        self.mark = Pictogram("loggia", colors.accent, 20, self)
        title = QLabel("Loggia", self)
        title.setFont(weighted(scaled(self.font(), 1.25)))
        self.add = QToolButton(self)
        self.add.setToolTip("Join a room (Ctrl+K)")
        self.add.setAccessibleName("Join a room")
        self.add.clicked.connect(self.goto)
        self.search = QToolButton(self)
        self.search.setObjectName("goto")
        self.search.setText(" Find or go to")
        self.search.setAccessibleName("Find or go to")
        self.search.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.search.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.search.setFont(scaled(self.font(), 0.92))
        self.search.clicked.connect(self.goto)
        section = QLabel("ROOMS", self)
        section.setObjectName("section")
        section.setFont(weighted(scaled(self.font(), 0.8)))
        section.setContentsMargins(16, 12, 16, 4)
        self.rooms = RoomsList(model, "Rooms", self)
        self.rooms.setItemDelegate(self._delegate)
        self.rooms.chosen.connect(lambda index: self.picked.emit(index.data(ROW).key))
        self.rooms.menu_wanted.connect(self._menu)
        self.rooms.dragged.connect(self._move)
        self.rooms.stepped.connect(self._step)
        self.rooms.liking.connect(self._like)
        self.rooms.muting.connect(self._mute)
        self.me = MePanel(colors, self)
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
        self.rooms.line_color = colors.accent
        self.mark.color = colors.accent
        self.mark.update()
        self.add.setIcon(icons.icon("plus", colors.muted))
        self.search.setIcon(QIcon(icons.icon("search", colors.muted, 14)))
        self.update()

    def _menu(self, index: QModelIndex, at: QPoint) -> None:
        row = index.data(ROW)
        menu = self.menu(row.key, f"{row.sign} {row.title}")
        menu.exec(at)
        menu.deleteLater()

    def menu(self, room: str, label: str) -> QMenu:
        """What can be done with that room, which is called so. An entry's data is what it does."""
        menu, ordering = QMenu(self), self._model.ordering
        menu.setAccessibleName("What can be done with the room")
        liked, muted = room in ordering.favourites, room in ordering.muted
        self._entry(menu, "go-to-room", "Go there", lambda: self.picked.emit(room))
        menu.addSeparator()
        liking = "No favourite any more" if liked else "Make it a favourite"
        self._entry(menu, "favourite", f"{liking}\t{LIKE_KEYS}", lambda: self._like(room))
        muting = "Hear it again" if muted else "Mute: only your name calls"
        self._entry(menu, "mute-room", f"{muting}\t{MUTE_KEYS}", lambda: self._mute(room))
        menu.addSeparator()
        for order, words in ORDERS.items():
            entry = self._entry(menu, f"order-{order}", words, partial(self._order, order))
            entry.setCheckable(True)
            entry.setChecked(ordering.by == order)
        menu.addSeparator()
        self._entry(menu, "room-card", "About this room...\tCtrl+I", lambda: self.about.emit(room))
        self._entry(menu, "leave-room", f"Leave {label.replace('&', '&&')}", lambda: self.leaving.emit(room))
        return menu

    def _entry(self, menu: QMenu, what: str, words: str, done: Callable[[], object]) -> QAction:
        entry = menu.addAction(words, lambda: done())
        assert entry is not None
        entry.setData(what)
        return entry

    def _like(self, room: str) -> None:
        ordering = self._model.ordering
        ordering.like(room, room not in ordering.favourites)
        self.arranged.emit()

    def _mute(self, room: str) -> None:
        ordering = self._model.ordering
        ordering.mute(room, room not in ordering.muted)
        self.arranged.emit()

    def _order(self, order: Order) -> None:
        self._model.ordering.by = order
        self.arranged.emit()

    def _move(self, room: str, before: str) -> None:
        self._model.move(room, before)
        self.arranged.emit()

    def _step(self, room: str, by: int) -> None:
        self._model.step(room, by)
        self.arranged.emit()
