"""The parts of a row, as the timeline measured them."""

from typing import TypeVar

from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.timeline.parts.part import Part
from loggia.qtclient.timeline.view import Timeline
from PyQt6.QtCore import QModelIndex

Kind = TypeVar("Kind", bound=Part)


def part(timeline: Timeline, index: QModelIndex, kind: type[Kind]) -> Kind:
    """The only part of that kind in the row at `index`."""
    layout = timeline._drawn.layouts.of(index.data(ROW), timeline.visualRect(index).width())
    (found,) = [one for one in layout.parts if isinstance(one, kind)]
    return found
