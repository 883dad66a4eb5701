"""Bots as real processes, from a source text or a file, for tests. Each is ended by its id."""

import sys
import textwrap
from pathlib import Path

from tests.endtoend.processes import HOUSE, Broker, Running


def started(file: Path, broker: Broker, folder: Path) -> Running:
    """A file of Python as a program, warnings being errors; its data in `folder`."""
    surroundings = {"LOGGIA_REQUESTS": broker.requests, "XDG_DATA_HOME": str(folder / "data")}
    return Running([sys.executable, "-P", "-W", "error", str(file)], environment=surroundings, folder=folder)


def own(source: str, broker: Broker, folder: Path, name: str = "own") -> Running:
    """A bot of a test's own. What is indented belongs to it."""
    file = folder / f"{name}.py"
    file.write_text(textwrap.dedent(source))
    return started(file, broker, folder)


def example(name: str, broker: Broker, folder: Path) -> Running:
    """One of bots/."""
    return started(HOUSE / "bots" / f"{name}.py", broker, folder)
