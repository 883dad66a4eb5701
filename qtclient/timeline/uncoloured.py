# SPDX-License-Identifier: GPL-3.0-only
"""Pictures as letters, where there are too many to be unpacked at once. GUI thread.

Qt unpacks each picture of a coloured font whenever it is measured, in 0.1 to 0.23 ms, and keeps none.
"""

from loggia.qtclient.state.emoji import pictures
from loggia.qtclient.timeline.rich import positions
from PyQt6.QtGui import QFont, QFontInfo, QTextCharFormat, QTextLayout


def uncoloured(line: str, start: int, font: QFont) -> list[QTextLayout.FormatRange]:
    """What has the pictures of a line set, from that place on, by a font that has letters alone."""
    look, at = QTextCharFormat(), positions(line)
    look.setFontFamilies([QFontInfo(font).family()])
    look.setFontStyleStrategy(QFont.StyleStrategy.NoFontMerging)
    found = []
    for first, last in pictures(line, start):
        one = QTextLayout.FormatRange()
        one.start, one.length, one.format = at(first), at(last) - at(first), look
        found.append(one)
    return found
