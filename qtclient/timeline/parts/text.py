# SPDX-License-Identifier: GPL-3.0-only
"""What a message says."""

from collections.abc import Callable, Sequence
from typing import Self

from loggia.qtclient.state.emoji import few
from loggia.qtclient.state.links import Going, in_letters
from loggia.qtclient.state.markup import NOTHING, READ_CHARS, Marked, marked, visible
from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.state.selected import END, Piece
from loggia.qtclient.timeline.grid import TEXT_LEFT_PX
from loggia.qtclient.timeline.lit import lit
from loggia.qtclient.timeline.long_text import FOLDED_LINES, begin, ending, may_fold
from loggia.qtclient.timeline.parts import code
from loggia.qtclient.timeline.parts.action import Action
from loggia.qtclient.timeline.parts.part import Ink, Part, Space, Spot
from loggia.qtclient.timeline.readable import Readable
from loggia.qtclient.timeline.rich import SetText
from msgspec import structs
from PyQt6.QtCore import QPointF
from PyQt6.QtGui import QColor, QPainter

COPY_TEXT = Action(
    id="copy-text",
    words=lambda row: "Copy the text alone",
    target=lambda row: None if row.became.deleted else row.text,
    section="copy",
)
OPEN_LINK = Action(
    id="open-link",
    words=lambda row: "Open the link",
    target=lambda row: None,  # each link has its own
    section="open",
)
MOST_OFFERED = 5  # links of a message that its menu has, and as many blocks of code
NAMED_CHARS = 60  # of a link in the menu


class MessageText(Part):
    """Marked, in lines; faint while not stored, deleted, or unseen. Of a long one the first lines.

    Attributes: `text`, `lines`: as it is set.
    """

    actions = (COPY_TEXT, OPEN_LINK, code.COPY_CODE)

    def __init__(self, row: MessageRow, space: Space) -> None:
        self._at = QPointF(TEXT_LEFT_PX, space.top)
        most = FOLDED_LINES if may_fold(row.text) else None
        text, goes_on = _begin(row)
        is_kept = row.sign in ("held", "waiting", "unreachable", "failed")
        self._faint = row.became.deleted or is_kept or text is NOTHING
        self.text = SetText(text, space.type, space.column, space.colors, most)
        self.lines, self.height = self.text.lines, self.text.height
        self._words = self.readable = Readable(text.text, self.lines, self._at)
        space.folded = goes_on or self.text.ends_early

    @classmethod
    def of(cls, row: MessageRow, space: Space) -> Self:
        return cls(row, space)

    @classmethod
    def offers(cls, row: MessageRow) -> Sequence[Action]:
        text = _marked(row)
        going = dict.fromkeys(Going(one.target, text.text[one.start : one.end]) for one in text.links)
        codes = dict.fromkeys(text.codes())
        opens = [_opens(link) for link in going][:MOST_OFFERED]
        return [COPY_TEXT, *opens, *map(code.copies, list(codes)[:MOST_OFFERED])]

    def paint(self, painter: QPainter, ink: Ink) -> None:
        code.paint(painter, ink, self.text, self._at)
        painter.setPen(QColor(ink.colors.muted if self._faint else ink.colors.text))
        looks = lit(self.text, ink.lit, ink.colors)
        self._words.draw(painter, looks, ink.selected, ink.colors)

    def hit(self, point: QPointF) -> Action | None:
        for spot in code.spots(self.text, self._at):
            if spot.box.contains(point):
                return spot.action
        link = self.text.link(point - self._at)
        return None if link is None else _opens(Going(link.target, link.shown))

    def spots(self) -> Sequence[Spot]:
        links = (
            Spot(_opens(Going(one.target, one.shown)), one.box.translated(self._at))
            for one in self.text.links
        )
        found = [*links, *code.spots(self.text, self._at)]
        return sorted(found, key=lambda spot: (spot.box.top(), spot.box.left()))

    def tip_at(self, point: QPointF, who: Callable[[Sequence[str]], str]) -> str:
        link = self.text.link(point - self._at)
        return "" if link is None or link.shown == link.target else in_letters(link.target)

    @staticmethod
    def speak(row: MessageRow) -> str:
        text, goes_on = _begin(row)
        return text.text + (ending(row.text) if goes_on else "")

    @staticmethod
    def copy(row: MessageRow, *, several: bool) -> str:
        return row.text

    @staticmethod
    def cut(row: MessageRow, piece: Piece) -> str:
        shown = _marked(row).text
        return shown[piece[0] :] + row.text[READ_CHARS:] if piece[1] == END else shown[slice(*piece)]


def _marked(row: MessageRow) -> Marked:
    """Of a very long one as much as can tell how its begin looks: where code ends, and where a link goes."""
    if row.became.deleted:
        return Marked(row.text)
    shown = marked(row.text[:READ_CHARS])
    if visible(shown) is shown or len(row.text) > READ_CHARS:
        return shown
    # what goes on has a button that tells how much it is
    return shown if len(begin(shown.text)) < len(shown.text) else NOTHING


def _begin(row: MessageRow) -> tuple[Marked, bool]:
    """What of it can be in the first lines, and whether it goes on behind that."""
    whole = _marked(row)
    text = whole.begin(len(begin(whole.text)))
    return text, text is not whole or len(row.text) > READ_CHARS


def _opens(link: Going) -> Action:
    """Opens that one."""
    begin = few(link.target[:NAMED_CHARS])
    target = begin if len(begin) == len(link.target) else f"{begin}..."
    return structs.replace(OPEN_LINK, words=lambda row: f"Open {target}", target=lambda row: link)
