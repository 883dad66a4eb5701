"""How often what was measured was how large. Pure. Told once a turn, a batch or a step.

With one message in flight each message is a turn and a batch of its own. So what is observed is only noted,
and counted when somebody asks, or when there is much of it: all at once takes a fifth of the time.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence

# From an fsync of a fast disk to a stall that everybody notices, s
SECONDS = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
# Events of a batch: what fits into one is about 2000 (runtime/order.py)
EVENTS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0)

MOST_NOTED = 1000


class Histogram:
    """`bounds`, ascending: each the largest value of its bucket; a last one has all that is larger.

    Attributes: `noted`, what was observed and is not counted yet. Who is in a hurry appends to it, and calls
    `count` when it is as long as MOST_NOTED.
    """

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = (*bounds, math.inf)
        self._counts = [0] * len(self._bounds)
        self._sum = 0.0
        self.noted: list[float] = []

    def observe(self, value: float) -> None:
        self.noted.append(value)
        if len(self.noted) >= MOST_NOTED:
            self.count()

    def count(self) -> None:
        """What was noted."""
        noted = sorted(self.noted)
        self.noted.clear()
        below = 0
        for number, bound in enumerate(self._bounds):
            no_larger = bisect_right(noted, bound, below)
            self._counts[number] += no_larger - below
            below = no_larger
        self._sum += sum(noted)

    @property
    def sum(self) -> float:
        """Of all that was observed."""
        self.count()
        return self._sum

    def cumulative(self) -> Iterator[tuple[float, int]]:
        """Each bound, and how many values were no larger; last of all infinity, and how many there were."""
        self.count()
        so_far = 0
        for bound, count in zip(self._bounds, self._counts, strict=True):
            so_far += count
            yield bound, so_far
