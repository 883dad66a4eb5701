# SPDX-License-Identifier: GPL-3.0-only
"""What is offered while somebody writes: a list above the text, which takes no focus. GUI thread."""

from collections.abc import Sequence

from loggia.qtclient.state.completing import Offer
from loggia.qtclient.state.emoji import in_line
from PyQt6.QtCore import QPoint, Qt, pyqtSignal
from PyQt6.QtWidgets import QListWidget, QListWidgetItem, QWidget

MOST_SHOWN = 8  # rows; the others are scrolled to
LEAST_SHOWN = 2
ROW_PX = 32
AROUND_PX = 8


class OfferList(QListWidget):
    """Signal: `picked` with an Offer that was clicked.

    It lies over what is above the text: what is written moves nothing that is read.
    """

    picked = pyqtSignal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("offers")
        self.setAccessibleName("Offers")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setUniformItemSizes(True)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(lambda item: self.picked.emit(item.data(Qt.ItemDataRole.UserRole)))
        self._shown: Sequence[Offer] = ()
        self.hide()

    def offer(self, offers: Sequence[Offer], above: QWidget) -> None:
        """These, above that widget; none: the list is not there."""
        if offers != self._shown:
            self._shown = offers
            self.clear()
            for one in offers:
                item = QListWidgetItem(f"{in_line(one.words)}    {one.about}".rstrip())
                item.setData(Qt.ItemDataRole.UserRole, one)
                self.addItem(item)
            self.setCurrentRow(0)
        self.setVisible(bool(offers))
        if offers:
            parent = self.parentWidget() or above
            place = above.mapTo(parent, QPoint(0, 0))
            room = max(
                (place.y() // 2 - AROUND_PX) // ROW_PX, LEAST_SHOWN
            )  # half of what is above, to read on
            tall = min(len(offers), MOST_SHOWN, room) * ROW_PX + AROUND_PX
            self.setGeometry(place.x(), place.y() - tall, above.width(), tall)
            self.raise_()

    def choose(self, by: int) -> bool:
        """Another one than is chosen, so many below. False: there is none."""
        if not self.isVisible() or self.count() < 2:
            return False
        self.step(by)
        return True

    def take(self) -> bool:
        """The chosen one is picked. False: there is none, or it cannot be."""
        chosen = self.chosen if self.isVisible() else None
        if chosen is None or not chosen.text:
            return False
        self.picked.emit(chosen)
        return True

    @property
    def chosen(self) -> Offer | None:
        """The one that Tab puts into the text."""
        item = self.currentItem()
        return None if item is None else item.data(Qt.ItemDataRole.UserRole)

    @property
    def told(self) -> str:
        """That one, in words."""
        item = self.currentItem()
        return "" if item is None else item.text()

    def step(self, by: int) -> None:
        self.setCurrentRow((self.currentRow() + by) % self.count())
