# SPDX-License-Identifier: GPL-3.0-only
"""What a key selected, or let go of, in words: what a screen reader reads then. GUI thread."""

from collections.abc import Sequence

from loggia.qtclient.state.rows import MessageRow, Row
from loggia.qtclient.state.selected import Selected
from loggia.qtclient.timeline.parts.table import row_text

ALL = "All of the room is selected"
_MOST_CHARS = 200  # that are read of it
_NAMES = {" ": "space", "\n": "new line", "": "nothing"}


def change_in_words(rows: Sequence[Row], before: Selected, now: Selected) -> str:
    """What is selected `now` and was not `before` (where more is), else what is not any more; "" where the
    caret did not move."""
    caret = before.places(rows)[1]
    anchor, there = now.places(rows)
    is_more = there > caret if there > anchor else there < caret if there < anchor else False
    is_across = (caret < anchor < there) or (there < anchor < caret)
    moved = Selected(now.anchor if is_across else before.caret, now.caret)
    span = moved.span(rows)
    if span is None:
        return ""
    pieces = list(span.pieces(rows))
    said = sum(isinstance(row, MessageRow) for row, _ in pieces)
    if len(pieces) > 1:
        words = "1 message" if said == 1 else f"{said:,} messages"
    else:
        words = row_text(*pieces[0], several=False)[:_MOST_CHARS]
    return f"{_NAMES.get(words, words)}, {'selected' if is_more else 'not selected any more'}"
