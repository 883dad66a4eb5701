# SPDX-License-Identifier: GPL-3.0-only
"""Where in a log a day begins: entries are looked at one by one, each of which halves what is left.

Pure: no thread, no clock, no Qt.
"""


class DaySearch:
    """For the first of the entries `first` to `last` that is of the day `wanted`, or of a later one. Days are
    numbered as Dates does. `last` + 1: there is none."""

    def __init__(self, first: int, last: int, wanted: int) -> None:
        self._low, self._high = first, last + 1
        self._wanted = wanted

    @property
    def look(self) -> int | None:
        """The entry of which the day is to be said next; None: it is found."""
        return (self._low + self._high) // 2 if self._low < self._high else None

    @property
    def found(self) -> int:
        return self._low

    def told(self, seq: int, day: int | None) -> None:
        """The entry `seq`, which was looked at, is of that day. None: nobody knows, and it ends there."""
        if day is None:
            self._low = self._high = seq
        elif day < self._wanted:
            self._low = seq + 1
        else:
            self._high = seq
