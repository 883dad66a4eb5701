# SPDX-License-Identifier: GPL-3.0-only
"""How tall a row of the timeline is and where its parts lie. GUI thread; nothing is painted here."""

import unicodedata
from dataclasses import dataclass, field

from loggia.qtclient.state.rows import Beginning, MessageRow, Restored, Row
from loggia.qtclient.style.fonts import scaled
from PyQt6.QtCore import QPointF, QRect, QRectF, Qt
from PyQt6.QtGui import QFont, QFontMetricsF, QTextLayout, QTextOption

SIDE_PX = 16
CIRCLE_PX = 36
TEXT_LEFT_PX = SIDE_PX + CIRCLE_PX + 12
SIGN_PX = 16
SIGN_COLUMN_PX = SIGN_PX + 8
GAP_PX = 6  # half of the 12 px between two senders; the other half belongs to the ground of own rows
LINE_PX = 2  # between two messages of one sender
BUTTON_PX = 28
LINE_HEIGHT = 1.4
TEXT_CHARS = 80  # longer lines are hard to read
CACHE_ROWS = 4000

CARD_PX = 12  # around the words of a card

BUTTONS = ("Retry", "Delete")
SHOW = ("Show it",)


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
        self.metrics = QFontMetricsF(self.text)
        self.small_metrics = QFontMetricsF(self.small)
        self.name_metrics = QFontMetricsF(self.name)
        size = font.pixelSize() if font.pixelSize() > 0 else self.metrics.height() / 1.18
        self.line = float(round(max(size * LINE_HEIGHT, self.metrics.height())))
        self.small_line = float(round(self.line * 0.88))
        self.column = TEXT_CHARS * self.metrics.averageCharWidth()


@dataclass
class RowLayout:
    """Where the parts of one row lie, from its top left corner; made for this `row` and `width`."""

    row: Row
    width: int
    height: int = 0
    text: QTextLayout | None = None
    text_at: QPointF = field(default_factory=QPointF)
    sign_top: float = 0.0  # of the last line of the text
    quote: QRectF | None = None
    below: QRectF | None = None  # the words about a message that waits or failed
    below_text: QTextLayout | None = None
    buttons: tuple[QRect, ...] = ()


class Layouts:
    """Makes shapes and keeps the last few thousand: Qt asks for every row's size on each insert."""

    def __init__(self, font: QFont) -> None:
        self.type = Type(font)
        self._kept: dict[object, RowLayout] = {}

    def of(self, row: Row, width: int) -> RowLayout:
        found = self._kept.get(row.key)
        if found is not None and found.width == width and (found.row is row or found.row == row):
            return found
        if len(self._kept) >= CACHE_ROWS:
            self._kept.clear()
        made = self._kept[row.key] = self._made(row, width)
        return made

    def _made(self, row: Row, width: int) -> RowLayout:
        if isinstance(row, MessageRow):
            return self._said(row, width)
        if isinstance(row, Restored):
            return self._restored(row, width)
        shape = RowLayout(row, width)
        if isinstance(row, Beginning):
            title = QFontMetricsF(self.type.title).height()
            shape.height = round(24 + title + 4 + self.type.line + 12)
        else:
            shape.height = round(self.type.small_line + 20)
        return shape

    def _said(self, row: MessageRow, width: int) -> RowLayout:
        shape = RowLayout(row, width)
        room = max(40.0, width - TEXT_LEFT_PX - SIGN_COLUMN_PX - SIDE_PX)
        column = min(self.type.column, room)
        top = 0.0
        if row.first:
            top += 2 * GAP_PX + self.type.line
        if row.quote:
            shape.quote = QRectF(TEXT_LEFT_PX, top, column, self.type.small_line)
            top += self.type.small_line + LINE_PX
        shape.text, tall = wrapped(row.text, self.type.text, column, self.type.line)
        shape.text_at = QPointF(TEXT_LEFT_PX, top)
        top += tall
        shape.sign_top = top - self.type.line
        words = _below(row)
        if words:
            left = TEXT_LEFT_PX + SIGN_PX + 6
            shape.below_text, tall = wrapped(
                words, self.type.small, column - SIGN_PX - 6, self.type.small_line
            )
            shape.below = QRectF(left, top + LINE_PX, column - SIGN_PX - 6, tall)
            top += LINE_PX + tall
        if row.sign == "failed":
            shape.buttons = self._buttons(BUTTONS, round(top + 4))
            top += 4 + BUTTON_PX + 4
        circle = 2 * GAP_PX + CIRCLE_PX if row.first else 0
        shape.height = round(max(top, circle) + LINE_PX + 2)
        return shape

    def _restored(self, row: Restored, width: int) -> RowLayout:
        shape = RowLayout(row, width)
        column = min(self.type.column, max(40.0, width - TEXT_LEFT_PX - SIDE_PX - CARD_PX))
        top = GAP_PX + CARD_PX
        shape.text, tall = wrapped(row.text, self.type.text, column, self.type.line)
        shape.text_at = QPointF(TEXT_LEFT_PX, top)
        bottom = top + tall
        if row.held:
            shape.buttons = self._buttons(SHOW, round(bottom + 8))
            bottom += 8 + BUTTON_PX
        shape.height = round(bottom + CARD_PX + GAP_PX)
        return shape

    def _buttons(self, words: tuple[str, ...], top: int) -> tuple[QRect, ...]:
        metrics = QFontMetricsF(self.type.button)
        left, made = TEXT_LEFT_PX, []
        for word in words:
            wide = round(metrics.horizontalAdvance(word)) + 28
            made.append(QRect(left, top, wide, BUTTON_PX))
            left += wide + 8
        return tuple(made)


def wrapped(text: str, font: QFont, width: float, line_px: float) -> tuple[QTextLayout, float]:
    """The text in lines of one height, at most `width` wide, and how tall it is; plain, whatever it holds."""
    layout = QTextLayout(text.replace("\n", "\u2028"), font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    rtl = _begins_rtl(text)
    option.setTextDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
    option.setAlignment(Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft)
    layout.setTextOption(option)
    layout.setCacheEnabled(True)
    layout.beginLayout()
    top = 0.0
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        line.setPosition(QPointF(0, top + max(0.0, (line_px - line.height()) / 2)))
        top += max(line_px, line.height())
    layout.endLayout()
    return layout, top


def _begins_rtl(text: str) -> bool:
    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind in ("R", "AL"):
            return True
        if kind == "L":
            return False
    return False


def _below(row: MessageRow) -> str:
    if row.sign == "unreachable":
        return f"{row.reason} It waits here and is sent by itself."
    return f"Not sent: {row.reason}" if row.sign == "failed" else ""
