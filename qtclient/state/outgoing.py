# SPDX-License-Identifier: GPL-3.0-only
"""What was said in a room and is not among its rows yet, as rows behind those. Pure: no thread, no Qt."""

import msgspec
from loggia.qtclient.state.message import Sign
from loggia.qtclient.state.quotes import Quotes
from loggia.qtclient.state.rows import GROUP_ROWS, Row, RowBuilder
from loggia.shared.client.commands import Say


class Outgoing(msgspec.Struct):
    """A message of the outbox. `seq`: where it is stored, once that was answered."""

    say: Say
    at: int
    sign: Sign = "waiting"
    reason: str = ""
    seq: int | None = None


def tail(
    rows: list[Row], outgoing: dict[str, Outgoing], before: list[Row], fold: RowBuilder, quotes: Quotes
) -> list[Row]:
    """Behind `rows`; those that are as they were in `before` are the same."""
    stored = rows[-2 * GROUP_ROWS :]  # between them may be people who came and went
    told: list[Row] = list(stored)
    for one in outgoing.values():
        quote = quotes.of(one.say.reply_to)
        fold.waiting(told, one.say, at=one.at, sign=one.sign, reason=one.reason, quote=quote)
    known = {row.key: row for row in before}
    return [row if known.get(row.key) != row else known[row.key] for row in told[len(stored) :]]
