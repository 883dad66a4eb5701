"""`python -m broker backup` and `restore`: the same log at another place or time, and never half of it."""

import io
import os
import signal
import subprocess
import sys

import pytest
from loggia.broker.admin import restore as restoring
from loggia.broker.admin import verify
from loggia.broker.admin.backup import backup
from loggia.broker.admin.restore import restore
from loggia.broker.storage import damage, data_dir
from loggia.shared.protocol.errors import StorageBroken, StorageDamaged, StorageFull

from tests.broker.admin.conftest import everything, lives
from tests.broker.disks import a_disk, flip, killed, place_of
from tests.broker.house import House
from tests.patience import PATIENCE_S


def test_a_backup_of_a_running_broker_restores_to_the_same_log(house, tmp_path, progress):
    file = tmp_path / "backup.db"
    report = backup(house.folder, file, progress)
    held = everything(house)
    house.say("ada", "z1", "after the backup")
    restored, aside = restore(tmp_path / "other", file, progress)
    assert restored.ends == report.ends
    assert aside is None
    other = House(tmp_path / "other")
    try:
        assert everything(other) == held
        assert other.log.epoch not in ("epoch-1", "")
        other.join("ada", token="token-1")  # people and their ids are in it, too
        assert other.say("ada", "a003", room="lobby").duplicate
    finally:
        other.close()


def test_the_copy_is_the_log_at_one_moment_whatever_is_stored_meanwhile(
    house, tmp_path, progress, monkeypatch
):
    monkeypatch.setattr("loggia.broker.admin.backup.STEP_PAGES", 5)
    held = everything(house)
    numbers = iter(range(1000))

    class Meanwhile(type(progress)):
        def advance(self, count):
            house.say("ada", f"z{next(numbers):04d}", "x" * 5000)
            super().advance(count)

    backup(house.folder, tmp_path / "backup.db", Meanwhile(io.StringIO(), lambda: 0.0))
    assert next(numbers) > 20
    restore(tmp_path / "other", tmp_path / "backup.db", progress)
    other = House(tmp_path / "other")
    try:
        assert everything(other) == held
    finally:
        other.close()


def test_what_was_there_is_kept_aside_and_a_new_life_begins(house, tmp_path, progress):
    backup(house.folder, tmp_path / "backup.db", progress)
    old = everything(house)
    house.say("ada", "z1", "lost by the restore")
    lost = everything(house)
    house.close()
    _, aside = restore(house.folder, tmp_path / "backup.db", progress)
    house._open()
    assert everything(house) == old
    assert house.log.epoch != "epoch-1"
    kept = House(aside)
    try:
        assert kept.log.epoch == "epoch-1"
        assert everything(kept) == lost
    finally:
        kept.close()
    assert not [name for name in os.listdir(house.folder) if "restored" in name]


def test_a_damaged_log_is_not_backed_up_but_can_be_restored(house, tmp_path, progress, expect_log):
    backup(house.folder, tmp_path / "backup.db", progress)
    house.close()
    file = house.folder / "loggia.db"
    flip(file, place_of(file, "b0690"))
    with pytest.raises(StorageDamaged, match="is not what was written"):
        backup(house.folder, tmp_path / "second.db", progress)
    assert os.listdir(tmp_path).count("second.db") == 0
    assert not [name for name in os.listdir(tmp_path) if "second" in name]
    assert verify.run(house.folder, None, progress) == 1
    expect_log("The log is damaged: room lab")
    house._open()
    house.close()
    with pytest.raises(StorageBroken, match="what is sound can be exported"):
        backup(house.folder, tmp_path / "second.db", progress)
    restore(house.folder, tmp_path / "backup.db", progress)
    assert verify.verify(house.folder, progress).damage == []
    house._open()
    assert house.log.damage == []
    house.join("kim", "kim")
    house.say("kim", "1")


def test_a_damaged_backup_is_refused_and_nothing_changes(house, tmp_path, progress):
    file = tmp_path / "backup.db"
    backup(house.folder, file, progress)
    flip(file, place_of(file, "b0500"))
    house.close()
    before = {entry.name: entry.read_bytes() for entry in house.folder.iterdir() if entry.is_file()}
    with pytest.raises(StorageBroken, match=r"backup\.db is damaged \(room lab"):
        restore(house.folder, file, progress)
    assert {entry.name: entry.read_bytes() for entry in house.folder.iterdir()} == before
    house._open()
    assert house.log.epoch == "epoch-1"


@pytest.mark.parametrize("content", [b"", b"Dear diary, " * 1000])
def test_a_file_that_is_no_backup_is_refused(house, tmp_path, progress, content):
    (tmp_path / "backup.db").write_bytes(content)
    with pytest.raises((StorageBroken, StorageDamaged)):
        restore(house.folder, tmp_path / "backup.db", progress)
    with pytest.raises(StorageBroken, match="there is no backup at"):
        restore(house.folder, tmp_path / "nowhere.db", progress)


def test_a_backup_is_not_written_over(house, tmp_path, progress):
    (tmp_path / "backup.db").write_text("mine")
    with pytest.raises(StorageBroken, match="is there already"):
        backup(house.folder, tmp_path / "backup.db", progress)
    assert (tmp_path / "backup.db").read_text() == "mine"


