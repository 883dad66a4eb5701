"""A new virtual environment takes the place of the old one, however often that is interrupted."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from loggia.launch import environment
from loggia.launch.alone import alone
from loggia.launch.requirements import TOOLS, WINDOW


@pytest.fixture
def new(house, steps):
    """Both are there: `.venv` with old pins, and beside it what another run.py made and did not exchange."""
    environment.ensure(house)
    old = (house / ".venv").rename(house / "old")
    file = house / "requirements.txt"
    file.write_text(file.read_text().replace("pyzmq==27.3.0", "pyzmq==27.4.0"))
    environment.ensure(house)
    (house / ".venv").rename(house / ".venv.new-1")
    old.rename(house / ".venv")
    steps.clear()
    return house / ".venv.new-1"


def version(house: Path) -> str:
    (info,) = environment.at(house).packages.glob("pyzmq-*")
    return info.name


def there(house: Path) -> list[str]:
    return sorted(name for name in os.listdir(house) if name.startswith(".venv"))


def test_what_was_whole_is_exchanged(house, steps, new):
    environment.ensure(house)
    assert (steps, there(house), version(house)) == ([], [".venv"], "pyzmq-27.4.0.dist-info")


def test_what_was_whole_is_exchanged_and_added_to(house, steps, new):
    environment.ensure(house, TOOLS)
    assert (steps, there(house)) == (["install pyzmq ruff"], [".venv"])


def test_killed_between_both_steps(house, steps, new):
    (house / ".venv").rename(house / ".venv.old-1")
    environment.ensure(house)
    assert (steps, there(house), version(house)) == ([], [".venv"], "pyzmq-27.4.0.dist-info")


def test_killed_while_the_old_one_was_removed(house, steps, new):
    (house / ".venv").rename(house / ".venv.old-1")
    new.rename(house / ".venv")
    shutil.rmtree(house / ".venv.old-1" / "bin")
    environment.ensure(house)
    assert (steps, there(house), version(house)) == ([], [".venv"], "pyzmq-27.4.0.dist-info")


@pytest.mark.parametrize("lacks", ["loggia-stamp", "pyvenv.cfg", "bin/python"])
def test_what_was_not_whole_is_removed(house, steps, new, lacks):
    (new / lacks).unlink()
    environment.ensure(house)
    assert steps == ["make", "install pyzmq"]
    assert there(house) == [".venv"]


def test_the_old_one_comes_back_when_the_new_one_is_not_whole(house, steps, new):
    (house / ".venv").rename(house / ".venv.old-1")
    (new / "loggia-stamp").unlink()
    file = house / "requirements.txt"
    file.write_text(file.read_text().replace("pyzmq==27.4.0", "pyzmq==27.3.0"))
    environment.ensure(house)
    assert (steps, there(house), version(house)) == ([], [".venv"], "pyzmq-27.3.0.dist-info")


def test_leftovers_go_although_nothing_is_to_be_set_up(house, steps, new):
    environment.ensure(house)
    for kind in ("new-7", "old-7"):
        (house / f".venv.{kind}" / "lib").mkdir(parents=True)
    environment.ensure(house)
    assert (steps, there(house)) == ([], [".venv"])


def test_what_another_run_py_is_making_is_left_alone(house, steps, new):
    environment.ensure(house)
    (house / ".venv.new-7").mkdir()
    with alone(house / "run.py", "waiting"):
        environment.ensure(house)
    assert there(house) == [".venv", ".venv.new-7"]


def test_while_a_program_runs_from_the_old_one(house, steps, monkeypatch, capsys):
    """Windows lets nobody rename what runs."""
    environment.ensure(house)
    file = house / "requirements.txt"
    file.write_text(file.read_text().replace("pyzmq==27.3.0", "pyzmq==27.4.0"))
    steps.clear()
    rename = os.rename

    def refuses(old: Path, new: Path) -> None:
        if old == house / ".venv":
            raise PermissionError(13, "in use", str(old))
        rename(old, new)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", refuses)
        for _ in range(2):
            environment.ensure(house)
            said = capsys.readouterr().err.splitlines()
            assert said[-2].startswith(f"{house}/.venv is in use. A new one is ready and takes its place")
            assert said[-1] == "Until then Loggia runs with the packages that it had."
            assert version(house) == "pyzmq-27.3.0.dist-info"
        assert steps == ["make", "install pyzmq"], "it is made once"
    environment.ensure(house)
    assert (there(house), version(house)) == ([".venv"], "pyzmq-27.4.0.dist-info")
    assert steps == ["make", "install pyzmq"]


def test_a_window_that_was_there_is_in_the_new_one(house, steps):
    environment.ensure(house, WINDOW)
    file = house / "requirements.txt"
    file.write_text(file.read_text().replace("pyzmq==27.3.0", "pyzmq==27.4.0"))
    environment.ensure(house)
    assert environment.has(house, WINDOW)


@pytest.mark.parametrize("number", [errno.EBUSY, errno.EXDEV])
def test_a_folder_that_is_a_disk_of_its_own_gets_what_is_new(house, steps, monkeypatch, number):
    """As a volume of a container, which cannot be moved."""
    environment.ensure(house, WINDOW)
    file = house / "requirements.txt"
    file.write_text(file.read_text().replace("pyzmq==27.3.0", "pyzmq==27.4.0"))
    rename, inode = os.rename, (house / ".venv").stat().st_ino

    def refuses(old: Path, new: Path) -> None:
        if house / ".venv" in (old, new):
            raise OSError(number, os.strerror(number), str(old))
        rename(old, new)

    monkeypatch.setattr(os, "rename", refuses)
    environment.ensure(house)
    assert (there(house), version(house)) == ([".venv"], "pyzmq-27.4.0.dist-info")
    assert (house / ".venv").stat().st_ino == inode
    assert environment.has(house, WINDOW)
    steps.clear()
    environment.ensure(house)
    assert steps == []
