# SPDX-License-Identifier: GPL-3.0-only
"""Words in the rows of lists, each set once: a list is painted at every move of the mouse. GUI thread.

Qt measures a text whenever it is elided or painted, in 0.1 ms for each picture in it: twenty people who are
called by 32 of them took a quarter of a second.
"""

import math
from collections import OrderedDict

from loggia.qtclient.state.emoji import in_line
from loggia.qtclient.timeline.typography import one_line
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QFont, QFontMetricsF, QPainter, QTextLayout

MOST_KEPT = 500  # lines: of two hundred rows


class SetLines:
    """The last ones of one list, as they are set."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, float], tuple[QTextLayout, float]] = OrderedDict()

    def draw(self, painter: QPainter, text: str, box: QRectF, font: QFont) -> None:
        """In the middle of the height, elided to the width; in the colour of the pen."""
        layout, _ = self._of(text, font, box.width())
        top = box.center().y() - layout.lineAt(0).height() / 2
        layout.draw(painter, QPointF(box.left(), top))

    def wide(self, text: str, font: QFont) -> float:
        """How wide all of it is."""
        return self._of(text, font, math.inf)[1]

    def _of(self, text: str, font: QFont, most: float) -> tuple[QTextLayout, float]:
        key = text, font.key(), most
        if (found := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return found
        shown = in_line(text)
        if most < math.inf:
            shown = QFontMetricsF(font).elidedText(shown, Qt.TextElideMode.ElideRight, most)
        made = self._kept[key] = one_line(shown, font)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return made
