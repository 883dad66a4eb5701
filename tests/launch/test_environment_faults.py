"""Setting up the virtual environment, when that fails or something is in the way."""

import datetime
import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from loggia.launch import environment, system
from loggia.launch.console import Trouble
from loggia.launch.pip import NoWheel, PipFailed
from loggia.launch.requirements import TOOLS, WINDOW
from loggia.launch.venv import Venv
from tests.launch.looks import EVERYTHING, beside, pin, said

NO_NETWORK = PipFailed("There is no way to the package index.")


# -- What goes wrong ----------------------------------------------------------------------------


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), NO_NETWORK, OSError(errno.ENOSPC, "full")])
def test_a_failed_first_start_leaves_nothing(house, steps, failure):
    steps.fails = failure
    with pytest.raises((KeyboardInterrupt, Trouble)):
        environment.ensure(house)
    assert beside(house) == []
    steps.clear()
    environment.ensure(house)
    assert steps == ["make", "install pyzmq"]


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), NO_NETWORK, OSError(errno.ENOSPC, "full")])
def test_a_failed_upgrade_leaves_what_was_there(house, steps, failure):
    environment.ensure(house, WINDOW)
    before = {file: file.lstat().st_mtime_ns for file in (house / ".venv").rglob("*")}
    steps.fails = failure
    pin(house, "pyzmq==27.3.0", "pyzmq==99.0")
    with pytest.raises((KeyboardInterrupt, Trouble)):
        environment.ensure(house, TOOLS)
    assert before == {file: file.lstat().st_mtime_ns for file in (house / ".venv").rglob("*")}
    assert beside(house) == [".venv"]
    steps.clear()
    pin(house, "pyzmq==99.0", "pyzmq==27.3.0")
    environment.ensure(house, WINDOW)
    assert steps == []


def test_until_an_upgrade_succeeds_what_was_there_serves(house, steps, capsys):
    environment.ensure(house, WINDOW)
    said(capsys)
    pin(house, "PyQt6==6.11.0", "PyQt6==6.11.1")
    steps.fails = NO_NETWORK
    assert environment.ensure(house, WINDOW) == environment.at(house).python
    assert said(capsys)[-2:] == [
        "There is no way to the package index.",
        "Until then Loggia runs with the packages that it had.",
    ]
    steps.clear()
    environment.ensure(house, WINDOW)
    assert steps == EVERYTHING


@pytest.mark.parametrize(
    ("name", "new"),
    [
        ("what the code needs is newer", 'dependencies = ["pyzmq>=27.4"]'),
        ("the code needs one more", 'dependencies = ["pyzmq>=27", "ulid"]'),
    ],
)
def test_what_was_there_does_not_serve_code_that_needs_more(house, steps, name, new):
    environment.ensure(house)
    project = house / "pyproject.toml"
    project.write_text(project.read_text().replace('dependencies = ["pyzmq>=27"]', new))
    pin(house, "pyzmq==27.3.0", "pyzmq==27.4.0" + ("\nulid==1.0" if "ulid" in new else ""))
    steps.fails = NO_NETWORK
    with pytest.raises(Trouble, match="no way to the package index"):
        environment.ensure(house)


def test_a_test_never_runs_with_other_packages_than_those_that_are_written_down(house, steps):
    environment.ensure(house, TOOLS)
    pin(house, "pyzmq==27.3.0", "pyzmq==27.4.0")
    steps.fails = NO_NETWORK
    with pytest.raises(Trouble, match="no way to the package index"):
        environment.ensure(house, TOOLS)


@pytest.mark.parametrize("touched", [False, True])
def test_a_failed_addition_leaves_what_was_there(house, steps, touched):
    environment.ensure(house)
    steps.fails = PipFailed("no", touched=touched)
    with pytest.raises(Trouble):
        environment.ensure(house, TOOLS)
    steps.clear()
    environment.ensure(house)
    assert steps == [], "the program is what it was"
    environment.ensure(house, TOOLS)
    anew = ["make", "install pyzmq ruff"]
    assert steps == (anew if touched else anew[1:]), "a package may be there by half"


