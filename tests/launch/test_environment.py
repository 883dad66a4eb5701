"""The set-up of `.venv`: when it happens, what it repairs, what it leaves alone. Its steps are fakes."""

import datetime
import errno
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from launch import environment, requirements, system
from launch.alone import alone
from launch.console import Trouble
from launch.pip import NoWheel, PipFailed
from launch.requirements import TOOLS, WINDOW
from launch.venv import STAMP, Venv
from tests.patience import PATIENCE_S

# run.py up to the program, in a Python without packages that ends at the first process it starts
SECOND_START = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from launch import commands, environment

def refuse(event, arguments):
    if event in ("subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "os.exec"):
        sys.exit(f"{event} {arguments}")

sys.addaudithook(refuse)
print(environment.ensure(Path(sys.argv[2]), "window"))
assert not [name for name, module in sys.modules.items() if "site-packages" in str(module)]
"""
EVERYTHING = ["make", "install pyzmq PyQt6"]
NO_NETWORK = PipFailed("There is no way to the package index.")


def pin(house: Path, old: str, new: str) -> None:
    """Change a line of requirements.txt."""
    file = house / "requirements.txt"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def beside(house: Path) -> list[str]:
    return sorted(entry.name for entry in house.iterdir() if entry.name.startswith(".venv"))


# -- When ---------------------------------------------------------------------------------------


def test_the_first_start_sets_up(house, steps, capsys):
    assert environment.ensure(house, WINDOW) == house / ".venv" / "bin" / "python"
    assert steps == EVERYTHING
    assert said(capsys) == [
        "Making the virtual environment .venv (needed once) ...",
        "Installing the packages for the broker and bots, the window ...",
        "Set up.",
    ]
    assert beside(house) == [".venv"]


def test_the_second_start_does_and_says_nothing(house, steps, capsys):
    environment.ensure(house, WINDOW)
    steps.clear()
    said(capsys)
    environment.ensure(house, WINDOW)
    environment.ensure(house)
    assert (steps, said(capsys)) == ([], [])


def test_the_second_start_spawns_nothing_and_needs_no_package(house, steps):
    python = environment.ensure(house, WINDOW)
    packaging = Path(environment.__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", SECOND_START, str(packaging), str(house)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert (done.stdout, done.stderr) == (f"{python}\n", "")


def test_a_broker_alone_gets_only_the_program(house, steps):
    environment.ensure(house)
    assert steps == ["make", "install pyzmq"]
    assert not environment.has(house, WINDOW)


def test_what_is_needed_later_is_added_to_what_is_there(house, steps, capsys):
    environment.ensure(house)
    steps.clear()
    said(capsys)
    environment.ensure(house, TOOLS, wish=WINDOW)
    assert steps == ["install pyzmq ruff PyQt6"]
    assert said(capsys) == ["Installing the packages for tests and checks, the window ...", "Set up."]
    assert environment.has(house, WINDOW)


def test_a_comment_changes_nothing(house, steps):
    environment.ensure(house)
    steps.clear()
    pin(house, "# [program] for all", "# [program] for everybody")
    environment.ensure(house)
    assert steps == []


def test_a_new_pin_makes_a_new_one_with_all_that_was_there(house, steps, capsys):
    environment.ensure(house, WINDOW, TOOLS)
    steps.clear()
    said(capsys)
    pin(house, "pyzmq==27.3.0", "pyzmq==27.4.0")
    environment.ensure(house)
    assert steps == ["make", "install pyzmq PyQt6 ruff"]
    assert said(capsys)[0] == "Making a new virtual environment .venv: requirements.txt has changed ..."
    assert beside(house) == [".venv"]


def test_a_new_pin_of_a_section_that_is_not_needed_waits(house, steps):
    environment.ensure(house, TOOLS)
    steps.clear()
    pin(house, "ruff==0.17.6", "ruff==0.18.0")
    environment.ensure(house)
    assert steps == []
    environment.ensure(house, TOOLS)
    assert steps == ["make", "install pyzmq ruff"]


@pytest.mark.parametrize("what", ["sys.base_prefix", "sys.implementation.cache_tag"])
def test_another_python_makes_it_anew(house, steps, monkeypatch, what):
    environment.ensure(house)
    steps.clear()
    monkeypatch.setattr(what, "/opt/another/python")
    environment.ensure(house)
    assert steps == ["make", "install pyzmq"]


def test_an_update_of_the_same_python_changes_nothing(house, steps, monkeypatch):
    environment.ensure(house)
    steps.clear()
    monkeypatch.setattr("sys.version", sys.version.replace(".", ".9", 1))
    environment.ensure(house)
    assert steps == []


def test_a_checkout_that_was_moved_works_as_before(house, steps):
    environment.ensure(house)
    steps.clear()
    moved = house.rename(house.with_name("moved house"))
    assert environment.ensure(moved) == moved / ".venv" / "bin" / "python"
    assert steps == []


def test_a_second_run_waits_for_the_first(house, steps):
    started, waited = threading.Event(), []

    def second() -> None:
        started.set()
        waited.append(environment.ensure(house))

    with alone(house / "run.py", "waiting"):
        thread = threading.Thread(target=second)
        thread.start()
        started.wait()
        environment._set_up(house, environment.at(house), requirements.sections(house), ["program"], "")
        assert waited == []
    thread.join()
    assert waited == [environment.at(house).python]
    assert steps == ["make", "install pyzmq"]


# -- Damage -------------------------------------------------------------------------------------

DAMAGE = {
    "no Python": lambda venv: venv.python.unlink(),
    "a dangling Python": lambda venv: (venv.python.unlink(), venv.python.symlink_to("/nowhere")),
    "a Python that is a text": lambda venv: (venv.python.unlink(), venv.python.write_text("hello")),
    "a Python that is a script": lambda venv: (
        venv.python.unlink(),
        venv.python.write_text("#!/bin/false\n"),
        venv.python.chmod(0o755),
    ),
    "no settings": lambda venv: (venv.folder / "pyvenv.cfg").unlink(),
    "other settings": lambda venv: (venv.folder / "pyvenv.cfg").write_text("home = /nowhere\n"),
    "a file that is gone": lambda venv: (venv.packages / "pyzmq" / "__init__.py").unlink(),
    "a file that was cut": lambda venv: (venv.packages / "pyzmq" / "__init__.py").write_text(""),
    "a package that is gone": lambda venv: (venv.packages / "pyzmq-27.3.0.dist-info").rename(
        venv.folder / "gone"
    ),
    "another version": lambda venv: (venv.packages / "pyzmq-27.3.0.dist-info").rename(
        venv.packages / "pyzmq-27.2.0.dist-info"
    ),
    "a list of files that is no list": lambda venv: (
        venv.packages / "pyzmq-27.3.0.dist-info" / "RECORD"
    ).write_bytes(b"\xff\0"),
    "no packages": lambda venv: venv.packages.rename(venv.folder / "gone"),
    "no stamp": lambda venv: (venv.folder / STAMP).unlink(),
    "half a stamp": lambda venv: (venv.folder / STAMP).write_text('{"python": {"ver'),
    "another stamp": lambda venv: (venv.folder / STAMP).write_text('{"python": 3, "sections": []}'),
    "a list as stamp": lambda venv: (venv.folder / STAMP).write_text("[]"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_one_is_made_anew(house, steps, damage):
    environment.ensure(house)
    steps.clear()
    DAMAGE[damage](environment.at(house))
    environment.ensure(house)
    assert steps == ["make", "install pyzmq"]
    steps.clear()
    environment.ensure(house)
    assert steps == []


def test_damage_is_named(house, steps, capsys):
    environment.ensure(house)
    (environment.at(house).packages / "pyzmq" / "__init__.py").write_text("")
    said(capsys)
    environment.ensure(house)
    told = "Making a new virtual environment .venv: pyzmq/__init__.py is not as it was installed ..."
    assert said(capsys)[0] == told


def test_damage_of_what_is_not_needed_is_left_for_later(house, steps):
    environment.ensure(house, TOOLS)
    steps.clear()
    (environment.at(house).packages / "ruff" / "__init__.py").unlink()
    environment.ensure(house)
    assert steps == []
    environment.ensure(house, TOOLS)
    assert steps == ["make", "install pyzmq ruff"]


def test_nothing_is_added_with_a_pip_that_is_damaged(house, steps):
    environment.ensure(house)
    steps.clear()
    (environment.at(house).packages / "pip" / "__init__.py").unlink()
    environment.ensure(house, WINDOW)
    assert steps == EVERYTHING


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
