"""Counts of what should be rare, since the start and since it was last said. Pure: time is an argument.

`totals` are what a metrics page shows; `due` gives the line that a log gets, at most once a minute.
"""

from collections.abc import Mapping

REPORT_S = 60.0  # often enough to see a trouble begin, seldom enough to leave the log readable


class Counters:
    """`what` says for each name, in words, what is counted under it: of one, and of several.

    Attributes: `totals`, by name, since the start.
    """

    def __init__(self, what: Mapping[str, tuple[str, str]]) -> None:
        self._what = what
        self.totals = dict.fromkeys(what, 0)
        self._said = dict(self.totals)
        self._due_at: float | None = None

    def count(self, name: str, now: float, by: int = 1) -> None:
        """`now`: loop time, s. Raises KeyError for a name that was not given at the start."""
        if by:
            self.totals[name] += by
            if self._due_at is None:
                self._due_at = now + REPORT_S

    def due_at(self) -> float | None:
        """When `due` has something to say; None while all that was counted is said."""
        return self._due_at

    def due(self, now: float) -> str:
        """What was counted since it was last said, in words; empty while it is not due or nothing was."""
        if self._due_at is None or now < self._due_at:
            return ""
        news = {name: total - self._said[name] for name, total in self.totals.items()}
        self._said, self._due_at = dict(self.totals), None
        return ", ".join(f"{count:,} {self._what[name][count > 1]}" for name, count in news.items() if count)