def test_an_addition_that_was_killed_is_made_anew(house, steps):
    environment.ensure(house)
    steps.fails = SystemExit()  # as kill -9 leaves it: nothing is written after it
    with pytest.raises(SystemExit):
        environment.ensure(house, TOOLS)
    steps.clear()
    environment.ensure(house)
    assert steps == []
    environment.ensure(house, TOOLS)
    assert steps == ["make", "install pyzmq ruff"]


NO_QT = NoWheel("PyQt6", "6.11.0", "https://pypi.org/simple")


def test_a_machine_that_cannot_have_the_window_is_told_what_it_can(house, steps):
    steps.fails = NO_QT
    with pytest.raises(Trouble, match=r"There is no PyQt6 6\.11\.0 for this machine(.|\n)*run\.py broker$"):
        environment.ensure(house, WINDOW)
    steps.clear()
    environment.ensure(house)
    assert steps == [], "the broker is ready"


def test_a_window_that_works_is_kept_when_the_new_one_is_not_to_be_had(house, steps, capsys):
    environment.ensure(house, WINDOW)
    pin(house, "PyQt6==6.11.0", "PyQt6==6.12.0")
    steps.fails = NO_QT
    environment.ensure(house, WINDOW)
    assert said(capsys)[-1] == "Until then Loggia runs with the packages that it had."
    assert (environment.at(house).packages / "PyQt6-6.11.0.dist-info").exists()


def test_a_machine_that_cannot_have_the_window_tests_without(house, steps, capsys):
    steps.fails = NO_QT
    environment.ensure(house, TOOLS, wish=WINDOW)
    assert steps == ["make", "install pyzmq PyQt6 ruff", "make", "install pyzmq ruff"]
    assert "Going on without the packages for the window." in said(capsys)
    assert not environment.has(house, WINDOW)
    steps.clear()
    environment.ensure(house, TOOLS, wish=WINDOW)
    assert steps == [], "it is remembered"
    pin(house, "PyQt6==6.11.0", "PyQt6==6.10.0")
    environment.ensure(house, TOOLS, wish=WINDOW)
    assert environment.has(house, WINDOW), "another one may have a wheel"


def test_what_this_machine_cannot_have_is_asked_for_again_the_next_day(house, steps, monkeypatch):
    steps.fails = NO_QT
    environment.ensure(house, TOOLS, wish=WINDOW)
    tomorrow = datetime.date.today() + datetime.timedelta(days=1)
    monkeypatch.setattr(datetime, "date", SimpleNamespace(today=lambda: tomorrow))
    environment.ensure(house, TOOLS, wish=WINDOW)
    assert environment.has(house, WINDOW)


def test_without_network_tests_go_on_without_what_they_only_wish_for(house, steps, capsys):
    environment.ensure(house, TOOLS)
    steps.fails = NO_NETWORK
    environment.ensure(house, TOOLS, wish=WINDOW)
    assert said(capsys)[-1] == "Going on without the packages for the window."
    steps.clear()
    environment.ensure(house, TOOLS, wish=WINDOW)
    assert steps == ["install pyzmq ruff PyQt6"], "it is not remembered: the network comes back"


def test_a_window_that_is_not_to_be_had_any_more_is_no_reason_against_a_broker(house, steps):
    environment.ensure(house, WINDOW)
    pin(house, "pyzmq==27.3.0", "pyzmq==27.4.0")
    steps.fails = NO_QT
    steps.clear()
    environment.ensure(house)
    assert steps == ["make", "install pyzmq PyQt6", "make", "install pyzmq"]


# -- What is in the way -------------------------------------------------------------------------


def test_a_file_in_its_place_is_named_and_kept(house, steps):
    (house / ".venv").write_text("mine")
    with pytest.raises(Trouble, match=r"\.venv is a file, .* Delete it, or move it away, and start again"):
        environment.ensure(house)
    assert (steps, (house / ".venv").read_text()) == ([], "mine")


def test_a_link_to_nothing_is_named(house, steps):
    (house / ".venv").symlink_to("/nowhere/venv")
    with pytest.raises(Trouble, match=r"\.venv is a link to /nowhere/venv, which is no folder, .*Delete it"):
        environment.ensure(house)
    assert steps == []


