"""Who owns the broker, what that and a room's log make of somebody there, and upon whom he may act.

docs/protocol.md, "Rooms and rights"; docs/decisions/0025. Runs in the simulation's only thread.
"""

from typing import TYPE_CHECKING

from loggia.shared.protocol.events import (
    BannedEvent,
    DeletedEvent,
    LeftEvent,
    MutedEvent,
    RoleEvent,
    StoredEvent,
    UnbannedEvent,
    UnmutedEvent,
    asker,
)
from loggia.shared.protocol.roles import RANKS, Role

if TYPE_CHECKING:
    from tests.simulation.ledger import Ledger
    from tests.simulation.naive import RoomLog
    from tests.simulation.standing import Standing

UPON = (BannedEvent, UnbannedEvent, MutedEvent, UnmutedEvent, RoleEvent)


class Owners:
    """`founders`: who came first, in each life of the log. `named`: epoch and account, of whom an operator
    named; `tried`: whom he would have: that may have been in vain, or be lost with the log."""

    def __init__(self) -> None:
        self.founders: set[str] = set()
        self.named: set[tuple[str, str]] = set()
        self.tried: set[str] = set()

    @property
    def maybe(self) -> set[str]:
        """Accounts that may own the broker."""
        return self.founders | self.tried

    def roles(self, epoch: str, now: "Standing", account: str, *, is_in: bool) -> set[Role]:
        """What somebody may be in a room: one role, but for whom an operator tried to name."""
        if now.direct:
            return {now.role(account, is_in=is_in)}
        if (epoch, account) in self.named:
            return {"owner"}
        owns = account in self.founders and account not in now.roles and not now.made
        role: Role = "owner" if owns else now.role(account, is_in=is_in)
        return {role, "owner"} if account in self.tried else {role}


def ranks(ledger: "Ledger", log: "RoomLog", account: str) -> list[int]:
    """Those that somebody may have behind the last entry, the lowest first."""
    is_in = account in log.members[-1]
    roles = ledger.owners.roles(ledger.epoch, log.standings[-1], account, is_in=is_in)
    return sorted(RANKS[role] for role in roles)


def wrong_with_target(ledger: "Ledger", log: "RoomLog", event: StoredEvent) -> str:
    """Why nobody might do this about him whom an entry is about; empty if somebody might."""
    match event:
        case DeletedEvent():
            target = log.events[event.target - 1].account
        case LeftEvent():
            target = event.account
        case _ if isinstance(event, UPON):
            target = event.target
        case _:
            return ""
    if ranks(ledger, log, target)[0] > ranks(ledger, log, asker(event))[-1]:
        return "upon a higher role"
    is_in = target in log.members[-1]
    if isinstance(event, RoleEvent):
        return _wrong_with_role(ledger, log, event, is_in=is_in)
    return "about who is not in the room" if isinstance(event, LeftEvent) and not is_in else ""


def _wrong_with_role(ledger: "Ledger", log: "RoomLog", event: RoleEvent, *, is_in: bool) -> str:
    if log.is_private and not is_in and RANKS[event.role] > ranks(ledger, log, event.target)[-1]:
        return "more in a private room for who is not in it"
    if event.target in ledger.visitors:
        return "a role for who cannot come back"
    if event.role == "owner" or ranks(ledger, log, event.target)[0] < RANKS["owner"]:
        return ""
    if (ledger.epoch, event.target) in ledger.owners.named:
        return "less than an owner, who owns the broker"
    others = (log.standings[-1].roles.keys() | ledger.owners.maybe) - {event.target}
    return "" if any(_owns_and_can_act(ledger, log, account) for account in others) else "the last owner"


def _owns_and_can_act(ledger: "Ledger", log: "RoomLog", account: str) -> bool:
    now = log.standings[-1]
    can_come = account in log.members[-1] if log.is_private else account not in ledger.visitors
    is_owner = ranks(ledger, log, account)[-1] == RANKS["owner"]
    return is_owner and can_come and now.bans.get(account, 0) is not None
