# SPDX-License-Identifier: GPL-3.0-only
"""The list that the rooms and the people are shown in: keys, clicks and a menu. GUI thread."""

from loggia.qtclient.models.keyed import ROW, KeyedModel, RestRow, SectionRow
from PyQt6.QtCore import QModelIndex, QPoint, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QWidget,
)


class PlainList(QListView):
    """A list without frame and selection of its own: rows are chosen by click, Enter or Space."""

    chosen = pyqtSignal(QModelIndex)
    menu_wanted = pyqtSignal(QModelIndex, QPoint)

    def __init__(self, model: KeyedModel, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setModel(model)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._menu)
        self.clicked.connect(self._choose)
        self.setUniformItemSizes(True)  # or each of them is measured at every change

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._choose(self.currentIndex())
            return
        super().keyPressEvent(event)

    def _choose(self, index: QModelIndex) -> None:
        if _can_be_chosen(index):
            self.chosen.emit(index)

    def _menu(self, point: QPoint) -> None:
        index = self.indexAt(point)
        if _can_be_chosen(index):
            self.menu_wanted.emit(index, self.mapToGlobal(point))


def _can_be_chosen(index: QModelIndex) -> bool:
    return index.isValid() and not isinstance(index.data(ROW), RestRow | SectionRow)
