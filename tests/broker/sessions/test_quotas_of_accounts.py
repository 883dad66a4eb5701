"""What one account may have and do: rooms, connections, names, and what it says while it is new."""

import pytest
from loggia.broker.sessions.quotas import FIRST_S, NEW_S, NEWCOMERS, Bounds
from loggia.shared.protocol.limits import BURST_S, LOBBY
from loggia.shared.protocol.requests import Create, End, Join, Leave, Message

from tests.broker.house import error_of, shape


def codes(answers):
    return [error_of(answer) for answer in answers]


def test_an_account_is_in_at_most_a_hundred_rooms(open_house):
    house = open_house(rate=50.0, bounds=Bounds(rooms_per_account=100))
    house.join("ada", "ada")
    for number in range(99):
        house.join("ada", room=f"room {number}")
        house.passes(0.1)
    refused = house.refuses("ada", Join(id="1", room="one more"), "not_allowed")
    assert "100 rooms" in refused.text
    house.join("ada", room="room 7")
    house.ask_one("ada", Leave(id="2", room="room 7"))
    house.join("ada", room="one more")


def test_an_account_has_so_many_connections_at_once(open_house):
    house = open_house(rate=50.0, bounds=Bounds(connections_per_account=3))
    token = house.join(0, "ada").token
    for number in (1, 2):
        house.join(number, token=token)
    refused = house.refuses("late", Join(id="1", token=token), "not_allowed")
    assert "3 connections" in refused.text
    house.join(2, room="another")
    house.pipeline.lost(0)
    house.run()
    house.join("late", token=token)


def test_those_that_come_at_once_are_counted_too(open_house):
    house = open_house(rate=50.0, bounds=Bounds(connections_per_account=3))
    token = house.join(0, "ada").token
    for number in range(1, 6):
        house.arrive(number, Join(id="1", token=token))
    house.run()
    answers = codes(house.told[number][-1] for number in range(6))
    assert answers == [None] * 3 + ["not_allowed"] * 3


def test_two_connections_of_an_account_do_not_enter_more_together(open_house):
    house = open_house(rate=50.0, bounds=Bounds(rooms_per_account=2))
    token = house.join("phone", "ada").token
    house.join("desk", token=token)
    house.arrive("phone", Join(id="1", room="one"))
    house.arrive("desk", Join(id="2", room="two"))
    house.run()
    assert sorted(error_of(house.told[key][-1]) or "" for key in ("phone", "desk")) == ["", "not_allowed"]


def test_five_names_a_minute(open_house):
    house = open_house(rate=50.0)
    house.join("ada", "ada")
    for number in range(5):
        house.join("ada", f"ada {number}")
    refused = house.refuses("ada", Join(id="1", nick="ada 5"), "slow_down")
    house.join("ada", "ada 4")  # which it has
    house.passes(refused.retry_after_ms / 1000)
    house.join("ada", "ada 5")


def said_at_once(house, key, number=600):
    answers = house.ask(key, *(Message(id=f"{one:04}", room=LOBBY, text="x") for one in range(number)))
    return codes(answers).count(None)


def test_one_who_is_new_may_say_less_at_once_than_the_others(open_house):
    house = open_house(rate=50.0)
    house.join("ada", "ada")
    assert said_at_once(house, "ada") == 50 * FIRST_S
    house.passes(BURST_S)
    assert said_at_once(house, "ada") == 50 * BURST_S


def test_the_first_message_passes_at_any_rate(open_house):
    house = open_house(rate=0.01)
    house.join("ada", "ada")
    assert said_at_once(house, "ada", 2) == 1


def test_those_who_are_new_at_one_address_share_what_they_say(open_house):
    house = open_house(rate=50.0)
    house.hosts = {"far": "192.0.2.9"}
    said = []
    for number in range(10):
        house.join("ada", f"ada {number}")
        said.append(said_at_once(house, "ada"))
        house.ask_one("ada", End(id="bye"))
    assert said[:7] == [50 * FIRST_S] * 7
    assert sum(said) == NEWCOMERS * 50 * BURST_S
    house.join("far", "far")
    assert said_at_once(house, "far") == 50 * FIRST_S


def test_who_was_there_before_does_not_share_it(open_house):
    house = open_house(rate=50.0)
    house.join("kim", "kim")
    house.passes(NEW_S)
    for number in range(10):
        house.join("ada", f"ada {number}")
        said_at_once(house, "ada")
        house.ask_one("ada", End(id="bye"))
    assert said_at_once(house, "kim") == 50 * BURST_S


def test_a_class_that_is_new_says_hello(open_house):
    house = open_house(rate=50.0)
    for number in range(300):
        house.join(number, f"pupil {number}")
        assert said_at_once(house, number, 4) == 4


def test_a_join_that_is_refused_is_no_way_round_the_rate(open_house):
    house = open_house(rate=1.0)
    token = house.join("ada", "ada").token
    house.join("bob", "bob")
    house.passes(BURST_S)
    assert said_at_once(house, "ada", 20) == 10
    house.ask_one("ada", End(id="bye"))
    house.refuses("ada", Join(id="1", nick="bob", token=token), "nick_taken")
    house.join("ada", "ada", token=token)
    assert said_at_once(house, "ada", 40) == 0


@pytest.mark.parametrize("kind", [Create, Join])
def test_what_is_made_at_once_counts_as_well(open_house, kind):
    house = open_house(rate=50.0, bounds=Bounds(rooms_per_account=3))
    token = house.join("phone", "ada").token
    house.join("desk", token=token)
    answers = house.ask("phone", *(kind(id=f"a{number}", room=f"a{number}") for number in range(4)))
    assert [error_of(answer) for answer in answers] == [None, None, "not_allowed", "not_allowed"]
    house.ask_one("phone", Leave(id="b", room="a1"))
    house.arrive("phone", kind(id="c1", room="c1"))
    house.arrive("desk", kind(id="c2", room="c2"))
    house.run()
    assert sorted(error_of(house.told[key][-1]) or "" for key in ("phone", "desk")) == ["", "not_allowed"]
    house.ask_one("desk", Leave(id="d", room="a0"))
    assert error_of(house.ask_one("desk", kind(id="e", room="e"))) is None, "nothing counts twice"


def test_a_create_before_the_end_is_answered_as_it_was(house):
    house.join("ada", "ada")
    created, ended = house.ask("ada", Create(id="1", room="lab"), End(id="2"))
    assert (created.room, ended.id) == ("lab", "2")


def test_a_connection_that_is_lost_in_the_turn_of_its_create(house):
    house.join("ada", "ada")
    house.arrive("ada", Create(id="1", room="lab"))
    house.pipeline.lost("ada")
    house.run()
    assert house.told["ada"][-1].room == "lab"
    assert shape(house.events("lab")) == [("created", "ada", "lab"), ("joined", "ada", "lab")]
