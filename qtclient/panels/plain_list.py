# SPDX-License-Identifier: GPL-3.0-only
"""The list that the rooms and the people are shown in: keys, clicks and a menu. GUI thread."""

from loggia.qtclient.models.keyed import ROW, KeyedModel, RestRow, SectionRow
from PyQt6.QtCore import QModelIndex, QPoint, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QListView,
    QWidget,
)


class PlainList(QListView):
    """A list without frame and selection of its own: rows are chosen by click, Enter or Space.

    Who types goes to the row whose title begins with that: as the name is, and not in the quotes in which it
    is spoken. The same letter again goes on to the next one. A space is one of the letters where that finds
    somebody.
    """

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
        self._model = model
        self._typed = ""
        self._typing = QTimer(self)  # runs while the next letter belongs to those before it
        self._typing.setSingleShot(True)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.currentIndex())
        elif event is not None and event.key() == Qt.Key.Key_Space:
            if not (self._typing.isActive() and self._seek(self._typed + " ")):
                self._choose(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str | None) -> None:
        """Letters, as Qt gives them."""
        letters = search or ""
        typed = self._typed + letters if self._typing.isActive() else letters
        if not self._seek(typed) and len(set(typed.casefold())) == 1:
            self._seek(typed[:1])
        self._typed = typed
        self._typing.start(QApplication.keyboardInputInterval())

    def _seek(self, typed: str) -> bool:
        """To the next row that begins so, this one included if it is more than a letter. False: none does."""
        rows, begin = self._model.rows, typed.casefold()
        first = self.currentIndex().row() + (len(typed) == 1)
        for step in range(len(rows)):
            place = (first + step) % len(rows)
            row = rows[place]
            if not isinstance(row, RestRow | SectionRow) and row.title.casefold().startswith(begin):
                self._typed = typed
                self._typing.start(QApplication.keyboardInputInterval())
                self.setCurrentIndex(self._model.index(place))
                return True
        return False

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
