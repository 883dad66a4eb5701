"""Small rows become large ones while nobody asks for anything; nothing else is different."""

import contextlib
import itertools
import random

import pytest
from loggia.broker.admin import verify
from loggia.broker.storage import compaction, data_dir, database, page_checksums
from loggia.broker.storage.hash_chain import BLOCK_EVENTS
from loggia.broker.storage.page_checksums import PAGE_BYTES
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import Message

from tests.broker.disks import a_disk, flip, killed, place_of
from tests.broker.house import House
from tests.broker.power import Synced, Wrote, a_watched_disk
from tests.broker.storage.older import silent
from tests.broker.storage.peopled import peopled, says_much

MOST_STEPS = 1000


@pytest.fixture
def house(tmp_path):
    with peopled(tmp_path / "data") as house:
        yield house


def rests(house, seconds=0.0):
    """Nobody asks for anything, until nothing is left to do."""
    house.now += seconds
    for steps in range(MOST_STEPS):
        if not house.log.rest(house.now):
            return steps
    raise AssertionError("it never ends")


def keys(house, room=LOBBY):
    return house.log._chunks.keys(house.log.load_rooms()[room].number, 0, 10_000)


def everything(house):
    return {name: house.events(name) for name in house.log.load_rooms()}


def test_what_came_alone_is_joined_by_blocks_and_nothing_else_changes(house, tmp_path):
    says_much(house, count=2 * BLOCK_EVENTS, text="hello")
    says_much(house, "lab", count=5)
    held, digests = everything(house), {n: chain.digest for n, chain in house.log._chains.items()}
    assert len(keys(house)) == 2 * BLOCK_EVENTS + 2
    rests(house)
    assert [first for first, _ in keys(house)] == [1, 257, 513, 514]
    assert len(keys(house, "lab")) == 6, "a few rows at an end are left"
    assert everything(house) == held
    report = verify.verify(house.folder, silent())
    assert report.damage == report.notes == []
    house.restart()
    assert everything(house) == held
    assert {number: chain.digest for number, chain in house.log._chains.items()} == digests
    house.join("ada", token="token-1")
    for event in held[LOBBY][2::97]:
        assert house.ask_one("ada", Message(id=event.id, room=LOBBY, text="hello")).duplicate
    assert house.say("ada", "z").seq == 2 * BLOCK_EVENTS + 3


def test_an_end_is_joined_when_nothing_was_said_for_long_and_not_before(house):
    rests(house)
    says_much(house, count=100, text="hello")
    rests(house, compaction.QUIET_S)
    assert len(keys(house)) == 102
    house.say("ada", "one more")
    rests(house, compaction.QUIET_S)
    assert len(keys(house)) == 103, "somebody has spoken since"
    rests(house, compaction.QUIET_S)
    assert len(keys(house)) == 1
    says_much(house, "lab", count=3)
    for number in range(compaction.LEAST_ROWS - 2):
        house.say("ada", f"x{number}")
        rests(house, 2 * compaction.QUIET_S)
    assert len(keys(house)) == compaction.LEAST_ROWS - 1, "it is not written anew for each message"
    house.say("ada", "x")
    rests(house, compaction.QUIET_S)
    rests(house, compaction.QUIET_S)
    assert len(keys(house)) == 1


def test_of_a_room_in_which_many_speak_what_is_behind_them_is_joined(house):
    rests(house)
    for number in range(6):
        for of in range(60):
            house.say("ada", f"{number}-{of:03d}")
        rests(house, compaction.QUIET_S)
    assert [first for first, _ in keys(house)][:2] == [1, 257]
    assert len(keys(house)) == 1 + 6 * 60 + 2 - 256


def test_all_rooms_are_looked_at_after_a_start_and_each_once(house, monkeypatch):
    monkeypatch.setattr(compaction, "ROOMS", 3)
    for number in range(10):
        house.join("ada", room=f"room {number}")
        for of in range(20):
            house.say("ada", f"{number}-{of:02d}", room=f"room {number}")
    house.restart()
    rests(house)
    assert [len(keys(house, f"room {number}")) for number in range(10)] == [1] * 10
    looked = []
    monkeypatch.setattr(house.log._chunks, "keys", lambda *where: looked.append(where) or [])
    for _ in range(5):
        assert rests(house, compaction.QUIET_S) == 0
    assert not looked


