# SPDX-License-Identifier: GPL-3.0-only
"""Asks which room to go to, or to join. GUI thread, until it is answered."""

from collections.abc import Mapping

from loggia.qtclient.dialogs.fitted import FittedDialog
from loggia.qtclient.style.theme import Colors
from loggia.shared.protocol import names
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.limits import Limits
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

WIDE_PX, TALL_PX = 400, 300
LEAST_LIST_PX = 64  # two of them
MOST_SHOWN = 200  # rooms: nobody looks through more, and each is made anew at each letter


class GoTo(FittedDialog):
    """Go to one of the rooms, or join the one that is written. `room` holds the answer."""

    def __init__(
        self, rooms: Mapping[str, str], colors: Colors, limits: Limits, parent: QWidget | None = None
    ) -> None:
        """`rooms`: what each is called, with its sign, by its name."""
        super().__init__(WIDE_PX, TALL_PX, parent)
        self.setWindowTitle("Go to a room")
        self._labels = dict(rooms)
        self._limits = limits
        self._colors = colors
        self.room = ""
        self.edit = QLineEdit(self)
        self.edit.setPlaceholderText("Name of a room")
        self.edit.setAccessibleName("Name of a room")
        self.edit.textChanged.connect(self._fill)
        self.list = QListWidget(self)
        self.list.setAccessibleName("Rooms")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMinimumHeight(LEAST_LIST_PX)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(self._take)
        self.hint = QLabel("", self)
        self.hint.setObjectName("hint")
        self.hint.setTextFormat(Qt.TextFormat.PlainText)
        self.hint.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.edit)
        column.addWidget(self.list, 1)
        column.addWidget(self.hint)
        self._fill()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None:
            return
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is not None and self.list.count():
            self.list.setCurrentRow((self.list.currentRow() + step) % self.list.count())
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            item = self.list.currentItem()
            if item is not None:
                self._take(item)
        else:
            super().keyPressEvent(event)

    def _fill(self) -> None:
        written = self.edit.text().strip(" ").removeprefix("#").strip(" ")
        self.list.clear()
        found = [name for name, label in self._labels.items() if written.casefold() in label.casefold()]
        found.sort(key=lambda name: name != written)  # it comes first, however many have it in them
        for name in found[:MOST_SHOWN]:
            self._add(self._labels[name], name)
        reason, more = "", len(found) - MOST_SHOWN
        if written and written not in self._labels:
            try:
                self._add(f"Join  # {written}", names.chosen_room(written, self._limits))
            except Refused as refused:
                reason = refused.text
        self.list.setCurrentRow(0)
        self.hint.setProperty("tone", "error" if reason else "")
        style = self.hint.style()
        if style is not None:
            style.polish(self.hint)
        self.hint.setText(
            reason
            or (f"{more:,} more are not shown: write more of the name." if more > 0 else "")
            or "Enter goes there. A room that does not exist yet begins when you join it."
        )

    def _add(self, words: str, room: str) -> None:
        item = QListWidgetItem(words)
        item.setData(Qt.ItemDataRole.UserRole, room)
        self.list.addItem(item)

    def _take(self, item: QListWidgetItem) -> None:
        self.room = item.data(Qt.ItemDataRole.UserRole)
        self.accept()
