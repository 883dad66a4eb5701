"""Connections and the sessions behind them: whose answers they get, and in which order."""

import pytest
from loggia.shared.protocol.answers import Ended, Error, Pong, RoomsAnswer, Stored
from loggia.shared.protocol.events import MessageEvent
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import End, History, Join, Members, Message, Ping, Rooms

from tests.broker.house import error_of, shape

# -- The order of answers ----------------------------------------------------------------------


def test_what_is_sent_behind_a_join_is_served_in_order(house):
    answers = house.ask(
        "ada",
        Rooms(id="0"),
        Join(id="1", nick="ada"),
        Message(id="2", room=LOBBY, text="two"),
        Rooms(id="3"),
        Join(id="4", room="lab"),
        Message(id="5", room="lab", text="five"),
        End(id="6"),
        Message(id="7", room="lab", text="too late"),
        Join(id="8", nick="ada"),
    )
    assert [answer.id for answer in answers] == [str(number) for number in range(9)]
    assert [error_of(answer) for answer in answers] == ["no_session", *[None] * 6, "no_session", None]
    assert isinstance(answers[3], RoomsAnswer)
    assert house.texts() + house.texts("lab") == ["two", "five"]
    assert answers[8].account == "account-2"


def test_answers_keep_the_order_of_requests_with_queries_between(house):
    house.join("ada", "ada")
    answers = house.ask(
        "ada",
        Message(id="1", room=LOBBY, text="one"),
        Ping(id="2", cursors={LOBBY: 0}),
        Message(id="3", room="nowhere", text="no"),
        History(id="4", room=LOBBY),
        Message(id="5", room=LOBBY, text="five"),
        Members(id="6", room="nowhere"),
        Rooms(id="7"),
    )
    assert [answer.id for answer in answers] == list("1234567")
    kinds = [Stored, Pong, Error, None, Stored, Error, RoomsAnswer]
    assert [
        kind is None or isinstance(answer, kind) for kind, answer in zip(kinds, answers, strict=True)
    ] == [True] * 7
    assert answers[1].heads == {LOBBY: 3}  # queries see what the whole turn stored


def test_connections_do_not_mix(house):
    for number in range(3):
        house.arrive(f"peer {number}", Join(id="j", nick=f"nick {number}"))
    house.run()
    for number in range(3):
        for one in range(4):
            house.arrive(f"peer {number}", Message(id=f"{one}", room=LOBBY, text=f"{number} {one}"))
    effects = house.turn()
    assert list(effects.answers) == [f"peer {number}" for number in range(3)]
    for number in range(3):
        assert [answer.id for answer in effects.answers[f"peer {number}"]] == list("0123")
    assert house.texts() == [f"{number} {one}" for number in range(3) for one in range(4)]
    assert {event.account for event in house.events() if isinstance(event, MessageEvent)} == {
        f"account-{number}" for number in (1, 2, 3)
    }


def test_the_broker_knows_how_many_are_connected(house):
    hub = house.pipeline.hub
    house.join("ada", "ada")
    house.join("bob", "bob")
    house.join("visitor", "kim", door="front")
    assert (hub.sessions.connected(), hub.peers_in_session()) == (3, ["ada", "bob", "visitor"])
    house.ask("ada", End(id="e"))
    house.lose("bob")
    assert (hub.sessions.connected(), hub.peers_in_session()) == (1, ["visitor"])
    house.lose("visitor")
    house.passes(60)
    assert (hub.sessions.connected(), hub.peers_in_session()) == (0, [])


# -- More than one connection ------------------------------------------------------------------


def test_a_second_connection_with_the_token_is_the_same_session(house):
    token = house.join("phone", "ada").token
    house.told_events()
    house.told_presence()
    laptop = house.join("laptop", token=token)
    assert (laptop.account, laptop.nick) == ("account-1", "ada")
    assert house.told_events() == []
    assert house.told_presence() == []
    house.lose("phone")
    house.passes(60)
    assert house.told_presence() == []
    assert house.told_events() == []
    house.say("laptop", "1")
    house.lose("laptop")
    house.passes(60)
    assert shape(house.told_events()) == [("message", "ada", LOBBY), ("left", "ada", LOBBY, "lost")]


def test_a_goodbye_on_one_of_two_connections_ends_only_that(house):
    token = house.join("phone", "ada").token
    house.join("laptop", token=token)
    house.told_events()
    assert house.ask_one("phone", End(id="e")) == Ended(id="e")
    house.refuses("phone", Rooms(id="1"), "no_session")
    house.say("laptop", "1")
    assert house.ask_one("laptop", End(id="e")) == Ended(id="e")
    assert shape(house.told_events()) == [("message", "ada", LOBBY), ("left", "ada", LOBBY, "end")]


@pytest.mark.parametrize("awake", [True, False], ids=["a resume", "coming back"])
@pytest.mark.parametrize("first", ["phone", "laptop"])
def test_two_connections_that_join_in_one_turn_are_one_session(house, awake, first):
    token = house.join("old", "ada").token
    house.lose("old") if awake else house.ask("old", End(id="e"))
    house.told_events()
    for key in ("phone", "laptop"):
        house.arrive(key, Join(id="j", token=token))
    house.run()
    assert shape(house.told_events()) == ([] if awake else [("joined", "ada", LOBBY)])
    assert house.pipeline.hub.sessions.connected() == 1
    house.lose(first)
    house.passes(60)
    assert house.told_events() == []
    house.lose("laptop" if first == "phone" else "phone")
    house.passes(30)
    assert shape(house.told_events()) == [("left", "ada", LOBBY, "lost")]


def test_a_goodbye_behind_a_join_of_the_same_account_in_one_turn_leaves_the_new_one(house):
    token = house.join("old", "ada").token
    house.told_events()
    house.arrive("new", Join(id="j", token=token), Message(id="1", room=LOBBY, text="still here"))
    house.arrive("old", End(id="e"))
    house.run()
    assert house.told["old"][-1] == Ended(id="e")
    assert [error_of(answer) for answer in house.told["new"]] == [None, None]
    assert shape(house.told_events()) == [("message", "ada", LOBBY)]
    house.lose("old", "new")
    house.passes(30)
    assert shape(house.told_events()) == [("left", "ada", LOBBY, "lost")]


def test_a_goodbye_before_a_join_of_the_same_account_in_one_turn(house):
    token = house.join("old", "ada").token
    house.told_events()
    house.arrive("old", End(id="e"))
    house.arrive("new", Join(id="j", token=token))
    house.run()
    assert shape(house.told_events()) == [("left", "ada", LOBBY, "end"), ("joined", "ada", LOBBY)]
    assert house.told["new"][0].rooms == {LOBBY: 3}
    house.lose("old")
    house.passes(31)
    assert house.told_events() == []  # the old connection keeps nothing, and ends nothing
    house.lose("new")
    house.passes(30)
    assert shape(house.told_events()) == [("left", "ada", LOBBY, "lost")]


def test_a_goodbye_that_left_the_session_to_a_join_that_fails(house):
    token = house.join("old", "ada").token
    house.join("bob", "bob")
    house.told_events()
    house.arrive("new", Join(id="j", token=token, nick="bob"))
    house.arrive("old", End(id="e"))
    house.run()
    assert error_of(house.told["new"][0]) == "nick_taken"
    house.passes(30)
    assert shape(house.told_events()) == [("left", "ada", LOBBY, "lost")]
