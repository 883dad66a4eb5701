"""Python's compiled files, kept as they are where Loggia is installed, whatever whoever measures is told."""

from collections.abc import Mapping
from pathlib import Path


def kept(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The environment of processes that keep them in that folder: the second start compiles nothing."""
    here = {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**here, "PYTHONPYCACHEPREFIX": str(folder)}
