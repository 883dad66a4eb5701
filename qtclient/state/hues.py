# SPDX-License-Identifier: GPL-3.0-only
"""Which hue the name of each person in a room has: far from those of the others here. Pure: no Qt."""

import zlib
from collections.abc import Iterable

HUES = 12
MINE = 0  # that of the accent, in which my own name is
ACCOUNT_CHARS = 100  # that count for a hue: no broker makes longer ones
MOST_APART = 60  # people; with five for each hue another choice tells nobody apart
MOST_KEPT = 40_000  # of people who were here; whom nobody has seen for so long may get another one

_APART = 2  # steps between hues that are told apart at a glance
_DEGREES = 360 // HUES


def natural(account: str) -> int:
    """The hue of somebody who is not here, in degrees: the same every day."""
    return _degrees(_natural(account))


class Hues:
    """Of one room. Somebody here keeps his, whoever comes or goes. `changes`: how often one was another."""

    def __init__(self) -> None:
        self.changes = 0
        self._numbers: dict[str, int] = {}  # also of those who left: their messages are here
        self._here: set[str] = set()
        self._uses = [0] * HUES
        self._uses[MINE] = 1

    def of(self, account: str) -> int:
        """In degrees."""
        return _degrees(self._number(account))

    def here(self, accounts: Iterable[str]) -> None:
        """All who are here now, but me."""
        now = set(accounts)
        for account in self._here - now:
            self.left(account)
        for account in sorted(now - self._here):
            self.came(account)

    def came(self, account: str) -> None:
        """He is here, if he was not."""
        if account in self._here:
            return
        before = self._number(account)
        number = self._free(before) if len(self._here) < MOST_APART else before
        self.changes += number != before
        self._here.add(account)
        self._numbers[account] = number
        self._uses[number] += 1

    def left(self, account: str) -> None:
        """He is not here any more, if he was. His hue is free, and still his until somebody needs it."""
        if account in self._here:
            self._here.remove(account)
            self._uses[self._numbers[account]] -= 1
        if len(self._numbers) > MOST_KEPT:
            self._numbers = {one: self._numbers[one] for one in self._here}

    def _number(self, account: str) -> int:
        found = self._numbers.get(account)
        return _natural(account) if found is None else found

    def _free(self, wanted: int) -> int:
        """Of the hues that fewest have one that is far from all others; of these the nearest to `wanted`.

        Every second one comes first: six people have the circle in six equal parts, whoever they are.
        """
        least = min(self._uses)
        used = [number for number, uses in enumerate(self._uses) if uses]

        def worth(number: int) -> tuple[int, bool, int]:
            free = min(_between(number, other) for other in used)
            return min(free, _APART), number % _APART == MINE, -_between(number, wanted)

        return max((number for number, uses in enumerate(self._uses) if uses == least), key=worth)


def _natural(account: str) -> int:
    return zlib.crc32(account[:ACCOUNT_CHARS].encode()) % HUES


def _between(one: int, other: int) -> int:
    return min((one - other) % HUES, (other - one) % HUES)


def _degrees(number: int) -> int:
    return number * _DEGREES + _DEGREES // 2
