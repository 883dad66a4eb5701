"""The turn: decide, commit, answer, publish; and what is left when the commit fails."""

import apsw
import pytest

from broker.log import Log
from broker.pipeline import FULL_PAUSE_S
from broker.rooms import Rooms
from shared.errors import StorageBroken
from shared.limits import LOBBY, RESUME_S
from shared.messages import (
    End,
    Error,
    History,
    Join,
    JoinedAnswer,
    Leave,
    Message,
    MessageEvent,
    Ping,
    Stored,
    encode,
)
from tests.broker.disks import a_disk
from tests.broker.house import error_of, shape

FULL = "The disk refuses to store"
AGAIN = "The disk stores again"
FAILED = "A turn failed"


def frame(*numbers, room=LOBBY):
    return [Message(id=f"{number:04}", room=room, text=str(number)) for number in numbers]


# -- A turn ------------------------------------------------------------------------------------


def test_a_turn_answers_the_sender_and_publishes_to_the_room(house):
    house.join("ada", "ada")
    house.arrive("ada", *frame(1, 2))
    effects = house.turn()
    assert effects.answers == {
        "ada": [
            Stored(id="0001", room=LOBBY, seq=2, at=house.at),
            Stored(id="0002", room=LOBBY, seq=3, at=house.at),
        ]
    }
    events = [
        MessageEvent(
            room=LOBBY,
            seq=seq,
            at=house.at,
            nick="ada",
            account="account-1",
            id=f"{seq - 1:04}",
            text=str(seq - 1),
        )
        for seq in (2, 3)
    ]
    (published,) = effects.published
    assert (published.room, published.events) == (LOBBY, events)
    assert published.bodies == [encode(event) for event in events]
    assert house.events()[1:] == events


def test_a_turn_with_nothing_to_do_does_nothing(house):
    effects = house.turn()
    assert (effects.answers, effects.published, effects.news) == ({}, [], [])
    assert not house.pipeline.waits()


def test_rooms_in_one_turn_are_published_apart_and_dense(house):
    house.join("ada", "ada")
    house.join("ada", room="lab")
    house.join("bob", "bob", room="lab")
    for number in range(10):
        house.arrive("ada", *frame(number, room=LOBBY if number % 2 else "lab"))
        house.arrive("bob", *frame(number, room="lab"))
    effects = house.turn()
    assert {published.room: [event.seq for event in published.events] for published in effects.published} == {
        "lab": list(range(3, 18)),
        LOBBY: list(range(2, 7)),
    }
    assert len(house.events()) == 6
    assert len(house.events("lab")) == 17


def test_the_time_never_goes_back_within_a_room(house):
    """Not with the clock, not after a restart; another room has its own time."""
    house.join("ada", "ada")
    house.say("ada", "1")
    late = house.at
    house.at -= 60_000
    assert house.say("ada", "2").at == late
    house.restart()
    house.join("ada", token="token-1", room="lab")
    assert house.say("ada", "3").at == late
    assert house.say("ada", "4", room="lab").at == house.at
    house.ask("ada", Leave(id="5", room=LOBBY))
    house.join("ada", "kim")
    house.ask("ada", End(id="6"))
    house.at = late + 5
    house.join("ada", token="token-1")
    assert house.events()[-1].at == late + 5
    assert {event.at for event in house.events()[:-1]} == {late}


def test_a_duplicate_publishes_nothing(house):
    house.join("ada", "ada")
    house.ask("ada", *frame(1))
    house.arrive("ada", *frame(1))
    assert house.turn().published == []


def test_what_is_held_is_handled_in_the_next_turn(house):
    house.arrive("ada", Join(id="j", nick="ada"), *frame(1))
    assert [answer.id for answer in house.turn().answers["ada"]] == ["j"]
    assert house.pipeline.waits()
    assert [answer.id for answer in house.turn().answers["ada"]] == ["0001"]
    assert not house.pipeline.waits()


# -- A full disk -------------------------------------------------------------------------------


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


def assert_nothing_happened(house):
    assert house.published == []
    assert house.news == []
    assert house.texts() == ["before"]


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


@pytest.fixture
def broken(open_house, expect_log):
    """A broker whose commits fail for a reason that nobody thought of."""
    house = open_house()
    house.join("ada", "ada")
    house.say("ada", "0000", "before")
    house.told_events()
    house.news.clear()
    house.log._db.set_commit_hook(lambda: True)
    expect_log(FAILED)
    return house


def test_a_failure_of_ours_is_internal_and_stores_nothing(broken):
    answers = broken.ask("ada", *frame(1), History(id="h", room=LOBBY), Leave(id="l", room=LOBBY))
    assert [error_of(answer) for answer in answers] == ["internal", None, "internal"]
    assert_nothing_happened(broken)
    broken.refuses("bob", Join(id="j", nick="bob"), "internal")
    broken.log._db.set_commit_hook(None)
    assert [answer.seq for answer in broken.ask("ada", *frame(1))] == [3]
    assert isinstance(broken.ask_one("bob", Join(id="j", nick="bob")), JoinedAnswer)


def test_one_command_that_breaks_us_costs_the_others_nothing(open_house, expect_log, monkeypatch):
    house = open_house()
    for nick in ("ada", "bob"):
        house.join(nick, nick)
    house.told_events()
    decide = Rooms.decide

    def poisoned(rooms, command):
        if getattr(command.request, "text", "") == "2":
            raise KeyError("nobody thought of this")
        decide(rooms, command)

    expect_log(FAILED)
    monkeypatch.setattr(Rooms, "decide", poisoned)
    house.arrive("ada", *frame(1, 2, 3))
    house.arrive("bob", *frame(4))
    house.arrive("kim", Join(id="j", nick="kim"))
    house.run()
    assert [error_of(answer) for answer in house.told["ada"][-3:]] == [None, "internal", None]
    assert house.told["bob"][-1].seq == 5
    assert isinstance(house.told["kim"][-1], JoinedAnswer)
    assert house.texts() == ["1", "3", "4"]
    assert [kind for kind, _, _ in shape(house.told_events())] == ["message"] * 3 + ["joined"]


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


@pytest.mark.parametrize("method", ["find_answer", "after", "find_account"])
def test_a_log_that_cannot_be_read_fails_those_who_ask_for_it(open_house, monkeypatch, expect_log, method):
    """A damaged page on the disk: whoever needs it is told, the others go on."""

    def damaged(*_):
        raise apsw.CorruptError("database disk image is malformed")

    monkeypatch.setattr(Log, method, damaged)
    house = open_house()
    house.join("ada", "ada")
    house.join("bob", "bob")
    house.say("ada", "5")
    asked = {
        "find_answer": Message(id="4", room=LOBBY, text="hello"),
        "after": History(id="4", room=LOBBY, after=0),
        "find_account": Join(id="4", token="of somebody who is not here"),
    }
    expect_log("malformed")
    key = "new" if method == "find_account" else "ada"
    if method != "find_answer":  # that one takes its batch with it
        house.arrive("bob", *frame(1))
    house.arrive(key, asked[method], *frame(6))
    house.run()
    (error,) = [answer for answer in house.told[key] if answer.id == "4"]
    assert isinstance(error, Error)
    assert error.code == "internal"
    assert house.told[key][-1].id == "0006"
    assert isinstance(house.say("bob", "0002"), Stored)
