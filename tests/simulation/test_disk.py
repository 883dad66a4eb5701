"""The simulated disk, held against what a real one may do."""

import random

import apsw
import pytest
from loggia.broker.storage import data_dir

from tests.simulation.disk import SECTOR_BYTES, Disk, Killed


class Fate:
    """Chance that always gives the same."""

    def __init__(self, number: float) -> None:
        self.number = number

    def random(self) -> float:
        return self.number


@pytest.fixture
def disk(tmp_path):
    simulated = Disk(tmp_path, random.Random(1))
    yield simulated
    simulated.close()


def open_file(disk, name="file"):
    flags = [apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_READWRITE, 0]
    return disk.xOpen(str(disk.data / name), flags)


def dies(disk, *files, power):
    disk.die()
    for file in files:
        file.xClose()
    disk.bury(power=power)
    disk.revive()


@pytest.mark.parametrize(("power", "left"), [(False, b"kept-new"), (True, b"kept-old")])
def test_without_power_only_what_was_synced_is_left(disk, power, left):
    disk.chance = Fate(0.99)
    file = open_file(disk)
    file.xWrite(b"kept-old", 0)
    file.xSync(0)
    file.xWrite(b"new", 5)
    dies(disk, file, power=power)
    assert (disk.data / "file").read_bytes() == left


def test_what_was_not_synced_may_survive_in_part(disk):
    file = open_file(disk)
    found = set()
    for _ in range(40):
        file.xWrite(b"a" * 2 * SECTOR_BYTES, 0)
        file.xSync(0)
        file.xWrite(b"b" * 2 * SECTOR_BYTES, 0)
        dies(disk, file, power=True)
        content = (disk.data / "file").read_bytes()
        found.add((content[:1], content[SECTOR_BYTES:][:1]))
        assert content == content[:1] * SECTOR_BYTES + content[SECTOR_BYTES:][:1] * SECTOR_BYTES
        file = open_file(disk)
    file.xClose()
    assert found == {(b"a", b"a"), (b"a", b"b"), (b"b", b"a"), (b"b", b"b")}


def test_what_was_cut_off_comes_back_unless_it_was_synced(disk):
    disk.chance = Fate(0.99)
    file = open_file(disk)
    file.xWrite(b"long content", 0)
    file.xSync(0)
    file.xTruncate(4)
    dies(disk, file, power=True)
    assert (disk.data / "file").read_bytes() == b"long content"


def test_a_dead_process_writes_nothing_more(disk):
    file = open_file(disk)
    disk.dies_at = disk.operations + 2
    file.xWrite(b"one", 0)
    with pytest.raises(Killed):
        file.xWrite(b"two", 0)
    file.xWrite(b"six", 0)
    disk.xDelete(str(disk.data / "file"), False)
    file.xClose()
    assert (disk.data / "file").read_bytes() == b"one"


def test_a_full_disk_refuses_and_a_failing_one_fails_once(disk):
    file = open_file(disk)
    disk.full = True
    with pytest.raises(apsw.FullError):
        file.xWrite(b"one", 0)
    disk.full = False
    disk.fails_at = disk.operations + 1
    with pytest.raises(apsw.IOError):
        file.xSync(0)
    file.xSync(0)
    file.xClose()


def test_a_file_beside_the_database_may_be_older_after_a_loss_of_power_only(disk):
    beside = disk.data / "loggia.heads"
    data_dir.write(beside, b"old")
    beside.write_bytes(b"new")
    dies(disk, power=False)
    assert beside.read_bytes() == b"new"
    disk._beside._chance = Fate(0.1)
    disk.die()
    beside.write_bytes(b"written by the dead")
    disk.bury(power=True)
    disk.revive()
    assert beside.read_bytes() == b"old"


def test_a_file_that_was_made_whole_and_durable_stays(disk):
    """A disk that took it back would be none."""
    beside = disk.data / "loggia.heads"
    for content in (b"old", b"new"):
        data_dir.write(beside, content)
        disk._beside._chance = Fate(0.1)
        dies(disk, power=True)
        assert beside.read_bytes() == content


@pytest.mark.parametrize("step", range(1, 4))
def test_a_loss_of_power_leaves_the_old_file_or_the_new_one(disk, step):
    beside = disk.data / "loggia.heads"
    data_dir.write(beside, b"old")
    found = set()
    for _ in range(20):
        disk.dies_at = disk.operations + step  # the sync of the new one, its name, the sync of that
        with pytest.raises(Killed):
            data_dir.write(beside, b"new")
        disk.bury(power=True)
        disk.revive()
        found.add(beside.read_bytes())
        data_dir.write(beside, b"old")
    assert found == ({b"old", b"new"} if step == 3 else {b"old"})


def test_what_a_program_that_is_killed_had_not_synced_is_there_all_the_same(disk):
    beside = disk.data / "loggia.heads"
    data_dir.write(beside, b"old")
    disk.dies_at = disk.operations + 3
    with pytest.raises(Killed):
        data_dir.write(beside, b"new")
    disk.bury(power=False)
    disk.revive()
    assert beside.read_bytes() == b"new"


def test_a_disk_that_fails_says_so_to_who_writes_a_file(disk):
    disk.fails_at = disk.operations + 1
    with pytest.raises(OSError, match="the disk failed"):
        data_dir.write(disk.data / "loggia.heads", b"new")


def test_it_is_the_default_until_it_is_closed(tmp_path):
    before = apsw.vfs_names()[0]
    simulated = Disk(tmp_path, random.Random(1))
    assert apsw.vfs_names()[0] == simulated.name
    simulated.close()
    assert (apsw.vfs_names()[0], simulated.name in apsw.vfs_names()) == (before, False)
