"""What was measured, in buckets: each value is counted once, in all that it is no larger than."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.broker.telemetry.histogram import EVENTS, MOST_NOTED, SECONDS, Histogram


def test_nothing_was_observed():
    assert list(Histogram((1.0, 2.0)).cumulative()) == [(1.0, 0), (2.0, 0), (math.inf, 0)]


def test_a_value_is_in_the_bucket_that_it_is_no_larger_than():
    histogram = Histogram((1.0, 2.0))
    for value in (0.0, 1.0, 1.5, 2.0, 3.0):
        histogram.observe(value)
    assert list(histogram.cumulative()) == [(1.0, 2), (2.0, 4), (math.inf, 5)]
    assert histogram.sum == 7.5


@given(st.lists(st.floats(0, 10_000)))
def test_each_bucket_has_as_many_as_are_no_larger(values):
    histogram = Histogram(SECONDS)
    for value in values:
        histogram.observe(value)
    for bound, count in histogram.cumulative():
        assert count == sum(value <= bound for value in values)


@given(st.lists(st.floats(0, 10_000)), st.lists(st.floats(0, 10_000)))
def test_it_is_the_same_whenever_it_is_counted(before, values):
    often, once = Histogram(SECONDS), Histogram(SECONDS)
    for value in (*before, *values):
        often.observe(value)
        often.count()
        once.noted.append(value)
    assert list(often.cumulative()) == list(once.cumulative())
    assert often.sum == pytest.approx(once.sum)


def test_what_is_noted_takes_no_room_for_ever():
    histogram = Histogram(SECONDS)
    for _ in range(10 * MOST_NOTED + 1):
        histogram.observe(0.001)
    assert len(histogram.noted) == 1
    assert list(histogram.cumulative())[-1] == (math.inf, 10 * MOST_NOTED + 1)


def test_the_bounds_ascend():
    for bounds in (SECONDS, EVENTS):
        assert list(bounds) == sorted(set(bounds))
