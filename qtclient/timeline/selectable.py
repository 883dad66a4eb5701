# SPDX-License-Identifier: GPL-3.0-only
"""A list in which the words of the rows can be selected, by the mouse and by keys. GUI thread."""

from loggia.qtclient.models.timeline import TimelineModel
from loggia.qtclient.style.theme import Colors
from loggia.qtclient.timeline.delegate import TimelineDelegate
from loggia.qtclient.timeline.mouse import Mouse
from loggia.qtclient.timeline.reach import Reach
from loggia.qtclient.timeline.selecting import Selecting
from PyQt6.QtCore import QEvent, QItemSelectionModel, QModelIndex, Qt
from PyQt6.QtGui import QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PyQt6.QtWidgets import QAbstractItemView, QListView, QWidget


class SelectableList(QListView):
    """Of the rows of a model, painted by their parts.

    Attributes: `reach`: what I can do with rows. `selecting`: what is selected of them. `hint`: what is said
    where there are none.
    """

    def __init__(self, model: TimelineModel, colors: Colors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = model
        self.hint = ""
        self._drawn = TimelineDelegate(colors, self.font(), self)
        self.reach = Reach(self, model, self._drawn, self.act)
        self.reach.heard = self._hear_again
        self.setModel(model)
        self.setItemDelegate(self._drawn)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click on what lies over the rows is none on them
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)  # to screen readers
        self.selecting = Selecting(self, model, self._drawn)
        self.selecting.heard = self._hear_again
        inside = model.reached
        model.reached = lambda row: self.selecting.words(row) or inside(row)
        self._mouse = Mouse(self, self.reach, self.selecting, self.act)

    def act(self, action: str, target: object) -> None:
        """Do the action of that id to that, or ask for it."""
        raise NotImplementedError

    def _hear_again(self) -> None:
        """A screen reader reads what the row of the keyboard is called now; nothing is scrolled."""
        scrolls = self.hasAutoScroll()
        self.setAutoScroll(False)
        self.currentChanged(self.currentIndex(), self.currentIndex())
        self.setAutoScroll(scrolls)

    def selectAll(self) -> None:
        self.selecting.all()

    def selectionCommand(
        self, index: QModelIndex, event: QEvent | None = None
    ) -> QItemSelectionModel.SelectionFlag:
        """Qt selects nothing by itself: neither what is clicked, nor where the keyboard goes."""
        return QItemSelectionModel.SelectionFlag.NoUpdate

    def paintEvent(self, event: QPaintEvent | None) -> None:
        super().paintEvent(event)
        port = self.viewport()
        if port is None or self._rows.rowCount() or not self.hint:
            return
        painter = QPainter(port)
        painter.setPen(self.palette().placeholderText().color())
        box = port.rect().adjusted(48, 48, -48, -48)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self.hint)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        scrolls = self.hasAutoScroll()
        self.setAutoScroll(
            False
        )  # Qt would do it half a second later, under the mouse of who selects or clicks
        super().mousePressEvent(event)
        self.setAutoScroll(scrolls)
        if event is not None:
            self._mouse.press(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        super().mouseDoubleClickEvent(event)
        if event is not None:
            self._mouse.press(event)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        super().mouseReleaseEvent(event)
        if event is not None:
            self._mouse.release(event)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        super().wheelEvent(event)
        self._mouse.scrolled()

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is not None and not self._mouse.drag(event):
            super().mouseMoveEvent(event)
            self._mouse.hover(event)
