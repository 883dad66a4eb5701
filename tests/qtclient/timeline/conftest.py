"""What tests of the messages share. Qt is imported where it is used: this is loaded where there is none."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from loggia.qtclient.state.state import WindowState

if TYPE_CHECKING:
    from loggia.qtclient.window import Window


@pytest.fixture
def window(make_window: Callable[..., "Window"], state: WindowState) -> "Window":
    """On a room in which 99 messages have been said; none of them is here yet."""
    from tests.qtclient.talk import entered

    state.apply(entered(head=99), 0)
    return make_window(state)
