"""What end-to-end tests share: a broker on free ports, its data in the test's own folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.endtoend.processes import Broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path / "broker") as broker:
        yield broker
