"""The real broker as a process, for what has real sockets."""

import pathlib
from collections.abc import Iterator

import pytest

from tests.shared.running import Broker


@pytest.fixture
def broker(tmp_path: pathlib.Path) -> Iterator[Broker]:
    """A running broker on free ports; a test may kill and start it again at the same addresses."""
    running = Broker(tmp_path / "broker")
    running.start()
    yield running
    running.kill()
