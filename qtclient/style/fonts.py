# SPDX-License-Identifier: GPL-3.0-only
"""The system's font in other sizes. GUI thread."""

from PyQt6.QtGui import QFont


def scaled(font: QFont, factor: float) -> QFont:
    """The same font in another size, whichever unit its size is given in."""
    made = QFont(font)
    if font.pixelSize() > 0:
        made.setPixelSize(max(8, round(font.pixelSize() * factor)))
    else:
        made.setPointSizeF(max(6.0, font.pointSizeF() * factor))
    return made
