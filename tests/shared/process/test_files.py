"""Files in folders where others may be at work: what is opened, what is made, and under which names."""

import os
import stat
from pathlib import Path

import pytest
from loggia.shared.process import durable, files

from tests.planted import PLANTS, Planted, as_root, planting


@pytest.fixture
def planted(tmp_path: Path):
    with planting(tmp_path) as planted:
        planted.give()
        yield planted


OPENED = {
    "reading": files.reading,
    "changing": files.changing,
    "read": files.read,
    "make": files.make,
    "settle": durable.settle,
    "create": files.create,
}


@as_root
@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
@pytest.mark.parametrize("name", OPENED)
def test_what_was_planted_is_not_opened(planted: Planted, plant, name: str) -> None:
    plant(planted, "planted")
    with pytest.raises(OSError, match=r"it is a link|second name|it is no file|File exists"):
        OPENED[name](planted.folder / "planted")
    planted.check()


@as_root
@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_what_was_planted_is_replaced_whole(planted: Planted, plant) -> None:
    plant(planted, "planted")
    durable.write(planted.folder / "planted", b"ours")
    assert (planted.folder / "planted").read_bytes() == b"ours"
    planted.check()


@as_root
def test_what_root_makes_is_the_owner_s_of_the_folder(planted: Planted) -> None:
    files.create(planted.folder / "created").close()
    files.make(planted.folder / "made")
    files.make_folder(planted.folder / "folder")
    durable.write(planted.folder / "written", b"")
    assert len(list(planted.folder.iterdir())) == 4
    planted.check()


def test_what_is_there_is_not_made_again(tmp_path: Path) -> None:
    (tmp_path / "here").write_bytes(b"something")
    files.make(tmp_path / "here")
    assert files.read(tmp_path / "here") == b"something"
    with files.changing(tmp_path / "here", buffering=0) as file:
        file.write(b"S")
    assert files.read(tmp_path / "here") == b"Something"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError if os.name == "posix" else OSError):
        files.read(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_what_is_new_is_for_its_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        durable.write(tmp_path / "written", b"")
        files.make(tmp_path / "made")
        files.make_folder(tmp_path / "folder")
    finally:
        os.umask(umask)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert modes == {"written": 0o600, "made": 0o600, "folder": 0o700}


def test_nobody_foresees_a_name_and_what_is_left_over_is_found(tmp_path: Path) -> None:
    file = tmp_path / "a [strange] name"
    names = [files.temporary(file) for _ in range(100)]
    assert len(set(names)) == 100
    left = [names[0], names[1].with_name(f"{names[1].name}-wal"), file.with_name(f"{file.name}.new")]
    for path in [*left, file, file.with_name("a s name.00000000.new"), file.with_name(f"{file.name}.old")]:
        path.touch()
    assert sorted(files.left_over(file)) == sorted(left)


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "file").write_bytes(b"before")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        durable.write(tmp_path / "file", b"behind")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("file", b"before")]
