# SPDX-License-Identifier: GPL-3.0-only
"""Days and times in words, for people. Pure: no clock, no Qt."""

from datetime import date, datetime, tzinfo

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)  # own tables: Qt switches the C library to the user's language, and all text here is English


class Dates:
    """Of times in Unix ms; `zone` None is this computer's own time zone."""

    def __init__(self, zone: tzinfo | None = None) -> None:
        self._zone = zone

    def ordinal(self, at: int) -> int:
        """The number of its day."""
        return self._time(at).date().toordinal()

    def date(self, at: int) -> date:
        return self._time(at).date()

    def day(self, at: int) -> str:
        return self.words(self.ordinal(at))

    def words(self, ordinal: int) -> str:
        """The day of that number."""
        day = date.fromordinal(ordinal)
        return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"

    def clock(self, at: int) -> str:
        time = self._time(at)
        return f"{time.hour:02}:{time.minute:02}"

    def later(self, at: int | None, before: int) -> str:
        """The time alone if it is of the day of `before`, else with its day; "" for None."""
        if at is None:
            return ""
        clock = self.clock(at)
        return clock if self.ordinal(at) == self.ordinal(before) else f"{self.day(at)}, {clock}"

    def _time(self, at: int) -> datetime:
        try:
            return datetime.fromtimestamp(at / 1000, self._zone)
        except (ValueError, OverflowError, OSError):  # a stamp no calendar knows; show the row all the same
            return datetime.fromtimestamp(0, self._zone)
