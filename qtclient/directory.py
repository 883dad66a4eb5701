# SPDX-License-Identifier: GPL-3.0-only
"""The rooms that the server lists, by name, for who begins one of them. GUI thread."""

from collections.abc import Callable

from loggia.qtclient.asking import Asking
from loggia.qtclient.state.state import WindowState
from loggia.shared.client.updates import Inquired
from loggia.shared.protocol.limits import LIST_PAGE
from loggia.shared.protocol.requests import Rooms

MOST_PAGES = 5  # nobody looks for one of more by its first letters; Ctrl+K finds those


class Directory:
    """Into the state; `changed` is called when more of them are there."""

    def __init__(self, state: WindowState, asking: Asking, changed: Callable[[], object]) -> None:
        self._state = state
        self._asking = asking
        self._changed = changed
        self._asked = ""
        self._is_told = False  # also where that was a refusal
        self._found: list[str] = []
        self._pages = 0

    def look(self, begun: str) -> None:
        """Somebody wrote so much of a name: where that is the first of it, or nothing is known, they are
        asked for."""
        is_known = self._is_told or bool(self._state.directory)
        if not self._asked and self._state.connected and (len(begun) <= 1 or not is_known):
            self._found, self._pages = [], 0
            self._ask("")

    def _ask(self, after: str) -> None:
        request = Rooms(id="-", after=after or None, limit=LIST_PAGE)
        self._asked = self._asking.inquire(request, self._listed)

    def _listed(self, told: Inquired) -> None:
        self._asked, self._is_told = "", True
        if told.refused is not None:
            return
        self._pages += 1
        self._found += [info.room for info in told.rooms if info.kind == "public"]
        if told.more and told.rooms and self._pages < MOST_PAGES:
            self._ask(told.rooms[-1].room)
        else:
            self._state.directory = tuple(self._found)
            self._changed()
