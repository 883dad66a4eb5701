"""The table of ops: what each request does, needs and costs. Pure. docs/protocol.md, "Requests", "Errors".

A new op is a struct in shared/protocol/requests.py, a row here, and whoever does it: what is stored
`Entries`, what is only read `Reader`.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from loggia.shared.protocol.requests import (
    AnyRequest,
    End,
    History,
    Join,
    Leave,
    Members,
    Message,
    Ping,
    Rooms,
)

Need = Literal["nothing", "session", "membership"]
Role = Literal["guest", "member", "moderator", "owner"]  # in a room, the least first


class Op(NamedTuple):
    """`stores`: it is ordered, decided and committed; or else it is answered from the committed state.

    `needs`: what who asks must have, and `role`: the least that they must be in the room. `cost`: how much of
    a turn and of a connection's share it takes, as many messages (`python -m bench.costs` measures that);
    `adds`: and how much by what it asks for.
    """

    stores: bool
    needs: Need
    role: Role = "guest"
    cost: int = 1
    adds: Callable[[Any], int] | None = None


MOST_LISTED = 10_000  # who asks for more than there ever is in a page is told so, and need not pay for it


def _listed(asked: History | Rooms | Members) -> int:
    return min(asked.limit, MOST_LISTED)


OPS: dict[type[AnyRequest], Op] = {
    Join: Op(stores=True, needs="nothing", cost=40),
    Message: Op(stores=True, needs="membership", role="member"),
    History: Op(stores=False, needs="session", cost=40, adds=lambda asked: _listed(asked) // 8),
    Leave: Op(stores=True, needs="membership", cost=4),
    Rooms: Op(stores=False, needs="session", cost=2, adds=lambda asked: _listed(asked) // 12),
    Members: Op(stores=False, needs="session", cost=2, adds=lambda asked: _listed(asked) // 12),
    Ping: Op(stores=False, needs="session", cost=2, adds=lambda asked: len(asked.cursors) // 20),
    End: Op(stores=True, needs="session"),
}


def cost_of(request: AnyRequest) -> int:
    """What it takes of a turn, and of its connection's share."""
    op = OPS[type(request)]
    return op.cost if op.adds is None else op.cost + op.adds(request)
