"""Simulated time: what happens when. Runs in the caller's thread, and ends when the caller takes no more."""

import heapq
import itertools
from collections.abc import Callable

Act = Callable[[], None]


class Schedule:
    """`now`: s since the world began. Acts of one moment happen in the order in which they were planned."""

    def __init__(self) -> None:
        self.now = 0.0
        self._order = itertools.count()
        self._plan: list[tuple[float, int, Act]] = []

    def at(self, when: float, act: Act) -> None:
        heapq.heappush(self._plan, (max(when, self.now), next(self._order), act))

    def after(self, seconds: float, act: Act) -> None:
        self.at(self.now + seconds, act)

    def run_until(self, when: float) -> None:
        """Let everything happen that is planned up to `when`."""
        plan = self._plan
        while plan and plan[0][0] <= when:
            self.now, _, act = heapq.heappop(plan)
            act()
        self.now = max(self.now, when)


class Alarm:
    """One thing that is due at a time which may be moved."""

    def __init__(self, schedule: Schedule, act: Act) -> None:
        self._schedule = schedule
        self._act = act
        self._at: float | None = None

    def set(self, when: float | None) -> None:
        """Due at `when` at the latest, and at nothing that was set before; None: not due."""
        if when == self._at:
            return
        self._at = when
        if when is not None:
            self._schedule.at(when, lambda: self._ring(when))

    def soon(self, when: float) -> None:
        """Due at `when`, or earlier if it is so already."""
        if self._at is None or when < self._at:
            self.set(when)

    def _ring(self, when: float) -> None:
        if self._at == when:
            self._at = None
            self._act()
