# SPDX-License-Identifier: GPL-3.0-only
"""The words of a row, as they can be selected: where each is, and how what is selected looks. GUI thread."""

from collections.abc import Callable
from functools import cached_property

from loggia.qtclient.state.selected import END, Piece
from loggia.qtclient.style.theme import Colors
from loggia.qtclient.timeline.rich import places, positions
from PyQt6.QtCore import QPointF, Qt, QTextBoundaryFinder
from PyQt6.QtGui import QBrush, QColor, QPainter, QTextCharFormat, QTextLayout, QTextLine

Look = QTextLayout.FormatRange
_Mode = QTextLayout.CursorMode
_FLAGS = "\U0001f1e6", "\U0001f1ff"  # the letters of which a flag is two


class Readable:
    """`text` as it is set in `lines`, which stand at `at`, from the row's top left corner. Places count the
    characters of `text`; behind the last one that is in the lines a place is END."""

    def __init__(self, text: str, lines: QTextLayout, at: QPointF) -> None:
        self.text = text
        self.lines = lines
        self.at = at

    @cached_property
    def _to_qt(self) -> Callable[[int], int]:
        return positions(self.text)

    @cached_property
    def _from_qt(self) -> Callable[[int], int]:
        return places(self.text)

    @cached_property
    def _last(self) -> int:
        line = self.lines.lineAt(self.lines.lineCount() - 1)
        return line.textStart() + line.textLength()

    def place(self, point: QPointF) -> int:
        """The place between two characters that is nearest to a point of the row."""
        point = point - self.at
        line = self._line(point.y())
        if line is None:
            return 0
        if line.lineNumber() == self.lines.lineCount() - 1 and point.y() >= line.y() + line.height():
            return END
        return self._place(self._between(line.xToCursor(point.x())))

    @property
    def is_rtl(self) -> bool:
        """It is written from the right: what follows is at the left."""
        return self.lines.textOption().textDirection() == Qt.LayoutDirection.RightToLeft

    def point(self, place: int) -> QPointF:
        """Where that place is, from the row's top left corner: half way down its line."""
        line, at = self._line_of(place)
        return self.at + QPointF(line.cursorToX(at)[0], line.y() + line.height() / 2)

    def edge(self, place: int, by: int) -> int:
        """The end of the line with that place (`by` 1), or its begin (-1); of all where it is there."""
        line, at = self._line_of(place)
        if by < 0:
            return 0 if at == line.textStart() else self._from_qt(line.textStart())
        end = line.textStart() + line.textLength()
        if end < self._last and self.text[self._from_qt(end) - 1].isspace():
            end -= 1  # which parts it from the next one
        return END if at == end else self._place(end)

    def _line_of(self, place: int) -> tuple[QTextLine, int]:
        """And where in Qt's text that is."""
        at = self._last if place == END else min(self._to_qt(place), self._last)
        line = self.lines.lineForTextPosition(at)
        if not line.isValid():  # behind the last one of a text that goes on
            line = self.lines.lineAt(self.lines.lineCount() - 1)
        return line, at

    def is_over(self, point: QPointF) -> bool:
        """Whether words are there."""
        point = point - self.at
        line = self._line(point.y())
        return line is not None and line.naturalTextRect().contains(point)

    def word(self, point: QPointF) -> Piece:
        """The word there, or what is between two."""
        point = point - self.at
        line = self._line(point.y()) or self.lines.lineAt(0)
        at = line.xToCursor(point.x(), QTextLine.CursorPosition.CursorOnCharacter)
        finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Word, self.lines.text())
        finder.setPosition(min(at + 1, self._last))
        start = max(finder.toPreviousBoundary(), 0)
        behind = finder.toNextBoundary()
        return self._from_qt(start), self._place(self._last if behind < 0 else behind)

    def step(self, place: int, by: int, *, word: bool) -> int | None:
        """The place one character or word further (`by` 1) or back (-1); None: it is in another row."""
        at = self._last if place == END else self._to_qt(place)
        mode = _Mode.SkipWords if word else _Mode.SkipCharacters
        there = (
            self.lines.nextCursorPosition(at, mode) if by > 0 else self.lines.previousCursorPosition(at, mode)
        )
        return None if there == at or at >= self._last < there else self._place(there)

    def draw(self, painter: QPainter, looks: list[Look], selected: Piece | None, colors: Colors) -> None:
        """The lines, where some of them look other, and what is selected of them does."""
        chosen = [] if selected is None else [self._look(selected, colors)]
        self.lines.draw(painter, self.at, [*looks, *chosen])

    def _line(self, y: float) -> QTextLine | None:
        """The one that begins last above that height; none above the first."""
        found = None
        for number in range(self.lines.lineCount()):
            line = self.lines.lineAt(number)
            if line.y() > y:
                break
            found = line
        return found

    def _between(self, at: int) -> int:
        """That place of Qt's, or the one before it where it is inside a letter: where a font lacks a script,
        its signs stand apart. Of flags the font is right, as Qt parts them behind another picture."""
        place = self._from_qt(at)
        is_flag = _FLAGS[0] <= self.text[place : place + 1] <= _FLAGS[1]
        whole = is_flag or self.lines.isValidCursorPosition(at)
        return at if whole else self.lines.previousCursorPosition(at)

    def _place(self, at: int) -> int:
        return END if at >= self._last else self._from_qt(at)

    def _look(self, selected: Piece, colors: Colors) -> Look:
        look = QTextCharFormat()
        look.setBackground(QBrush(QColor(colors.accent)))
        look.setForeground(QBrush(QColor(colors.on_accent)))
        found = Look()
        found.start = self._to_qt(min(selected[0], len(self.text)))
        end = self._last if selected[1] == END else self._to_qt(selected[1])
        found.length = max(end - found.start, 0)
        found.format = look
        return found
