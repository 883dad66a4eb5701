# SPDX-License-Identifier: GPL-3.0-only
"""What a message said before, and who changed it when, in words. Pure: no thread, no clock, no Qt.

What it said comes from this computer's copy: a broker tells who comes later only what a message says now, and
of what is deleted nobody has the texts. docs/protocol.md, "Messages that change".
"""

from collections.abc import Sequence

from loggia.qtclient.state.dates import Dates
from loggia.qtclient.state.markup import seen
from loggia.qtclient.state.message import MessageRow
from loggia.shared.protocol.events import DeletedEvent, EditedEvent, MessageEvent, StoredEvent
from loggia.shared.protocol.names import quoted

GONE = "What it said is gone, from this computer and from the server."
NOT_HERE = (
    "What it said at first is not on this computer: it came here when it was changed already. Changes before"
    " that may be missing, too."
)
BY_UNKNOWN = "It was deleted. By whom, and when, is not on this computer."
_INDENT = "    "  # what was said, and not what is said about it


def earlier(row: MessageRow, kept: Sequence[StoredEvent], dates: Dates) -> str:
    """The sheet of it. `kept`: as ToldChanges gives them."""
    parts = _deleted(row, kept, dates) if row.became.deleted else _edited(row, kept, dates)
    return "\n\n".join(parts)


def _deleted(row: MessageRow, kept: Sequence[StoredEvent], dates: Dates) -> list[str]:
    parts = [f"{quoted(row.nick)} said it, {_when(row.at, row, dates)}."]
    for event in kept:
        if isinstance(event, EditedEvent):
            parts.append(f"{quoted(event.nick)} changed it, {_when(event.at, row, dates)}.")
    deleted = next((event for event in kept if isinstance(event, DeletedEvent)), None)
    if deleted is None:
        parts.append(BY_UNKNOWN)
    else:
        parts.append(f"{quoted(deleted.nick)} deleted it, {_when(deleted.at, row, dates)}.")
        if deleted.reason:
            parts[-1] += f" The reason:\n{_indented(deleted.reason)}"
    return [*parts, GONE]


def _edited(row: MessageRow, kept: Sequence[StoredEvent], dates: Dates) -> list[str]:
    came = next((event for event in kept if isinstance(event, MessageEvent)), None)
    edits = [event for event in kept if isinstance(event, EditedEvent)]
    said = [(event.at, event.text) for event in edits]
    parts = []
    if came is not None and came.edited_at is None and not came.deleted:
        heading = f"{quoted(row.nick)} said, {_when(row.at, row, dates)}:"
        parts.append(f"{heading}\n{_indented(came.text)}")
    else:
        parts.append(NOT_HERE)
    if came is not None and came.edited_at is not None and came.edited_at not in [at for at, _ in said]:
        said.append((came.edited_at, came.text))
    said.sort(key=lambda one: one[0])
    for at, text in said:
        parts.append(f"{quoted(row.nick)} changed it, {_when(at, row, dates)}, to:\n{_indented(text)}")
    if not said or said[-1][1] != row.text:
        parts.append(f"It says now:\n{_indented(row.text)}")
    return parts


def _when(at: int, row: MessageRow, dates: Dates) -> str:
    same_day = dates.ordinal(at) == dates.ordinal(row.at) and at != row.at
    return dates.clock(at) if same_day else f"{dates.day(at)}, {dates.clock(at)}"


def _indented(text: str) -> str:
    return "\n".join(_INDENT + line for line in seen(text).splitlines())
