"""A copy whose upgrade dies at any step, or cannot keep the old file: it is the old one or the new one."""

import contextlib
import pathlib
import random
import shutil

import apsw
import pytest
from loggia.shared.client.link.replica import Replica
from loggia.shared.process import files
from loggia.shared.process.migrations import number_of

from tests.broker.disks import a_disk
from tests.broker.storage.test_older_file import Deaths
from tests.shared.client.link.test_migrations import assert_all_is_there
from tests.stored import FORMATS, content, unpack

NEW, KEPT = "robot.db.format-1.00000000.new", "robot.db.format-1"


@pytest.fixture(autouse=True)
def foreseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name under which it is written first."""
    monkeypatch.setattr(files, "_chance", lambda: "00000000")


@pytest.fixture(params=["closed", "killed"])
def old(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> pathlib.Path:
    """What a bot of format 1 left: when it was killed, most of it is in its WAL."""
    unpack(FORMATS[0], tmp_path / "made")
    (tmp_path / "kept").mkdir()
    for end in ("", "-wal"):
        shutil.copy(tmp_path / "made" / f"robot.db{end}", tmp_path / "kept" / f"robot.db{end}")
    file = tmp_path / "kept" / "robot.db"
    if request.param == "closed":
        with contextlib.closing(apsw.Connection(str(file))) as db:
            db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    return file


def test_an_upgrade_that_dies_at_any_step_starts_again(old: pathlib.Path) -> None:
    """Killed, or without power, at each write: also while the old file is being kept."""

    def upgrade(folder: pathlib.Path) -> dict[str, object]:
        Replica(folder / old.name).close()
        return {}

    found = set()
    for left, _ in Deaths(old.parent, upgrade).left(old.parent.with_name("left"), random.Random(1)):
        number, names = number_of(left / old.name, 99), content(left)
        found.add((number, NEW in names, KEPT in names))
        assert number == 1 or number_of(left / KEPT, 99) == 1, "it is kept before anything changes"
        assert_all_is_there(left / old.name)
        assert NEW not in content(left)
        assert number_of(left / KEPT, 99) == 1
    assert {(1, False, False), (1, True, False), (1, False, True), (3, False, True)} <= found


@pytest.mark.parametrize("what", ["opened", "written", "replaced"])
def test_an_old_file_that_cannot_be_kept_does_not_stop_it(old: pathlib.Path, what: str) -> None:
    with a_disk() as disk:
        if what == "replaced":
            (old.with_name(KEPT) / "somebody's").mkdir(parents=True)
        disk.shut = NEW if what == "opened" else ""
        disk.full = NEW if what == "written" else False
        with contextlib.closing(Replica(old)) as replica:
            said = str(replica.upgraded)
    assert said.startswith("from format 1 to 3; the old file (")
    assert " KB) is not kept: it could not be written, " in said
    assert_all_is_there(old)
    assert sorted(content(old.parent)) == ["robot.db"]


def test_what_a_killed_try_left_is_replaced(old: pathlib.Path) -> None:
    for name in (NEW, f"{NEW}-journal", KEPT):
        old.with_name(name).write_bytes(b"half of a file")
    assert_all_is_there(old)
    assert number_of(old.with_name(KEPT), 99) == 1
    assert sorted(content(old.parent)) == ["robot.db", KEPT]


def test_a_second_upgrade_keeps_what_it_found(old: pathlib.Path) -> None:
    """Somebody put the old file back, and it has lived on since."""
    assert_all_is_there(old)
    shutil.copy(old.with_name(KEPT), old)

    with contextlib.closing(apsw.Connection(str(old))) as db:
        db.execute("INSERT INTO meta VALUES ('since', 'then')")
    assert_all_is_there(old)
    with contextlib.closing(apsw.Connection(str(old.with_name(KEPT)))) as db:
        assert list(db.execute("SELECT value FROM meta WHERE key = 'since'")) == [("then",)]
