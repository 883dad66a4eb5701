"""`python -m broker upgrade`: bring the log of an older version to this one's. Runs in the tool's thread.

A broker that starts does the same by itself; `--check` says what it would do, and changes nothing.
"""

import argparse
import secrets
from contextlib import closing
from pathlib import Path

from loggia.broker.admin import leash
from loggia.broker.admin.progress import Progress
from loggia.broker.admin.verify import refuse_damaged_older
from loggia.broker.storage import data_dir, migrations
from loggia.broker.storage.database import check_format
from loggia.broker.storage.log import Log
from loggia.shared.process import format
from loggia.shared.process.migrations import MAGIC, copy_of, has_room
from loggia.shared.protocol.errors import StorageBroken


def run(data: Path, flags: argparse.Namespace, progress: Progress) -> int:
    """The command; it fails where a broker could not start over this log."""
    file = data / data_dir.DATABASE
    number, newest = check_format(file), migrations.LOG.newest
    if number == 0 and not _is_database(file):
        raise StorageBroken(
            f"{file} is not what Loggia wrote, so its format is not known; `verify` says what is left of it, "
            "`restore` puts a backup in its place"
        )
    if number in (0, newest):
        print(f"The log is of format {newest}, which is this version's: there is nothing to do.")
        return 0
    refuse_damaged_older(data)
    if flags.check:
        print(_would(file, number))
        return 0
    with leash.aside(data), closing(Log(data, secrets.token_hex(8))) as log:
        print(f"The log was brought {log.database.upgraded}.")
    return 0


def _is_database(file: Path) -> bool:
    with file.open("rb") as database:
        return database.read(len(MAGIC)) == MAGIC


def _would(file: Path, number: int) -> str:
    """What a broker would do that starts, or this command."""
    wal = file.with_name(data_dir.WAL)
    size = file.stat().st_size + (wal.stat().st_size if wal.exists() else 0)
    would = "would be kept as" if has_room(file, size) else "would not fit on the disk beside it, as"
    return (
        f"The log would be brought from format {number} to {migrations.LOG.newest}; the old file "
        f"({format.size(size)}) {would} {copy_of(file, number).name}. Nothing was changed."
    )
