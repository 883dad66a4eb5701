"""The turn: who is told what, in which order; also when one of its requests breaks us."""

from hashlib import sha256

import apsw
import pytest
from loggia.broker.core import ordered
from loggia.broker.core.ordered import Ordered
from loggia.broker.core.rooms import RoomsState
from loggia.broker.storage.log import Log
from loggia.broker.storage.pages import LogPages
from loggia.shared.protocol.answers import Error, JoinedAnswer, Stored
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.events import MessageEvent
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import End, History, Join, Leave, Message

from tests.broker.house import error_of, shape
from tests.broker.runtime.turns import assert_nothing_happened, frame

FAILED = "A turn failed"


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
    (published,) = effects.deliveries
    assert (published.room, published.events) == (LOBBY, events)
    assert published.bodies == [encode(event) for event in events]
    assert house.events()[1:] == events


def test_a_turn_with_nothing_to_do_does_nothing(house):
    effects = house.turn()
    assert (effects.answers, effects.deliveries, effects.news) == ({}, [], [])
    assert not house.pipeline.waits()


def test_rooms_in_one_turn_are_published_apart_and_dense(house):
    house.join("ada", "ada")
    house.join("ada", room="lab")
    house.join("bob", "bob", room="lab")
    for number in range(10):
        house.arrive("ada", *frame(number, room=LOBBY if number % 2 else "lab"))
        house.arrive("bob", *frame(number, room="lab"))
    effects = house.turn()
    assert {
        published.room: [event.seq for event in published.events] for published in effects.deliveries
    } == {
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
    assert house.turn().deliveries == []


def test_what_is_held_is_handled_in_the_next_turn(house):
    house.arrive("ada", Join(id="j", nick="ada"), *frame(1))
    assert [answer.id for answer in house.turn().answers["ada"]] == ["j"]
    assert house.pipeline.waits()
    assert [answer.id for answer in house.turn().answers["ada"]] == ["0001"]
    assert not house.pipeline.waits()


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


# -- Our own fault -----------------------------------------------------------------------------


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
    decide, say = RoomsState.decide, RoomsState.say

    def poisoned(rooms, command):
        if getattr(command.request, "text", "") == "2":
            raise KeyError("nobody thought of this")
        return decide(rooms, command)

    expect_log(FAILED)

    def poisoned_together(rooms, commands):
        if any(command.request.text == "2" for command in commands):
            raise KeyError("nobody thought of this")
        return say(rooms, commands)

    monkeypatch.setattr(RoomsState, "decide", poisoned)
    monkeypatch.setattr(RoomsState, "say", poisoned_together)
    house.arrive("ada", *frame(1, 2, 3))
    house.arrive("bob", *frame(4))
    house.arrive("kim", Join(id="j", nick="kim"))
    house.run()
    assert [error_of(answer) for answer in house.told["ada"][-3:]] == [None, "internal", None]
    assert house.told["bob"][-1].seq == 5
    assert isinstance(house.told["kim"][-1], JoinedAnswer)
    assert house.texts() == ["1", "3", "4"]
    assert [kind for kind, _, _ in shape(house.told_events())] == ["message"] * 3 + ["joined"]


@pytest.mark.parametrize("method", ["find_answer", "find_person", "after", "find_account"])
def test_a_log_that_cannot_be_read_fails_those_who_ask_for_it(open_house, monkeypatch, expect_log, method):
    """A damaged page on the disk: whoever needs it is told, the others go on."""

    place = LogPages if method == "after" else Log
    sound, is_damaged = getattr(place, method), []

    def read(*asked):
        if is_damaged:
            raise apsw.CorruptError("database disk image is malformed")
        return sound(*asked)

    monkeypatch.setattr(place, method, read)
    house = open_house()
    house.join("ada", "ada")
    house.join("bob", "bob")
    house.say("ada", "5")
    kim = house.join("kim", "kim")
    house.ask("kim", End(id="bye"))
    is_damaged.append(True)
    asked = {
        "find_answer": Message(id="4", room=LOBBY, text="hello"),
        "after": History(id="4", room=LOBBY, after=0),
        "find_account": Join(id="4", token="of somebody who is not here"),
        "find_person": Join(id="4", token=kim.token),
    }
    expect_log("malformed")
    key = "new" if method in ("find_account", "find_person") else "ada"
    if method not in ("find_answer", "find_person"):  # these take their batch with them
        house.arrive("bob", *frame(1))
    house.arrive(key, asked[method], *frame(6))
    house.run()
    (error,) = [answer for answer in house.told[key] if answer.id == "4"]
    assert isinstance(error, Error)
    assert error.code == "internal"
    assert house.told[key][-1].id == "0006"
    assert isinstance(house.say("bob", "0002"), Stored)


# -- What is ordered -----------------------------------------------------------------------------


def test_what_is_ordered_holds_what_was_drawn_for_a_newcomer_and_no_secret(house):
    house.arrive("ada", Join(id="1", nick="ada"))
    ((ada,),) = [house.pipeline.order(house.now, house.at).ordered.commands]
    assert (ada.account, ada.at, ada.drawn.visitor) == ("account-1", house.at, False)
    assert ada.drawn.token_hash == sha256(b"token-1").digest()
    assert b"token-1" not in ordered.encode(Ordered("epoch", [ada]))


def test_what_is_ordered_of_who_comes_back_is_the_account_and_not_the_token(house):
    told = house.join("ada", "ada")
    house.lose("ada")
    house.arrive("again", Join(id="1", token=told.token))
    ((ada,),) = [house.pipeline.order(house.now, house.at).ordered.commands]
    assert (ada.account, ada.drawn, ada.request.token) == (told.account, None, None)


def test_what_only_reads_is_not_ordered(house):
    house.join("ada", "ada")
    house.arrive("ada", History(id="1", room=LOBBY), Message(id="2", room=LOBBY, text="hello"))
    turn = house.pipeline.order(house.now, house.at)
    assert [command.request.id for command in turn.ordered.commands] == ["2"]
    assert [item.request.id for _, items in turn.admitted for item in items] == ["1", "2"]
    assert turn.ordered.epoch == house.log.epoch