def test_a_restore_that_was_interrupted_is_noticed_and_can_be_done_again(
    house, tmp_path, progress, monkeypatch, expect_log
):
    backup(house.folder, tmp_path / "backup.db", progress)
    held = everything(house)
    house.close()

    def dies(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(restoring, "HeadsFile", dies)
        with pytest.raises(KeyboardInterrupt):
            restore(house.folder, tmp_path / "backup.db", progress)
    expect_log("The log is damaged: a restore was interrupted; run it again")
    house._open()
    assert house.log.frozen
    house.close()
    restore(house.folder, tmp_path / "backup.db", progress)
    assert damage.known(house.folder / "loggia.damage") == []
    house._open()
    assert everything(house) == held


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_nobody_else_on_this_computer_may_read_a_backup(house, tmp_path, progress):
    backup(house.folder, tmp_path / "backup.db", progress)
    assert (tmp_path / "backup.db").stat().st_mode & 0o777 == 0o600
    restore(tmp_path / "other", tmp_path / "backup.db", progress)
    assert (tmp_path / "other" / "loggia.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.name != "posix", reason="modes of folders")
def test_a_backup_is_restored_from_where_nothing_can_be_written(house, tmp_path, progress):
    backup(house.folder, tmp_path / "cd" / "backup.db", progress)
    held = everything(house)
    os.chmod(tmp_path / "cd", 0o500)
    try:
        restore(tmp_path / "other", tmp_path / "cd" / "backup.db", progress)
    finally:
        os.chmod(tmp_path / "cd", 0o700)
    assert os.listdir(tmp_path / "cd") == ["backup.db"]
    other = House(tmp_path / "other")
    try:
        assert everything(other) == held
    finally:
        other.close()


def test_the_files_of_a_killed_broker_can_be_restored_too(house, tmp_path, progress):
    folder = killed(house, tmp_path)
    held = everything(house)
    restore(tmp_path / "other", folder / "loggia.db", progress)
    other = House(tmp_path / "other")
    try:
        assert everything(other) == held
    finally:
        other.close()


def test_a_log_that_lost_its_end_is_not_called_backed_up(house, tmp_path, progress):
    """Before anything else has noticed it: after a crash a backup may come first."""
    left = killed(house, tmp_path)
    flip(left / data_dir.WAL, place_of(left / data_dir.WAL, "b0500"))
    with pytest.raises(StorageBroken, match=r"room lab from \d+ \(its events up to 705 are missing\)"):
        backup(left, tmp_path / "backup.db", progress)
    assert not [name for name in os.listdir(tmp_path) if "backup" in name]


def test_a_disk_without_room_for_the_copy_is_no_fault_of_the_log(tmp_path, progress, monkeypatch):
    with a_disk() as disk:
        house = House(tmp_path / "data")
        lives(house)
        disk.full = True
        with pytest.raises(StorageFull, match="there is no room left for a copy at"):
            backup(house.folder, tmp_path / "cd" / "backup.db", progress)
        disk.full = False
        house.close()
    assert not (tmp_path / "cd").exists()


def test_what_has_a_name_like_the_backup_s_stays(house, tmp_path, progress):
    (tmp_path / "backup.db.new").write_text("mine")
    backup(house.folder, tmp_path / "backup.db", progress)
    assert (tmp_path / "backup.db.new").read_text() == "mine"


# The process dies with a change in the WAL of the copy that it made beside the log.
DYING = """
import io, os, pathlib, sys
from loggia.broker.storage.database import Database
from loggia.broker.admin.progress import Progress
from loggia.broker.admin import restore

class Dying(Database):
    def begin_life(self, epoch):
        super().begin_life(epoch)
        os.kill(os.getpid(), 9)

restore.Database = Dying
restore.restore(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), Progress(io.StringIO(), lambda: 0.0))
"""


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
def test_what_a_killed_restore_left_is_no_part_of_the_next_one(house, tmp_path, progress):
    backup(house.folder, tmp_path / "large.db", progress)
    small = House(tmp_path / "small")
    small.join("kim", "kim")
    held = everything(small)
    small.close()
    backup(tmp_path / "small", tmp_path / "small.db", progress)
    data = tmp_path / "data-2"
    killed_one = subprocess.run(
        [sys.executable, "-c", DYING, str(data), str(tmp_path / "large.db")], timeout=PATIENCE_S, check=False
    )
    assert killed_one.returncode == -signal.SIGKILL
    assert [name for name in os.listdir(data) if name.endswith("-wal")]
    restore(data, tmp_path / "small.db", progress)
    other = House(data)
    try:
        assert everything(other) == held
    finally:
        other.close()


@pytest.mark.parametrize("name", ["loggia.damage", "control", "mine.db"])
def test_a_backup_does_not_go_where_a_broker_works(house, progress, name):
    with pytest.raises(StorageBroken, match="would lie in the data folder of a broker"):
        backup(house.folder, house.folder / name, progress)
    with pytest.raises(StorageBroken, match="would lie in the data folder of a broker"):
        backup(house.folder, house.folder / "aside" / ".." / name, progress)


def test_what_a_killed_restore_left_is_taken_away(house, tmp_path, progress):
    backup(house.folder, tmp_path / "backup.db", progress)
    house.close()
    (house.folder / "loggia.db.restored-0123").write_bytes(b"half of it")
    restore(house.folder, tmp_path / "backup.db", progress)
    assert not list(house.folder.glob("*restored*"))
    house._open()
