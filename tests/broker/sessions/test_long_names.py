"""Names of any length, wherever a request has one: what they cost. And who has an old one keeps it."""

import pytest
from loggia.broker.sessions.queries import FORMS_CHARS
from loggia.shared.protocol import limits, names
from loggia.shared.protocol.answers import Error, JoinedAnswer, Pong
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import History, Join, Leave, Members, Message, Ping

from tests.normalizing import LONG_NAMES, Normalized

TOWER = "a" + "\u0301" * 9  # was a name once


@pytest.fixture
def normalized(monkeypatch):
    return Normalized(monkeypatch)


@pytest.fixture
def older(monkeypatch):
    """Names as they could be before towers were refused, for as long as it is called."""

    def older(do):
        with monkeypatch.context() as patch:
            patch.setattr(names, "NAME_MARKS", 64)
            patch.setattr(names._name, "__defaults__", (64,))
            patch.setattr(names.room, "__defaults__", (64,))
            return do()

    assert limits.NAME_MARKS == 4
    return older


@pytest.mark.parametrize("name", LONG_NAMES.values(), ids=LONG_NAMES)
@pytest.mark.parametrize("door", ["requests", "front"])
def test_a_stranger_with_a_long_name_costs_next_to_nothing(house, normalized, name, door):
    house.refuses("x", Join(id="1", nick=name), "bad_nick", door)
    house.refuses("x", Join(id="2", nick="ada", room=name), "bad_room", door)
    house.refuses("x", Join(id="3", nick=name, token="t"), "bad_nick", door)
    assert normalized.total == 0


@pytest.mark.parametrize("name", LONG_NAMES.values(), ids=LONG_NAMES)
def test_so_does_one_in_a_session_whatever_is_asked(house, normalized, name):
    house.join("ada", "ada")
    before = normalized.total
    for request in (
        Message(id="1", room=name, text="hi"),
        Leave(id="2", room=name),
        History(id="3", room=name),
        Members(id="4", room=name),
    ):
        answer = house.refuses("ada", request, "no_such_room")
        assert len(answer.text) < 1000
    house.refuses("ada", Join(id="5", nick=name), "bad_nick")
    house.refuses("ada", Join(id="6", room=name), "bad_room")
    assert house.ask_one("ada", Ping(id="7", cursors={name: 0, LOBBY: 0})).heads == {LOBBY: 1}
    assert normalized.total == before


@pytest.mark.parametrize("length", [1, 7, 300, 999, 1000, 1001, 5000])
@pytest.mark.parametrize("piece", ["\u0301\u0316", "a\u0301\u0316\u0302\u0317", "\u1f82", "\ufe0fa"])
def test_cursors_cost_what_they_are_long(house, normalized, piece, length):
    """As many names as a frame takes, each of a room that is not there."""
    house.join("ada", "ada")
    before = normalized.total
    count = 256 * 1024 // 4 // length
    cursors = {f"{number}{piece * length}"[:length]: 0 for number in range(count)}
    pong = house.ask_one("ada", Ping(id="1", cursors=cursors))
    assert isinstance(pong, Pong)
    assert normalized.largest <= limits.NAME_CHARS
    assert normalized.total - before <= FORMS_CHARS


def test_many_rooms_are_found_by_a_form_of_theirs_in_one_ping(house):
    house.join("ada", "ada")
    for number in range(100):
        house.join("ada", room=f"{number} " + "caf\u00e9" * 12)
    cursors = {f"{number} " + "cafe\u0301" * 12: 0 for number in range(100)}
    assert house.ask_one("ada", Ping(id="1", cursors=cursors)).heads == dict.fromkeys(cursors, 1)
    strangers = {f"\u00e9{number}": 0 for number in range(20_000)}
    named = {f"{number} " + "caf\u00e9" * 12: 0 for number in range(100)}
    assert house.ask_one("ada", Ping(id="1", cursors=strangers | named)).heads == dict.fromkeys(named, 1)


def test_a_room_is_found_by_each_of_its_forms(house):
    house.join("ada", "ada", room="caf\u00e9\u0316❤")
    for name in ("cafe\u0301\u0316❤\ufe0f", "cafe\u0316\u0301❤\ufe0e"):
        assert house.page("ada", room=name).head == 1
        assert house.ask_one("ada", Ping(id="1", cursors={name: 0})).heads == {name: 1}


def test_who_has_a_nick_of_before_comes_back_with_it(house, older):
    token = older(lambda: house.join("ada", TOWER)).token
    stored = names.canonical(house.join("ada").nick)
    house.restart()
    back = house.join("again", stored, token=token)  # whose session is not over
    assert (back.nick, back.account) == (stored, "account-1")
    assert house.join("again", stored, room="lab").nick == stored
    house.lose("again")
    house.passes(31)
    assert house.join("later", stored, token=token).account == "account-1"  # whose session was over
    house.refuses("x", Join(id="1", nick=stored), "bad_nick")
    house.refuses("x", Join(id="2", nick=stored, token="no such token"), "bad_nick")
    house.refuses("later", Join(id="3", nick=f"{stored}\u0302"), "bad_nick")
    assert house.join("later", "ada").nick == "ada"
    house.refuses("later", Join(id="4", nick=stored), "bad_nick")


def test_a_room_of_before_is_joined_as_before(house, older):
    room = older(lambda: house.join("ada", "ada", room=TOWER)).room
    house.restart()
    bob = house.join("bob", "bob", room=room)
    assert (bob.room, bob.head) == (room, 2)
    house.say("bob", "1", room=room)
    assert house.page("bob", room=room).head == 3
    house.refuses("bob", Join(id="1", room=f"{room}b"), "bad_room")


def test_a_room_that_is_there_is_joined_when_a_broker_has_shorter_names(open_house):
    house = open_house()
    room = house.join("ada", "ada", room="x" * 60).room
    house.close()
    shorter = open_house(limits=limits.Limits(room_chars=10))
    answer = shorter.ask_one("bob", Join(id="1", nick="bob", room=room))
    assert isinstance(answer, JoinedAnswer)
    assert isinstance(shorter.ask_one("bob", Join(id="2", room="y" * 11)), Error)
