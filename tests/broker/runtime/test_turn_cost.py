"""A turn takes in as much as this machine does in its time, between two bounds."""

import pytest
from loggia.broker.core.ops import cost_of
from loggia.broker.runtime.turn_cost import (
    LEAST_COST,
    NOMINAL_S,
    TIMED_COST,
    TURN_COST,
    TURN_S,
    TurnCost,
    affordable,
)
from loggia.broker.sessions.quotas import (
    ADDRESS_BURST_S,
    ADDRESS_RATE,
    ASKED_RATE,
    LITTLE_COST,
    Bounds,
    Quotas,
)
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.limits import BURST_S, LOBBY
from loggia.shared.protocol.requests import Message


def lived(cost, each_s, turns=50):
    """As many turns as full as they may be, on a machine where one of it takes so long."""
    for _ in range(turns):
        cost.took(cost.now, cost.now * each_s)
    return cost.now


def test_a_fast_machine_takes_in_the_most_that_there_may_be():
    assert lived(TurnCost(), TURN_S / TURN_COST / 3) == TURN_COST


@pytest.mark.parametrize("fit", [1500, 700, 200])
def test_a_slow_one_takes_in_what_fits(fit):
    assert lived(TurnCost(), TURN_S / fit) == pytest.approx(fit, rel=0.01)


@pytest.mark.parametrize(("each_s", "pace"), [(NOMINAL_S / 2, 1.0), (NOMINAL_S, 1.0), (NOMINAL_S * 4, 4.0)])
def test_how_slow_a_machine_is_is_known(each_s, pace):
    cost = TurnCost()
    lived(cost, each_s)
    assert cost.pace == pytest.approx(pace, rel=0.001)


def test_there_is_a_least_since_each_turn_has_a_commit():
    assert lived(TurnCost(), TURN_S) == LEAST_COST


def test_it_follows_a_machine_that_has_less_time_and_then_more():
    cost = TurnCost()
    assert lived(cost, TURN_S / 400) == pytest.approx(400, rel=0.01)
    assert lived(cost, TURN_S / 1600) == pytest.approx(1600, rel=0.01)


def test_one_stall_is_not_the_machine():
    cost = TurnCost()
    lived(cost, TURN_S / 1000)
    cost.took(1000, 3 * TURN_S)
    assert cost.now > 600
    assert lived(cost, TURN_S / 1000, turns=20) == pytest.approx(1000, rel=0.05)


def test_a_turn_with_little_in_it_says_nothing():
    cost = TurnCost()
    cost.took(TIMED_COST - 1, 10.0)
    assert cost.now == TURN_COST


@pytest.mark.parametrize(("rate", "is_timed"), [(50.0, True), (0.0, False)])
def test_turns_are_timed_where_there_are_bounds(open_house, rate, is_timed):
    house = open_house(rate=rate)
    house.join("ada", "ada")
    house.arrive("ada", *[Message(id=f"{one:09}", room=LOBBY, text="x" * 500) for one in range(1000)])
    first = len(house.turn().answers["ada"])
    for _ in range(20):
        house.pipeline.took(10.0)
    assert first > 10 * LEAST_COST // 4 or not is_timed
    house.arrive("ada", *[Message(id=f"{one:09}", room=LOBBY, text="x" * 500) for one in range(1000, 2000)])
    assert (len(house.turn().answers["ada"]) <= LEAST_COST) is is_timed
    assert (house.pipeline.hub.quotas.pace > 1) is is_timed


@pytest.mark.parametrize("pace", [1.0, 4.0])
def test_an_address_has_half_of_the_time_of_a_slow_machine_too(pace):
    quotas_of_all = Quotas(50.0, Bounds())
    quotas_of_all.pace = pace
    granted, most = 0, ASKED_RATE * BURST_S
    for _ in range(1000):  # connections
        quota = quotas_of_all.of_connection()
        try:
            while quota.allowance.left < 0 or quota.allowance.left > most - 1000:
                quotas_of_all.spend(quota, "here", 50, 0.0, stranger=False)
                granted += 50
        except Refused:
            break
    of_the_address = ADDRESS_RATE * ADDRESS_BURST_S / pace
    assert of_the_address <= granted <= of_the_address * 1.5
    little = quotas_of_all.of_connection()
    quotas_of_all.spend(little, "here", LITTLE_COST, 0.0, stranger=False)


def test_whom_a_text_may_mean_is_part_of_what_it_costs():
    plain, to_two = (Message(id="1", room=LOBBY, text=text) for text in ("hi", "@ann @bob"))
    assert affordable([plain], 100) == ([plain], cost_of(plain)) == ([plain], 1)
    assert affordable([to_two], 1) == ([to_two], cost_of(to_two)) == ([to_two], 21)
    assert affordable([plain, to_two, plain], 100)[1] == 23
    some, cost = affordable([to_two] * 100, 210)
    assert (len(some), cost) == (9, 189)
