"""Runs in the launcher's only thread: asks the broker for its settings (0.2 s). Standard library only."""

import subprocess
import tomllib
from pathlib import Path
from typing import NamedTuple

from loggia.launch.console import Trouble, say
from loggia.launch.place import Programs

OFF = "off"


class Settings(NamedTuple):
    """Where the broker serves and keeps its log. `front_door`: HOST:PORT, or "off"."""

    requests: str
    broadcasts: str
    front_door: str
    data: Path


def ask(programs: Programs) -> Settings:
    """The settings in force: environment, `broker.toml`, defaults. Raises Trouble when one is bad."""
    asked = subprocess.run(
        programs.command("broker", "--print-config"),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env={**programs.environment, "PYTHONIOENCODING": "utf-8"},
    )
    if asked.returncode != 0:
        raise Trouble(without_mark(asked.stdout + asked.stderr))
    if asked.stderr:
        say(asked.stderr.rstrip())  # a setting that may be misspelt
    told = tomllib.loads(asked.stdout)
    return Settings(told["requests"], told["broadcasts"], told["front_door"], Path(told["data"]))


def without_mark(said: str) -> str:
    """What a broker that cannot start says, without the ERROR that Trouble is shown with."""
    return said.strip().removeprefix("ERROR: ")
