"""The window knows every kind of update, and paints every kind of row."""

from datetime import UTC
from typing import get_args

from loggia.qtclient.state import state
from loggia.qtclient.state.rows import Me, MessageRow, Row, RowBuilder
from loggia.qtclient.timeline.parts.table import KINDS, spoken
from loggia.shared.client.updates import Update
from loggia.shared.protocol.events import ChangeEvent, MessageEvent, OtherEvent, StoredEvent

from tests.sample import sample


def rows_of(*events: StoredEvent) -> list[Row]:
    rows: list[Row] = []
    RowBuilder(Me("ada"), UTC).extend(rows, events)
    return rows


def test_every_update_is_applied() -> None:
    assert set(state._APPLY) == set(get_args(Update))


def test_every_row_is_painted() -> None:
    assert set(KINDS) == set(get_args(Row))


def test_every_event_has_a_row_of_its_own() -> None:
    shown = set()
    events = set(get_args(StoredEvent)) - {OtherEvent}
    for kind in events - set(get_args(ChangeEvent)):
        shown.add(spoken(rows_of(sample(kind, nick="ada"))[-1]))
    for kind in get_args(ChangeEvent):  # what it changes shows it
        on = {"on": True} if "on" in kind.__struct_fields__ else {}
        said = sample(MessageEvent, nick="ada", seq=1, text="hello")
        (row,) = [
            row
            for row in rows_of(said, sample(kind, nick="ada", seq=2, target=1, **on))
            if isinstance(row, MessageRow)
        ]
        shown.add(spoken(row))
    assert len(shown) == len(events)
