# SPDX-License-Identifier: GPL-3.0-only
"""The list of rooms, in which they are dragged to where somebody wants them. GUI thread."""

from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.models.rooms import RoomRow, RoomsModel
from loggia.qtclient.panels.plain_list import PlainList
from PyQt6.QtCore import QEvent, QModelIndex, QPoint, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QApplication, QWidget

_MOVING = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier
_ACTING = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
_COMING = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
    Qt.FocusReason.OtherFocusReason,
)
LIKE_KEYS, MUTE_KEYS = "Ctrl+Shift+F", "Ctrl+Shift+M"
_STEPS: dict[int, int] = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}


class RoomsList(PlainList):
    """Signals: `dragged` with a room and the one that it is to stand before ("": behind all); `stepped` with
    a room, and by how many it is to move; `liking`, `muting` with a room: the other way from now on."""

    dragged = pyqtSignal(str, str)
    stepped = pyqtSignal(str, int)
    liking = pyqtSignal(str)
    muting = pyqtSignal(str)

    def __init__(self, model: RoomsModel, name: str, parent: QWidget | None = None) -> None:
        super().__init__(model, name, parent)
        self.line_color = ""
        self._pressed: tuple[str, QPoint] | None = None
        self._line: int | None = None  # where what is dragged would be put, in pixels from the top
        self._before = ""

    @property
    def dragging(self) -> bool:
        return self._line is not None

    def event(self, event: QEvent | None) -> bool:
        """Escape lets what is dragged where it was, and keys move a room; both do something else in the
        window."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            moves = _is_moving(event) and isinstance(self.currentIndex().data(ROW), RoomRow)
            if moves or self.dragging:
                event.accept()
                return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """The keyboard begins at the room on the screen; a click, or who comes back from a menu, is where it
        was."""
        model = self.model()
        if event is not None and event.reason() in _COMING and isinstance(model, RoomsModel):
            here = next((row.key for row in model.rows if isinstance(row, RoomRow) and row.here), None)
            if here is not None:
                self.setCurrentIndex(model.find(here))
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        row = self.currentIndex().data(ROW)
        if event is not None and self.dragging:
            if event.key() == Qt.Key.Key_Escape:
                self._stop()
            return
        if event is None or not isinstance(row, RoomRow):
            super().keyPressEvent(event)
            return
        if _is_moving(event):
            self.stepped.emit(row.key, _STEPS[event.key()])
        elif event.key() == Qt.Key.Key_F and event.modifiers() == _ACTING:
            self.liking.emit(row.key)
        elif event.key() == Qt.Key.Key_M and event.modifiers() == _ACTING:
            self.muting.emit(row.key)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        super().mousePressEvent(event)
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            at = event.position().toPoint()
            row = self.indexAt(at).data(ROW)
            self._pressed = (row.key, at) if isinstance(row, RoomRow) else None

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is None or self._pressed is None:
            super().mouseMoveEvent(event)
            return
        at = event.position().toPoint()
        far = (at - self._pressed[1]).manhattanLength() >= QApplication.startDragDistance()
        if far or self.dragging:
            self._drag_to(at)
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        pressed, before, dropped = self._pressed, self._before, self.dragging
        super().mouseReleaseEvent(event)  # while it is dragged, no row is chosen by that
        self._stop()
        if pressed is not None and dropped and pressed[0] != before:
            self.dragged.emit(pressed[0], before)

    def _choose(self, index: QModelIndex) -> None:
        if not self.dragging:
            super()._choose(index)

    def _drag_to(self, at: QPoint) -> None:
        """Between which rows that is."""
        model, index = self.model(), self.indexAt(at)
        if model is None:
            return
        if not index.isValid():  # below all of them
            index = model.index(model.rowCount() - 1, 0)
        box = self.visualRect(index)
        below = at.y() > box.center().y()
        row = model.index(index.row() + below, 0).data(ROW)
        self._before = row.key if isinstance(row, RoomRow) else ""
        self._line = box.bottom() if below else box.top()
        self._update()

    def _stop(self) -> None:
        self._pressed = self._line = None
        self._before = ""
        self.unsetCursor()
        self._update()

    def _update(self) -> None:
        if (port := self.viewport()) is not None:
            port.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        super().paintEvent(event)
        if self._line is not None:
            painter = QPainter(self.viewport())
            painter.setPen(QPen(QColor(self.line_color), 2))
            painter.drawLine(8, self._line, self.width() - 16, self._line)
            painter.end()


def _is_moving(event: QKeyEvent) -> bool:
    return event.key() in _STEPS and event.modifiers() & _MOVING == _MOVING
