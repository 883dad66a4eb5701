"""A log that is another one than the one that was served: a new life, and only then."""

import shutil

import pytest
from loggia.broker.storage.database import Database
from loggia.broker.storage.log import Log
from loggia.shared.protocol.errors import StorageBroken
from loggia.shared.protocol.limits import LOBBY

from tests.broker.disks import flip, killed
from tests.broker.storage.peopled import peopled, says_much


@pytest.fixture
def house(tmp_path):
    with peopled(tmp_path / "data") as house:
        yield house


# -- Another file ------------------------------------------------------------------------------


def test_an_older_file_put_back_is_a_new_life(house, tmp_path, expect_log):
    says_much(house, count=10)
    house.close()
    old = (house.folder / "loggia.db").read_bytes()
    house._open()
    house.join("kim", "kim")
    house.close()
    (house.folder / "loggia.db").write_bytes(old)
    expect_log("begins a new life, because it ends before what was answered: an older file was put back")
    house._open()
    assert house.log.epoch == "epoch-3"
    assert house.log.damage == []
    assert house.log.load().rooms[LOBBY].head == 12
    house.close()
    house._open()  # and that is said once
    assert house.log.epoch == "epoch-3"


def test_a_new_life_that_was_interrupted_is_begun_by_the_next_start(house, monkeypatch, expect_log):
    says_much(house, count=10)
    house.close()
    old = (house.folder / "loggia.db").read_bytes()
    house._open()
    house.join("kim", "kim")
    house.close()
    (house.folder / "loggia.db").write_bytes(old)

    def dies(database, epoch):
        with database.transaction():
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Database, "begin_life", dies)
        with pytest.raises(KeyboardInterrupt):
            house._open()
    (house.folder / "loggia.db-wal").write_bytes(b"what kill -9 left there")
    expect_log("begins a new life")
    house._open()
    assert house.log.damage == []
    assert house.log.epoch == "epoch-4"


def test_a_file_alone_is_a_new_life(house, tmp_path, expect_log):
    says_much(house, count=10)
    house.close()
    (house.folder / "loggia.heads").unlink()
    expect_log("begins a new life, because nothing beside it says how far it had come")
    house._open()
    assert house.log.epoch == "epoch-2"


def test_the_file_of_another_broker_is_a_new_life(house, tmp_path, expect_log):
    Log(tmp_path / "other", "of another").close()
    house.close()
    shutil.copy(tmp_path / "other" / "loggia.db", house.folder / "loggia.db")
    expect_log("begins a new life, because it is not the log that was served here last")
    house._open()
    assert house.log.epoch == "epoch-2"


def test_the_same_numbers_with_other_words_are_another_log(house, expect_log):
    files = [house.folder / "loggia.db", house.folder / "loggia.heads"]
    house.close()
    base = [file.read_bytes() for file in files]
    house._open()
    house.join("kim", "kim")
    house.close()
    promised = files[1].read_bytes()
    for file, content in zip(files, base, strict=True):
        file.write_bytes(content)
    house._open()
    house.join("zoe", "zoe")
    house.close()
    files[1].write_bytes(promised)
    expect_log("begins a new life, because it is not the log that was served here last")
    house._open()
    assert house.log.epoch == "epoch-4"


def fails(*_, **__):
    raise OSError(5, "Input/output error")


# -- What tells how far it had come ------------------------------------------------------------


@pytest.mark.parametrize("failing", ["at its end", "before it empties its WAL", "with the first message"])
def test_a_log_whose_witness_could_not_be_written_goes_on_in_its_life(house, monkeypatch, failing):
    """Then it keeps its WAL, which proves that nothing is missing."""
    says_much(house, count=5)
    house.restart()
    house.join("ada", token="token-1")
    with monkeypatch.context() as patch:
        if failing == "with the first message":
            patch.setattr("loggia.broker.storage.heads_file.os.fsync", fails)
            says_much(house, "lab", 5)
        else:
            says_much(house, "lab", 5)
            patch.setattr("loggia.broker.storage.heads_file.os.fsync", fails)
        if failing == "before it empties its WAL":
            house.log.database.checkpoint()
        house.close()
    assert (house.folder / "loggia.db-wal").stat().st_size > 0
    house._open()
    assert house.log.epoch == "epoch-1"
    assert house.log.load().rooms["lab"].head == 6


def test_a_start_that_fails_leaves_the_wal_of_a_killed_broker_where_it_is(house, tmp_path, monkeypatch):
    says_much(house, count=5)
    folder = killed(house, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("loggia.broker.storage.log.HeadsFile", fails)
        with pytest.raises(StorageBroken, match="cannot be written"):
            Log(folder, "new")
    assert (folder / "loggia.db-wal").stat().st_size > 0
    log = Log(folder, "new")
    assert log.epoch == house.log.epoch
    log.close()


def test_a_wal_that_is_gone_is_a_new_life(house, tmp_path, expect_log):
    says_much(house, count=5)
    (house.folder / "loggia.db-wal").touch()
    folder = killed(house, tmp_path)
    (folder / "loggia.db-wal").unlink()
    expect_log("begins a new life")
    log = Log(folder, "new")
    assert log.epoch == "new"
    log.close()


def test_the_end_of_an_earlier_run_is_no_proof_when_the_wal_is_gone(house, tmp_path, expect_log):
    """As power that failed leaves what tells of it: what it said when the WAL was emptied last."""
    house.restart()
    told = (house.folder / "loggia.heads").read_bytes()
    old = (house.folder / "loggia.db").read_bytes()
    house.join("ada", token="token-1")
    says_much(house, count=5)
    folder = killed(house, tmp_path)
    marked = bytearray(told)
    marked[48:52] = b"wal!"
    (folder / "loggia.heads").write_bytes(marked)
    (folder / "loggia.db-wal").unlink()
    (folder / "loggia.db").write_bytes(old)
    expect_log("begins a new life, because the WAL that held the newest of it is gone, or an older file was")
    log = Log(folder, "new")
    assert log.epoch == "new"
    log.close()


def test_a_log_without_an_event_begins_a_new_life_without_a_word(tmp_path):
    """Nobody has a copy of it. It may be an old file all the same."""
    for name in ("first", "second"):
        log = Log(tmp_path, name)
        assert log.epoch == name
        log.close()
        (tmp_path / "loggia.heads").unlink()


def test_a_record_that_cannot_be_read_is_a_new_life(house, expect_log):
    says_much(house, "lab", 5)
    house.close()
    flip(house.folder / "loggia.heads", 64 * 2 + 3)
    expect_log("begins a new life, because nothing beside it says how far it had come")
    house._open()
    assert house.log.epoch == "epoch-2"
