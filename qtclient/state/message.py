# SPDX-License-Identifier: GPL-3.0-only
"""A message as a row, what becomes of it there, and how others quote it. Pure: no thread, no clock, no Qt."""

from collections.abc import MutableSequence, Sequence
from typing import Any, Literal

import msgspec
from loggia.qtclient.state.became import NOTHING, Became
from loggia.qtclient.state.dates import Dates
from loggia.qtclient.state.emoji import in_line
from loggia.qtclient.state.markup import marked, visible
from loggia.qtclient.state.me import Me
from loggia.shared.protocol.events import ChangeEvent, EditedEvent, MessageEvent
from loggia.shared.protocol.names import quoted
from msgspec import structs

DELETED = "(deleted)"
QUOTE_CHARS = 120  # of the answered message; one line is elided to the width anyway
UNKNOWN = "an earlier message"  # that is not in memory
QUOTED_ROWS = 1000  # so far back a reply looks for what it answers

Sign = Literal[
    "none", "held", "waiting", "unreachable", "stored", "failed"
]  # held: it has not left the window
Key = tuple[str, int | str]


class MessageRow(msgspec.Struct, frozen=True, kw_only=True):
    """A message. `first`: begins a group: circle, name and time show. `id`: in the outbox, or "".
    `said_as`: what that was of a message of mine that is stored, or "".

    `reply_to`: the seq of the message that it quotes. `edited`: when it was last, in words; "": never.
    `thread`: the seq of the message that began the thread in which it is; it quotes that one, if no other.
    `means`: the accounts that the server found in it; `mention`: it means me.
    """

    key: Key
    nick: str
    account: str
    text: str
    at: int
    clock: str
    first: bool
    own: bool = False
    mention: bool = False
    means: tuple[str, ...] = ()
    sign: Sign = "none"
    reason: str = ""
    quote: str = ""
    reply_to: int | None = None
    seq: int | None = None
    id: str = ""
    said_as: str = ""
    edited: str = ""
    thread: int | None = None
    became: Became = NOTHING

    @property
    def stored(self) -> bool:
        """It stands in the room's log and says something: something can be done with it there."""
        return self.seq is not None and not self.id and not self.became.deleted

    @property
    def in_thread(self) -> bool:
        """It is in one, or began one."""
        return self.thread is not None or self.became.replies > 0

    @property
    def root(self) -> int | None:
        """The seq of the message that its thread began with, or would; None: it is not stored yet."""
        return self.thread or (None if self.id else self.seq)


def change_message(rows: MutableSequence[Any], event: ChangeEvent, dates: Dates, me: Me) -> None:
    """What the message that the event is about says from now on, if it is shown; also where it is quoted."""
    place = place_of(rows, event.target)
    if place is None:
        return
    row: MessageRow = rows[place]
    became = row.became.after(event, me.account)
    if became is row.became:
        return
    text, means = row.text, row.means
    if became.deleted:
        text, means = DELETED, ()
    elif isinstance(event, EditedEvent):
        text, means = event.text, event.mentions
    rows[place] = now = structs.replace(
        row,
        text=text,
        mention=not row.own and not became.deleted and me.is_meant(text, means),
        means=means,
        edited=dates.later(became.edited_at, row.at),
        became=became,
    )
    if text == row.text:
        return
    for behind in range(place + 1, len(rows)):
        other = rows[behind]
        if isinstance(other, MessageRow) and other.reply_to == row.seq:
            rows[behind] = structs.replace(other, quote=quotation(now.nick, now.text))


def count_reply(rows: MutableSequence[Any], event: MessageEvent, me: Me) -> None:
    """The message that began the thread of this one has one more there, if it is shown."""
    place = None if event.thread is None else place_of(rows, event.thread)
    if place is not None:
        row: MessageRow = rows[place]
        became = row.became.after(event, me.account)
        if became is not row.became:
            rows[place] = structs.replace(row, became=became)


def place_of(rows: Sequence[Any], seq: int) -> int | None:
    """Where the message of that number stands; messages stand in the order of theirs."""
    low, high = 0, len(rows)
    while low < high:
        middle = (low + high) // 2
        place = next((at for at in range(middle, high) if isinstance(rows[at], MessageRow)), None)
        if place is None or rows[place].seq > seq:
            high = middle
        elif rows[place].seq < seq:
            low = place + 1
        else:
            return place
    return None


def message_of(rows: Sequence[Any], seq: int) -> MessageRow | None:
    """The message of that number, if it is shown."""
    place = place_of(rows, seq)
    return None if place is None else rows[place]


def is_deleted(rows: Sequence[Any], seq: int) -> bool:
    """The message of that number is shown, and says nothing any more."""
    row = message_of(rows, seq)
    return row is not None and row.became.deleted


def quote_of(rows: Sequence[Any], seq: int | None) -> str:
    """What a reply to the entry `seq` shows of it; "" if it is no reply."""
    if seq is None:
        return ""
    for row in reversed(rows[-QUOTED_ROWS:]):
        if isinstance(row, MessageRow) and row.seq == seq:
            return quotation(row.nick, row.text)
    return UNKNOWN


def quotation(nick: str, text: str) -> str:
    """In one line, as it is shown."""
    shown = visible(marked(text[: 4 * QUOTE_CHARS])).text
    return f"{quoted(nick)}: {in_line(' '.join(shown.split())[:QUOTE_CHARS])}"
