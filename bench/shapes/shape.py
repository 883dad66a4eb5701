"""What a shape of work is: something that can be done while somebody counts."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple

# Counts while its body runs; the list has the number in it
Counting = Callable[[], AbstractContextManager[list[int]]]


class Shape(NamedTuple):
    """`measure`: do it, let that be counted which is to be, and give what one message took."""

    about: str
    measure: Callable[[Counting], float]


class Sum:
    """Of what was counted in parts."""

    def __init__(self, counting: Counting) -> None:
        self._counting = counting
        self._counted = 0

    def of(self, act: Callable[[], object]) -> None:
        """Do this, and count it."""
        with self._counting() as counted:
            act()
        self._counted += counted[0]

    def each(self, messages: int) -> float:
        return self._counted / messages
