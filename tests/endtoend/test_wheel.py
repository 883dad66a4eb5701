"""What `pip install` gives: one name among the packages of a Python, and programs that start."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.endtoend.processes import HOUSE
from tests.patience import PATIENCE_S

OURS = ("shared", "broker", "qtclient", "packaging", "pyproject.toml", "README.md", "LICENSE")
PUBLIC = "from loggia import Client, Bot, TestBot, Refused, NotReachable"


def run(*command: object) -> str:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=10 * PATIENCE_S, cwd="/"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an environment that has Loggia as a wheel, and what that needs, without the window."""
    folder = tmp_path_factory.mktemp("wheel")
    source, environment = folder / "source", folder / "environment"
    source.mkdir()
    for name in OURS:
        run("cp", "-r", HOUSE / name, source)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    run(*pip, "wheel", "--no-deps", "--wheel-dir", folder, source)
    run(sys.executable, "-m", "venv", "--without-pip", environment)
    (wheel,) = folder.glob("loggia-*.whl")
    before = set(packages(environment))
    run(*pip, "--python", environment / "bin" / "python", "install", "--no-compile", "--no-deps", wheel)
    gained = {name for name in packages(environment) if name not in before}
    assert {name.partition("-")[0] for name in gained} == {"loggia"}, "nothing else has its name at the top"
    run(*pip, "--python", environment / "bin" / "python", "install", wheel)
    return environment


def packages(environment: Path) -> list[str]:
    (site,) = environment.glob("lib/python*/site-packages")
    return [path.name for path in site.iterdir()]


@pytest.mark.timeout(900)
def test_the_public_face_needs_no_toolkit(installed: Path) -> None:
    python = installed / "bin" / "python"
    assert "PyQt6" not in packages(installed)
    run(python, "-W", "error", "-c", f"{PUBLIC}\nassert 'zmq' in __import__('sys').modules")
    run(python, "-W", "error", "-c", "import loggia, sys\nassert 'zmq' not in sys.modules")


def test_the_programs_start(installed: Path) -> None:
    assert "--requests" in run(installed / "bin" / "loggia-broker", "--help")
    assert "requests = " in run(installed / "bin" / "loggia-broker", "--print-config")
    assert "--connect" in run(installed / "bin" / "loggia-window", "--help")
    assert "--requests" in run(installed / "bin" / "python", "-m", "loggia.broker", "--help")


def test_every_room_is_in_it(installed: Path) -> None:
    (site,) = installed.glob("lib/python*/site-packages")
    for top in ("shared", "broker", "qtclient"):
        ours = {path.relative_to(HOUSE) for path in (HOUSE / top).rglob("*.py")}
        theirs = {path.relative_to(site / "loggia") for path in (site / "loggia" / top).rglob("*.py")}
        assert ours == theirs
    assert (site / "loggia" / "py.typed").exists()
