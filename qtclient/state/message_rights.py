# SPDX-License-Identifier: GPL-3.0-only
"""What I may do with a message: what I may not is not shown. The broker decides; this asks it for nothing.

Pure: no thread, no clock, no Qt. docs/protocol.md, "Rooms and rights".
"""

from typing import Literal

from loggia.qtclient.state.message import MessageRow
from loggia.qtclient.state.room import Room
from loggia.shared.protocol.roles import RANKS, Role

Right = Literal["reply", "react", "edit", "delete", "pin", "thread", "room"]

_MODERATOR = RANKS["moderator"]


def may(right: Right, row: object, room: Room | None, me: str) -> bool:
    """`me`: my account; `room`: the one that the row is of. A thread is there to be read, or to be begun;
    to be shown in the room is for who sees it elsewhere.
    """
    if room is not None and right == "thread" and isinstance(row, MessageRow) and row.in_thread:
        return room.listed
    if room is None or not room.listed or not isinstance(row, MessageRow) or not row.stored:
        return False
    if right == "room":
        return False
    rank, rules = RANKS[_role(room, me)], room.rules
    if right == "delete":
        return row.own or (rank >= _MODERATOR and rank >= RANKS[_role(room, row.account)])
    if right == "pin":
        return rank >= _MODERATOR
    if rank < RANKS["member"] or rules.closed or rules.muted:
        return False
    if right == "react":
        return True
    return (right in ("reply", "thread") or row.own) and (rank >= _MODERATOR or not rules.announce)


def _role(room: Room, account: str) -> Role:
    """As far as it is known: of a long list not all are told. In a conversation all are the same."""
    member = room.members.get(account)
    return "member" if member is None or room.kind == "direct" else member.role
