"""A house whose virtual environment is made by fakes that leave on the disk what the real steps leave."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from launch import environment
from launch.requirements import Pin
from launch.venv import Venv

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
    monkeypatch.setattr("launch.pip.install", install)
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
