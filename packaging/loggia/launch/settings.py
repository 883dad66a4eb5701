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


class Asking:
    """The broker is being asked from now on, while other things are done: `told` waits for what it says."""

    def __init__(self, programs: Programs) -> None:
        self._asked = subprocess.Popen(
            programs.command("broker", "--print-config"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            env={**programs.environment, "PYTHONIOENCODING": "utf-8"},
        )

    def __enter__(self) -> "Asking":
        return self

    def __exit__(self, *_: object) -> None:
        """Whatever came in between: nobody asks any more."""
        self._asked.kill()
        self._asked.communicate()

    def told(self) -> Settings:
        """The settings in force: environment, `broker.toml`, defaults. Raises Trouble when one is bad."""
        output, errors = self._asked.communicate()
        if self._asked.returncode != 0:
            raise Trouble(without_mark(output + errors))
        if errors:
            say(errors.rstrip())  # a setting that may be misspelt
        told = tomllib.loads(output)
        return Settings(told["requests"], told["broadcasts"], told["front_door"], Path(told["data"]))


def ask(programs: Programs) -> Settings:
    """Ask, and wait. Raises Trouble as `told`."""
    with Asking(programs) as asking:
        return asking.told()


def without_mark(said: str) -> str:
    """What a broker that cannot start says, without the ERROR that Trouble is shown with."""
    return said.strip().removeprefix("ERROR: ")
