"""The table of ops: what each request does, needs and costs. Pure. docs/protocol.md, "Requests", "Errors".

A new op is a struct in shared/protocol/requests.py, a row here, and whoever does it: what is stored
`Entries`, what is only read `Reader`.
"""

from typing import Literal, NamedTuple

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

    `needs`: what who asks must have, and `role`: the least that they must be in the room. `cost`: of the
    rate, in messages.
    """

    stores: bool
    needs: Need
    role: Role = "guest"
    cost: int = 0


OPS: dict[type[AnyRequest], Op] = {
    Join: Op(stores=True, needs="nothing"),
    Message: Op(stores=True, needs="membership", role="member", cost=1),
    History: Op(stores=False, needs="session"),
    Leave: Op(stores=True, needs="membership"),
    Rooms: Op(stores=False, needs="session"),
    Members: Op(stores=False, needs="session"),
    Ping: Op(stores=False, needs="session"),
    End: Op(stores=True, needs="session"),
}
