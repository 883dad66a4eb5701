# SPDX-License-Identifier: GPL-3.0-only
"""What lies behind the parts of a row: whose it is, what is selected, where the mouse and the focus are."""

from collections.abc import Callable
from typing import NamedTuple

from loggia.qtclient.state.rows import MessageRow, Row
from loggia.qtclient.style.theme import mixed
from loggia.qtclient.timeline.grid import GAP_PX
from loggia.qtclient.timeline.parts.part import Ink
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen
from PyQt6.QtWidgets import QStyle

INSET_PX = 8  # left of the ground of a row; right of it is the scroll bar
RADIUS_PX = 6
_BAR_PX = 4
_BAR_RADIUS_PX = 2
_SELECTED = 0.12  # how much of the accent is in the ground of what is selected
_CHOSEN_PX = 4  # the bar beside that, which is seen on every ground

_Flag = QStyle.StateFlag


Beside = Callable[[int], Row | None]  # the row above (-1) or below (1), if there is one


def bare(painter: QPainter, row: Row, ink: Ink, beside: Beside) -> None:
    """Nothing but the focus."""
    _focus(painter, ink, _whole(ink))


def line(painter: QPainter, row: Row, ink: Ink, beside: Beside) -> None:
    """Of what can be selected and has no ground of its own."""
    _selected(painter, ink, _whole(ink), ink.colors.bg)
    _focus(painter, ink, _whole(ink))


def card(painter: QPainter, row: Row, ink: Ink, beside: Beside) -> None:
    """A card of its own."""
    _fill(painter, _whole(ink).adjusted(0, GAP_PX, 0, -GAP_PX), ink.colors.panel)
    line(painter, row, ink, beside)


def message(painter: QPainter, row: MessageRow, ink: Ink, beside: Beside) -> None:
    """Of a message: mine, one that names me, or one that the mouse is over."""
    colors, rect = ink.colors, _whole(ink)
    if row.first:
        rect.setTop(rect.top() + GAP_PX)
    joins = _ALONE
    if row.mention or row.own:
        joins = _Joins(_continues(beside(-1), row), _continues(row, beside(1)))
        _fill(painter, rect, colors.mention if row.mention else colors.own, joins=joins)
    elif ink.state & _Flag.State_MouseOver:
        _fill(painter, rect, colors.panel)
    if row.mention:
        bar = QRectF(rect.left(), rect.top(), _BAR_PX, rect.height())
        _fill(painter, bar, colors.accent, _BAR_RADIUS_PX, joins)
    ground = colors.mention if row.mention else colors.own if row.own else colors.bg
    _selected(painter, ink, rect, ground, joins)
    _focus(painter, ink, rect)


def _whole(ink: Ink) -> QRectF:
    return QRectF(INSET_PX, 0, ink.width - INSET_PX, ink.height)


def _focus(painter: QPainter, ink: Ink, rect: QRectF) -> None:
    if ink.state & _Flag.State_HasFocus:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(ink.colors.accent), 2))
        painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), RADIUS_PX, RADIUS_PX)


class _Joins(NamedTuple):
    """Where a ground is one with that of the row beside it."""

    above: bool = False
    below: bool = False


_ALONE = _Joins()


def _continues(above: Row | None, below: Row | None) -> bool:
    """Both are messages of one group on the same ground."""
    if not isinstance(above, MessageRow) or not isinstance(below, MessageRow) or below.first:
        return False
    return (above.own, above.mention) == (below.own, below.mention)


def _selected(painter: QPainter, ink: Ink, rect: QRectF, color: str, joins: _Joins = _ALONE) -> None:
    """`color`: of the ground that it is without that."""
    if ink.state & _Flag.State_Selected:
        _fill(painter, rect, mixed(color, ink.colors.accent, _SELECTED), joins=joins)
        beside = QRectF(rect.left() - _CHOSEN_PX - 2, rect.top(), _CHOSEN_PX, rect.height())
        _fill(painter, beside, ink.colors.accent, _BAR_RADIUS_PX, joins)


def _fill(
    painter: QPainter, rect: QRectF, color: str, radius: int = RADIUS_PX, joins: _Joins = _ALONE
) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    if not any(joins):
        painter.drawRoundedRect(rect, radius, radius)
        return
    painter.save()  # cut at the row's edge, the corners lie beyond it: no seam between pixels either
    painter.setClipRect(rect, Qt.ClipOperation.IntersectClip)
    painter.drawRoundedRect(rect.adjusted(0, -radius * joins.above, 0, radius * joins.below), radius, radius)
    painter.restore()
