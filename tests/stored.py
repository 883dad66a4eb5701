"""Folders that older versions left: tests/data/README.md says what is in them."""

import json
import shutil
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
FORMATS = ["log-2-replica-1", "log-2-replica-2"]


def unpack(name: str, folder: Path) -> dict[str, Any]:
    """Puts a stored folder there; returns what was told of it when it was made."""
    shutil.unpack_archive(DATA / f"{name}.zip", folder)
    told: dict[str, Any] = json.loads((folder / "told.json").read_text(encoding="utf-8"))
    return told


def content(folder: Path) -> dict[str, bytes]:
    """All files below a folder, by their names."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
