"""The clock of the day is set by weeks, forward and back: what waits by the other clock does not notice."""

import pytest
from loggia.shared.protocol.answers import Stored
from loggia.shared.protocol.requests import Message

from tests.broker.house import error_of, shape

WEEK_MS = 7 * 24 * 3600 * 1000
JUMPS = [3 * WEEK_MS, -3 * WEEK_MS]
LOBBY = "lobby"


@pytest.mark.parametrize("jump_ms", JUMPS)
def test_a_lost_session_is_over_after_30_s_and_not_sooner(house, jump_ms):
    house.join("ada", "ada")
    house.join("bob", "bob")
    house.lose("ada")
    house.told_events()
    house.at += jump_ms
    house.passes(29.5)
    assert house.told_events() == []
    house.passes(1)
    assert shape(house.told_events()) == [("left", "ada", LOBBY, "lost")]


@pytest.mark.parametrize("jump_ms", JUMPS)
def test_nobody_may_say_more_or_has_to_wait_longer(open_house, jump_ms):
    house = open_house(rate=1.0)
    house.join("ada", "ada")
    numbers = iter(range(1, 1000))

    def say():
        return house.ask_one("ada", Message(id=f"{next(numbers):04}", room=LOBBY, text="hello"))

    while isinstance(refusal := say(), Stored):
        pass
    house.at += jump_ms
    assert error_of(say()) == "slow_down"
    house.passes(refusal.retry_after_ms / 1000)
    assert isinstance(say(), Stored)


def test_numbers_and_times_of_a_room_grow_whatever_the_clock_says(house):
    house.join("ada", "ada")
    stored = []
    for number, jump_ms in enumerate([*JUMPS, -WEEK_MS, 0, 5 * WEEK_MS, -9 * WEEK_MS]):
        house.at += jump_ms
        stored.append(house.say("ada", f"{number:04}"))
        assert stored[-1].at >= house.at
        if number % 2:
            house.restart()
            house.join("ada", token="token-1")
    assert [answer.seq for answer in stored] == list(range(2, 8))
    assert len(house.events()) == 7  # dense, and none older than the one before it
    again = house.ask_one("ada", Message(id="0000", room=LOBBY, text="again"))
    assert (again.seq, again.at, again.duplicate) == (stored[0].seq, stored[0].at, True)
