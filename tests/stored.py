"""Folders that older versions left: tests/data/README.md says what is in them."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
FORMATS = ["log-2-replica-1", "log-2-replica-2", "log-3-replica-2", "log-4-replica-2", "log-5-replica-2"]


def unpack(name: str, folder: Path) -> dict[str, Any]:
    """Puts a stored folder there; returns what was told of it when it was made."""
    shutil.unpack_archive(DATA / f"{name}.zip", folder)
    told: dict[str, Any] = json.loads((folder / "told.json").read_text(encoding="utf-8"))
    return told


def content(folder: Path) -> dict[str, bytes]:
    """All files below a folder, by their names."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


BROUGHT = (
    "The log would be brought from format 2 to 6; the old file (49 KB) would be kept as loggia.db.format-2. "
    "Nothing was changed."
)
OTHER = "written by another version of Loggia (format {number}, this one reads 6); use that {which} version"
NONE = "there is no log in {data}"
# What `upgrade --check` finds: how it ends, and what its one line has.
CHECKED = {
    "no folder": (1, NONE),
    "an empty folder": (1, NONE),
    "a file": (1, "there is no log in {data}, which is a file"),
    "an empty file": (1, NONE),
    "no database": (1, "{data}/loggia.db is not what Loggia wrote"),
    "another program's": (1, "{data}/loggia.db is a SQLite database of something else"),
    "before the first": (1, OTHER.format(number=1, which="older")),
    "format 2": (0, BROUGHT),
    "newer": (1, OTHER.format(number=7, which="newer")),
}


def to_check(what: str, folder: Path) -> Path:
    """A data folder of that name in CHECKED, below `folder`."""
    data = folder / "log"
    file = data / "loggia.db"
    if what == "a file":
        data.write_text("hello")
    elif what in ("format 2", "newer"):
        unpack(FORMATS[1], folder)
    elif what != "no folder":
        data.mkdir()
    if what == "an empty file":
        file.touch()
    if what == "no database":
        file.write_text("hello, I am text\n" * 1000)
    if what in ("another program's", "before the first"):
        with closing(sqlite3.connect(file)) as db:
            db.execute("CREATE TABLE notes(text)")
    if number := {"before the first": 1, "newer": 7}.get(what):
        with file.open("r+b") as database:  # where SQLite keeps it; the WAL of the stored log is empty
            database.seek(60)
            database.write(number.to_bytes(4, "big"))
    return data
