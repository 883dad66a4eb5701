# SPDX-License-Identifier: GPL-3.0-only
"""What lies above everything until something of it is chosen, or somebody clicks elsewhere. GUI thread."""

from PyQt6.QtCore import QEvent, QPoint, Qt
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QApplication, QFrame, QWidget


def close_all() -> None:
    """Close what lies above everything, menus too: what it was opened for is not on the screen any more."""
    closed: QWidget | None = None
    while (popup := QApplication.activePopupWidget()) is not None and popup is not closed:
        popup.close()
        closed = popup


class Popup(QFrame):
    """`name`: as the style sheet calls it; `words`: for screen readers. It is deleted once it is closed."""

    def __init__(self, name: str, words: str, parent: QWidget | None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName(name)
        self.setAccessibleName(words)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def put(self, corner: QPoint) -> None:
        """Its upper left corner is there; or as far away as all of it needs to be on the screen."""
        screen = self.screen()
        area = screen.availableGeometry() if screen is not None else self.rect()
        left = min(max(corner.x(), area.left()), max(area.right() - self.width(), area.left()))
        top = min(max(corner.y(), area.top()), max(area.bottom() - self.height(), area.top()))
        self.move(left, top)

    def event(self, event: QEvent | None) -> bool:
        """Escape is its own, and no shortcut of the window's."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)
