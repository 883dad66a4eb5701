# SPDX-License-Identifier: GPL-3.0-only
"""What of a room's log is on the screen, and since when. Pure: no thread, no Qt; time is an argument."""

READ_S = 0.5  # what was on the screen of an active window for so long is read

Span = tuple[int, int]  # from which entry to which, both counted


class Sight:
    """What is on the screen is one span of the log; each part of it has been there since some moment."""

    def __init__(self) -> None:
        self._parts: list[tuple[int, int, float]] = []  # first, last, since when; ascending, without a hole

    def see(self, first: int, last: int, now: float) -> list[Span]:
        """From now on the entries `first` to `last` are on the screen, none if `last` is less. Returns what
        was there until now for READ_S at least."""
        read = [(begin, end) for begin, end, since in self._parts if now - since >= READ_S]
        before, self._parts = self._parts, []
        for begin, end, since in before:
            begin, end = max(begin, first), min(end, last)
            if begin <= end:
                self._add(first, begin - 1, now, now)
                self._add(begin, end, since, now)
                first = end + 1
        self._add(first, last, now, now)
        return read

    def due_at(self, mark: int, now: float) -> float | None:
        """When the next part behind `mark` will have been there for long enough."""
        times = (since + READ_S for _, end, since in self._parts if end > mark and now - since < READ_S)
        return min(times, default=None)

    def close(self) -> None:
        """Nothing is on the screen, and what was there is not looked at again."""
        self._parts.clear()

    def _add(self, first: int, last: int, since: float, now: float) -> None:
        if first > last:
            return
        if self._parts:
            begin, _, before = self._parts[-1]
            if since == before or max(since, before) <= now - READ_S:
                self._parts[-1] = begin, last, max(since, before)
                return
        self._parts.append((first, last, since))


def joined(spans: list[Span], new: Span) -> list[Span]:
    """Spans that do not touch, ascending, with another one."""
    first, last = new
    apart = []
    for span in spans:
        if span[1] < first - 1 or span[0] > last + 1:
            apart.append(span)
        else:
            first, last = min(first, span[0]), max(last, span[1])
    return sorted([*apart, (first, last)])
