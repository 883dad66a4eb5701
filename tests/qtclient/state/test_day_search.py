"""The first entry of a day: searched for, and when a day begins."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from loggia.qtclient.state.day_search import DaySearch
from loggia.qtclient.state.state import WindowState


@pytest.mark.parametrize("days", [[1], [1, 1, 1], [1, 2, 3], [1, 1, 3, 3, 3, 9], list(range(1, 100))])
def test_the_search_finds_the_first_entry_of_a_day_or_of_the_next(days: list[int]):
    for wanted in range(days[-1] + 2):
        search, looked = DaySearch(5, 4 + len(days), wanted), 0
        while (seq := search.look) is not None:
            search.told(seq, days[seq - 5])
            looked += 1
        assert search.found == 5 + next((at for at, day in enumerate(days) if day >= wanted), len(days))
        assert looked <= len(days).bit_length()


def test_a_day_begins_at_midnight_of_here_also_where_clocks_change():
    """In Berlin the night of 29 October 2023 had 25 hours, that of 26 March 2023 had 23."""
    state = WindowState(nick="ada", endpoint="tcp://127.0.0.1:1", zone=ZoneInfo("Europe/Berlin"))
    for utc, day in (
        ("2023-03-25T22:59:59", 25),
        ("2023-03-25T23:00:00", 26),
        ("2023-03-26T21:59:59", 26),
        ("2023-03-26T22:00:00", 27),
        ("2023-10-28T22:00:00", 29),
        ("2023-10-29T22:59:59", 29),
        ("2023-10-29T23:00:00", 30),
    ):
        ms = _ms(utc)
        assert (state.dates.date(ms).day, state.dates.ordinal(ms)) == (day, state.dates.date(ms).toordinal())


def _ms(utc: str) -> int:
    return round(datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp() * 1000)