@pytest.mark.parametrize("text", ["hello", "x" * 240, "x" * 400, "x" * 1000, "x" * 16_000])
def test_a_step_does_a_bounded_part(tmp_path, text, monkeypatch):
    """Some ms: it reads and writes a row's worth, and empties the WAL where that is much by itself."""
    (tmp_path / "data").mkdir()
    with a_watched_disk(tmp_path / "data") as disk, peopled(tmp_path / "data") as house:
        says_much(house, count=600, text=text)
        held = everything(house)
        read = []
        rows = house.log._chunks.checked
        monkeypatch.setattr(
            house.log._chunks,
            "checked",
            lambda *at: (read.append(len(row.lines)) or row for row in rows(*at)),
        )
        wrote, synced = [], []
        for _ in range(MOST_STEPS):
            begin = len(disk.history)
            del read[:]
            more = house.log.rest(house.now)
            assert sum(read) <= compaction.BLOCK_BYTES
            done = disk.history[begin:]
            wrote.append(sum(len(op.data) for op in done if isinstance(op, Wrote)))
            synced.append(sum(isinstance(op, Synced) for op in done))
            if not more:
                break
        assert max(wrote) <= max(3 * compaction.BLOCK_BYTES, (database.CHECKPOINT_PAGES + 30) * PAGE_BYTES)
        assert max(synced) <= 5
        assert everything(house) == held
        assert (len(keys(house)) < 120) == (len(text) < 390), "long texts are left to the command"


def test_it_is_the_same_wherever_it_is_interrupted(house, tmp_path):
    """And whatever else happens in between."""
    chance = random.Random(1)
    for number in range(400):
        house.say("ada", f"{number:05d}", "x" * chance.choice([1, 10, 300]), chance.choice([LOBBY, "lab"]))
        if chance.random() < 0.05:
            house.log.rest(house.now)
            house.now += chance.choice([0, compaction.QUIET_S])
        if chance.random() < 0.01:
            house.restart()
            house.join("ada", token="token-1")
            house.join("ada", room="lab")
    says_much(house, count=600, text="hello")
    held = everything(house)
    for number in itertools.count():
        folder = killed(house, tmp_path, f"copy-{number}")
        with contextlib.closing(House(folder)) as copy:
            assert everything(copy) == held
            assert (copy.log.epoch, copy.log.damage) == (house.log.epoch, [])
        if not house.log.rest(house.now):
            break
    assert number >= 2


def test_a_damaged_block_is_not_joined_and_that_it_is_damaged_is_told(house, expect_log):
    """It would take along what is sound beside it."""
    says_much(house, count=300, text="hello")
    house.restart()
    house.join("ada", token="token-1")
    says_much(house, "lab", count=1)
    flip(house.folder / "loggia.db", place_of(house.folder / "loggia.db", "lobby-000100"))
    expect_log("The log is damaged: room lobby from ")
    assert not house.log.rest(house.now)
    assert house.log.damage
    assert not house.log.rest(house.now)
    first = house.log.damage[0].first
    assert 80 < first <= 103, "what stands in front of it is served"
    house.refuses("ada", Message(id="z", room=LOBBY, text="x"), "unavailable")


def count_ends(house):
    """What is done first at rest, so that nobody waits for it who asks what is unread."""
    while house.log.pages.count_ahead(house.log._chains):
        pass


def test_a_full_disk_is_left_alone_for_a_while(tmp_path):
    with a_disk() as disk, peopled(tmp_path / "data") as house:
        says_much(house, count=300, text="hello")
        house.log.database.checkpoint()
        count_ends(house)
        disk.full = True
        assert not house.log.rest(house.now)
        refused = disk.refused
        assert refused
        assert not house.log.rest(house.now + 1)
        assert disk.refused == refused
        disk.full = False
        assert len(keys(house)) == 302
        assert rests(house, compaction.REFUSED_S)
        assert len(keys(house)) == 2 + 302 - 256 - 1
        assert house.say("ada", "z").seq == 303


def test_at_rest_the_wal_is_emptied_earlier(house):
    says_much(house, count=70, text="x" * 4000)
    assert len(house.log.database._pages.newer) > database.CHECKPOINT_PAGES // 8
    assert house.log.rest(house.now)
    assert not data_dir.has_frames(house.folder / "loggia.db-wal")


def test_what_needs_no_joining_is_not_read(house, monkeypatch):
    """A log that was joined is looked through at each start: that costs a page of each row, not all of it."""
    for number in range(40):
        house.ask(
            "ada", *[Message(id=f"{number:02d}-{of}", room=LOBBY, text="x" * 15_000) for of in range(4)]
        )
    rests(house)
    house.restart()
    house.log.load()
    count_ends(house)
    read = []
    whole = page_checksums.checksum
    monkeypatch.setattr(page_checksums, "checksum", lambda *page: (read.append(page[1]), whole(*page))[1])
    rests(house)
    assert (house.folder / "loggia.db").stat().st_size > 500 * PAGE_BYTES
    assert len(read) < 60
