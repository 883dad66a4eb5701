"""Which day somebody means who writes it."""

from datetime import date

import pytest
from loggia.qtclient.state.day_words import day_meant

TODAY = date(2026, 11, 4)  # a Wednesday


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-11-02", date(2026, 11, 2)),
        (" 2026-1-2 ", date(2026, 1, 2)),
        ("2030-01-01", date(2030, 1, 1)),
        ("today", date(2026, 11, 4)),
        ("Yesterday", date(2026, 11, 3)),
        ("2 November", date(2026, 11, 2)),
        ("2  november  2024", date(2024, 11, 2)),
        ("2nd of November, 2024", date(2024, 11, 2)),
        ("2. Nov", date(2026, 11, 2)),
        ("Nov 2", date(2026, 11, 2)),
        ("November 2nd, 2024", date(2024, 11, 2)),
        ("4 November", date(2026, 11, 4)),
        ("5 November", date(2025, 11, 5)),
        ("31 dec", date(2025, 12, 31)),
        ("29 February", date(2024, 2, 29)),
        ("Monday 2 November 2026", date(2026, 11, 2)),
        ("Monday, 2 November 2026", date(2026, 11, 2)),
        ("monday", date(2026, 11, 2)),
        ("last tue", date(2026, 11, 3)),
        ("wednesday", date(2026, 10, 28)),
        ("thu", date(2026, 10, 29)),
    ],
)
def test_these_name_a_day(written: str, day: date):
    assert day_meant(written, TODAY) == day


@pytest.mark.parametrize(
    "written",
    [
        "",
        "2",
        "20",
        "2026",
        "2026-11",
        "2026-13-01",
        "2026-02-30",
        "0000-01-01",
        "31 November",
        "0 May",
        "2 No",
        "2 Novembers",
        "mo",
        "to",
        "toda",
        "tomorrow",
        "november",
        "30 February",
        "2 November 2026 and more",
        "\u0662 November",
        "2 November " + " " * 1000 + "2026",
        "x" * 100_000,
    ],
)
def test_these_name_none(written: str):
    assert day_meant(written, TODAY) is None


def test_before_the_first_day_there_is_none():
    assert day_meant("yesterday", date.min) is None
    assert day_meant("monday", date(1, 1, 1)) is None
    assert day_meant("31 December", date.min) is None
