"""How many messages pass: a token bucket, and what is said when it is empty."""

import pytest
from loggia.broker.sessions.rate_limit import SLOW_DOWN_S, Allowance
from loggia.shared.protocol.answers import Error, Stored
from loggia.shared.protocol.limits import BURST_S, LOBBY
from loggia.shared.protocol.requests import End, History, Join, Message

from tests.broker.house import error_of

NOW = 1234.567


def spent(allowance, now):
    """How many pass at once, and what the next is told."""
    passed = 0
    while (wait := allowance.spend(now)) == 0:
        passed += 1
    return passed, wait


@pytest.mark.parametrize("rate", [1.0, 2.5, 50.0])
def test_ten_times_the_rate_may_be_spent_at_once(rate):
    passed, _ = spent(Allowance(rate, NOW), NOW)
    assert passed == int(rate * BURST_S)


def test_the_burst_may_come_later_and_does_not_grow():
    allowance = Allowance(2.0, NOW)
    assert allowance.spend(NOW) == 0
    passed, _ = spent(allowance, NOW + 1000)
    assert passed == 20


def test_the_rate_passes_for_as_long_as_one_likes():
    allowance = Allowance(4.0, NOW)
    spent(allowance, NOW)
    assert [allowance.spend(NOW + 1 + number / 4) for number in range(1, 1000)] == [0] * 999


def test_more_than_the_rate_does_not():
    allowance = Allowance(4.0, NOW)
    passed = sum(allowance.spend(NOW + number / 40) == 0 for number in range(40 * 100))
    assert 4 * 100 * 0.5 < passed <= 4 * 100 + 4 * BURST_S + 1


@pytest.mark.parametrize("rate", [0.001, 0.01, 0.3, 0.7, 1.0, 3.0, 3.9, 4.0, 7.0, 33.3, 50.0, 1000.0])
@pytest.mark.parametrize("now", [0.0, 0.1, NOW, 1e6 / 3])
def test_who_waits_as_told_may_send(rate, now):
    allowance = Allowance(rate, now)
    for _ in range(20):
        _, wait = spent(allowance, now)
        assert wait >= min(1000 / rate, SLOW_DOWN_S * 1000) - 1
        now += wait / 1000
        assert allowance.spend(now) == 0


def test_nothing_passes_before_the_wait_is_over():
    """What was sent before the refusal was heard comes behind it, and would overtake the refused one."""
    allowance = Allowance(50.0, NOW)
    _, wait = spent(allowance, NOW)
    assert wait >= SLOW_DOWN_S * 1000
    for ms in range(0, wait, 10):
        left = allowance.spend(NOW + ms / 1000)
        assert wait - ms <= left <= wait - ms + 2
    assert allowance.spend(NOW + wait / 1000) == 0


def test_a_rate_below_one_in_ten_seconds_lets_the_first_pass():
    passed, wait = spent(Allowance(0.01, NOW), NOW)
    assert passed == 1
    assert wait == pytest.approx(100_000, abs=3)


# -- In the broker -----------------------------------------------------------------------------


def frame(*numbers):
    return [Message(id=f"{number:04}", room=LOBBY, text=str(number)) for number in numbers]


def test_over_the_rate_comes_slow_down(open_house):
    house = open_house(rate=2.0)
    house.join("ada", "ada")
    house.passes(BURST_S)
    answers = house.ask("ada", *frame(*range(25)), History(id="h", room=LOBBY))
    assert [error_of(answer) for answer in answers] == [None] * 20 + ["slow_down"] * 5 + [None]
    refused = answers[20]
    assert refused == Error(
        id="0020", code="slow_down", text=refused.text, retry_after_ms=refused.retry_after_ms
    )
    assert 1000 * SLOW_DOWN_S <= refused.retry_after_ms <= 1000 * SLOW_DOWN_S + 10
    assert house.texts() == [str(number) for number in range(20)]


def test_the_order_is_kept_by_who_waits_and_repeats(open_house):
    house = open_house(rate=2.0)
    house.join("ada", "ada")
    todo = frame(*range(24))
    while todo:
        answers = house.ask("ada", *todo)
        waits = [answer.retry_after_ms for answer in answers if isinstance(answer, Error)]
        todo = [
            request for request, answer in zip(todo, answers, strict=True) if not isinstance(answer, Stored)
        ]
        if waits:
            house.passes(waits[0] / 1000)
    assert house.texts() == [str(number) for number in range(24)]


def test_the_rate_is_the_accounts_not_the_connections(open_house):
    house = open_house(rate=1.0)
    token = house.join("phone", "ada").token
    house.join("laptop", token=token)
    house.join("bob", "bob")
    house.ask("phone", *frame(*range(10)))
    assert error_of(house.ask("laptop", *frame(10))[0]) == "slow_down"
    house.say("bob", "1")
    house.lose("phone", "laptop")
    house.join("again", token=token)
    assert error_of(house.ask("again", *frame(10))[0]) == "slow_down"


def test_0_switches_it_off(open_house):
    house = open_house(rate=0.0)
    house.join("ada", "ada")
    assert all(isinstance(answer, Stored) for answer in house.ask("ada", *frame(*range(3000))))


def test_only_messages_count(open_house):
    house = open_house(rate=0.1)
    house.ask("ada", Join(id="j", nick="ada"), *(Join(id="j", room=f"room {number}") for number in range(20)))
    house.passes(BURST_S)
    house.say("ada", "1")
    house.refuses("ada", Message(id="2", room=LOBBY, text="x"), "slow_down")
    house.page("ada")


def test_to_leave_and_come_back_is_no_way_round_it(open_house):
    house = open_house(rate=1.0)
    token = house.join("ada", "ada").token
    house.passes(BURST_S)
    for number in range(10):
        assert house.say("ada", f"{number}").seq
    house.ask_one("ada", End(id="bye"))
    house.join("ada", token=token)
    house.refuses("ada", Message(id="more", room=LOBBY, text="hello"), "slow_down")
    house.passes(1.1)
    assert house.say("ada", "more").seq


def test_what_was_spent_long_ago_is_forgotten(open_house):
    house = open_house(rate=1.0)
    token = house.join("ada", "ada").token
    house.passes(BURST_S)
    for number in range(10):
        assert house.say("ada", f"{number}").seq
    house.ask_one("ada", End(id="bye"))
    house.passes(11.0)
    house.join("bob", "bob")
    house.ask_one("bob", End(id="bye"))
    house.join("ada", token=token)
    for number in range(10, 20):
        assert house.say("ada", f"{number}").seq
