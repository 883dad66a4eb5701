# SPDX-License-Identifier: GPL-3.0-only
"""The mouse over the messages: what a click does, and how it looks before; how text is selected. GUI thread.

Two clicks at one place select a word, three a message; what is dragged on from there takes whole ones in.
"""

from collections.abc import Callable

from loggia.qtclient.state.selected import END, Selected, TextEnd
from loggia.qtclient.timeline.reach import Reach
from loggia.qtclient.timeline.selecting import Selecting
from PyQt6.QtCore import QPoint, QPointF, Qt, QTimer
from PyQt6.QtGui import QGuiApplication, QMouseEvent
from PyQt6.QtWidgets import QApplication, QListView, QWidget

SCROLL_MS = 30  # while the mouse is dragged beyond an edge
_SHARE = 4  # of how far it is beyond that, scrolled at once
_WORD, _ROW = 2, 3  # clicks
_LEFT = Qt.MouseButton.LeftButton


class Mouse:
    """Over that view, which hands on its events. `act` does an action, by its id and what it is done to."""

    def __init__(
        self,
        view: QListView,
        reach: Reach,
        selecting: Selecting,
        act: Callable[[str, object], None],
    ) -> None:
        self._view = view
        port = view.viewport()
        assert port is not None
        self._port: QWidget = port
        self._reach = reach
        self._selecting = selecting
        self._act = act
        self._pressed: tuple[str, object] | None = None
        self._clicks = 0
        self._at = QPoint()  # where it was pressed, and is now
        self._when = 0
        self._now = QPoint()
        self._begun: tuple[TextEnd, TextEnd] | None = None  # selected at least, while the button is down
        self._drags = False
        self._scroll = QTimer(view)
        self._scroll.setInterval(SCROLL_MS)
        self._scroll.timeout.connect(self._beyond)

    @property
    def is_down(self) -> bool:
        """Its button is pressed, and text may be selected."""
        return self._begun is not None

    def scrolled(self) -> None:
        """By its wheel: other words are under it."""
        if self._drags and self._begun is not None:
            self._extend()

    def press(self, event: QMouseEvent) -> None:
        if event.button() != _LEFT:
            return
        point = event.position().toPoint()
        self._clicks = self._clicks % _ROW + 1 if self._follows(event, point) else 1
        self._pressed = self._reach.pressed_at(event) if self._clicks == 1 else None
        self._at, self._when, self._now, self._drags = point, event.timestamp(), point, False
        self._begun = self._around(point)
        so_far = self._selecting.selected
        if self._begun is None:
            self._selecting.clear()
        elif so_far is not None and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._pressed = None
            self._begun = so_far.anchor, so_far.anchor
            self._extend()
        else:
            self._selecting.select(Selected(*self._begun))

    def release(self, event: QMouseEvent) -> None:
        if event.button() != _LEFT:
            return
        self._scroll.stop()
        begun, self._begun = self._begun, None
        pressed, self._pressed = self._pressed, None
        if begun is not None:
            self._selecting.offer()
        if pressed is not None and pressed == self._reach.pressed_at(event):
            self._act(*pressed)

    def drag(self, event: QMouseEvent) -> bool:
        """The mouse moves. False where that selects nothing: the button is not down."""
        if not event.buttons() & _LEFT:
            self._begun = None  # it came up where nobody told us
            self._scroll.stop()
            return False
        self._now = event.position().toPoint()
        far = (self._now - self._at).manhattanLength() >= QApplication.startDragDistance()
        if self._begun is not None and (self._drags or far):
            self._drags = True
            self._pressed = None  # what it was pressed on is not meant
            self._extend()
            if self._port.rect().contains(self._now):
                self._scroll.stop()
            elif not self._scroll.isActive():
                self._scroll.start()
        return True

    def hover(self, event: QMouseEvent) -> None:
        """It moves, and no button of it is down: how it looks tells what a click there does."""
        point = event.position().toPoint()
        shape = Qt.CursorShape.ArrowCursor
        index = self._view.indexAt(point)
        words = self._selecting.readable(index) if index.isValid() else None
        if self._reach.pressed_at(event) is not None:
            shape = Qt.CursorShape.PointingHandCursor
        elif words is not None and words.is_over(QPointF(point - self._view.visualRect(index).topLeft())):
            shape = Qt.CursorShape.IBeamCursor
        self._port.setCursor(shape)

    def _follows(self, event: QMouseEvent, point: QPoint) -> bool:
        """It is one more click at the same place."""
        hints = QGuiApplication.styleHints()
        assert hints is not None
        return (
            event.timestamp() - self._when <= hints.mouseDoubleClickInterval()
            and (point - self._at).manhattanLength() <= hints.mouseDoubleClickDistance()
        )

    def _around(self, point: QPoint) -> tuple[TextEnd, TextEnd] | None:
        """From where to where one click, two or three select there."""
        at = self._selecting.at(point)
        index = self._view.indexAt(point)
        if at is None or self._clicks < _WORD or not index.isValid():
            return None if at is None else (at, at)
        start, end = 0, END
        words = self._selecting.readable(index)
        if words is not None and self._clicks == _WORD:
            start, end = words.word(QPointF(point - self._view.visualRect(index).topLeft()))
        return self._selecting.end(index.row(), start), self._selecting.end(index.row(), end)

    def _extend(self) -> None:
        """To where the mouse is, or to the edge beyond which it is."""
        rect = self._port.rect()
        x, y = max(self._now.x(), rect.left()), max(self._now.y(), rect.top())
        there = self._around(QPoint(min(x, rect.right()), min(y, rect.bottom())))
        if there is not None and self._begun is not None and self._selecting.selected is not None:
            self._selecting.reach(self._begun, there)

    def _beyond(self) -> None:
        """Goes on in that direction."""
        bar, rect, y = self._view.verticalScrollBar(), self._port.rect(), self._now.y()
        assert bar is not None
        far = min(y - rect.top(), 0) + max(y - rect.bottom(), 0)
        bar.setValue(bar.value() + far // _SHARE + (1 if far > 0 else 0))
        self._extend()
