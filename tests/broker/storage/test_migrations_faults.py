"""An upgrade of the log that is killed, or finds no room or damage: the log is the old one or the new one."""

import contextlib
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import apsw
import pytest
from loggia.broker.admin.restore import restore
from loggia.broker.storage.log import Log
from loggia.shared.process import files
from loggia.shared.process.migrations import Migrations
from loggia.shared.protocol.errors import StorageBroken, StorageFull

from tests.broker.disks import a_disk
from tests.broker.house import House
from tests.broker.storage.older import (
    KEPT,
    NEW,
    NEXT,
    NOW,
    OLD,
    Again,
    all_of,
    known,
    planted_step,
    silent,
    use,
    version,
)
from tests.broker.storage.test_older_file import Deaths
from tests.stored import content

NEW_NAME = f"{KEPT}.00000000.new"


@pytest.fixture(autouse=True)
def foreseen(monkeypatch):
    """The name under which it is written first."""
    monkeypatch.setattr(files, "_chance", lambda: "00000000")


@pytest.mark.parametrize("ended", ["data", "killed"])
def test_an_upgrade_that_dies_at_any_step_starts_again(tmp_path, lived, monkeypatch, caplog, ended):
    """Killed, or without power: the log is the old one or the new one, and has the same life.

    Also while the old file is being kept; it is there before anything changes.
    """
    caplog.set_level("CRITICAL", "loggia")
    data = tmp_path / ended
    shutil.copytree(data, tmp_path / "as it was")
    ends, events, epoch = known(tmp_path / "as it was")
    use(monkeypatch, NEW)

    def upgrade(folder):
        Log(folder, "another life").close()
        return {}

    deaths = Deaths(data, upgrade)
    found = set()
    steps = set(range(0, len(deaths.history) + 1, 3)) | set(
        range(len(deaths.history) - 12, len(deaths.history))
    )
    for left, _ in deaths.left(tmp_path / "left", random.Random(1), steps):
        number, names = version(left / "loggia.db"), content(left)
        found.add((number, NEW_NAME in names, KEPT in names))
        assert number == NOW or version(left / KEPT) == NOW
        log = Log(left, "another life")
        assert (log.epoch, log.damage) == (epoch, [])
        assert {log._chains[n].digest for n, _ in log._tables.rooms()} == set(ends.values())
        assert sum(chain.seq for chain in log._chains.values()) == sum(map(len, events.values()))
        log.close()
        assert NEW_NAME not in content(left)
        assert version(left / KEPT) == NOW
    assert {(NOW, False, False), (NOW, True, False), (NOW, False, True), (NEXT, False, True)} <= found


