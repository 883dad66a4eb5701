"""When the WAL is emptied, how much is done at a time, and what is left of it. Power: test_power_loss.py."""

import random

import apsw
import pytest
from loggia.broker.storage import data_dir, database, heads_file, page_checksums
from loggia.broker.storage.log import Log
from loggia.broker.storage.page_checksums import EMPTY, PAGE_BYTES
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import Message

from tests.broker.disks import flip, killed
from tests.broker.house import House
from tests.broker.power import Created, Truncated, Wrote, a_watched_disk
from tests.broker.storage.peopled import peopled, says_much

WAL = "loggia.db-wal"
BATCH = 20


@pytest.fixture
def house(tmp_path):
    with peopled(tmp_path / "data") as house:
        yield house


def wal_of(house):
    return house.folder / WAL


def empties(house):
    house.log.database.checkpoint()
    assert not data_dir.has_frames(wal_of(house))


def rounds_of(history):
    """Of each checkpoint, how many pages it copied back; and how many bytes of WAL it found."""
    copied = reached = 0
    for op in history:
        if isinstance(op, Wrote) and op.name == "loggia.db":
            copied += 1
        elif isinstance(op, Wrote) and op.name == WAL and op.data == EMPTY:
            yield copied, reached
            copied = reached = 0
        elif isinstance(op, Wrote) and op.name == WAL:
            reached = op.offset + len(op.data)


@pytest.mark.parametrize(("batch", "text"), [(1, "hello"), (BATCH, "x" * 300), (3, "x" * 10_000)])
def test_a_checkpoint_copies_a_bounded_part(tmp_path, monkeypatch, batch, text):
    monkeypatch.setattr(database, "CHECKPOINT_PAGES", 40)
    monkeypatch.setattr(database, "CHECKPOINT_BYTES", 100 * PAGE_BYTES)
    (tmp_path / "data").mkdir()
    with a_watched_disk(tmp_path / "data") as disk:
        house = House(tmp_path / "data")
        house.join("ada", "ada")
        begin = len(disk.history)
        for number in range(150):
            house.ask(
                "ada", *[Message(id=f"{number:06d}-{of:03d}", room=LOBBY, text=text) for of in range(batch)]
            )
        rounds = [*rounds_of(disk.history[begin:])]
        assert len(rounds) >= 3
        in_a_batch = batch * len(text) // PAGE_BYTES + 10
        assert max(copied for copied, _ in rounds) <= 40 + in_a_batch
        assert max(reached for _, reached in rounds) <= (100 + 2 * in_a_batch) * (PAGE_BYTES + 24)
        house.close()


def test_a_wal_that_was_emptied_keeps_its_room_and_is_written_over(tmp_path, monkeypatch):
    """To sync a file that grows takes longer, and so does to cut it."""
    monkeypatch.setattr(database, "CHECKPOINT_PAGES", 20)
    (tmp_path / "data").mkdir()
    with a_watched_disk(tmp_path / "data") as disk, peopled(tmp_path / "data") as house:
        says_much(house, count=200)
        size = wal_of(house).stat().st_size
        begin = len(disk.history)
        says_much(house, "lab", count=200)
        assert wal_of(house).stat().st_size == size
        rest = disk.history[begin:]
        assert len([*rounds_of(rest)]) >= 2
        assert not [op for op in rest if op.name == WAL and isinstance(op, Created | Truncated)]
        assert (
            max(op.offset + len(op.data) for op in rest if isinstance(op, Wrote) and op.name == WAL) <= size
        )


def test_one_that_had_grown_a_lot_is_cut(house, monkeypatch):
    monkeypatch.setattr(page_checksums, "KEPT_BYTES", 10 * PAGE_BYTES)
    says_much(house, count=50)
    assert wal_of(house).stat().st_size > 20 * PAGE_BYTES
    empties(house)
    assert wal_of(house).stat().st_size == 10 * PAGE_BYTES
    says_much(house, "lab", count=50)
    house.restart()
    assert (len(house.events(LOBBY)), len(house.events("lab"))) == (52, 51)


def test_after_kill_9_with_an_emptied_wal_the_log_goes_on(house, tmp_path):
    says_much(house, count=50)
    empties(house)
    folder = killed(house, tmp_path)
    assert (folder / WAL).stat().st_size > 50 * PAGE_BYTES, "what was there still stands in it"
    log = Log(folder, "new")
    assert (log.epoch, log.damage, log.load().rooms[LOBBY].head) == (house.log.epoch, [], 52)
    log.close()
    assert not (folder / WAL).exists()


