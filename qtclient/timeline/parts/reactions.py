# SPDX-License-Identifier: GPL-3.0-only
"""The signs that were put to a message, below it: a click gives mine, or takes it back."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Self

from loggia.qtclient.state.became import PutSign, Reaction
from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.timeline.grid import LINE_PX, TEXT_LEFT_PX
from loggia.qtclient.timeline.parts.action import Action
from loggia.qtclient.timeline.parts.part import Ink, Part, Space, Spot
from loggia.qtclient.timeline.typography import Type
from loggia.shared.protocol.limits import EMOJI_CHARS
from msgspec import structs
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen

PILL_PX = 28
MOST_PILLS = 40  # a broker allows 20 different ones
EMOJI_PX = 120  # of a sign that is a long word
_INSET_PX = 2  # above and below what is painted of it
_PADDING_PX = 10
_BETWEEN_PX = 6
_BEFORE_COUNT_PX = 6

TOGGLE = Action(
    id="toggle-sign",
    words=lambda row: "Give or take back a sign",
    target=lambda row: None,  # each pill has its own
    right="react",
)


class _Pill(NamedTuple):
    reaction: Reaction
    emoji: str
    how_many: str
    box: QRectF


class Reactions(Part):
    """A pill for each sign: the sign and how many put it there; mine are marked by a thicker edge.

    Attributes: `places`: of the pills by their sign, from the row's top left corner.
    """

    actions = (TOGGLE,)

    def __init__(self, row: MessageRow, space: Space) -> None:
        self._seq = row.seq
        self._pills: list[_Pill] = []
        fonts = space.type
        left, top = float(TEXT_LEFT_PX), space.top + LINE_PX
        for one in row.became.reactions[:MOST_PILLS]:
            emoji = fonts.metrics.elidedText(one.emoji[:EMOJI_CHARS], Qt.TextElideMode.ElideRight, EMOJI_PX)
            count = f"{len(one.accounts):,}"
            wide = max(_wide(emoji, count, fonts), float(PILL_PX))
            if left > TEXT_LEFT_PX and left + wide > TEXT_LEFT_PX + space.column:
                left, top = float(TEXT_LEFT_PX), top + PILL_PX
            self._pills.append(_Pill(one, emoji, count, QRectF(left, top, wide, PILL_PX)))
            left += wide + _BETWEEN_PX
        self.height = top + PILL_PX + LINE_PX - space.top

    @classmethod
    def of(cls, row: MessageRow, space: Space) -> Self | None:
        return cls(row, space) if row.became.reactions else None

    @property
    def places(self) -> dict[str, QRectF]:
        return {pill.reaction.emoji: pill.box for pill in self._pills}

    def paint(self, painter: QPainter, ink: Ink) -> None:
        for pill in self._pills:
            self._paint(painter, ink, pill)

    def _paint(self, painter: QPainter, ink: Ink, pill: _Pill) -> None:
        colors, fonts, mine = ink.colors, ink.type, pill.reaction.mine
        box = pill.box.adjusted(1, _INSET_PX, -1, -_INSET_PX)
        painter.setPen(QPen(QColor(colors.accent if mine else colors.line), 2 if mine else 1))
        painter.setBrush(QColor(colors.own if mine else colors.panel))
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        words = pill.box.adjusted(_PADDING_PX, 0, -_PADDING_PX, 0)
        painter.save()
        painter.setClipRect(box, Qt.ClipOperation.IntersectClip)  # marks on marks would reach out of it
        painter.setFont(fonts.text)
        painter.setPen(QColor(colors.text))
        painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter), pill.emoji)
        painter.setFont(fonts.name if mine else fonts.small)
        painter.setPen(QColor(colors.accent if mine else colors.muted))
        painter.drawText(
            words, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), pill.how_many
        )
        painter.restore()

    def hit(self, point: QPointF) -> Action | None:
        pill = self._at(point)
        return None if pill is None else self._toggles(pill)

    def spots(self) -> Sequence[Spot]:
        return [Spot(self._toggles(pill), pill.box) for pill in self._pills]

    def tip_at(self, point: QPointF, who: Callable[[Sequence[str]], str]) -> str:
        pill = self._at(point)
        return "" if pill is None else f"{pill.reaction.emoji[:EMOJI_CHARS]} {who(pill.reaction.accounts)}"

    def _at(self, point: QPointF) -> _Pill | None:
        return next((pill for pill in self._pills if pill.box.contains(point)), None)

    def _toggles(self, pill: _Pill) -> Action:
        put = PutSign(self._seq or 0, pill.reaction.emoji, on=not pill.reaction.mine)
        words = f"{'Give' if put.on else 'Take back'} {pill.reaction.emoji[:EMOJI_CHARS]}"
        return structs.replace(TOGGLE, words=lambda row: words, target=lambda row: put)

    @staticmethod
    def speak(row: MessageRow) -> str:
        told = [
            f"{one.emoji[:EMOJI_CHARS]} {len(one.accounts)}{' with yours' if one.mine else ''}"
            for one in row.became.reactions[:MOST_PILLS]
        ]
        return f"({', '.join(told)})" if told else ""


def _wide(emoji: str, count: str, fonts: Type) -> float:
    """By the wider of both fonts of a count, so that a pill stays where it is when I press it."""
    counted = max(fonts.name_metrics.horizontalAdvance(count), fonts.small_metrics.horizontalAdvance(count))
    signs = fonts.metrics.horizontalAdvance(emoji)
    return float(round(signs + _BEFORE_COUNT_PX + counted)) + 2 * _PADDING_PX