KILLED_IN_THE_MIDDLE = """
import os, signal, sys
from pathlib import Path
from loggia.broker.storage import migrations
from loggia.broker.storage.log import Log
from loggia.broker.storage.page_checksums import Pages
from loggia.shared.process.migrations import Migrations, number_of

def step(db):
    db.execute("CREATE TABLE planted(number)")
    db.execute("UPDATE chunks SET lines = lines || zeroblob(100000)")
    db.cache_flush()
    os.kill(os.getpid(), signal.SIGKILL)

migrations.LOG = Migrations(migrations.LOG.newest + 1, {migrations.LOG.newest: step})
Log(Path(sys.argv[1]), "new")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
@pytest.mark.parametrize("ended", ["data", "killed"])
def test_an_upgrade_that_is_killed_starts_again(tmp_path, lived, monkeypatch, ended):
    data = tmp_path / ended
    shutil.copytree(data, tmp_path / "as it was")
    before = known(tmp_path / "as it was")
    for _ in range(2):
        died = subprocess.run(
            [sys.executable, "-c", KILLED_IN_THE_MIDDLE, str(data)], timeout=60, check=False
        )
        assert died.returncode == -signal.SIGKILL
        assert version(data / "loggia.db") == NOW
        assert (data / "loggia.db-wal").stat().st_size > 100_000, "in the middle of it"
    use(monkeypatch, NEW)
    with contextlib.closing(Again(data)) as house:
        assert all_of(house) == before


def test_where_there_is_no_room_the_old_file_is_not_kept_and_that_is_said(
    tmp_path, lived, monkeypatch, expect_log
):
    usage = shutil.disk_usage(tmp_path)
    expect_log(
        rf"from format {NOW} to {NEXT}; the old file \([\d,]+ KB\) is not kept: the disk has no room for it"
    )
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=20_000))
    use(monkeypatch, NEW)
    Log(tmp_path / "data", "new").close()
    assert version(tmp_path / "data" / "loggia.db") == NEXT
    assert sorted(content(tmp_path / "data")) == ["lock", "loggia.db", "loggia.heads"]


def test_a_copy_that_fails_leaves_nothing_and_does_not_stop_the_upgrade(
    tmp_path, lived, monkeypatch, expect_log
):
    expect_log("is not kept: it could not be written, No space left on device")

    def refuses(path, target):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refuses)
        use(patch, NEW)
        with contextlib.suppress(OSError):  # which the heads file needs as well
            Log(tmp_path / "data", "new").close()
    assert not [name for name in content(tmp_path / "data") if KEPT in name]


@pytest.mark.parametrize("what", ["opened", "written", "replaced"])
def test_an_old_file_that_cannot_be_kept_does_not_stop_the_upgrade(
    tmp_path, lived, monkeypatch, expect_log, what
):
    expect_log(
        rf"from format {NOW} to {NEXT}; the old file \([\d,]+ KB\) is not kept: it could not be written, \w"
    )
    data = tmp_path / "data"
    before = known(data)
    use(monkeypatch, NEW)
    with a_disk() as disk:
        if what == "replaced":
            (data / KEPT / "somebody's").mkdir(parents=True)
        disk.shut = NEW_NAME if what == "opened" else ""
        disk.full = NEW_NAME if what == "written" else False
        with contextlib.closing(Again(data)) as house:
            assert all_of(house) == before
    assert sorted(content(data)) == ["lock", "loggia.db", "loggia.heads"]


def test_a_copy_of_an_earlier_try_is_replaced(tmp_path, lived, monkeypatch):
    for name in (KEPT, NEW_NAME):
        (tmp_path / "data" / name).write_bytes(b"half of a file")
    use(monkeypatch, NEW)
    Log(tmp_path / "data", "new").close()
    assert version(tmp_path / "data" / KEPT) == NOW
    assert not (tmp_path / "data" / NEW_NAME).exists()


def test_a_second_upgrade_keeps_what_it_found(tmp_path, lived, monkeypatch):
    """The old file was put back, as docs/operations.md says, and the log has lived on since."""
    data = tmp_path / "data"
    use(monkeypatch, NEW)
    Log(data, "new").close()
    use(monkeypatch, OLD)
    restore(data, data / KEPT, silent())
    with contextlib.closing(House(data)) as house:
        house.join("bob", "bob")
        house.say("bob", "9999", "since then")
        before = all_of(house)
    use(monkeypatch, NEW)
    with contextlib.closing(Again(data)) as house:
        assert all_of(house) == before
    use(monkeypatch, OLD)
    restore(tmp_path / "back", data / KEPT, silent())
    with contextlib.closing(House(tmp_path / "back")) as house:
        assert "since then" in [getattr(event, "text", "") for event in house.events("lobby")]


@pytest.mark.parametrize("ended", ["data", "killed"])
def test_a_full_disk_changes_nothing_and_says_so(tmp_path, lived, monkeypatch, ended):
    data = tmp_path / ended
    shutil.copytree(data, tmp_path / "as it was")
    before = known(tmp_path / "as it was")

    def full(db):
        planted_step(db)
        raise apsw.FullError("database or disk is full")

    use(monkeypatch, Migrations(NEXT, {NOW: full}))
    for _ in range(2):
        with pytest.raises(
            StorageFull, match=rf"no room to bring the log from format {NOW} to {NEXT}: .*; nothing of it was"
        ):
            Log(data, "another life")
    use(monkeypatch, OLD)
    assert known(data) == before, "and its old version serves it as before"


def test_a_damaged_log_stays_as_it_is(tmp_path, lived, monkeypatch):
    data = tmp_path / "data"
    file = bytearray((data / "loggia.db").read_bytes())
    file[5 * 4096 + 100] ^= 1
    (data / "loggia.db").write_bytes(file)
    use(monkeypatch, NEW)
    before = content(data)
    with pytest.raises(StorageBroken, match=r"is damaged \(page 6 .*, so it stays as it is"):
        Log(data, "new")
    assert content(data)["loggia.db"] == before["loggia.db"]
    (data / "loggia.damage").write_text('[{"room":null,"first":0,"why":"a test"}]')
    with pytest.raises(StorageBroken, match=r"is damaged .*, so it stays as it is"):
        Log(data, "new")
