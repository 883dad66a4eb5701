# SPDX-License-Identifier: GPL-3.0-only
"""One muted line, who came and left; and what else happened, in as many as it needs."""

from collections.abc import Callable, Sequence
from typing import Self

from loggia.qtclient.state.moves import MOST_NAMED, MembershipRow
from loggia.qtclient.state.rows import Note
from loggia.qtclient.state.selected import Piece
from loggia.qtclient.timeline.grid import SIDE_PX, TEXT_LEFT_PX
from loggia.qtclient.timeline.long_text import begin
from loggia.qtclient.timeline.parts.action import ENTER, Action
from loggia.qtclient.timeline.parts.part import Ink, Part, Space
from loggia.qtclient.timeline.parts.ruled import AROUND_PX
from loggia.qtclient.timeline.readable import Readable
from loggia.qtclient.timeline.typography import wrapped
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QPainter

MOST_IN_TIP = 30  # people that are named while the mouse rests; a click names all

SHOW_NAMES = Action(
    id="show-names",
    words=lambda row: "Show who came and who left",
    target=lambda row: row if isinstance(row, MembershipRow) and len(row.told) > 1 else None,
    keys=ENTER,
)


GO_TO_TOLD = Action(
    id="go-to-told",
    words=lambda row: "Go to the message",
    target=lambda row: row.about,
    keys=ENTER,
    section="go",
)


class MovesLine(Part):
    """Elided to the width of the row. Of people so many are named as fit; all are named elsewhere, by a click
    on the words, and while the mouse rests on them.

    Attributes: `words`: the line.
    """

    actions = (SHOW_NAMES,)

    def __init__(self, row: MembershipRow, space: Space) -> None:
        self.height = round(space.type.small_line + AROUND_PX)
        wide = max(0, space.width - TEXT_LEFT_PX - SIDE_PX)
        self._box = QRectF(TEXT_LEFT_PX, space.top, wide, self.height)
        self.words = _fitting(row, space.type.small_metrics, wide)
        needs = space.type.small_metrics.horizontalAdvance(self.words)
        self._pressed = QRectF(TEXT_LEFT_PX, space.top, min(needs, wide), self.height - 1)
        self._names = row.names
        self._opens = SHOW_NAMES.target(row) is not None

    @classmethod
    def of(cls, row: MembershipRow, space: Space) -> Self:
        return cls(row, space)

    def paint(self, painter: QPainter, ink: Ink) -> None:
        fonts = ink.type
        text = fonts.small_metrics.elidedText(self.words, Qt.TextElideMode.ElideRight, self._box.width())
        painter.setFont(fonts.small)
        painter.setPen(QColor(ink.colors.muted))
        painter.drawText(self._box, int(Qt.AlignmentFlag.AlignVCenter), text)

    def hit(self, point: QPointF) -> Action | None:
        return SHOW_NAMES if self._opens and self._pressed.contains(point) else None

    def tip_at(self, point: QPointF, who: Callable[[Sequence[str]], str]) -> str:
        if not self._pressed.contains(point):
            return ""
        more = len(self._names) - MOST_IN_TIP
        rest = [f"and {more:,} more: click to see all"] if more > 0 else []
        return "\n".join([*self._names[:MOST_IN_TIP], *rest])

    @staticmethod
    def speak(row: MembershipRow) -> str:
        return row.text

    @staticmethod
    def copy(row: MembershipRow, *, several: bool) -> str:
        return row.text

    @staticmethod
    def cut(row: MembershipRow, piece: Piece) -> str:
        return row.text[slice(*piece)]


class NoteLines(Part):
    """All of it is shown. Where it is about a message, a click leads there."""

    actions = (GO_TO_TOLD,)

    def __init__(self, row: Note, space: Space) -> None:
        shown = begin(row.text).replace("\n", " ")
        lines, tall = wrapped(shown, space.type.small, space.column, space.type.small_line)
        self.height = round(tall + AROUND_PX)
        top = space.top + (self.height - tall) / 2
        self.readable = Readable(shown, lines, QPointF(TEXT_LEFT_PX, top))
        self._leads = row.about is not None

    @classmethod
    def of(cls, row: Note, space: Space) -> Self:
        return cls(row, space)

    def paint(self, painter: QPainter, ink: Ink) -> None:
        assert self.readable is not None
        painter.setPen(QColor(ink.colors.muted))
        self.readable.draw(painter, [], ink.selected, ink.colors)

    def hit(self, point: QPointF) -> Action | None:
        assert self.readable is not None
        return GO_TO_TOLD if self._leads and self.readable.is_over(point) else None

    def tip_at(self, point: QPointF, who: Callable[[Sequence[str]], str]) -> str:
        return "Go to the message" if self.hit(point) else ""

    @staticmethod
    def speak(row: Note) -> str:
        return row.text

    @staticmethod
    def copy(row: Note, *, several: bool) -> str:
        return row.text

    @staticmethod
    def cut(row: Note, piece: Piece) -> str:
        return row.text[slice(*piece)]


def _fitting(row: MembershipRow, metrics: QFontMetricsF, wide: float) -> str:
    """How many others there are is told before their names are."""
    lines = (begin(row.line(most)) for most in range(MOST_NAMED, 0, -1))
    return next((line for line in lines if metrics.horizontalAdvance(line) <= wide), begin(row.line(1)))
