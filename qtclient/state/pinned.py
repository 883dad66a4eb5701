# SPDX-License-Identifier: GPL-3.0-only
"""The pinned messages of a room, as far as their rows are in memory. Pure: no thread, no clock, no Qt."""

from collections.abc import Iterable

import msgspec
from loggia.qtclient.state.dates import Dates
from loggia.qtclient.state.emoji import few, in_line
from loggia.qtclient.state.message import MessageRow
from loggia.qtclient.state.rows import Row
from loggia.shared.protocol.names import quoted

LINE_CHARS = 120


class PinnedMessage(msgspec.Struct, frozen=True):
    """`words`: who said it, when, and its first line."""

    seq: int
    words: str


def pinned(rows: Iterable[Row], dates: Dates) -> list[PinnedMessage]:
    """The newest first."""
    found = [
        PinnedMessage(row.seq, f"{quoted(row.nick)}, {dates.day(row.at)}, {row.clock}: {_line(row.text)}")
        for row in rows
        if isinstance(row, MessageRow) and row.seq is not None and row.became.pinned
    ]
    return found[::-1]


def _line(text: str) -> str:
    line = text.lstrip().partition("\n")[0]
    return in_line(line) if len(line) <= LINE_CHARS else f"{few(line[:LINE_CHARS])}..."
