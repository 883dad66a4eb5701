# SPDX-License-Identifier: GPL-3.0-only
"""The card that tells that the server's log is another one, and leads to what is kept of before."""

from typing import Self

from loggia.qtclient.state.rows import Restored
from loggia.qtclient.state.selected import Piece
from loggia.qtclient.style import icons
from loggia.qtclient.timeline.grid import CARD_PX, CIRCLE_PX, GAP_PX, SIDE_PX, TEXT_LEFT_PX
from loggia.qtclient.timeline.parts.action import ENTER, Action
from loggia.qtclient.timeline.parts.buttons import BUTTON_PX, Buttons
from loggia.qtclient.timeline.parts.part import LEAST_COLUMN_PX, Ink, Part, Space
from loggia.qtclient.timeline.readable import Readable
from loggia.qtclient.timeline.typography import wrapped
from PyQt6.QtCore import QPointF, QRectF
from PyQt6.QtGui import QColor, QPainter

_ABOVE_BUTTON_PX = 8
_SIGN_PX = 20

# by the epoch of the copy; the menu of every row has the copies of the whole room
SHOW_COPY = Action(
    id="show-copy",
    words=lambda row: "Show it",
    target=lambda row: row.key[1] if row.held else None,
    keys=ENTER,
)


class RestoredCard(Part):
    """Attributes: `buttons`: None where nothing is kept."""

    actions = (SHOW_COPY,)

    def __init__(self, row: Restored, space: Space) -> None:
        free = space.width - TEXT_LEFT_PX - SIDE_PX - CARD_PX
        column = min(space.type.column, max(LEAST_COLUMN_PX, free))
        self._at = QPointF(TEXT_LEFT_PX, space.top + GAP_PX + CARD_PX)
        lines, tall = wrapped(row.text, space.type.text, column, space.type.line)
        self._words = self.readable = Readable(row.text, lines, self._at)
        self.buttons: Buttons | None = None
        bottom = self._at.y() + tall
        if row.held:
            self.buttons = Buttons(self.actions, row, round(bottom + _ABOVE_BUTTON_PX), space.type)
            bottom += _ABOVE_BUTTON_PX + BUTTON_PX
        self.height = bottom + CARD_PX + GAP_PX - space.top

    @classmethod
    def of(cls, row: Restored, space: Space) -> Self:
        return cls(row, space)

    def paint(self, painter: QPainter, ink: Ink) -> None:
        left, top = SIDE_PX + (CIRCLE_PX - _SIGN_PX) / 2, self._at.y() + (ink.type.line - _SIGN_PX) / 2
        icons.paint(painter, "alarm", QRectF(left, top, _SIGN_PX, _SIGN_PX), ink.colors.warn)
        painter.setPen(QColor(ink.colors.text))
        self._words.draw(painter, [], ink.selected, ink.colors)
        if self.buttons is not None:
            self.buttons.paint(painter, ink)

    def hit(self, point: QPointF) -> Action | None:
        return None if self.buttons is None else self.buttons.hit(point)

    @staticmethod
    def speak(row: Restored) -> str:
        return row.text

    @staticmethod
    def copy(row: Restored, *, several: bool) -> str:
        return row.text

    @staticmethod
    def cut(row: Restored, piece: Piece) -> str:
        return row.text[slice(*piece)]
