"""The log's file on a disk that fails: what was refused does not come back."""

import contextlib

import pytest
from loggia.broker.storage.log import Log
from loggia.shared.protocol.errors import StorageFull

from tests.broker.storage.test_data_dir import Worst, disk_dies, head, one_more
from tests.simulation.disk import Disk


class AllButTheLast:
    """Chance, when a power loss takes back only the last of so many unsynced changes."""

    def __init__(self, changes: int) -> None:
        self.left = changes

    def random(self) -> float:
        self.left -= 1
        return 0.1 if self.left > 0 else 0.99


@pytest.mark.parametrize("power", [False, True])
@pytest.mark.parametrize("operation", range(1, 12))
def test_what_was_refused_does_not_come_back_after_a_crash(tmp_path, operation, power):
    """A sync that fails leaves the whole batch in the WAL, where the next broker would find it.

    What wipes it out there may itself be taken back when the power fails.
    """
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
        disk.chance = AllButTheLast(sum(len(content.loose) for content in disk._known.values()))
        disk_dies(disk, log, power=power)
        log = Log(tmp_path / "data", "second")
        assert (head(log), log.damage) == (stored, [])
        log.close()
    finally:
        disk.close()
