"""Sums up what the live log would say again and again. Pure: time is an argument (s, of any steady clock).

Of what is alike, PER_S lines a second are let by. The others are counted, and said in one line when that
second is over: how many, and the last of them. So whatever is done to the broker a thousand times a second,
nothing of it is left out in silence, and it costs some lines.
"""

import re
from typing import NamedTuple

PER_S = 10
WINDOW_S = 1.0
MOST_KINDS = 200  # what is of none of these is of one more, for each level

Likeness = tuple[int, str]  # of a level, and what its lines have in common

_VARYING = re.compile(r'"(?:[^"\\]|\\.)*"|\S*\d\S*')  # names in quotes, and whatever has a digit in it
_PLACEHOLDER = re.compile(r"%[-+ #0]*[\d*]*(?:\.[\d*]+)?[a-zA-Z%]")


class Summary(NamedTuple):
    """`more` lines of this level were not let by; `last` is the last of them."""

    level: int
    more: int
    last: str

    @property
    def text(self) -> str:
        return f"... and {self.more:,} more like it; the last: {self.last}"


class _Window:
    __slots__ = ("began", "last", "let_by", "more")

    def __init__(self, began: float) -> None:
        self.began = began
        self.let_by = 0
        self.more = 0
        self.last = ""


class Repeats:
    def __init__(self) -> None:
        self._windows: dict[Likeness, _Window] = {}

    def lets_by(self, kind: Likeness, text: str, now: float) -> bool:
        """Whether this line is said; it is counted otherwise. Ask `due` before."""
        window = self._windows.get(kind)
        if window is None:
            if len(self._windows) >= MOST_KINDS:
                kind = kind[0], ""
            window = self._windows.setdefault(kind, _Window(now))
        if window.let_by < PER_S:
            window.let_by += 1
            return True
        window.more += 1
        window.last = text
        return False

    def due(self, now: float) -> list[Summary]:
        """What is over by now, and was not said."""
        over = [kind for kind, window in self._windows.items() if now >= window.began + WINDOW_S]
        return self._taken(over)

    def all(self) -> list[Summary]:
        """What was not said, over or not."""
        return self._taken(list(self._windows))

    def due_at(self) -> float | None:
        """When `due` has something to say; None while all was said."""
        return min(
            (window.began + WINDOW_S for window in self._windows.values() if window.more), default=None
        )

    def _taken(self, kinds: list[Likeness]) -> list[Summary]:
        taken = [(kind[0], self._windows.pop(kind)) for kind in kinds]
        return [Summary(level, window.more, window.last) for level, window in taken if window.more]


def likeness(template: str, text: str, peer: str = "") -> str:
    """What a line has in common with those that say the same of something else: its template, if words are in
    it; else the text, without what varies."""
    if re.search(r"[a-z]{2}", _PLACEHOLDER.sub("", template).removeprefix("WARNING: ")) and template != text:
        return template
    return _VARYING.sub("*", text.replace(peer, "*") if peer else text)
