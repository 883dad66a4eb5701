"""A disk that refuses to store: senders are told, nobody else, and nothing is lost."""

import pytest
from loggia.broker.runtime.disk_faults import FULL_PAUSE_S
from loggia.broker.storage.log import Log
from loggia.shared.protocol.errors import StorageBroken
from loggia.shared.protocol.limits import LOBBY, RESUME_S
from loggia.shared.protocol.requests import End, History, Join, Leave, Message, Ping

from tests.broker.disks import a_disk
from tests.broker.house import error_of, shape
from tests.broker.runtime.turns import assert_nothing_happened, frame

FULL = "The disk refuses to store"


AGAIN = "The disk stores again"


@pytest.fixture
def disk():
    with a_disk() as disk:
        yield disk


@pytest.fixture
def full(disk, open_house, expect_log):
    """Ada in the lobby with one message; then the disk is full."""
    house = open_house()
    house.join("ada", "ada")
    house.say("ada", "0000", "before")
    house.told_events()
    house.news.clear()
    disk.full = True
    expect_log(FULL)
    yield house
    disk.full = False


# -- A full disk -------------------------------------------------------------------------------


def test_a_full_disk_is_told_to_the_senders_and_nobody_else(full):
    answers = full.ask("ada", *frame(1, 2), History(id="h", room=LOBBY))
    assert [error_of(answer) for answer in answers] == ["storage_full", "storage_full", None]
    assert [answer.id for answer in answers] == ["0001", "0002", "h"]
    assert [answer.retry_after_ms for answer in answers[:2]] == [1000 * FULL_PAUSE_S] * 2
    assert (answers[2].head, len(answers[2].events)) == (2, 2)
    assert_nothing_happened(full)


def test_a_full_disk_is_left_alone_for_a_while(full, disk):
    full.ask("ada", *frame(1))
    refused = disk.refused
    full.passes(FULL_PAUSE_S / 2)
    assert error_of(full.ask_one("ada", frame(2)[0])) == "storage_full"
    assert disk.refused == refused
    full.passes(FULL_PAUSE_S / 2)
    assert error_of(full.ask_one("ada", frame(3)[0])) == "storage_full"
    assert disk.refused > refused
    assert_nothing_happened(full)


def test_later_it_stores_again_and_in_order(full, disk, expect_log):
    full.ask("ada", *frame(1, 2))
    full.passes(FULL_PAUSE_S)
    full.ask("ada", *frame(1, 2))
    disk.full = False
    full.passes(FULL_PAUSE_S)
    expect_log(AGAIN)
    stored = full.ask("ada", *frame(1, 2))
    assert [(answer.seq, answer.duplicate) for answer in stored] == [(3, False), (4, False)]
    assert full.texts() == ["before", "1", "2"]
    assert shape(full.told_events()) == [("message", "ada", LOBBY)] * 2
    assert full.ask("ada", *frame(1))[0].duplicate


def test_the_terminal_hears_once_that_it_is_full_and_once_that_it_is_not(full, disk, expect_log):
    for times in (1, 2):
        disk.full = True
        for _ in range(3):
            full.ask("ada", *frame(times * 10))
            full.passes(FULL_PAUSE_S)
        disk.full = False
        full.passes(FULL_PAUSE_S)
        expect_log(AGAIN)
        full.ask("ada", *frame(times * 10))
        full.ask("ada", *frame(times * 10 + 1))
        said = ["again" if AGAIN in line else "full" for line in expect_log.records]
        assert said == ["full", "again"] * times


@pytest.mark.parametrize("moment", ["with a new one", "behind a new one", "while the disk is left alone"])
def test_what_was_stored_before_is_said_to_be_on_a_full_disk_too(disk, open_house, expect_log, moment):
    """A repeat stores nothing, so a full disk is no reason to say that it is not stored."""
    house = open_house()
    house.join("ada", "ada")
    house.join("ada", room="lab")
    stored = [Message(id="0000", room=LOBBY, text="before"), Leave(id="0001", room="lab")]
    first = house.ask("ada", *stored)
    house.told_events()
    disk.full = True
    expect_log(FULL)
    news = [Message(id="0002", room=LOBBY, text="new"), Message(id="0002", room=LOBBY, text="new")]
    if moment == "while the disk is left alone":
        house.ask("ada", *news)
    asked = [*stored, *news] if moment == "with a new one" else [*news, *stored]
    answers = {answer.id: answer for answer in house.ask("ada", *asked)}
    assert [error_of(answers[id]) for id in ("0000", "0001", "0002")] == [None, None, "storage_full"]
    for answer in first:
        again = answers[answer.id]
        assert (again.room, again.seq, again.at, again.duplicate) == (
            answer.room,
            answer.seq,
            answer.at,
            True,
        )
    assert house.told_events() == []
    disk.full = False
    house.passes(FULL_PAUSE_S)
    expect_log(AGAIN)
    one, two = house.ask("ada", *news)
    assert (one.seq, one.duplicate, two.seq, two.duplicate) == (3, False, 3, True)


