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
        self._held: tuple[object, int] | None = None
        model.modelAboutToBeReset.connect(self._hold)
        model.modelReset.connect(self._hold_no_more)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._choose(self.currentIndex())
            return
        super().keyPressEvent(event)

    def _choose(self, index: QModelIndex) -> None:
        if _can_be_chosen(index):
            self.chosen.emit(index)

    def _hold(self) -> None:
        """Rows get another order: Qt would forget where the keyboard is, and what is looked at."""
        row, bar = self.currentIndex().data(ROW), self.verticalScrollBar()
        self._held = None if row is None or bar is None else (row.key, bar.value())

    def _hold_no_more(self) -> None:
        held, self._held = self._held, None
        model, bar = self.model(), self.verticalScrollBar()
        if held is not None and isinstance(model, KeyedModel) and bar is not None:
            self.setCurrentIndex(model.find(held[0]))
            self.executeDelayedItemsLayout()
            bar.setValue(held[1])

    def _menu(self, point: QPoint) -> None:
        index = self.indexAt(point)
        if _can_be_chosen(index):
            self.menu_wanted.emit(index, self.mapToGlobal(point))


def _can_be_chosen(index: QModelIndex) -> bool:
    return index.isValid() and not isinstance(index.data(ROW), RestRow | SectionRow)
