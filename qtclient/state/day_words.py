# SPDX-License-Identifier: GPL-3.0-only
"""Which day somebody means who writes it. Pure: no clock, no Qt."""

import re
from datetime import date, timedelta

from loggia.qtclient.state.dates import DAYS, MONTHS

EXAMPLES = "2026-11-02, 2 November, yesterday"
LEAST_LETTERS = 3  # of the name of a month or a day of the week
MOST_CHARS = 40  # of a day that somebody writes
_ORDINAL = "(?:st|nd|rd|th)?"
_BY_NUMBERS = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DAY_FIRST = re.compile(rf"(\d{{1,2}}){_ORDINAL}\.? (?:of )?([a-z]+)\.?(?:,? (\d{{4}}))?")
_MONTH_FIRST = re.compile(rf"([a-z]+)\.? (\d{{1,2}}){_ORDINAL}(?:,? (\d{{4}}))?")


def day_meant(written: str, today: date) -> date | None:
    """The day; None: these words name none. Without a year it is the last such day that is not to come."""
    if len(written) > MOST_CHARS or not written.isascii():
        return None
    words = " ".join(written.casefold().split())
    if found := _BY_NUMBERS.fullmatch(words):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    begun, _, rest = words.partition(" ")
    named = rest if rest and _weekday(begun.removesuffix(",")) is not None else words
    if found := _DAY_FIRST.fullmatch(named):
        return _named(found[2], int(found[1]), found[3], today)
    if found := _MONTH_FIRST.fullmatch(named):
        return _named(found[1], int(found[2]), found[3], today)
    return _relative(words, today)


def _relative(words: str, today: date) -> date | None:
    if words in ("today", "yesterday"):
        return _before(today, ("today", "yesterday").index(words))
    weekday = _weekday(words.removeprefix("last "))
    if weekday is None:
        return None
    return _before(today, (today.weekday() - weekday - 1) % 7 + 1)


def _before(today: date, days: int) -> date | None:
    return today - timedelta(days=days) if today.toordinal() > days else None


def _named(month: str, day: int, year: str | None, today: date) -> date | None:
    number = _place(month, MONTHS)
    if number is None:
        return None
    if year is not None:
        return _day(int(year), number + 1, day)
    last = (_day(today.year - back, number + 1, day) for back in range(9))  # a 29 February may be eight away
    return next((one for one in last if one is not None and one <= today), None)


def _weekday(word: str) -> int | None:
    return _place(word, DAYS)


def _place(begun: str, names: tuple[str, ...]) -> int | None:
    if len(begun) < LEAST_LETTERS:
        return None
    return next((place for place, name in enumerate(names) if name.casefold().startswith(begun)), None)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
