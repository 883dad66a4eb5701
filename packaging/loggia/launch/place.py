"""Which Loggia is started: that of a checkout, which run.py sets up, or one that is installed.

Runs in the only thread of what starts it. Standard library only.
"""

import os
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

COMMAND = "LOGGIA_COMMAND"  # tells a program what was typed to start it: loggia.shared.process.command


class Programs(NamedTuple):
    """How the broker and the window are started.

    `package`: what stands before their modules. `name`, `typed`: what people call what starts them, and how
    they type it.
    """

    python: Path
    environment: dict[str, str]
    package: str = ""
    name: str = "run.py"
    typed: str = "python3 run.py"

    def command(self, program: str, *arguments: str) -> list[str]:
        """-P: what lies around here hides nothing. -u: whoever reads what it prints does so at once."""
        return [str(self.python), "-P", "-u", "-m", f"{self.package}{program}", *arguments]


class Place(ABC):
    """One of the two. `name`, `typed`, `package` as in Programs."""

    name: str
    typed: str
    package: str

    @property
    @abstractmethod
    def bots(self) -> Path:
        """The folder of the bots that come with Loggia."""

    @abstractmethod
    def lacking(self, *sections: str) -> str:
        """Which of these sections is not to be had here, and what to do; empty if all are."""

    @abstractmethod
    def python(self, *sections: str) -> Path:
        """The Python that has what the program and these sections need. Raises Trouble."""

    @abstractmethod
    def see_to_libraries(self) -> None:
        """Those of the system that the window needs are there, or Trouble is raised."""

    def not_here(self, command: str) -> str:
        """Why a command is none here that is one elsewhere, and where; empty if it is none anywhere."""
        return ""

    @abstractmethod
    def version(self) -> str:
        """That of Loggia."""

    @abstractmethod
    def surroundings(self) -> dict[str, str]:
        """The environment in which the broker, the window and the tools are found from every folder."""

    @abstractmethod
    def surroundings_of(self, script: Path) -> dict[str, str]:
        """That of a bot: `loggia` is found, then what lies beside the file; nothing else has a name there."""

    def programs(self, command: str, *sections: str) -> Programs:
        """What `command`, the one that was typed, starts."""
        python = self.python(*sections)
        environment = {**self.surroundings(), COMMAND: f"{self.name} {command}"}
        return Programs(python, environment, self.package, self.name, self.typed)


def paths(folders: Iterable[Path]) -> str:
    """PYTHONPATH with these folders before what it holds."""
    return os.pathsep.join(filter(None, [*map(str, folders), os.environ.get("PYTHONPATH", "")]))


def become(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run a program in our place, so that signals and exit codes are its own."""
    if os.name != "nt":
        os.execve(command[0], [*command], environment)
    started = subprocess.Popen(command, env=environment)
    while True:
        try:
            return started.wait()
        except KeyboardInterrupt:
            continue  # Ctrl+C reached it as well: its exit code tells
