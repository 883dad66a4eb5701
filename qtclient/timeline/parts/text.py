# SPDX-License-Identifier: GPL-3.0-only
"""What a message says."""

from typing import Self

from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.timeline.grid import TEXT_LEFT_PX
from loggia.qtclient.timeline.parts.action import Action
from loggia.qtclient.timeline.parts.part import Ink, Part, Space
from loggia.qtclient.timeline.typography import wrapped
from PyQt6.QtCore import QPointF
from PyQt6.QtGui import QColor, QPainter

COPY_TEXT = Action(
    id="copy-text",
    words=lambda row: "Copy the text alone",
    target=lambda row: row.text,
    section="copy",
)


MOST_CHARS = 20_000  # of a message that are set in lines: a broker allows some 16,000 if nobody changes that
MOST_LINES = 2000


def shown(text: str) -> str:
    """A text as it is, or the begin of one that would take too long to set, and how much is behind it."""
    lines = text.count("\n", 0, MOST_CHARS)
    if len(text) <= MOST_CHARS and lines < MOST_LINES:
        return text
    kept = text[:MOST_CHARS]
    if lines >= MOST_LINES:
        kept = "\n".join(kept.split("\n", MOST_LINES)[:MOST_LINES])
    more = len(text) - len(kept)
    return f"{kept}...\n({more:,} more characters are not shown here; copy the text to have them all.)"


class MessageText(Part):
    """In lines, plain, whatever it holds; faint while it is not stored. Of a very long one the begin.

    Attributes: `lines`: the text as it is set.
    """

    actions = (COPY_TEXT,)

    def __init__(self, row: MessageRow, space: Space) -> None:
        self._faint = row.sign in ("waiting", "unreachable", "failed")
        self._at = QPointF(TEXT_LEFT_PX, space.top)
        self.lines, self.height = wrapped(shown(row.text), space.type.text, space.column, space.type.line)

    @classmethod
    def of(cls, row: MessageRow, space: Space) -> Self:
        return cls(row, space)

    def paint(self, painter: QPainter, ink: Ink) -> None:
        painter.setPen(QColor(ink.colors.muted if self._faint else ink.colors.text))
        self.lines.draw(painter, self._at)

    @staticmethod
    def speak(row: MessageRow) -> str:
        return shown(row.text)

    @staticmethod
    def copy(row: MessageRow, *, first: bool) -> str:
        return row.text
