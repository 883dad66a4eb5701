"""A log that is not what was written: noticed, told, served as far as it is sound, and never added to."""

import random
import re

import pytest
from loggia.broker.storage import page_checksums
from loggia.broker.storage.log import Log
from loggia.broker.storage.page_checksums import PAGE_BYTES
from loggia.shared.protocol.down import decode_event
from loggia.shared.protocol.errors import StorageBroken
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import History, Join, Leave, Message

from tests.broker.disks import a_disk, flip, killed, place_of
from tests.broker.house import House
from tests.broker.storage.peopled import LONG, peopled, says_much


@pytest.fixture
def house(tmp_path):
    with peopled(tmp_path / "data") as house:
        yield house


# -- A byte of the database --------------------------------------------------------------------


def test_every_page_of_the_file_is_known(house, tmp_path):
    says_much(house)
    house.close()
    file = house.folder / "loggia.db"
    assert page_checksums.damaged(file) == []
    chance = random.Random(1)
    for _ in range(50):
        offset = chance.randrange(file.stat().st_size)
        flip(file, offset)
        assert page_checksums.damaged(file) == [offset // PAGE_BYTES + 1]
        flip(file, offset)
    house._open()


@pytest.fixture
def damaged_end(house, expect_log):
    """A house whose room `lab` is damaged near its end; gives the first seq that is not sound."""
    says_much(house)
    says_much(house, "lab")
    house.close()
    flip(house.folder / "loggia.db", place_of(house.folder / "loggia.db", "lab-000599"))
    expect_log(r"The log is damaged: room lab from 59\d \(page \d+ is not what was written")
    house._open()
    return house.log.damage[0].first


def test_a_changed_byte_at_a_rooms_end_is_noticed_at_the_start(house, damaged_end):
    assert [found.room for found in house.log.damage] == ["lab"]
    assert 590 < damaged_end < 602


def test_the_sound_part_is_served(house, damaged_end):
    house.join("kim", "kim", "lab")
    assert house.page("kim", "lab").head == damaged_end - 1
    assert len(house.page("kim", "lab", after=0, limit=100).events) == 100
    newest = [decode_event(event).seq for event in house.page("kim", "lab", limit=3).events]
    assert newest == [damaged_end - 3, damaged_end - 2, damaged_end - 1]
    house.join("kim", room=LOBBY)
    assert len(house.page("kim", LOBBY, after=600, limit=100).events) == 2


def test_all_of_the_sound_part_is_served_wherever_a_page_ends(house, tmp_path, expect_log):
    """Several messages share a row, as they do under load, and the row may be the last of its page."""
    for turn in range(60):
        heap = [Message(id=f"{turn:03d}-{number}", room="lab", text=LONG) for number in range(4)]
        house.ask("ada", *heap)
    house.close()
    content = (house.folder / "loggia.db").read_bytes()
    expect_log("The log is damaged: room lab from")
    ends = set()
    for page in sorted({content.rindex(b'"id":"%03d-3"' % turn) // PAGE_BYTES for turn in range(40, 60)}):
        folder = killed(house, tmp_path, f"copy-{page}")
        flip(folder / "loggia.db", page * PAGE_BYTES + PAGE_BYTES // 2)
        hurt = House(folder)
        hurt.join("ada", token="token-1")
        if not hurt.log.damage:  # too far from the end to be noticed at the start
            hurt.refuses("ada", History(id="h", room="lab", after=0, limit=1000), "unavailable")
        head = hurt.page("ada", "lab").head
        pages = [{"limit": 2}, {"after": head - 2, "limit": 9}, {"before": 10_000, "limit": 2}]
        for wanted in pages:
            found = [decode_event(event).seq for event in hurt.page("ada", "lab", **wanted).events]
            assert found == [head - 1, head], wanted
        ends.add(head)
        hurt.close()
    assert len(ends) > 5
    house._open()


def test_nothing_is_stored_in_a_damaged_log(house, damaged_end):
    before = (house.folder / "loggia.db").read_bytes()
    house.published.clear()
    house.join("kim", "kim")
    refused = house.refuses("kim", Message(id="1", room=LOBBY, text="hello"), "unavailable")
    assert f"room lab from {damaged_end}" in refused.text
    assert refused.retry_after_ms == 30_000
    house.refuses("kim", Leave(id="2", room=LOBBY), "unavailable")
    house.refuses("kim", Join(id="3", room="new room"), "unavailable")
    house.refuses("kim", Message(id="4", room="new room", text="hello"), "no_such_room")
    house.refuses("kim", Message(id="5", room="lab", text="hello"), "not_member")
    house.lose("kim")
    house.passes(60)
    assert house.told_events() == []
    house.close()
    assert (house.folder / "loggia.db").read_bytes() == before
    house._open()


def test_what_was_stored_is_answered_as_stored_all_the_same(house, damaged_end):
    house.join("kim", "kim")
    house.refuses("kim", Message(id="1", room=LOBBY, text="hello"), "unavailable")
    house.lose("kim")
    house.join("ada", token="token-1")
    again = house.say("ada", "lab-000010", room="lab")
    assert (again.duplicate, again.seq) == (True, 12)


def test_a_restart_changes_nothing_about_it(house, damaged_end):
    found = house.log.damage
    house.restart()
    assert house.log.damage == found
    assert house.log.epoch == "epoch-1"
    house.join("kim", "kim")
    house.refuses("kim", Message(id="1", room=LOBBY, text="hello"), "unavailable")


def test_who_lost_the_connection_to_a_damaged_log_can_come_back_to_it(house, damaged_end):
    house.join("bob", token="token-2")
    house.lose("bob")
    house.passes(60)  # the session is over, and no log can tell of it
    assert house.join("bob", token="token-2").head > 0
    assert house.page("bob").events


def test_damage_in_the_middle_is_noticed_when_it_is_read(house, expect_log):
    says_much(house)
    house.close()
    flip(house.folder / "loggia.db", place_of(house.folder / "loggia.db", "lobby-000300"))
    house._open()
    house.join("kim", "kim")
    house.say("kim", "1")
    assert house.log.damage == []
    assert house.page("kim", after=0, limit=100).more
    expect_log(r"The log is damaged: room lobby from (29|30)\d")
    refused = house.refuses("kim", History(id="h", room=LOBBY, after=250, limit=1000), "unavailable")
    assert "Who runs this broker" in refused.text
    house.refuses("kim", Message(id="2", room=LOBBY, text="hello"), "unavailable")
    head = house.page("kim").head
    assert 290 < head < 303
    assert len(house.page("kim", after=250, limit=1000).events) == head - 250
    house.restart()  # and it is known from then on
    house.join("kim", token="token-3")
    assert house.page("kim").head == head


def test_a_disk_that_cannot_be_read_for_a_while_is_no_damage(tmp_path, expect_log):
    with a_disk() as disk:
        house = House(tmp_path / "data")
        house.join("ada", "ada")
        says_much(house)
        house.restart()
        house.join("ada", token="token-1")
        disk.unreadable = True
        expect_log("The disk cannot be read: disk I/O error")
        house.refuses("ada", History(id="h", room=LOBBY, after=0, limit=1000), "unavailable")
        disk.unreadable = False
        assert len(house.page("ada", after=0, limit=100).events) == 100
        house.say("ada", "z1")
        assert house.log.damage == []
        house.close()


def root_page(house, name):
    return house.log.database.connection.execute(
        "SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,)
    ).get


def test_a_changed_index_is_noticed_when_it_is_used(house, expect_log):
    token = house.join("ada").token
    page = root_page(house, "sqlite_autoindex_accounts_2")
    house.close()
    flip(house.folder / "loggia.db", page * PAGE_BYTES - 1)
    house._open()
    expect_log(r"The log is damaged: page \d+ is not what was written")
    house.join("kim", "kim")  # its token would have a place there; it can be here all the same, to read
    house.refuses("zoe", Join(id="join", token="that it may know"), "unavailable")
    assert house.join("ada", token=token).nick == "ada"  # whose session is not over
    house.refuses("kim", Message(id="1", room=LOBBY, text="hello"), "unavailable")
    assert house.page("kim").events


def test_a_list_of_accounts_that_cannot_be_read_stops_the_start(house):
    page = root_page(house, "accounts")
    house.close()
    flip(house.folder / "loggia.db", page * PAGE_BYTES - 1)
    with pytest.raises(StorageBroken, match=r"cannot be read: .*see what is left with .*verify"):
        house._open()
    house.log.close()
    flip(house.folder / "loggia.db", page * PAGE_BYTES - 1)
    house._open()


# -- A byte of the WAL -------------------------------------------------------------------------


def test_every_changed_byte_of_the_wal_is_noticed_at_the_start(house, tmp_path, expect_log):
    says_much(house, count=40)
    size = (house.folder / "loggia.db-wal").stat().st_size
    assert size > 40 * PAGE_BYTES
    chance = random.Random(2)
    expect_log(r"The log is damaged: .*missing")
    for number in range(40):
        folder = killed(house, tmp_path, f"copy-{number}")
        flip(folder / "loggia.db-wal", chance.randrange(size), 1 << chance.randrange(8))
        log = Log(folder, "new")
        try:
            assert log.damage
            assert log.epoch == house.log.epoch
            assert log.frozen
        finally:
            log.close()
        again = Log(folder, "new")  # the WAL is gone, what is known is not
        assert again.damage == log.damage
        again.close()


def test_a_changed_byte_of_the_wal_under_a_running_broker_is_noticed_when_it_is_read(house, expect_log):
    says_much(house, count=20)
    wal = house.folder / "loggia.db-wal"
    flip(wal, wal.read_bytes().rindex(b'"id":"lobby-000003"'))
    house.log.database.connection.execute("PRAGMA shrink_memory")
    expect_log("The log is damaged: room lobby from .*of the WAL is not what was written")
    house.refuses("bob", History(id="h", room=LOBBY, after=0, limit=100), "unavailable")
    house.refuses("bob", Message(id="1", room=LOBBY, text="hello"), "unavailable")


def test_a_changed_byte_of_the_wal_is_noticed_when_it_is_copied_back(house, monkeypatch, expect_log):
    says_much(house, count=20)
    wal = house.folder / "loggia.db-wal"
    account = re.search(rb"account-2.{32}bob", wal.read_bytes(), re.DOTALL)  # which no running hash covers
    flip(wal, account.end() - 1)
    house.log.database.connection.execute("PRAGMA shrink_memory")
    monkeypatch.setattr("loggia.broker.storage.database.CHECKPOINT_PAGES", 1)
    expect_log("The log is damaged: a page at .* of the WAL is not what was written")
    assert house.say("ada", "z1").seq == 23  # which is on the disk
    house.refuses("ada", Message(id="z2", room=LOBBY, text="hello"), "unavailable")
    assert [member.nick for member in house.join("kim", "kim").members] == ["ada", "bob", "kim"]


def test_after_kill_9_all_is_well(house, tmp_path):
    says_much(house, count=40)
    log = Log(killed(house, tmp_path), "new")
    assert log.damage == []
    assert log.epoch == house.log.epoch
    log.close()
