"""A house whose virtual environment is made by fakes that leave what the real steps leave; and one to run."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from loggia.launch import environment
from loggia.launch.requirements import Pin
from loggia.launch.venv import Venv
from tests.launch.house import Started, small_house
from tests.launch.programs import DRIVER, HOUSE
from tests.patience import PATIENCE_S

PINS = """# [program] for all
pyzmq==27.3.0
# [window]
PyQt6==6.11.0
# [tools]
ruff==0.17.6
colorama==0.4.6 ; sys_platform == "atari"
"""
PROJECT = """[project]
dependencies = ["pyzmq>=27"]
[project.optional-dependencies]
window = ["PyQt6>=6.8,<7"]
test = ["ruff>=0.17"]
check = []
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    house = tmp_path / "house"
    house.mkdir()
    (house / "requirements.txt").write_text(PINS)
    (house / "pyproject.toml").write_text(PROJECT)
    (house / "run.py").write_text("")
    return house


class Steps(list[str]):
    """The steps that were taken. `fails`: what the next installation raises."""

    fails: BaseException | None = None


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    taken = Steps()

    def make(folder: Path) -> None:
        taken.append("make")
        python = Venv(folder).python
        python.parent.mkdir()
        python.symlink_to(os.path.realpath(sys.executable))
        (folder / "pyvenv.cfg").write_text(f"home = {sys.base_prefix}\ncommand = venv {folder}\n")
        (python.parent / "pip").write_text(f"#!{python}\n")
        put(folder, Pin("pip", "23.0", "", ""))

    def install(python: Path, lines: Sequence[str], **_: object) -> None:
        pins = [line.partition(" ;")[0].split("==") for line in lines if "atari" not in line]
        taken.append("install " + " ".join(name for name, _ in pins))
        if taken.fails:
            failure, taken.fails = taken.fails, None
            raise failure
        for name, version in pins:
            put(python.parent.parent, Pin(name, version, "", ""))

    monkeypatch.setattr(environment, "_make", make)
    monkeypatch.setattr("loggia.launch.pip.install", install)
    return taken


def put(folder: Path, pin: Pin) -> None:
    """A package of one module, as pip leaves it."""
    site, module = Venv(folder).packages, f"{pin.name.lower()}/__init__.py"
    info = site / f"{pin.name}-{pin.version}.dist-info"
    for made in (info, site / module):
        (made if made is info else made.parent).mkdir(parents=True, exist_ok=True)
    (site / module).write_text("import sys\n")
    (info / "RECORD").write_text(
        f"{module},sha256=x,11\n../../../bin/tool,sha256=y,99\n{info.name}/RECORD,,\n"
    )


@pytest.fixture
def start(tmp_path):
    """Start `run.py ARGUMENTS` in the small house: gives the process, its output piped."""
    house = tmp_path / "house"
    house.mkdir()
    surroundings = {**small_house(house), "QT_QPA_PLATFORM": "offscreen"}
    (house / ".venv").mkdir()
    (house / "bots").mkdir()
    (house / "bots" / "shout.py").write_text(
        "import os, sys\nprint(os.getcwd(), *sys.argv[1:])\nsys.exit(7)\n"
    )
    (house / "bots" / "_shared.py").write_text("")
    (tmp_path / "elsewhere" / "broker").mkdir(parents=True)  # a folder of that name hides nothing

    started: list[Started] = []

    def start(
        *arguments: str, closed: tuple[int, ...] = (), stdout: Any = subprocess.PIPE, **variables: str | None
    ) -> Started:
        environment = {k: v for k, v in {**surroundings, **variables}.items() if v is not None}
        process = Started(
            [sys.executable, "-c", DRIVER, str(HOUSE / "packaging"), str(house), *arguments],
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path / "elsewhere",
            env=environment,
            preexec_fn=(lambda: [os.close(number) for number in closed]) if closed else None,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.end()


@pytest.fixture
def run(start):
    """Run `run.py ARGUMENTS` to its end: gives its exit code, output and errors."""

    def run(*arguments: str, **variables: str | None) -> tuple[int, str, str]:
        with start(*arguments, **variables) as process:
            output, errors = process.communicate(timeout=PATIENCE_S)
        return process.returncode, output, errors

    return run
