# SPDX-License-Identifier: GPL-3.0-only
"""What a message answers, or of which thread it is, on one line above its text, and the way there."""

from collections.abc import Sequence
from typing import Self

from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.style import icons
from loggia.qtclient.timeline.grid import LINE_PX, TEXT_LEFT_PX
from loggia.qtclient.timeline.parts.action import Action
from loggia.qtclient.timeline.parts.note import GO_TO_TOLD
from loggia.qtclient.timeline.parts.part import Ink, Part, Space, Spot
from loggia.qtclient.timeline.parts.replies import SHOW_IN_ROOM, SHOW_THREAD
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter

_INDENT_PX = 10
_BAR_PX = 2

GO_TO_ANSWERED = Action(
    id="go-to-answered",
    words=lambda row: "Go to what it answers",
    target=lambda row: row.reply_to,
    section="go",
)

LEADS = (GO_TO_ANSWERED.id, SHOW_IN_ROOM.id, GO_TO_TOLD.id)  # to a message of the room on the screen


class Quote(Part):
    """Elided to the width of the text. Where it tells of which thread the message is, it leads there."""

    actions = (GO_TO_ANSWERED,)

    def __init__(self, row: MessageRow, space: Space) -> None:
        self._words = row.quote
        self._tells_thread = _tells_thread(row)
        self._leads = (
            SHOW_THREAD if self._tells_thread else GO_TO_ANSWERED if row.reply_to is not None else None
        )
        self._box = QRectF(TEXT_LEFT_PX, space.top, space.column, space.type.small_line)
        self.height = space.type.small_line + LINE_PX

    @classmethod
    def of(cls, row: MessageRow, space: Space) -> Self | None:
        return cls(row, space) if row.quote else None

    def paint(self, painter: QPainter, ink: Ink) -> None:
        box, fonts = self._box, ink.type
        indent: float = _INDENT_PX
        if self._tells_thread:
            side = fonts.small_metrics.ascent()
            indent = side + 6
            sign = QRectF(box.left(), box.center().y() - side / 2, side, side)
            icons.paint(painter, "thread", sign, ink.colors.muted, 1.4)
        else:
            bar = QRectF(box.left(), box.top() + 1, _BAR_PX, box.height() - 2)
            painter.fillRect(bar, QColor(ink.colors.line))
        painter.setFont(fonts.small)
        painter.setPen(QColor(ink.colors.muted))
        text = fonts.small_metrics.elidedText(self._words, Qt.TextElideMode.ElideRight, box.width() - indent)
        painter.drawText(box.adjusted(indent, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), text)

    def hit(self, point: QPointF) -> Action | None:
        return self._leads if self._box.contains(point) else None

    def spots(self) -> Sequence[Spot]:
        return [Spot(self._leads, self._box)] if self._leads is not None else []

    @staticmethod
    def speak(row: MessageRow) -> str:
        of = "in the thread of" if _tells_thread(row) else "in reply to"
        return f"({of} {row.quote})" if row.quote else ""


def _tells_thread(row: MessageRow) -> bool:
    return row.thread is not None and row.reply_to == row.thread
