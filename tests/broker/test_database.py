"""The log's file on a disk that fails: what was refused does not come back."""

import contextlib

import pytest

from broker.log import Log
from shared.errors import StorageFull
from tests.broker.test_folder import Worst, disk_dies, head, one_more
from tests.simulation.disk import Disk


@pytest.mark.parametrize("operation", range(1, 12))
def test_what_was_refused_does_not_come_back_when_the_broker_is_killed(tmp_path, operation):
    """A sync that fails leaves the whole batch in the WAL, where the next broker would find it."""
    disk = Disk(tmp_path / "data", Worst())
    try:
        log = Log(tmp_path / "data", "first")
        one_more(log)
        stored = 1
        disk.fails_at = disk.operations + operation
        with contextlib.suppress(StorageFull):
            one_more(log)
            stored = 2
        assert stored == (1 if disk.operations >= disk.fails_at else 2)
        disk.die()
        disk_dies(disk, log, power=False)
        log = Log(tmp_path / "data", "second")
        assert (head(log), log.damage) == (stored, [])
        log.close()
    finally:
        disk.close()
