"""How pages get to the disk and back. What a changed byte of them leads to: test_integrity.py."""

import itertools
import zlib

import apsw
import pytest
from loggia.broker.storage import page_checksums
from loggia.broker.storage.database import Database
from loggia.broker.storage.page_checksums import JOINED_BYTES, PAGE_BYTES
from loggia.shared.protocol.errors import StorageFull

from tests.broker.disks import a_disk
from tests.broker.power import Synced, Wrote, a_watched_disk

WAL = "loggia.db-wal"


@pytest.fixture
def opened(tmp_path):
    """Opens the database of this test; it is closed at the end."""
    found = []

    def opened():
        file = tmp_path / "loggia.db"
        file.touch()
        found.append(Database(file, "first"))
        return found[-1]

    yield opened
    for database in found:
        database.close()


def store(database, first, rows=100, size=5000):
    for place in range(first, first + rows):
        database.connection.execute("INSERT INTO chunks VALUES(?, ?, ?)", (place, b"", bytes([place]) * size))


def stored(db):
    return [place for (place,) in db.execute("SELECT place FROM chunks ORDER BY place")]


def test_a_commit_writes_its_pages_together_and_before_its_sync(tmp_path, opened):
    with a_watched_disk(tmp_path) as disk:
        database = opened()
        before = len(disk.history)
        with database.transaction():
            store(database, 1)
        history = [op for op in disk.history[before:] if op.name == WAL]
        database.close()
    writes = [op for op in history if isinstance(op, Wrote)]
    pages = sum(len(op.data) for op in writes) // PAGE_BYTES
    assert pages > 100
    assert max(len(op.data) for op in writes) <= JOINED_BYTES
    assert len(writes) <= pages // (JOINED_BYTES // PAGE_BYTES) + 3  # the header, and the last ones
    assert isinstance(history[-1], Synced), "nothing is left to be written behind the sync"
    behind_header = writes[1:]
    assert all(a.offset + len(a.data) == b.offset for a, b in itertools.pairwise(behind_header))


def test_whoever_reads_beside_it_sees_what_is_committed(opened, tmp_path):
    database = opened()
    with database.transaction():
        store(database, 1, rows=3)
    beside = apsw.Connection(str(tmp_path / "loggia.db"), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        assert stored(beside) == [1, 2, 3]
        with database.transaction():
            store(database, 4, rows=3)
            assert stored(beside) == [1, 2, 3]
        assert stored(beside) == [1, 2, 3, 4, 5, 6]
    finally:
        beside.close()


def test_what_a_large_transaction_has_put_aside_can_be_read_within_it(opened):
    """SQLite writes pages to the WAL before the commit where its memory does not hold them all."""
    database = opened()
    database.connection.pragma("cache_size", 5)
    with database.transaction():
        store(database, 1, rows=20, size=50)
        for _ in range(20):
            store(database, 101, rows=50)
            assert stored(database.connection) == [*range(1, 21), *range(101, 151)]
            database.connection.execute("DELETE FROM chunks WHERE place > 100")
    assert stored(database.connection) == [*range(1, 21)]
    assert database.connection.pragma("integrity_check") == "ok"


@pytest.mark.parametrize("rows", [1, 100])
def test_what_a_full_disk_did_not_take_is_not_written_later(opened, rows):
    with a_disk() as disk:
        database = opened()
        with database.transaction():
            store(database, 1, rows=3)
        disk.full = True
        with pytest.raises(StorageFull), database.transaction():
            store(database, 50, rows=rows)
        disk.full = False
        with database.transaction():
            store(database, 4, rows=3)
        assert stored(database.connection) == [1, 2, 3, 4, 5, 6]
        assert database.connection.pragma("integrity_check") == "ok"
        database.close()


def test_of_each_page_a_sum_is_made_once_when_it_is_written_and_once_when_it_is_read(opened, monkeypatch):
    database, summed = opened(), []

    def crc32(data, *start):
        summed.append(len(data))
        return zlib.crc32(data, *start)

    monkeypatch.setattr(page_checksums, "crc32", crc32)
    with database.transaction():
        store(database, 1, rows=2, size=100)
    assert summed == [PAGE_BYTES]
    database.connection.execute("PRAGMA shrink_memory")
    assert stored(database.connection) == [1, 2]
    assert summed.count(PAGE_BYTES) == 2, "of what was read from the database the sum is of less"
