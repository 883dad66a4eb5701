# SPDX-License-Identifier: GPL-3.0-only
"""A marked text set in lines: styles, links, blocks of code, quotes, lists. GUI thread.

Qt counts characters in UTF-16, where a picture takes two; Python counts it as one. Places are turned into
Qt's here, and nowhere else.
"""

from bisect import bisect_left
from collections.abc import Callable
from typing import NamedTuple

from loggia.qtclient.state.markup import BOLD, CODE, ITALIC, LINK, Block, Marked, Run
from loggia.qtclient.style.theme import Colors
from loggia.qtclient.timeline.typography import Type, direction
from PyQt6.QtCore import QPointF, QRectF
from PyQt6.QtGui import QBrush, QColor, QFont, QTextCharFormat, QTextLayout, QTextLine

CODE_PX = 8  # around the lines of a block of code
BUTTON_PX = 28  # at its right, where its button is
QUOTE_PX = 12  # left of the lines of a quote
STEP_PX = 16  # for each depth of a list
MOST_DEPTH = 6
LEAST_PX = 20.0  # of a line, however deep it stands


class Placed(NamedTuple):
    """A block, and where it is; from the text's top left corner."""

    block: Block
    box: QRectF


class LinkPlace(NamedTuple):
    """A link, what is read of it, where it begins and ends in the layout, and where its first line is."""

    target: str
    shown: str
    start: int
    end: int
    box: QRectF


class SetText:
    """At most in `most` lines. Attributes: `lines`: as it is set. `height`: how tall that is. `placed`: its
    blocks of code and quotes. `links`. `ends_early`: the text goes on behind the lines."""

    def __init__(
        self, marked: Marked, type: Type, width: float, colors: Colors, most: int | None = None
    ) -> None:
        self.marked = marked
        self._type = type
        self._width = width
        self._at = positions(marked.text)
        font, line_px = (type.large, type.large_line) if marked.large else (type.text, type.line)
        self.lines = QTextLayout(marked.text.replace("\n", "\u2028"), font)
        self.lines.setTextOption(direction(marked.text))
        self.lines.setCacheEnabled(True)
        formats = [self._format(run, colors) for run in marked.runs]
        codes = [one for one in marked.blocks if one.kind == "code"]
        formats += [self._format(Run(one.start, one.end, CODE), None) for one in codes]
        if formats:
            self.lines.setFormats(formats)
        self.placed: list[Placed] = []
        self.height = self._set(line_px, most)
        last = self.lines.lineAt(self.lines.lineCount() - 1)
        end = last.textStart() + last.textLength()
        self.ends_early = end < self._at(len(marked.text))
        self.links = [self._place(*link) for link in marked.links if self._at(link.start) < end]

    def link(self, point: QPointF) -> LinkPlace | None:
        """The link at a point, from the text's top left corner."""
        if not self.links:
            return None
        for number in range(self.lines.lineCount()):
            line = self.lines.lineAt(number)
            if line.naturalTextRect().contains(point):
                at = line.xToCursor(point.x(), QTextLine.CursorPosition.CursorOnCharacter)
                return next((one for one in self.links if one.start <= at < one.end), None)
        return None

    def _set(self, line_px: float, most: int | None) -> float:
        """Place the lines; returns how tall they are together."""
        blocks = iter(self.marked.blocks)
        block = next(blocks, None)
        inside = False
        top = 0.0
        began = 0.0
        self.lines.beginLayout()
        while self.lines.lineCount() != most and (line := self.lines.createLine()).isValid():
            start = line.textStart()
            if block is not None and start > self._at(block.end):
                top = self._ended(block, began, top)
                block, inside = next(blocks, None), False
            first = block is not None and not inside and start >= self._at(block.start)
            if block is not None and first:
                inside, began = True, top
                top += CODE_PX if block.kind == "code" else 0
            left, right = self._sides(block, first=first) if block is not None and inside else (0.0, 0.0)
            line.setLineWidth(max(self._width - left - right, LEAST_PX))
            line.setPosition(QPointF(left, top + max(0.0, (line_px - line.height()) / 2)))
            top += max(line_px, line.height())
        self.lines.endLayout()
        return self._ended(block, began, top) if block is not None and inside else top

    def _sides(self, block: Block, *, first: bool) -> tuple[float, float]:
        """Free pixels left and right of a line of a block."""
        if block.kind == "code":
            return CODE_PX, CODE_PX + BUTTON_PX
        if block.kind == "quote":
            return QUOTE_PX, 0
        left = float(min(block.depth, MOST_DEPTH) * STEP_PX)
        sign = self.marked.text[block.start : block.start + block.lead]
        return left if first else left + self._type.metrics.horizontalAdvance(sign), 0

    def _ended(self, block: Block, began: float, top: float) -> float:
        if block.kind == "item":
            return top
        top += CODE_PX if block.kind == "code" else 0
        self.placed.append(Placed(block, QRectF(0, began, self._width, top - began)))
        return top

    def _place(self, start: int, end: int, target: str) -> LinkPlace:
        first, last = self._at(start), self._at(end)
        line = self.lines.lineForTextPosition(first)
        box = QRectF()
        if line.isValid():
            to = min(last, line.textStart() + line.textLength())
            sides = sorted(line.cursorToX(at)[0] for at in (first, to))
            box = QRectF(sides[0], line.y(), sides[1] - sides[0], line.height())
        return LinkPlace(target, self.marked.text[start:end], first, last, box)

    def _format(self, run: Run, colors: Colors | None) -> QTextLayout.FormatRange:
        look = QTextCharFormat()
        if run.style & BOLD:
            look.setFontWeight(QFont.Weight.Bold)
        if run.style & ITALIC:
            look.setFontItalic(True)
        if run.style & CODE:
            look.setFontFamilies(self._type.fixed.families())
            look.setFontFixedPitch(True)
            look.setFontStyleHint(QFont.StyleHint.Monospace)
            if colors is not None:
                look.setBackground(QBrush(QColor(colors.hover)))
        if run.style & LINK and colors is not None:
            look.setForeground(QBrush(QColor(colors.link)))
            look.setFontUnderline(True)
        found = QTextLayout.FormatRange()
        found.start = self._at(run.start)
        found.length = self._at(run.end) - found.start
        found.format = look
        return found


def positions(text: str) -> Callable[[int], int]:
    """Turns places of Python in the text into places of Qt."""
    if text.isascii() or max(text) <= "\uffff":
        return int
    wide = _wide(text)
    return lambda place: place + bisect_left(wide, place)


def places(text: str) -> Callable[[int], int]:
    """The way back: places of Qt into those of Python."""
    if text.isascii() or max(text) <= "\uffff":
        return int
    wide = [place + before for before, place in enumerate(_wide(text))]
    return lambda place: place - bisect_left(wide, place)


def _wide(text: str) -> list[int]:
    return [place for place, char in enumerate(text) if char > "\uffff"]
