"""What the tests of the turn share."""

import pytest
from loggia.broker.storage import integrity
from loggia.broker.storage.log import Log


@pytest.fixture
def reads(monkeypatch):
    """How often the state was loaded, and how often a room was read from its start."""
    counts = {"load": 0, "whole": 0}

    def counted(owner, name, what):
        method = getattr(owner, name)

        def count(*arguments, **more):
            counts[what] += 1
            return method(*arguments, **more)

        monkeypatch.setattr(owner, name, count)

    counted(Log, "load_rooms", "load")
    counted(integrity, "whole", "whole")
    return counts
