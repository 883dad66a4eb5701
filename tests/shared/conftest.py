"""The real broker as a process, for what has real sockets."""

import pathlib
from collections.abc import Iterator

import pytest

from tests.ports import Ports
from tests.shared.client.running import Broker


@pytest.fixture
def broker(tmp_path: pathlib.Path) -> Iterator[Broker]:
    """A running broker on free ports; a test may kill and start it again at the same addresses."""
    running = Broker(tmp_path / "broker")
    try:
        running.start()
        yield running
    finally:
        running.close()


@pytest.fixture
def nowhere() -> Iterator[str]:
    """An endpoint at which nobody answers."""
    with Ports() as ports:
        yield f"tcp://127.0.0.1:{ports.numbers[0]}"
