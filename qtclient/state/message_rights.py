# SPDX-License-Identifier: GPL-3.0-only
"""What I may do with a message: what I may not is not shown. The broker decides; this asks it for nothing.

Pure: no thread, no clock, no Qt. docs/protocol.md, "Rooms and rights".
"""

import math
from typing import Literal

from loggia.qtclient.state.message import MessageRow
from loggia.qtclient.state.room import Room
from loggia.shared.protocol.roles import RANKS, Role

Right = Literal["reply", "react", "edit", "delete", "pin", "thread", "room"]

_MODERATOR = RANKS["moderator"]


def may(right: Right, row: object, room: Room | None, me: str, now: float = math.inf) -> bool:
    """`me`: my account; `room`: the one that the row is of; `now`: Unix ms. A thread is there to be read, or
    to be begun; to be shown in the room is for who sees it elsewhere.
    """
    if room is not None and right == "thread" and isinstance(row, MessageRow) and row.in_thread:
        return room.listed
    if room is None or not room.listed or not isinstance(row, MessageRow) or not row.stored:
        return False
    if right == "room":
        return False
    rank, rules = RANKS[role_of(room, me, me) or "member"], room.rules
    if right == "delete":
        return row.own or (rank >= _MODERATOR and rank >= RANKS[role_of(room, row.account, me) or "member"])
    if right == "pin":
        return rank >= _MODERATOR
    if rank < RANKS["member"] or rules.closed or rules.muted or rules.quiet_until(me) > now:
        return False
    if right == "react":
        return True
    return (right in ("reply", "thread") or row.own) and (rank >= _MODERATOR or not rules.announce)


def role_of(room: Room, account: str, me: str) -> Role | None:
    """What somebody is there; None: nobody told, as of a long list not all are. In a conversation all are the
    same. `me`: my account, of which the broker told when I came in."""
    if room.kind == "direct":
        return "member"
    member = room.members.get(account)
    return member.role if member is not None else room.rules.role if account == me else None
