"""`python -m broker backup FILE`: a verified copy, of a running broker too. Runs in the tool's thread."""

import argparse
from contextlib import closing
from pathlib import Path

import apsw
from loggia.broker.admin import verify
from loggia.broker.admin.progress import Progress
from loggia.broker.admin.snapshot import LogSnapshot, snapshot
from loggia.broker.admin.verify import Report
from loggia.broker.storage import damage, data_dir
from loggia.broker.storage.page_checksums import Pages
from loggia.shared.process import format, paths
from loggia.shared.protocol.errors import StorageBroken, StorageFull
from loggia.shared.protocol.names import escaped

STEP_PAGES = 1000  # 4 MB between two words of progress


def run(data: Path, flags: argparse.Namespace, progress: Progress) -> int:
    """The command."""
    file = Path(flags.file)
    report = backup(data, file, progress)
    size = format.size(file.stat().st_size)
    print(f"Backed up and verified: {report.extent()}, {size} in {escaped(str(file))}.")
    return 0


def backup(data: Path, file: Path, progress: Progress) -> Report:
    """Copy the log in a data folder to a new `file`, and verify the copy. Raises StorageBroken, OSError.

    The copy is the log at one moment, whatever is stored meanwhile; there is no file when it is not sound.
    """
    data_dir.refuse_inside(data, file)
    paths.for_sqlite(file)  # with a sentence about this name
    if known := damage.known(data / data_dir.DAMAGE):
        raise StorageBroken(f"this log is damaged ({damage.in_words(known)}); what is sound can be exported")
    past = verify.Past(data)
    with data_dir.becoming(file) as fresh:
        with snapshot(data / data_dir.DATABASE) as log:
            copy(log, fresh, progress)
        with snapshot(fresh, called=file) as copied:
            report = verify.examine(copied, progress)
            past.compare(report, copied)
        if report.damage:
            what = damage.in_words(report.damage)
            raise StorageBroken(f'what was copied is damaged ({what}); see the command "verify"')
    return report


def copy(log: LogSnapshot, file: Path, progress: Progress) -> None:
    """Write the snapshot into `file`, which is empty.

    Raises OSError, StorageFull, apsw.Error.
    """
    pages = Pages()
    try:
        with (
            closing(apsw.Connection(paths.for_sqlite(file), vfs=pages.name)) as target,
            target.backup("main", log.connection, "main") as running,
        ):
            running.step(0)
            progress.begin("copying", running.page_count, "pages")
            while not running.done:
                before = running.remaining
                running.step(STEP_PAGES)
                progress.advance(before - running.remaining)
            progress.end()
    except apsw.FullError as reason:
        raise StorageFull(f"there is no room left for a copy at {file.parent}") from reason
    finally:
        pages.unregister()
