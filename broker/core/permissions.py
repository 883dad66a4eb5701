"""Who may do what in a room: the one place that is asked, before anything is stored or told. Pure.

What an op needs is in its row of the table (ops.py). docs/protocol.md, "Rooms", "Errors".
"""

from typing import get_args

from loggia.broker.core.ops import OPS, Role
from loggia.broker.core.state import Audience, Room
from loggia.shared.protocol.errors import Code
from loggia.shared.protocol.requests import AnyRequest

RANKS = {role: rank for rank, role in enumerate(get_args(Role))}


def role_of(account: str, room: Room) -> Role:
    """What the account is in the room. Every room is public: who is in it may write, and anybody may read."""
    return "member" if account in room.people else "guest"


def audience(room: Room) -> Audience:
    """Who hears what happens in the room from now on: those who may read it."""
    return None


def denied(op: type[AnyRequest], account: str, room: Room) -> Code | None:
    """Why the account may not do this in the room; None if it may."""
    _, needs, least, *_ = OPS[op]
    if needs == "membership" and account not in room.people:
        return "not_member"
    role = role_of(account, room)
    return None if role == least or RANKS[role] > RANKS[least] else "not_allowed"
