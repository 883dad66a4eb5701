"""run.py sets a small house up for real, with venv, pip, wheels: in odd places and surroundings, killed."""

import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.endtoend.processes import HOUSE, Running
from tests.patience import PATIENCE_S

ODD = "-a'b\"c;d%e#f*[g]$HOME&é日本 "
BASE = getattr(sys, "_base_executable", sys.executable)  # as a user starts run.py: outside of any environment
PROJECT = """[project]
version = "1.2.3"
dependencies = ["tiny>=1"]
[project.optional-dependencies]
window = []
test = []
check = []
"""
BROKER = """
import os, sys, tiny
assert "PYTHONHOME" not in os.environ
print("tiny", tiny.VERSION, *sys.argv[1:])
sys.exit(3)
"""


def wheel(folder: Path, version: str) -> None:
    """A package of one module."""
    info = f"tiny-{version}.dist-info"
    with zipfile.ZipFile(folder / f"tiny-{version}-py3-none-any.whl", "w") as file:
        file.writestr("tiny/__init__.py", f"VERSION = '{version}'\n")
        file.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n")
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(
            f"{info}/RECORD", f"tiny/__init__.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"
        )


class Small:
    """A checkout of run.py with a broker of one line. `folder`: where; `wheels`: what pip finds."""

    def __init__(self, folder: Path, wheels: Path) -> None:
        self.folder = folder
        self.surroundings = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_"))},
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(wheels),
            "PYTHONPATH": "",
        }

    def pin(self, version: str) -> None:
        (self.folder / "requirements.txt").write_text(f"# [program]\ntiny=={version}\n")

    def command(self, *arguments: str) -> list[str]:
        return [BASE, str(self.folder / "run.py"), "broker", *arguments]

    def run(self, *arguments: str, **variables: str) -> tuple[int, str, str]:
        done = subprocess.run(
            self.command(*arguments),
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE_S,
            env={**self.surroundings, **variables},
            cwd="/",
        )
        return done.returncode, done.stdout, done.stderr

    def start(self) -> Running:
        return Running(self.command(), environment=self.surroundings)

    def environments(self) -> list[str]:
        return sorted(name for name in os.listdir(self.folder) if name.startswith(".venv"))


