# SPDX-License-Identifier: GPL-3.0-only
"""Blocks of code and quotes in a text: what is behind them, and the button that copies code."""

from collections.abc import Iterator

from loggia.qtclient.style import icons
from loggia.qtclient.timeline.parts.action import Action
from loggia.qtclient.timeline.parts.part import Ink, Spot
from loggia.qtclient.timeline.rich import BUTTON_PX, SetText
from msgspec import structs
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter

_RADIUS_PX = 6
_BAR_PX = 3
_SIGN_PX = 14

COPY_CODE = Action(
    id="copy-code",
    words=lambda row: "Copy the code",
    target=lambda row: None,  # each block has its own
    section="copy",
)


def copies(code: str) -> Action:
    """Copies that."""
    return structs.replace(COPY_CODE, target=lambda row: code)


def paint(painter: QPainter, ink: Ink, text: SetText, at: QPointF) -> None:
    """What lies behind the lines of `text`, which stands at `at`."""
    for block, box in text.placed:
        place = box.translated(at)
        if block.kind == "quote":
            bar = QRectF(place.left(), place.top() + 1, _BAR_PX, place.height() - 2)
            painter.fillRect(bar, QColor(ink.colors.line))
            continue
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ink.colors.hover))
        painter.drawRoundedRect(place, _RADIUS_PX, _RADIUS_PX)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        button = _button(place)
        sign = QRectF(0, 0, _SIGN_PX, _SIGN_PX)
        sign.moveCenter(button.center())
        icons.paint(painter, "copy", sign, ink.colors.muted)


def spots(text: SetText, at: QPointF) -> Iterator[Spot]:
    """The button of each block of code."""
    for block, box in text.placed:
        if block.kind == "code":
            yield Spot(copies(block.code), _button(box.translated(at)))


def _button(place: QRectF) -> QRectF:
    return QRectF(place.right() - BUTTON_PX - 4, place.top() + 3, BUTTON_PX, BUTTON_PX)
