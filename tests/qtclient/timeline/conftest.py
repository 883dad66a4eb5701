"""What tests of the messages share. Qt is imported where it is used: this is loaded where there is none."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.qtclient.timeline.looking import Clock


@pytest.fixture
def clock() -> "Clock":
    from tests.qtclient.timeline.looking import Clock

    return Clock()
