# SPDX-License-Identifier: GPL-3.0-only
"""What is said as it is shown: a little Markdown, without HTML. Pure: no thread, no clock, no Qt.

**bold**, *italic*, `code`, fenced code, quotes, lists and links. What is none of that stays as it was typed,
and what is stored never changes. Each character is looked at a few times, whatever the text holds; behind
MOST_RUNS pieces of another look the rest is shown as it was typed.
"""

import re
from itertools import pairwise
from typing import Literal, NamedTuple

import msgspec
from loggia.qtclient.state.emoji import is_large
from loggia.qtclient.state.links import FoundLink, links

BOLD, ITALIC, CODE, LINK = 1, 2, 4, 8
MOST_RUNS = 400  # of one message: each is set by itself, and thousands would take long
MOST_BLOCKS = 200
BULLET = "\N{BULLET} "

BlockKind = Literal["code", "quote", "item"]

_MAYBE = re.compile(r"[*`]|://|mailto:|^>|^ {0,12}(?:-|\d{1,3}[.)]) ", re.MULTILINE | re.IGNORECASE)
_FENCE = re.compile(r" {0,3}```(?!`)[^`]*")
_FENCE_END = re.compile(r" {0,3}```[ \t]*")
_ITEM = re.compile(r"( {0,12})(?:[-*]|(\d{1,3}[.)])) +(?=\S)")
_TICKS, _STARS = re.compile("`+"), re.compile(r"\*+")
_STYLES = {1: ITALIC, 2: BOLD, 3: BOLD | ITALIC}
_HIDDEN = 16
_WITH = {
    style: bytes(mark | style for mark in range(256))
    for style in (BOLD, ITALIC, BOLD | ITALIC, CODE, LINK, _HIDDEN)
}


class Run(NamedTuple):
    """From `start` to `end` of the shown text, which looks other: the sum of BOLD, ITALIC, CODE, LINK."""

    start: int
    end: int
    style: int


class TextLink(NamedTuple):
    """From `start` to `end` of the shown text: a link that goes to `target`."""

    start: int
    end: int
    target: str


class Block(NamedTuple):
    """Whole lines, from `start` to `end` of the shown text. `depth`, `lead`: of an item, how far in it
    stands, and how many characters its sign has. `code`: what stands in a block of that."""

    kind: BlockKind
    start: int
    end: int
    depth: int = 0
    lead: int = 0
    code: str = ""


class Marked(msgspec.Struct, frozen=True):
    """A text as it is shown. `large`: it is nothing but one to three pictures."""

    text: str
    runs: tuple[Run, ...] = ()
    links: tuple[TextLink, ...] = ()
    blocks: tuple[Block, ...] = ()
    large: bool = False

    def begin(self, chars: int) -> "Marked":
        """So much of it as it looks in the whole; itself if that is all."""
        if chars >= len(self.text):
            return self
        return Marked(
            self.text[:chars],
            tuple(one._replace(end=min(one.end, chars)) for one in self.runs if one.start < chars),
            tuple(one._replace(end=min(one.end, chars)) for one in self.links if one.start < chars),
            tuple(one._replace(end=min(one.end, chars)) for one in self.blocks if one.start < chars),
        )

    def codes(self) -> list[str]:
        """What stands in its blocks of code."""
        return [one.code for one in self.blocks if one.kind == "code"]


class _Shown:
    """What is made of the lines so far."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self.at = 0
        self.runs: list[Run] = []
        self.links: list[TextLink] = []
        self.blocks: list[Block] = []

    @property
    def full(self) -> bool:
        return len(self.runs) >= MOST_RUNS or len(self.blocks) >= MOST_BLOCKS

    @property
    def text(self) -> str:
        return "".join(self._pieces)[:-1]

    def put(self, text: str) -> None:
        self._pieces.append(text)
        self.at += len(text)

    def block(self, kind: BlockKind, start: int, depth: int = 0, lead: int = 0, code: str = "") -> None:
        """The lines from `start` to here are one."""
        self.blocks.append(Block(kind, start, self.at - 1, depth, lead, code))

    def line(self, source: str) -> None:
        """One line, with what looks other in it."""
        left = 0 if self.full else MOST_RUNS - len(self.runs)
        cuts = _cuts(source, left) if left else []
        if sum(not cut.hidden for cut in cuts) > left:
            cuts = []
        done, begun = 0, -1  # behind which a link begins
        for cut in cuts:
            self.put(source[done : cut.start])
            done = cut.end
            if cut.hidden:
                continue
            start = self.at
            self.put(source[cut.start : cut.end])
            self.runs.append(Run(start, self.at, cut.style))
            if cut.link is not None:
                if cut.link.start == begun:  # it goes on in another look
                    start = self.links.pop().start
                self.links.append(TextLink(start, self.at, cut.link.target))
                begun = cut.link.start
        self.put(f"{source[done:]}\n")


def marked(text: str) -> Marked:
    """How it is shown."""
    if is_large(text):
        return Marked(text.strip(), large=True)
    if _MAYBE.search(text) is None:
        return Marked(text)
    lines = text.split("\n")
    fence_end = _fence_ends(lines)
    shown = _Shown()
    at = 0
    while at < len(lines):
        at = _take(lines, at, fence_end, shown)
    return Marked(shown.text, tuple(shown.runs), tuple(shown.links), tuple(shown.blocks))


def _fence_ends(lines: list[str]) -> list[int]:
    """For each line the next one, itself included, that can end a fence; 0: none does."""
    found, ends = 0, [0] * len(lines)
    for at in range(len(lines) - 1, -1, -1):
        if _FENCE_END.fullmatch(lines[at]):
            found = at
        ends[at] = found
    return ends


def _take(lines: list[str], at: int, fence_end: list[int], shown: _Shown) -> int:
    """Show what begins with the line `at`; returns the line behind it."""
    line, start = lines[at], shown.at
    if _MAYBE.search(line) is None:  # most lines of a long text, which cost next to nothing
        shown.put(f"{line}\n")
    elif shown.full:
        shown.line(line)
    elif at + 2 < len(lines) and _FENCE.fullmatch(line) and (end := fence_end[at + 1]) > at + 1:
        code = "\n".join(lines[at + 1 : end])
        shown.put(f"{code}\n")
        shown.block("code", start, code=code)
        return end + 1
    elif line.startswith("> "):
        while at < len(lines) and (lines[at].startswith("> ") or lines[at] == ">"):
            shown.line(lines[at][2:])
            at += 1
        shown.block("quote", start)
        return at
    elif (item := _ITEM.match(line)) is not None:
        sign = BULLET if item[2] is None else f"{item[2]} "
        shown.put(sign)
        shown.line(line[item.end() :])
        shown.block("item", start, depth=len(item[1]) // 2, lead=len(sign))
    else:
        shown.line(line)
    return at + 1


class _Cut(NamedTuple):
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

    def cuts(self, found: list[FoundLink]) -> list[_Cut]:
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
                cuts.append(_Cut(start, end, style & ~_HIDDEN, bool(style & _HIDDEN), link))
        return cuts


def _cuts(line: str, most: int) -> list[_Cut]:
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
