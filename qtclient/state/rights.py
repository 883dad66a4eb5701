# SPDX-License-Identifier: GPL-3.0-only
"""What one may do about somebody in a room, as the broker will see it: the rest is not shown. Pure.

docs/protocol.md, "Rooms and rights". The broker has the last word.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple, get_args

from loggia.shared.protocol.requests import Ban, Errand, Kick, Mute, SetRole, Unmute
from loggia.shared.protocol.roles import RANKS, Role, RoomKind

Lasting = Literal["once", "until"]  # whether one may say how long it lasts


class Act(NamedTuple):
    """Something that one does about somebody. `words`: of its button; `asks`: a question before it is done,
    with places for `who` and `room`, "" where it does no harm; `least`: the role that it needs.

    `made`: the request, of the room, the account, why, and until when (Unix ms; None: for ever).
    """

    id: str
    words: str
    asks: str
    least: Role
    made: Callable[[str, str, str, int | None], Errand]
    lasting: Lasting = "once"


ACTS = (
    Act(
        "mute",
        "Mute...",
        "Let {who} write nothing in {room}?",
        "moderator",
        lambda room, who, why, until: Mute(id="-", room=room, who=who, reason=why, until=until),
        "until",
    ),
    Act(
        "unmute",
        "Let speak again",
        "",
        "moderator",
        lambda room, who, why, until: Unmute(id="-", room=room, who=who, reason=why),
    ),
    Act(
        "kick",
        "Show out...",
        "Show {who} out of {room}? Whoever was shown out may come back.",
        "moderator",
        lambda room, who, why, until: Kick(id="-", room=room, who=who, reason=why),
    ),
    Act(
        "ban",
        "Ban...",
        "Show {who} out of {room}, and keep this person out under every name?",
        "moderator",
        lambda room, who, why, until: Ban(id="-", room=room, who=who, reason=why, until=until),
        "until",
    ),
)
ROLE_WORDS: dict[Role, str] = {
    "guest": "a guest, who reads only",
    "member": "a member, who reads and writes",
    "moderator": "a moderator, who may also mute, show out, ban, delete and pin",
    "owner": "an owner, who may do everything, and give roles",
}


def acts(
    mine: Role | None, theirs: Role, kind: RoomKind, *, me: bool, quiet: bool | None = None
) -> list[Act]:
    """What I may do about somebody. `mine`: what I am in the room; None: nobody said. `me`: it is myself.
    `quiet`: that one may write nothing; None: nobody said."""
    if mine is None or me or kind == "direct" or RANKS[theirs] > RANKS[mine]:
        return []
    moot = {True: "mute", False: "unmute", None: ""}[quiet]  # is so already
    return [act for act in ACTS if RANKS[mine] >= RANKS[act.least] and act.id != moot]


def roles(mine: Role | None, theirs: Role, kind: RoomKind, *, me: bool) -> list[Role]:
    """What I may make of somebody, the most first; nothing where I may not. Arguments as of `acts`."""
    if mine != "owner" or me or kind == "direct":
        return []
    return [role for role in reversed(get_args(Role)) if role != theirs]


def given(room: str, who: str, role: Role) -> SetRole:
    """The request that makes it so."""
    return SetRole(id="-", room=room, who=who, role=role)
