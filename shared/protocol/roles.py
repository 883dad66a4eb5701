"""What somebody may be in a room, and of which kind a room is. docs/protocol.md, "Rooms and rights"."""

from typing import Literal, get_args

Role = Literal["guest", "member", "moderator", "owner"]  # the least first
RoomKind = Literal["public", "private", "direct"]

RANKS: dict[Role, int] = {role: rank for rank, role in enumerate(get_args(Role))}
