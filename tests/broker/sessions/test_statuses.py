"""Presence as it is told: since when somebody is away, and what he says of himself."""

import pytest
from loggia.broker.sessions import passing
from loggia.shared.protocol.answers import Error, Stored
from loggia.shared.protocol.events import JoinedEvent, PresenceEvent
from loggia.shared.protocol.limits import LOBBY, STATUS_CHARS
from loggia.shared.protocol.requests import End, Join, Leave, Members, SetStatus

from tests.broker.disks import a_disk
from tests.broker.house import House


def members(house, key, room=LOBBY):
    found = house.ask_one(key, Members(id="m", room=room)).members
    return {member.nick: (member.presence, member.status, member.since) for member in found}


def told(house):
    """Presence since the last call: who, where, how, with what status and since when."""
    events = [event for event in house.published if isinstance(event, PresenceEvent)]
    house.published.clear()
    return [(event.nick, event.room, event.presence, event.status, event.since) for event in events]


def say(house, key, text, request_id="s1"):
    return house.ask_one(key, SetStatus(id=request_id, text=text))


def test_a_status_is_told_with_presence_and_in_lists(house):
    house.join("ada", "ada")
    house.join("ada", room="lab")
    assert say(house, "ada", "at lunch") == Stored("s1", "", 0, house.at)
    assert told(house) == [("ada", room, "online", "at lunch", None) for room in ("lab", LOBBY)]
    joined = house.join("bob", "bob")
    assert [member.status for member in joined.members] == ["at lunch", ""]
    assert members(house, "bob") == {"ada": ("online", "at lunch", None), "bob": ("online", "", None)}
    house.passes(7)
    house.lose("ada")
    away = ("away", "at lunch", house.at)
    house.passes(3)
    assert told(house) == [("ada", room, *away) for room in ("lab", LOBBY)]
    assert members(house, "bob")["ada"] == away


def test_it_survives_the_session_and_a_restart(house):
    token = house.join("ada", "ada").token
    say(house, "ada", "at lunch")
    house.ask("ada", End(id="end"))
    house.lose("ada")
    house.restart()
    house.join("bob", "bob")
    told(house)
    house.join("ada again", token=token)
    events = [event for event in house.published if isinstance(event, JoinedEvent | PresenceEvent)]
    assert [type(event) for event in events] == [JoinedEvent, PresenceEvent]
    assert events[1].status == "at lunch"
    assert members(house, "bob")["ada"] == ("online", "at lunch", None)
    say(house, "ada again", "", "s2")
    assert members(house, "bob")["ada"] == ("online", "", None)


def test_who_was_away_over_a_restart_is_away_since_nobody_knows_when(house):
    house.join("ada", "ada")
    house.restart()
    house.join("bob", "bob")
    assert members(house, "bob")["ada"] == ("away", "", None)


def test_who_left_a_room_in_the_same_turn_is_not_told_there(house):
    house.join("ada", "ada")
    house.join("ada", room="lab")
    told(house)
    house.ask("ada", SetStatus(id="s1", text="gone"), Leave(id="l1", room="lab"))
    assert told(house) == [("ada", LOBBY, "online", "gone", None)]


def test_the_same_again_is_told_nobody(house):
    house.join("ada", "ada")
    say(house, "ada", "at lunch")
    told(house)
    assert say(house, "ada", "another").duplicate
    assert not say(house, "ada", "at lunch", "s2").duplicate
    assert told(house) == []


@pytest.mark.parametrize(
    "text",
    ["a\nb", "tab\t", "\x1b[2J", "\x7f", "\u2028", "\u202egnirts", "\u2066x", "Z" + 5 * "\u0301", "\x85"],
)
def test_what_is_no_plain_line_is_refused(house, text):
    house.join("ada", "ada")
    assert say(house, "ada", text).code == "bad_request"
    assert members(house, "ada")["ada"] == ("online", "", None)


@pytest.mark.parametrize(
    "text", ["\U0001f469\u200d\U0001f680 " + "x" * 136, "日本" * 70, "e\u0301" * 70, " "]
)
def test_a_line_in_any_script_is_taken(house, text):
    assert len(text) <= STATUS_CHARS
    house.join("ada", "ada")
    assert isinstance(say(house, "ada", text), Stored)
    assert members(house, "ada")["ada"] == ("online", text, None)


def test_a_full_disk_changes_nothing_and_tells_nobody(tmp_path, expect_log):
    expect_log("The disk refuses to store")
    expect_log(r"The disk stores again\.")
    with a_disk() as disk:
        house = House(tmp_path / "data")
        house.join("ada", "ada")
        say(house, "ada", "before")
        told(house)
        disk.full = True
        assert say(house, "ada", "during", "s2").code == "storage_full"
        assert say(house, "ada", "during", "s1").duplicate, "what was stored is answered so"
        assert told(house) == []
        disk.full = False
        house.passes(2)
        assert members(house, "ada")["ada"][1] == "before"
        assert isinstance(say(house, "ada", "after", "s2"), Stored)
        house.close()


def test_an_account_has_another_one_once_a_second(open_house):
    house = open_house(rate=50.0)
    house.join("ada", "ada")
    answers = [say(house, "ada", f"{number}", f"s{number}") for number in range(20)]
    refused = [answer for answer in answers if isinstance(answer, Error)]
    assert 3 <= len(answers) - len(refused) <= 5, "who is new has four seconds of it"
    assert {answer.code for answer in refused} == {"slow_down"}


def test_a_crowd_that_comes_back_is_told_in_more_than_one_turn(house, monkeypatch):
    monkeypatch.setattr(passing, "PRESENCE_EVENTS", 3)
    house.join("ada", "ada")
    for number in range(10):
        house.join("ada", room=f"r{number}")
    told(house)
    say(house, "ada", "everywhere")
    assert len(told(house)) == 11
    assert house.ask_one("bob", Join(id="j", nick="bob", room="r3")).members[0].status == "everywhere"
