# SPDX-License-Identifier: GPL-3.0-only
"""Who put a sign to a message, in words. Pure: no thread, no clock, no Qt."""

from collections.abc import Sequence

from loggia.qtclient.state.message import MessageRow
from loggia.qtclient.state.room import Room
from loggia.shared.protocol.names import quoted

MOST_NAMED = 20  # nobody reads more names than that; the others are counted


def reactors(room: Room, accounts: Sequence[str], me: str) -> str:
    """The names of those, as they are called here now or were when they last spoke. `me`: my account."""
    names = {me: "you"} if me in accounts else {}
    first = [account for account in accounts if account != me][:MOST_NAMED]
    names |= {account: quoted(room.members[account].nick) for account in first if account in room.members}
    missing = set(first) - names.keys()
    for row in reversed(room.rows) if missing else ():
        if isinstance(row, MessageRow) and row.account in missing:
            names[row.account] = quoted(row.nick)
            missing.discard(row.account)
            if not missing:
                break
    words = [names[account] for account in (me, *first) if account in names]
    others = len(accounts) - len(words)
    if others:
        words.append(
            f"{others:,} other{'s' if others > 1 else ''}" if words else f"{others:,} who are not here"
        )
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
