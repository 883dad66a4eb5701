"""A copy that an older version kept is brought here, whole or not at all; a newer one is not touched."""

import contextlib
import pathlib
import shutil
import signal
import subprocess
import sys

import apsw
import pytest
from loggia.shared.client.link import migrations
from loggia.shared.client.link.replica import Replica
from loggia.shared.process.migrations import Migrations, number_of
from loggia.shared.protocol.errors import StorageBroken

from tests.stored import FORMATS, content, unpack

KILLED_IN_THE_MIDDLE = """
import os, pathlib, signal, sys
from loggia.shared.client.link import migrations
from loggia.shared.client.link.replica import Replica
from loggia.shared.process.migrations import Migrations

def step(db):
    migrations._from_1(db)
    db.execute("CREATE TABLE large AS SELECT zeroblob(100000)")
    db.cache_flush()
    os.kill(os.getpid(), signal.SIGKILL)

migrations.REPLICA = Migrations(3, {**migrations.REPLICA.steps, 1: step})
Replica(pathlib.Path(sys.argv[1]))
"""


@pytest.fixture
def old(tmp_path: pathlib.Path) -> pathlib.Path:
    """What a bot of format 1 left when it was killed."""
    unpack(FORMATS[0], tmp_path / "made")
    (tmp_path / "kept").mkdir()
    for end in ("", "-wal"):
        shutil.copy(tmp_path / "made" / f"robot.db{end}", tmp_path / "kept" / f"robot.db{end}")
    return tmp_path / "kept" / "robot.db"


def assert_all_is_there(file: pathlib.Path) -> None:
    with contextlib.closing(Replica(file)) as replica:
        saved = replica.saved()
        assert len(saved.tokens) == 1
        assert [entry.request().text for entry in saved.outbox] == ["unsent"]
        assert {room.room: room.handled for room in saved.rooms} == {"lobby": 8, "lab": 8}
        assert {(copy.room, copy.empty) for copy in saved.old} == {("lobby", True), ("lab", False)}
    assert number_of(file, 99) == migrations.REPLICA.newest


def test_all_of_it_is_there_and_the_old_file_is_kept(old: pathlib.Path) -> None:
    with contextlib.closing(Replica(old)) as replica:
        kept = old.with_name("robot.db.format-1")
        size = f"{kept.stat().st_size / 1e3:,.0f} KB"
        assert str(replica.upgraded) == (
            f"from format 1 to 3; the old file ({size}) is kept as robot.db.format-1"
        )
    assert_all_is_there(old)
    assert number_of(kept, 99) == 1
    assert sys.platform == "win32" or kept.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
def test_an_upgrade_that_is_killed_starts_again(old: pathlib.Path) -> None:
    for _ in range(2):
        command = [sys.executable, "-c", KILLED_IN_THE_MIDDLE, str(old)]
        assert subprocess.run(command, timeout=60, check=False).returncode == -signal.SIGKILL
        assert number_of(old, 99) == 1
    assert_all_is_there(old)


def test_where_there_is_no_room_that_is_said_and_it_goes_on(
    old: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(old)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=20_000))
        replica = Replica(old)
    assert str(replica.upgraded).endswith("KB) is not kept: the disk has no room for it")
    replica.close()
    assert_all_is_there(old)
    assert sorted(content(old.parent)) == ["robot.db"]


def test_a_full_disk_leaves_it_as_it_was(old: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(db: apsw.Connection) -> None:
        db.execute("DROP TABLE outbox")
        raise apsw.FullError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "REPLICA", Migrations(3, {1: full, 2: full}))
        with pytest.raises(StorageBroken, match="disk is full"):
            Replica(old)
    assert number_of(old, 99) == 1
    assert_all_is_there(old)


@pytest.mark.parametrize("killed", [False, True])
def test_a_newer_copy_is_not_touched(old: pathlib.Path, killed: bool) -> None:
    """Also where only the WAL says so, of a newer program that was killed."""
    with contextlib.closing(apsw.Connection(str(old))) as db:
        db.pragma("user_version", migrations.REPLICA.newest)
    with contextlib.closing(apsw.Connection(str(old))) as db:
        if killed:
            db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        db.pragma("user_version", migrations.REPLICA.newest + 1)
    old.with_name("robot.db-shm").unlink(missing_ok=True)
    before = content(old.parent)
    assert ("robot.db-wal" in before) == killed
    for _ in range(2):
        with pytest.raises(
            StorageBroken, match=r"robot.db was written by a newer Loggia; update this one\.$"
        ):
            Replica(old)
        assert content(old.parent) == before
