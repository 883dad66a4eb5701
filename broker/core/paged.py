"""What is looked up by name, and also given in pages in the order of the names. Pure. docs/decisions/0015."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import TypeVar

T = TypeVar("T")


class Paged(dict[str, T]):
    """A dict that can also go on behind a name, whether or not that is still there.

    The order is made when it is first asked for, and from then on kept: a change costs as much as a look-up
    and moving some bytes, however often pages are asked for in between.
    """

    _order: list[str] | None = None

    def __setitem__(self, name: str, thing: T) -> None:
        if self._order is not None and name not in self:
            insort(self._order, name)
        super().__setitem__(name, thing)

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        if self._order is not None:
            del self._order[bisect_left(self._order, name)]

    def upto(self, name: str) -> str | None:
        """The greatest name that is not above this one, by code points; None: there is none."""
        order = self._ordered()
        place = bisect_right(order, name)
        return order[place - 1] if place else None

    def behind(self, name: str | None) -> Iterator[T]:
        """What has a greater name, ascending by code points; all for None. Nothing may change meanwhile."""
        order = self._ordered()
        start = 0 if name is None else bisect_right(order, name)
        return (self[order[place]] for place in range(start, len(order)))

    def _ordered(self) -> list[str]:
        if self._order is None:
            self._order = sorted(self)
        return self._order
