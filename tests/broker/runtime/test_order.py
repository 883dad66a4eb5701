"""Everybody has a turn, whatever one peer sends: shares of a turn, queues and their bounds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loggia.broker.core.ops import cost_of
from loggia.broker.runtime.order import (
    FULL_COST,
    LATELY_S,
    LEAST_WAITING,
    LINES,
    MOST_IN_ALL,
    MOST_WAITING,
    OVERRUN,
    PARTS,
)
from loggia.broker.runtime.turn_cost import TURN_COST
from loggia.shared.protocol.answers import Error, Stored
from loggia.shared.protocol.codec import decode_requests
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import End, History, Join, Message, Ping

from tests.broker.house import House, error_of


def messages(numbers):
    return [Message(id=f"{number:09}", room=LOBBY, text="x") for number in numbers]


def ids(answers):
    return [answer.id for answer in answers]


@pytest.fixture
def house(open_house):
    house = open_house()
    for nick in ("ada", "bob", "eve"):
        house.join(nick, nick)
    return house


def told(house):
    """What each peer is answered in one turn."""
    return house.turn().answers


def test_a_turn_ends_and_the_next_goes_on_where_it_stopped(house):
    house.arrive("ada", *messages(range(3 * TURN_COST)))
    turns = []
    while house.pipeline.waits():
        turns.append(ids(told(house)["ada"]))
    assert {len(turn) for turn in turns} == {TURN_COST}
    assert [one for turn in turns for one in turn] == ids(messages(range(3 * TURN_COST)))


def test_who_asks_for_little_is_answered_in_the_turn_of_who_sends_much(house):
    house.arrive("ada", *messages(range(10 * TURN_COST)))
    house.arrive("bob", *messages([1]))
    house.arrive("eve", Ping(id="2"))
    answers = told(house)
    assert ids(answers["bob"]) == ["000000001"]
    assert ids(answers["eve"]) == ["2"]
    assert len(answers["ada"]) > TURN_COST / 2, "and nothing is left undone meanwhile"
    house.arrive("bob", *messages([2]))
    assert ids(told(house)["bob"]) == ["000000002"], "also in the middle of it"


def test_those_who_send_much_share_a_turn(house):
    for nick in ("ada", "bob", "eve"):
        house.arrive(nick, *messages(range(2 * TURN_COST)))
    answers = told(house)
    assert all(len(answers[nick]) >= TURN_COST / 5 for nick in ("ada", "bob", "eve"))


def test_who_asks_for_little_comes_before_all_who_ask_for_much_however_many(open_house):
    house = open_house()
    many = range(50)
    for number in many:
        house.join(number, f"nick {number}")
    house.join("ada", "ada")
    house.passes(LATELY_S)
    for number in many:
        house.arrive(number, *messages(range(TURN_COST)))
    for turn in range(5):
        house.arrive("ada", *messages([turn]))
        answers = told(house)
        if turn > 1:  # before nobody knew yet who would ask for little
            assert ids(house.told["ada"][1:]) == ids(messages(range(turn + 1)))
        assert sum(len(answers[number]) for number in many if number in answers) >= TURN_COST // PARTS


def test_what_cannot_be_read_makes_nobody_wait_turn_after_turn(house):
    """Three who send twice as much as a turn holds, in each turn."""
    wrong = [decode_requests(b"7", house.limits)[0]] * 1000
    house.passes(LATELY_S)
    for turn in range(20):
        for nick in ("bob", "eve", "kim", "zoe"):
            house.arrive(nick, *wrong, *wrong)
        house.arrive("ada", *messages([turn]))
        house.turn()
        house.turn()
        assert len(house.told["ada"]) == turn + 2


def test_one_who_asks_for_much_and_then_for_little_is_among_the_first_again(house):
    house.passes(LATELY_S)
    house.arrive("ada", *messages(range(LINES[1][0])))
    house.arrive("bob", *messages(range(10 * TURN_COST)))
    house.turn()
    house.arrive("ada", *messages([1]))
    house.arrive("eve", *messages([2]))
    assert [*told(house)][:3] == ["eve", "bob", "ada"]
    house.passes(LATELY_S)
    house.arrive("ada", *messages([3]))
    assert next(iter(told(house))) == "ada"


def test_what_costs_more_takes_more_of_a_turn(house):
    house.arrive("ada", *(History(id=f"{number}", room=LOBBY) for number in range(1000)))
    assert len(told(house)["ada"]) < TURN_COST / 20


def test_what_fits_into_one_turn_is_ordered_as_it_came(house):
    for number in range(5):
        for nick in ("ada", "bob", "eve"):
            house.arrive(nick, *messages([number]))
    house.turn()
    assert [event.nick for event in house.events()[-15:]] == ["ada", "bob", "eve"] * 5


def test_behind_a_join_at_most_a_thousand_wait_and_the_others_are_refused_in_their_place(open_house):
    house = open_house(rate=1e6)
    joining = [Join(id="join", nick="ada"), *messages(range(MOST_WAITING + 99))]
    house.arrive("ada", *joining)
    answers = house.ask("ada")
    assert ids(answers) == ids(joining)
    assert [error_of(answer) for answer in answers] == [None] * MOST_WAITING + ["slow_down"] * 100
    assert answers[-1].retry_after_ms > 0


def test_who_goes_on_ten_times_over_is_heard_no_more(open_house):
    house = open_house(rate=1e6)
    for number in range(OVERRUN + 2):
        house.arrive("ada", *(Join(id=f"{number} {one}", nick="ada") for one in range(MOST_WAITING)))
    effects = house.turn()
    assert effects.cut_off == ["ada"]
    assert len(effects.answers["ada"]) < MOST_WAITING
    house.lose("ada")
    assert not house.pipeline.waits()
    assert not house.pipeline.hub.knows("ada")
    assert len(house.told["ada"]) == (OVERRUN + 1) * MOST_WAITING


def test_where_much_of_all_waits_each_may_have_less_of_it_and_who_has_more_is_cut_off(open_house):
    house = open_house(rate=1e6)
    for nick in ("bob", "ada"):
        house.join(nick, nick)
    joins = [Join(id=f"{one}", nick="eve") for one in range(LEAST_WAITING)]
    for number in range(MOST_IN_ALL // LEAST_WAITING):
        house.arrive(number, *joins)
    house.arrive("ada", *messages(range(2 * LEAST_WAITING)))
    assert not house.turn().cut_off
    for number in range(2 * MOST_IN_ALL // LEAST_WAITING):
        house.arrive(f"more {number}", *joins, *joins)
    house.arrive("bob", *messages(range(LEAST_WAITING)))
    assert "bob" not in house.turn().cut_off
    house.arrive("more 0", joins[0])
    assert "more 0" in house.turn().cut_off
    house.run()
    assert [error_of(answer) for answer in house.told["ada"][1:]] == [None] * LEAST_WAITING + [
        "slow_down"
    ] * LEAST_WAITING
    assert {error_of(answer) for answer in house.told["bob"]} == {None}


def test_where_few_have_much_waiting_who_has_less_is_refused_nothing(open_house):
    house = open_house(rate=1e6)
    house.join("ada", "ada")
    for number in range(MOST_IN_ALL // MOST_WAITING):
        house.arrive(number, *(Join(id=f"{one}", nick="eve") for one in range(MOST_WAITING)))
    house.arrive("ada", *messages(range(MOST_WAITING // 2)))
    house.run()
    assert [error_of(answer) for answer in house.told["ada"][1:]] == [None] * (MOST_WAITING // 2)


def test_who_talks_waits_for_one_request_of_each_and_no_more(open_house):
    """A crowd of which nobody asks for much."""
    house = open_house()
    many = range(1000)
    for number in many:
        house.join(number, f"nick {number}")
    house.join("ada", "ada")
    house.passes(LATELY_S)
    for _ in range(2):
        for number in many:
            house.arrive(number, *(Ping(id=f"{one}") for one in range(20)))
    house.turn()
    house.arrive("ada", *messages([1]))
    turns = 0
    while len(house.told["ada"]) < 2:
        house.turn()
        turns += 1
    assert turns <= len(many) * cost_of(Ping(id="1")) / (TURN_COST - 2 * TURN_COST // PARTS) + 1


def test_who_talks_comes_before_all_who_come_in_at_once(open_house):
    house = open_house()
    house.join("ada", "ada")
    house.passes(LATELY_S)
    for number in range(500):
        house.arrive(number, Join(id="join", nick=f"nick {number}"))
    house.turn()
    house.arrive("ada", *messages([1]))
    assert ids(told(house)["ada"]) == ["000000001"]


def test_a_page_of_history_waits_behind_nobody_who_asks_for_much(house):
    house.passes(LATELY_S)
    for nick in ("bob", "eve"):
        house.arrive(nick, *messages(range(3 * TURN_COST)))
    house.turn()
    house.arrive("ada", History(id="1", room=LOBBY))
    assert ids(told(house)["ada"]) == ["1"]


def test_who_trusts_everybody_refuses_nothing(open_house):
    house = open_house(rate=0)
    house.join("ada", "ada")
    for number in range(OVERRUN + 2):
        house.arrive("ada", *messages(range(number * MOST_WAITING, (number + 1) * MOST_WAITING)))
    assert house.pipeline.is_full()
    answers = house.ask("ada")
    assert {type(answer) for answer in answers} == {Stored}
    assert len(answers) == (OVERRUN + 2) * MOST_WAITING
    assert not house.pipeline.is_full()


def test_so_much_waits_that_more_is_left_at_the_doors(house):
    house.arrive("ada", *messages(range(FULL_COST - 1)))
    assert not house.pipeline.is_full()
    house.arrive("bob", *messages([1]))
    assert house.pipeline.is_full()
    house.turn()
    assert not house.pipeline.is_full()


REQUESTS = {"message": 1, "ping": 2, "history": 3, "join": 4, "end": 5}


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ada", "bob", "eve", "kim"]),
            st.lists(st.sampled_from([*REQUESTS]), max_size=8),
            st.integers(1, 400),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_each_request_is_answered_once_and_each_peer_in_order(tmp_path_factory, frames):
    house = House(tmp_path_factory.mktemp("order"))
    sent: dict[str, list[str]] = {}
    try:
        for number, (nick, kinds, times, turn) in enumerate(frames):
            frame = []
            for place, kind in enumerate(kinds * times):
                name = f"{number}.{place}"
                frame.append(
                    {
                        "message": Message(id=name, room=LOBBY, text="x"),
                        "ping": Ping(id=name),
                        "history": History(id=name, room=LOBBY, limit=1),
                        "join": Join(id=name, nick=nick),
                        "end": End(id=name),
                    }[kind]
                )
            house.arrive(nick, *frame)
            sent.setdefault(nick, []).extend(request.id for request in frame)
            if turn:
                house.turn()
        house.run()
        assert {nick: ids(house.told[nick]) for nick in sent} == sent
        assert not [
            one
            for told in house.told.values()
            for one in told
            if isinstance(one, Error) and one.code == "internal"
        ]
    finally:
        house.close()
