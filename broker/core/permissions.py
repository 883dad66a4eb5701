"""Who may do what in a room: the one place that is asked, before anything is stored or told. Pure.

What an op needs, and what keeps somebody from it, is in its row of the table (ops.py). docs/protocol.md,
"Rooms and rights", "Errors".
"""

from collections.abc import Callable

from loggia.broker.core.ops import OPS
from loggia.broker.core.rules import Rules, Settings
from loggia.broker.core.state import Audience, Room
from loggia.shared.protocol.errors import Code
from loggia.shared.protocol.requests import AnyRequest
from loggia.shared.protocol.roles import RANKS, Role

MODERATOR = RANKS["moderator"]
HIDDEN = Room(number=0, name="", place=0, rules=Rules(Settings(kind="private")))  # where nobody is


def role_of(account: str, room: Room) -> Role:
    """What the account is in the room: an owner, if who runs the broker said so; what somebody said there; or
    else an owner of the broker is one of each room that nobody made on purpose, and who is in it may write.
    Anybody may read what is public. In a conversation all are the same.
    """
    rules = room.rules
    if rules is not None and rules.settings.kind == "direct":
        return "member" if room.has(account) else "guest"
    if room.owners.get(account):
        return "owner"
    if rules is not None:
        said = rules.roles.get(account)
        if said is not None:
            return said
    if account in room.owners and (rules is None or not rules.settings.created):
        return "owner"
    return "member" if room.has(account) else "guest"


def audience(room: Room) -> Audience:
    """Who hears what happens in the room from now on: those who may read it and are here."""
    rules = room.rules
    return None if rules is None or rules.settings.kind == "public" else frozenset(room.people)


def denied(op: type[AnyRequest], account: str, room: Room | None, at: int) -> Code | None:
    """Why the account may not do this in the room; None if it may. `at`: Unix ms.

    One that is not there takes as many steps as one that is not there for him: nobody tells them apart by
    the time.
    """
    if room is None:
        room = HIDDEN
    row, rules = OPS[op], room.rules
    bars, least = row.bars, row.role
    if rules is None:
        is_in = account in room.people
    else:
        is_in = room.has(account)
        if not is_in and rules.settings.kind != "public":
            return "no_such_room"
        if "banned" in bars and rules.is_banned(account, at):
            return "banned"
    if row.needs == "membership" and not is_in:
        return "not_member"
    if least == "guest" or (rules is None and is_in and least == "member"):  # most often
        return None
    rank = RANKS[role_of(account, room)]
    if rank < RANKS[least]:
        return "not_allowed"
    if rules is None:
        return None
    if ("closed" in bars and rules.settings.closed) or ("direct" in bars and rules.settings.kind == "direct"):
        return "not_allowed"
    if "muted" in bars and rules.is_muted(account, at):
        return "muted"
    return "not_allowed" if "announce" in bars and rules.settings.announce and rank < MODERATOR else None


def may_act_upon(account: str, target: str, room: Room) -> bool:
    """Nobody does upon who is more than he."""
    return RANKS[role_of(account, room)] >= RANKS[role_of(target, room)]


def is_last_owner(account: str, room: Room, can_come: Callable[[str], bool]) -> bool:
    """Whether the room would have none without this one who can act: who is in it, or can come in by himself,
    as into a public one. `can_come`: whether the account is still somebody's."""
    if role_of(account, room) != "owner":
        return False
    rules = room.rules or Rules()
    known = rules.roles.keys() | room.owners.keys()
    return not any(
        role_of(owner, room) == "owner"
        and (room.kind == "public" or room.has(owner))
        and rules.bans.get(owner, 0) is not None
        and can_come(owner)
        for owner in sorted(known - {account})
    )


def is_moderator(account: str, room: Room) -> bool:
    """At least that."""
    return RANKS[role_of(account, room)] >= MODERATOR


def is_exempt(account: str, room: Room) -> bool:
    """Who need not wait between two messages where a room is slow."""
    return is_moderator(account, room)
