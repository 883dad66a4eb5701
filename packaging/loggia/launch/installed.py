"""The command `loggia` of an installed package: what run.py does after setting up. Runs in its only thread.

What is lacking is not installed, but named, with what installs it. Standard library only.
"""

import importlib.metadata
import importlib.util
import os
import sys
from pathlib import Path

from loggia.launch import checkout, commands, system
from loggia.launch.console import Trouble
from loggia.launch.place import Place, paths
from loggia.launch.requirements import WINDOW


class Installed(Place):
    """Among the packages of the Python that runs."""

    name = typed = "loggia"
    package = "loggia."

    @property
    def bots(self) -> Path:
        found = importlib.util.find_spec("loggia.bots")
        assert found is not None
        assert found.submodule_search_locations is not None
        return Path(next(iter(found.submodule_search_locations)))

    def lacking(self, *sections: str) -> str:
        if WINDOW not in sections or importlib.util.find_spec("PyQt6") is not None:
            return ""
        return (
            "The window needs PyQt6, which is not installed here; a broker and bots need none. "
            f"Install it with: {sys.executable} -m pip install PyQt6"
        )

    def python(self, *sections: str) -> Path:
        if lacking := self.lacking(*sections):
            raise Trouble(lacking)
        return Path(sys.executable)

    def see_to_libraries(self) -> None:
        system.require_for_window()

    def not_here(self, command: str) -> str:
        if command not in checkout.ONLY_HERE:
            return ""
        return (
            f"ERROR: loggia {command} needs Loggia's source, which is not installed: "
            f"type python3 run.py {command} in a checkout of it."
        )

    def version(self) -> str:
        return importlib.metadata.version("loggia")

    def surroundings(self) -> dict[str, str]:
        return {**os.environ}

    def surroundings_of(self, script: Path) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": paths([script.parent])}


def start() -> int:
    """The whole program; gives its exit code."""
    return commands.main(Installed(), commands.COMMANDS, sys.argv[1:])
