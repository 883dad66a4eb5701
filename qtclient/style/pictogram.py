# SPDX-License-Identifier: GPL-3.0-only
"""One of the window's signs that stands for itself, and is no button. GUI thread."""

from loggia.qtclient.style import icons
from PyQt6.QtCore import QRectF
from PyQt6.QtGui import QPainter, QPaintEvent
from PyQt6.QtWidgets import QWidget


class Pictogram(QWidget):
    """A square of `side` logical pixels, as sharp as what it is painted on. `color` may change."""

    def __init__(self, sign: str, color: str, side: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._sign = sign
        self.color = color
        self.setFixedSize(side, side)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        icons.paint(painter, self._sign, QRectF(self.rect()), self.color)
        painter.end()
