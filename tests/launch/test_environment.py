"""When the virtual environment is set up, and when it is made anew."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from loggia.launch import environment, requirements
from loggia.launch.alone import alone
from loggia.launch.requirements import TOOLS, WINDOW
from loggia.launch.venv import STAMP
from tests.launch.looks import EVERYTHING, beside, pin, said
from tests.patience import PATIENCE_S

# run.py up to the program, in a Python without packages that ends at the first process it starts
SECOND_START = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from loggia.launch import commands, environment

def refuse(event, arguments):
    if event in ("subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "os.exec"):
        sys.exit(f"{event} {arguments}")

sys.addaudithook(refuse)
print(environment.ensure(Path(sys.argv[2]), "window"))
assert not [name for name, module in sys.modules.items() if "site-packages" in str(module)]
"""


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
    packaging = Path(environment.__file__).parents[2]
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


# -- Damage -------------------------------------------------------------------------------------


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
