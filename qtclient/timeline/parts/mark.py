# SPDX-License-Identifier: GPL-3.0-only
"""The sign of a message of mine: a clock while it waits, a tick when it is stored."""

from typing import Self

from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.style import icons
from loggia.qtclient.timeline.grid import SIDE_PX, SIGN_PX
from loggia.qtclient.timeline.parts.part import Ink, Part, Space
from PyQt6.QtCore import QRectF
from PyQt6.QtGui import QPainter

_DRAWN_PX = 14
_SIGNS = {"waiting": "clock", "stored": "tick"}


class Mark(Part):
    """At the right, beside the last line of what stands above it; takes no room below that."""

    def __init__(self, sign: str, space: Space) -> None:
        self._sign = sign
        self._top = space.top - space.type.line + (space.type.line - _DRAWN_PX) / 2

    @classmethod
    def of(cls, row: MessageRow, space: Space) -> Self | None:
        sign = _SIGNS.get(row.sign)
        return cls(sign, space) if sign else None

    def paint(self, painter: QPainter, ink: Ink) -> None:
        color = ink.colors.ok if self._sign == "tick" else ink.colors.muted
        box = QRectF(ink.width - SIDE_PX - SIGN_PX, self._top, _DRAWN_PX, _DRAWN_PX)
        icons.paint(painter, self._sign, box, color)

    @staticmethod
    def speak(row: MessageRow) -> str:
        return "(waiting)" if row.sign == "waiting" else ""
