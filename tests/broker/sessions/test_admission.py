"""What is refused, and to whom."""

import pytest
from loggia.shared.protocol.answers import Error, JoinedAnswer
from loggia.shared.protocol.codec import Malformed
from loggia.shared.protocol.limits import LOBBY, Limits
from loggia.shared.protocol.requests import End, History, Join, Leave, Members, Message, Ping, Rooms

from tests.broker.house import error_of, shape

WITHOUT_A_JOIN = [
    Message(id="1", room=LOBBY, text="hello"),
    History(id="1", room=LOBBY),
    Leave(id="1", room=LOBBY),
    Rooms(id="1"),
    Members(id="1", room=LOBBY),
    Ping(id="1"),
    End(id="1"),
]


# -- What is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize("request_", WITHOUT_A_JOIN, ids=lambda request: type(request).__name__)
def test_without_a_session_there_is_nothing_but_join(house, request_):
    house.join("ada", "ada")
    house.refuses("stranger", request_, "no_session")
    assert house.join("stranger", "bob").nick == "bob"  # and the connection is good for one


@pytest.mark.parametrize("request_", WITHOUT_A_JOIN, ids=lambda request: type(request).__name__)
def test_after_the_goodbye_there_is_no_session(house, request_):
    house.join("ada", "ada")
    house.ask("ada", End(id="end"))
    house.refuses("ada", request_, "no_session")


def test_a_token_nobody_has(house):
    house.refuses("ada", Join(id="j", token="guessed"), "bad_token")
    house.refuses("ada", Join(id="j", nick="ada", token=""), "bad_token")
    assert house.log.load().people == []


def test_the_token_of_another_account_on_a_connection_in_use(house):
    house.join("ada", "ada")
    bobs = house.join("bob", "bob").token
    house.refuses("ada", Join(id="j", token=bobs), "bad_token")
    assert house.join("ada").nick == "ada"


@pytest.mark.parametrize(
    "nick", ["", " ada", "ada ", "a/b", "a\nb", "a\u200bb", "x" * 33, "\x1b[2J", "\u202eada"]
)
def test_a_bad_nick(house, nick):
    house.refuses("ada", Join(id="j", nick=nick), "bad_nick")


def test_a_first_join_without_nick_and_token(house):
    house.refuses("ada", Join(id="j"), "bad_nick")


@pytest.mark.parametrize("room", ["", " lab", "a/b", "a\0b", "x" * 65])
def test_a_bad_room(house, room):
    house.refuses("ada", Join(id="j", nick="ada", room=room), "bad_room")
    assert house.log.load().rooms == {}


def test_names_as_long_as_they_may_be(open_house):
    house = open_house(limits=Limits(nick_chars=5, room_chars=7))
    house.refuses("ada", Join(id="j", nick="ada lo"), "bad_nick")
    house.refuses("ada", Join(id="j", nick="ada", room="12345678"), "bad_room")
    answer = house.join("ada", "ada l", room="1234567")
    assert answer.limits == Limits(nick_chars=5, room_chars=7)


def test_a_room_that_is_not_there_or_not_joined(house):
    house.join("ada", "ada")
    house.join("bob", "bob", room="lab")
    house.refuses("ada", Message(id="1", room="lab", text="hello"), "not_member")
    house.refuses("ada", Leave(id="2", room="lab"), "not_member")
    house.refuses("ada", Message(id="3", room="nowhere", text="hello"), "no_such_room")
    house.refuses("ada", Leave(id="4", room="nowhere"), "no_such_room")
    house.refuses("ada", History(id="5", room="nowhere"), "no_such_room")
    house.refuses("ada", Members(id="6", room="nowhere"), "no_such_room")
    assert house.texts("lab") == []


def test_a_text_that_may_not_be(open_house):
    house = open_house(limits=Limits(text_bytes=8))
    house.join("ada", "ada")
    house.refuses("ada", Message(id="1", room=LOBBY, text=""), "bad_request")
    house.refuses("ada", Message(id="1", room=LOBBY, text="a\x1bb"), "bad_request")
    house.refuses("ada", Message(id="1", room=LOBBY, text="123456789"), "too_large")
    house.refuses("ada", Message(id="1", room=LOBBY, text="äöüäö"), "too_large")
    house.say("ada", "1", "12345678")
    house.say("ada", "2", "äöüä")
    house.say("ada", "3", "a\n\tb")
    assert house.texts() == ["12345678", "äöüä", "a\n\tb"]


def test_what_could_not_be_read_is_answered_in_its_place(house):
    error = Error(id="2", code="unknown_op", text="What?")
    house.join("ada", "ada")
    first, second, third = house.ask(
        "ada", Message(id="1", room=LOBBY, text="a"), Malformed(error), Message(id="3", room=LOBBY, text="b")
    )
    assert (first.id, second, third.id) == ("1", error, "3")
    assert house.ask_one("stranger", Malformed(error)) == error


# -- Whose nick it is --------------------------------------------------------------------------


@pytest.mark.parametrize("twin", ["ada", "ADA", "Ada", "\uff41\uff44\uff41", "\u0430da", "ad\u0430"])
def test_a_nick_in_use_is_taken_with_all_that_look_like_it(house, twin):
    house.join("ada", "ada")
    error = house.refuses("bob", Join(id="j", nick=twin), "nick_taken")
    assert "ada" in error.text
    assert error == Error(id="j", code="nick_taken", text=error.text)  # it does not lapse by itself
    assert shape(house.told_events()) == [("joined", "ada", LOBBY)]


def test_a_rename_to_a_nick_in_use(house):
    house.join("ada", "ada")
    house.join("bob", "bob")
    house.refuses("bob", Join(id="j", nick="Ada", room="lab"), "nick_taken")
    assert house.join("bob").nick == "bob"
    assert "lab" not in house.log.load().rooms


def test_a_nick_kept_for_a_lost_session_says_when_it_lapses(house):
    house.join("ada", "ada")
    house.lose("ada")
    house.passes(10)
    error = house.refuses("bob", Join(id="j", nick="ADA"), "nick_taken")
    assert error.retry_after_ms == 20_000
    assert "ada" in error.text
    house.passes(19.9)
    assert house.refuses("bob", Join(id="j", nick="ada"), "nick_taken").retry_after_ms == 100
    house.passes(0.1)
    assert house.join("bob", "ada").account != "account-1"


@pytest.mark.parametrize("how", ["end", "lost"])
def test_a_nick_is_free_again_and_then_another_account(house, how):
    first = house.join("ada", "ada")
    house.ask("ada", End(id="end")) if how == "end" else house.lose("ada")
    house.passes(30)
    second = house.join("eve", "ada")
    assert second.account != first.account
    assert second.token != first.token
    # the first owner comes back: its nick is gone, its account is not
    error = house.refuses("ada", Join(id="j", token=first.token), "nick_taken")
    assert "ada" in error.text
    back = house.join("ada", "ada 2", token=first.token)
    assert (back.account, back.nick) == (first.account, "ada 2")


def test_two_who_want_a_nick_in_one_turn(house):
    house.arrive("ada", Join(id="j", nick="ada"))
    house.arrive("bob", Join(id="j", nick="Ada"))
    house.run()
    assert isinstance(house.told["ada"][0], JoinedAnswer)
    assert error_of(house.told["bob"][0]) == "nick_taken"
    assert shape(house.told_events()) == [("joined", "ada", LOBBY)]
    house.refuses("bob", Message(id="1", room=LOBBY, text="hello"), "no_session")
