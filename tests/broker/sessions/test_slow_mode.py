"""One message, and then a wait, where a room is slow."""

import pytest
from loggia.broker.sessions import slow_mode
from loggia.broker.sessions.admission import Admission
from loggia.broker.sessions.slow_mode import SlowMode
from loggia.shared.protocol.answers import Error
from loggia.shared.protocol.errors import StorageFull
from loggia.shared.protocol.requests import Configure, Create, End, Message, Mute

from tests.broker.house import error_of


def speak(slow, room, account, slow_s, now):
    slow.begin()
    wait_ms = slow.waits(room, account, slow_s, now)
    if not wait_ms:
        slow.admit(room, account, "1", slow_s)
        slow.stored(room, account, "1", now)
    return wait_ms


def test_each_waits_in_each_room_by_himself():
    slow = SlowMode()
    assert speak(slow, "lab", "ada", 30, 0.0) == 0
    assert speak(slow, "lab", "ada", 30, 10.0) == 20_000
    assert speak(slow, "lab", "bob", 30, 10.0) == 0
    assert speak(slow, "den", "ada", 30, 10.0) == 0
    assert speak(slow, "lab", "ada", 30, 30.0) == 0
    assert speak(slow, "lab", "ada", 30, 59.9999) == 1


def test_a_room_that_became_faster_is_faster_for_who_waits():
    slow = SlowMode()
    speak(slow, "lab", "ada", 600, 0.0)
    assert speak(slow, "lab", "ada", 5, 0.0) == 5000
    assert speak(slow, "lab", "ada", 5, 4.0) == 1000
    assert speak(slow, "lab", "ada", 5, 5.0) == 0


def test_who_need_not_wait_is_forgotten(monkeypatch):
    monkeypatch.setattr(slow_mode, "LOOK_FOR_OVER", 10)
    slow = SlowMode()
    for number in range(100):
        speak(slow, "lab", f"a{number}", 1, float(number))
    assert len(slow._spoke) <= 11


def test_only_one_of_a_turn_is_admitted_and_only_that_counts():
    slow = SlowMode()
    slow.admit("lab", "ada", "1", 30)
    assert slow.waits("lab", "ada", 30, 0.0) == 30_000
    slow.stored("lab", "ada", "2", 0.0)
    slow.begin()
    assert slow.waits("lab", "ada", 30, 0.0) == 0, "what was admitted was not stored"


@pytest.fixture
def slow(house):
    """Ada's lobby is slow; bob is there."""
    house.join("ada", "ada")
    house.join("bob", "bob")
    house.ask_one("ada", Configure(id="1", room="lobby", slow_s=600))
    return house


def said(request_id, **more):
    return Message(id=request_id, room="lobby", text="hello", **more)


def codes(answers):
    return [answer.code if isinstance(answer, Error) else answer.seq for answer in answers]


def test_what_is_refused_afterwards_takes_no_wait(slow):
    slow.refuses("bob", said("1", reply_to=99), "no_such_message")
    assert slow.ask_one("bob", said("2")).seq == 4
    assert slow.refuses("bob", said("3"), "slow_down").retry_after_ms == 600_000


def test_what_was_stored_before_is_answered_as_it_was_and_takes_no_wait(slow):
    first = slow.ask_one("bob", said("1"))
    again = slow.ask_one("bob", said("1"))
    assert (again.seq, again.duplicate) == (first.seq, True)
    slow.passes(600)
    assert slow.ask_one("bob", said("1")).duplicate
    assert slow.ask_one("bob", said("2")).seq == 5, "the repeat was no message"


def test_in_one_frame(slow):
    assert codes(slow.ask("bob", said("1"), said("1"), said("2"))) == [4, 4, "slow_down"]
    slow.passes(600)
    assert codes(slow.ask("bob", said("1"), said("3"), said("4"))) == [4, 5, "slow_down"]
    assert codes(slow.ask("ada", said("2"), said("3"))) == [6, 7], "moderators are exempt"


def test_who_may_not_speak_is_told_why_and_not_to_wait(slow):
    slow.ask_one("bob", said("1"))
    slow.ask_one("ada", Mute(id="2", room="lobby", who="bob"))
    slow.refuses("bob", said("2"), "muted")
    assert codes(slow.ask("bob", said("3"), said("4"))) == ["muted", "muted"]


def test_a_full_disk_takes_no_wait(slow, monkeypatch, expect_log):
    expect_log("The disk refuses to store")

    def full(batch):
        raise StorageFull("no room")

    with monkeypatch.context() as patch:
        patch.setattr(slow.log, "append", full)
        slow.refuses("bob", said("1"), "storage_full")
    slow.passes(2)
    expect_log("The disk stores again")
    assert slow.ask_one("bob", said("1")).seq == 4


def test_nobody_gains_by_coming_in_again(house):
    house.join("ada", "ada")
    token = house.join("bob", "bob").token
    house.ask_one("ada", Configure(id="1", room="lobby", slow_s=600))
    house.ask_one("bob", Message(id="1", room="lobby", text="one"))
    house.refuses("bob", Message(id="2", room="lobby", text="two"), "slow_down")
    house.ask_one("bob", End(id="3"))
    house.join("bob", token=token)
    house.refuses("bob", Message(id="4", room="lobby", text="three"), "slow_down")
    assert house.ask_one("ada", Message(id="2", room="lobby", text="mine")).seq


def test_only_what_goes_to_a_slow_room_is_looked_at_by_itself(slow, monkeypatch):
    alone = []
    by_itself = Admission._message
    monkeypatch.setattr(Admission, "_message", lambda *asked: alone.append(asked[3]) or by_itself(*asked))
    slow.join("cem", "cem", room="lab")
    slow.join("bob", "bob", room="lab")
    for who in ("bob", "cem"):
        said = [Message(id=f"1{number}", room="lab", text="hi") for number in range(10)]
        assert [error_of(answer) for answer in slow.ask(who, *said)] == [None] * 10
        assert alone == []
    said = [Message(id=f"2{number}", room=room, text="hi") for number, room in enumerate(("lab", "lobby"))]
    slow.ask("bob", *said)
    assert alone == said


def test_a_slow_room_is_slow_however_its_name_is_written(house):
    house.join("ada", "ada")
    house.ask("ada", Create(id="1", room="caf\u00e9"), Configure(id="2", room="caf\u00e9", slow_s=60))
    house.join("bob", "bob", room="caf\u00e9")
    said = [Message(id=f"1{number}", room="cafe\u0301", text="hi") for number in range(3)]
    assert [error_of(answer) for answer in house.ask("bob", *said)] == [None, "slow_down", "slow_down"]
