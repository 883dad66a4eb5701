"""Runs in run.py's only thread: makes `.venv` from requirements.txt, or repairs it.

Standard library only. Ctrl+C at any point leaves a folder without a stamp, which the next start makes anew.
"""

import collections
import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from launch import system
from launch.alone import alone
from launch.console import Trouble, say

STAMP = "loggia-stamp"  # written last: a folder without it was interrupted
TAIL_LINES = 15  # of a failed pip: enough to see why


def ensure(house: Path) -> Path:
    """The Python of the house's `.venv`, set up first if it is not there or not as it should be."""
    if not _is_good(house):
        with alone(house / "run.py", "Another run.py is setting Loggia up; waiting for it ..."):
            if not _is_good(house):
                _set_up(house)
    return interpreter(house)


def interpreter(house: Path) -> Path:
    """Where the Python of the virtual environment is on this system."""
    folder, name = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return house / ".venv" / folder / name


def _wanted(house: Path) -> list[str]:
    """The two lines of a good stamp: the Python it was made with, and what was installed."""
    python = f"python {sys.version.split()[0]} of {sys.base_prefix}"
    return [python, "sha256 " + hashlib.sha256((house / "requirements.txt").read_bytes()).hexdigest()]


def _stamped(house: Path) -> list[str]:
    try:
        return (house / ".venv" / STAMP).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _is_good(house: Path) -> bool:
    return interpreter(house).exists() and _stamped(house) == _wanted(house)


def _set_up(house: Path) -> None:
    wanted, stamped = _wanted(house), _stamped(house)
    same_python = interpreter(house).exists() and stamped[:1] == wanted[:1]
    _begin(house / ".venv")
    if not same_python:
        say("Making the virtual environment .venv (needed once) ...")
        _make(house / ".venv")
    say("Installing the packages of requirements.txt ...")
    _install(house)
    (house / ".venv" / STAMP).write_text("\n".join(wanted), encoding="utf-8")
    say("Set up.")


def _begin(venv: Path) -> None:
    """From here on the folder counts as interrupted."""
    try:
        venv.mkdir(exist_ok=True)
        (venv / STAMP).unlink(missing_ok=True)
        with tempfile.TemporaryFile(dir=venv):
            pass
    except OSError as reason:
        raise Trouble(
            f"Cannot write to {venv}: {reason.strerror}. Copy Loggia into a folder of your own."
        ) from None


def _make(venv: Path) -> None:
    if importlib.util.find_spec("ensurepip") is None:  # Debian keeps it in a package of its own
        system.provide(["python3-venv"], "Setting up")
    python: str = (
        getattr(sys, "_base_executable", None) or sys.executable
    )  # .venv's own cannot replace itself
    made = subprocess.run(
        [python, "-m", "venv", "--clear", str(venv)], capture_output=True, text=True, errors="replace"
    )
    if made.returncode != 0:
        raise Trouble(f"{(made.stdout + made.stderr).strip()}\nThe virtual environment could not be made.")


def _install(house: Path) -> None:
    command = [str(interpreter(house)), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command += ["--progress-bar", "off", "--requirement", str(house / "requirements.txt")]
    surroundings = {**os.environ, "PIP_USER": "0", "PYTHONUTF8": "1"}
    tail: collections.deque[str] = collections.deque(maxlen=TAIL_LINES)
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=surroundings,
        encoding="utf-8",
        errors="replace",
    ) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            tail.append(line)
            if shown := progress(line):
                say(shown)
    if pip.returncode != 0:
        raise Trouble(f"{''.join(tail).rstrip()}\nThe packages could not be installed; start again to go on.")


def progress(line: str) -> str:
    """What one line of pip's output tells a person; empty for most."""
    match line.split():
        case ["Collecting" | "Processing", package, *_]:
            return f"  {Path(package).name}"
        case ["Installing", "collected", *_]:
            return "  unpacking all of them ..."
        case _:
            return ""
