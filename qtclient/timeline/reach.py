# SPDX-License-Identifier: GPL-3.0-only
"""What I can reach in a row: what I may do with it, and what inside it has the keyboard. GUI thread.

Left and Right go from one thing inside the row with the focus to the next; Enter presses it.
"""

from collections.abc import Callable, Sequence

from loggia.qtclient.models.keyed import ROW, KeyedModel
from loggia.qtclient.state.message_rights import Right
from loggia.qtclient.state.rows import MessageRow, Row
from loggia.qtclient.timeline.delegate import TimelineDelegate
from loggia.qtclient.timeline.grid import TEXT_LEFT_PX
from loggia.qtclient.timeline.parts.action import ENTER, Action
from loggia.qtclient.timeline.parts.table import actions
from PyQt6.QtCore import QModelIndex, QPoint, Qt
from PyQt6.QtGui import QKeyEvent, QMouseEvent
from PyQt6.QtWidgets import QListView

_STEPS: dict[int, int] = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}


class Reach:
    """`act` does an action, by its id and what it is done to.

    Attribute `may`: whether I have a right over a row; what I may not is not offered. `who`: says who
    some accounts are.
    """

    def __init__(self, view: QListView, drawn: TimelineDelegate, act: Callable[[str, object], None]) -> None:
        self._view = view
        self._drawn = drawn
        self._act = act
        drawn.who = lambda accounts: self.who(accounts)
        self.who: Callable[[Sequence[str]], str] = lambda accounts: ""
        self.may: Callable[[Right, object], bool] = lambda right, row: False

    def allows(self, action: Action, row: Row) -> bool:
        return action.right is None or self.may(action.right, row)

    def can(self, action: Action, row: MessageRow) -> bool:
        """Whether that can be done with the message, and by me."""
        return action.target(row) is not None and self.allows(action, row)

    def offered(self, row: Row | None) -> list[tuple[Action, object]]:
        """What I can do with the row, each with what it is done to."""
        return [] if row is None else [one for one in actions(row) if self.allows(one[0], row)]

    def press(self, action: Action, row: Row) -> None:
        target = action.target(row)
        if target is not None and self.allows(action, row):
            self._act(action.id, target)

    def pressed_at(self, event: QMouseEvent) -> tuple[str, object] | None:
        """What a click there does, by the id of the action and what it is done to."""
        point = event.position().toPoint()
        index = self._view.indexAt(point)
        row: Row | None = index.data(ROW)
        action = None if row is None else self._drawn.hit(row, self._view.visualRect(index), point)
        if row is None or action is None or not self.allows(action, row):
            return None
        return action.id, action.target(row)

    def corner(self, key: object) -> QPoint:
        """Where the text of the row of that key begins, on the screen."""
        model, port = self._view.model(), self._view.viewport()
        assert isinstance(model, KeyedModel)
        assert port is not None
        at = self._view.visualRect(model.find(key)).topLeft() + QPoint(TEXT_LEFT_PX, 0)
        return port.mapToGlobal(at)

    def key(self, event: QKeyEvent, index: QModelIndex, row: Row) -> bool:
        """A key pressed on the row at `index`; False if it means nothing inside it."""
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        at = self._drawn.spot[1] if self._drawn.spot and self._drawn.spot[0] == row.key else -1
        self._drawn.spot = None
        spots = self._drawn.layouts.of(row, self._view.visualRect(index).width()).spots()
        key = event.key()
        if key in _STEPS and spots:
            at = min(at + _STEPS[key], len(spots) - 1)
            self._drawn.spot = None if at < 0 else (row.key, at)
        elif key in ENTER and 0 <= at < len(spots):
            self._drawn.spot = row.key, at
            self.press(spots[at].action, row)
        else:
            return False
        self._view.update(index)
        return True
