# SPDX-License-Identifier: GPL-3.0-only
"""One muted line: who came and left, and what else happened."""

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
from loggia.qtclient.timeline.typography import one_line
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QPainter

MOST_IN_TIP = 30  # people that are named while the mouse rests; a click names all

SHOW_NAMES = Action(
    id="show-names",
    words=lambda row: "Show who came and who left",
    target=lambda row: row if isinstance(row, MembershipRow) and len(row.told) > 1 else None,
    keys=ENTER,
)


class NoteLine(Part):
    """Elided to the width of the row. Of people so many are named as fit; all are named elsewhere.

    Attributes: `words`: the line.
    """

    actions = (SHOW_NAMES,)

    def __init__(self, row: MembershipRow | Note, space: Space) -> None:
        self.height = round(space.type.small_line + AROUND_PX)
        wide = max(0, space.width - TEXT_LEFT_PX - SIDE_PX)
        self._box = QRectF(TEXT_LEFT_PX, space.top, wide, self.height)
        self.words = _fitting(row, space.type.small_metrics, wide)
        if isinstance(row, Note):
            shown = space.type.small_metrics.elidedText(self.words, Qt.TextElideMode.ElideRight, wide)
            lines, _ = one_line(shown.replace("\n", " "), space.type.small)
            top = space.top + (self.height - lines.lineAt(0).height()) / 2
            self.readable = Readable(shown, lines, QPointF(TEXT_LEFT_PX, top))
        self._names = row.names if isinstance(row, MembershipRow) else []
        self._opens = SHOW_NAMES.target(row) is not None

    @classmethod
    def of(cls, row: MembershipRow | Note, space: Space) -> Self:
        return cls(row, space)

    def paint(self, painter: QPainter, ink: Ink) -> None:
        fonts = ink.type
        if self.readable is not None:
            painter.setPen(QColor(ink.colors.muted))
            self.readable.draw(painter, [], ink.selected, ink.colors)
            return
        text = fonts.small_metrics.elidedText(self.words, Qt.TextElideMode.ElideRight, self._box.width())
        painter.setFont(fonts.small)
        painter.setPen(QColor(ink.colors.muted))
        painter.drawText(self._box, int(Qt.AlignmentFlag.AlignVCenter), text)

    def hit(self, point: QPointF) -> Action | None:
        return SHOW_NAMES if self._opens and self._box.adjusted(0, 0, 0, -1).contains(point) else None

    def tip_at(self, point: QPointF, who: Callable[[Sequence[str]], str]) -> str:
        more = len(self._names) - MOST_IN_TIP
        rest = [f"and {more:,} more: click to see all"] if more > 0 else []
        return "\n".join([*self._names[:MOST_IN_TIP], *rest])

    @staticmethod
    def speak(row: MembershipRow | Note) -> str:
        return row.text

    @staticmethod
    def copy(row: MembershipRow | Note, *, several: bool) -> str:
        return row.text

    @staticmethod
    def cut(row: MembershipRow | Note, piece: Piece) -> str:
        return row.text[slice(*piece)]


def _fitting(row: MembershipRow | Note, metrics: QFontMetricsF, wide: float) -> str:
    """How many others there are is told before their names are."""
    if not isinstance(row, MembershipRow):
        return begin(row.text)
    lines = (begin(row.line(most)) for most in range(MOST_NAMED, 0, -1))
    return next((line for line in lines if metrics.horizontalAdvance(line) <= wide), begin(row.line(1)))