def test_a_resume_works_on_a_full_disk(full):
    full.ask("ada", *frame(1))
    full.lose("ada")
    for key in ("new", "another"):
        back = full.join(key, token="token-1")
        assert (back.nick, back.head) == ("ada", 2)
    assert len(full.page("new").events) == 2
    assert error_of(full.ask_one("new", frame(2)[0])) == "storage_full"
    assert full.told_events() == []


@pytest.mark.parametrize("others", ["a message", "somebody new", "a session that lapses"])
def test_a_resume_works_in_the_turn_that_finds_the_disk_full(disk, open_house, expect_log, others):
    house = open_house()
    for nick in ("ada", "bob"):
        house.join(nick, nick)
    house.lose("bob") if others == "a session that lapses" else None
    house.passes(RESUME_S - 1)
    house.lose("ada")
    disk.full = True
    expect_log(FULL)
    house.now += 1
    if others == "a message":
        house.arrive("bob", *frame(1))
    if others == "somebody new":
        house.arrive("kim", Join(id="j", nick="kim"))
    house.arrive("back", Join(id="j", token="token-1"))
    house.run()
    (back,) = house.told["back"]
    assert (back.nick, back.head) == ("ada", 2)
    assert house.texts() == []
    assert "kim" not in [member.nick for member in back.members]
    if others == "a message":
        assert error_of(house.told["bob"][-1]) == "storage_full"
    disk.full = False


def test_somebody_new_does_not_come_in_on_a_full_disk(full, disk, expect_log):
    for _ in range(2):  # as the first to notice, and while the disk is left alone
        full.refuses("bob", Join(id="j", nick="bob"), "storage_full")
        full.refuses("bob", Ping(id="p"), "no_session")
    full.refuses("ada", Join(id="j", room="lab"), "storage_full")
    full.refuses("ada", Join(id="j", nick="kim"), "storage_full")
    assert_nothing_happened(full)
    assert list(full.log.load().rooms) == [LOBBY]
    assert [member.nick for member in full.join("ada").members] == ["ada"]
    disk.full = False
    full.passes(FULL_PAUSE_S)
    expect_log(AGAIN)
    assert full.join("bob", "bob").account == "account-4"
    assert full.join("ada", "kim", room="lab").rooms == {"lab": 1, LOBBY: 4}


def test_nobody_leaves_on_a_full_disk(full, disk, expect_log):
    full.refuses("ada", Leave(id="1", room=LOBBY), "storage_full")
    full.passes(FULL_PAUSE_S)
    full.refuses("ada", End(id="2"), "storage_full")
    assert_nothing_happened(full)
    disk.full = False
    full.passes(FULL_PAUSE_S)
    expect_log(AGAIN)
    full.say("ada", "0003")  # still here
    full.ask("ada", End(id="4"))
    assert shape(full.told_events()) == [("message", "ada", LOBBY), ("left", "ada", LOBBY, "end")]


def test_a_session_that_lapses_on_a_full_disk_is_over_when_it_stores_again(full, disk, expect_log):
    full.lose("ada")
    full.told_presence()
    full.news.clear()
    for _ in range(40):
        full.passes(1)
    assert_nothing_happened(full)
    assert full.now < full.pipeline.hub.sessions.lapses_at() <= full.now + FULL_PAUSE_S
    disk.full = False
    full.passes(FULL_PAUSE_S)
    expect_log(AGAIN)
    assert shape(full.told_events()) == [("left", "ada", LOBBY, "lost")]
    assert full.pipeline.hub.sessions.lapses_at() is None


def test_the_state_is_what_the_disk_says(full, disk):
    """Decided and refused: head, ids, nicks and members are as before."""
    full.ask("ada", *frame(1, 2, 3))
    before = [(room.name, room.head, room.at) for room in full.log.load().rooms.values()]
    hub_sees = full.join("ada")
    assert [(LOBBY, hub_sees.head, hub_sees.members[0].nick)] == [(LOBBY, 2, "ada")]
    assert before == [(LOBBY, 2, full.at)]
    disk.full = False
    full.restart()
    assert full.join("ada", token="token-1").head == 2


# -- Our own fault -----------------------------------------------------------------------------


def test_a_disk_that_fails_twice_leaves_no_hole_and_no_false_answer(full, disk, expect_log, monkeypatch):
    """The write fails, and so does the reading that would say what is stored."""

    def unreadable(log):
        raise StorageBroken("the log cannot be read")

    expect_log("The disk cannot be read")
    with monkeypatch.context() as patch:
        patch.setattr(Log, "load", unreadable)
        assert error_of(full.ask("ada", *frame(1))[0]) == "storage_full"
        disk.full = False
        for _ in range(2):
            full.passes(FULL_PAUSE_S)
            answers = full.ask("ada", *frame(2), Ping(id="p", cursors={LOBBY: 0}))
            assert [error_of(answer) for answer in answers] == ["unavailable"] * 2
    expect_log(AGAIN)
    full.passes(FULL_PAUSE_S)
    assert [answer.seq for answer in full.ask("ada", *frame(3, 2))] == [3, 4]
    assert full.texts() == ["before", "3", "2"]
