# SPDX-License-Identifier: GPL-3.0-only
"""What a part of a row is: it measures, paints, hits and speaks for itself. GUI thread.

A new part is a file here, and a place in parts/table.py; nothing else knows it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

from loggia.qtclient.state.lit import Marks
from loggia.qtclient.state.selected import Piece
from loggia.qtclient.style.theme import Colors
from loggia.qtclient.timeline.grid import SIDE_PX, SIGN_COLUMN_PX, TEXT_LEFT_PX
from loggia.qtclient.timeline.parts.action import Action
from loggia.qtclient.timeline.readable import Readable
from loggia.qtclient.timeline.typography import Type
from PyQt6.QtCore import QPointF, QRectF
from PyQt6.QtGui import QPainter
from PyQt6.QtWidgets import QStyle

LEAST_COLUMN_PX = 40.0  # of text, however narrow the window

_Flag = QStyle.StateFlag


@dataclass(slots=True)
class Space:
    """What a part is given to measure itself: a row so wide, taken by other parts down to `top`.

    `column`: how wide the text of a message may be. `colors`: of what is set in its colour already.
    `folded`: a part above does not show all of its text.
    """

    width: int
    type: Type
    column: float
    colors: Colors
    top: float = 0.0
    folded: bool = False


@dataclass(slots=True)
class Ink:
    """What a part is painted with. `width`, `height`: of the whole row. `hue`: of an account, in degrees.
    `lit`: of the text as it is shown, what was found by a search. `selected`: what of the row's words is."""

    colors: Colors
    type: Type
    state: QStyle.StateFlag
    width: int
    height: int
    hue: Callable[[str], int]
    lit: Marks = ()
    selected: Piece | None = None

    @property
    def looked_at(self) -> bool:
        """The mouse or the keyboard is on this row."""
        return bool(self.state & (_Flag.State_MouseOver | _Flag.State_HasFocus))


class Spot(NamedTuple):
    """A place in a part that does something of its own. `box`: from the row's top left corner."""

    action: Action
    box: QRectF


def text_column(width: int, type: Type) -> float:
    """How wide the text of a message may be, in a row so wide."""
    return min(type.column, max(LEAST_COLUMN_PX, width - TEXT_LEFT_PX - SIGN_COLUMN_PX - SIDE_PX))


class Part:
    """One part of one row, as `of` measured it for a width; all places count from the row's top left corner.

    Attributes: `height`: what it takes below the parts above it. `reach`: down to where it paints, if that is
    further. `actions`: what can be done by it. `leads`: what is copied of it stands in the line of what
    follows. `readable`: its words, where they can be selected in pieces.
    """

    actions: ClassVar[tuple[Action, ...]] = ()
    leads: ClassVar[bool] = False
    readable: Readable | None = None
    height: float = 0.0
    reach: float = 0.0

    @classmethod
    def offers(cls, row: Any) -> Sequence[Action]:
        """What can be done with that row by it."""
        return cls.actions

    @classmethod
    def of(cls, row: Any, space: Space) -> Self | None:
        """This part of that row; None if the row has none."""
        raise NotImplementedError

    def paint(self, painter: QPainter, ink: Ink) -> None:
        """Paint it; the painter stands at the row's top left corner."""
        raise NotImplementedError

    def hit(self, point: QPointF) -> Action | None:
        """What a click there does."""
        return None

    def spots(self) -> Sequence[Spot]:
        """What in it can be pressed one by one, in the order in which the keyboard goes through it."""
        return ()

    def tip_at(self, point: QPointF, who: Callable[[Sequence[str]], str]) -> str:
        """What is told when the mouse rests there; `who`: the names of accounts, in words."""
        return ""

    @staticmethod
    def speak(row: Any) -> str:
        """What a screen reader says of it, also where nothing of it is painted."""
        return ""

    @staticmethod
    def copy(row: Any, *, several: bool) -> str:
        """What of it is copied as text; `several`: other rows are copied with this one."""
        return ""

    @staticmethod
    def cut(row: Any, piece: Piece) -> str:
        """What is copied of it where a piece of its words is selected: as they are shown."""
        return ""
