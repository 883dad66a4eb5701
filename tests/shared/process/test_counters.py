"""Counting what should be rare: said once a minute while there is something to say."""

import pytest
from loggia.shared.process.counters import REPORT_S, Counters


def counters():
    return Counters(
        {"gaps": ("gap found", "gaps found"), "resends": ("message sent again", "messages sent again")}
    )


def test_nothing_counted_is_never_said():
    counted = counters()
    assert counted.due_at() is None
    assert counted.due(1e9) == ""
    assert counted.totals == {"gaps": 0, "resends": 0}


def test_what_was_counted_is_said_a_minute_after_the_first():
    counted = counters()
    counted.count("gaps", 10.0)
    counted.count("resends", 20.0, by=1200)
    assert counted.due_at() == 10.0 + REPORT_S
    assert counted.due(10.0 + REPORT_S - 0.1) == ""
    assert counted.due(10.0 + REPORT_S) == "1 gap found, 1,200 messages sent again"


def test_each_thing_is_said_once_and_the_totals_stay():
    counted = counters()
    counted.count("gaps", 0.0, by=2)
    counted.due(REPORT_S)
    assert counted.due_at() is None
    counted.count("gaps", 100.0)
    assert counted.due(100.0 + REPORT_S) == "1 gap found"
    assert counted.totals["gaps"] == 3


def test_counting_nothing_makes_nothing_due():
    counted = counters()
    counted.count("gaps", 0.0, by=0)
    assert counted.due_at() is None


def test_a_name_that_was_not_given_is_refused():
    with pytest.raises(KeyError):
        counters().count("other", 0.0)
