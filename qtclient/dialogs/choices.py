# SPDX-License-Identifier: GPL-3.0-only
"""What is chosen from a list, or ticked, with the signs that a style sheet cannot draw. GUI thread."""

from loggia.qtclient.style import icons
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette, QWheelEvent
from PyQt6.QtWidgets import QCheckBox, QComboBox, QStyle, QStyleOptionButton, QWidget

SIGN_PX = 12
BESIDE_PX = 12
OPENS = (
    Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Up, Qt.Key.Key_Down,
    Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
)  # fmt: skip


class ChoiceBox(QComboBox):
    """One of some. `name`: for a screen reader; it makes no dialog wider than the choices' beginnings."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """What would choose another one opens the list: an arrow by itself would do it at once."""
        if event is not None and (event.key() in OPENS or (event.text().isprintable() and event.text())):
            self.showPopup()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """It is for what is scrolled."""
        if event is not None:
            event.ignore()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        super().paintEvent(event)
        top = (self.height() - SIGN_PX) / 2
        box = QRectF(self.width() - BESIDE_PX - SIGN_PX, top, SIGN_PX, SIGN_PX)
        painter = QPainter(self)
        icons.paint(painter, "open", box, self.palette().color(QPalette.ColorRole.Text).name(), 2.0)
        painter.end()


class Tick(QCheckBox):
    """Yes or no, in words that say what it does."""

    def paintEvent(self, event: QPaintEvent | None) -> None:
        super().paintEvent(event)
        style = self.style()
        if not self.isChecked() or style is None:
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        box = style.subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self)
        painter = QPainter(self)
        color = self.palette().color(QPalette.ColorRole.HighlightedText).name()
        icons.paint(painter, "tick", QRectF(box).adjusted(2, 2, -2, -2), color, 2.4)
        painter.end()
