# SPDX-License-Identifier: GPL-3.0-only
"""What I can reach in a row: what I may do with it, and what inside it has the keyboard. GUI thread.

Left and Right go from one thing inside the row with the focus to the next; Enter presses it.
"""

from collections.abc import Callable, Sequence

from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.models.timeline import TimelineModel
from loggia.qtclient.state.message_rights import Right
from loggia.qtclient.state.rows import MessageRow, Row
from loggia.qtclient.timeline.delegate import TimelineDelegate
from loggia.qtclient.timeline.grid import TEXT_LEFT_PX
from loggia.qtclient.timeline.layout import RowLayout
from loggia.qtclient.timeline.parts.action import ENTER, Action
from loggia.qtclient.timeline.parts.part import Spot, text_column
from loggia.qtclient.timeline.parts.table import actions
from PyQt6.QtCore import QModelIndex, QPoint, Qt
from PyQt6.QtGui import QKeyEvent, QMouseEvent
from PyQt6.QtWidgets import QListView, QWidget

EDGE_PX = 8  # between what is reached by keys and the edge of the view
_STEPS: dict[int, int] = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}


class Reach:
    """`act` does an action, by its id and what it is done to.

    Attribute `may`: whether I have a right over a row; what I may not is not offered. `who`: says who
    some accounts are. `heard`: called when something else inside of the row has the keyboard.
    """

    def __init__(
        self,
        view: QListView,
        model: TimelineModel,
        drawn: TimelineDelegate,
        act: Callable[[str, object], None],
    ) -> None:
        self._view = view
        self._model = model
        self._drawn = drawn
        self._act = act
        self.heard: Callable[[], None] = lambda: None
        drawn.who = lambda accounts: self.who(accounts)
        model.reached = self._words
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
        return self._port.mapToGlobal(self._corner(key) + QPoint(TEXT_LEFT_PX, 0))

    def text_right(self, width: int) -> int:
        """Where texts end at the latest, in rows so wide."""
        return round(TEXT_LEFT_PX + text_column(width, self._drawn.layouts.type))

    def key(self, event: QKeyEvent, index: QModelIndex, row: Row) -> bool:
        """A key pressed on the row at `index`; False if it means nothing inside it."""
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        before, self._drawn.spot = self._drawn.spot, None
        at = before[1] if before is not None and before[0] == row.key else -1
        spots = self._layout(row).spots()
        key = event.key()
        if key in _STEPS and spots:
            at = min(at + _STEPS[key], len(spots) - 1)
            self._drawn.spot = None if at < 0 else (row.key, at)
            self._reached(row)
        elif key in ENTER and 0 <= at < len(spots):
            self._drawn.spot = row.key, at
            self.press(spots[at].action, row)
        else:
            if before is not None:
                self._drawn.tell(QPoint(), "", self._view)
            return False
        self._view.update(index)
        return True

    # -- what inside of a row has the keyboard -----------------------------------------------------

    def _reached(self, row: Row) -> None:
        """It is brought onto the screen, and told as where the mouse rests."""
        spot, bar = self._spot(row), self._view.verticalScrollBar()
        if spot is None or bar is None:
            self._drawn.tell(QPoint(), "", self._view)
        else:
            box = spot.box.toAlignedRect().translated(self._corner(row.key))
            below = box.bottom() + EDGE_PX - self._port.height()
            if (by := max(below, 0) or min(box.top() - EDGE_PX, 0)) != 0:
                bar.setValue(bar.value() + by)
                box.translate(0, -by)
            self._drawn.tell(self._port.mapToGlobal(box.bottomLeft()), self._tip(row, spot), self._view)
        self.heard()

    def _words(self, row: Row) -> str:
        """What that is and does; "": nothing inside of it has the keyboard."""
        spot = self._spot(row)
        return "" if spot is None else ", ".join(filter(None, (spot.action.words(row), self._tip(row, spot))))

    def _spot(self, row: Row) -> Spot | None:
        key, at = self._drawn.spot or (None, 0)
        return next(iter(self._layout(row).spots()[at : at + 1]), None) if key == row.key else None

    def _tip(self, row: Row, spot: Spot) -> str:
        return self._layout(row).tip_at(spot.box.center(), self.who)

    def _layout(self, row: Row) -> RowLayout:
        return self._drawn.layouts.of(row, self._view.visualRect(self._model.find(row.key)).width())

    def _corner(self, key: object) -> QPoint:
        return self._view.visualRect(self._model.find(key)).topLeft()

    @property
    def _port(self) -> QWidget:
        port = self._view.viewport()
        assert port is not None
        return port
