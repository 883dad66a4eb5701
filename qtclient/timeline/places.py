# SPDX-License-Identifier: GPL-3.0-only
"""Where the rows of the timeline are on the screen, and how one is put somewhere. GUI thread."""

from dataclasses import dataclass

from loggia.qtclient.models.timeline import TimelineModel
from loggia.qtclient.state.rows import Day, Key, MessageRow, Row
from loggia.qtclient.state.sight import Span
from PyQt6.QtCore import QModelIndex, QPoint
from PyQt6.QtWidgets import QListView, QScrollBar, QWidget

BOTTOM_PX = 4  # this close to the bottom counts as at the bottom
DOWN = 3  # what is gone to stands this part of the height below the upper edge


@dataclass
class Anchor:
    """A row that is looked at, and how far below the upper edge it begins."""

    key: Key
    top: int


class Places:
    """Those of `rows` in `view`, which is to be laid out when it is asked."""

    def __init__(self, view: QListView, rows: TimelineModel) -> None:
        self._view = view
        self._rows = rows

    @property
    def bar(self) -> QScrollBar:
        bar = self._view.verticalScrollBar()
        assert bar is not None
        return bar

    @property
    def port(self) -> QWidget:
        port = self._view.viewport()
        assert port is not None
        return port

    @property
    def at_bottom(self) -> bool:
        return self._rows.at_newest and self.bar.value() >= self.bar.maximum() - BOTTOM_PX

    @property
    def far_up(self) -> bool:
        """The bottom is more than a screen away."""
        return self.bar.maximum() - self.bar.value() > self.port.height()

    def anchor(self) -> Anchor | None:
        """The first row on the screen that will still be there: days and folded lines may be redrawn."""
        for number in range(self._first_visible(), self._rows.rowCount()):
            row = self._rows.rows[number]
            if isinstance(row, MessageRow):
                return Anchor(row.key, self._top(self._rows.index(number)))
        return None

    def anchor_at(self, key: Key) -> Anchor:
        """That row, where it is."""
        return Anchor(key, self._top(self._rows.find(key)))

    def back_to(self, anchor: Anchor | None) -> None:
        """Let that row be where it was."""
        index = self._rows.find(anchor.key) if anchor else QModelIndex()
        if anchor and index.isValid():
            self.bar.setValue(self.bar.value() + self._top(index) - anchor.top)

    def put_down(self, index: QModelIndex) -> bool:
        """Let that row stand a third from the top, or lower where too little is below it. False where too
        little is above it."""
        wanted = self.port.height() // DOWN
        self.bar.setValue(self.bar.value() + self._top(index) - wanted)
        return self._top(index) >= wanted

    def put_first(self, index: QModelIndex) -> None:
        """Let that row be the first on the screen, with the day above it if one begins there; or lower where
        too little is below it."""
        above = index.siblingAtRow(index.row() - 1)
        has_day = above.isValid() and isinstance(self._rows.rows[above.row()], Day)
        self.bar.setValue(self.bar.value() + self._top(above if has_day else index))

    def on_screen(self) -> list[tuple[Row, int]]:
        """The rows of which something is on the screen, and how far below the upper edge each ends."""
        found = []
        for number in range(self._first_visible(), self._rows.rowCount()):
            rect = self._view.visualRect(self._rows.index(number))
            if rect.top() >= self.port.height():
                break
            found.append((self._rows.rows[number], rect.bottom()))
        return found

    def in_sight(self) -> Span:
        """From which message to which one is on the screen down to its end; (1, 0) where there is none."""
        lowest = self.port.height() + BOTTOM_PX
        messages = [row for row, end in self.on_screen() if end <= lowest and isinstance(row, MessageRow)]
        seen = [row.seq for row in messages if row.seq is not None]
        return (seen[0], seen[-1]) if seen else (1, 0)

    def _first_visible(self) -> int:
        return max(self._view.indexAt(QPoint(self.port.width() // 2, 1)).row(), 0)

    def _top(self, index: QModelIndex) -> int:
        return self._view.visualRect(index).top()
