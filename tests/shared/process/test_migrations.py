"""The old file is kept beside it before tables change: durable, if there is room, whatever is in the way."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from loggia.shared.process import files, migrations
from loggia.shared.process.migrations import SPARE_BYTES, Kept, has_room, keep

from tests.broker.disks import a_disk
from tests.broker.power import FOLDER, Renamed, Synced, a_watched_disk
from tests.stored import content

NEW, KEPT = "old.db.format-7.00000000.new", "old.db.format-7"


@pytest.fixture(autouse=True)
def foreseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name under which it is written first."""
    monkeypatch.setattr(files, "_chance", lambda: "00000000")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of format 7, alone in its folder."""
    file = tmp_path / "old" / "old.db"
    file.parent.mkdir()
    with contextlib.closing(apsw.Connection(str(file))) as db:
        db.execute("CREATE TABLE said AS SELECT zeroblob(20000) AS words")
        db.pragma("user_version", 7)
    return file


@contextlib.contextmanager
def opened(file: Path) -> Iterator[apsw.Connection]:
    with contextlib.closing(apsw.Connection(str(file))) as db:
        yield db


def kept(file: Path) -> Kept:
    with opened(file) as db:
        return keep(db, file, 7)


def has_free(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=free))


@pytest.mark.parametrize(
    ("free", "room"),
    [
        (SPARE_BYTES, False),
        (SPARE_BYTES + 1_000_000, False),
        (SPARE_BYTES + 1_999_999, False),
        (SPARE_BYTES + 2_000_000, True),
    ],
)
def test_there_is_room_for_the_copy_for_as_much_work_and_some_to_spare(
    file: Path, monkeypatch: pytest.MonkeyPatch, free: int, room: bool
) -> None:
    has_free(monkeypatch, free)
    assert has_room(file, 1_000_000) is room


def test_a_disk_with_room_for_the_copy_and_not_for_the_work_keeps_none(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = file.stat().st_size
    has_free(monkeypatch, SPARE_BYTES + 2 * size - 1)
    assert kept(file) == Kept(None, size, "the disk has no room for it")
    has_free(monkeypatch, SPARE_BYTES + 2 * size)
    assert kept(file) == Kept(file.with_name(KEPT), size)


def test_the_copy_and_its_name_are_on_the_disk_when_it_is_told(file: Path) -> None:
    """In this order: a name that a power loss takes back before the first step is no copy."""
    with a_watched_disk(file.parent) as disk:
        kept(file)
        synced, named, durable = (
            disk.history.index(what) for what in (Synced(NEW, folder=False), Renamed(NEW, KEPT), FOLDER)
        )
    assert synced < named < durable


def test_what_a_killed_try_left_takes_no_room(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where there is room for no other."""
    for end in ("", "-journal", "-wal"):
        file.with_name(f"{NEW}{end}").write_bytes(b"half of a file")
    has_free(monkeypatch, 0)
    assert kept(file).file is None
    assert sorted(content(file.parent)) == ["old.db"]


def test_what_a_killed_try_left_is_not_taken_for_a_part_of_the_copy(file: Path) -> None:
    for end in ("", "-journal", "-wal"):
        file.with_name(f"{NEW}{end}").write_bytes(b"half of a file")
    assert kept(file).file == file.with_name(KEPT)
    assert sorted(content(file.parent)) == ["old.db", KEPT]
    with opened(file.with_name(KEPT)) as db:
        assert list(db.execute("SELECT length(words) FROM said")) == [(20000,)]


@pytest.mark.parametrize("name", [NEW, KEPT])
def test_a_folder_in_the_way_is_said(file: Path, name: str) -> None:
    (file.with_name(name) / "somebody's").mkdir(parents=True)
    told = kept(file)
    assert (told.file, told.size) == (None, file.stat().st_size)
    assert str(told).startswith("the old file (25 KB) is not kept: it could not be written, ")
    assert (file.with_name(name) / "somebody's").is_dir()
    assert sorted(content(file.parent)) == ["old.db"]


def test_a_file_that_sqlite_cannot_open_is_said(file: Path) -> None:
    with a_disk() as disk:
        disk.shut = NEW
        told = kept(file)
    assert str(told) == (
        "the old file (25 KB) is not kept: it could not be written, unable to open database file"
    )
    assert sorted(content(file.parent)) == ["old.db"]


def test_a_disk_that_becomes_full_meanwhile_is_said(file: Path) -> None:
    with a_disk() as disk:
        disk.full = NEW
        told = kept(file)
        assert disk.refused
    assert str(told).startswith("the old file (25 KB) is not kept: it could not be written, ")
    assert sorted(content(file.parent)) == ["old.db"]


@pytest.mark.parametrize("what", ["fsync of the folder", "how much is free"])
def test_a_disk_that_does_not_answer_is_said(file: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    def refuses(*_: object) -> None:
        raise OSError(5, "Input/output error")

    if what == "how much is free":
        monkeypatch.setattr(shutil, "disk_usage", refuses)
    else:
        monkeypatch.setattr(migrations.durable, "sync", refuses)
    assert str(kept(file)).endswith("is not kept: it could not be written, Input/output error")


def test_one_that_was_kept_before_is_replaced_by_what_there_is_now(file: Path) -> None:
    kept(file)
    with opened(file) as db:
        db.execute("INSERT INTO said VALUES ('more')")
    kept(file)
    with opened(file.with_name(KEPT)) as db:
        assert list(db.execute("SELECT count(*) FROM said")) == [(2,)]
