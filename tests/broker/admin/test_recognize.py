"""Files that are no backup, no export, no log: what is said of them, and that nothing is left."""

import bz2
import codecs
import contextlib
import gzip
import io
import lzma
import os
import shutil
import sqlite3
import tarfile
import zipfile
from argparse import Namespace
from pathlib import Path

import pytest
from loggia.broker.admin import export
from loggia.broker.admin.backup import backup
from loggia.broker.admin.import_ import take_in
from loggia.broker.admin.restore import restore
from loggia.broker.storage import data_dir
from loggia.shared.client.api.client import Client
from loggia.shared.protocol.errors import LoggiaError, StorageBroken

from tests.broker.admin.conftest import lives
from tests.broker.disks import flip, place_of
from tests.broker.house import House


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A backup, its exports, and the data folder that they are of."""
    place = tmp_path_factory.mktemp("made")
    house = House(place / "data")
    lives(house)
    house.close()
    from loggia.broker.admin.progress import Progress

    progress = Progress(io.StringIO(), lambda: 0.0)
    backup(place / "data", place / "backup.db", progress)
    for name, format_ in (("rooms.jsonl", "jsonl"), ("rooms.html", "html")):
        export.run(place / "data", Namespace(room=None, format=format_, output=str(place / name)), progress)
    return place


def packed(how):
    def pack(made, file):
        file.write_bytes(how((made / "backup.db").read_bytes()))

    return pack


def a_zip(made, file):
    with zipfile.ZipFile(file, "w") as archive:
        archive.write(made / "backup.db")


def a_tar(made, file):
    with tarfile.open(file, "w") as archive:
        archive.add(made / "backup.db")


def another_database(made, file):
    with contextlib.closing(sqlite3.connect(file)) as db:
        db.execute("CREATE TABLE tea(kind)")
        db.commit()


def with_version(version):
    def write(made, file):
        shutil.copy(made / "backup.db", file)
        with contextlib.closing(sqlite3.connect(file)) as db:
            db.execute(f"PRAGMA user_version = {version}")
            db.commit()

    return write


def a_copy_of_a_client(made, file):
    Client("ada", connect="tcp://127.0.0.1:1", data=file).close()


def part_of(name, size):
    return lambda made, file: file.write_bytes((made / name).read_bytes()[:size])


def with_content(content):
    return lambda made, file: file.write_bytes(content)


def in_utf_16(made, file):
    file.write_bytes(codecs.BOM_UTF16_LE + (made / "rooms.jsonl").read_text().encode("utf-16-le"))


def changed(made, file):
    shutil.copy(made / "backup.db", file)
    flip(file, place_of(file, "b0500"))


OTHERS = {  # by what makes them: what is said to `restore`, and to `import`
    "empty": (with_content(b""), "is empty", "is empty"),
    "text": (with_content("Dear diary, grüße".encode()), "a text file of", "line 1 of the file"),
    "noise": (with_content(bytes(range(256))), "something else", "line 1 of the file"),
    "zeros": (with_content(bytes(10_000)), "something else", "line 1 of the file"),
    "page": (lambda made, file: shutil.copy(made / "rooms.html", file), "a page to read", "a page"),
    "utf-16": (in_utf_16, "PowerShell's > writes it; use `export --output FILE`", "`export --output FILE`"),
    "gzip": (packed(gzip.compress), "packed with gzip; unpack it first", "packed with gzip"),
    "bzip2": (packed(bz2.compress), "packed with bzip2; unpack it first", "packed with bzip2"),
    "xz": (packed(lzma.compress), "packed with xz; unpack it first", "packed with xz"),
    "zip": (a_zip, "a zip archive; unpack it first", "a zip archive; unpack"),
    "tar": (a_tar, "a tar archive; unpack it first", "a tar archive; unpack"),
    "another": (another_database, "a SQLite database of something else", "a SQLite database of"),
    "newer": (with_version(99), "of Loggia (format 99, this one reads 6); use that", "format 99"),
    "client's": (a_copy_of_a_client, "the copy that a window or a bot keeps", "a window or a bot"),
    "cut": (part_of("backup.db", 8192), "cut off: 8,192 of", "cut off: 8,192 of"),
    "cut oddly": (part_of("backup.db", 50_001), "cut off: 50,001 of", "cut off: 50,001 of"),
    "cut early": (part_of("backup.db", 50), "the first 50 bytes of a database", "the first 50 bytes"),
    "a wal": (with_content(b"\x37\x7f\x06\x82" + bytes(100)), "-wal file that belongs to", "-wal file that"),
    "changed": (changed, "is damaged (", "`restore` puts it back"),
    "export": (lambda made, file: shutil.copy(made / "rooms.jsonl", file), "an export; `import` takes", None),
    "backup": (lambda made, file: shutil.copy(made / "backup.db", file), None, "`restore` puts it back"),
    "a folder": (lambda made, file: file.mkdir(), "a folder; name a file in it", "a folder; name"),
    "data": (
        lambda made, file: shutil.copytree(made / "data", file),
        "the data folder of a broker; name a file that `backup`",
        "the data folder of a broker",
    ),
    "a pipe": (lambda made, file: os.mkfifo(file), "a device or a pipe", "a device or a pipe"),
    "a device": (lambda made, file: file.symlink_to("/dev/null"), "a device or a pipe", "a device or a pipe"),
}  # fmt: skip


def content_of(place: Path) -> dict[str, bytes | None]:
    return {
        str(file.relative_to(place)): file.read_bytes() if file.is_file() else None
        for file in sorted(place.rglob("*"))
    }


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices")
@pytest.mark.parametrize("what", OTHERS)
@pytest.mark.parametrize("number", [0, 1], ids=["restore", "import"])
@pytest.mark.parametrize("there", [True, False], ids=["there", "new"])
def test_what_is_something_else_is_named_and_nothing_is_left(made, tmp_path, progress, what, number, there):
    make, *said = OTHERS[what]
    if said[number] is None:
        return
    file = tmp_path / "the file"
    make(made, file)
    if there:
        House(tmp_path / "new" / "data").close()
    before = content_of(tmp_path)
    command = (restore, take_in)[number]
    arguments = (tmp_path / "new" / "data", file)
    with pytest.raises(StorageBroken) as refused:
        command(*arguments, progress)
    text = str(refused.value)
    assert said[number] in text
    assert "line 1" in text or str(file) in text
    assert "restored-" not in text
    assert "\n" not in text
    assert content_of(tmp_path) == before


def test_an_export_that_windows_put_a_mark_before_is_taken_in(made, tmp_path, progress):
    content = codecs.BOM_UTF8 + (made / "rooms.jsonl").read_bytes().replace(b"\n", b"\r\n")
    (tmp_path / "rooms.jsonl").write_bytes(content)
    assert len(take_in(tmp_path / "data", tmp_path / "rooms.jsonl", progress)) == 3


def test_the_log_of_a_broker_that_runs_is_no_backup(house, tmp_path, progress):
    served = house.folder / data_dir.DATABASE
    (tmp_path / "link.db").symlink_to(served)
    for file in (served, tmp_path / "link.db"):
        with pytest.raises(
            StorageBroken, match="is the log of a broker that runs; write a copy of it with `backup`"
        ):
            restore(tmp_path / "other", file, progress)
        with pytest.raises(StorageBroken, match="is the log that is here already"):
            restore(house.folder, file, progress)
    assert not (tmp_path / "other").exists()


def test_a_folder_that_was_there_stays(tmp_path, progress):
    (tmp_path / "data").mkdir()
    (tmp_path / "diary").write_text("Dear diary")
    with pytest.raises(StorageBroken):
        restore(tmp_path / "data", tmp_path / "diary", progress)
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root reads everything")
def test_a_file_of_somebody_else(made, tmp_path, progress):
    shutil.copy(made / "backup.db", tmp_path / "backup.db")
    (tmp_path / "backup.db").chmod(0)
    for command in (restore, take_in):
        with pytest.raises(PermissionError):
            command(tmp_path / "data", tmp_path / "backup.db", progress)
    assert not (tmp_path / "data").exists()


BAD_PLACES = {
    "in a file": "diary/backup.db",
    "a folder": "folder",
    "a folder with its slash": "folder/",
    "nothing": "",
    "here": ".",
    "too long a name": "x" * 300,
    "a device": "/dev/null",
    "of the system": "/proc/loggia/backup.db",
}


@pytest.mark.skipif(os.name != "posix", reason="devices")
@pytest.mark.parametrize("place", BAD_PLACES)
def test_a_bad_place_is_told_by_the_name_that_was_given(made, tmp_path, progress, place):
    (tmp_path / "diary").write_text("Dear diary")
    (tmp_path / "folder").mkdir()
    file = tmp_path / BAD_PLACES[place]
    before = content_of(tmp_path)
    flags = Namespace(room=None, format="jsonl", output=str(file))
    for command in (
        lambda: backup(made / "data", file, progress),
        lambda: export.run(made / "data", flags, progress),
    ):
        with pytest.raises((LoggiaError, OSError)) as refused:
            command()
        assert ".new" not in str(refused.value)
        assert content_of(tmp_path) == before


def test_a_log_of_something_else_is_called_that(made, tmp_path, progress):
    from loggia.broker.admin import verify

    (tmp_path / "data").mkdir()
    another_database(made, tmp_path / "data" / data_dir.DATABASE)
    before = content_of(tmp_path)
    for attempt in (
        lambda: verify.verify(tmp_path / "data", progress),
        lambda: backup(tmp_path / "data", tmp_path / "backup.db", progress),
    ):
        with pytest.raises(StorageBroken, match="is a SQLite database of something else"):
            attempt()
    assert content_of(tmp_path) == before
    with pytest.raises(StorageBroken, match="is a SQLite database of something else"):
        House(tmp_path / "data")
