"""What it costs a connection to mean many: docs/protocol.md, "Errors", `slow_down`."""

import pytest
from loggia.broker.core.mentions import SIGNS
from loggia.broker.core.ops import cost_of
from loggia.broker.sessions.quotas import ASKED_RATE
from loggia.shared.protocol.answers import Stored
from loggia.shared.protocol.limits import BURST_S, LOBBY
from loggia.shared.protocol.requests import Edit, Join, Message

from tests.broker.house import error_of

MOST = ASKED_RATE * BURST_S  # what a connection may ask for at once
JOIN_COST = cost_of(Join(id="1"))


@pytest.mark.parametrize("together", [True, False], ids=["an array", "one by one"])
def test_each_sign_of_a_text_costs_and_an_account_that_means_few_is_let_be(open_house, together):
    house = open_house(rate=50.0)
    house.join("ada", "ada")
    text = "@ab ab " * (SIGNS + 50)
    said = [Message(id=f"1{number:03}", room=LOBBY, text=text) for number in range(60)]
    each = cost_of(said[0])
    assert each == 1 + 10 * SIGNS
    answers = house.ask("ada", *said) if together else [house.ask_one("ada", one) for one in said]
    stored = [answer for answer in answers if isinstance(answer, Stored)]
    assert len(stored) == (MOST - JOIN_COST) // each
    assert {answer.code for answer in answers if answer not in stored} == {"slow_down"}
    house.passes(1000.0)
    for second in range(20):  # one to somebody fifty times a second
        few = [Message(id=f"2{second:03}{n:03}", room=LOBBY, text="@ada hi") for n in range(50)]
        assert [*map(error_of, house.ask("ada", *few))] == [None] * 50
        house.passes(1.0)


@pytest.mark.parametrize("together", [True, False], ids=["an array", "one by one"])
def test_a_class_that_is_new_says_hello_to_its_teacher(open_house, together):
    house = open_house(rate=50.0)
    house.join("ann", "ann")
    for pupil in range(30):
        house.join(pupil, f"pupil {pupil}")
    for pupil in range(30):
        said = [Message(id=f"{number:04}", room=LOBBY, text="@ann hi") for number in range(10)]
        answers = house.ask(pupil, *said) if together else [house.ask_one(pupil, one) for one in said]
        assert [*map(error_of, answers)] == [None] * 10, pupil


def test_an_edit_costs_what_it_means_too():
    assert cost_of(Edit(id="1", room=LOBBY, seq=1, text="@a @b")) == 20 + cost_of(
        Edit(id="1", room=LOBBY, seq=1, text="a b")
    )
