# SPDX-License-Identifier: GPL-3.0-only
"""The fonts of the timeline and their measures, and text set in lines. GUI thread."""

import unicodedata

from loggia.qtclient.style.fonts import scaled
from loggia.qtclient.timeline.long_text import begin, has_endless_word
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QFont, QFontDatabase, QFontMetricsF, QTextLayout, QTextOption

LINE_HEIGHT = 1.4
LARGE = 2.4  # of pictures that stand alone
TEXT_CHARS = 80  # longer lines are hard to read


class Type:
    """The fonts of the timeline and their measures, all made from the one font of the system."""

    def __init__(self, font: QFont) -> None:
        self.text = QFont(font)
        self.name = QFont(font)
        self.name.setWeight(QFont.Weight.DemiBold)
        self.small = scaled(font, 0.85)
        self.button = scaled(font, 0.92)
        self.title = scaled(font, 1.5)
        self.title.setWeight(QFont.Weight.DemiBold)
        self.large = scaled(font, LARGE)
        self.fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        self.metrics = QFontMetricsF(self.text)
        self.small_metrics = QFontMetricsF(self.small)
        self.name_metrics = QFontMetricsF(self.name)
        size = font.pixelSize() if font.pixelSize() > 0 else self.metrics.height() / 1.18
        self.line = float(round(max(size * LINE_HEIGHT, self.metrics.height())))
        self.large_line = float(round(self.line * LARGE))
        self.small_line = float(round(self.line * 0.88))
        self.column = TEXT_CHARS * self.metrics.averageCharWidth()


def wrapped(text: str, font: QFont, width: float, line_px: float) -> tuple[QTextLayout, float]:
    """The text in lines of one height, at most `width` wide, and how tall it is; plain, whatever it holds.

    Of a long text what it begins with.
    """
    text = begin(text)
    layout = QTextLayout(text.replace("\n", "\u2028"), font)
    layout.setTextOption(direction(text))
    layout.setCacheEnabled(True)
    layout.beginLayout()
    top = 0.0
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        line.setPosition(QPointF(0, top + max(0.0, (line_px - line.height()) / 2)))
        top += max(line_px, line.height())
    layout.endLayout()
    return layout, top


def one_line(text: str, font: QFont) -> tuple[QTextLayout, float]:
    """The text in a line of its own, and how wide that is. To paint it again measures nothing."""
    layout = QTextLayout(text, font)
    layout.setCacheEnabled(True)
    layout.beginLayout()
    line = layout.createLine()
    line.setNumColumns(len(text.encode("utf-16-le", "surrogatepass")) // 2)
    layout.endLayout()
    return layout, line.naturalTextWidth()


def direction(text: str) -> QTextOption:
    """Lines from the side where its first letter is written from. They end between words; where a word has no
    end, anywhere: Qt looks for that end anew in each of its lines."""
    return _OPTIONS[_begins_rtl(text), has_endless_word(text)]


def _option(*, from_right: bool, anywhere: bool) -> QTextOption:
    option, wrap = QTextOption(), QTextOption.WrapMode
    option.setWrapMode(wrap.WrapAnywhere if anywhere else wrap.WrapAtWordBoundaryOrAnywhere)
    option.setTextDirection(Qt.LayoutDirection.RightToLeft if from_right else Qt.LayoutDirection.LeftToRight)
    option.setAlignment(Qt.AlignmentFlag.AlignRight if from_right else Qt.AlignmentFlag.AlignLeft)
    return option


_OPTIONS = {
    (from_right, anywhere): _option(from_right=from_right, anywhere=anywhere)
    for from_right in (False, True)
    for anywhere in (False, True)
}


def _begins_rtl(text: str) -> bool:
    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind in ("R", "AL"):
            return True
        if kind == "L":
            return False
    return False
