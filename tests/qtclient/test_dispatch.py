"""The window knows every kind of update, and paints every kind of row."""

from datetime import UTC
from typing import get_args

from loggia.qtclient.state import state
from loggia.qtclient.state.rows import Me, Row, RowBuilder
from loggia.qtclient.timeline.parts.table import KINDS, spoken
from loggia.shared.client.updates import Update
from loggia.shared.protocol.events import OtherEvent, StoredEvent

from tests.sample import sample


def test_every_update_is_applied() -> None:
    assert set(state._APPLY) == set(get_args(Update))


def test_every_row_is_painted() -> None:
    assert set(KINDS) == set(get_args(Row))


def test_every_event_has_a_row_of_its_own() -> None:
    shown = set()
    events = set(get_args(StoredEvent)) - {OtherEvent}
    for kind in events:
        rows: list[Row] = []
        RowBuilder(Me("ada"), UTC).extend(rows, [sample(kind, nick="ada")])
        shown.add(spoken(rows[-1]))
    assert len(shown) == len(events)
