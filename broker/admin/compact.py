"""`python -m broker compact`: join small rows and give back unused space. Runs in the tool's thread.

Each message that came alone has a row of its own. No event, number or hash changes.
"""

import argparse
import secrets
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import apsw
from loggia.broker.admin import leash
from loggia.broker.admin.progress import Progress
from loggia.broker.storage import damage, data_dir
from loggia.broker.storage.chunks import PAGE_BYTES, Chunks, Unsound
from loggia.broker.storage.database import Database
from loggia.broker.storage.event_rows import Chunk
from loggia.broker.storage.hash_chain import BLOCK_EVENTS, Chain, block_start
from loggia.broker.storage.log import Log
from loggia.broker.storage.mixed import Change
from loggia.shared.process import format
from loggia.shared.protocol.errors import StorageBroken, StorageDamaged, StorageFull

ROOMS = 1000  # and of rooms whose ends lie in rows with those of others
ROWS = 5000  # in one transaction: bounds memory and the WAL

_RUNS = """
SELECT account, length, largest_id, first, last, ranges FROM runs
WHERE (account, length, largest_id) > (?, ?, ?) ORDER BY account, length, largest_id LIMIT ?
"""
Ids = tuple[int, int, str, int, int, bytes | None]  # a row of `runs`


def run(data: Path, flags: argparse.Namespace, progress: Progress) -> int:
    """The command."""
    before, after = compact(data, progress)
    print(f"Compacted: {format.size(before)} before, {format.size(after)} after.")
    return 0


def compact(data: Path, progress: Progress) -> tuple[int, int]:
    """Make the log in a data folder small; a running broker steps aside. Returns bytes before and after.

    Raises StorageBroken, StorageFull (it takes as much room again as the log while it works), LoggiaError.
    """
    file = data / data_dir.DATABASE
    if not data_dir.has_content(file):
        raise StorageBroken(f"there is no log at {file}; name its folder with --data")
    damage.refuse(data / data_dir.DAMAGE)
    with leash.aside(data):
        with closing(Log(data, secrets.token_hex(8))) as log:
            if log.frozen:
                raise StorageBroken(f"{log.frozen} Restore it first")
            log.database.checkpoint()
            before = file.stat().st_size
            try:
                _join_events(log.database, progress)
                _join_ids(log.database)
                log.database.connection.execute("VACUUM")
            except (StorageFull, apsw.FullError) as reason:
                raise StorageFull(f"{data}: {reason}; it takes as much room again as the log") from reason
            except (Unsound, apsw.Error) as reason:
                raise StorageDamaged(
                    f'the log cannot be read ({reason}); see the command "verify"'
                ) from reason
        return before, file.stat().st_size


def _join_events(database: Database, progress: Progress) -> None:
    chunks = Chunks(database.connection)
    _put_away(database, chunks)
    rooms = [number for (number,) in database.connection.execute("SELECT number FROM rooms")]
    progress.begin("compacting", sum(map(chunks.head, rooms)), "events")
    for room in rooms:
        chain = Chain()
        while rows := list(islice(chunks.checked(room, chain), ROWS)):
            with database.transaction():
                for some in _together(rows):
                    if len(some) > 1:
                        chunks.join(room, some)
            database.relieve()
            progress.advance(rows[-1].last - rows[0].first + 1)
    progress.end()


def _put_away(database: Database, chunks: Chunks) -> None:
    """All rooms get rows of their own."""
    change: Change | None
    while True:
        with database.transaction():
            change = chunks.put_away(ROOMS)
        if change is None:
            return
        chunks.settle(change)
        database.relieve()


def _together(rows: Iterable[Chunk]) -> Iterator[list[Chunk]]:
    """Rows of one block that become one."""
    some: list[Chunk] = []
    size = 0
    for row in rows:
        size += len(row.lines)
        if some and (block_start(row.last) != block_start(some[0].first) or size > PAGE_BYTES):
            yield some
            some, size = [], len(row.lines)
        some.append(row)
    if some:
        yield some


def _join_ids(database: Database) -> None:
    """Ids of events that follow each other, too: the largest one of as many as a row of events holds."""
    db = database.connection
    behind: tuple[int, int, str] = (0, 0, "")
    while rows := list(db.execute(_RUNS, (*behind, ROWS))):
        with database.transaction():
            for some in _neighbours(rows):
                account, length, largest_id, _, last, _ = some[-1]
                db.executemany(
                    "DELETE FROM runs WHERE account = ? AND length = ? AND largest_id = ?",
                    [ids[:3] for ids in some[:-1]],
                )
                if len(some) > 1:
                    row = (account, length, largest_id, some[0][3], last, None)
                    db.execute("INSERT OR REPLACE INTO runs VALUES(?, ?, ?, ?, ?, ?)", row)
        database.relieve()
        behind = rows[-1][:3]


def _neighbours(rows: Iterable[Ids]) -> Iterator[list[Ids]]:
    """Runs of one account whose events follow each other in one room."""
    some: list[Ids] = []
    for row in rows:
        in_one_room = some and row[5] is None and some[-1][5] is None
        follows = in_one_room and row[0] == some[-1][0] and row[3] == some[-1][4] + 1
        if some and not (follows and row[4] - some[0][3] < BLOCK_EVENTS):
            yield some
            some = []
        some.append(row)
    if some:
        yield some
