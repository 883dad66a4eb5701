# SPDX-License-Identifier: GPL-3.0-only
"""What was found in a message, where it is shown. Pure: no thread, no clock, no Qt.

The server tells places of what was typed. What is shown lacks the marks of Markdown, and has others.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable

import msgspec
from loggia.qtclient.state.markup import READ_CHARS, marked, typed
from loggia.qtclient.state.message import MessageRow
from loggia.qtclient.state.rows import Row
from loggia.shared.protocol.answers import Hit

Marks = tuple[tuple[int, int], ...]  # from which character up to which

MOST_LIT = 200  # places of one message: a server tells 100
_JOINER = "\u200d"
_MOST_SIGNS = 16  # of one that is seen as a whole, that are looked at on each side


class Lit(msgspec.Struct, frozen=True):
    """In the message `seq` of a room, as long as it says `said`; `marks`: places of that, `shown`: of what is
    shown of it."""

    room: str
    seq: int
    said: str
    marks: Marks
    shown: Marks

    @classmethod
    def of_hit(cls, hit: Hit) -> "Lit":
        marks = tuple(hit.marks[:MOST_LIT])
        return cls(hit.room, hit.seq, hit.text, marks, shown(hit.text[:READ_CHARS], marks))

    def of(self, room: str, row: Row) -> Marks:
        """What of a row of that room is lit."""
        return self.shown if self._is(room, row) else ()

    def typed(self, room: str, row: Row) -> Marks:
        """The same of its text as it was typed."""
        return self.marks if self._is(room, row) else ()

    def _is(self, room: str, row: Row) -> bool:
        if not isinstance(row, MessageRow) or (room, row.seq) != (self.room, self.seq):
            return False
        return row.text == self.said and not row.became.deleted


def shown(text: str, marks: Iterable[tuple[int, int]]) -> Marks:
    """Where what is marked in `text` stands in what is shown of it. Of what is not shown at all the link is
    marked that goes there."""
    pieces, look = typed(text), marked(text)
    sources = [piece.source for piece in pieces]
    spans: list[tuple[int, int]] = []
    for begin, end in marks:
        at = max(0, bisect_right(sources, begin) - 1)
        before = len(spans)
        for start, source, chars in pieces[at:]:
            if source >= end:
                break
            first, last = max(begin, source), min(end, source + chars)
            if first < last:
                spans.append(_whole(look.text, start + first - source, start + last - source))
        if before == len(spans) and begin < end and pieces:
            label = pieces[at]
            spans += [(one.start, one.end) for one in look.links if one.start <= label.start < one.end]
    return _united(spans)


def _whole(text: str, begin: int, end: int) -> tuple[int, int]:
    """No sign that is seen as one is lit in part."""
    for _ in range(_MOST_SIGNS):
        if begin > 0 and _one(text, begin):
            begin -= 1
        if end < len(text) and _one(text, end):
            end += 1
    return begin, end


def _one(text: str, at: int) -> bool:
    """What stands before that place and behind it is one sign."""
    char = text[at]
    hangs_on = char == _JOINER or unicodedata.category(char) in ("Mn", "Mc", "Me", "Sk")
    return hangs_on or text[at - 1] == _JOINER


def _united(spans: Iterable[tuple[int, int]]) -> Marks:
    """Ascending, and one where they touch: there is no seam between them."""
    united: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if united and begin <= united[-1][1]:
            united[-1] = united[-1][0], max(united[-1][1], end)
        else:
            united.append((begin, end))
    return tuple(united)
