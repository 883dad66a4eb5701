# SPDX-License-Identifier: GPL-3.0-only
"""The bar of buttons above the row that the mouse or the keyboard is on. GUI thread."""

from itertools import pairwise

from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.style import icons
from loggia.qtclient.style.theme import Colors
from loggia.qtclient.timeline.parts.action import ENTER
from loggia.qtclient.timeline.parts.acts import CHANGE, REACT, REPLY
from loggia.qtclient.timeline.parts.replies import SHOW_THREAD
from loggia.qtclient.timeline.reach import Reach
from PyQt6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QCursor, QEnterEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PyQt6.QtWidgets import QApplication, QFrame, QHBoxLayout, QListView, QToolButton, QWidget

RIGHT_PX = 24  # from the right edge of the rows, at least
BESIDE_PX = 8  # from the texts, where there is room: no long way for the mouse in a wide window
OVER_PX = 14  # above the row's upper edge
MORE = "more"
_MOVE = QEvent.Type.MouseMove
ACTIONS = {action.id: action for action in (REPLY, SHOW_THREAD, REACT, CHANGE)}
SIGNS = {REPLY.id: "reply", SHOW_THREAD.id: "thread", REACT.id: "face", CHANGE.id: "pencil", MORE: "more"}


class RowBar(QFrame):
    """Attribute `buttons`: by the id of the action. Signals: `more` with the index of the row, and where its
    menu belongs, on the screen."""

    more = pyqtSignal(QModelIndex, QPoint)

    def __init__(self, view: QListView, reach: Reach) -> None:
        super().__init__(view)
        self.setObjectName("rowbar")
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)  # the rows are not meant
        self._view = view
        self._reach = reach
        self._pointed = QPersistentModelIndex()  # the row that the mouse is on
        self._over = False  # it is on the bar
        self._pressing = False
        self._of = QPersistentModelIndex()
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(0)
        self.buttons: dict[str, QToolButton] = {}
        for action in ACTIONS.values():
            self._button(action.id, action.words(None))
        self._button(MORE, "What else can be done")
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(0)
        self._settled.timeout.connect(self.place)
        self.hide()
        port = view.viewport()
        assert port is not None
        self._port: QWidget = port
        view.installEventFilter(self)
        self._port.installEventFilter(self)
        bar, model, selection = view.verticalScrollBar(), view.model(), view.selectionModel()
        assert bar is not None
        assert model is not None
        assert selection is not None
        bar.valueChanged.connect(self._scrolled)
        selection.currentChanged.connect(self._chosen)
        for changed in (model.rowsInserted, model.rowsRemoved, model.modelReset, model.dataChanged):
            changed.connect(self._soon)

    def look(self, colors: Colors) -> None:
        """Other colours."""
        for id, button in self.buttons.items():
            button.setIcon(icons.icon(SIGNS[id], colors.muted))

    def pressed_at(self) -> QPoint | None:
        """Its upper right corner on the screen, while what one of its buttons leads to is done; else None."""
        return self.mapToGlobal(self.rect().topRight()) if self._pressing else None

    def follow(self, first: QWidget) -> None:
        """Tab goes from that to the view, and from there to these."""
        for before, behind in pairwise((first, self._view, *self.buttons.values())):
            QWidget.setTabOrder(before, behind)

    def place(self) -> None:
        """Above the row that is looked at, if something can be done with it. While something is open that was
        opened from here it stays."""
        if QApplication.activePopupWidget() is not None:
            return
        index = QModelIndex(self._wanted())
        row = index.data(ROW)
        offered = (
            {id for id, action in ACTIONS.items() if self._reach.can(action, row)}
            if isinstance(row, MessageRow)
            else set()
        )
        self._of = QPersistentModelIndex(index)
        for id, button in self.buttons.items():
            button.setVisible(id in offered or id == MORE)
        port, rect = self._port, self._view.visualRect(index)
        if not offered or port is None or not port.rect().intersects(rect):
            self.hide()
            return
        self.adjustSize()
        beside = rect.left() + self._reach.text_right(rect.width()) + BESIDE_PX
        left = min(rect.right() - self.width() - RIGHT_PX, beside)
        corner = QPoint(left, max(rect.top() - OVER_PX, 0))
        self.move(port.mapTo(self._view, corner))
        self.show()
        self.raise_()

    def _chosen(self) -> None:
        """The keyboard went to another row: it counts, and not where the mouse happens to rest."""
        self._pointed = QPersistentModelIndex()
        self._over = False
        self._soon()

    def _scrolled(self) -> None:
        """Another row may be under the mouse, which rests."""
        port = self._port
        at = port.mapFromGlobal(QCursor.pos()) if port else QPoint()
        if port and self._pointed.isValid() and port.rect().contains(at):
            self._pointed = QPersistentModelIndex(self._view.indexAt(at))
        self._soon()

    def _soon(self, *_: object) -> None:
        """Place it when all that happens now has happened."""
        self._settled.start()

    def _wanted(self) -> QPersistentModelIndex:
        if self._over or any(button.hasFocus() for button in self.buttons.values()):
            return self._of  # whatever the mouse passes on its way
        if self._pointed.isValid():
            return self._pointed
        return QPersistentModelIndex(self._view.currentIndex() if self._view.hasFocus() else QModelIndex())

    def _button(self, id: str, words: str) -> None:
        button = self.buttons[id] = QToolButton(self)
        button.setToolTip(words)
        button.setAccessibleName(words)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda: self._pressed(id))
        button.installEventFilter(self)
        layout = self.layout()
        assert layout is not None
        layout.addWidget(button)

    def _pressed(self, id: str) -> None:
        index = QModelIndex(self._of)
        row = index.data(ROW)
        if id == MORE:
            self.more.emit(index, self.mapToGlobal(self.rect().bottomLeft()))
        elif row is not None:
            self._pressing = True
            self._reach.press(ACTIONS[id], row)
            self._pressing = False

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Where the mouse and the keyboard are, on the view and here."""
        if event is None:
            return False
        kind = event.type()
        if watched is self._port and isinstance(event, QMouseEvent) and kind == _MOVE:
            if event.buttons():
                return False  # text is being selected
            index = self._view.indexAt(event.position().toPoint())
            if self._pointed != QPersistentModelIndex(index):
                self._pointed = QPersistentModelIndex(index)
                self._settled.start()
        elif watched is self._port and kind == QEvent.Type.Leave:
            self._pointed = QPersistentModelIndex()
            self._settled.start()
        elif kind in (QEvent.Type.FocusIn, QEvent.Type.FocusOut, QEvent.Type.Resize):
            self._settled.start()
        elif watched is self._view and self._settled.isActive() and _is_tab(event):
            self.place()  # where the keys before it led, in this turn: it leads into the bar there
        return False

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Enter presses a button as Space does."""
        pressed = next((one for one in self.buttons.values() if one.hasFocus()), None)
        if event is not None and event.key() in ENTER and pressed is not None:
            pressed.click()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """The rows are meant, and the one that comes under the mouse has the bar then."""
        bar = self._view.verticalScrollBar()
        if event is None or bar is None:
            return
        before = bar.value()
        self._view.wheelEvent(event)
        event.accept()
        if bar.value() != before:  # else it would be the one that the bar's upper edge is over
            at = self._port.mapFromGlobal(event.globalPosition().toPoint())
            self._pointed, self._over = QPersistentModelIndex(self._view.indexAt(at)), False
            self._soon()

    def enterEvent(self, event: QEnterEvent | None) -> None:
        super().enterEvent(event)
        self._over = True

    def leaveEvent(self, event: QEvent | None) -> None:
        super().leaveEvent(event)
        self._over = False
        self._settled.start()


def _is_tab(event: QEvent) -> bool:
    return (
        isinstance(event, QKeyEvent)
        and event.type() == QEvent.Type.KeyPress
        and event.key() == Qt.Key.Key_Tab
    )
