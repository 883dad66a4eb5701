"""`python -m broker restore FILE`: put a backup in a log's place. Runs in the tool's thread."""

import argparse
import os
import secrets
import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from loggia.broker.admin import leash, recognize, verify
from loggia.broker.admin.progress import Progress
from loggia.broker.admin.snapshot import snapshot
from loggia.broker.admin.verify import Report
from loggia.broker.storage import damage, data_dir, migrations
from loggia.broker.storage.damage import Damage
from loggia.broker.storage.database import Database, check_format
from loggia.broker.storage.heads_file import HeadsFile
from loggia.shared.process import durable, files, ownership
from loggia.shared.protocol.errors import StorageBroken
from loggia.shared.protocol.names import escaped

STAGED = "loggia.db.restored-"  # and some chance: two may be at it, and nobody else may know it
COPY_BYTES = 1 << 20  # at once


def run(data: Path, flags: argparse.Namespace, progress: Progress) -> int:
    """The command."""
    report, aside = restore(data, Path(flags.file), progress)
    print(f"Restored: {report.extent()}.")
    if aside is not None:
        print(f"What was here before is kept in {escaped(str(aside))}.")
    print("This is a new life of the log: clients keep their own copies aside and start again.")
    return 0


def restore(data: Path, file: Path, progress: Progress) -> tuple[Report, Path | None]:
    """Put `file` in the place of the log, with a new epoch; a running broker steps aside for it.

    Returns what was restored, and where the old data is. Raises StorageBroken, LoggiaError, OSError; then the
    log is as it was.
    """
    if not os.path.exists(file):
        raise StorageBroken(f"there is no backup at {file}")
    recognize.refuse_unless("backup", file)
    _refuse_served(file, data)
    staged = data / f"{STAGED}{secrets.token_hex(4)}"
    with data_dir.made(data), data_dir.called(staged, data):
        try:
            report = _stage(file, staged, progress)
            with leash.aside(data), closing(data_dir.lock(data)), ownership.rights_of_owner(data):
                aside = _swap(data, staged, report)
        finally:
            for left in data.glob(f"{staged.name}*"):
                left.unlink(missing_ok=True)
    return report, aside


def _refuse_served(file: Path, data: Path) -> None:
    """A file that somebody writes is at no moment a backup."""
    place = Path(os.path.realpath(file))
    if place == Path(os.path.realpath(data / data_dir.DATABASE)):
        raise StorageBroken(f"{file} is the log that is here already; choose what `backup` wrote")
    if place.name == data_dir.DATABASE and data_dir.is_held(place.parent):
        raise StorageBroken(
            f"{file} is the log of a broker that runs; write a copy of it with `backup`, and restore that"
        )


def _stage(file: Path, staged: Path, progress: Progress) -> Report:
    """A verified copy beside the log, which has its new epoch already.

    Copied as a file: a backup may lie where SQLite cannot write the files that it wants beside it.
    """
    place = Path(os.path.realpath(file))  # what belongs to a file is not beside a link to it
    _copy(place, staged)
    wal = place.with_name(f"{place.name}-wal")
    if data_dir.has_frames(wal):
        _copy(wal, staged.with_name(f"{staged.name}-wal"))
    if check_format(staged) != migrations.LOG.newest:
        try:
            Database(staged, secrets.token_hex(8), keeps_old=False).close()
        except StorageBroken as reason:
            raise StorageBroken(f"{file} cannot be restored: {reason}") from reason
    with snapshot(staged, called=file) as copied:
        report = verify.examine(copied, progress)
    verify.examine_pages(report, staged, called=file)
    if report.damage:
        raise StorageBroken(f"{file} is damaged ({damage.in_words(report.damage)}); choose another backup")
    with closing(Database(staged, secrets.token_hex(8))) as database:
        database.begin_life(secrets.token_hex(8))
    durable.settle(staged)
    return report


def _swap(data: Path, staged: Path, report: Report) -> Path | None:
    """Under the lock. A broker that started before the last step would find the data damaged."""
    for left in data.glob(f"{STAGED}*"):  # by a restore that was killed
        if not left.name.startswith(staged.name):
            left.unlink(missing_ok=True)
    with snapshot(staged) as log:
        epoch = log.epoch
    was = _set_aside(data)
    staged.replace(data / data_dir.DATABASE)
    HeadsFile(data / data_dir.HEADS, epoch, report.ends).close()
    data_dir.drop_search(data)
    (data / data_dir.DAMAGE).unlink(missing_ok=True)
    durable.sync(data)
    return was


def _set_aside(data: Path) -> Path | None:
    """Keep the old files in a folder of their own."""
    if not data_dir.has_content(data / data_dir.DATABASE):
        return None
    now = datetime.now(UTC)
    aside = data / f"before-restore-{now:%Y-%m-%d-%H%M%S}-{secrets.token_hex(2)}"
    files.make_folder(aside)
    for name in (data_dir.DATABASE, data_dir.WAL, data_dir.HEADS, data_dir.DAMAGE):
        if (data / name).exists():
            _keep(data / name, aside / name)
    durable.sync(aside)
    damage.keep(data / data_dir.DAMAGE, [Damage(None, 0, "a restore was interrupted; run it again")])
    for name in (data_dir.WAL, f"{data_dir.DATABASE}-shm"):
        (data / name).unlink(missing_ok=True)
    return aside


def _copy(file: Path, copy: Path) -> None:
    """What root alone may read can be put into the folder of somebody else."""
    with files.reading(file) as source, ownership.rights_of_owner(copy.parent), files.create(copy) as out:
        shutil.copyfileobj(source, out, COPY_BYTES)


def _keep(file: Path, copy: Path) -> None:
    """The same bytes under another name; `file` is replaced or removed behind this, never written again."""
    try:
        os.link(file, copy)
    except OSError:  # not on this file system
        with files.reading(file) as source, files.create(copy) as out:
            shutil.copyfileobj(source, out, COPY_BYTES)
