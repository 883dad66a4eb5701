# SPDX-License-Identifier: GPL-3.0-only
"""How it is painted what a search found in a text. GUI thread; the lines stay as they are set."""

from loggia.qtclient.state.lit import Marks
from loggia.qtclient.style.theme import Colors
from loggia.qtclient.timeline.rich import SetText, positions
from PyQt6.QtGui import QBrush, QColor, QTextCharFormat, QTextLayout


def look_of(colors: Colors) -> QTextCharFormat:
    """A line is below it, too: no meaning is in a colour alone."""
    look = QTextCharFormat()
    look.setBackground(QBrush(QColor(colors.found)))
    look.setForeground(QBrush(QColor(colors.text)))
    look.setFontUnderline(True)
    return look


def lit(text: SetText, marks: Marks, colors: Colors) -> list[QTextLayout.FormatRange]:
    """`marks`: of the whole text, of which `text` may be the begin."""
    if not marks:
        return []
    at, size = positions(text.marked.text), len(text.marked.text)
    look = look_of(colors)
    ranges = []
    for first, last in marks:
        if first < size:
            ranges.append(one := QTextLayout.FormatRange())
            one.start = at(first)
            one.length = at(min(last, size)) - one.start
            one.format = look
    return ranges
