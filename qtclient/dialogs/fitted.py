# SPDX-License-Identifier: GPL-3.0-only
"""What all dialogs are: never larger than the window that they belong to. GUI thread."""

from PyQt6.QtCore import QEvent, QObject, QRect, QSize
from PyQt6.QtGui import QHideEvent, QShowEvent
from PyQt6.QtWidgets import QDialog, QWidget

MARGIN_PX = 12  # of the window beneath, that stays to be seen on each side


class FittedDialog(QDialog):
    """As large as it likes to be, and at most as the window has room for; as the screen where there is no
    window. Also when the window becomes smaller while it is open.

    `wide`, `tall`: what it likes, in logical pixels; `tall` 0: what its contents need.
    """

    def __init__(self, wide: int, tall: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._liked = wide, tall

    def fit(self) -> None:
        """Take the size again, as after a change of what it shows."""
        room = self._room()
        wide = min(self._liked[0], room.width())
        if (layout := self.layout()) is not None:
            layout.activate()
        tall = self._liked[1] or self._needed(wide)
        self.resize(wide, min(tall, room.height()))

    def _needed(self, wide: int) -> int:
        height = self.heightForWidth(wide)
        return height if height > 0 else self.sizeHint().height()

    def _room(self) -> QSize:
        beneath, screen = self._beneath(), self.screen()
        area = QRect(0, 0, *self._liked) if screen is None else screen.availableGeometry()
        size = area.size() if beneath is None else beneath.size().boundedTo(area.size())
        return size - QSize(2 * MARGIN_PX, 2 * MARGIN_PX)

    def _beneath(self) -> QWidget | None:
        parent = self.parentWidget()
        return None if parent is None else parent.window()

    def showEvent(self, event: QShowEvent | None) -> None:
        self.fit()
        if (beneath := self._beneath()) is not None:
            beneath.installEventFilter(self)
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent | None) -> None:
        if (beneath := self._beneath()) is not None:
            beneath.removeEventFilter(self)
        super().hideEvent(event)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if event is not None and event.type() == QEvent.Type.Resize and watched is self._beneath():
            self.fit()
        return super().eventFilter(watched, event)
