# SPDX-License-Identifier: GPL-3.0-only
"""The mouse over the messages: what a click does, and how it looks before. GUI thread."""

from collections.abc import Callable

from loggia.qtclient.timeline.reach import Reach
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtWidgets import QListView


class Mouse:
    """Over that view, which hands on its events. `act` does an action, by its id and what it is done to."""

    def __init__(self, view: QListView, reach: Reach, act: Callable[[str, object], None]) -> None:
        self._view = view
        self._reach = reach
        self._act = act
        self._pressed: tuple[str, object] | None = None

    def press(self, event: QMouseEvent) -> None:
        self._pressed = self._reach.pressed_at(event)

    def release(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        pressed, self._pressed = self._pressed, None
        if pressed is not None and pressed == self._reach.pressed_at(event):
            self._act(*pressed)  # elsewhere the mouse was dragged there, as to select

    def move(self, event: QMouseEvent) -> None:
        over = self._reach.pressed_at(event)
        shape = Qt.CursorShape.ArrowCursor if over is None else Qt.CursorShape.PointingHandCursor
        port = self._view.viewport()
        assert port is not None
        port.setCursor(shape)
