"""What the tests of the state machine share."""

import pytest

from tests.broker.core.decided import Decided


@pytest.fixture
def decided():
    return Decided()