@pytest.fixture(scope="module")
def wheels(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    for version in ("1.0", "1.1"):
        wheel(folder, version)
    return folder


@pytest.fixture(scope="module")
def first(tmp_path_factory, wheels) -> tuple[Small, tuple[int, str, str]]:
    """A house in an odd place that is set up in the oddest of surroundings, and what run.py said of it."""
    folder = (
        tmp_path_factory.mktemp("first") / ("deep" * 50) / ("down" * 50) / ODD
    )  # too long for a line with #!
    folder.mkdir(parents=True)
    (folder / "broker").mkdir()
    (folder / "broker" / "__init__.py").write_text("")
    (folder / "broker" / "__main__.py").write_text(BROKER)
    (folder / "pyproject.toml").write_text(PROJECT)
    shutil.copy(HOUSE / "run.py", folder)
    shutil.copytree(HOUSE / "packaging", folder / "packaging", ignore=shutil.ignore_patterns("__pycache__"))
    small = Small(folder, wheels)
    small.pin("1.0")
    decoys = folder.parent / "decoys"
    decoys.mkdir()
    for name in ("pip", "venv", "ensurepip", "launch", "loggia", "broker"):
        (decoys / f"{name}.py").write_text("raise SystemExit('decoy')\n")
    return small, small.run(
        "--odd",
        PYTHONHOME=sys.base_prefix,
        PYTHONPATH=str(decoys),
        PYTHONSAFEPATH="1",
        PYTHONSTARTUP=str(decoys / "pip.py"),
        PYTHONWARNINGS="error",
        PYTHONUSERBASE=str(decoys),
        PIP_TARGET=str(decoys / "target"),
        PIP_USER="1",
        VIRTUAL_ENV="/nowhere",
    )


@pytest.fixture
def small(first, wheels, tmp_path) -> Small:
    """A house that is set up: a copy, which works as it is."""
    made, _ = first
    shutil.copytree(made.folder, tmp_path / "house", symlinks=True)
    return Small(tmp_path / "house", wheels)


def test_in_an_odd_place_and_odd_surroundings(first):
    small, (code, output, errors) = first
    assert (code, output) == (3, "tiny 1.0 --odd\n"), errors
    assert errors.splitlines()[0] == "Making the virtual environment .venv (needed once) ..."
    assert small.run() == (3, "tiny 1.0\n", "")
    assert small.environments() == [".venv"]


def test_started_by_its_own_python_and_through_a_link(small, tmp_path):
    (tmp_path / "link").symlink_to(small.folder)
    python = small.folder / ".venv" / "bin" / "python"
    done = subprocess.run(
        [python, "-I", tmp_path / "link" / "run.py", "broker"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert (done.returncode, done.stdout, done.stderr) == (3, "tiny 1.0\n", "")


def test_an_upgrade_that_cannot_be_had_leaves_what_works(small):
    small.pin("9.0")
    code, output, errors = small.run()
    assert (code, output) == (3, "tiny 1.0\n")
    assert "There is no tiny 9.0 for this machine" in errors
    assert errors.endswith("Until then Loggia runs with the packages that it had.\n")
    small.pin("1.0")
    assert small.run() == (3, "tiny 1.0\n", "")
    assert small.environments() == [".venv"]


def test_killed_in_the_middle_of_an_upgrade(small):
    small.pin("1.1")
    with small.start() as running:
        running.wait_for("Making a new virtual environment")
        running.kill()
    small.pin("1.0")
    assert small.run() == (3, "tiny 1.0\n", "")


def test_two_at_once_upgrade_once(small):
    small.pin("1.1")
    with small.start() as one, small.start() as other:
        assert (one.wait(PATIENCE_S), other.wait(PATIENCE_S)) == (3, 3)
        said = [*one.lines, *other.lines]
    assert said.count("tiny 1.1") == 2
    assert said.count("Set up.") == 1
    assert small.environments() == [".venv"]
    scripts = small.folder / ".venv" / "bin"
    assert f"#!{scripts}/python" in (scripts / "pip").read_text() or "exec" in (scripts / "pip").read_text()
    assert ".venv.new" not in (scripts / "activate").read_text()


def test_from_a_folder_that_is_gone(small, tmp_path):
    (tmp_path / "gone").mkdir()
    small.pin("1.1")
    script = 'cd "$1" && rmdir "$1" && shift && exec "$@"'
    command = ["sh", "-c", script, "sh", str(tmp_path / "gone"), *small.command()]
    with Running(command, environment=small.surroundings) as running:
        assert running.wait(PATIENCE_S) == 3
        assert running.lines[-1] == "tiny 1.1"


def test_ctrl_c_in_the_middle_leaves_nothing(small):
    small.pin("1.1")
    with small.start() as running:
        running.wait_for("Making a new virtual environment")
        running.send(signal.SIGINT)
        assert running.wait() == 130
    assert small.environments() == [".venv"]


@pytest.mark.parametrize("damaged", ["tiny/__init__.py", "tiny-1.0.dist-info"])
def test_damage_is_repaired(small, damaged):
    (packages,) = (small.folder / ".venv" / "lib").glob("python*/site-packages")
    os.rename(packages / damaged, small.folder / "gone")
    code, output, errors = small.run()
    assert (code, output) == (3, "tiny 1.0\n"), errors
    assert errors.startswith("Making a new virtual environment .venv: tiny")


@pytest.mark.parametrize(("name", "told"), [("a:b", '":" in its name'), (b"a\xffb", "not UTF-8")])
def test_where_python_makes_no_environment_the_name_is_told(small, name, told):
    small.folder = small.folder.rename(small.folder.with_name(os.fsdecode(name)))
    code, output, errors = small.run()
    assert (code, output) == (1, "")
    assert errors.startswith("ERROR: Loggia cannot run in '")
    assert told in errors
