"""What the live log would say again and again."""

import logging

import pytest
from loggia.broker.telemetry.repeats import MOST_KINDS, PER_S, WINDOW_S, Repeats, likeness

INFO, ERROR = logging.INFO, logging.ERROR


def said(repeats, count, now, kind=(INFO, "like"), text="it"):
    return sum(repeats.lets_by(kind, f"{text} {number}", now) for number in range(count))


def test_ten_a_second_are_said_and_the_others_counted():
    repeats = Repeats()
    assert said(repeats, 1250, 0.0) == PER_S
    assert repeats.due_at() == WINDOW_S
    assert repeats.due(WINDOW_S - 0.01) == []
    (summary,) = repeats.due(WINDOW_S)
    assert (summary.level, summary.more) == (INFO, 1240)
    assert summary.text == "... and 1,240 more like it; the last: it 1249"
    assert repeats.due_at() is None


def test_ten_are_no_more_than_they_are():
    repeats = Repeats()
    assert said(repeats, PER_S, 0.0) == PER_S
    assert repeats.due_at() is None
    assert repeats.due(WINDOW_S) == []


def test_the_next_second_says_ten_again():
    repeats = Repeats()
    said(repeats, 100, 0.0)
    repeats.due(WINDOW_S)
    assert said(repeats, 100, WINDOW_S) == PER_S
    assert [summary.more for summary in repeats.due(2 * WINDOW_S)] == [90]


def test_an_error_is_not_behind_what_is_no_error():
    repeats = Repeats()
    said(repeats, 100, 0.0)
    assert said(repeats, 1, 0.0, (ERROR, "like")) == 1
    assert said(repeats, 100, 0.0, (INFO, "another")) == PER_S


def test_each_line_is_said_or_counted_however_many_kinds_there_are():
    repeats, lines, let_by, counted = Repeats(), 0, 0, 0
    for step in range(3):
        for number in range(5 * MOST_KINDS):
            for level in (INFO, ERROR):
                let_by += repeats.lets_by((level, f"kind {number}"), "it", step * WINDOW_S)
                lines += 1
        assert len(repeats._windows) <= MOST_KINDS + 2
        counted += sum(summary.more for summary in repeats.due((step + 1) * WINDOW_S))
    assert let_by + counted == lines
    assert let_by <= 3 * (MOST_KINDS + 2) * PER_S


def test_at_the_end_nothing_is_left_unsaid():
    repeats = Repeats()
    said(repeats, 11, 0.0)
    assert [summary.more for summary in repeats.all()] == [1]
    assert repeats.all() == []


@pytest.mark.parametrize(
    ("template", "one", "other"),
    [
        ("A client at %s is slow.", "A client at 127.0.0.1:5 is slow.", "A client at ::1 is slow."),
        ("%s", '"ada b" is 3 years old.', '"bob" is 14 years old.'),
        ("WARNING: %s", "WARNING: 127.0.0.1:5 went.", "WARNING: 127.0.0.1:61 went."),
        ("", "127.0.0.1:5 went.", "[::1]:61 went."),
        ("", "Closing 10.0.0.1:5 reserved socket", "Closing 10.0.0.2:7 reserved socket"),
    ],
)
def test_what_is_alike(template, one, other):
    assert likeness(template or one, one) == likeness(template or other, other)


def test_what_is_not_alike():
    assert likeness("%s", "it went") != likeness("%s", "it came")
    assert likeness("One %s.", "One x.") != likeness("Two %s.", "Two x.")


def test_an_address_that_is_a_path_is_one_too():
    one, other = (f"{peer} is gone." for peer in ("an unknown address", "some path"))
    assert likeness(one, one, "an unknown address") == likeness(other, other, "some path")
