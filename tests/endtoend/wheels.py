"""A wheel of this checkout, in an environment of its own, and programs that end there."""

import os
import subprocess
import sys
from pathlib import Path

from tests.endtoend.processes import HOUSE
from tests.patience import PATIENCE_S

OURS = ("bots", "shared", "broker", "qtclient", "packaging", "pyproject.toml", "README.md", "LICENSE")
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


def run(*command: object) -> str:
    """What it prints. Nothing leads it to this checkout: run.py starts the tests with a PYTHONPATH."""
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    code, printed, complained = ends([*command], surroundings)
    assert code == 0, printed + complained
    return printed


def with_wheel(folder: Path) -> Path:
    """An environment below `folder` that has Loggia as a wheel, and what that needs, without the window.

    The wheel lies in `folder`.
    """
    environment, wheel = folder / "environment", wheel_of(source_in(folder), folder)
    run(sys.executable, "-m", "venv", "--without-pip", environment)
    before = set(packages(environment))
    into = [*PIP, "--python", environment / "bin" / "python", "install"]
    run(*into, "--no-compile", "--no-deps", wheel)
    gained = {name for name in packages(environment) if name not in before}
    assert {name.partition("-")[0] for name in gained} == {"loggia"}, "nothing else has its name at the top"
    run(*into, wheel)
    return environment


def source_in(folder: Path) -> Path:
    """A copy of what a wheel is made of: making it leaves folders behind."""
    source = folder / "source"
    source.mkdir()
    for name in OURS:
        run("cp", "-r", HOUSE / name, source)
    return source


def wheel_of(source: Path, folder: Path) -> Path:
    """The wheel that pip makes of a source, in `folder`."""
    run(*PIP, "wheel", "--no-deps", "--wheel-dir", folder, source)
    (wheel,) = folder.glob("loggia-*.whl")
    return wheel


def packages(environment: Path) -> list[str]:
    (site,) = environment.glob("lib/python*/site-packages")
    return [path.name for path in site.iterdir()]


def ends(command: list[object], surroundings: dict[str, str], **variables: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        timeout=10 * PATIENCE_S,
        cwd="/",
        env=surroundings | variables,
    )
    return done.returncode, done.stdout, done.stderr
