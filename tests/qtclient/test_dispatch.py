"""The window knows every kind of update, and paints every kind of row."""

from typing import get_args

from loggia.qtclient.state import state
from loggia.qtclient.state.rows import Row
from loggia.qtclient.timeline.parts.table import KINDS
from loggia.shared.client.updates import Update


def test_every_update_is_applied() -> None:
    assert set(state._APPLY) == set(get_args(Update))


def test_every_row_is_painted() -> None:
    assert set(KINDS) == set(get_args(Row))
