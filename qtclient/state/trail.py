# SPDX-License-Identifier: GPL-3.0-only
"""Where somebody read before he was led elsewhere, step by step. Pure: no thread, no Qt."""

from collections.abc import Callable

import msgspec
from loggia.qtclient.state.message import Key

MOST_STEPS = 100  # back, and as many forward


class Station(msgspec.Struct, frozen=True):
    """What was looked at in `room`, of the life of its log that is named `epoch`: the message `seq`, which
    began `top` pixels below the upper edge; None: the newest ones. `chosen`: the row that the keyboard is on.
    """

    room: str
    epoch: str
    seq: int | None = None
    top: int = 0
    chosen: Key | None = None


class Trail:
    """As that of a browser: who goes back and is led elsewhere from there has no way forward any more."""

    def __init__(self) -> None:
        self._behind: list[Station] = []
        self._ahead: list[Station] = []

    @property
    def leads_back(self) -> bool:
        return bool(self._behind)

    def left(self, place: Station) -> None:
        """From there somebody is led elsewhere."""
        self._ahead.clear()
        if self._behind[-1:] != [place]:
            self._behind.append(place)
            del self._behind[:-MOST_STEPS]

    def back(self, here: Station, is_there: Callable[[Station], bool]) -> Station | None:
        """Where to go from `here`. None: nowhere that still `is_there`."""
        return _step(self._behind, self._ahead, here, is_there)

    def forward(self, here: Station, is_there: Callable[[Station], bool]) -> Station | None:
        """The same, to where one has come back from."""
        return _step(self._ahead, self._behind, here, is_there)


def _step(
    source: list[Station], target: list[Station], here: Station, is_there: Callable[[Station], bool]
) -> Station | None:
    while source:
        place = source.pop()
        if place != here and is_there(place):
            target.append(here)
            del target[:-MOST_STEPS]
            return place
    return None
