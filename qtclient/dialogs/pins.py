# SPDX-License-Identifier: GPL-3.0-only
"""The pinned messages of a room, to go to. GUI thread; Escape closes it."""

from collections.abc import Sequence

from loggia.qtclient.dialogs.fitted import FittedDialog, Wrapped
from loggia.qtclient.state.pinned import LOOKING, Missing, PinnedMessage
from loggia.qtclient.style.pictogram import Pictogram
from loggia.qtclient.style.theme import Colors
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

WIDE_PX, TALL_PX = 480, 360  # where something is listed
SIGN_PX = 32
HOW = "Who runs the room pins a message by its menu: Pin to the room."
NONE = f"Nothing is pinned here yet. {HOW}"
NONE_HERE = f"None of the messages on this computer is pinned. {HOW}"
_SEQ = Qt.ItemDataRole.UserRole


class PinsList(FittedDialog):
    """Signals: `chosen` with the seq of the one to go to; `offered` when what is offered is wanted.
    Attributes: `list`; `sign`, which stands there where nothing is pinned; `hint`; `more`: the button."""

    chosen = pyqtSignal(int)
    offered = pyqtSignal()

    def __init__(self, label: str, colors: Colors, parent: QWidget) -> None:
        super().__init__(WIDE_PX, parent=parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Pinned in {label}")
        self._shown: Sequence[PinnedMessage] | None = None
        self._told = "", "", False
        self.list = QListWidget(self)
        self.list.setAccessibleName(f"Pinned messages of {label}")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(self._take)
        self.list.itemActivated.connect(self._take)
        self.sign = Pictogram("pin", colors.muted, SIGN_PX, self)
        self.hint = Wrapped("", self)
        self.hint.setObjectName("muted")
        self.more = QPushButton(self)
        self.more.setAutoDefault(False)
        self.more.clicked.connect(self.offered)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(self.list, 1)
        column.addWidget(self.sign, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.hint)
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignHCenter)
        self._turn(has_pins=False)

    def look(self, colors: Colors) -> None:
        """Other colours."""
        self.sign.color = colors.muted
        self.sign.update()

    def show_pins(self, pins: Sequence[PinnedMessage], missing: Missing) -> None:
        """`missing`: what may be pinned and is not among these."""
        if self._shown != pins:
            self._shown = pins
            self._list(pins)
        none = "" if pins or missing.words == LOOKING else NONE_HERE if missing.words else NONE
        words = " ".join(filter(None, (none, missing.words)))
        fits = (words, missing.offer, bool(pins)) == self._told
        self._told = words, missing.offer, bool(pins)
        self.hint.say(words)
        self.hint.setVisible(bool(words))
        if self.more.hasFocus() and not missing.offer:
            self.list.setFocus()
        self.more.setText(missing.offer)
        self.more.setAccessibleDescription(missing.words)
        self.more.setVisible(bool(missing.offer))
        if not fits:
            self._turn(has_pins=bool(pins))

    def _list(self, pins: Sequence[PinnedMessage]) -> None:
        current = self.list.currentItem()
        kept = None if current is None else current.data(_SEQ)
        self.list.clear()
        for pin in pins:
            item = QListWidgetItem(pin.words, self.list)
            item.setData(_SEQ, pin.seq)
            if pin.seq == kept:
                self.list.setCurrentItem(item)
        if self.list.currentRow() < 0:
            self.list.setCurrentRow(0)

    def _turn(self, *, has_pins: bool) -> None:
        """Show the list, or that there is nothing to be listed and what to do."""
        self.list.setVisible(has_pins)
        self.sign.setVisible(not has_pins)
        beside = Qt.AlignmentFlag.AlignLeft if has_pins else Qt.AlignmentFlag.AlignHCenter
        self.hint.setAlignment(beside | Qt.AlignmentFlag.AlignVCenter)
        self.fit()

    def _needed(self, wide: int) -> int:
        return TALL_PX if self.list.isVisibleTo(self) else super()._needed(wide)

    def _take(self, item: QListWidgetItem) -> None:
        if self.isVisible():  # a click may be an activation, too
            self.close()
            self.chosen.emit(item.data(_SEQ))