@pytest.mark.parametrize("where", ["in the header", "behind it"])
def test_a_changed_byte_of_an_emptied_wal_changes_nothing(house, tmp_path, where):
    says_much(house, count=50)
    empties(house)
    size, chance = wal_of(house).stat().st_size, random.Random(1)
    for number in range(30):
        folder = killed(house, tmp_path, f"copy-{number}")
        at = chance.randrange(len(EMPTY)) if where == "in the header" else chance.randrange(len(EMPTY), size)
        flip(folder / WAL, at, 1 << chance.randrange(8))
        log = Log(folder, "new")
        assert (log.epoch, log.damage, log.load().rooms[LOBBY].head) == (house.log.epoch, [], 52)
        log.close()


@pytest.mark.parametrize("behind", [0, 5])
@pytest.mark.parametrize("wal", ["left", "gone"])
def test_an_older_file_beside_a_wal_that_was_emptied_is_a_new_life(house, tmp_path, expect_log, wal, behind):
    """And as power that failed leaves what tells how far the log had come."""
    says_much(house, count=20)
    empties(house)
    old = (house.folder / "loggia.db").read_bytes()
    says_much(house, "lab", count=20)
    empties(house)
    told = (house.folder / "loggia.heads").read_bytes()
    for number in range(behind):
        house.say("ada", f"more-{number}", "words", "lab")
    folder = killed(house, tmp_path)
    (folder / "loggia.db").write_bytes(old)
    if behind:  # the mark that a WAL has to be there was synced, and the ends were not
        (folder / "loggia.heads").write_bytes(told[:48] + heads_file._IN_WAL + told[52:])
    if wal == "gone" or behind:
        (folder / WAL).unlink()
    expect_log("begins a new life")
    log = Log(folder, "new")
    assert (log.epoch, log.damage) == ("new", [])
    log.close()


def test_a_mark_that_a_wal_has_to_be_there_is_not_kept_by_one_that_was_emptied(house, tmp_path, expect_log):
    """Such a pair no broker leaves: somebody has put a file there."""
    says_much(house, count=20)
    empties(house)
    folder = killed(house, tmp_path)
    heads = folder / "loggia.heads"
    told = heads.read_bytes()
    heads.write_bytes(told[:48] + heads_file._IN_WAL + told[52:])
    expect_log("begins a new life, because the WAL that held the newest of it is gone")
    log = Log(folder, "new")
    assert log.epoch == "new"
    log.close()


def test_a_wal_that_cannot_be_looked_into_counts_as_one_that_holds_something(house, tmp_path, monkeypatch):
    says_much(house, count=5)
    folder = killed(house, tmp_path)

    def refuses(file):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("loggia.broker.storage.data_dir.files.reading", refuses)
    assert data_dir.has_frames(folder / WAL)
    (folder / WAL).unlink()
    assert not data_dir.has_frames(folder / WAL)


def test_while_somebody_reads_it_is_tried_again_only_with_as_much_more(house, monkeypatch):
    monkeypatch.setattr(database, "CHECKPOINT_PAGES", 20)
    tried = []
    monkeypatch.setattr(house.log.database, "before_checkpoint", lambda: tried.append(1))
    reader = apsw.Connection(str(house.folder / "loggia.db"))
    try:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM chunks").get  # noqa: B018
        says_much(house, count=200)
        assert 2 <= len(tried) <= 200 * 3 // 20
        assert data_dir.has_frames(wal_of(house))
        reader.execute("ROLLBACK")
    finally:
        reader.close()
    says_much(house, "lab", count=200)
    assert wal_of(house).stat().st_size > 0
    assert len(house.log.database._pages.newer) <= 20 + 10, "it is emptied as soon as nobody is in its way"


def test_one_that_sqlite_began_anew_by_itself_is_not_long(house, monkeypatch):
    """All was copied while one still read it: when that one leaves SQLite asks nobody, and writes over it."""
    database_ = house.log.database
    empties(house)
    says_much(house, count=60)
    reader = apsw.Connection(str(house.folder / "loggia.db"))
    try:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM chunks").get  # noqa: B018
        database_.checkpoint()  # which copies all, and cannot empty it
        reader.execute("ROLLBACK")
    finally:
        reader.close()
    had = database_._pages.wal_bytes
    monkeypatch.setattr(database, "CHECKPOINT_BYTES", had // 4)
    reached = []
    while len(reached) < 200:  # the same page each time
        house.log.try_to_write()
        reached.append(database_._pages.wal_bytes)
    assert max(reached) < had // 2


def test_who_asked_is_answered_before_anything_is_copied_back(house, monkeypatch):
    """The stall is nobody's who waits for an answer already."""
    monkeypatch.setattr(database, "CHECKPOINT_PAGES", 1)
    file = house.folder / "loggia.db"
    before = file.read_bytes()
    house.pipeline.submit([("ada", [Message(id="1", room=LOBBY, text="x" * 5000)])])
    effects = house.pipeline.turn(house.now, house.at)
    assert effects.answers["ada"][0].seq == 3
    assert file.read_bytes() == before
    house.log.relieve()
    assert file.read_bytes() != before