def test_a_link_to_a_folder_stays_one(house, steps, tmp_path):
    (tmp_path / "large disk" / "loggia").mkdir(parents=True)
    (house / ".venv").symlink_to(tmp_path / "large disk" / "loggia")
    for version in ("27.3.0", "27.4.0"):
        assert environment.ensure(house) == tmp_path / "large disk" / "loggia" / "bin" / "python"
        pin(house, f"pyzmq=={version}", "pyzmq==27.4.0")
    assert (house / ".venv").is_symlink()
    assert os.listdir(tmp_path / "large disk") == ["loggia"]


def test_a_folder_that_is_not_ours_is_replaced_when_ours_is_whole(house, steps):
    (house / ".venv" / "lib").mkdir(parents=True)
    steps.fails = NO_NETWORK
    with pytest.raises(Trouble):
        environment.ensure(house)
    assert (house / ".venv" / "lib").exists()
    environment.ensure(house)
    assert not list((house / ".venv" / "lib").glob("lib"))


def test_a_checkout_that_cannot_be_written_is_named(house, steps, monkeypatch):
    def mkdir(path: Path, *_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    monkeypatch.setattr(Path, "mkdir", mkdir)  # root, who runs these tests in CI, may write everywhere
    with pytest.raises(
        Trouble, match=r"Cannot write to .*: Read-only file system\. Copy Loggia into a folder"
    ):
        environment.ensure(house)


def test_a_full_disk_is_named(house, steps):
    steps.fails = OSError(errno.ENOSPC, "x")
    with pytest.raises(Trouble, match=r"There is no room left on the disk of .*house\. Make some"):
        environment.ensure(house)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a:b", 'a folder with ":" in its name'),
        ("a\nb", "a folder with a line break in its name"),
        (os.fsdecode(b"a\xffb"), "that name is not UTF-8"),
    ],
)
def test_a_name_that_python_cannot_live_with_is_told(house, steps, name, told):
    bad = house.rename(house.with_name(name))
    with pytest.raises(Trouble, match=told) as trouble:
        environment.ensure(bad)
    assert "Rename that folder, or move Loggia to another." in str(trouble.value)
    assert str(trouble.value).isascii()
    assert "\n" not in str(trouble.value)
    assert steps == []


@pytest.mark.parametrize(
    "name", ["a b", "a'b\"c", "a;b", "100%", "a#b", "a*?", "é日本", "-a", "a ", "a=$HOME", "x" * 200]
)
def test_other_names_are_fine(house, steps, name):
    odd = house.rename(house.with_name(name))
    assert environment.ensure(odd) == odd / ".venv" / "bin" / "python"


def test_a_copy_of_loggia_that_is_not_complete_says_so(house, steps):
    (house / "requirements.txt").unlink()
    with pytest.raises(Trouble, match=r"requirements\.txt cannot be read .* not complete"):
        environment.ensure(house)


def test_a_python_without_ensurepip_gets_debians_package(house, monkeypatch):
    wanted = []
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(system, "provide", lambda packages, needs: wanted.append((packages, needs)))
    monkeypatch.setattr("sys._base_executable", "/bin/false", raising=False)
    with pytest.raises(Trouble, match="could not be made"):
        environment._make(house / ".venv")
    assert wanted == [(["python3-venv"], "Setting up needs")]


def test_a_disk_that_is_full_before_pip_is_there(house, monkeypatch, tmp_path):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'Error: [Errno 28] No space left on device' >&2\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr("sys._base_executable", str(python), raising=False)
    with pytest.raises(Trouble, match=r"^There is no room left on the disk of .*house\. Make some"):
        environment.ensure(house)
    assert beside(house) == []


def test_scripts_name_the_folder_they_are_in(house, steps):
    environment.ensure(house)
    assert (house / ".venv" / "bin" / "pip").read_text() == f"#!{house}/.venv/bin/python\n"
    assert f"command = venv {house}/.venv\n" in (house / ".venv" / "pyvenv.cfg").read_text()
    assert Venv(house / ".venv").stands()
