"""What is due for many at once is done in rounds."""

import asyncio

import pytest
from loggia.broker.doors.classic.rounds import Rounds


class Loop:
    """Calls nothing by itself."""

    def __init__(self):
        self.ready = []

    def call_soon(self, callback, *arguments):
        handle = asyncio.Handle(callback, arguments, self)
        self.ready.append(handle)
        return handle

    def go_round(self):
        ready, self.ready = self.ready, []
        for handle in ready:
            if not handle.cancelled():
                handle._callback(*handle._args)

    def get_debug(self):
        return False


@pytest.fixture
def loop():
    return Loop()


@pytest.fixture
def done():
    return []


def test_a_few_are_done_at_once(loop, done):
    rounds = Rounds(loop, done.append, most=3)
    for one in "abc":
        rounds.due(one)
    assert done == ["a", "b", "c"]


def test_of_many_some_are_done_in_each_round_and_nobody_twice_before_the_others(loop, done):
    rounds = Rounds(loop, done.append, most=3)
    everybody = range(10)
    for count in (3, 6, 9):
        for one in everybody:  # who is not read yet is told again, in the same order
            rounds.due(one)
        assert len(done) == count
        loop.go_round()
    assert done[:10] == list(everybody)


def test_it_rests_when_nothing_is_due(loop, done):
    rounds = Rounds(loop, done.append, most=3)
    rounds.due("a")
    loop.go_round()
    loop.go_round()
    assert loop.ready == []
    for one in "bcd":
        rounds.due(one)
    assert done == ["a", "b", "c", "d"]


def test_who_had_a_turn_waits_for_the_next_round(loop, done):
    rounds = Rounds(loop, done.append, most=3)
    for _ in range(5):
        rounds.due("a")
    assert done == ["a"]
    loop.go_round()
    rounds.due("a")
    assert done == ["a", "a"]


def test_what_is_done_may_make_more_due(loop):
    done = []

    def act(one):
        done.append(one)
        if one < 5:
            rounds.due(one + 1)

    rounds = Rounds(loop, act, most=2)
    rounds.due(0)
    while loop.ready:
        loop.go_round()
    assert done == [0, 1, 2, 3, 4, 5]


def test_cancelled_it_does_nothing_more(loop, done):
    rounds = Rounds(loop, done.append, most=1)
    rounds.due("a")
    rounds.due("b")
    rounds.cancel()
    loop.go_round()
    assert done == ["a"]
    assert loop.ready == []


def test_who_asks_first_has_a_turn_at_once_and_the_others_in_the_next_rounds(loop, done):
    rounds = Rounds(loop, done.append, most=3)
    assert [rounds.has_turn(one) for one in range(8)] == [True] * 3 + [False] * 5
    loop.go_round()
    assert done == [3, 4, 5]
    assert not rounds.has_turn(0)  # behind those who wait
    loop.go_round()
    assert done == [3, 4, 5, 6, 7, 0]
    loop.go_round()
    assert loop.ready == []
    assert rounds.has_turn(1)
