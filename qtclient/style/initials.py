# SPDX-License-Identifier: GPL-3.0-only
"""The round sign of a person: initials on a colour. GUI thread."""

from loggia.qtclient.style.theme import Colors
from PyQt6.QtCore import QRectF, Qt, QTextBoundaryFinder
from PyQt6.QtGui import QColor, QFont, QPainter


def paint_circle(painter: QPainter, box: QRectF, nick: str, color: str, colors: Colors, font: QFont) -> None:
    """The round sign of a person: initials on the person's colour."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawEllipse(box)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    made = QFont(font)
    made.setPixelSize(round(box.height() * 0.40))
    painter.setFont(made)
    painter.setPen(QColor(colors.bg))
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), initials(nick))


def initials(nick: str) -> str:
    """The first sign of the first two words, as people see signs (an emoji of five code points is one)."""
    return "".join(_first_sign(word) for word in nick.split(" ")[:2] if word).upper()


def _first_sign(word: str) -> str:
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Grapheme, word)
    end = finder.toNextBoundary()
    return word.encode("utf-16-le")[: 2 * end].decode("utf-16-le")
