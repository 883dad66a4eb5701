"""Whether a write to the log would be taken: tried for real, and not more often than once a second."""

import pytest
from loggia.broker.runtime.disk_faults import FULL_PAUSE_S, WRITTEN_S
from loggia.shared.protocol.errors import StorageBroken, StorageDamaged
from loggia.shared.protocol.requests import Message

from tests.broker.disks import a_disk
from tests.broker.house import error_of

FULL = "The disk refuses to store"


@pytest.fixture
def disk():
    with a_disk() as disk:
        yield disk


@pytest.fixture
def tries(monkeypatch, house):
    """How often it was tried."""
    tries, try_to_write = [], house.log.try_to_write

    def counted():
        tries.append(house.now)
        try_to_write()

    monkeypatch.setattr(house.log, "try_to_write", counted)
    return tries


def why(house):
    return house.pipeline.unwritable(house.now)


def test_a_new_log_is_tried(house, tries):
    assert why(house) == ""
    assert len(tries) == 1


def test_what_was_just_stored_is_believed(house, tries):
    house.join("ada", "ada")
    house.say("ada", "1")
    assert why(house) == ""
    assert tries == []
    house.passes(WRITTEN_S)
    assert why(house) == ""
    assert len(tries) == 1


def test_it_is_tried_once_a_second_however_often_it_is_asked(house, tries):
    for _ in range(100):
        assert why(house) == ""
    assert len(tries) == 1
    house.passes(WRITTEN_S)
    for _ in range(100):
        assert why(house) == ""
    assert len(tries) == 2


def test_trying_changes_nothing(house):
    house.join("ada", "ada")
    before, epoch = house.events(), house.log.epoch
    house.passes(WRITTEN_S)
    assert why(house) == ""
    assert house.events() == before
    house.restart()
    assert (house.events(), house.log.epoch, house.log.damage) == (before, epoch, [])


def test_a_full_disk_is_found_by_asking(disk, open_house, expect_log):
    house = open_house()
    disk.full = True
    expect_log(FULL)
    assert why(house).startswith("The disk refuses to store: ")
    assert not house.pipeline.is_writable()
    refused = disk.refused
    assert why(house) != ""
    assert disk.refused == refused, "it is left alone for a while"
    house.passes(FULL_PAUSE_S)
    assert why(house) != ""
    assert disk.refused > refused
    disk.full = False
    house.passes(FULL_PAUSE_S)
    expect_log("The disk stores again")
    assert why(house) == ""
    assert house.pipeline.is_writable()
    house.join("ada", "ada")
    house.say("ada", "1")


def test_what_senders_found_is_known_at_once(disk, open_house, expect_log):
    house = open_house()
    house.join("ada", "ada")
    house.say("ada", "1")
    assert why(house) == ""
    disk.full = True
    expect_log(FULL)
    assert error_of(house.ask_one("ada", Message(id="2", room="lobby", text="x"))) == "storage_full"
    assert why(house).startswith("The disk refuses to store: ")
    disk.full = False
    house.passes(FULL_PAUSE_S)
    expect_log("The disk stores again")
    house.say("ada", "2")
    assert why(house) == ""


def test_a_damaged_log_is_not_tried(house, tries, monkeypatch, expect_log):
    def damaged():
        raise StorageDamaged("page 1 is not what was written")

    house.join("ada", "ada")
    house.passes(WRITTEN_S)
    monkeypatch.setattr(house.log.database, "write_nothing", damaged)
    expect_log("The log is damaged")
    assert why(house) == "The log of this broker is damaged: page 1 is not what was written."
    assert len(tries) == 1
    house.passes(10 * WRITTEN_S)
    assert why(house) != ""
    assert not house.pipeline.is_writable()
    assert len(tries) == 1


def test_a_disk_that_cannot_be_read_is_not_tried(house, tries, monkeypatch, expect_log):
    def broken():
        raise StorageBroken("disk I/O error")

    def fails(batch):
        raise StorageDamaged("the batch")

    house.join("ada", "ada")
    with monkeypatch.context() as patched:
        patched.setattr(house.log, "load", broken)
        patched.setattr(house.log, "append", fails)
        expect_log("The disk cannot be read: disk I/O error")
        assert error_of(house.ask_one("ada", Message(id="1", room="lobby", text="x"))) == "unavailable"
        assert why(house) == "The disk cannot be read: disk I/O error."
        assert tries == []
    house.passes(FULL_PAUSE_S)
    assert why(house) == ""
