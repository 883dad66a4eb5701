# SPDX-License-Identifier: GPL-3.0-only
"""The button below a message that is not shown to its end."""

from collections.abc import Sequence
from typing import Self

from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.timeline.long_text import may_fold, size
from loggia.qtclient.timeline.parts.action import ENTER, Action
from loggia.qtclient.timeline.parts.buttons import BUTTON_PX, Buttons
from loggia.qtclient.timeline.parts.part import Ink, Part, Space, Spot
from msgspec import structs
from PyQt6.QtCore import QPointF, QRectF
from PyQt6.QtGui import QPainter

_AROUND_PX = 4  # above and below the button

SHOW_ALL = Action(
    id="show-all",
    words=lambda row: f"Show all {size(row.text)}",
    target=lambda row: row if may_fold(row.text) else None,
    keys=ENTER,
)


class Fold(Part):
    """Where the text above ends too early. Attributes: `buttons`: the one."""

    actions = (SHOW_ALL,)

    def __init__(self, row: MessageRow, space: Space) -> None:
        self.buttons = Buttons(self.actions, row, round(space.top + _AROUND_PX), space.type)
        self.height = 2 * _AROUND_PX + BUTTON_PX

    @classmethod
    def of(cls, row: MessageRow, space: Space) -> Self | None:
        return cls(row, space) if space.folded else None

    def paint(self, painter: QPainter, ink: Ink) -> None:
        self.buttons.paint(painter, ink)

    @classmethod
    def offers(cls, row: MessageRow) -> Sequence[Action]:
        """Of one that failed, Enter sends it again."""
        return [structs.replace(SHOW_ALL, keys=())] if row.sign == "failed" else cls.actions

    def spots(self) -> Sequence[Spot]:
        return [Spot(SHOW_ALL, QRectF(place)) for place in self.buttons.places.values()]

    def hit(self, point: QPointF) -> Action | None:
        return self.buttons.hit(point)
