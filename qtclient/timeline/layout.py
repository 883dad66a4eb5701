# SPDX-License-Identifier: GPL-3.0-only
"""How tall a row of the timeline is, and its parts as measured. GUI thread; nothing is painted here."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from loggia.qtclient.state.rows import MessageRow, Row
from loggia.qtclient.style.theme import LIGHT, Colors
from loggia.qtclient.timeline.long_text import about_lines, may_fold
from loggia.qtclient.timeline.parts.action import Action
from loggia.qtclient.timeline.parts.part import Part, Space, Spot, text_column
from loggia.qtclient.timeline.parts.table import KINDS, Kind
from loggia.qtclient.timeline.readable import Readable
from loggia.qtclient.timeline.typography import Type
from PyQt6.QtCore import QPointF
from PyQt6.QtGui import QFont

CACHE_ROWS = 4000  # whose heights are kept: Qt asks for every row's on each insert
LONG_AT_ONCE = 10  # such rows; where more are not measured yet, their heights may be guessed
LONG_IS = 10  # times a short row: the longest ones take 2 to 9 ms to be measured
CACHE_PX = 60_000  # of rows whose parts are kept, some KB each: sixty screens, of which one is painted


@dataclass(slots=True)
class RowLayout:
    """The parts of one row, from top to bottom; made for this `row` and `width`."""

    row: Row
    width: int
    kind: Kind
    parts: list[Part]
    height: int

    @property
    def readable(self) -> Readable | None:
        """Its words, where they can be selected in pieces."""
        return next((part.readable for part in self.parts if part.readable is not None), None)

    def hit(self, point: QPointF) -> Action | None:
        """What a click there does; the point counts from the row's top left corner."""
        return next((action for part in self.parts if (action := part.hit(point)) is not None), None)

    def tip_at(self, point: QPointF, who: Callable[[Sequence[str]], str]) -> str:
        """What is told when the mouse rests there; `who`: the names of accounts, in words."""
        return next((tip for part in self.parts if (tip := part.tip_at(point, who))), "")

    def spots(self) -> list[Spot]:
        """What can be pressed one by one, from top to bottom."""
        return [spot for part in self.parts for spot in part.spots()]


class Layouts:
    """Makes layouts and keeps the last ones, and the heights of the last few thousand.

    Attribute `guesses`: heights of long rows that are not known are guessed, until they are measured.
    """

    def __init__(self, font: QFont, colors: Colors = LIGHT) -> None:
        self.type = Type(font)
        self.guesses = False
        self._guesses: dict[tuple[object, int], int] = {}
        self._colors = colors
        self._kept: dict[object, RowLayout] = {}
        self._kept_px = 0
        self._heights: OrderedDict[object, tuple[Row, int, int]] = OrderedDict()  # last: asked for last

    def height(self, row: Row, width: int) -> int:
        """How tall a row so wide is, or may be."""
        known = self._known(row, width)
        if known is not None:
            return known
        return self._guess(row, width) if self.guesses and _is_long(row) else self.of(row, width).height

    def _guess(self, row: MessageRow, width: int) -> int:
        at = row.key, width
        if at not in self._guesses:
            self._guesses[at] = self._by_letters(row, width)
        return self._guesses[at]

    def guess_no_more(self) -> None:
        """All heights are to be measured."""
        self.guesses = False
        self._guesses.clear()

    def _by_letters(self, row: MessageRow, width: int) -> int:
        """With what is around them where it was measured in another width."""
        line, was = self.type.line, self._heights.get(row.key)
        around = line if was is None else was[2] - self._lines(row, was[1]) * line
        return round(max(around, line) + self._lines(row, width) * line)

    def _lines(self, row: MessageRow, width: int) -> int:
        return about_lines(
            row.text, int(text_column(width, self.type) / self.type.metrics.averageCharWidth())
        )

    def unknown(self, rows: Iterable[Row], width: int) -> list[MessageRow]:
        """Those that are long, and not measured so wide."""
        return [row for row in rows if self._known(row, width) is None and _is_long(row)]

    def _known(self, row: Row, width: int) -> int | None:
        found = self._heights.get(row.key)
        if found is None or found[1] != width or (found[0] is not row and found[0] != row):
            return None
        self._heights.move_to_end(row.key)
        return found[2]

    def of(self, row: Row, width: int) -> RowLayout:
        found = self._kept.get(row.key)
        if found is not None and found.width == width and (found.row is row or found.row == row):
            return found
        made = self._made(row, width)
        self._heights[row.key] = row, width, made.height
        self._heights.move_to_end(row.key)
        if len(self._heights) > CACHE_ROWS:
            self._heights.popitem(last=False)
        if found is not None:
            self._kept_px -= self._kept.pop(row.key).height
        self._kept[row.key] = made
        self._kept_px += made.height
        while self._kept_px > CACHE_PX and len(self._kept) > 1:
            self._kept_px -= self._kept.pop(next(iter(self._kept))).height
        return made

    def measure(self, rows: Iterable[Row], width: int, most: int) -> bool:
        """Measure those of the rows whose heights are not kept, at most so many, where one that may be folded
        counts as ten. True: all are."""
        for row in rows:
            if self._known(row, width) is None:
                if most <= 0:
                    return False
                most -= LONG_IS if _is_long(row) else 1
                self.of(row, width)
        return True

    def _made(self, row: Row, width: int) -> RowLayout:
        kind = KINDS[type(row)]
        space = Space(width, self.type, text_column(width, self.type), self._colors)
        parts = []
        reach = 0.0
        for one in kind.parts:
            part = one.of(row, space)
            if part is not None:
                parts.append(part)
                space.top += part.height
                if part.reach > reach:
                    reach = part.reach
        return RowLayout(row, width, kind, parts, round(max(space.top, reach) + kind.foot_px))


def _is_long(row: Row) -> TypeGuard[MessageRow]:
    return isinstance(row, MessageRow) and may_fold(row.text)
