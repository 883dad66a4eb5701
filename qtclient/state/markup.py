# SPDX-License-Identifier: GPL-3.0-only
"""What is said as it is shown: a little Markdown, without HTML. Pure: no thread, no clock, no Qt.

**bold**, *italic*, `code`, fenced code, quotes, lists and links. What is none of that stays as it was typed,
and what is stored never changes. Each character is looked at a few times, whatever the text holds; behind
MOST_RUNS pieces of another look, or MOST_LINES with marks, the rest is shown as it was typed.
"""

import re
from typing import Literal, NamedTuple

import msgspec
from loggia.qtclient.state.emoji import is_large
from loggia.qtclient.state.line_marks import BOLD as BOLD
from loggia.qtclient.state.line_marks import CODE as CODE
from loggia.qtclient.state.line_marks import ITALIC as ITALIC
from loggia.qtclient.state.line_marks import LINK as LINK
from loggia.qtclient.state.line_marks import cuts_of
from loggia.shared.protocol.names import is_seen

MOST_RUNS = 400  # of one message: each is set by itself, and thousands would take long
MOST_BLOCKS = 200
MOST_LINES = 500  # that may have marks; a row shows twenty
READ_CHARS = 10_000  # of a message: a row shows 4,000 of them at most
BULLET = "\N{BULLET} "

BlockKind = Literal["code", "quote", "item"]

_MAYBE = re.compile(r"[*`]|://|mailto:|^>|^ {0,12}(?:-|\d{1,3}[.)]) ", re.MULTILINE | re.IGNORECASE)
_FENCE = re.compile(r" {0,3}```(?!`)[^`]*")
_FENCE_END = re.compile(r" {0,3}```[ \t]*")
_ITEM = re.compile(r"( {0,12})(?:[-*]|(\d{1,3}[.)])) +(?=\S)")


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


NOTHING = Marked("(nothing that can be seen)")


class TypedPiece(NamedTuple):
    """So many characters of the shown text from `start` on are those of the source from `source` on."""

    start: int
    source: int
    chars: int


class _Shown:
    """What is made of the lines so far."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._gaps: list[tuple[int, int, int]] = []  # where, what stands instead, where the source goes on
        self._looked = 0  # at so many lines
        self._behind = 0  # the source, of what is shown
        self.at = 0
        self.runs: list[Run] = []
        self.links: list[TextLink] = []
        self.blocks: list[Block] = []

    @property
    def full(self) -> bool:
        is_long = len(self.runs) >= MOST_RUNS or self._looked >= MOST_LINES
        return is_long or len(self.blocks) >= MOST_BLOCKS

    @property
    def text(self) -> str:
        return "".join(self._pieces)[:-1]

    @property
    def typed(self) -> list[TypedPiece]:
        """The pieces that stand in the source, in their order."""
        start = source = 0
        found = []
        end = self.at - 1  # without the last line end
        for at, instead, goes_on in [*self._gaps, (end, 0, 0)]:
            if (chars := min(at, end) - start) > 0:
                found.append(TypedPiece(start, source, chars))
            start, source = at + instead, goes_on
        return found

    def put(self, text: str) -> None:
        self._pieces.append(text)
        self.at += len(text)

    def leave_out(self, chars: int, instead: str = "") -> None:
        """So many of the source are not shown; that stands instead of them."""
        self._behind += chars - len(instead)
        self._gaps.append((self.at, len(instead), self.at + len(instead) + self._behind))
        self.put(instead)

    def block(self, kind: BlockKind, start: int, depth: int = 0, lead: int = 0, code: str = "") -> None:
        """The lines from `start` to here are one."""
        self.blocks.append(Block(kind, start, self.at - 1, depth, lead, code))

    def line(self, source: str) -> None:
        """One line, with what looks other in it."""
        left = 0 if self.full else MOST_RUNS - len(self.runs)
        self._looked += 1
        cuts = cuts_of(source, left) if left else []
        if sum(not cut.hidden for cut in cuts) > left:
            cuts = []
        done, begun = 0, -1  # behind which a link begins
        for cut in cuts:
            self.put(source[done : cut.start])
            done = cut.end
            if cut.hidden:
                self.leave_out(cut.end - cut.start)
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
    shown = _read(text)
    return Marked(shown.text, tuple(shown.runs), tuple(shown.links), tuple(shown.blocks))


def visible(shown: Marked) -> Marked:
    """It, or words where nothing of it can be seen, as of characters without width."""
    return shown if is_seen(shown.text) else NOTHING


def seen(text: str) -> str:
    """The same of a text as it was written."""
    return visible(Marked(text)).text


def typed(text: str) -> list[TypedPiece]:
    """Of what `marked` shows, where it stands in the text, in its order; what is between is not shown."""
    if is_large(text):
        return [TypedPiece(0, len(text) - len(text.lstrip()), len(text.strip()))]
    return [TypedPiece(0, 0, len(text))] if _MAYBE.search(text) is None else _read(text).typed


def _read(text: str) -> _Shown:
    lines = text.split("\n")
    fence_end = _fence_ends(lines)
    shown = _Shown()
    at = 0
    while at < len(lines):
        at = _take(lines, at, fence_end, shown)
    return shown


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
        shown.leave_out(len(line) + 1)
        shown.put(f"{code}\n")
        shown.block("code", start, code=code)
        shown.leave_out(len(lines[end]) + 1)
        return end + 1
    elif line.startswith("> "):
        while at < len(lines) and (lines[at].startswith("> ") or lines[at] == ">"):
            shown.leave_out(len(lines[at][:2]))
            shown.line(lines[at][2:])
            at += 1
        shown.block("quote", start)
        return at
    elif (item := _ITEM.match(line)) is not None:
        sign = BULLET if item[2] is None else f"{item[2]} "
        shown.leave_out(item.end(), instead=sign)
        shown.line(line[item.end() :])
        shown.block("item", start, depth=len(item[1]) // 2, lead=len(sign))
    else:
        shown.line(line)
    return at + 1
