# SPDX-License-Identifier: GPL-3.0-only
"""What Markdown there is in one line: bold, italic, code, links. Pure: no thread, no clock, no Qt."""

import re
from itertools import pairwise
from typing import NamedTuple

from loggia.qtclient.state.links import FoundLink, links

BOLD, ITALIC, CODE, LINK = 1, 2, 4, 8

_TICKS, _STARS = re.compile("`+"), re.compile(r"\*+")
_STYLES = {1: ITALIC, 2: BOLD, 3: BOLD | ITALIC}
_HIDDEN = 16
_WITH = {
    style: bytes(mark | style for mark in range(256))
    for style in (BOLD, ITALIC, BOLD | ITALIC, CODE, LINK, _HIDDEN)
}


class Cut(NamedTuple):
    """A piece of a line that is hidden, or looks other."""

    start: int
    end: int
    style: int
    hidden: bool
    link: FoundLink | None


class _Looks:
    """How each character of a line looks, and where that changes."""

    def __init__(self, size: int) -> None:
        self._marks = bytearray(size)
        self._edges = {0, size}

    def put(self, start: int, end: int, style: int) -> None:
        """So look these from now on, too."""
        self._marks[start:end] = self._marks[start:end].translate(_WITH[style])
        self._edges |= {start, end}

    def cuts(self, found: list[FoundLink]) -> list[Cut]:
        """The pieces that are hidden or look other. `found`: the links, whose texts are put already."""
        edges = sorted(self._edges)
        cuts = []
        at = 0
        for start, end in pairwise(edges):
            while at < len(found) and found[at].label[1] <= start:
                at += 1
            link = found[at] if at < len(found) and found[at].label[0] <= start else None
            style = self._marks[start]
            if style:
                cuts.append(Cut(start, end, style & ~_HIDDEN, bool(style & _HIDDEN), link))
        return cuts


def cuts_of(line: str, most: int) -> list[Cut]:
    """The pieces of a line that are hidden or look other, in their order; none if there are more than `most`
    of some kind."""
    codes = _code(line) if "`" in line else []
    found = _free_links(line, codes) if ":" in line else []
    around = [(link.start, link.label[0]) for link in found] + [(link.label[1], link.end) for link in found]
    bare = [link.label for link in found if link.label == (link.start, link.end)]
    shut = sorted(span for span in (*codes, *around, *bare) if span[0] < span[1])
    bold = _emphasis(line, shut) if "*" in line else []
    if not 0 < max(len(codes), len(found), len(bold)) <= most:
        return []
    looks = _Looks(len(line))
    for start, end in codes:
        hide = len(line[start:end]) - len(line[start:end].lstrip("`"))
        hide += _padding(line[start + hide : end - hide])
        looks.put(start, end, CODE)
        looks.put(start, start + hide, _HIDDEN)
        looks.put(end - hide, end, _HIDDEN)
    for link in found:
        looks.put(*link.label, LINK)
    for span in around:
        looks.put(*span, _HIDDEN)
    for start, end, size in bold:
        looks.put(start, end, _STYLES[size])
        looks.put(start - size, start, _HIDDEN)
        looks.put(end, end + size, _HIDDEN)
    return looks.cuts(found)


def _code(line: str) -> list[tuple[int, int]]:
    """Where code stands between as many backquotes, one to three, with them."""
    runs = [found.span() for found in _TICKS.finditer(line)]
    same: dict[int, int] = {}
    ends = [0] * len(runs)
    for at in range(len(runs) - 1, -1, -1):
        size = runs[at][1] - runs[at][0]
        ends[at] = same.get(size, 0)
        same[size] = at
    spans = []
    at = 0
    while at < len(runs):
        start, end = runs[at][0], ends[at]
        if end and runs[at][1] - start <= 3 and line[runs[at][1] : runs[end][0]].strip():
            spans.append((start, runs[end][1]))
            at = end
        at += 1
    return spans


def _padding(code: str) -> int:
    """A space on both sides is there to keep a backquote apart, and not shown."""
    return 1 if len(code) > 2 and code[0] == code[-1] == " " else 0


def _free_links(line: str, codes: list[tuple[int, int]]) -> list[FoundLink]:
    """Those that are not in code, and no code in them."""
    free = []
    at = 0
    for link in links(line):
        while at < len(codes) and codes[at][1] <= link.start:
            at += 1
        if at == len(codes) or codes[at][0] >= link.end:
            free.append(link)
    return free


def _emphasis(line: str, shut: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Where it stands between stars, without them, and how many; none of those in `shut` count.

    Of each size one may be open: so no text is marked more than three times over.
    """
    spans: list[tuple[int, int, int]] = []
    opened: dict[int, int] = {}  # size: behind its stars
    place = 0
    for found in _STARS.finditer(line):
        start, end = found.span()
        while place < len(shut) and shut[place][1] <= start:
            place += 1
        size = end - start
        if size > 3 or (place < len(shut) and shut[place][0] <= start):
            continue
        before, behind = line[start - 1 : start], line[end : end + 1]
        in_word = _plain(before) and _plain(behind)  # 2*3*4 is none
        if before.strip() and not in_word and _close(start, size, opened, spans):
            continue
        if behind.strip() and not in_word:
            opened[size] = end
    return spans


def _close(at: int, size: int, opened: dict[int, int], spans: list[tuple[int, int, int]]) -> bool:
    """What the stars at `at` end, if they end something; what was opened inside of that stays as typed."""
    if size in opened:
        sizes = [size]
    elif size == 3 and 1 in opened and 2 in opened:
        sizes = sorted((1, 2), key=lambda one: -opened[one])  # the inner first
    else:
        return False
    for one in sizes:
        start = opened[one]
        spans.append((start, at, one))
        at += one
        for other in [other for other, behind in opened.items() if behind >= start]:
            del opened[other]
    return True


def _plain(char: str) -> bool:
    return char.isascii() and char.isalnum()
