"""How often what was measured was how large. Pure. Told once a turn, a batch or a step."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

# From an fsync of a fast disk to a stall that everybody notices, s
SECONDS = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
# Events of a batch: what fits into one is about 2000 (runtime/order.py)
EVENTS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0)


class Histogram:
    """`bounds`, ascending: each the largest value of its bucket; a last one has all that is larger.

    Attributes: `sum`, of all that was observed.
    """

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self.sum += value

    def cumulative(self) -> Iterator[tuple[float, int]]:
        """Each bound, and how many values were no larger; last of all infinity, and how many there were."""
        so_far = 0
        for bound, count in zip((*self._bounds, float("inf")), self._counts, strict=True):
            so_far += count
            yield bound, so_far
