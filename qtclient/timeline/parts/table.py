# SPDX-License-Identifier: GPL-3.0-only
"""Which parts each kind of row has, from top to bottom, and what lies behind them. GUI thread."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import islice
from typing import NamedTuple

from loggia.qtclient.state.moves import MembershipRow
from loggia.qtclient.state.rows import Beginning, Day, Fresh, MessageRow, Note, Restored, Row
from loggia.qtclient.state.selected import END, Piece
from loggia.qtclient.timeline.grid import LINE_PX
from loggia.qtclient.timeline.parts import ground
from loggia.qtclient.timeline.parts.action import Action
from loggia.qtclient.timeline.parts.acts import StoredActs
from loggia.qtclient.timeline.parts.beginning import Top
from loggia.qtclient.timeline.parts.card import RestoredCard
from loggia.qtclient.timeline.parts.changed import ChangedLine
from loggia.qtclient.timeline.parts.delivery import Delivery
from loggia.qtclient.timeline.parts.fold import Fold
from loggia.qtclient.timeline.parts.held import HeldLine
from loggia.qtclient.timeline.parts.mark import Mark
from loggia.qtclient.timeline.parts.note import MovesLine, NoteLines
from loggia.qtclient.timeline.parts.part import Part
from loggia.qtclient.timeline.parts.quote import Quote
from loggia.qtclient.timeline.parts.reactions import Reactions
from loggia.qtclient.timeline.parts.replies import RepliesLine
from loggia.qtclient.timeline.parts.ruled import DayLine, NewLine
from loggia.qtclient.timeline.parts.sender import SenderLine
from loggia.qtclient.timeline.parts.text import MessageText

_WHOLE = (0, END)


class Kind(NamedTuple):
    """One kind of row. `foot_px`: free below its parts."""

    parts: tuple[type[Part], ...]
    ground: Callable[..., None] = ground.bare  # takes (painter, row, ink, beside)
    foot_px: int = 0


KINDS: dict[type, Kind] = {
    MessageRow: Kind(
        (
            SenderLine,
            Quote,
            MessageText,
            Mark,
            Fold,
            ChangedLine,
            RepliesLine,
            Reactions,
            StoredActs,
            Delivery,
            HeldLine,
        ),
        ground.message,
        foot_px=LINE_PX + 2,
    ),
    Day: Kind((DayLine,), ground.line),
    Fresh: Kind((NewLine,)),
    MembershipRow: Kind((MovesLine,), ground.line),
    Note: Kind((NoteLines,), ground.line),
    Restored: Kind((RestoredCard,), ground.card),
    Beginning: Kind((Top,)),
}


def actions(row: Row) -> Iterator[tuple[Action, object]]:
    """What can be done with the row, each with what it is done to."""
    for part in KINDS[type(row)].parts:
        for action in part.offers(row):
            if (target := action.target(row)) is not None:
                yield action, target


def spoken(row: Row) -> str:
    """The row in words, for screen readers."""
    words = (part.speak(row) for part in KINDS[type(row)].parts)
    return " ".join(word for word in words if word)


def as_text(rows: Iterable[Row], *, several: bool) -> str:
    """Rows as plain text: what they say, and where there are `several`, when and by whom."""
    return "\n".join(filter(None, (row_text(row, _WHOLE, several=several) for row in rows)))


def selected_text(selected: Iterable[tuple[Row, Piece]]) -> str:
    """Likewise of rows as far as they are selected: whole ones as they were written, pieces as they are
    shown."""
    told = list(_told(selected))
    return "\n".join(row_text(row, piece, several=len(told) > 1) for row, piece in told)


def is_text_selected(selected: Iterable[tuple[Row, Piece]]) -> bool:
    """Whether that would be any text: of many rows the first two tell."""
    told = list(islice(_told(selected), 2))
    return len(told) > 1 or any(row_text(row, piece, several=False) for row, piece in told)


def _told(selected: Iterable[tuple[Row, Piece]]) -> Iterator[tuple[Row, Piece]]:
    """Those that can be copied as text."""
    for row, piece in selected:
        if any(part.copy(row, several=False) for part in _copied(KINDS[type(row)].parts)):
            yield row, piece


@cache
def _copied(parts: tuple[type[Part], ...]) -> tuple[type[Part], ...]:
    """Those of which anything is ever copied: few of many, and asked of each of ten thousand rows."""
    return tuple(part for part in parts if part.copy is not Part.copy or part.cut is not Part.cut)


def row_text(row: Row, piece: Piece, *, several: bool) -> str:
    """What is copied of a row where that piece of it is selected; with `several`, of others too."""
    text = ""
    for part in _copied(KINDS[type(row)].parts):
        whole = piece == _WHOLE or part.leads
        if copied := part.copy(row, several=several) if whole else part.cut(row, piece):
            text += copied if part.leads else f"{copied}\n"
    return text.removesuffix("\n")
