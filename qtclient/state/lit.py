# SPDX-License-Identifier: GPL-3.0-only
"""What was found in a message, where it is shown. Pure: no thread, no clock, no Qt.

The server tells places of what was typed. What is shown lacks the marks of Markdown, and has others.
"""

from bisect import bisect_right
from collections.abc import Iterable

import msgspec
from loggia.qtclient.state.emoji import MOST_MARKS, is_in_sign
from loggia.qtclient.state.markup import READ_CHARS, marked, typed
from loggia.qtclient.state.message import MessageRow
from loggia.qtclient.state.rows import Row
from loggia.shared.protocol.answers import Hit

Marks = tuple[tuple[int, int], ...]  # from which character up to which

MOST_LIT = 200  # places of one message: a server tells 100


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
        told = hit.marks[:MOST_LIT]
        marks = _united(
            (begin, min(end, len(hit.text))) for begin, end in told if begin < min(end, len(hit.text))
        )
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
    for _ in range(MOST_MARKS):
        if begin > 0 and is_in_sign(text, begin):
            begin -= 1
        if end < len(text) and is_in_sign(text, end):
            end += 1
    return begin, end


def _united(spans: Iterable[tuple[int, int]]) -> Marks:
    """Ascending, and one where they touch: there is no seam between them."""
    united: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if united and begin <= united[-1][1]:
            united[-1] = united[-1][0], max(united[-1][1], end)
        else:
            united.append((begin, end))
    return tuple(united)
