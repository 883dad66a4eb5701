# SPDX-License-Identifier: GPL-3.0-only
"""Of very many pictures that are written, all but the first are drawn without colours. GUI thread.

At each key Qt measures all of the paragraph, thrice, and unpacks each of its pictures every time, which takes
0.1 ms for each: beside some thousands of them a letter took a second.
"""

from loggia.qtclient.state.emoji import behind_pictures, count_pictures
from loggia.qtclient.timeline.uncoloured import uncoloured
from PyQt6.QtGui import QSyntaxHighlighter
from PyQt6.QtWidgets import QPlainTextEdit

MOST_COLOURED = 64  # in all of a text: nobody writes more of them but to see what happens
COUNTED = 2  # the state of a block: how many are above its end, and in its lowest bit what others say of it


def has_plain_ones(text: str) -> bool:
    """Some of the pictures in a text have no colours while it is written."""
    return not text.isascii() and behind_pictures(text, 0, len(text), MOST_COLOURED) < len(text)


class PlainPictures(QSyntaxHighlighter):
    """Of one editor."""

    def __init__(self, editor: QPlainTextEdit) -> None:
        super().__init__(editor.document())
        self._written_in = editor

    def highlightBlock(self, text: str | None) -> None:
        line, above = text or "", max(self.previousBlockState(), 0) // COUNTED
        free = 0 if line.isascii() else MOST_COLOURED - above
        self.setCurrentBlockState((above + count_pictures(line, free)) * COUNTED)
        if not line.isascii() and (start := behind_pictures(line, 0, len(line), free)) < len(line):
            for one in uncoloured(line, start, self._written_in.font()):
                self.setFormat(one.start, one.length, one.format)
