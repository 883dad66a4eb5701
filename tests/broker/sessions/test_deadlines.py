"""Deadlines: always what a plain dict and `min` say, however many there are at the same price."""

import heapq

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.broker.sessions import deadlines
from loggia.broker.sessions.deadlines import Deadlines

KEYS = st.integers(0, 5)
TIMES = st.integers(0, 10).map(float)
ACTS = st.one_of(
    st.tuples(st.just("set"), KEYS, TIMES),
    st.tuples(st.just("drop"), KEYS, TIMES),
    st.tuples(st.just("take"), KEYS, TIMES),
)


@pytest.fixture(autouse=True)
def nothing_is_left_alone(monkeypatch):
    monkeypatch.setattr(deadlines, "_STALE", 0)


@given(st.lists(ACTS, max_size=60))
def test_they_are_what_a_dict_and_min_say(acts):
    due, plain = Deadlines(), {}
    for number, (act, key, at) in enumerate(acts):
        if act == "set":
            due.set(key, at)
            plain[key] = (at, number)
        elif act == "drop":
            due.drop(key)
            plain.pop(key, None)
        else:
            expected = min(plain, key=plain.get, default=None)
            if expected is not None and plain[expected][0] > at:
                expected = None
            assert due.take(at) == expected
            plain.pop(expected, None)
        assert due.first() == min((at for at, _ in plain.values()), default=None)
        assert len(due) == len(plain)


@pytest.fixture
def moved(monkeypatch):
    """How many entries were put into heaps or taken from them."""
    counts = {"heappush": 0, "heappop": 0, "heapify": 0}

    def counted(name, does):
        def count(heap, *item):
            counts[name] += len(heap) if name == "heapify" else 1
            return does(heap, *item)

        return count

    for name in counts:
        monkeypatch.setattr(heapq, name, counted(name, getattr(heapq, name)))
    return counts


@pytest.mark.parametrize("count", [1000, 4000])
def test_each_look_at_many_that_wait_costs_the_same(moved, count):
    due = Deadlines()
    for key in range(count):
        due.set(key, 30.0 + key)
    for now in range(30):
        assert due.first() == 30.0
        assert due.take(float(now)) is None
    assert moved == {"heappush": count, "heappop": 0, "heapify": 0}
    assert [due.take(1e9) for _ in range(count)] == list(range(count))
    assert due.take(1e9) is None
    assert moved["heappop"] == count


def test_what_is_put_off_for_ever_keeps_no_more_than_it_needs(moved):
    due = Deadlines()
    for now in range(20_000):
        due.set(now % 10, float(now))
        due.set("flaps", float(now))
        due.drop("flaps")
    assert len(due) == 10
    assert len(due._heap) <= 2 * 11 + 1
    assert sum(moved.values()) < 5 * 40_000
