"""`python -m broker reindex`: make the index of the search again. Runs in the tool's thread.

All of it follows from the log. A broker does the same by itself while nobody asks for anything, a little at a
time; what this command leaves when it is ended, the broker goes on with.
"""

import argparse
import secrets
from contextlib import closing
from pathlib import Path

from loggia.broker.admin import leash
from loggia.broker.admin.progress import Progress
from loggia.broker.storage import damage, data_dir
from loggia.broker.storage.indexing import Indexing
from loggia.broker.storage.log import Log
from loggia.shared.process import format
from loggia.shared.protocol.errors import StorageBroken, StorageFull

STEP_S = 0.5


def run(data: Path, flags: argparse.Namespace, progress: Progress) -> int:
    """The command."""
    events, size = reindex(data, progress)
    print(f"Indexed: {format.count(events, 'event')}, in {size:,} bytes.")
    return 0


def reindex(data: Path, progress: Progress) -> tuple[int, int]:
    """Throw the index away, and make it again, a running broker steps aside. Returns of how many events it
    is, and how many bytes it has.

    Raises StorageBroken, StorageFull, LoggiaError.
    """
    damage.refuse(data / data_dir.DAMAGE)
    with leash.aside(data), closing(Log(data, secrets.token_hex(8))) as log:
        if log.frozen:
            raise StorageBroken(f"{log.frozen} Restore it first")
        with closing(Indexing(data, log)) as index:
            index.begin(log.load_rooms().values())
            index.again()
            done, total = index.progress()
            progress.begin("indexing", total, "events")
            while index.step(STEP_S):
                before, (done, total) = done, index.progress()
                progress.advance(done - before)
            progress.end()
            if not index.is_complete:
                raise StorageFull(f"{data}: the index cannot be written; the broker goes on with it")
        return total, (data / data_dir.SEARCH).stat().st_size
