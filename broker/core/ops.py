"""The table of ops: what each request does, needs and costs. Pure. docs/protocol.md, "Requests", "Errors".

A new op is a struct in shared/protocol/requests.py, a row here, and whoever does it: what is stored
`Entries`, what is only read `Reader`.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from loggia.broker.core.mentions import SIGN, SIGNS
from loggia.shared.protocol.requests import (
    AnyRequest,
    Ban,
    CloseRoom,
    Configure,
    Create,
    Delete,
    Direct,
    Edit,
    End,
    History,
    Invite,
    Join,
    Kick,
    Leave,
    Members,
    Message,
    Mute,
    Pin,
    Ping,
    React,
    Read,
    ReopenRoom,
    Rooms,
    Search,
    SetRole,
    SetStatus,
    SetSubject,
    Typing,
    Unban,
    Unmute,
)
from loggia.shared.protocol.roles import Role

Need = Literal["nothing", "session", "membership"]
# What keeps somebody from it: that he is banned there, or muted; that the room is closed, or is for
# announcements and he is no moderator; that it is a conversation. A private room is there for its members
# only: whoever else names it is told that there is none, whatever the row says
Bar = Literal["banned", "muted", "closed", "announce", "direct"]


class Op(NamedTuple):
    """`stores`: it is ordered, decided and committed; or else it is answered from the committed state.

    `needs`: what who asks must have, and `role`: the least that they must be in the room; `bars`: what must
    not be. `cost`: how much of a turn and of a connection's share it takes, as many messages (`python -m
    bench.costs` measures that); `adds`: and how much by what it asks for. `rate`: how much it takes of an
    account's rate, as many messages; 0: that is not asked.
    """

    stores: bool
    needs: Need
    role: Role = "guest"
    bars: frozenset[Bar] = frozenset({"banned"})
    cost: int = 1
    adds: Callable[[Any], int] | None = None
    rate: int = 0


_SPOKEN: frozenset[Bar] = frozenset({"banned", "muted", "closed", "announce"})
_REACTED = _SPOKEN - {"announce"}  # it says nothing that others would have to read
_NEVER: frozenset[Bar] = frozenset()
_ACT_COST = 10  # somebody who is not here is looked for on the disk
_ACT_RATE = 10  # it has rows of its own, and everybody hears of it
_CHANGE_COST = 8
_CHANGE_RATE = 2
_DELETE_COST = 40  # texts are wiped where they stand
_MENTION_COST = 10  # who that is, is looked for among those who are here, and on the disk
_STATUS_RATE = 50  # it is told in each room of the account

MOST_LISTED = 10_000  # who asks for more than there ever is in a page is told so, and need not pay for it


def meaning_cost(text: str) -> int:
    """What it adds to the cost of a text that others are looked for whom it may mean."""
    return _MENTION_COST * min(text.count(SIGN), SIGNS)


def _listed(asked: History | Rooms | Members) -> int:
    return min(asked.limit, MOST_LISTED)


OPS: dict[type[AnyRequest], Op] = {
    Join: Op(stores=True, needs="nothing", cost=40),
    Message: Op(
        stores=True,
        needs="membership",
        role="member",
        bars=_SPOKEN,
        adds=lambda asked: meaning_cost(asked.text),
    ),
    Create: Op(stores=True, needs="session", cost=40, rate=_ACT_RATE),
    Direct: Op(
        stores=True,
        needs="session",
        cost=40,
        adds=lambda asked: 2 * _ACT_COST * len(asked.people),
        rate=_ACT_RATE,
    ),
    Invite: Op(
        stores=True,
        needs="membership",
        role="member",
        bars=frozenset({"banned", "announce", "direct"}),
        cost=_ACT_COST,
        rate=_ACT_RATE,
    ),
    History: Op(stores=False, needs="session", cost=40, adds=lambda asked: _listed(asked) // 8),
    Leave: Op(stores=True, needs="membership", bars=_NEVER, cost=4),
    Edit: Op(
        stores=True,
        needs="membership",
        role="member",
        bars=_SPOKEN,
        cost=_CHANGE_COST,
        adds=lambda asked: meaning_cost(asked.text),
        rate=_CHANGE_RATE,
    ),
    Delete: Op(stores=True, needs="membership", cost=_DELETE_COST, rate=_ACT_RATE),
    React: Op(
        stores=True, needs="membership", role="member", bars=_REACTED, cost=_CHANGE_COST, rate=_CHANGE_RATE
    ),
    Pin: Op(stores=True, needs="membership", role="moderator", cost=_CHANGE_COST, rate=_CHANGE_RATE),
    Kick: Op(stores=True, needs="membership", role="moderator", cost=_ACT_COST, rate=_ACT_RATE),
    Ban: Op(stores=True, needs="membership", role="moderator", cost=_ACT_COST, rate=_ACT_RATE),
    Unban: Op(stores=True, needs="membership", role="moderator", cost=_ACT_COST, rate=_ACT_RATE),
    Mute: Op(stores=True, needs="membership", role="moderator", cost=_ACT_COST, rate=_ACT_RATE),
    Unmute: Op(stores=True, needs="membership", role="moderator", cost=_ACT_COST, rate=_ACT_RATE),
    SetRole: Op(stores=True, needs="membership", role="owner", cost=_ACT_COST, rate=_ACT_RATE),
    SetSubject: Op(stores=True, needs="membership", role="moderator", cost=_ACT_COST, rate=_ACT_RATE),
    Configure: Op(stores=True, needs="membership", role="owner", cost=_ACT_COST, rate=_ACT_RATE),
    CloseRoom: Op(stores=True, needs="membership", role="owner", cost=_ACT_COST, rate=_ACT_RATE),
    ReopenRoom: Op(stores=True, needs="membership", role="owner", cost=_ACT_COST, rate=_ACT_RATE),
    SetStatus: Op(stores=True, needs="session", bars=_NEVER, cost=_ACT_COST, rate=_STATUS_RATE),
    Read: Op(stores=True, needs="session", cost=2, rate=1),
    Typing: Op(stores=False, needs="membership", role="member", bars=_SPOKEN, cost=2, rate=1),
    Rooms: Op(stores=False, needs="session", bars=_NEVER, cost=2, adds=lambda asked: _listed(asked) // 4),
    Members: Op(stores=False, needs="session", cost=2, adds=lambda asked: _listed(asked) // 12),
    Search: Op(stores=False, needs="session", cost=400, adds=lambda asked: asked.limit * 6),
    Ping: Op(stores=False, needs="session", cost=2, adds=lambda asked: len(asked.cursors) // 20),
    End: Op(stores=True, needs="session", bars=_NEVER),
}


def cost_of(request: AnyRequest) -> int:
    """What it takes of a turn, and of its connection's share."""
    op = OPS[type(request)]
    return op.cost if op.adds is None else op.cost + op.adds(request)
